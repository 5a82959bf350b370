package vm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sysindvm/cpu"
	"sysindvm/internal/state"
	"sysindvm/syscalls/wire"
)

// What package record stands on: a machine whose engine has virtual time runs
// the same again if it begins in the same state and gets the same from the
// host at the same positions.

// Position is how far a run has come. Positions are in order: each of the three
// only grows.
type Position struct {
	// Instructions is how many the vCPU has completed.
	Instructions uint64
	// Time is guest time: it also passes while the vCPU is halted.
	Time time.Duration
	// Interrupts is how many the vCPU was given.
	Interrupts uint64
}

// Reached reports whether a run that is at p has come as far as o.
func (p Position) Reached(o Position) bool {
	if p.Instructions != o.Instructions {
		return p.Instructions > o.Instructions
	}
	return p.Time >= o.Time && p.Interrupts >= o.Interrupts
}

// Position is how far the machine has come.
func (m *Machine) Position() Position {
	return Position{m.vcpu.Instructions(), m.vcpu.Now(), m.taken}
}

// SerialPort is the channel number of the serial port in an Input.
const SerialPort = -1

// Input is something that the host has done to the machine: given it data, or
// taken some.
type Input struct {
	Channel int    // of the agent's, or SerialPort
	Data    []byte // for the guest
	Taken   int    // how many bytes from the guest were taken
}

// Observer is told what a run is made of, while the guest stands still.
type Observer interface {
	// Input is told what the machine is about to get, at its present position.
	Input(Input)
	// Checkpoint is called at the intervals asked for. It must bring the vCPU
	// to the state that LoadState would: by ForgetWritten.
	Checkpoint()
}

// recording is what an observed machine, or one that is replayed, keeps. Its
// zero value is a machine that is neither.
type recording struct {
	observer    Observer
	every, next uint64 // in instructions

	limit uint64   // of a replay: do not execute more than so many instructions; 0 for none
	taken uint64   // and look whether it is over after so many interrupts
	exit  cpu.Exit // a step, a breakpoint, a watchpoint
}

func (r *recording) input(i Input) {
	if r.observer != nil {
		r.observer.Input(i)
	}
}

// checkpoint calls the observer if it is time.
func (r *recording) checkpoint(m *Machine) {
	if r.observer == nil || m.vcpu.Instructions() < r.next {
		return
	}
	r.next = m.vcpu.Instructions() + r.every
	r.observer.Checkpoint()
}

// until is the guest time at which the run must stop for the recording.
func (r *recording) until(m *Machine) time.Duration {
	until := noDeadline
	if r.observer != nil {
		until = m.vcpu.Now() + time.Duration(r.next-m.vcpu.Instructions())
	}
	if n := m.vcpu.Instructions(); r.limit > n && r.limit-n < 1<<60 {
		until = min(until, m.vcpu.Now()+time.Duration(r.limit-n))
	}
	return until
}

var errNotRepeatable = errors.New("only a run on the engine soft can be recorded")

// Observe has o hear of everything that comes from the host, and call
// Checkpoint every so many instructions, from now on; nobody if o is nil. The
// engine must have virtual time.
func (m *Machine) Observe(o Observer, every uint64) error {
	if o != nil && (m.repeater == nil || !m.engine.Caps().VirtualTime) {
		return errNotRepeatable
	}
	m.record.observer, m.record.every = o, every
	m.record.next = m.vcpu.Instructions() + every
	return nil
}

// touches has what a device writes to memory count as written by the guest.
func (m *Machine) touches(c *console) {
	if m.repeater == nil {
		return
	}
	written := m.repeater.Written()
	for i := range c.queues {
		c.queues[i].touch = func(addr, n uint64) {
			for page := addr / cpu.PageSize; n > 0 && page <= (addr+n-1)/cpu.PageSize; page++ {
				written[page/64] |= 1 << (page % 64)
			}
		}
	}
}

// machineState is what the machine itself knows.
type machineState struct {
	halted, window, exited bool
	status                 uint32
	taken                  uint64
	stopped                uint8 // a StopReason, or 0
	detail                 string
	trace                  [wire.TraceSize]byte
	traced                 int
}

// parts are the devices, in the order in which their states are kept.
func (m *Machine) parts() []any {
	all := []any{m.lapic, m.ioapic, &m.pics, m.pit, m.uart}
	for _, c := range m.channels {
		all = append(all, c)
	}
	return append(all, m.others...)
}

// AppendState appends the state of the machine, all but RAM, to b. The engine
// must have virtual time.
func (m *Machine) AppendState(b []byte) ([]byte, error) {
	if m.repeater == nil {
		return nil, errNotRepeatable
	}
	s := machineState{halted: m.halted, window: m.window, exited: m.exited, status: m.status, taken: m.taken}
	var stop *StopError
	if errors.As(m.stopped, &stop) {
		s.stopped, s.detail = uint8(stop.Reason), stop.Detail
	}
	if m.tracer != nil {
		s.trace, s.traced = m.tracer.buf, m.tracer.n
	}
	b = state.Append(m.repeater.AppendState(b), &s)
	for _, p := range m.parts() {
		b = state.Append(b, p)
	}
	return b, nil
}

// LoadState sets the state of the machine to one that AppendState has given of
// a machine with as much RAM. RAM is the caller's to restore. After an error
// the machine is of no use.
func (m *Machine) LoadState(b []byte) (err error) {
	if m.repeater == nil {
		return errNotRepeatable
	}
	if b, err = m.repeater.LoadState(b); err != nil {
		return err
	}
	var s machineState
	if b, err = state.Load(b, &s); err != nil {
		return err
	}
	for _, p := range m.parts() {
		if b, err = state.Load(b, p); err != nil {
			return err
		}
	}
	if len(b) > 0 || s.traced < 0 || s.traced >= wire.TraceSize || int(s.stopped) >= len(stopTexts) {
		return errors.New("it is damaged")
	}
	for _, c := range m.channels {
		if err := c.restored(); err != nil {
			return err
		}
	}
	if err := m.pit.restored(); err != nil {
		return err
	}
	m.halted, m.window, m.exited, m.status, m.taken = s.halted, s.window, s.exited, s.status, s.taken
	m.vcpu.InterruptWindow(m.window)
	m.stopped = nil
	if s.stopped != 0 {
		m.stopped = &StopError{StopReason(s.stopped), s.detail}
	}
	if m.tracer != nil {
		m.tracer.buf, m.tracer.n = s.trace, s.traced
	}
	m.record.exit = cpu.Exit{}
	return nil
}

// restored finds the rings of queues whose state was loaded.
func (c *console) restored() error {
	for i := range c.queues {
		q := &c.queues[i]
		if !q.ready {
			continue
		}
		if q.size == 0 || q.size > maxQueue || q.size&(q.size-1) != 0 {
			return fmt.Errorf("%s: a queue of %d entries", c.name, q.size)
		}
		if err := q.rings(); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// restored checks what the 8254's arithmetic stands on.
func (p *pit) restored() error {
	for i := range p.ch {
		if c := &p.ch[i]; c.loaded && (c.reload == 0 || c.reload > 1<<16 || c.start < 0 || c.start > p.now()) {
			return errors.New("the 8254's state is impossible")
		}
	}
	return nil
}

// Blank makes a machine on the engine soft that has no kernel: for LoadState,
// and to be replayed.
func Blank(memory int64, log func(format string, args ...any)) (*Machine, error) {
	memory, err := memorySize(memory)
	if err != nil {
		return nil, err
	}
	e, err := openSoft()
	if err != nil {
		return nil, err
	}
	return newMachine(Config{Engine: e, Memory: memory, Log: log})
}

// Apply does to the machine what the host has done to another, at the same
// position.
func (m *Machine) Apply(i Input) error {
	if i.Channel == SerialPort {
		m.uart.queue(i.Data)
		return nil
	}
	c, err := m.channel(i.Channel)
	if err != nil {
		return err
	}
	if i.Taken < 0 || i.Taken > len(c.fromGuest) || len(i.Data) > maxChannel-len(c.toGuest) {
		return ErrDiverged
	}
	c.take(i.Taken)
	if len(i.Data) > 0 {
		c.toGuest = append(c.toGuest, i.Data...)
		c.deliver()
	}
	return nil
}

// ErrDiverged says that a run is not the one that was recorded.
var ErrDiverged = errors.New("the run is not repeated as it was recorded")

// RunTo runs the machine, without anything from the host, until it has come to
// a position. It comes back before, with the exit, for a breakpoint, a
// watchpoint, or if the vCPU single-steps, after each instruction; a halted one
// that wakes up counts as one that has not executed anything yet. The error is
// [agent.ErrIdle] if the guest is asleep for good, and a [StopError] if it has
// stopped.
func (m *Machine) RunTo(ctx context.Context, p Position) (cpu.Exit, error) {
	r := &m.record
	r.limit, r.taken, r.exit = p.Instructions, p.Interrupts, cpu.Exit{}
	defer func() { r.limit, r.taken = 0, 0 }()
	defer context.AfterFunc(ctx, m.kick)()
	if m.Position().Reached(p) {
		return cpu.Exit{}, nil
	}
	limit := noDeadline
	if p.Time > 0 {
		limit = p.Time
	}
	// A run that is not the one that was recorded may never come to p.
	const maxStuck = 32
	last, stuck := Position{}, 0
	err := m.loop(ctx, limit, func() bool {
		now := m.Position()
		if stuck++; now != last {
			last, stuck = now, 0
		}
		return r.exit.Reason != 0 || now.Reached(p) || stuck > maxStuck
	})
	exit := r.exit
	if err == nil && stuck > maxStuck {
		err = ErrDiverged
	}
	r.exit = cpu.Exit{}
	return exit, err
}

// Translate finds the guest-physical address of a virtual one, by the page
// tables at root (CR3) as they are in RAM, in the format of the mode that the
// CPU is in. It is false where nothing is mapped.
func (m *Machine) Translate(root, addr uint64) (uint64, bool) {
	s, err := m.vcpu.Sregs()
	if err != nil {
		return 0, false
	}
	return m.translate(root, addr, s.EFER&cpu.EFERLMA != 0)
}

// RunToExit runs the machine, without anything from the host, until the vCPU
// comes back for a step ([cpu.VCPU.SingleStep]), a breakpoint or a watchpoint.
// Its error is RunTo's.
func (m *Machine) RunToExit(ctx context.Context) (cpu.Exit, error) {
	r := &m.record
	r.exit = cpu.Exit{}
	defer context.AfterFunc(ctx, m.kick)()
	err := m.loop(ctx, noDeadline, func() bool { return r.exit.Reason != 0 })
	exit := r.exit
	r.exit = cpu.Exit{}
	return exit, err
}
