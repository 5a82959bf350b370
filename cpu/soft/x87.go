package soft

import (
	"sysindvm/cpu"
)

// The x87 FPU (SDM 1, chapter 8): its state and what all instructions share.
// Arithmetic is in x87_arith.go, loads and stores in x87_mem.go, and the
// transcendental functions in x87_trans.go.

type x87 struct {
	reg           [8]f80 // by number, not by place on the stack
	fcw, fsw, fop uint16 // fsw has no TOP
	top           uint8
	ftw           uint8 // one bit a register, 1 = not empty
	fip, fdp      uint64

	work floatEnv `save:"-"` // of the instruction that executes
}

// Bits of the status word, besides those of the exceptions.
const (
	fswSF = 1 << 6
	fswES = 1 << 7
	fswC0 = 1 << 8
	fswC1 = 1 << 9
	fswC2 = 1 << 10
	fswC3 = 1 << 14
	fswB  = 1 << 15
	fswCC = fswC0 | fswC2 | fswC3

	fswTOP = 7 << 11
)

const fcwInit = 0x37f

// status is the status word.
func (f *x87) status() uint16 { return f.fsw | uint16(f.top)<<11 }

func (f *x87) setStatus(v uint16) {
	f.fsw, f.top = v&^fswTOP, uint8(v>>11&7)
	f.summarize()
}

// setControl: bit 6 is always set, and those that mean nothing are not.
func (f *x87) setControl(v uint16) {
	f.fcw = v&0x1f7f | 0x40
	f.summarize()
}

// summarize sets ES and B: whether there is an exception that is unmasked.
func (f *x87) summarize() {
	f.fsw &^= fswES | fswB
	if f.fsw&^f.fcw&excAll != 0 {
		f.fsw |= fswES | fswB
	}
}

func (f *x87) at(i uint8) uint8   { return (f.top + i) & 7 }
func (f *x87) st(i uint8) f80     { return f.reg[f.at(i)] }
func (f *x87) empty(i uint8) bool { return f.ftw>>f.at(i)&1 == 0 }

func (f *x87) set(i uint8, v f80) {
	f.reg[f.at(i)] = v
	f.ftw |= 1 << f.at(i)
}

func (f *x87) free(i uint8) { f.ftw &^= 1 << f.at(i) }

func (f *x87) pop() {
	f.free(0)
	f.top = f.at(1)
}

func (f *x87) push(v f80) {
	f.top = f.at(7)
	f.set(0, v)
}

// env is how the control word wants results.
func (f *x87) env() *floatEnv {
	e := f.full()
	switch f.fcw >> 8 & 3 {
	case 0:
		e.prec = 24
	case 2:
		e.prec = 53
	}
	return e
}

// full is env for what does not heed the precision control.
func (f *x87) full() *floatEnv {
	e := &f.work // not a new one, which would be an allocation
	*e = floatEnv{format: extended, mode: uint8(f.fcw >> 10 & 3), unmasked: uint8(^f.fcw & excAll), wrap: 24576}
	return e
}

// done takes the exceptions to the status word, and reports whether there is a
// result: not if there is an unmasked exception of the operands.
func (f *x87) done(e *floatEnv) bool {
	const before = excI | excD | excZ
	f.fsw &^= fswC1
	flags := e.flags
	ok := flags&e.unmasked&before == 0
	if !ok {
		flags &= before
	} else if e.up {
		f.fsw |= fswC1
	}
	f.fsw |= uint16(flags)
	if flags&e.unmasked != 0 {
		f.fsw |= fswES | fswB
	}
	return ok
}

// stackFault is done for a stack overflow or underflow.
func (f *x87) stackFault(overflow bool) bool {
	e := f.full()
	e.flags = excI
	ok := f.done(e)
	f.fsw |= fswSF
	if overflow {
		f.fsw |= fswC1
	}
	return ok
}

var indefinite80 = f80{3 << 62, 0xffff}

// ---- instructions

// checkFPU raises #NM where the FPU is not to be used now.
func (c *CPU) checkFPU() {
	if c.cr0&(cpu.CR0EM|cpu.CR0TS) != 0 {
		c.raiseNoCode(vecNM)
	}
}

// wait raises a pending exception. Without CR0.NE it would be an interrupt of
// the PC's second interrupt controller, which there is not.
func (c *CPU) wait() {
	c.checkFPU()
	if c.fpu.fsw&fswES != 0 && c.cr0&cpu.CR0NE != 0 {
		c.raiseNoCode(vecMF)
	}
}

// fp makes a row's function of an instruction that waits, and leaves its place
// and its operand's.
func fp(f func(c *CPU, in *inst)) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.wait()
		f(c, in)
		c.fpu.fip = c.start
		c.fpu.fop = uint16(in.code&7)<<8 | uint16(in.imm2)
		if in.dst.kind == opMem {
			c.fpu.fdp = c.offset(in)
		}
	}
}

// fpControl is fp for instructions that leave those places alone.
func fpControl(f func(c *CPU, in *inst)) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.wait()
		f(c, in)
	}
}

// reset is FNINIT.
func (f *x87) reset() {
	f.fcw, f.fsw, f.top, f.ftw, f.fop, f.fip, f.fdp = fcwInit, 0, 0, 0, 0, 0, 0
}

func exFNINIT(c *CPU, in *inst) {
	c.checkFPU()
	c.fpu.reset()
}

func exFNCLEX(c *CPU, in *inst) {
	c.checkFPU()
	c.fpu.fsw &^= fswB | fswES | fswSF | excAll
}

func exFWAIT(c *CPU, in *inst) {
	if c.cr0&(cpu.CR0TS|cpu.CR0MP) == cpu.CR0TS|cpu.CR0MP {
		c.raiseNoCode(vecNM)
	}
	if c.fpu.fsw&fswES != 0 && c.cr0&cpu.CR0NE != 0 {
		c.raiseNoCode(vecMF)
	}
}

func exFNSTCW(c *CPU, in *inst) {
	c.checkFPU()
	c.write16(c.ea(in), uint64(c.fpu.fcw))
}

func exFLDCW(c *CPU, in *inst) { c.fpu.setControl(uint16(c.read16(c.ea(in)))) }

func exFNSTSW(c *CPU, in *inst) {
	c.checkFPU()
	if in.dst.kind == opMem {
		c.write16(c.ea(in), uint64(c.fpu.status()))
		return
	}
	c.setReg(rAX, uint64(c.fpu.status()), 16)
}

func exFFREE(c *CPU, in *inst) {
	c.fpu.free(in.dst.reg)
	c.fpu.fsw &^= fswC1
}

func exFFREEP(c *CPU, in *inst) {
	exFFREE(c, in)
	c.fpu.pop()
}

func exFINCSTP(c *CPU, in *inst) {
	c.fpu.top = c.fpu.at(1)
	c.fpu.fsw &^= fswC1
}

func exFDECSTP(c *CPU, in *inst) {
	c.fpu.top = c.fpu.at(7)
	c.fpu.fsw &^= fswC1
}

func exFXCH(c *CPU, in *inst) {
	f, i := &c.fpu, in.dst.reg
	if f.empty(0) || f.empty(i) {
		if !f.stackFault(false) {
			return
		}
		for _, j := range [...]uint8{0, i} {
			if f.empty(j) {
				f.set(j, indefinite80)
			}
		}
	}
	f.fsw &^= fswC1
	a, b := f.st(0), f.st(i)
	f.set(0, b)
	f.set(i, a)
}

func exFNOP(c *CPU, in *inst) {}

// exFMOV is FST and FSTP to a register.
func exFMOV(pop bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f := &c.fpu
		v := f.st(0)
		if f.empty(0) {
			if !f.stackFault(false) {
				return
			}
			v = indefinite80
		}
		f.fsw &^= fswC1
		f.set(in.dst.reg, v)
		if pop {
			f.pop()
		}
	}
}

// exFSTPNCE is FSTP that does not mind an empty register, and then only pops.
func exFSTPNCE(c *CPU, in *inst) {
	f := &c.fpu
	f.fsw &^= fswC1
	if !f.empty(0) {
		f.set(in.dst.reg, f.st(0))
	}
	f.pop()
}

// exFLDreg is FLD of a register.
func exFLDreg(c *CPU, in *inst) {
	f := &c.fpu
	switch {
	case f.empty(in.dst.reg):
		if f.stackFault(false) {
			f.push(indefinite80)
		}
	case !f.empty(7):
		if f.stackFault(true) {
			f.push(indefinite80)
		}
	default:
		f.fsw &^= fswC1
		f.push(f.st(in.dst.reg))
	}
}

// exFCMOV moves on a condition of the flags: 0 below, 1 equal, 2 below or
// equal, 3 unordered.
func exFCMOV(cond int, not bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f := &c.fpu
		if f.empty(0) || f.empty(in.dst.reg) {
			if f.stackFault(false) {
				f.set(0, indefinite80)
			}
			return
		}
		var r bool
		switch cond {
		case 0:
			r = c.cf()
		case 1:
			r = c.zf()
		case 2:
			r = c.cf() || c.zf()
		case 3:
			r = c.pf()
		}
		if r != not {
			f.set(0, f.st(in.dst.reg))
		}
	}
}

// exFSIGN is FCHS and FABS.
func exFSIGN(op func(se uint16) uint16) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f := &c.fpu
		v := f.st(0)
		if f.empty(0) {
			if f.stackFault(false) {
				f.set(0, indefinite80)
			}
			return
		}
		f.fsw &^= fswC1
		v.se = op(v.se)
		f.set(0, v)
	}
}

// exFXAM tells the class of ST(0) in the condition code.
func exFXAM(c *CPU, in *inst) {
	f := &c.fpu
	v := f.st(0)
	f.fsw &^= fswCC | fswC1
	f.fsw |= v.se >> 15 << 9
	if f.empty(0) {
		f.fsw |= fswC3 | fswC0
		return
	}
	x := v.unpack()
	switch {
	case x.kind == isNaN:
		f.fsw |= fswC0
	case x.denormal:
		f.fsw |= fswC3 | fswC2
	case x.kind == isFinite:
		f.fsw |= fswC2
	case x.kind == isInf:
		f.fsw |= fswC2 | fswC0
	case x.kind == isZero:
		f.fsw |= fswC3
	}
}

// exFLDconst pushes a constant, made of a number of more bits: pi and the like
// are rounded as the control word says.
func exFLDconst(exp int, hi, lo uint64) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f := &c.fpu
		e := f.full()
		v := f80{}
		if hi != 0 {
			v = pack80(e.round(false, exp, hi, lo))
		}
		c.pushResult(v)
	}
}

// pushResult pushes what has no exceptions of its own.
func (c *CPU) pushResult(v f80) {
	f := &c.fpu
	if !f.empty(7) {
		if f.stackFault(true) {
			f.push(indefinite80)
		}
		return
	}
	f.fsw &^= fswC1
	f.push(v)
}

var x87Table = concat(x87Control, x87ArithTable(), x87MemTable, x87TransTable)

var x87Control = []row{
	{"9B", "FWAIT", "", exFWAIT, 0, nil},
	{"D9/5", "FLDCW", "Mw", fpControl(exFLDCW), memOnly, nil},
	{"D9/7", "FNSTCW", "Mw", exFNSTCW, memOnly, nil},
	{"DB/E0", "FENI", "", exFNOP, 0, nil}, {"DB/E1", "FDISI", "", exFNOP, 0, nil}, // of the 8087
	{"DB/E2", "FNCLEX", "", exFNCLEX, 0, nil},
	{"DB/E3", "FNINIT", "", exFNINIT, 0, nil},
	{"DB/E4", "FSETPM", "", exFNOP, 0, nil}, // of the 287
	{"DD/7", "FNSTSW", "Mw", exFNSTSW, memOnly, nil},
	{"DF/E0", "FNSTSW", "", exFNSTSW, 0, nil},
	{"D9/D0", "FNOP", "", fp(exFNOP), 0, nil},
	{"D9/F6", "FDECSTP", "", fp(exFDECSTP), 0, nil},
	{"D9/F7", "FINCSTP", "", fp(exFINCSTP), 0, nil},
	{"DD/0", "FFREE", "Ft", fp(exFFREE), regOnly, nil},
	{"DF/0", "FFREEP", "Ft", fp(exFFREEP), regOnly, nil},
	{"D9/1", "FXCH", "Ft", fp(exFXCH), regOnly, nil},
	{"DD/1", "FXCH", "Ft", fp(exFXCH), regOnly, nil}, // aliases, which the 387 has too
	{"DF/1", "FXCH", "Ft", fp(exFXCH), regOnly, nil},
	{"D9/0", "FLD", "Ft", fp(exFLDreg), regOnly, nil},
	{"DD/2", "FST", "Ft", fp(exFMOV(false)), regOnly, nil},
	{"DD/3", "FSTP", "Ft", fp(exFMOV(true)), regOnly, nil},
	{"D9/3", "FSTP", "Ft", fp(exFSTPNCE), regOnly, nil},
	{"DF/2", "FSTP", "Ft", fp(exFMOV(true)), regOnly, nil}, // aliases
	{"DF/3", "FSTP", "Ft", fp(exFMOV(true)), regOnly, nil},
	{"DA/0", "FCMOVB", "Ft", fp(exFCMOV(0, false)), regOnly, nil},
	{"DA/1", "FCMOVE", "Ft", fp(exFCMOV(1, false)), regOnly, nil},
	{"DA/2", "FCMOVBE", "Ft", fp(exFCMOV(2, false)), regOnly, nil},
	{"DA/3", "FCMOVU", "Ft", fp(exFCMOV(3, false)), regOnly, nil},
	{"DB/0", "FCMOVNB", "Ft", fp(exFCMOV(0, true)), regOnly, nil},
	{"DB/1", "FCMOVNE", "Ft", fp(exFCMOV(1, true)), regOnly, nil},
	{"DB/2", "FCMOVNBE", "Ft", fp(exFCMOV(2, true)), regOnly, nil},
	{"DB/3", "FCMOVNU", "Ft", fp(exFCMOV(3, true)), regOnly, nil},
	{"D9/E0", "FCHS", "", fp(exFSIGN(func(se uint16) uint16 { return se ^ 0x8000 })), 0, nil},
	{"D9/E1", "FABS", "", fp(exFSIGN(func(se uint16) uint16 { return se & 0x7fff })), 0, nil},
	{"D9/E5", "FXAM", "", fp(exFXAM), 0, nil},
	{"D9/E8", "FLD1", "", fp(exFLDconst(0, 1<<63, 0)), 0, nil},
	{"D9/E9", "FLDL2T", "", fp(exFLDconst(1, 0xd49a784bcd1b8afe, 0x492bf6ff4dafdb4d)), 0, nil},
	{"D9/EA", "FLDL2E", "", fp(exFLDconst(0, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89)), 0, nil},
	{"D9/EB", "FLDPI", "", fp(exFLDconst(1, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1)), 0, nil},
	{"D9/EC", "FLDLG2", "", fp(exFLDconst(-2, 0x9a209a84fbcff798, 0x8f8959ac0b7c9178)), 0, nil},
	{"D9/ED", "FLDLN2", "", fp(exFLDconst(-1, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af)), 0, nil},
	{"D9/EE", "FLDZ", "", fp(exFLDconst(0, 0, 0)), 0, nil},
}
