package soft

import "math/bits"

// The transcendental functions of the x87 FPU (SDM 1, 8.3.7): computed with
// twice the bits, and rounded. Processors differ from that, and from each
// other, in the last bit of some results (AMD's Zen 3: of one in a hundred),
// and in C1, which tells how the result was rounded.

// halfPi is the pi/2 that processors reduce angles by: of 66 bits, in units of
// 2^-65.
var halfPi = [2]uint64{3, 0xc90fdaa22168c234<<2&(1<<64-1) | 3}

// reduceAngle takes x to between -pi/4 and pi/4, and says by how many right
// angles, modulo 4.
func reduceAngle(x num) (r wide, quarter uint8) {
	if x.kind == isZero || x.exp < -1 {
		return wideOf(x), 0
	}
	// x in the units of halfPi: fewer than 2^129
	var n [3]uint64
	s := uint(x.exp + 2)
	n[2] = x.m << s
	n[1] = x.m >> (64 - s)
	if s >= 64 {
		n[2], n[1] = 0, x.m<<(s-64)
		if s > 64 {
			n[0] = x.m >> (128 - s)
		}
	}
	// division bit by bit
	var rem [2]uint64
	var q uint64
	for range 192 {
		top := n[0] >> 63
		n[0], n[1], n[2] = n[0]<<1|n[1]>>63, n[1]<<1|n[2]>>63, n[2]<<1
		rem[0], rem[1] = rem[0]<<1|rem[1]>>63, rem[1]<<1|top
		q <<= 1
		if d, ok := sub128(rem, halfPi); ok {
			rem = d
			q |= 1
		}
	}
	neg := x.neg
	if _, ok := sub128([2]uint64{rem[0]<<1 | rem[1]>>63, rem[1] << 1}, halfPi); ok {
		rem, _ = sub128(halfPi, rem)
		q++
		neg = !neg
	}
	if x.neg {
		q = -q
	}
	r = wide{rem[0], rem[1], 62, neg} // 2^-65 * 2^127
	if r.hi|r.lo == 0 {
		return wide{neg: neg}, uint8(q & 3)
	}
	return r.normal(), uint8(q & 3)
}

// sub128 is a-b, and whether it is not negative.
func sub128(a, b [2]uint64) ([2]uint64, bool) {
	lo, c := bits.Sub64(a[1], b[1], 0)
	hi, c := bits.Sub64(a[0], b[0], c)
	return [2]uint64{hi, lo}, c == 0
}

// sincos is sine and cosine of an angle.
func sincos(x num) (sin, cos wide) {
	r, quarter := reduceAngle(x)
	s, c := r, wideOne
	if !r.zero() {
		s, c = sinWide(r), cosWide(r)
	}
	switch quarter {
	case 1:
		return c, s.negated()
	case 2:
		return s.negated(), c.negated()
	case 3:
		return c.negated(), s
	}
	return s, c
}

// exFtrig makes the trigonometric functions: f gives what replaces ST(0), and
// what is pushed.
func exFtrig(push bool, f func(e *floatEnv, x num) (r, pushed num)) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		s := &c.fpu
		s.fsw &^= fswC2
		switch {
		case s.empty(0):
			if s.stackFault(false) {
				s.set(0, indefinite80)
				if push {
					s.push(indefinite80)
				}
			}
			return
		case push && !s.empty(7):
			if s.stackFault(true) {
				s.set(0, indefinite80)
				s.push(indefinite80)
			}
			return
		}
		e := s.full()
		x := s.st(0).unpack()
		if x.kind == isFinite && x.exp >= 63 {
			s.fsw = s.fsw&^fswC1 | fswC2
			return
		}
		r, ok := e.nan87(x, x)
		p := r
		switch {
		case ok:
		case x.kind == isInf:
			r = e.invalid()
			p = r
		default:
			e.denormals(x, num{})
			r, p = f(e, x)
		}
		if s.done(e) {
			s.set(0, pack80(r))
			if push {
				s.push(pack80(p))
			}
		}
	}
}

func opFSIN(e *floatEnv, x num) (num, num) {
	if x.kind == isZero {
		return x, x
	}
	s, _ := sincos(x)
	return e.roundWide(s), num{}
}

func opFCOS(e *floatEnv, x num) (num, num) {
	if x.kind == isZero {
		return fromInt(1), num{}
	}
	_, c := sincos(x)
	return e.roundWide(c), num{}
}

func opFSINCOS(e *floatEnv, x num) (num, num) {
	if x.kind == isZero {
		return x, fromInt(1)
	}
	s, c := sincos(x)
	cos := e.roundWide(c)
	return e.roundWide(s), cos // C1 is the sine's
}

func opFPTAN(e *floatEnv, x num) (num, num) {
	if x.kind == isZero {
		return x, fromInt(1)
	}
	s, c := sincos(x)
	return e.roundWide(s.over(c)), fromInt(1)
}

// opF2XM1 is 2^x - 1, for x between -1 and 1.
func opF2XM1(f *x87, e *floatEnv, x num) num {
	switch {
	case x.kind == isZero, x.kind == isInf && !x.neg:
		return x
	case x.kind == isInf:
		return num{kind: isFinite, neg: true, m: 1 << 63}
	}
	e.denormals(x, num{})
	switch {
	case x.exp == 0 && x.m == 1<<63: // exact, but processors do not say so
		e.flags |= excP
		if x.neg {
			x.exp = -1
		}
		return x
	case x.exp >= 0: // out of the range that is defined
		e.flags |= excP
		return x
	}
	return e.roundWide(expm1Wide(wideOf(x)))
}

// exFtwo makes an instruction that leaves f of ST(1) and ST(0) in ST(1), and
// pops.
func exFtwo(f func(e *floatEnv, y, x num) num) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		s := &c.fpu
		if s.empty(0) || s.empty(1) {
			s.underflow(1, true)
			return
		}
		e := s.full()
		y, x := s.st(1).unpack(), s.st(0).unpack()
		r, ok := e.nan87(y, x)
		if !ok {
			r = f(e, y, x)
		}
		if s.done(e) {
			s.set(1, pack80(r))
			s.pop()
		}
	}
}

func opFPATAN(e *floatEnv, y, x num) num {
	e.denormals(x, y)
	sign := func(w wide) num {
		w.neg = y.neg
		return e.roundWide(w)
	}
	switch {
	case y.kind == isInf && x.kind == isInf:
		if x.neg {
			return sign(widePi.times(wideInt(3)).times2(-2))
		}
		return sign(widePi.times2(-2))
	case y.kind == isInf, x.kind == isZero && y.kind != isZero:
		return sign(widePi.times2(-1))
	case x.kind == isInf, y.kind == isZero:
		if x.neg {
			return sign(widePi)
		}
		return num{neg: y.neg}
	}
	a, b := wideOf(y), wideOf(x)
	a.neg, b.neg = false, false
	var r wide
	if b.less(a) {
		r = widePi.times2(-1).minus(atanWide(b.over(a)))
		if x.neg {
			r = widePi.minus(r)
		}
	} else {
		r = atanWide(a.over(b))
		if x.neg {
			r = widePi.minus(r)
		}
	}
	return sign(r)
}

func opFYL2X(e *floatEnv, y, x num) num {
	one := x.kind == isFinite && x.exp == 0 && x.m == 1<<63 && !x.neg
	switch {
	case x.neg && x.kind != isZero,
		x.kind == isZero && y.kind == isZero,
		one && y.kind == isInf,
		x.kind == isInf && y.kind == isZero:
		return e.invalid()
	case x.kind == isZero && y.kind == isInf:
		return num{kind: isInf, neg: !y.neg}
	case x.kind == isZero:
		e.flags |= excZ
		return num{kind: isInf, neg: !y.neg}
	}
	e.denormals(x, y)
	switch {
	case x.kind == isInf:
		return num{kind: isInf, neg: y.neg}
	case y.kind == isInf:
		return num{kind: isInf, neg: y.neg != (x.exp < 0)}
	case one || y.kind == isZero:
		return num{neg: y.neg != (x.exp < 0)}
	case x.m == 1<<63:
		e.flags |= excP // they say so of exact results too
		return e.mul(y, fromInt(int64(x.exp)))
	}
	n, m := x.exp, x
	m.exp = 0
	if x.m > 0xb504f333f9de6484 {
		n++
		m.exp = -1
	}
	log := log2p1Wide(wideOf(m).minus(wideOne))
	k := wideInt(uint64(max(n, -n)))
	k.neg = n < 0
	return e.roundWide(log.plus(k).times(wideOf(y)))
}

func opFYL2XP1(e *floatEnv, y, x num) num {
	switch {
	case y.kind == isInf && x.kind == isZero, y.kind == isZero && x.kind == isInf, x.kind == isInf && x.neg:
		return e.invalid()
	}
	e.denormals(x, y)
	switch {
	case y.kind == isInf || x.kind == isInf:
		return num{kind: isInf, neg: y.neg != x.neg}
	case y.kind == isZero || x.kind == isZero:
		return num{neg: y.neg != x.neg}
	case x.neg && x.exp >= 0: // out of the range that is defined
		e.flags |= excP
		return x
	case x.exp >= -1 && (x.neg || x.exp >= 0): // out of the range that is defined
		one := num{kind: isFinite, m: 1 << 63}
		w := floatEnv{format: extended}
		return opFYL2X(e, y, w.add(x, one))
	}
	return e.roundWide(log2p1Wide(wideOf(x)).times(wideOf(y)))
}

var x87TransTable = []row{
	{"D9/F0", "F2XM1", "", fp(exFunary(opF2XM1, true)), 0, nil},
	{"D9/F1", "FYL2X", "", fp(exFtwo(opFYL2X)), 0, nil},
	{"D9/F2", "FPTAN", "", fp(exFtrig(true, opFPTAN)), 0, nil},
	{"D9/F3", "FPATAN", "", fp(exFtwo(opFPATAN)), 0, nil},
	{"D9/F9", "FYL2XP1", "", fp(exFtwo(opFYL2XP1)), 0, nil},
	{"D9/FB", "FSINCOS", "", fp(exFtrig(true, opFSINCOS)), 0, nil},
	{"D9/FE", "FSIN", "", fp(exFtrig(false, opFSIN)), 0, nil},
	{"D9/FF", "FCOS", "", fp(exFtrig(false, opFCOS)), 0, nil},
}
