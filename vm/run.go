package vm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sysindvm/cpu"
	"sysindvm/syscalls/agent"
)

// StopReason is why a machine will never run again.
type StopReason uint8

const (
	PoweredOff StopReason = iota + 1 // the guest wrote to the exit port
	HaltedDead                       // HLT with interrupts off
	Shutdown                         // triple fault
	Failed                           // the engine cannot go on
)

var stopTexts = [...]string{
	PoweredOff: "the guest has powered off",
	HaltedDead: "the guest has halted with interrupts off, for good",
	Shutdown:   "the guest has crashed the machine (triple fault)",
	Failed:     "the engine cannot go on",
}

// StopError says that a machine has stopped for good.
type StopError struct {
	Reason StopReason
	Detail string
}

func (e *StopError) Error() string {
	if e.Detail == "" {
		return stopTexts[e.Reason]
	}
	return stopTexts[e.Reason] + ": " + e.Detail
}

var errTimeout = errors.New("timeout")

// recheck is called when a device may have changed what the vCPU must be told
// while it runs: it comes back then.
func (m *Machine) recheck() {
	if _, ok := m.due(); ok && !m.window || m.deadline() < m.until {
		m.vcpu.Kick()
	}
}

// inject gives the vCPU the interrupt that is due, and asks for an interrupt
// window while one waits. It says whether one waits still.
func (m *Machine) inject() (waiting bool, err error) {
	source, waiting := m.due()
	if waiting && m.vcpu.InterruptReady() {
		vector := source()
		if err := m.vcpu.Interrupt(vector); err != nil {
			return false, fmt.Errorf("interrupt %d: %w", vector, err)
		}
		m.halted = false
		m.taken++
		_, waiting = m.due()
	}
	if waiting != m.window {
		m.window = waiting
		m.vcpu.InterruptWindow(waiting)
	}
	return waiting, nil
}

// fail stops the machine for good.
func (m *Machine) fail(reason StopReason, detail string) {
	m.stopped = &StopError{reason, detail}
}

// loop runs the guest until done. It returns [agent.ErrIdle] if the guest is
// asleep and nothing will wake it, a [StopError] if it has stopped for good,
// and ctx's error when that is over (a kick must come with it). Guest time
// does not go beyond limit without done being asked.
func (m *Machine) loop(ctx context.Context, limit time.Duration, done func() bool) error {
	for {
		if done() {
			return nil
		}
		if m.stopped != nil {
			return m.stopped
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		m.record.checkpoint(m)
		m.expire()
		waiting, err := m.inject()
		if err != nil {
			m.fail(Failed, err.Error())
			continue
		}
		if m.record.taken != 0 && m.record.taken <= m.taken && done() {
			return nil
		}
		until := min(m.deadline(), limit)
		if !m.halted {
			m.run1(min(until, m.record.until(m)))
			continue
		}
		switch {
		case waiting:
			m.fail(Failed, "a halted vCPU does not take an interrupt, "+m.where())
		case until == noDeadline:
			return agent.ErrIdle
		default:
			m.vcpu.Sleep(until)
		}
	}
}

// run1 enters the guest once, and takes note of why it came back.
func (m *Machine) run1(until time.Duration) {
	until = m.turn(until)
	m.until = until
	exit, err := m.vcpu.Run(until)
	m.until = 0
	m.uart.flush()
	if err != nil {
		m.fail(Failed, err.Error())
		return
	}
	switch exit.Reason {
	case cpu.ExitStep, cpu.ExitBreakpoint, cpu.ExitWatchpoint:
		m.record.exit = exit
	case cpu.ExitHalt:
		m.halted = true
		if r, err := m.vcpu.Regs(); err != nil {
			m.fail(Failed, err.Error())
		} else if r.RFLAGS&cpu.FlagIF == 0 && m.stopped == nil {
			m.fail(HaltedDead, m.where())
		}
	case cpu.ExitShutdown:
		m.fail(Shutdown, exit.Detail)
	case cpu.ExitEmulation:
		if err := m.assist(exit.Detail); err != nil {
			m.fail(Failed, fmt.Sprintf("%s: %v", exit.Detail, err))
		}
	}
}

// run is loop for a call of the machine's API: it takes no longer than the
// machine's timeout, and its error says what was waited for.
func (m *Machine) run(ctx context.Context, limit time.Duration, what string, done func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, m.timeout, errTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, m.kick)()
	err := m.loop(ctx, limit, done)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded) && context.Cause(ctx) == errTimeout:
		return fmt.Errorf("waiting for %s: nothing in %v of the host's time, the guest is %s: %w", what, m.timeout, m.where(), err)
	}
	return fmt.Errorf("waiting for %s: %w", what, err)
}

// where is what the guest is doing, for people.
func (m *Machine) where() string {
	r, err := m.vcpu.Regs()
	if err != nil {
		return err.Error()
	}
	s, err := m.vcpu.Sregs()
	if err != nil {
		return err.Error()
	}
	doing, interrupts := "at", "off"
	if m.halted {
		doing = "halted at"
	}
	if r.RFLAGS&cpu.FlagIF != 0 {
		interrupts = "on"
	}
	return fmt.Sprintf("%s RIP %#x in ring %d, interrupts %s", doing, r.RIP, s.SS.DPL, interrupts)
}

// Settle runs the guest until all of it is asleep, even if a timer will wake
// it. No guest time passes in waiting.
func (m *Machine) Settle(ctx context.Context) error {
	return m.run(ctx, noDeadline, "the guest to settle", func() bool {
		m.expire()
		_, waiting := m.due()
		return m.halted && !waiting && m.stopped == nil
	})
}

// SettleFor is Settle for no longer than d of guest time, which a guest that
// does not go to sleep takes. It says whether all of it is asleep.
func (m *Machine) SettleFor(ctx context.Context, d time.Duration) (asleep bool, err error) {
	until := m.vcpu.Now() + d
	err = m.run(ctx, until, "the guest to settle", func() bool {
		m.lapic.expire()
		_, waiting := m.lapic.pending()
		asleep = m.halted && !waiting && m.stopped == nil
		return asleep || m.vcpu.Now() >= until
	})
	return asleep, err
}

// Advance lets guest time pass: on an engine with virtual time it takes as
// long as the guest has things to do.
func (m *Machine) Advance(ctx context.Context, d time.Duration) error {
	target := m.vcpu.Now() + d
	return m.run(ctx, target, fmt.Sprintf("%v to pass", d), func() bool { return m.vcpu.Now() >= target })
}

// RunConsole runs the machine with its console attached, until the guest
// powers off, and returns its exit status. Only ctx bounds it. Input is read
// by a goroutine that cannot be stopped while ConsoleIn blocks; it stays
// behind until that read ends.
func (m *Machine) RunConsole(ctx context.Context) (status uint32, err error) {
	input := make(chan []byte, 16)
	over := make(chan struct{})
	defer close(over)
	if m.in != nil {
		go m.readConsole(input, over)
	} else {
		input = nil
	}
	defer context.AfterFunc(ctx, m.kick)()
	var next []byte
	for {
		err := m.loop(ctx, noDeadline, func() bool {
			if next == nil {
				select {
				case next = <-input:
				default:
				}
			}
			return next != nil
		})
		if status, exited := m.ExitStatus(); exited {
			return status, nil
		}
		if err == agent.ErrIdle && input != nil {
			select {
			case b, ok := <-input:
				if !ok {
					input = nil
				}
				next, err = b, nil
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		if err != nil {
			return 0, err
		}
		m.record.input(Input{Channel: SerialPort, Data: next})
		m.uart.queue(next)
		next = nil
	}
}

// readConsole hands on what is typed, and has the machine look.
func (m *Machine) readConsole(input chan<- []byte, over <-chan struct{}) {
	defer close(input)
	for {
		b := make([]byte, 256)
		n, err := m.in.Read(b)
		if n > 0 {
			select {
			case input <- b[:n]:
				m.kick()
			case <-over:
				return
			}
		}
		if err != nil {
			return
		}
	}
}
