package soft

import (
	"math/bits"

	"sysindvm/cpu"
)

// Shifts, rotates and bits (SDM 1, 7.3.6 and 7.3.7).

// shiftCount is a shift's count: 6 bits of it for 64-bit operands, 5 otherwise.
func (c *CPU) shiftCount(in *inst, o *operand) uint64 {
	n := c.load(in, o)
	if in.dst.n == 64 {
		return n & 63
	}
	return n & 31
}

func exSHL(c *CPU, in *inst) {
	a, k, n := c.loadRMW(in, &in.dst), c.shiftCount(in, &in.src), in.dst.n
	if k == 0 {
		c.store(in, &in.dst, a)
		return
	}
	r := a << k & mask(n)
	cf := k <= uint64(n) && a>>(uint64(n)-k)&1 != 0
	c.store(in, &in.dst, r)
	c.shiftFlags(r, cf, cf != (r>>(n-1)&1 != 0), n)
}

func exSHR(c *CPU, in *inst) {
	a, k, n := c.loadRMW(in, &in.dst), c.shiftCount(in, &in.src), in.dst.n
	if k == 0 {
		c.store(in, &in.dst, a)
		return
	}
	r := a >> k
	c.store(in, &in.dst, r)
	c.shiftFlags(r, a>>(k-1)&1 != 0, a>>(n-1)&1 != 0, n)
}

func exSAR(c *CPU, in *inst) {
	a, k, n := c.loadRMW(in, &in.dst), c.shiftCount(in, &in.src), in.dst.n
	if k == 0 {
		c.store(in, &in.dst, a)
		return
	}
	s := int64(sext(a, n))
	r := uint64(s >> k)
	c.store(in, &in.dst, r)
	c.shiftFlags(r, s>>(k-1)&1 != 0, false, n)
}

// rotateFlags sets CF and OF and leaves the others.
func (c *CPU) rotateFlags(cf, of bool) {
	c.setFlag(cpu.FlagCF, cf)
	c.setFlag(cpu.FlagOF, of)
}

func exROL(c *CPU, in *inst) {
	a, k, n := c.loadRMW(in, &in.dst), c.shiftCount(in, &in.src), uint64(in.dst.n)
	s := k % n
	r := (a<<s | a>>(n-s)) & mask(in.dst.n)
	c.store(in, &in.dst, r)
	if k != 0 {
		c.rotateFlags(r&1 != 0, r&1 != r>>(n-1))
	}
}

func exROR(c *CPU, in *inst) {
	a, k, n := c.loadRMW(in, &in.dst), c.shiftCount(in, &in.src), uint64(in.dst.n)
	s := k % n
	r := (a>>s | a<<(n-s)) & mask(in.dst.n)
	c.store(in, &in.dst, r)
	if k != 0 {
		c.rotateFlags(r>>(n-1) != 0, r>>(n-1) != r>>(n-2)&1)
	}
}

// RCL and RCR rotate through CF, a bit at a time.
func exRCL(c *CPU, in *inst) {
	a, k, n := c.loadRMW(in, &in.dst), c.shiftCount(in, &in.src), uint64(in.dst.n)
	cf := c.carry()
	for range k % (n + 1) {
		a, cf = a<<1&mask(in.dst.n)|cf, a>>(n-1)
	}
	c.store(in, &in.dst, a)
	if k%(n+1) != 0 {
		c.rotateFlags(cf != 0, cf != a>>(n-1))
	}
}

func exRCR(c *CPU, in *inst) {
	a, k, n := c.loadRMW(in, &in.dst), c.shiftCount(in, &in.src), uint64(in.dst.n)
	cf := c.carry()
	for range k % (n + 1) {
		a, cf = a>>1|cf<<(n-1), a&1
	}
	c.store(in, &in.dst, a)
	if k%(n+1) != 0 {
		c.rotateFlags(cf != 0, a>>(n-1) != a>>(n-2)&1)
	}
}

func exSHLD(c *CPU, in *inst) {
	a, b, k, n := c.loadRMW(in, &in.dst), c.load(in, &in.src), c.shiftCount(in, &in.third), uint64(in.dst.n)
	if k == 0 || k > n {
		c.store(in, &in.dst, a)
		return
	}
	r := (a<<k | b>>(n-k)) & mask(in.dst.n)
	c.store(in, &in.dst, r)
	c.shiftFlags(r, a>>(n-k)&1 != 0, (r^a)>>(n-1) != 0, in.dst.n)
}

func exSHRD(c *CPU, in *inst) {
	a, b, k, n := c.loadRMW(in, &in.dst), c.load(in, &in.src), c.shiftCount(in, &in.third), uint64(in.dst.n)
	if k == 0 || k > n {
		c.store(in, &in.dst, a)
		return
	}
	r := (a>>k | b<<(n-k)) & mask(in.dst.n)
	c.store(in, &in.dst, r)
	c.shiftFlags(r, a>>(k-1)&1 != 0, (r^a)>>(n-1) != 0, in.dst.n)
}

// bit finds the bit that BT and its kin mean: in a register, or, with the
// number in a register, anywhere in memory.
func (c *CPU) bit(in *inst, rmw bool) (v uint64, at, addr uint64) {
	n := uint64(in.dst.n)
	idx := c.load(in, &in.src)
	if in.dst.kind != opMem {
		return c.load(in, &in.dst), idx & (n - 1), 0
	}
	addr = c.ea(in)
	if in.src.kind != opImm {
		s := int64(sext(idx, in.dst.n))
		addr += uint64(s>>bits.TrailingZeros64(n)) * (n / 8)
	}
	if rmw {
		c.probeWrite(addr, in.dst.n)
	}
	return c.read(addr, in.dst.n), idx & (n - 1), addr
}

func exBT(c *CPU, in *inst) {
	v, at, _ := c.bit(in, false)
	c.setFlag(cpu.FlagCF, v>>at&1 != 0)
}

func (c *CPU) changeBit(in *inst, change func(v, bit uint64) uint64) {
	v, at, addr := c.bit(in, true)
	r := change(v, 1<<at)
	if in.dst.kind == opMem {
		c.write(addr, r, in.dst.n)
	} else {
		c.store(in, &in.dst, r)
	}
	c.setFlag(cpu.FlagCF, v>>at&1 != 0)
}

func exBTS(c *CPU, in *inst) { c.changeBit(in, func(v, b uint64) uint64 { return v | b }) }
func exBTR(c *CPU, in *inst) { c.changeBit(in, func(v, b uint64) uint64 { return v &^ b }) }
func exBTC(c *CPU, in *inst) { c.changeBit(in, func(v, b uint64) uint64 { return v ^ b }) }

// BSF and BSR leave the destination alone where there is no bit.
func exBSF(c *CPU, in *inst) {
	v := c.load(in, &in.src)
	if v != 0 {
		c.store(in, &in.dst, uint64(bits.TrailingZeros64(v)))
	}
	c.setFlag(cpu.FlagZF, v == 0)
}

func exBSR(c *CPU, in *inst) {
	v := c.load(in, &in.src)
	if v != 0 {
		c.store(in, &in.dst, uint64(63-bits.LeadingZeros64(v)))
	}
	c.setFlag(cpu.FlagZF, v == 0)
}

func exPOPCNT(c *CPU, in *inst) {
	v := c.load(in, &in.src)
	c.store(in, &in.dst, uint64(bits.OnesCount64(v)))
	c.lazy = false
	c.eflags &^= arithFlags
	c.setFlag(cpu.FlagZF, v == 0)
}

func exBSWAP(c *CPU, in *inst) {
	v := c.load(in, &in.dst)
	switch in.dst.n {
	case 64:
		v = bits.ReverseBytes64(v)
	case 32:
		v = uint64(bits.ReverseBytes32(uint32(v)))
	default:
		v = 0 // undefined; this is what Intel CPUs do
	}
	c.store(in, &in.dst, v)
}
