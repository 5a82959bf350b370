package soft

// Quick ways of the stack and of near branches, in 64-bit mode. A branch is
// the last of its run.

// pushed stores below the stack's top, if the TLB has that.
func (c *CPU) pushed(v uint64) bool {
	sp := c.r[rSP] - 8
	if !c.store64(sp, v) {
		return false
	}
	c.r[rSP] = sp
	return true
}

func pushR64(c *CPU, in *inst) *inst {
	if !c.pushed(c.r[in.dst.reg&regMask]) {
		return nil
	}
	return in.then
}

func pushI64(c *CPU, in *inst) *inst {
	if !c.pushed(in.imm) {
		return nil
	}
	return in.then
}

func popR64(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.r[rSP])
	if !ok {
		return nil
	}
	c.r[rSP] += 8
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func leave64(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.r[rBP])
	if !ok {
		return nil
	}
	c.r[rSP] = c.r[rBP] + 8
	c.r[rBP] = v
	return in.then
}

// ---- branches

// jumpTo goes to an address.
func (c *CPU) jumpTo(to uint64) *inst {
	if at := to - c.r[rBase]; at < pageSize {
		if id := c.fetchPage.at[at]; id != 0 {
			in := c.fetchPage.insts[id-1]
			if end := c.runEnd + uint64(in.run); end <= c.stop {
				c.runEnd = end
				return in
			}
		}
	}
	c.r[rIP] = to
	return &c.landing
}

// behind is the address behind an instruction.
func (c *CPU) behind(in *inst) uint64 { return c.r[rBase] + in.ways[0].off }

func jmp64(c *CPU, in *inst) *inst { return c.goTo(&in.ways[1]) }

func jmpR64(c *CPU, in *inst) *inst {
	to := c.r[in.dst.reg&regMask]
	if !canonical(to) {
		return nil
	}
	return c.jumpTo(to)
}

func jmpM64(c *CPU, in *inst) *inst {
	to, ok := c.load64(c.ea64(in))
	if !ok || !canonical(to) {
		return nil
	}
	return c.jumpTo(to)
}

func callR64(c *CPU, in *inst) *inst {
	to := c.r[in.dst.reg&regMask]
	if !canonical(to) || !c.pushed(c.behind(in)) {
		return nil
	}
	return c.jumpTo(to)
}

func callM64(c *CPU, in *inst) *inst {
	to, ok := c.load64(c.ea64(in))
	if !ok || !canonical(to) || !c.pushed(c.behind(in)) {
		return nil
	}
	return c.jumpTo(to)
}

func call64(c *CPU, in *inst) *inst {
	if !canonical(c.r[rBase]+in.ways[1].off) || !c.pushed(c.behind(in)) {
		return nil
	}
	return c.goTo(&in.ways[1])
}

func ret64(c *CPU, in *inst) *inst {
	to, ok := c.load64(c.r[rSP])
	if !ok || !canonical(to) {
		return nil
	}
	c.r[rSP] += 8
	return c.jumpTo(to)
}

func jccB(c *CPU, in *inst) *inst { return c.branch(in, c.cf() != in.not()) }
func jccE(c *CPU, in *inst) *inst { return c.branch(in, c.zf() != in.not()) }
func jccS(c *CPU, in *inst) *inst { return c.branch(in, c.sf() != in.not()) }

func jcc64(c *CPU, in *inst) *inst {
	taken, ok := c.holds(in)
	if !ok {
		return nil
	}
	return c.branch(in, taken)
}
