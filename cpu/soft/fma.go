package soft

import (
	"math"
	"math/bits"
)

// FMA (SDM 1, 14.5.3): a product and a sum, rounded once.

// mulAdd is a*b + x, for operands that are no NaNs.
func (e *floatEnv) mulAdd(a, b, x num) num {
	neg := a.neg != b.neg
	infinite := a.kind == isInf || b.kind == isInf
	if infinite && (a.kind == isZero || b.kind == isZero) || infinite && x.kind == isInf && x.neg != neg {
		return e.invalid()
	}
	e.denormals(a, b)
	e.denormals(x, num{})
	switch {
	case infinite:
		return num{kind: isInf, neg: neg}
	case x.kind == isInf:
		return x
	case a.kind == isZero || b.kind == isZero:
		if x.kind != isZero {
			return e.round(x.neg, x.exp, x.m, 0)
		}
		if x.neg != neg {
			x.neg = e.mode == roundDown
		}
		return x
	}
	p := product(a, b)
	if x.kind == isZero {
		return e.round(neg, p.exp, p.hi, p.lo)
	}
	return e.sum(neg, p, x.neg, double128{x.m, 0, x.exp})
}

// double128 is a number that is not 0: the 128 bits hi:lo are its significand,
// with the point behind the first bit, which is set: (hi:lo)/2^127 * 2^exp.
type double128 struct {
	hi, lo uint64
	exp    int
}

func product(a, b num) double128 {
	hi, lo := bits.Mul64(a.m, b.m)
	if hi>>63 != 0 {
		return double128{hi, lo, a.exp + b.exp + 1}
	}
	return double128{hi<<1 | lo>>63, lo << 1, a.exp + b.exp}
}

// sum adds two of them. What the shift of the lesser loses is kept as its last
// bit: that is enough, since a sum that cancels more than one bit has lost none
// (a product of doubles has 106 bits of the 128).
func (e *floatEnv) sum(aneg bool, a double128, bneg bool, b double128) num {
	if a.exp < b.exp || a.exp == b.exp && (a.hi < b.hi || a.hi == b.hi && a.lo < b.lo) {
		a, b, aneg, bneg = b, a, bneg, aneg
	}
	hi, lo := shiftRight(b.hi, b.lo, uint(a.exp-b.exp))
	var carry uint64
	if aneg == bneg {
		lo, carry = bits.Add64(a.lo, lo, 0)
		hi, carry = bits.Add64(a.hi, hi, carry)
		if carry != 0 {
			hi, lo = shiftRight(hi, lo, 1)
			return e.round(aneg, a.exp+1, hi|1<<63, lo)
		}
		return e.round(aneg, a.exp, hi, lo)
	}
	lo, carry = bits.Sub64(a.lo, lo, 0)
	hi, _ = bits.Sub64(a.hi, hi, carry)
	if hi|lo == 0 {
		return num{neg: e.mode == roundDown}
	}
	exp := a.exp
	if hi == 0 {
		hi, lo, exp = lo, 0, exp-64
	}
	if n := uint(bits.LeadingZeros64(hi)); n > 0 {
		hi, lo, exp = hi<<n|lo>>(64-n), lo<<n, exp-int(n)
	}
	return e.round(aneg, exp, hi, lo)
}

// The order of an instruction's operands (1 is the destination): the digits of
// its name say which are multiplied, and which is added.
type fmaOrder int

const (
	fma132 fmaOrder = iota
	fma213
	fma231
)

// fmaSigns says what is negated before the sum is made, the product or what is
// added to it: in even lanes, and in odd ones.
type fmaSigns [2]struct{ product, sum bool }

var (
	fmaADD    = fmaSigns{}
	fmaSUB    = fmaSigns{{false, true}, {false, true}}
	fmaNADD   = fmaSigns{{true, false}, {true, false}}
	fmaNSUB   = fmaSigns{{true, true}, {true, true}}
	fmaADDSUB = fmaSigns{{false, true}, {false, false}}
	fmaSUBADD = fmaSigns{{false, false}, {false, true}}
)

// fmaLane is one lane: of the operands in the instruction's order.
func (c *CPU) fmaLane(e *floatEnv, order fmaOrder, negProduct, negSum bool, v [3]uint64) uint64 {
	a, b, x := v[1], v[2], v[0] // 231
	switch order {
	case fma132:
		a, b, x = v[0], v[2], v[1]
	case fma213:
		a, b, x = v[1], v[0], v[2]
	}
	sign := uint64(1) << (e.bits() - 1)
	if c.hostWill() {
		y, z := a, x
		if negProduct {
			y ^= sign
		}
		if negSum {
			z ^= sign
		}
		if r, ok := fmaFast(e, y, b, z); ok {
			return r
		}
	}
	p, q, r := c.take(e.format, a), c.take(e.format, b), c.take(e.format, x)
	if n, ok := e.nanOf3(p, q, r); ok {
		return e.pack(n)
	}
	p.neg, r.neg = p.neg != negProduct, r.neg != negSum
	return e.pack(e.mulAdd(p, q, r))
}

// fmaFast is a lane by the host's arithmetic; false if that would not give the
// flags too: for operands that are not plain numbers, and for results near the
// limits of the format. A result of 0 is exact if a or b is 0, not if the
// product is merely too small.
func fmaFast(e *floatEnv, a, b, x uint64) (uint64, bool) {
	if e.prec == 24 {
		if !plain32(a) || !plain32(b) || !plain32(x) {
			return 0, false
		}
		r := fma32(f32(a), f32(b), f32(x))
		return r, r>>23&0xff-2 < 0xfd || r<<33 == 0 && (a<<33 == 0 || b<<33 == 0)
	}
	if !plain64(a) || !plain64(b) || !plain64(x) {
		return 0, false
	}
	r := b64(math.FMA(f64(a), f64(b), f64(x)))
	return r, r>>52&0x7ff-2 < 0x7fd || r<<1 == 0 && (a<<1 == 0 || b<<1 == 0)
}

// fma32 is a sum of singles rounded once. In doubles the product is exact; the
// sum is rounded to an odd last bit where it is not, so that to round it once
// more comes to the same (53 bits are more than twice 24, and 2).
func fma32(a, b, x float32) uint64 {
	p, y := float64(a)*float64(b), float64(x)
	s := p + y
	t := s - p
	lost := (p - (s - t)) + (y - t) // exactly what the sum is short of
	v := b64(s)
	if lost != 0 && v&1 == 0 {
		if (lost > 0) == (s > 0) {
			v++
		} else {
			v--
		}
	}
	return b32(float32(f64(v)))
}

// nanOf3 is nanOf for a*b + x: if several are NaNs, a's or b's is the result.
func (e *floatEnv) nanOf3(a, b, x num) (num, bool) {
	if x.signaling() {
		e.flags |= excI
	}
	if r, ok := e.nanOf(a, b); ok {
		return r, true
	}
	return e.nanOf(x, x)
}

// fma is a row's function; the destination is the first operand.
func fma(order fmaOrder, signs fmaSigns, f format) func(*CPU, *inst) {
	n := uint(f.bits())
	return func(c *CPU, in *inst) {
		c.checkAVX()
		e := c.env(f)
		v := [3]vec256{c.loadY(in, &in.dst), c.loadY(in, &in.src), c.loadY(in, &in.third)}
		r := v[0]
		count := in.dst.bitsOf() / int(n)
		for i := range count {
			l := laneAt(i, int(n))
			s := signs[i&1]
			l.set(&r, c.fmaLane(e, order, s.product, s.sum, [3]uint64{l.of(&v[0], uint8(n)), l.of(&v[1], uint8(n)), l.of(&v[2], uint8(n))}), uint8(n))
		}
		c.settleSSE(e.flags)
		c.result256(in, r)
	}
}

// ---- F16C (SDM 1, 14.4)

var half = format{11, -14, 15}

func exVCVTPH2PS(c *CPU, in *inst) {
	c.checkAVX()
	v, e, r := c.loadX(in, &in.src), c.env(single), vec256{}
	for i := range in.dst.bitsOf() / 32 {
		x := half.unpack(v[i/4] >> (i % 4 * 16) & 0xffff) // a denormal is a number like any other
		laneAt(i, 32).set(&r, e.pack(e.roundTo(x)), 32)
	}
	c.settleSSE(e.flags)
	c.setY(in, r)
}

// exVCVTPS2PH rounds by its immediate, and does not flush to zero.
func exVCVTPS2PH(c *CPU, in *inst) {
	c.checkAVX()
	v, e, r := c.loadY(in, &in.src), c.env(half), vec{}
	e.ftz = false
	if in.imm&4 == 0 {
		e.mode = uint8(in.imm & 3)
	}
	for i := range in.src.bitsOf() / 32 {
		x := c.take(single, laneAt(i, 32).of(&v, 32))
		e.denormals(x, num{})
		r[i/4] |= e.pack(e.roundTo(x)) << (i % 4 * 16)
	}
	c.settleSSE(e.flags)
	c.storeX(in, &in.dst, r)
}
