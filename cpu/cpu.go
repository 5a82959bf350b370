// Package cpu says what a virtual CPU is: its register state, the bus it sits
// on, and the [Engine] and [VCPU] interfaces behind which an x86 runs.
//
// Two engines implement them. cpu/soft is an x86 in pure Go, deterministic,
// for any host; cpu/kvm drives Linux's /dev/kvm. A machine (package vm) is
// written once, against this package. Begin with [VCPU.Run].
//
// Names and bit layouts are those of the Intel 64 and IA-32 Architectures
// Software Developer's Manual (SDM).
package cpu

import (
	"errors"
	"fmt"
	"time"
)

// Engine makes vCPUs of one kind.
type Engine interface {
	// Name is the engine's name on the command line: "soft" or "kvm".
	Name() string
	// Caps says what vCPUs of this engine can do on this host.
	Caps() Caps
	// NewVCPU makes a vCPU in the reset state (SDM 3A, 10.1.1). The caller
	// sets the state that the boot protocol asks for before the first Run.
	NewVCPU(Config) (VCPU, error)
}

// Caps is what an engine can and cannot do on this host.
type Caps struct {
	// Protected32 is false where 32-bit protected mode cannot run, so that a
	// boot protocol that starts there needs help until long mode is on.
	Protected32 bool
	// Paging32 is false where 32-bit protected mode with paging cannot run, and
	// therefore no i386 kernel.
	Paging32 bool
	// VirtualTime: Now counts instructions, one a nanosecond, and Sleep takes
	// no time at all. Runs are repeatable to the instruction.
	VirtualTime bool
	// Quirks are words for the kernel command line that tell the guest
	// kernel what it must do without.
	Quirks []string
}

// Config is what a vCPU is made of.
type Config struct {
	// RAM is guest-physical memory from address 0 up. Its address and length
	// are multiples of the page size; at most 3 GiB, so that it ends below
	// the MMIO hole.
	RAM []byte
	// Bus answers every port access, and every memory access outside RAM.
	Bus Bus
	// Log receives one line for each thing that the host's user should know:
	// an instruction that is not implemented, say. It may be nil.
	Log func(format string, args ...any)
}

// Bus is what a vCPU's accesses reach outside RAM. Its methods are called in
// the middle of [VCPU.Run], on the goroutine that called it. len(data) is 1,
// 2, 4 or 8; a read fills data, all ones where nothing answers.
type Bus interface {
	In(port uint16, data []byte)
	Out(port uint16, data []byte)
	ReadMMIO(gpa uint64, data []byte)
	WriteMMIO(gpa uint64, data []byte)
}

// VCPU is one virtual CPU. All methods but Kick are for one goroutine at a
// time.
type VCPU interface {
	Regs() (Regs, error)
	SetRegs(Regs) error
	Sregs() (Sregs, error)
	SetSregs(Sregs) error
	FPU() (FPU, error)
	SetFPU(FPU) error
	// MSR reads a model-specific register: ErrMSR if the vCPU has none of
	// that index.
	MSR(index uint32) (uint64, error)
	SetMSR(index uint32, v uint64) error

	// Run executes the guest until something happens that the machine must
	// look at, and says what. It comes back at guest time until at the
	// latest, with ExitTime; a guest that spins with interrupts off is no
	// exception. An error means that the vCPU cannot go on.
	Run(until time.Duration) (Exit, error)
	// Kick makes the Run under way, or else the next one, come back soon with
	// ExitKick; likewise a Sleep. It may be called from any goroutine, and
	// from inside a Bus method: then Run comes back right after the
	// instruction that made the access.
	Kick()

	// Now is guest time since the vCPU was made. The guest's TSC reads it in
	// units of TSCHz.
	Now() time.Duration
	// Sleep lets guest time pass until the time given, at most: it is what
	// the machine does with a halted vCPU. In virtual time it returns at once.
	Sleep(until time.Duration)
	// TSCHz is the frequency of the guest's time-stamp counter.
	TSCHz() uint64

	// InterruptReady reports whether Interrupt would be accepted now: IF is
	// set, there is no interrupt shadow, and none is waiting already.
	InterruptReady() bool
	// Interrupt delivers an external interrupt before the next instruction.
	// ErrNotReady if InterruptReady is false.
	Interrupt(vector uint8) error
	// NMI makes a non-maskable interrupt pending (SDM 3A, 6.7), if none is: it
	// is delivered before the next instruction, whatever IF says, unless the
	// handler of another has not come to its IRET yet. It may be called from
	// inside a Bus method.
	NMI() error
	// InterruptWindow asks Run to come back with ExitInterruptWindow as soon
	// as InterruptReady is true. It holds until withdrawn.
	InterruptWindow(want bool)

	// SingleStep makes each Run execute one instruction and come back with
	// ExitStep.
	SingleStep(on bool)
	// Instructions is how many instructions the vCPU has completed, 0 where
	// the engine cannot tell.
	Instructions() uint64
	Close() error
}

// ExitReason says why Run came back.
type ExitReason uint8

const (
	ExitTime            ExitReason = iota + 1 // guest time reached the limit
	ExitKick                                  // Kick was called
	ExitHalt                                  // HLT
	ExitInterruptWindow                       // an asked-for interrupt can be delivered
	ExitStep                                  // one instruction was executed
	ExitShutdown                              // triple fault (SDM 3A, 6.15, interrupt 8)
	ExitEmulation                             // the engine cannot execute the instruction at RIP
	ExitBreakpoint                            // a breakpoint is at RIP: see Breaker
	ExitWatchpoint                            // the instruction before RIP has used watched memory
)

var exitNames = [...]string{
	ExitTime: "time", ExitKick: "kick", ExitHalt: "halt", ExitInterruptWindow: "interrupt window",
	ExitStep: "step", ExitShutdown: "shutdown", ExitEmulation: "emulation failure",
	ExitBreakpoint: "breakpoint", ExitWatchpoint: "watchpoint",
}

func (r ExitReason) String() string {
	if int(r) < len(exitNames) && exitNames[r] != "" {
		return exitNames[r]
	}
	return fmt.Sprintf("ExitReason(%d)", uint8(r))
}

// Exit is one return of Run.
type Exit struct {
	Reason ExitReason
	// Detail is for people: why a shutdown or an emulation failure happened,
	// where the engine knows.
	Detail string
	// Watchpoint is the one that was hit, with ExitWatchpoint.
	Watchpoint Watchpoint
}

// Errors that VCPU methods return, alone or wrapped.
var (
	ErrMSR      = errors.New("no such MSR")
	ErrNotReady = errors.New("the vCPU cannot take an interrupt now")
)
