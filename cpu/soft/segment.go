package soft

import "sysindvm/cpu"

// Segments and descriptors (SDM 3A, 3.4 and 3.5).

// descriptor reads the descriptor of a selector, code or data, and marks it as
// accessed. missing is the exception if it is not present: #SS for stacks, #TS
// for those of a TSS, else #NP.
func (c *CPU) descriptor(sel uint16, onError uint8) cpu.Segment {
	table := c.gdt
	if sel&4 != 0 {
		table = cpu.Table{Base: c.ldt.Base, Limit: uint16(min(c.ldt.Limit, 0xffff))}
	}
	v := onError
	if v == vecSS {
		v = vecGP
	}
	at := uint64(sel &^ 7)
	if at+7 > uint64(table.Limit) {
		c.raise(v, uint64(sel)&^3)
	}
	d := c.systemRead(table.Base+at, 8)
	s := unpackDescriptor(d, sel)
	if !s.P {
		if onError == vecGP {
			v = vecNP
		} else {
			v = onError
		}
		c.raise(v, uint64(sel)&^3)
	}
	if s.S && s.Type&1 == 0 {
		s.Type |= 1
		c.systemWrite(table.Base+at+5, d>>40|1, 1)
	}
	return s
}

func unpackDescriptor(d uint64, sel uint16) cpu.Segment {
	s := cpu.Segment{
		Selector: sel,
		Base:     d>>16&0xffffff | d>>56<<24,
		Limit:    uint32(d&0xffff | d>>32&0xf0000),
		Type:     uint8(d >> 40 & 15),
		S:        d>>44&1 != 0,
		DPL:      uint8(d >> 45 & 3),
		P:        d>>47&1 != 0,
		AVL:      d>>52&1 != 0,
		L:        d>>53&1 != 0,
		DB:       d>>54&1 != 0,
		G:        d>>55&1 != 0,
	}
	if s.G {
		s.Limit = s.Limit<<12 | 0xfff
	}
	return s
}

// loadSegment is MOV or POP to a data or stack segment register.
func (c *CPU) loadSegment(i int, sel uint16) {
	if c.real() {
		c.seg[i] = c.realSegment(i, sel)
		c.setMode()
		return
	}
	rpl := uint8(sel & 3)
	switch {
	case i == segSS:
		c.loadStack(sel, rpl)
	case sel&^3 == 0:
		s := cpu.Segment{Selector: sel, Unusable: true}
		if c.long && i >= segFS {
			s.Base = 0
		}
		c.seg[i] = s
	default:
		s := c.descriptor(sel, vecGP)
		readable := s.S && (s.Type&8 == 0 || s.Type&2 != 0)
		conforming := s.Type&12 == 12
		if !readable || !conforming && (s.DPL < c.cpl || s.DPL < rpl) {
			c.gp(uint64(sel) &^ 3)
		}
		c.seg[i] = s
	}
	c.setMode()
}

func (c *CPU) loadStack(sel uint16, rpl uint8) {
	if sel&^3 == 0 {
		if !c.long || c.cpl == 3 || rpl != c.cpl {
			c.gp(0)
		}
		c.seg[segSS] = cpu.Segment{Selector: sel, DPL: c.cpl, P: true, S: true, Type: typeData, Unusable: true}
		return
	}
	s := c.descriptor(sel, vecSS)
	if rpl != c.cpl || s.DPL != c.cpl || !s.S || s.Type&8 != 0 || s.Type&2 == 0 {
		c.gp(uint64(sel) &^ 3)
	}
	c.seg[segSS] = s
}

func exMOVtoSeg(c *CPU, in *inst) {
	if in.dst.reg == segCS {
		c.raiseNoCode(vecUD)
	}
	c.loadSegment(int(in.dst.reg), uint16(c.load(in, &in.src)))
	if in.dst.reg == segSS {
		c.shadow, c.shadowDB = true, true
	}
}

// exMOVfromSeg: to memory always 16 bits, to a register the operand size.
func exMOVfromSeg(c *CPU, in *inst) {
	sel := uint64(c.seg[in.src.reg].Selector)
	if in.dst.kind == opMem {
		c.write16(c.ea(in), sel)
		return
	}
	c.store(in, &in.dst, sel)
}

func (c *CPU) pushSeg(in *inst, i int) { c.push(uint64(c.seg[i].Selector), in.size) }

func (c *CPU) popSeg(in *inst, i int) {
	c.loadSegment(i, uint16(c.peek(0, in.size)))
	c.drop(uint64(in.size / 8))
	if i == segSS {
		c.shadow, c.shadowDB = true, true
	}
}

func exPUSHES(c *CPU, in *inst) { c.pushSeg(in, segES) }
func exPUSHCS(c *CPU, in *inst) { c.pushSeg(in, segCS) }
func exPUSHSS(c *CPU, in *inst) { c.pushSeg(in, segSS) }
func exPUSHDS(c *CPU, in *inst) { c.pushSeg(in, segDS) }
func exPUSHFS(c *CPU, in *inst) { c.pushSeg(in, segFS) }
func exPUSHGS(c *CPU, in *inst) { c.pushSeg(in, segGS) }
func exPOPES(c *CPU, in *inst)  { c.popSeg(in, segES) }
func exPOPSS(c *CPU, in *inst)  { c.popSeg(in, segSS) }
func exPOPDS(c *CPU, in *inst)  { c.popSeg(in, segDS) }
func exPOPFS(c *CPU, in *inst)  { c.popSeg(in, segFS) }
func exPOPGS(c *CPU, in *inst)  { c.popSeg(in, segGS) }

// systemDescriptor reads an LDT's or TSS's descriptor, of 16 bytes in long
// mode (SDM 3A, 3.5.2).
func (c *CPU) systemDescriptor(sel uint16) (s cpu.Segment, at uint64) {
	at = uint64(sel &^ 7)
	size := uint64(8)
	if c.efer&cpu.EFERLMA != 0 {
		size = 16
	}
	if sel&4 != 0 || at+size-1 > uint64(c.gdt.Limit) {
		c.gp(uint64(sel) &^ 3)
	}
	at += c.gdt.Base
	s = unpackDescriptor(c.systemRead(at, 8), sel)
	if size == 16 {
		s.Base |= c.systemRead(at+8, 4) << 32
		if !canonical(s.Base) {
			c.gp(uint64(sel) &^ 3)
		}
	}
	return s, at
}

func exLTR(c *CPU, in *inst) {
	c.notReal()
	c.privileged()
	sel := uint16(c.load(in, &in.dst))
	if sel&^3 == 0 {
		c.gp(0)
	}
	s, at := c.systemDescriptor(sel)
	if s.S || s.Type != 9 {
		c.gp(uint64(sel) &^ 3)
	}
	if !s.P {
		c.raise(vecNP, uint64(sel)&^3)
	}
	s.Type = 11 // busy
	c.systemWrite(at+5, c.systemRead(at+5, 1)|2, 1)
	c.tr = s
}

func exLLDT(c *CPU, in *inst) {
	c.notReal()
	c.privileged()
	sel := uint16(c.load(in, &in.dst))
	if sel&^3 == 0 {
		c.ldt = cpu.Segment{Selector: sel, Unusable: true}
		return
	}
	s, _ := c.systemDescriptor(sel)
	if s.S || s.Type != 2 {
		c.gp(uint64(sel) &^ 3)
	}
	if !s.P {
		c.raise(vecNP, uint64(sel)&^3)
	}
	c.ldt = s
}

func (c *CPU) storeSel(in *inst, sel uint16) {
	if in.dst.kind == opMem {
		c.write16(c.ea(in), uint64(sel))
		return
	}
	c.store(in, &in.dst, uint64(sel))
}

func exSTR(c *CPU, in *inst) {
	c.notReal()
	c.kept()
	c.storeSel(in, c.tr.Selector)
}

func exSLDT(c *CPU, in *inst) {
	c.notReal()
	c.kept()
	c.storeSel(in, c.ldt.Selector)
}

// tableOperand is the width of a descriptor table's base in memory.
func (c *CPU) tableBase() uint8 {
	if c.long {
		return 64
	}
	return 32
}

func (c *CPU) loadTable(in *inst, t *cpu.Table) {
	c.privileged()
	a := c.ea(in)
	limit, base := c.read16(a), c.read(a+2, c.tableBase())
	if c.long && !canonical(base) {
		c.gp(0)
	}
	t.Limit, t.Base = uint16(limit), base
}

func (c *CPU) storeTable(in *inst, t cpu.Table) {
	c.kept()
	a := c.ea(in)
	c.write16(a, uint64(t.Limit))
	c.write(a+2, t.Base, c.tableBase())
}

func exLGDT(c *CPU, in *inst) { c.loadTable(in, &c.gdt) }
func exLIDT(c *CPU, in *inst) { c.loadTable(in, &c.idt) }
func exSGDT(c *CPU, in *inst) { c.storeTable(in, c.gdt) }
func exSIDT(c *CPU, in *inst) { c.storeTable(in, c.idt) }
