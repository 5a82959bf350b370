//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// The calls about epoll, eventfd and timerfd.

// newFile gives a file that a call has made its descriptor.
func newFile(t *proc.Task, f *fs.File, flags uint32, err syscalls.Errno) int64 {
	if err != 0 {
		return fail(err)
	}
	return result(t.NewFD(f, flags, 0))
}

// sysEpollCreate is epoll_create(2), whose size counts for nothing.
func sysEpollCreate(t *proc.Task, a *args) int64 {
	if int32(a[0]) <= 0 {
		return fail(syscalls.EINVAL)
	}
	return epollCreate(t, 0)
}

// sysEpollCreate1 is epoll_create1(2).
func sysEpollCreate1(t *proc.Task, a *args) int64 { return epollCreate(t, uint32(a[0])) }

// epollCreate refuses the context's O_NONBLOCK as it would its own.
func epollCreate(t *proc.Task, flags uint32) int64 {
	if t.CreateFlags(flags)&^syscalls.EPOLL_CLOEXEC != 0 {
		return fail(syscalls.EINVAL)
	}
	f, err := fs.NewEpoll()
	return newFile(t, f, flags, err)
}

// sysEpollCtl is epoll_ctl(2).
func sysEpollCtl(t *proc.Task, a *args) int64 {
	var b [12]byte
	if uint32(a[1]) != syscalls.EPOLL_CTL_DEL {
		if _, err := mm.UserBuf(uintptr(a[3]), len(b)).Read(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	target, err := t.File(a[2])
	if err != 0 {
		return fail(err)
	}
	events, data := uint32(syscalls.GetInt(b[:], 4)), syscalls.GetInt(b[4:], 8)
	return result(0, fs.EpollCtl(f, uint32(a[1]), target, int(int32(a[2])), events, data))
}

// sysEpollWait is epoll_wait(2).
func sysEpollWait(t *proc.Task, a *args) int64 { return epollWait(t, a, milliseconds(a[3])) }

// sysEpollPwait is epoll_pwait(2).
func sysEpollPwait(t *proc.Task, a *args) int64 {
	return epollPwait(t, a, milliseconds(a[3]))
}

// sysEpollPwait2 is epoll_pwait2(2).
func sysEpollPwait2(t *proc.Task, a *args) int64 {
	until, err := relative(a[3])
	if err != 0 {
		return fail(err)
	}
	return epollPwait(t, a, until)
}

// epollPwait is epoll_wait under a signal mask.
func epollPwait(t *proc.Task, a *args, until uint64) int64 {
	old, err := swapMask(t, a[4], a[5])
	if err != 0 {
		return fail(err)
	}
	r := epollWait(t, a, until)
	if a[4] != 0 {
		t.UnswapMask(old, r)
	}
	return r
}

func epollWait(t *proc.Task, a *args, until uint64) int64 {
	const size, most = 12, 0x7fffffff / 12
	n := int32(a[2])
	if n <= 0 || n > most {
		return fail(syscalls.EINVAL)
	}
	if !mm.UserRange(uintptr(a[1]), uintptr(n)*size) {
		return fail(syscalls.EFAULT)
	}
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(fs.EpollWait(f, mm.UserBuf(uintptr(a[1]), int(n)*size), int(n), until))
}

// sysEventfd is the old eventfd(2).
func sysEventfd(t *proc.Task, a *args) int64 { return eventfd(t, a[0], 0) }

// sysEventfd2 is eventfd(2).
func sysEventfd2(t *proc.Task, a *args) int64 { return eventfd(t, a[0], uint32(a[1])) }

func eventfd(t *proc.Task, count uint64, flags uint32) int64 {
	if flags&^(syscalls.EFD_SEMAPHORE|syscalls.EFD_NONBLOCK|syscalls.EFD_CLOEXEC) != 0 {
		return fail(syscalls.EINVAL)
	}
	nonblock := t.CreateFlags(flags) & syscalls.O_NONBLOCK
	f, err := fs.NewEventFD(uint64(uint32(count)), flags&syscalls.EFD_SEMAPHORE != 0, nonblock)
	return newFile(t, f, flags, err)
}

// sysInotifyInit is the old inotify_init(2).
func sysInotifyInit(t *proc.Task, a *args) int64 { return inotify(t, 0) }

// sysInotifyInit1 is inotify_init1(2).
func sysInotifyInit1(t *proc.Task, a *args) int64 { return inotify(t, uint32(a[0])) }

func inotify(t *proc.Task, flags uint32) int64 {
	if flags&^(syscalls.IN_NONBLOCK|syscalls.IN_CLOEXEC) != 0 {
		return fail(syscalls.EINVAL)
	}
	f, err := fs.NewInotify(t.CreateFlags(flags) & syscalls.O_NONBLOCK)
	return newFile(t, f, flags, err)
}

// sysInotifyAddWatch is inotify_add_watch(2).
func sysInotifyAddWatch(t *proc.Task, a *args) int64 {
	mask := uint32(a[2])
	f, err := t.File(a[0])
	if err == 0 {
		err = fs.InotifyCheck(f, mask)
	}
	if err != 0 {
		return fail(err)
	}
	w := t.Walk()
	if mask&syscalls.IN_DONT_FOLLOW != 0 {
		w.At |= syscalls.AT_SYMLINK_NOFOLLOW
	}
	i, err := onPath(t, &w, a[1])
	switch {
	case err != 0:
		return fail(err)
	case mask&syscalls.IN_ONLYDIR != 0 && !i.IsDir():
		return fail(syscalls.ENOTDIR)
	}
	if err := w.Permission(i, syscalls.R_OK); err != 0 {
		return fail(err)
	}
	return result(fs.InotifyAdd(f, i, mask))
}

// sysInotifyRmWatch is inotify_rm_watch(2).
func sysInotifyRmWatch(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, fs.InotifyRemove(f, int32(a[1])))
}

// sysTimerfdCreate is timerfd_create(2).
func sysTimerfdCreate(t *proc.Task, a *args) int64 {
	flags := uint32(a[1])
	if flags&^(syscalls.TFD_NONBLOCK|syscalls.TFD_CLOEXEC) != 0 {
		return fail(syscalls.EINVAL)
	}
	switch uint32(a[0]) {
	case syscalls.CLOCK_REALTIME, syscalls.CLOCK_MONOTONIC, syscalls.CLOCK_BOOTTIME:
	default:
		return fail(syscalls.EINVAL)
	}
	f, err := fs.NewTimerFD(a[0] == syscalls.CLOCK_REALTIME, t.CreateFlags(flags)&syscalls.O_NONBLOCK)
	return newFile(t, f, flags, err)
}

// timerFile is the timer of a descriptor.
func timerFile(t *proc.Task, fd uint64) (*fs.File, syscalls.Errno) {
	f, err := t.File(fd)
	if err == 0 && !f.IsTimerFD() {
		err = syscalls.EINVAL
	}
	return f, err
}

// sysTimerfdSettime is timerfd_settime(2). Nobody sets the clock, so that
// TFD_TIMER_CANCEL_ON_SET has nothing to do.
func sysTimerfdSettime(t *proc.Task, a *args) int64 {
	const cancelOnSet = 2
	interval, err1 := getTimespec(a[2])
	value, err2 := getTimespec(a[2] + 16)
	switch {
	case err1 == syscalls.EFAULT || err2 == syscalls.EFAULT:
		return fail(syscalls.EFAULT)
	case err1 != 0, err2 != 0, uint32(a[1])&^(syscalls.TIMER_ABSTIME|cancelOnSet) != 0:
		return fail(syscalls.EINVAL)
	}
	f, err := timerFile(t, a[0])
	if err != 0 {
		return fail(err)
	}
	oldValue, oldInterval := f.GetTimer()
	f.SetTimer(value, interval, a[1]&syscalls.TIMER_ABSTIME != 0)
	if a[3] != 0 {
		return putTimer(a[3], oldValue, oldInterval)
	}
	return 0
}

// sysTimerfdGettime is timerfd_gettime(2).
func sysTimerfdGettime(t *proc.Task, a *args) int64 {
	f, err := timerFile(t, a[0])
	if err != 0 {
		return fail(err)
	}
	value, interval := f.GetTimer()
	return putTimer(a[1], value, interval)
}

func putTimer(addr, value, interval uint64) int64 {
	if r := putTimespec(addr, interval); r != 0 {
		return r
	}
	return putTimespec(addr+16, value)
}

// sysMemfdCreate is memfd_create(2): a file without a name; the one that is
// given is for others to read. There are no seals.
func sysMemfdCreate(t *proc.Task, a *args) int64 {
	const nameMax, noexecSeal, exec = 249, 8, 0x10
	flags := uint32(a[1])
	if flags&^(syscalls.MFD_CLOEXEC|syscalls.MFD_ALLOW_SEALING|noexecSeal|exec) != 0 {
		return fail(syscalls.EINVAL)
	}
	name, err := t.Path(a[0])
	switch {
	case err != 0:
		return fail(err)
	case len(name) > nameMax:
		return fail(syscalls.EINVAL)
	}
	mode := uint32(0o777)
	if flags&noexecSeal != 0 {
		mode = 0o666
	}
	f, err := fs.NewMemFD(mode, t.FSCred())
	open := uint32(0)
	if flags&syscalls.MFD_CLOEXEC != 0 {
		open = syscalls.O_CLOEXEC
	}
	return newFile(t, f, open, err)
}

// sysGetrandom is getrandom(2).
func sysGetrandom(t *proc.Task, a *args) int64 {
	const insecure = 4
	flags := uint32(a[2])
	if flags&^(syscalls.GRND_NONBLOCK|syscalls.GRND_RANDOM|insecure) != 0 ||
		flags&(syscalls.GRND_RANDOM|insecure) == syscalls.GRND_RANDOM|insecure {
		return fail(syscalls.EINVAL)
	}
	b, err := buf(a[0], a[1])
	if err != 0 {
		return fail(err)
	}
	done := 0
	for done < b.Len() {
		r := proc.RandomBytes()
		n, err := b.Write(done, r[:min(len(r), b.Len()-done)])
		done += n
		if err != 0 {
			if done > 0 {
				break
			}
			return fail(err)
		}
	}
	return int64(done)
}

// sysCloseRange is close_range(2). A process that has its descriptors to
// itself has nothing to unshare.
func sysCloseRange(t *proc.Task, a *args) int64 {
	const unshare, cloexec = 2, 4
	first, last := uint32(a[0]), uint32(a[1])
	if first > last || uint32(a[2])&^(unshare|cloexec) != 0 {
		return fail(syscalls.EINVAL)
	}
	for fd := first; fd <= min(last, fs.MaxFD-1); fd++ {
		if a[2]&cloexec == 0 {
			t.FDs.Close(int(fd))
		} else if _, err := t.FDs.Get(int(fd)); err == 0 {
			t.FDs.SetCloexec(int(fd), true)
		}
	}
	return 0
}

// sysFallocate is fallocate(2): memory is had when it is written, so that only
// the size and what is in the range change.
func sysFallocate(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, f.Fallocate(uint32(a[1]), int64(a[2]), int64(a[3])))
}

// sysStatx is statx(2).
func sysStatx(t *proc.Task, a *args) int64 {
	const known = syscalls.AT_SYMLINK_NOFOLLOW | syscalls.AT_NO_AUTOMOUNT | syscalls.AT_EMPTY_PATH | syscalls.AT_STATX_SYNC_TYPE
	const reserved = 1 << 31
	flags := uint32(a[2])
	if flags&^known != 0 || flags&syscalls.AT_STATX_SYNC_TYPE == syscalls.AT_STATX_SYNC_TYPE || uint32(a[3])&reserved != 0 {
		return fail(syscalls.EINVAL)
	}
	p, err := t.Path(a[1])
	if err == 0 {
		err = t.WalkAt(a[0], flags).Stat(p, true, &statBuf)
	}
	if err != 0 {
		return fail(err)
	}
	fs.Statx(&statBuf, &statxBuf)
	_, err = mm.UserBuf(uintptr(a[4]), len(statxBuf)).Write(0, statxBuf[:])
	return result(0, err)
}

var statxBuf [fs.StatxSize]byte

// sysExecveat is execveat(2).
func sysExecveat(t *proc.Task, a *args) int64 {
	if err := atFlags(a[4]); err != 0 {
		return fail(err)
	}
	return execve(t, t.WalkAt(a[0], uint32(a[4])), a[1], a[2], a[3])
}

// sysSendfile is sendfile(2).
func sysSendfile(t *proc.Task, a *args) int64 {
	return transfer(t, a[1], a[2], a[0], 0, a[3])
}

// sysCopyFileRange is copy_file_range(2), for regular files.
func sysCopyFileRange(t *proc.Task, a *args) int64 {
	in, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	out, err := t.File(a[2])
	switch {
	case err != 0:
		return fail(err)
	case uint32(a[5]) != 0:
		return fail(syscalls.EINVAL)
	case in.Inode != nil && in.Inode.IsDir(), out.Inode != nil && out.Inode.IsDir():
		return fail(syscalls.EISDIR)
	case in.Inode == nil || out.Inode == nil || !in.Inode.IsRegular() || !out.Inode.IsRegular():
		return fail(syscalls.EINVAL)
	case out.Flags&syscalls.O_APPEND != 0:
		return fail(syscalls.EBADF)
	}
	return transfer(t, a[0], a[1], a[2], a[3], a[4])
}

// transfer copies n bytes from one descriptor to another, each at the position at
// an address that moves, or at its own.
func transfer(t *proc.Task, from, fromAt, to, toAt, n uint64) int64 {
	in, err := t.File(from)
	if err != 0 {
		return fail(err)
	}
	out, err := t.File(to)
	if err != 0 {
		return fail(err)
	}
	var how [2]fs.How
	for i, addr := range [...]uint64{fromAt, toAt} {
		if addr == 0 {
			continue
		}
		v, ok := arch.LoadUser64(uintptr(addr))
		if !ok {
			return fail(syscalls.EFAULT)
		}
		how[i] = fs.How{UsePos: true, Pos: int64(v)}
	}
	done, err := fs.Copy(in, &how[0], out, &how[1], int(min(n, maxIO)))
	for i, addr := range [...]uint64{fromAt, toAt} {
		if addr == 0 || done == 0 {
			continue
		}
		if r := putWord(addr, uint64(how[i].Pos)); r != 0 {
			return r
		}
	}
	return result(done, err)
}
