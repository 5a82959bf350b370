package soft

import "sysindvm/cpu"

// SSE4.1 (SDM 1, 12.8).

// blendV makes a blend by the top bit of each lane of n bits of XMM0.
func blendV(n uint) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE()
		b := c.loadA(in, &in.src)
		top := lanes(c.xmm[0], vec{}, n, func(v, _ uint64) uint64 { return -(v >> (n - 1)) })
		a := &c.xmm[in.dst.reg]
		for i := range a {
			a[i] = a[i]&^top[i] | b[i]&top[i]
		}
	}
}

// blend makes one by the bits of the immediate.
func blend(n uint) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE()
		b, a := c.loadA(in, &in.src), &c.xmm[in.dst.reg]
		for i := range 128 / n {
			if at := i * n; in.imm>>i&1 != 0 {
				m := mask(uint8(n)) << (at % 64)
				a[at/64] = a[at/64]&^m | b[at/64]&m
			}
		}
	}
}

func exPTEST(c *CPU, in *inst) {
	c.checkSSE()
	a, b := c.xmm[in.dst.reg], c.loadA(in, &in.src)
	var f uint64
	if a[0]&b[0]|a[1]&b[1] == 0 {
		f |= cpu.FlagZF
	}
	if ^a[0]&b[0]|^a[1]&b[1] == 0 {
		f |= cpu.FlagCF
	}
	c.lazy = false
	c.eflags = c.eflags&^arithFlags | f
}

// extend makes lanes of m bits of the lowest ones of n.
func extend(n, m uint8, signed bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE()
		v := c.loadX(in, &in.src)[0]
		var r vec
		for i := range 128 / uint(m) {
			x := v >> (i * uint(n)) & mask(n)
			if signed {
				x = sext(x, n) & mask(m)
			}
			at := i * uint(m)
			r[at/64] |= x << (at % 64)
		}
		c.xmm[in.dst.reg] = r
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
func exPHMINPOSUW(c *CPU, in *inst) {
	c.checkSSE()
	v := c.loadA(in, &in.src)
	least, at := uint64(0xffff), uint64(0)
	for i := range uint64(8) {
		if w := v[i/4] >> (i % 4 * 16) & 0xffff; w < least {
			least, at = w, i
		}
	}
	c.xmm[in.dst.reg] = vec{least | at<<16}
}

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

// exDP is the dot product: the upper half of the immediate says what is
// multiplied, the lower where the sum goes.
func exDPPS(c *CPU, in *inst) {
	c.checkSSE()
	a, b := split(c.xmm[in.dst.reg]), split(c.loadA(in, &in.src))
	e := c.env(single)
	var p [4]uint64
	for i := range p {
		if in.imm>>(4+i)&1 != 0 {
			p[i] = c.lane32(e, opMUL, uint64(a[i]), uint64(b[i]))
		}
	}
	c.settleSSE(e.flags)
	e.flags = 0
	lo, hi := c.lane32(e, opADD, p[0], p[1]), c.lane32(e, opADD, p[2], p[3])
	c.settleSSE(e.flags)
	e.flags = 0
	sum := c.lane32(e, opADD, lo, hi)
	c.settleSSE(e.flags)
	var r vec4
	for i := range r {
		if in.imm>>i&1 != 0 {
			r[i] = uint32(sum)
		}
	}
	c.xmm[in.dst.reg] = r.join()
}

func exDPPD(c *CPU, in *inst) {
	c.checkSSE()
	a, b := c.xmm[in.dst.reg], c.loadA(in, &in.src)
	e := c.env(double)
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
	c.xmm[in.dst.reg] = r
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
		c.checkSSE()
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
		c.checkSSE()
		n := n
		if n == 0 {
			n = in.src.n
		}
		var v uint64
		if in.src.kind == opMem {
			v = c.read(c.ea(in), n)
		} else {
			v = c.load(in, &in.src) & mask(n)
		}
		at := in.imm * uint64(n) % 128
		p := &c.xmm[in.dst.reg][at/64]
		*p = *p&^(mask(n)<<(at%64)) | v<<(at%64)
	}
}

func exINSERTPS(c *CPU, in *inst) {
	c.checkSSE()
	a := split(c.xmm[in.dst.reg])
	var v uint32
	if in.src.kind == opMem {
		v = uint32(c.load(in, &in.src))
	} else {
		v = split(c.xmm[in.src.reg])[in.imm>>6&3]
	}
	a[in.imm>>4&3] = v
	for i := range a {
		if in.imm>>i&1 != 0 {
			a[i] = 0
		}
	}
	c.xmm[in.dst.reg] = a.join()
}

var sse41Table = []row{
	{"66.0F3810", "PBLENDVB", "Vdq,Wdq", blendV(8), 0, nil}, {"66.0F3814", "BLENDVPS", "Vdq,Wdq", blendV(32), 0, nil},
	{"66.0F3815", "BLENDVPD", "Vdq,Wdq", blendV(64), 0, nil}, {"66.0F3817", "PTEST", "Vdq,Wdq", exPTEST, 0, nil},
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
	{"66.0F3A42", "MPSADBW", "Vdq,Wdq,Ib", onBytes(opMPSADBW), 0, nil},
}
