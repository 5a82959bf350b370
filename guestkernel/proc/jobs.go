//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Setpgid is setpgid(2).
func (t *Task) Setpgid(pid, pgid int) syscalls.Errno {
	l := t.Proc.Leader
	if pid == 0 {
		pid = l.Pid
	}
	if pgid == 0 {
		pgid = pid
	}
	o := Find(pid)
	switch {
	case pgid < 0:
		return syscalls.EINVAL
	case o == nil || o.Proc == nil:
		return syscalls.ESRCH
	case !o.IsLeader():
		return syscalls.EINVAL
	case o.Parent != nil && o.Parent.Proc == t.Proc:
		if o.Sid != l.Sid {
			return syscalls.EPERM
		}
		if o.Proc.hasExeced {
			return syscalls.EACCES
		}
	case o != l:
		return syscalls.ESRCH
	}
	if o.Sid == o.Pid || pgid != pid && !groupIn(pgid, l.Sid) {
		return syscalls.EPERM
	}
	o.PGrp = pgid
	return 0
}

// groupIn reports whether a session has a process group.
func groupIn(pgid, sid int) bool {
	for i := range tasks {
		if t := &tasks[i]; t.State != Free && t.IsLeader() && t.PGrp == pgid && t.Sid == sid {
			return true
		}
	}
	return false
}

// Setsid is setsid(2).
func (t *Task) Setsid() (sid int, err syscalls.Errno) {
	l := t.Proc.Leader
	for i := range tasks {
		if o := &tasks[i]; o.State != Free && o.IsLeader() && o.PGrp == l.Pid {
			return 0, syscalls.EPERM
		}
	}
	l.PGrp, l.Sid = l.Pid, l.Pid
	return l.Pid, 0
}

// Limit is what the kernel has of setrlimit(2): the soft limit and the hard one.
type Limit struct{ Soft, Hard uint64 }

// Limits is how many resources there are.
const Limits = syscalls.RLIMIT_RTTIME + 1

// Unlimited is RLIM_INFINITY.
const Unlimited = 1<<64 - 1

// initLimits are the first process's: what this kernel bounds at all.
func (g *Process) initLimits() {
	for i := range g.Limits {
		v := uint64(Unlimited)
		switch i {
		case syscalls.RLIMIT_NOFILE:
			v = fs.MaxFD
		case syscalls.RLIMIT_STACK:
			v = mm.StackLimit
		case syscalls.RLIMIT_NPROC:
			v = MaxTasks
		case syscalls.RLIMIT_CORE:
			v = 0
		}
		g.Limits[i] = Limit{v, v}
	}
}

// CPU is how long the process's threads have run, in ns, and how long those of
// its children that have been waited for.
func (g *Process) CPU() (own, children uint64) {
	own = g.ran
	g.eachThread(func(t *Task) { own += t.Used() })
	return own, g.childrenRan
}

// SetName sets the name of the thread to a string at a user address: PR_SET_NAME
// of prctl(2).
func (t *Task) SetName(addr uint64) syscalls.Errno {
	var name [len(t.Name)]byte
	for i := range len(name) - 1 {
		if _, err := mm.UserBuf(uintptr(addr)+uintptr(i), 1).Read(0, name[i:i+1]); err != 0 {
			return err
		}
		if name[i] == 0 {
			break
		}
	}
	t.Name = name
	return 0
}
