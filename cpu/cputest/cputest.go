// Package cputest is the suite that every engine must pass: tiny guests in
// machine code, run on any [cpu.Engine] through the interfaces of package cpu
// alone. Begin with [Run].
package cputest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// Features that a host may lack, as keys of the map that [Run] takes.
const (
	Syscall     = "SYSCALL"
	Sysret      = "SYSRET"
	Sysret32    = "SYSRET to 32-bit code"
	Int80       = "INT 0x80"
	IntRing0    = "INT n in ring 0"
	TSCFrom0    = "TSC from 0"
	SSE         = "SSE in ring 0"
	SSE32       = "SSE in 32-bit code"
	Protected32 = "32-bit protected mode"
	Paging32    = "32-bit paging"
	User32      = "32-bit code in ring 3"
	Interrupts  = "interrupts"
	SingleStep  = "single step"
)

// test is one test of the suite.
type test struct {
	name string
	// needs is the feature without which the test is skipped, if any.
	needs string
	run   func(g *guest)
}

// Run tests an engine. RAM comes from newRAM: see [cpu.NewRAM]. A test that
// needs a feature in lacks is skipped, with the reason given there.
func Run(t *testing.T, e cpu.Engine, newRAM func(size int) ([]byte, func() error, error), lacks map[string]string) {
	for _, group := range [][]test{stateTests, busTests, runTests, interruptTests, trapTests, instructionTests, memoryTests} {
		for _, tt := range group {
			t.Run(tt.name, func(t *testing.T) {
				if why, ok := lacks[tt.needs]; ok {
					t.Skipf("%s: %s", tt.needs, why)
				}
				tt.run(newGuest(t, e, newRAM, bare.RAMSize))
			})
		}
	}
}

// guest is a vCPU in 64-bit mode, in ring 0 at bare.Code with the stack
// bare.Stack0, and what it needs.
type guest struct {
	*testing.T
	engine cpu.Engine
	newRAM func(size int) ([]byte, func() error, error)
	v      cpu.VCPU
	ram    []byte
	bus    *bus
}

// runTime bounds every run of a guest that is meant to stop by itself.
const runTime = time.Second

func newGuest(t *testing.T, e cpu.Engine, newRAM func(int) ([]byte, func() error, error), size int) *guest {
	t.Helper()
	ram, free, err := newRAM(size)
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{T: t, engine: e, newRAM: newRAM, ram: ram, bus: &bus{}}
	g.v, err = e.NewVCPU(cpu.Config{RAM: ram, Bus: g.bus, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.v.Close(); err != nil {
			t.Error(err)
		}
		if err := free(); err != nil {
			t.Error(err)
		}
	})
	g.setSregs(bare.LongMode(ram))
	g.setRegs(cpu.Regs{})
	return g
}

// another makes a second guest of the same kind.
func (g *guest) another() *guest { return newGuest(g.T, g.engine, g.newRAM, len(g.ram)) }

// code puts the guest's code in its place.
func (g *guest) code(code ...byte) { copy(g.ram[bare.Code:], code) }

// ring3 makes the guest start with an IRETQ to code of ring 3.
func (g *guest) ring3(code ...byte) {
	g.code(0x48, 0xcf)
	copy(g.ram[bare.Code3:], code)
	g.setRegs(cpu.Regs{RSP: bare.EnterRing3(g.ram, bare.UserCode, cpu.FlagR1)})
}

// setRegs sets the registers; RIP, RSP and RFLAGS have defaults.
func (g *guest) setRegs(r cpu.Regs) {
	g.Helper()
	if r.RIP == 0 {
		r.RIP = bare.Code
	}
	if r.RSP == 0 {
		r.RSP = bare.Stack0
	}
	r.RFLAGS |= cpu.FlagR1
	g.must(g.v.SetRegs(r))
}

func (g *guest) setSregs(s cpu.Sregs) {
	g.Helper()
	g.must(g.v.SetSregs(s))
}

// changeSregs changes some of the system registers.
func (g *guest) changeSregs(change func(*cpu.Sregs)) {
	g.Helper()
	s := g.sregs()
	change(&s)
	g.setSregs(s)
}

func (g *guest) setMSR(index uint32, val uint64) {
	g.Helper()
	g.must(g.v.SetMSR(index, val))
}

func (g *guest) must(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

func must[T any](g *guest) func(T, error) T {
	return func(val T, err error) T {
		g.Helper()
		g.must(err)
		return val
	}
}

func (g *guest) regs() cpu.Regs {
	g.Helper()
	return must[cpu.Regs](g)(g.v.Regs())
}

func (g *guest) sregs() cpu.Sregs {
	g.Helper()
	return must[cpu.Sregs](g)(g.v.Sregs())
}

// run runs the guest, which must come back for the reason given.
func (g *guest) run(want cpu.ExitReason) {
	g.Helper()
	g.runUntil(g.v.Now()+runTime, want)
}

func (g *guest) runUntil(until time.Duration, want cpu.ExitReason) {
	g.Helper()
	exit, err := g.v.Run(until)
	if err != nil {
		g.Fatalf("Run: %v", err)
	}
	if exit.Reason != want {
		g.Fatalf("Run came back with %v (%s) at RIP %#x, want %v", exit.Reason, exit.Detail, g.regs().RIP, want)
	}
}

// rip checks where the guest is, relative to bare.Code.
func (g *guest) rip(want uint64) {
	g.Helper()
	if got := g.regs().RIP; got != bare.Code+want {
		g.Fatalf("RIP %#x, want %#x", got, bare.Code+want)
	}
}

// trap reads the exception or interrupt that the guest stopped with.
func (g *guest) trap() bare.Trap {
	g.Helper()
	return must[bare.Trap](g)(bare.ReadTrap(g.ram, g.regs()))
}

// same compares two values.
func (g *guest) same(what string, got, want any) {
	g.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		g.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// access is one call of a bus method.
type access struct {
	Op   string
	Addr uint64
	Data []byte
}

// bus records accesses. Reads give 0x11, 0x22, 0x33 and so on.
type bus struct {
	log  []access
	hook func() // called in every access, if there is one
}

func (b *bus) In(port uint16, data []byte)       { b.read("in", uint64(port), data) }
func (b *bus) Out(port uint16, data []byte)      { b.record("out", uint64(port), data) }
func (b *bus) ReadMMIO(gpa uint64, data []byte)  { b.read("read", gpa, data) }
func (b *bus) WriteMMIO(gpa uint64, data []byte) { b.record("write", gpa, data) }

func (b *bus) read(op string, addr uint64, data []byte) {
	for i := range data {
		data[i] = byte(0x11 * (i + 1))
	}
	b.record(op, addr, data)
}

func (b *bus) record(op string, addr uint64, data []byte) {
	b.log = append(b.log, access{op, addr, append([]byte(nil), data...)})
	if b.hook != nil {
		b.hook()
	}
}
