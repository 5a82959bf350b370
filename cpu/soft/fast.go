package soft

import "encoding/binary"

// Shorter ways for the forms of instructions that programs are mostly made of:
// registers of 32 and 64 bits, memory in 64-bit mode where no segment has a
// base, near branches. They do what the function of their row does; the tests
// against the processor run both.

// Forms of an operand, as fastTable has them: r4 and r8 are registers, m1 to m8
// memory, b a low byte register, i an immediate. A plain r, m stands for both
// sizes of 4 and 8, the same for both operands.
const (
	formR4 = iota + 1
	formR8
	formM1
	formM2
	formM4
	formM8
	formB
	formI
)

var formNames = map[string]uint16{"r4": formR4, "r8": formR8, "m1": formM1, "m2": formM2, "m4": formM4, "m8": formM8, "b": formB, "i": formI, "": 0}

// fastTable has, by mnemonic and form, the functions.
var fastTable = map[string]map[string]func(*CPU, *inst){
	"MOV":    {"r,r": movRR, "r,i": movRI, "r4,m4": movRM32, "r8,m8": movRM64, "m4,r4": movMR32, "m8,r8": movMR64, "m1,b": movMR8},
	"MOVZX":  {"r4,m1": movzxRM8, "r8,m1": movzxRM8, "r4,b": movzxRB, "r8,b": movzxRB},
	"MOVSXD": {"r8,r4": movsxdRR, "r8,m4": movsxdRM},
	"LEA":    {"r,m": leaRM},
	"ADD":    {"r,r": addRR, "r,i": addRI, "r,m": addRM},
	"SUB":    {"r,r": subRR, "r,i": subRI, "r,m": subRM},
	"CMP":    {"r,r": cmpRR, "r,i": cmpRI, "r,m": cmpRM, "m,r": cmpMR, "m4,i": cmpMI, "m8,i": cmpMI},
	"AND":    {"r,r": andRR, "r,i": andRI},
	"OR":     {"r,r": orRR, "r,i": orRI},
	"XOR":    {"r,r": xorRR, "r,i": xorRI},
	"TEST":   {"r,r": testRR, "r,i": testRI},
	"INC":    {"r": incR},
	"DEC":    {"r": decR},
	"SHL":    {"r,i": shlRI},
	"SHR":    {"r,i": shrRI},
	"SAR":    {"r,i": sarRI},
	"IMUL":   {"r,r": imulRR},
	"PUSH":   {"r8": pushR64},
	"POP":    {"r8": popR64},
	"CALL":   {"i": call64},
	"RET":    {"": ret64},
	"JMP":    {"i": jmp64},
	"Jcc":    {"i": exJcc}, // by condition: see fastJcc
}

// fastJcc are the conditional branches, by condition.
var fastJcc = [16]func(*CPU, *inst){
	2: jb64, 3: jae64, 4: jz64, 5: jnz64, 6: jbe64, 7: ja64, 8: js64, 9: jns64,
	12: jl64, 13: jge64, 14: jle64, 15: jg64,
}

// enterFast gives a row its shorter ways.
func (r *row) enterFast() {
	if len(r.forms) > 2 {
		return
	}
	for text, f := range fastTable[r.name] {
		for _, size := range []string{"4", "8"} {
			r.fast = append(r.fast, fastForm{formOf(text, size), f})
		}
	}
}

type fastForm struct {
	form uint16
	exec func(*CPU, *inst)
}

// formOf makes a number of the form of both operands.
func formOf(text, size string) (form uint16) {
	names := [2]string{}
	for i, at := 0, 0; i <= len(text); i++ {
		if i == len(text) || text[i] == ',' {
			name := text[at:i]
			if name == "r" || name == "m" {
				name += size
			}
			if at == 0 {
				names[0] = name
			} else {
				names[1] = name
			}
			at = i + 1
		}
	}
	return formNames[names[0]]<<8 | formNames[names[1]]
}

// fast chooses the shorter way of a decoded instruction, if there is one.
func (d *decoder) fast(in *inst) {
	ways := in.row.fast
	if ways == nil || in.lock || in.row.attr&near64 != 0 && !(d.long && in.size == 64) || !d.long && (in.row.name == "PUSH" || in.row.name == "POP") {
		return
	}
	form := d.form(in, &in.dst)<<8 | d.form(in, &in.src)
	for i := range ways {
		if ways[i].form != form {
			continue
		}
		in.exec = ways[i].exec
		in.m, in.sh = mask(max(in.dst.n, 1)), (64-in.dst.n)&63
		if in.row.name == "Jcc" {
			if f := fastJcc[in.code&15]; f != nil {
				in.exec = f
			}
		}
		return
	}
}

// form is the form of an operand; one that no way has where it is none of them.
func (d *decoder) form(in *inst, o *operand) uint16 {
	const none = 0xff
	switch o.kind {
	case opNone:
		return 0
	case opReg32:
		return formR4
	case opReg64:
		return formR8
	case opReg8:
		return formB
	case opImm:
		return formI
	case opMem:
		if d.long && in.addr == 64 && in.seg < segFS {
			switch o.n {
			case 8:
				return formM1
			case 16:
				return formM2
			case 32:
				return formM4
			case 64:
				return formM8
			}
		}
	}
	return none
}

const regMask = maxRegs - 1 // spares the check of an index

// ea64 is the address of a memory operand that has no segment's base.
func (c *CPU) ea64(in *inst) uint64 {
	return c.r[in.base&regMask] + c.r[in.index&regMask]<<(in.scale&3) + in.disp
}

// leave leaves a result of the destination's size, and its carries.
func (c *CPU) leave(in *inst, r, cv uint64) {
	c.lazy, c.size, c.cv = true, in.dst.n, cv
	c.res = uint64(int64(r<<(in.sh&63)) >> (in.sh & 63))
}

func (c *CPU) leaveAdd(in *inst, a, b, r uint64) { c.leave(in, r, a&b|(a|b)&^r) }
func (c *CPU) leaveSub(in *inst, a, b, r uint64) { c.leave(in, r, ^a&b|(^a|b)&r) }

// loadM is the value of a memory operand of 32 or 64 bits.
func (c *CPU) loadM(in *inst, n uint8) uint64 {
	va := c.ea64(in)
	e := &c.tlbR[va>>12&(tlbSize-1)]
	if n == 64 {
		if e.tag == va>>12|c.utag && va&pageMask <= pageSize-8 {
			return binary.LittleEndian.Uint64(c.ram[e.off+va&pageMask:])
		}
		return c.slowRead(va, 8)
	}
	if e.tag == va>>12|c.utag && va&pageMask <= pageSize-4 {
		return uint64(binary.LittleEndian.Uint32(c.ram[e.off+va&pageMask:]))
	}
	return c.slowRead(va, 4)
}

// ---- moves

func movRR(c *CPU, in *inst) { c.r[in.dst.reg&regMask] = c.r[in.src.reg&regMask] & in.m }
func movRI(c *CPU, in *inst) { c.r[in.dst.reg&regMask] = in.imm & in.m }

func movRM32(c *CPU, in *inst) {
	va := c.ea64(in)
	e := &c.tlbR[va>>12&(tlbSize-1)]
	if e.tag == va>>12|c.utag && va&pageMask <= pageSize-4 {
		c.r[in.dst.reg&regMask] = uint64(binary.LittleEndian.Uint32(c.ram[e.off+va&pageMask:]))
		return
	}
	c.r[in.dst.reg&regMask] = c.slowRead(va, 4)
}

func movRM64(c *CPU, in *inst) {
	va := c.ea64(in)
	e := &c.tlbR[va>>12&(tlbSize-1)]
	if e.tag == va>>12|c.utag && va&pageMask <= pageSize-8 {
		c.r[in.dst.reg&regMask] = binary.LittleEndian.Uint64(c.ram[e.off+va&pageMask:])
		return
	}
	c.r[in.dst.reg&regMask] = c.slowRead(va, 8)
}

func movMR8(c *CPU, in *inst) { c.write8(c.ea64(in), c.r[in.src.reg&regMask]) }

func movMR32(c *CPU, in *inst) {
	va := c.ea64(in)
	e := &c.tlbW[va>>12&(tlbSize-1)]
	if e.tag == va>>12|c.utag && va&pageMask <= pageSize-4 {
		binary.LittleEndian.PutUint32(c.ram[e.off+va&pageMask:], uint32(c.r[in.src.reg&regMask]))
		return
	}
	c.slowWrite(va, c.r[in.src.reg&regMask], 4)
}

func movMR64(c *CPU, in *inst) {
	va := c.ea64(in)
	e := &c.tlbW[va>>12&(tlbSize-1)]
	if e.tag == va>>12|c.utag && va&pageMask <= pageSize-8 {
		binary.LittleEndian.PutUint64(c.ram[e.off+va&pageMask:], c.r[in.src.reg&regMask])
		return
	}
	c.slowWrite(va, c.r[in.src.reg&regMask], 8)
}

func movzxRM8(c *CPU, in *inst) { c.r[in.dst.reg&regMask] = c.read8(c.ea64(in)) }
func movzxRB(c *CPU, in *inst)  { c.r[in.dst.reg&regMask] = c.r[in.src.reg&regMask] & 0xff }

func movsxdRR(c *CPU, in *inst) {
	c.r[in.dst.reg&regMask] = uint64(int64(int32(c.r[in.src.reg&regMask])))
}

func movsxdRM(c *CPU, in *inst) { c.r[in.dst.reg&regMask] = uint64(int64(int32(c.loadM(in, 32)))) }

func leaRM(c *CPU, in *inst) { c.r[in.dst.reg&regMask] = c.ea64(in) & in.m }

// ---- arithmetic and logic: a and b are cut to the operand's size

func (c *CPU) pairRR(in *inst) (a, b uint64) {
	return c.r[in.dst.reg&regMask] & in.m, c.r[in.src.reg&regMask] & in.m
}

func (c *CPU) pairRI(in *inst) (a, b uint64) { return c.r[in.dst.reg&regMask] & in.m, in.imm & in.m }

func (c *CPU) pairRM(in *inst) (a, b uint64) {
	b = c.loadM(in, in.dst.n)
	return c.r[in.dst.reg&regMask] & in.m, b
}

func (c *CPU) add(in *inst, a, b uint64) {
	r := (a + b) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leaveAdd(in, a, b, r)
}

func (c *CPU) sub(in *inst, a, b uint64) {
	r := (a - b) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leaveSub(in, a, b, r)
}

func (c *CPU) logic(in *inst, r uint64) {
	c.r[in.dst.reg&regMask] = r
	c.leave(in, r, 0)
}

func addRR(c *CPU, in *inst) { a, b := c.pairRR(in); c.add(in, a, b) }
func addRI(c *CPU, in *inst) { a, b := c.pairRI(in); c.add(in, a, b) }
func addRM(c *CPU, in *inst) { a, b := c.pairRM(in); c.add(in, a, b) }
func subRR(c *CPU, in *inst) { a, b := c.pairRR(in); c.sub(in, a, b) }
func subRI(c *CPU, in *inst) { a, b := c.pairRI(in); c.sub(in, a, b) }
func subRM(c *CPU, in *inst) { a, b := c.pairRM(in); c.sub(in, a, b) }
func cmpRR(c *CPU, in *inst) { a, b := c.pairRR(in); c.leaveSub(in, a, b, a-b) }
func cmpRI(c *CPU, in *inst) { a, b := c.pairRI(in); c.leaveSub(in, a, b, a-b) }
func cmpRM(c *CPU, in *inst) { a, b := c.pairRM(in); c.leaveSub(in, a, b, a-b) }

func cmpMR(c *CPU, in *inst) {
	a, b := c.loadM(in, in.dst.n), c.r[in.src.reg&regMask]&in.m
	c.leaveSub(in, a, b, a-b)
}

func cmpMI(c *CPU, in *inst) {
	a, b := c.loadM(in, in.dst.n), in.imm&in.m
	c.leaveSub(in, a, b, a-b)
}

func andRR(c *CPU, in *inst)  { a, b := c.pairRR(in); c.logic(in, a&b) }
func andRI(c *CPU, in *inst)  { a, b := c.pairRI(in); c.logic(in, a&b) }
func orRR(c *CPU, in *inst)   { a, b := c.pairRR(in); c.logic(in, a|b) }
func orRI(c *CPU, in *inst)   { a, b := c.pairRI(in); c.logic(in, a|b) }
func xorRR(c *CPU, in *inst)  { a, b := c.pairRR(in); c.logic(in, a^b) }
func xorRI(c *CPU, in *inst)  { a, b := c.pairRI(in); c.logic(in, a^b) }
func testRR(c *CPU, in *inst) { a, b := c.pairRR(in); c.leave(in, a&b, 0) }
func testRI(c *CPU, in *inst) { a, b := c.pairRI(in); c.leave(in, a&b, 0) }

// incR and decR leave CF alone.
func incR(c *CPU, in *inst) {
	a, cf := c.r[in.dst.reg&regMask]&in.m, c.carry()
	r := (a + 1) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leave(in, r, keepCarry(in, a&1|(a|1)&^r, cf))
}

func decR(c *CPU, in *inst) {
	a, cf := c.r[in.dst.reg&regMask]&in.m, c.carry()
	r := (a - 1) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leave(in, r, keepCarry(in, ^a&1|(^a|1)&r, cf))
}

// keepCarry gives carries another CF, and the same OF: see keepCF.
func keepCarry(in *inst, cv, cf uint64) uint64 {
	top := (in.dst.n - 1) & 63
	return cv ^ -(cv>>top&1^cf)&(3<<((top-1)&63))
}

// immCount is how far an immediate shifts.
func immCount(in *inst) uint64 { return in.imm & uint64(in.dst.n-1) }

func shlRI(c *CPU, in *inst) {
	n := immCount(in)
	if n == 0 {
		exSHL(c, in)
		return
	}
	a := c.r[in.dst.reg&regMask] & in.m
	r := a << (n & 63) & in.m
	cf := a>>((uint64(in.dst.n)-n)&63)&1 != 0
	c.r[in.dst.reg&regMask] = r
	c.shiftFlags(r, cf, cf != (r>>((in.dst.n-1)&63) != 0), in.dst.n)
}

func shrRI(c *CPU, in *inst) {
	n := immCount(in)
	if n == 0 {
		exSHR(c, in)
		return
	}
	a := c.r[in.dst.reg&regMask] & in.m
	r := a >> (n & 63)
	c.r[in.dst.reg&regMask] = r
	c.shiftFlags(r, a>>((n-1)&63)&1 != 0, a>>((in.dst.n-1)&63) != 0, in.dst.n)
}

func sarRI(c *CPU, in *inst) {
	n := immCount(in)
	if n == 0 {
		exSAR(c, in)
		return
	}
	s := int64(c.r[in.dst.reg&regMask]<<(in.sh&63)) >> (in.sh & 63)
	r := uint64(s>>(n&63)) & in.m
	c.r[in.dst.reg&regMask] = r
	c.shiftFlags(r, s>>((n-1)&63)&1 != 0, false, in.dst.n)
}

func imulRR(c *CPU, in *inst) {
	a, b := c.pairRR(in)
	_, lo, wide := signedMul(a, b, in.dst.n)
	c.r[in.dst.reg&regMask] = lo & in.m
	c.mulFlags(lo, wide, in.dst.n)
}

// ---- the stack and near branches, in 64-bit mode

func (c *CPU) push64(v uint64) {
	sp := c.r[rSP] - 8
	c.write64(sp, v)
	c.r[rSP] = sp
}

func pushR64(c *CPU, in *inst) { c.push64(c.r[in.dst.reg&regMask]) }

func popR64(c *CPU, in *inst) {
	v := c.read64(c.r[rSP])
	c.r[rSP] += 8
	c.r[in.dst.reg&regMask] = v
}

// branch goes on at an address.
func (c *CPU) branch(to uint64) {
	if !canonical(to) {
		c.gp(0)
	}
	c.r[rIP] = to
}

func jmp64(c *CPU, in *inst) { c.branch(c.r[rIP] + in.imm) }

func call64(c *CPU, in *inst) {
	next := c.r[rIP]
	c.push64(next)
	c.branch(next + in.imm)
}

func ret64(c *CPU, in *inst) {
	to := c.read64(c.r[rSP])
	if !canonical(to) {
		c.gp(0)
	}
	c.r[rSP] += 8
	c.r[rIP] = to
}

func (c *CPU) branchIf(in *inst, cond bool) {
	if cond {
		c.branch(c.r[rIP] + in.imm)
	}
}

func jb64(c *CPU, in *inst)  { c.branchIf(in, c.cf()) }
func jae64(c *CPU, in *inst) { c.branchIf(in, !c.cf()) }
func jz64(c *CPU, in *inst)  { c.branchIf(in, c.zf()) }
func jnz64(c *CPU, in *inst) { c.branchIf(in, !c.zf()) }
func jbe64(c *CPU, in *inst) { c.branchIf(in, c.cf() || c.zf()) }
func ja64(c *CPU, in *inst)  { c.branchIf(in, !c.cf() && !c.zf()) }
func js64(c *CPU, in *inst)  { c.branchIf(in, c.sf()) }
func jns64(c *CPU, in *inst) { c.branchIf(in, !c.sf()) }
func jl64(c *CPU, in *inst)  { c.branchIf(in, c.sf() != c.of()) }
func jge64(c *CPU, in *inst) { c.branchIf(in, c.sf() == c.of()) }
func jle64(c *CPU, in *inst) { c.branchIf(in, c.zf() || c.sf() != c.of()) }
func jg64(c *CPU, in *inst)  { c.branchIf(in, !c.zf() && c.sf() == c.of()) }
