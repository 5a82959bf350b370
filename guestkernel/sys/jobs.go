//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// sysSetpgid is setpgid(2).
func sysSetpgid(t *proc.Task, a *args) int64 {
	return result(0, t.Setpgid(int(int32(a[0])), int(int32(a[1]))))
}

// sysSetsid is setsid(2).
func sysSetsid(t *proc.Task, a *args) int64 { return result(t.Setsid()) }

// leader stands for the process that pid means, 0 for the caller's; nil if there
// is none.
func leader(t *proc.Task, pid uint64) *proc.Task {
	o := t
	if int32(pid) != 0 {
		o = proc.Find(int(int32(pid)))
	}
	if o == nil || o.Proc == nil {
		return nil
	}
	return o.Proc.Leader
}

// sysGetpgid is getpgid(2), sysGetsid getsid(2).
func sysGetpgid(t *proc.Task, a *args) int64 {
	if l := leader(t, a[0]); l != nil {
		return int64(l.PGrp)
	}
	return fail(syscalls.ESRCH)
}

func sysGetsid(t *proc.Task, a *args) int64 {
	if l := leader(t, a[0]); l != nil {
		return int64(l.Sid)
	}
	return fail(syscalls.ESRCH)
}

// ---- what is counted

// putUsage fills in a struct rusage, of which only the time is counted.
func putUsage(addr, ns uint64) int64 {
	const micro = 1000
	if err := clearUsage(addr); err != 0 {
		return fail(err)
	}
	if r := putWord(addr, ns/second); r != 0 {
		return r
	}
	return putWord(addr+8, ns%second/micro)
}

// sysGetrusage is getrusage(2).
func sysGetrusage(t *proc.Task, a *args) int64 {
	const (
		self     = 0
		children = -1
		thread   = 1
	)
	own, theirs := t.Proc.CPU()
	switch int32(a[0]) {
	case self:
		return putUsage(a[1], own)
	case children:
		return putUsage(a[1], theirs)
	case thread:
		return putUsage(a[1], t.Used())
	}
	return fail(syscalls.EINVAL)
}

// sysTimes is times(2).
func sysTimes(t *proc.Task, a *args) int64 {
	const tick = second / 100
	if a[0] != 0 {
		var b [32]byte
		own, theirs := t.Proc.CPU()
		put64(b[:], own/tick)
		put64(b[16:], theirs/tick)
		if _, err := mm.UserBuf(uintptr(a[0]), len(b)).Write(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	return int64(arch.Now() / tick)
}

// sysSysinfo is sysinfo(2).
func sysSysinfo(t *proc.Task, a *args) int64 {
	var b [112]byte
	put64(b[:], arch.Now()/second)
	put64(b[32:], uint64(mm.Total())*mm.PageSize)
	put64(b[40:], uint64(mm.Total()-mm.Used())*mm.PageSize)
	b[80] = byte(proc.Live())
	put32(b[104:], 1)
	_, err := mm.UserBuf(uintptr(a[0]), len(b)).Write(0, b[:])
	return result(0, err)
}

// ---- scheduling: there is one CPU, and all threads are equal on it

// sysGetcpu is getcpu(2).
func sysGetcpu(t *proc.Task, a *args) int64 {
	for _, p := range a[:2] {
		if p != 0 {
			var b [4]byte
			if _, err := mm.UserBuf(uintptr(p), 4).Write(0, b[:]); err != 0 {
				return fail(err)
			}
		}
	}
	return 0
}

// sysSchedSetaffinity is sched_setaffinity(2).
func sysSchedSetaffinity(t *proc.Task, a *args) int64 {
	var b [1]byte
	if a[1] != 0 {
		if _, err := mm.UserBuf(uintptr(a[2]), 1).Read(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	switch {
	case int32(a[0]) != 0 && proc.Find(int(int32(a[0]))) == nil:
		return fail(syscalls.ESRCH)
	case b[0]&1 == 0:
		return fail(syscalls.EINVAL)
	}
	return 0
}

const (
	schedOther    = 0
	schedFIFO     = 1
	schedRR       = 2
	schedBatch    = 3
	schedIdle     = 5
	schedDeadline = 6
)

// known is the error of a call about a thread's scheduling.
func known(pid uint64) syscalls.Errno {
	switch {
	case int32(pid) < 0:
		return syscalls.EINVAL
	case int32(pid) != 0 && proc.Find(int(int32(pid))) == nil:
		return syscalls.ESRCH
	}
	return 0
}

// sysSchedGetscheduler is sched_getscheduler(2): SCHED_OTHER.
func sysSchedGetscheduler(t *proc.Task, a *args) int64 { return result(schedOther, known(a[0])) }

// sysSchedSetscheduler is sched_setscheduler(2): nobody gets real time.
func sysSchedSetscheduler(t *proc.Task, a *args) int64 {
	const resetOnFork = 0x40000000
	switch uint32(a[1]) &^ resetOnFork {
	case schedOther, schedBatch, schedIdle:
		return sysSchedSetparam(t, onStack(&args{a[0], a[2]}))
	case schedFIFO, schedRR, schedDeadline:
		if err := known(a[0]); err != 0 {
			return fail(err)
		}
		return fail(syscalls.EPERM)
	}
	return fail(syscalls.EINVAL)
}

// sysSchedGetparam is sched_getparam(2).
func sysSchedGetparam(t *proc.Task, a *args) int64 {
	if err := known(a[0]); err != 0 {
		return fail(err)
	}
	var b [4]byte
	_, err := mm.UserBuf(uintptr(a[1]), 4).Write(0, b[:])
	return result(0, err)
}

// sysSchedSetparam is sched_setparam(2): the priority is 0.
func sysSchedSetparam(t *proc.Task, a *args) int64 {
	v, ok := arch.LoadUser32(uintptr(a[1]))
	err := known(a[0])
	switch {
	case !ok:
		return fail(syscalls.EFAULT)
	case err != 0:
		return fail(err)
	case v != 0:
		return fail(syscalls.EINVAL)
	}
	return 0
}

// sysSchedPriorityMax is sched_get_priority_max(2), sysSchedPriorityMin
// sched_get_priority_min(2).
func sysSchedPriorityMax(t *proc.Task, a *args) int64 { return priority(a[0], 99) }
func sysSchedPriorityMin(t *proc.Task, a *args) int64 { return priority(a[0], 1) }

func priority(policy uint64, realtime int64) int64 {
	switch uint32(policy) {
	case schedOther, schedBatch, schedIdle, schedDeadline:
		return 0
	case schedFIFO, schedRR:
		return realtime
	}
	return fail(syscalls.EINVAL)
}

// sysGetpriority is getpriority(2), the kernel's, which returns 20 - nice;
// sysSetpriority setpriority(2). They are about one process, or the caller's
// group.
func sysGetpriority(t *proc.Task, a *args) int64 {
	o, err := niceTask(t, a)
	if err != 0 {
		return fail(err)
	}
	return int64(20 - o.Nice)
}

func sysSetpriority(t *proc.Task, a *args) int64 {
	o, err := niceTask(t, a)
	if err != 0 {
		return fail(err)
	}
	n := max(-20, min(19, int(int32(a[2]))))
	if n < o.Nice && !t.Privileged() {
		return fail(syscalls.EACCES)
	}
	o.Nice = n
	return 0
}

func niceTask(t *proc.Task, a *args) (*proc.Task, syscalls.Errno) {
	const process, group, user = 0, 1, 2
	switch uint32(a[0]) {
	case process:
		if int32(a[1]) != 0 {
			t = proc.Find(int(int32(a[1])))
		}
	case group, user:
		if int32(a[1]) != 0 {
			return nil, syscalls.ESRCH
		}
	default:
		return nil, syscalls.EINVAL
	}
	if t == nil {
		return nil, syscalls.ESRCH
	}
	return t, 0
}

// sysMembarrier is membarrier(2): on one CPU all memory is seen in order.
func sysMembarrier(t *proc.Task, a *args) int64 {
	const (
		query          = 0
		global         = 1
		globalNow      = 2
		registerGlobal = 4
		private        = 8
		register       = 16
	)
	if a[1] != 0 {
		return fail(syscalls.EINVAL)
	}
	switch uint32(a[0]) {
	case query:
		return global | globalNow | registerGlobal | private | register
	case global, globalNow, registerGlobal:
		return 0
	case register:
		t.Proc.Membarrier = true
		return 0
	case private:
		if !t.Proc.Membarrier {
			return fail(syscalls.EPERM)
		}
		return 0
	}
	return fail(syscalls.EINVAL)
}

// sysPrctl is prctl(2).
func sysPrctl(t *proc.Task, a *args) int64 {
	const (
		setDeathSignal = 1
		getDeathSignal = 2
		getDumpable    = 3
		setDumpable    = 4
		setName        = 15
		getName        = 16
		getSubreaper   = 37
		setNoNewPrivs  = 38
		getNoNewPrivs  = 39
	)
	l := t.Proc.Leader
	switch uint32(a[0]) {
	case setDeathSignal:
		if a[1] > syscalls.NumSignals {
			return fail(syscalls.EINVAL)
		}
		l.DeathSignal = int32(a[1])
		return 0
	case getDeathSignal:
		return result(0, putInt(a[1], l.DeathSignal))
	case getDumpable:
		if t.Proc.NotDumpable {
			return 0
		}
		return 1
	case setDumpable:
		if a[1] > 1 {
			return fail(syscalls.EINVAL)
		}
		t.Proc.NotDumpable = a[1] == 0
		return 0
	case setName:
		return result(0, t.SetName(a[1]))
	case getName:
		_, err := mm.UserBuf(uintptr(a[1]), len(t.Name)).Write(0, t.Name[:])
		return result(0, err)
	case getSubreaper:
		return result(0, putInt(a[1], 0))
	case setNoNewPrivs:
		if a[1] != 1 || a[2]|a[3]|a[4] != 0 {
			return fail(syscalls.EINVAL)
		}
		t.NoNewPrivs = true
		return 0
	case getNoNewPrivs:
		switch {
		case a[1]|a[2]|a[3]|a[4] != 0:
			return fail(syscalls.EINVAL)
		case t.NoNewPrivs:
			return 1
		}
		return 0
	}
	return fail(syscalls.EINVAL)
}
