package gdb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sysindvm/cpu"
	"sysindvm/syscalls/agent"
	"sysindvm/vm"
	"sysindvm/vm/record"
)

// Stops are where a run is to stop: breakpoints by linear address, watchpoints
// by guest-physical one.
type Stops = record.Stops

// Reason is why a target stands still.
type Reason int

// Reasons.
const (
	Stepped     Reason = iota
	Breakpoint         // before an instruction at a breakpoint
	Watchpoint         // after an instruction that has used watched memory
	Interrupted        // by the debugger
	Begin              // of a record
	End                // of a record
	Exited             // the machine has stopped for good, or sleeps for good
)

// Stop is that reason, with the watchpoint that was hit, or words for people.
type Stop struct {
	Reason     Reason
	Watchpoint cpu.Watchpoint
	Detail     string
}

// Target is what is debugged. Its methods stop when ctx is over, with the reason
// Interrupted.
type Target interface {
	// Machine is the machine as it stands.
	Machine() *vm.Machine
	// Fixed says that it cannot be changed: it is a record.
	Fixed() bool
	// CanWatch says whether there are watchpoints.
	CanWatch() bool
	// Step executes one instruction, Continue goes on to a stop; both backwards,
	// too, of a Target that is Fixed.
	Step(ctx context.Context, back bool) (Stop, error)
	Continue(ctx context.Context, s Stops, back bool) (Stop, error)
}

// Live is a machine that runs, on any engine. It gets no input.
type Live struct{ m *vm.Machine }

// NewLive makes a target of a machine, which nobody else may run.
func NewLive(m *vm.Machine) *Live { return &Live{m} }

// Machine implements [Target].
func (l *Live) Machine() *vm.Machine { return l.m }

// Fixed implements [Target].
func (l *Live) Fixed() bool { return false }

// CanWatch implements [Target].
func (l *Live) CanWatch() bool {
	_, ok := l.m.VCPU().(cpu.Breaker)
	return ok
}

// Step implements [Target].
func (l *Live) Step(ctx context.Context, _ bool) (Stop, error) {
	l.m.VCPU().SingleStep(true)
	defer l.m.VCPU().SingleStep(false)
	_, err := l.m.RunToExit(ctx)
	return stopped(ctx, Stop{Reason: Stepped}, err)
}

// Continue implements [Target].
func (l *Live) Continue(ctx context.Context, s Stops, _ bool) (Stop, error) {
	b, ok := l.m.VCPU().(cpu.Breaker)
	if !ok {
		return l.crawl(ctx, s.Breakpoints)
	}
	b.SetBreakpoints(s.Breakpoints)
	b.SetWatchpoints(s.Watchpoints)
	defer func() {
		b.SetBreakpoints(nil)
		b.SetWatchpoints(nil)
	}()
	exit, err := l.m.RunToExit(ctx)
	return stopped(ctx, stopOf(exit), err)
}

// crawl is Continue by single steps, where the vCPU has no breakpoints.
func (l *Live) crawl(ctx context.Context, at []uint64) (Stop, error) {
	if len(at) == 0 {
		_, err := l.m.RunToExit(ctx)
		return stopped(ctx, Stop{Reason: Exited}, err)
	}
	for {
		s, err := l.Step(ctx, false)
		if err != nil || s.Reason != Stepped {
			return s, err
		}
		r, err := l.m.VCPU().Regs()
		if err != nil {
			return s, err
		}
		if slices.Contains(at, r.RIP) {
			return Stop{Reason: Breakpoint}, nil
		}
	}
}

// stopOf is an exit as a stop.
func stopOf(exit cpu.Exit) Stop {
	switch exit.Reason {
	case cpu.ExitBreakpoint:
		return Stop{Reason: Breakpoint}
	case cpu.ExitWatchpoint:
		return Stop{Reason: Watchpoint, Watchpoint: exit.Watchpoint}
	}
	return Stop{Reason: Stepped}
}

// stopped makes a stop of the ends that a run can have.
func stopped(ctx context.Context, s Stop, err error) (Stop, error) {
	var stop *vm.StopError
	switch {
	case err == nil:
		return s, nil
	case ctx.Err() != nil:
		return Stop{Reason: Interrupted}, nil
	case errors.As(err, &stop):
		return Stop{Reason: Exited, Detail: stop.Error()}, nil
	case errors.Is(err, agent.ErrIdle):
		return Stop{Reason: Exited, Detail: "the guest is asleep, and nothing will wake it"}, nil
	}
	return Stop{}, err
}

// Replay is a record of a run.
type Replay struct{ p *record.Replay }

// NewReplay makes a target that stands at the beginning of a record.
func NewReplay(p *record.Replay) *Replay { return &Replay{p} }

// Machine implements [Target].
func (r *Replay) Machine() *vm.Machine { return r.p.Machine() }

// Fixed implements [Target].
func (r *Replay) Fixed() bool { return true }

// CanWatch implements [Target].
func (r *Replay) CanWatch() bool { return true }

// Step implements [Target].
func (r *Replay) Step(ctx context.Context, back bool) (Stop, error) {
	now, rec := r.p.Now(), r.p.Record()
	switch {
	case back && now <= rec.Start():
		return Stop{Reason: Begin}, nil
	case !back && now >= rec.End():
		return Stop{Reason: End}, nil
	case back:
		now--
	default:
		now++
	}
	return stopped(ctx, Stop{Reason: Stepped}, r.p.Seek(ctx, now))
}

// Continue implements [Target].
func (r *Replay) Continue(ctx context.Context, s Stops, back bool) (Stop, error) {
	rec := r.p.Record()
	if back {
		exit, err := r.p.Backward(ctx, rec.Start(), s)
		if err == nil && exit.Reason == 0 {
			return Stop{Reason: Begin}, nil
		}
		return stopped(ctx, stopOf(exit), err)
	}
	exit, err := r.p.Forward(ctx, rec.End(), s)
	if err == nil && exit.Reason == 0 {
		return Stop{Reason: End}, nil
	}
	return stopped(ctx, stopOf(exit), err)
}

// errFixed says that a record is what it is.
var errFixed = fmt.Errorf("a record cannot be changed")
