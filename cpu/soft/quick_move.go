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

// condTable has, by condition without its negation, the ways of those whose
// condition is one flag, or none.
var condTable = map[string][8]quick{
	"CMOVcc": {1: cmovB, 2: cmovE},
	"SETcc":  {1: setBifB, 2: setBifE},
	"Jcc":    {1: jccB, 2: jccE, 4: jccS},
}

// holds reports whether an instruction's condition holds, if the flags are those
// of a comparison that decides it.
func (c *CPU) holds(in *inst) (yes, ok bool) {
	return in.taken(c.x, c.y), c.lazy && c.kind == kindSub && in.cond != 0
}

// not reports whether a condition is negated.
func (in *inst) not() bool { return in.code&1 != 0 }

func (c *CPU) cmov(in *inst, yes bool) *inst {
	v := c.r[in.dst.reg&regMask]
	if yes {
		v = c.r[in.src.reg&regMask]
	}
	c.r[in.dst.reg&regMask] = v & in.m
	return in.then
}

func cmovB(c *CPU, in *inst) *inst { return c.cmov(in, c.cf() != in.not()) }
func cmovE(c *CPU, in *inst) *inst { return c.cmov(in, c.zf() != in.not()) }

func cmovRR(c *CPU, in *inst) *inst {
	yes, ok := c.holds(in)
	if !ok {
		return nil
	}
	return c.cmov(in, yes)
}

func cmovRM(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.ea64(in)) // read even if not moved
	yes, known := c.holds(in)
	if !ok || !known {
		return nil
	}
	if !yes {
		v = c.r[in.dst.reg&regMask]
	}
	c.r[in.dst.reg&regMask] = v & in.m
	return in.then
}

func (c *CPU) setIf(in *inst, yes bool) *inst {
	v := uint64(0)
	if yes {
		v = 1
	}
	c.setByte(in.dst.reg, v)
	return in.then
}

func setBifB(c *CPU, in *inst) *inst { return c.setIf(in, c.cf() != in.not()) }
func setBifE(c *CPU, in *inst) *inst { return c.setIf(in, c.zf() != in.not()) }

func setB(c *CPU, in *inst) *inst {
	yes, ok := c.holds(in)
	if !ok {
		return nil
	}
	return c.setIf(in, yes)
}
