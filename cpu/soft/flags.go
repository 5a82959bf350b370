package soft

import (
	"math/bits"

	"sysindvm/cpu"
)

// Most results of arithmetic flags are never looked at. So an instruction
// leaves its result and the carries out of each of its bits, and the flags are
// made of them when they are wanted:
//
//	ZF, SF, PF  of the result
//	CF          the carry out of the top bit
//	OF          that, different from the carry out of the bit below
//	AF          the carry out of bit 3

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
	c.lazy = false
	f := c.eflags &^ arithFlags
	if c.res == 0 {
		f |= cpu.FlagZF
	}
	f |= c.res >> 63 << 7
	if bits.OnesCount8(uint8(c.res))&1 == 0 {
		f |= cpu.FlagPF
	}
	top := c.cv >> (c.size - 2) & 3
	f |= top >> 1
	f |= (top>>1 ^ top&1) << 11
	f |= c.cv >> 3 & 1 << 4
	c.eflags = f
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
	if c.lazy {
		return c.cv>>(c.size-1)&1 != 0
	}
	return c.eflags&cpu.FlagCF != 0
}

func (c *CPU) carry() uint64 {
	if c.cf() {
		return 1
	}
	return 0
}

func (c *CPU) zf() bool {
	if c.lazy {
		return c.res == 0
	}
	return c.eflags&cpu.FlagZF != 0
}

func (c *CPU) sf() bool {
	if c.lazy {
		return int64(c.res) < 0
	}
	return c.eflags&cpu.FlagSF != 0
}

func (c *CPU) of() bool {
	if c.lazy {
		t := c.cv >> (c.size - 2)
		return (t^t>>1)&1 != 0
	}
	return c.eflags&cpu.FlagOF != 0
}

func (c *CPU) pf() bool {
	if c.lazy {
		return bits.OnesCount8(uint8(c.res))&1 == 0
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
	c.lazy, c.size, c.res, c.cv = true, n, sext(r, n), cv
}

func (c *CPU) addFlags(a, b, r uint64, n uint8) { c.result(r, a&b|(a|b)&^r, n) }

func (c *CPU) subFlags(a, b, r uint64, n uint8) { c.result(r, ^a&b|(^a|b)&r, n) }

func (c *CPU) logicFlags(r uint64, n uint8) { c.result(r, 0, n) }

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
