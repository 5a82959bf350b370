//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// What Wait looks for; WaitKeep leaves what it finds to be found again.
const (
	WaitExited = 1 << iota
	WaitStopped
	WaitContinued
	WaitNoHang
	WaitKeep
)

// Waited is what Wait has found: a child, and its status as wait4 has it. Pid
// is 0 if there was nothing and WaitNoHang is set.
type Waited struct {
	Pid, Status int
	UID         uint32
}

// Wait waits until something has happened to a child that pid means, as
// wait4(2) has it.
func (t *Task) Wait(pid, what int) (Waited, syscalls.Errno) {
	cut := false
	for {
		any := false
		for i := range tasks {
			c := &tasks[i]
			if c.State == Free || !c.IsLeader() || c.Parent == nil || c.Parent.Proc != t.Proc || !c.matches(t, pid) {
				continue
			}
			any = true
			if w, ok := c.news(what); ok {
				return w, 0
			}
		}
		switch {
		case !any:
			return Waited{}, syscalls.ECHILD
		case what&WaitNoHang != 0:
			return Waited{}, 0
		}
		if cut {
			return Waited{}, syscalls.EINTR
		}
		switch t.Proc.children.Sleep(sched.Never) {
		case sched.Interrupted:
			cut = true // but the signal may be the SIGCHLD of what is waited for
		case sched.TimedOut:
			return Waited{}, syscalls.ETIMEDOUT
		}
	}
}

// matches reports whether c is one of those that wait4 with pid waits for.
func (c *Task) matches(t *Task, pid int) bool {
	switch {
	case pid > 0:
		return c.Pid == pid
	case pid == 0:
		return c.PGrp == t.Proc.Leader.PGrp
	case pid == -1:
		return true
	}
	return c.PGrp == -pid
}

// news is what has happened to a process, of what is looked for.
func (c *Task) news(what int) (Waited, bool) {
	g := c.Proc
	w := Waited{Pid: c.Pid, UID: c.User.Real}
	switch {
	case c.State == Zombie && g.threads == 0:
		if what&WaitExited == 0 {
			return w, false
		}
		w.Status = c.Status
		if what&WaitKeep == 0 {
			c.reap()
		}
		return w, true
	case g.reported == hasStopped && what&WaitStopped != 0:
		w.Status = g.stopSig<<8 | 0x7f
	case g.reported == hasContinued && what&WaitContinued != 0:
		w.Status = 0xffff
	default:
		return w, false
	}
	if what&WaitKeep == 0 {
		g.reported = nothingNew
	}
	return w, true
}

// Info is a status as the siginfo of waitid(2).
func (w *Waited) Info() Info {
	i := Info{Signo: syscalls.SIGCHLD, Pid: int32(w.Pid), UID: w.UID}
	switch {
	case w.Status == 0xffff:
		i.Code, i.Value = syscalls.CLD_CONTINUED, syscalls.SIGCONT
	case w.Status&0xff == 0x7f:
		i.Code, i.Value = syscalls.CLD_STOPPED, uint64(w.Status>>8)
	default:
		i.Code, i.Value = childStatus(w.Status)
	}
	return i
}

// reap gives back what is left of a process.
func (c *Task) reap() {
	if c.Parent != nil && c.Parent.Proc != nil {
		own, children := c.Proc.CPU()
		c.Parent.Proc.childrenRan += own + children
	}
	c.Proc.Leader = nil
	c.free()
}
