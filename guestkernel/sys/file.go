//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"

	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// sysOpen is open(2).
func sysOpen(t *proc.Task, a *args) int64 {
	return open(t, t.Walk(), a[0], uint32(a[1]), uint32(a[2]))
}

// sysCreat is creat(2).
func sysCreat(t *proc.Task, a *args) int64 {
	return open(t, t.Walk(), a[0], syscalls.O_CREAT|syscalls.O_WRONLY|syscalls.O_TRUNC, uint32(a[1]))
}

// sysOpenat is openat(2).
func sysOpenat(t *proc.Task, a *args) int64 {
	return open(t, t.WalkAt(a[0], 0), a[1], uint32(a[2]), uint32(a[3]))
}

func open(t *proc.Task, w fs.Walk, path uint64, flags, mode uint32) int64 {
	if !t.Narrow {
		flags |= syscalls.O_LARGEFILE // as a 64-bit kernel has it
	}
	p, err := t.Path(path)
	if err != 0 {
		return fail(err)
	}
	fd, err := t.ReserveFD(0) // first: without a descriptor, no file is made
	if err != 0 {
		return fail(err)
	}
	f, err := w.Open(p, t.CreateFlags(flags), t.NewMode(mode))
	if err != 0 {
		t.UnreserveFD(fd)
		return fail(err)
	}
	return result(fd, t.PublishFD(fd, f, flags))
}

// sysOpenat2 is openat2(2): openat with a LOOKUP context, and strict.
func sysOpenat2(t *proc.Task, a *args) int64 {
	var how [3]uint64 // struct open_how
	if err := copyStruct(how[:], a[2], a[3]); err != 0 {
		return fail(err)
	}
	flags, mode, resolve := how[0], how[1], how[2]
	const (
		creates  = syscalls.O_CREAT | syscalls.O_TMPFILE&^syscalls.O_DIRECTORY
		withPath = syscalls.O_PATH | syscalls.O_DIRECTORY | syscalls.O_NOFOLLOW | syscalls.O_CLOEXEC
		known    = syscalls.O_ACCMODE | syscalls.O_CREAT | syscalls.O_EXCL | syscalls.O_NOCTTY | syscalls.O_TRUNC |
			syscalls.O_APPEND | syscalls.O_NONBLOCK | syscalls.O_SYNC | syscalls.O_DSYNC | syscalls.O_ASYNC |
			syscalls.O_DIRECT | syscalls.O_LARGEFILE | syscalls.O_NOATIME | syscalls.O_TMPFILE | withPath
		resolves = syscalls.RESOLVE_NO_XDEV | syscalls.RESOLVE_NO_MAGICLINKS | syscalls.RESOLVE_NO_SYMLINKS |
			syscalls.RESOLVE_BENEATH | syscalls.RESOLVE_IN_ROOT | syscalls.RESOLVE_CACHED
		both = syscalls.RESOLVE_BENEATH | syscalls.RESOLVE_IN_ROOT
	)
	switch {
	case flags&^known != 0, resolve&^resolves != 0, resolve&both == both,
		mode&^0o7777 != 0, mode != 0 && flags&creates == 0,
		flags&syscalls.O_PATH != 0 && flags&^withPath != 0:
		return fail(syscalls.EINVAL)
	}
	w := t.WalkAt(a[0], 0)
	w.Resolve |= resolve
	return open(t, w, a[1], uint32(flags), uint32(mode))
}

// copyStruct copies a structure of size bytes in, which may be longer than the
// one that is known here as long as the rest is zero (openat2(2), NOTES).
func copyStruct(to []uint64, addr, size uint64) syscalls.Errno {
	switch {
	case size < uint64(len(to))*8:
		return syscalls.EINVAL
	case size > mm.PageSize:
		return syscalls.E2BIG
	}
	var ok bool
	for i := range to {
		if to[i], ok = arch.LoadUser64(uintptr(addr) + uintptr(i)*8); !ok {
			return syscalls.EFAULT
		}
	}
	for at := uint64(len(to)) * 8; at < size; at++ {
		var b [1]byte
		if _, err := mm.UserBuf(uintptr(addr+at), 1).Read(0, b[:]); err != 0 {
			return err
		}
		if b[0] != 0 {
			return syscalls.E2BIG
		}
	}
	return 0
}

// sysClose is close(2).
func sysClose(t *proc.Task, a *args) int64 { return result(0, t.FDs.Close(int(int32(a[0])))) }

// sysLseek is lseek(2).
func sysLseek(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	pos, err := f.Lseek(int64(a[1]), a[2])
	if err != 0 {
		return fail(err)
	}
	return pos
}

// sysDup is dup(2). The context's O_CLOEXEC is the new descriptor's own, but
// its O_NONBLOCK would be the old one's too: EINVAL.
func sysDup(t *proc.Task, a *args) int64 { return dup(t, a[0], 0, 0) }

func dup(t *proc.Task, fd uint64, flags uint32, min int) int64 {
	f, err := t.AnyFile(fd)
	if err != 0 {
		return fail(err)
	}
	if err := t.SharesDescription(); err != 0 {
		return fail(err)
	}
	if slot, set := t.Slot(); set && slot == int(int32(fd)) && slot >= min {
		return int64(slot) // as dup2 has it, nothing is created
	}
	return result(t.NewFD(f.Ref(), flags, min))
}

// sysDup2 is dup2(2).
func sysDup2(t *proc.Task, a *args) int64 { return dup2(t, a, 0) }

// sysDup3 is dup3(2).
func sysDup3(t *proc.Task, a *args) int64 {
	if uint32(a[2])&^syscalls.O_CLOEXEC != 0 || int32(a[0]) == int32(a[1]) {
		return fail(syscalls.EINVAL)
	}
	return dup2(t, a, uint32(a[2]))
}

func dup2(t *proc.Task, a *args, flags uint32) int64 {
	if err := t.SharesDescription(); err != 0 {
		return fail(err) // first, as dup3 looks at its flags first
	}
	f, err := t.AnyFile(a[0])
	if err != 0 {
		return fail(err)
	}
	fd := int(int32(a[1]))
	if fd < 0 || fd >= t.MaxFD() {
		return fail(syscalls.EBADF)
	}
	if slot, set := t.Slot(); set && slot != fd {
		return fail(syscalls.EINVAL) // two numbers
	}
	if fd == int(int32(a[0])) {
		return int64(fd) // nothing is created
	}
	if err := t.FDs.Replace(fd, f.Ref(), t.Cloexec(flags)); err != 0 {
		f.Unref()
		return fail(err)
	}
	return int64(fd)
}

// sysFcntl is fcntl(2): descriptors' and descriptions' flags, and F_DUPFD.
func sysFcntl(t *proc.Task, a *args) int64 {
	fd := int(int32(a[0]))
	f, err := t.FDs.Get(fd)
	if err != 0 {
		return fail(err)
	}
	const settable = syscalls.O_APPEND | syscalls.O_NONBLOCK
	switch uint32(a[1]) {
	case syscalls.F_DUPFD, syscalls.F_DUPFD_CLOEXEC:
		if a[2] >= uint64(t.MaxFD()) {
			return fail(syscalls.EINVAL)
		}
		flags := uint32(0)
		if uint32(a[1]) == syscalls.F_DUPFD_CLOEXEC {
			flags = syscalls.O_CLOEXEC
		}
		return dup(t, a[0], flags, int(a[2]))
	case syscalls.F_GETFD:
		if t.FDs.Cloexec(fd) {
			return syscalls.FD_CLOEXEC
		}
		return 0
	case syscalls.F_SETFD:
		t.FDs.SetCloexec(fd, a[2]&syscalls.FD_CLOEXEC != 0)
		return 0
	case syscalls.F_GETFL:
		return int64(f.Flags)
	case syscalls.F_SETFL:
		if f.Flags&syscalls.O_PATH != 0 {
			return fail(syscalls.EBADF)
		}
		f.Flags = f.Flags&^settable | uint32(a[2])&settable
		return 0
	}
	return lockRange(t, f, a)
}

// sysPipe is pipe(2).
func sysPipe(t *proc.Task, a *args) int64 { return pipe(t, a, 0) }

// sysPipe2 is pipe2(2); there are no pipes of packets (O_DIRECT).
func sysPipe2(t *proc.Task, a *args) int64 {
	if uint32(a[1])&^(syscalls.O_CLOEXEC|syscalls.O_NONBLOCK) != 0 {
		return fail(syscalls.EINVAL)
	}
	return pipe(t, a, uint32(a[1]))
}

func pipe(t *proc.Task, a *args, flags uint32) int64 {
	r, w, err := fs.NewPipe(t.CreateFlags(flags) & syscalls.O_NONBLOCK)
	if err != 0 {
		return fail(err)
	}
	return result(0, t.NewFDPair(r, w, flags, mm.UserBuf(uintptr(a[0]), 8)))
}

// statBuf is where struct stat is put together.
var statBuf [fs.StatSize]byte

func putStat(addr uint64) int64 {
	_, err := mm.UserBuf(uintptr(addr), len(statBuf)).Write(0, statBuf[:])
	return result(0, err)
}

// sysStat is stat(2).
func sysStat(t *proc.Task, a *args) int64 { return stat(t, t.Walk(), a[0], a[1], true) }

// sysLstat is lstat(2).
func sysLstat(t *proc.Task, a *args) int64 { return stat(t, t.Walk(), a[0], a[1], false) }

// sysNewfstatat is fstatat(2).
func sysNewfstatat(t *proc.Task, a *args) int64 {
	const known = syscalls.AT_SYMLINK_NOFOLLOW | syscalls.AT_NO_AUTOMOUNT | syscalls.AT_EMPTY_PATH | syscalls.AT_STATX_SYNC_TYPE
	if uint32(a[3])&^known != 0 {
		return fail(syscalls.EINVAL)
	}
	return stat(t, t.WalkAt(a[0], uint32(a[3])), a[1], a[2], true)
}

func stat(t *proc.Task, w fs.Walk, path, to uint64, follow bool) int64 {
	p, err := t.Path(path)
	if err == 0 {
		err = w.Stat(p, follow, &statBuf)
	}
	if err != 0 {
		return fail(err)
	}
	return putStat(to)
}

// sysFstat is fstat(2).
func sysFstat(t *proc.Task, a *args) int64 {
	f, err := t.AnyFile(a[0])
	if err != 0 {
		return fail(err)
	}
	f.PutStat(&statBuf)
	return putStat(a[1])
}

// sysMkdir is mkdir(2).
func sysMkdir(t *proc.Task, a *args) int64 { return mkdir(t, t.Walk(), a[0], a[1]) }

// sysMkdirat is mkdirat(2).
func sysMkdirat(t *proc.Task, a *args) int64 { return mkdir(t, t.WalkAt(a[0], 0), a[1], a[2]) }

func mkdir(t *proc.Task, w fs.Walk, path, mode uint64) int64 {
	p, err := t.Path(path)
	if err != 0 {
		return fail(err)
	}
	return result(0, w.Mkdir(p, t.NewMode(uint32(mode))))
}

// sysMknod is mknod(2).
func sysMknod(t *proc.Task, a *args) int64 { return mknod(t, t.Walk(), a[0], a[1], a[2]) }

// sysMknodat is mknodat(2).
func sysMknodat(t *proc.Task, a *args) int64 { return mknod(t, t.WalkAt(a[0], 0), a[1], a[2], a[3]) }

func mknod(t *proc.Task, w fs.Walk, path, mode, dev uint64) int64 {
	kind, perm := uint32(mode)&syscalls.S_IFMT, t.NewMode(uint32(mode)&0o7777)
	switch kind {
	case 0:
		kind, dev = syscalls.S_IFREG, 0
	case syscalls.S_IFREG, syscalls.S_IFIFO, syscalls.S_IFSOCK:
		dev = 0
	case syscalls.S_IFCHR, syscalls.S_IFBLK:
	case syscalls.S_IFDIR:
		return fail(syscalls.EPERM)
	default:
		return fail(syscalls.EINVAL)
	}
	p, err := t.Path(path)
	if err != 0 {
		return fail(err)
	}
	_, err = w.Mknod(p, kind|perm, dev&0xffffffff)
	return result(0, err)
}

// sysRmdir is rmdir(2).
func sysRmdir(t *proc.Task, a *args) int64 { return unlink(t, t.Walk(), a[0], true) }

// sysUnlink is unlink(2).
func sysUnlink(t *proc.Task, a *args) int64 { return unlink(t, t.Walk(), a[0], false) }

// sysUnlinkat is unlinkat(2), which is one or the other.
func sysUnlinkat(t *proc.Task, a *args) int64 {
	if uint32(a[2])&^syscalls.AT_REMOVEDIR != 0 {
		return fail(syscalls.EINVAL)
	}
	return unlink(t, t.WalkAt(a[0], 0), a[1], uint32(a[2]) != 0)
}

func unlink(t *proc.Task, w fs.Walk, path uint64, dir bool) int64 {
	p, err := t.Path(path)
	switch {
	case err != 0:
		return fail(err)
	case dir:
		return result(0, w.Rmdir(p))
	}
	return result(0, w.Unlink(p))
}

// sysChdir is chdir(2).
func sysChdir(t *proc.Task, a *args) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	w := t.Walk()
	i, err := w.Lookup(p, true)
	if err != 0 {
		return fail(err)
	}
	return chdir(t, i, &w)
}

// sysFchdir is fchdir(2).
func sysFchdir(t *proc.Task, a *args) int64 {
	f, err := t.AnyFile(a[0])
	switch {
	case err != 0:
		return fail(err)
	case f.Inode == nil:
		return fail(syscalls.ENOTDIR)
	}
	w := t.Walk()
	return chdir(t, f.Inode, &w)
}

func chdir(t *proc.Task, i *fs.Inode, w *fs.Walk) int64 {
	if err := w.Search(i); err != 0 {
		return fail(err)
	}
	old := t.FS.Cwd
	t.FS.Cwd = i.Ref()
	old.Unref()
	return 0
}

var cwdBuf [fs.PathMax]byte

// sysGetcwd is getcwd(2): the kernel's, which returns the length with the NUL.
func sysGetcwd(t *proc.Task, a *args) int64 {
	end := len(cwdBuf) - 1
	cwdBuf[end] = 0
	at, err := fs.PathOf(t.FS.Cwd, cwdBuf[:end])
	if err != 0 {
		return fail(err)
	}
	p := cwdBuf[at:]
	if uint64(len(p)) > a[1] {
		return fail(syscalls.ERANGE)
	}
	_, err = mm.UserBuf(uintptr(a[0]), len(p)).Write(0, p)
	return result(len(p), err)
}

// sysUmask is umask(2).
func sysUmask(t *proc.Task, a *args) int64 {
	old := t.FS.Umask
	t.FS.Umask = uint32(a[0]) & 0o777
	return int64(old)
}

// sysGetdents64 is getdents64(2).
func sysGetdents64(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(f.Getdents64(mm.UserBuf(uintptr(a[1]), int(min(a[2], maxIO)))))
}

// sysGetdents is getdents(2). Its entries are as long as those of getdents64, but
// have the file's type in their last byte instead of before the name: getdents64
// makes them, and then they are changed where they are, in user memory.
func sysGetdents(t *proc.Task, a *args) int64 {
	const length, name64, name = 16, 19, 18
	r := sysGetdents64(t, a)
	for at, end := a[1], a[1]+uint64(max(r, 0)); at < end; {
		var b [name64 + 255 + 1 + 8]byte
		n := min(uint64(len(b)), end-at)
		if _, err := mm.UserBuf(uintptr(at), int(n)).Read(0, b[:n]); err != 0 {
			return fail(err)
		}
		size := uint64(b[length]) | uint64(b[length+1])<<8
		if size <= name64 || size > n {
			break // another thread has changed it
		}
		kind := b[name64-1]
		copy(b[name:size-1], b[name64:size])
		b[size-1] = kind
		if _, err := mm.UserBuf(uintptr(at), int(size)).Write(0, b[:size]); err != 0 {
			return fail(err)
		}
		at += size
	}
	return r
}
