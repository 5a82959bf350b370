package soft

import (
	"math"

	"sysindvm/cpu"
)

// Floating point. Rounding is to the nearest; the exception flags of MXCSR
// are not set, and no exception is unmasked.

type float interface{ float32 | float64 }

func f32(v uint64) float32 { return math.Float32frombits(uint32(v)) }
func f64(v uint64) float64 { return math.Float64frombits(v) }
func b32(f float32) uint64 { return uint64(math.Float32bits(f)) }
func b64(f float64) uint64 { return math.Float64bits(f) }

func addF[T float](a, b T) T { return a + b }
func subF[T float](a, b T) T { return a - b }
func mulF[T float](a, b T) T { return a * b }
func divF[T float](a, b T) T { return a / b }

// Operations are on bits, so that NaNs come out as the processor has them
// (SDM 1, 4.8.3.5): the first operand that is one, made quiet; or else, for
// what has no value, the default NaN.
type bitOp = func(a, b uint64) uint64

const (
	quiet32, default32 = 1 << 22, 0xffc00000
	quiet64, default64 = 1 << 51, 0xfff8000000000000
)

func arith32(op func(a, b float32) float32) bitOp {
	return func(a, b uint64) uint64 {
		x, y := f32(a), f32(b)
		switch {
		case x != x:
			return a&0xffffffff | quiet32
		case y != y:
			return b&0xffffffff | quiet32
		}
		if r := op(x, y); r == r {
			return b32(r)
		}
		return default32
	}
}

func arith64(op func(a, b float64) float64) bitOp {
	return func(a, b uint64) uint64 {
		x, y := f64(a), f64(b)
		switch {
		case x != x:
			return a | quiet64
		case y != y:
			return b | quiet64
		}
		if r := op(x, y); r == r {
			return b64(r)
		}
		return default64
	}
}

// second makes an operation on the second operand of one on both.
func second(op bitOp) bitOp { return func(_, b uint64) uint64 { return op(b, b) } }

func sqrt32(_, b float32) float32 { return float32(math.Sqrt(float64(b))) }
func sqrt64(_, b float64) float64 { return math.Sqrt(b) }

// MIN and MAX give the second operand, as it is, where they cannot tell
// (SDM 2B, MINSD).
func pick(first bool, a, b uint64) uint64 {
	if first {
		return a
	}
	return b
}

func min32(a, b uint64) uint64 { return pick(f32(a) < f32(b), a, b) }
func max32(a, b uint64) uint64 { return pick(f32(a) > f32(b), a, b) }
func min64(a, b uint64) uint64 { return pick(f64(a) < f64(b), a, b) }
func max64(a, b uint64) uint64 { return pick(f64(a) > f64(b), a, b) }

// scalar is a row's function for an operation on the low n bits.
func scalar(n uint8, op bitOp) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE()
		a := &c.xmm[in.dst.reg]
		*a = insertLow(*a, op(a[0]&mask(n), c.loadX(in, &in.src)[0]&mask(n)), n)
	}
}

// shapes is the four rows of an operation: packed and scalar, single and
// double.
func shapes(op, name string, s, d bitOp) []row {
	return []row{
		{"NP.0F" + op, name + "PS", "Vdq,Wdq", packed(32, s), 0, nil}, {"66.0F" + op, name + "PD", "Vdq,Wdq", packed(64, d), 0, nil},
		{"F3.0F" + op, name + "SS", "Vd,Wd", scalar(32, s), 0, nil}, {"F2.0F" + op, name + "SD", "Vq,Wq", scalar(64, d), 0, nil},
	}
}

// compare is the predicate of CMPxx, 0 to 7 (SDM 2A, CMPPD).
func compare[T float](a, b T, p uint64) bool {
	unordered := a != a || b != b
	var r bool
	switch p & 3 {
	case 0:
		r = a == b
	case 1:
		r = a < b
	case 2:
		r = a <= b
	case 3:
		r = unordered
	}
	return r != (p&4 != 0)
}

func allOnes(b bool) uint64 {
	if b {
		return ^uint64(0)
	}
	return 0
}

func exCMPPS(c *CPU, in *inst) {
	packed(32, func(a, b uint64) uint64 { return allOnes(compare(f32(a), f32(b), in.imm)) })(c, in)
}

func exCMPPD(c *CPU, in *inst) {
	packed(64, func(a, b uint64) uint64 { return allOnes(compare(f64(a), f64(b), in.imm)) })(c, in)
}

func exCMPSS(c *CPU, in *inst) {
	c.checkSSE()
	a := &c.xmm[in.dst.reg]
	*a = insertLow(*a, allOnes(compare(f32(a[0]), f32(c.loadX(in, &in.src)[0]), in.imm)), 32)
}

func exCMPSDX(c *CPU, in *inst) {
	c.checkSSE()
	a := &c.xmm[in.dst.reg]
	a[0] = allOnes(compare(f64(a[0]), f64(c.loadX(in, &in.src)[0]), in.imm))
}

// order leaves the flags of COMIS and UCOMIS.
func order[T float](c *CPU, a, b T) {
	var f uint64
	switch {
	case a != a || b != b:
		f = cpu.FlagZF | cpu.FlagPF | cpu.FlagCF
	case a < b:
		f = cpu.FlagCF
	case a == b:
		f = cpu.FlagZF
	}
	c.lazy = false
	c.eflags = c.eflags&^arithFlags | f
}

func exCOMISS(c *CPU, in *inst) {
	c.checkSSE()
	order(c, f32(c.xmm[in.dst.reg][0]), f32(c.loadX(in, &in.src)[0]))
}

func exCOMISD(c *CPU, in *inst) {
	c.checkSSE()
	order(c, f64(c.xmm[in.dst.reg][0]), f64(c.loadX(in, &in.src)[0]))
}

func exSHUFPS(c *CPU, in *inst) {
	c.checkSSE()
	a, b := split(c.xmm[in.dst.reg]), split(c.loadA(in, &in.src))
	i := in.imm
	c.xmm[in.dst.reg] = vec4{a[i&3], a[i>>2&3], b[i>>4&3], b[i>>6&3]}.join()
}

func exSHUFPD(c *CPU, in *inst) {
	c.checkSSE()
	a, b := c.xmm[in.dst.reg], c.loadA(in, &in.src)
	c.xmm[in.dst.reg] = vec{a[in.imm&1], b[in.imm>>1&1]}
}

func exMOVMSKPS(c *CPU, in *inst) {
	c.checkSSE()
	m := uint64(0)
	for i, v := range split(c.xmm[in.src.reg]) {
		m |= uint64(v>>31) << i
	}
	c.store(in, &in.dst, m)
}

func exMOVMSKPD(c *CPU, in *inst) {
	c.checkSSE()
	v := c.xmm[in.src.reg]
	c.store(in, &in.dst, v[0]>>63|v[1]>>63<<1)
}

// ---- conversions

// toInt is a number as a signed integer of n bits, or the indefinite integer.
func toInt(f float64, n uint8) uint64 {
	limit := math.Ldexp(1, int(n)-1)
	if f != f || f >= limit || f < -limit {
		return 1 << (n - 1)
	}
	return uint64(int64(f))
}

func round(f float64) float64 { return math.RoundToEven(f) }

func exCVTSI2SS(c *CPU, in *inst) {
	c.checkSSE()
	v := int64(sext(c.load(in, &in.src), in.src.n))
	a := &c.xmm[in.dst.reg]
	*a = insertLow(*a, b32(float32(v)), 32)
}

func exCVTSI2SD(c *CPU, in *inst) {
	c.checkSSE()
	c.xmm[in.dst.reg][0] = b64(float64(int64(sext(c.load(in, &in.src), in.src.n))))
}

// toGeneral converts a scalar to a general register.
func toGeneral(single, truncate bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE()
		v := c.loadX(in, &in.src)[0]
		f := f64(v)
		if single {
			f = float64(f32(v))
		}
		if !truncate {
			f = round(f)
		}
		c.store(in, &in.dst, toInt(f, in.dst.n))
	}
}

func exCVTSS2SD(c *CPU, in *inst) {
	c.checkSSE()
	c.xmm[in.dst.reg][0] = b64(float64(f32(c.loadX(in, &in.src)[0])))
}

func exCVTSD2SS(c *CPU, in *inst) {
	c.checkSSE()
	a := &c.xmm[in.dst.reg]
	*a = insertLow(*a, b32(float32(f64(c.loadX(in, &in.src)[0]))), 32)
}

// convert4 converts four 32-bit lanes.
func convert4(op func(v uint32) uint32) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE()
		v := split(c.loadA(in, &in.src))
		for i := range v {
			v[i] = op(v[i])
		}
		c.xmm[in.dst.reg] = v.join()
	}
}

// widen makes two 64-bit lanes of two of 32, narrow the other way round.
func widen(op func(v uint32) uint64) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE()
		v := c.loadX(in, &in.src)[0]
		c.xmm[in.dst.reg] = vec{op(uint32(v)), op(uint32(v >> 32))}
	}
}

func narrow(op func(v uint64) uint32) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE()
		v := c.loadA(in, &in.src)
		c.xmm[in.dst.reg] = vec{uint64(op(v[0])) | uint64(op(v[1]))<<32}
	}
}

var sseFloatTable = concat(
	shapes("51", "SQRT", second(arith32(sqrt32)), second(arith64(sqrt64))),
	shapes("58", "ADD", arith32(addF[float32]), arith64(addF[float64])),
	shapes("59", "MUL", arith32(mulF[float32]), arith64(mulF[float64])),
	shapes("5C", "SUB", arith32(subF[float32]), arith64(subF[float64])),
	shapes("5D", "MIN", min32, min64),
	shapes("5E", "DIV", arith32(divF[float32]), arith64(divF[float64])),
	shapes("5F", "MAX", max32, max64),
	[]row{
		{"NP.0F14", "UNPCKLPS", "Vdq,Wdq", unpack(32, 0), 0, nil}, {"66.0F14", "UNPCKLPD", "Vdq,Wdq", unpack(64, 0), 0, nil},
		{"NP.0F15", "UNPCKHPS", "Vdq,Wdq", unpack(32, 1), 0, nil}, {"66.0F15", "UNPCKHPD", "Vdq,Wdq", unpack(64, 1), 0, nil},
		{"NP.0F2E", "UCOMISS", "Vd,Wd", exCOMISS, 0, nil}, {"66.0F2E", "UCOMISD", "Vq,Wq", exCOMISD, 0, nil},
		{"NP.0F2F", "COMISS", "Vd,Wd", exCOMISS, 0, nil}, {"66.0F2F", "COMISD", "Vq,Wq", exCOMISD, 0, nil},
		{"NP.0F50", "MOVMSKPS", "Gd,Udq", exMOVMSKPS, regMod, nil}, {"66.0F50", "MOVMSKPD", "Gd,Udq", exMOVMSKPD, regMod, nil},
		{"NP.0FC2", "CMPPS", "Vdq,Wdq,Ib", exCMPPS, 0, nil}, {"66.0FC2", "CMPPD", "Vdq,Wdq,Ib", exCMPPD, 0, nil},
		{"F3.0FC2", "CMPSS", "Vd,Wd,Ib", exCMPSS, 0, nil}, {"F2.0FC2", "CMPSD", "Vq,Wq,Ib", exCMPSDX, 0, nil},
		{"NP.0FC6", "SHUFPS", "Vdq,Wdq,Ib", exSHUFPS, 0, nil}, {"66.0FC6", "SHUFPD", "Vdq,Wdq,Ib", exSHUFPD, 0, nil},
		{"F3.0F2A", "CVTSI2SS", "Vd,Ey", exCVTSI2SS, 0, nil}, {"F2.0F2A", "CVTSI2SD", "Vq,Ey", exCVTSI2SD, 0, nil},
		{"F3.0F2C", "CVTTSS2SI", "Gy,Wd", toGeneral(true, true), 0, nil}, {"F2.0F2C", "CVTTSD2SI", "Gy,Wq", toGeneral(false, true), 0, nil},
		{"F3.0F2D", "CVTSS2SI", "Gy,Wd", toGeneral(true, false), 0, nil}, {"F2.0F2D", "CVTSD2SI", "Gy,Wq", toGeneral(false, false), 0, nil},
		{"F3.0F5A", "CVTSS2SD", "Vq,Wd", exCVTSS2SD, 0, nil}, {"F2.0F5A", "CVTSD2SS", "Vd,Wq", exCVTSD2SS, 0, nil},
		{"NP.0F5B", "CVTDQ2PS", "Vdq,Wdq", convert4(func(v uint32) uint32 { return uint32(b32(float32(int32(v)))) }), 0, nil},
		{"66.0F5B", "CVTPS2DQ", "Vdq,Wdq", convert4(func(v uint32) uint32 {
			return uint32(toInt(round(float64(math.Float32frombits(v))), 32))
		}), 0, nil},
		{"F3.0F5B", "CVTTPS2DQ", "Vdq,Wdq", convert4(func(v uint32) uint32 {
			return uint32(toInt(float64(math.Float32frombits(v)), 32))
		}), 0, nil},
		{"NP.0F5A", "CVTPS2PD", "Vdq,Wq", widen(func(v uint32) uint64 { return b64(float64(math.Float32frombits(v))) }), 0, nil},
		{"F3.0FE6", "CVTDQ2PD", "Vdq,Wq", widen(func(v uint32) uint64 { return b64(float64(int32(v))) }), 0, nil},
		{"66.0F5A", "CVTPD2PS", "Vdq,Wdq", narrow(func(v uint64) uint32 { return uint32(b32(float32(f64(v)))) }), 0, nil},
		{"F2.0FE6", "CVTPD2DQ", "Vdq,Wdq", narrow(func(v uint64) uint32 { return uint32(toInt(round(f64(v)), 32)) }), 0, nil},
		{"66.0FE6", "CVTTPD2DQ", "Vdq,Wdq", narrow(func(v uint64) uint32 { return uint32(toInt(f64(v), 32)) }), 0, nil},
	},
)
