//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// Process is a process: what its threads have in common beside memory,
// descriptors and directory, which tasks that are no threads of one process
// can share too. The process's id is its leader's.
type Process struct {
	// Leader is the thread that the process began with, or the one that called
	// execve since. It stays, as a zombie, until the last thread has ended.
	Leader  *Task
	threads int // that have not ended

	actions [syscalls.NumSignals]Action
	pending sigQueue
	// exiting: every thread ends as soon as it sees it, with the status.
	exiting bool
	status  int
	exec    *Task // the thread that waits to be the only one

	stopped  bool
	stopSig  int
	reported report          // what wait4 can say of stops
	parked   sched.WaitQueue // stopped threads
	children sched.WaitQueue // threads that wait for a child, or for the others' end
	alarm    alarm           // of ITIMER_REAL

	timers           *Timer // of timer_create
	nextTimer        int32
	Limits           [Limits]Limit
	ran, childrenRan uint64 // by threads that have ended, and by children; ns
	hasExeced        bool   // has called execve since fork
	NotDumpable      bool   // prctl(2)
	Membarrier       bool   // has registered for membarrier(2)
}

// report is a stop or a continuation that wait4 has not told yet.
type report uint8

const (
	nothingNew report = iota
	hasStopped
	hasContinued
)

var processes [MaxTasks]Process

// newProcess makes a process whose only thread is t. There are as many as tasks.
func newProcess(t *Task) *Process {
	for i := range processes {
		if g := &processes[i]; g.Leader == nil {
			*g = Process{Leader: t, threads: 1}
			g.alarm.init(g)
			t.Proc = g
			return g
		}
	}
	arch.Panic("proc: more processes than tasks")
	return nil
}

// Tgid is the process's id.
func (t *Task) Tgid() int { return t.Proc.Leader.Pid }

// IsLeader reports whether t stands for its process.
func (t *Task) IsLeader() bool { return t.Proc != nil && t.Proc.Leader == t }

// FindProcess is the leader of the process with an id; nil if there is none.
func FindProcess(pid int) *Task {
	if t := Find(pid); t != nil && t.IsLeader() {
		return t
	}
	return nil
}

// eachThread calls f for every thread of g that has not ended.
func (g *Process) eachThread(f func(*Task)) {
	for i := range tasks {
		if t := &tasks[i]; t.State == Alive && t.Proc == g {
			f(t)
		}
	}
}

// Exit ends the current thread with a status as wait4 reports it, and with the
// last one the process. Whatever contexts it carries end with it.
func (t *Task) Exit(status int) {
	g := t.Proc
	if g.exiting {
		status = g.status
	}
	if Ended != nil {
		Ended(t, status)
	}
	if t.Tgid() == 1 && (g.threads == 1 || t.IsLeader()) {
		InitExited(status)
	}
	t.leaveMemory()
	t.FDs.Release()
	t.FS.release()
	t.FDs, t.FS = nil, nil
	t.pending.clear()
	g.ran += t.Used()
	g.threads--
	g.status = status
	switch {
	case g.threads == 0:
		g.end()
		if !t.IsLeader() {
			t.free()
		}
	case t.IsLeader():
		t.State = Zombie // not to be waited for yet: see Wait
	default:
		t.free()
	}
	if g.exec != nil && g.threads == 1 {
		g.children.WakeAll()
	}
	sched.Exit()
}

// free gives a task's slot back. Its kernel stack is used until the scheduler
// has left it, before anything can take the slot.
func (t *Task) free() {
	t.State, t.Proc = Free, nil
	numLive--
}

// leaveMemory ends a thread's part in its address space.
func (t *Task) leaveMemory() {
	if t.Space == nil {
		return
	}
	t.leaveFutexes()
	t.vforkDone()
	t.Space.EndScratch(t.Scratch)
	t.Scratch = 0
	t.Root = arch.KernelRoot()
	arch.SetRoot(t.Root)
	t.Space.Release()
	t.Space = nil
}

// end makes a process whose threads have all ended a zombie, and tells its
// parent.
func (g *Process) end() {
	l := g.Leader
	g.pending.clear()
	g.alarm.stop()
	g.dropTimers()
	g.dropSems()
	for i := range tasks { // orphans go to init
		if c := &tasks[i]; c.State != Free && c.Parent == l && c.IsLeader() {
			c.Parent = FindProcess(1)
			if c.DeathSignal != 0 {
				c.Send(&Info{Signo: c.DeathSignal}, true)
			}
			if c.State == Zombie && c.Proc.threads == 0 {
				c.Parent.Proc.children.WakeAll()
			}
		}
	}
	l.State, l.Status = Zombie, g.status
	g.notifyParent()
}

// ExitGroup ends the current thread and all others of its process:
// exit_group(2), and what a fatal signal does.
func (t *Task) ExitGroup(status int) {
	g := t.Proc
	if !g.exiting {
		g.exiting, g.status = true, status
		g.stopped = false
		g.eachThread(func(o *Task) {
			if o != t {
				o.wakeToDie()
			}
		})
	}
	t.Exit(g.status)
}

// wakeToDie has a thread look at its process's end as soon as it can.
func (t *Task) wakeToDie() {
	sched.Interrupt(&t.Thread)
	t.Proc.parked.WakeAll()
}

// Ended, if it is set, is called when a task ends, before anything of it goes.
var Ended func(t *Task, status int)

// InitExited is called when the first process ends, which ends the machine.
var InitExited func(status int)

// alone ends all threads of the process but the current one, which becomes its
// leader: execve(2). It fails if the process ends meanwhile.
func (t *Task) alone() syscalls.Errno {
	g := t.Proc
	if g.exec != nil || g.exiting {
		return syscalls.EAGAIN
	}
	g.exec = t
	g.eachThread(func(o *Task) {
		if o != t {
			o.wakeToDie()
		}
	})
	for g.threads > 1 {
		if g.children.Sleep(sched.Never) == sched.Interrupted && g.exiting {
			g.exec = nil
			return syscalls.EINTR
		}
		t.Pending = g.exiting // any other signal waits
	}
	g.exec = nil
	t.recalc()
	if l := g.Leader; l != t {
		t.Pid, l.Pid = l.Pid, t.Pid
		t.Parent, t.PGrp, t.Sid = l.Parent, l.PGrp, l.Sid
		for i := range tasks {
			if c := &tasks[i]; c.State != Free && c.Parent == l {
				c.Parent = t
			}
		}
		g.Leader = t
		l.free()
	}
	return 0
}

// dying reports whether the thread must end rather than go on.
func (t *Task) dying() bool {
	g := t.Proc
	return g.exiting || g.exec != nil && g.exec != t
}
