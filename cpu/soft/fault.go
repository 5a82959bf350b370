package soft

// A page fault that raises a panic costs as much as a hundred instructions, and
// programs get their memory by page faults. So instructions that use their
// memory operand before they do anything else look for it first, and if that is
// a fault, have it delivered without a panic.

const (
	touchRead = 1 + iota
	touchWrite
)

// readers and changers are the instructions of which faults knows. Those that
// are both change a memory operand if it is the destination.
var (
	readers  = wordSet("MOV MOVZX MOVSX MOVSXD CMOVcc ADD ADC SUB SBB AND OR XOR CMP TEST IMUL")
	changers = wordSet("MOV ADD ADC SUB SBB AND OR XOR INC DEC NEG NOT")
)

// touches says what an instruction does to its memory operand before anything
// else. The other one is a register that can be had by all, or an immediate.
func (d *decoder) touches(in *inst) uint8 {
	simple := func(k kind) bool { return k >= opReg8 && k <= opReg64 || k == opImm || k == opNone }
	switch name := in.row.name; {
	case in.dst.kind == opMem && simple(in.src.kind) && d.form(in, &in.dst) != formNone:
		if changers[name] {
			return touchWrite
		} else if readers[name] {
			return touchRead
		}
	case in.src.kind == opMem && simple(in.dst.kind) && d.form(in, &in.src) != formNone && readers[name]:
		return touchRead
	}
	return 0
}

// faults reports whether an instruction that touches memory has a page fault,
// which is then in trap. What is not simple is left to the instruction.
func (c *CPU) faults(in *inst) bool {
	va, o, tlb, acc := c.linear(c.ea64(in)), &in.dst, &c.tlbR, uint64(accRead)
	if in.src.kind == opMem {
		o = &in.src
	}
	if in.touch == touchWrite {
		tlb, acc = &c.tlbW, accWrite
	}
	switch {
	case tlb[va>>12&(tlbSize-1)].tag == va>>12|c.utag, va&pageMask > pageSize-uint64(o.n/8), !canonical(va), c.bpData:
		return false
	}
	_, why := c.resolve(va, acc, c.cpl == 3)
	if why == found {
		return false
	}
	c.trap, c.faulted = c.pageFault(va, acc, why, c.cpl == 3), true
	c.r[rIP] = c.start
	return true
}
