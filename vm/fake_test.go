package vm

import (
	"sync/atomic"
	"testing"
	"time"

	"sysindvm/cpu"
)

// fakeEngine makes fakeCPUs. Caps.Protected32 is set unless no32 is.
type fakeEngine struct {
	program func(v *fakeCPU) cpu.Exit
	no32    bool
	vcpu    *fakeCPU
}

func (e *fakeEngine) Name() string { return "fake" }
func (e *fakeEngine) Caps() cpu.Caps {
	return cpu.Caps{Protected32: !e.no32, Paging32: !e.no32, VirtualTime: true, Quirks: []string{"quirk"}}
}

func (e *fakeEngine) NewVCPU(cfg cpu.Config) (cpu.VCPU, error) {
	e.vcpu = &fakeCPU{cfg: cfg, program: e.program, msrs: map[uint32]uint64{}}
	return e.vcpu, nil
}

// fakeCPU is a vCPU whose guest is a Go function: it is called for each Run
// that has nothing else to do, and returns the exit. Its time is virtual.
type fakeCPU struct {
	cfg     cpu.Config
	program func(v *fakeCPU) cpu.Exit

	regs   cpu.Regs
	sregs  cpu.Sregs
	fpu    cpu.FPU
	msrs   map[uint32]uint64
	now    time.Duration
	until  time.Duration
	kicked atomic.Bool
	window bool
	step   bool
	shadow bool    // interrupts are not ready, whatever IF is
	taken  []uint8 // vectors of the interrupts delivered
}

func (v *fakeCPU) Regs() (cpu.Regs, error)         { return v.regs, nil }
func (v *fakeCPU) SetRegs(r cpu.Regs) error        { v.regs = r; return nil }
func (v *fakeCPU) Sregs() (cpu.Sregs, error)       { return v.sregs, nil }
func (v *fakeCPU) SetSregs(s cpu.Sregs) error      { v.sregs = s; return nil }
func (v *fakeCPU) FPU() (cpu.FPU, error)           { return v.fpu, nil }
func (v *fakeCPU) SetFPU(f cpu.FPU) error          { v.fpu = f; return nil }
func (v *fakeCPU) MSR(i uint32) (uint64, error)    { return v.msrs[i], nil }
func (v *fakeCPU) SetMSR(i uint32, x uint64) error { v.msrs[i] = x; return nil }

func (v *fakeCPU) Run(until time.Duration) (cpu.Exit, error) {
	v.until = until
	switch {
	case v.kicked.Swap(false):
		return cpu.Exit{Reason: cpu.ExitKick}, nil
	case v.now >= until:
		return cpu.Exit{Reason: cpu.ExitTime}, nil
	case v.window && v.InterruptReady():
		return cpu.Exit{Reason: cpu.ExitInterruptWindow}, nil
	}
	return v.program(v), nil
}

func (v *fakeCPU) Kick()                     { v.kicked.Store(true) }
func (v *fakeCPU) Now() time.Duration        { return v.now }
func (v *fakeCPU) Sleep(until time.Duration) { v.now = max(v.now, until) }
func (v *fakeCPU) TSCHz() uint64             { return 1e9 }
func (v *fakeCPU) InterruptReady() bool      { return v.regs.RFLAGS&cpu.FlagIF != 0 && !v.shadow }
func (v *fakeCPU) Interrupt(n uint8) error {
	if !v.InterruptReady() {
		return cpu.ErrNotReady
	}
	v.taken = append(v.taken, n)
	return nil
}
func (v *fakeCPU) NMI() error                { v.taken = append(v.taken, 2); return nil }
func (v *fakeCPU) InterruptWindow(want bool) { v.window = want }
func (v *fakeCPU) SingleStep(on bool)        { v.step = on }
func (v *fakeCPU) Instructions() uint64      { return 0 }
func (v *fakeCPU) Close() error              { return nil }

// What programs do.

func (v *fakeCPU) write32(gpa uint64, x uint32) {
	v.cfg.Bus.WriteMMIO(gpa, []byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24)})
}

func (v *fakeCPU) halt() cpu.Exit { return cpu.Exit{Reason: cpu.ExitHalt} }

// newFake makes a machine with a fake vCPU that runs a program.
func newFake(t *testing.T, cfg Config, program func(v *fakeCPU) cpu.Exit) (*Machine, *fakeCPU) {
	t.Helper()
	e := &fakeEngine{program: program}
	cfg.Engine, cfg.Memory = e, MinMemory
	if cfg.Log == nil {
		cfg.Log = t.Logf
	}
	m, err := newMachine(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m, e.vcpu
}
