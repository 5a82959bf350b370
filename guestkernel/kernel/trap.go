//go:build freestanding

package main

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/drivers"
	"sysindvm/guestkernel/klog"
	"sysindvm/guestkernel/proc"
	"sysindvm/guestkernel/sched"
	"sysindvm/guestkernel/sys"
	"sysindvm/syscalls"
)

// trap handles everything that brings the CPU into the kernel: system calls,
// exceptions, interrupts. The entry code calls it with the trap frame.
//
//go:linkname trap runtime.ktrap
func trap(f *arch.TrapFrame) {
	arch.FixTrap(f)
	switch v := f.Vector; {
	case v == arch.VectorSyscall:
		sys.Enter(proc.Current(), f)
	case v == arch.VectorPF:
		pageFault(f)
	case v == arch.VectorCompat:
		sys.EnterCompat(proc.Current(), f)
	case v == arch.VectorSysenter:
		sys.EnterSysenter(proc.Current(), f)
	case v == arch.VectorTimer:
		arch.EndOfInterrupt()
		sched.TimerInterrupt()
	case v == arch.VectorSpurious:
	case v >= arch.VectorIRQ:
		arch.EndOfInterrupt()
		drivers.Interrupt(int(v - arch.VectorIRQ))
	case f.FromUser():
		exception(f)
	default:
		kernelTrap(f)
	}
	if f.FromUser() {
		t := proc.Current()
		for {
			t.Deliver(f)
			sched.BeforeUser()
			if !t.Pending {
				break // none was sent while others ran
			}
		}
	}
}

// pageFault: a user page that is not there yet, or is shared since a fork; an
// access to user memory by the kernel that has a way out; else the end of the
// program, or of the kernel.
func pageFault(f *arch.TrapFrame) {
	va := uint64(arch.ReadCR2())
	user := va < arch.UserTop
	if user {
		if t := proc.Current(); t != nil && t.Space != nil &&
			t.Space.Fault(va, f.Error&arch.FaultWrite != 0, f.Error&arch.FaultFetch != 0) {
			return
		}
	}
	if f.FromUser() {
		exception(f)
		return
	}
	if to, ok := arch.Fixup(f.RIP); ok && user {
		f.RIP = to
		return
	}
	kernelTrap(f)
}

// faults are the signals that exceptions become, and their si_code (signal(7),
// sigaction(2)); a page fault's and those of the x87 and SSE units are found
// out.
var faults = [32]struct {
	sig  int32
	code int32
}{
	arch.VectorDE: {syscalls.SIGFPE, syscalls.FPE_INTDIV},
	arch.VectorDB: {syscalls.SIGTRAP, syscalls.TRAP_TRACE},
	arch.VectorBP: {syscalls.SIGTRAP, syscalls.SI_KERNEL},
	arch.VectorUD: {syscalls.SIGILL, syscalls.ILL_ILLOPN},
	arch.VectorSS: {syscalls.SIGBUS, syscalls.SI_KERNEL},
	arch.VectorGP: {syscalls.SIGSEGV, syscalls.SI_KERNEL},
	arch.VectorPF: {syscalls.SIGSEGV, syscalls.SEGV_MAPERR},
	arch.VectorMF: {syscalls.SIGFPE, syscalls.SI_KERNEL},
	arch.VectorAC: {syscalls.SIGBUS, syscalls.BUS_ADRALN},
	arch.VectorXM: {syscalls.SIGFPE, syscalls.SI_KERNEL},
}

// exception sends the program that brought it about a signal.
func exception(f *arch.TrapFrame) {
	t := proc.Current()
	i := proc.Info{Signo: syscalls.SIGSEGV, Code: syscalls.SI_KERNEL, Addr: f.RIP}
	if f.Vector < uint64(len(faults)) && faults[f.Vector].sig != 0 {
		i.Signo, i.Code = faults[f.Vector].sig, faults[f.Vector].code
	}
	if f.Vector == arch.VectorPF {
		i.Addr = uint64(arch.ReadCR2())
		switch {
		case i.Addr >= arch.UserTop:
			f.Error |= arch.FaultPresent // whether something is there is nobody's business
		case f.Error&arch.FaultPresent != 0 || t.Space.Mapped(i.Addr):
			i.Code = syscalls.SEGV_ACCERR
			if f.Error&arch.FaultPresent == 0 && t.Space.BehindFile(i.Addr, f.Error&arch.FaultWrite != 0) {
				i.Signo, i.Code = syscalls.SIGBUS, syscalls.BUS_ADRERR
			}
		}
	}
	if f.Vector == arch.VectorMF || f.Vector == arch.VectorXM {
		i.Code = floatCode(t, f.Vector == arch.VectorXM)
	}
	if t.Action(int(i.Signo)).Handler <= syscalls.SIG_IGN {
		klog.Msg("task ").D(int64(t.Pid)).S(" ").S(t.ProgramName()).S(": exception ").D(int64(f.Vector)).
			S(" error 0x").X(f.Error).S(" ip 0x").X(f.RIP).S(" sp 0x").X(f.RSP).S(" address 0x").X(i.Addr).
			S(": ended by signal ").D(int64(i.Signo)).End()
	}
	t.Force(&i)
}

// floatCode is the si_code of an exception of the x87 unit, or of SSE: the first
// that has happened of those that are not masked.
func floatCode(t *proc.Task, sse bool) int32 {
	t.FPU.Save()
	b := t.FPU.Image()
	control, status := uint32(b[0]), uint32(b[2])
	if sse {
		mxcsr := uint32(b[24]) | uint32(b[25])<<8
		control, status = mxcsr>>7, mxcsr
	}
	e := status &^ control
	switch {
	case e&0x01 != 0:
		return syscalls.FPE_FLTINV
	case e&0x04 != 0:
		return syscalls.FPE_FLTDIV
	case e&0x08 != 0:
		return syscalls.FPE_FLTOVF
	case e&0x12 != 0: // a denormal operand, underflow
		return syscalls.FPE_FLTUND
	case e&0x20 != 0:
		return syscalls.FPE_FLTRES
	}
	return syscalls.SI_KERNEL
}

var trapNames = [...]string{
	1: "index out of range", 2: "division by zero", 3: "negative shift", 4: "stack overflow",
	5: "nil method call", 6: "unsafe.Slice out of range", 7: "failed type assertion", 8: "overflow",
	9: "range func misused", 10: "panic", 11: "defer",
}

// regs is what the replacement runtime saves where Go code fails a check.
type regs struct {
	AX, CX, DX, BX, SP, BP, SI, DI, R8, R9, R10, R11, R12, R13, R14, R15 uint64
	Code, PC                                                             uint64
}

// kpanic: Go code failed a check, or called Panic.
//
//go:linkname kpanic runtime.kpanic
func kpanic(r *regs) {
	name := "?"
	if r.Code < uint64(len(trapNames)) {
		name = trapNames[r.Code]
	}
	klog.Msg("kernel panic: ").S(name).S(" ").S(arch.PanicString()).Always()
	die((*[16]uint64)(unsafe.Pointer(r)), r.PC)
}

// kernelTrap: an exception in the kernel that has no way out.
func kernelTrap(f *arch.TrapFrame) {
	klog.Msg("kernel panic: exception ").D(int64(f.Vector)).S(" error 0x").X(f.Error).
		S(" address 0x").X(uint64(arch.ReadCR2())).Always()
	r := f.Encoded()
	die(&r, f.RIP)
}

var dying bool

// die prints what people need to find the fault, for images/ksym to put names
// to: "regs" in the order of the encoding, "bt" with the PC first.
func die(r *[16]uint64, pc uint64) {
	if !dying { // a fault in here ends at once
		dying = true
		if t := proc.Current(); t != nil && t.Pid != 0 {
			klog.Msg("task ").D(int64(t.Pid)).S(" ").S(t.ProgramName()).S(" call ").D(t.Call.Nr).Always()
		}
		l := klog.Msg("regs")
		for _, v := range r {
			l.S(" ").X(v)
		}
		l.Always()
		l = klog.Msg("bt ").X(pc)
		var c arch.Callers
		c.Init(uintptr(r[4]), uintptr(r[5]), sched.Current().G.StackHi)
		for range 12 {
			pc, ok := c.Next()
			if !ok {
				break
			}
			l.S(" ").X(uint64(pc))
		}
		l.Always()
	}
	drivers.PowerOff(drivers.ExitPanic)
}
