// Package sched is the scheduler: kernel threads, wait queues, and the clock's
// deadlines. There is one CPU. The kernel is not preempted: a thread runs in
// the kernel, with interrupts off, until it sleeps or goes back to user mode,
// so that what it does between two sleeps is atomic. User mode is preempted
// by the timer interrupt.
//
// Begin with [WaitQueue.Sleep] and [WaitQueue.WakeAll]; [Block] is below both.
package sched

import "sysindvm/guestkernel/arch"

// State is what a thread is doing.
type State uint8

const (
	Dead     State = iota // not on any queue; its stack may go away
	Runnable              // on the run queue, or running
	Sleeping              // until a wake or its deadline
)

// Wake says why a sleep ended.
type Wake uint8

const (
	Woken       Wake = iota // by a wake queue
	TimedOut                // the deadline passed
	Interrupted             // by Interrupt: a signal waits
)

// Never is the deadline of a sleep without one.
const Never = ^uint64(0)

// Thread is a kernel thread, the kernel's half of a task.
type Thread struct {
	G     arch.G
	FPU   arch.FPU  // of user mode, while the thread does not run
	Root  uint64    // the page table it runs on
	Segs  arch.Segs // of user mode, while the thread does not run
	State State
	// Ran is how long the thread has run, in ns, but for the time since it got
	// the CPU: see Used.
	Ran uint64
	// Limit is a deadline for every sleep of the system call under way, in
	// time since boot in ns; Never for none. It is for the TIMEOUT context.
	Limit uint64
	// Pending is set while a signal waits that interrupts sleeps.
	Pending bool

	wake     Wake
	deadline uint64
	next     *Thread // on the run queue
	sleepers *Thread // the list of threads that sleep with a deadline
	waiter   Waiter  // of Sleep
}

// Waiter is a thread's place in a wait queue. A thread that waits for
// several things has several.
type Waiter struct {
	// Notify, if not nil, is called in place of waking a thread (epoll): in
	// whatever the waker is doing, so that it must not sleep.
	// events are what has happened, as poll(2) numbers it.
	Notify     func(w *Waiter, events uint32)
	t          *Thread
	q          *WaitQueue
	prev, next *Waiter
}

// WaitQueue is where threads wait for something to happen. Its zero value is
// an empty queue.
type WaitQueue struct{ head, tail *Waiter }

// Add puts the current thread into q, by w, without going to sleep.
func (q *WaitQueue) Add(w *Waiter) {
	w.t, w.q, w.prev, w.next = current, q, q.tail, nil
	if q.tail != nil {
		q.tail.next = w
	} else {
		q.head = w
	}
	q.tail = w
}

// Remove takes w out of the queue that it is in, if any.
func (w *Waiter) Remove() {
	q := w.q
	if q == nil {
		return
	}
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		q.head = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		q.tail = w.prev
	}
	w.q = nil
}

// Sleep lets the current thread wait in q until it is woken, a signal comes,
// or the clock reaches deadline (ns since boot; [Never]). The caller looks
// again at what it waits for: a wake is a hint.
func (q *WaitQueue) Sleep(deadline uint64) Wake {
	w := &current.waiter
	q.Add(w)
	why := Block(deadline)
	w.Remove()
	return why
}

// WakeAll wakes every thread in q.
func (q *WaitQueue) WakeAll() { q.WakeFor(^uint32(0)) }

// WakeFor is WakeAll where it is known what has happened.
func (q *WaitQueue) WakeFor(events uint32) {
	for w := q.head; w != nil; w = w.next {
		if w.Notify != nil {
			w.Notify(w, events)
		} else {
			wakeThread(w.t, Woken)
		}
	}
}

// WakeOne wakes the thread that has waited in q longest and still sleeps.
func (q *WaitQueue) WakeOne() {
	for w := q.head; w != nil; w = w.next {
		if w.Notify == nil && w.t.State == Sleeping {
			wakeThread(w.t, Woken)
			return
		}
		if w.Notify != nil {
			w.Notify(w, ^uint32(0))
		}
	}
}

// Empty reports whether no thread waits in q.
func (q *WaitQueue) Empty() bool { return q.head == nil }

var (
	current   *Thread
	idle      Thread // what runs when nothing else does: the boot stack
	runHead   *Thread
	runTail   *Thread
	sleepHead *Thread // threads that sleep with a deadline, unordered
)

// Current is the thread that runs.
func Current() *Thread { return current }

// Block puts the current thread to sleep until it is woken, or until deadline
// or the thread's Limit, whichever is earlier.
func Block(deadline uint64) Wake {
	t := current
	if t.Pending {
		return Interrupted
	}
	deadline = min(deadline, t.Limit)
	if deadline != Never && deadline <= arch.Now() {
		return TimedOut
	}
	t.State, t.deadline = Sleeping, deadline
	if deadline != Never {
		t.sleepers, sleepHead = sleepHead, t
	}
	reschedule()
	return t.wake
}

// Interrupt ends t's sleep because a signal waits.
func Interrupt(t *Thread) {
	t.Pending = true
	wakeThread(t, Interrupted)
}

// Start makes t runnable.
func Start(t *Thread) {
	t.State = Runnable
	enqueue(t)
}

// Exit ends the current thread: it never runs again.
func Exit() {
	current.State = Dead
	reschedule()
	arch.Panic("sched.Exit: a dead thread runs")
}

// Yield lets the other runnable threads go first.
func Yield() {
	if runHead == nil {
		return
	}
	enqueue(current)
	reschedule()
}

func wakeThread(t *Thread, why Wake) {
	if t.State != Sleeping {
		return
	}
	if t.deadline != Never {
		for p := &sleepHead; *p != nil; p = &(*p).sleepers {
			if *p == t {
				*p = t.sleepers
				break
			}
		}
	}
	t.State, t.wake, t.sleepers = Runnable, why, nil
	enqueue(t)
}

func enqueue(t *Thread) {
	t.next = nil
	if runTail != nil {
		runTail.next = t
	} else {
		runHead = t
	}
	runTail = t
}

func dequeue() *Thread {
	t := runHead
	if t != nil {
		if runHead = t.next; runHead == nil {
			runTail = nil
		}
	}
	return t
}

// Expire wakes the threads whose deadline has passed.
func Expire(now uint64) {
	for t := sleepHead; t != nil; {
		next := t.sleepers
		if t.deadline <= now {
			wakeThread(t, TimedOut)
		}
		t = next
	}
	for {
		t := timerHead
		for t != nil && t.deadline > now {
			t = t.next
		}
		if t == nil {
			return
		}
		t.Stop()
		t.Fire(t)
	}
}

// Timer calls a function when the clock reaches a point in time. Its zero
// value is not set.
type Timer struct {
	// Fire is called with interrupts off; it may set the timer anew, for a
	// time that has not come.
	Fire     func(*Timer)
	deadline uint64
	set      bool
	next     *Timer
}

var timerHead *Timer // unordered

// Set has the timer fire at deadline, in ns since boot, and not when it was to
// before.
func (t *Timer) Set(deadline uint64) {
	t.Stop()
	t.deadline, t.set = deadline, true
	t.next, timerHead = timerHead, t
}

// Stop has the timer not fire.
func (t *Timer) Stop() {
	if !t.set {
		return
	}
	for p := &timerHead; *p != nil; p = &(*p).next {
		if *p == t {
			*p = t.next
			break
		}
	}
	t.set, t.next = false, nil
}

// Deadline is when the timer will fire; Never if it is not set.
func (t *Timer) Deadline() uint64 {
	if !t.set {
		return Never
	}
	return t.deadline
}

// Timers is how many timers are set.
func Timers() int {
	n := 0
	for t := timerHead; t != nil; t = t.next {
		n++
	}
	return n
}

// NextDeadline is the earliest deadline of a sleeping thread or a timer, or
// Never.
func NextDeadline() uint64 {
	d := uint64(Never)
	for t := timerHead; t != nil; t = t.next {
		d = min(d, t.deadline)
	}
	for t := sleepHead; t != nil; t = t.sleepers {
		d = min(d, t.deadline)
	}
	return d
}

// Others reports whether a thread other than the current one is runnable.
func Others() bool { return runHead != nil }
