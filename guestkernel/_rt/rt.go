// Package runtime is the complete run time of the freestanding programs of
// this module, the kernel and its user programs: memory primitives, traps,
// and the machine primitives that need ABIInternal assembly. The go command
// puts it in the place of the standard runtime by -overlay (images/builder).
// Whatever the compiler calls that is not here is a link error that names the
// calling function.
package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	_ "internal/runtime/maps" // DWARF wants its types
	"unsafe"
)

// ---- memory primitives (rt_amd64.s)
func memmove(to, from unsafe.Pointer, n uintptr)
func memclrNoHeapPointers(p unsafe.Pointer, n uintptr)
func memequal(a, b unsafe.Pointer, n uintptr) bool
func memequal_varlen(a, b unsafe.Pointer) bool

func memclrHasPointers(p unsafe.Pointer, n uintptr)     { memclrNoHeapPointers(p, n) }
func typedmemmove(t *abi.Type, dst, src unsafe.Pointer) { memmove(dst, src, t.Size_) }
func typedmemclr(t *abi.Type, p unsafe.Pointer)         { memclrNoHeapPointers(p, t.Size_) }
func typedslicecopy(t *abi.Type, d unsafe.Pointer, dn int, s unsafe.Pointer, sn int) int {
	n := min(dn, sn)
	if n > 0 {
		memmove(d, s, uintptr(n)*t.Size_)
	}
	return n
}

func memequal0(p, q unsafe.Pointer) bool   { return true }
func memequal8(p, q unsafe.Pointer) bool   { return *(*int8)(p) == *(*int8)(q) }
func memequal16(p, q unsafe.Pointer) bool  { return *(*int16)(p) == *(*int16)(q) }
func memequal32(p, q unsafe.Pointer) bool  { return *(*int32)(p) == *(*int32)(q) }
func memequal64(p, q unsafe.Pointer) bool  { return *(*int64)(p) == *(*int64)(q) }
func memequal128(p, q unsafe.Pointer) bool { return *(*[2]int64)(p) == *(*[2]int64)(q) }
func strequal(p, q unsafe.Pointer) bool    { return *(*string)(p) == *(*string)(q) }
func interequal(p, q unsafe.Pointer) bool {
	x, y := *(*iface)(p), *(*iface)(q)
	return x.tab == y.tab && ifaceeq(x.tab, x.data, y.data)
}
func nilinterequal(p, q unsafe.Pointer) bool {
	x, y := *(*eface)(p), *(*eface)(q)
	return x._type == y._type && efaceeq(x._type, x.data, y.data)
}
func ifaceeq(tab *abi.ITab, x, y unsafe.Pointer) bool {
	return tab == nil || efaceeq(tab.Type, x, y)
}
func efaceeq(t *abi.Type, x, y unsafe.Pointer) bool {
	if t == nil {
		return true
	}
	if t.IsDirectIface() {
		return x == y
	}
	return t.Equal(x, y)
}

func cmpstring(a, b string) int {
	n := min(len(a), len(b))
	for i := 0; i < n; i++ {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return len(a) - len(b)
}

// ---- sync/atomic's pointer operations, which the compiler does not inline
//
//go:linkname sync_atomic_StorePointer sync/atomic.StorePointer
func sync_atomic_StorePointer(p *unsafe.Pointer, v unsafe.Pointer) {
	atomic.Xchguintptr((*uintptr)(unsafe.Pointer(p)), uintptr(v))
}

//go:linkname sync_atomic_SwapPointer sync/atomic.SwapPointer
func sync_atomic_SwapPointer(p *unsafe.Pointer, v unsafe.Pointer) unsafe.Pointer {
	return unsafe.Pointer(atomic.Xchguintptr((*uintptr)(unsafe.Pointer(p)), uintptr(v)))
}

//go:linkname sync_atomic_CompareAndSwapPointer sync/atomic.CompareAndSwapPointer
func sync_atomic_CompareAndSwapPointer(p *unsafe.Pointer, o, n unsafe.Pointer) bool {
	return atomic.Casuintptr((*uintptr)(unsafe.Pointer(p)), uintptr(o), uintptr(n))
}

// ---- data the compiler refers to
var x86HasPOPCNT, x86HasSSE41, x86HasFMA, x86HasAVX bool
var zerobase uintptr

//go:linkname zeroVal
var zeroVal [1024]byte
var staticuint64s = [256]uint64{0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff}

// ---- what the linker and DWARF look up
type moduledata struct{ _ [128]uintptr }

var firstmoduledata moduledata

func unreachableMethod() { Panic("unreachable method") }
func mapinitnoop()

type eface struct {
	_type *abi.Type
	data  unsafe.Pointer
}
type iface struct {
	tab  *abi.ITab
	data unsafe.Pointer
}
type stringStructDWARF struct {
	str *byte
	len int
}
type slice struct {
	array    unsafe.Pointer
	len, cap int
}
type sudog struct{ elem unsafe.Pointer }
type waitq struct{ first, last *sudog }
type hchan struct{ recvq, sendq waitq }

// dwarfKeep makes the types reachable; the entry stub refers to it.
var dwarfKeep = [...]any{unsafe.Pointer(nil), (*uintptr)(nil), uintptr(0), eface{}, iface{}, stringStructDWARF{}, slice{}, sudog{}, waitq{}, hchan{}, (*moduledata)(nil)}

// ---- traps
// Regs is what a trap saves.
type Regs struct {
	AX, CX, DX, BX, SP, BP, SI, DI, R8, R9, R10, R11, R12, R13, R14, R15 uint64
	Code, PC                                                             uint64
}

const (
	TrapBounds = iota + 1
	TrapDivide
	TrapShift
	TrapStack
	TrapWrap
	TrapUnsafe
	TrapDotType
	TrapOverflow
	TrapRange
	TrapPanic
	TrapDefer
)

// Kpanic is defined by the kernel with a linkname.
func kpanic(r *Regs)

// Panic is the kernel's own panic.
//
//go:noinline
//go:linkname Panic
func Panic(s string) { panicString = s; trapPanic() }

var panicString string

//go:linkname PanicString
func PanicString() string { return panicString }

func trapPanic()

func gopanic(e any) {
	if s, ok := e.(string); ok {
		panicString = s
	} else {
		panicString = "panic"
	}
	trapPanic()
}

// ---- g

// G is the fake g. The compiler reads Guard0 at 16(R14). It is arch.G again:
// package runtime can import nothing of the module.
type G struct {
	StackLo, StackHi, Guard0, Guard1 uintptr
	KTop                             uintptr // 32: kernel stack at entry from user mode
	SP, BP                           uintptr // 40, 48: saved by Switch
}

var curg *G
var bootG G
var bootStack [16384]byte

// CurG is the thread that runs.
func CurG() *G { return curg }

// Sysret is set when system calls may return by SYSRET.
var useSysret bool

//go:linkname SetSysret
func SetSysret(on bool) { useSysret = on }

// ---- machine primitives (rt_amd64.s), all ABIInternal
func Outb(port uint16, v uint8)
func Inb(port uint16) uint8
func Outs(port uint16, p unsafe.Pointer, n uintptr)
func Rdmsr(msr uint32) uint64
func Wrmsr(msr uint32, v uint64)
func Cpuid(leaf, sub uint32) (a, b, c, d uint32)
func ReadCR2() uintptr
func ReadCR3() uintptr
func WriteCR3(v uintptr)
func Invlpg(v uintptr)
func Lgdt(p unsafe.Pointer, cs, ds uint16)
func Lidt(p unsafe.Pointer)
func Ltr(sel uint16)
func Idle()
func Rdtsc() uint64
func Fxsave(p unsafe.Pointer)
func Fxrstor(p unsafe.Pointer)
func Xsave(p unsafe.Pointer)
func Xrstor(p unsafe.Pointer)
func EnableXSAVE(components uint32)
func KernelEnd() uintptr
func TextEnd() uintptr
func Vector(i int) uintptr
func SyscallEntry() uintptr
func UserStart() uintptr
func EnterUser(tf unsafe.Pointer)
func Switch(from, to *G)
func StartThread(g *G, fn func())
func CopyUser(dst, src, n uintptr) (left uintptr)
func ClearUser(dst, n uintptr) (left uintptr)
func LoadUser64(addr uintptr) (v uint64, ok bool)
func LoadUser32(addr uintptr) (v uint32, ok bool)
func SetContexts(ptrs, n uintptr, now, saved, fast unsafe.Pointer, off uintptr) (done, top uintptr)
func Fixup(i int) (at, to uintptr)

// ktrap and kmain are defined by the kernel with a linkname.
func ktrap(tf unsafe.Pointer)
func kmain(startInfo uintptr)

// ---- user side
var ug G

// umain is defined by a user program with a linkname; sp is the initial
// stack pointer, at argc.
func umain(sp uintptr)
func Syscall6(n, a, b, c, d, e, f uintptr) uintptr

// movsb is REP MOVSB, for the program that measures it.
func movsb(to, from unsafe.Pointer, n uintptr)
