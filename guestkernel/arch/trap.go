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

// Vectors (SDM 3A, 6.3.1). Those from VectorIRQ on are the pins of the I/O
// APIC; VectorSyscall is made up by the entry code.
const (
	VectorDE       = 0
	VectorDB       = 1
	VectorNMI      = 2
	VectorBP       = 3
	VectorUD       = 6
	VectorDF       = 8
	VectorSS       = 12
	VectorGP       = 13
	VectorPF       = 14
	VectorMF       = 16
	VectorAC       = 17
	VectorXM       = 19
	VectorIRQ      = 32
	VectorTimer    = 62
	VectorSpurious = 63
	numVectors     = 64
	VectorCompat   = 128 // INT 0x80
	VectorSyscall  = 256
)

// Bits of a page fault's error code (SDM 3A, 4.7).
const (
	FaultPresent = 1 << 0
	FaultWrite   = 1 << 1
	FaultUser    = 1 << 2
	FaultFetch   = 1 << 4
)

// Selectors, as Linux has them: SYSCALL and SYSRET want this order.
const (
	KernelCS = 0x10
	KernelDS = 0x18
	UserCS32 = 0x23
	UserDS   = 0x2b
	UserCS   = 0x33
	tssSel   = 0x40
)

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
}

// SetKernelStack says where the CPU puts the frame of a trap from user mode.
func SetKernelStack(top uintptr) { tss.RSP[0] = words(top) }

// Switch gives the CPU from one thread to another.
func Switch(from, to *G) { switchTo(from, to) }

// StartThread prepares g so that the first Switch to it calls fn, which does
// not return.
func StartThread(g *G, fn func()) { startThread(g, fn) }

// UserFrame is the trap frame at the top of g's kernel stack, through which
// the thread last entered the kernel from user mode.
func (g *G) UserFrame() *TrapFrame {
	return (*TrapFrame)(Ptr(g.KTop - unsafe.Sizeof(TrapFrame{})))
}

// ReturnToUser prepares g so that the first Switch to it loads g.UserFrame, as
// after an interrupt: signals may wait already, and others for the CPU.
func (g *G) ReturnToUser() {
	g.SP = g.KTop - unsafe.Sizeof(TrapFrame{}) - 8
	g.BP = 0
	*(*uintptr)(Ptr(g.SP)) = userStart()
	g.UserFrame().Vector = VectorSpurious
}

// FPU is the x87 and SSE state of a thread's user mode, as FXSAVE has it.
type FPU struct{ area [512 + 16]byte }

// FXSAVE wants an alignment of 16.
func (p *FPU) image() unsafe.Pointer {
	return Ptr((uintptr(unsafe.Pointer(p)) + 15) &^ 15)
}

// Init gives p the state of a new program (System V ABI, AMD64, 3.4.1).
func (p *FPU) Init() {
	*p = FPU{}
	b := (*[512]byte)(p.image())
	b[0], b[1] = 0x7f, 0x03   // FCW
	b[24], b[25] = 0x80, 0x1f // MXCSR
}

// Image is the state as FXSAVE has it.
func (p *FPU) Image() *[512]byte { return (*[512]byte)(p.image()) }

// Sanitise makes what came from user mode loadable: reserved bits of MXCSR
// would fault (SDM 1, 10.5.1.2).
func (p *FPU) Sanitise() {
	b := p.Image()
	b[26], b[27] = 0, 0
}

func (p *FPU) Save()    { fxsave(p.image()) }
func (p *FPU) Restore() { fxrstor(p.image()) }

// Copy makes p a copy of o.
func (p *FPU) Copy(o *FPU) { *(*[512]byte)(p.image()) = *(*[512]byte)(o.image()) }

// Hwcap is the CPU's feature word of CPUID leaf 1, EDX: AT_HWCAP.
func Hwcap() uint64 {
	_, _, _, d := Cpuid(1, 0)
	return uint64(d)
}
