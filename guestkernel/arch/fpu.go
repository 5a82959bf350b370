//go:build freestanding

package arch

import "unsafe"

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
