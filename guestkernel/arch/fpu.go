//go:build freestanding

package arch

import "unsafe"

// FPU is the x87, SSE and AVX state of a thread's user mode: as XSAVE has it in
// its standard format (SDM 1, 13.4), or, where there is no AVX, FXSAVE.
type FPU struct{ area [xstateSize + 64]byte }

const (
	fxSize     = 512
	headerAt   = fxSize // of XSAVE's header, which begins with the components that are there
	ymmAt      = headerAt + 64
	xstateSize = ymmAt + 256

	compX87 = 1 << 0
	compSSE = 1 << 1
	compAVX = 1 << 2
	compAll = compX87 | compSSE | compAVX
)

// xsaves is whether the state is XSAVE's.
var xsaves bool

// InitFPU has user mode have AVX, if the CPU has it and has its state where this
// kernel expects it.
func InitFPU() {
	const xsave, avx = 1 << 26, 1 << 28 // leaf 1, ECX
	if _, _, c, _ := Cpuid(1, 0); c&(xsave|avx) != xsave|avx {
		return
	}
	if a, _, _, _ := Cpuid(13, 0); a&compAll != compAll {
		return
	}
	if size, at, _, _ := Cpuid(13, 2); size != xstateSize-ymmAt || at != ymmAt {
		return
	}
	enableXSAVE(compAll)
	xsaves = true
}

// XSAVE wants an alignment of 64.
func (p *FPU) image() unsafe.Pointer {
	return Ptr((uintptr(unsafe.Pointer(p)) + 63) &^ 63)
}

// Init gives p the state of a new program (System V ABI, AMD64, 3.4.1). The
// header says that there is no component, so that XRSTOR makes them all so.
func (p *FPU) Init() {
	*p = FPU{}
	b := p.Image()
	b[0], b[1] = 0x7f, 0x03   // FCW
	b[24], b[25] = 0x80, 0x1f // MXCSR
}

// Image is that part of the state that FXSAVE has.
func (p *FPU) Image() *[fxSize]byte { return (*[fxSize]byte)(p.image()) }

// StateSize is how many bytes there are of the state: FXSAVE's without AVX.
func StateSize() int {
	if xsaves {
		return xstateSize
	}
	return fxSize
}

// State is all of it, as signal frames have it.
func (p *FPU) State() []byte { return (*[xstateSize]byte)(p.image())[:StateSize()] }

// Extended reports whether State is more than Image.
func Extended() bool { return xsaves }

// What a signal frame tells of the state in bytes that FXSAVE leaves alone
// (Linux's struct _fpx_sw_bytes), and the word that follows the state.
const (
	softAt        = 464
	softMagic     = 0x46505853 // FP_XSTATE_MAGIC1
	softMagic2    = 0x46505845
	softSize      = softAt + 4 // with the word
	softFeatures  = softAt + 8
	softStateSize = softAt + 16
)

func (p *FPU) word(at uintptr) *uint32 { return (*uint32)(unsafe.Add(p.image(), at)) }

// components is the header's word for which components are there.
func (p *FPU) components() *uint32 { return p.word(headerAt) }

// Describe makes the state what belongs into a signal frame, of which it takes
// extra bytes more than State has; and returns the word to be put behind it, ok
// only if there is to be one.
func (p *FPU) Describe(extra uint32) (end uint32, ok bool) {
	if !xsaves {
		return 0, false
	}
	*p.word(softAt), *p.word(softSize) = softMagic, xstateSize+4+extra
	*p.word(softFeatures), *p.word(softFeatures + 4) = compAll, 0
	*p.word(softStateSize) = xstateSize
	*p.components() |= compX87 | compSSE // which people read without looking at the header
	return softMagic2, true
}

// Described is how many bytes of State a signal frame has: all if it says so,
// else those of FXSAVE. p has the latter; end is the word behind the former.
func (p *FPU) Described(end uint32) int {
	if xsaves && *p.word(softAt) == softMagic && *p.word(softStateSize) == xstateSize && *p.word(softSize) >= xstateSize && end == softMagic2 {
		return xstateSize
	}
	return fxSize
}

// Sanitise makes what came from user mode, n bytes of it, loadable: reserved
// bits of MXCSR, and of the header, would fault (SDM 1, 10.5.1.2 and 13.8.1). A
// component that is not there is as it is initially.
func (p *FPU) Sanitise(n int) {
	b := p.Image()
	b[26], b[27] = 0, 0
	if !xsaves {
		return
	}
	there := *p.components() & compAll
	if n < xstateSize {
		there = compX87 | compSSE
	}
	clear((*[xstateSize]byte)(p.image())[headerAt:ymmAt])
	if there&compX87 == 0 {
		clear(b[:24])
		clear(b[32:160])
		b[0], b[1] = 0x7f, 0x03
	}
	if there&compSSE == 0 {
		clear(b[160:416])
	}
	*p.components() = there | compX87 | compSSE
}

// Save and Restore are the CPU's state to p and back.
func (p *FPU) Save() {
	if xsaves {
		xsave(p.image())
		return
	}
	fxsave(p.image())
}

func (p *FPU) Restore() {
	if xsaves {
		xrstor(p.image())
		return
	}
	fxrstor(p.image())
}

// Copy makes p a copy of o.
func (p *FPU) Copy(o *FPU) { *(*[xstateSize]byte)(p.image()) = *(*[xstateSize]byte)(o.image()) }

// Hwcap is the CPU's feature word of CPUID leaf 1, EDX: AT_HWCAP.
func Hwcap() uint64 {
	_, _, _, d := Cpuid(1, 0)
	return uint64(d)
}
