package fs

import "sysindvm/syscalls"

// The calls that change what stat(2) shows. Those with an inode serve for a
// path (Walk.Lookup) and for a descriptor alike.

// Access is access(2) and faccessat2(2); want is F_OK or R_OK, W_OK and X_OK.
func (w Walk) Access(path []byte, want uint32, followLast bool) syscalls.Errno {
	if want&^7 != 0 {
		return syscalls.EINVAL
	}
	i, err := w.Lookup(path, followLast)
	if err != 0 {
		return err
	}
	return w.Permission(i, want)
}

// Chmod is fchmod(2).
func (c Cred) Chmod(i *Inode, mode uint32) syscalls.Errno {
	switch {
	case i.kind() == syscalls.S_IFLNK:
		return syscalls.EOPNOTSUPP
	case !c.owns(i):
		return syscalls.EPERM
	}
	if c.UID != 0 && !c.in(i.GID) && !i.IsDir() {
		mode &^= syscalls.S_ISGID
	}
	i.Mode = i.kind() | mode&0o7777
	i.changed()
	i.happened(syscalls.IN_ATTRIB)
	return 0
}

// Keep is the user or group of chown(2) that stays as it is.
const Keep = ^uint32(0)

// Chown is fchown(2): only root gives files away. It takes the set-user-ID and
// set-group-ID bits from what is no directory.
func (c Cred) Chown(i *Inode, uid, gid uint32) syscalls.Errno {
	if c.UID != 0 && (uid != Keep && (c.UID != i.UID || uid != i.UID) ||
		gid != Keep && (c.UID != i.UID || gid != i.GID && !c.in(gid))) {
		return syscalls.EPERM
	}
	if uid != Keep {
		i.UID = uid
	}
	if gid != Keep {
		i.GID = gid
	}
	if !i.IsDir() {
		i.Mode &^= syscalls.S_ISUID
		if i.Mode&syscalls.S_IXGRP != 0 {
			i.Mode &^= syscalls.S_ISGID
		}
	}
	i.changed()
	i.happened(syscalls.IN_ATTRIB)
	return 0
}

// Truncate is truncate(2).
func (w Walk) Truncate(path []byte, size int64) syscalls.Errno {
	if size < 0 {
		return syscalls.EINVAL
	}
	i, err := w.Lookup(path, true)
	switch {
	case err != 0:
		return err
	case i.IsDir():
		return syscalls.EISDIR
	case !i.IsRegular():
		return syscalls.EINVAL
	}
	if err := w.Permission(i, mayWrite); err != 0 {
		return err
	}
	return i.setSize(size)
}

// Truncate is ftruncate(2).
func (f *File) Truncate(size int64) syscalls.Errno {
	if size < 0 || f.Inode == nil || !f.Inode.IsRegular() || !f.writable() {
		return syscalls.EINVAL
	}
	return f.Inode.setSize(size)
}

func (i *Inode) setSize(size int64) syscalls.Errno {
	if size > maxFileSize {
		return syscalls.EFBIG
	}
	i.truncate(uint64(size))
	i.happened(syscalls.IN_MODIFY)
	return 0
}

// Times that utimensat(2) sets, in ns since 1970, or one of:
const (
	TimeNow  = -1 << 63
	TimeOmit = -1<<63 + 1
)

// Utimes is utimensat(2) on an inode: who may write the file may set both
// times to now, its owner may set them to anything.
func (c Cred) Utimes(i *Inode, atime, mtime int64) syscalls.Errno {
	switch {
	case atime == TimeOmit && mtime == TimeOmit:
		return 0
	case c.owns(i):
	case atime != TimeNow || mtime != TimeNow:
		return syscalls.EPERM
	default:
		if err := c.Permission(i, mayWrite); err != 0 {
			return err
		}
	}
	i.changed()
	i.happened(syscalls.IN_ATTRIB)
	setTime(&i.Atime, atime, i.Ctime)
	setTime(&i.Mtime, mtime, i.Ctime)
	return 0
}

func setTime(t *int64, to, now int64) {
	switch to {
	case TimeNow:
		*t = now
	case TimeOmit:
	default:
		*t = to
	}
}
