//go:build !freestanding

package mm

import "unsafe"

// hostPages keeps what pools are made of on a host alive: the collector does
// not see the links of a free list, nor pointers between pools.
var hostPages []*[PageSize / 8]unsafe.Pointer

func poolPage[T any]() unsafe.Pointer {
	p := new([PageSize / 8]unsafe.Pointer)
	hostPages = append(hostPages, p)
	return unsafe.Pointer(p)
}
