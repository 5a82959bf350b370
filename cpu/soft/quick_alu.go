package soft

import (
	"math/bits"

	"sysindvm/cpu"
)

// Quick ways of arithmetic and logic: a and b are cut to the operand's size.

// leave leaves a result of the destination's size, and its carries.
func (c *CPU) leave(in *inst, r, cv uint64) {
	c.lazy, c.kind, c.sh, c.x, c.y = true, kindCarries, in.sh, r<<(in.sh&63), cv
}

func (c *CPU) leaveAdd(in *inst, a, b uint64) {
	c.lazy, c.kind, c.sh, c.x, c.y = true, kindAdd, in.sh, a<<(in.sh&63), b<<(in.sh&63)
}

// leaveSub is of a less b, and of a logical operation with the result a, and 0
// as b.
func (c *CPU) leaveSub(in *inst, a, b uint64) {
	c.lazy, c.kind, c.sh, c.x, c.y = true, kindSub, in.sh, a<<(in.sh&63), b<<(in.sh&63)
}

func (c *CPU) leaveLogic(in *inst, r uint64) {
	c.lazy, c.kind, c.sh, c.x, c.y = true, kindSub, in.sh, r<<(in.sh&63), 0
}

func (c *CPU) pairRR(in *inst) (a, b uint64) { return c.r[in.dst.reg&regMask], c.r[in.src.reg&regMask] }
func (c *CPU) pairRI(in *inst) (a, b uint64) { return c.r[in.dst.reg&regMask], in.imm }

// second is the second operand, a register or an immediate, where the first is
// in memory.
func (c *CPU) second(in *inst) uint64 { return (c.r[in.src.reg&regMask] + in.imm) & in.m }

// add, sub and logic end those that change a register.
func (c *CPU) add(in *inst, a, b uint64) *inst {
	c.r[in.dst.reg&regMask] = (a + b) & in.m
	c.leaveAdd(in, a, b)
	return in.then
}

func (c *CPU) sub(in *inst, a, b uint64) *inst {
	c.r[in.dst.reg&regMask] = (a - b) & in.m
	c.leaveSub(in, a, b)
	return in.then
}

func (c *CPU) cmp(in *inst, a, b uint64) *inst {
	c.leaveSub(in, a, b)
	return in.then
}

func (c *CPU) logic(in *inst, r uint64) *inst {
	c.r[in.dst.reg&regMask] = r & in.m
	c.leaveLogic(in, r)
	return in.then
}

func (c *CPU) test(in *inst, r uint64) *inst {
	c.leaveLogic(in, r)
	return in.then
}

func addRR(c *CPU, in *inst) *inst  { a, b := c.pairRR(in); return c.add(in, a, b) }
func addRI(c *CPU, in *inst) *inst  { a, b := c.pairRI(in); return c.add(in, a, b) }
func subRR(c *CPU, in *inst) *inst  { a, b := c.pairRR(in); return c.sub(in, a, b) }
func subRI(c *CPU, in *inst) *inst  { a, b := c.pairRI(in); return c.sub(in, a, b) }
func cmpRR(c *CPU, in *inst) *inst  { a, b := c.pairRR(in); return c.cmp(in, a, b) }
func cmpRI(c *CPU, in *inst) *inst  { a, b := c.pairRI(in); return c.cmp(in, a, b) }
func andRR(c *CPU, in *inst) *inst  { a, b := c.pairRR(in); return c.logic(in, a&b) }
func andRI(c *CPU, in *inst) *inst  { a, b := c.pairRI(in); return c.logic(in, a&b) }
func orRR(c *CPU, in *inst) *inst   { a, b := c.pairRR(in); return c.logic(in, a|b) }
func orRI(c *CPU, in *inst) *inst   { a, b := c.pairRI(in); return c.logic(in, a|b) }
func xorRR(c *CPU, in *inst) *inst  { a, b := c.pairRR(in); return c.logic(in, a^b) }
func xorRI(c *CPU, in *inst) *inst  { a, b := c.pairRI(in); return c.logic(in, a^b) }
func testRR(c *CPU, in *inst) *inst { a, b := c.pairRR(in); return c.test(in, a&b) }
func testRI(c *CPU, in *inst) *inst { a, b := c.pairRI(in); return c.test(in, a&b) }

// andRI8 is of a byte register, whose other bits stay.
func andRI8(c *CPU, in *inst) *inst {
	r := c.r[in.dst.reg&regMask] & in.imm & 0xff
	c.setByte(in.dst.reg, r)
	return c.test(in, r)
}

// ---- with a register and memory

func addRM(c *CPU, in *inst) *inst {
	a := c.r[in.dst.reg&regMask]
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.add(in, a, b)
}

func subRM(c *CPU, in *inst) *inst {
	a := c.r[in.dst.reg&regMask]
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.sub(in, a, b)
}

func andRM(c *CPU, in *inst) *inst {
	a := c.r[in.dst.reg&regMask]
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.logic(in, a&b)
}

func orRM(c *CPU, in *inst) *inst {
	a := c.r[in.dst.reg&regMask]
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.logic(in, a|b)
}

func xorRM(c *CPU, in *inst) *inst {
	a := c.r[in.dst.reg&regMask]
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.logic(in, a^b)
}

func cmpRM(c *CPU, in *inst) *inst {
	a := c.r[in.dst.reg&regMask]
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.cmp(in, a, b)
}

func cmpM(c *CPU, in *inst) *inst {
	a, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.cmp(in, a, c.second(in))
}

func testM(c *CPU, in *inst) *inst {
	a, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.test(in, a&c.second(in))
}

// ---- that change memory

func addM(c *CPU, in *inst) *inst {
	p := c.both(c.ea64(in))
	if p == nil {
		return nil
	}
	a, b := get(in, p), c.second(in)
	put(in, p, a+b)
	c.leaveAdd(in, a, b)
	return in.then
}

func subM(c *CPU, in *inst) *inst {
	p := c.both(c.ea64(in))
	if p == nil {
		return nil
	}
	a, b := get(in, p), c.second(in)
	put(in, p, a-b)
	c.leaveSub(in, a, b)
	return in.then
}

func andM(c *CPU, in *inst) *inst {
	p := c.both(c.ea64(in))
	if p == nil {
		return nil
	}
	a, b := get(in, p), c.second(in)
	put(in, p, a&b)
	c.leaveLogic(in, a&b)
	return in.then
}

func orM(c *CPU, in *inst) *inst {
	p := c.both(c.ea64(in))
	if p == nil {
		return nil
	}
	a, b := get(in, p), c.second(in)
	put(in, p, a|b)
	c.leaveLogic(in, a|b)
	return in.then
}

func xorM(c *CPU, in *inst) *inst {
	p := c.both(c.ea64(in))
	if p == nil {
		return nil
	}
	a, b := get(in, p), c.second(in)
	put(in, p, a^b)
	c.leaveLogic(in, a^b)
	return in.then
}

// ---- with a carry

func (c *CPU) adc(in *inst, a, b, carry uint64) *inst {
	a, b = a&in.m, b&in.m
	r := (a + b + carry) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leave(in, r, a&b|(a|b)&^r)
	return in.then
}

func (c *CPU) sbb(in *inst, a, b, carry uint64) *inst {
	a, b = a&in.m, b&in.m
	r := (a - b - carry) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leave(in, r, ^a&b|(^a|b)&r)
	return in.then
}

func adcRR(c *CPU, in *inst) *inst { a, b := c.pairRR(in); return c.adc(in, a, b, c.carry()) }
func adcRI(c *CPU, in *inst) *inst { a, b := c.pairRI(in); return c.adc(in, a, b, c.carry()) }
func sbbRR(c *CPU, in *inst) *inst { a, b := c.pairRR(in); return c.sbb(in, a, b, c.carry()) }
func sbbRI(c *CPU, in *inst) *inst { a, b := c.pairRI(in); return c.sbb(in, a, b, c.carry()) }

// ---- of one operand

// leaveOne leaves the flags of INC or DEC, which leave CF alone.
func (c *CPU) leaveOne(in *inst, r, cf uint64, kind uint8) {
	c.lazy, c.kind, c.sh, c.x, c.y = true, kind, in.sh, r<<(in.sh&63), cf
}

func incR(c *CPU, in *inst) *inst {
	r := (c.r[in.dst.reg&regMask] + 1) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leaveOne(in, r, c.carry(), kindInc)
	return in.then
}

func decR(c *CPU, in *inst) *inst {
	r := (c.r[in.dst.reg&regMask] - 1) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leaveOne(in, r, c.carry(), kindDec)
	return in.then
}

func incM(c *CPU, in *inst) *inst {
	p := c.both(c.ea64(in))
	if p == nil {
		return nil
	}
	r := get(in, p) + 1
	put(in, p, r)
	c.leaveOne(in, r, c.carry(), kindInc)
	return in.then
}

func decM(c *CPU, in *inst) *inst {
	p := c.both(c.ea64(in))
	if p == nil {
		return nil
	}
	r := get(in, p) - 1
	put(in, p, r)
	c.leaveOne(in, r, c.carry(), kindDec)
	return in.then
}

func negR(c *CPU, in *inst) *inst { return c.sub(in, 0, c.r[in.dst.reg&regMask]) }

func notR(c *CPU, in *inst) *inst {
	p := &c.r[in.dst.reg&regMask]
	*p = ^*p & in.m
	return in.then
}

// ---- shifts, by what is left of a count: not 0, which changes no flags

// shiftCount is how far a number shifts.
func shiftCount(in *inst, n uint64) uint64 { return n & uint64(in.dst.n-1) & 63 }

func shlRI(c *CPU, in *inst) *inst { return c.shl(in, in.imm) }
func shrRI(c *CPU, in *inst) *inst { return c.shr(in, in.imm) }
func sarRI(c *CPU, in *inst) *inst { return c.sar(in, in.imm) }
func shlRC(c *CPU, in *inst) *inst { return c.shl(in, c.r[rCX]) }
func shrRC(c *CPU, in *inst) *inst { return c.shr(in, c.r[rCX]) }
func sarRC(c *CPU, in *inst) *inst { return c.sar(in, c.r[rCX]) }

func (c *CPU) shl(in *inst, n uint64) *inst {
	if n = shiftCount(in, n); n == 0 {
		return nil
	}
	a := c.r[in.dst.reg&regMask] & in.m
	r := a << (n & 63) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leaveShift(in, r, a>>((uint64(in.dst.n)-n)&63)&1, r>>((in.dst.n-1)&63))
	return in.then
}

func (c *CPU) shr(in *inst, n uint64) *inst {
	if n = shiftCount(in, n); n == 0 {
		return nil
	}
	a := c.r[in.dst.reg&regMask] & in.m
	r := a >> (n & 63)
	c.r[in.dst.reg&regMask] = r
	cf := a >> ((n - 1) & 63) & 1
	c.leaveShift(in, r, cf, cf^a>>((in.dst.n-1)&63))
	return in.then
}

func (c *CPU) sar(in *inst, n uint64) *inst {
	if n = shiftCount(in, n); n == 0 {
		return nil
	}
	s := int64(c.r[in.dst.reg&regMask]<<(in.sh&63)) >> (in.sh & 63)
	r := uint64(s>>(n&63)) & in.m
	c.r[in.dst.reg&regMask] = r
	cf := uint64(s>>((n-1)&63)) & 1
	c.leaveShift(in, r, cf, cf)
	return in.then
}

// leaveShift leaves a result with CF, and with OF where below differs from it.
func (c *CPU) leaveShift(in *inst, r, cf, below uint64) {
	c.leave(in, r, (cf<<1|below)<<((in.dst.n-2)&63))
}

// rolRI and rorRI change CF and OF alone.
func rolRI(c *CPU, in *inst) *inst {
	n := shiftCount(in, in.imm)
	if n == 0 {
		return nil
	}
	a := c.r[in.dst.reg&regMask] & in.m
	r := (a<<(n&63) | a>>((uint64(in.dst.n)-n)&63)) & in.m
	c.r[in.dst.reg&regMask] = r
	cf, top := r&1, r>>((in.dst.n-1)&63)
	c.keepOthers(cf, cf^top)
	return in.then
}

func rorRI(c *CPU, in *inst) *inst {
	n := shiftCount(in, in.imm)
	if n == 0 {
		return nil
	}
	a := c.r[in.dst.reg&regMask] & in.m
	r := (a>>(n&63) | a<<((uint64(in.dst.n)-n)&63)) & in.m
	c.r[in.dst.reg&regMask] = r
	top := r >> ((in.dst.n - 2) & 63)
	c.keepOthers(top>>1, top>>1^top&1)
	return in.then
}

// keepOthers sets CF and OF alone.
func (c *CPU) keepOthers(cf, of uint64) {
	c.settle()
	c.eflags = c.eflags&^(cpu.FlagCF|cpu.FlagOF) | cf | of<<11
}

// ---- multiplication and bits

func (c *CPU) imul(in *inst, a, b uint64) *inst {
	_, lo, wide := signedMul(a, b, in.dst.n)
	c.r[in.dst.reg&regMask] = lo & in.m
	c.mulFlags(lo, wide, in.dst.n)
	return in.then
}

func imulRR(c *CPU, in *inst) *inst { a, b := c.pairRR(in); return c.imul(in, a, b) }

func imulRRI(c *CPU, in *inst) *inst { return c.imul(in, c.r[in.src.reg&regMask], in.imm) }

func imulRM(c *CPU, in *inst) *inst {
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.imul(in, c.r[in.dst.reg&regMask], b)
}

func mulR64(c *CPU, in *inst) *inst {
	hi, lo := bits.Mul64(c.r[rAX], c.r[in.dst.reg&regMask])
	c.r[rAX], c.r[rDX] = lo, hi
	c.mulFlags(lo, hi != 0, 64)
	return in.then
}

func (c *CPU) bt(in *inst, n uint64) *inst {
	cf := c.r[in.dst.reg&regMask] >> (n & 63) & 1
	of := uint64(0)
	if c.of() {
		of = 1
	}
	c.keepOthers(cf, of)
	return in.then
}

func btRI(c *CPU, in *inst) *inst { return c.bt(in, shiftCount(in, in.imm)) }
func btRR(c *CPU, in *inst) *inst { return c.bt(in, shiftCount(in, c.r[in.src.reg&regMask])) }
