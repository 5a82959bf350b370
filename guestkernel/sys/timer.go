//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// sysGettimeofday is gettimeofday(2).
func sysGettimeofday(t *proc.Task, a *args) int64 {
	const micro = 1000
	now := arch.Now() + fs.Epoch*second
	if a[0] != 0 {
		if r := putWord(a[0], now/second); r != 0 {
			return r
		}
		if r := putWord(a[0]+8, now%second/micro); r != 0 {
			return r
		}
	}
	if a[1] != 0 {
		return putWord(a[1], 0)
	}
	return 0
}

// sysTimerCreate is timer_create(2).
func sysTimerCreate(t *proc.Task, a *args) int64 {
	switch int32(a[0]) {
	case syscalls.CLOCK_REALTIME, syscalls.CLOCK_MONOTONIC, syscalls.CLOCK_BOOTTIME:
	default:
		return fail(syscalls.EINVAL)
	}
	var b [24]byte // struct sigevent: what it is worth
	put32(b[8:], syscalls.SIGALRM)
	if a[1] != 0 {
		if _, err := mm.UserBuf(uintptr(a[1]), len(b)).Read(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	signo, notify, tid := int32(get64(b[8:])), int32(get64(b[8:])>>32), int(int32(get64(b[16:])))
	switch notify {
	case proc.NotifyNone:
	case proc.NotifyThread:
		if o := proc.Find(tid); o == nil || o.Proc != t.Proc {
			return fail(syscalls.EINVAL)
		}
		fallthrough
	case proc.NotifySignal:
		if signo < 1 || signo > syscalls.NumSignals {
			return fail(syscalls.EINVAL)
		}
	default:
		return fail(syscalls.EINVAL)
	}
	m := t.Proc.NewTimer()
	if m == nil {
		return fail(syscalls.EAGAIN)
	}
	m.Signo, m.Notify, m.Thread, m.Value = signo, notify, tid, get64(b[:])
	m.Realtime = int32(a[0]) == syscalls.CLOCK_REALTIME
	if a[1] == 0 {
		m.Value = uint64(m.ID)
	}
	if err := putInt(a[2], m.ID); err != 0 {
		m.Delete()
		return fail(err)
	}
	return 0
}

// sysTimerSettime is timer_settime(2).
func sysTimerSettime(t *proc.Task, a *args) int64 {
	m := t.Proc.Timer(int32(a[0]))
	interval, err1 := getTimespec(a[2])
	value, err2 := getTimespec(a[2] + 16)
	switch {
	case err1 == syscalls.EFAULT || err2 == syscalls.EFAULT:
		return fail(syscalls.EFAULT)
	case m == nil, err1 != 0, err2 != 0:
		return fail(syscalls.EINVAL)
	}
	left, every := m.Get()
	due := value
	switch epoch := uint64(fs.Epoch * second); {
	case value == 0:
	case a[1]&syscalls.TIMER_ABSTIME == 0:
		due = arch.Now() + min(value, 1<<62)
	case m.Realtime:
		due = max(value, epoch+1) - epoch
	}
	m.Set(due, min(interval, 1<<62))
	if a[3] != 0 {
		return putTimer(a[3], left, every)
	}
	return 0
}

// sysTimerGettime is timer_gettime(2).
func sysTimerGettime(t *proc.Task, a *args) int64 {
	m := t.Proc.Timer(int32(a[0]))
	if m == nil {
		return fail(syscalls.EINVAL)
	}
	left, every := m.Get()
	return putTimer(a[1], left, every)
}

// sysTimerGetoverrun is timer_getoverrun(2).
func sysTimerGetoverrun(t *proc.Task, a *args) int64 {
	m := t.Proc.Timer(int32(a[0]))
	if m == nil {
		return fail(syscalls.EINVAL)
	}
	return int64(m.Overrun)
}

// sysTimerDelete is timer_delete(2).
func sysTimerDelete(t *proc.Task, a *args) int64 {
	m := t.Proc.Timer(int32(a[0]))
	if m == nil {
		return fail(syscalls.EINVAL)
	}
	m.Delete()
	return 0
}
