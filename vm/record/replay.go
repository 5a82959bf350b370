package record

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"sort"

	"sysindvm/cpu"
	"sysindvm/syscalls/agent"
	"sysindvm/vm"
)

// Replay is a machine that is brought to the moments of a record.
type Replay struct {
	rec  *Record
	m    *vm.Machine
	v    cpu.Repeater
	next int // the event that comes next
	snap int // the snapshot that RAM was restored to last
	buf  [cpu.PageSize]byte

	armed bool
}

// NewReplay makes a machine that stands at the first moment of a record.
func NewReplay(rec *Record) (*Replay, error) {
	m, err := vm.Blank(rec.Memory, nil)
	if err != nil {
		return nil, err
	}
	p := &Replay{rec: rec, m: m, v: m.VCPU().(cpu.Repeater), snap: -1}
	if err := p.restore(0); err != nil {
		m.Close()
		return nil, err
	}
	return p, nil
}

// Record is what is replayed.
func (p *Replay) Record() *Record { return p.rec }

// Machine is the machine, to be looked at. Whoever runs or changes it must
// [Replay.Reset] before anything else.
func (p *Replay) Machine() *vm.Machine { return p.m }

// Now is the moment at which the machine stands.
func (p *Replay) Now() uint64 { return p.m.VCPU().Instructions() }

// Close gives the machine back.
func (p *Replay) Close() error { return p.m.Close() }

// Reset throws away what has been done to the machine from outside, and goes
// back to the moment at which it stood.
func (p *Replay) Reset(ctx context.Context) error {
	now := min(max(p.Now(), p.rec.Start()), p.rec.End())
	all := p.v.Written()
	for i := range all {
		all[i] = ^uint64(0)
	}
	if err := p.restore(p.before(now)); err != nil {
		return err
	}
	return p.Seek(ctx, now)
}

// before is the last snapshot that is not after a moment.
func (p *Replay) before(n uint64) int {
	i := sort.Search(len(p.rec.snaps), func(i int) bool { return p.rec.snaps[i].at.Instructions > n }) - 1
	return max(i, 0)
}

// restore brings the machine to a snapshot.
func (p *Replay) restore(to int) error {
	ram := p.m.RAM()
	put := func(pg *page) {
		b := ram[int(pg.number)*cpu.PageSize:][:cpu.PageSize]
		if now := pg.content(to, &p.buf); now != nil {
			copy(b, now)
		} else {
			clear(b)
		}
	}
	written := p.v.Written()
	for i, word := range written {
		for ; word != 0; word &= word - 1 {
			number := uint32(i*64 + bits.TrailingZeros64(word))
			if at, ok := p.rec.index[number]; ok {
				put(&p.rec.pages[at])
			} else if off := int(number) * cpu.PageSize; off < len(ram) {
				clear(ram[off : off+cpu.PageSize])
			}
		}
	}
	if p.snap != to {
		for i := range p.rec.pages {
			if pg := &p.rec.pages[i]; p.snap < 0 || pg.version(p.snap) != pg.version(to) {
				put(pg)
			}
		}
	}
	p.v.ForgetWritten()
	if err := p.m.LoadState(p.rec.snaps[to].state); err != nil {
		return fmt.Errorf("the record cannot be replayed: %w", err)
	}
	p.snap, p.next = to, p.rec.snaps[to].event+1
	return nil
}

// passCheckpoint brings the vCPU to where a recorded one was after a snapshot,
// and sees whether the run is the same.
func (p *Replay) passCheckpoint(snap int) error {
	s := &p.rec.snaps[snap]
	now, err := p.m.AppendState(nil)
	if err != nil {
		return err
	}
	if string(now) != string(s.state) {
		return fmt.Errorf("%w: at instruction %d", vm.ErrDiverged, s.at.Instructions)
	}
	return nil
}

// run goes forwards to the moment n, and applies what comes from the host on
// the way. It stops at breakpoints and watchpoints.
func (p *Replay) run(ctx context.Context, n uint64) (cpu.Exit, error) {
	n = min(n, p.rec.End())
	for {
		if p.Now() >= n {
			return cpu.Exit{}, nil
		}
		target, due := vm.Position{Instructions: n}, false
		if p.next < len(p.rec.events) {
			if e := &p.rec.events[p.next]; e.at.Instructions < n {
				target, due = e.at, true
			}
		}
		exit, err := p.m.RunTo(ctx, target)
		if err != nil && !(errors.Is(err, agent.ErrIdle) && due) {
			return exit, err
		}
		if exit.Reason != 0 {
			return exit, nil
		}
		if !due {
			return exit, nil
		}
		if p.m.Position() != target {
			return exit, fmt.Errorf("%w: at instruction %d", vm.ErrDiverged, p.Now())
		}
		if err := p.apply(); err != nil {
			return exit, err
		}
	}
}

// apply does what the next event says.
func (p *Replay) apply() error {
	i := p.next
	e := &p.rec.events[i]
	p.next++
	if !e.snap {
		return p.m.Apply(e.input)
	}
	k := sort.Search(len(p.rec.snaps), func(k int) bool { return p.rec.snaps[k].event >= i })
	if err := p.passCheckpoint(k); err != nil {
		return err
	}
	p.v.Forget()
	return nil
}

// Seek brings the machine to a moment, of those from Start to End.
func (p *Replay) Seek(ctx context.Context, n uint64) error {
	if n < p.rec.Start() || n > p.rec.End() {
		return fmt.Errorf("moment %d: the record has %d to %d", n, p.rec.Start(), p.rec.End())
	}
	p.disarm()
	if now := p.Now(); n < now || p.before(n) > p.before(now) {
		if err := p.restore(p.before(n)); err != nil {
			return err
		}
	}
	exit, err := p.run(ctx, n)
	if err == nil && (exit.Reason != 0 || p.Now() != n) {
		err = fmt.Errorf("%w: at instruction %d", vm.ErrDiverged, p.Now())
	}
	return err
}

// ---- breakpoints and watchpoints

// Stops are where a run is to stop.
type Stops struct {
	Breakpoints []uint64         // linear addresses
	Watchpoints []cpu.Watchpoint // physical memory
}

func (p *Replay) arm(s Stops) {
	b := p.v.(cpu.Breaker)
	b.SetBreakpoints(s.Breakpoints)
	b.SetWatchpoints(s.Watchpoints)
	p.armed = true
}

func (p *Replay) disarm() {
	if p.armed {
		p.arm(Stops{})
		p.armed = false
	}
}

// Forward goes on to the next stop, or to the moment n. The exit says at what
// it stopped, with no reason if it is at n or at the record's end.
func (p *Replay) Forward(ctx context.Context, n uint64, s Stops) (cpu.Exit, error) {
	p.arm(s)
	defer p.disarm()
	exit, err := p.run(ctx, n)
	if p.over(err) {
		err = nil
	}
	return exit, err
}

// over reports whether an error says only that the record ends here.
func (p *Replay) over(err error) bool {
	var stop *vm.StopError
	return p.Now() >= p.rec.End() && (errors.Is(err, agent.ErrIdle) || errors.As(err, &stop))
}

// Backward goes back to the last stop before now, or to the moment n if there is
// none after that. At a watchpoint that is the moment before the instruction
// which used the memory.
func (p *Replay) Backward(ctx context.Context, n uint64, s Stops) (cpu.Exit, error) {
	n = max(n, p.rec.Start())
	end := p.Now()
	defer p.disarm()
	for i := p.before(max(end, 1) - 1); ; i-- {
		hits, at, exit, err := p.hits(ctx, i, end, s, 0)
		switch {
		case err != nil:
			return exit, err
		case hits > 0 && at >= n && exit.Reason == cpu.ExitWatchpoint:
			return exit, p.Seek(ctx, at)
		case hits > 0 && at >= n:
			// Not by Seek: an interrupt may have been delivered at that moment.
			_, _, exit, err = p.hits(ctx, i, end, s, hits)
			return exit, err
		}
		if end = p.rec.snaps[i].at.Instructions; end <= n || i == 0 {
			return cpu.Exit{}, p.Seek(ctx, n)
		}
	}
}

// hits runs from a snapshot to the moment end, or to the stop number max. It
// says how many stops there were before end, and what the last was.
func (p *Replay) hits(ctx context.Context, snap int, end uint64, s Stops, max int) (n int, at uint64, last cpu.Exit, err error) {
	p.arm(s)
	if err := p.restore(snap); err != nil {
		return 0, 0, last, err
	}
	for {
		exit, err := p.run(ctx, end)
		if err != nil || exit.Reason == 0 {
			return n, at, last, err
		}
		now := p.Now()
		if exit.Reason == cpu.ExitWatchpoint {
			now--
		}
		if now < end {
			n, at, last = n+1, now, exit
		}
		if max > 0 && n == max {
			return n, at, last, nil
		}
	}
}
