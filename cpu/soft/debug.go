package soft

import "sysindvm/cpu"

// Breakpoints (SDM 3B, chapter 17). While an instruction breakpoint is set,
// every instruction is a batch of its own; a page with a data breakpoint is
// never entered into the TLBs, so that each access to it comes by slowRead or
// slowWrite.

// What a breakpoint in DR7 is for.
const (
	bpExecute = 0
	bpWrite   = 1
	bpAccess  = 3 // 2, of ports, is not there
)

// breakpoint is breakpoint n of DR7, if it is on.
func (c *CPU) breakpoint(n int) (at, size uint64, kind uint8, on bool) {
	d := c.dr[7]
	kind = uint8(d >> (16 + 4*n) & 3)
	size = [4]uint64{1, 2, 8, 4}[d>>(18+4*n)&3]
	return c.dr[n] &^ (size - 1), size, kind, d>>(2*n)&3 != 0
}

// setBreakpoints is told that a debug register has changed.
func (c *CPU) setBreakpoints() {
	c.bpExec, c.bpData = false, false
	for n := range 4 {
		if _, _, kind, on := c.breakpoint(n); on {
			c.bpExec = c.bpExec || kind == bpExecute
			c.bpData = c.bpData || kind == bpWrite || kind == bpAccess
		}
	}
	c.flushTLB()
}

// watched reports whether a page of linear addresses has a data breakpoint.
func (c *CPU) watched(va uint64) bool {
	if !c.bpData {
		return false
	}
	for n := range 4 {
		if at, _, kind, on := c.breakpoint(n); on && kind != bpExecute && at>>12 == va>>12 {
			return true
		}
	}
	return false
}

// watch notes the data breakpoints that an access hits: they are a trap,
// after the instruction.
func (c *CPU) watch(va, size uint64, write bool) {
	for n := range 4 {
		at, span, kind, on := c.breakpoint(n)
		if on && (kind == bpAccess || kind == bpWrite && write) && va < at+span && at < va+size {
			c.bpHit |= 1 << n
			c.stop = c.count
		}
	}
}

// breakHere delivers an instruction breakpoint at RIP: a fault, unless RF says
// that it has been one already.
func (c *CPU) breakHere() bool {
	if c.eflags&cpu.FlagRF != 0 {
		c.eflags &^= cpu.FlagRF // for this instruction only
		return false
	}
	hit := uint64(0)
	for n := range 4 {
		if _, _, kind, on := c.breakpoint(n); on && kind == bpExecute && c.dr[n] == c.linear(c.r[rIP]+c.base[segCS]) {
			hit |= 1 << n
		}
	}
	if hit == 0 {
		return false
	}
	c.dr[6] |= hit
	c.deliver(exception{vector: vecDB, fault: true})
	return true
}
