//go:build freestanding

package mm

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
)

func poolPage[T any]() unsafe.Pointer {
	pa := Alloc()
	if pa == 0 {
		return nil
	}
	return arch.Virt(pa)
}
