package cputest

import (
	"errors"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

const (
	vector = 0x40
	// intHandler is where the guest's own interrupt handler is.
	intHandler = bare.Code + 0x100
)

// handleInterrupts gives the guest a handler that counts in BL.
func (g *guest) handleInterrupts() {
	copy(g.ram[intHandler:], []byte{0xfe, 0xc3, 0x48, 0xcf}) // inc %bl; iretq
	bare.SetGate(g.ram, vector, intHandler, 0)
}

// ready checks InterruptReady.
func (g *guest) ready(want bool) {
	g.Helper()
	if got := g.v.InterruptReady(); got != want {
		g.Fatalf("InterruptReady is %v, want %v", got, want)
	}
}

// waitForBL is 1: test %bl, %bl; jz 1b; hlt.
var waitForBL = []byte{0x84, 0xdb, 0x74, 0xfc, 0xf4}

var interruptTests = []test{
	{name: "interrupt", needs: Interrupts, run: func(g *guest) {
		g.handleInterrupts()
		g.code(waitForBL...)
		g.setRegs(cpu.Regs{RFLAGS: cpu.FlagIF})
		g.ready(true)
		g.must(g.v.Interrupt(vector))
		g.ready(false)
		if err := g.v.Interrupt(vector); !errors.Is(err, cpu.ErrNotReady) {
			g.Errorf("a second interrupt while one waits: %v, want ErrNotReady", err)
		}
		g.run(cpu.ExitHalt)
		g.rip(5)
		r := g.regs()
		g.same("RBX, RSP, RFLAGS.IF", []uint64{r.RBX, r.RSP, r.RFLAGS & cpu.FlagIF}, []uint64{1, bare.Stack0, cpu.FlagIF})
	}},
	{name: "interrupt frame", needs: Interrupts, run: func(g *guest) {
		g.code(0x90, 0xf4)
		g.setRegs(cpu.Regs{RFLAGS: cpu.FlagIF | cpu.FlagCF})
		g.must(g.v.Interrupt(0x41))
		g.run(cpu.ExitHalt)
		g.same("trap", g.trap(), bare.Trap{
			Vector: 0x41, RIP: bare.Code, CS: bare.CodeSel,
			RFLAGS: cpu.FlagR1 | cpu.FlagIF | cpu.FlagCF, RSP: bare.Stack0, SS: bare.DataSel,
		})
		if r := g.regs(); r.RFLAGS&cpu.FlagIF != 0 {
			g.Error("IF is set in the handler of an interrupt gate")
		}
		g.ready(false)
	}},
	{name: "interrupt from ring 3", needs: Interrupts, run: func(g *guest) {
		g.ring3(jmpSelf...)
		g.setRegs(cpu.Regs{RSP: bare.EnterRing3(g.ram, bare.UserCode, cpu.FlagR1|cpu.FlagIF)})
		g.v.InterruptWindow(true)
		g.run(cpu.ExitInterruptWindow)
		g.v.InterruptWindow(false)
		g.must(g.v.Interrupt(vector))
		g.run(cpu.ExitHalt)
		g.same("trap", g.trap(), bare.Trap{
			Vector: vector, RIP: bare.Code3, CS: bare.UserCode,
			RFLAGS: cpu.FlagR1 | cpu.FlagIF, RSP: bare.Stack3, SS: bare.UserSS,
		})
	}},
	{name: "NMI", needs: Interrupts, run: func(g *guest) {
		g.handleInterrupts()
		bare.SetGate(g.ram, 2, intHandler, 0)
		g.code(waitForBL...)
		g.must(g.v.NMI()) // with interrupts off
		g.run(cpu.ExitHalt)
		g.rip(5)
		r := g.regs()
		g.same("RBX, RSP", []uint64{r.RBX, r.RSP}, []uint64{1, bare.Stack0})
	}},
	{name: "interrupts off", needs: Interrupts, run: func(g *guest) {
		g.code(0x90, 0xf4)
		g.ready(false)
		if err := g.v.Interrupt(vector); !errors.Is(err, cpu.ErrNotReady) {
			g.Errorf("Interrupt with IF clear: %v, want ErrNotReady", err)
		}
		g.run(cpu.ExitHalt)
		g.ready(false)
	}},
	{name: "interrupts on by SetRegs", needs: Interrupts, run: func(g *guest) {
		g.handleInterrupts()
		g.code(0xf4)
		g.run(cpu.ExitHalt)
		g.ready(false)
		g.setRegs(cpu.Regs{RFLAGS: cpu.FlagIF})
		g.ready(true)
		g.run(cpu.ExitHalt)
		g.setRegs(cpu.Regs{})
		g.ready(false)
	}},
	{name: "interrupt window", needs: Interrupts, run: func(g *guest) {
		g.handleInterrupts()
		// The window opens one instruction after STI (SDM 2B, STI).
		g.code(append([]byte{0x90, 0xfb, 0x90}, waitForBL...)...) // nop; sti; nop
		g.v.InterruptWindow(true)
		g.run(cpu.ExitInterruptWindow)
		// A host may be an instruction or two late.
		at := g.regs().RIP - bare.Code
		if at != 3 && (at < 3 || at > 7 || g.engine.Caps().VirtualTime) {
			g.Fatalf("the window opened at RIP %#x", bare.Code+at)
		}
		g.ready(true)
		g.run(cpu.ExitInterruptWindow) // it holds until withdrawn
		g.rip(at)
		g.v.InterruptWindow(false)
		g.must(g.v.Interrupt(vector))
		g.run(cpu.ExitHalt)
		g.rip(8)
		g.same("RBX", g.regs().RBX, uint64(1))
	}},
	{name: "interrupt window withdrawn", needs: Interrupts, run: func(g *guest) {
		g.code(0xfb, 0x90, 0x90, 0xf4) // sti; nop; nop; hlt
		g.v.InterruptWindow(true)
		g.v.InterruptWindow(false)
		g.run(cpu.ExitHalt)
	}},
	{name: "interrupt after STI and HLT", needs: Interrupts, run: func(g *guest) {
		// As an idle loop does it.
		g.handleInterrupts()
		g.code(0xfb, 0xf4, 0xfa, 0xf4) // sti; hlt; cli; hlt
		g.run(cpu.ExitHalt)
		g.rip(2)
		g.ready(true)
		g.must(g.v.Interrupt(vector))
		g.run(cpu.ExitHalt)
		g.rip(4)
		g.same("RBX", g.regs().RBX, uint64(1))
		g.ready(false)
	}},
	{name: "many interrupts", needs: Interrupts, run: func(g *guest) {
		g.handleInterrupts()
		g.code(0x80, 0xfb, 100, 0x75, 0xfb, 0xf4) // 1: cmp $100, %bl; jne 1b; hlt
		g.setRegs(cpu.Regs{RFLAGS: cpu.FlagIF})
		g.v.InterruptWindow(true)
		for range 100 {
			g.run(cpu.ExitInterruptWindow)
			g.must(g.v.Interrupt(vector))
		}
		g.v.InterruptWindow(false)
		g.run(cpu.ExitHalt)
	}},
}
