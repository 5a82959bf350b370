package soft

import "sysindvm/cpu"

// MMX (SDM 1, chapter 9), with what SSE and SSE2 added to it. The registers
// are the significands of the x87 ones.

// checkMMX raises what keeps an MMX instruction from running.
func (c *CPU) checkMMX() {
	if c.cr0&cpu.CR0EM != 0 {
		c.raiseNoCode(vecUD)
	}
	c.wait()
}

// toMMX is what every MMX instruction does to the x87 state.
func (c *CPU) toMMX() { c.fpu.top, c.fpu.ftw = 0, 0xff }

func (c *CPU) setMM(r uint8, v uint64) { c.fpu.reg[r&7] = f80{v, 0xffff} }

// loadMM is an operand of 64 bits, or fewer in memory or a general register.
func (c *CPU) loadMM(in *inst, o *operand) uint64 {
	if o.kind == opMMX {
		return c.fpu.reg[o.reg&7].m
	}
	return c.load(in, o)
}

func (c *CPU) storeMM(in *inst, o *operand, v uint64) {
	if o.kind == opMMX {
		c.setMM(o.reg, v)
		return
	}
	c.store(in, o, v)
}

// mm is a row's function for an operation on 64 bits: of the destination, the
// source and the immediate.
func mm(op func(a, b, imm uint64) uint64) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkMMX()
		b := in.imm & 0xff
		if in.src.kind != opImm {
			b = c.loadMM(in, &in.src)
		}
		r := op(c.loadMM(in, &in.dst), b, in.imm&0xff)
		c.storeMM(in, &in.dst, r)
		c.toMMX()
	}
}

func exMOVMM(c *CPU, in *inst) {
	c.checkMMX()
	c.storeMM(in, &in.dst, c.loadMM(in, &in.src))
	c.toMMX()
}

// mmLanes is an operation on lanes of n bits.
func mmLanes(n uint, op func(a, b uint64) uint64) func(*CPU, *inst) {
	return mm(func(a, b, _ uint64) uint64 { return lanes(vec{a}, vec{b}, n, op)[0] })
}

func mmShift(n uint, op func(v, count uint64) uint64) func(*CPU, *inst) {
	return mm(func(a, b, _ uint64) uint64 {
		return lanes(vec{a}, vec{}, n, func(v, _ uint64) uint64 { return op(v, b) })[0]
	})
}

// mmUnpack interleaves the lanes of the lower or upper halves.
func mmUnpack(n uint, half uint) func(*CPU, *inst) {
	return mm(func(a, b, _ uint64) (r uint64) {
		m := uint64(1)<<n - 1
		for i := uint(0); i < 32; i += n {
			r |= (a>>(32*half+i)&m | b>>(32*half+i)&m<<n) << (2 * i)
		}
		return r
	})
}

// mmPack narrows the lanes of both operands.
func mmPack(n uint8, clamp func(v int64, n uint8) uint64) func(*CPU, *inst) {
	return mm(func(a, b, _ uint64) (r uint64) {
		for i, v := range [...]uint64{a, b} {
			for j := uint8(0); j < 64; j += n {
				r |= clamp(int64(sext(v>>j, n)), n/2) & mask(n/2) << (32*uint8(i) + j/2)
			}
		}
		return r
	})
}

func exPSHUFW(c *CPU, in *inst) {
	c.checkMMX()
	v := c.loadMM(in, &in.src)
	o := shuffle4(func(i uint64) uint64 { return v >> (16 * i) & 0xffff }, in.imm)
	c.setMM(in.dst.reg, o[0]|o[1]<<16|o[2]<<32|o[3]<<48)
	c.toMMX()
}

func exPMOVMSKBmm(c *CPU, in *inst) {
	c.checkMMX()
	v, m := c.loadMM(in, &in.src), uint64(0)
	for i := range 8 {
		m |= v >> (i*8 + 7) & 1 << i
	}
	c.store(in, &in.dst, m)
	c.toMMX()
}

func exPEXTRWmm(c *CPU, in *inst) {
	c.checkMMX()
	c.store(in, &in.dst, c.loadMM(in, &in.src)>>(in.imm&3*16)&0xffff)
	c.toMMX()
}

// loadWord is a word in memory, or the low one of a register.
func (c *CPU) loadWord(in *inst, o *operand) uint64 {
	if o.kind == opMem {
		return c.read16(c.ea(in))
	}
	return c.load(in, o) & 0xffff
}

func exPINSRWmm(c *CPU, in *inst) {
	c.checkMMX()
	s := in.imm & 3 * 16
	c.setMM(in.dst.reg, c.loadMM(in, &in.dst)&^(0xffff<<s)|c.loadWord(in, &in.src)<<s)
	c.toMMX()
}

func exEMMS(c *CPU, in *inst) {
	c.checkMMX()
	c.fpu.ftw, c.fpu.top = 0, 0
}

// maskMove writes the bytes whose mask byte has its top bit set to DS:rDI.
func (c *CPU) maskMove(in *inst, v, m []uint64) {
	a := c.r[rDI]
	if in.addr != 64 {
		a &= 0xffffffff
	}
	a += c.base[in.seg]
	selected := func(i int) bool { return m[i/8]>>(i%8*8+7)&1 != 0 }
	for i := range 8 * len(v) {
		if selected(i) {
			c.probeWrite(a+uint64(i), 8)
		}
	}
	for i := range 8 * len(v) {
		if selected(i) {
			c.write8(a+uint64(i), v[i/8]>>(i%8*8)&0xff)
		}
	}
}

func exMASKMOVQ(c *CPU, in *inst) {
	c.checkMMX()
	c.maskMove(in, []uint64{c.loadMM(in, &in.dst)}, []uint64{c.loadMM(in, &in.src)})
	c.toMMX()
}

func exMASKMOVDQU(c *CPU, in *inst) {
	c.checkSSE(in)
	v, m := c.xmm[in.dst.reg], c.xmm[in.src.reg]
	c.maskMove(in, v[:], m[:])
}

func exMOVDQ2Q(c *CPU, in *inst) {
	c.checkSSE(in)
	c.checkMMX()
	c.setMM(in.dst.reg, c.xmm[in.src.reg][0])
	c.toMMX()
}

func exMOVQ2DQ(c *CPU, in *inst) {
	c.checkSSE(in)
	c.checkMMX()
	c.xmm[in.dst.reg] = vec{c.loadMM(in, &in.src)}
	c.toMMX()
}

// exCVTPI2F converts two integers to floating point.
func exCVTPI2F(f format) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		fromMM := in.src.kind == opMMX
		if fromMM {
			c.checkMMX()
		}
		v, e := c.loadMM(in, &in.src), c.env(f)
		r := vec{fromInt32(c, e, v&0xffffffff), fromInt32(c, e, v>>32)}
		if fromMM {
			c.toMMX() // even if the conversion faults
		}
		c.settleSSE(e.flags)
		if f == single {
			c.xmm[in.dst.reg][0] = r[0] | r[1]<<32
		} else {
			c.xmm[in.dst.reg] = r
		}
	}
}

// exCVTF2PI converts two numbers to integers.
func exCVTF2PI(f format, truncate bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		c.checkMMX()
		v, e := c.loadA(in, &in.src), c.env(f)
		if f == single {
			v = vec{v[0] & 0xffffffff, v[0] >> 32}
		}
		r := c.toIntOf(e, v[0], 32, truncate) | c.toIntOf(e, v[1], 32, truncate)<<32
		c.toMMX() // even if the conversion faults
		c.settleSSE(e.flags)
		c.setMM(in.dst.reg, r)
	}
}

var mmxTable = []row{
	{"NP.0F77", "EMMS", "", exEMMS, 0, nil},
	{"NP.0F6E", "MOVD", "Pq,Ey", exMOVMM, 0, nil}, {"NP.0F7E", "MOVD", "Ey,Pq", exMOVMM, 0, nil},
	{"NP.0F6F", "MOVQ", "Pq,Qq", exMOVMM, 0, nil}, {"NP.0F7F", "MOVQ", "Qq,Pq", exMOVMM, 0, nil},
	{"NP.0FE7", "MOVNTQ", "Mq,Pq", exMOVMM, 0, nil},
	{"NP.0F60", "PUNPCKLBW", "Pq,Qd", mmUnpack(8, 0), 0, nil}, {"NP.0F61", "PUNPCKLWD", "Pq,Qd", mmUnpack(16, 0), 0, nil},
	{"NP.0F62", "PUNPCKLDQ", "Pq,Qd", mmUnpack(32, 0), 0, nil}, {"NP.0F68", "PUNPCKHBW", "Pq,Qq", mmUnpack(8, 1), 0, nil},
	{"NP.0F69", "PUNPCKHWD", "Pq,Qq", mmUnpack(16, 1), 0, nil}, {"NP.0F6A", "PUNPCKHDQ", "Pq,Qq", mmUnpack(32, 1), 0, nil},
	{"NP.0F63", "PACKSSWB", "Pq,Qq", mmPack(16, clampS), 0, nil}, {"NP.0F67", "PACKUSWB", "Pq,Qq", mmPack(16, clampU), 0, nil},
	{"NP.0F6B", "PACKSSDW", "Pq,Qq", mmPack(32, clampS), 0, nil},
	{"NP.0F64", "PCMPGTB", "Pq,Qq", mmLanes(8, greater(8)), 0, nil}, {"NP.0F65", "PCMPGTW", "Pq,Qq", mmLanes(16, greater(16)), 0, nil},
	{"NP.0F66", "PCMPGTD", "Pq,Qq", mmLanes(32, greater(32)), 0, nil},
	{"NP.0F74", "PCMPEQB", "Pq,Qq", mmLanes(8, equal), 0, nil}, {"NP.0F75", "PCMPEQW", "Pq,Qq", mmLanes(16, equal), 0, nil},
	{"NP.0F76", "PCMPEQD", "Pq,Qq", mmLanes(32, equal), 0, nil},
	{"NP.0F70", "PSHUFW", "Pq,Qq,Ib", exPSHUFW, 0, nil},
	{"NP.0F71/2", "PSRLW", "Nq,Ib", mmShift(16, shr(16)), regOnly, nil}, {"NP.0F71/4", "PSRAW", "Nq,Ib", mmShift(16, sar(16)), regOnly, nil},
	{"NP.0F71/6", "PSLLW", "Nq,Ib", mmShift(16, shl(16)), regOnly, nil},
	{"NP.0F72/2", "PSRLD", "Nq,Ib", mmShift(32, shr(32)), regOnly, nil}, {"NP.0F72/4", "PSRAD", "Nq,Ib", mmShift(32, sar(32)), regOnly, nil},
	{"NP.0F72/6", "PSLLD", "Nq,Ib", mmShift(32, shl(32)), regOnly, nil},
	{"NP.0F73/2", "PSRLQ", "Nq,Ib", mmShift(64, shr(64)), regOnly, nil}, {"NP.0F73/6", "PSLLQ", "Nq,Ib", mmShift(64, shl(64)), regOnly, nil},
	{"NP.0FD1", "PSRLW", "Pq,Qq", mmShift(16, shr(16)), 0, nil}, {"NP.0FD2", "PSRLD", "Pq,Qq", mmShift(32, shr(32)), 0, nil},
	{"NP.0FD3", "PSRLQ", "Pq,Qq", mmShift(64, shr(64)), 0, nil}, {"NP.0FE1", "PSRAW", "Pq,Qq", mmShift(16, sar(16)), 0, nil},
	{"NP.0FE2", "PSRAD", "Pq,Qq", mmShift(32, sar(32)), 0, nil}, {"NP.0FF1", "PSLLW", "Pq,Qq", mmShift(16, shl(16)), 0, nil},
	{"NP.0FF2", "PSLLD", "Pq,Qq", mmShift(32, shl(32)), 0, nil}, {"NP.0FF3", "PSLLQ", "Pq,Qq", mmShift(64, shl(64)), 0, nil},
	{"NP.0FC4", "PINSRW", "Pq,Ed,Ib", exPINSRWmm, 0, nil}, {"NP.0FC5", "PEXTRW", "Gd,Nq,Ib", exPEXTRWmm, regMod, nil},
	{"NP.0FD4", "PADDQ", "Pq,Qq", mmLanes(64, add), 0, nil}, {"NP.0FFC", "PADDB", "Pq,Qq", mmLanes(8, add), 0, nil},
	{"NP.0FFD", "PADDW", "Pq,Qq", mmLanes(16, add), 0, nil}, {"NP.0FFE", "PADDD", "Pq,Qq", mmLanes(32, add), 0, nil},
	{"NP.0FF8", "PSUBB", "Pq,Qq", mmLanes(8, sub), 0, nil}, {"NP.0FF9", "PSUBW", "Pq,Qq", mmLanes(16, sub), 0, nil},
	{"NP.0FFA", "PSUBD", "Pq,Qq", mmLanes(32, sub), 0, nil}, {"NP.0FFB", "PSUBQ", "Pq,Qq", mmLanes(64, sub), 0, nil},
	{"NP.0FD8", "PSUBUSB", "Pq,Qq", mmLanes(8, subU(8)), 0, nil}, {"NP.0FD9", "PSUBUSW", "Pq,Qq", mmLanes(16, subU(16)), 0, nil},
	{"NP.0FDC", "PADDUSB", "Pq,Qq", mmLanes(8, addU(8)), 0, nil}, {"NP.0FDD", "PADDUSW", "Pq,Qq", mmLanes(16, addU(16)), 0, nil},
	{"NP.0FE8", "PSUBSB", "Pq,Qq", mmLanes(8, subS(8)), 0, nil}, {"NP.0FE9", "PSUBSW", "Pq,Qq", mmLanes(16, subS(16)), 0, nil},
	{"NP.0FEC", "PADDSB", "Pq,Qq", mmLanes(8, addS(8)), 0, nil}, {"NP.0FED", "PADDSW", "Pq,Qq", mmLanes(16, addS(16)), 0, nil},
	{"NP.0FDA", "PMINUB", "Pq,Qq", mmLanes(8, minU), 0, nil}, {"NP.0FDE", "PMAXUB", "Pq,Qq", mmLanes(8, maxU), 0, nil},
	{"NP.0FEA", "PMINSW", "Pq,Qq", mmLanes(16, minS16), 0, nil}, {"NP.0FEE", "PMAXSW", "Pq,Qq", mmLanes(16, maxS16), 0, nil},
	{"NP.0FE0", "PAVGB", "Pq,Qq", mmLanes(8, average), 0, nil}, {"NP.0FE3", "PAVGW", "Pq,Qq", mmLanes(16, average), 0, nil},
	{"NP.0FD5", "PMULLW", "Pq,Qq", mmLanes(16, mulLow16), 0, nil}, {"NP.0FE5", "PMULHW", "Pq,Qq", mmLanes(16, mulHigh16), 0, nil},
	{"NP.0FE4", "PMULHUW", "Pq,Qq", mmLanes(16, mulHighU16), 0, nil}, {"NP.0FF4", "PMULUDQ", "Pq,Qq", mmLanes(64, mulU32), 0, nil},
	{"NP.0FF5", "PMADDWD", "Pq,Qq", mmLanes(32, mulAddPairs), 0, nil}, {"NP.0FF6", "PSADBW", "Pq,Qq", mmLanes(64, sumDiff), 0, nil},
	{"NP.0FDB", "PAND", "Pq,Qq", mmLanes(64, andBits), 0, nil}, {"NP.0FDF", "PANDN", "Pq,Qq", mmLanes(64, andNot), 0, nil},
	{"NP.0FEB", "POR", "Pq,Qq", mmLanes(64, orBits), 0, nil}, {"NP.0FEF", "PXOR", "Pq,Qq", mmLanes(64, xorBits), 0, nil},
	{"NP.0FD7", "PMOVMSKB", "Gd,Nq", exPMOVMSKBmm, regMod, nil},
	{"NP.0FF7", "MASKMOVQ", "Pq,Nq", exMASKMOVQ, regMod, nil}, {"66.0FF7", "MASKMOVDQU", "Vdq,Udq", exMASKMOVDQU, regMod, nil},
	{"F2.0FD6", "MOVDQ2Q", "Pq,Udq", exMOVDQ2Q, regMod, nil}, {"F3.0FD6", "MOVQ2DQ", "Vdq,Nq", exMOVQ2DQ, regMod, nil},
	{"NP.0F2A", "CVTPI2PS", "Vq,Qq", exCVTPI2F(single), 0, nil}, {"66.0F2A", "CVTPI2PD", "Vdq,Qq", exCVTPI2F(double), 0, nil},
	{"NP.0F2C", "CVTTPS2PI", "Pq,Wq", exCVTF2PI(single, true), 0, nil}, {"66.0F2C", "CVTTPD2PI", "Pq,Wdq", exCVTF2PI(double, true), 0, nil},
	{"NP.0F2D", "CVTPS2PI", "Pq,Wq", exCVTF2PI(single, false), 0, nil}, {"66.0F2D", "CVTPD2PI", "Pq,Wdq", exCVTF2PI(double, false), 0, nil},
}
