package soft

// SSE and SSE2 (SDM 1, chapters 10 and 11): moves and logic here, integers in
// sse_int.go, floating point in sse_float.go.

// aligned raises #GP where a 128-bit operand in memory is not aligned.
func (c *CPU) aligned(in *inst, o *operand) {
	if o.kind == opMem && o.n == 128 && c.ea(in)&15 != 0 {
		c.gp(0)
	}
}

// loadX is an operand of up to 128 bits; what is above its size is zero for
// memory, and the whole register for registers.
func (c *CPU) loadX(in *inst, o *operand) vec {
	switch {
	case o.kind == opXMM:
		return c.xmm[o.reg]
	case o.kind != opMem:
		return vec{c.load(in, o)}
	case o.n == 128:
		a := c.ea(in)
		return vec{c.read64(a), c.read64(a + 8)}
	}
	return vec{c.read(c.ea(in), o.n)}
}

// loadA is loadX for instructions that want alignment.
func (c *CPU) loadA(in *inst, o *operand) vec {
	c.aligned(in, o)
	return c.loadX(in, o)
}

// storeX stores the low bits of v: a register is written whole.
func (c *CPU) storeX(in *inst, o *operand, v vec) {
	switch {
	case o.kind == opXMM:
		c.setX(in, v)
	case o.kind != opMem:
		c.store(in, o, v[0])
	case o.n == 128:
		a := c.ea(in)
		c.probeWrite(a, 64)
		c.probeWrite(a+8, 64)
		c.write64(a, v[0])
		c.write64(a+8, v[1])
	default:
		c.write(c.ea(in), v[0], o.n)
	}
}

func exMOVU(c *CPU, in *inst) {
	c.checkSSE(in)
	c.storeX(in, &in.dst, c.loadX(in, &in.src))
}

func exMOVA(c *CPU, in *inst) {
	c.checkSSE(in)
	c.aligned(in, &in.dst)
	c.storeX(in, &in.dst, c.loadA(in, &in.src))
}

// exMOVlow is MOVSS, MOVSD and MOVQ between registers or to memory: with
// memory as the source the rest of the register becomes zero, with a register
// it stays (MOVQ: becomes zero).
func exMOVlow(c *CPU, in *inst) {
	c.checkSSE(in)
	if in.dst.kind == opXMM && in.src.kind == opXMM {
		v := c.loadX(in, in.second())
		c.setX(in, insertLow(c.first(in), v[0], in.dst.n))
		return
	}
	c.storeX(in, &in.dst, c.loadX(in, &in.src))
}

// insertLow replaces the low n bits of v.
func insertLow(v vec, low uint64, n uint8) vec {
	v[0] = v[0]&^mask(n) | low&mask(n)
	return v
}

func exMOVQ(c *CPU, in *inst) {
	c.checkSSE(in)
	c.storeX(in, &in.dst, vec{c.loadX(in, &in.src)[0] & mask(in.src.n)})
}

// exMOVLP and exMOVHP move the low or high half; between registers they are
// MOVHLPS and MOVLHPS.
func exMOVLP(c *CPU, in *inst) {
	c.checkSSE(in)
	if in.dst.kind == opMem {
		c.write64(c.ea(in), c.xmm[in.src.reg][0])
		return
	}
	v := c.loadX(in, in.second())
	if in.second().kind == opXMM {
		v[0] = v[1]
	}
	c.setX(in, vec{v[0], c.first(in)[1]})
}

func exMOVHP(c *CPU, in *inst) {
	c.checkSSE(in)
	if in.dst.kind == opMem {
		c.write64(c.ea(in), c.xmm[in.src.reg][1])
		return
	}
	c.setX(in, vec{c.first(in)[0], c.loadX(in, in.second())[0]})
}

// bitwise is a row's function for an operation on all bits: of2, but faster
// for 128.
func bitwise(op func(a, b uint64) uint64) func(*CPU, *inst) {
	slow := of2(func(_ *CPU, a, b vec, _ uint64) vec { return vec{op(a[0], b[0]), op(a[1], b[1])} })
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		if in.vex {
			slow(c, in)
			return
		}
		a, b := &c.xmm[in.dst.reg&15], c.loadA(in, &in.src)
		a[0], a[1] = op(a[0], b[0]), op(a[1], b[1])
	}
}

func andBits(a, b uint64) uint64 { return a & b }
func andNot(a, b uint64) uint64  { return ^a & b }
func orBits(a, b uint64) uint64  { return a | b }
func xorBits(a, b uint64) uint64 { return a ^ b }

var exPAND, exPANDN, exPOR, exPXOR = bitwise(andBits), bitwise(andNot), bitwise(orBits), bitwise(xorBits)

var sseTable = concat(sseMoves, sseIntTable, sseFloatTable, approxTable, mmxTable, sse3Table, ssse3Table, sse41Table, sse42Table, aesTable)

func concat(ts ...[]row) (t []row) {
	for _, x := range ts {
		t = append(t, x...)
	}
	return t
}

var sseMoves = []row{
	{"NP.0F10", "MOVUPS", "Vdq,Wdq", exMOVU, 0, nil}, {"NP.0F11", "MOVUPS", "Wdq,Vdq", exMOVU, 0, nil},
	{"66.0F10", "MOVUPD", "Vdq,Wdq", exMOVU, 0, nil}, {"66.0F11", "MOVUPD", "Wdq,Vdq", exMOVU, 0, nil},
	{"F3.0F10", "MOVSS", "Vd,Wd", exMOVlow, 0, nil}, {"F3.0F11", "MOVSS", "Wd,Vd", exMOVlow, 0, nil},
	{"F2.0F10", "MOVSD", "Vq,Wq", exMOVlow, 0, nil}, {"F2.0F11", "MOVSD", "Wq,Vq", exMOVlow, 0, nil},
	{"NP.0F12", "MOVLPS", "Vq,Wq", exMOVLP, 0, nil}, {"NP.0F13", "MOVLPS", "Mq,Vq", exMOVLP, 0, nil},
	{"66.0F12", "MOVLPD", "Vq,Mq", exMOVLP, 0, nil}, {"66.0F13", "MOVLPD", "Mq,Vq", exMOVLP, 0, nil},
	{"NP.0F16", "MOVHPS", "Vq,Wq", exMOVHP, 0, nil}, {"NP.0F17", "MOVHPS", "Mq,Vq", exMOVHP, 0, nil},
	{"66.0F16", "MOVHPD", "Vq,Mq", exMOVHP, 0, nil}, {"66.0F17", "MOVHPD", "Mq,Vq", exMOVHP, 0, nil},
	{"NP.0F28", "MOVAPS", "Vdq,Wdq", exMOVA, 0, nil}, {"NP.0F29", "MOVAPS", "Wdq,Vdq", exMOVA, 0, nil},
	{"66.0F28", "MOVAPD", "Vdq,Wdq", exMOVA, 0, nil}, {"66.0F29", "MOVAPD", "Wdq,Vdq", exMOVA, 0, nil},
	{"NP.0F2B", "MOVNTPS", "Mdq,Vdq", exMOVA, 0, nil}, {"66.0F2B", "MOVNTPD", "Mdq,Vdq", exMOVA, 0, nil},
	{"66.0F6E", "MOVD", "Vdq,Ey", exMOVQ, 0, nil}, {"66.0F7E", "MOVD", "Ey,Vdq", exMOVfromX, 0, nil},
	{"66.0F6F", "MOVDQA", "Vdq,Wdq", exMOVA, 0, nil}, {"66.0F7F", "MOVDQA", "Wdq,Vdq", exMOVA, 0, nil},
	{"F3.0F6F", "MOVDQU", "Vdq,Wdq", exMOVU, 0, nil}, {"F3.0F7F", "MOVDQU", "Wdq,Vdq", exMOVU, 0, nil},
	{"F3.0F7E", "MOVQ", "Vq,Wq", exMOVQ, 0, nil}, {"66.0FD6", "MOVQ", "Wq,Vq", exMOVQ, 0, nil},
	{"66.0FE7", "MOVNTDQ", "Mdq,Vdq", exMOVA, 0, nil},
	{"NP.0F54", "ANDPS", "Vdq,Wdq", exPAND, 0, nil}, {"66.0F54", "ANDPD", "Vdq,Wdq", exPAND, 0, nil},
	{"NP.0F55", "ANDNPS", "Vdq,Wdq", exPANDN, 0, nil}, {"66.0F55", "ANDNPD", "Vdq,Wdq", exPANDN, 0, nil},
	{"NP.0F56", "ORPS", "Vdq,Wdq", exPOR, 0, nil}, {"66.0F56", "ORPD", "Vdq,Wdq", exPOR, 0, nil},
	{"NP.0F57", "XORPS", "Vdq,Wdq", exPXOR, 0, nil}, {"66.0F57", "XORPD", "Vdq,Wdq", exPXOR, 0, nil},
	{"66.0FDB", "PAND", "Vdq,Wdq", exPAND, 0, nil}, {"66.0FDF", "PANDN", "Vdq,Wdq", exPANDN, 0, nil},
	{"66.0FEB", "POR", "Vdq,Wdq", exPOR, 0, nil}, {"66.0FEF", "PXOR", "Vdq,Wdq", exPXOR, 0, nil},
}

// exMOVfromX is MOVD or MOVQ from an XMM register.
func exMOVfromX(c *CPU, in *inst) {
	c.checkSSE(in)
	c.store(in, &in.dst, c.xmm[in.src.reg][0])
}
