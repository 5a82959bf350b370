package soft

import (
	"math/bits"

	"sysindvm/cpu"
)

// Most results of arithmetic flags are never looked at. So an instruction
// leaves the numbers that they come of, and the flags are made when they are
// wanted. The numbers stand at the top, with the operand's sign in bit 63, so
// that a comparison of them is that of the operands whatever their size.

// Kinds of what was left, in x and y.
const (
	kindCarries = iota // a result, and in y the carries out of each bit (below at the bottom)
	kindSub            // x less y; of a logical operation, its result less 0
	kindAdd            // x and y
	kindInc            // a result, and in y a carry of old, 0 or 1
	kindDec
)

const arithFlags = cpu.FlagCF | cpu.FlagPF | cpu.FlagAF | cpu.FlagZF | cpu.FlagSF | cpu.FlagOF

// flags is RFLAGS.
func (c *CPU) flags() uint64 {
	c.settle()
	return c.eflags
}

// settle makes the flags of the last result.
func (c *CPU) settle() {
	if !c.lazy {
		return
	}
	f := c.eflags&^arithFlags | c.carry() | c.aux()<<4
	if c.pf() {
		f |= cpu.FlagPF
	}
	if c.zf() {
		f |= cpu.FlagZF
	}
	if c.sf() {
		f |= cpu.FlagSF
	}
	if c.of() {
		f |= cpu.FlagOF
	}
	c.lazy, c.eflags = false, f
}

// top is the result, at the top.
func (c *CPU) top() uint64 {
	switch c.kind {
	case kindSub:
		return c.x - c.y
	case kindAdd:
		return c.x + c.y
	}
	return c.x
}

// aux is AF, of a lazy result: the carry out of bit 3.
func (c *CPU) aux() uint64 {
	r := c.top() >> c.sh
	switch c.kind {
	case kindCarries:
		return c.y >> 3 & 1
	case kindInc:
		return (r&15 - 1) >> 63
	case kindDec:
		return (r&15 + 1) >> 4
	}
	return ((c.x^c.y)>>c.sh ^ r) >> 4 & 1
}

// setFlags sets RFLAGS whole.
func (c *CPU) setFlags(v uint64) {
	c.lazy, c.eflags = false, v
	c.stop = c.count // IF, TF
	if c.cr4&cpu.CR4SMAP != 0 {
		c.setTag() // AC
	}
}

func (c *CPU) setFlag(bit uint64, on bool) {
	c.settle()
	c.eflags &^= bit
	if on {
		c.eflags |= bit
	}
}

func (c *CPU) cf() bool {
	if !c.lazy {
		return c.eflags&cpu.FlagCF != 0
	}
	switch c.kind {
	case kindSub:
		return c.x < c.y
	case kindAdd:
		return c.x+c.y < c.x
	case kindCarries:
		return c.y>>(63-c.sh)&1 != 0
	}
	return c.y != 0
}

func (c *CPU) carry() uint64 {
	if c.cf() {
		return 1
	}
	return 0
}

func (c *CPU) zf() bool {
	if c.lazy {
		return c.top() == 0
	}
	return c.eflags&cpu.FlagZF != 0
}

func (c *CPU) sf() bool {
	if c.lazy {
		return int64(c.top()) < 0
	}
	return c.eflags&cpu.FlagSF != 0
}

func (c *CPU) of() bool {
	if !c.lazy {
		return c.eflags&cpu.FlagOF != 0
	}
	r := c.top()
	switch c.kind {
	case kindSub:
		return int64((c.x^c.y)&(c.x^r)) < 0
	case kindAdd:
		return int64((c.x^r)&(c.y^r)) < 0
	case kindInc:
		return r == 1<<63
	case kindDec:
		return r == 1<<63-1<<c.sh
	}
	t := c.y >> (62 - c.sh)
	return (t^t>>1)&1 != 0
}

func (c *CPU) pf() bool {
	if c.lazy {
		return bits.OnesCount8(uint8(c.top()>>c.sh))&1 == 0
	}
	return c.eflags&cpu.FlagPF != 0
}

// cond is condition cc (SDM 1, appendix B).
func (c *CPU) cond(cc uint8) bool {
	var r bool
	switch cc >> 1 {
	case 0:
		r = c.of()
	case 1:
		r = c.cf()
	case 2:
		r = c.zf()
	case 3:
		r = c.cf() || c.zf()
	case 4:
		r = c.sf()
	case 5:
		r = c.pf()
	case 6:
		r = c.sf() != c.of()
	case 7:
		r = c.zf() || c.sf() != c.of()
	}
	return r != (cc&1 != 0)
}

// sext sign-extends the low n bits of v.
func sext(v uint64, n uint8) uint64 { return uint64(int64(v<<(64-n)) >> (64 - n)) }

func mask(n uint8) uint64 { return ^uint64(0) >> (64 - n) }

// result leaves a result of n bits and the carries that went with it.
func (c *CPU) result(r, cv uint64, n uint8) {
	c.lazy, c.kind, c.sh, c.x, c.y = true, kindCarries, 64-n, r<<(64-n), cv
}

// addFlags and subFlags are with a carry or borrow, which r tells.
func (c *CPU) addFlags(a, b, r uint64, n uint8) { c.result(r, a&b|(a|b)&^r, n) }

func (c *CPU) subFlags(a, b, r uint64, n uint8) { c.result(r, ^a&b|(^a|b)&r, n) }

// cmpFlags are those of a less b, without a borrow.
func (c *CPU) cmpFlags(a, b uint64, n uint8) {
	c.lazy, c.kind, c.sh, c.x, c.y = true, kindSub, 64-n, a<<(64-n), b<<(64-n)
}

func (c *CPU) logicFlags(r uint64, n uint8) { c.cmpFlags(r, 0, n) }

// incFlags and decFlags are of a number that is one more or less, and leave CF
// alone.
func (c *CPU) incFlags(r uint64, n uint8) {
	c.y = c.carry()
	c.lazy, c.kind, c.sh, c.x = true, kindInc, 64-n, r<<(64-n)
}

func (c *CPU) decFlags(r uint64, n uint8) {
	c.y = c.carry()
	c.lazy, c.kind, c.sh, c.x = true, kindDec, 64-n, r<<(64-n)
}

// shiftFlags leaves a result with CF and OF given and AF clear.
func (c *CPU) shiftFlags(r uint64, cf, of bool, n uint8) {
	var cv uint64
	if cf {
		cv = 1 << (n - 1)
	}
	if cf != of {
		cv |= 1 << (n - 2)
	}
	c.result(r, cv, n)
}
