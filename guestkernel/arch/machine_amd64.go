//go:build freestanding

package arch

import "unsafe"

// The kernel's address space, above the user's:
//
//	DirectMap   all of RAM
//	ioMap       device registers, one page each, as Ioremap hands them out
//	KernelBase  the image (the first GiB of RAM again)
const (
	DirectMap  = 0xffff888000000000
	ioMap      = 0xffffc90000000000
	KernelBase = 0xffffffff80000000
	MaxRAM     = 1 << 46
)

// virtBase is where physical memory is seen: in the boot map until the direct
// map is there.
var virtBase uintptr = KernelBase

// UseDirectMap is called once the direct map is in force.
func UseDirectMap() { virtBase = DirectMap }

// Virt is where the kernel sees physical address pa.
func Virt(pa uint64) unsafe.Pointer { return Ptr(virtBase + uintptr(pa)) }

// Phys is the inverse of Virt, and good for objects of the image too.
func Phys(p unsafe.Pointer) uint64 {
	a := uintptr(p)
	if a >= KernelBase {
		return uint64(a - KernelBase)
	}
	return uint64(a - virtBase)
}

//go:linkname syscallEntry runtime.SyscallEntry
func syscallEntry() uintptr

//go:linkname setSysret runtime.SetSysret
func setSysret(on bool)

// SetContexts is the inner loop of sys_indirect. Of n pointers in user memory,
// one or more, it reads each, and the context that it leads to, whose kind is
// the low half of the first word. If fast has it, the context's words are
// exchanged with now[kind]; what was there goes to saved, each word behind its
// offset, which counts from off for kind 0; top is where saved then ends. It
// stops at the first context with which it cannot do so, or that it cannot
// read; done is how many were before. The caller has checked that the pointers
// are in user space.
//
//go:linkname SetContexts runtime.SetContexts
//go:noescape
func SetContexts(ptrs, n uintptr, now, saved unsafe.Pointer, fast *FastContexts, off uintptr) (done, top uintptr)
