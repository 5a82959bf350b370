//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/net"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// addrs are the addresses of calls under way, some of which sleep.
var addrs mm.Pool[net.Addr]

// newAddr copies an address of n bytes in; addr 0 is none.
func newAddr(addr, n uint64) (*net.Addr, syscalls.Errno) {
	if int32(n) < 0 || int32(n) > net.AddrMax {
		return nil, syscalls.EINVAL
	}
	a := addrs.Get()
	if a == nil {
		return nil, syscalls.ENOBUFS
	}
	a.N = int(int32(n))
	if _, err := mm.UserBuf(uintptr(addr), a.N).Read(0, a.B[:a.N]); err != 0 {
		addrs.Put(a)
		return nil, err
	}
	return a, 0
}

// putAddr copies an address out: as much as the user's buffer takes, whose
// size is at lenAddr and becomes the address's own.
func putAddr(a *net.Addr, addr, lenAddr uint64) syscalls.Errno {
	room, ok := arch.LoadUser32(uintptr(lenAddr))
	if !ok {
		return syscalls.EFAULT
	}
	n := min(int32(room), int32(a.N))
	if n < 0 {
		return syscalls.EINVAL
	}
	if _, err := mm.UserBuf(uintptr(addr), int(n)).Write(0, a.B[:n]); err != 0 {
		return err
	}
	return putInt(lenAddr, int32(a.N))
}

// putInt stores a 32-bit number at a user address.
func putInt(addr uint64, v int32) syscalls.Errno {
	var b [4]byte
	put32(b[:], uint32(v))
	_, err := mm.UserBuf(uintptr(addr), 4).Write(0, b[:])
	return err
}

// sock is the socket of a descriptor: EBADF or ENOTSOCK.
func sock(t *proc.Task, fd uint64) (*net.Socket, *fs.File, syscalls.Errno) {
	f, err := t.File(fd)
	if err != 0 {
		return nil, nil, err
	}
	s, err := net.FromFile(f)
	return s, f, err
}

func nonblocking(f *fs.File) bool { return f.Flags&syscalls.O_NONBLOCK != 0 }

// sockFlags takes the flags out of a socket's type. SOCK_CLOEXEC and
// SOCK_NONBLOCK are O_CLOEXEC and O_NONBLOCK.
func sockFlags(kind uint64) (uint32, uint32, syscalls.Errno) {
	const mask, flags = 0xf, syscalls.SOCK_CLOEXEC | syscalls.SOCK_NONBLOCK
	if uint32(kind)&^(mask|flags) != 0 {
		return 0, 0, syscalls.EINVAL
	}
	return uint32(kind) & mask, uint32(kind) & flags, 0
}

// sockFile makes the description of a new socket, which it owns.
func sockFile(t *proc.Task, s *net.Socket, flags uint32) (*fs.File, syscalls.Errno) {
	f := net.NewFile(t.CreateFlags(flags) & syscalls.O_NONBLOCK)
	if f == nil {
		s.Close()
		return nil, syscalls.ENFILE
	}
	net.Attach(f, s)
	return f, 0
}

// sysSocket is socket(2).
func sysSocket(t *proc.Task, a *args) int64 {
	kind, flags, err := sockFlags(a[1])
	if err != 0 {
		return fail(err)
	}
	s, err := net.New(uint32(a[0]), kind, uint32(a[2]))
	if err != 0 {
		return fail(err)
	}
	f, err := sockFile(t, s, flags)
	if err != 0 {
		return fail(err)
	}
	return result(t.NewFD(f, flags, 0))
}

// sysSocketpair is socketpair(2).
func sysSocketpair(t *proc.Task, a *args) int64 {
	kind, flags, err := sockFlags(a[1])
	if err != 0 {
		return fail(err)
	}
	x, y, err := net.Pair(uint32(a[0]), kind, uint32(a[2]))
	if err != 0 {
		return fail(err)
	}
	f, err := sockFile(t, x, flags)
	if err != 0 {
		y.Close()
		return fail(err)
	}
	g, err := sockFile(t, y, flags)
	if err != 0 {
		f.Unref()
		return fail(err)
	}
	return result(0, t.NewFDPair(f, g, flags, mm.UserBuf(uintptr(a[3]), 8)))
}

// sysBind is bind(2).
func sysBind(t *proc.Task, a *args) int64 {
	s, _, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	addr, err := newAddr(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	err = s.Bind(t.Walk(), t.NewMode(0o777), addr)
	addrs.Put(addr)
	return result(0, err)
}

// sysListen is listen(2).
func sysListen(t *proc.Task, a *args) int64 {
	s, _, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, s.Listen(uint32(a[1])))
}

// sysConnect is connect(2).
func sysConnect(t *proc.Task, a *args) int64 {
	s, f, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	addr, err := newAddr(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	f.Ref() // another thread may close the descriptor meanwhile, or leave the directory
	w := t.Walk()
	start := w.Cwd.Ref()
	err = s.Connect(w, addr, nonblocking(f))
	start.Unref()
	f.Unref()
	addrs.Put(addr)
	return result(0, err)
}

// sysAccept is accept(2): the new socket does not have the listener's flags,
// but those of the context.
func sysAccept(t *proc.Task, a *args) int64 { return accept(t, a, 0) }

// sysAccept4 is accept4(2).
func sysAccept4(t *proc.Task, a *args) int64 {
	kind, flags, err := sockFlags(a[3])
	if err != 0 || kind != 0 {
		return fail(syscalls.EINVAL)
	}
	return accept(t, a, flags)
}

func accept(t *proc.Task, a *args, flags uint32) int64 {
	s, f, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	fd, err := t.ReserveFD(0)
	if err != 0 {
		return fail(err)
	}
	f.Ref()
	c, err := s.Accept(nonblocking(f))
	f.Unref()
	var g *fs.File
	if err == 0 {
		if g, err = sockFile(t, c, flags); err == 0 && a[1] != 0 {
			if err = peerName(c, a[1], a[2]); err != 0 {
				g.Unref() // nothing has happened, but that the peer is turned away
			}
		}
	}
	if err != 0 {
		t.UnreserveFD(fd)
		return fail(err)
	}
	return result(fd, t.PublishFD(fd, g, flags))
}

// peerName copies the name of a socket's peer out.
func peerName(s *net.Socket, addr, lenAddr uint64) syscalls.Errno {
	p := addrs.Get()
	if p == nil {
		return syscalls.ENOBUFS
	}
	err := s.PeerName(p)
	if err == 0 {
		err = putAddr(p, addr, lenAddr)
	}
	addrs.Put(p)
	return err
}

// sysGetpeername is getpeername(2).
func sysGetpeername(t *proc.Task, a *args) int64 {
	s, _, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, peerName(s, a[1], a[2]))
}

// sysGetsockname is getsockname(2).
func sysGetsockname(t *proc.Task, a *args) int64 {
	s, _, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	p := addrs.Get()
	if p == nil {
		return fail(syscalls.ENOBUFS)
	}
	s.Name(p)
	err = putAddr(p, a[1], a[2])
	addrs.Put(p)
	return result(0, err)
}

// sysSendto is sendto(2), and send(2) without an address.
func sysSendto(t *proc.Task, a *args) int64 {
	b, err := buf(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	s, f, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	var to *net.Addr
	if a[4] != 0 {
		if to, err = newAddr(a[4], a[5]); err != 0 {
			return fail(err)
		}
	}
	f.Ref()
	n, err := s.Send(b, uint32(a[3]), to, t.Walk(), nil, nonblocking(f))
	sigpipe(t, f, err, uint32(a[3]))
	f.Unref()
	if to != nil {
		addrs.Put(to)
	}
	return result(n, err)
}

// sysRecvfrom is recvfrom(2), and recv(2) without an address.
func sysRecvfrom(t *proc.Task, a *args) int64 {
	b, err := buf(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	s, f, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	var from *net.Addr
	if a[4] != 0 {
		if from = addrs.Get(); from == nil {
			return fail(syscalls.ENOBUFS)
		}
	}
	f.Ref()
	n, err := s.Recv(b, uint32(a[3]), from, nil, nonblocking(f))
	f.Unref()
	if from != nil {
		if err == 0 {
			err = putAddr(from, a[4], a[5])
		}
		addrs.Put(from)
	}
	return result(n, err)
}

// sysShutdown is shutdown(2).
func sysShutdown(t *proc.Task, a *args) int64 {
	s, _, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, s.Shutdown(uint32(a[1])))
}

// sysSetsockopt is setsockopt(2).
func sysSetsockopt(t *proc.Task, a *args) int64 {
	s, _, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	size, err := s.OptSize(uint32(a[1]), uint32(a[2]))
	if err != 0 {
		return fail(err)
	}
	if int32(a[4]) < int32(size) {
		return fail(syscalls.EINVAL)
	}
	v, ok := arch.LoadUser32(uintptr(a[3]))
	v2 := uint32(0)
	if ok && size == 8 {
		v2, ok = arch.LoadUser32(uintptr(a[3]) + 4)
	}
	if !ok {
		return fail(syscalls.EFAULT)
	}
	return result(0, s.SetOpt(uint32(a[1]), uint32(a[2]), int32(v), int32(v2)))
}

// sysGetsockopt is getsockopt(2).
func sysGetsockopt(t *proc.Task, a *args) int64 {
	s, _, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	room, ok := arch.LoadUser32(uintptr(a[4]))
	if !ok {
		return fail(syscalls.EFAULT)
	}
	if int32(room) < 0 {
		return fail(syscalls.EINVAL)
	}
	v, v2, n, err := s.GetOpt(uint32(a[1]), uint32(a[2]))
	if err != 0 {
		return fail(err)
	}
	var b [8]byte
	put32(b[:], uint32(v))
	put32(b[4:], uint32(v2))
	n = min(n, int(room))
	if _, err := mm.UserBuf(uintptr(a[3]), n).Write(0, b[:n]); err != 0 {
		return fail(err)
	}
	return result(0, putInt(a[4], int32(n)))
}
