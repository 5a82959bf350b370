package mm

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/syscalls"
)

// Buf is a piece of memory that a system call reads or writes: the user's,
// which is never trusted, or the kernel's own. It is a value of a few words and
// may be passed about freely.
type Buf struct {
	addr uintptr
	n    int
	kern bool
	vec  *Vec // if not nil, addr is an offset into it
}

// UserBuf is n bytes at a user address of the current address space. The
// address is checked when the memory is touched.
func UserBuf(addr uintptr, n int) Buf { return Buf{addr, n, false, nil} }

// KernelBuf is the kernel's b.
func KernelBuf(b []byte) Buf {
	return Buf{uintptr(unsafe.Pointer(unsafe.SliceData(b))), len(b), true, nil}
}

// Len is the length in bytes.
func (b Buf) Len() int { return b.n }

// Slice is the part [off, off+n) of b; n is cut to what there is.
func (b Buf) Slice(off, n int) Buf {
	off = min(off, b.n)
	return Buf{b.addr + uintptr(off), min(n, b.n-off), b.kern, b.vec}
}

// Write copies src to b at off: copy_to_user. n is how many bytes were
// copied; err is EFAULT unless all of src was.
func (b Buf) Write(off int, src []byte) (n int, err syscalls.Errno) {
	return b.move(off, src, true)
}

// Read copies from b at off to dst: copy_from_user. n is how many bytes were
// copied; err is EFAULT unless dst was filled.
func (b Buf) Read(off int, dst []byte) (n int, err syscalls.Errno) {
	return b.move(off, dst, false)
}

func (b Buf) move(off int, k []byte, write bool) (int, syscalls.Errno) {
	if off < 0 || off > b.n || len(k) > b.n-off {
		return 0, syscalls.EFAULT
	}
	at, kp := b.addr+uintptr(off), uintptr(unsafe.Pointer(unsafe.SliceData(k)))
	switch {
	case b.vec != nil:
		return b.vec.move(int(at), k, write)
	case b.kern && write:
		copy(unsafe.Slice((*byte)(arch.Ptr(at)), len(k)), k)
	case b.kern:
		copy(k, unsafe.Slice((*byte)(arch.Ptr(at)), len(k)))
	case !UserRange(at, uintptr(len(k))):
		return 0, syscalls.EFAULT
	default:
		dst, src := kp, at
		if write {
			dst, src = at, kp
		}
		if left := arch.CopyUser(dst, src, uintptr(len(k))); left != 0 {
			return len(k) - int(left), syscalls.EFAULT
		}
	}
	return len(k), 0
}

// UserRange reports whether [addr, addr+n) is in user space, mapped or not.
func UserRange(addr, n uintptr) bool {
	return addr < arch.UserTop && n <= arch.UserTop-addr
}
