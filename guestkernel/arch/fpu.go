//go:build freestanding

package arch

import "unsafe"

// FPU is the x87, SSE and AVX state of a thread's user mode: as XSAVE has it in
// its standard format (SDM 1, 13.4), or, where there is no AVX, FXSAVE.
type FPU struct{ area [xstateSize + 64]byte }

const (
	fxSize     = 512
	headerAt   = fxSize // XSAVE's header: its first word, XSTATE_BV, says which components the area has
	ymmAt      = headerAt + 64
	xstateSize = ymmAt + 256

	compX87 = 1 << 0
	compSSE = 1 << 1
	compAVX = 1 << 2
	compAll = compX87 | compSSE | compAVX
)

// xsaves says that states are saved by XSAVE, not by FXSAVE.
var xsaves bool

// InitFPU enables AVX for user mode, if the CPU has it and XSAVE puts its state
// where this kernel expects it.
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

// image is where in p the state is: XSAVE wants an alignment of 64.
func (p *FPU) image() unsafe.Pointer {
	return Ptr((uintptr(unsafe.Pointer(p)) + 63) &^ 63)
}

// Init gives p the state of a new program (System V ABI, AMD64, 3.4.1). XSTATE_BV
// is 0, so that XRSTOR gives every component its initial state; FXRSTOR, where
// there is no XSAVE, takes the control words that are set here.
func (p *FPU) Init() {
	*p = FPU{}
	b := p.Image()
	b[0], b[1] = 0x7f, 0x03   // FCW
	b[24], b[25] = 0x80, 0x1f // MXCSR
}

// Image is the part of the state that FXSAVE saves: x87 and SSE.
func (p *FPU) Image() *[fxSize]byte { return (*[fxSize]byte)(p.image()) }

// StateSize is the size of State in bytes.
func StateSize() int {
	if xsaves {
		return xstateSize
	}
	return fxSize
}

// State is all of the state, as signal frames have it: Image, and with AVX what
// XSAVE saves behind it.
func (p *FPU) State() []byte { return (*[xstateSize]byte)(p.image())[:StateSize()] }

// Extended reports whether State is more than Image.
func Extended() bool { return xsaves }

// A signal frame says in bytes of the state that FXSAVE does not use (Linux's
// struct _fpx_sw_bytes), and in a word behind the state, that it is XSAVE's.
const (
	softAt        = 464
	softMagic     = 0x46505853 // FP_XSTATE_MAGIC1
	softMagic2    = 0x46505845
	softSize      = softAt + 4 // of the state, the word, and what else belongs to it
	softFeatures  = softAt + 8
	softStateSize = softAt + 16
)

func (p *FPU) word(at uintptr) *uint32 { return (*uint32)(unsafe.Add(p.image(), at)) }

// components is XSTATE_BV, of which this kernel's components are the lower half.
func (p *FPU) components() *uint32 { return p.word(headerAt) }

// Describe makes p ready to be copied into a signal frame, where it takes the bytes
// of State, a word behind them, and extra bytes before them. It returns that word;
// not ok if there is none, since the state is FXSAVE's.
func (p *FPU) Describe(extra uint32) (end uint32, ok bool) {
	if !xsaves {
		return 0, false
	}
	*p.word(softAt), *p.word(softSize) = softMagic, xstateSize+4+extra
	*p.word(softFeatures), *p.word(softFeatures + 4) = compAll, 0
	*p.word(softStateSize) = xstateSize
	*p.components() |= compX87 | compSSE // programs read these without looking at XSTATE_BV
	return softMagic2, true
}

// Described is how many bytes of State are to be read from a signal frame: all if
// the frame says that it has them, as Describe does, else those of Image. p has
// the frame's Image already; end is the word that follows all of State.
func (p *FPU) Described(end uint32) int {
	if xsaves && *p.word(softAt) == softMagic && *p.word(softStateSize) == xstateSize && *p.word(softSize) >= xstateSize && end == softMagic2 {
		return xstateSize
	}
	return fxSize
}

// Sanitise makes loadable what has come from user mode, of which there are n bytes
// (Described): reserved bits of MXCSR and of the header would fault (SDM 1,
// 10.5.1.2 and 13.8.1). x87 and SSE, if XSTATE_BV says that they are not there, get
// their initial state.
func (p *FPU) Sanitise(n int) {
	b := p.Image()
	b[26], b[27] = 0, 0
	if !xsaves {
		return
	}
	there := uint32(compX87 | compSSE)
	if n == xstateSize {
		there = *p.components() & compAll
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

// Save copies the CPU's state to p, Restore does the reverse.
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
