package soft

import "math"

// RCPPS and RSQRTPS: approximations, of 12 bits here. The architecture only
// bounds their error (SDM 1, 10.4.1): each processor has tables of its own. They
// ignore MXCSR, and take denormals for zero.

// approximate is a result for a NaN, a zero, an infinity or a denormal.
func approximate(v uint64) (r uint64, ok bool) {
	sign := v & 0x80000000
	switch exp := v >> 23 & 0xff; {
	case exp == 0:
		return sign | 0x7f800000, true
	case exp == 0xff && v<<41 != 0:
		return v | 1<<22, true
	case exp == 0xff:
		return sign, true
	}
	return 0, false
}

// rcp is the reciprocal of the middle of those numbers that share the upper 12
// bits of the fraction.
func rcp(_ *CPU, _ *floatEnv, _, v uint64) uint64 {
	if r, ok := approximate(v); ok {
		return r
	}
	mid := v>>11&0xfff<<1 | 1<<13 | 1 // of 2^13
	r := (1<<27/mid + 1) / 2          // of 2^13
	exp := 253 - int(v>>23&0xff)
	if exp <= 0 {
		return v & 0x80000000
	}
	return v&0x80000000 | uint64(exp)<<23 | r&0xfff<<11
}

// rsqrt is the reciprocal of the square root.
func rsqrt(_ *CPU, _ *floatEnv, _, v uint64) uint64 {
	r, ok := approximate(v)
	switch {
	case v == 0xff800000, v>>31&1 != 0 && !ok:
		return 0xffc00000
	case ok:
		return r
	}
	mid := v>>11&0xfff<<1 | 1<<13 | 1
	exp := int(v>>23&0xff) - 127
	mid <<= exp & 1
	r = min(uint64(math.Sqrt(float64(1<<39)/float64(mid))+0.5), 1<<13-1)
	return uint64(126-exp>>1)<<23 | r&0xfff<<11
}

var approxTable = []row{
	{"NP.0F53", "RCPPS", "Vdq,Wdq", packedF(single, rcp), 0, nil}, {"F3.0F53", "RCPSS", "Vd,Wd", scalarF(single, rcp), 0, nil},
	{"NP.0F52", "RSQRTPS", "Vdq,Wdq", packedF(single, rsqrt), 0, nil}, {"F3.0F52", "RSQRTSS", "Vd,Wd", scalarF(single, rsqrt), 0, nil},
}
