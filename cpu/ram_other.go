//go:build !linux && !darwin && !netbsd

package cpu

import "unsafe"

// NewRAM makes size bytes of zeroed, page-aligned memory for [Config.RAM], and
// the function that gives it back.
func NewRAM(size int) ([]byte, func() error, error) {
	if err := checkRAMSize(size); err != nil {
		return nil, nil, err
	}
	buf := make([]byte, size+PageSize)
	off := -uintptr(unsafe.Pointer(&buf[0])) & (PageSize - 1)
	ram := buf[off : off+uintptr(size) : off+uintptr(size)]
	return ram, func() error { return nil }, nil
}
