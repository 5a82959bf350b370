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
	if c.protected(c.execute) {
		c.bpHit = 0
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

// execute is the inner loop. A run's instructions follow one another in
// memory; whatever else may come between them sets stop. Only the last one of
// a run goes elsewhere.
//
// A run that ends before stop goes by the quick ways of its instructions,
// without keeping RIP and count up to date: these are what they should be at a
// run's end, and wherever a way is exactly.
func (c *CPU) execute() {
	c.start = c.r[rIP]
	run := c.fetch()
	for {
		top := c.r[rIP]
		body := run[:run[0].tail]
		last := &run[len(body)]
		fall := (c.r[rBase] + uint64(last.fall)) & c.ipMask
		for { // while it is the same once more
			c.runEnd = c.count + uint64(len(run))
			if c.runEnd > c.stop {
				c.executeExactly(run)
				return
			}
			if len(body) > 0 && c.straight(body) {
				return
			}
			c.r[rIP] = fall
			if last.quick(c, last) {
				c.count++
			} else {
				c.count = c.runEnd
			}
			if c.count >= c.stop {
				return
			}
			if c.r[rIP] != top {
				break
			}
		}
		run = c.next(last, fall)
	}
}

// straight executes what comes before the last of a run, and reports whether to
// stop. It is written out so that the host's CPU can tell the calls apart.
func (c *CPU) straight(b []inst) bool {
	for len(b) >= 4 {
		p := (*[4]inst)(b)
		if p[0].quick(c, &p[0]) && c.counted() || p[1].quick(c, &p[1]) && c.counted() ||
			p[2].quick(c, &p[2]) && c.counted() || p[3].quick(c, &p[3]) && c.counted() {
			return true
		}
		b = b[4:]
	}
	if len(b) >= 2 {
		p := (*[2]inst)(b)
		if p[0].quick(c, &p[0]) && c.counted() || p[1].quick(c, &p[1]) && c.counted() {
			return true
		}
		b = b[2:]
	}
	return len(b) > 0 && b[0].quick(c, &b[0]) && c.counted()
}

// counted counts an instruction that was executed exactly, and reports whether
// to stop.
func (c *CPU) counted() bool {
	c.count++
	return c.count >= c.stop
}

// executeExactly executes a run that does not end before stop.
func (c *CPU) executeExactly(run []inst) {
	for i := range run {
		exactly(c, &run[i])
		if c.count++; c.count >= c.stop {
			return
		}
	}
}

// next is the run after one whose last instruction ends at fall. Where it went
// the time before, it goes mostly: that is remembered, so that the host's CPU
// can begin with the next run before it knows the address.
func (c *CPU) next(last *inst, fall uint64) []inst {
	ip := c.r[rIP]
	way := 0
	if ip != fall {
		way = 1
	}
	l := &last.link[way]
	p := c.fetchPage
	if off := ip - c.r[rBase]; p != nil && off < pageSize {
		if l.to == uint16(off) && l.run != 0 {
			at := uint(l.run - 1)
			return p.insts[at : at+uint(p.insts[at].run)]
		}
		c.start = ip
		run := c.fetch()
		if c.fetchPage == p && fall-c.r[rBase] < pageSize {
			l.to, l.run = uint16(off), p.at[off]
		}
		return run
	}
	c.start = ip
	return c.fetch()
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
