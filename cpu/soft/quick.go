package soft

import (
	"encoding/binary"
	"strings"
)

// Quick ways of the instructions that programs are mostly made of: registers,
// memory where no segment has a base or limit, near branches.
//
// A quick way does what the function of its row does if nothing is in its way,
// and says which instruction is next. It knows that RIP, the count of
// instructions and start are not up to date (see execute), and leaves them so.
// Where something is in its way, a page that is not in the TLB, a fault to
// come, it has changed nothing and returns nil; then exactly has the row's
// function do it. So faults, devices, watchpoints and self-modifying code are
// known to that alone. The tests against the processor run both.
//
// A way calls nothing that is not inlined, so that it needs no stack.

type quick func(*CPU, *inst) *inst

// noWay is the way of what has none.
func noWay(*CPU, *inst) *inst { return nil }

// Forms of an operand, as quickTable has them: r4 and r8 are registers, m1 to
// m32 memory, b and w a low byte or word of a register, x and y an XMM and a YMM
// register, i an immediate. A plain r, m stands for both sizes of 4 and 8, the same for both
// operands.
const (
	formR4 = iota + 1
	formR8
	formM1
	formM2
	formM4
	formM8
	formM16
	formM32
	formB
	formW
	formX
	formY
	formI

	formNone = 0xff // what no way has
)

var formNames = map[string]uint16{"r4": formR4, "r8": formR8, "m1": formM1, "m2": formM2, "m4": formM4, "m8": formM8, "m16": formM16, "m32": formM32,
	"b": formB, "w": formW, "x": formX, "y": formY, "i": formI, "": 0}

// quickTable has, by mnemonic and form, the ways. IMUL of three operands is
// IMUL3.
var quickTable = map[string]map[string]quick{
	"MOV": {"r,r": movRR, "r,i": movRI, "r4,m4": movRM32, "r8,m8": movRM64, "m1,b": movMB, "m2,w": movMW, "m4,r4": movMR32, "m8,r8": movMR64,
		"b,m1": movBM, "b,b": movBB, "m1,i": movMI8, "m4,i": movMI32, "m8,i": movMI64},
	"MOVZX":  {"r,m1": movzxRM8, "r4,m2": movzxRM16, "r8,m2": movzxRM16, "r,b": movzxRB, "r,w": movzxRW},
	"MOVSX":  {"r,b": movsxRB, "r,w": movsxRW},
	"MOVSXD": {"r8,r4": movsxdRR, "r8,m4": movsxdRM},
	"LEA":    {"r,m": leaRM},
	"XCHG":   {"r,r": xchgRR},
	"NOP":    {"r,r": nopA, "w,w": nopA, "r,": nop, "m,": nop, "w,": nop, "m2,": nop},
	"CMOVcc": {"r,r": cmovRR, "r,m": cmovRM},
	"SETcc":  {"b,": setB},

	"ADD":   {"r,r": addRR, "r,i": addRI, "r,m": addRM, "m,r": addM, "m,i": addM},
	"SUB":   {"r,r": subRR, "r,i": subRI, "r,m": subRM, "m,r": subM, "m,i": subM},
	"AND":   {"r,r": andRR, "r,i": andRI, "r,m": andRM, "m,r": andM, "m,i": andM, "b,i": andRI8},
	"OR":    {"r,r": orRR, "r,i": orRI, "r,m": orRM, "m,r": orM, "m,i": orM},
	"XOR":   {"r,r": xorRR, "r,i": xorRI, "r,m": xorRM, "m,r": xorM, "m,i": xorM},
	"CMP":   {"r,r": cmpRR, "r,i": cmpRI, "r,m": cmpRM, "m,r": cmpM, "m,i": cmpM, "m1,i": cmpM, "b,b": cmpRR, "b,i": cmpRI, "b,m1": cmpRM, "m1,b": cmpM},
	"TEST":  {"r,r": testRR, "r,i": testRI, "b,b": testRR, "b,i": testRI, "m,r": testM, "m,i": testM, "m1,b": testM, "m1,i": testM},
	"ADC":   {"r,r": adcRR, "r,i": adcRI},
	"SBB":   {"r,r": sbbRR, "r,i": sbbRI},
	"INC":   {"r,": incR, "m,": incM},
	"DEC":   {"r,": decR, "m,": decM},
	"NEG":   {"r,": negR},
	"NOT":   {"r,": notR},
	"SHL":   {"r,i": shlRI, "r,b": shlRC},
	"SHR":   {"r,i": shrRI, "r,b": shrRC},
	"SAR":   {"r,i": sarRI, "r,b": sarRC},
	"ROL":   {"r,i": rolRI},
	"ROR":   {"r,i": rorRI},
	"IMUL":  {"r,r": imulRR, "r,m": imulRM},
	"IMUL3": {"r,r": imulRRI},
	"MUL":   {"r8,": mulR64},
	"BT":    {"r,i": btRI, "r,r": btRR},

	"PUSH":  {"r8,": pushR64, "i,": pushI64},
	"POP":   {"r8,": popR64},
	"LEAVE": {",": leave64},
	"CALL":  {"i,": call64, "r8,": callR64, "m8,": callM64},
	"RET":   {",": ret64},
	"JMP":   {"i,": jmp64, "r8,": jmpR64, "m8,": jmpM64},
	"Jcc":   {"i,": jcc64},

	"MOVSD":   {"x,m8": movqXM, "m8,x": movqMX, "x,x": movsdXX},
	"MOVSS":   {"x,m4": movdXM, "m4,x": movdMX},
	"MOVQ":    {"x,m8": movqXM, "m8,x": movqMX},
	"MOVUPS":  {"x,m16": movuXM, "m16,x": movuMX, "x,x": movXX},
	"MOVAPS":  {"x,x": movXX},
	"MOVDQU":  {"x,m16": movuXM, "m16,x": movuMX, "x,x": movXX},
	"XORPS":   {"x,x": xorXX},
	"PXOR":    {"x,x": xorXX},
	"ADDSD":   {"x,x": addsdXX, "x,m8": addsdXM},
	"SUBSD":   {"x,x": subsdXX, "x,m8": subsdXM},
	"MULSD":   {"x,x": mulsdXX, "x,m8": mulsdXM},
	"DIVSD":   {"x,x": divsdXX, "x,m8": divsdXM},
	"UCOMISD": {"x,x": comisdXX, "x,m8": comisdXM},
	"COMISD":  {"x,x": comisdXX, "x,m8": comisdXM},

	"VMOVUPS": vmovUnaligned, "VMOVUPD": vmovUnaligned, "VMOVDQU": vmovUnaligned,
	"VMOVAPS": vmovAligned, "VMOVAPD": vmovAligned, "VMOVDQA": vmovAligned,
	"VPXOR3": {"x,x": vxor, "y,y": vxor}, "VXORPS3": {"x,x": vxor, "y,y": vxor}, "VXORPD3": {"x,x": vxor, "y,y": vxor},
}

var (
	vmovUnaligned = map[string]quick{"x,x": vmovXX, "x,m16": vmovXM, "m16,x": vmovMX, "y,y": movYY, "y,m32": movYM, "m32,y": movMY}
	vmovAligned   = map[string]quick{"x,x": vmovXX, "x,m16": vmovaXM, "m16,x": vmovaMX, "y,y": movYY, "y,m32": movaYM, "m32,y": movaMY}
)

// quickForm is what a row has for one form: a way, or those of a pair.
type quickForm[T any] struct {
	form uint16
	way  T
}

var noWays rowWays

// waysOf makes the ways of a mnemonic.
func waysOf(name string) *rowWays {
	if quickTable[name] == nil { // then no other table has it either
		return &noWays
	}
	return &rowWays{quickForms(quickTable[name]), quickForms(narrowTable[name]), quickForms(pairTable[name]), quickForms(deadTable[name])}
}

func quickForms[T any](ways map[string]T) (fs []quickForm[T]) {
	for text, way := range ways {
		for _, size := range []string{"4", "8"} {
			fs = append(fs, quickForm[T]{formOf(text, size), way})
		}
	}
	return fs
}

var memForms = [256]uint16{8: formM1, 16: formM2, 32: formM4, 64: formM8, 128: formM16, n256: formM32, 80: formNone}

// formOf makes a number of the form of both operands.
func formOf(text, size string) uint16 {
	dst, src, _ := strings.Cut(text, ",")
	number := func(name string) uint16 {
		if name == "r" || name == "m" {
			name += size
		}
		return formNames[name]
	}
	return number(dst)<<8 | number(src)
}

// quick chooses the way of a decoded instruction.
func (d *decoder) quick(in *inst) {
	in.quick = noWay
	in.m, in.sh = mask(max(in.dst.n, 1)), (64-in.dst.n)&63
	in.cond = truth(in.code & 15)
	if in.src.kind == opImm {
		in.src.reg = rZero // so that the sum of both is the operand, whichever it is
	}
	in.near = d.long && in.size == 64 || d.flat && in.size == 32
	if in.lock || in.row.attr&(near64|def64) != 0 && !in.near {
		return
	}
	in.touch = d.touches(in)
	way := d.narrow(in)
	if way == nil {
		way = d.find(in.row.quick, in)
	}
	if way == nil {
		return
	}
	in.quick = way
	if ways, ok := condTable[in.row.name]; ok && in.src.kind != opMem && ways[in.code&15>>1] != nil {
		in.quick = ways[in.code&15>>1]
	}
}

// find finds the way for an instruction's form, or nil.
func (d *decoder) find(ways []quickForm[quick], in *inst) quick {
	if len(ways) == 0 {
		return nil
	}
	form := d.forms(in)
	for _, q := range ways {
		if q.form == form {
			return q.way
		}
	}
	return nil
}

// forms is the form of both operands.
func (d *decoder) forms(in *inst) uint16 { return d.form(in, &in.dst)<<8 | d.form(in, &in.src) }

// form is the form of an operand.
func (d *decoder) form(in *inst, o *operand) uint16 {
	switch o.kind {
	case opNone:
		return 0
	case opReg8:
		return formB
	case opReg16:
		return formW
	case opReg32:
		return formR4
	case opReg64:
		return formR8
	case opXMM:
		return formX
	case opYMM:
		return formY
	case opImm:
		return formI
	case opMem:
		if d.long && in.addr == 64 && in.seg < segFS || d.flat && in.addr == 32 && in.seg < segFS && in.seg != segCS {
			return memForms[o.n]
		}
	}
	return formNone
}

// place tells an instruction of a run where in its page it is. An address
// relative to RIP is from then on relative to the page.
func (in *inst) place(off uint64) {
	in.off = uint16(off)
	fall := off + uint64(in.len)
	in.ways[0].off, in.ways[1].off = fall, fall+in.imm
	if in.base == rIP {
		in.base, in.disp = rBase, in.disp+fall
	}
}

const regMask = maxRegs - 1 // spares the check of an index

// ea64 is the address of a memory operand that has no segment's base.
func (c *CPU) ea64(in *inst) uint64 {
	return c.r[in.base&regMask] + c.r[in.index&regMask]<<(in.scale&3) + in.disp
}

// readable and writable find the page that has n bytes, if the TLB has it, and
// where in it they are.
func (c *CPU) readable(va, n uint64) (f *ramPage, at uint64, ok bool) {
	e := &c.tlbR[va>>12&(tlbSize-1)]
	return e.page, va & pageMask, e.tag == va>>12|c.utag && va&pageMask <= pageSize-n
}

func (c *CPU) writable(va, n uint64) (f *ramPage, at uint64, ok bool) {
	e := &c.tlbW[va>>12&(tlbSize-1)]
	return e.page, va & pageMask, e.tag == va>>12|c.utag && va&pageMask <= pageSize-n
}

// load8 to load64 give the bytes at an address that the TLB has.
func (c *CPU) load8(va uint64) (v uint64, ok bool) {
	e := &c.tlbR[va>>12&(tlbSize-1)]
	if e.tag != va>>12|c.utag {
		return 0, false
	}
	return uint64(e.page[va&pageMask]), true
}

func (c *CPU) load16(va uint64) (v uint64, ok bool) {
	e := &c.tlbR[va>>12&(tlbSize-1)]
	at := va & pageMask
	if e.tag != va>>12|c.utag || at > pageSize-2 {
		return 0, false
	}
	return uint64(binary.LittleEndian.Uint16(e.page[at:])), true
}

func (c *CPU) load32(va uint64) (v uint64, ok bool) {
	e := &c.tlbR[va>>12&(tlbSize-1)]
	at := va & pageMask
	if e.tag != va>>12|c.utag || at > pageSize-4 {
		return 0, false
	}
	return uint64(binary.LittleEndian.Uint32(e.page[at:])), true
}

// load64 is for memory operands of any size too, where what stands behind them
// is cut off or does not matter. At a page's very end these give up.
func (c *CPU) load64(va uint64) (v uint64, ok bool) {
	e := &c.tlbR[va>>12&(tlbSize-1)]
	at := va & pageMask
	if e.tag != va>>12|c.utag || at > pageSize-8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(e.page[at:]), true
}

// store8 to store64 store to an address, if the TLB has it.
func (c *CPU) store8(va, v uint64) (ok bool) {
	e := &c.tlbW[va>>12&(tlbSize-1)]
	if e.tag != va>>12|c.utag {
		return false
	}
	e.page[va&pageMask] = byte(v)
	return true
}

func (c *CPU) store16(va, v uint64) (ok bool) {
	e := &c.tlbW[va>>12&(tlbSize-1)]
	at := va & pageMask
	if e.tag != va>>12|c.utag || at > pageSize-2 {
		return false
	}
	binary.LittleEndian.PutUint16(e.page[at:], uint16(v))
	return true
}

func (c *CPU) store32(va, v uint64) (ok bool) {
	e := &c.tlbW[va>>12&(tlbSize-1)]
	at := va & pageMask
	if e.tag != va>>12|c.utag || at > pageSize-4 {
		return false
	}
	binary.LittleEndian.PutUint32(e.page[at:], uint32(v))
	return true
}

func (c *CPU) store64(va, v uint64) (ok bool) {
	e := &c.tlbW[va>>12&(tlbSize-1)]
	at := va & pageMask
	if e.tag != va>>12|c.utag || at > pageSize-8 {
		return false
	}
	binary.LittleEndian.PutUint64(e.page[at:], v)
	return true
}

// both is where a memory operand is, for instructions that change it; nil if
// the TLBs do not have it. It must be in both, since a watchpoint may keep it
// out of either.
func (c *CPU) both(va uint64) *[8]byte {
	i, tag := va>>12&(tlbSize-1), va>>12|c.utag
	at := va & pageMask
	if c.tlbW[i].tag != tag || c.tlbR[i].tag != tag || at > pageSize-8 {
		return nil
	}
	return (*[8]byte)(c.tlbW[i].page[at:])
}

// put stores a result of 4 or 8 bytes where both has found the operand.
func put(in *inst, p *[8]byte, v uint64) {
	if in.dst.n == 64 {
		binary.LittleEndian.PutUint64(p[:], v)
		return
	}
	binary.LittleEndian.PutUint32(p[:], uint32(v))
}

func get(in *inst, p *[8]byte) uint64 { return binary.LittleEndian.Uint64(p[:]) & in.m }
