package soft

import "sysindvm/cpu"

// Control transfer (SDM 1, 7.3.8) and the fast system calls.

// jump goes to an address; sixteen bits of it where the operand size says so.
func (c *CPU) jump(in *inst, to uint64) {
	switch {
	case in.size == 16:
		to &= 0xffff
	case !c.long:
		to &= 0xffffffff
	case !canonical(to):
		c.gp(0)
	}
	c.r[rIP] = to
}

func exJMP(c *CPU, in *inst) { c.jump(in, c.r[rIP]+in.imm) }

func exJcc(c *CPU, in *inst) {
	if c.cond(in.code & 15) {
		c.jump(in, c.r[rIP]+in.imm)
	}
}

func exCALL(c *CPU, in *inst) {
	next := c.r[rIP]
	to := next + in.imm
	c.push(next, in.size)
	c.jump(in, to)
}

func exCALLE(c *CPU, in *inst) {
	to, next := c.load(in, &in.dst), c.r[rIP]
	if c.long && !canonical(to) {
		c.gp(0)
	}
	c.push(next, in.size)
	c.jump(in, to)
}

func exJMPE(c *CPU, in *inst) { c.jump(in, c.load(in, &in.dst)) }

func exRET(c *CPU, in *inst) {
	to := c.peek(0, in.size)
	if c.long && !canonical(to) {
		c.gp(0)
	}
	c.drop(uint64(in.size/8) + in.imm&0xffff)
	c.jump(in, to)
}

// loop counts rCX down and jumps while it is not zero and more holds.
func (c *CPU) loop(in *inst, more bool) {
	n := c.getReg(rCX, in.addr) - 1
	if n&mask(in.addr) != 0 && more {
		c.jump(in, c.r[rIP]+in.imm)
	}
	c.setReg(rCX, n, in.addr)
}

func exLOOP(c *CPU, in *inst)   { c.loop(in, true) }
func exLOOPE(c *CPU, in *inst)  { c.loop(in, c.zf()) }
func exLOOPNE(c *CPU, in *inst) { c.loop(in, !c.zf()) }

func exJCXZ(c *CPU, in *inst) {
	if c.getReg(rCX, in.addr) == 0 {
		c.jump(in, c.r[rIP]+in.imm)
	}
}

// ---- far transfers, without gates and tasks

// farTarget is the code segment of a far jump or call: of the same ring.
func (c *CPU) farTarget(sel uint16) cpu.Segment {
	if c.real() {
		return c.realSegment(segCS, sel)
	}
	if sel&^3 == 0 {
		c.gp(0)
	}
	s := c.descriptor(sel, vecGP)
	if !s.S || s.Type&8 == 0 || s.Type&4 == 0 && (s.DPL != c.cpl || uint8(sel&3) > c.cpl) || s.DPL > c.cpl {
		c.gp(uint64(sel) &^ 3)
	}
	s.Selector = sel&^3 | uint16(c.cpl)
	return s
}

func (c *CPU) farJump(in *inst, sel uint16, to uint64) {
	s := c.farTarget(sel)
	c.seg[segCS] = s
	c.setMode()
	c.jump(in, to)
}

func (c *CPU) farCall(in *inst, sel uint16, to uint64) {
	s := c.farTarget(sel)
	c.push(uint64(c.seg[segCS].Selector), in.size)
	c.push(c.r[rIP], in.size)
	c.seg[segCS] = s
	c.setMode()
	c.jump(in, to)
}

// farPointer reads an offset and a selector from memory.
func (c *CPU) farPointer(in *inst) (uint16, uint64) {
	a := c.ea(in)
	return uint16(c.read16(a + uint64(in.size/8))), c.read(a, in.size)
}

func exJMPFmem(c *CPU, in *inst) {
	sel, to := c.farPointer(in)
	c.farJump(in, sel, to)
}

func exCALLFmem(c *CPU, in *inst) {
	sel, to := c.farPointer(in)
	c.farCall(in, sel, to)
}

func exJMPFptr(c *CPU, in *inst)  { c.farJump(in, uint16(in.imm2), in.imm&mask(in.size)) }
func exCALLFptr(c *CPU, in *inst) { c.farCall(in, uint16(in.imm2), in.imm&mask(in.size)) }

// exRETF is a far return, also to an outer ring.
func exRETF(c *CPU, in *inst) {
	if c.real() {
		c.retfReal(in)
		return
	}
	n := in.size
	step, extra := uint64(n/8), in.imm&0xffff
	ip, cs := c.peek(0, n), c.peek(step, n)
	rpl := uint8(cs & 3)
	if rpl < c.cpl {
		c.gp(cs & 0xfffc)
	}
	code := c.returnCode(uint16(cs))
	if rpl == c.cpl {
		c.drop(2*step + extra)
		c.seg[segCS] = code
		c.setMode()
		c.jump(in, ip)
		return
	}
	sp, ss := c.peek(2*step+extra, n), c.peek(3*step+extra, n)
	stack := c.returnStack(uint16(ss), rpl, code.L)
	c.seg[segCS], c.seg[segSS] = code, stack
	c.setMode()
	c.setReg(rSP, sp+extra, max(c.stackSize(), 32))
	c.dropPrivilege()
	c.jump(in, ip)
}

// ---- SYSCALL and SYSRET (SDM 3A, 5.8.8)

// flatSegment is what these instructions load without looking at a table.
func flatSegment(sel uint16, typ, dpl uint8, long bool) cpu.Segment {
	return cpu.Segment{Selector: sel, Limit: 0xffffffff, Type: typ, DPL: dpl, P: true, S: true, G: true, L: long, DB: !long}
}

const (
	typeCode = 11 // readable, accessed
	typeData = 3  // writable, accessed
)

func exSYSCALL(c *CPU, in *inst) {
	if c.efer&cpu.EFERSCE == 0 {
		c.raiseNoCode(vecUD)
	}
	flags := c.flags()
	c.r[rCX], c.r[r11] = c.r[rIP], flags&^cpu.FlagRF
	sel := uint16(c.msr.star >> 32)
	c.seg[segCS] = flatSegment(sel&^3, typeCode, 0, true)
	c.seg[segSS] = flatSegment(sel&^3+8, typeData, 0, false)
	c.setMode()
	c.setFlags(flags&^(c.msr.fmask|cpu.FlagRF) | cpu.FlagR1)
	c.traced = c.eflags&cpu.FlagTF != 0
	c.r[rIP] = c.msr.lstar
}

func exSYSRET(c *CPU, in *inst) {
	switch {
	case c.efer&cpu.EFERSCE == 0:
		c.raiseNoCode(vecUD)
	case c.cpl != 0, in.size == 64 && !canonical(c.r[rCX]):
		c.gp(0)
	}
	sel := uint16(c.msr.star >> 48)
	flags := c.r[r11]&^(cpu.FlagRF|cpu.FlagVM)&0x3c7fd7 | cpu.FlagR1
	to := c.r[rCX]
	if in.size == 64 {
		c.seg[segCS] = flatSegment((sel+16)|3, typeCode, 3, true)
	} else {
		c.seg[segCS] = flatSegment(sel|3, typeCode, 3, false)
		to &= 0xffffffff
	}
	c.seg[segSS] = flatSegment((sel+8)|3, typeData, 3, false)
	c.setMode()
	c.setFlags(flags)
	c.traced = flags&cpu.FlagTF != 0 // at its end: a single step here does not get past RCX
	c.r[rIP] = to
}
