//go:build freestanding

package arch

import "unsafe"

// Machine primitives: see _rt/cpu_amd64.s and cpu_386.s.

//go:linkname Outb runtime.Outb
func Outb(port uint16, v uint8)

//go:linkname Inb runtime.Inb
func Inb(port uint16) uint8

//go:linkname outs runtime.Outs
//go:noescape
func outs(port uint16, p unsafe.Pointer, n uintptr)

// Outs writes bytes to one port.
func Outs(port uint16, b []byte) {
	if len(b) > 0 {
		outs(port, unsafe.Pointer(&b[0]), uintptr(len(b)))
	}
}

//go:linkname Wrmsr runtime.Wrmsr
func Wrmsr(msr uint32, v uint64)

//go:linkname Rdmsr runtime.Rdmsr
func Rdmsr(msr uint32) uint64

//go:linkname Cpuid runtime.Cpuid
func Cpuid(leaf, sub uint32) (a, b, c, d uint32)

//go:linkname ReadCR2 runtime.ReadCR2
func ReadCR2() uintptr

//go:linkname writeCR3 runtime.WriteCR3
func writeCR3(v uintptr)

//go:linkname Invlpg runtime.Invlpg
func Invlpg(v uintptr)

//go:linkname lgdt runtime.Lgdt
//go:noescape
func lgdt(p unsafe.Pointer, cs, ds uint16)

//go:linkname lidt runtime.Lidt
//go:noescape
func lidt(p unsafe.Pointer)

//go:linkname ltr runtime.Ltr
func ltr(sel uint16)

// Idle lets interrupts in until one has come.
//
//go:linkname Idle runtime.Idle
func Idle()

//go:linkname rdtsc runtime.Rdtsc
func rdtsc() uint64

//go:linkname fxsave runtime.Fxsave
//go:noescape
func fxsave(p unsafe.Pointer)

//go:linkname fxrstor runtime.Fxrstor
//go:noescape
func fxrstor(p unsafe.Pointer)

//go:linkname xsave runtime.Xsave
//go:noescape
func xsave(p unsafe.Pointer)

//go:linkname xrstor runtime.Xrstor
//go:noescape
func xrstor(p unsafe.Pointer)

// enableXSAVE sets CR4.OSXSAVE, and XCR0 to the components given.
//
//go:linkname enableXSAVE runtime.EnableXSAVE
func enableXSAVE(components uint32)

//go:linkname kernelEnd runtime.KernelEnd
func kernelEnd() uintptr

// KernelEnd is the physical address of the image's end.
func KernelEnd() uint64 { return uint64(kernelEnd() - KernelBase) }

//go:linkname compatEntry runtime.compatEntryAddr
func compatEntry() uintptr

//go:linkname sysenterEntry runtime.sysenterEntryAddr
func sysenterEntry() uintptr

//go:linkname vector runtime.Vector
func vector(i int) uintptr

//go:linkname userStart runtime.UserStart
func userStart() uintptr

//go:linkname switchTo runtime.Switch
//go:noescape
func switchTo(from, to *G)

//go:linkname startThread runtime.StartThread
func startThread(g *G, fn func())

//go:linkname rtPanic runtime.Panic
func rtPanic(s string)

// Panic is the end of the kernel.
//
//go:noinline
func Panic(s string) { rtPanic(s) }

// PanicString is what Panic was called with.
//
//go:linkname PanicString runtime.PanicString
func PanicString() string

//go:linkname copyUser runtime.CopyUser
func copyUser(dst, src, n uintptr) (left uintptr)

// CopyUser copies between user and kernel memory and returns how many bytes
// it could not copy. The caller has checked that the user's side is in user
// space.
func CopyUser(dst, src, n uintptr) (left uintptr) { return copyUser(dst, src, n) }

// ClearUser zeroes user memory and returns how many bytes it could not. The
// caller has checked that it is in user space.
//
//go:linkname ClearUser runtime.ClearUser
func ClearUser(dst, n uintptr) (left uintptr)

//go:linkname loadUser64 runtime.LoadUser64
func loadUser64(addr uintptr) (v uint64, ok bool)

//go:linkname loadUser32 runtime.LoadUser32
func loadUser32(addr uintptr) (v uint32, ok bool)

// LoadUser64 reads a word of user memory.
func LoadUser64(addr uintptr) (v uint64, ok bool) {
	if addr > UserTop-8 {
		return 0, false
	}
	return loadUser64(addr)
}

// LoadUser32 reads half a word of user memory.
func LoadUser32(addr uintptr) (v uint32, ok bool) {
	if addr > UserTop-4 {
		return 0, false
	}
	return loadUser32(addr)
}

// FastContexts says which contexts SetContexts does, by their kinds.
type FastContexts struct {
	// Denied are the bits that the first and the second word must not have.
	Denied [2][16]uint64
	Two    uint64 // the kinds that have two words, as bits
}

//go:linkname fixup runtime.Fixup
func fixup(i int) (at, to uintptr)

// Fixup is where to go on after a page fault at pc that could not be mended,
// if pc is an access to user memory.
func Fixup(pc uint64) (to uint64, ok bool) {
	for i := 0; ; i++ {
		at, to := fixup(i)
		if at == 0 {
			return 0, false
		}
		if uint64(at) == pc {
			return uint64(to), true
		}
	}
}

// EnterUser leaves for user mode by a trap frame.
//
//go:linkname EnterUser runtime.EnterUser
//go:noescape
func EnterUser(f *TrapFrame)
