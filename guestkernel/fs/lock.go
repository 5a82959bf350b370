package fs

import (
	"unsafe"

	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// lock is a lock on a file, on its inode's list: flock(2)'s, whose owner is a
// description, or fcntl(2)'s on a range, whose owner is a descriptor table or,
// for F_OFD_SETLK, a description.
type lock struct {
	next  *lock
	owner unsafe.Pointer
	Range
	ranged bool // fcntl's: the two kinds know nothing of each other
}

// Range is what fcntl(2) locks: the bytes from Start to End, both included.
type Range struct {
	Start, End int64
	Write      bool
	Pid        int32 // of the process, -1 for a description's
}

// LockEnd is the End of a range without one.
const LockEnd = 1<<63 - 1

var (
	lockPool  mm.Pool[lock]
	lockQueue sched.WaitQueue // those who wait for any lock
)

// conflict is a lock that forbids another owner's.
func (i *Inode) conflict(owner unsafe.Pointer, ranged bool, r *Range) *lock {
	for l := i.locks; l != nil; l = l.next {
		if l.owner != owner && l.ranged == ranged && (l.Write || r.Write) && l.Start <= r.End && r.Start <= l.End {
			return l
		}
	}
	return nil
}

// release removes all locks of an owner.
func (i *Inode) release(owner unsafe.Pointer) {
	for p := &i.locks; *p != nil; {
		l := *p
		if l.owner != owner {
			p = &l.next
			continue
		}
		*p = l.next
		lockPool.Put(l)
	}
	lockQueue.WakeAll()
}

// Flock is flock(2).
func (f *File) Flock(op uint32) syscalls.Errno {
	const shared, exclusive, nonblock, unlock = 1, 2, 4, 8
	i := f.Inode
	owner := unsafe.Pointer(f)
	kind := op &^ nonblock
	switch {
	case kind != shared && kind != exclusive && kind != unlock, i == nil:
		return syscalls.EINVAL
	case kind == unlock:
		i.unflock(owner)
		return 0
	}
	n := lockPool.Get()
	if n == nil {
		return syscalls.ENOMEM
	}
	n.owner, n.End, n.Write = owner, LockEnd, kind == exclusive
	for l := i.locks; l != nil; l = l.next {
		if l.owner == owner && !l.ranged && l.Write == n.Write {
			lockPool.Put(n)
			return 0
		}
	}
	i.unflock(owner) // also if the other one is not to be had: flock(2), NOTES
	f.Ref()
	err := i.wait(n, op&nonblock == 0)
	if err == 0 {
		i.unflock(owner) // another thread's, meanwhile
		n.next, i.locks = i.locks, n
	} else {
		lockPool.Put(n)
	}
	f.Unref()
	return err
}

// unflock removes flock's lock of a description.
func (i *Inode) unflock(owner unsafe.Pointer) {
	for p := &i.locks; *p != nil; p = &(*p).next {
		if l := *p; l.owner == owner && !l.ranged {
			*p = l.next
			lockPool.Put(l)
			lockQueue.WakeAll()
			return
		}
	}
}

// wait waits until nothing stands against a lock.
func (i *Inode) wait(n *lock, block bool) syscalls.Errno {
	for i.conflict(n.owner, n.ranged, &n.Range) != nil {
		if !block {
			return syscalls.EAGAIN
		}
		if err := Wait(&lockQueue); err != 0 {
			return err
		}
	}
	return 0
}

// owner is whose a lock of fcntl's is: the table's, or the description's.
func (f *File) owner(t *FDTable) unsafe.Pointer {
	if t == nil {
		return unsafe.Pointer(f)
	}
	return unsafe.Pointer(t)
}

// GetLock is F_GETLK: a lock that forbids r, which it puts there; false if there
// is none. Table nil means the locks of descriptions.
func (f *File) GetLock(t *FDTable, r *Range) bool {
	if f.Inode == nil {
		return false
	}
	l := f.Inode.conflict(f.owner(t), true, r)
	if l != nil {
		*r = l.Range
	}
	return l != nil
}

// SetLock is F_SETLK and F_SETLKW.
func (f *File) SetLock(t *FDTable, r *Range, unlock, block bool) syscalls.Errno {
	i := f.Inode
	switch {
	case i == nil:
		return syscalls.EINVAL
	case !unlock && r.Write && !f.writable(), !unlock && !r.Write && !f.readable():
		return syscalls.EBADF
	}
	n, rest := lockPool.Get(), lockPool.Get()
	if n == nil || rest == nil {
		if n != nil {
			lockPool.Put(n)
		}
		return syscalls.ENOLCK
	}
	n.owner, n.Range, n.ranged = f.owner(t), *r, true
	err := syscalls.Errno(0)
	if !unlock {
		f.Ref()
		err = i.wait(n, block)
		f.Unref() // a descriptor that was closed meanwhile ends the locks later
	}
	if err == 0 {
		rest = i.cut(n, rest)
		if !unlock {
			n.next, i.locks = i.locks, n
			n = nil
		}
		lockQueue.WakeAll()
	}
	if n != nil {
		lockPool.Put(n)
	}
	if rest != nil {
		lockPool.Put(rest)
	}
	return err
}

// cut takes a range out of what its owner has locked. If that leaves two parts
// of a lock, the second is rest; what is not needed is returned.
func (i *Inode) cut(n, rest *lock) *lock {
	for p := &i.locks; *p != nil; {
		l := *p
		switch {
		case l.owner != n.owner || !l.ranged || l.Start > n.End || l.End < n.Start:
		case l.Start < n.Start && l.End > n.End:
			*rest = *l
			rest.Start, l.End = n.End+1, n.Start-1
			l.next = rest
			return nil
		case l.Start < n.Start:
			l.End = n.Start - 1
		case l.End > n.End:
			l.Start = n.End + 1
		default:
			*p = l.next
			lockPool.Put(l)
			continue
		}
		p = &l.next
	}
	return rest
}

// Frame is the frame of a page of the file, for a mapping; 0 behind the end.
func (i *Inode) Frame(page uint64) uint64 {
	if page >= (i.Size+mm.PageSize-1)/mm.PageSize || i.page(page, true) == nil {
		return 0
	}
	e, _ := i.slot(page, false)
	return *e
}

// Mapped and Unmapped add a user, and take one away: see [mm.Backing].
func (i *Inode) Mapped()   { i.Ref() }
func (i *Inode) Unmapped() { i.Unref() }

// MayMap says whether a file can be mapped.
func (f *File) MayMap(shared, write bool) syscalls.Errno {
	switch {
	case !f.readable(), shared && write && !f.writable():
		return syscalls.EACCES
	case f.Inode == nil || !f.Inode.IsRegular():
		return syscalls.ENODEV
	}
	return 0
}

// Writable reports whether f is open for writing.
func (f *File) Writable() bool { return f.writable() }

// Sync is fsync(2): there is no disk.
func (f *File) Sync() syscalls.Errno {
	if f.Inode == nil || !f.Inode.IsRegular() && !f.Inode.IsDir() {
		return syscalls.EINVAL
	}
	return 0
}
