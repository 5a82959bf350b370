package soft

// What the instructions of SSE and of AVX have in common: an instruction is
// written once, as what it makes of 128 bits. SSE's form puts that in the place
// of its first source; AVX's (SDM 1, 14.1) names the destination, does the same
// with the upper halves of its registers, or else clears them, and does not
// mind where its memory is.

type vec = [2]uint64

// vec256 is 256 bits.
type vec256 = [2]vec

// vecOp makes a vector of two, and of the immediate.
type vecOp = func(c *CPU, a, b vec, imm uint64) vec

// n256 is the width of an operand of 256 bits: one that fits in a byte.
const n256 = 255

// isWide reports whether the instruction has a destination of 256 bits.
func (in *inst) isWide() bool { return in.dst.kind == opYMM }

// second is the second source.
func (in *inst) second() *operand {
	if in.vex {
		return &in.third
	}
	return &in.src
}

// first is the first source, which SSE's form replaces.
func (c *CPU) first(in *inst) vec {
	if in.vex {
		return c.xmm[in.src.reg&15]
	}
	return c.xmm[in.dst.reg&15]
}

// loadY reads an operand of any width. The upper half of one that is not 256
// bits wide is a copy of the lower, and nobody looks at it.
func (c *CPU) loadY(in *inst, o *operand) vec256 {
	switch {
	case o.kind == opYMM:
		return vec256{c.xmm[o.reg&15], c.ymm[o.reg&15]}
	case o.kind == opMem && o.n == n256:
		a := c.ea(in)
		return vec256{{c.read64(a), c.read64(a + 8)}, {c.read64(a + 16), c.read64(a + 24)}}
	}
	v := c.loadX(in, o)
	return vec256{v, v}
}

// sources are both sources of an instruction of either form; the upper halves of
// SSE's are 0.
func (c *CPU) sources(in *inst) (a, b vec256) {
	if in.vex {
		return c.loadY(in, &in.src), c.loadY(in, &in.third)
	}
	return vec256{c.xmm[in.dst.reg&15]}, vec256{c.loadA(in, &in.src)}
}

// source is the source of an instruction of either form that has one.
func (c *CPU) source(in *inst) vec256 {
	if in.vex {
		return c.loadY(in, &in.src)
	}
	return vec256{c.loadA(in, &in.src)}
}

// result256 gives the destination, a register, what an instruction of either form
// has made: all of it, or the lower half if that is all that the destination has.
func (c *CPU) result256(in *inst, v vec256) {
	if in.isWide() {
		c.setY(in, v)
		return
	}
	c.setX(in, v[0])
}

// setX gives the destination, a register, 128 bits.
func (c *CPU) setX(in *inst, v vec) {
	c.xmm[in.dst.reg&15] = v
	if in.vex {
		c.ymm[in.dst.reg&15] = vec{}
	}
}

// setLow gives its low n bits a value; the rest is the first source's.
func (c *CPU) setLow(in *inst, v uint64, n uint8) {
	d := &c.xmm[in.dst.reg&15]
	if in.vex {
		*d, c.ymm[in.dst.reg&15] = c.xmm[in.src.reg&15], vec{}
	}
	d[0] = d[0]&^mask(n) | v&mask(n)
}

// setY gives it 256.
func (c *CPU) setY(in *inst, v vec256) {
	c.xmm[in.dst.reg&15], c.ymm[in.dst.reg&15] = v[0], v[1]
}

// halves makes the destination's lower half out of those of the sources, and if
// it has an upper half that out of theirs, with the immediate shifted right by up.
func (c *CPU) halves(in *inst, op vecOp, a, b vec256, up uint) (r vec256) {
	r[0] = op(c, a[0], b[0], in.imm)
	if in.isWide() {
		r[1] = op(c, a[1], b[1], in.imm>>up)
	}
	return r
}

// of2 is a row's function for an operation of two sources.
func of2(op vecOp) func(*CPU, *inst) { return of2Up(0, op) }

// of2Up is of2 for an immediate with bits of its own for each half: those of the
// upper one begin at bit up.
func of2Up(up uint, op vecOp) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		if in.vex {
			c.setY(in, c.halves(in, op, c.loadY(in, &in.src), c.loadY(in, &in.third), up))
			return
		}
		a, b := &c.xmm[in.dst.reg&15], c.loadA(in, &in.src)
		*a = op(c, *a, b, in.imm)
	}
}

// of1 is of2 for an operation of one source, which is its operand b; a is not
// used.
func of1(op vecOp) func(*CPU, *inst) { return of1Up(0, op) }

func of1Up(up uint, op vecOp) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		if in.vex {
			b := c.loadY(in, &in.src)
			c.setY(in, c.halves(in, op, b, b, up))
			return
		}
		c.xmm[in.dst.reg&15] = op(c, vec{}, c.loadA(in, &in.src), in.imm)
	}
}

// of2F and of1F are of2 and of1 for floating point: the operation collects its
// exceptions in c.ext.env, and they are raised when all lanes are computed, before
// the destination changes (SDM 1, 11.5.1).
func of2F(f format, op vecOp) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		e := c.env(f)
		if in.vex {
			r := c.halves(in, op, c.loadY(in, &in.src), c.loadY(in, &in.third), 0)
			c.settleSSE(e.flags)
			c.setY(in, r)
			return
		}
		a := &c.xmm[in.dst.reg&15]
		r := op(c, *a, c.loadA(in, &in.src), in.imm)
		c.settleSSE(e.flags)
		*a = r
	}
}

func of1F(f format, op vecOp) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		e := c.env(f)
		b := c.source(in)
		r := c.halves(in, op, b, b, 0)
		c.settleSSE(e.flags)
		c.result256(in, r)
	}
}
