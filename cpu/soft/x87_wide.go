package soft

import "math/bits"

// wide is a number of 128 bits, for what the transcendental functions do
// inside: (hi:lo)/2^127 * 2^exp, and zero if hi is. Its operations are right
// to a few units of the last place.
type wide struct {
	hi, lo uint64
	exp    int
	neg    bool
}

func wideOf(x num) wide {
	if x.kind == isZero {
		return wide{neg: x.neg}
	}
	return wide{x.m, 0, x.exp, x.neg}
}

// wideInt is a small integer.
func wideInt(v uint64) wide { return wide{v, 0, 63, false}.normal() }

func (a wide) zero() bool { return a.hi == 0 }

func (a wide) negated() wide {
	a.neg = !a.neg
	return a
}

// times2 multiplies by 2^n.
func (a wide) times2(n int) wide {
	a.exp += n
	return a
}

func (a wide) normal() wide {
	if a.hi == 0 {
		if a.lo == 0 {
			return wide{}
		}
		a.hi, a.lo, a.exp = a.lo, 0, a.exp-64
	}
	if n := uint(bits.LeadingZeros64(a.hi)); n > 0 {
		a.hi, a.lo, a.exp = a.hi<<n|a.lo>>(64-n), a.lo<<n, a.exp-int(n)
	}
	return a
}

func (a wide) plus(b wide) wide {
	switch {
	case a.zero():
		return b
	case b.zero():
		return a
	}
	if a.exp < b.exp || a.exp == b.exp && (a.hi < b.hi || a.hi == b.hi && a.lo < b.lo) {
		a, b = b, a
	}
	n := uint(a.exp - b.exp)
	switch {
	case n >= 128:
		return a
	case n >= 64:
		b.hi, b.lo = 0, b.hi>>(n-64)
	case n > 0:
		b.hi, b.lo = b.hi>>n, b.hi<<(64-n)|b.lo>>n
	}
	var c uint64
	if a.neg == b.neg {
		a.lo, c = bits.Add64(a.lo, b.lo, 0)
		a.hi, c = bits.Add64(a.hi, b.hi, c)
		if c != 0 {
			a.lo, a.hi, a.exp = a.lo>>1|a.hi<<63, a.hi>>1|1<<63, a.exp+1
		}
		return a
	}
	a.lo, c = bits.Sub64(a.lo, b.lo, 0)
	a.hi, _ = bits.Sub64(a.hi, b.hi, c)
	return a.normal()
}

func (a wide) minus(b wide) wide { return a.plus(b.negated()) }

func (a wide) times(b wide) wide {
	if a.zero() || b.zero() {
		return wide{}
	}
	h, l := bits.Mul64(a.hi, b.hi)
	m1, _ := bits.Mul64(a.hi, b.lo)
	m2, _ := bits.Mul64(a.lo, b.hi)
	var c uint64
	l, c = bits.Add64(l, m1, 0)
	h += c
	l, c = bits.Add64(l, m2, 0)
	h += c
	r := wide{h, l, a.exp + b.exp + 1, a.neg != b.neg}
	return r.normal()
}

// over divides, by way of the reciprocal.
func (a wide) over(b wide) wide {
	if a.zero() {
		return wide{}
	}
	q := ^uint64(0) // of 2^127 / b
	if b.hi > 1<<63 {
		q, _ = bits.Div64(1<<63, 0, b.hi)
	}
	r := wide{q, 0, -b.exp - 1, b.neg}
	for range 2 {
		r = r.times(wideInt(2).minus(b.times(r)))
	}
	return a.times(r)
}

func (a wide) sqrt() wide {
	if a.zero() {
		return a
	}
	hi, lo := a.hi>>1, a.hi<<63|a.lo>>1
	if a.exp&1 != 0 {
		hi, lo = a.hi, a.lo
	}
	s := wide{sqrt128(hi, lo), 0, a.exp >> 1, false}
	return s.plus(a.over(s)).times2(-1)
}

// less compares magnitudes.
func (a wide) less(b wide) bool {
	if a.zero() || b.zero() {
		return !b.zero()
	}
	return a.exp < b.exp || a.exp == b.exp && (a.hi < b.hi || a.hi == b.hi && a.lo < b.lo)
}

// below is the next number towards zero.
func (a wide) below() wide {
	var c uint64
	a.lo, c = bits.Sub64(a.lo, 1, 0)
	a.hi, _ = bits.Sub64(a.hi, 0, c)
	return a.normal()
}

// roundWide rounds what is never exact.
func (e *floatEnv) roundWide(a wide) num {
	if a.zero() {
		return num{neg: a.neg}
	}
	return e.round(a.neg, a.exp, a.hi, a.lo|1)
}

var (
	wideOne   = wideInt(1)
	wideLog2e = wide{0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89, 0, false}
	wideLn2   = wide{0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af, -1, false}
	widePi    = wide{0xc90fdaa22168c234, 0xc4c6628b80dc1cd1, 1, false}
)

// tiny: below this the next term of the series is behind the 128 bits.
const tinyExp = -64

// sinWide and cosWide are for at most pi/4.
func sinWide(x wide) wide {
	if x.exp < tinyExp {
		return x.below()
	}
	x2 := x.times(x).negated()
	sum, term := x, x
	for n := uint64(2); term.exp > sum.exp-130; n += 2 {
		term = term.times(x2).over(wideInt(n * (n + 1)))
		sum = sum.plus(term)
	}
	return sum
}

func cosWide(x wide) wide {
	if x.exp < tinyExp {
		return wideOne.below()
	}
	x2 := x.times(x).negated()
	sum, term := wideOne, wideOne
	for n := uint64(1); term.exp > -130 && !term.zero(); n += 2 {
		term = term.times(x2).over(wideInt(n * (n + 1)))
		sum = sum.plus(term)
	}
	return sum
}

// expm1Wide is 2^x - 1.
func expm1Wide(x wide) wide {
	x = x.times(wideLn2)
	if x.zero() {
		return x
	}
	sum, term := x, x
	for n := uint64(2); term.exp > sum.exp-130; n++ {
		term = term.times(x).over(wideInt(n))
		sum = sum.plus(term)
	}
	return sum
}

// atanhWide is for small x; sign -1 makes it atan.
func series(x wide, sign bool) wide {
	if x.zero() {
		return x
	}
	if x.exp < tinyExp && sign {
		return x.below()
	}
	x2 := x.times(x)
	x2.neg = sign
	sum, power := x, x
	for n := uint64(3); power.exp > sum.exp-130; n += 2 {
		power = power.times(x2)
		sum = sum.plus(power.over(wideInt(n)))
	}
	return sum
}

// atanWide is for 0 to 1.
func atanWide(x wide) wide {
	n := 0
	for x.exp >= -4 { // halve the angle
		x = x.over(wideOne.plus(wideOne.plus(x.times(x)).sqrt()))
		n++
	}
	return series(x, true).times2(n)
}

// log2p1Wide is log2(1+x), for x near 0: 2 atanh(x/(2+x)) log2(e).
func log2p1Wide(x wide) wide {
	return series(x.over(wideInt(2).plus(x)), false).times2(1).times(wideLog2e)
}
