//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// sysTime is time(2).
func sysTime(t *proc.Task, a *args) int64 {
	now := fs.Epoch + arch.Now()/second
	if a[0] != 0 {
		if r := putWord(a[0], now); r != 0 {
			return r
		}
	}
	return int64(now)
}

func putLimit(addr uint64, l *proc.Limit) int64 {
	if r := putWord(addr, l.Soft); r != 0 {
		return r
	}
	return putWord(addr+8, l.Hard)
}

// sysGetrlimit is getrlimit(2).
func sysGetrlimit(t *proc.Task, a *args) int64 {
	if uint32(a[0]) >= proc.Limits {
		return fail(syscalls.EINVAL)
	}
	return putLimit(a[1], &t.Proc.Limits[uint32(a[0])])
}

// sysSetrlimit is setrlimit(2).
func sysSetrlimit(t *proc.Task, a *args) int64 {
	return sysPrlimit64(t, onStack(&args{0, a[0], a[1], 0}))
}

// sysPrlimit64 is prlimit(2). Of the limits that can be set, RLIMIT_NOFILE has
// an effect.
func sysPrlimit64(t *proc.Task, a *args) int64 {
	o, pid := t.Proc.Leader, int(int32(a[0]))
	if uint32(a[1]) >= proc.Limits {
		return fail(syscalls.EINVAL)
	}
	if pid != 0 {
		if o = proc.FindProcess(pid); o == nil {
			return fail(syscalls.ESRCH)
		}
	}
	if o.Proc != t.Proc && !t.Privileged() && o.User.Real != t.User.Real {
		return fail(syscalls.EPERM)
	}
	l := &o.Proc.Limits[uint32(a[1])]
	old := *l
	if a[2] != 0 {
		soft, ok1 := arch.LoadUser64(uintptr(a[2]))
		hard, ok2 := arch.LoadUser64(uintptr(a[2] + 8))
		switch {
		case !ok1 || !ok2:
			return fail(syscalls.EFAULT)
		case soft > hard:
			return fail(syscalls.EINVAL)
		case hard > l.Hard && (!t.Privileged() || a[1] == syscalls.RLIMIT_NOFILE && hard > fs.MaxFD):
			return fail(syscalls.EPERM)
		}
		*l = proc.Limit{Soft: soft, Hard: hard}
	}
	if a[3] != 0 {
		return putLimit(a[3], onStack(&old))
	}
	return 0
}

// sysSchedGetaffinity is sched_getaffinity(2): there is one CPU.
func sysSchedGetaffinity(t *proc.Task, a *args) int64 {
	const size = 8
	switch {
	case a[1] < size || a[1]%size != 0:
		return fail(syscalls.EINVAL)
	case int32(a[0]) != 0 && proc.Find(int(int32(a[0]))) == nil:
		return fail(syscalls.ESRCH)
	}
	if r := putWord(a[2], 1); r != 0 {
		return r
	}
	return size
}

// sysMadvise is madvise(2). Of all advice, what must have an effect is
// MADV_DONTNEED: what is read next is zero.
func sysMadvise(t *proc.Task, a *args) int64 {
	const (
		dontNeed = 4
		most     = 25
	)
	n := (a[1] + mm.PageSize - 1) &^ (mm.PageSize - 1)
	switch {
	case a[0]%mm.PageSize != 0 || n < a[1] || a[0]+n < a[0] || a[2] > most:
		return fail(syscalls.EINVAL)
	case a[2] == dontNeed:
		return result(0, t.Space.Discard(a[0], a[0]+n))
	}
	return 0
}
