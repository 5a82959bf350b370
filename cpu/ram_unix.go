//go:build linux || darwin || netbsd

package cpu

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// NewRAM makes size bytes of zeroed, page-aligned memory for [Config.RAM], and
// the function that gives it back. Pages that the guest never touches cost
// nothing, and the garbage collector never looks at it.
func NewRAM(size int) ([]byte, func() error, error) {
	if err := checkRAMSize(size); err != nil {
		return nil, nil, err
	}
	ram, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, nil, fmt.Errorf("guest memory of %d bytes: %w", size, err)
	}
	return ram, func() error { return unix.Munmap(ram) }, nil
}
