//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// sysMmap is mmap(2). Memory is anonymous; files cannot be mapped.
func sysMmap(t *proc.Task, a *args) int64 {
	const prots = syscalls.PROT_READ | syscalls.PROT_WRITE | syscalls.PROT_EXEC
	if a[5]%arch.PageSize != 0 || a[2]&^prots != 0 {
		return fail(syscalls.EINVAL)
	}
	if a[3]&syscalls.MAP_ANONYMOUS == 0 {
		if _, err := t.File(a[4]); err != 0 {
			return fail(err)
		}
		return fail(syscalls.ENODEV)
	}
	addr, err := t.Space.Map(a[0], a[1], uint8(a[2]), uint32(a[3]))
	if err != 0 {
		return fail(err)
	}
	return int64(addr)
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
