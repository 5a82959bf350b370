//go:build freestanding

package proc

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Signal frames of 32-bit programs: those of Linux on i386
// (arch/x86/include/asm/sigframe.h and uapi/asm/sigcontext.h). There are two,
// for handlers with SA_SIGINFO and without. As on Linux, what decides is not
// the program but who has set the handler: a 32-bit rt_sigaction.

// In bytes from the frame's start: the address that the handler returns to, and
// its arguments, come first in both.
const (
	// struct sigframe_ia32
	oldContext = 8
	oldMask2   = oldContext + contextSize + fsaveSize + fpSize // the mask's second half
	oldSize    = oldMask2 + 4 + 8

	// struct rt_sigframe_ia32
	newInfo    = 16
	newUC      = newInfo + SiginfoSize
	newStack   = newUC + 8 // uc_stack: sp, flags, size
	newContext = newStack + 12
	newMask    = newContext + contextSize
	newSize    = newMask + 8 + 8

	// struct sigcontext_32
	contextSize  = 88
	contextSegs  = 0 // gs, fs, es, ds
	contextRegs  = 16
	contextTrap  = 48
	contextIP    = 56
	contextCS    = 60
	contextFlags = 64
	contextSP    = 68 // sp_at_signal
	contextSS    = 72
	contextFP    = 76
	contextMask  = 80 // its first half
	contextCR2   = 84
	fsaveSize    = 112 // what FSAVE has, before what FXSAVE has
	returnsOld   = 8   // what the stack pointer is above the frame in sigreturn(2): its address, and the signal's number
	returnsNew   = 4
	oldResume    = oldContext + contextSize // in what is not used; so in the other, behind the siginfo
	newResume    = newInfo + SiginfoSize - 16
)

func put4(off int, v uint32) { *(*uint32)(unsafe.Pointer(&frame[off])) = v }
func get4(off int) uint32    { return *(*uint32)(unsafe.Pointer(&frame[off])) }

// handle32 is handle for a handler that a 32-bit call has set.
func (t *Task) handle32(f *arch.TrapFrame, act *Action, i *Info, sp uint64, resume [2]uint64) bool {
	fp := fpPlace(sp) // FSAVE's image is below
	info := act.Flags&syscalls.SA_SIGINFO != 0
	size, context := uint64(oldSize), oldContext
	if info {
		size, context = newSize, newContext
	}
	at := ((fp-fsaveSize-size+4)&^15 - 4)
	frame = [oldSize]byte{}
	restorer := act.Restorer
	if act.Flags&syscalls.SA_RESTORER == 0 {
		if !t.Space.IsNarrow() {
			return false
		}
		restorer = t.Space.StackTop() + arch.OldRestorer
		if info {
			restorer = t.Space.StackTop() + arch.NewRestorer
		}
	}
	put4(0, uint32(restorer))
	put4(4, uint32(i.Signo))
	t.context32(context, f, i, uint32(fp-fsaveSize))
	f.DX, f.CX = 0, 0
	if info {
		f.DX, f.CX = at+newInfo, at+newUC
		put4(8, uint32(f.DX))
		put4(12, uint32(f.CX))
		i.encode32(frame[newInfo:])
		if arch.Extended() {
			put4(newUC, ucXstate)
		}
		put4(newStack, uint32(t.Alt.SP))
		put4(newStack+4, t.Alt.State(f.RSP))
		put4(newStack+8, uint32(t.Alt.Size))
		put(newMask, t.Blocked)
		put(newResume, resume[0])
		put(newResume+8, resume[1])
	} else {
		put4(oldMask2, uint32(t.Blocked>>32))
		put(oldResume, resume[0])
		put(oldResume+8, resume[1])
	}
	var legacy [fsaveSize]byte
	t.saveFP(f)
	toFSave(&legacy, t.FPU.Image()[:])
	if act.Handler >= arch.UserTop || at+size > 1<<32 ||
		!writeUser(at, frame[:size]) || !writeUser(fp-fsaveSize, legacy[:]) || !t.writeFP(fp, fsaveSize) {
		return false
	}
	f.RIP, f.RSP, f.AX = act.Handler, at, uint64(i.Signo)
	f.CS, f.SS = arch.UserCS32, arch.UserDS
	t.Segs.DS, t.Segs.ES = arch.UserDS, arch.UserDS
	t.Segs.Load()
	return true
}

// context32 puts the registers in f into frame.
func (t *Task) context32(at int, f *arch.TrapFrame, i *Info, fp uint32) {
	t.Segs.Save()
	for n, v := range [...]uint16{t.Segs.GS, t.Segs.FS, t.Segs.ES, t.Segs.DS} {
		put4(at+contextSegs+4*n, uint32(v))
	}
	for n, v := range [...]uint64{f.DI, f.SI, f.BP, f.RSP, f.BX, f.DX, f.CX, f.AX, f.Vector, f.Error, f.RIP, f.CS,
		f.RFLAGS, f.RSP, f.SS, uint64(fp), t.Blocked, i.Addr} {
		put4(at+contextRegs+4*n, uint32(v))
	}
}

// Sigreturn32 is sigreturn(2), with old, and rt_sigreturn(2) of 32-bit
// programs.
func (t *Task) Sigreturn32(old bool) int64 {
	f := t.G.UserFrame()
	at, size, context := f.RSP-returnsNew, uint64(newSize), newContext
	if old {
		at, size, context = f.RSP-returnsOld, oldSize, oldContext
	}
	if _, err := mm.UserBuf(uintptr(at), int(size)).Read(0, frame[:size]); err != 0 {
		t.badFrame(syscalls.SIGSEGV)
		return 0
	}
	mask, resume := get(newMask), newResume
	if old {
		mask, resume = uint64(get4(context+contextMask))|uint64(get4(oldMask2))<<32, oldResume
	}
	t.SetBlocked(mask)
	t.Deadlines.next, t.Deadlines.used = [2]uint64{get(resume), get(resume + 8)}, true
	regs := context + contextRegs
	for n, r := range [...]*uint64{&f.DI, &f.SI, &f.BP, &f.RSP, &f.BX, &f.DX, &f.CX, &f.AX} {
		*r = uint64(get4(regs + 4*n))
	}
	f.RIP = uint64(get4(context + contextIP))
	f.CS = uint64(get4(context+contextCS)&0xffff | 3)
	if f.CS != arch.UserCS && f.CS != arch.UserCS32 {
		f.CS = arch.UserCS32
	}
	f.SS = arch.UserDS
	f.RFLAGS = f.RFLAGS&^userFlags | uint64(get4(context+contextFlags))&userFlags
	f.Vector = arch.VectorCompat
	t.Segs.Save()
	for n, s := range [...]*uint16{&t.Segs.GS, &t.Segs.FS, &t.Segs.ES, &t.Segs.DS} {
		*s = uint16(get4(context + contextSegs + 4*n))
	}
	t.Segs.Load()
	fp := uint64(get4(context + contextFP))
	if !old {
		a := AltStack{SP: uint64(get4(newStack)), Size: uint64(get4(newStack + 8)), Flags: get4(newStack + 4)}
		if !t.Alt.Holds(f.RSP) {
			t.SetAlt(a)
		}
	}
	t.restoreFP32(f, fp)
	return int64(f.AX)
}

// restoreFP32 loads the x87 and SSE state from where a frame says it is.
func (t *Task) restoreFP32(f *arch.TrapFrame, fp uint64) {
	var legacy [fsaveSize]byte
	if fp == 0 {
		t.FPU.Init()
	} else {
		_, err := mm.UserBuf(uintptr(fp), len(legacy)).Read(0, legacy[:])
		if err != 0 || !t.readFP(fp+fsaveSize) {
			t.FPU.Init()
			t.badFrame(syscalls.SIGSEGV)
		} else {
			fromFSave(&legacy, t.FPU.Image()[:])
		}
	}
	t.FPU.Restore()
	f.GetX(t.FPU.Image())
}

// encode32 writes a siginfo of a 32-bit program into b, which is zero.
func (i *Info) encode32(b []byte) {
	p := unsafe.Pointer(unsafe.SliceData(b))
	*(*int32)(p) = i.Signo
	*(*int32)(unsafe.Add(p, 8)) = i.Code
	if i.fault() {
		*(*uint32)(unsafe.Add(p, 12)) = uint32(i.Addr)
		return
	}
	*(*int32)(unsafe.Add(p, 12)) = i.Pid
	*(*uint32)(unsafe.Add(p, 16)) = i.UID
	*(*uint32)(unsafe.Add(p, 20)) = uint32(i.Value)
}

// The x87 state as FSAVE has it (SDM 1, 8.1.10; Linux's struct
// _fpstate_32), of and to FXSAVE's image (SDM 1, 10.5.1). A tag has one bit
// there, for whether a register has a value, and two here.

// toFSave makes FSAVE's of FXSAVE's.
func toFSave(to *[fsaveSize]byte, from []byte) {
	word := func(at int, v uint32) { syscalls.PutInt(to[4*at:], 4, uint64(v)) }
	half := func(at int) uint32 { return uint32(from[at]) | uint32(from[at+1])<<8 }
	word(0, half(0)|0xffff0000)
	word(1, half(2)|0xffff0000)
	word(2, fullTags(from)|0xffff0000)
	word(3, half(8)|half(10)<<16)  // the last instruction
	word(4, half(12)|half(6)<<16)  // its segment and opcode
	word(5, half(16)|half(18)<<16) // its operand
	word(6, half(20)|0xffff0000)
	for i := range 8 {
		copy(to[28+10*i:][:10], from[32+16*i:][:10])
	}
	// status again, and a magic of 0: what FXSAVE has follows.
	word(27, half(2))
}

// fullTags makes tags of two bits: valid, zero, special or empty.
func fullTags(from []byte) (tags uint32) {
	top := int(from[3]>>3) & 7
	for r := range 8 {
		tag := uint32(3)
		if from[4]>>r&1 != 0 {
			tag = fpTag(from[32+16*((r-top)&7):][:10])
		}
		tags |= tag << (2 * r)
	}
	return tags
}

func fpTag(b []byte) uint32 {
	exp := (uint32(b[9])<<8 | uint32(b[8])) & 0x7fff
	zero := true
	for _, c := range b[:8] {
		zero = zero && c == 0
	}
	switch {
	case exp == 0x7fff || b[7]&0x80 == 0 && !(exp == 0 && zero):
		return 2
	case exp == 0 && zero:
		return 1
	}
	return 0
}

// fromFSave puts the control, status and tag words, and the registers, into
// FXSAVE's image.
func fromFSave(from *[fsaveSize]byte, to []byte) {
	to[0], to[1], to[2], to[3] = from[0], from[1], from[4], from[5]
	tags := uint32(from[8]) | uint32(from[9])<<8
	to[4] = 0
	for r := range 8 {
		if tags>>(2*r)&3 != 3 {
			to[4] |= 1 << r
		}
	}
	for i := range 8 {
		copy(to[32+16*i:][:10], from[28+10*i:][:10])
	}
}
