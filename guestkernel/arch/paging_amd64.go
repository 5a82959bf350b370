//go:build freestanding

package arch

// InitPaging builds the kernel's page table, with RAM up to end mapped at
// DirectMap, and loads it. alloc gives zeroed frames.
func InitPaging(end uint64, alloc func() uint64) {
	kernelRoot = alloc()
	const large = 2 << 20
	for pa := uint64(0); pa < end; pa += large {
		*kernelEntry(DirectMap+pa, 1, alloc) = pa | PTEPresent | PTEWrite | pteLarge
	}
	for pa := uint64(0); pa < min(end, 1<<30); pa += large {
		*kernelEntry(KernelBase+pa, 1, alloc) = pa | PTEPresent | PTEWrite | pteLarge
	}
	kernelEntry(ioMap, 0, alloc) // so that all roots share the table above it
	SetRoot(kernelRoot)
	UseDirectMap()
}

// InitRoot makes a new address space's root share the kernel's half.
func InitRoot(root uint64, alloc func() uint64) bool {
	copy(Table(root)[UserEntries:], Table(kernelRoot)[UserEntries:])
	return true
}
