package soft

import "encoding/binary"

// Quick ways of moves.

func nop(*CPU, *inst) bool { return false }

// nopA is an XCHG if it names another register than rAX.
func nopA(c *CPU, in *inst) bool { return in.dst.reg != rAX && exactly(c, in) }

func movRR(c *CPU, in *inst) bool {
	c.r[in.dst.reg&regMask] = c.r[in.src.reg&regMask] & in.m
	return false
}

func movRI(c *CPU, in *inst) bool {
	c.r[in.dst.reg&regMask] = in.imm & in.m
	return false
}

// setByte sets the low byte of a register.
func (c *CPU) setByte(r uint8, v uint64) {
	p := &c.r[r&regMask]
	*p = *p&^0xff | v&0xff
}

func movBB(c *CPU, in *inst) bool {
	c.setByte(in.dst.reg, c.r[in.src.reg&regMask])
	return false
}

// ---- from memory

func movRM32(c *CPU, in *inst) bool {
	at, ok := c.readable(c.ea64(in), 4)
	if !ok {
		return exactly(c, in)
	}
	c.r[in.dst.reg&regMask] = uint64(binary.LittleEndian.Uint32(c.ram[at:]))
	return false
}

func movRM64(c *CPU, in *inst) bool {
	at, ok := c.readable(c.ea64(in), 8)
	if !ok {
		return exactly(c, in)
	}
	c.r[in.dst.reg&regMask] = binary.LittleEndian.Uint64(c.ram[at:])
	return false
}

func movBM(c *CPU, in *inst) bool {
	at, ok := c.readable(c.ea64(in), 1)
	if !ok {
		return exactly(c, in)
	}
	c.setByte(in.dst.reg, uint64(c.ram[at]))
	return false
}

func movzxRM8(c *CPU, in *inst) bool {
	at, ok := c.readable(c.ea64(in), 1)
	if !ok {
		return exactly(c, in)
	}
	c.r[in.dst.reg&regMask] = uint64(c.ram[at])
	return false
}

func movzxRM16(c *CPU, in *inst) bool {
	at, ok := c.readable(c.ea64(in), 2)
	if !ok {
		return exactly(c, in)
	}
	c.r[in.dst.reg&regMask] = uint64(binary.LittleEndian.Uint16(c.ram[at:]))
	return false
}

func movsxdRM(c *CPU, in *inst) bool {
	at, ok := c.readable(c.ea64(in), 4)
	if !ok {
		return exactly(c, in)
	}
	c.r[in.dst.reg&regMask] = uint64(int64(int32(binary.LittleEndian.Uint32(c.ram[at:]))))
	return false
}

// ---- to memory

func movMB(c *CPU, in *inst) bool { return c.store8(in, c.r[in.src.reg&regMask]) }

func movMI8(c *CPU, in *inst) bool { return c.store8(in, in.imm) }

func (c *CPU) store8(in *inst, v uint64) bool {
	at, ok := c.writable(c.ea64(in), 1)
	if !ok {
		return exactly(c, in)
	}
	c.ram[at] = byte(v)
	return false
}

func movMW(c *CPU, in *inst) bool {
	at, ok := c.writable(c.ea64(in), 2)
	if !ok {
		return exactly(c, in)
	}
	binary.LittleEndian.PutUint16(c.ram[at:], uint16(c.r[in.src.reg&regMask]))
	return false
}

func movMR32(c *CPU, in *inst) bool {
	at, ok := c.writable(c.ea64(in), 4)
	if !ok {
		return exactly(c, in)
	}
	binary.LittleEndian.PutUint32(c.ram[at:], uint32(c.r[in.src.reg&regMask]))
	return false
}

func movMR64(c *CPU, in *inst) bool {
	at, ok := c.writable(c.ea64(in), 8)
	if !ok {
		return exactly(c, in)
	}
	binary.LittleEndian.PutUint64(c.ram[at:], c.r[in.src.reg&regMask])
	return false
}

func movMI32(c *CPU, in *inst) bool {
	at, ok := c.writable(c.ea64(in), 4)
	if !ok {
		return exactly(c, in)
	}
	binary.LittleEndian.PutUint32(c.ram[at:], uint32(in.imm))
	return false
}

func movMI64(c *CPU, in *inst) bool {
	at, ok := c.writable(c.ea64(in), 8)
	if !ok {
		return exactly(c, in)
	}
	binary.LittleEndian.PutUint64(c.ram[at:], in.imm)
	return false
}

// ---- extensions and addresses

func movzxRB(c *CPU, in *inst) bool {
	c.r[in.dst.reg&regMask] = c.r[in.src.reg&regMask] & 0xff
	return false
}

func movzxRW(c *CPU, in *inst) bool {
	c.r[in.dst.reg&regMask] = c.r[in.src.reg&regMask] & 0xffff
	return false
}

func movsxRB(c *CPU, in *inst) bool {
	c.r[in.dst.reg&regMask] = uint64(int64(int8(c.r[in.src.reg&regMask]))) & in.m
	return false
}

func movsxRW(c *CPU, in *inst) bool {
	c.r[in.dst.reg&regMask] = uint64(int64(int16(c.r[in.src.reg&regMask]))) & in.m
	return false
}

func movsxdRR(c *CPU, in *inst) bool {
	c.r[in.dst.reg&regMask] = uint64(int64(int32(c.r[in.src.reg&regMask])))
	return false
}

func leaRM(c *CPU, in *inst) bool {
	c.r[in.dst.reg&regMask] = c.ea64(in) & in.m
	return false
}

func xchgRR(c *CPU, in *inst) bool {
	a, b := &c.r[in.dst.reg&regMask], &c.r[in.src.reg&regMask]
	*a, *b = *b&in.m, *a&in.m
	return false
}

// ---- by a condition

func cmovRR(c *CPU, in *inst) bool {
	v := c.r[in.src.reg&regMask]
	if !c.cond(in.code & 15) {
		v = c.r[in.dst.reg&regMask]
	}
	c.r[in.dst.reg&regMask] = v & in.m
	return false
}

func cmovRM(c *CPU, in *inst) bool {
	v, ok := c.loadM(in, in.dst.n) // read even if not moved
	if !ok {
		return exactly(c, in)
	}
	if !c.cond(in.code & 15) {
		v = c.r[in.dst.reg&regMask]
	}
	c.r[in.dst.reg&regMask] = v & in.m
	return false
}

func setB(c *CPU, in *inst) bool {
	v := uint64(0)
	if c.cond(in.code & 15) {
		v = 1
	}
	c.setByte(in.dst.reg, v)
	return false
}
