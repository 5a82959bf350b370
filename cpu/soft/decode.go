package soft

// maxInst is the longest an instruction can be, in bytes (SDM 2A, 2.3.11).
const maxInst = 15

// kind is what an operand is.
type kind uint8

const (
	opNone  kind = iota
	opReg8       // a byte register
	opReg8H      // AH, CH, DH or BH; reg is that of AX, CX, DX or BX
	opReg16
	opReg32
	opReg64
	opMem
	opImm
	opSeg
	opCR
	opDR
	opXMM
	opYMM
	opMMX
	opST
)

// operand is one operand of a decoded instruction. Memory is where the
// instruction's address says, n bits wide.
type operand struct {
	kind kind
	reg  uint8
	n    uint8 // bits
}

// inst is a decoded instruction. What the quick ways look at is in front.
type inst struct {
	quick quick
	then  *inst  // what follows it; if its way is that of several, what follows these
	imm   uint64 // sign-extended
	disp  uint64
	m     uint64 // for the quick ways: the operand size as a mask
	dst   operand
	src   operand
	base  uint8 // register of the address; rZero for none
	index uint8
	scale uint8 // shift
	sh    uint8 // for the quick ways: 64 less the operand size
	code  uint8 // the low opcode byte: a condition, a register
	cond  uint8 // see truth

	// off is where in its page the instruction is; run is how many instructions
	// follow one another from this one on, with nothing but the last of them
	// going elsewhere.
	off uint16
	len uint8
	run uint8

	ways [2]way // where a run goes on, straight and by a branch

	exec  func(*CPU, *inst)
	next  *inst // what follows it in the run
	row   *row
	imm2  uint64
	third operand
	seg   uint8
	size  uint8 // operand size in bits
	addr  uint8 // address size in bits
	rep   uint8 // 0, or the prefix 0xf2 or 0xf3
	lock  bool
	vex   bool  // has a VEX prefix
	touch uint8 // see faults
	near  bool  // a branch by it goes by ways: its addresses are as wide as they are in its mode
}

// decoder is the state of one decoding.
type decoder struct {
	b      []byte
	i      int
	failed bool // the bytes ran out

	long    bool
	flat    bool  // see CPU
	bits    uint8 // of the mode: 16, 32 or 64
	opsize  bool  // prefix 66
	adsize  bool  // prefix 67
	rep     uint8
	lock    bool
	rex     uint8
	hasREX  bool
	seg     int
	modrm   uint8
	hasMod  bool
	memBase bool // a memory operand was decoded
	isVEX   bool // a VEX prefix says the column, and names a register
	vexCol  uint8
	vexL    bool // 256 bits
	vvvv    uint8
}

func (d *decoder) byte() uint8 {
	if d.i >= len(d.b) || d.i >= maxInst {
		d.failed = true
		return 0
	}
	v := d.b[d.i]
	d.i++
	return v
}

// imm reads a little-endian immediate of n bytes, sign-extended.
func (d *decoder) imm(n int) (v uint64) {
	for i := range n {
		v |= uint64(d.byte()) << (8 * i)
	}
	return sext(v, uint8(8*n))
}

// decode decodes the instruction at the start of b for the CPU's mode: false
// if the bytes ran out, or are no instruction; ud then tells which.
func (c *CPU) decode(in *inst, b []byte) bool {
	d := decoder{b: b, long: c.long, flat: c.flat, bits: c.bits, seg: -1}
	return d.decode(in)
}

func (d *decoder) decode(in *inst) bool {
	op := d.prefixes()
	t := &oneByte
	if op == 0x0f {
		t, op = &twoByte, d.byte()
		switch op {
		case 0x38:
			t, op = &map38, d.byte()
		case 0x3a:
			t, op = &map3A, d.byte()
		}
	}
	if (op == 0xc4 || op == 0xc5) && t == &oneByte && (d.long || d.i < len(d.b) && d.b[d.i] >= 0xc0) {
		if t, op = d.vex(op); t == nil {
			return false
		}
	}
	e := t[d.prefixIndex()][op]
	if e == nil || d.failed {
		return false
	}
	r := e.row
	if e.modrm {
		d.modrm, d.hasMod = d.byte(), true
		r = e.pick(d.modrm)
	}
	if e.no64 != nil && !d.long {
		r = e.no64
	}
	if r == nil || d.failed {
		return false
	}
	if d.isVEX && !d.vexRegister(r) {
		return false
	}
	if d.long && r.attr&no64 != 0 || !d.long && r.attr&only64 != 0 {
		return false
	}
	*in = inst{row: r, exec: r.exec, base: rZero, index: rZero, seg: segDS, rep: d.rep, lock: d.lock, vex: d.isVEX, code: op}
	in.size = d.operandSize(r)
	in.addr = d.addressSize()
	in.imm2 = uint64(d.modrm) // for x87
	if d.hasMod && d.modrm>>6 != 3 && r.attr&regMod != 0 {
		return false
	}
	if d.hasMod && d.modrm>>6 != 3 && r.attr&noMem == 0 {
		d.address(in)
	}
	var fourth operand // an immediate, or a register that in.imm2 names
	for i, o := range [...]*operand{&in.dst, &in.src, &in.third, &fourth} {
		if i < len(r.forms) {
			d.operand(in, o, r.forms[i])
		}
	}
	if d.failed || r.attr&vsib != 0 && !distinct(in) {
		return false
	}
	if d.lock && !(r.attr&lockable != 0 && in.dst.kind == opMem) {
		return false
	}
	in.len = uint8(d.i)
	if d.isVEX && d.bits == 16 {
		in.exec = notReal
	}
	d.quick(in)
	return true
}

// prefixes reads the prefixes and the REX byte, and returns the opcode.
func (d *decoder) prefixes() uint8 {
	for {
		op := d.byte()
		switch {
		case op == 0x66:
			d.opsize = true
		case op == 0x67:
			d.adsize = true
		case op == 0xf0:
			d.lock = true
		case op == 0xf2 || op == 0xf3:
			d.rep = op
		case op == 0x26 || op == 0x2e || op == 0x36 || op == 0x3e:
			if !d.long {
				d.seg = int(op>>3) & 3
			}
		case op == 0x64 || op == 0x65:
			d.seg = int(op & 7) // 4 = FS, 5 = GS
		case d.long && op&0xf0 == 0x40:
			// REX counts only right before the opcode.
			d.rex, d.hasREX = op, true
			if next := d.byte(); next&0xf0 == 0x40 || isPrefix(next) {
				d.rex, d.hasREX = 0, false
				d.i--
				continue
			} else {
				return next
			}
		default:
			return op
		}
		if d.failed {
			return 0
		}
	}
}

func isPrefix(b uint8) bool {
	switch b {
	case 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65:
		return true
	}
	return false
}

// prefixIndex is the column of the tables: F2 and F3 go before 66.
func (d *decoder) prefixIndex() int {
	switch {
	case d.isVEX:
		return int(d.vexCol)
	case d.rep == 0xf3:
		return 2
	case d.rep == 0xf2:
		return 3
	case d.opsize:
		return 1
	}
	return 0
}

func (d *decoder) operandSize(r *row) uint8 {
	switch {
	case d.rex&8 != 0:
		return 64
	case d.long && r.attr&force64 != 0:
		return 64
	case d.opsize && r.attr&prefixed == 0:
		if d.long && r.attr&near64 != 0 {
			return 64 // Intel CPUs ignore 66 on near branches
		}
		if d.bits == 16 {
			return 32
		}
		return 16
	case d.long && r.attr&(def64|near64) != 0:
		return 64
	case d.bits == 16:
		return 16
	}
	return 32
}

func (d *decoder) addressSize() uint8 {
	switch {
	case d.long && !d.adsize:
		return 64
	case !d.long && d.adsize == (d.bits == 32):
		return 16
	}
	return 32
}

// address decodes the memory operand of ModRM (SDM 2A, 2.1.5).
func (d *decoder) address(in *inst) {
	mod, rm := d.modrm>>6, d.modrm&7
	if in.row.attr&vsib != 0 && (rm != 4 || in.addr == 16) {
		d.failed = true
	}
	if in.addr == 16 {
		d.address16(in)
		return
	}
	if rm == 4 {
		sib := d.byte()
		in.scale = sib >> 6
		if i := sib>>3&7 | d.rex&2<<2; in.row.attr&vsib != 0 {
			in.imm2 = uint64(i)
		} else if i != rSP {
			in.index = i
		}
		if rm = sib & 7; rm != 5 || mod != 0 {
			in.base = rm | d.rex&1<<3
		} else {
			in.disp = d.imm(4)
		}
	} else if rm == 5 && mod == 0 {
		if d.long {
			in.base = rIP
		}
		in.disp = d.imm(4)
	} else {
		in.base = rm | d.rex&1<<3
	}
	switch mod {
	case 1:
		in.disp = d.imm(1)
	case 2:
		in.disp = d.imm(4)
	}
	if in.base == rSP || in.base == rBP {
		in.seg = segSS
	}
	if d.seg >= 0 {
		in.seg = uint8(d.seg)
	}
}

// address16 is address with 16 bits (SDM 2A, table 2-1).
func (d *decoder) address16(in *inst) {
	mod, rm := d.modrm>>6, d.modrm&7
	in.base = [8]uint8{rBX, rBX, rBP, rBP, rSI, rDI, rBP, rBX}[rm]
	in.index = [8]uint8{rSI, rDI, rSI, rDI, rZero, rZero, rZero, rZero}[rm]
	switch {
	case mod == 0 && rm == 6:
		in.base = rZero
		in.disp = d.imm(2)
	case mod == 1:
		in.disp = d.imm(1)
	case mod == 2:
		in.disp = d.imm(2)
	}
	if in.base == rBP {
		in.seg = segSS
	}
	if d.seg >= 0 {
		in.seg = uint8(d.seg)
	}
}

// reg makes a register operand of n bits.
func (d *decoder) reg(r, n uint8) operand {
	switch n {
	case 8:
		if !d.hasREX && r >= 4 {
			return operand{opReg8H, r - 4, 8}
		}
		return operand{opReg8, r, 8}
	case 16:
		return operand{opReg16, r, 16}
	case 32:
		return operand{opReg32, r, 32}
	}
	return operand{opReg64, r, 64}
}

// operand decodes one operand in the notation of SDM 2D, appendix A.2.
func (d *decoder) operand(in *inst, o *operand, f form) {
	n := f.n
	switch f.width {
	case widthV:
		n = in.size
	case widthZ:
		n = min(in.size, 32)
	case widthY:
		n = max(in.size, 32)
	case widthX, widthX2, widthX4, widthX8:
		n = d.vectorWidth(f.width)
	}
	regField := d.modrm>>3&7 | d.rex&4<<1
	rmField := d.modrm&7 | d.rex&1<<3
	switch f.kind {
	case 'R':
		*o = d.reg(rmField, n)
	case 'E', 'M':
		if d.modrm>>6 == 3 {
			if f.kind == 'M' {
				d.failed = true
			}
			*o = d.reg(rmField, n)
			return
		}
		*o = operand{opMem, 0, n}
	case 'G':
		*o = d.reg(regField, n)
	case 'Z': // the register in the opcode
		*o = d.reg(in.code&7|d.rex&1<<3, n)
	case 'A': // AL, AX, EAX, RAX
		*o = d.reg(rAX, n)
	case 'C':
		*o = operand{opCR, regField, 64}
	case 'D':
		*o = operand{opDR, regField & 7, 64}
	case 'S':
		*o = operand{opSeg, d.modrm >> 3 & 7, 16}
		if o.reg >= numSegs {
			d.failed = true
		}
	case 'V':
		*o = vector(regField, n)
	case 'W', 'U':
		if d.modrm>>6 == 3 {
			*o = vector(rmField, n)
			return
		}
		*o = operand{opMem, 0, n}
	case 'H': // the vector register that VEX names
		*o = vector(d.vvvv, n)
	case 'B': // the register that VEX names
		*o = d.reg(d.vvvv, n)
	case 'P':
		*o = operand{opMMX, d.modrm >> 3 & 7, n}
	case 'Q', 'N':
		if d.modrm>>6 == 3 {
			*o = operand{opMMX, d.modrm & 7, n}
			return
		}
		*o = operand{opMem, 0, n}
	case 'F':
		*o = operand{opST, d.modrm & 7, n}
	case 'I', 'J':
		*o = operand{kind: opImm, n: n}
		in.imm = d.imm(int(n / 8))
	case 'L': // a second immediate: ENTER; or a vector register in its upper bits
		if f.width == widthX {
			in.imm2 = d.imm(1) >> 4 & d.vectors()
			return
		}
		*o = operand{kind: opImm, n: n}
		in.imm2 = d.imm(int(n / 8))
	case 'O': // an address without ModRM
		*o = operand{opMem, 0, n}
		in.disp = d.imm(int(in.addr / 8))
		if d.seg >= 0 {
			in.seg = uint8(d.seg)
		}
	case 'X', 'Y': // the memory of string instructions; X may have a segment
		*o = operand{opMem, 0, n}
		if d.seg >= 0 {
			in.seg = uint8(d.seg)
		}
	case '1':
		*o = operand{kind: opImm, n: 8}
		in.imm = 1
	case 'c': // CL
		*o = operand{opReg8, rCX, 8}
	case 'd': // DX
		*o = operand{opReg16, rDX, 16}
	}
}
