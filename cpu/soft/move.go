package soft

import "sysindvm/cpu"

// Data movement (SDM 1, 7.3.1), flag instructions (7.3.13).

func exNOP(c *CPU, in *inst) {}

func exMOV(c *CPU, in *inst)   { c.store(in, &in.dst, c.load(in, &in.src)) }
func exMOVZX(c *CPU, in *inst) { c.store(in, &in.dst, c.load(in, &in.src)) }
func exMOVSX(c *CPU, in *inst) { c.store(in, &in.dst, sext(c.load(in, &in.src), in.src.n)) }
func exLEA(c *CPU, in *inst)   { c.store(in, &in.dst, c.offset(in)) }

func exXCHG(c *CPU, in *inst) {
	a, b := c.loadRMW(in, &in.dst), c.load(in, &in.src)
	c.store(in, &in.dst, b)
	c.store(in, &in.src, a)
}

// exXCHGA is NOP, unless it names another register than rAX.
func exXCHGA(c *CPU, in *inst) {
	if in.dst.reg != rAX {
		exXCHG(c, in)
	}
}

func exCMOV(c *CPU, in *inst) {
	v := c.load(in, &in.src) // read even if not moved
	if !c.cond(in.code & 15) {
		v = c.load(in, &in.dst) // a 32-bit destination is zero-extended all the same
	}
	c.store(in, &in.dst, v)
}

func exSET(c *CPU, in *inst) {
	v := uint64(0)
	if c.cond(in.code & 15) {
		v = 1
	}
	c.store(in, &in.dst, v)
}

func exXLAT(c *CPU, in *inst) {
	a := c.r[rBX] + c.r[rAX]&0xff
	c.setReg(rAX, c.read8(a&mask(in.addr)+c.base[in.seg]), 8)
}

// ---- the stack

func exPUSH(c *CPU, in *inst) { c.push(c.load(in, &in.dst), in.size) }

// exPOP: an address that uses rSP is that after the pop.
func exPOP(c *CPU, in *inst) {
	v := c.peek(0, in.size)
	if in.dst.kind == opMem {
		old := c.r[rSP]
		c.drop(uint64(in.size / 8))
		a := c.ea(in)
		c.r[rSP] = old
		c.write(a, v, in.size)
		c.drop(uint64(in.size / 8))
		return
	}
	c.drop(uint64(in.size / 8))
	c.store(in, &in.dst, v)
}

func exPUSHA(c *CPU, in *inst) {
	sp := c.r[rSP]
	for r := rAX; r <= rDI; r++ {
		v := c.r[r]
		if r == rSP {
			v = sp
		}
		c.push(v, in.size)
	}
}

func exPOPA(c *CPU, in *inst) {
	for r := rDI; r >= rAX; r-- {
		if v := c.pop(in.size); r != rSP {
			c.setReg(uint8(r), v, in.size)
		}
	}
}

func exENTER(c *CPU, in *inst) {
	n, level := in.size, in.imm2&31
	size := uint64(n / 8)
	c.push(c.r[rBP], n)
	frame := c.r[rSP]
	for i := uint64(1); i < level; i++ {
		c.push(c.read((c.r[rBP]-i*size)&mask(c.stackSize())+c.base[segSS], n), n)
	}
	if level > 0 {
		c.push(frame, n)
	}
	c.setReg(rBP, frame, c.stackSize())
	c.setReg(rSP, c.r[rSP]-in.imm&0xffff, c.stackSize())
}

func exLEAVE(c *CPU, in *inst) {
	v := c.read(c.r[rBP]&mask(c.stackSize())+c.base[segSS], in.size)
	c.setReg(rSP, c.r[rBP]+uint64(in.size/8), c.stackSize())
	c.setReg(rBP, v, in.size)
}

// ---- flags

func (c *CPU) iopl() uint8 { return uint8(c.eflags >> 12 & 3) }

func exPUSHF(c *CPU, in *inst) { c.push(c.flags()&^(cpu.FlagRF|cpu.FlagVM), in.size) }

// exPOPF: what may be changed depends on the ring (SDM 2B, POPF).
func exPOPF(c *CPU, in *inst) {
	v := c.pop(in.size)
	may := uint64(arithFlags | cpu.FlagTF | cpu.FlagDF | cpu.FlagNT | cpu.FlagAC | cpu.FlagID)
	if c.cpl <= c.iopl() {
		may |= cpu.FlagIF
	}
	if c.cpl == 0 {
		may |= cpu.FlagIOPL
	}
	c.setFlags(c.flags()&^(may&mask(in.size)|cpu.FlagRF) | v&may&mask(in.size))
}

const sahfFlags = cpu.FlagCF | cpu.FlagPF | cpu.FlagAF | cpu.FlagZF | cpu.FlagSF

func exSAHF(c *CPU, in *inst) {
	c.settle()
	c.eflags = c.eflags&^sahfFlags | c.r[rAX]>>8&sahfFlags
}

func exLAHF(c *CPU, in *inst) {
	c.r[rAX] = c.r[rAX]&^0xff00 | (c.flags()&sahfFlags|cpu.FlagR1)<<8
}

func exCMC(c *CPU, in *inst) { c.setFlag(cpu.FlagCF, !c.cf()) }
func exCLC(c *CPU, in *inst) { c.setFlag(cpu.FlagCF, false) }
func exSTC(c *CPU, in *inst) { c.setFlag(cpu.FlagCF, true) }
func exCLD(c *CPU, in *inst) { c.eflags &^= cpu.FlagDF }
func exSTD(c *CPU, in *inst) { c.eflags |= cpu.FlagDF }
