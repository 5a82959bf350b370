//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// The calls that change names and what stat(2) shows.

// twoPaths copies the two paths of a call in.
func twoPaths(t *proc.Task, old, path uint64) (a, b []byte, err syscalls.Errno) {
	if a, err = t.Path(old); err == 0 {
		b, err = t.Path2(path)
	}
	return a, b, err
}

// sysRename is rename(2).
func sysRename(t *proc.Task, a *args) int64 {
	from, to, err := twoPaths(t, a[0], a[1])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Walk().Rename(from, t.Walk(), to, false))
}

// sysLink is link(2).
func sysLink(t *proc.Task, a *args) int64 {
	from, to, err := twoPaths(t, a[0], a[1])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Walk().Link(from, false, t.Walk(), to))
}

// sysSymlink is symlink(2).
func sysSymlink(t *proc.Task, a *args) int64 {
	target, path, err := twoPaths(t, a[0], a[1])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Walk().Symlink(target, path))
}

// sysReadlink is readlink(2).
func sysReadlink(t *proc.Task, a *args) int64 {
	if int32(a[2]) <= 0 {
		return fail(syscalls.EINVAL)
	}
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	b, err := buf(a[1], uint64(uint32(a[2])))
	if err != 0 {
		return fail(err)
	}
	return result(t.Walk().Readlink(p, b))
}

// sysAccess is access(2).
func sysAccess(t *proc.Task, a *args) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Walk().Access(p, uint32(a[1]), true))
}

// sysChmod is chmod(2).
func sysChmod(t *proc.Task, a *args) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	w := t.Walk()
	i, err := w.Lookup(p, true)
	if err != 0 {
		return fail(err)
	}
	return result(0, w.Chmod(i, uint32(a[1])))
}

// sysFchmod is fchmod(2).
func sysFchmod(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	switch {
	case err != 0:
		return fail(err)
	case f.Inode == nil:
		return fail(syscalls.EINVAL) // a pipe or socket without a name has no mode to keep
	}
	return result(0, t.Walk().Chmod(f.Inode, uint32(a[1])))
}

// sysTruncate is truncate(2).
func sysTruncate(t *proc.Task, a *args) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Walk().Truncate(p, int64(a[1])))
}

// sysFtruncate is ftruncate(2).
func sysFtruncate(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, f.Truncate(int64(a[1])))
}

// sysPread64 is pread(2).
func sysPread64(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	b, err := buf(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	return result(f.ReadHow(b, fs.How{UsePos: true, Pos: int64(a[3])}))
}

// sysPwrite64 is pwrite(2).
func sysPwrite64(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	b, err := buf(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	return result(f.WriteHow(b, fs.How{UsePos: true, Pos: int64(a[3])}))
}
