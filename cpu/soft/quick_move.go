package soft

// Quick ways of moves.

func nop(_ *CPU, in *inst) *inst { return in.then }

// nopA is an XCHG if it names another register than rAX.
func nopA(_ *CPU, in *inst) *inst {
	if in.dst.reg != rAX {
		return nil
	}
	return in.then
}

func movRR(c *CPU, in *inst) *inst {
	c.r[in.dst.reg&regMask] = c.r[in.src.reg&regMask] & in.m
	return in.then
}

func movRI(c *CPU, in *inst) *inst {
	c.r[in.dst.reg&regMask] = in.imm & in.m
	return in.then
}

// setByte sets the low byte of a register.
func (c *CPU) setByte(r uint8, v uint64) {
	p := &c.r[r&regMask]
	*p = *p&^0xff | v&0xff
}

func movBB(c *CPU, in *inst) *inst {
	c.setByte(in.dst.reg, c.r[in.src.reg&regMask])
	return in.then
}

// ---- from memory

func movRM32(c *CPU, in *inst) *inst {
	v, ok := c.load32(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func movRM64(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func movBM(c *CPU, in *inst) *inst {
	v, ok := c.load8(c.ea64(in))
	if !ok {
		return nil
	}
	c.setByte(in.dst.reg, v)
	return in.then
}

func movzxRM8(c *CPU, in *inst) *inst {
	v, ok := c.load8(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func movzxRM16(c *CPU, in *inst) *inst {
	v, ok := c.load16(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func movsxdRM(c *CPU, in *inst) *inst {
	v, ok := c.load32(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = uint64(int64(int32(v)))
	return in.then
}

// ---- to memory

func movMB(c *CPU, in *inst) *inst {
	if !c.store8(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	return in.then
}

func movMW(c *CPU, in *inst) *inst {
	if !c.store16(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	return in.then
}

func movMR32(c *CPU, in *inst) *inst {
	if !c.store32(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	return in.then
}

func movMR64(c *CPU, in *inst) *inst {
	if !c.store64(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	return in.then
}

func movMI8(c *CPU, in *inst) *inst {
	if !c.store8(c.ea64(in), in.imm) {
		return nil
	}
	return in.then
}

func movMI32(c *CPU, in *inst) *inst {
	if !c.store32(c.ea64(in), in.imm) {
		return nil
	}
	return in.then
}

func movMI64(c *CPU, in *inst) *inst {
	if !c.store64(c.ea64(in), in.imm) {
		return nil
	}
	return in.then
}

// ---- extensions and addresses

func movzxRB(c *CPU, in *inst) *inst {
	c.r[in.dst.reg&regMask] = c.r[in.src.reg&regMask] & 0xff
	return in.then
}

func movzxRW(c *CPU, in *inst) *inst {
	c.r[in.dst.reg&regMask] = c.r[in.src.reg&regMask] & 0xffff
	return in.then
}

func movsxRB(c *CPU, in *inst) *inst {
	c.r[in.dst.reg&regMask] = uint64(int64(int8(c.r[in.src.reg&regMask]))) & in.m
	return in.then
}

func movsxRW(c *CPU, in *inst) *inst {
	c.r[in.dst.reg&regMask] = uint64(int64(int16(c.r[in.src.reg&regMask]))) & in.m
	return in.then
}

func movsxdRR(c *CPU, in *inst) *inst {
	c.r[in.dst.reg&regMask] = uint64(int64(int32(c.r[in.src.reg&regMask])))
	return in.then
}

func leaRM(c *CPU, in *inst) *inst {
	c.r[in.dst.reg&regMask] = c.ea64(in) & in.m
	return in.then
}

func xchgRR(c *CPU, in *inst) *inst {
	a, b := &c.r[in.dst.reg&regMask], &c.r[in.src.reg&regMask]
	*a, *b = *b&in.m, *a&in.m
	return in.then
}

// ---- by a condition

func cmovRR(c *CPU, in *inst) *inst {
	v := c.r[in.src.reg&regMask]
	if !c.cond(in.code & 15) {
		v = c.r[in.dst.reg&regMask]
	}
	c.r[in.dst.reg&regMask] = v & in.m
	return in.then
}

func cmovRM(c *CPU, in *inst) *inst {
	v, ok := c.loadM(in, in.dst.n) // read even if not moved
	if !ok {
		return nil
	}
	if !c.cond(in.code & 15) {
		v = c.r[in.dst.reg&regMask]
	}
	c.r[in.dst.reg&regMask] = v & in.m
	return in.then
}

func setB(c *CPU, in *inst) *inst {
	v := uint64(0)
	if c.cond(in.code & 15) {
		v = 1
	}
	c.setByte(in.dst.reg, v)
	return in.then
}
