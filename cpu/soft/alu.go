package soft

import (
	"math/bits"

	"sysindvm/cpu"
)

// Integer arithmetic and logic (SDM 1, 7.3.2 and 7.3.3).

func exADD(c *CPU, in *inst) {
	a, b := c.loadRMW(in, &in.dst), c.load(in, &in.src)
	r := a + b
	c.store(in, &in.dst, r)
	c.addFlags(a, b, r, in.dst.n)
}

func exADC(c *CPU, in *inst) {
	a, b := c.loadRMW(in, &in.dst), c.load(in, &in.src)
	r := a + b + c.carry()
	c.store(in, &in.dst, r)
	c.addFlags(a, b, r, in.dst.n)
}

func exSUB(c *CPU, in *inst) {
	a, b := c.loadRMW(in, &in.dst), c.load(in, &in.src)
	c.store(in, &in.dst, a-b)
	c.cmpFlags(a, b, in.dst.n)
}

func exSBB(c *CPU, in *inst) {
	a, b := c.loadRMW(in, &in.dst), c.load(in, &in.src)
	r := a - b - c.carry()
	c.store(in, &in.dst, r)
	c.subFlags(a, b, r, in.dst.n)
}

func exCMP(c *CPU, in *inst) {
	a, b := c.load(in, &in.dst), c.load(in, &in.src)
	c.cmpFlags(a, b, in.dst.n)
}

func exAND(c *CPU, in *inst) {
	r := c.loadRMW(in, &in.dst) & c.load(in, &in.src)
	c.store(in, &in.dst, r)
	c.logicFlags(r, in.dst.n)
}

func exOR(c *CPU, in *inst) {
	r := c.loadRMW(in, &in.dst) | c.load(in, &in.src)
	c.store(in, &in.dst, r)
	c.logicFlags(r, in.dst.n)
}

func exXOR(c *CPU, in *inst) {
	r := c.loadRMW(in, &in.dst) ^ c.load(in, &in.src)
	c.store(in, &in.dst, r)
	c.logicFlags(r, in.dst.n)
}

func exTEST(c *CPU, in *inst) {
	c.logicFlags(c.load(in, &in.dst)&c.load(in, &in.src), in.dst.n)
}

func exNOT(c *CPU, in *inst) { c.store(in, &in.dst, ^c.loadRMW(in, &in.dst)) }

func exNEG(c *CPU, in *inst) {
	a := c.loadRMW(in, &in.dst)
	c.store(in, &in.dst, -a)
	c.cmpFlags(0, a, in.dst.n)
}

// INC and DEC leave CF alone.
func exINC(c *CPU, in *inst) {
	r := c.loadRMW(in, &in.dst) + 1
	c.store(in, &in.dst, r)
	c.incFlags(r, in.dst.n)
}

func exDEC(c *CPU, in *inst) {
	r := c.loadRMW(in, &in.dst) - 1
	c.store(in, &in.dst, r)
	c.decFlags(r, in.dst.n)
}

// mulFlags: CF and OF say that the upper half matters.
func (c *CPU) mulFlags(lo uint64, wide bool, n uint8) { c.shiftFlags(lo, wide, wide, n) }

// setPair sets AX to a byte operation's result, or rDX:rAX.
func (c *CPU) setPair(hi, lo uint64, n uint8) {
	if n == 8 {
		c.setReg(rAX, hi<<8|lo&0xff, 16)
		return
	}
	c.setReg(rAX, lo, n)
	c.setReg(rDX, hi, n)
}

func exMUL(c *CPU, in *inst) {
	n := in.dst.n
	hi, lo := bits.Mul64(c.getReg(rAX, n), c.load(in, &in.dst))
	if n < 64 {
		hi, lo = lo>>n, lo&mask(n)
	}
	c.setPair(hi, lo, n)
	c.mulFlags(lo, hi != 0, n)
}

// signedMul is the product of two numbers of n bits, and whether it needs more
// than n.
func signedMul(a, b uint64, n uint8) (hi, lo uint64, wide bool) {
	x, y := sext(a, n), sext(b, n)
	hi, lo = bits.Mul64(x, y)
	hi -= x>>63*y + y>>63*x
	if n < 64 {
		return lo >> n, lo, sext(lo, n) != lo
	}
	return hi, lo, hi != uint64(int64(lo)>>63)
}

func exIMUL1(c *CPU, in *inst) {
	n := in.dst.n
	hi, lo, wide := signedMul(c.getReg(rAX, n), c.load(in, &in.dst), n)
	c.setPair(hi, lo, n)
	c.mulFlags(lo, wide, n)
}

func exIMUL(c *CPU, in *inst) {
	a, b := c.load(in, &in.dst), c.load(in, &in.src)
	if in.third.kind == opImm {
		a = in.imm
	}
	_, lo, wide := signedMul(a, b, in.dst.n)
	c.store(in, &in.dst, lo)
	c.mulFlags(lo, wide, in.dst.n)
}

// dividend is AX, or rDX:rAX.
func (c *CPU) dividend(n uint8) (hi, lo uint64) {
	if n == 8 {
		return c.r[rAX] >> 8 & 0xff, c.r[rAX] & 0xff
	}
	return c.getReg(rDX, n), c.getReg(rAX, n)
}

func exDIV(c *CPU, in *inst) {
	n := in.dst.n
	d := c.load(in, &in.dst)
	hi, lo := c.dividend(n)
	if d == 0 || hi >= d {
		c.raiseNoCode(vecDE)
	}
	var q, r uint64
	if n == 64 {
		q, r = bits.Div64(hi, lo, d)
	} else {
		v := hi<<n | lo
		q, r = v/d, v%d
	}
	c.setPair(r, q, n)
}

func exIDIV(c *CPU, in *inst) {
	n := in.dst.n
	d := sext(c.load(in, &in.dst), n)
	hi, lo := c.dividend(n)
	if n < 64 {
		lo = sext(hi<<n|lo, min(2*n, 64))
		hi = uint64(int64(lo) >> 63)
	}
	neg := int64(hi) < 0
	if neg {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	ud := d
	if int64(d) < 0 {
		ud = -d
	}
	if ud == 0 || hi >= ud {
		c.raiseNoCode(vecDE)
	}
	q, r := bits.Div64(hi, lo, ud)
	limit := uint64(1)<<(n-1) - 1
	if neg != (int64(d) < 0) {
		limit++
		if q > limit {
			c.raiseNoCode(vecDE)
		}
		q = -q
	} else if q > limit {
		c.raiseNoCode(vecDE)
	}
	if neg {
		r = -r
	}
	c.setPair(r, q, n)
}

func exCBW(c *CPU, in *inst) { c.setReg(rAX, sext(c.r[rAX], in.size/2), in.size) }

func exCWD(c *CPU, in *inst) {
	c.setReg(rDX, uint64(int64(sext(c.r[rAX], in.size))>>63), in.size)
}

func exXADD(c *CPU, in *inst) {
	a, b := c.loadRMW(in, &in.dst), c.load(in, &in.src)
	r := a + b
	if in.dst.kind == opMem {
		c.store(in, &in.dst, r)
		c.store(in, &in.src, a)
	} else { // the sum wins where both are one register
		c.store(in, &in.src, a)
		c.store(in, &in.dst, r)
	}
	c.addFlags(a, b, r, in.dst.n)
}

func exCMPXCHG(c *CPU, in *inst) {
	n := in.dst.n
	a, acc := c.loadRMW(in, &in.dst), c.getReg(rAX, n)
	if a == acc {
		c.store(in, &in.dst, c.load(in, &in.src))
	} else {
		if in.dst.kind == opMem { // memory is written in any case, a register is not
			c.store(in, &in.dst, a)
		}
		c.setReg(rAX, a, n)
	}
	c.subFlags(acc, a, acc-a, n)
}

// exCMPXCHG8B is CMPXCHG8B, and with REX.W CMPXCHG16B.
func exCMPXCHG8B(c *CPU, in *inst) {
	a := c.ea(in)
	n := max(in.size, 32)
	step := uint64(n / 8)
	if n == 64 && a&15 != 0 {
		c.gp(0)
	}
	c.probeWrite(a, n)
	c.probeWrite(a+step, n)
	lo, hi := c.read(a, n), c.read(a+step, n)
	same := lo == c.getReg(rAX, n) && hi == c.getReg(rDX, n)
	if same {
		c.write(a, c.getReg(rBX, n), n)
		c.write(a+step, c.getReg(rCX, n), n)
	} else {
		c.setReg(rAX, lo, n)
		c.setReg(rDX, hi, n)
	}
	c.setFlag(cpu.FlagZF, same)
}
