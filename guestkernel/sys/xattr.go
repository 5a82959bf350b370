//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// The calls about extended attributes (xattr(7)). Each is there three times: by
// path, by path without following a link at its end, and by descriptor, which
// are the first one under LOOKUP{AT_SYMLINK_NOFOLLOW}, and of an empty path
// under DIRFD and LOOKUP{AT_EMPTY_PATH}.

// bearer is the file that such a call is about.
type bearer struct {
	fs.Walk
	path uint64 // its address
	open bool   // there is no path, but a descriptor
}

func byPath(t *proc.Task, path uint64) bearer { return bearer{t.Walk(), path, false} }

func byLink(t *proc.Task, path uint64) bearer {
	b := byPath(t, path)
	b.At |= syscalls.AT_SYMLINK_NOFOLLOW
	return b
}

// AT_FDCWD is no descriptor here; Linux since 6.13 takes it, in these calls, for
// the working directory.
func byFD(t *proc.Task, fd uint64) bearer {
	b := bearer{fs.Walk{Cred: t.FSCred(), At: syscalls.AT_EMPTY_PATH}, 0, true}
	b.StartAt(t.AnyFile(fd))
	return b
}

// inode finds it.
func (b *bearer) inode(t *proc.Task) (*fs.Inode, syscalls.Errno) {
	if b.open {
		return b.XattrFile(nil)
	}
	p, err := t.Path(b.path)
	if err != 0 {
		return nil, err
	}
	return b.XattrFile(p)
}

// sysSetxattr is setxattr(2), and so on.
func sysSetxattr(t *proc.Task, a *args) int64  { return setxattr(t, byPath(t, a[0]), a) }
func sysLsetxattr(t *proc.Task, a *args) int64 { return setxattr(t, byLink(t, a[0]), a) }
func sysFsetxattr(t *proc.Task, a *args) int64 { return setxattr(t, byFD(t, a[0]), a) }

func setxattr(t *proc.Task, b bearer, a *args) int64 {
	flags := uint32(a[4])
	if flags&^(syscalls.XATTR_CREATE|syscalls.XATTR_REPLACE) != 0 {
		return fail(syscalls.EINVAL)
	}
	name, err := t.XattrName(a[1])
	switch {
	case err != 0:
		return fail(err)
	case a[3] > syscalls.XATTR_SIZE_MAX:
		return fail(syscalls.E2BIG)
	}
	x, err := fs.NewXattr(name, mm.UserBuf(uintptr(a[2]), int(a[3])))
	if err != 0 {
		return fail(err)
	}
	i, err := b.inode(t)
	if err == 0 {
		err = b.SetXattr(i, x, flags, t.Privileged())
	}
	if err != 0 {
		x.Free()
	}
	return result(0, err)
}

// sysGetxattr is getxattr(2), and so on.
func sysGetxattr(t *proc.Task, a *args) int64  { return getxattr(t, byPath(t, a[0]), a) }
func sysLgetxattr(t *proc.Task, a *args) int64 { return getxattr(t, byLink(t, a[0]), a) }
func sysFgetxattr(t *proc.Task, a *args) int64 { return getxattr(t, byFD(t, a[0]), a) }

func getxattr(t *proc.Task, b bearer, a *args) int64 {
	name, err := t.XattrName(a[1])
	if err != 0 {
		return fail(err)
	}
	i, err := b.inode(t)
	if err != 0 {
		return fail(err)
	}
	to := mm.UserBuf(uintptr(a[2]), int(min(a[3], syscalls.XATTR_SIZE_MAX)))
	return result(b.GetXattr(i, name, to, t.Privileged()))
}

// sysListxattr is listxattr(2), and so on.
func sysListxattr(t *proc.Task, a *args) int64  { return listxattr(t, byPath(t, a[0]), a) }
func sysLlistxattr(t *proc.Task, a *args) int64 { return listxattr(t, byLink(t, a[0]), a) }
func sysFlistxattr(t *proc.Task, a *args) int64 { return listxattr(t, byFD(t, a[0]), a) }

func listxattr(t *proc.Task, b bearer, a *args) int64 {
	i, err := b.inode(t)
	if err != 0 {
		return fail(err)
	}
	to := mm.UserBuf(uintptr(a[1]), int(min(a[2], syscalls.XATTR_LIST_MAX)))
	return result(i.ListXattr(to, t.Privileged()))
}

// sysRemovexattr is removexattr(2), and so on.
func sysRemovexattr(t *proc.Task, a *args) int64  { return removexattr(t, byPath(t, a[0]), a) }
func sysLremovexattr(t *proc.Task, a *args) int64 { return removexattr(t, byLink(t, a[0]), a) }
func sysFremovexattr(t *proc.Task, a *args) int64 { return removexattr(t, byFD(t, a[0]), a) }

func removexattr(t *proc.Task, b bearer, a *args) int64 {
	name, err := t.XattrName(a[1])
	if err != 0 {
		return fail(err)
	}
	i, err := b.inode(t)
	if err != 0 {
		return fail(err)
	}
	return result(0, b.RemoveXattr(i, name, t.Privileged()))
}
