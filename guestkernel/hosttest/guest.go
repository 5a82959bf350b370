//go:build !freestanding

package hosttest

import (
	"encoding/binary"
	"testing"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/net"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// Guest is the kernel's packages as a System: what the handlers of the system
// calls do, in short.
type Guest struct {
	FDs    *fs.FDTable
	walk   fs.Walk
	during func()
	thread sched.Thread
}

// NewGuest starts the packages afresh, with a file system that has only /dev,
// /tmp, /proc, and /work, where the relative paths start.
func NewGuest(t testing.TB) *Guest {
	g := &Guest{}
	mm.Init(mm.PageSize, arch.HostMemory)
	sched.HostInit(&g.thread)
	net.Init()
	arch.HostSwitch = g.sleep
	if problem := fs.Boot(Cpio(File{Name: "work", Mode: syscalls.S_IFDIR | 0o755})); problem != "" {
		t.Fatal(problem)
	}
	i, err := fs.Walk{Cwd: fs.Root}.Lookup([]byte("/work"), true)
	if err != 0 {
		t.Fatal(err.Name())
	}
	g.FDs, g.walk.Cwd = fs.NewFDTable(), i
	before := inUse()
	t.Cleanup(func() {
		g.FDs.Release()
		if now := inUse(); now != before {
			t.Errorf("files, pipes, sockets in use: %d, and before the test %d", now, before)
		}
	})
	return g
}

func inUse() [3]int { return [...]int{fs.OpenFiles(), fs.Pipes(), net.Sockets()} }

// sleep is in place of a context switch: what the table says happens, and a
// signal if that was not enough.
func (g *Guest) sleep() {
	if f := g.during; f != nil {
		g.during = nil
		f()
	}
	if g.thread.State == sched.Sleeping {
		sched.Expire(sched.NextDeadline())
	}
	if g.thread.State == sched.Sleeping {
		sched.Interrupt(&g.thread)
		g.thread.Pending = false
	}
}

func (g *Guest) During(f func()) { g.during = f }
func (g *Guest) Done() {
	if g.during != nil {
		panic("hosttest: the call did not sleep")
	}
}

// File is one of a cpio archive in the format newc.
type File struct {
	Name string
	Mode uint32
	Data string
}

// Cpio makes an archive.
func Cpio(files ...File) []byte {
	var a []byte
	field := func(v int) {
		const digits = "0123456789abcdef"
		for s := 28; s >= 0; s -= 4 {
			a = append(a, digits[v>>s&15])
		}
	}
	pad := func() {
		for len(a)%4 != 0 {
			a = append(a, 0)
		}
	}
	for _, f := range append(files, File{Name: "TRAILER!!!"}) {
		a = append(a, "070701"...)
		for _, v := range []int{0, int(f.Mode), 0, 0, 1, 0, len(f.Data), 0, 0, 0, 0, len(f.Name) + 1, 0} {
			field(v)
		}
		a = append(append(a, f.Name...), 0)
		pad()
		a = append(a, f.Data...)
		pad()
	}
	return a
}

// kbuf is b as memory of a call. Buffers that a thread has nested are apart.
func kbuf(b []byte) mm.Buf {
	if len(b) > 0 {
		escape = &b[0] // the address must not change
	}
	return mm.KernelBuf(b)
}

var escape *byte

func result(n int, err syscalls.Errno) int {
	if err != 0 {
		return -int(err)
	}
	return n
}

// install gives a file a descriptor.
func (g *Guest) install(f *fs.File, err syscalls.Errno) int {
	if err != 0 {
		return -int(err)
	}
	fd, err := g.FDs.Reserve(0)
	if err != 0 {
		f.Unref()
		return -int(err)
	}
	g.FDs.Publish(fd, f, false)
	return fd
}

// with calls f on a descriptor's file.
func (g *Guest) with(fd int, f func(*fs.File) (int, syscalls.Errno)) int {
	file, err := g.FDs.Get(fd)
	if err != 0 {
		return -int(err)
	}
	return result(f(file))
}

func (g *Guest) Open(path string, flags, mode uint32) int {
	return g.install(g.walk.Open([]byte(path), flags, mode))
}

func (g *Guest) Openat2(dir int, path string, flags uint32, resolve uint64) int {
	w := g.walk
	f, err := g.FDs.Get(dir)
	if err == 0 && f.Inode != nil {
		w.Cwd = f.Inode
	} else if w.Err = err; err == 0 {
		w.Err = syscalls.ENOTDIR
	}
	w.Resolve = resolve
	return g.install(w.Open([]byte(path), flags, 0))
}

func (g *Guest) Close(fd int) int { return -int(g.FDs.Close(fd)) }

func (g *Guest) Dup(fd int) int {
	f, err := g.FDs.Get(fd)
	if err != 0 {
		return -int(err)
	}
	return g.install(f.Ref(), 0)
}

func (g *Guest) SetFlags(fd int, flags uint32) int {
	return g.with(fd, func(f *fs.File) (int, syscalls.Errno) {
		const settable = syscalls.O_APPEND | syscalls.O_NONBLOCK
		f.Flags = f.Flags&^settable | flags&settable
		return 0, 0
	})
}

func (g *Guest) Read(fd int, b []byte, how How) int {
	return g.with(fd, func(f *fs.File) (int, syscalls.Errno) {
		return f.ReadHow(kbuf(b), fs.How{UsePos: how.UsePos, Pos: how.Pos})
	})
}

func (g *Guest) Write(fd int, b []byte, how How) int {
	return g.with(fd, func(f *fs.File) (int, syscalls.Errno) {
		return f.WriteHow(kbuf(b), fs.How{UsePos: how.UsePos, Pos: how.Pos})
	})
}

func (g *Guest) Lseek(fd int, off int64, whence int) int {
	return g.with(fd, func(f *fs.File) (int, syscalls.Errno) {
		n, err := f.Lseek(off, uint64(whence))
		return int(n), err
	})
}

func (g *Guest) Ftruncate(fd int, size int64) int {
	return g.with(fd, func(f *fs.File) (int, syscalls.Errno) { return 0, f.Truncate(size) })
}

func (g *Guest) Pipe(flags uint32) (r, w, err int) {
	a, b, e := fs.NewPipe(flags)
	if e != 0 {
		return 0, 0, -int(e)
	}
	return g.install(a, 0), g.install(b, 0), 0
}

// pollFDs is how the kernel's Poll sees the descriptors.
type pollFDs []fs.PollFD

func (p pollFDs) At(i int) *fs.PollFD { return &p[i] }

func (g *Guest) Poll(fds []PollFD, ms int) int {
	p := make(pollFDs, len(fds))
	for i, f := range fds {
		p[i] = fs.PollFD{FD: int32(f.FD), Events: f.Events}
	}
	until := uint64(sched.Never)
	if ms >= 0 {
		until = arch.Now() + uint64(ms)*1_000_000
	}
	n, err := fs.Poll(g.FDs, len(p), p, syscalls.POLLERR|syscalls.POLLHUP, until)
	for i := range p {
		fds[i].Revents = p[i].Revents
	}
	return result(n, err)
}

func (g *Guest) Names(fd int, size int) (names []string, err int) {
	b := make([]byte, size)
	n := g.with(fd, func(f *fs.File) (int, syscalls.Errno) { return f.Getdents64(kbuf(b)) })
	if n < 0 {
		return nil, n
	}
	return dirents(b[:n]), 0
}

// dirents are the names in what getdents64 gives.
func dirents(b []byte) (names []string) {
	for len(b) > 0 {
		n := binary.LittleEndian.Uint16(b[16:])
		end := 19
		for b[end] != 0 {
			end++
		}
		names = append(names, string(b[19:end]))
		b = b[n:]
	}
	return names
}

func readStat(b *[fs.StatSize]byte) Stat {
	le := binary.LittleEndian
	return Stat{
		Nlink: uint32(le.Uint64(b[16:])), Mode: le.Uint32(b[24:]), UID: le.Uint32(b[28:]),
		GID: le.Uint32(b[32:]), Size: int64(le.Uint64(b[48:])),
	}
}

func (g *Guest) Stat(path string, follow bool) (Stat, int) {
	i, err := g.walk.Lookup([]byte(path), follow)
	if err != 0 {
		return Stat{}, -int(err)
	}
	var b [fs.StatSize]byte
	i.PutStat(&b)
	return readStat(&b), 0
}

func (g *Guest) Fstat(fd int) (Stat, int) {
	var b [fs.StatSize]byte
	r := g.with(fd, func(f *fs.File) (int, syscalls.Errno) {
		f.PutStat(&b)
		return 0, 0
	})
	return readStat(&b), r
}

func (g *Guest) Mkdir(path string, mode uint32) int { return -int(g.walk.Mkdir([]byte(path), mode)) }
func (g *Guest) Rmdir(path string) int              { return -int(g.walk.Rmdir([]byte(path))) }
func (g *Guest) Unlink(path string) int             { return -int(g.walk.Unlink([]byte(path))) }
func (g *Guest) Truncate(path string, size int64) int {
	return -int(g.walk.Truncate([]byte(path), size))
}
func (g *Guest) Access(path string, want uint32) int {
	return -int(g.walk.Access([]byte(path), want, true))
}
func (g *Guest) Rename(old, new string, keep bool) int {
	flags := uint32(0)
	if keep {
		flags = syscalls.RENAME_NOREPLACE
	}
	return -int(g.walk.Rename([]byte(old), g.walk, []byte(new), flags))
}
func (g *Guest) Link(old, new string, follow bool) int {
	return -int(g.walk.Link([]byte(old), follow, g.walk, []byte(new)))
}
func (g *Guest) Symlink(target, path string) int {
	return -int(g.walk.Symlink([]byte(target), []byte(path)))
}

func (g *Guest) Readlink(path string) (string, int) {
	b := make([]byte, fs.PathMax)
	n, err := g.walk.Readlink([]byte(path), kbuf(b))
	return string(b[:n]), -int(err)
}

// at calls f on the inode of a path.
func (g *Guest) at(path string, f func(*fs.Inode) syscalls.Errno) int {
	i, err := g.walk.Lookup([]byte(path), true)
	if err != 0 {
		return -int(err)
	}
	return -int(f(i))
}

func (g *Guest) Chmod(path string, mode uint32) int {
	return g.at(path, func(i *fs.Inode) syscalls.Errno { return g.walk.Chmod(i, mode) })
}

func (g *Guest) Chown(path string, uid, gid int) int {
	return g.at(path, func(i *fs.Inode) syscalls.Errno { return g.walk.Chown(i, uint32(uid), uint32(gid)) })
}

func (g *Guest) Become(uid, gid int) { g.walk.Cred = fs.Cred{UID: uint32(uid), GID: uint32(gid)} }

// ---- sockets

func netAddr(a Addr) *net.Addr {
	n := &net.Addr{N: len(a)}
	copy(n.B[:], a)
	return n
}

func (g *Guest) socket(s *net.Socket, err syscalls.Errno) int {
	if err != 0 {
		return -int(err)
	}
	f := net.NewFile(0)
	net.Attach(f, s)
	return g.install(f, 0)
}

// withSocket calls f on a descriptor's socket.
func (g *Guest) withSocket(fd int, f func(s *net.Socket, nonblock bool) (int, syscalls.Errno)) int {
	return g.with(fd, func(file *fs.File) (int, syscalls.Errno) {
		s, err := net.FromFile(file)
		if err != 0 {
			return 0, err
		}
		file.Ref()
		n, err := f(s, file.Flags&syscalls.O_NONBLOCK != 0)
		file.Unref()
		return n, err
	})
}

func (g *Guest) Socket(family, kind, protocol int) int {
	return g.socket(net.New(uint32(family), uint32(kind), uint32(protocol)))
}

func (g *Guest) Socketpair(family, kind, protocol int) (a, b, err int) {
	x, y, e := net.Pair(uint32(family), uint32(kind), uint32(protocol))
	if e != 0 {
		return 0, 0, -int(e)
	}
	return g.socket(x, 0), g.socket(y, 0), 0
}

func (g *Guest) Bind(fd int, a Addr) int {
	return g.withSocket(fd, func(s *net.Socket, _ bool) (int, syscalls.Errno) {
		return 0, s.Bind(g.walk, 0o777, netAddr(a))
	})
}

func (g *Guest) Listen(fd, backlog int) int {
	return g.withSocket(fd, func(s *net.Socket, _ bool) (int, syscalls.Errno) { return 0, s.Listen(uint32(backlog)) })
}

func (g *Guest) Connect(fd int, a Addr) int {
	return g.withSocket(fd, func(s *net.Socket, nonblock bool) (int, syscalls.Errno) {
		return 0, s.Connect(g.walk, netAddr(a), nonblock)
	})
}

func (g *Guest) Accept(fd int) (int, Addr) {
	var a net.Addr
	n := g.withSocket(fd, func(s *net.Socket, nonblock bool) (int, syscalls.Errno) {
		c, err := s.Accept(nonblock)
		if err != 0 {
			return 0, err
		}
		c.PeerName(&a)
		return g.socket(c, 0), 0
	})
	return n, a.B[:a.N]
}

func (g *Guest) Send(fd int, b []byte, flags int, to Addr) int {
	return g.withSocket(fd, func(s *net.Socket, nonblock bool) (int, syscalls.Errno) {
		var a *net.Addr
		if to != nil {
			a = netAddr(to)
		}
		return s.Send(kbuf(b), uint32(flags), a, g.walk, nil, nonblock)
	})
}

func (g *Guest) Recv(fd int, b []byte, flags int) (int, Addr) {
	var a net.Addr
	n := g.withSocket(fd, func(s *net.Socket, nonblock bool) (int, syscalls.Errno) {
		return s.Recv(kbuf(b), uint32(flags), &a, nil, nonblock)
	})
	return n, a.B[:a.N]
}

func (g *Guest) Shutdown(fd, how int) int {
	return g.withSocket(fd, func(s *net.Socket, _ bool) (int, syscalls.Errno) { return 0, s.Shutdown(uint32(how)) })
}

func (g *Guest) Name(fd int, peer bool) (Addr, int) {
	var a net.Addr
	n := g.withSocket(fd, func(s *net.Socket, _ bool) (int, syscalls.Errno) {
		if peer {
			return 0, s.PeerName(&a)
		}
		s.Name(&a)
		return 0, 0
	})
	return a.B[:a.N], n
}

func (g *Guest) GetOpt(fd, level, opt int) int {
	return g.withSocket(fd, func(s *net.Socket, _ bool) (int, syscalls.Errno) {
		v, _, _, err := s.GetOpt(uint32(level), uint32(opt))
		return int(v), err
	})
}

func (g *Guest) SetOpt(fd, level, opt, v int) int {
	return g.withSocket(fd, func(s *net.Socket, _ bool) (int, syscalls.Errno) {
		if _, err := s.OptSize(uint32(level), uint32(opt)); err != 0 {
			return 0, err
		}
		return 0, s.SetOpt(uint32(level), uint32(opt), int32(v), 0)
	})
}
