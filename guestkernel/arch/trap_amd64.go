//go:build freestanding

package arch

import "unsafe"

// TrapFrame is what the entry code leaves on the kernel stack: the registers
// of the interrupted program. See _rt/entry_amd64.s.
type TrapFrame struct {
	X0, X14, X15                                                     [2]uint64
	R15, R14, R13, R12, R11, R10, R9, R8, BP, DI, SI, DX, CX, BX, AX uint64
	Vector, Error                                                    uint64
	RIP, CS, RFLAGS, RSP, SS                                         uint64
}

// FromUser reports whether the trap came from user mode.
func (f *TrapFrame) FromUser() bool { return f.CS&3 == 3 }

// Selectors, as Linux has them: SYSCALL and SYSRET want this order.
const (
	KernelCS = 0x10
	KernelDS = 0x18
	UserCS32 = 0x23
	UserDS   = 0x2b
	UserCS   = 0x33
	tssSel   = 0x40
	TLSMin   = 12
)

// loadBases loads the bases of the segments whose selectors are null.
func (s *Segs) loadBases() {
	const msrFSBase, msrGSBase = 0xc0000100, 0xc0000101
	if s.FS&^selRPL == 0 {
		Wrmsr(msrFSBase, s.FSBase)
	}
	if s.GS&^selRPL == 0 {
		Wrmsr(msrGSBase, s.GSBase)
	}
}

var gdt = [TLSMin + NumTLS]uint64{
	1: 0x00af9b000000ffff,
	2: 0x00af9b000000ffff, // KernelCS
	3: 0x00cf93000000ffff, // KernelDS
	4: 0x00cffb000000ffff, // UserCS32
	5: 0x00cff3000000ffff, // UserDS
	6: 0x00affb000000ffff, // UserCS
}

var idt [256][2]uint64

// tss is the 64-bit task-state segment (SDM 3A, 7.7).
var tss struct {
	_    uint32
	RSP  [3][2]uint32
	_    [2]uint32
	IST  [7][2]uint32
	_    [2]uint32
	_    uint16
	IOPB uint16
}

// istStack is for the traps that may come where there is no good stack: NMI
// and double fault.
var istStack [8192]byte

// dtr is the operand of LGDT and LIDT: limit and base, unaligned.
var dtr [10]byte

func setDTR(base unsafe.Pointer, size uintptr) unsafe.Pointer {
	dtr[0], dtr[1] = byte(size-1), byte((size-1)>>8)
	for i := range 8 {
		dtr[2+i] = byte(uintptr(base) >> (8 * i))
	}
	return unsafe.Pointer(&dtr)
}

func words(v uintptr) [2]uint32 { return [2]uint32{uint32(v), uint32(v >> 32)} }

// lstar is where SYSCALL goes.
var lstar uint64

// InitTraps loads the descriptor tables and the system-call MSRs. With sysret
// set, system calls return by SYSRET.
func InitTraps(sysret bool) {
	b, l := uint64(uintptr(unsafe.Pointer(&tss))), uint64(unsafe.Sizeof(tss)-1)
	gdt[tssSel/8] = l&0xffff | b&0xffffff<<16 | 0x89<<40 | b>>24&0xff<<56
	gdt[tssSel/8+1] = b >> 32
	tss.IOPB = uint16(unsafe.Sizeof(tss))
	tss.IST[0] = words(uintptr(unsafe.Pointer(&istStack)) + unsafe.Sizeof(istStack))
	lgdt(setDTR(unsafe.Pointer(&gdt), unsafe.Sizeof(gdt)), KernelCS, KernelDS)
	ltr(tssSel)

	const interruptGate = 0x8e00
	for i := range numVectors {
		v, attr := uint64(vector(i)), uint64(interruptGate)
		switch i {
		case VectorNMI, VectorDF:
			attr |= 1 // IST1
		case VectorBP:
			attr |= 3 << 13 // INT3 from user mode
		}
		idt[i] = [2]uint64{v&0xffff | KernelCS<<16 | attr<<32 | v>>16&0xffff<<48, v >> 32}
	}
	v := uint64(compatEntry())
	const user = 3 << 13
	idt[VectorCompat] = [2]uint64{v&0xffff | KernelCS<<16 | (interruptGate|user)<<32 | v>>16&0xffff<<48, v >> 32}
	lidt(setDTR(unsafe.Pointer(&idt), unsafe.Sizeof(idt)))

	const (
		msrEFER, msrSTAR, msrLSTAR, msrFMASK = 0xc0000080, 0xc0000081, 0xc0000082, 0xc0000084

		eferSCE, eferNXE = 1 << 0, 1 << 11
		// TF, IF, DF, IOPL, NT and AC are clear in the kernel.
		flagsMask = 0x47700
	)
	Wrmsr(msrSTAR, 0x23<<48|KernelCS<<32)
	lstar = uint64(syscallEntry())
	Wrmsr(msrLSTAR, lstar)
	Wrmsr(msrFMASK, flagsMask)
	efer := Rdmsr(msrEFER) | eferSCE
	if _, _, _, d := Cpuid(0x80000001, 0); d&(1<<20) != 0 {
		efer |= eferNXE
		pteNX = 1 << 63
	}
	Wrmsr(msrEFER, efer)
	setSysret(sysret)
	initSysenter()
}

// Regs are the registers in the order of Linux's mcontext, without flags and
// segments.
func (f *TrapFrame) Regs() [17]*uint64 {
	return [...]*uint64{&f.R8, &f.R9, &f.R10, &f.R11, &f.R12, &f.R13, &f.R14, &f.R15, &f.DI, &f.SI, &f.BP, &f.BX,
		&f.DX, &f.AX, &f.CX, &f.RSP, &f.RIP}
}

// Args are a system call's arguments, by SYSCALL.
func (f *TrapFrame) Args() [6]uint64 { return [...]uint64{f.DI, f.SI, f.DX, f.R10, f.R8, f.R9} }

// Encoded are the registers in the order of their numbers in instructions.
func (f *TrapFrame) Encoded() [16]uint64 {
	return [...]uint64{f.AX, f.CX, f.DX, f.BX, f.RSP, f.BP, f.SI, f.DI,
		f.R8, f.R9, f.R10, f.R11, f.R12, f.R13, f.R14, f.R15}
}

// xmmAt is where X0, X14 and X15, which the kernel's own code uses, lie in the
// image of FXSAVE.
var xmmAt = [...]int{160, 160 + 14*16, 160 + 15*16}

// PutX puts those of the X registers that are in f into the image.
func (f *TrapFrame) PutX(b *[512]byte) {
	for n, v := range [...]*[2]uint64{&f.X0, &f.X14, &f.X15} {
		*(*[2]uint64)(unsafe.Pointer(&b[xmmAt[n]])) = *v
	}
}

// GetX puts those of the image into f.
func (f *TrapFrame) GetX(b *[512]byte) {
	for n, v := range [...]*[2]uint64{&f.X0, &f.X14, &f.X15} {
		*v = *(*[2]uint64)(unsafe.Pointer(&b[xmmAt[n]]))
	}
}

// SetKernelStack says where the CPU puts the frame of a trap from user mode.
func SetKernelStack(top uintptr) { tss.RSP[0], sysenterStack.top = words(top), top }
