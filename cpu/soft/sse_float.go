package soft

import (
	"math"

	"sysindvm/cpu"
)

// Floating point of SSE and SSE2, with MXCSR (SDM 1, 11.5).

// Bits of MXCSR.
const (
	mxcsrDAZ   = 1 << 6
	mxcsrMasks = excAll << 7
	mxcsrRC    = 3 << 13
	mxcsrFTZ   = 1 << 15
)

// env is how MXCSR wants results in a format.
func (c *CPU) env(f format) *floatEnv {
	e := &c.ext.env // not a new one, which would be an allocation
	*e = floatEnv{format: f, mode: uint8(c.mxcsr >> 13 & 3), unmasked: uint8(^c.mxcsr >> 7 & excAll), ftz: c.mxcsr&mxcsrFTZ != 0}
	return e
}

// settleSSE takes the exceptions of an instruction to MXCSR, and raises those
// that are unmasked; then the instruction has not happened. Those found
// before the computation go before those of its results (SDM 1, 11.5.3).
func (c *CPU) settleSSE(flags uint8) {
	if flags == 0 {
		return
	}
	unmasked := uint8(^c.mxcsr >> 7)
	const before = excI | excD | excZ
	if flags&unmasked&before != 0 {
		flags &= before
	}
	c.mxcsr |= uint32(flags)
	if flags&unmasked&excAll != 0 {
		if c.cr4&cpu.CR4OSXMMEXCPT == 0 {
			c.raiseNoCode(vecUD)
		}
		c.raiseNoCode(vecXM)
	}
}

// take is an operand as MXCSR.DAZ has it.
func (c *CPU) take(f format, v uint64) num {
	x := f.unpack(v)
	if x.denormal && c.mxcsr&mxcsrDAZ != 0 {
		return num{neg: x.neg}
	}
	return x
}

// nanOf is the result of an operation with a NaN: the first operand that is
// one, made quiet (SDM 1, 4.8.3.5). One that signals is invalid.
func (e *floatEnv) nanOf(a, b num) (num, bool) {
	if a.kind != isNaN && b.kind != isNaN {
		return num{}, false
	}
	if a.signaling() || b.signaling() {
		e.flags |= excI
	}
	if a.kind != isNaN {
		a = b
	}
	a.m |= nanQuiet
	return a, true
}

// arith is an operation: for all cases, and for where the host's arithmetic
// does the same.
type arith struct {
	slow func(e *floatEnv, a, b num) num
	f32  func(a, b float32) float32
	f64  func(a, b float64) float64
	zero bool // a zero is exact if no operand is a denormal
}

func f32(v uint64) float32 { return math.Float32frombits(uint32(v)) }
func f64(v uint64) float64 { return math.Float64frombits(v) }
func b32(f float32) uint64 { return uint64(math.Float32bits(f)) }
func b64(f float64) uint64 { return math.Float64bits(f) }

var (
	opADD = &arith{(*floatEnv).add, func(a, b float32) float32 { return a + b }, func(a, b float64) float64 { return a + b }, true}
	opSUB = &arith{(*floatEnv).sub, func(a, b float32) float32 { return a - b }, func(a, b float64) float64 { return a - b }, true}
	opMUL = &arith{(*floatEnv).mul, func(a, b float32) float32 { return a * b }, func(a, b float64) float64 { return a * b }, false}
	opDIV = &arith{(*floatEnv).div, func(a, b float32) float32 { return a / b }, func(a, b float64) float64 { return a / b }, false}
)

// hostWill reports whether the host's arithmetic does: rounding to the
// nearest, no exception but that of an inexact result to be expected, and that
// one has been flagged before.
func (c *CPU) hostWill() bool {
	return c.mxcsr&(mxcsrMasks|mxcsrRC|excP) == mxcsrMasks|excP
}

// plain64 reports whether bits are a zero or a normal number.
func plain64(v uint64) bool { return v>>52&0x7ff-1 < 0x7fe || v<<1 == 0 }
func plain32(v uint64) bool { return v>>23&0xff-1 < 0xfe || v<<33 == 0 }

// lane64 is an operation on doubles, lane32 on singles.
func (c *CPU) lane64(e *floatEnv, op *arith, a, b uint64) uint64 {
	if c.hostWill() {
		if r, ok := op.fast64(a, b); ok {
			return r
		}
	}
	return c.slowLane(e, op, a, b)
}

func (c *CPU) lane32(e *floatEnv, op *arith, a, b uint64) uint64 {
	if c.hostWill() {
		if r, ok := op.fast32(a, b); ok {
			return r
		}
	}
	return c.slowLane(e, op, a, b)
}

func (c *CPU) slowLane(e *floatEnv, op *arith, a, b uint64) uint64 {
	x, y := c.take(e.format, a), c.take(e.format, b)
	if r, ok := e.nanOf(x, y); ok {
		return e.pack(r)
	}
	return e.pack(op.slow(e, x, y))
}

// scalar is a row's function: the fast case first.
func (op *arith) scalar(f format) func(*CPU, *inst) {
	slow := scalarF(f, op.lane(f))
	if f == single {
		return func(c *CPU, in *inst) {
			if c.hostWill() && !in.vex {
				c.checkSSE(in)
				a := &c.xmm[in.dst.reg&15]
				if r, ok := op.fast32(a[0]&0xffffffff, c.loadX(in, &in.src)[0]&0xffffffff); ok {
					a[0] = a[0]&^0xffffffff | r
					return
				}
			}
			slow(c, in)
		}
	}
	return func(c *CPU, in *inst) {
		if c.hostWill() && !in.vex {
			c.checkSSE(in)
			a := &c.xmm[in.dst.reg&15]
			if r, ok := op.fast64(a[0], c.loadX(in, &in.src)[0]); ok {
				a[0] = r
				return
			}
		}
		slow(c, in)
	}
}

// fast32 and fast64 are one lane, where the host's arithmetic does.
func (op *arith) fast32(a, b uint64) (uint64, bool) {
	if !plain32(a) || !plain32(b) {
		return 0, false
	}
	r := b32(op.f32(f32(a), f32(b)))
	return r, r>>23&0xff-2 < 0xfd || op.zero && r<<33 == 0
}

func (op *arith) fast64(a, b uint64) (uint64, bool) {
	if !plain64(a) || !plain64(b) {
		return 0, false
	}
	r := b64(op.f64(f64(a), f64(b)))
	return r, r>>52&0x7ff-2 < 0x7fd || op.zero && r<<1 == 0
}

// packed is scalar for all lanes.
func (op *arith) packed(f format) func(*CPU, *inst) {
	slow := packedF(f, op.lane(f))
	return func(c *CPU, in *inst) {
		if in.vex || !c.hostWill() {
			slow(c, in)
			return
		}
		c.checkSSE(in)
		a, b := &c.xmm[in.dst.reg&15], c.loadA(in, &in.src)
		var r vec
		for i := range r {
			var ok, ok2 bool
			if f == double {
				r[i], ok = op.fast64(a[i], b[i])
				ok2 = ok
			} else {
				var hi uint64
				r[i], ok = op.fast32(a[i]&0xffffffff, b[i]&0xffffffff)
				hi, ok2 = op.fast32(a[i]>>32, b[i]>>32)
				r[i] |= hi << 32
			}
			if !ok || !ok2 {
				slow(c, in)
				return
			}
		}
		*a = r
	}
}

// laneOp is an operation on one lane of an instruction.
type laneOp = func(c *CPU, e *floatEnv, a, b uint64) uint64

func (op *arith) lane(f format) laneOp {
	if f == single {
		return func(c *CPU, e *floatEnv, a, b uint64) uint64 { return c.lane32(e, op, a, b) }
	}
	return func(c *CPU, e *floatEnv, a, b uint64) uint64 { return c.lane64(e, op, a, b) }
}

// sqrtLane is the square root of the second operand.
func sqrtLane(c *CPU, e *floatEnv, _, b uint64) uint64 {
	if c.hostWill() {
		if e.prec == 53 && plain64(b) && (b>>63 == 0 || b<<1 == 0) {
			return b64(math.Sqrt(f64(b)))
		}
		if e.prec == 24 && plain32(b) && (b>>31&1 == 0 || b<<33 == 0) {
			return b32(float32(math.Sqrt(float64(f32(b)))))
		}
	}
	x := c.take(e.format, b)
	if r, ok := e.nanOf(x, x); ok {
		return e.pack(r)
	}
	return e.pack(e.sqrt(x))
}

// extreme is MIN and MAX: the second operand where they cannot tell (SDM 2B,
// MINSD).
func extreme(want int) laneOp {
	return func(c *CPU, e *floatEnv, a, b uint64) uint64 {
		x, y := c.take(e.format, a), c.take(e.format, b)
		r, v := y, b
		if x.kind == isNaN || y.kind == isNaN {
			e.flags |= excI
		} else {
			e.denormals(x, y)
			if compareNum(x, y) == want {
				r, v = x, a
			}
		}
		if r.kind == isZero { // DAZ may have made it one
			return e.pack(r)
		}
		return v
	}
}

// lanesF applies op to all lanes.
func (c *CPU) lanesF(e *floatEnv, op laneOp, a, b vec) (r vec) {
	if e.prec == 53 {
		return vec{op(c, e, a[0], b[0]), op(c, e, a[1], b[1])}
	}
	for i := range r {
		r[i] = op(c, e, a[i]&0xffffffff, b[i]&0xffffffff) | op(c, e, a[i]>>32, b[i]>>32)<<32
	}
	return r
}

// packedF, packedF1 and scalarF are the functions of rows: packedF1 is packedF
// for an operation on the second operand alone.
func packedF(f format, op laneOp) func(*CPU, *inst) {
	wide := of2F(f, func(c *CPU, a, b vec, _ uint64) vec { return c.lanesF(&c.ext.env, op, a, b) })
	return func(c *CPU, in *inst) {
		if in.vex {
			wide(c, in)
			return
		}
		c.checkSSE(in) // the same, with one call less
		e, a := c.env(f), &c.xmm[in.dst.reg&15]
		r := c.lanesF(e, op, *a, c.loadA(in, &in.src))
		c.settleSSE(e.flags)
		*a = r
	}
}

func packedF1(f format, op laneOp) func(*CPU, *inst) {
	return of1F(f, func(c *CPU, _, b vec, _ uint64) vec { return c.lanesF(&c.ext.env, op, b, b) })
}

func scalarF(f format, op laneOp) func(*CPU, *inst) {
	n := uint8(f.bits())
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		e, a := c.env(f), &c.xmm[in.dst.reg&15]
		if in.vex {
			a = &c.xmm[in.src.reg&15]
		}
		r := op(c, e, a[0]&mask(n), c.loadX(in, in.second())[0]&mask(n))
		c.settleSSE(e.flags)
		c.setLow(in, r, n)
	}
}

// shapes is the four rows of an operation: packed and scalar, single and
// double.
func shapes(op, name string, s, d laneOp) []row {
	return []row{
		{"NP.0F" + op, name + "PS", "Vdq,Wdq", packedF(single, s), 0, nil}, {"66.0F" + op, name + "PD", "Vdq,Wdq", packedF(double, d), 0, nil},
		{"F3.0F" + op, name + "SS", "Vd,Wd", scalarF(single, s), 0, nil}, {"F2.0F" + op, name + "SD", "Vq,Wq", scalarF(double, d), 0, nil},
	}
}

// shapesOf is shapes for an operation that the host may do.
func shapesOf(op, name string, a *arith) []row {
	t := shapes(op, name, a.lane(single), a.lane(double))
	t[0].exec, t[1].exec, t[2].exec, t[3].exec = a.packed(single), a.packed(double), a.scalar(single), a.scalar(double)
	return t
}

// ordered compares, and flags what is invalid: a NaN that signals, or any if
// quiet is false. less, equal and unordered tell the result.
func (e *floatEnv) ordered(a, b num, quiet bool) (less, equal, unordered bool) {
	if a.kind == isNaN || b.kind == isNaN {
		if !quiet || a.signaling() || b.signaling() {
			e.flags |= excI
		}
		return false, false, true
	}
	e.denormals(a, b)
	o := compareNum(a, b)
	return o < 0, o == 0, false
}

// What the predicates of CMPxx hold for, of less, equal, greater and unordered
// operands (SDM 2A, CMPPD). Those from 16 on are the same, but that they signal
// where the others do not.
const (
	cmpLT = 1 << iota
	cmpEQ
	cmpGT
	cmpUN
)

var predicates = [16]uint8{
	cmpEQ, cmpLT, cmpLT | cmpEQ, cmpUN, cmpLT | cmpGT | cmpUN, cmpEQ | cmpGT | cmpUN, cmpGT | cmpUN, cmpLT | cmpEQ | cmpGT,
	cmpEQ | cmpUN, cmpLT | cmpUN, cmpLT | cmpEQ | cmpUN, 0, cmpLT | cmpGT, cmpEQ | cmpGT, cmpGT, cmpLT | cmpEQ | cmpGT | cmpUN,
}

func cmpLane(p uint64) laneOp {
	holds, quiet := predicates[p&15], (p&3 == 0 || p&3 == 3) != (p >= 16)
	return func(c *CPU, e *floatEnv, a, b uint64) uint64 {
		is := uint8(cmpGT)
		switch less, equal, unordered := e.ordered(c.take(e.format, a), c.take(e.format, b), quiet); {
		case less:
			is = cmpLT
		case equal:
			is = cmpEQ
		case unordered:
			is = cmpUN
		}
		if holds&is != 0 {
			return mask(uint8(e.bits()))
		}
		return 0
	}
}

// exCMPf is CMPPS, CMPPD, CMPSS and CMPSD, made by packedF or scalarF. AVX's forms
// have 32 predicates.
func exCMPf(f format, shape func(format, laneOp) func(*CPU, *inst)) func(*CPU, *inst) {
	var by [32]func(*CPU, *inst)
	for p := range by {
		by[p] = shape(f, cmpLane(uint64(p)))
	}
	return func(c *CPU, in *inst) {
		if in.vex {
			by[in.imm&31](c, in)
			return
		}
		by[in.imm&7](c, in)
	}
}

// exCOMI is COMIS and UCOMIS.
func exCOMI(f format, quiet bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		if f == double {
			if a, b := c.xmm[in.dst.reg&15][0], c.loadX(in, &in.src)[0]; plain64(a) && plain64(b) {
				c.setOrder(f64(a) < f64(b), f64(a) == f64(b))
				return
			}
		}
		e := c.env(f)
		m := mask(uint8(f.bits()))
		less, equal, unordered := e.ordered(c.take(f, c.xmm[in.dst.reg][0]&m), c.take(f, c.loadX(in, &in.src)[0]&m), quiet)
		c.settleSSE(e.flags)
		c.setOrder(less || unordered, equal || unordered)
		if unordered {
			c.eflags |= cpu.FlagPF
		}
	}
}

// setOrder leaves the flags of a comparison.
func (c *CPU) setOrder(cf, zf bool) {
	c.lazy = false
	c.eflags = c.eflags&^arithFlags | signBit(cf)*cpu.FlagCF | signBit(zf)*cpu.FlagZF
}

var exSHUFPS = of2(func(_ *CPU, x, y vec, i uint64) vec {
	a, b := split(x), split(y)
	return vec4{a[i&3], a[i>>2&3], b[i>>4&3], b[i>>6&3]}.join()
})

var exSHUFPD = of2Up(2, func(_ *CPU, a, b vec, imm uint64) vec { return vec{a[imm&1], b[imm>>1&1]} })

func exMOVMSKPS(c *CPU, in *inst) {
	c.checkSSE(in)
	m := uint64(0)
	for i, h := range c.loadY(in, &in.src) {
		if i == 1 && in.src.kind != opYMM {
			break
		}
		for j, v := range split(h) {
			m |= uint64(v>>31) << (4*i + j)
		}
	}
	c.store(in, &in.dst, m)
}

func exMOVMSKPD(c *CPU, in *inst) {
	c.checkSSE(in)
	v := c.xmm[in.src.reg&15]
	m := v[0]>>63 | v[1]>>63<<1
	if in.src.kind == opYMM {
		v = c.ymm[in.src.reg&15]
		m |= v[0]>>63<<2 | v[1]>>63<<3
	}
	c.store(in, &in.dst, m)
}

var sseFloatTable = concat(
	shapes("51", "SQRT", sqrtLane, sqrtLane),
	shapesOf("58", "ADD", opADD),
	shapesOf("59", "MUL", opMUL),
	shapesOf("5C", "SUB", opSUB),
	shapes("5D", "MIN", extreme(-1), extreme(-1)),
	shapesOf("5E", "DIV", opDIV),
	shapes("5F", "MAX", extreme(1), extreme(1)),
	[]row{
		{"NP.0F14", "UNPCKLPS", "Vdq,Wdq", unpack(32, 0), 0, nil}, {"66.0F14", "UNPCKLPD", "Vdq,Wdq", unpack(64, 0), 0, nil},
		{"NP.0F15", "UNPCKHPS", "Vdq,Wdq", unpack(32, 1), 0, nil}, {"66.0F15", "UNPCKHPD", "Vdq,Wdq", unpack(64, 1), 0, nil},
		{"NP.0F2E", "UCOMISS", "Vd,Wd", exCOMI(single, true), 0, nil}, {"66.0F2E", "UCOMISD", "Vq,Wq", exCOMI(double, true), 0, nil},
		{"NP.0F2F", "COMISS", "Vd,Wd", exCOMI(single, false), 0, nil}, {"66.0F2F", "COMISD", "Vq,Wq", exCOMI(double, false), 0, nil},
		{"NP.0F50", "MOVMSKPS", "Gd,Udq", exMOVMSKPS, regMod, nil}, {"66.0F50", "MOVMSKPD", "Gd,Udq", exMOVMSKPD, regMod, nil},
		{"NP.0FC2", "CMPPS", "Vdq,Wdq,Ib", exCMPf(single, packedF), 0, nil}, {"66.0FC2", "CMPPD", "Vdq,Wdq,Ib", exCMPf(double, packedF), 0, nil},
		{"F3.0FC2", "CMPSS", "Vd,Wd,Ib", exCMPf(single, scalarF), 0, nil}, {"F2.0FC2", "CMPSD", "Vq,Wq,Ib", exCMPf(double, scalarF), 0, nil},
		{"NP.0FC6", "SHUFPS", "Vdq,Wdq,Ib", exSHUFPS, 0, nil}, {"66.0FC6", "SHUFPD", "Vdq,Wdq,Ib", exSHUFPD, 0, nil},
		{"F3.0F2A", "CVTSI2SS", "Vd,Ey", exCVTSI2F(single), 0, nil}, {"F2.0F2A", "CVTSI2SD", "Vq,Ey", exCVTSI2F(double), 0, nil},
		{"F3.0F2C", "CVTTSS2SI", "Gy,Wd", toGeneral(single, true), 0, nil}, {"F2.0F2C", "CVTTSD2SI", "Gy,Wq", toGeneral(double, true), 0, nil},
		{"F3.0F2D", "CVTSS2SI", "Gy,Wd", toGeneral(single, false), 0, nil}, {"F2.0F2D", "CVTSD2SI", "Gy,Wq", toGeneral(double, false), 0, nil},
		{"F3.0F5A", "CVTSS2SD", "Vq,Wd", exCVTSS2SD, 0, nil}, {"F2.0F5A", "CVTSD2SS", "Vd,Wq", exCVTSD2SS, 0, nil},
		{"NP.0F5B", "CVTDQ2PS", "Vdq,Wdq", convert4(single, fromInt32), 0, nil},
		{"66.0F5B", "CVTPS2DQ", "Vdq,Wdq", convert4(single, toInt32(false)), 0, nil},
		{"F3.0F5B", "CVTTPS2DQ", "Vdq,Wdq", convert4(single, toInt32(true)), 0, nil},
		{"NP.0F5A", "CVTPS2PD", "Vdq,Wq", widen(fromSingle), 0, nil},
		{"F3.0FE6", "CVTDQ2PD", "Vdq,Wq", widen(fromInt32), 0, nil},
		{"66.0F5A", "CVTPD2PS", "Vdq,Wdq", narrow(single, fromDouble), 0, nil},
		{"F2.0FE6", "CVTPD2DQ", "Vdq,Wdq", narrow(double, toInt32(false)), 0, nil},
		{"66.0FE6", "CVTTPD2DQ", "Vdq,Wdq", narrow(double, toInt32(true)), 0, nil},
	},
)
