//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// sysMmap is mmap(2), of anonymous memory and of regular files.
func sysMmap(t *proc.Task, a *args) int64 {
	const (
		prots    = syscalls.PROT_READ | syscalls.PROT_WRITE | syscalls.PROT_EXEC
		validate = syscalls.MAP_SHARED | syscalls.MAP_PRIVATE // MAP_SHARED_VALIDATE
	)
	if a[5]%arch.PageSize != 0 || a[2]&^prots != 0 {
		return fail(syscalls.EINVAL)
	}
	if a[3]&syscalls.MAP_ANONYMOUS != 0 {
		addr, err := t.Space.Map(a[0], a[1], uint8(a[2]), uint32(a[3]))
		return address(addr, err)
	}
	f, err := t.File(a[4])
	if err != 0 {
		return fail(err)
	}
	flags := uint32(a[3])
	if flags&validate == validate {
		flags &^= syscalls.MAP_PRIVATE
	}
	shared := flags&syscalls.MAP_SHARED != 0
	if flags&validate == 0 || a[1] == 0 {
		return fail(syscalls.EINVAL)
	}
	if err := f.MayMap(shared, a[2]&syscalls.PROT_WRITE != 0); err != 0 {
		return fail(err)
	}
	addr, err := t.Space.MapFile(a[0], a[1], uint8(a[2]), flags, f.Inode, a[5]/arch.PageSize, shared && !f.Writable())
	return address(addr, err)
}

// address is the result of a call that returns one, of which i386 has some that
// are no int.
func address(addr uint64, err syscalls.Errno) int64 {
	if err != 0 {
		return fail(err)
	}
	return int64(addr)
}

// sysMremap is mremap(2).
func sysMremap(t *proc.Task, a *args) int64 {
	addr, err := t.Space.Remap(a[0], a[1], a[2], a[3], a[4])
	return address(addr, err)
}

// pages is a range of memory that must begin with a page, rounded up: EINVAL if
// it does not.
func pages(addr, n uint64) (lo, hi uint64, err syscalls.Errno) {
	switch end := addr + (n+arch.PageSize-1)&^(arch.PageSize-1); {
	case addr%arch.PageSize != 0:
		return 0, 0, syscalls.EINVAL
	case end < addr || end > arch.UserTop || n > arch.UserTop:
		return 0, 0, syscalls.ENOMEM
	default:
		return addr, end, 0
	}
}

// sysMincore is mincore(2).
func sysMincore(t *proc.Task, a *args) int64 {
	lo, hi, err := pages(a[0], a[1])
	if err == 0 {
		err = t.Space.Covers(lo, hi)
	}
	if err != 0 {
		return fail(err)
	}
	for va, to := lo, uintptr(a[2]); va < hi; va, to = va+arch.PageSize, to+1 {
		var b [1]byte
		if t.Space.Present(va) {
			b[0] = 1
		}
		if _, err := mm.UserBuf(to, 1).Write(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	return 0
}

// sysMsync is msync(2): what is written to a shared mapping is in the file.
func sysMsync(t *proc.Task, a *args) int64 {
	const async, invalidate, sync = 1, 2, 4
	if uint32(a[2])&^(async|invalidate|sync) != 0 || uint32(a[2])&(async|sync) == async|sync || a[0]%arch.PageSize != 0 {
		return fail(syscalls.EINVAL)
	}
	return sysMlock(t, a)
}

// sysMlock is mlock(2), and munlock(2): nothing is ever swapped out.
func sysMlock(t *proc.Task, a *args) int64 {
	lo, hi, err := pages(a[0]&^(arch.PageSize-1), a[1]+a[0]%arch.PageSize)
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Space.Covers(lo, hi))
}

// sysMunmap is munmap(2).
func sysMunmap(t *proc.Task, a *args) int64 { return result(0, t.Space.Unmap(a[0], a[1])) }

// sysMprotect is mprotect(2).
func sysMprotect(t *proc.Task, a *args) int64 {
	if a[2]&^(syscalls.PROT_READ|syscalls.PROT_WRITE|syscalls.PROT_EXEC) != 0 {
		return fail(syscalls.EINVAL)
	}
	return result(0, t.Space.Protect(a[0], a[1], uint8(a[2])))
}

// sysBrk is brk(2): the kernel's, which returns the break.
func sysBrk(t *proc.Task, a *args) int64 { return int64(t.Space.Brk(a[0])) }
