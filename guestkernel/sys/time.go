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

const second = 1_000_000_000

// sysClockGettime is clock_gettime(2).
func sysClockGettime(t *proc.Task, a *args) int64 {
	now := arch.Now()
	switch int32(a[0]) {
	case syscalls.CLOCK_REALTIME, syscalls.CLOCK_REALTIME_COARSE:
		now += fs.Epoch * second
	case syscalls.CLOCK_MONOTONIC, syscalls.CLOCK_MONOTONIC_RAW, syscalls.CLOCK_MONOTONIC_COARSE,
		syscalls.CLOCK_BOOTTIME:
	default:
		return fail(syscalls.EINVAL)
	}
	return putTimespec(a[1], now)
}

func putTimespec(addr, ns uint64) int64 {
	var b [16]byte
	put64(b[:], ns/second)
	put64(b[8:], ns%second)
	_, err := mm.UserBuf(uintptr(addr), len(b)).Write(0, b[:])
	return result(0, err)
}

// getTimespec reads a duration: EINVAL if it is not a proper one.
func getTimespec(addr uint64) (ns uint64, err syscalls.Errno) {
	sec, ok1 := arch.LoadUser64(uintptr(addr))
	frac, ok2 := arch.LoadUser64(uintptr(addr + 8))
	switch {
	case !ok1 || !ok2:
		return 0, syscalls.EFAULT
	case int64(sec) < 0 || frac >= second:
		return 0, syscalls.EINVAL
	}
	return min(sec, 1<<33)*second + frac, 0
}

// longest is the longest time that there is, in ns (Linux's KTIME_MAX).
const longest = 1<<63 - 1

// deadline is now + ns, or Never if that is too far off.
func deadline(ns uint64) uint64 {
	now := arch.Now()
	if ns > 1<<62 {
		return sched.Never
	}
	return now + ns
}

// sleepers is where those who wait for nothing but time wait.
var sleepers sched.WaitQueue

// sysNanosleep is nanosleep(2).
func sysNanosleep(t *proc.Task, a *args) int64 {
	ns, err := getTimespec(a[0])
	if err != 0 {
		return fail(err)
	}
	until := t.Deadlines.Own(deadline(ns))
	for arch.Now() < until {
		why := sleepers.Sleep(until)
		now := arch.Now()
		if now >= until || why == sched.Woken {
			continue
		}
		if a[1] != 0 {
			if r := putTimespec(a[1], min(until, longest)-now); r != 0 {
				return r
			}
		}
		if why == sched.TimedOut { // by the context TIMEOUT
			return fail(syscalls.ETIMEDOUT)
		}
		return fail(syscalls.EINTR)
	}
	return 0
}
