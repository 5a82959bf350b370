//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// The calls that change names and what stat(2) shows.

// atFlags checks the flags of a call that takes AT_SYMLINK_NOFOLLOW and
// AT_EMPTY_PATH.
func atFlags(flags uint64) syscalls.Errno {
	if uint32(flags)&^(syscalls.AT_SYMLINK_NOFOLLOW|syscalls.AT_EMPTY_PATH) != 0 {
		return syscalls.EINVAL
	}
	return 0
}

// twoPaths copies the two paths of a call in.
func twoPaths(t *proc.Task, old, path uint64) (a, b []byte, err syscalls.Errno) {
	if a, err = t.Path(old); err == 0 {
		b, err = t.Path2(path)
	}
	return a, b, err
}

// sysRename is rename(2).
func sysRename(t *proc.Task, a *args) int64 {
	return rename(t, t.Walk(), a[0], t.Walk2(), a[1], 0)
}

// sysRenameat is renameat(2).
func sysRenameat(t *proc.Task, a *args) int64 {
	return rename(t, t.WalkAt(a[0], 0), a[1], t.WalkAt2(a[2]), a[3], 0)
}

// sysRenameat2 is renameat2(2).
func sysRenameat2(t *proc.Task, a *args) int64 {
	return rename(t, t.WalkAt(a[0], 0), a[1], t.WalkAt2(a[2]), a[3], uint32(a[4]))
}

func rename(t *proc.Task, w fs.Walk, old uint64, to fs.Walk, path uint64, flags uint32) int64 {
	p, q, err := twoPaths(t, old, path)
	if err != 0 {
		return fail(err)
	}
	return result(0, w.Rename(p, to, q, flags))
}

// sysLink is link(2).
func sysLink(t *proc.Task, a *args) int64 {
	return link(t, t.Walk(), a[0], t.Walk2(), a[1], false)
}

// sysLinkat is linkat(2).
func sysLinkat(t *proc.Task, a *args) int64 {
	flags := uint32(a[4])
	if flags&^(syscalls.AT_SYMLINK_FOLLOW|syscalls.AT_EMPTY_PATH) != 0 {
		return fail(syscalls.EINVAL)
	}
	w := t.WalkAt(a[0], flags&syscalls.AT_EMPTY_PATH)
	return link(t, w, a[1], t.WalkAt2(a[2]), a[3], flags&syscalls.AT_SYMLINK_FOLLOW != 0)
}

func link(t *proc.Task, w fs.Walk, old uint64, to fs.Walk, path uint64, follow bool) int64 {
	p, q, err := twoPaths(t, old, path)
	if err != 0 {
		return fail(err)
	}
	return result(0, w.Link(p, follow, to, q))
}

// sysSymlink is symlink(2).
func sysSymlink(t *proc.Task, a *args) int64 { return symlink(t, a[0], t.Walk(), a[1]) }

// sysSymlinkat is symlinkat(2).
func sysSymlinkat(t *proc.Task, a *args) int64 { return symlink(t, a[0], t.WalkAt(a[1], 0), a[2]) }

func symlink(t *proc.Task, target uint64, w fs.Walk, path uint64) int64 {
	p, q, err := twoPaths(t, target, path)
	if err != 0 {
		return fail(err)
	}
	return result(0, w.Symlink(p, q))
}

// sysReadlink is readlink(2).
func sysReadlink(t *proc.Task, a *args) int64 { return readlink(t, t.Walk(), a[0], a[1], a[2]) }

// sysReadlinkat is readlinkat(2), for which an empty path is dirfd's own link.
func sysReadlinkat(t *proc.Task, a *args) int64 {
	return readlink(t, t.WalkAt(a[0], syscalls.AT_EMPTY_PATH), a[1], a[2], a[3])
}

func readlink(t *proc.Task, w fs.Walk, path, addr, size uint64) int64 {
	if int32(size) <= 0 {
		return fail(syscalls.EINVAL)
	}
	p, err := t.Path(path)
	if err != 0 {
		return fail(err)
	}
	b, err := buf(addr, uint64(uint32(size)))
	if err != 0 {
		return fail(err)
	}
	return result(w.Readlink(p, b))
}

// sysAccess is access(2).
func sysAccess(t *proc.Task, a *args) int64 { return access(t, t.Walk(), a[0], a[1], 0) }

// sysFaccessat is faccessat(2), which has no flags.
func sysFaccessat(t *proc.Task, a *args) int64 { return access(t, t.WalkAt(a[0], 0), a[1], a[2], 0) }

// sysFaccessat2 is faccessat2(2).
func sysFaccessat2(t *proc.Task, a *args) int64 {
	return access(t, t.WalkAt(a[0], uint32(a[3])&^syscalls.AT_EACCESS), a[1], a[2], uint32(a[3]))
}

// access looks with the real ids, not the effective ones or those of a CREDS
// context, unless AT_EACCESS is set.
func access(t *proc.Task, w fs.Walk, path, want uint64, flags uint32) int64 {
	if err := atFlags(uint64(flags &^ syscalls.AT_EACCESS)); err != 0 {
		return fail(err)
	}
	p, err := t.Path(path)
	if err != 0 {
		return fail(err)
	}
	if flags&syscalls.AT_EACCESS == 0 {
		w.Cred = t.RealCred()
	}
	return result(0, w.Access(p, uint32(want), true))
}

// onPath is the inode that a path stands for.
func onPath(t *proc.Task, w *fs.Walk, path uint64) (*fs.Inode, syscalls.Errno) {
	p, err := t.Path(path)
	if err != 0 {
		return nil, err
	}
	return w.Lookup(p, true)
}

// sysChmod is chmod(2).
func sysChmod(t *proc.Task, a *args) int64 { return chmod(t, t.Walk(), a[0], a[1]) }

// sysFchmodat is fchmodat(2), which has no flags.
func sysFchmodat(t *proc.Task, a *args) int64 { return chmod(t, t.WalkAt(a[0], 0), a[1], a[2]) }

// sysFchmodat2 is fchmodat2(2).
func sysFchmodat2(t *proc.Task, a *args) int64 {
	if err := atFlags(a[3]); err != 0 {
		return fail(err)
	}
	return chmod(t, t.WalkAt(a[0], uint32(a[3])), a[1], a[2])
}

func chmod(t *proc.Task, w fs.Walk, path, mode uint64) int64 {
	i, err := onPath(t, &w, path)
	if err != 0 {
		return fail(err)
	}
	return result(0, w.Chmod(i, uint32(mode)))
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

// sysChown is chown(2).
func sysChown(t *proc.Task, a *args) int64 { return chown(t, t.Walk(), a[0], a[1], a[2]) }

// sysLchown is lchown(2).
func sysLchown(t *proc.Task, a *args) int64 {
	w := t.Walk()
	w.At |= syscalls.AT_SYMLINK_NOFOLLOW
	return chown(t, w, a[0], a[1], a[2])
}

// sysFchownat is fchownat(2).
func sysFchownat(t *proc.Task, a *args) int64 {
	if err := atFlags(a[4]); err != 0 {
		return fail(err)
	}
	return chown(t, t.WalkAt(a[0], uint32(a[4])), a[1], a[2], a[3])
}

func chown(t *proc.Task, w fs.Walk, path, uid, gid uint64) int64 {
	i, err := onPath(t, &w, path)
	if err != 0 {
		return fail(err)
	}
	return result(0, w.Chown(i, uint32(uid), uint32(gid)))
}

// sysFchown is fchown(2).
func sysFchown(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	switch {
	case err != 0:
		return fail(err)
	case f.Inode == nil:
		return fail(syscalls.EINVAL)
	}
	return result(0, t.Walk().Chown(f.Inode, uint32(a[1]), uint32(a[2])))
}

// The calls that set times. They differ in how the times are given.

// sysUtimensat is utimensat(2): two struct timespec; without a path, the
// descriptor's own file (futimens).
func sysUtimensat(t *proc.Task, a *args) int64 {
	if err := atFlags(a[3]); err != 0 {
		return fail(err)
	}
	times, err := readTimes(a[2], 1)
	if err != 0 {
		return fail(err)
	}
	return utimes(t, t.WalkAt(a[0], uint32(a[3])), a[0], a[1], times)
}

// sysFutimesat is futimesat(2): two struct timeval.
func sysFutimesat(t *proc.Task, a *args) int64 {
	times, err := readTimes(a[2], 1000)
	if err != 0 {
		return fail(err)
	}
	return utimes(t, t.WalkAt(a[0], 0), a[0], a[1], times)
}

// sysUtimes is utimes(2).
func sysUtimes(t *proc.Task, a *args) int64 {
	times, err := readTimes(a[1], 1000)
	if err != 0 {
		return fail(err)
	}
	return utimes(t, t.Walk(), fdCwd, a[0], times)
}

// sysUtime is utime(2): two times in seconds.
func sysUtime(t *proc.Task, a *args) int64 {
	times := [2]int64{fs.TimeNow, fs.TimeNow}
	if a[1] != 0 {
		for i := range times {
			v, ok := arch.LoadUser64(uintptr(a[1]) + uintptr(i)*8)
			if !ok {
				return fail(syscalls.EFAULT)
			}
			times[i] = fileTime(int64(v), 0)
		}
	}
	return utimes(t, t.Walk(), fdCwd, a[0], times)
}

const fdCwd = 1<<64 + syscalls.AT_FDCWD

func utimes(t *proc.Task, w fs.Walk, dir, path uint64, times [2]int64) int64 {
	if fd := t.DirFD(dir); path == 0 && fd != syscalls.AT_FDCWD {
		f, err := t.File(uint64(fd))
		switch {
		case w.At != 0:
			return fail(syscalls.EINVAL)
		case err != 0:
			return fail(err)
		case f.Inode == nil:
			return fail(syscalls.EINVAL)
		}
		return result(0, w.Utimes(f.Inode, times[0], times[1]))
	}
	i, err := onPath(t, &w, path)
	if err != 0 {
		return fail(err)
	}
	return result(0, w.Utimes(i, times[0], times[1]))
}

// readTimes reads two times, each of seconds and of fractions that are unit
// nanoseconds long; address 0 is for now.
func readTimes(addr uint64, unit int64) (times [2]int64, err syscalls.Errno) {
	times = [2]int64{fs.TimeNow, fs.TimeNow}
	if addr == 0 {
		return times, 0
	}
	for i := range times {
		sec, ok1 := arch.LoadUser64(uintptr(addr) + uintptr(i)*16)
		frac, ok2 := arch.LoadUser64(uintptr(addr) + uintptr(i)*16 + 8)
		switch {
		case !ok1 || !ok2:
			return times, syscalls.EFAULT
		case unit == 1 && frac == syscalls.UTIME_NOW:
		case unit == 1 && frac == syscalls.UTIME_OMIT:
			times[i] = fs.TimeOmit
		case frac >= uint64(second/unit):
			return times, syscalls.EINVAL
		default:
			times[i] = fileTime(int64(sec), int64(frac)*unit)
		}
	}
	return times, 0
}

// fileTime is a time in ns since 1970, as near to it as a file can have.
func fileTime(sec, ns int64) int64 {
	const most = 1<<63/second - 1
	return max(-most, min(sec, most))*second + ns
}

// sysTruncate is truncate(2). Of a descriptor, by the contexts, whether it may
// be written is not asked again.
func sysTruncate(t *proc.Task, a *args) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	w := t.Walk()
	if dir := t.DirFD(fdCwd); len(p) == 0 && w.At&syscalls.AT_EMPTY_PATH != 0 && dir != syscalls.AT_FDCWD {
		return ftruncate(t, uint64(dir), a[1])
	}
	return result(0, w.Truncate(p, int64(a[1])))
}

// sysFtruncate is ftruncate(2).
func sysFtruncate(t *proc.Task, a *args) int64 { return ftruncate(t, a[0], a[1]) }

func ftruncate(t *proc.Task, fd, size uint64) int64 {
	if int64(size) < 0 {
		return fail(syscalls.EINVAL)
	}
	f, err := t.File(fd)
	if err != 0 {
		return fail(err)
	}
	return result(0, f.Truncate(int64(size)))
}
