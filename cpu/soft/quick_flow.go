package soft

import "encoding/binary"

// Quick ways of the stack and of near branches, in 64-bit mode. A branch is
// the last of its run: RIP is behind it.

// pushed stores below the stack's top, if the TLB has that.
func (c *CPU) pushed(v uint64) bool {
	sp := c.r[rSP] - 8
	at, ok := c.writable(sp, 8)
	if ok {
		binary.LittleEndian.PutUint64(c.ram[at:], v)
		c.r[rSP] = sp
	}
	return ok
}

func pushR64(c *CPU, in *inst) bool { return !c.pushed(c.r[in.dst.reg&regMask]) && exactly(c, in) }
func pushI64(c *CPU, in *inst) bool { return !c.pushed(in.imm) && exactly(c, in) }

func popR64(c *CPU, in *inst) bool {
	at, ok := c.readable(c.r[rSP], 8)
	if !ok {
		return exactly(c, in)
	}
	c.r[rSP] += 8
	c.r[in.dst.reg&regMask] = binary.LittleEndian.Uint64(c.ram[at:])
	return false
}

func leave64(c *CPU, in *inst) bool {
	at, ok := c.readable(c.r[rBP], 8)
	if !ok {
		return exactly(c, in)
	}
	c.r[rSP] = c.r[rBP] + 8
	c.r[rBP] = binary.LittleEndian.Uint64(c.ram[at:])
	return false
}

// ---- branches

func (c *CPU) jumpTo(in *inst, to uint64) bool {
	if !canonical(to) {
		return exactly(c, in)
	}
	c.r[rIP] = to
	return false
}

func (c *CPU) callTo(in *inst, to uint64) bool {
	if !canonical(to) || !c.pushed(c.r[rIP]) {
		return exactly(c, in)
	}
	c.r[rIP] = to
	return false
}

func jmp64(c *CPU, in *inst) bool   { return c.jumpTo(in, c.r[rIP]+in.imm) }
func jmpR64(c *CPU, in *inst) bool  { return c.jumpTo(in, c.r[in.dst.reg&regMask]) }
func call64(c *CPU, in *inst) bool  { return c.callTo(in, c.r[rIP]+in.imm) }
func callR64(c *CPU, in *inst) bool { return c.callTo(in, c.r[in.dst.reg&regMask]) }

func jmpM64(c *CPU, in *inst) bool {
	to, ok := c.loadM(in, 64)
	if !ok {
		return exactly(c, in)
	}
	return c.jumpTo(in, to)
}

func callM64(c *CPU, in *inst) bool {
	to, ok := c.loadM(in, 64)
	if !ok {
		return exactly(c, in)
	}
	return c.callTo(in, to)
}

func ret64(c *CPU, in *inst) bool {
	at, ok := c.readable(c.r[rSP], 8)
	if !ok {
		return exactly(c, in)
	}
	to := binary.LittleEndian.Uint64(c.ram[at:])
	if !canonical(to) {
		return exactly(c, in)
	}
	c.r[rSP] += 8
	c.r[rIP] = to
	return false
}

func jcc64(c *CPU, in *inst) bool {
	if !c.cond(in.code & 15) {
		return false
	}
	return c.jumpTo(in, c.r[rIP]+in.imm)
}
