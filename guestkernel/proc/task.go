//go:build freestanding

// Package proc is tasks: what a process is made of, how it comes to be (fork,
// exec) and ends (exit, wait4), and the contexts of sys_indirect that it
// carries.
//
// Begin with [Task].
package proc

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/klog"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// MaxTasks is how many tasks there can be.
const MaxTasks = 64

// kstackSize is the size of a kernel stack, in bytes.
const kstackSize = 16 << 10

// State is where a task is in its life.
type State uint8

const (
	Free State = iota
	Alive
	Zombie // has ended; its parent has not asked yet
)

// Context is a context of sys_indirect as its caller gave it: up to three
// words, the kind in the low half of the first.
type Context [3]uint64

// Contexts are the overrides that sys_indirect sets for the duration of one
// call, by kind: the context's own words, all zero if there is none. Each is
// looked at where the value is used; none is ever inherited.
type Contexts [syscalls.NumKinds]Context

// OpenFlags is what OPENFLAGS gives every new descriptor: O_CLOEXEC and
// O_NONBLOCK.
func (c *Contexts) OpenFlags() uint32 { return uint32(c[syscalls.CtxOpenFlags][0] >> 32) }

// Set reports whether there is a context of a kind. (OPENFLAGS, whose number
// is 0, is there always: without flags it says nothing.)
func (c *Contexts) Set(k syscalls.Kind) bool { return c[k][0] != 0 }

// Task is a process.
type Task struct {
	sched.Thread // first: Current converts

	Pid    int
	State  State
	Status int // as wait4 reports it
	Parent *Task
	PGrp   int
	Sid    int
	Name   [16]byte // the program's, for the log

	Space *mm.Space
	FDs   *fs.FDTable
	Cwd   *fs.Inode
	Umask uint32
	Creds

	Ctx Contexts
	// Call is the system call under way, as /proc/PID/syscall shows it; Nr is
	// -1 when there is none.
	Call Call
	// Wrap is sys_indirect's memory for the call that it makes.
	Wrap Wrap

	children sched.WaitQueue // its parent waits here for a child's end
}

// Call is a system call's number and arguments.
type Call struct {
	Nr   int64
	Args [6]uint64
}

// Wrap is what sys_indirect keeps while the wrapped call runs: the chain of
// the contexts that it has replaced, and the call.
type Wrap struct {
	Saved [syscalls.MaxContexts]Saved
	Depth uint64 // how many links of the chain are in use
	Inner Call
}

// Saved is one link of the chain. Until the link is in use, Context is the new
// value, and from then on the one that it has replaced.
type Saved struct {
	Kind    uint32
	Context Context
}

var (
	tasks   [MaxTasks]Task
	stacks  [MaxTasks][kstackSize]byte
	lastPid int
	numLive int
)

// Current is the task that runs.
func Current() *Task { return (*Task)(unsafe.Pointer(sched.Current())) }

// Find is the task with a process id; nil if there is none alive or zombie.
func Find(pid int) *Task {
	for i := range tasks {
		if t := &tasks[i]; t.State != Free && t.Pid == pid {
			return t
		}
	}
	return nil
}

// Live is how many tasks there are, zombies among them.
func Live() int { return numLive }

// newTask takes a free slot and a pid; nil if there is none.
func newTask() *Task {
	for i := range tasks {
		t := &tasks[i]
		if t.State != Free {
			continue
		}
		*t = Task{Pid: nextPid(), State: Alive}
		t.Limit, t.Call.Nr = sched.Never, -1
		lo := uintptr(unsafe.Pointer(&stacks[i]))
		t.G.Init(lo, lo+kstackSize)
		numLive++
		return t
	}
	return nil
}

// nextPid counts up to pid_max as Linux has it, and then looks for free ones.
func nextPid() int {
	for {
		if lastPid++; lastPid > 32767 {
			lastPid = 2
		}
		if Find(lastPid) == nil {
			return lastPid
		}
	}
}

// Fork makes a copy of the current task, which returns 0 from its system call.
func (t *Task) Fork() (pid int, err syscalls.Errno) {
	c := newTask()
	if c == nil {
		return 0, syscalls.EAGAIN
	}
	if c.Space = t.Space.Fork(); c.Space == nil {
		c.State = Free
		numLive--
		return 0, syscalls.ENOMEM
	}
	if c.FDs = t.FDs.Clone(); c.FDs == nil {
		c.Space.Release()
		c.State = Free
		numLive--
		return 0, syscalls.ENOMEM
	}
	c.Root = c.Space.Root()
	c.Parent, c.PGrp, c.Sid, c.Name = t, t.PGrp, t.Sid, t.Name
	c.Cwd, c.Umask = t.Cwd, t.Umask
	c.Cwd.Ref()
	c.Creds = t.Creds
	c.FSBase, c.GSBase = t.FSBase, t.GSBase
	t.FPU.Save()
	c.FPU.Copy(&t.FPU)
	f := c.G.UserFrame()
	*f = *t.G.UserFrame()
	f.AX = 0
	c.G.ReturnToUser()
	sched.Start(&c.Thread)
	return c.Pid, 0
}

// Exit ends the current task with a status as wait4 reports it. Whatever
// contexts it carries end with it.
func (t *Task) Exit(status int) {
	if Ended != nil {
		Ended(t, status)
	}
	if t.Pid == 1 {
		initExited(status)
	}
	t.FDs.Release()
	t.Cwd.Unref()
	t.FDs, t.Cwd = nil, nil
	t.Root = arch.KernelRoot()
	arch.SetRoot(t.Root)
	t.Space.Release()
	t.Space = nil
	for i := range tasks { // orphans go to init
		if c := &tasks[i]; c.State != Free && c.Parent == t {
			c.Parent = Find(1)
			if c.State == Zombie {
				c.Parent.children.WakeAll()
			}
		}
	}
	t.State, t.Status = Zombie, status
	t.Parent.children.WakeAll()
	sched.Exit()
}

// Ended, if it is set, is called when a task ends, before anything of it goes.
var Ended func(t *Task, status int)

// InitExited is called when the first process ends, which ends the machine.
var InitExited func(status int)

func initExited(status int) { InitExited(status) }

// Wait is wait4(2) without the copying: pid is as there, and the result is the
// pid and status of a child that has ended, or pid 0 if nohang is set and
// none has.
func (t *Task) Wait(pid int, nohang bool) (int, int, syscalls.Errno) {
	for {
		any := false
		for i := range tasks {
			c := &tasks[i]
			if c.State == Free || c.Parent != t || !c.matches(t, pid) {
				continue
			}
			any = true
			if c.State == Zombie {
				c.State = Free
				numLive--
				return c.Pid, c.Status, 0
			}
		}
		switch {
		case !any:
			return 0, 0, syscalls.ECHILD
		case nohang:
			return 0, 0, 0
		}
		switch t.children.Sleep(sched.Never) {
		case sched.Interrupted:
			return 0, 0, syscalls.EINTR
		case sched.TimedOut:
			return 0, 0, syscalls.ETIMEDOUT
		}
	}
}

// matches reports whether c is one of those that wait4 with pid waits for.
func (c *Task) matches(parent *Task, pid int) bool {
	switch {
	case pid > 0:
		return c.Pid == pid
	case pid == 0:
		return c.PGrp == parent.PGrp
	case pid == -1:
		return true
	}
	return c.PGrp == -pid
}

// ProgramName is the name of the program that t runs.
func (t *Task) ProgramName() string {
	n := 0
	for n < len(t.Name) && t.Name[n] != 0 {
		n++
	}
	return unsafe.String(&t.Name[0], n)
}

// ShowSyscall writes /proc/PID/syscall (proc(5)) into b and returns its
// length: the number and arguments of the call in which t sleeps, its stack
// pointer and program counter; or "running". A wrapped call shows as the
// sys_indirect that it came by.
func (t *Task) ShowSyscall(b []byte) int {
	if len(b) < 256 {
		return 0
	}
	if t.Thread.State != sched.Sleeping || t.Call.Nr < 0 {
		return copy(b, "running\n")
	}
	c := &t.Call
	n := klog.AppendDec(b, c.Nr)
	for _, v := range c.Args {
		b[n] = ' '
		n += 1 + klog.AppendHex(b[n+1:], v)
	}
	f := t.G.UserFrame()
	b[n] = ' '
	n += 1 + klog.AppendHex(b[n+1:], f.RSP)
	b[n] = ' '
	n += 1 + klog.AppendHex(b[n+1:], f.RIP)
	b[n] = '\n'
	return n + 1
}
