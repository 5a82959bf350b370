//go:build !freestanding

package arch

import "unsafe"

// Stand-ins for go test on a host.

const hostFrames = 4096

var hostRAM = make([]byte, (hostFrames+1)*PageSize)

func hostBase() uintptr {
	return (uintptr(unsafe.Pointer(&hostRAM[0])) + PageSize - 1) &^ (PageSize - 1)
}

// Virt is where the kernel sees physical address pa.
func Virt(pa uint64) unsafe.Pointer {
	if pa >= hostFrames*PageSize {
		panic("arch.Virt: outside the test's memory")
	}
	return Ptr(hostBase() + uintptr(pa))
}

// Phys is the inverse of Virt.
func Phys(p unsafe.Pointer) uint64 { return uint64(uintptr(p) - hostBase()) }

// HostMemory is the test's physical memory, in bytes.
const HostMemory = hostFrames * PageSize

// HostNow is what Now returns; HostSwitch is called in place of a context
// switch, and makes the event that the thread waits for.
var (
	HostNow    uint64
	HostSwitch func()
)

// Now is the time since boot, in nanoseconds.
func Now() uint64 { return HostNow }

// Switch gives the CPU from one thread to another.
func Switch(from, to *G) {
	if HostSwitch == nil {
		panic("arch.Switch: the thread would block, and the test has set no HostSwitch")
	}
	HostSwitch()
}

// Segs is what a thread has in segment registers in user mode.
type Segs struct{}

// SwitchSegs gives the segment registers from one thread to another.
func SwitchSegs(from, to *Segs) {}

// CopyUser copies between user and kernel memory and returns how many bytes
// it could not copy. A host has no user memory.
func CopyUser(dst, src, n uintptr) (left uintptr) { return n }

// ClearUser zeroes user memory and returns how many bytes it could not.
func ClearUser(dst, n uintptr) (left uintptr) { return n }

// LoadUser64 reads a word of user memory.
func LoadUser64(addr uintptr) (v uint64, ok bool) { return 0, false }

// LoadUser32 reads half a word of user memory.
func LoadUser32(addr uintptr) (v uint32, ok bool) { return 0, false }

// Panic is the end of the kernel.
func Panic(s string) { panic(s) }

var pteNX uint64 = 1 << 63

// KernelRoot, SetRoot and Invlpg do nothing: a test has no page tables in force.
func KernelRoot() uint64  { return 0 }
func SetRoot(root uint64) {}
func Invlpg(va uintptr)   {}

// InitRoot makes a new address space's root share the kernel's tables.
func InitRoot(root uint64, alloc func() uint64) bool { return true }

// FPU is a thread's x87 and SSE state.
type FPU struct{}
