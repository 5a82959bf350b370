package kvm

import (
	"cmp"
	"time"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// Probe finds out what the KVM at path can do ("" is [DefaultPath]), by
// running tiny guests. It takes some tens of milliseconds; every guest is
// stopped after trialTime.
func Probe(path string) Report {
	e, err := open(path)
	if err != nil {
		return Report{Err: err}
	}
	defer e.dev.Close()
	return e.report()
}

// ProbeQuick is a Probe that stops when ring 0 turns out to be interpreted, so
// that Report.Native is certainly false: what it did not try counts as lacking.
func ProbeQuick(path string) Report {
	e, err := open(path)
	if err != nil {
		return Report{Err: err}
	}
	defer e.dev.Close()
	return probe(e, true)
}

// trialTime bounds each of the probe's guests. An interpreter needs a
// millisecond for a thousand instructions, and no trial has more than twenty;
// the rest is for hosts that are busy.
const trialTime = 100 * time.Millisecond

// rateTime is how long a rate is measured, rateTries how often where it is
// low: the host may have been busy with something else.
const (
	rateTime  = 2 * time.Millisecond
	rateTries = 3
)

// trial is a tiny guest.
type trial struct {
	code []byte // in ring 0
	// ring3 is code that runs in ring 3, entered by an IRETQ or by code.
	ring3 []byte
	// bits is 32 for a guest in 32-bit protected mode.
	bits int
	// cs is the code segment of ring 3, if not bare.UserCode.
	cs uint64
	// setup changes the vCPU before the guest runs, as far as it must.
	setup func(v *vcpu) error
	// ok judges what the guest came to.
	ok func(v *vcpu, exit cpu.Exit) bool
}

var iretq = []byte{0x48, 0xcf}

const handler = bare.Code + 0x100 // of a trial, for SYSCALL and interrupts

// movEAX42 is mov $42, %eax; hlt.
var movEAX42 = []byte{0xb8, 42, 0, 0, 0, 0xf4}

// trials are all features that a trial finds, in the order in which they build
// on each other.
func trials(r *Report) []struct {
	found *bool
	trial trial
} {
	return []struct {
		found *bool
		trial trial
	}{
		{&r.LongMode, trial{code: movEAX42, ok: halted42}},
		{&r.Protected32, trial{
			bits: 32,
			code: []byte{
				0xb8, 0x00, 0x10, 0, 0, 0x0f, 0x22, 0xd8, // mov $0x1000, %eax; mov %eax, %cr3
				0xb8, 0x20, 0x06, 0, 0, 0x0f, 0x22, 0xe0, // mov $0x620, %eax; mov %eax, %cr4: PAE
				0xb9, 0x80, 0, 0, 0xc0, 0x0f, 0x32, // mov $0xc0000080, %ecx; rdmsr
				0x0d, 0, 1, 0, 0, 0x0f, 0x30, // or $0x100, %eax; wrmsr: EFER.LME
				0x0f, 0x20, 0xc0, 0x0d, 0, 0, 0, 0x80, 0x0f, 0x22, 0xc0, // or $1<<31 into %cr0: PG
				0xea, 0x00, 0x01, 0x04, 0, bare.CodeSel, 0, // ljmp to handler
			},
			setup: func(v *vcpu) error {
				copy(v.cfg.RAM[handler:], movEAX42)
				return nil
			},
			ok: halted42,
		}},
		{&r.Paging32, trial{
			bits: 32,
			code: append([]byte{
				0xb8, 0x10, 0, 0, 0, 0x0f, 0x22, 0xe0, // mov $0x10, %eax; mov %eax, %cr4: PSE
				0x0f, 0x20, 0xc0, 0x0d, 0, 0, 0, 0x80, 0x0f, 0x22, 0xc0, // or $1<<31 into %cr0: PG
			}, movEAX42...),
			ok: halted42,
		}},
		{&r.Ring3, trial{
			code: iretq, ring3: []byte{0x0f, 0x0b}, // ud2
			ok: trapped(bare.Trap{Vector: 6, RIP: bare.Code3, CS: bare.UserCode}),
		}},
		{&r.User32, trial{
			code: iretq, cs: bare.User32Sel, ring3: []byte{0x40, 0x0f, 0x0b}, // inc %eax; ud2
			ok: trapped(bare.Trap{Vector: 6, RIP: bare.Code3 + 1, CS: bare.User32Sel}),
		}},
		{&r.Syscall, trial{
			code: iretq, ring3: []byte{0x0f, 0x05}, // syscall
			setup: func(v *vcpu) error {
				v.cfg.RAM[handler] = 0xf4 // hlt
				if err := v.SetMSR(cpu.MSRSTAR, bare.STAR); err != nil {
					return err
				}
				return v.SetMSR(cpu.MSRLSTAR, handler)
			},
			ok: func(v *vcpu, exit cpu.Exit) bool {
				r, err := v.Regs()
				return err == nil && exit.Reason == cpu.ExitHalt && r.RIP == handler+1 && r.RCX == bare.Code3+2
			},
		}},
		{&r.Sysret, trial{
			code:  []byte{0x48, 0x0f, 0x07}, // sysretq
			ring3: []byte{0x0f, 0x0b},       // ud2
			setup: readySysret,
			ok:    trapped(bare.Trap{Vector: 6, RIP: bare.Code3, CS: bare.UserCode}),
		}},
		{&r.Sysret32, trial{
			code:  []byte{0x0f, 0x07}, // sysretl
			ring3: []byte{0x0f, 0x0b}, // ud2
			setup: readySysret,
			ok:    trapped(bare.Trap{Vector: 6, RIP: bare.Code3, CS: bare.User32Sel}),
		}},
		{&r.Int80, trial{
			code: iretq, ring3: []byte{0xcd, 0x80}, // int $0x80
			ok: trapped(bare.Trap{Vector: 0x80, RIP: bare.Code3 + 2, CS: bare.UserCode}),
		}},
		{&r.IntRing0, trial{
			code: []byte{0xcd, 0x80}, // int $0x80
			ok:   trapped(bare.Trap{Vector: 0x80, RIP: bare.Code + 2, CS: bare.CodeSel}),
		}},
		{&r.TSCFrom0, trial{
			code: []byte{0x0f, 0x31, 0xf4}, // rdtsc; hlt
			ok: func(v *vcpu, exit cpu.Exit) bool {
				r, err := v.Regs()
				return err == nil && exit.Reason == cpu.ExitHalt && r.RDX<<32|r.RAX < v.tscHz // a second
			},
		}},
		{&r.SSE, trial{
			code:  []byte{0x0f, 0x57, 0xff, 0xf4}, // xorps %xmm7, %xmm7; hlt
			setup: readyXMM7,
			ok:    xmm7Cleared,
		}},
		{&r.SSE32, trial{
			code: iretq, cs: bare.User32Sel, ring3: []byte{0x0f, 0x57, 0xff, 0x0f, 0x0b}, // xorps %xmm7, %xmm7; ud2
			setup: readyXMM7,
			ok:    xmm7Cleared,
		}},
		{&r.XSave, trial{
			code: []byte{
				0x31, 0xc9, 0x0f, 0x01, 0xd0, 0x0f, 0x01, 0xd1, // xor %ecx, %ecx; xgetbv; xsetbv
				0xbb, bare.Data & 0xff, bare.Data >> 8 & 0xff, bare.Data >> 16, 0, // mov $bare.Data, %ebx
				0x48, 0x0f, 0xae, 0x23, 0x48, 0x0f, 0xae, 0x2b, 0xf4, // xsave64 (%rbx); xrstor64 (%rbx); hlt
			},
			setup: func(v *vcpu) error {
				s, err := v.Sregs()
				if err != nil {
					return err
				}
				s.CR4 |= cpu.CR4OSXSAVE
				return v.SetSregs(s)
			},
			ok: func(v *vcpu, exit cpu.Exit) bool {
				r, err := v.Regs()
				return err == nil && exit.Reason == cpu.ExitHalt && r.RAX&1 != 0
			},
		}},
		{&r.Interrupts, trial{
			code: []byte{0x85, 0xdb, 0x74, 0xfc, 0xf4}, // 1: test %ebx, %ebx; jz 1b; hlt
			setup: func(v *vcpu) error {
				copy(v.cfg.RAM[handler:], []byte{0xb3, 7, 0x48, 0xcf}) // mov $7, %bl; iretq
				bare.SetGate(v.cfg.RAM, 0x40, handler, 0)
				if err := v.SetRegs(cpu.Regs{RIP: bare.Code, RSP: bare.Stack0, RFLAGS: cpu.FlagR1 | cpu.FlagIF}); err != nil {
					return err
				}
				return v.Interrupt(0x40)
			},
			ok: func(v *vcpu, exit cpu.Exit) bool {
				r, err := v.Regs()
				return err == nil && exit.Reason == cpu.ExitHalt && r.RBX == 7 && r.RSP == bare.Stack0
			},
		}},
		{&r.SingleStep, trial{
			code:  []byte{0x90, 0x90, 0xf4}, // nop; nop; hlt
			setup: func(v *vcpu) error { v.SingleStep(true); return nil },
			ok: func(v *vcpu, exit cpu.Exit) bool {
				r, err := v.Regs()
				return err == nil && exit.Reason == cpu.ExitStep && r.RIP == bare.Code+1
			},
		}},
	}
}

// readySysret sets what SYSRET needs to go to Code3.
func readySysret(v *vcpu) error {
	if err := v.SetMSR(cpu.MSRSTAR, bare.STAR); err != nil {
		return err
	}
	return v.SetRegs(cpu.Regs{
		RIP: bare.Code, RSP: bare.Stack3, RFLAGS: cpu.FlagR1,
		RCX: bare.Code3, R11: cpu.FlagR1 | cpu.FlagIF,
	})
}

// readyXMM7 makes XMM7 something other than 0.
func readyXMM7(v *vcpu) error {
	return v.SetFPU(cpu.FPU{FCW: 0x37f, MXCSR: 0x1f80, XMM: [16][16]byte{7: {1}}})
}

func xmm7Cleared(v *vcpu, exit cpu.Exit) bool {
	f, err := v.FPU()
	return err == nil && exit.Reason == cpu.ExitHalt && f.XMM[7] == [16]byte{}
}

func halted42(v *vcpu, exit cpu.Exit) bool {
	r, err := v.Regs()
	return err == nil && exit.Reason == cpu.ExitHalt && r.RAX == 42
}

// trapped judges a guest by the trap it should end in, as far as want says.
func trapped(want bare.Trap) func(*vcpu, cpu.Exit) bool {
	return func(v *vcpu, exit cpu.Exit) bool {
		r, err := v.Regs()
		if err != nil || exit.Reason != cpu.ExitHalt {
			return false
		}
		t, err := bare.ReadTrap(v.cfg.RAM, r)
		return err == nil && t.Vector == want.Vector && t.RIP == want.RIP && t.CS == want.CS
	}
}

// probe runs all trials, or stops when that is quick.
func probe(e *engine, quick bool) Report {
	r := Report{APIVersion: apiVersion}
	ram, free, err := cpu.NewRAM(bare.RAMSize)
	if err != nil {
		return Report{Err: err}
	}
	defer free()
	count64 := []byte{0x48, 0xff, 0xc0, 0xeb, 0xfb} // 1: inc %rax; jmp 1b
	count32 := []byte{0x40, 0xeb, 0xfd}             // the same with %eax
	r.Ring0Rate = e.bestRate(trial{code: count64}, ram)
	if quick && r.Ring0Rate < nativeRate {
		return r
	}
	for _, t := range trials(&r) {
		*t.found = e.try(t.trial, ram)
		if !r.LongMode {
			return r // nothing else can work
		}
	}
	r.Ring3Rate = e.bestRate(trial{code: iretq, ring3: count64}, ram)
	r.User32Rate = e.bestRate(trial{code: iretq, ring3: count32, cs: bare.User32Sel}, ram)
	return r
}

// try runs a trial. Whatever goes wrong with it means that the host cannot do
// what it tries.
func (e *engine) try(t trial, ram []byte) bool {
	v, err := e.start(t, ram)
	if err != nil {
		return false
	}
	defer v.Close()
	exit, err := v.Run(v.Now() + trialTime)
	return err == nil && t.ok(v, exit)
}

// start makes a vCPU that is about to execute a trial's first instruction.
func (e *engine) start(t trial, ram []byte) (_ *vcpu, err error) {
	clear(ram)
	v, err := e.newVCPU(cpu.Config{RAM: ram, Bus: nobody{}})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			v.Close()
		}
	}()
	enter := bare.LongMode
	if t.bits == 32 {
		enter = bare.Protected32
	}
	s := enter(ram)
	copy(ram[bare.Code:], t.code)
	copy(ram[bare.Code3:], t.ring3)
	if err := v.SetSregs(s); err != nil {
		return nil, err
	}
	rsp := uint64(bare.Stack0)
	if t.ring3 != nil {
		rsp = bare.EnterRing3(ram, cmp.Or(t.cs, bare.UserCode), cpu.FlagR1)
	}
	if err := v.SetRegs(cpu.Regs{RIP: bare.Code, RSP: rsp, RFLAGS: cpu.FlagR1}); err != nil {
		return nil, err
	}
	if t.setup != nil {
		return v, t.setup(v)
	}
	return v, nil
}

// bestRate is the best of some measurements.
func (e *engine) bestRate(t trial, ram []byte) (best float64) {
	for i := 0; i < rateTries && best < nativeRate; i++ {
		best = max(best, e.rate(t, ram))
	}
	return best
}

// rate lets a guest count for a while, in a loop of two instructions, and
// returns how many it executes a second.
func (e *engine) rate(t trial, ram []byte) float64 {
	v, err := e.start(t, ram)
	if err != nil {
		return 0
	}
	defer v.Close()
	begin := v.Now()
	exit, err := v.Run(begin + rateTime)
	elapsed := v.Now() - begin
	if err != nil || exit.Reason != cpu.ExitTime {
		return 0
	}
	regs, err := v.Regs()
	if err != nil {
		return 0
	}
	return 2 * float64(regs.RAX) / elapsed.Seconds()
}

// nobody is a bus with nothing on it.
type nobody struct{}

func (nobody) In(_ uint16, data []byte)       { ones(data) }
func (nobody) Out(uint16, []byte)             {}
func (nobody) ReadMMIO(_ uint64, data []byte) { ones(data) }
func (nobody) WriteMMIO(uint64, []byte)       {}

func ones(data []byte) {
	for i := range data {
		data[i] = 0xff
	}
}
