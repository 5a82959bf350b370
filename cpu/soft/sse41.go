package soft

// SSE4.1 (SDM 1, 12.8).

// blendV takes each lane of n bits from the second source where the top bit of
// that lane is set in XMM0, else from the first; AVX's form names, in its
// immediate, another register for XMM0.
func blendV(n uint) func(*CPU, *inst) {
	mix := func(a, b, by vec) vec {
		top := lanes(by, vec{}, n, func(v, _ uint64) uint64 { return -(v >> (n - 1)) })
		return vec{a[0]&^top[0] | b[0]&top[0], a[1]&^top[1] | b[1]&top[1]}
	}
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		if in.vex {
			a, b := c.loadY(in, &in.src), c.loadY(in, &in.third)
			r := vec256{mix(a[0], b[0], c.xmm[in.imm2&15])}
			if in.isWide() {
				r[1] = mix(a[1], b[1], c.ymm[in.imm2&15])
			}
			c.setY(in, r)
			return
		}
		b, a := c.loadA(in, &in.src), &c.xmm[in.dst.reg&15]
		*a = mix(*a, b, c.xmm[0])
	}
}

// blend takes lanes of n bits from the second source where the immediate has a
// bit set. There are 128/n bits for each half; PBLENDW's 8 serve for both.
func blend(n uint) func(*CPU, *inst) {
	return of2Up(128/n%8, func(_ *CPU, a, b vec, imm uint64) vec {
		for i := range 128 / n {
			if at := i * n; imm>>i&1 != 0 {
				m := mask(uint8(n)) << (at % 64)
				a[at/64] = a[at/64]&^m | b[at/64]&m
			}
		}
		return a
	})
}

// test makes PTEST, which looks at all bits, and AVX's VTESTPS and VTESTPD,
// which look at the signs.
func test(bits uint64) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		a, b := c.loadY(in, &in.dst), c.source(in)
		both, only := uint64(0), uint64(0)
		for i := range a {
			if i == 0 || in.isWide() {
				both |= a[i][0]&b[i][0] | a[i][1]&b[i][1]
				only |= ^a[i][0]&b[i][0] | ^a[i][1]&b[i][1]
			}
		}
		c.setOrder(only&bits == 0, both&bits == 0)
	}
}

// extend makes lanes of m bits out of the source's lowest lanes of n bits, of
// which it has as many.
func extend(n, m uint8, signed bool) func(*CPU, *inst) {
	half := func(v uint64) (r vec) {
		for i := range 128 / uint(m) {
			x := v >> (i * uint(n)) & mask(n)
			if signed {
				x = sext(x, n) & mask(m)
			}
			at := i * uint(m)
			r[at/64] |= x << (at % 64)
		}
		return r
	}
	used := 128 / uint(m) * uint(n) // bits of the source for 128 of the result
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		v := c.loadX(in, &in.src)
		r := vec256{half(v[0])}
		switch {
		case !in.isWide():
		case used == 64:
			r[1] = half(v[1])
		default:
			r[1] = half(v[0] >> used)
		}
		c.result256(in, r)
	}
}

func mulS32(a, b uint64) uint64 { return sext(a, 32) * sext(b, 32) }
func mulLow(a, b uint64) uint64 { return a * b }

// extremeS is the lesser, or the greater, of two signed lanes of n bits.
func extremeS(n uint8, greater bool) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 {
		if (int64(sext(a, n)) > int64(sext(b, n))) == greater {
			return a
		}
		return b
	}
}

// exPHMINPOSUW finds the least of eight words, and where it is.
var exPHMINPOSUW = of1(func(_ *CPU, _, v vec, _ uint64) vec {
	least, at := uint64(0xffff), uint64(0)
	for i := range uint64(8) {
		if w := v[i/4] >> (i % 4 * 16) & 0xffff; w < least {
			least, at = w, i
		}
	}
	return vec{least | at<<16}
})

// roundLane makes ROUNDPS and the like, by the immediate (SDM 2B, ROUNDPD).
func roundLane(imm uint64) laneOp {
	return func(c *CPU, e *floatEnv, _, b uint64) uint64 {
		x := c.take(e.format, b)
		if r, ok := e.nanOf(x, x); ok {
			return e.pack(r)
		}
		mode, flags := e.mode, e.flags
		if imm&4 == 0 {
			e.mode = uint8(imm & 3)
		}
		r := e.toIntegral(x)
		e.mode = mode
		if imm&8 != 0 {
			e.flags = flags
		}
		return e.pack(r)
	}
}

func exROUND(f format, shape func(format, laneOp) func(*CPU, *inst)) func(*CPU, *inst) {
	var by [16]func(*CPU, *inst)
	for i := range by {
		by[i] = shape(f, roundLane(uint64(i)))
	}
	return func(c *CPU, in *inst) { by[in.imm&15](c, in) }
}

// exDPPS and exDPPD are the dot product: the upper half of the immediate says
// what is multiplied, the lower where the sum goes. The exceptions of each step
// come before the next.
func exDPPS(c *CPU, in *inst) {
	c.checkSSE(in)
	a, b := c.sources(in)
	e, n := c.env(single), 1
	if in.isWide() {
		n = 2
	}
	step := func(op func(half int)) {
		for i := range n {
			op(i)
		}
		c.settleSSE(e.flags)
		e.flags = 0
	}
	var p [2][4]uint64
	step(func(h int) {
		x, y := split(a[h]), split(b[h])
		for i := range p[h] {
			if in.imm>>(4+i)&1 != 0 {
				p[h][i] = c.lane32(e, opMUL, uint64(x[i]), uint64(y[i]))
			}
		}
	})
	var pairs vec256
	step(func(h int) {
		pairs[h] = vec{c.lane32(e, opADD, p[h][0], p[h][1]), c.lane32(e, opADD, p[h][2], p[h][3])}
	})
	var r vec256
	step(func(h int) {
		sum, out := c.lane32(e, opADD, pairs[h][0], pairs[h][1]), vec4{}
		for i := range out {
			if in.imm>>i&1 != 0 {
				out[i] = uint32(sum)
			}
		}
		r[h] = out.join()
	})
	c.result256(in, r)
}

func exDPPD(c *CPU, in *inst) {
	c.checkSSE(in)
	x, y := c.sources(in)
	a, b, e := x[0], y[0], c.env(double)
	var p, r vec
	for i := range p {
		if in.imm>>(4+i)&1 != 0 {
			p[i] = c.lane64(e, opMUL, a[i], b[i])
		}
	}
	c.settleSSE(e.flags)
	e.flags = 0
	sum := c.lane64(e, opADD, p[0], p[1])
	c.settleSSE(e.flags)
	for i := range r {
		if in.imm>>i&1 != 0 {
			r[i] = sum
		}
	}
	c.setX(in, r)
}

// opMPSADBW sums the differences of four bytes of b to those at eight places
// in a.
func opMPSADBW(r, a, b []byte, imm uint8) {
	at, from := int(imm>>2&1)*4, int(imm&3)*4
	for i := range 8 {
		sum := int64(0)
		for j := range 4 {
			d := int64(a[at+i+j]) - int64(b[from+j])
			sum += max(d, -d)
		}
		put16(r, i, sum)
	}
}

// exPEXTR is PEXTRB, PEXTRW, PEXTRD, PEXTRQ and EXTRACTPS: a lane of n bits to
// memory, or to a general register.
func exPEXTR(n uint8) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		n := n
		if n == 0 {
			n = in.dst.n // D or Q
		}
		at := in.imm * uint64(n) % 128
		v := c.xmm[in.src.reg][at/64] >> (at % 64) & mask(n)
		if in.dst.kind == opMem {
			c.write(c.ea(in), v, n)
			return
		}
		c.store(in, &in.dst, v)
	}
}

func exPINSR(n uint8) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		n, src := n, in.second()
		if n == 0 {
			n = src.n
		}
		var v uint64
		if src.kind == opMem {
			v = c.read(c.ea(in), n)
		} else {
			v = c.load(in, src) & mask(n)
		}
		at, r := in.imm*uint64(n)%128, c.first(in)
		r[at/64] = r[at/64]&^(mask(n)<<(at%64)) | v<<(at%64)
		c.setX(in, r)
	}
}

func exINSERTPS(c *CPU, in *inst) {
	c.checkSSE(in)
	a, src := split(c.first(in)), in.second()
	var v uint32
	if src.kind == opMem {
		v = uint32(c.load(in, src))
	} else {
		v = split(c.xmm[src.reg&15])[in.imm>>6&3]
	}
	a[in.imm>>4&3] = v
	for i := range a {
		if in.imm>>i&1 != 0 {
			a[i] = 0
		}
	}
	c.setX(in, a.join())
}

var sse41Table = []row{
	{"66.0F3810", "PBLENDVB", "Vdq,Wdq", blendV(8), 0, nil}, {"66.0F3814", "BLENDVPS", "Vdq,Wdq", blendV(32), 0, nil},
	{"66.0F3815", "BLENDVPD", "Vdq,Wdq", blendV(64), 0, nil}, {"66.0F3817", "PTEST", "Vdq,Wdq", test(^uint64(0)), 0, nil},
	{"66.0F3820", "PMOVSXBW", "Vdq,Wq", extend(8, 16, true), 0, nil}, {"66.0F3821", "PMOVSXBD", "Vdq,Wd", extend(8, 32, true), 0, nil},
	{"66.0F3822", "PMOVSXBQ", "Vdq,Ww", extend(8, 64, true), 0, nil}, {"66.0F3823", "PMOVSXWD", "Vdq,Wq", extend(16, 32, true), 0, nil},
	{"66.0F3824", "PMOVSXWQ", "Vdq,Wd", extend(16, 64, true), 0, nil}, {"66.0F3825", "PMOVSXDQ", "Vdq,Wq", extend(32, 64, true), 0, nil},
	{"66.0F3830", "PMOVZXBW", "Vdq,Wq", extend(8, 16, false), 0, nil}, {"66.0F3831", "PMOVZXBD", "Vdq,Wd", extend(8, 32, false), 0, nil},
	{"66.0F3832", "PMOVZXBQ", "Vdq,Ww", extend(8, 64, false), 0, nil}, {"66.0F3833", "PMOVZXWD", "Vdq,Wq", extend(16, 32, false), 0, nil},
	{"66.0F3834", "PMOVZXWQ", "Vdq,Wd", extend(16, 64, false), 0, nil}, {"66.0F3835", "PMOVZXDQ", "Vdq,Wq", extend(32, 64, false), 0, nil},
	{"66.0F3828", "PMULDQ", "Vdq,Wdq", packed(64, mulS32), 0, nil}, {"66.0F3829", "PCMPEQQ", "Vdq,Wdq", packed(64, equal), 0, nil},
	{"66.0F382A", "MOVNTDQA", "Vdq,Mdq", exMOVA, 0, nil}, {"66.0F382B", "PACKUSDW", "Vdq,Wdq", pack(32, clampU), 0, nil},
	{"66.0F3838", "PMINSB", "Vdq,Wdq", packed(8, extremeS(8, false)), 0, nil}, {"66.0F3839", "PMINSD", "Vdq,Wdq", packed(32, extremeS(32, false)), 0, nil},
	{"66.0F383A", "PMINUW", "Vdq,Wdq", packed(16, minU), 0, nil}, {"66.0F383B", "PMINUD", "Vdq,Wdq", packed(32, minU), 0, nil},
	{"66.0F383C", "PMAXSB", "Vdq,Wdq", packed(8, extremeS(8, true)), 0, nil}, {"66.0F383D", "PMAXSD", "Vdq,Wdq", packed(32, extremeS(32, true)), 0, nil},
	{"66.0F383E", "PMAXUW", "Vdq,Wdq", packed(16, maxU), 0, nil}, {"66.0F383F", "PMAXUD", "Vdq,Wdq", packed(32, maxU), 0, nil},
	{"66.0F3840", "PMULLD", "Vdq,Wdq", packed(32, mulLow), 0, nil}, {"66.0F3841", "PHMINPOSUW", "Vdq,Wdq", exPHMINPOSUW, 0, nil},
	{"66.0F3A08", "ROUNDPS", "Vdq,Wdq,Ib", exROUND(single, packedF), 0, nil}, {"66.0F3A09", "ROUNDPD", "Vdq,Wdq,Ib", exROUND(double, packedF), 0, nil},
	{"66.0F3A0A", "ROUNDSS", "Vd,Wd,Ib", exROUND(single, scalarF), 0, nil}, {"66.0F3A0B", "ROUNDSD", "Vq,Wq,Ib", exROUND(double, scalarF), 0, nil},
	{"66.0F3A0C", "BLENDPS", "Vdq,Wdq,Ib", blend(32), 0, nil}, {"66.0F3A0D", "BLENDPD", "Vdq,Wdq,Ib", blend(64), 0, nil},
	{"66.0F3A0E", "PBLENDW", "Vdq,Wdq,Ib", blend(16), 0, nil},
	{"66.0F3A14", "PEXTRB", "Ed,Vdq,Ib", exPEXTR(8), 0, nil}, {"66.0F3A15", "PEXTRW", "Ed,Vdq,Ib", exPEXTR(16), 0, nil},
	{"66.0F3A16", "PEXTRD", "Ey,Vdq,Ib", exPEXTR(0), 0, nil}, {"66.0F3A17", "EXTRACTPS", "Ed,Vdq,Ib", exPEXTR(32), 0, nil},
	{"66.0F3A20", "PINSRB", "Vdq,Ed,Ib", exPINSR(8), 0, nil}, {"66.0F3A22", "PINSRD", "Vdq,Ey,Ib", exPINSR(0), 0, nil},
	{"66.0F3A21", "INSERTPS", "Vdq,Wd,Ib", exINSERTPS, 0, nil},
	{"66.0F3A40", "DPPS", "Vdq,Wdq,Ib", exDPPS, 0, nil}, {"66.0F3A41", "DPPD", "Vdq,Wdq,Ib", exDPPD, 0, nil},
	{"66.0F3A42", "MPSADBW", "Vdq,Wdq,Ib", of2Up(3, onBytes(opMPSADBW)), 0, nil},
}
