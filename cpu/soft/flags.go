package soft

import (
	"math/bits"

	"sysindvm/cpu"
)

// Most arithmetic flags are never looked at. So an instruction does not make them,
// but leaves the numbers that they follow from in CPU.x and y, and CPU.kind says
// how: the flags are made when somebody wants them. Operands of fewer than 64 bits
// are shifted left until their sign is in bit 63 (by CPU.sh bits): then two of any
// size compare as 64-bit numbers do.
const (
	kindCarries = iota // x is the result, shifted; y has the carry out of bit n in bit n, not shifted
	kindSub            // the result is x - y; a logical operation leaves its result and 0
	kindAdd            // the result is x + y
	kindInc            // x is the result; y is CF, 0 or 1, which INC leaves as it was
	kindDec            // the same of DEC
)

const arithFlags = cpu.FlagCF | cpu.FlagPF | cpu.FlagAF | cpu.FlagZF | cpu.FlagSF | cpu.FlagOF

// flags is RFLAGS.
func (c *CPU) flags() uint64 {
	c.settle()
	return c.eflags
}

// settle makes the flags out of what the last instruction has left, and puts them
// into eflags.
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

// top is the result, shifted left as x and y are.
func (c *CPU) top() uint64 {
	switch c.kind {
	case kindSub:
		return c.x - c.y
	case kindAdd:
		return c.x + c.y
	}
	return c.x
}

// aux is AF, the carry out of bit 3, if flags are lazy.
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

// addFlags and subFlags leave the flags of a sum or difference r of a, b and a
// carry or borrow, which follows from the three.
func (c *CPU) addFlags(a, b, r uint64, n uint8) { c.result(r, a&b|(a|b)&^r, n) }

func (c *CPU) subFlags(a, b, r uint64, n uint8) { c.result(r, ^a&b|(^a|b)&r, n) }

// cmpFlags leaves the flags of a - b.
func (c *CPU) cmpFlags(a, b uint64, n uint8) {
	c.lazy, c.kind, c.sh, c.x, c.y = true, kindSub, 64-n, a<<(64-n), b<<(64-n)
}

func (c *CPU) logicFlags(r uint64, n uint8) { c.cmpFlags(r, 0, n) }

// incFlags and decFlags leave the flags of INC and DEC with the result r. They do
// not change CF.
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
