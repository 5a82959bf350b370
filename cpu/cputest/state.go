package cputest

import (
	"errors"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

var stateTests = []test{
	{name: "general registers", run: func(g *guest) {
		want := cpu.Regs{
			RAX: 1, RBX: 2 << 60, RCX: 3, RDX: 4, RSI: 5, RDI: 6, RSP: 7, RBP: 8,
			R8: 9, R9: 10, R10: 11, R11: 12, R12: 13, R13: 14, R14: 15, R15: 1 << 63,
			RIP: 0xffff_8000_0000_0123, RFLAGS: cpu.FlagR1 | cpu.FlagCF | cpu.FlagIF | cpu.FlagDF,
		}
		g.must(g.v.SetRegs(want))
		g.same("Regs", g.regs(), want)
	}},
	{name: "system registers", run: func(g *guest) {
		want := bare.LongMode(g.ram)
		want.FS.Base, want.GS.Base = 0x1234_5678_9abc, 0xffff_8000_0000_1000
		want.CR2, want.CR8 = 0xdead_b000, 5
		want.CR4 |= cpu.CR4PGE
		want.EFER |= cpu.EFERNXE
		want.DS = cpu.Segment{Unusable: true}
		g.setSregs(want)
		got := g.sregs()
		// What the hidden part of an unusable register holds is not defined.
		want.LDT, want.DS, got.LDT, got.DS = cpu.Segment{Unusable: want.LDT.Unusable}, cpu.Segment{Unusable: want.DS.Unusable},
			cpu.Segment{Unusable: got.LDT.Unusable}, cpu.Segment{Unusable: got.DS.Unusable}
		g.same("Sregs", got, want)
	}},
	{name: "registers survive a run", run: func(g *guest) {
		g.code(0xf4)
		g.changeSregs(func(s *cpu.Sregs) { s.CR2, s.CR8, s.GS.Base = 0x1000, 5, 0x2000 })
		g.setMSR(cpu.MSRKernelGSBase, 0x3000)
		fpu := cpu.FPU{FCW: 0x37f, MXCSR: 0x1fa0, XMM: [16][16]byte{7: {1, 2, 3}}}
		g.must(g.v.SetFPU(fpu))
		want := must[cpu.State](g)(cpu.GetState(g.v))
		g.run(cpu.ExitHalt)
		want.Regs.RIP++
		g.same("State", must[cpu.State](g)(cpu.GetState(g.v)), want)
	}},
	{name: "FPU", run: func(g *guest) {
		want := cpu.FPU{FCW: 0x027f, FSW: 0x3800, FTW: 0x81, FOP: 0x123, MXCSR: 0x1fa0}
		for i := range want.ST {
			want.ST[i] = [16]byte{0, 0, 0, 0, 0, 0, byte(i), 0x80, 0xff, 0x3f}
		}
		for i := range want.XMM {
			want.XMM[i] = [16]byte{0: byte(i), 7: 0x77, 15: 0xf0 | byte(i)}
		}
		g.must(g.v.SetFPU(want))
		g.same("FPU", must[cpu.FPU](g)(g.v.FPU()), want)
	}},
	{name: "MSRs", run: func(g *guest) {
		values := map[uint32]uint64{
			cpu.MSRSysenterCS: 8, cpu.MSRSysenterESP: 0xffff_8000_0000_2000, cpu.MSRSysenterEIP: 0xffff_8000_0000_3000,
			cpu.MSRPAT: 0x0007_0406_0007_0406, cpu.MSRSTAR: bare.STAR,
			cpu.MSRLSTAR: 0xffff_8000_0000_4000, cpu.MSRCSTAR: 0xffff_8000_0000_5000, cpu.MSRFMASK: 0x4_7700,
			cpu.MSRKernelGSBase: 0xffff_8000_0000_6000, cpu.MSRFSBase: 0x7000, cpu.MSRGSBase: 0x8000,
		}
		for i, val := range values {
			g.setMSR(i, val)
		}
		for i, val := range values {
			if got := must[uint64](g)(g.v.MSR(i)); got != val {
				g.Errorf("MSR %#x is %#x, want %#x", i, got, val)
			}
		}
		s := g.sregs()
		g.same("FS and GS base in Sregs", []uint64{s.FS.Base, s.GS.Base}, []uint64{0x7000, 0x8000})
		const none uint32 = 0xdead_beef
		if val, err := g.v.MSR(none); !errors.Is(err, cpu.ErrMSR) {
			g.Errorf("MSR(%#x) = %#x, %v; want ErrMSR", none, val, err)
		}
		if err := g.v.SetMSR(none, 1); !errors.Is(err, cpu.ErrMSR) {
			g.Errorf("SetMSR(%#x): %v, want ErrMSR", none, err)
		}
	}},
	{name: "state moves to another vCPU", run: func(g *guest) {
		code := []byte{
			0x48, 0xff, 0xc0, // inc %rax
			0xe6, 0x10, // out %al, $0x10
			0x48, 0xff, 0xc0, // inc %rax
			0xf4, // hlt
		}
		g.code(code...)
		g.bus.hook = g.v.Kick
		g.setRegs(cpu.Regs{RAX: 40, R15: 15})
		g.setMSR(cpu.MSRLSTAR, 0x1000)
		g.must(g.v.SetFPU(cpu.FPU{FCW: 0x37f, MXCSR: 0x1f80, XMM: [16][16]byte{3: {3, 3}}}))
		g.run(cpu.ExitKick)
		state := must[cpu.State](g)(cpu.GetState(g.v))

		h := g.another()
		h.code(code...)
		h.must(cpu.SetState(h.v, state))
		h.same("State", must[cpu.State](h)(cpu.GetState(h.v)), state)
		h.run(cpu.ExitHalt)
		h.same("RAX and R15", []uint64{h.regs().RAX, h.regs().R15}, []uint64{42, 15})
	}},
}
