package cpu

import "fmt"

const (
	// PageSize is the size of the smallest page (SDM 3A, 4.2).
	PageSize = 4096
	// MaxRAM is the most RAM a machine can have: it ends where the MMIO hole
	// begins.
	MaxRAM = 3 << 30
)

// checkRAMSize says what is wrong with a size for guest memory.
func checkRAMSize(size int) error {
	if size <= 0 || size%PageSize != 0 || uint64(size) > MaxRAM {
		return fmt.Errorf("guest memory of %d bytes: the size must be a multiple of %d, from %[2]d to %d", size, PageSize, uint64(MaxRAM))
	}
	return nil
}
