package fs

import "sysindvm/syscalls"

// openMask are the flags of open(2) that stay with the description.
const openMask = syscalls.O_ACCMODE | syscalls.O_APPEND | syscalls.O_NONBLOCK |
	syscalls.O_DIRECTORY | syscalls.O_NOFOLLOW | syscalls.O_LARGEFILE

// Open is open(2): mode is that of a new file, the umask taken off.
func (w Walk) Open(path []byte, flags, mode uint32) (*File, syscalls.Errno) {
	if f, err, mine := w.openProc(path, flags); mine {
		return f, err
	}
	const creates = syscalls.O_CREAT | syscalls.O_TMPFILE&^syscalls.O_DIRECTORY
	switch {
	case flags&syscalls.O_PATH != 0:
		flags &= syscalls.O_PATH | syscalls.O_DIRECTORY | syscalls.O_NOFOLLOW
	case flags&creates == creates:
		return nil, syscalls.EINVAL
	case flags&creates == creates&^syscalls.O_CREAT: // O_TMPFILE
		if flags&syscalls.O_DIRECTORY == 0 || flags&syscalls.O_ACCMODE == syscalls.O_RDONLY {
			return nil, syscalls.EINVAL
		}
	case flags&(syscalls.O_CREAT|syscalls.O_DIRECTORY) == syscalls.O_CREAT|syscalls.O_DIRECTORY:
		return nil, syscalls.EINVAL
	}
	if w.Resolve&syscalls.RESOLVE_CACHED != 0 && flags&(creates|syscalls.O_TRUNC) != 0 {
		return nil, syscalls.EAGAIN
	}
	if flags&creates == creates&^syscalls.O_CREAT {
		return w.openTmpfile(path, flags, mode)
	}
	i, created, err := w.openInode(path, flags, mode)
	if err == 0 && !created {
		err = w.mayOpen(i, flags)
	}
	if err != 0 {
		return nil, err
	}
	return i.open(flags)
}

// openTmpfile makes a file without a name in the directory that path names:
// unless O_EXCL is set, it may get one later (AT_EMPTY_PATH of linkat).
func (w Walk) openTmpfile(path []byte, flags, mode uint32) (*File, syscalls.Errno) {
	dir, err := w.Lookup(path, flags&syscalls.O_NOFOLLOW == 0)
	if err == 0 && !dir.IsDir() {
		err = syscalls.ENOTDIR
	}
	if err == 0 {
		err = w.Permission(dir, mayWrite|mayExec)
	}
	if err != 0 {
		return nil, err
	}
	i := newInode(syscalls.S_IFREG | mode&0o7777)
	if i == nil {
		return nil, syscalls.ENOSPC
	}
	i.tmpfile = flags&syscalls.O_EXCL == 0
	w.own(i, dir)
	i.Ref() // until the description has it
	f, err := i.open(flags &^ syscalls.O_DIRECTORY)
	i.Unref()
	return f, err
}

// openInode finds the file to open, or makes it.
func (w Walk) openInode(path []byte, flags, mode uint32) (i *Inode, created bool, err syscalls.Errno) {
	creat, excl := flags&syscalls.O_CREAT != 0, flags&syscalls.O_EXCL != 0
	last := follow
	if flags&syscalls.O_NOFOLLOW != 0 || creat && excl {
		last = noFollow
	}
	if !creat {
		i, err = w.Lookup(path, last == follow)
		return i, false, err
	}
	at, err := w.walk(path, last)
	switch {
	case err != 0:
		return nil, false, err
	case at.Slash && !at.dots():
		return nil, false, syscalls.EISDIR
	case at.Inode != nil && excl:
		return nil, false, syscalls.EEXIST
	case at.Inode != nil && at.Inode.IsDir():
		return nil, false, syscalls.EISDIR
	case at.Inode != nil:
		return at.Inode, false, 0
	}
	i, err = w.create(&at, syscalls.S_IFREG|mode&0o7777)
	return i, true, err
}

// mayOpen says whether a file that exists may be opened.
func (w Walk) mayOpen(i *Inode, flags uint32) syscalls.Errno {
	want := [...]uint32{mayRead, mayWrite, mayRead | mayWrite, mayRead | mayWrite}[flags&syscalls.O_ACCMODE]
	if flags&syscalls.O_TRUNC != 0 {
		want |= mayWrite
	}
	switch {
	case flags&syscalls.O_DIRECTORY != 0 && !i.IsDir():
		return syscalls.ENOTDIR
	case flags&syscalls.O_PATH != 0:
		return 0
	case i.kind() == syscalls.S_IFLNK:
		return syscalls.ELOOP
	case i.IsDir() && want&mayWrite != 0:
		return syscalls.EISDIR
	}
	return w.Permission(i, want)
}

// open makes a description of a file that may be opened.
func (i *Inode) open(flags uint32) (*File, syscalls.Errno) {
	ops := FileOps(&ramOps)
	if flags&syscalls.O_PATH != 0 {
		f := NewFile(ops, flags)
		if f == nil {
			return nil, syscalls.ENFILE
		}
		f.Inode = i.Ref()
		return f, 0
	}
	switch i.kind() {
	case syscalls.S_IFREG, syscalls.S_IFDIR:
	case syscalls.S_IFCHR:
		d := findChar(i.Rdev)
		if d == nil {
			return nil, syscalls.ENXIO
		}
		if err := d.open(i.Rdev); err != 0 {
			return nil, err
		}
		ops = d.ops
	case syscalls.S_IFIFO:
		return i.openFIFO(flags)
	default: // a socket is not opened; there are no block devices
		return nil, syscalls.ENXIO
	}
	f := NewFile(ops, flags&openMask)
	if f == nil {
		return nil, syscalls.ENFILE
	}
	f.Inode = i.Ref()
	if f.writer = f.writable() && i.IsRegular(); f.writer {
		i.writers++
	}
	if flags&syscalls.O_TRUNC != 0 && i.IsRegular() {
		i.truncate(0)
		i.happened(syscalls.IN_MODIFY)
	}
	i.happened(syscalls.IN_OPEN)
	return f, 0
}
