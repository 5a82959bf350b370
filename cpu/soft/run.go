package soft

import (
	"fmt"
	"runtime/debug"
	"time"

	"sysindvm/cpu"
)

// chunk is how many instructions run between two looks at a kick.
const chunk = 1 << 14

// Run implements [cpu.VCPU].
func (c *CPU) Run(until time.Duration) (cpu.Exit, error) {
	c.halted = false
	c.newEpoch()
	limit := uint64(0)
	if until > time.Duration(c.skew) {
		limit = uint64(until) - c.skew
	}
	for {
		switch {
		case c.broken != nil:
			return cpu.Exit{}, c.broken
		case c.debug.hit.Reason != 0:
			return c.reportHit(), nil
		case c.down != "":
			return cpu.Exit{Reason: cpu.ExitShutdown, Detail: c.down}, nil
		case c.kicked.Load():
			c.kicked.Store(false)
			return cpu.Exit{Reason: cpu.ExitKick}, nil
		case c.nmi && !c.inNMI && !c.shadow:
			c.nmi, c.inNMI = false, true
			c.deliver(exception{vector: vecNMI, external: true})
		case c.pending >= 0 && !c.shadow:
			v := c.pending
			c.pending = -1
			c.deliver(exception{vector: uint8(v), external: true})
		case c.window && c.InterruptReady():
			return cpu.Exit{Reason: cpu.ExitInterruptWindow}, nil
		case c.halted:
			return cpu.Exit{Reason: cpu.ExitHalt}, nil
		case c.count >= limit:
			return cpu.Exit{Reason: cpu.ExitTime}, nil
		default:
			c.stop = min(limit, c.count+chunk)
			c.batch()
			if c.stepping && !c.halted && c.down == "" && c.debug.hit.Reason == 0 {
				return cpu.Exit{Reason: cpu.ExitStep}, nil
			}
		}
	}
}

// batch executes instructions until count reaches stop, which whatever needs
// the machine's attention brings about.
func (c *CPU) batch() {
	if c.bpExec && c.breakHere() {
		return
	}
	resume := c.eflags&cpu.FlagRF != 0
	c.traced = c.eflags&cpu.FlagTF != 0
	if c.stepping || c.shadow || c.bpExec || c.traced || resume {
		c.stop = c.count + 1
	}
	shadow, shadowDB := c.shadow, c.shadowDB
	c.shadow, c.shadowDB = false, false
	c.eflags &^= cpu.FlagRF // it is for one instruction; a fault of that sets it again
	if c.protected(c.execute) || c.faulted {
		c.bpHit, c.faulted = 0, false
		c.count++ // a faulting instruction takes time too, or a loop of them would take none
		c.deliver(c.trap)
		return
	}
	if c.debug.hit.Reason == cpu.ExitBreakpoint {
		c.shadow, c.shadowDB = shadow, shadowDB // the instruction has not been executed
		if resume {
			c.eflags |= cpu.FlagRF
		}
		return
	}
	if !c.shadowDB && c.down == "" {
		c.debugTraps()
	}
}

// execute is the inner loop. A run's instructions follow one another, in memory
// or by jumps; whatever else may come between them sets stop. Only the last one
// of a run may go elsewhere.
//
// A run that ends before stop goes by the quick ways of its instructions, each
// of which says which is next, without keeping RIP and count up to date. Where
// a way has none to go, its instruction is executed exactly.
func (c *CPU) execute() {
	c.start = c.r[rIP]
	c.runEnd, c.from = c.count, 0
	in := &c.landing
	for in != nil {
		// Written out, so that the host's CPU can tell the calls apart.
		a := in.quick(c, in)
		if a == nil {
			in = c.exactly(in)
			continue
		}
		b := a.quick(c, a)
		if b == nil {
			in = c.exactly(a)
			continue
		}
		d := b.quick(c, b)
		if d == nil {
			in = c.exactly(b)
			continue
		}
		if in = d.quick(c, d); in == nil {
			in = c.exactly(d)
		}
	}
}

// exactly executes an instruction by the function of its row, with everything
// up to date, and says which is next; nil if it is time to stop.
func (c *CPU) exactly(in *inst) *inst {
	if in == &c.landing {
		return nil
	}
	c.start = (c.r[rBase] + uint64(in.off)) & c.ipMask
	c.r[rIP] = (c.start + uint64(in.len)) & c.ipMask
	c.count = c.runEnd - uint64(in.run)
	if in.touch != 0 && c.faults(in) {
		return nil
	}
	in.exec(c, in)
	c.count++
	switch {
	case c.count >= c.stop:
		return nil
	case in.run > 1:
		return in.next
	}
	c.runEnd, c.from = c.count, 0 // which REP may have counted further
	return &c.landing
}

// way is where a run goes on: straight, or by its branch. Where it has gone
// once and stayed in its page, it goes again without a look.
type way struct {
	to  *inst
	run uint32 // that of to, or far more than there ever is to stop
	id  uint32 // of the instruction that goes there, and which of its ways it is
	off uint64 // from its page's beginning
}

const unknown = 1 << 31 // in place of a way's run

// goTo is how the last of a run goes one of its ways: to the next run, or if
// that is unknown or does not end before stop, to the landing.
func (c *CPU) goTo(w *way) *inst {
	end := c.runEnd + uint64(w.run)
	if end > c.stop {
		c.from = w.id
		return &c.landing
	}
	c.runEnd = end
	return w.to
}

// branch is how a conditional branch goes.
func (c *CPU) branch(in *inst, taken bool) *inst {
	w := &in.ways[0]
	if taken {
		w = &in.ways[1]
	}
	return c.goTo(w)
}

// onward is the way of what stands behind a run whose last instruction goes
// nowhere else: it is none, and not counted.
func onward(c *CPU, in *inst) *inst { return c.goTo(&in.ways[0]) }

// land is the way of what stands between two runs: from says where the next one
// is, or RIP does.
func land(c *CPU, _ *inst) *inst {
	c.count = c.runEnd
	p, w := c.fetchPage, (*way)(nil)
	if c.from != 0 {
		in := p.insts[c.from>>1-1]
		w = &in.ways[c.from&1]
		c.r[rIP] = (c.r[rBase] + w.off) & c.ipMask
		if c.from = 0; !canonical(c.r[rIP]) && in.run != 0 {
			return c.exactly(in.brancher()) // it has gone nowhere, and faults
		}
	}
	if c.count >= c.stop {
		return nil
	}
	c.start = c.r[rIP]
	in := c.landAt()
	if w != nil && w.off < pageSize && c.fetchPage == p {
		w.to, w.run = in, uint32(in.run)
	}
	if c.runEnd = c.count + uint64(in.run); c.runEnd > c.stop {
		return c.stepwise(in)
	}
	return in
}

// stepwise executes a run that does not end before stop.
func (c *CPU) stepwise(in *inst) *inst {
	for in != nil && in != &c.landing {
		in = c.exactly(in)
	}
	return in
}

// protected calls f and reports whether it raised an exception, which is then
// in c.trap, with RIP back at the instruction.
func (c *CPU) protected(f func()) (raised bool) {
	defer func() {
		switch r := recover(); r {
		case nil:
		case errException:
			raised = true
		default:
			// A fault of this engine's own must not take the host's program down.
			c.broken = fmt.Errorf("soft: internal error at rip %#x: %v\n%s", c.start, r, debug.Stack())
			c.stop = c.count
		}
	}()
	f()
	return false
}

// undefined logs an encoding that is not implemented, once for each address.
func (c *CPU) undefined(b []byte) {
	if c.log == nil || c.logged[c.start] || len(c.logged) > 1000 {
		return
	}
	if c.logged == nil {
		c.logged = map[uint64]bool{}
	}
	c.logged[c.start] = true
	n := min(len(b), maxInst)
	c.logf("soft: #UD at %#x: % x  %s", c.start, b[:n], disassemble(b[:n], c.start, c.long))
}

func (c *CPU) shutdown(format string, args ...any) {
	c.down = fmt.Sprintf(format, args...)
	c.stop = c.count
}
