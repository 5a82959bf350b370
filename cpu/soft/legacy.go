package soft

import "sysindvm/cpu"

// Instructions that 64-bit programs have no more, or hardly use: decimal
// arithmetic (SDM 1, 7.3.4), far pointers, questions about selectors, and the
// fast system calls of 32-bit kernels.

var legacyTable = []row{
	{"27", "DAA", "", exDAA, no64, nil},
	{"2F", "DAS", "", exDAS, no64, nil},
	{"37", "AAA", "", exAAA, no64, nil},
	{"3F", "AAS", "", exAAS, no64, nil},
	{"D4", "AAM", "Ib", exAAM, no64, nil},
	{"D6", "SALC", "", exSALC, no64, nil},
	{"D5", "AAD", "Ib", exAAD, no64, nil},
	{"62", "BOUND", "Gv,Mv", exBOUND, no64 | memOnly, nil},
	{"63", "ARPL", "Ew,Gw", exARPL, no64, nil},
	{"C4", "LES", "Gv,Mv", exLES, no64 | memOnly, nil},
	{"C5", "LDS", "Gv,Mv", exLDS, no64 | memOnly, nil},
	{"0FB2", "LSS", "Gv,Mv", exLSS, memOnly, nil},
	{"0FB4", "LFS", "Gv,Mv", exLFS, memOnly, nil},
	{"0FB5", "LGS", "Gv,Mv", exLGS, memOnly, nil},
	{"0F02", "LAR", "Gv,Ew", exLAR, 0, nil},
	{"0F03", "LSL", "Gv,Ew", exLSL, 0, nil},
	{"0F00/4", "VERR", "Ew", exVERR, 0, nil},
	{"0F00/5", "VERW", "Ew", exVERW, 0, nil},
	{"0F34", "SYSENTER", "", exSYSENTER, ends, nil},
	{"0F35", "SYSEXIT", "", exSYSEXIT, ends, nil},
}

// ---- decimal

// decimal leaves a result in AL with its flags, CF and AF; OF, which has no
// meaning, is clear.
func (c *CPU) decimal(al uint64, cf, af bool) {
	c.setReg(rAX, al, 8)
	var cv uint64
	if cf {
		cv = 3 << 6
	}
	if af {
		cv |= 1 << 3
	}
	c.result(al&0xff, cv, 8)
}

func (c *CPU) af() bool { return c.flags()&cpu.FlagAF != 0 }

func exDAA(c *CPU, in *inst) {
	al, cf, af := c.r[rAX]&0xff, c.cf(), c.af()
	r := al
	if al&15 > 9 || af {
		r += 6
		af = true
	}
	if al > 0x99 || cf {
		r += 0x60
		cf = true
	}
	c.decimal(r, cf, af)
}

// exSALC is in no manual, and in every processor.
func exSALC(c *CPU, in *inst) { c.setReg(rAX, -c.carry()&0xff, 8) }

func exDAS(c *CPU, in *inst) {
	al, cf, af := c.r[rAX]&0xff, c.cf(), c.af()
	r, borrow := al, cf
	if al&15 > 9 || af {
		r -= 6
		borrow = cf || al < 6
		af = true
	}
	if al > 0x99 || cf {
		r -= 0x60
		borrow = true
	}
	c.decimal(r, borrow, af)
}

// adjust is AAA, and with sign -1 AAS.
func (c *CPU) adjust(sign uint64) {
	ax := c.r[rAX] & 0xffff
	carry := ax&15 > 9 || c.af()
	if carry {
		ax += sign * 0x106
	}
	c.setReg(rAX, ax&0xff0f, 16)
	c.decimal(ax&15, carry, carry)
}

func exAAA(c *CPU, in *inst) { c.adjust(1) }
func exAAS(c *CPU, in *inst) { c.adjust(^uint64(0)) }

func exAAM(c *CPU, in *inst) {
	n, al := in.imm&0xff, c.r[rAX]&0xff
	if n == 0 {
		c.raiseNoCode(vecDE)
	}
	c.setReg(rAX, al/n<<8|al%n, 16)
	c.decimal(al%n, false, false)
}

func exAAD(c *CPU, in *inst) {
	al := (c.r[rAX] + c.r[rAX]>>8&0xff*(in.imm&0xff)) & 0xff
	c.setReg(rAX, al, 16)
	c.decimal(al, false, false)
}

// ---- memory and selectors

func exBOUND(c *CPU, in *inst) {
	n := in.size
	a := c.ea(in)
	i, lo, hi := int64(sext(c.load(in, &in.dst), n)), int64(sext(c.read(a, n), n)), int64(sext(c.read(a+uint64(n/8), n), n))
	if i < lo || i > hi {
		const vecBR = 5
		c.raiseNoCode(vecBR)
	}
}

// notReal: the instruction is none in real mode.
func (c *CPU) notReal() {
	if c.real() {
		c.raiseNoCode(vecUD)
	}
}

func exARPL(c *CPU, in *inst) {
	c.notReal()
	a, b := c.loadRMW(in, &in.dst), c.load(in, &in.src)
	less := a&3 < b&3
	if less {
		c.store(in, &in.dst, a&^3|b&3)
	}
	c.setFlag(cpu.FlagZF, less)
}

// loadFar loads a register and a segment register from memory.
func (c *CPU) loadFar(in *inst, seg int) {
	sel, v := c.farPointer(in)
	c.loadSegment(seg, sel)
	c.store(in, &in.dst, v)
}

func exLES(c *CPU, in *inst) { c.loadFar(in, segES) }
func exLDS(c *CPU, in *inst) { c.loadFar(in, segDS) }
func exLSS(c *CPU, in *inst) { c.loadFar(in, segSS) }
func exLFS(c *CPU, in *inst) { c.loadFar(in, segFS) }
func exLGS(c *CPU, in *inst) { c.loadFar(in, segGS) }

// look reads a descriptor without loading it: false if there is none that the
// program may know of. system says which types of system descriptors count.
func (c *CPU) look(sel uint16, system uint16) (d uint64, s cpu.Segment, ok bool) {
	table := c.gdt
	if sel&4 != 0 {
		table = cpu.Table{Base: c.ldt.Base, Limit: uint16(min(c.ldt.Limit, 0xffff))}
	}
	at := uint64(sel &^ 7)
	if sel&^3 == 0 || at+7 > uint64(table.Limit) {
		return 0, s, false
	}
	d = c.systemRead(table.Base+at, 8)
	s = unpackDescriptor(d, sel)
	conforming := s.S && s.Type&12 == 12
	if !s.S && system>>s.Type&1 == 0 || !conforming && (s.DPL < c.cpl || s.DPL < uint8(sel&3)) {
		return 0, s, false
	}
	return d, s, true
}

// exLAR: access rights, of segments and of LDTs, TSSs, call and task gates.
func exLAR(c *CPU, in *inst) {
	c.notReal()
	system := uint16(1<<1 | 1<<2 | 1<<3 | 1<<4 | 1<<5 | 1<<9 | 1<<11 | 1<<12)
	if c.efer&cpu.EFERLMA != 0 {
		system = 1<<2 | 1<<9 | 1<<11 | 1<<12
	}
	d, _, ok := c.look(uint16(c.load(in, &in.src)), system)
	if ok {
		c.store(in, &in.dst, d>>32&0xffff00)
	}
	c.setFlag(cpu.FlagZF, ok)
}

// exLSL: the limit.
func exLSL(c *CPU, in *inst) {
	c.notReal()
	system := uint16(1<<1 | 1<<2 | 1<<3 | 1<<9 | 1<<11)
	if c.efer&cpu.EFERLMA != 0 {
		system = 1<<2 | 1<<9 | 1<<11
	}
	_, s, ok := c.look(uint16(c.load(in, &in.src)), system)
	if ok {
		c.store(in, &in.dst, uint64(s.Limit))
	}
	c.setFlag(cpu.FlagZF, ok)
}

func exVERR(c *CPU, in *inst) {
	c.notReal()
	_, s, ok := c.look(uint16(c.load(in, &in.dst)), 0)
	c.setFlag(cpu.FlagZF, ok && (s.Type&8 == 0 || s.Type&2 != 0))
}

func exVERW(c *CPU, in *inst) {
	c.notReal()
	_, s, ok := c.look(uint16(c.load(in, &in.dst)), 0)
	c.setFlag(cpu.FlagZF, ok && s.Type&8 == 0 && s.Type&2 != 0)
}

// ---- SYSENTER and SYSEXIT (SDM 2B)

func exSYSENTER(c *CPU, in *inst) {
	sel := uint16(c.msr.sysenterCS) &^ 3
	if c.real() || sel == 0 {
		c.gp(0)
	}
	lma := c.efer&cpu.EFERLMA != 0
	c.setFlags(c.flags() &^ (cpu.FlagIF | cpu.FlagVM))
	c.seg[segCS] = flatSegment(sel, typeCode, 0, lma)
	c.seg[segSS] = flatSegment(sel+8, typeData, 0, false)
	c.setMode()
	c.r[rSP], c.r[rIP] = c.msr.sysenterESP, c.msr.sysEIP
	if !lma {
		c.r[rSP], c.r[rIP] = c.r[rSP]&0xffffffff, c.r[rIP]&0xffffffff
	}
}

func exSYSEXIT(c *CPU, in *inst) {
	sel := uint16(c.msr.sysenterCS) &^ 3
	long := in.size == 64
	if sel == 0 || c.cpl != 0 || long && !(canonical(c.r[rDX]) && canonical(c.r[rCX])) {
		c.gp(0)
	}
	ip, sp, cs, ss := c.r[rDX], c.r[rCX], sel+16, sel+24
	if long {
		cs, ss = sel+32, sel+40
	} else {
		ip, sp = ip&0xffffffff, sp&0xffffffff
	}
	c.seg[segCS] = flatSegment(cs|3, typeCode, 3, long)
	c.seg[segSS] = flatSegment(ss|3, typeData, 3, false)
	c.setMode()
	c.r[rIP], c.r[rSP] = ip, sp
}
