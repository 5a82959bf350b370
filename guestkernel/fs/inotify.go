package fs

import (
	"unsafe"

	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// inotify(7). An inode has a list of those who watch it. What happens to a
// file is told to them, and to those who watch a directory that it has a name
// in.

type inotify struct {
	watches     *inWatch
	first, last *inEvent
	queued      int
	lastWD      int32
	wait        sched.WaitQueue
}

// inWatch is one inode that one inotify watches. It does not keep the inode.
type inWatch struct {
	in      *inotify
	inode   *Inode
	wd      int32
	mask    uint32
	next    *inWatch // of the inotify's
	nextOf  *inWatch // of the inode's
	nextAll *inWatch
}

// inEvent waits to be read.
type inEvent struct {
	next         *inEvent
	wd           int32
	mask, cookie uint32
	n            uint8
	name         [nameMax]byte
}

var (
	inotifies mm.Pool[inotify]
	inWatches mm.Pool[inWatch]
	inEvents  mm.Pool[inEvent]
	watching  *inWatch // all watches
	cookies   uint32   // of renames
)

// maxQueued is how many events wait at most (fs.inotify.max_queued_events).
const maxQueued = 16384

type inotifyFile struct{}

var inotifyOps inotifyFile

// NewInotify makes one: flags are O_NONBLOCK or 0.
func NewInotify(flags uint32) (*File, syscalls.Errno) {
	in := inotifies.Get()
	if in == nil {
		return nil, syscalls.ENOMEM
	}
	f := NewAnon(&inotifyOps, unsafe.Pointer(in), syscalls.O_RDONLY|flags)
	if f == nil {
		inotifies.Put(in)
		return nil, syscalls.ENFILE
	}
	return f, 0
}

func inotifyOf(f *File) *inotify {
	if f.Ops != FileOps(&inotifyOps) {
		return nil
	}
	return (*inotify)(f.Priv)
}

// InotifyCheck says whether mask is one, and f an inotify.
func InotifyCheck(f *File, mask uint32) syscalls.Errno {
	const all = syscalls.IN_ALL_EVENTS | syscalls.IN_ONLYDIR | syscalls.IN_DONT_FOLLOW | syscalls.IN_EXCL_UNLINK |
		syscalls.IN_MASK_CREATE | syscalls.IN_MASK_ADD | syscalls.IN_ISDIR | syscalls.IN_ONESHOT
	const both = syscalls.IN_MASK_ADD | syscalls.IN_MASK_CREATE
	switch {
	case mask&all == 0, mask&both == both, inotifyOf(f) == nil:
		return syscalls.EINVAL
	}
	return 0
}

// InotifyAdd is inotify_add_watch(2) on an inode; its flags are checked.
func InotifyAdd(f *File, i *Inode, mask uint32) (int, syscalls.Errno) {
	in := inotifyOf(f)
	const kept = syscalls.IN_ALL_EVENTS | syscalls.IN_ONESHOT
	for w := in.watches; w != nil; w = w.next {
		if w.inode != i {
			continue
		}
		switch {
		case mask&syscalls.IN_MASK_CREATE != 0:
			return 0, syscalls.EEXIST
		case mask&syscalls.IN_MASK_ADD != 0:
			w.mask |= mask & kept
		default:
			w.mask = mask & kept
		}
		return int(w.wd), 0
	}
	w := inWatches.Get()
	if w == nil {
		return 0, syscalls.ENOSPC
	}
	in.lastWD++
	w.in, w.inode, w.wd, w.mask = in, i, in.lastWD, mask&kept
	w.next, in.watches = in.watches, w
	w.nextOf, i.watches = i.watches, w
	w.nextAll, watching = watching, w
	return int(w.wd), 0
}

// InotifyRemove is inotify_rm_watch(2).
func InotifyRemove(f *File, wd int32) syscalls.Errno {
	in := inotifyOf(f)
	if in == nil {
		return syscalls.EINVAL
	}
	for w := in.watches; w != nil; w = w.next {
		if w.wd == wd {
			w.drop()
			return 0
		}
	}
	return syscalls.EINVAL
}

// drop ends a watch, and says so.
func (w *inWatch) drop() {
	w.in.add(w.wd, syscalls.IN_IGNORED, 0, nil)
	w.free()
}

func (w *inWatch) free() {
	for p := &w.in.watches; *p != nil; p = &(*p).next {
		if *p == w {
			*p = w.next
			break
		}
	}
	for p := &w.inode.watches; *p != nil; p = &(*p).nextOf {
		if *p == w {
			*p = w.nextOf
			break
		}
	}
	for p := &watching; *p != nil; p = &(*p).nextAll {
		if *p == w {
			*p = w.nextAll
			break
		}
	}
	inWatches.Put(w)
}

// add queues an event, unless it is the same as the last.
func (in *inotify) add(wd int32, mask, cookie uint32, name []byte) {
	if l := in.last; l != nil && l.wd == wd && l.mask == mask && l.cookie == cookie &&
		string(l.name[:l.n]) == string(name) {
		return
	}
	if in.queued >= maxQueued {
		if in.last.mask == syscalls.IN_Q_OVERFLOW {
			return
		}
		wd, mask, cookie, name = -1, syscalls.IN_Q_OVERFLOW, 0, nil
	}
	e := inEvents.Get()
	if e == nil {
		return
	}
	e.wd, e.mask, e.cookie = wd, mask, cookie
	e.n = uint8(copy(e.name[:], name))
	if in.last != nil {
		in.last.next = e
	} else {
		in.first = e
	}
	in.last = e
	in.queued++
	in.wait.WakeFor(EventIn)
}

// pop takes the first event away.
func (in *inotify) pop() {
	e := in.first
	if in.first = e.next; in.first == nil {
		in.last = nil
	}
	in.queued--
	inEvents.Put(e)
}

// tell announces an event to those who watch i; name is that of an entry of a
// directory.
func (i *Inode) tell(mask, cookie uint32, name []byte) {
	for w := i.watches; w != nil; {
		next := w.nextOf
		w.tell(mask, cookie, name)
		w = next
	}
}

func (w *inWatch) tell(mask, cookie uint32, name []byte) {
	if w.mask&mask&syscalls.IN_ALL_EVENTS == 0 {
		return
	}
	w.in.add(w.wd, mask, cookie, name)
	if w.mask&syscalls.IN_ONESHOT != 0 {
		w.drop()
	}
}

// isDir is the flag of an event that is about a directory.
func (i *Inode) isDir() uint32 { return syscalls.IN_ISDIR * b2u(i.IsDir()) }

// happened announces what happens to i: in the directories that it has a name
// in, and then to i itself.
func (i *Inode) happened(mask uint32) {
	if watching == nil || i == &procInode {
		return
	}
	mask |= i.isDir()
	for w := watching; w != nil; {
		next := w.nextAll
		if w.mask&mask&syscalls.IN_ALL_EVENTS != 0 && w.inode.IsDir() && (!i.IsDir() || i.Parent == w.inode) {
			w.tellOf(i, mask)
		}
		w = next
	}
	i.tell(mask, 0, nil)
}

// tellOf announces what happens to i if it has a name in the directory that is
// watched.
func (w *inWatch) tellOf(i *Inode, mask uint32) {
	for d := w.inode.entries; d != nil; d = d.next {
		if d.inode == i {
			w.tell(mask, 0, d.name[:d.n])
			return
		}
	}
}

// gone is the end of an inode.
func (i *Inode) gone() {
	for i.watches != nil {
		w := i.watches
		if w.mask&syscalls.IN_DELETE_SELF != 0 {
			w.in.add(w.wd, syscalls.IN_DELETE_SELF, 0, nil)
		}
		w.drop()
	}
}

// named announces a change of a directory's names.
func (i *Inode) named(mask, cookie uint32, name []byte, c *Inode) {
	if i.watches != nil {
		i.tell(mask|c.isDir(), cookie, name)
	}
}

// inHeader is the size of struct inotify_event without the name, and what the
// name is padded to.
const inHeader = 16

func (*inotifyFile) Read(f *File, io IO) (int, syscalls.Errno) {
	in := inotifyOf(f)
	for in.queued == 0 {
		if io.Nonblock {
			return 0, syscalls.EAGAIN
		}
		if err := Wait(&in.wait); err != 0 {
			return 0, err
		}
	}
	done := 0
	for in.queued > 0 {
		e := in.first
		var b [inHeader + (nameMax+1+inHeader-1)/inHeader*inHeader]byte
		n := 0
		if e.n > 0 {
			n = (int(e.n) + 1 + inHeader - 1) / inHeader * inHeader
		}
		if inHeader+n > io.Buf.Len()-done {
			break
		}
		put32(b[0:], uint32(e.wd))
		put32(b[4:], e.mask)
		put32(b[8:], e.cookie)
		put32(b[12:], uint32(n))
		copy(b[inHeader:], e.name[:e.n])
		if _, err := io.Buf.Write(done, b[:inHeader+n]); err != 0 {
			if done > 0 {
				return done, 0
			}
			return 0, err
		}
		done += inHeader + n
		in.pop()
	}
	if done == 0 {
		return 0, syscalls.EINVAL // there is no room for one
	}
	return done, 0
}

func (*inotifyFile) Write(f *File, io IO) (int, syscalls.Errno) { return 0, syscalls.EBADF }
func (*inotifyFile) Seekable() bool                             { return false }

func (*inotifyFile) Poll(f *File, pt *PollTable) uint16 {
	in := inotifyOf(f)
	pt.Add(&in.wait)
	if in.queued > 0 {
		return syscalls.POLLIN | pollRdNorm
	}
	return 0
}

func (*inotifyFile) Close(f *File) {
	in := inotifyOf(f)
	for in.watches != nil {
		in.watches.free()
	}
	for in.queued > 0 {
		in.pop()
	}
	inotifies.Put(in)
}
