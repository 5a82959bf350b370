package fs

import (
	"unsafe"

	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// MaxFD is how many descriptors a process can have (RLIMIT_NOFILE).
const MaxFD = 1024

const fdsPerPage = mm.PageSize / 8

// FDTable is a process's descriptor table. A descriptor is a reference to an
// open file description and a flag of its own, FD_CLOEXEC.
type FDTable struct {
	pages   [MaxFD / fdsPerPage]*[fdsPerPage]*File // a page appears when it is needed
	cloexec [MaxFD / 64]uint64
	busy    [MaxFD / 64]uint64 // taken: by a file, or reserved
	refs    int
}

var tables mm.Pool[FDTable]

var fdPages mm.Pool[[fdsPerPage]*File]

// NewFDTable makes an empty table with one user; nil if memory is full.
func NewFDTable() *FDTable {
	t := tables.Get()
	if t != nil {
		t.refs = 1
	}
	return t
}

// Release takes a user from t; the last one closes all descriptors.
func (t *FDTable) Release() {
	if t.refs--; t.refs > 0 {
		return
	}
	for fd := range MaxFD {
		t.Close(fd)
	}
	for _, p := range t.pages {
		if p != nil {
			fdPages.Put(p)
		}
	}
	tables.Put(t)
}

// Share adds a user to the table.
func (t *FDTable) Share() *FDTable {
	t.refs++
	return t
}

// Shared reports whether the table has more than one user.
func (t *FDTable) Shared() bool { return t.refs > 1 }

// Clone makes a copy for a child; nil if memory is full.
func (t *FDTable) Clone() *FDTable {
	c := NewFDTable()
	if c == nil {
		return nil
	}
	c.cloexec = t.cloexec
	for i, p := range t.pages {
		if p == nil {
			continue
		}
		q := fdPages.Get()
		if q == nil {
			c.Release()
			return nil
		}
		c.pages[i] = q
		for j, f := range p {
			if f != nil {
				q[j] = f.Ref()
				fd := i*fdsPerPage + j
				c.busy[fd/64] |= 1 << (fd % 64)
			}
		}
	}
	return c
}

func (t *FDTable) slot(fd int) **File {
	if fd < 0 || fd >= MaxFD || t.pages[fd/fdsPerPage] == nil {
		return nil
	}
	return &t.pages[fd/fdsPerPage][fd%fdsPerPage]
}

// Get is the file of a descriptor, or EBADF. It is not referenced.
func (t *FDTable) Get(fd int) (*File, syscalls.Errno) {
	if s := t.slot(fd); s != nil && *s != nil {
		return *s, 0
	}
	return nil, syscalls.EBADF
}

// Reserve takes the lowest free descriptor from min on: EMFILE if there is
// none. It refers to nothing until Publish; Unreserve gives it back.
func (t *FDTable) Reserve(min int) (int, syscalls.Errno) {
	for fd := min; fd < MaxFD; fd++ {
		if t.busy[fd/64]&(1<<(fd%64)) == 0 {
			return fd, t.reserveAt(fd)
		}
	}
	return 0, syscalls.EMFILE
}

func (t *FDTable) reserveAt(fd int) syscalls.Errno {
	p := &t.pages[fd/fdsPerPage]
	if *p == nil {
		if *p = fdPages.Get(); *p == nil {
			return syscalls.ENOMEM
		}
	}
	t.busy[fd/64] |= 1 << (fd % 64)
	return 0
}

// Unreserve gives back a descriptor that was reserved.
func (t *FDTable) Unreserve(fd int) { t.busy[fd/64] &^= 1 << (fd % 64) }

// Publish makes a reserved descriptor refer to f, whose reference it takes.
func (t *FDTable) Publish(fd int, f *File, cloexec bool) {
	*t.slot(fd) = f
	t.SetCloexec(fd, cloexec)
}

// Replace makes fd refer to f, whose reference it takes, and closes what was
// there: dup2.
func (t *FDTable) Replace(fd int, f *File, cloexec bool) syscalls.Errno {
	if s := t.slot(fd); s != nil && *s == nil && t.busy[fd/64]&(1<<(fd%64)) != 0 {
		return syscalls.EBUSY // reserved by a call that sleeps
	}
	if err := t.reserveAt(fd); err != 0 {
		return err
	}
	old := *t.slot(fd)
	t.Publish(fd, f, cloexec)
	if old != nil {
		t.unlock(old)
		old.Unref()
	}
	return 0
}

// Close is close(2).
func (t *FDTable) Close(fd int) syscalls.Errno {
	f, err := t.Get(fd)
	if err != 0 {
		return err
	}
	*t.slot(fd) = nil
	t.Unreserve(fd)
	t.SetCloexec(fd, false)
	t.unlock(f)
	f.Unref()
	return 0
}

// unlock ends the locks that the process has on a file, of which it closes any
// descriptor (fcntl(2)).
func (t *FDTable) unlock(f *File) {
	if f.Inode != nil && f.Inode.locks != nil {
		f.Inode.release(unsafe.Pointer(t))
	}
}

// Cloexec is a descriptor's FD_CLOEXEC.
func (t *FDTable) Cloexec(fd int) bool { return t.cloexec[fd/64]&(1<<(fd%64)) != 0 }

// SetCloexec sets it.
func (t *FDTable) SetCloexec(fd int, on bool) {
	if on {
		t.cloexec[fd/64] |= 1 << (fd % 64)
	} else {
		t.cloexec[fd/64] &^= 1 << (fd % 64)
	}
}

// CloseOnExec closes the descriptors that have FD_CLOEXEC.
func (t *FDTable) CloseOnExec() {
	for fd := range MaxFD {
		if t.Cloexec(fd) {
			t.Close(fd)
		}
	}
}
