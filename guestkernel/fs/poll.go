package fs

import (
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// What WakeFor is told: there is something to read, or room to write.
const (
	EventIn  = syscalls.POLLIN | syscalls.POLLRDNORM
	EventOut = syscalls.POLLOUT | syscalls.POLLWRNORM | syscalls.POLLWRBAND
)

// PollFD is struct pollfd of poll(2).
type PollFD struct {
	FD      int32
	Events  uint16
	Revents uint16
}

// PollTable is what a thread in poll(2) waits for: a place in the wait queue
// of each file. A nil table collects nothing.
type PollTable struct {
	first *pollWaiter
	file  *File   // whose Poll is called
	item  *epItem // if it is for an epoll, which stays in the queues
	full  bool    // there was no memory for it
}

type pollWaiter struct {
	sched.Waiter
	next *pollWaiter
	file *File // stays open as long as its queue is waited in
}

var pollWaiters mm.Pool[pollWaiter]

// Add puts the current thread into q as well.
func (pt *PollTable) Add(q *sched.WaitQueue) {
	if pt == nil {
		return
	}
	if pt.item != nil {
		pt.full = !pt.item.add(q) || pt.full
		return
	}
	w := pollWaiters.Get()
	if w == nil {
		return // the next look will be by the clock or by another file
	}
	q.Add(&w.Waiter)
	w.next, pt.first = pt.first, w
	w.file = pt.file.Ref()
}

func (pt *PollTable) free() {
	for w := pt.first; w != nil; {
		next := w.next
		w.Remove()
		w.file.Unref()
		pollWaiters.Put(w)
		w = next
	}
	pt.first = nil
}

var pollTables mm.Pool[PollTable]

// PollFDs is where the descriptors of a call are.
type PollFDs interface{ At(i int) *PollFD }

// Poll is poll(2) on the n descriptors of fds: it sleeps until one
// of them has an event, or the clock reaches deadline, and returns how many
// have one. always are the events that nobody has to ask for.
func Poll(t *FDTable, n int, fds PollFDs, always uint16, deadline uint64) (int, syscalls.Errno) {
	pt := pollTables.Get()
	if pt == nil {
		return 0, syscalls.ENOMEM
	}
	ready, err := 0, syscalls.Errno(0)
	for {
		ready = scan(t, n, fds, always, pt)
		if ready > 0 {
			break
		}
		why := sched.Block(deadline)
		pt.free()
		if why == sched.TimedOut {
			ready = scan(t, n, fds, always, nil)
			break
		}
		if why == sched.Interrupted {
			err = syscalls.EINTR
			break
		}
	}
	pt.free()
	pollTables.Put(pt)
	return ready, err
}

func scan(t *FDTable, n int, fds PollFDs, always uint16, pt *PollTable) (ready int) {
	for i := range n {
		p := fds.At(i)
		p.Revents = 0
		if p.FD < 0 {
			continue
		}
		f, err := t.Get(int(p.FD))
		if err != 0 || f.Flags&syscalls.O_PATH != 0 {
			p.Revents = syscalls.POLLNVAL
		} else {
			if pt != nil {
				pt.file = f
			}
			p.Revents = f.Ops.Poll(f, pt) & (p.Events | always)
		}
		if p.Revents != 0 {
			ready++
			pt = nil // nobody sleeps now
		}
	}
	return ready
}
