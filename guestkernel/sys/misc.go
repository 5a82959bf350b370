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

// unlimited is RLIM_INFINITY.
const unlimited = 1<<64 - 1

// limit is a resource's: what this kernel bounds at all is the same for all, and
// cannot be changed.
func limit(resource uint64) (v uint64, ok bool) {
	switch resource {
	case syscalls.RLIMIT_NOFILE:
		return fs.MaxFD, true
	case syscalls.RLIMIT_STACK:
		return mm.StackLimit, true
	case syscalls.RLIMIT_NPROC:
		return proc.MaxTasks, true
	case syscalls.RLIMIT_CORE:
		return 0, true
	}
	return unlimited, resource <= syscalls.RLIMIT_RTTIME
}

func putLimit(addr, v uint64) int64 {
	if r := putWord(addr, v); r != 0 {
		return r
	}
	return putWord(addr+8, v)
}

// sysGetrlimit is getrlimit(2).
func sysGetrlimit(t *proc.Task, a *args) int64 {
	v, ok := limit(a[0])
	if !ok {
		return fail(syscalls.EINVAL)
	}
	return putLimit(a[1], v)
}

// sysPrlimit64 is prlimit(2) for the calling process: a limit can be set to what
// it is.
func sysPrlimit64(t *proc.Task, a *args) int64 {
	v, ok := limit(a[1])
	pid := int(int32(a[0]))
	switch {
	case !ok:
		return fail(syscalls.EINVAL)
	case pid != 0 && proc.FindProcess(pid) == nil:
		return fail(syscalls.ESRCH)
	}
	if a[2] != 0 {
		soft, ok1 := arch.LoadUser64(uintptr(a[2]))
		hard, ok2 := arch.LoadUser64(uintptr(a[2] + 8))
		switch {
		case !ok1 || !ok2:
			return fail(syscalls.EFAULT)
		case soft > hard:
			return fail(syscalls.EINVAL)
		case soft != v || hard != v:
			return fail(syscalls.EPERM)
		}
	}
	if a[3] != 0 {
		return putLimit(a[3], v)
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
