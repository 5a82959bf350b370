package soft

import "sysindvm/cpu"

// Real-address mode (SDM 3A, chapter 21), as far as boot code needs it: a
// segment register's base is its selector times 16, and interrupts go by a
// table of far pointers. There is no virtual-8086 mode.

func (c *CPU) real() bool { return c.cr0&cpu.CR0PE == 0 }

// realSegment is what a segment register becomes in real mode: the limit and
// the rest stay.
func (c *CPU) realSegment(i int, sel uint16) cpu.Segment {
	s := c.seg[i]
	s.Selector, s.Base = sel, uint64(sel)<<4
	return s
}

// enterReal delivers an exception or interrupt in real mode: there are no
// error codes.
func (c *CPU) enterReal(e exception) {
	at := uint64(e.vector) * 4
	if at+3 > uint64(c.idt.Limit) {
		c.gp(0)
	}
	to := c.systemRead(c.idt.Base+at, 4)
	f := c.flags()
	c.push(f, 16)
	c.push(uint64(c.seg[segCS].Selector), 16)
	c.push(c.r[rIP], 16)
	c.setFlags(f &^ (cpu.FlagIF | cpu.FlagTF | cpu.FlagAC | cpu.FlagRF))
	c.seg[segCS] = c.realSegment(segCS, uint16(to>>16))
	c.setMode()
	c.r[rIP] = to & 0xffff
	c.shadow, c.shadowDB = false, false
}

// iretReal is IRET in real mode.
func (c *CPU) iretReal(in *inst) {
	n := in.size
	step := uint64(n / 8)
	ip, cs, flags := c.peek(0, n), c.peek(step, n), c.peek(2*step, n)
	c.drop(3 * step)
	c.seg[segCS] = c.realSegment(segCS, uint16(cs))
	c.setMode()
	const may = arithFlags | cpu.FlagTF | cpu.FlagIF | cpu.FlagDF | cpu.FlagIOPL | cpu.FlagNT | cpu.FlagRF | cpu.FlagAC | cpu.FlagID
	c.setFlags(c.flags()&^(may&mask(n)) | flags&may&mask(n) | cpu.FlagR1)
	c.r[rIP] = ip
}

// retfReal is a far return in real mode.
func (c *CPU) retfReal(in *inst) {
	n := in.size
	ip, cs := c.peek(0, n), c.peek(uint64(n/8), n)
	c.drop(uint64(n/4) + in.imm&0xffff)
	c.seg[segCS] = c.realSegment(segCS, uint16(cs))
	c.setMode()
	c.r[rIP] = ip
}

// ---- limits of segments, outside 64-bit mode

// flat reports whether every offset is in a segment.
func flat(s *cpu.Segment) bool {
	return !s.Unusable && s.Limit == 0xffffffff && (s.Type&12 != 4) // not one that expands down
}

// checkSegment raises the fault of an access of the instruction at an offset
// that its segment does not have (SDM 3A, 5.3). That a segment may only be
// read is not looked at.
func (c *CPU) checkSegment(in *inst, at uint64) {
	s := &c.seg[in.seg]
	if flat(s) {
		return
	}
	n := uint64(1)
	for _, o := range [...]*operand{&in.dst, &in.src, &in.third} {
		if o.kind == opMem && o.n >= 8 {
			n = (uint64(o.n) + 1) / 8
		}
	}
	ok := at+n-1 <= uint64(s.Limit)
	if s.Type&12 == 4 { // expands down: what is not below the limit
		top := uint64(0xffff)
		if s.DB {
			top = 0xffffffff
		}
		ok = at > uint64(s.Limit) && at+n-1 <= top
	}
	if ok && !s.Unusable {
		return
	}
	if in.seg == segSS {
		c.raise(vecSS, 0)
	}
	c.gp(0)
}
