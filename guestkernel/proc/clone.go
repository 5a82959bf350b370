//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// CloneArgs are the arguments of clone(2).
type CloneArgs struct {
	Flags               uint64 // CLONE_*
	Stack               uint64 // the child's stack pointer; 0 for the parent's
	ParentTID, ChildTID uint64
	TLS                 uint64
	// Segs are the new thread's in place of TLS, if HasSegs.
	Segs       arch.Segs
	HasSegs    bool
	ExitSignal int
}

// flags that this kernel has; those that make namespaces and the like are not
// among them.
const cloneFlags = syscalls.CLONE_VM | syscalls.CLONE_FS | syscalls.CLONE_FILES | syscalls.CLONE_SIGHAND |
	syscalls.CLONE_VFORK | syscalls.CLONE_PARENT | syscalls.CLONE_THREAD | syscalls.CLONE_SYSVSEM |
	syscalls.CLONE_SETTLS | syscalls.CLONE_PARENT_SETTID | syscalls.CLONE_CHILD_CLEARTID |
	syscalls.CLONE_DETACHED | syscalls.CLONE_UNTRACED | syscalls.CLONE_CHILD_SETTID | syscalls.CLONE_IO |
	syscalls.CLONE_CLEAR_SIGHAND

// valid checks which flags go together.
func (a *CloneArgs) valid() bool {
	has := func(f uint64) bool { return a.Flags&f != 0 }
	switch {
	case a.Flags&^cloneFlags != 0, a.ExitSignal < 0 || a.ExitSignal > syscalls.NumSignals,
		has(syscalls.CLONE_SIGHAND) && !has(syscalls.CLONE_VM),
		has(syscalls.CLONE_THREAD) && !has(syscalls.CLONE_SIGHAND),
		has(syscalls.CLONE_SIGHAND) && has(syscalls.CLONE_CLEAR_SIGHAND),
		// Shared handlers without shared signals are nobody's wish.
		has(syscalls.CLONE_SIGHAND) && !has(syscalls.CLONE_THREAD):
		return false
	}
	return true
}

// Clone makes a task that returns 0 from the current one's system call: a
// process, or a thread.
func (t *Task) Clone(a *CloneArgs) (pid int, err syscalls.Errno) {
	if !a.valid() {
		return 0, syscalls.EINVAL
	}
	c := newTask()
	if c == nil {
		return 0, syscalls.EAGAIN
	}
	if err := c.inherit(t, a); err != 0 {
		c.free()
		return 0, err
	}
	c.setTIDs(t, a)
	t.FPU.Save()
	c.FPU.Copy(&t.FPU)
	t.Segs.Save()
	c.Segs = t.Segs
	switch {
	case a.HasSegs:
		c.Segs = a.Segs
	case a.Flags&syscalls.CLONE_SETTLS != 0:
		c.Segs.FSBase, c.Segs.FS = a.TLS, 0
	}
	f := c.G.UserFrame()
	*f = *t.G.UserFrame()
	f.AX = 0
	if a.Stack != 0 {
		f.RSP = a.Stack
	}
	c.G.ReturnToUser()
	pid = c.Pid
	if a.Flags&syscalls.CLONE_VFORK != 0 {
		c.vfork = t
	}
	sched.Start(&c.Thread)
	for c.vfork == t && c.Pid == pid && c.State == Alive {
		t.Proc.children.Sleep(sched.Never)
		if t.dying() {
			c.vfork = nil
		}
		t.Pending = false // what waits, waits until the child has its own memory
	}
	t.recalc()
	return pid, 0
}

// inherit gives c its parts of t's belongings: copies, or a share.
func (c *Task) inherit(t *Task, a *CloneArgs) syscalls.Errno {
	if a.Flags&syscalls.CLONE_VM != 0 {
		c.Space = t.Space
		c.Space.Use()
	} else if c.Space = t.Space.Fork(); c.Space == nil {
		return syscalls.ENOMEM
	}
	if a.Flags&syscalls.CLONE_FILES != 0 {
		c.FDs = t.FDs.Share()
	} else if c.FDs = t.FDs.Clone(); c.FDs == nil {
		c.Space.Release()
		return syscalls.ENOMEM
	}
	if a.Flags&syscalls.CLONE_FS != 0 {
		c.FS = t.FS
		c.FS.refs++
	} else if c.FS = NewFS(t.FS.Cwd.Ref(), t.FS.Umask); c.FS == nil {
		t.FS.Cwd.Unref()
		c.FDs.Release()
		c.Space.Release()
		return syscalls.ENOMEM
	}
	c.Root = c.Space.Root()
	l := t.Proc.Leader
	c.Name, c.Creds, c.Blocked = t.Name, t.Creds, t.Blocked
	c.Nice = t.Nice
	c.PGrp, c.Sid = l.PGrp, l.Sid
	if a.Flags&syscalls.CLONE_VM == 0 || a.Flags&syscalls.CLONE_VFORK != 0 {
		c.Alt = t.Alt
	}
	if a.Flags&syscalls.CLONE_THREAD != 0 {
		c.Proc = t.Proc
		c.Proc.threads++
		c.Pending = c.dying()
		return 0
	}
	c.exitSignal = a.ExitSignal
	c.Parent = l
	if a.Flags&syscalls.CLONE_PARENT != 0 && l.Parent != nil {
		c.Parent, c.exitSignal = l.Parent, l.exitSignal
	}
	g := newProcess(c)
	g.actions, g.Limits, g.NotDumpable = t.Proc.actions, t.Proc.Limits, t.Proc.NotDumpable
	if a.Flags&syscalls.CLONE_CLEAR_SIGHAND != 0 {
		g.resetActions()
	}
	return 0
}

// setTIDs writes the new thread's id where the caller wants it. That it cannot
// be written there is, as on Linux, no error.
func (c *Task) setTIDs(t *Task, a *CloneArgs) {
	id := [4]byte{byte(c.Pid), byte(c.Pid >> 8), byte(c.Pid >> 16)}
	if a.Flags&syscalls.CLONE_PARENT_SETTID != 0 {
		mm.UserBuf(uintptr(a.ParentTID), len(id)).Write(0, id[:])
	}
	if a.Flags&syscalls.CLONE_CHILD_SETTID != 0 {
		// The page may be shared with the parent still.
		if c.Space.Fault(a.ChildTID, true, false) || c.Space == t.Space {
			c.Space.WriteAt(a.ChildTID, id[:])
		}
	}
	if a.Flags&syscalls.CLONE_CHILD_CLEARTID != 0 {
		c.ClearTID = a.ChildTID
	}
}

// vforkDone lets the parent go on that waits until the child has memory of its
// own, or has ended.
func (t *Task) vforkDone() {
	if p := t.vfork; p != nil {
		t.vfork = nil
		p.Proc.children.WakeAll()
	}
}

// resetActions gives all signals that have handlers their default actions, as
// execve(2) does.
func (g *Process) resetActions() {
	for i := range g.actions {
		if a := &g.actions[i]; a.Handler != syscalls.SIG_IGN {
			*a = Action{}
		} else {
			*a = Action{Handler: syscalls.SIG_IGN}
		}
	}
}
