//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// Action is what a signal does, as rt_sigaction(2) has it.
type Action struct {
	Handler, Flags, Restorer uint64
	Mask                     uint64
	// Narrow says that a 32-bit call has set it: the handler is 32-bit code.
	Narrow bool
}

// Info is a signal that has been sent, as far as its siginfo matters.
type Info struct {
	Signo, Code int32
	Pid         int32
	UID         uint32
	Value       uint64 // si_value, or a child's si_status
	Addr        uint64 // si_addr of a fault
}

// Signals that the kernel itself looks at, as bits of a set.
const (
	sigKill = 1 << (syscalls.SIGKILL - 1)
	sigStop = 1 << (syscalls.SIGSTOP - 1)
	sigCont = 1 << (syscalls.SIGCONT - 1)

	// unblockable cannot be blocked, caught or ignored.
	unblockable = sigKill | sigStop
	// stopping stop a process by default, ignored do nothing (signal(7)); all
	// others end it.
	stopping = sigStop | 1<<(syscalls.SIGTSTP-1) | 1<<(syscalls.SIGTTIN-1) | 1<<(syscalls.SIGTTOU-1)
	ignored  = sigCont | 1<<(syscalls.SIGCHLD-1) | 1<<(syscalls.SIGURG-1) | 1<<(syscalls.SIGWINCH-1)
	// synchronous ones go first: they belong to the instruction before.
	synchronous = 1<<(syscalls.SIGSEGV-1) | 1<<(syscalls.SIGBUS-1) | 1<<(syscalls.SIGILL-1) |
		1<<(syscalls.SIGTRAP-1) | 1<<(syscalls.SIGFPE-1) | 1<<(syscalls.SIGSYS-1)

	firstRT = 32
)

func bit(sig int) uint64 { return 1 << (sig - 1) }

// queued is a signal that waits, on the list of its queue.
type queued struct {
	Info
	next *queued
}

var queuedPool mm.Pool[queued]

// sigQueue is the signals that wait for a thread, or for any thread of a
// process: a bit for each, and their siginfo in the order in which they came.
type sigQueue struct {
	set        uint64
	head, tail *queued
}

// add queues a signal; EAGAIN if memory is full and the signal is one of those
// that must not be lost.
func (q *sigQueue) add(i *Info) syscalls.Errno {
	n := queuedPool.Get()
	if n == nil && i.Signo >= firstRT && i.Code != syscalls.SI_USER {
		return syscalls.EAGAIN
	}
	q.set |= bit(int(i.Signo))
	if n == nil {
		return 0
	}
	n.Info, n.next = *i, nil
	if q.tail != nil {
		q.tail.next = n
	} else {
		q.head = n
	}
	q.tail = n
	return 0
}

// take removes the first signal of a number, and gives its siginfo.
func (q *sigQueue) take(sig int, i *Info) {
	*i = Info{Signo: int32(sig)}
	found, more := false, false
	var prev *queued
	for n := q.head; n != nil; {
		next := n.next
		switch {
		case int(n.Signo) != sig:
			prev = n
		case found:
			more = true
			prev = n
		default:
			found = true
			*i = n.Info
			q.unlink(prev, n)
		}
		n = next
	}
	if !more {
		q.set &^= bit(sig)
	}
}

func (q *sigQueue) unlink(prev, n *queued) {
	if prev != nil {
		prev.next = n.next
	} else {
		q.head = n.next
	}
	if q.tail == n {
		q.tail = prev
	}
	queuedPool.Put(n)
}

// drop removes all signals of a set.
func (q *sigQueue) drop(set uint64) {
	var prev *queued
	for n := q.head; n != nil; {
		next := n.next
		if bit(int(n.Signo))&set != 0 {
			q.unlink(prev, n)
		} else {
			prev = n
		}
		n = next
	}
	q.set &^= set
}

func (q *sigQueue) clear() { q.drop(^uint64(0)) }

// Mask is the signal mask that is in force: here the context SIGMASK is looked
// at.
func (t *Task) Mask() uint64 {
	switch {
	case t.Ctx[syscalls.CtxSigmask][0] != 0:
		return t.Ctx[syscalls.CtxSigmask][1] &^ unblockable
	case t.hasTemp:
		return t.temp
	}
	return t.Blocked
}

// PendingSet is the signals that wait for the thread, blocked or not.
func (t *Task) PendingSet() uint64 { return t.pending.set | t.Proc.pending.set }

// recalc finds out whether something waits that interrupts a sleep.
func (t *Task) recalc() {
	t.Pending = t.dying() || t.Proc.stopped || t.PendingSet()&^t.Mask() != 0
}

// MaskChanged is told that another mask is in force. A signal of the process
// that this thread lets in now may have waited for that.
func (t *Task) MaskChanged() { t.recalc() }

// SetBlocked sets the thread's own mask.
func (t *Task) SetBlocked(mask uint64) {
	t.Blocked = mask &^ unblockable
	t.recalc()
}

// SwapMask puts a mask in force for the call under way, as the context SIGMASK
// does; UnswapMask ends it. If the call was interrupted, the mask stays in
// force until the signal has been delivered.
func (t *Task) SwapMask(mask uint64) (old Context) {
	c := &t.Ctx[syscalls.CtxSigmask]
	old = *c
	*c = Context{uint64(syscalls.CtxSigmask), mask}
	t.MaskChanged()
	return old
}

// UnswapMask ends what SwapMask began, when the call has returned r.
func (t *Task) UnswapMask(old Context, r int64) {
	t.KeepMask(r)
	t.Ctx[syscalls.CtxSigmask] = old
	t.MaskChanged()
}

// KeepMask is called before a mask of SIGMASK is restored, with the result of
// the call. A signal that has interrupted the call is delivered under that
// mask; else it would be lost to the caller: EINTR, and no handler that ran.
func (t *Task) KeepMask(r int64) {
	if r == -int64(syscalls.EINTR) && t.Ctx[syscalls.CtxSigmask][0] != 0 {
		t.hasTemp, t.temp = true, t.Mask()
	}
}

// Action is what a signal does to the process.
func (t *Task) Action(sig int) *Action { return &t.Proc.actions[sig-1] }

// knownFlags are the flags that rt_sigaction(2) keeps: by what it gives back,
// programs find out which there are.
const knownFlags = syscalls.SA_NOCLDSTOP | syscalls.SA_NOCLDWAIT | syscalls.SA_SIGINFO | syscalls.SA_ONSTACK |
	syscalls.SA_RESTART | syscalls.SA_NODEFER | syscalls.SA_RESETHAND | syscalls.SA_RESTORER

// SetAction is rt_sigaction(2).
func (t *Task) SetAction(sig int, a *Action) {
	a.Mask &^= unblockable
	a.Flags &= knownFlags
	*t.Action(sig) = *a
	if a.Handler == syscalls.SIG_IGN || a.Handler == syscalls.SIG_DFL && ignored&bit(sig) != 0 {
		// What is ignored does not even wait.
		t.Proc.pending.drop(bit(sig))
		t.Proc.eachThread(func(o *Task) {
			o.pending.drop(bit(sig))
			o.recalc()
		})
	}
}

// ignores reports whether a signal to t would do nothing.
func (t *Task) ignores(sig int) bool {
	if (t.Blocked|t.Mask())&bit(sig) != 0 {
		return false // its action may be another when it is let in
	}
	h := t.Action(sig).Handler
	return h == syscalls.SIG_IGN || h == syscalls.SIG_DFL && (ignored&bit(sig) != 0 || t.spared())
}

// spared: the first process has no default actions, not even that of SIGKILL.
func (t *Task) spared() bool { return t.Tgid() == 1 }

// Send sends a signal to a thread or, if process is set, to the process that it
// stands for.
func (t *Task) Send(i *Info, process bool) syscalls.Errno {
	g := t.Proc
	sig := int(i.Signo)
	g.prepare(sig)
	if t.ignores(sig) || g.exiting || t.State != Alive && !process {
		return 0
	}
	q := &t.pending
	if process {
		q = &g.pending
	}
	if sig < firstRT && q.set&bit(sig) != 0 {
		return 0 // one of them waits already
	}
	if err := q.add(i); err != 0 {
		return err
	}
	if process {
		g.wakeOne(sig, t)
	} else {
		t.wakeFor(sig)
	}
	return 0
}

// prepare is what a signal does when it is sent, blocked or not: SIGCONT undoes
// stops, stops undo SIGCONT, and SIGKILL finds nobody asleep.
func (g *Process) prepare(sig int) {
	drop := uint64(0)
	switch {
	case sig == syscalls.SIGCONT:
		drop = stopping
	case bit(sig)&stopping != 0:
		drop = sigCont
	}
	if drop != 0 {
		g.pending.drop(drop)
		g.eachThread(func(t *Task) { t.pending.drop(drop) })
	}
	if sig == syscalls.SIGKILL && g.stopped {
		g.stopped, g.reported = false, nothingNew
		g.parked.WakeAll()
	}
	if sig == syscalls.SIGCONT && g.stopped {
		g.stopped, g.reported = false, hasContinued
		g.parked.WakeAll()
		g.tellParent(syscalls.CLD_CONTINUED, syscalls.SIGCONT)
	}
}

// wakeFor interrupts a thread that lets the signal in.
func (t *Task) wakeFor(sig int) {
	if bit(sig)&^t.Mask() != 0 {
		sched.Interrupt(&t.Thread)
	}
	signalQueue.WakeAll()
}

// wakeOne interrupts a thread of the process that lets the signal in, the
// first choice before others.
func (g *Process) wakeOne(sig int, first *Task) {
	if first.State == Alive && bit(sig)&^first.Mask() != 0 {
		first.wakeFor(sig)
		return
	}
	done := false
	g.eachThread(func(t *Task) {
		if !done && bit(sig)&^t.Mask() != 0 {
			done = true
			t.wakeFor(sig)
		}
	})
	signalQueue.WakeAll()
}

// signalQueue is where those sleep who wait for a signal that they block:
// rt_sigtimedwait, and poll on a signalfd.
var signalQueue sched.WaitQueue

// SignalQueue is that queue.
func SignalQueue() *sched.WaitQueue { return &signalQueue }

// Take removes a signal of a set from those that wait for the thread or its
// process, synchronous ones first, then the lowest; false if there is none.
func (t *Task) Take(set uint64, i *Info) bool {
	for _, q := range [...]*sigQueue{&t.pending, &t.Proc.pending} {
		s := q.set & set
		if s == 0 {
			continue
		}
		if s&synchronous != 0 {
			s &= synchronous
		}
		q.take(lowest(s), i)
		if i.Code == syscalls.SI_TIMER {
			t.Proc.timerTaken(i)
		}
		t.recalc()
		return true
	}
	return false
}

// lowest is the lowest signal of a set that is not empty.
func lowest(set uint64) int {
	sig := 1
	for set&1 == 0 {
		set >>= 1
		sig++
	}
	return sig
}

// Force sends a signal that the thread itself has brought about, a fault for
// one: it cannot be blocked or ignored.
func (t *Task) Force(i *Info) {
	sig := int(i.Signo)
	a := t.Action(sig)
	if a.Handler == syscalls.SIG_IGN || t.Mask()&bit(sig) != 0 || t.spared() {
		*a = Action{}
	}
	t.Blocked &^= bit(sig)
	t.hasTemp = false
	if t.spared() && a.Handler == syscalls.SIG_DFL {
		t.ExitGroup(sig)
	}
	t.pending.add(i)
	t.recalc()
}

// from is the siginfo of a signal that a call of t's sends.
func (t *Task) from(sig int, code int32) Info {
	return Info{Signo: int32(sig), Code: code, Pid: int32(t.Tgid()), UID: t.User.Real}
}

// Sigpipe sends the thread SIGPIPE, as pipe(7) has it.
func (t *Task) Sigpipe() {
	i := t.from(syscalls.SIGPIPE, syscalls.SI_USER)
	t.Send(&i, false)
}

// maySignal reports whether t may send a signal to o (kill(2)): by its own ids,
// never by those of a context.
func (t *Task) maySignal(o *Task, sig int) bool {
	if t.Privileged() || t.Proc == o.Proc {
		return true
	}
	u, v := &t.User, &o.User
	if u.Effective == v.Saved || u.Effective == v.Real || u.Real == v.Saved || u.Real == v.Real {
		return true
	}
	return sig == syscalls.SIGCONT && t.Sid == o.Sid
}

// Kill is kill(2).
func (t *Task) Kill(pid, sig int) syscalls.Errno {
	if sig < 0 || sig > syscalls.NumSignals {
		return syscalls.EINVAL
	}
	err, any := syscalls.ESRCH, false
	for i := range tasks {
		o := &tasks[i]
		if o.State == Free || !o.IsLeader() || !o.killedBy(t, pid) {
			continue
		}
		switch {
		case !t.maySignal(o, sig):
			if !any {
				err = syscalls.EPERM
			}
		default:
			err, any = t.send(o, sig, syscalls.SI_USER, true), true
		}
	}
	return err
}

// killedBy reports whether a process is among those that kill(2) with pid
// means.
func (o *Task) killedBy(t *Task, pid int) bool {
	switch {
	case pid > 0:
		// A thread's id means its process, too.
		p := Find(pid)
		return p != nil && p.Proc == o.Proc
	case pid == 0:
		return o.PGrp == t.Proc.Leader.PGrp
	case pid == -1:
		return o.Pid != 1 && o.Proc != t.Proc
	}
	return o.PGrp == -pid
}

// send sends a signal, or with signal 0 only looks whether it could.
func (t *Task) send(o *Task, sig int, code int32, process bool) syscalls.Errno {
	if sig == 0 || o.Proc == nil || o.Proc.threads == 0 {
		return 0
	}
	i := t.from(sig, code)
	return o.Send(&i, process)
}

// Tgkill is tgkill(2), and with tgid 0 tkill(2).
func (t *Task) Tgkill(tgid, tid, sig int) syscalls.Errno {
	if sig < 0 || sig > syscalls.NumSignals || tid <= 0 || tgid < 0 {
		return syscalls.EINVAL
	}
	o := Find(tid)
	if o == nil || o.Proc == nil || tgid != 0 && o.Tgid() != tgid {
		return syscalls.ESRCH
	}
	if !t.maySignal(o, sig) {
		return syscalls.EPERM
	}
	return t.send(o, sig, syscalls.SI_TKILL, false)
}

// Queue is rt_sigqueueinfo(2), to a process, and rt_tgsigqueueinfo(2), to a
// thread.
func (t *Task) Queue(tgid, tid int, process bool, i *Info) syscalls.Errno {
	o := Find(tid)
	switch {
	case i.Signo < 0 || i.Signo > syscalls.NumSignals:
		return syscalls.EINVAL
	case o == nil || o.Proc == nil, !process && o.Tgid() != tgid:
		return syscalls.ESRCH
	case (i.Code >= 0 || i.Code == syscalls.SI_TKILL) && o.Proc != t.Proc:
		return syscalls.EPERM // no one may claim to be the kernel, or kill
	case !t.maySignal(o, int(i.Signo)):
		return syscalls.EPERM
	case i.Signo == 0 || o.Proc.threads == 0:
		return 0
	case process:
		o = o.Proc.Leader // a thread's id means its process, too
	}
	return o.Send(i, process)
}

// tellParent sends SIGCHLD for a stop or a continuation.
func (g *Process) tellParent(code int32, status int) {
	p := g.Leader.Parent
	if p == nil {
		return
	}
	p.Proc.children.WakeAll()
	a := p.Action(syscalls.SIGCHLD)
	if a.Handler == syscalls.SIG_IGN || a.Flags&syscalls.SA_NOCLDSTOP != 0 {
		return
	}
	i := Info{Signo: syscalls.SIGCHLD, Code: code, Pid: int32(g.Leader.Pid), UID: g.Leader.User.Real, Value: uint64(status)}
	p.Send(&i, true)
}

// notifyParent tells the parent of a process that it has ended: by the signal
// that its clone asked for. A parent that ignores SIGCHLD does not wait.
func (g *Process) notifyParent() {
	l := g.Leader
	p := l.Parent
	a := p.Action(syscalls.SIGCHLD)
	unwaited := l.exitSignal == syscalls.SIGCHLD &&
		(a.Handler == syscalls.SIG_IGN || a.Flags&syscalls.SA_NOCLDWAIT != 0)
	if sig := l.exitSignal; sig != 0 && a.Handler != syscalls.SIG_IGN {
		i := Info{Signo: int32(sig), Pid: int32(l.Pid), UID: l.User.Real}
		i.Code, i.Value = childStatus(g.status)
		p.Send(&i, true)
	}
	if unwaited {
		l.reap()
	}
	p.Proc.children.WakeAll()
}

// childStatus is the si_code and si_status of a wait status.
func childStatus(status int) (code int32, value uint64) {
	if sig := status & 0x7f; sig != 0 {
		return syscalls.CLD_KILLED, uint64(sig)
	}
	return syscalls.CLD_EXITED, uint64(status >> 8)
}
