//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// The calls about users and groups.

func sysGetuid(t *proc.Task, a *args) int64  { return int64(t.User.Real) }
func sysGeteuid(t *proc.Task, a *args) int64 { return int64(t.User.Effective) }
func sysGetgid(t *proc.Task, a *args) int64  { return int64(t.Group.Real) }
func sysGetegid(t *proc.Task, a *args) int64 { return int64(t.Group.Effective) }

// sysSetuid is setuid(2).
func sysSetuid(t *proc.Task, a *args) int64 {
	return result(0, t.User.Set(uint32(a[0]), t.Privileged()))
}

// sysSetgid is setgid(2).
func sysSetgid(t *proc.Task, a *args) int64 {
	return result(0, t.Group.Set(uint32(a[0]), t.Privileged()))
}

// sysSetreuid is setreuid(2).
func sysSetreuid(t *proc.Task, a *args) int64 {
	return result(0, t.User.SetRE(uint32(a[0]), uint32(a[1]), t.Privileged()))
}

// sysSetregid is setregid(2).
func sysSetregid(t *proc.Task, a *args) int64 {
	return result(0, t.Group.SetRE(uint32(a[0]), uint32(a[1]), t.Privileged()))
}

// sysSetresuid is setresuid(2).
func sysSetresuid(t *proc.Task, a *args) int64 {
	return result(0, t.User.SetRES(uint32(a[0]), uint32(a[1]), uint32(a[2]), t.Privileged()))
}

// sysSetresgid is setresgid(2).
func sysSetresgid(t *proc.Task, a *args) int64 {
	return result(0, t.Group.SetRES(uint32(a[0]), uint32(a[1]), uint32(a[2]), t.Privileged()))
}

// sysSetfsuid is setfsuid(2).
func sysSetfsuid(t *proc.Task, a *args) int64 {
	return int64(t.User.SetFS(uint32(a[0]), t.Privileged()))
}

// sysSetfsgid is setfsgid(2).
func sysSetfsgid(t *proc.Task, a *args) int64 {
	return int64(t.Group.SetFS(uint32(a[0]), t.Privileged()))
}

// sysGetresuid is getresuid(2).
func sysGetresuid(t *proc.Task, a *args) int64 { return getres(&t.User, a) }

// sysGetresgid is getresgid(2).
func sysGetresgid(t *proc.Task, a *args) int64 { return getres(&t.Group, a) }

func getres(i *proc.IDs, a *args) int64 {
	for n, id := range [...]uint32{i.Real, i.Effective, i.Saved} {
		if err := putInt(a[n], int32(id)); err != 0 {
			return fail(err)
		}
	}
	return 0
}

// sysGetgroups is getgroups(2).
func sysGetgroups(t *proc.Task, a *args) int64 {
	g := t.Groups()
	switch n := int32(a[0]); {
	case n < 0:
		return fail(syscalls.EINVAL)
	case n == 0:
		return int64(len(g))
	case int(n) < len(g):
		return fail(syscalls.EINVAL)
	}
	for i, id := range g {
		if err := putInt(a[1]+uint64(i)*4, int32(id)); err != 0 {
			return fail(err)
		}
	}
	return int64(len(g))
}

// sysSetgroups is setgroups(2).
func sysSetgroups(t *proc.Task, a *args) int64 {
	switch {
	case !t.Privileged():
		return fail(syscalls.EPERM)
	case uint32(a[0]) > proc.MaxGroups:
		return fail(syscalls.EINVAL)
	}
	var ids [proc.MaxGroups]uint32
	n := int(uint32(a[0]))
	for i := range n {
		id, ok := arch.LoadUser32(uintptr(a[1]) + uintptr(i)*4)
		if !ok {
			return fail(syscalls.EFAULT)
		}
		if id == proc.NoID {
			return fail(syscalls.EINVAL)
		}
		ids[i] = id
	}
	copy(t.SetGroups(n), ids[:])
	return 0
}
