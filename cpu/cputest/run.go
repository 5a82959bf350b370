package cputest

import (
	"time"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// jmpSelf is a loop that never ends.
var jmpSelf = []byte{0xeb, 0xfe}

// tscSlack is how far the TSC and guest time may be apart: they may be two
// clocks of the host, read one after the other.
const tscSlack = 5 * time.Millisecond

// tsc reads the time-stamp counter in the guest.
func (g *guest) tsc() time.Duration {
	g.Helper()
	g.code(
		0x0f, 0x31, // rdtsc
		0x48, 0xc1, 0xe2, 0x20, // shl $32, %rdx
		0x48, 0x09, 0xd0, // or %rdx, %rax
		0xf4)
	g.setRegs(cpu.Regs{})
	g.run(cpu.ExitHalt)
	return time.Duration(float64(g.regs().RAX) / float64(g.v.TSCHz()) * 1e9)
}

// kickTime bounds runs that a Kick should end at once.
const kickTime = 10 * time.Second

var runTests = []test{
	{name: "HLT", run: func(g *guest) {
		g.code(0xf4, 0xff, 0xc0, 0xf4) // hlt; inc %eax; hlt
		g.run(cpu.ExitHalt)
		g.rip(1)
		g.run(cpu.ExitHalt)
		g.rip(4)
		if r := g.regs(); r.RAX != 1 {
			g.Errorf("RAX %d, want 1", r.RAX)
		}
	}},
	{name: "shutdown", run: func(g *guest) {
		g.changeSregs(func(s *cpu.Sregs) { s.IDT.Limit = 0 })
		g.code(0x0f, 0x0b) // ud2
		g.run(cpu.ExitShutdown)
	}},
	{name: "kick of a spinning guest", run: func(g *guest) {
		g.code(jmpSelf...)
		for range 10 {
			go func() {
				time.Sleep(time.Millisecond)
				g.v.Kick()
			}()
			g.runUntil(g.v.Now()+kickTime, cpu.ExitKick)
			g.rip(0)
		}
	}},
	{name: "kicks while entering", run: func(g *guest) {
		// The pause is varied, so that some kicks come just before the guest
		// is entered, where they are most easily lost.
		g.code(jmpSelf...)
		for i := range 2000 {
			entering := make(chan struct{})
			go func() {
				<-entering
				for begin := time.Now(); time.Since(begin) < time.Duration(i%100)*50*time.Nanosecond; {
				}
				g.v.Kick()
			}()
			until := g.v.Now() + kickTime
			close(entering)
			g.runUntil(until, cpu.ExitKick)
		}
	}},
	{name: "kick before Run", run: func(g *guest) {
		g.code(0x90, 0xf4) // nop; hlt
		g.v.Kick()
		g.v.Kick()
		g.run(cpu.ExitKick)
		g.rip(0)
		g.run(cpu.ExitHalt)
	}},
	{name: "kick in port output", run: func(g *guest) {
		g.bus.hook = g.v.Kick
		g.code(0xe6, 0x80, 0xff, 0xc0, 0xf4) // out %al, $0x80; inc %eax; hlt
		g.run(cpu.ExitKick)
		g.rip(2)
		g.run(cpu.ExitHalt)
		g.same("accesses", g.bus.log, []access{{"out", 0x80, []byte{0}}})
	}},
	{name: "kick in port input", run: func(g *guest) {
		g.bus.hook = g.v.Kick
		g.code(0xe5, 0x80, 0x90, 0xf4) // in $0x80, %eax; nop; hlt
		g.run(cpu.ExitKick)
		g.rip(2)
		g.same("RAX", g.regs().RAX, uint64(0x4433_2211))
	}},
	{name: "kick in MMIO read", run: func(g *guest) {
		g.bus.hook = g.v.Kick
		g.setRegs(cpu.Regs{RBX: mmio})
		g.code(0x8b, 0x03, 0x90, 0xf4) // mov (%rbx), %eax; nop; hlt
		g.run(cpu.ExitKick)
		g.rip(2)
		g.same("RAX", g.regs().RAX, uint64(0x4433_2211))
	}},
	{name: "kick in MMIO write", run: func(g *guest) {
		g.bus.hook = g.v.Kick
		g.setRegs(cpu.Regs{RBX: mmio})
		g.code(0x89, 0x03, 0x90, 0xf4) // mov %eax, (%rbx); nop; hlt
		g.run(cpu.ExitKick)
		g.rip(2)
	}},
	{name: "until", run: func(g *guest) {
		g.code(0x48, 0xff, 0xc0, 0xeb, 0xfb) // 1: inc %rax; jmp 1b
		// On a busy host a millisecond can pass without the guest.
		last, progress := uint64(0), 0
		for i := 0; i < 1000 && progress < 5; i++ {
			until := g.v.Now() + time.Millisecond
			g.runUntil(until, cpu.ExitTime)
			if now := g.v.Now(); now < until {
				g.Fatalf("ExitTime at %v, before %v", now, until)
			}
			rax := g.regs().RAX
			if rax < last {
				g.Fatalf("RAX %d, was %d", rax, last)
			}
			if rax > last {
				progress++
			}
			last = rax
		}
		if progress < 5 {
			g.Fatalf("the guest ran in %d of 1000 milliseconds", progress)
		}
	}},
	{name: "until has passed", run: func(g *guest) {
		g.code(0x90, 0xf4) // nop; hlt
		g.runUntil(g.v.Now(), cpu.ExitTime)
		g.runUntil(g.v.Now()-1, cpu.ExitTime)
		g.rip(0)
	}},
	{name: "until, with port output", run: func(g *guest) {
		g.code(0xe6, 0x80, 0xeb, 0xfc) // 1: out %al, $0x80; jmp 1b
		g.runUntil(g.v.Now()+time.Millisecond, cpu.ExitTime)
	}},
	{name: "sleep", run: func(g *guest) {
		until := g.v.Now() + 2*time.Millisecond
		g.v.Sleep(until)
		if now := g.v.Now(); now < until {
			g.Errorf("Sleep(%v) came back at %v", until, now)
		}
		g.v.Sleep(until - time.Hour)
	}},
	{name: "kick ends sleep", run: func(g *guest) {
		if g.engine.Caps().VirtualTime {
			return // Sleep takes no time
		}
		g.code(0xf4)
		for _, pause := range []time.Duration{0, time.Millisecond} {
			go func() {
				time.Sleep(pause)
				g.v.Kick()
			}()
			begin := time.Now()
			g.v.Sleep(g.v.Now() + time.Minute)
			if d := time.Since(begin); d > 30*time.Second {
				g.Errorf("Sleep took %v", d)
			}
			g.run(cpu.ExitKick)
		}
	}},
	{name: "time-stamp counter", run: func(g *guest) {
		hz := g.v.TSCHz()
		if hz < 1e6 || hz > 1e11 {
			g.Fatalf("TSCHz is %d", hz)
		}
		tsc0, now0 := g.tsc(), g.v.Now()
		g.v.Sleep(now0 + 10*time.Millisecond)
		tsc, now := g.tsc()-tsc0, g.v.Now()-now0
		if tsc < now-tscSlack || tsc > now+tscSlack {
			g.Errorf("%v went by on the TSC, %v of guest time", tsc, now)
		}
	}},
	{name: "time-stamp counter from 0", needs: TSCFrom0, run: func(g *guest) {
		if tsc, now := g.tsc(), g.v.Now(); tsc < now-tscSlack || tsc > now+tscSlack {
			g.Errorf("TSC at %v, guest time %v", tsc, now)
		}
	}},
	{name: "single step", needs: SingleStep, run: func(g *guest) {
		g.code(
			0xff, 0xc0, // inc %eax
			0xeb, 0x01, 0xf4, // jmp over a hlt
			0x50,                   // push %rax
			0x66, 0x90, 0xff, 0xc0, // xchg %ax, %ax; inc %eax
			0xf4)
		g.v.SingleStep(true)
		for _, rip := range []uint64{2, 5, 6, 8} {
			g.run(cpu.ExitStep)
			g.rip(rip)
		}
		g.v.SingleStep(false)
		g.run(cpu.ExitHalt)
		g.rip(11)
		r := g.regs()
		g.same("RAX and RFLAGS.TF", []uint64{r.RAX, r.RFLAGS & cpu.FlagTF}, []uint64{2, 0})
	}},
	{name: "single step over port output", needs: SingleStep, run: func(g *guest) {
		g.code(0xe6, 0x80, 0xff, 0xc0, 0xf4) // out %al, $0x80; inc %eax; hlt
		g.v.SingleStep(true)
		for _, rip := range []uint64{2, 4} {
			g.run(cpu.ExitStep)
			g.rip(rip)
		}
		g.same("accesses", g.bus.log, []access{{"out", 0x80, []byte{0}}})
	}},
	{name: "instruction count", run: func(g *guest) {
		g.code(0x90, 0x90, 0xf4) // nop; nop; hlt
		before := g.v.Instructions()
		g.run(cpu.ExitHalt)
		if n := g.v.Instructions() - before; n != 3 && !(n == 0 && before == 0) {
			g.Errorf("%d instructions, want 3, or 0 where the engine cannot tell", n)
		}
	}},
	{name: "32-bit protected mode", needs: Protected32, run: func(g *guest) {
		g.setSregs(bare.Protected32(g.ram))
		g.setRegs(cpu.Regs{RAX: 0x1000})
		g.code(
			0xb8, 0xff, 0xff, 0xff, 0x7f, // mov $0x7fffffff, %eax
			0x40,                         // inc %eax: a REX prefix in 64-bit mode
			0xa3, 0x00, 0x00, 0x06, 0x00, // mov %eax, 0x60000
			0xe8, 0x01, 0x00, 0x00, 0x00, // call 1f
			0xf4, // hlt
			0xc3) // 1: ret
		g.run(cpu.ExitHalt)
		g.rip(17)
		g.same("memory", g.ram[bare.Data:bare.Data+4], []byte{0, 0, 0, 0x80})
	}},
	{name: "32-bit paging", needs: Paging32, run: func(g *guest) {
		g.setSregs(bare.Protected32(g.ram))
		g.ram[bare.Data] = 42
		g.code(
			0xb8, 0x10, 0, 0, 0, 0x0f, 0x22, 0xe0, // mov $0x10, %eax; mov %eax, %cr4
			0x0f, 0x20, 0xc0, 0x0d, 0, 0, 0, 0x80, 0x0f, 0x22, 0xc0, // mov %cr0, %eax; or $1<<31, %eax; mov %eax, %cr0
			0xa1, 0, 0, 6, 0, // mov 0x60000, %eax
			0xf4)
		g.run(cpu.ExitHalt)
		g.same("RAX", g.regs().RAX, uint64(42))
	}},
	{name: "from 32-bit mode to long mode", needs: Protected32, run: func(g *guest) {
		g.setSregs(bare.Protected32(g.ram))
		g.code(
			0xb8, 0x00, 0x10, 0, 0, 0x0f, 0x22, 0xd8, // mov $0x1000, %eax; mov %eax, %cr3
			0xb8, 0x20, 0x06, 0, 0, 0x0f, 0x22, 0xe0, // mov $0x620, %eax; mov %eax, %cr4
			0xb9, 0x80, 0, 0, 0xc0, 0x0f, 0x32, // mov $0xc0000080, %ecx; rdmsr
			0x0d, 0, 1, 0, 0, 0x0f, 0x30, // or $0x100, %eax; wrmsr
			0x0f, 0x20, 0xc0, 0x0d, 0, 0, 0, 0x80, 0x0f, 0x22, 0xc0, // mov %cr0, %eax; or $1<<31, %eax; mov %eax, %cr0
			0xea, 0x30, 0x00, 0x04, 0, bare.CodeSel, 0, // ljmp $8, $0x40030
			0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, // mov $-1, %rax
			0xf4)
		g.run(cpu.ExitHalt)
		g.same("RAX", g.regs().RAX, ^uint64(0))
		s := g.sregs()
		g.same("EFER.LMA and CS.L", []bool{s.EFER&cpu.EFERLMA != 0, s.CS.L}, []bool{true, true})
	}},
}
