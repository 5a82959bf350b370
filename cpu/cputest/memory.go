package cputest

import (
	"encoding/binary"
	"math"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// mostRAM is cpu.MaxRAM, or on a 32-bit host a GiB.
const mostRAM = min(cpu.MaxRAM, math.MaxInt/2+1)

var memoryTests = []test{
	{name: "64 MiB of RAM", run: func(g *guest) { bigRAM(g, 64<<20) }},
	{name: "the most RAM", run: func(g *guest) { bigRAM(g, mostRAM) }},
	{name: "code that changes itself", run: func(g *guest) {
		g.code(
			0xc6, 0x05, 0x01, 0x00, 0x00, 0x00, 42, // movb $42, 1(%rip): the immediate below
			0xb0, 0x07, // mov $7, %al
			0xf4)
		g.run(cpu.ExitHalt)
		g.same("RAX", g.regs().RAX, uint64(42))
	}},
	{name: "code that the host changes", run: func(g *guest) {
		for _, n := range []byte{1, 2, 3} {
			g.code(0xb0, n, 0xf4) // mov $n, %al; hlt
			g.setRegs(cpu.Regs{})
			g.run(cpu.ExitHalt)
			g.same("RAX", g.regs().RAX, uint64(n))
		}
	}},
	{name: "page tables change, INVLPG", run: func(g *guest) {
		// The guest maps bare.Unmapped to its first 2 MiB by an entry of its
		// own, reads there, then moves the mapping, flushes and reads again.
		const (
			slot  = 0x2000 + 8*(bare.Unmapped>>30) // in the page-directory-pointer table
			table = bare.Data + 0x1000             // the new page directory
			page  = bare.Data + 0x2000
		)
		binary.LittleEndian.PutUint64(g.ram[slot:], table|3)
		binary.LittleEndian.PutUint64(g.ram[table:], page|3)
		binary.LittleEndian.PutUint64(g.ram[page:], bare.Data|3)
		g.ram[bare.Data], g.ram[bare.Data+0x3000] = 1, 2
		g.setRegs(cpu.Regs{RBX: bare.Unmapped, RSI: page, RDI: (bare.Data + 0x3000) | 3})
		g.code(
			0x8a, 0x03, // mov (%rbx), %al
			0x48, 0x89, 0x3e, // mov %rdi, (%rsi)
			0x0f, 0x01, 0x3b, // invlpg (%rbx)
			0x8a, 0x23, // mov (%rbx), %ah
			0xc6, 0x43, 0x01, 3, // movb $3, 1(%rbx)
			0xf4)
		g.run(cpu.ExitHalt)
		g.same("AX", g.regs().RAX, uint64(0x0201))
		g.same("memory", g.ram[bare.Data+0x3001], byte(3))
		const accessed, dirty = 1 << 5, 1 << 6
		if pte := binary.LittleEndian.Uint64(g.ram[page:]); pte&(accessed|dirty) != accessed|dirty {
			g.Errorf("page-table entry %#x: want it accessed and dirty", pte)
		}
	}},
}

// bigRAM runs a guest that writes the last bytes of its RAM and reads back
// what the host put in the middle.
func bigRAM(small *guest, size int) {
	g := newGuest(small.T, small.engine, small.newRAM, size)
	mid, end := uint64(size/2), uint64(size)
	g.ram[mid] = 42
	g.setRegs(cpu.Regs{RBX: mid, RCX: end - 8, RDX: 0x1122_3344_5566_7788})
	g.code(
		0x8a, 0x03, // mov (%rbx), %al
		0x48, 0x89, 0x11, // mov %rdx, (%rcx)
		0xf4)
	g.run(cpu.ExitHalt)
	g.same("RAX", g.regs().RAX, uint64(42))
	g.same("the end of RAM", binary.LittleEndian.Uint64(g.ram[end-8:]), uint64(0x1122_3344_5566_7788))
	if len(g.bus.log) != 0 {
		g.Errorf("accesses of the bus: %v", g.bus.log)
	}
}
