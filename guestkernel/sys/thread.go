//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

func sysGettid(t *proc.Task, a *args) int64 { return int64(t.Pid) }

// sysFork is fork(2), sysVfork vfork(2).
func sysFork(t *proc.Task, a *args) int64 {
	return result(t.Clone(&proc.CloneArgs{ExitSignal: syscalls.SIGCHLD}))
}

func sysVfork(t *proc.Task, a *args) int64 {
	return result(t.Clone(&proc.CloneArgs{Flags: syscalls.CLONE_VM | syscalls.CLONE_VFORK, ExitSignal: syscalls.SIGCHLD}))
}

// sysClone is clone(2), with x86-64's order of arguments.
func sysClone(t *proc.Task, a *args) int64 {
	const signal = 0xff
	return result(t.Clone(&proc.CloneArgs{
		Flags: uint64(uint32(a[0])) &^ signal, ExitSignal: int(a[0] & signal),
		Stack: a[1], ParentTID: a[2], ChildTID: a[3], TLS: a[4],
	}))
}

// sysClone3 is clone3(2).
func sysClone3(t *proc.Task, a *args) int64 {
	c, err := getCloneArgs(a[0], a[1])
	if err != 0 {
		return fail(err)
	}
	return result(t.Clone(&c))
}

// getCloneArgs reads clone3's structure, which has grown: what this kernel does
// not know must be zero.
func getCloneArgs(addr, size uint64) (c proc.CloneArgs, err syscalls.Errno) {
	const least, known, most = 64, 64, 4096
	switch {
	case size > most:
		return c, syscalls.E2BIG
	case size < least:
		return c, syscalls.EINVAL
	}
	var b [known]byte
	if _, err := mm.UserBuf(uintptr(addr), known).Read(0, b[:]); err != 0 {
		return c, err
	}
	for at := uint64(known); at+8 <= size; at += 8 {
		if v, ok := arch.LoadUser64(uintptr(addr + at)); !ok {
			return c, syscalls.EFAULT
		} else if v != 0 {
			return c, syscalls.E2BIG
		}
	}
	flags, child, parent := get64(b[:]), get64(b[16:]), get64(b[24:])
	exit, stack, room, tls := get64(b[32:]), get64(b[40:]), get64(b[48:]), get64(b[56:])
	if exit > syscalls.NumSignals || (stack == 0) != (room == 0) ||
		exit != 0 && flags&(syscalls.CLONE_THREAD|syscalls.CLONE_PARENT) != 0 {
		return c, syscalls.EINVAL
	}
	return proc.CloneArgs{
		Flags: flags, ExitSignal: int(exit), Stack: stack + room, ParentTID: parent, ChildTID: child, TLS: tls,
	}, 0
}

// sysExit is exit(2), which ends the thread, sysExitGroup exit_group(2), which
// ends the process.
func sysExit(t *proc.Task, a *args) int64 {
	t.Exit(int(a[0]&0xff) << 8)
	return 0
}

func sysExitGroup(t *proc.Task, a *args) int64 {
	t.ExitGroup(int(a[0]&0xff) << 8)
	return 0
}

func sysSetTidAddress(t *proc.Task, a *args) int64 {
	t.ClearTID = a[0]
	return int64(t.Pid)
}

// sysSetRobustList is set_robust_list(2), sysGetRobustList get_robust_list(2).
func sysSetRobustList(t *proc.Task, a *args) int64 {
	if a[1] != robustSize {
		return fail(syscalls.EINVAL)
	}
	t.Robust, t.RobustNarrow = a[0], false
	return 0
}

const robustSize = 24

func sysGetRobustList(t *proc.Task, a *args) int64 {
	o := t
	if pid := int(int32(a[0])); pid != 0 {
		if o = proc.Find(pid); o == nil {
			return fail(syscalls.ESRCH)
		}
	}
	if r := putWord(a[2], robustSize); r != 0 {
		return r
	}
	return putWord(a[1], o.Robust)
}

// Operations of futex(2) and its flags.
const (
	futexWait       = 0
	futexWake       = 1
	futexRequeue    = 3
	futexCmpRequeue = 4
	futexWakeOp     = 5
	futexWaitBits   = 9
	futexWakeBits   = 10
	futexPrivate    = 0x80
	futexRealtime   = 0x100
	anyBits         = ^uint32(0)
)

// sysFutex is futex(2), without priority inheritance.
func sysFutex(t *proc.Task, a *args) int64 {
	op, n := a[1]&^(futexPrivate|futexRealtime), int(int32(a[2]))
	realtime := a[1]&futexRealtime != 0
	if realtime && op != futexWait && op != futexWaitBits {
		return fail(syscalls.ENOSYS)
	}
	switch op {
	case futexWait, futexWaitBits:
		until, err := futexDeadline(t, a[3], op == futexWaitBits, realtime)
		if err != 0 {
			return fail(err)
		}
		bits := anyBits
		if op == futexWaitBits {
			bits = uint32(a[5])
		}
		return result(0, t.FutexWait(a[0], uint32(a[2]), bits, until))
	case futexWake:
		return result(t.FutexWake(a[0], max(n, 1), anyBits))
	case futexWakeBits:
		return result(t.FutexWake(a[0], max(n, 1), uint32(a[5])))
	case futexRequeue:
		return result(t.FutexRequeue(a[0], n, int(int32(a[3])), a[4], false, 0))
	case futexCmpRequeue:
		return result(t.FutexRequeue(a[0], n, int(int32(a[3])), a[4], true, uint32(a[5])))
	case futexWakeOp:
		return result(t.FutexWakeOp(a[0], n, int(int32(a[3])), a[4], uint32(a[5])))
	}
	return fail(syscalls.ENOSYS)
}

// futexDeadline is when a wait ends by itself: FUTEX_WAIT's time is a duration,
// FUTEX_WAIT_BITSET's a point in time.
func futexDeadline(t *proc.Task, addr uint64, absolute, realtime bool) (uint64, syscalls.Errno) {
	if addr == 0 {
		return sched.Never, 0
	}
	ns, err := getTimespec(addr)
	switch {
	case err != 0:
		return 0, err
	case !absolute:
		return t.Deadlines.Own(deadline(ns)), 0
	case realtime:
		return max(ns, fs.Epoch*second) - fs.Epoch*second, 0
	}
	return ns, 0
}

// sysWait4 is wait4(2); the usage is all zero.
func sysWait4(t *proc.Task, a *args) int64 {
	const known = syscalls.WNOHANG | syscalls.WUNTRACED | syscalls.WCONTINUED | wNothread | wAll | wClone
	if uint32(a[2])&^known != 0 {
		return fail(syscalls.EINVAL)
	}
	w, err := t.Wait(int(int32(a[0])), proc.WaitExited|waitFlags(a[2]))
	if err != 0 || w.Pid == 0 {
		return result(0, err)
	}
	if a[1] != 0 {
		var s [4]byte
		put32(s[:], uint32(w.Status))
		if _, err := mm.UserBuf(uintptr(a[1]), 4).Write(0, s[:]); err != 0 {
			return fail(err)
		}
	}
	if a[3] != 0 {
		if err := clearUsage(a[3]); err != 0 {
			return fail(err)
		}
	}
	return int64(w.Pid)
}

// clearUsage fills in a struct rusage: nothing is counted.
func clearUsage(addr uint64) syscalls.Errno {
	const size = 144
	if !mm.UserRange(uintptr(addr), size) || arch.ClearUser(uintptr(addr), size) != 0 {
		return syscalls.EFAULT
	}
	return 0
}

// __WNOTHREAD, __WALL and __WCLONE of wait4(2), WEXITED and WNOWAIT of
// waitid(2), whose WSTOPPED is WUNTRACED.
const (
	wNothread = 0x20000000
	wAll      = 0x40000000
	wClone    = 0x80000000
	wExited   = 4
	wNowait   = 0x1000000
)

func waitFlags(options uint64) (what int) {
	for _, f := range [...]struct {
		option uint64
		flag   int
	}{
		{syscalls.WNOHANG, proc.WaitNoHang}, {syscalls.WUNTRACED, proc.WaitStopped},
		{syscalls.WCONTINUED, proc.WaitContinued},
	} {
		if options&f.option != 0 {
			what |= f.flag
		}
	}
	return what
}

// sysWaitid is waitid(2).
func sysWaitid(t *proc.Task, a *args) int64 {
	const kinds = wExited | syscalls.WUNTRACED | syscalls.WCONTINUED
	if a[3]&^(kinds|syscalls.WNOHANG|wNowait|wNothread|wAll|wClone) != 0 || a[3]&kinds == 0 {
		return fail(syscalls.EINVAL)
	}
	pid := int(int32(a[1]))
	switch a[0] {
	case 0: // P_ALL
		pid = -1
	case 1: // P_PID
		if pid <= 0 {
			return fail(syscalls.EINVAL)
		}
	case 2: // P_PGID
		if pid < 0 {
			return fail(syscalls.EINVAL)
		}
		pid = -pid
	default:
		return fail(syscalls.EINVAL)
	}
	what := waitFlags(a[3])
	if a[3]&wExited != 0 {
		what |= proc.WaitExited
	}
	if a[3]&wNowait != 0 {
		what |= proc.WaitKeep
	}
	w, err := t.Wait(pid, what)
	if err != 0 {
		return fail(err)
	}
	if a[2] != 0 {
		var b [proc.SiginfoSize]byte
		if w.Pid != 0 {
			i := w.Info()
			i.Encode(&b)
		}
		if _, err := mm.UserBuf(uintptr(a[2]), len(b)).Write(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	if a[4] != 0 {
		return result(0, clearUsage(a[4]))
	}
	return 0
}
