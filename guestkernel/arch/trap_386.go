//go:build freestanding

package arch

import "unsafe"

// TrapFrame is what the entry code leaves on the kernel stack: the registers
// of the interrupted program, with 64 bits as the rest of the kernel has them,
// of which the upper half is zero. See _rt/entry_386.s.
type TrapFrame struct {
	BP, DI, SI, DX, CX, BX, AX uint64
	Vector, Error              uint64
	RIP, CS, RFLAGS, RSP, SS   uint64
}

// FromUser reports whether the trap came from user mode.
func (f *TrapFrame) FromUser() bool { return f.CS&3 == 3 }

// noRegister stands for the registers that i386 does not have.
var noRegister uint64

// Regs are the registers in the order of x86-64 Linux's mcontext, without flags
// and segments.
func (f *TrapFrame) Regs() [17]*uint64 {
	none := &noRegister
	return [...]*uint64{none, none, none, none, none, none, none, none, &f.DI, &f.SI, &f.BP, &f.BX,
		&f.DX, &f.AX, &f.CX, &f.RSP, &f.RIP}
}

// Args are a system call's arguments.
func (f *TrapFrame) Args() [6]uint64 { return [...]uint64{f.BX, f.CX, f.DX, f.SI, f.DI, f.BP} }

// Encoded are the registers in the order of their numbers in instructions.
func (f *TrapFrame) Encoded() [16]uint64 {
	return [16]uint64{f.AX, f.CX, f.DX, f.BX, f.RSP, f.BP, f.SI, f.DI}
}

// PutX and GetX have nothing to do: the kernel's code uses no X registers.
func (f *TrapFrame) PutX(b *[512]byte) {}
func (f *TrapFrame) GetX(b *[512]byte) {}

// Selectors, as Linux has them; KernelGS is where the kernel's code finds what
// runs.
const (
	TLSMin   = 6
	KernelCS = 0x60
	KernelDS = 0x68
	UserCS32 = 0x73
	UserCS   = UserCS32
	UserDS   = 0x7b
	tssSel   = 0x80
	kernelGS = 0xd8
)

var gdt = [kernelGS/8 + 1]uint64{
	12: 0x00cf9b000000ffff, // KernelCS
	13: 0x00cf93000000ffff, // KernelDS
	14: 0x00cffb000000ffff, // UserCS
	15: 0x00cff3000000ffff, // UserDS
}

var idt [256]uint64

// tss is the 32-bit task-state segment (SDM 3A, 7.2.1). Of it the CPU uses the
// kernel's stack.
var tss struct {
	_         uint32
	ESP0, SS0 uint32
	_         [22]uint32
	_         uint16
	IOPB      uint16
}

// dtr is the operand of LGDT and LIDT: limit and base, unaligned.
var dtr [6]byte

func setDTR(base unsafe.Pointer, size uintptr) unsafe.Pointer {
	dtr[0], dtr[1] = byte(size-1), byte((size-1)>>8)
	for i := range 4 {
		dtr[2+i] = byte(uintptr(base) >> (8 * i))
	}
	return unsafe.Pointer(&dtr)
}

// withBase gives a descriptor a base (SDM 3A, 3.4.5).
func withBase(desc uint64, base uintptr) uint64 {
	b := uint64(base)
	return desc | b&0xffffff<<16 | b>>24<<56
}

// InitTraps loads the descriptor tables. There is no SYSRET.
func InitTraps(sysret bool) {
	const (
		tssDesc  = 0x89<<40 | uint64(unsafe.Sizeof(tss)-1)
		dataDesc = 0x00cf93000000ffff
		eferNXE  = 1 << 11
		msrEFER  = 0xc0000080
	)
	gdt[tssSel/8] = withBase(tssDesc, uintptr(unsafe.Pointer(&tss)))
	gdt[kernelGS/8] = withBase(dataDesc, threadBlock())
	tss.SS0, tss.IOPB = KernelDS, uint16(unsafe.Sizeof(tss))
	lgdt(setDTR(unsafe.Pointer(&gdt), unsafe.Sizeof(gdt)), KernelCS, KernelDS)
	ltr(tssSel)

	const interruptGate = 0x8e00
	for i := range numVectors {
		idt[i] = gate(vector(i), interruptGate)
	}
	const user = 3 << 13
	idt[VectorBP] |= user << 32
	idt[VectorCompat] = gate(compatEntry(), interruptGate|user)
	lidt(setDTR(unsafe.Pointer(&idt), unsafe.Sizeof(idt)))

	if _, _, _, d := Cpuid(0x80000001, 0); d&(1<<20) != 0 {
		Wrmsr(msrEFER, Rdmsr(msrEFER)|eferNXE)
		pteNX = 1 << 63
	}
	initSysenter()
}

// gate is an entry of the IDT (SDM 3A, 6.11).
func gate(to uintptr, attr uint64) uint64 {
	v := uint64(to)
	return v&0xffff | KernelCS<<16 | attr<<32 | v>>16<<48
}

// SetKernelStack says where the CPU puts the frame of a trap from user mode:
// below the one that the entry code makes of it.
func SetKernelStack(top uintptr) {
	sysenterStack.top = top - unsafe.Sizeof(TrapFrame{})
	tss.ESP0 = uint32(sysenterStack.top)
}

// loadBases has nothing to do: there are no bases but the descriptors'.
func (s *Segs) loadBases() {}
