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
// there is the place in user mode from which it was entered.
func (v *View) Stack() []Frame {
	r, err := v.Regs()
	if err != nil {
		return nil
	}
	if v.UserMode() {
		return []Frame{{PC: r.RIP, SP: r.RSP, User: true}}
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
	if u, ok := v.userFrame(all[len(all)-1].Func); ok {
		all = append(all, u)
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

// userFrame is where the running task was in user mode, if the kernel's stack
// ends in the code by which it is entered.
func (v *View) userFrame(last string) (Frame, bool) {
	switch last {
	case "runtime.syscallEntry", "runtime.trapEntry", "runtime.userStart":
	default:
		return Frame{}, false
	}
	f, err := v.UserRegs()
	if err != nil {
		return Frame{}, false
	}
	pc, err1 := number(f, "RIP")
	sp, err2 := number(f, "RSP")
	return Frame{PC: pc, SP: sp, User: true}, err1 == nil && err2 == nil
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
