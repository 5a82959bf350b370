package soft

import (
	"math"
	"math/bits"
)

// Floating point in integers: IEEE 754 as x87 and SSE have it, for any
// precision up to 64 bits, with exception flags and all rounding modes.

// Exception flags, as in MXCSR and the x87 status word.
const (
	excI   = 1 << iota // invalid operation
	excD               // denormal operand
	excZ               // division by zero
	excO               // overflow
	excU               // underflow
	excP               // precision
	excAll = 1<<iota - 1
)

// Rounding modes, as in MXCSR and the x87 control word.
const (
	roundNearest = iota
	roundDown
	roundUp
	roundZero
)

// numKind is what a number is.
type numKind uint8

const (
	isZero numKind = iota
	isFinite
	isInf
	isNaN
	isBad // an 80-bit encoding that is no number
)

// num is an unpacked number. A finite one is m/2^63 * 2^exp, and bit 63 of m
// is set except in the result of a rounding, where it may be a denormal. A
// NaN's m is its significand, with the quiet bit in bit 62.
type num struct {
	m        uint64
	exp      int
	kind     numKind
	neg      bool
	denormal bool // it was one when it was unpacked
}

const nanQuiet = 1 << 62

func (x num) signaling() bool { return x.kind == isNaN && x.m&nanQuiet == 0 }

// indefinite is the default NaN.
var indefinite = num{kind: isNaN, neg: true, m: 3 << 62}

// format is a floating-point format: its precision, and the exponents of the
// least and greatest normal numbers.
type format struct {
	prec, emin, emax int
}

var (
	single   = format{24, -126, 127}
	double   = format{53, -1022, 1023}
	extended = format{64, -16382, 16383}
)

// floatEnv is how to round, and what came of it.
type floatEnv struct {
	format
	mode     uint8
	unmasked uint8 // exceptions that are
	ftz      bool
	wrap     int // what the exponent changes by after an unmasked overflow or underflow

	flags uint8
	up    bool // the last rounding was away from zero
}

// signBit is 1 if neg.
func signBit(neg bool) uint64 {
	if neg {
		return 1
	}
	return 0
}

// ---- packing

func (f format) unpack(v uint64) num {
	mant := uint(f.prec - 1)
	x := num{neg: v>>(f.bits()-1)&1 != 0}
	frac := v & (1<<mant - 1)
	biased := int(v>>mant) & (2*f.emax + 1)
	x.m = frac << (63 - mant)
	switch {
	case biased == 0 && frac == 0:
	case biased == 0:
		x.kind, x.denormal = isFinite, true
		x.normalize(f.emin)
	case biased != 2*f.emax+1:
		x.kind, x.exp, x.m = isFinite, biased-f.emax, x.m|1<<63
	case frac == 0:
		x.kind = isInf
	default:
		x.kind, x.m = isNaN, x.m|1<<63
	}
	return x
}

// normalize sets exp, for an m that may be denormal.
func (x *num) normalize(exp int) {
	n := bits.LeadingZeros64(x.m)
	x.m, x.exp = x.m<<n, exp-n
}

func (f format) pack(x num) uint64 {
	mant := uint(f.prec - 1)
	v := signBit(x.neg) << (f.bits() - 1)
	frac := x.m >> (63 - mant) & (1<<mant - 1)
	switch x.kind {
	case isInf:
		v |= uint64(2*f.emax+1) << mant
	case isNaN:
		v |= uint64(2*f.emax+1)<<mant | frac
	case isFinite:
		v |= frac
		if x.m>>63 != 0 {
			v |= uint64(x.exp+f.emax) << mant
		}
	}
	return v
}

// f80 is an 80-bit register: sign and exponent, and significand.
type f80 struct {
	m  uint64
	se uint16
}

const bias80 = 16383

func (v f80) unpack() num {
	x := num{neg: v.se>>15 != 0, m: v.m}
	e := int(v.se & 0x7fff)
	switch {
	case e == 0 && v.m == 0:
	case e == 0:
		x.kind, x.denormal = isFinite, true
		x.normalize(1 - bias80)
	case v.m>>63 == 0:
		x.kind = isBad
	case e != 0x7fff:
		x.kind, x.exp = isFinite, e-bias80
	case v.m<<1 == 0:
		x.kind = isInf
	default:
		x.kind = isNaN
	}
	return x
}

func pack80(x num) f80 {
	v := f80{se: uint16(signBit(x.neg)) << 15}
	switch x.kind {
	case isInf:
		v.se |= 0x7fff
		v.m = 1 << 63
	case isNaN:
		v.se |= 0x7fff
		v.m = x.m
	case isFinite:
		v.m = x.m
		if x.m>>63 != 0 {
			v.se |= uint16(x.exp + bias80)
		}
	}
	return v
}

// ---- rounding

// away reports whether a magnitude is rounded away from zero: odd is the last
// bit kept, half and sticky what is cut off.
func away(mode uint8, neg, odd, half, sticky bool) bool {
	switch mode {
	case roundNearest:
		return half && (sticky || odd)
	case roundDown:
		return neg && (half || sticky)
	case roundUp:
		return !neg && (half || sticky)
	}
	return false
}

// cut rounds hi:lo to the upper prec bits of hi.
func cut(mode uint8, neg bool, hi, lo uint64, prec int) (m uint64, carry, inexact, up bool) {
	half, sticky := lo>>63 != 0, lo<<1 != 0
	unit := uint64(1)
	if prec < 64 {
		n := uint(64 - prec)
		sticky = lo != 0 || hi<<(64-n+1) != 0
		half = hi>>(n-1)&1 != 0
		hi &^= 1<<n - 1
		unit = 1 << n
	}
	inexact = half || sticky
	up = away(mode, neg, hi&unit != 0, half, sticky)
	if up {
		var c uint64
		hi, c = bits.Add64(hi, unit, 0)
		if c != 0 {
			return 1 << 63, true, inexact, true
		}
	}
	return hi, false, inexact, up
}

// shiftRight is hi:lo shifted right, with what is lost in the last bit.
func shiftRight(hi, lo uint64, n uint) (uint64, uint64) {
	switch {
	case n == 0:
		return hi, lo
	case n < 64:
		lost := lo << (64 - n)
		return hi >> n, hi<<(64-n) | lo>>n | sticky(lost)
	case n < 128:
		n -= 64
		lost := lo
		if n > 0 {
			lost |= hi << (64 - n)
		}
		return 0, hi>>n | sticky(lost)
	}
	return 0, sticky(hi | lo)
}

func sticky(v uint64) uint64 {
	if v != 0 {
		return 1
	}
	return 0
}

// round makes a number of the format of (hi:lo)/2^127 * 2^exp. Bit 63 of hi is
// set; the last bit of lo stands for all that is behind it.
func (e *floatEnv) round(neg bool, exp int, hi, lo uint64) num {
	m, carry, inexact, up := cut(e.mode, neg, hi, lo, e.prec)
	to := exp
	if carry {
		to++
	}
	e.up = up
	switch {
	case to > e.emax:
		return e.overflow(neg, to, m, inexact)
	case to < e.emin:
		e.up = false
		if e.unmasked&excU != 0 {
			e.flags |= excU
			e.up = up
			if inexact {
				e.flags |= excP
			}
			return num{kind: isFinite, neg: neg, exp: to + e.wrap, m: m}
		}
		if e.ftz {
			e.flags |= excU | excP
			return num{neg: neg}
		}
		hi, lo = shiftRight(hi, lo, uint(e.emin-exp))
		m, _, inexact, up = cut(e.mode, neg, hi, lo, e.prec)
		e.up = up
		if inexact {
			e.flags |= excU | excP
		}
		if m == 0 {
			return num{neg: neg}
		}
		return num{kind: isFinite, neg: neg, exp: e.emin, m: m}
	}
	if inexact {
		e.flags |= excP
	}
	return num{kind: isFinite, neg: neg, exp: to, m: m}
}

func (e *floatEnv) overflow(neg bool, exp int, m uint64, inexact bool) num {
	e.flags |= excO
	if e.unmasked&excO != 0 {
		if inexact {
			e.flags |= excP
		}
		return num{kind: isFinite, neg: neg, exp: exp - e.wrap, m: m}
	}
	e.flags |= excP
	if away(e.mode, neg, true, true, true) {
		e.up = true
		return num{kind: isInf, neg: neg}
	}
	e.up = false
	return num{kind: isFinite, neg: neg, exp: e.emax, m: ^uint64(0) << (64 - e.prec)}
}

// ---- arithmetic, on operands that are no NaNs

func (e *floatEnv) invalid() num {
	e.flags |= excI
	return indefinite
}

// denormals sets the flag for the operands of an operation.
func (e *floatEnv) denormals(a, b num) {
	if a.denormal || b.denormal {
		e.flags |= excD
	}
}

func (e *floatEnv) add(a, b num) num {
	switch {
	case a.kind == isInf && b.kind == isInf && a.neg != b.neg:
		return e.invalid()
	case a.kind == isInf:
		e.denormals(a, b)
		return a
	case b.kind == isInf:
		e.denormals(a, b)
		return b
	}
	e.denormals(a, b)
	if a.kind == isZero && b.kind == isZero {
		if a.neg != b.neg {
			a.neg = e.mode == roundDown
		}
		return a
	}
	if a.kind == isZero {
		return e.round(b.neg, b.exp, b.m, 0)
	}
	if b.kind == isZero {
		return e.round(a.neg, a.exp, a.m, 0)
	}
	if a.exp < b.exp || a.exp == b.exp && a.m < b.m {
		a, b = b, a
	}
	hi, lo := shiftRight(b.m, 0, uint(a.exp-b.exp))
	exp := a.exp
	if a.neg == b.neg {
		var c uint64
		hi, c = bits.Add64(a.m, hi, 0)
		if c != 0 {
			hi, lo = shiftRight(hi, lo, 1)
			hi |= 1 << 63
			exp++
		}
		return e.round(a.neg, exp, hi, lo)
	}
	var c uint64
	lo, c = bits.Sub64(0, lo, 0)
	hi, _ = bits.Sub64(a.m, hi, c)
	if hi|lo == 0 {
		return num{neg: e.mode == roundDown}
	}
	if hi == 0 {
		hi, lo, exp = lo, 0, exp-64
	}
	n := uint(bits.LeadingZeros64(hi))
	if n > 0 {
		hi, lo = hi<<n|lo>>(64-n), lo<<n
	}
	return e.round(a.neg, exp-int(n), hi, lo)
}

func (e *floatEnv) sub(a, b num) num {
	b.neg = !b.neg
	return e.add(a, b)
}

func (e *floatEnv) mul(a, b num) num {
	neg := a.neg != b.neg
	if a.kind == isInf && b.kind == isZero || a.kind == isZero && b.kind == isInf {
		return e.invalid()
	}
	e.denormals(a, b)
	switch {
	case a.kind == isInf || b.kind == isInf:
		return num{kind: isInf, neg: neg}
	case a.kind == isZero || b.kind == isZero:
		return num{neg: neg}
	}
	hi, lo := bits.Mul64(a.m, b.m)
	exp := a.exp + b.exp + 1
	if hi>>63 == 0 {
		hi, lo, exp = hi<<1|lo>>63, lo<<1, exp-1
	}
	return e.round(neg, exp, hi, lo)
}

func (e *floatEnv) div(a, b num) num {
	neg := a.neg != b.neg
	switch {
	case a.kind == isInf && b.kind == isInf, a.kind == isZero && b.kind == isZero:
		return e.invalid()
	case b.kind == isZero && a.kind == isFinite:
		e.flags |= excZ
		return num{kind: isInf, neg: neg}
	}
	e.denormals(a, b)
	switch {
	case a.kind == isInf:
		return num{kind: isInf, neg: neg}
	case b.kind == isInf || a.kind == isZero:
		return num{neg: neg}
	}
	exp := a.exp - b.exp
	hi, lo := a.m>>1, a.m<<63
	if a.m < b.m {
		hi, lo, exp = a.m, 0, exp-1
	}
	q, r := bits.Div64(hi, lo, b.m)
	q2, r := bits.Div64(r, 0, b.m)
	return e.round(neg, exp, q, q2|sticky(r))
}

func (e *floatEnv) sqrt(a num) num {
	switch {
	case a.kind == isZero:
		return a
	case a.neg:
		return e.invalid()
	case a.kind == isInf:
		return a
	}
	e.denormals(a, num{})
	hi, lo := a.m>>1, a.m<<63
	if a.exp&1 != 0 {
		hi, lo = a.m, 0
	}
	r := sqrt128(hi, lo)
	rh, rl := bits.Mul64(r, r)
	var c uint64
	rl, c = bits.Sub64(lo, rl, 0)
	rh, _ = bits.Sub64(hi, rh, c)
	rest := sticky(rh | rl)
	if rh != 0 || rl > r {
		rest |= 1 << 63
	}
	return e.round(false, a.exp>>1, r, rest)
}

// sqrt128 is the square root of hi:lo, rounded down; one of the two top bits
// is set.
func sqrt128(hi, lo uint64) uint64 {
	f := math.Sqrt(float64(hi)) * (1 << 32)
	r := ^uint64(0)
	if f < 1<<64 {
		r = uint64(f)
	}
	for range 2 {
		if hi >= r {
			break // the quotient would be 2^64 or more: r is as good as all ones
		}
		q, _ := bits.Div64(hi, lo, r)
		s, c := bits.Add64(r, q, 0)
		r = s>>1 | c<<63
	}
	for {
		h, l := bits.Mul64(r, r)
		if h < hi || h == hi && l <= lo {
			break
		}
		r--
	}
	for r != ^uint64(0) {
		h, l := bits.Mul64(r+1, r+1)
		if h > hi || h == hi && l > lo {
			break
		}
		r++
	}
	return r
}

// compareNum is -1, 0 or 1.
func compareNum(a, b num) int {
	less := -1
	switch {
	case a.kind == isZero && b.kind == isZero:
		return 0
	case a.kind == isZero:
		if b.neg {
			return 1
		}
		return -1
	case b.kind == isZero:
		if a.neg {
			return -1
		}
		return 1
	case a.neg != b.neg:
		if a.neg {
			return -1
		}
		return 1
	case a.neg:
		less = 1
	}
	switch {
	case a.kind == isInf && b.kind == isInf:
		return 0
	case a.kind == isInf:
		return -less
	case b.kind == isInf:
		return less
	case a.exp < b.exp || a.exp == b.exp && a.m < b.m:
		return less
	case a.exp == b.exp && a.m == b.m:
		return 0
	}
	return -less
}

// ---- conversions

// fromInt is an integer, exactly.
func fromInt(v int64) num {
	if v == 0 {
		return num{}
	}
	x := num{kind: isFinite, neg: v < 0, m: uint64(v)}
	if v < 0 {
		x.m = -x.m
	}
	x.normalize(63)
	return x
}

// roundTo brings a number into the format; a NaN becomes quiet.
func (e *floatEnv) roundTo(x num) num {
	switch x.kind {
	case isFinite:
		return e.round(x.neg, x.exp, x.m, 0)
	case isBad:
		return e.invalid()
	case isNaN:
		if x.signaling() {
			e.flags |= excI
		}
		x.m |= nanQuiet
	}
	return x
}

// toInt is a signed integer of n bits, or the indefinite one.
func (e *floatEnv) toInt(x num, n uint) uint64 {
	indef := uint64(1) << (n - 1)
	e.up = false
	switch {
	case x.kind == isZero:
		return 0
	case x.kind != isFinite || x.exp >= 64:
		e.flags |= excI
		return indef
	}
	m, inexact, up := e.integer(x)
	limit := indef - 1
	if x.neg {
		limit++
	}
	if m > limit {
		e.flags |= excI
		return indef
	}
	if inexact {
		e.flags |= excP
		e.up = up
	}
	if x.neg {
		m = -m
	}
	return m & (indef<<1 - 1)
}

// integer rounds a magnitude below 2^64 to an integer.
func (e *floatEnv) integer(x num) (m uint64, inexact, up bool) {
	hi, lo := x.m, uint64(0)
	if x.exp < 63 {
		hi, lo = shiftRight(hi, lo, uint(63-x.exp))
	}
	m, _, inexact, up = cut(e.mode, x.neg, hi, lo, 64)
	return m, inexact, up
}

// toIntegral rounds to an integer that stays a number.
func (e *floatEnv) toIntegral(x num) num {
	e.up = false
	if x.kind != isFinite || x.exp >= 63 {
		return x
	}
	m, inexact, up := e.integer(x)
	e.up = up
	if inexact {
		e.flags |= excP
	}
	if m == 0 {
		return num{neg: x.neg}
	}
	r := num{kind: isFinite, neg: x.neg, m: m}
	r.normalize(63)
	return r
}

// bits is the width of half, single and double.
func (f format) bits() uint {
	switch f.prec {
	case 11:
		return 16
	case 24:
		return 32
	}
	return 64
}
