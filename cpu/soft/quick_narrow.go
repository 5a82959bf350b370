package soft

// 32-bit code in segments that are all of the address space has the quick ways
// of 64-bit code, but for those here, which have to do with the stack and
// with addresses of code.
//
// The ways do not cut an address to 32 bits. One that ought to be cut is in no
// entry of the TLBs that 32-bit code sees (tagNarrow), so that the instruction
// is executed exactly. That must be rare: see narrow.

// narrowTable has, by mnemonic and form, the ways that go before those of
// quickTable.
var narrowTable = map[string]map[string]quick{
	"PUSH":  {"r4,": pushR32, "i,": pushI32, "m4,": pushM32},
	"POP":   {"r4,": popR32},
	"LEAVE": {",": leave32},
	"CALL":  {"i,": call32, "r4,": callR32, "m4,": callM32},
	"RET":   {",": ret32},
	"JMP":   {"r4,": jmpR32, "m4,": jmpM32},
}

// narrow chooses among the ways of 32-bit code alone; nil if there is none.
func (d *decoder) narrow(in *inst) quick {
	if !d.flat {
		return nil
	}
	// A displacement may be negative, or the address of a table in the upper half,
	// which a kernel likes to be in. The sum should need no cut.
	if in.addr == 32 && int64(in.disp) < -1<<28 {
		in.disp &= 0xffffffff
	}
	return d.find(in.row.narrow, in)
}

// pushed32 stores below the stack's top, if the TLB has that.
func (c *CPU) pushed32(v uint64) bool {
	sp := c.r[rSP] - 4
	if !c.store32(sp, v) {
		return false
	}
	c.r[rSP] = sp
	return true
}

// popped32 gives what is at the stack's top, if the TLB has it.
func (c *CPU) popped32() (v uint64, ok bool) {
	if v, ok = c.load32(c.r[rSP]); ok {
		c.r[rSP] = uint64(uint32(c.r[rSP] + 4))
	}
	return v, ok
}

func pushR32(c *CPU, in *inst) *inst {
	if !c.pushed32(c.r[in.dst.reg&regMask]) {
		return nil
	}
	return in.then
}

func pushI32(c *CPU, in *inst) *inst {
	if !c.pushed32(in.imm) {
		return nil
	}
	return in.then
}

func pushM32(c *CPU, in *inst) *inst {
	v, ok := c.load32(c.ea64(in))
	if !ok || !c.pushed32(v) {
		return nil
	}
	return in.then
}

func popR32(c *CPU, in *inst) *inst {
	v, ok := c.popped32()
	if !ok {
		return nil
	}
	c.r[in.dst.reg&regMask] = v
	return in.then
}

func leave32(c *CPU, in *inst) *inst {
	v, ok := c.load32(c.r[rBP])
	if !ok {
		return nil
	}
	c.r[rSP] = uint64(uint32(c.r[rBP] + 4))
	c.r[rBP] = v
	return in.then
}

// ---- branches

func jmpR32(c *CPU, in *inst) *inst { return c.jumpTo(uint64(uint32(c.r[in.dst.reg&regMask]))) }

func jmpM32(c *CPU, in *inst) *inst {
	to, ok := c.load32(c.ea64(in))
	if !ok {
		return nil
	}
	return c.jumpTo(to)
}

func callR32(c *CPU, in *inst) *inst {
	to := uint64(uint32(c.r[in.dst.reg&regMask]))
	if !c.pushed32(c.behind(in)) {
		return nil
	}
	return c.jumpTo(to)
}

func callM32(c *CPU, in *inst) *inst {
	to, ok := c.load32(c.ea64(in))
	if !ok || !c.pushed32(c.behind(in)) {
		return nil
	}
	return c.jumpTo(to)
}

func call32(c *CPU, in *inst) *inst {
	if !c.pushed32(c.behind(in)) {
		return nil
	}
	return c.goTo(&in.ways[1])
}

func ret32(c *CPU, in *inst) *inst {
	to, ok := c.popped32()
	if !ok {
		return nil
	}
	return c.jumpTo(to)
}
