//go:build freestanding

// Package proc is tasks: what a process is made of, how it comes to be (fork,
// exec) and ends (exit, wait4), and the contexts of sys_indirect that it
// carries.
//
// Begin with [Task].
package proc

import (
	"unsafe"

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
type Contexts [16]Context

// OpenFlags is what OPENFLAGS gives every new descriptor: O_CLOEXEC and
// O_NONBLOCK.
func (c *Contexts) OpenFlags() uint32 { return uint32(c[syscalls.CtxOpenFlags][0] >> 32) }

// Set reports whether there is a context of a kind. (OPENFLAGS, whose number
// is 0, is there always: without flags it says nothing.)
func (c *Contexts) Set(k syscalls.Kind) bool { return c[k][0] != 0 }

// Task is a thread. The first one of a process stands for it, as its leader:
// see [Process].
type Task struct {
	sched.Thread // first: Current converts

	Pid    int // the thread's own id
	State  State
	Status int // of a process that has ended, as wait4 reports it
	Proc   *Process
	Parent *Task // of a leader: the parent process's leader
	PGrp   int
	Sid    int
	Name   [16]byte // the program's, for the log

	Space *mm.Space
	FDs   *fs.FDTable
	FS    *FS
	Creds

	// Blocked is the thread's signal mask; Mask is the one in force.
	Blocked uint64
	hasTemp bool // temp is in force until a signal has been delivered
	temp    uint64
	pending sigQueue
	Alt     AltStack

	DeathSignal int32  // of a leader: what it gets when its parent ends
	Nice        int    // of setpriority(2), which has no effect
	exitSignal  int    // what its parent gets when the process ends
	vfork       *Task  // the parent that waits for it, if it is vfork's
	ClearTID    uint64 // where 0 is written when the thread ends
	Robust      uint64 // set_robust_list(2)
	// RobustNarrow says that it is of a 32-bit program.
	RobustNarrow bool
	futex        futexWait
	Deadlines    Deadlines
	cut          interrupted

	Ctx Contexts
	// Call is the system call under way, as /proc/PID/syscall shows it; Nr is
	// -1 when there is none.
	Call Call
	// Narrow is set during a 32-bit call; Compat is what that has been
	// translated to.
	Narrow bool
	Compat Call
	// Scratch is the address of the memory in which its 32-bit calls are translated
	// (mm.Space.Scratch); 0 until one needs it.
	Scratch uint64
	// Wrap is sys_indirect's memory for the call that it makes.
	Wrap Wrap
}

// FS is what threads share by CLONE_FS.
type FS struct {
	Cwd   *fs.Inode
	Umask uint32
	refs  int
}

var fsPool mm.Pool[FS]

// NewFS makes one with one user, in a directory whose reference it takes.
func NewFS(cwd *fs.Inode, umask uint32) *FS {
	f := fsPool.Get()
	if f != nil {
		*f = FS{cwd, umask, 1}
	}
	return f
}

func (f *FS) release() {
	if f.refs--; f.refs == 0 {
		f.Cwd.Unref()
		fsPool.Put(f)
	}
}

// Call is a system call's number and arguments.
type Call struct {
	Nr   int64
	Args [6]uint64
}

// Wrap is what sys_indirect keeps while the wrapped call runs: the chain of
// what the contexts have replaced, and the call.
type Wrap struct {
	New   Context // that is being looked at
	Saved [MaxSaved]Saved
	Depth uint64 // how many links of the chain are in use
	mask  bool   // SIGMASK is among them
	Inner Call
}

// Saved is one link of the chain: a word of the task's, by its offset, and
// what it was.
type Saved struct {
	Word uintptr
	Old  uint64
}

// Top is where the next link of the chain goes.
func (w *Wrap) Top() unsafe.Pointer { return unsafe.Pointer(&w.Saved[w.Depth%MaxSaved]) }

// SetTop is told where it goes now.
func (w *Wrap) SetTop(at uintptr) {
	w.Depth = uint64(at-uintptr(unsafe.Pointer(&w.Saved))) / uint64(unsafe.Sizeof(Saved{}))
}

// MaxSaved is how many words the longest chain takes: three of a context's own,
// and one that depends on it.
const MaxSaved = 4 * syscalls.MaxContexts

// CtxOffset is where in a task the contexts are.
const CtxOffset = unsafe.Offsetof(Task{}.Ctx)

// Set changes one of the task's words, and keeps what it was on the chain.
func (t *Task) Set(word *uint64, v uint64) {
	w := &t.Wrap
	// phase: save
	w.Saved[w.Depth%MaxSaved] = Saved{uintptr(unsafe.Pointer(word)) - uintptr(unsafe.Pointer(t)), *word}
	w.Depth++
	// phase: set
	*word = v
}

// Restore walks the chain backwards. execve does it at its point of no return,
// so that no context leaks into the new program; there is nothing to do the
// second time.
func (t *Task) Restore() {
	w := &t.Wrap
	for w.Depth > 0 {
		// phase: restore
		w.Depth--
		s := &w.Saved[w.Depth%MaxSaved]
		*(*uint64)(unsafe.Add(unsafe.Pointer(t), s.Word)) = s.Old
	}
	if w.mask {
		w.mask = false
		t.MaskChanged()
	}
}

// Masked is told that the chain has changed the signal mask, and will restore
// it.
func (t *Task) Masked() {
	t.Wrap.mask = true
	t.MaskChanged()
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
		t.Deadlines.init()
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
