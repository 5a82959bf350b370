//go:build freestanding

package sys

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// maxIO is the most that one read or write transfers (read(2), NOTES).
const maxIO = 0x7ffff000

// buf is the memory of a read or write: EFAULT if it is not all in user space.
func buf(addr, n uint64) (mm.Buf, syscalls.Errno) {
	if int64(n) < 0 {
		return mm.Buf{}, syscalls.EINVAL
	}
	if !mm.UserRange(uintptr(addr), uintptr(n)) {
		return mm.Buf{}, syscalls.EFAULT
	}
	return mm.UserBuf(uintptr(addr), int(min(n, maxIO))), 0
}

// sysRead is read(2).
func sysRead(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	b, err := buf(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	return result(f.Read(b))
}

// sysWrite is write(2).
func sysWrite(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	b, err := buf(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	return result(f.Write(b))
}

// sysOpen is open(2).
func sysOpen(t *proc.Task, a *args) int64 {
	return open(t, a[0], uint32(a[1]), uint32(a[2]))
}

// sysCreat is creat(2).
func sysCreat(t *proc.Task, a *args) int64 {
	return open(t, a[0], syscalls.O_CREAT|syscalls.O_WRONLY|syscalls.O_TRUNC, uint32(a[1]))
}

func open(t *proc.Task, path uint64, flags, mode uint32) int64 {
	p, err := t.Path(path)
	if err != 0 {
		return fail(err)
	}
	f, err := t.Walk().Open(p, t.CreateFlags(flags), t.NewMode(mode))
	if err != 0 {
		return fail(err)
	}
	return result(t.NewFD(f, flags, 0))
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
	return result(int(pos), err)
}

// sysDup is dup(2). The context's O_CLOEXEC is the new descriptor's own, but
// its O_NONBLOCK would be the old one's too: EINVAL.
func sysDup(t *proc.Task, a *args) int64 { return dup(t, a[0], 0, 0) }

func dup(t *proc.Task, fd uint64, flags uint32, min int) int64 {
	f, err := t.File(fd)
	if err != 0 {
		return fail(err)
	}
	if err := t.SharesDescription(); err != 0 {
		return fail(err)
	}
	return result(t.NewFD(f.Ref(), flags, min))
}

// sysDup2 is dup2(2).
func sysDup2(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	fd := int(int32(a[1]))
	if fd < 0 || fd >= fs.MaxFD {
		return fail(syscalls.EBADF)
	}
	if err := t.SharesDescription(); err != 0 {
		return fail(err)
	}
	if fd == int(int32(a[0])) {
		return int64(fd) // nothing is created
	}
	if err := t.FDs.Replace(fd, f.Ref(), t.Cloexec(0)); err != 0 {
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
		if a[2] >= fs.MaxFD {
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
		return int64(f.Flags | syscalls.O_LARGEFILE*largeFile(f))
	case syscalls.F_SETFL:
		f.Flags = f.Flags&^settable | uint32(a[2])&settable
		return 0
	}
	return fail(syscalls.EINVAL)
}

// largeFile is 1 for files that were opened by name: a 64-bit kernel opens
// them all with O_LARGEFILE.
func largeFile(f *fs.File) uint32 {
	if f.Inode != nil {
		return 1
	}
	return 0
}

// sysPipe is pipe(2).
func sysPipe(t *proc.Task, a *args) int64 {
	r, w, err := fs.NewPipe(t.CreateFlags(0) & syscalls.O_NONBLOCK)
	if err != 0 {
		return fail(err)
	}
	return result(0, t.NewFDPair(r, w, 0, mm.UserBuf(uintptr(a[0]), 8)))
}

// statBuf is where struct stat is put together.
var statBuf [fs.StatSize]byte

func putStat(addr uint64) int64 {
	_, err := mm.UserBuf(uintptr(addr), len(statBuf)).Write(0, statBuf[:])
	return result(0, err)
}

// sysStat is stat(2).
func sysStat(t *proc.Task, a *args) int64 { return stat(t, a, true) }

// sysLstat is lstat(2).
func sysLstat(t *proc.Task, a *args) int64 { return stat(t, a, false) }

func stat(t *proc.Task, a *args, follow bool) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	i, err := t.Walk().Lookup(p, follow)
	if err != 0 {
		return fail(err)
	}
	i.PutStat(&statBuf)
	return putStat(a[1])
}

// sysFstat is fstat(2).
func sysFstat(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	f.PutStat(&statBuf)
	return putStat(a[1])
}

// sysMkdir is mkdir(2).
func sysMkdir(t *proc.Task, a *args) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Walk().Mkdir(p, t.NewMode(uint32(a[1]))))
}

// sysRmdir is rmdir(2).
func sysRmdir(t *proc.Task, a *args) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Walk().Rmdir(p))
}

// sysUnlink is unlink(2).
func sysUnlink(t *proc.Task, a *args) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, t.Walk().Unlink(p))
}

// sysChdir is chdir(2).
func sysChdir(t *proc.Task, a *args) int64 {
	p, err := t.Path(a[0])
	if err != 0 {
		return fail(err)
	}
	i, err := t.Walk().Lookup(p, true)
	switch {
	case err != 0:
		return fail(err)
	case !i.IsDir():
		return fail(syscalls.ENOTDIR)
	}
	old := t.Cwd
	t.Cwd = i.Ref()
	old.Unref()
	return 0
}

var cwdBuf [fs.PathMax]byte

// sysGetcwd is getcwd(2): the kernel's, which returns the length with the NUL.
func sysGetcwd(t *proc.Task, a *args) int64 {
	end := len(cwdBuf) - 1
	cwdBuf[end] = 0
	at, err := fs.PathOf(t.Cwd, cwdBuf[:end])
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
	old := t.Umask
	t.Umask = uint32(a[0]) & 0o777
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

const pollPerPage = mm.PageSize / 8

// pollCall is the memory of one poll(2): its descriptors, copied in.
type pollCall struct {
	pages [fs.MaxFD / pollPerPage]*[pollPerPage]fs.PollFD
}

var pollCalls mm.Pool[pollCall]
var pollPages mm.Pool[[pollPerPage]fs.PollFD]

// At is descriptor i.
func (c *pollCall) At(i int) *fs.PollFD { return &c.pages[i/pollPerPage][i%pollPerPage] }

func (c *pollCall) free() {
	for _, p := range c.pages {
		if p != nil {
			pollPages.Put(p)
		}
	}
	pollCalls.Put(c)
}

// sysPoll is poll(2).
func sysPoll(t *proc.Task, a *args) int64 {
	n := int(uint32(a[1]))
	if n > fs.MaxFD {
		return fail(syscalls.EINVAL)
	}
	until := uint64(sched.Never)
	if ms := int32(a[2]); ms >= 0 {
		until = arch.Now() + uint64(ms)*1_000_000
	}
	c := pollCalls.Get()
	if c == nil {
		return fail(syscalls.ENOMEM)
	}
	r := c.poll(t, a[0], n, until)
	c.free()
	return r
}

func (c *pollCall) poll(t *proc.Task, addr uint64, n int, until uint64) int64 {
	for i := 0; i < n; i += pollPerPage {
		p := pollPages.Get()
		if p == nil {
			return fail(syscalls.ENOMEM)
		}
		c.pages[i/pollPerPage] = p
		b := unsafe.Slice((*byte)(unsafe.Pointer(p)), min(n-i, pollPerPage)*8)
		if _, err := mm.UserBuf(uintptr(addr)+uintptr(i)*8, len(b)).Read(0, b); err != 0 {
			return fail(err)
		}
	}
	ready, err := fs.Poll(t.FDs, n, c, until)
	if err != 0 {
		return fail(err)
	}
	for i := 0; i < n; i += pollPerPage {
		b := unsafe.Slice((*byte)(unsafe.Pointer(c.pages[i/pollPerPage])), min(n-i, pollPerPage)*8)
		if _, err := mm.UserBuf(uintptr(addr)+uintptr(i)*8, len(b)).Write(0, b); err != 0 {
			return fail(err)
		}
	}
	return int64(ready)
}
