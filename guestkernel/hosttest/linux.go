//go:build linux && amd64 && !freestanding

package hosttest

import (
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Linux is the host's own kernel.
type Linux struct {
	t      testing.TB
	fds    []int
	during chan struct{}
}

// NewLinux starts in an empty directory, without a umask.
func NewLinux(t *testing.T) System {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	old := unix.Umask(0)
	l := &Linux{t: t}
	watchdog := time.AfterFunc(5*time.Second, func() { panic("hosttest: a call of Linux's sleeps, which the table has no waking call for") })
	t.Cleanup(func() {
		watchdog.Stop()
		unix.Umask(old)
		for _, fd := range l.fds {
			unix.Close(fd)
		}
	})
	return l
}

// During calls f from another thread, when the caller has had time to sleep.
func (l *Linux) During(f func()) {
	l.during = make(chan struct{})
	go func(done chan struct{}) {
		time.Sleep(30 * time.Millisecond)
		f()
		close(done)
	}(l.during)
}

func (l *Linux) Done() {
	if l.during != nil {
		<-l.during
		l.during = nil
	}
}

// do makes a call. What the pointers among a point to stays where it is.
//
//go:uintptrescapes
func do(nr uintptr, a ...uintptr) int {
	var w [6]uintptr
	copy(w[:], a)
	for {
		r, _, e := unix.Syscall6(nr, w[0], w[1], w[2], w[3], w[4], w[5])
		switch e {
		case 0:
			return int(r)
		case unix.EINTR: // by the Go runtime's own signals
			continue
		}
		return -int(e)
	}
}

func str(s string) uintptr {
	return mem(append([]byte(s), 0))
}

func mem(b []byte) uintptr {
	if len(b) == 0 {
		b = make([]byte, 1)
	}
	mu.Lock()
	defer mu.Unlock()
	keep = append(keep, b)
	return uintptr(unsafe.Pointer(&b[0]))
}

// keep has what raw calls are given the addresses of. A call that wakes
// another is on a thread of its own: mu guards keep, and Linux.fds.
var (
	mu   sync.Mutex
	keep [][]byte
)

func (l *Linux) fd(n int) int {
	mu.Lock()
	defer mu.Unlock()
	if n >= 0 {
		l.fds = append(l.fds, n)
	}
	return n
}

func (l *Linux) Open(path string, flags, mode uint32) int {
	return l.fd(do(unix.SYS_OPEN, str(path), uintptr(flags|unix.O_CLOEXEC), uintptr(mode)))
}

func (l *Linux) Openat2(dir int, path string, flags uint32, resolve uint64) int {
	how := [3]uint64{uint64(flags), 0, resolve}
	n := do(unix.SYS_OPENAT2, uintptr(dir), str(path), uintptr(unsafe.Pointer(&how)), 24)
	return l.fd(n)
}

func (l *Linux) Close(fd int) int {
	mu.Lock()
	for i, n := range l.fds {
		if n == fd {
			l.fds = append(l.fds[:i], l.fds[i+1:]...)
			break
		}
	}
	mu.Unlock()
	return do(unix.SYS_CLOSE, uintptr(fd))
}

func (l *Linux) Dup(fd int) int { return l.fd(do(unix.SYS_DUP, uintptr(fd))) }

func (l *Linux) SetFlags(fd int, flags uint32) int {
	return do(unix.SYS_FCNTL, uintptr(fd), unix.F_SETFL, uintptr(flags))
}

func (l *Linux) Read(fd int, b []byte, how How) int {
	if how.UsePos {
		return do(unix.SYS_PREAD64, uintptr(fd), mem(b), uintptr(len(b)), uintptr(how.Pos))
	}
	return do(unix.SYS_READ, uintptr(fd), mem(b), uintptr(len(b)))
}

func (l *Linux) Write(fd int, b []byte, how How) int {
	if how.UsePos {
		return do(unix.SYS_PWRITE64, uintptr(fd), mem(b), uintptr(len(b)), uintptr(how.Pos))
	}
	return do(unix.SYS_WRITE, uintptr(fd), mem(b), uintptr(len(b)))
}

func (l *Linux) Lseek(fd int, off int64, whence int) int {
	return do(unix.SYS_LSEEK, uintptr(fd), uintptr(off), uintptr(whence))
}

func (l *Linux) Ftruncate(fd int, size int64) int {
	return do(unix.SYS_FTRUNCATE, uintptr(fd), uintptr(size))
}

func (l *Linux) Pipe(flags uint32) (r, w, err int) {
	var p [2]int32
	n := do(unix.SYS_PIPE2, uintptr(unsafe.Pointer(&p)), uintptr(flags))
	if n == 0 {
		l.fd(int(p[0]))
		l.fd(int(p[1]))
	}
	return int(p[0]), int(p[1]), n
}

func (l *Linux) Poll(fds []PollFD, ms int) int {
	p := make([]unix.PollFd, len(fds)+1)
	for i, f := range fds {
		p[i] = unix.PollFd{Fd: int32(f.FD), Events: int16(f.Events)}
	}
	n := do(unix.SYS_POLL, uintptr(unsafe.Pointer(&p[0])), uintptr(len(fds)), uintptr(ms))
	for i := range fds {
		fds[i].Revents = uint16(p[i].Revents)
	}
	return n
}

func (l *Linux) Names(fd int, size int) (names []string, err int) {
	b := make([]byte, size)
	n := do(unix.SYS_GETDENTS64, uintptr(fd), mem(b), uintptr(size))
	if n < 0 {
		return nil, n
	}
	return dirents(b[:n]), 0
}

func statOf(s *unix.Stat_t, err error) (Stat, int) {
	if e, ok := err.(unix.Errno); ok {
		return Stat{}, -int(e)
	}
	st := Stat{Mode: s.Mode, Nlink: uint32(s.Nlink), UID: s.Uid, GID: s.Gid, Size: s.Size}
	if os.Getuid() != 0 { // a table is root's
		st.UID, st.GID = 0, 0
	}
	return st, 0
}

func (l *Linux) Stat(path string, follow bool) (Stat, int) {
	var s unix.Stat_t
	if follow {
		return statOf(&s, unix.Stat(path, &s))
	}
	return statOf(&s, unix.Lstat(path, &s))
}

func (l *Linux) Fstat(fd int) (Stat, int) {
	var s unix.Stat_t
	return statOf(&s, unix.Fstat(fd, &s))
}

func (l *Linux) Mkdir(path string, mode uint32) int {
	return do(unix.SYS_MKDIR, str(path), uintptr(mode))
}
func (l *Linux) Rmdir(path string) int  { return do(unix.SYS_RMDIR, str(path)) }
func (l *Linux) Unlink(path string) int { return do(unix.SYS_UNLINK, str(path)) }
func (l *Linux) Chmod(path string, mode uint32) int {
	return do(unix.SYS_CHMOD, str(path), uintptr(mode))
}
func (l *Linux) Chown(path string, uid, gid int) int {
	return do(unix.SYS_CHOWN, str(path), uintptr(uint32(uid)), uintptr(uint32(gid)))
}
func (l *Linux) Truncate(path string, size int64) int {
	return do(unix.SYS_TRUNCATE, str(path), uintptr(size))
}

// Access is with the ids of the file system, as the guest's Permission.
func (l *Linux) Access(path string, want uint32) int {
	cwd := unix.AT_FDCWD
	return do(unix.SYS_FACCESSAT2, uintptr(cwd), str(path), uintptr(want), unix.AT_EACCESS)
}

func (l *Linux) Rename(old, new string, keep bool) int {
	cwd, flags := unix.AT_FDCWD, 0
	if keep {
		flags = unix.RENAME_NOREPLACE
	}
	return do(unix.SYS_RENAMEAT2, uintptr(cwd), str(old), uintptr(cwd), str(new), uintptr(flags))
}

func (l *Linux) Link(old, new string, follow bool) int {
	cwd, flags := unix.AT_FDCWD, 0
	if follow {
		flags = unix.AT_SYMLINK_FOLLOW
	}
	return do(unix.SYS_LINKAT, uintptr(cwd), str(old), uintptr(cwd), str(new), uintptr(flags))
}

func (l *Linux) Symlink(target, path string) int {
	return do(unix.SYS_SYMLINK, str(target), str(path))
}

func (l *Linux) Readlink(path string) (string, int) {
	b := make([]byte, 4096)
	n := do(unix.SYS_READLINK, str(path), mem(b), uintptr(len(b)))
	return string(b[:max(n, 0)]), min(n, 0)
}

// Become changes the thread's ids, which only root can.
func (l *Linux) Become(uid, gid int) {
	if os.Getuid() != 0 {
		l.t.Skip("only root can take another identity")
	}
	runtime.LockOSThread()
	setIDs(uid, gid)
	l.t.Cleanup(func() { setIDs(0, 0) })
}

func setIDs(uid, gid int) {
	unix.SetfsgidRetGid(gid)
	unix.SetfsuidRetUid(uid)
}

// ---- sockets

func sockaddr(a Addr) (uintptr, uintptr) {
	if a == nil {
		return 0, 0
	}
	return mem(a), uintptr(len(a))
}

func (l *Linux) Socket(family, kind, protocol int) int {
	return l.fd(do(unix.SYS_SOCKET, uintptr(family), uintptr(kind), uintptr(protocol)))
}

func (l *Linux) Socketpair(family, kind, protocol int) (a, b, err int) {
	var p [2]int32
	n := do(unix.SYS_SOCKETPAIR, uintptr(family), uintptr(kind), uintptr(protocol), uintptr(unsafe.Pointer(&p)))
	if n == 0 {
		l.fd(int(p[0]))
		l.fd(int(p[1]))
	}
	return int(p[0]), int(p[1]), n
}

func (l *Linux) Bind(fd int, a Addr) int {
	p, n := sockaddr(a)
	return do(unix.SYS_BIND, uintptr(fd), p, n)
}

func (l *Linux) Listen(fd, backlog int) int {
	return do(unix.SYS_LISTEN, uintptr(fd), uintptr(backlog))
}

func (l *Linux) Connect(fd int, a Addr) int {
	p, n := sockaddr(a)
	return do(unix.SYS_CONNECT, uintptr(fd), p, n)
}

// out is room for an address that a call returns.
type out struct {
	b [128]byte
	n uint32
}

func newOut() *out { return &out{n: 128} }

func (o *out) addr() Addr { return o.b[:min(o.n, 128)] }

func (l *Linux) Accept(fd int) (int, Addr) {
	o := newOut()
	n := do(unix.SYS_ACCEPT, uintptr(fd), uintptr(unsafe.Pointer(&o.b)), uintptr(unsafe.Pointer(&o.n)))
	return l.fd(n), o.addr()
}

func (l *Linux) Send(fd int, b []byte, flags int, to Addr) int {
	p, n := sockaddr(to)
	return do(unix.SYS_SENDTO, uintptr(fd), mem(b), uintptr(len(b)), uintptr(flags), p, n)
}

func (l *Linux) Recv(fd int, b []byte, flags int) (int, Addr) {
	o := newOut()
	n := do(unix.SYS_RECVFROM, uintptr(fd), mem(b), uintptr(len(b)), uintptr(flags),
		uintptr(unsafe.Pointer(&o.b)), uintptr(unsafe.Pointer(&o.n)))
	return n, o.addr()
}

func (l *Linux) Shutdown(fd, how int) int {
	return do(unix.SYS_SHUTDOWN, uintptr(fd), uintptr(how))
}

func (l *Linux) Name(fd int, peer bool) (Addr, int) {
	nr := uintptr(unix.SYS_GETSOCKNAME)
	if peer {
		nr = unix.SYS_GETPEERNAME
	}
	o := newOut()
	n := do(nr, uintptr(fd), uintptr(unsafe.Pointer(&o.b)), uintptr(unsafe.Pointer(&o.n)))
	return o.addr(), n
}

func (l *Linux) GetOpt(fd, level, opt int) int {
	v, err := unix.GetsockoptInt(fd, level, opt)
	if e, ok := err.(unix.Errno); ok {
		return -int(e)
	}
	return v
}

func (l *Linux) SetOpt(fd, level, opt, v int) int {
	if e, ok := unix.SetsockoptInt(fd, level, opt, v).(unix.Errno); ok {
		return -int(e)
	}
	return 0
}
