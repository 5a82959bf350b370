//go:build freestanding

package arch

import "unsafe"

// The kernel's address space, above the user's:
//
//	KernelBase  all of RAM that the kernel can use, the image in it
//	ioMap       device registers, one page each, as Ioremap hands them out
const (
	KernelBase = UserTop
	DirectMap  = KernelBase
	MaxRAM     = 0x38000000
	ioMap      = KernelBase + MaxRAM
)

// Virt is where the kernel sees physical address pa.
func Virt(pa uint64) unsafe.Pointer { return Ptr(KernelBase + uintptr(pa)) }

// Phys is the inverse of Virt, and good for objects of the image too.
func Phys(p unsafe.Pointer) uint64 { return uint64(uintptr(p) - KernelBase) }

// SetContexts is the fast way of sys_indirect, which there is none of.
func SetContexts(ptrs, n uintptr, now, saved unsafe.Pointer, fast *FastContexts, off uintptr) (done, top uintptr) {
	return 0, uintptr(saved)
}

//go:linkname threadBlock runtime.ThreadBlock
func threadBlock() uintptr
