package soft

// AVX and AVX2 where they have no counterpart in SSE (SDM 1, chapter 14): moves
// between the halves of registers, broadcasts, permutations, shifts by counts
// that each lane has its own of. Memory under a mask is in avx_mask.go.

// exVMOV moves 128 or 256 bits; aligned is whether memory must be.
func exVMOV(aligned bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkAVX()
		if aligned {
			c.alignedY(in, &in.dst)
			c.alignedY(in, &in.src)
		}
		v := c.loadY(in, &in.src)
		switch {
		case in.isWide():
			c.setY(in, v)
		case in.dst.kind == opXMM:
			c.setX(in, v[0])
		default:
			c.storeY(in, v)
		}
	}
}

// alignedY raises #GP where an operand in memory, of 128 or 256 bits, is not
// aligned to its size.
func (c *CPU) alignedY(in *inst, o *operand) {
	if o.kind == opMem && c.ea(in)&uint64(o.n/8) != 0 && o.n == n256 {
		c.gp(0)
	}
	c.aligned(in, o)
}

// storeY stores to memory, all of it or nothing.
func (c *CPU) storeY(in *inst, v vec256) {
	if in.dst.n != n256 {
		c.storeX(in, &in.dst, v[0])
		return
	}
	a := c.ea(in)
	c.probeWrite(a, 64)
	c.probeWrite(a+24, 64)
	for i, h := range v {
		c.write64(a+uint64(16*i), h[0])
		c.write64(a+uint64(16*i)+8, h[1])
	}
}

// exVZERO clears the upper halves of all registers, or all of them.
func exVZERO(all bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkAVX()
		for i := range c.numXMM() {
			c.ymm[i] = vec{}
			if all {
				c.xmm[i] = vec{}
			}
		}
	}
}

// broadcast fills the destination with the low n bits of the source.
func broadcast(n uint) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkAVX()
		v := c.loadX(in, &in.src)
		if n < 128 {
			v[0] &= mask(uint8(n))
			for filled := n; filled < 64; filled *= 2 {
				v[0] |= v[0] << filled
			}
			v[1] = v[0]
		}
		c.result256(in, vec256{v, v})
	}
}

// exVINSERT128 replaces a half, exVEXTRACT128 takes one.
func exVINSERT128(c *CPU, in *inst) {
	c.checkAVX()
	r := c.loadY(in, &in.src)
	r[in.imm&1] = c.loadX(in, &in.third)
	c.setY(in, r)
}

func exVEXTRACT128(c *CPU, in *inst) {
	c.checkAVX()
	c.storeX(in, &in.dst, c.loadY(in, &in.src)[in.imm&1])
}

// exVPERM2x128 picks halves of both sources, or nothing.
func exVPERM2x128(c *CPU, in *inst) {
	c.checkAVX()
	a, b := c.loadY(in, &in.src), c.loadY(in, &in.third)
	from, r := [4]vec{a[0], a[1], b[0], b[1]}, vec256{}
	for i := range r {
		if ctl := in.imm >> (4 * i); ctl&8 == 0 {
			r[i] = from[ctl&3]
		}
	}
	c.setY(in, r)
}

// lanes8 are the lanes of 32 bits of a register, lanes4 those of 64.
func lanes8(v vec256) (r [8]uint32) {
	for i := range v {
		w := split(v[i])
		copy(r[4*i:], w[:])
	}
	return r
}

func join8(v [8]uint32) vec256 { return vec256{vec4(v[:4]).join(), vec4(v[4:]).join()} }

func lanes4(v vec256) [4]uint64 { return [4]uint64{v[0][0], v[0][1], v[1][0], v[1][1]} }

// exVPERM32 is VPERMD and VPERMPS, which pick lanes by those of the first
// source.
func exVPERM32(c *CPU, in *inst) {
	c.checkAVX()
	by, v := lanes8(c.loadY(in, &in.src)), lanes8(c.loadY(in, &in.third))
	var r [8]uint32
	for i := range r {
		r[i] = v[by[i]&7]
	}
	c.setY(in, join8(r))
}

// exVPERM64 is VPERMQ and VPERMPD, which pick them by the immediate.
func exVPERM64(c *CPU, in *inst) {
	c.checkAVX()
	v := lanes4(c.loadY(in, &in.src))
	r := shuffle4(func(i uint64) uint64 { return v[i] }, in.imm)
	c.setY(in, vec256{{r[0], r[1]}, {r[2], r[3]}})
}

// VPERMILPS and VPERMILPD pick lanes within each half: by the lanes of the
// second source, of which VPERMILPD looks at bit 1, or by the immediate.
func opVPERMILPS(_ *CPU, x, by vec, _ uint64) vec {
	a, k := split(x), split(by)
	return vec4{a[k[0]&3], a[k[1]&3], a[k[2]&3], a[k[3]&3]}.join()
}

func opVPERMILPD(_ *CPU, a, by vec, _ uint64) vec { return vec{a[by[0]>>1&1], a[by[1]>>1&1]} }

func opVPERMILPDi(_ *CPU, _, b vec, imm uint64) vec { return vec{b[imm&1], b[imm>>1&1]} }

// The bits that VTESTPS and VTESTPD look at, in each quadword.
const signs32, signs64 = 1<<63 | 1<<31, 1 << 63
