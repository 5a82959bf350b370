package soft

// The ways of two instructions: see quick_fuse.go. What of the first is not in
// its way is done before the second is looked at; then that is in, and returned
// if it is to find its own way.

func movMov(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return movRR(c, in)
}

func movShl(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return shlRIdead(c, in)
}

func movShr(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return shrRIdead(c, in)
}

func movRol(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return rolRIdead(c, in)
}

func movAnd(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return andRRdead(c, in)
}

func movAddD(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return addRRdead(c, in)
}

func movSubID(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return subRIdead(c, in)
}

func movAddID(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return addRIdead(c, in)
}

func movSubI(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return subRI(c, in)
}

func movCall(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	if !canonical(c.r[rBase]+in.ways[1].off) || !c.pushed(c.behind(in)) {
		return in
	}
	return c.goTo(&in.ways[1])
}

func shlXor(c *CPU, in *inst) *inst {
	in = shlRIdead(c, in)
	return xorRRdead(c, in)
}

func shlLea(c *CPU, in *inst) *inst {
	in = shlRIdead(c, in)
	return leaRM(c, in)
}

func shrXor(c *CPU, in *inst) *inst {
	in = shrRIdead(c, in)
	return xorRRdead(c, in)
}

func shrMov(c *CPU, in *inst) *inst {
	in = shrRIdead(c, in)
	return movRR(c, in)
}

func rolXor(c *CPU, in *inst) *inst {
	in = rolRIdead(c, in)
	return xorRRdead(c, in)
}

func rolRol(c *CPU, in *inst) *inst {
	in = rolRIdead(c, in)
	return rolRIdead(c, in)
}

func andXor(c *CPU, in *inst) *inst {
	in = andRRdead(c, in)
	return xorRRdead(c, in)
}

func andMov(c *CPU, in *inst) *inst {
	in = andRRdead(c, in)
	return movRR(c, in)
}

func xorMov(c *CPU, in *inst) *inst {
	in = xorRRdead(c, in)
	return movRR(c, in)
}

func xorAddD(c *CPU, in *inst) *inst {
	in = xorRRdead(c, in)
	return addRRdead(c, in)
}

func xorXor(c *CPU, in *inst) *inst {
	in = xorRRdead(c, in)
	return xorRRdead(c, in)
}

func xorLea(c *CPU, in *inst) *inst {
	in = xorRRdead(c, in)
	return leaRM(c, in)
}

func addDAdd(c *CPU, in *inst) *inst {
	in = addRRdead(c, in)
	a, b := c.pairRR(in)
	c.sum(in, a, b)
	return in.then
}

func leaAdd(c *CPU, in *inst) *inst {
	in = leaRM(c, in)
	a, b := c.pairRR(in)
	c.sum(in, a, b)
	return in.then
}

func leaMov(c *CPU, in *inst) *inst {
	in = leaRM(c, in)
	return movRR(c, in)
}

func imulIAddID(c *CPU, in *inst) *inst {
	in = imulRRIdead(c, in)
	return addRIdead(c, in)
}

func movIImul(c *CPU, in *inst) *inst {
	in = movRI(c, in)
	return imulRRdead(c, in)
}

func incDCmpRIl(c *CPU, in *inst) *inst {
	in = incRdead(c, in)
	x, y := c.compareRI(in)
	return c.branch(in, int64(x) < int64(y))
}

func incDCmpRIle(c *CPU, in *inst) *inst {
	in = incRdead(c, in)
	x, y := c.compareRI(in)
	return c.branch(in, int64(x) <= int64(y))
}

func incDCmpRIb(c *CPU, in *inst) *inst {
	in = incRdead(c, in)
	x, y := c.compareRI(in)
	return c.branch(in, x < y)
}

func incDCmpRRl(c *CPU, in *inst) *inst {
	in = incRdead(c, in)
	x, y := c.compareRR(in)
	return c.branch(in, int64(x) < int64(y))
}

func incDCmpRRle(c *CPU, in *inst) *inst {
	in = incRdead(c, in)
	x, y := c.compareRR(in)
	return c.branch(in, int64(x) <= int64(y))
}

func incDCmpRRb(c *CPU, in *inst) *inst {
	in = incRdead(c, in)
	x, y := c.compareRR(in)
	return c.branch(in, x < y)
}

func incDTestI(c *CPU, in *inst) *inst {
	in = incRdead(c, in)
	return testRI(c, in)
}

func addDCmpRIl(c *CPU, in *inst) *inst {
	in = addRRdead(c, in)
	x, y := c.compareRI(in)
	return c.branch(in, int64(x) < int64(y))
}

func addDCmpRIb(c *CPU, in *inst) *inst {
	in = addRRdead(c, in)
	x, y := c.compareRI(in)
	return c.branch(in, x < y)
}

func addDCmpRRl(c *CPU, in *inst) *inst {
	in = addRRdead(c, in)
	x, y := c.compareRR(in)
	return c.branch(in, int64(x) < int64(y))
}

func addIDCmpRIl(c *CPU, in *inst) *inst {
	in = addRIdead(c, in)
	x, y := c.compareRI(in)
	return c.branch(in, int64(x) < int64(y))
}

func addIDCmpRIb(c *CPU, in *inst) *inst {
	in = addRIdead(c, in)
	x, y := c.compareRI(in)
	return c.branch(in, x < y)
}

func addIDCmpRIe(c *CPU, in *inst) *inst {
	in = addRIdead(c, in)
	x, y := c.compareRI(in)
	return c.branch(in, x == y)
}

func addIDCmpRRl(c *CPU, in *inst) *inst {
	in = addRIdead(c, in)
	x, y := c.compareRR(in)
	return c.branch(in, int64(x) < int64(y))
}

func addIDCmpRRb(c *CPU, in *inst) *inst {
	in = addRIdead(c, in)
	x, y := c.compareRR(in)
	return c.branch(in, x < y)
}

func addIDCmpRRe(c *CPU, in *inst) *inst {
	in = addRIdead(c, in)
	x, y := c.compareRR(in)
	return c.branch(in, x == y)
}

func subIDCmpRIb(c *CPU, in *inst) *inst {
	in = subRIdead(c, in)
	x, y := c.compareRI(in)
	return c.branch(in, x < y)
}

func decNeg(c *CPU, in *inst) *inst {
	in = decRdead(c, in)
	return negRdead(c, in)
}

func movzxAddD(c *CPU, in *inst) *inst {
	in = movzxRB(c, in)
	return addRRdead(c, in)
}

func testICmovE(c *CPU, in *inst) *inst {
	in = testRI(c, in)
	return c.cmov(in, c.zf() != in.not())
}

func movTestE(c *CPU, in *inst) *inst {
	in = movRR(c, in)
	return c.branch(in, c.testedRR(in) == 0)
}

func pushPush(c *CPU, in *inst) *inst {
	if !c.pushed(c.r[in.dst.reg&regMask]) {
		return nil
	}
	in = in.then
	if !c.pushed(c.r[in.dst.reg&regMask]) {
		return in
	}
	return in.then
}

func pushMov(c *CPU, in *inst) *inst {
	if !c.pushed(c.r[in.dst.reg&regMask]) {
		return nil
	}
	in = in.then
	return movRR(c, in)
}

func popPop(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.r[rSP])
	if !ok {
		return nil
	}
	c.r[rSP] += 8
	c.r[in.dst.reg&regMask] = v
	in = in.then
	v, ok = c.load64(c.r[rSP])
	if !ok {
		return in
	}
	c.r[rSP] += 8
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func popRet(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.r[rSP])
	if !ok {
		return nil
	}
	c.r[rSP] += 8
	c.r[in.dst.reg&regMask] = v
	in = in.then
	to, ok := c.load64(c.r[rSP])
	if !ok || !canonical(to) {
		return in
	}
	c.r[rSP] += 8
	return c.jumpTo(to)
}

func addIPop(c *CPU, in *inst) *inst {
	in = addRI(c, in)
	v, ok := c.load64(c.r[rSP])
	if !ok {
		return in
	}
	c.r[rSP] += 8
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func addIRet(c *CPU, in *inst) *inst {
	in = addRI(c, in)
	to, ok := c.load64(c.r[rSP])
	if !ok || !canonical(to) {
		return in
	}
	c.r[rSP] += 8
	return c.jumpTo(to)
}

func addICall(c *CPU, in *inst) *inst {
	in = addRI(c, in)
	if !canonical(c.r[rBase]+in.ways[1].off) || !c.pushed(c.behind(in)) {
		return in
	}
	return c.goTo(&in.ways[1])
}

func load64Load64(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	v, ok = c.load64(c.ea64(in))
	if !ok {
		return in
	}
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func load64Store64(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	if !c.store64(c.ea64(in), c.r[in.src.reg&regMask]) {
		return in
	}
	return in.then
}

func load64Mov(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	return movRR(c, in)
}

func load64TestE(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	return c.branch(in, c.testedRR(in) == 0)
}

func load64CmpRRb(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	x, y := c.compareRR(in)
	return c.branch(in, x < y)
}

func load64AddD(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	return addRRdead(c, in)
}

func store64Store64(c *CPU, in *inst) *inst {
	if !c.store64(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	in = in.then
	if !c.store64(c.ea64(in), c.r[in.src.reg&regMask]) {
		return in
	}
	return in.then
}

func store64Load64(c *CPU, in *inst) *inst {
	if !c.store64(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	in = in.then
	v, ok := c.load64(c.ea64(in))
	if !ok {
		return in
	}
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func store64Inc(c *CPU, in *inst) *inst {
	if !c.store64(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	in = in.then
	r := (c.r[in.dst.reg&regMask] + 1) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leaveOne(in, r, c.carry(), kindInc)
	return in.then
}

func load32Load32(c *CPU, in *inst) *inst {
	v, ok := c.load32(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	v, ok = c.load32(c.ea64(in))
	if !ok {
		return in
	}
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func load32CmpRRb(c *CPU, in *inst) *inst {
	v, ok := c.load32(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	x, y := c.compareRR(in)
	return c.branch(in, x < y)
}

func load32CmpRRbe(c *CPU, in *inst) *inst {
	v, ok := c.load32(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	x, y := c.compareRR(in)
	return c.branch(in, x <= y)
}

func store32Store32(c *CPU, in *inst) *inst {
	if !c.store32(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	in = in.then
	if !c.store32(c.ea64(in), c.r[in.src.reg&regMask]) {
		return in
	}
	return in.then
}

func store32Inc(c *CPU, in *inst) *inst {
	if !c.store32(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	in = in.then
	r := (c.r[in.dst.reg&regMask] + 1) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leaveOne(in, r, c.carry(), kindInc)
	return in.then
}

func load8Xor(c *CPU, in *inst) *inst {
	v, ok := c.load8(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	return xorRRdead(c, in)
}

func load8Dec(c *CPU, in *inst) *inst {
	v, ok := c.load8(c.ea64(in))
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	in = in.then
	return decRdead(c, in)
}

func storeI8AddD(c *CPU, in *inst) *inst {
	if !c.store8(c.ea64(in), in.imm) {
		return nil
	}
	in = in.then
	return addRRdead(c, in)
}

func store8Inc(c *CPU, in *inst) *inst {
	if !c.store8(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	in = in.then
	r := (c.r[in.dst.reg&regMask] + 1) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leaveOne(in, r, c.carry(), kindInc)
	return in.then
}

func store8IncD(c *CPU, in *inst) *inst {
	if !c.store8(c.ea64(in), c.r[in.src.reg&regMask]) {
		return nil
	}
	in = in.then
	return incRdead(c, in)
}
