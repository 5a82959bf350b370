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
	case syscalls.CLOCK_PROCESS_CPUTIME_ID:
		now, _ = t.Proc.CPU()
	case syscalls.CLOCK_THREAD_CPUTIME_ID:
		now = t.Used()
	default:
		return fail(syscalls.EINVAL)
	}
	return putTimespec(a[1], now)
}

// sysClockGetres is clock_getres(2): what Linux says with a timer of high
// resolution.
func sysClockGetres(t *proc.Task, a *args) int64 {
	const tick = 4_000_000
	ns := uint64(1)
	switch int32(a[0]) {
	case syscalls.CLOCK_REALTIME_COARSE, syscalls.CLOCK_MONOTONIC_COARSE:
		ns = tick
	case syscalls.CLOCK_REALTIME, syscalls.CLOCK_MONOTONIC, syscalls.CLOCK_MONOTONIC_RAW, syscalls.CLOCK_BOOTTIME,
		syscalls.CLOCK_PROCESS_CPUTIME_ID, syscalls.CLOCK_THREAD_CPUTIME_ID:
	default:
		return fail(syscalls.EINVAL)
	}
	if a[1] == 0 {
		return 0
	}
	return putTimespec(a[1], ns)
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
	return sleepUntil(t, deadline(ns), a[1])
}

// sysClockNanosleep is clock_nanosleep(2): on the clocks that go on while
// nothing runs, of which none is ever set.
func sysClockNanosleep(t *proc.Task, a *args) int64 {
	epoch := uint64(0)
	switch int32(a[0]) {
	case syscalls.CLOCK_REALTIME:
		epoch = fs.Epoch * second
	case syscalls.CLOCK_MONOTONIC, syscalls.CLOCK_BOOTTIME:
	case syscalls.CLOCK_MONOTONIC_RAW, syscalls.CLOCK_REALTIME_COARSE, syscalls.CLOCK_MONOTONIC_COARSE:
		return fail(syscalls.EOPNOTSUPP)
	default:
		return fail(syscalls.EINVAL)
	}
	ns, err := getTimespec(a[2])
	switch {
	case err != 0:
		return fail(err)
	case a[1]&syscalls.TIMER_ABSTIME == 0:
		return sleepUntil(t, deadline(ns), a[3])
	case ns > 1<<62:
		return sleepUntil(t, sched.Never, 0)
	}
	return sleepUntil(t, max(ns, epoch)-epoch, 0)
}

// sleepUntil sleeps, and if a signal ends that writes what is left to addr.
func sleepUntil(t *proc.Task, until, addr uint64) int64 {
	until = t.Deadlines.Own(until)
	for arch.Now() < until {
		why := sleepers.Sleep(until)
		now := arch.Now()
		if now >= until || why == sched.Woken {
			continue
		}
		if addr != 0 {
			if r := putTimespec(addr, min(until, longest)-now); r != 0 {
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
