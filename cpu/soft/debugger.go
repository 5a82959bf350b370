package soft

import (
	"slices"

	"sysindvm/cpu"
	"sysindvm/internal/state"
)

// What records and debuggers need: the whole state, the pages that were
// written, breakpoints, watchpoints. None of it costs the inner loop anything.

var (
	_ cpu.Repeater = (*CPU)(nil)
	_ cpu.Breaker  = (*CPU)(nil)
)

// AppendState implements [cpu.Repeater].
func (c *CPU) AppendState(b []byte) []byte {
	c.settle()
	c.sh, c.x, c.y, c.r[rBase] = 0, 0, 0, 0
	return state.Append(b, c)
}

// LoadState implements [cpu.Repeater].
func (c *CPU) LoadState(b []byte) (rest []byte, err error) {
	if rest, err = state.Load(b, c); err != nil {
		return nil, err
	}
	c.broken, c.debug.hit = nil, cpu.Exit{}
	c.debug.at = place{}
	c.kicked.Store(false)
	c.setMode()
	c.newEpoch()
	c.setBreakpoints() // the guest's; forgets all translations too
	return rest, nil
}

// Written implements [cpu.Repeater]. A page that is in the write TLB has been
// written to when it was put there.
func (c *CPU) Written() []uint64 { return c.wrote }

// ForgetWritten implements [cpu.Repeater].
func (c *CPU) ForgetWritten() {
	clear(c.wrote)
	c.Forget()
}

// Forget implements [cpu.Repeater].
func (c *CPU) Forget() { c.flushTLB() }

// debugger is what breakpoints and watchpoints need; debug.go has those of the
// guest itself. An instruction at a breakpoint is decoded to one that looks
// whether it is there, and is a run of its own.
type debugger struct {
	breaks  map[uint64]bool // by linear address
	offsets map[uint64]bool // by offset in a page; nil without breakpoints
	watch   []cpu.Watchpoint
	reads   map[uint64]bool // frames that are not to be in a TLB
	writes  map[uint64]bool
	hit     cpu.Exit // what Run is to report
	at      place    // where a breakpoint has been reported
}

// place is a moment of a run, and where the CPU was.
type place struct {
	set        bool
	count, rip uint64
}

// SetBreakpoints implements [cpu.Breaker].
func (c *CPU) SetBreakpoints(addrs []uint64) {
	d := &c.debug
	d.breaks, d.offsets = nil, nil
	if len(addrs) > 0 {
		d.breaks, d.offsets = map[uint64]bool{}, map[uint64]bool{}
	}
	for _, a := range addrs {
		d.breaks[a] = true
		d.offsets[a&pageMask] = true
	}
	d.at = place{true, c.count, c.r[rIP]}
	clear(c.code) // is decoded again, with the breakpoints in it
	c.newEpoch()
}

// arm makes an instruction that was decoded at an offset of its page look for
// a breakpoint, and says whether there may be one.
func (c *CPU) arm(in *inst, off uint64) bool {
	if !c.debug.offsets[off] {
		return false
	}
	in.exec, in.quick, in.touch = exBreak, noWay, 0
	return true
}

func (c *CPU) armApart(va uint64) *inst {
	if c.debug.offsets != nil {
		c.arm(&c.apart, va&pageMask)
	}
	c.apart.place(0) // none of its page's
	c.apart.quick, c.apart.run = noWay, 1
	return &c.apart
}

// exBreak is in the place of an instruction at a breakpoint.
func exBreak(c *CPU, in *inst) {
	d := &c.debug
	if here := (place{true, c.count, c.start}); d.breaks[c.linear(c.start+c.base[segCS])] && d.at != here {
		d.at = here
		d.hit = cpu.Exit{Reason: cpu.ExitBreakpoint}
		c.r[rIP] = c.start
		c.count-- // which execute adds
		c.stop = 0
		return
	}
	in.row.exec(c, in)
}

// SetWatchpoints implements [cpu.Breaker].
func (c *CPU) SetWatchpoints(all []cpu.Watchpoint) {
	d := &c.debug
	d.watch = slices.Clone(all)
	d.reads, d.writes = nil, nil
	for _, w := range all {
		for page := w.Addr / pageSize; page <= (w.Addr+max(w.Size, 1)-1)/pageSize; page++ {
			if w.Read {
				d.reads = with(d.reads, page)
			}
			if w.Write {
				d.writes = with(d.writes, page)
			}
		}
	}
	c.flushTLB()
}

func with(m map[uint64]bool, k uint64) map[uint64]bool {
	if m == nil {
		m = map[uint64]bool{}
	}
	m[k] = true
	return m
}

// used is called for n bytes that are used, of a page that may be watched.
func (c *CPU) used(pages map[uint64]bool, pa, n uint64, write bool) {
	if !pages[pa/pageSize] {
		return
	}
	for _, w := range c.debug.watch {
		if pa < w.Addr+w.Size && w.Addr < pa+n && (write && w.Write || !write && w.Read) {
			c.debug.hit = cpu.Exit{Reason: cpu.ExitWatchpoint, Watchpoint: w}
			c.stop = c.count
		}
	}
}

// reportHit is what Run comes back with at a breakpoint or a watchpoint.
func (c *CPU) reportHit() cpu.Exit {
	e := c.debug.hit
	c.debug.hit = cpu.Exit{}
	return e
}
