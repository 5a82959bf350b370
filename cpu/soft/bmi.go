package soft

import (
	"math/bits"

	"sysindvm/cpu"
)

// BMI1, BMI2, ADX, LZCNT, POPCNT and MOVBE (SDM 1, 5.1.16).

// countFlags leaves the flags of TZCNT and LZCNT: CF for a zero source, ZF for
// a zero result.
func (c *CPU) countFlags(noBits bool, r uint64) {
	c.settle()
	f := c.eflags &^ (cpu.FlagCF | cpu.FlagZF)
	if noBits {
		f |= cpu.FlagCF
	}
	if r == 0 {
		f |= cpu.FlagZF
	}
	c.eflags = f
}

func exTZCNT(c *CPU, in *inst) {
	v, n := c.load(in, &in.src), in.dst.n
	r := min(uint64(bits.TrailingZeros64(v)), uint64(n))
	c.store(in, &in.dst, r)
	c.countFlags(v == 0, r)
}

func exLZCNT(c *CPU, in *inst) {
	v, n := c.load(in, &in.src), in.dst.n
	r := uint64(n) - uint64(bits.Len64(v))
	c.store(in, &in.dst, r)
	c.countFlags(v == 0, r)
}

// bitFlags leaves the flags of BMI: SF and ZF of the result, and CF.
func (c *CPU) bmiFlags(r uint64, n uint8, cf bool) {
	c.shiftFlags(r, cf, false, n)
	c.settle()
}

func exANDN(c *CPU, in *inst) {
	r := ^c.load(in, &in.src) & c.load(in, &in.third)
	c.store(in, &in.dst, r)
	c.bmiFlags(r&mask(in.dst.n), in.dst.n, false)
}

// exBEXTR extracts a field: of the length in the second byte of the control,
// from the bit in the first.
func exBEXTR(c *CPU, in *inst) {
	v, ctl, n := c.load(in, &in.src), c.load(in, &in.third), in.dst.n
	start, length := ctl&0xff, ctl>>8&0xff
	r := v >> start
	if length < 64 {
		r &= 1<<length - 1
	}
	c.store(in, &in.dst, r)
	c.bmiFlags(r, n, false)
}

func exBLSR(c *CPU, in *inst) {
	v, n := c.load(in, &in.src), in.dst.n
	r := v & (v - 1)
	c.store(in, &in.dst, r)
	c.bmiFlags(r, n, v == 0)
}

func exBLSMSK(c *CPU, in *inst) {
	v, n := c.load(in, &in.src), in.dst.n
	r := (v ^ (v - 1)) & mask(n)
	c.store(in, &in.dst, r)
	c.bmiFlags(r, n, v == 0)
}

func exBLSI(c *CPU, in *inst) {
	v, n := c.load(in, &in.src), in.dst.n
	r := v & -v
	c.store(in, &in.dst, r)
	c.bmiFlags(r, n, v != 0)
}

func exBZHI(c *CPU, in *inst) {
	v, n := c.load(in, &in.src), in.dst.n
	k := c.load(in, &in.third) & 0xff
	r := v
	if k < uint64(n) {
		r &= 1<<k - 1
	}
	c.store(in, &in.dst, r)
	c.bmiFlags(r, n, k >= uint64(n))
}

func exPDEP(c *CPU, in *inst) {
	v, m := c.load(in, &in.src), c.load(in, &in.third)
	var r uint64
	for ; m != 0; m &= m - 1 {
		r |= m & -m & -(v & 1)
		v >>= 1
	}
	c.store(in, &in.dst, r)
}

func exPEXT(c *CPU, in *inst) {
	v, m := c.load(in, &in.src), c.load(in, &in.third)
	var r uint64
	for i := 0; m != 0; m &= m - 1 {
		if v&m&-m != 0 {
			r |= 1 << i
		}
		i++
	}
	c.store(in, &in.dst, r)
}

func exMULX(c *CPU, in *inst) {
	n := in.dst.n
	hi, lo := bits.Mul64(c.getReg(rDX, n), c.load(in, &in.third))
	if n == 32 {
		hi = lo >> 32
	}
	c.store(in, &in.src, lo)
	c.store(in, &in.dst, hi) // which wins if it is the same register
}

func exRORX(c *CPU, in *inst) {
	v, n := c.load(in, &in.src), in.dst.n
	k := in.imm & uint64(n-1)
	c.store(in, &in.dst, v>>k|v<<(uint64(n)-k))
}

// shiftX makes SARX, SHLX and SHRX.
func shiftX(op func(v, k uint64, n uint8) uint64) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		n := in.dst.n
		c.store(in, &in.dst, op(c.load(in, &in.src), c.load(in, &in.third)&uint64(n-1), n))
	}
}

// addCarry makes ADCX and ADOX, which use one flag and leave all others.
func addCarry(flag uint64) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		a, b, n := c.load(in, &in.dst), c.load(in, &in.src), in.dst.n
		var carry uint64
		if c.flags()&flag != 0 {
			carry = 1
		}
		r, out := bits.Add64(a, b, carry)
		if n == 32 {
			out = r >> 32
		}
		c.store(in, &in.dst, r)
		c.setFlag(flag, out != 0)
	}
}

// exMOVBE moves, and reverses the bytes.
func exMOVBE(c *CPU, in *inst) {
	v := c.load(in, &in.src)
	c.store(in, &in.dst, bits.ReverseBytes64(v)>>(64-in.dst.n))
}

var bmiTable = []row{
	{"F3.0FBC", "TZCNT", "Gv,Ev", exTZCNT, 0, nil}, {"F3.0FBD", "LZCNT", "Gv,Ev", exLZCNT, 0, nil},
	{"VNP.0F38F2", "ANDN", "Gy,By,Ey", exANDN, vexL0, nil}, {"VNP.0F38F7", "BEXTR", "Gy,Ey,By", exBEXTR, vexL0, nil},
	{"VNP.0F38F3/1", "BLSR", "By,Ey", exBLSR, vexL0, nil}, {"VNP.0F38F3/2", "BLSMSK", "By,Ey", exBLSMSK, vexL0, nil},
	{"VNP.0F38F3/3", "BLSI", "By,Ey", exBLSI, vexL0, nil},
	{"VNP.0F38F5", "BZHI", "Gy,Ey,By", exBZHI, vexL0, nil}, {"VF2.0F38F5", "PDEP", "Gy,By,Ey", exPDEP, vexL0, nil},
	{"VF3.0F38F5", "PEXT", "Gy,By,Ey", exPEXT, vexL0, nil}, {"VF2.0F38F6", "MULX", "Gy,By,Ey", exMULX, vexL0, nil},
	{"VF2.0F3AF0", "RORX", "Gy,Ey,Ib", exRORX, vexL0, nil},
	{"VF3.0F38F7", "SARX", "Gy,Ey,By", shiftX(func(v, k uint64, n uint8) uint64 { return uint64(int64(sext(v, n)) >> k) }), vexL0, nil},
	{"V66.0F38F7", "SHLX", "Gy,Ey,By", shiftX(func(v, k uint64, n uint8) uint64 { return v << k }), vexL0, nil},
	{"VF2.0F38F7", "SHRX", "Gy,Ey,By", shiftX(func(v, k uint64, n uint8) uint64 { return v >> k }), vexL0, nil},
	{"66.0F38F6", "ADCX", "Gy,Ey", addCarry(cpu.FlagCF), 0, nil}, {"F3.0F38F6", "ADOX", "Gy,Ey", addCarry(cpu.FlagOF), 0, nil},
	{"N6.0F38F0", "MOVBE", "Gv,Mv", exMOVBE, 0, nil}, {"N6.0F38F1", "MOVBE", "Mv,Gv", exMOVBE, 0, nil},
}
