package soft

// ea is the linear address of the memory operand.
func (c *CPU) ea(in *inst) uint64 {
	a := c.offset(in)
	if c.long {
		if in.seg == segSS && !canonical(a) {
			c.raise(vecSS, 0)
		}
	} else if c.segmented {
		c.checkSegment(in, a)
	}
	return a + c.base[in.seg]
}

// offset is the effective address: without the segment's base.
func (c *CPU) offset(in *inst) uint64 {
	a := c.r[in.base&regMask] + c.r[in.index&regMask]<<(in.scale&3) + in.disp
	if in.addr != 64 {
		a &= mask(in.addr)
	}
	return a
}

// load is the value of an operand, zero-extended; an immediate is
// sign-extended and cut to the operand size by those who use it.
func (c *CPU) load(in *inst, o *operand) uint64 {
	switch o.kind {
	case opReg64:
		return c.r[o.reg]
	case opReg32:
		return uint64(uint32(c.r[o.reg]))
	case opMem:
		return c.read(c.ea(in), o.n)
	case opImm:
		return in.imm
	case opReg8:
		return uint64(uint8(c.r[o.reg]))
	case opReg8H:
		return c.r[o.reg] >> 8 & 0xff
	case opReg16:
		return uint64(uint16(c.r[o.reg]))
	case opSeg:
		return uint64(c.seg[o.reg].Selector)
	}
	return 0
}

// loadRMW is load for an operand that will be stored to: it raises the fault
// of the write before anything is changed.
func (c *CPU) loadRMW(in *inst, o *operand) uint64 {
	if o.kind == opMem {
		a := c.ea(in)
		c.probeWrite(a, o.n)
		return c.read(a, o.n)
	}
	return c.load(in, o)
}

// store gives an operand a value.
func (c *CPU) store(in *inst, o *operand, v uint64) {
	switch o.kind {
	case opReg64:
		c.r[o.reg] = v
	case opReg32:
		c.r[o.reg] = uint64(uint32(v))
	case opMem:
		c.write(c.ea(in), v, o.n)
	case opReg8:
		c.r[o.reg] = c.r[o.reg]&^0xff | v&0xff
	case opReg8H:
		c.r[o.reg] = c.r[o.reg]&^0xff00 | v&0xff<<8
	case opReg16:
		c.r[o.reg] = c.r[o.reg]&^0xffff | v&0xffff
	}
}

// setReg sets the low n bits of a register: 32 clear the upper half, 16 and 8
// leave the rest.
func (c *CPU) setReg(r uint8, v uint64, n uint8) {
	switch n {
	case 64:
		c.r[r] = v
	case 32:
		c.r[r] = uint64(uint32(v))
	case 16:
		c.r[r] = c.r[r]&^0xffff | v&0xffff
	default:
		c.r[r] = c.r[r]&^0xff | v&0xff
	}
}

func (c *CPU) getReg(r, n uint8) uint64 { return c.r[r] & mask(n) }

// ---- the stack

// stackSize is the width of the stack pointer, in bits.
func (c *CPU) stackSize() uint8 {
	switch {
	case c.long:
		return 64
	case c.seg[segSS].DB:
		return 32
	}
	return 16
}

func (c *CPU) push(v uint64, n uint8) {
	w := c.stackSize()
	sp := (c.r[rSP] - uint64(n/8)) & mask(w)
	c.write(c.stackAt(sp), v, n)
	c.setReg(rSP, sp, w)
}

func (c *CPU) pop(n uint8) uint64 {
	v := c.peek(0, n)
	c.drop(uint64(n / 8))
	return v
}

// peek reads what lies off bytes above the top of the stack.
func (c *CPU) peek(off uint64, n uint8) uint64 {
	return c.read(c.stackAt((c.r[rSP]+off)&mask(c.stackSize())), n)
}

// stackAt is the linear address of a place in the stack. One that is not
// canonical is a stack fault.
func (c *CPU) stackAt(sp uint64) uint64 {
	a := sp + c.base[segSS]
	if c.long && !canonical(a) {
		c.raise(vecSS, 0)
	}
	return a
}

func (c *CPU) drop(n uint64) { c.setReg(rSP, c.r[rSP]+n, c.stackSize()) }
