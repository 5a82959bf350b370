//go:build freestanding

package arch

// Paging with 64-bit entries, PAE: as on x86-64 with a root of four entries,
// which have no rights and are read when the root is loaded. All roots share
// the table of the last GiB, the kernel's.

// InitPaging builds the kernel's page table, with RAM up to end mapped at
// KernelBase, and loads it. alloc gives zeroed frames.
func InitPaging(end uint64, alloc func() uint64) {
	kernelRoot = alloc()
	Table(kernelRoot)[UserEntries] = alloc() | PTEPresent
	const large = 2 << 20
	for pa := uint64(0); pa < end; pa += large {
		*kernelEntry(KernelBase+pa, 1, alloc) = pa | PTEPresent | PTEWrite | pteLarge
	}
	kernelEntry(ioMap, 0, alloc)
	SetRoot(kernelRoot)
}

// InitRoot gives a new address space's root the tables that its entries lead
// to: the kernel's, and new ones for user space. False if memory is full; what
// there is then hangs from the root.
func InitRoot(root uint64, alloc func() uint64) bool {
	t := Table(root)
	t[UserEntries] = Table(kernelRoot)[UserEntries]
	for i := range UserEntries {
		pa := alloc()
		if pa == 0 {
			return false
		}
		t[i] = pa | PTEPresent
	}
	return true
}
