package cputest

import (
	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// mmio is an address outside RAM.
const mmio = 0xd000_0000

var busTests = []test{
	{name: "port output", run: func(g *guest) {
		g.setRegs(cpu.Regs{RAX: 0x4433_2211, RDX: 0x3f8})
		g.code(
			0xe6, 0x80, // out %al, $0x80
			0xee,       // out %al, %dx
			0x66, 0xef, // out %ax, %dx
			0xef, // out %eax, %dx
			0xf4)
		g.run(cpu.ExitHalt)
		g.same("accesses", g.bus.log, []access{
			{"out", 0x80, []byte{0x11}}, {"out", 0x3f8, []byte{0x11}},
			{"out", 0x3f8, []byte{0x11, 0x22}}, {"out", 0x3f8, []byte{0x11, 0x22, 0x33, 0x44}},
		})
	}},
	{name: "port input", run: func(g *guest) {
		g.setRegs(cpu.Regs{RAX: 0xffff_ffff_ffff_ffff, RDX: 0x60})
		g.code(
			0xec, 0x48, 0x89, 0xc3, // in %dx, %al; mov %rax, %rbx
			0x66, 0xed, 0x48, 0x89, 0xc1, // in %dx, %ax; mov %rax, %rcx
			0xe5, 0x61, // in $0x61, %eax
			0xf4)
		g.run(cpu.ExitHalt)
		r := g.regs()
		g.same("RBX, RCX, RAX", []uint64{r.RBX, r.RCX, r.RAX}, []uint64{0xffff_ffff_ffff_ff11, 0xffff_ffff_ffff_2211, 0x4433_2211})
	}},
	{name: "REP OUTS", run: func(g *guest) {
		copy(g.ram[bare.Data:], "hello, world")
		g.setRegs(cpu.Regs{RSI: bare.Data, RCX: 5, RDX: 0x3f8})
		g.code(0xf3, 0x6e, 0xf4) // rep outsb; hlt
		g.run(cpu.ExitHalt)
		var want []access
		for _, c := range []byte("hello") {
			want = append(want, access{"out", 0x3f8, []byte{c}})
		}
		g.same("accesses", g.bus.log, want)
		r := g.regs()
		g.same("RSI and RCX", []uint64{r.RSI, r.RCX}, []uint64{bare.Data + 5, 0})
	}},
	{name: "REP INS", run: func(g *guest) {
		g.setRegs(cpu.Regs{RDI: bare.Data, RCX: 3, RDX: 0x1f0})
		g.code(0xf3, 0x66, 0x6d, 0xf4) // rep insw; hlt
		g.run(cpu.ExitHalt)
		in := access{"in", 0x1f0, []byte{0x11, 0x22}}
		g.same("accesses", g.bus.log, []access{in, in, in})
		g.same("memory", g.ram[bare.Data:bare.Data+8], []byte{0x11, 0x22, 0x11, 0x22, 0x11, 0x22, 0, 0})
		r := g.regs()
		g.same("RDI and RCX", []uint64{r.RDI, r.RCX}, []uint64{bare.Data + 6, 0})
	}},
	{name: "MMIO write", run: func(g *guest) {
		g.setRegs(cpu.Regs{RAX: 0x8877_6655_4433_2211, RBX: mmio})
		g.code(
			0x88, 0x03, // mov %al, (%rbx)
			0x66, 0x89, 0x43, 0x02, // mov %ax, 2(%rbx)
			0x89, 0x43, 0x04, // mov %eax, 4(%rbx)
			0x48, 0x89, 0x43, 0x08, // mov %rax, 8(%rbx)
			0xf4)
		g.run(cpu.ExitHalt)
		g.same("accesses", g.bus.log, []access{
			{"write", mmio, []byte{0x11}}, {"write", mmio + 2, []byte{0x11, 0x22}},
			{"write", mmio + 4, []byte{0x11, 0x22, 0x33, 0x44}},
			{"write", mmio + 8, []byte{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88}},
		})
	}},
	{name: "MMIO read", run: func(g *guest) {
		g.setRegs(cpu.Regs{RAX: 0xffff_ffff_ffff_ffff, RBX: mmio, RDX: 0xffff_ffff_ffff_ffff})
		g.code(
			0x8a, 0x03, // mov (%rbx), %al
			0x0f, 0xb7, 0x4b, 0x02, // movzwl 2(%rbx), %ecx
			0x8b, 0x53, 0x04, // mov 4(%rbx), %edx
			0x48, 0x8b, 0x73, 0x08, // mov 8(%rbx), %rsi
			0x03, 0x3b, // add (%rbx), %edi
			0xf4)
		g.run(cpu.ExitHalt)
		r := g.regs()
		g.same("RAX, RCX, RDX, RSI, RDI", []uint64{r.RAX, r.RCX, r.RDX, r.RSI, r.RDI},
			[]uint64{0xffff_ffff_ffff_ff11, 0x2211, 0x4433_2211, 0x8877_6655_4433_2211, 0x4433_2211})
		if len(g.bus.log) != 5 {
			g.Errorf("accesses: %v, want 5", g.bus.log)
		}
	}},
	{name: "MMIO across a page", run: func(g *guest) {
		g.setRegs(cpu.Regs{RAX: 0x8877_6655_4433_2211, RBX: mmio + 0xffd})
		g.code(0x48, 0x89, 0x03, 0xf4) // mov %rax, (%rbx); hlt
		g.run(cpu.ExitHalt)
		var all []byte
		for _, a := range g.bus.log {
			n := len(a.Data)
			if a.Op != "write" || a.Addr != mmio+0xffd+uint64(len(all)) || n&(n-1) != 0 {
				g.Errorf("unexpected access %+v", a)
			}
			all = append(all, a.Data...)
		}
		g.same("bytes", all, []byte{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88})
	}},
	{name: "the first address after RAM", run: func(g *guest) {
		end := uint64(len(g.ram))
		g.setRegs(cpu.Regs{RAX: 0x5a, RBX: end})
		g.code(0x88, 0x43, 0xff, 0x88, 0x03, 0xf4) // mov %al, -1(%rbx); mov %al, (%rbx); hlt
		g.run(cpu.ExitHalt)
		g.same("accesses", g.bus.log, []access{{"write", end, []byte{0x5a}}})
		if g.ram[end-1] != 0x5a {
			g.Errorf("the last byte of RAM is %#x", g.ram[end-1])
		}
	}},
}
