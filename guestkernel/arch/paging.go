//go:build freestanding

package arch

// pteNX is the no-execute bit, if the CPU has it.
var pteNX uint64

// kernelRoot is the page table whose upper half all address spaces share.
var kernelRoot uint64

// KernelRoot is the physical address of the kernel's own page table.
func KernelRoot() uint64 { return kernelRoot }

// SetRoot loads a page table.
func SetRoot(root uint64) { writeCR3(uintptr(root)) }

// kernelEntry finds the entry of a level for va, making tables on the way.
func kernelEntry(va uint64, level int, alloc func() uint64) *uint64 {
	t := Table(kernelRoot)
	for l := TopLevel; l > level; l-- {
		e := &t[Index(va, l)]
		if *e&PTEPresent == 0 {
			pa := alloc()
			if pa == 0 {
				Panic("no memory for the kernel's page tables")
			}
			*e = pa | PTEPresent | PTEWrite
		}
		t = Table(*e)
	}
	return &t[Index(va, level)]
}

var ioNext uint64 = ioMap

// Ioremap maps one page of device registers and returns its address.
func Ioremap(pa uint64, alloc func() uint64) uintptr {
	va := ioNext
	ioNext += PageSize
	*kernelEntry(va, 0, alloc) = pa&PTEAddr | PTEPresent | PTEWrite | pteNoCache | pteNX
	return uintptr(va + pa&(PageSize-1))
}
