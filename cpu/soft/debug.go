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
// that it has been one already. The handler itself has to set RF.
func (c *CPU) breakHere() bool {
	if c.eflags&cpu.FlagRF != 0 || c.shadowDB {
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
	c.setHit(hit)
	c.deliver(exception{vector: vecDB})
	return true
}

// Bits of DR6 and DR7 (SDM 3B, 17.2.3 and 17.2.4).
const (
	dr6Hit = 15 // a breakpoint each
	dr6BD  = 1 << 13
	dr6BS  = 1 << 14
	dr7GD  = 1 << 13
)

// setHit says in DR6 which breakpoints were hit. Its other bits only the
// handler clears.
func (c *CPU) setHit(hit uint64) { c.dr[6] = c.dr[6]&^dr6Hit | hit }

// debugTraps delivers what follows an instruction: its data breakpoints, and
// those of a MOV SS before it, and the single step.
func (c *CPU) debugTraps() {
	if c.bpHit == 0 && !c.traced {
		return
	}
	c.setHit(c.bpHit)
	c.bpHit = 0
	if c.traced {
		c.dr[6] |= dr6BS
	}
	c.deliver(exception{vector: vecDB})
}

// exINT1 is a debug exception that the gate's rights do not bar. The data
// breakpoints of a MOV SS before it come with it.
func exINT1(c *CPU, in *inst) {
	if c.bpHit != 0 {
		c.setHit(c.bpHit)
		c.bpHit = 0
	}
	c.trapTo(exception{vector: vecDB})
}

func (c *CPU) debugReg(n uint8) *uint64 {
	c.privileged()
	if n == 4 || n == 5 {
		if c.cr4&cpu.CR4DE != 0 {
			c.raiseNoCode(vecUD)
		}
		n += 2
	}
	if c.dr[7]&dr7GD != 0 {
		c.dr[6] |= dr6BD
		c.raiseTrap(exception{vector: vecDB, fault: true})
	}
	return &c.dr[n]
}

func exMOVfromDR(c *CPU, in *inst) { c.r[in.dst.reg] = *c.debugReg(in.src.reg) }

func exMOVtoDR(c *CPU, in *inst) {
	p := c.debugReg(in.dst.reg)
	v := c.r[in.src.reg]
	switch p {
	case &c.dr[6]:
		v = v&0xe00f | 0xffff0ff0
	case &c.dr[7]:
		v = v&0xffff2fff | 0x400
	}
	*p = v
	c.setBreakpoints()
}
