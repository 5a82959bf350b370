package fs

import (
	"unsafe"

	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// epoll(7). An epoll has an item for each descriptor that it watches, which
// stays in the file's wait queues. When something happens there, the item
// goes to the epoll's list of those that may be ready; epoll_wait looks at
// them again, and leaves in the list those that are watched by level.

type epoll struct {
	items *epItem
	ready epList
	wait  sched.WaitQueue
}

// epItem is one descriptor that an epoll watches.
type epItem struct {
	ep        *epoll
	file      *File
	fd        int
	events    uint32
	data      uint64
	next      *epItem // of the epoll's
	nextOf    *epItem // of the file's
	nextReady *epItem
	inReady   bool
	waiters   *epWaiter
}

// epWaiter is an item's place in a wait queue.
type epWaiter struct {
	sched.Waiter // first: epNotify converts
	item         *epItem
	next         *epWaiter
}

// epList is a queue of items that may be ready.
type epList struct {
	head, tail *epItem
	n          int
}

func (l *epList) push(i *epItem) {
	if i.inReady {
		return
	}
	i.inReady, i.nextReady = true, nil
	if l.tail != nil {
		l.tail.nextReady = i
	} else {
		l.head = i
	}
	l.tail = i
	l.n++
}

func (l *epList) pop() *epItem {
	i := l.head
	if l.head = i.nextReady; l.head == nil {
		l.tail = nil
	}
	i.inReady = false
	l.n--
	return i
}

func (l *epList) remove(i *epItem) {
	if !i.inReady {
		return
	}
	for n := l.n; n > 0; n-- {
		if o := l.pop(); o != i {
			l.push(o)
		}
	}
}

var (
	epolls    mm.Pool[epoll]
	epItems   mm.Pool[epItem]
	epWaiters mm.Pool[epWaiter]
)

type epollFile struct{}

var epollOps epollFile

// NewEpoll makes one.
func NewEpoll() (*File, syscalls.Errno) {
	ep := epolls.Get()
	if ep == nil {
		return nil, syscalls.ENOMEM
	}
	f := NewAnon(&epollOps, unsafe.Pointer(ep), syscalls.O_RDWR)
	if f == nil {
		epolls.Put(ep)
		return nil, syscalls.ENFILE
	}
	return f, 0
}

// epollOf is the epoll behind a file; nil if it is none.
func epollOf(f *File) *epoll {
	if f.Ops != FileOps(&epollOps) {
		return nil
	}
	return (*epoll)(f.Priv)
}

// Flags of an item's events; the others are poll's.
const epOptions = syscalls.EPOLLET | syscalls.EPOLLONESHOT | syscalls.EPOLLWAKEUP | syscalls.EPOLLEXCLUSIVE

// EpollCtl is epoll_ctl(2) on the file behind fd.
func EpollCtl(f *File, op uint32, target *File, fd int, events uint32, data uint64) syscalls.Errno {
	ep := epollOf(f)
	switch {
	case !target.pollable():
		return syscalls.EPERM
	case ep == nil || f == target:
		return syscalls.EINVAL
	}
	const exclusive = syscalls.EPOLLEXCLUSIVE | syscalls.EPOLLIN | syscalls.EPOLLOUT | syscalls.EPOLLERR |
		syscalls.EPOLLHUP | syscalls.EPOLLWAKEUP | syscalls.EPOLLET
	if op != syscalls.EPOLL_CTL_DEL && events&syscalls.EPOLLEXCLUSIVE != 0 &&
		(op == syscalls.EPOLL_CTL_MOD || events&^exclusive != 0 || epollOf(target) != nil) {
		return syscalls.EINVAL
	}
	i := ep.find(target, fd)
	events |= syscalls.EPOLLERR | syscalls.EPOLLHUP
	switch op {
	case syscalls.EPOLL_CTL_ADD:
		if inner := epollOf(target); inner != nil && (inner.watches(ep, 0) || inner.depth(0) >= maxNests) {
			return syscalls.ELOOP
		}
		if i != nil {
			return syscalls.EEXIST
		}
		return ep.add(target, fd, events, data)
	case syscalls.EPOLL_CTL_DEL:
		if i == nil {
			return syscalls.ENOENT
		}
		i.drop()
		return 0
	case syscalls.EPOLL_CTL_MOD:
		switch {
		case i == nil:
			return syscalls.ENOENT
		case i.events&syscalls.EPOLLEXCLUSIVE != 0:
			return syscalls.EINVAL
		}
		i.events, i.data = events, data
		i.look()
		return 0
	}
	return syscalls.EINVAL
}

// maxNests is how deep epolls may watch epolls.
const maxNests = 5

// watches reports whether ep watches o, through others or not.
func (ep *epoll) watches(o *epoll, depth int) bool {
	if ep == o {
		return true
	}
	for i := ep.items; i != nil && depth < maxNests; i = i.next {
		if in := epollOf(i.file); in != nil && in.watches(o, depth+1) {
			return true
		}
	}
	return false
}

// depth is how many epolls are below ep.
func (ep *epoll) depth(at int) int {
	d := at
	for i := ep.items; i != nil && at < maxNests; i = i.next {
		if in := epollOf(i.file); in != nil {
			d = max(d, in.depth(at+1))
		}
	}
	return d
}

// pollable: a change of the file's state is announced somewhere.
func (f *File) pollable() bool {
	return f.Ops != FileOps(&ramOps) && f.Ops != FileOps(&procOps) && !f.isMem()
}

func (ep *epoll) find(f *File, fd int) *epItem {
	for i := ep.items; i != nil; i = i.next {
		if i.file == f && i.fd == fd {
			return i
		}
	}
	return nil
}

func (ep *epoll) add(f *File, fd int, events uint32, data uint64) syscalls.Errno {
	i := epItems.Get()
	if i == nil {
		return syscalls.ENOMEM
	}
	i.ep, i.file, i.fd, i.events, i.data = ep, f, fd, events, data
	i.next, ep.items = ep.items, i
	i.nextOf, f.eps = f.eps, i
	pt := pollTables.Get()
	if pt == nil {
		i.drop()
		return syscalls.ENOMEM
	}
	pt.item = i
	f.Ops.Poll(f, pt)
	full := pt.full
	pollTables.Put(pt)
	if full {
		i.drop()
		return syscalls.ENOMEM
	}
	i.look()
	return 0
}

// drop ends an item.
func (i *epItem) drop() {
	for w := i.waiters; w != nil; {
		next := w.next
		w.Remove()
		epWaiters.Put(w)
		w = next
	}
	i.ep.ready.remove(i)
	for p := &i.ep.items; *p != nil; p = &(*p).next {
		if *p == i {
			*p = i.next
			break
		}
	}
	for p := &i.file.eps; *p != nil; p = &(*p).nextOf {
		if *p == i {
			*p = i.nextOf
			break
		}
	}
	epItems.Put(i)
}

// unwatch ends the items of a file that is closed.
func (f *File) unwatch() {
	for f.eps != nil {
		f.eps.drop()
	}
}

// look puts an item that has an event into the list.
func (i *epItem) look() {
	if i.now() != 0 {
		i.mark()
	}
}

// now is which of the events that an item asks for hold.
func (i *epItem) now() uint32 {
	if i.events&^epOptions == 0 {
		return 0 // EPOLLONESHOT, and it has had its shot
	}
	return uint32(i.file.Ops.Poll(i.file, nil)) & i.events
}

func (i *epItem) mark() {
	i.ep.ready.push(i)
	i.ep.wait.WakeAll()
}

// epNotify is called when something happens to an item's file.
func epNotify(w *sched.Waiter, events uint32) {
	if i := (*epWaiter)(unsafe.Pointer(w)).item; i.events&^epOptions&events != 0 {
		i.mark()
	}
}

// addItem is PollTable.Add for an epoll's item.
func (i *epItem) add(q *sched.WaitQueue) bool {
	w := epWaiters.Get()
	if w == nil {
		return false
	}
	w.Notify, w.item = epNotify, i
	w.next, i.waiters = i.waiters, w
	q.Add(&w.Waiter)
	return true
}

// epEvent is the size of struct epoll_event, which is packed.
const epEvent = 12

// EpollWait is epoll_wait(2): it writes at most limit events to b, and waits
// for the first until the clock reaches deadline.
func EpollWait(f *File, b mm.Buf, limit int, deadline uint64) (int, syscalls.Errno) {
	ep := epollOf(f)
	if ep == nil {
		return 0, syscalls.EINVAL
	}
	f.Ref() // another thread may close it meanwhile
	n, err := 0, syscalls.Errno(0)
	for done := false; ; {
		n, err = ep.harvest(b, limit)
		if n > 0 || err != 0 || done {
			break
		}
		switch ep.wait.Sleep(deadline) {
		case sched.TimedOut:
			done = true
		case sched.Interrupted:
			n, err = ep.harvest(b, limit) // events go before a signal
			if n == 0 && err == 0 {
				err = syscalls.EINTR
			}
			done = true
		}
		if err != 0 || n > 0 {
			break
		}
	}
	f.Unref()
	return n, err
}

// harvest takes from the list what is ready.
func (ep *epoll) harvest(b mm.Buf, limit int) (n int, err syscalls.Errno) {
	for todo := ep.ready.n; todo > 0 && n < limit; todo-- {
		i := ep.ready.pop()
		ev := i.now()
		if ev == 0 {
			continue
		}
		var e [epEvent]byte
		put32(e[0:], ev)
		put64(e[4:], i.data)
		if _, err := b.Write(n*epEvent, e[:]); err != 0 {
			ep.ready.push(i)
			if n > 0 {
				return n, 0
			}
			return 0, err
		}
		n++
		switch {
		case i.events&syscalls.EPOLLONESHOT != 0:
			i.events &= epOptions
		case i.events&syscalls.EPOLLET == 0:
			ep.ready.push(i)
		}
	}
	return n, 0
}

func (*epollFile) Read(f *File, io IO) (int, syscalls.Errno)  { return 0, syscalls.EINVAL }
func (*epollFile) Write(f *File, io IO) (int, syscalls.Errno) { return 0, syscalls.EINVAL }
func (*epollFile) Seekable() bool                             { return false }

// Poll: an epoll is readable when one of its items is ready.
func (*epollFile) Poll(f *File, pt *PollTable) uint16 {
	ep := epollOf(f)
	pt.Add(&ep.wait)
	for i := ep.ready.head; i != nil; i = i.nextReady {
		if i.now() != 0 {
			return syscalls.POLLIN | pollRdNorm
		}
	}
	return 0
}

func (*epollFile) Close(f *File) {
	ep := epollOf(f)
	for ep.items != nil {
		ep.items.drop()
	}
	epolls.Put(ep)
}
