//go:build freestanding

package sys

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// restarts says what becomes of calls that a signal interrupts (signal(7)).
// What is not in it is made again after a handler with SA_RESTART.
var restarts = [...]struct {
	nr  uint64
	how proc.Restart
}{
	{syscalls.SYS_PAUSE, proc.RestartAlone},
	{syscalls.SYS_RT_SIGSUSPEND, proc.RestartAlone},
	{syscalls.SYS_POLL, proc.RestartAlone},
	{syscalls.SYS_PPOLL, proc.RestartAlone},
	{syscalls.SYS_SELECT, proc.RestartAlone},
	{syscalls.SYS_PSELECT6, proc.RestartAlone},
	{syscalls.SYS_NANOSLEEP, proc.RestartAlone},
	{syscalls.SYS_CLOCK_NANOSLEEP, proc.RestartAlone},
	{syscalls.SYS_EPOLL_WAIT, proc.NoRestart},
	{syscalls.SYS_EPOLL_PWAIT, proc.NoRestart},
	{syscalls.SYS_EPOLL_PWAIT2, proc.NoRestart},
	{syscalls.SYS_RT_SIGTIMEDWAIT, proc.NoRestart},
	{syscalls.SYS_SEMOP, proc.NoRestart},
	{syscalls.SYS_SEMTIMEDOP, proc.NoRestart},
}

// restart is what becomes of the call, which returned EINTR.
func restart(c *proc.Call) proc.Restart {
	if c.Nr == syscalls.SYS_FUTEX && c.Args[3] != 0 {
		return proc.RestartAlone // with a timeout
	}
	for i := range restarts {
		if restarts[i].nr == uint64(c.Nr) {
			return restarts[i].how
		}
	}
	return proc.RestartHandled
}

// getSet reads a sigset of the caller's; its size must be right.
func getSet(addr, size uint64) (uint64, syscalls.Errno) {
	if size != syscalls.SigsetSize {
		return 0, syscalls.EINVAL
	}
	set, ok := arch.LoadUser64(uintptr(addr))
	if !ok {
		return 0, syscalls.EFAULT
	}
	return set, 0
}

// sysRtSigaction is rt_sigaction(2).
func sysRtSigaction(t *proc.Task, a *args) int64 {
	if a[3] != syscalls.SigsetSize {
		return fail(syscalls.EINVAL)
	}
	var n *proc.Action
	if a[1] != 0 {
		n = onStack(&proc.Action{})
		b := (*[32]byte)(unsafe.Pointer(n))
		if _, err := mm.UserBuf(uintptr(a[1]), len(b)).Read(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	old, err := setAction(t, int(int32(a[0])), n)
	if err != 0 {
		return fail(err)
	}
	if a[2] != 0 {
		b := (*[32]byte)(unsafe.Pointer(&old))
		if _, err := mm.UserBuf(uintptr(a[2]), len(b)).Write(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	return 0
}

// setAction makes n, unless it is nil, what a signal does, and returns what the
// signal did before.
func setAction(t *proc.Task, sig int, n *proc.Action) (old proc.Action, err syscalls.Errno) {
	if sig < 1 || sig > syscalls.NumSignals || n != nil && (sig == syscalls.SIGKILL || sig == syscalls.SIGSTOP) {
		return old, syscalls.EINVAL
	}
	old = *t.Action(sig)
	if n != nil {
		t.SetAction(sig, n)
	}
	return old, 0
}

// sysRtSigprocmask is rt_sigprocmask(2): it is about the thread's own mask,
// also under the context SIGMASK.
func sysRtSigprocmask(t *proc.Task, a *args) int64 {
	if a[3] != syscalls.SigsetSize {
		return fail(syscalls.EINVAL)
	}
	old := t.Blocked
	if a[1] != 0 {
		set, err := getSet(a[1], a[3])
		if err != 0 {
			return fail(err)
		}
		if set, err = changed(old, a[0], set); err != 0 {
			return fail(err)
		}
		t.SetBlocked(set)
	}
	if a[2] != 0 {
		return putWord(a[2], old)
	}
	return 0
}

// changed is the mask that old becomes by sigprocmask(2) with how and set.
func changed(old, how, set uint64) (uint64, syscalls.Errno) {
	switch int32(how) {
	case syscalls.SIG_BLOCK:
		return old | set, 0
	case syscalls.SIG_UNBLOCK:
		return old &^ set, 0
	case syscalls.SIG_SETMASK:
		return set, 0
	}
	return 0, syscalls.EINVAL
}

// sysRtSigpending is rt_sigpending(2).
func sysRtSigpending(t *proc.Task, a *args) int64 {
	if a[1] > syscalls.SigsetSize {
		return fail(syscalls.EINVAL)
	}
	var b [8]byte
	put64(b[:], t.PendingSet()&t.Blocked)
	_, err := mm.UserBuf(uintptr(a[0]), int(a[1])).Write(0, b[:a[1]])
	return result(0, err)
}

// pauseQueue is where those wait who wait for a signal only.
var pauseQueue sched.WaitQueue

// sysPause is pause(2).
func sysPause(t *proc.Task, a *args) int64 {
	for {
		switch pauseQueue.Sleep(sched.Never) {
		case sched.Interrupted:
			return fail(syscalls.EINTR)
		case sched.TimedOut:
			return fail(syscalls.ETIMEDOUT)
		}
	}
}

// sysRtSigsuspend is rt_sigsuspend(2): pause under another mask.
func sysRtSigsuspend(t *proc.Task, a *args) int64 {
	set, err := getSet(a[0], a[1])
	if err != 0 {
		return fail(err)
	}
	return suspend(t, set)
}

// suspend waits for a signal with another mask, as sigsuspend(2) does.
func suspend(t *proc.Task, set uint64) int64 {
	old := t.SwapMask(set)
	r := sysPause(t, nil)
	t.UnswapMask(old, r)
	return r
}

// sysRtSigtimedwait is rt_sigtimedwait(2).
func sysRtSigtimedwait(t *proc.Task, a *args) int64 {
	set, err := getSet(a[0], a[3])
	if err != 0 {
		return fail(err)
	}
	until := uint64(sched.Never)
	if a[2] != 0 {
		ns, err := getTimespec(a[2])
		if err != 0 {
			return fail(err)
		}
		until = deadline(ns)
	}
	var i proc.Info
	for !t.Take(set, &i) {
		switch proc.SignalQueue().Sleep(until) {
		case sched.TimedOut:
			return fail(syscalls.EAGAIN)
		case sched.Interrupted:
			if t.Take(set, &i) {
				break
			}
			return fail(syscalls.EINTR)
		}
		if i.Signo != 0 {
			break
		}
	}
	if a[1] != 0 {
		var b [proc.SiginfoSize]byte
		i.Encode(&b)
		if _, err := mm.UserBuf(uintptr(a[1]), len(b)).Write(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	return int64(i.Signo)
}

// sysRtSigreturn is rt_sigreturn(2).
func sysRtSigreturn(t *proc.Task, a *args) int64 { return t.Sigreturn() }

// sysSigaltstack is sigaltstack(2).
func sysSigaltstack(t *proc.Task, a *args) int64 {
	sp := t.G.UserFrame().RSP
	old := t.Alt
	oldFlags := old.State(sp)
	if a[0] != 0 {
		var b [24]byte
		if _, err := mm.UserBuf(uintptr(a[0]), len(b)).Read(0, b[:]); err != 0 {
			return fail(err)
		}
		if old.Holds(sp) {
			return fail(syscalls.EPERM)
		}
		if err := t.SetAlt(proc.AltStack{SP: get64(b[:]), Flags: uint32(get64(b[8:])), Size: get64(b[16:])}); err != 0 {
			return fail(err)
		}
	}
	if a[1] != 0 {
		var b [24]byte
		put64(b[:], old.SP)
		put64(b[8:], uint64(oldFlags))
		put64(b[16:], old.Size)
		_, err := mm.UserBuf(uintptr(a[1]), len(b)).Write(0, b[:])
		return result(0, err)
	}
	return 0
}

func get32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func get64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// sysKill is kill(2).
func sysKill(t *proc.Task, a *args) int64 {
	return result(0, t.Kill(int(int32(a[0])), int(int32(a[1]))))
}

// sysTkill is tkill(2), sysTgkill tgkill(2).
func sysTkill(t *proc.Task, a *args) int64 {
	return result(0, t.Tgkill(0, int(int32(a[0])), int(int32(a[1]))))
}

func sysTgkill(t *proc.Task, a *args) int64 {
	if int32(a[0]) <= 0 {
		return fail(syscalls.EINVAL)
	}
	return result(0, t.Tgkill(int(int32(a[0])), int(int32(a[1])), int(int32(a[2]))))
}

// getInfo reads a siginfo that a caller makes up.
func getInfo(addr, sig uint64) (i proc.Info, err syscalls.Errno) {
	var b [32]byte
	if _, err := mm.UserBuf(uintptr(addr), len(b)).Read(0, b[:]); err != 0 {
		return i, err
	}
	i = proc.Info{Signo: int32(sig), Code: int32(get64(b[8:])), Pid: int32(get64(b[16:])), UID: uint32(get64(b[16:]) >> 32), Value: get64(b[24:])}
	return i, 0
}

// sysRtSigqueueinfo is rt_sigqueueinfo(2).
func sysRtSigqueueinfo(t *proc.Task, a *args) int64 {
	i, err := getInfo(a[2], a[1])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Queue(0, int(int32(a[0])), true, &i))
}

// sysRtTgsigqueueinfo is rt_tgsigqueueinfo(2).
func sysRtTgsigqueueinfo(t *proc.Task, a *args) int64 {
	if int32(a[0]) <= 0 || int32(a[1]) <= 0 {
		return fail(syscalls.EINVAL)
	}
	i, err := getInfo(a[3], a[2])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Queue(int(int32(a[0])), int(int32(a[1])), false, &i))
}

// sysAlarm is alarm(2).
func sysAlarm(t *proc.Task, a *args) int64 {
	left, _ := t.Proc.SetAlarm(uint64(uint32(a[0]))*second, 0)
	if left != 0 && left < second/2 {
		return 1
	}
	return int64((left + second/2) / second)
}

// getItimerval reads an itimerval.
func getItimerval(addr uint64) (value, interval uint64, err syscalls.Errno) {
	var b [32]byte
	if _, err := mm.UserBuf(uintptr(addr), len(b)).Read(0, b[:]); err != 0 {
		return 0, 0, err
	}
	for i := range 2 {
		if int64(get64(b[16*i:])) < 0 || get64(b[16*i+8:]) >= 1_000_000 {
			return 0, 0, syscalls.EINVAL
		}
	}
	ns := func(b []byte) uint64 { return min(get64(b), 1<<32)*second + get64(b[8:])*1000 }
	return ns(b[16:]), ns(b[:]), 0
}

func putItimerval(addr, value, interval uint64) int64 {
	var b [32]byte
	put64(b[:], interval/second)
	put64(b[8:], interval%second/1000)
	put64(b[16:], value/second)
	put64(b[24:], value%second/1000)
	_, err := mm.UserBuf(uintptr(addr), len(b)).Write(0, b[:])
	return result(0, err)
}

// sysSetitimer is setitimer(2), of which this kernel has ITIMER_REAL.
func sysSetitimer(t *proc.Task, a *args) int64 {
	if a[0] != syscalls.ITIMER_REAL {
		return fail(syscalls.EINVAL)
	}
	value, interval, err := uint64(0), uint64(0), syscalls.Errno(0)
	if a[1] != 0 {
		if value, interval, err = getItimerval(a[1]); err != 0 {
			return fail(err)
		}
	}
	left, every := t.Proc.SetAlarm(value, interval)
	if a[2] != 0 {
		return putItimerval(a[2], left, every)
	}
	return 0
}

// sysGetitimer is getitimer(2).
func sysGetitimer(t *proc.Task, a *args) int64 {
	if a[0] != syscalls.ITIMER_REAL {
		return fail(syscalls.EINVAL)
	}
	left, every := t.Proc.Alarm()
	return putItimerval(a[1], left, every)
}
