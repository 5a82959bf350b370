package soft

import "strings"

// Most flags are never looked at: the next instruction that leaves some comes
// before anyone can. Within a run that can be known beforehand, if all that
// lies between is quick and in registers, so that it neither faults nor stops.
// Such an instruction has a way that leaves no flags; what has a memory operand
// too, for if it faults it is executed exactly.

// deadTable has, by mnemonic and form, the ways without flags.
var deadTable = map[string]map[string]quick{
	"ADD":   {"r,r": addRRdead, "r,i": addRIdead, "r,m": addRMdead},
	"SUB":   {"r,r": subRRdead, "r,i": subRIdead, "r,m": subRMdead},
	"AND":   {"r,r": andRRdead, "r,i": andRIdead, "r,m": andRMdead},
	"OR":    {"r,r": orRRdead, "r,i": orRIdead, "r,m": orRMdead},
	"XOR":   {"r,r": xorRRdead, "r,i": xorRIdead, "r,m": xorRMdead},
	"TEST":  {"m,r": testMdead, "m1,b": testMdead},
	"INC":   {"r,": incRdead},
	"DEC":   {"r,": decRdead},
	"NEG":   {"r,": negRdead},
	"SHL":   {"r,i": shlRIdead},
	"SHR":   {"r,i": shrRIdead},
	"SAR":   {"r,i": sarRIdead},
	"ROL":   {"r,i": rolRIdead},
	"ROR":   {"r,i": rorRIdead},
	"IMUL":  {"r,r": imulRRdead, "r,m": imulRMdead},
	"IMUL3": {"r,r": imulRRIdead},
}

// killers leave all arithmetic flags whatever they were, passers do nothing
// that makes flags matter which matter to nobody after them. Both do so in
// registers; shifts by a count of 0 are none.
var (
	killers = wordSet("ADD SUB AND OR XOR CMP TEST NEG SHL SHR SAR IMUL")
	passers = wordSet("MOV MOVZX MOVSX MOVSXD LEA XCHG NOT INC DEC ROL ROR BSWAP NOP JMP")
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// forgetFlags gives the instructions of a run whose flags are dead their ways
// without flags.
func (d *decoder) forgetFlags(run []inst) {
	dead := false
	for i := len(run) - 1; i >= 0; i-- {
		in := &run[i]
		pure := d.pure(in)
		if dead && !in.lock {
			if way := d.find(in.row.dead, in); way != nil && (pure || in.src.kind == opMem || in.dst.kind == opMem) {
				in.quick = way
			}
		}
		dead = pure && (killers[in.row.name] || dead && passers[in.row.name])
	}
}

// pure reports whether an instruction has a quick way, which is always open.
func (d *decoder) pure(in *inst) bool {
	if in.jumps() || in.isNOP() {
		return true
	}
	if in.lock || d.find(in.row.quick, in) == nil || in.row.attr&(near64|def64) != 0 {
		return false
	}
	switch in.row.name {
	case "SHL", "SHR", "SAR", "ROL", "ROR":
		return in.src.kind == opImm && shiftCount(in, in.imm) != 0
	case "LEA":
		return true
	}
	return in.dst.kind != opMem && in.src.kind != opMem
}

// set gives the destination a result cut to its size.
func (c *CPU) set(in *inst, r uint64) *inst {
	c.r[in.dst.reg&regMask] = r & in.m
	return in.then
}

func (in *inst) d(c *CPU) uint64 { return c.r[in.dst.reg&regMask] }
func (in *inst) s(c *CPU) uint64 { return c.r[in.src.reg&regMask] }

func addRRdead(c *CPU, in *inst) *inst   { return c.set(in, in.d(c)+in.s(c)) }
func addRIdead(c *CPU, in *inst) *inst   { return c.set(in, in.d(c)+in.imm) }
func subRRdead(c *CPU, in *inst) *inst   { return c.set(in, in.d(c)-in.s(c)) }
func subRIdead(c *CPU, in *inst) *inst   { return c.set(in, in.d(c)-in.imm) }
func andRRdead(c *CPU, in *inst) *inst   { return c.set(in, in.d(c)&in.s(c)) }
func andRIdead(c *CPU, in *inst) *inst   { return c.set(in, in.d(c)&in.imm) }
func orRRdead(c *CPU, in *inst) *inst    { return c.set(in, in.d(c)|in.s(c)) }
func orRIdead(c *CPU, in *inst) *inst    { return c.set(in, in.d(c)|in.imm) }
func xorRRdead(c *CPU, in *inst) *inst   { return c.set(in, in.d(c)^in.s(c)) }
func xorRIdead(c *CPU, in *inst) *inst   { return c.set(in, in.d(c)^in.imm) }
func incRdead(c *CPU, in *inst) *inst    { return c.set(in, in.d(c)+1) }
func decRdead(c *CPU, in *inst) *inst    { return c.set(in, in.d(c)-1) }
func negRdead(c *CPU, in *inst) *inst    { return c.set(in, -in.d(c)) }
func imulRRdead(c *CPU, in *inst) *inst  { return c.set(in, in.d(c)*in.s(c)) }
func imulRRIdead(c *CPU, in *inst) *inst { return c.set(in, in.s(c)*in.imm) }

func shlRIdead(c *CPU, in *inst) *inst { return c.set(in, in.d(c)<<shiftCount(in, in.imm)) }
func shrRIdead(c *CPU, in *inst) *inst { return c.set(in, in.d(c)&in.m>>shiftCount(in, in.imm)) }

func sarRIdead(c *CPU, in *inst) *inst {
	return c.set(in, uint64(int64(in.d(c)<<(in.sh&63))>>(in.sh&63)>>shiftCount(in, in.imm)))
}

func rolRIdead(c *CPU, in *inst) *inst {
	a, n := in.d(c)&in.m, shiftCount(in, in.imm)
	return c.set(in, a<<n|a>>((uint64(in.dst.n)-n)&63))
}

func rorRIdead(c *CPU, in *inst) *inst {
	a, n := in.d(c)&in.m, shiftCount(in, in.imm)
	return c.set(in, a>>n|a<<((uint64(in.dst.n)-n)&63))
}

func addRMdead(c *CPU, in *inst) *inst {
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.set(in, in.d(c)+b)
}

func subRMdead(c *CPU, in *inst) *inst {
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.set(in, in.d(c)-b)
}

func andRMdead(c *CPU, in *inst) *inst {
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.set(in, in.d(c)&b)
}

func orRMdead(c *CPU, in *inst) *inst {
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.set(in, in.d(c)|b)
}

func xorRMdead(c *CPU, in *inst) *inst {
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.set(in, in.d(c)^b)
}

func imulRMdead(c *CPU, in *inst) *inst {
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	return c.set(in, in.d(c)*b)
}

// testMdead only looks whether there is memory: so compilers have addresses
// checked.
func testMdead(c *CPU, in *inst) *inst {
	if _, ok := c.load64(c.ea64(in)); !ok {
		return nil
	}
	return in.then
}
