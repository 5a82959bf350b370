// Package arch is all of the kernel that knows which CPU it runs on: trap
// frames, page-table entries, descriptor tables, the interrupt controllers,
// context switch, access to user memory. The rest of the kernel is the same
// for every architecture.
//
// The machine primitives are assembly in the replacement runtime
// (guestkernel/_rt), reached by go:linkname. A build without the tag
// freestanding, which is what go test on a host makes, has stand-ins for
// those that hardware-free packages need: memory from a slice, a clock that
// the test sets, and no context switch. See host.go.
package arch

import "unsafe"

// PageSize is the size of a page and of a frame, in bytes.
const PageSize = 4096

// UserBottom is the first address that user space may map: nothing is mapped
// below it, so that a nil dereference faults.
const UserBottom = 0x10000

// Layouts says where things lie in user space: below End, the stack at
// StackTop, and mappings without an address below MmapTop. The kernel's own memory
// there (mm.Space.Scratch) is below ScratchTop; if that is above End, the program
// cannot reach it.
type Layouts struct{ End, StackTop, MmapTop, ScratchTop uint64 }

// G is what a kernel thread is to the compiler and the switch code: Go keeps
// a pointer to it in R14, or in a segment, and reads Guard0 in each function's
// stack check. Its layout is known to the assembly in _rt.
type G struct {
	StackLo, StackHi, Guard0, Guard1 uintptr
	KTop                             uintptr // the kernel stack pointer at entry from user mode
	SP, BP                           uintptr // saved by Switch
}

// StackGuard is how far above StackLo a stack check fails: the compiler's own
// 928 bytes (internal/abi.StackGuard) and room for a trap frame on top.
const StackGuard = 928 + 512

// Init makes g a thread on the stack [lo, hi).
func (g *G) Init(lo, hi uintptr) {
	*g = G{StackLo: lo, StackHi: hi, KTop: hi, Guard0: lo + StackGuard, Guard1: lo + StackGuard}
}

// Ptr makes a pointer of an address. Spelled so, it tells go vet that the
// address is no object of a garbage-collected heap.
func Ptr(addr uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&addr)) }
