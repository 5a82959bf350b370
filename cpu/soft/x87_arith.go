package soft

import (
	"math/bits"

	"sysindvm/cpu"
)

// Arithmetic and comparison of the x87 FPU (SDM 1, 8.3.5 and 8.3.6).

// nan87 is the result of an operation on what is a NaN, or no number at all
// (SDM 1, table 4-7): of two, the one with the larger significand, but one
// that is quiet before one that signals.
func (e *floatEnv) nan87(a, b num) (num, bool) {
	if a.kind == isBad || b.kind == isBad {
		return e.invalid(), true
	}
	if a.kind != isNaN && b.kind != isNaN {
		return num{}, false
	}
	if a.signaling() || b.signaling() {
		e.flags |= excI
	}
	switch {
	case a.kind != isNaN:
		a = b
	case b.kind != isNaN:
	case a.signaling() && !b.signaling():
		a = b
	case b.signaling() && !a.signaling():
	case b.m > a.m || b.m == a.m && a.neg:
		a = b
	}
	a.m |= nanQuiet
	return a, true
}

type op87 func(e *floatEnv, a, b num) num

func subR(e *floatEnv, a, b num) num { return e.sub(b, a) }
func divR(e *floatEnv, a, b num) num { return e.div(b, a) }

// binary leaves op of ST(i) and b in ST(i).
func (f *x87) binary(op op87, i uint8, b num, pop bool) {
	e := f.env()
	a := f.st(i).unpack()
	r, ok := e.nan87(a, b)
	if !ok {
		r = op(e, a, b)
	}
	if f.done(e) {
		f.set(i, pack80(r))
		if pop {
			f.pop()
		}
	}
}

// underflow is the answer to an empty register that should be an operand:
// ST(i) would have been the result.
func (f *x87) underflow(i uint8, pop bool) {
	if f.stackFault(false) {
		f.set(i, indefinite80)
		if pop {
			f.pop()
		}
	}
}

// exFreg makes an operation on ST(0) and ST(i), whose result goes to one of
// them.
func exFreg(op op87, toI, pop bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f, i := &c.fpu, in.dst.reg
		dst, src := uint8(0), i
		if toI {
			dst, src = i, 0
		}
		if f.empty(0) || f.empty(i) {
			f.underflow(dst, pop)
			return
		}
		f.binary(op, dst, f.st(src).unpack(), pop)
	}
}

// operand87 is a memory operand.
func (c *CPU) operand87(in *inst, integer bool) num {
	v, n := c.load(in, &in.dst), in.dst.n
	switch {
	case integer:
		return fromInt(int64(sext(v, n)))
	case n == 32:
		return single.unpack(v)
	}
	return double.unpack(v)
}

func exFmem(op op87, integer bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		b := c.operand87(in, integer)
		if c.fpu.empty(0) {
			c.fpu.underflow(0, false)
			return
		}
		c.fpu.binary(op, 0, b, false)
	}
}

// ---- comparison

// compare87 is the condition code of a comparison.
func (f *x87) compare87(e *floatEnv, a, b num, quiet bool) (cc uint16) {
	cc = fswCC
	if a.kind == isBad || b.kind == isBad {
		e.flags |= excI
		return cc
	}
	less, equal, unordered := e.ordered(a, b, quiet)
	switch {
	case unordered:
	case less:
		cc = fswC0
	case equal:
		cc = fswC3
	default:
		cc = 0
	}
	return cc
}

// compareTo compares ST(0) with b, if neither is empty.
func (f *x87) compareTo(b num, empty, quiet bool, pops int) {
	cc, ok := uint16(fswCC), false
	if empty {
		ok = f.stackFault(false)
	} else {
		e := f.full()
		cc = f.compare87(e, f.st(0).unpack(), b, quiet)
		ok = f.done(e)
	}
	f.fsw = f.fsw&^(fswCC|fswC1) | cc // even if the exception is unmasked, as processors have it
	if ok {
		for range pops {
			f.pop()
		}
	}
}

func exFCOMreg(quiet bool, pops int) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f, i := &c.fpu, in.dst.reg
		if in.dst.kind == opNone {
			i = 1 // FCOMPP, FUCOMPP
		}
		f.compareTo(f.st(i).unpack(), f.empty(0) || f.empty(i), quiet, pops)
	}
}

func exFCOMmem(integer bool, pops int) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		b := c.operand87(in, integer)
		c.fpu.compareTo(b, c.fpu.empty(0), false, pops)
	}
}

func exFTST(c *CPU, in *inst) { c.fpu.compareTo(num{}, c.fpu.empty(0), false, 0) }

// exFCOMI compares to EFLAGS.
func exFCOMI(quiet, pop bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f, i := &c.fpu, in.dst.reg
		cc, ok := uint16(fswCC), false
		if f.empty(0) || f.empty(i) {
			ok = f.stackFault(false)
		} else {
			e := f.full()
			c1 := f.fsw & fswC1
			cc = f.compare87(e, f.st(0).unpack(), f.st(i).unpack(), quiet)
			ok = f.done(e)
			f.fsw |= c1
		}
		var flags uint64
		for _, x := range [...]struct {
			cc   uint16
			flag uint64
		}{{fswC0, cpu.FlagCF}, {fswC2, cpu.FlagPF}, {fswC3, cpu.FlagZF}} {
			if cc&x.cc != 0 {
				flags |= x.flag
			}
		}
		c.lazy = false
		c.eflags = c.eflags&^arithFlags | flags // even if the exception is unmasked
		if ok && pop {
			f.pop()
		}
	}
}

// ---- of one operand

// exFunary makes an instruction that replaces ST(0).
func exFunary(op func(f *x87, e *floatEnv, a num) num, full bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f := &c.fpu
		if f.empty(0) {
			f.underflow(0, false)
			return
		}
		e := f.env()
		if full {
			e = f.full()
		}
		a := f.st(0).unpack()
		r, ok := e.nan87(a, a)
		if !ok {
			r = op(f, e, a)
		}
		if f.done(e) {
			f.set(0, pack80(r))
		}
	}
}

func opFSQRT(f *x87, e *floatEnv, a num) num { return e.sqrt(a) }

func opFRNDINT(f *x87, e *floatEnv, a num) num {
	e.denormals(a, num{})
	return e.toIntegral(a)
}

// exFXTRACT leaves the exponent in ST(0), and pushes the significand.
func exFXTRACT(c *CPU, in *inst) {
	f := &c.fpu
	switch {
	case f.empty(0):
		if f.stackFault(false) {
			f.set(0, indefinite80)
			f.push(indefinite80)
		}
		return
	case !f.empty(7):
		if f.stackFault(true) {
			f.set(0, indefinite80)
			f.push(indefinite80)
		}
		return
	}
	e := f.full()
	a := f.st(0).unpack()
	var exp, sig num
	if r, ok := e.nan87(a, a); ok {
		exp, sig = r, r
	} else {
		switch a.kind {
		case isZero:
			e.flags |= excZ
			exp, sig = num{kind: isInf, neg: true}, a
		case isInf:
			exp, sig = num{kind: isInf}, a
		default:
			e.denormals(a, num{})
			exp, sig = fromInt(int64(a.exp)), a
			sig.exp = 0
		}
	}
	if f.done(e) {
		f.set(0, pack80(exp))
		f.push(pack80(sig))
	}
}

// exFSCALE adds the truncated ST(1) to the exponent of ST(0).
func exFSCALE(c *CPU, in *inst) {
	f := &c.fpu
	if f.empty(0) || f.empty(1) {
		f.underflow(0, false)
		return
	}
	e := f.full()
	a, b := f.st(0).unpack(), f.st(1).unpack()
	r, ok := e.nan87(a, b)
	if !ok {
		r = e.scale(a, b)
	}
	if f.done(e) {
		f.set(0, pack80(r))
	}
}

func (e *floatEnv) scale(a, b num) num {
	if b.kind == isInf {
		switch {
		case a.kind == isZero && !b.neg, a.kind == isInf && b.neg:
			return e.invalid()
		case b.neg:
			e.denormals(a, b)
			return num{neg: a.neg}
		case a.kind != isZero:
			e.denormals(a, b)
			return num{kind: isInf, neg: a.neg}
		}
	}
	e.denormals(a, b)
	if a.kind != isFinite {
		return a
	}
	n := 0
	if b.kind == isFinite && b.exp >= 0 {
		n = 1 << 17 // more than enough
		if b.exp < 17 {
			n = int(b.m >> (63 - b.exp))
		}
		if b.neg {
			n = -n
		}
	}
	r := e.round(a.neg, a.exp+n, a.m, 0)
	if r.kind == isFinite && (r.exp > e.emax || r.exp < e.emin && e.unmasked&excU != 0) {
		// Even the exponent that handlers of unmasked exceptions expect is out of range.
		e.flags |= excP
		e.up = r.exp > e.emax
		r = num{kind: isZero, neg: a.neg}
		if e.up {
			r.kind = isInf
		}
	}
	return r
}

// exFPREM is FPREM and, to the nearest, FPREM1.
func exFPREM(nearest bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f := &c.fpu
		f.fsw &^= fswC2
		if f.empty(0) || f.empty(1) {
			f.underflow(0, false)
			return
		}
		e := f.full()
		a, b := f.st(0).unpack(), f.st(1).unpack()
		r, ok := e.nan87(a, b)
		q, partial := uint64(0), false
		if !ok {
			r, q, partial = e.remainder(a, b, nearest)
		}
		if !f.done(e) {
			return
		}
		f.set(0, pack80(r))
		f.fsw &^= fswC1
		if r.kind == isNaN {
			return
		}
		f.fsw &^= fswCC
		switch {
		case partial:
			f.fsw |= fswC2
		default:
			f.fsw |= uint16(q>>2&1)<<8 | uint16(q>>1&1)<<14 | uint16(q&1)<<9
		}
	}
}

// remainder is a by b, with the quotient; partial is one that has some way to
// go.
func (e *floatEnv) remainder(a, b num, nearest bool) (r num, q uint64, partial bool) {
	switch {
	case a.kind == isInf || b.kind == isZero:
		return e.invalid(), 0, false
	}
	e.denormals(a, b)
	if a.kind == isZero || b.kind == isInf {
		return e.exact(a), 0, false
	}
	d := a.exp - b.exp
	switch {
	case d < -1, d < 0 && !nearest:
		return e.exact(a), 0, false
	case d >= 64:
		n := 32 + d%32
		_, m := bits.Div64(a.m>>(64-n), a.m<<n, b.m)
		if m == 0 {
			return num{neg: a.neg}, 0, true
		}
		r = num{kind: isFinite, neg: a.neg, m: m}
		r.normalize(b.exp + d - n)
		return e.exact(r), 0, true
	}
	var m uint64
	if d < 0 { // a is less than b, but not less than half of it
		if a.m <= b.m {
			return e.exact(a), 0, false
		}
		r = num{kind: isFinite, neg: !a.neg, m: 2*b.m - a.m}
		r.normalize(a.exp)
		return e.exact(r), 1, false
	}
	q, m = bits.Div64(a.m>>(64-uint(d)), a.m<<uint(d), b.m)
	neg := a.neg
	if nearest && (m > b.m-m || m == b.m-m && q&1 != 0) {
		q++
		m = b.m - m
		neg = !neg
	}
	if m == 0 {
		return num{neg: a.neg}, q, false
	}
	r = num{kind: isFinite, neg: neg, m: m}
	r.normalize(b.exp)
	return e.exact(r), q, false
}

// exact brings what is exact into the format: it can be tiny, but no more.
func (e *floatEnv) exact(a num) num {
	if a.kind != isFinite {
		return a
	}
	return e.round(a.neg, a.exp, a.m, 0)
}

// x87ArithTable: the six operations in all their forms, and the rest.
func x87ArithTable() (t []row) {
	for i, o := range [...]struct {
		name string
		op   op87
		rev  op87
		back string // the name with the result in ST(i): DC /4 is FSUBR
	}{
		0: {"ADD", (*floatEnv).add, nil, "ADD"}, 1: {"MUL", (*floatEnv).mul, nil, "MUL"},
		4: {"SUB", (*floatEnv).sub, subR, "SUBR"}, 5: {"SUBR", subR, (*floatEnv).sub, "SUB"},
		6: {"DIV", (*floatEnv).div, divR, "DIVR"}, 7: {"DIVR", divR, (*floatEnv).div, "DIV"},
	} {
		if o.op == nil {
			continue
		}
		back := o.rev
		if back == nil {
			back = o.op
		}
		x := "/" + string(rune('0'+i))
		t = append(t,
			row{"D8" + x, "F" + o.name, "Md", fp(exFmem(o.op, false)), memOnly, nil},
			row{"DC" + x, "F" + o.name, "Mq", fp(exFmem(o.op, false)), memOnly, nil},
			row{"DA" + x, "FI" + o.name, "Md", fp(exFmem(o.op, true)), memOnly, nil},
			row{"DE" + x, "FI" + o.name, "Mw", fp(exFmem(o.op, true)), memOnly, nil},
			row{"D8" + x, "F" + o.name, "Ft", fp(exFreg(o.op, false, false)), regOnly, nil},
			row{"DC" + x, "F" + o.back, "Ft", fp(exFreg(back, true, false)), regOnly, nil},
			row{"DE" + x, "F" + o.back + "P", "Ft", fp(exFreg(back, true, true)), regOnly, nil})
	}
	return append(t, []row{
		{"D8/2", "FCOM", "Md", fp(exFCOMmem(false, 0)), memOnly, nil}, {"D8/3", "FCOMP", "Md", fp(exFCOMmem(false, 1)), memOnly, nil},
		{"DC/2", "FCOM", "Mq", fp(exFCOMmem(false, 0)), memOnly, nil}, {"DC/3", "FCOMP", "Mq", fp(exFCOMmem(false, 1)), memOnly, nil},
		{"DA/2", "FICOM", "Md", fp(exFCOMmem(true, 0)), memOnly, nil}, {"DA/3", "FICOMP", "Md", fp(exFCOMmem(true, 1)), memOnly, nil},
		{"DE/2", "FICOM", "Mw", fp(exFCOMmem(true, 0)), memOnly, nil}, {"DE/3", "FICOMP", "Mw", fp(exFCOMmem(true, 1)), memOnly, nil},
		{"D8/2", "FCOM", "Ft", fp(exFCOMreg(false, 0)), regOnly, nil}, {"D8/3", "FCOMP", "Ft", fp(exFCOMreg(false, 1)), regOnly, nil},
		{"DC/2", "FCOM", "Ft", fp(exFCOMreg(false, 0)), regOnly, nil}, {"DC/3", "FCOMP", "Ft", fp(exFCOMreg(false, 1)), regOnly, nil}, // aliases
		{"DE/2", "FCOMP", "Ft", fp(exFCOMreg(false, 1)), regOnly, nil},
		{"DE/D9", "FCOMPP", "", fp(exFCOMreg(false, 2)), 0, nil}, {"DA/E9", "FUCOMPP", "", fp(exFCOMreg(true, 2)), 0, nil},
		{"DD/4", "FUCOM", "Ft", fp(exFCOMreg(true, 0)), regOnly, nil}, {"DD/5", "FUCOMP", "Ft", fp(exFCOMreg(true, 1)), regOnly, nil},
		{"DB/5", "FUCOMI", "Ft", fp(exFCOMI(true, false)), regOnly, nil}, {"DB/6", "FCOMI", "Ft", fp(exFCOMI(false, false)), regOnly, nil},
		{"DF/5", "FUCOMIP", "Ft", fp(exFCOMI(true, true)), regOnly, nil}, {"DF/6", "FCOMIP", "Ft", fp(exFCOMI(false, true)), regOnly, nil},
		{"D9/E4", "FTST", "", fp(exFTST), 0, nil},
		{"D9/F4", "FXTRACT", "", fp(exFXTRACT), 0, nil}, {"D9/FD", "FSCALE", "", fp(exFSCALE), 0, nil},
		{"D9/F8", "FPREM", "", fp(exFPREM(false)), 0, nil}, {"D9/F5", "FPREM1", "", fp(exFPREM(true)), 0, nil},
		{"D9/FA", "FSQRT", "", fp(exFunary(opFSQRT, false)), 0, nil}, {"D9/FC", "FRNDINT", "", fp(exFunary(opFRNDINT, true)), 0, nil},
	}...)
}
