//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// The user and group ids of i386's first calls have 16 bits; later calls, which end
// in 32, have whole ones.
const (
	noID16     = 0xffff // is -1: "leave it as it is"
	overflowID = 65534  // is shown for an id that does not fit
)

// compatIDs are the calls with 16-bit ids.
var compatIDs = [...]struct {
	nr   uint16
	call func(x *compat, a *args) int64
}{
	{syscalls.SYS32_GETUID, func(x *compat, a *args) int64 { return x.getID(syscalls.SYS_GETUID) }},
	{syscalls.SYS32_GETGID, func(x *compat, a *args) int64 { return x.getID(syscalls.SYS_GETGID) }},
	{syscalls.SYS32_GETEUID, func(x *compat, a *args) int64 { return x.getID(syscalls.SYS_GETEUID) }},
	{syscalls.SYS32_GETEGID, func(x *compat, a *args) int64 { return x.getID(syscalls.SYS_GETEGID) }},
	{syscalls.SYS32_SETUID, func(x *compat, a *args) int64 { return x.setIDs(syscalls.SYS_SETUID, a, 0, 1) }},
	{syscalls.SYS32_SETGID, func(x *compat, a *args) int64 { return x.setIDs(syscalls.SYS_SETGID, a, 0, 1) }},
	{syscalls.SYS32_SETREUID, func(x *compat, a *args) int64 { return x.setIDs(syscalls.SYS_SETREUID, a, 0, 2) }},
	{syscalls.SYS32_SETREGID, func(x *compat, a *args) int64 { return x.setIDs(syscalls.SYS_SETREGID, a, 0, 2) }},
	{syscalls.SYS32_SETRESUID, func(x *compat, a *args) int64 { return x.setIDs(syscalls.SYS_SETRESUID, a, 0, 3) }},
	{syscalls.SYS32_SETRESGID, func(x *compat, a *args) int64 { return x.setIDs(syscalls.SYS_SETRESGID, a, 0, 3) }},
	{syscalls.SYS32_SETFSUID, func(x *compat, a *args) int64 { return narrowID(x.setIDs(syscalls.SYS_SETFSUID, a, 0, 1)) }},
	{syscalls.SYS32_SETFSGID, func(x *compat, a *args) int64 { return narrowID(x.setIDs(syscalls.SYS_SETFSGID, a, 0, 1)) }},
	{syscalls.SYS32_CHOWN, func(x *compat, a *args) int64 { return x.setIDs(syscalls.SYS_CHOWN, a, 1, 3) }},
	{syscalls.SYS32_LCHOWN, func(x *compat, a *args) int64 { return x.setIDs(syscalls.SYS_LCHOWN, a, 1, 3) }},
	{syscalls.SYS32_FCHOWN, func(x *compat, a *args) int64 { return x.setIDs(syscalls.SYS_FCHOWN, a, 1, 3) }},
	{syscalls.SYS32_GETRESUID, func(x *compat, a *args) int64 { return getres16(&x.t.User, a) }},
	{syscalls.SYS32_GETRESGID, func(x *compat, a *args) int64 { return getres16(&x.t.Group, a) }},
	{syscalls.SYS32_GETGROUPS, (*compat).getgroups16},
	{syscalls.SYS32_SETGROUPS, (*compat).setgroups16},
}

// narrowID makes an id, or a negative errno, what a 16-bit call returns.
func narrowID(r int64) int64 {
	if r > noID16 {
		return overflowID
	}
	return r
}

// wideID makes a 16-bit id a whole one.
func wideID(id uint64) uint64 {
	if id &= noID16; id == noID16 {
		return 1<<32 - 1
	}
	return id
}

// putID16 stores an id as 16 bits at a user address.
func putID16(addr uint64, id uint32) syscalls.Errno {
	v := narrowID(int64(id))
	b := [2]byte{byte(v), byte(v >> 8)}
	_, err := mm.UserBuf(uintptr(addr), len(b)).Write(0, b[:])
	return err
}

// getID makes call nr, which returns an id.
func (x *compat) getID(nr uint64) int64 { return narrowID(x.other(nr, args{})) }

// setIDs makes call nr, whose arguments from first to end-1 are ids.
func (x *compat) setIDs(nr uint64, a *args, first, end int) int64 {
	in := *a
	for i := first; i < end; i++ {
		in[i] = wideID(in[i])
	}
	return x.other(nr, in)
}

func getres16(i *proc.IDs, a *args) int64 {
	for n, id := range [...]uint32{i.Real, i.Effective, i.Saved} {
		if err := putID16(a[n], id); err != 0 {
			return fail(err)
		}
	}
	return 0
}

// getgroups16 is getgroups(2), setgroups16 setgroups(2).
func (x *compat) getgroups16(a *args) int64 {
	g := x.t.Groups()
	switch n := int32(a[0]); {
	case n < 0, n > 0 && int(n) < len(g):
		return fail(syscalls.EINVAL)
	case n == 0:
		return int64(len(g))
	}
	for i, id := range g {
		if err := putID16(a[1]+2*uint64(i), id); err != 0 {
			return fail(err)
		}
	}
	return int64(len(g))
}

func (x *compat) setgroups16(a *args) int64 {
	n := uint64(uint32(a[0]))
	if n > proc.MaxGroups { // which the call says itself, if the caller may at all
		return x.other(syscalls.SYS_SETGROUPS, args{n, a[1]})
	}
	to := x.room(4 * n)
	for i := range n {
		var b [2]byte
		if _, err := mm.UserBuf(uintptr(a[1]+2*i), len(b)).Read(0, b[:]); err != 0 {
			return fail(err)
		}
		id := wideID(uint64(b[0]) | uint64(b[1])<<8)
		if err := putInt(to+4*i, int32(uint32(id))); err != 0 {
			return fail(err)
		}
	}
	return x.other(syscalls.SYS_SETGROUPS, args{n, to})
}
