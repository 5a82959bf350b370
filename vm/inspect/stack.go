package inspect

import "sysindvm/images/ksym"

// Frame is a call that is under way.
type Frame struct {
	PC   uint64 // of the instruction that runs, or of the one after the call
	SP   uint64
	User bool // in user mode: only PC and SP are known
	// Func and Line are where that is in the source, and Into the functions
	// that it was inlined into, if any, with the lines of the calls.
	Func string
	Line Line
	Into []ksym.Frame
}

// maxFrames bounds a stack.
const maxFrames = 64

// Stack is the calls that are under way, innermost first; below the kernel's
// there is the place in user mode from which it was entered, and the calls there
// as far as the program keeps frame pointers.
func (v *View) Stack() []Frame {
	r, err := v.Regs()
	if err != nil {
		return nil
	}
	if v.UserMode() {
		s, err := v.m.VCPU().Sregs()
		if err != nil {
			return nil
		}
		return v.userStack(Frame{PC: r.RIP, SP: r.RSP, User: true}, r.RBP, !s.CS.L)
	}
	var all []Frame
	pc, sp := r.RIP, r.RSP
	for len(all) < maxFrames {
		all = append(all, v.frame(pc, sp, len(all) > 0))
		off, ok := v.frameAt(pc)
		if ok {
			sp += uint64(off)
			pc, ok = v.word(sp - uint64(v.ptr))
		}
		if _, in := v.Func(pc - 1); !ok || !in {
			break
		}
	}
	return append(all, v.below(all[len(all)-1].Func)...)
}

// userStack is the calls of a program, by its frame pointers: bp is the innermost
// frame's.
func (v *View) userStack(top Frame, bp uint64, narrow bool) []Frame {
	all := []Frame{top}
	size := uint64(8)
	if narrow {
		size = 4
	}
	for sp := top.SP; len(all) < maxFrames && bp >= sp && bp%size == 0; {
		var b [16]byte
		if !v.Read(bp, b[:2*size]) {
			break
		}
		next, pc := v.uint(b[:size]), v.uint(b[size:2*size])
		if pc >= v.kernelBase() || !v.Read(pc, b[:1]) {
			break
		}
		sp = bp + 2*size
		all = append(all, Frame{PC: pc, SP: sp, User: true})
		bp = next
	}
	return all
}

// frame is a place in the kernel. Of a caller, pc is where it goes on, and the
// call is before that.
func (v *View) frame(pc, sp uint64, caller bool) Frame {
	f := Frame{PC: pc, SP: sp}
	at := pc
	if caller {
		at--
	}
	if fn, ok := v.Func(at); ok {
		f.Func = fn.Name
	}
	if l, ok := v.Kernel.Line(at); ok {
		f.Line = l
	}
	if in := v.Frames(at); len(in) > 0 {
		f.Func, f.Into = in[0].Func, in[1:]
	}
	return f
}

// below is where the running task was in user mode, if the kernel's stack ends in
// the code by which it is entered.
func (v *View) below(last string) []Frame {
	switch last {
	case "runtime.syscallEntry", "runtime.sysenterEntry", "runtime.trapEntry", "runtime.userStart":
	default:
		return nil
	}
	f, err := v.UserRegs()
	if err != nil {
		return nil
	}
	var regs [4]uint64
	for i, name := range [...]string{"RIP", "RSP", "BP", "CS"} {
		if regs[i], err = number(f, name); err != nil {
			return nil
		}
	}
	const userCS = 0x33 // of 64-bit programs
	return v.userStack(Frame{PC: regs[0], SP: regs[1], User: true}, regs[2], regs[3] != userCS)
}

// UserRegs is the trap frame of the running task: its registers in user mode
// when it last entered the kernel.
func (v *View) UserRegs() (Value, error) {
	t, err := v.Global("current")
	if err != nil {
		return Value{}, err
	}
	f, err := v.Object("arch.TrapFrame", 0)
	if err != nil {
		return Value{}, err
	}
	g, err := t.Field("G")
	if err != nil {
		return Value{}, err
	}
	top, err := number(g, "KTop")
	if err != nil {
		return Value{}, err
	}
	f.Addr, f.Name = top-uint64(f.Size()), "the trap frame"
	return f, nil
}

// number is a field that is a number.
func number(x Value, field string) (uint64, error) {
	f, err := x.Field(field)
	if err != nil {
		return 0, err
	}
	return f.Uint()
}
