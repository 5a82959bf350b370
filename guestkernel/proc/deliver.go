//go:build freestanding

package proc

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/klog"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// Restart says what becomes of a call that a signal has interrupted, which
// returns EINTR unless it is made again (signal(7)).
type Restart uint8

const (
	NoRestart      Restart = iota // it returns EINTR
	RestartHandled                // made again after a handler with SA_RESTART, or if there was none
	RestartAlone                  // made again only if there was no handler
)

// interrupted is the system call that has just returned EINTR because of a
// signal.
type interrupted struct {
	how Restart
	nr  uint64 // as it came from user mode
}

// Interrupt notes that the call under way has been interrupted.
func (t *Task) Interrupt(how Restart, nr uint64) { t.cut = interrupted{how, nr} }

// Deadlines are the points in time at which the call under way stops waiting.
// A call that is made again after a signal does not begin to wait anew. The
// first is the context TIMEOUT's, the second the call's own; 0 is none.
type Deadlines struct {
	armed  [2]uint64 // of the call under way
	resume [2]uint64 // that the call under way had when it was interrupted
	next   [2]uint64 // the same of the next call, if it is that one again
	used   bool      // they are not all 0
}

func (d *Deadlines) init() { *d = Deadlines{} }

// Begin is the begin of a system call.
func (d *Deadlines) Begin() {
	if !d.used {
		return
	}
	d.used = d.next != [2]uint64{}
	d.resume, d.next, d.armed = d.next, [2]uint64{}, [2]uint64{}
}

func (d *Deadlines) arm(i int, until uint64) uint64 {
	if d.resume[i] != 0 {
		until = d.resume[i]
	}
	d.armed[i], d.used = max(until, 1), true
	return until
}

// Context is the deadline of TIMEOUT, which would be until if the call had not
// been interrupted; Own is that of the call itself.
func (d *Deadlines) Context(until uint64) uint64 { return d.arm(0, until) }
func (d *Deadlines) Own(until uint64) uint64     { return d.arm(1, until) }

// Deliver is called before the way back to user mode, in trap frame f: it
// carries out what signals that wait do, and makes an interrupted call again
// where that is due.
func (t *Task) Deliver(f *arch.TrapFrame) {
	if !t.Pending && t.cut.how == NoRestart && !t.hasTemp {
		return
	}
	g := t.Proc
	for {
		switch {
		case t.dying():
			t.Exit(g.status)
		case g.stopped:
			t.park()
			continue
		}
		var i Info
		if !t.Take(^t.Mask(), &i) {
			break
		}
		sig := int(i.Signo)
		a := t.Action(sig)
		switch {
		case a.Handler == syscalls.SIG_IGN:
		case a.Handler != syscalls.SIG_DFL:
			if t.handle(f, a, &i) {
				t.cut = interrupted{} // and the next one interrupts this handler
			}
		case bit(sig)&ignored != 0 || t.spared():
		case bit(sig)&stopping != 0:
			t.stop(sig)
		default:
			t.ExitGroup(sig)
		}
	}
	if t.cut.how != NoRestart {
		t.again(f)
		t.Deadlines.next = t.Deadlines.armed
	}
	t.cut, t.hasTemp = interrupted{}, false
	t.recalc()
}

// again has the frame make the interrupted system call once more: SYSCALL and
// INT have two bytes.
func (t *Task) again(f *arch.TrapFrame) {
	f.RIP -= 2
	f.AX = t.cut.nr
}

// stop stops the process.
func (t *Task) stop(sig int) {
	g := t.Proc
	g.stopped, g.stopSig, g.reported = true, sig, hasStopped
	g.eachThread(func(o *Task) {
		if o != t {
			sched.Interrupt(&o.Thread)
		}
	})
	g.tellParent(syscalls.CLD_STOPPED, sig)
}

// park waits until the process is no longer stopped.
func (t *Task) park() {
	for t.Proc.stopped && !t.dying() {
		t.Pending = false
		t.Proc.parked.Sleep(sched.Never)
	}
	t.recalc()
}

// The signal frame of Linux on x86-64 (arch/x86/include/asm/sigframe.h,
// struct rt_sigframe), in bytes from its start: the address that the handler
// returns to, ucontext, siginfo. The x87, SSE and AVX state is above it.
const (
	frameUC      = 8
	frameStack   = frameUC + 16 // uc_stack: sp, flags, size
	frameRegs    = frameUC + 40 // uc_mcontext: 23 words, the state's address, 8 words reserved
	frameFP      = frameRegs + 23*8
	frameResume  = frameRegs + 24*8 // two of the reserved words: Deadlines of the interrupted call
	frameMask    = frameRegs + 32*8
	frameInfo    = frameMask + 8
	frameSize    = frameInfo + 128
	fpSize       = 512
	redZone      = 128
	ucFlags      = 6                       // UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS
	ucXstate     = 1                       // UC_FP_XSTATE
	userFlags    = 0x40dd5                 // the bits of RFLAGS that rt_sigreturn sets: FIX_EFLAGS of Linux
	handlerFlags = 0x400 | 0x100 | 0x10000 // DF, TF, RF: clear in a handler
)

// AltStack is sigaltstack(2)'s.
type AltStack struct {
	SP, Size uint64
	Flags    uint32
}

// Holds reports whether a stack pointer is on the alternate stack.
func (s *AltStack) Holds(sp uint64) bool {
	return s.Size != 0 && s.Flags&syscalls.SS_AUTODISARM == 0 && sp > s.SP && sp-s.SP <= s.Size
}

// State is the flags that sigaltstack(2) reports.
func (s *AltStack) State(sp uint64) uint32 {
	switch {
	case s.Size == 0:
		return syscalls.SS_DISABLE
	case s.Holds(sp):
		return syscalls.SS_ONSTACK | s.Flags&syscalls.SS_AUTODISARM
	}
	return s.Flags & syscalls.SS_AUTODISARM
}

// frame is the frame that is being made, or read. There is one: neither sleeps.
var frame [oldSize]byte // the largest of the three

func put(off int, v uint64) {
	*(*uint64)(unsafe.Pointer(&frame[off])) = v
}

func get(off int) uint64 { return *(*uint64)(unsafe.Pointer(&frame[off])) }

// handle has the task run a handler when it is back in user mode. Not ok if
// there is no stack for that: then SIGSEGV has been sent.
func (t *Task) handle(f *arch.TrapFrame, a *Action, i *Info) bool {
	act := *a
	sig := int(i.Signo)
	if act.Flags&syscalls.SA_RESETHAND != 0 {
		a.Handler = syscalls.SIG_DFL
	}
	var resume [2]uint64
	if t.cut.how == RestartHandled && act.Flags&syscalls.SA_RESTART != 0 {
		t.again(f)
		resume = t.Deadlines.armed
	}
	sp := f.RSP
	switch {
	case act.Flags&syscalls.SA_ONSTACK != 0 && t.Alt.Size != 0 && !t.Alt.Holds(f.RSP):
		sp = t.Alt.SP + t.Alt.Size
	case !act.Narrow:
		sp -= redZone
	}
	// phase: signal
	ok := false
	if act.Narrow {
		ok = t.handle32(f, &act, i, sp, resume)
	} else {
		ok = t.handle64(f, &act, i, sp, resume)
	}
	if !ok {
		t.badFrame(sig)
		return false
	}
	mask := t.Mask() | act.Mask
	if act.Flags&syscalls.SA_NODEFER == 0 {
		mask |= bit(sig)
	}
	t.Blocked, t.hasTemp = mask&^unblockable, false
	if t.Alt.Flags&syscalls.SS_AUTODISARM != 0 {
		t.Alt = AltStack{}
	}
	f.RFLAGS &^= handlerFlags
	// A handler starts with fresh x87 and SSE state.
	t.FPU.Init()
	t.FPU.Restore()
	f.GetX(t.FPU.Image())
	return true
}

// handle64 writes the frame below sp, and has f enter the handler; false if it
// cannot be written.
func (t *Task) handle64(f *arch.TrapFrame, act *Action, i *Info, sp uint64, resume [2]uint64) bool {
	fp := fpPlace(sp)
	at := (fp-frameSize)&^15 - 8
	t.buildFrame(f, act, i, fp, resume)
	t.saveFP(f)
	if act.Flags&syscalls.SA_RESTORER == 0 || act.Handler >= arch.UserTop ||
		!writeUser(at, frame[:frameSize]) || !t.writeFP(fp, 0) {
		return false
	}
	f.RIP, f.RSP, f.AX = act.Handler, at, 0
	f.DI, f.SI, f.DX = uint64(i.Signo), at+frameInfo, at+frameUC
	f.CS, f.SS = arch.UserCS, arch.UserDS
	return true
}

// buildFrame fills in frame for the registers in f.
func (t *Task) buildFrame(f *arch.TrapFrame, a *Action, i *Info, fp uint64, resume [2]uint64) {
	frame = [oldSize]byte{}
	put(0, a.Restorer)
	put(frameUC, ucFlags)
	if arch.Extended() {
		put(frameUC, ucFlags|ucXstate)
	}
	put(frameStack, t.Alt.SP)
	put(frameStack+8, uint64(t.Alt.State(f.RSP)))
	put(frameStack+16, t.Alt.Size)
	regs := f.Regs()
	for n, r := range regs {
		put(frameRegs+8*n, *r)
	}
	for n, v := range [...]uint64{f.RFLAGS, f.CS | f.SS<<48, f.Error, f.Vector, t.Blocked, i.Addr, fp} {
		put(frameRegs+8*(len(regs)+n), v)
	}
	put(frameResume, resume[0])
	put(frameResume+8, resume[1])
	put(frameMask, t.Blocked)
	if a.Flags&syscalls.SA_SIGINFO != 0 {
		i.encode(frame[frameInfo:])
	}
}

// SiginfoSize is the size of a siginfo, in bytes.
const SiginfoSize = 128

// encode writes a siginfo (sigaction(2)) into b, which is zero.
func (i *Info) encode(b []byte) {
	p := unsafe.Pointer(unsafe.SliceData(b))
	*(*int32)(p) = i.Signo
	*(*int32)(unsafe.Add(p, 8)) = i.Code
	if i.fault() {
		*(*uint64)(unsafe.Add(p, 16)) = i.Addr
		return
	}
	*(*int32)(unsafe.Add(p, 16)) = i.Pid
	*(*uint32)(unsafe.Add(p, 20)) = i.UID
	*(*uint64)(unsafe.Add(p, 24)) = i.Value
}

// Encode writes a siginfo of 128 bytes.
func (i *Info) Encode(b *[SiginfoSize]byte) {
	*b = [SiginfoSize]byte{}
	i.encode(b[:])
}

// fault: the signal tells of an address.
func (i *Info) fault() bool {
	return bit(int(i.Signo))&synchronous != 0 && i.Code > 0 && i.Code != syscalls.SI_KERNEL
}

// fpPlace is where in a frame that ends at sp the x87, SSE and AVX state begins.
func fpPlace(sp uint64) uint64 {
	n := uint64(arch.StateSize())
	if arch.Extended() {
		n += 4
	}
	return (sp - n) &^ 63
}

// minSigStack is how much stack the kernel may need for a signal frame.
func minSigStack() uint64 {
	const align = 64 + 16 + 8
	return redZone + oldSize + uint64(arch.StateSize()) + 4 + fsaveSize + align
}

// saveFP makes t.FPU the thread's state in user mode: what is in the CPU, but
// for the registers that the kernel's own code uses, which are in f.
func (t *Task) saveFP(f *arch.TrapFrame) {
	t.FPU.Save()
	f.PutX(t.FPU.Image())
}

// writeFP writes t.FPU into a frame, at fp. extra is how many bytes in front of fp
// belong to the state, too: a 32-bit frame's image of FSAVE.
func (t *Task) writeFP(fp uint64, extra uint32) bool {
	var end [4]byte
	if v, ok := t.FPU.Describe(extra); ok {
		syscalls.PutInt(end[:], 4, uint64(v))
		if !writeUser(fp+uint64(arch.StateSize()), end[:]) {
			return false
		}
	}
	return writeUser(fp, t.FPU.State())
}

// readFP makes t.FPU what a frame has at fp, with the AVX state or without; false if
// it cannot be read.
func (t *Task) readFP(fp uint64) bool {
	all, b := t.FPU.State(), t.FPU.Image()
	if _, err := mm.UserBuf(uintptr(fp), len(b)).Read(0, b[:]); err != 0 {
		return false
	}
	end, ok := arch.LoadUser32(uintptr(fp) + uintptr(len(all)))
	n := len(b)
	if ok {
		n = t.FPU.Described(end)
	}
	if n > len(b) {
		if _, err := mm.UserBuf(uintptr(fp), n).Read(0, all); err != 0 {
			return false
		}
	}
	t.FPU.Sanitise(n)
	return true
}

func writeUser(addr uint64, b []byte) bool {
	_, err := mm.UserBuf(uintptr(addr), len(b)).Write(0, b)
	return err == 0
}

// badFrame: there is no stack to run the handler of sig on, or to return from
// one.
func (t *Task) badFrame(sig int) {
	if sig == syscalls.SIGSEGV {
		*t.Action(sig) = Action{}
	}
	klog.Msg("task ").D(int64(t.Pid)).S(" ").S(t.ProgramName()).S(": bad signal frame").End()
	t.Force(&Info{Signo: syscalls.SIGSEGV, Code: syscalls.SI_KERNEL})
}

// Sigreturn is rt_sigreturn(2): the frame is above the user's stack pointer, and
// what it says of registers that the user may not set does not count.
func (t *Task) Sigreturn() int64 {
	f := t.G.UserFrame()
	at := f.RSP - 8
	if _, err := mm.UserBuf(uintptr(at), frameSize).Read(0, frame[:frameSize]); err != 0 {
		t.badFrame(syscalls.SIGSEGV)
		return 0
	}
	t.SetBlocked(get(frameMask))
	t.Deadlines.next, t.Deadlines.used = [2]uint64{get(frameResume), get(frameResume + 8)}, true
	for n, r := range f.Regs() {
		*r = get(frameRegs + 8*n)
	}
	f.RFLAGS = f.RFLAGS&^userFlags | get(frameRegs+17*8)&userFlags
	f.CS = arch.UserCS
	if get(frameRegs+18*8)&0xffff == arch.UserCS32 {
		f.CS = arch.UserCS32
	}
	f.Vector = 0 // not by SYSRET, which would spoil RCX and R11
	t.restoreAlt(f.RSP)
	if fp := get(frameFP); fp == 0 {
		t.FPU.Init()
	} else if !t.readFP(fp) {
		t.FPU.Init()
		t.badFrame(syscalls.SIGSEGV)
		return int64(f.AX)
	}
	t.FPU.Restore()
	f.GetX(t.FPU.Image())
	if f.RIP >= arch.UserTop {
		f.RIP = 0 // where nothing is: the CPU must not be made to fault in the kernel
		t.badFrame(syscalls.SIGSEGV)
	}
	return int64(f.AX)
}

// restoreAlt sets the alternate stack as the frame says, if that is possible.
func (t *Task) restoreAlt(sp uint64) {
	a := AltStack{SP: get(frameStack), Size: get(frameStack + 16), Flags: uint32(get(frameStack + 8))}
	if !t.Alt.Holds(sp) {
		t.SetAlt(a)
	}
}

// SetAlt is sigaltstack(2) for a thread that is not on it.
func (t *Task) SetAlt(a AltStack) syscalls.Errno {
	const minSize = 2048
	mode := a.Flags &^ syscalls.SS_AUTODISARM
	switch {
	case mode != 0 && mode != syscalls.SS_ONSTACK && mode != syscalls.SS_DISABLE:
		return syscalls.EINVAL
	case mode == syscalls.SS_DISABLE:
		t.Alt = AltStack{}
		return 0
	case a.Size < minSize:
		return syscalls.ENOMEM
	}
	a.Flags &= syscalls.SS_AUTODISARM
	t.Alt = a
	return 0
}
