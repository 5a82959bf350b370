package net

import "sysindvm/syscalls"

// Addr is a socket address as bytes: struct sockaddr of any family. N may be
// greater than AddrMax only where the address is one that a call returns.
type Addr struct {
	N int
	B [AddrMax]byte
}

// AddrMax is the size of struct sockaddr_storage, the longest address that a
// call takes.
const AddrMax = 128

func (a *Addr) family() uint32 { return uint32(a.B[0]) | uint32(a.B[1])<<8 }

func (a *Addr) setFamily(f uint32) { a.B[0], a.B[1] = byte(f), byte(f>>8) }

const (
	familySize = 2
	inetSize   = 16                 // struct sockaddr_in
	unixSize   = 110                // struct sockaddr_un
	nameSize   = unixSize + 1       // a path that fills it, and a NUL
	loopback   = 127<<24 | 1        // 127.0.0.1
	anyAddress = 0                  // INADDR_ANY
	netMask    = uint32(0xff000000) // of 127.0.0.0/8
)

// endpoint is an IPv4 address and port.
type endpoint struct {
	addr uint32
	port uint16
}

func (a *Addr) endpoint() endpoint {
	b := &a.B
	return endpoint{uint32(b[4])<<24 | uint32(b[5])<<16 | uint32(b[6])<<8 | uint32(b[7]), uint16(b[2])<<8 | uint16(b[3])}
}

func (a *Addr) setEndpoint(e endpoint) {
	a.N = inetSize
	clear(a.B[:inetSize])
	a.setFamily(syscalls.AF_INET)
	a.B[2], a.B[3] = byte(e.port>>8), byte(e.port)
	a.B[4], a.B[5], a.B[6], a.B[7] = byte(e.addr>>24), byte(e.addr>>16), byte(e.addr>>8), byte(e.addr)
}

// setUnix is the address of an AF_UNIX socket; the family alone if it has no
// name.
func (a *Addr) setUnix(s *Socket) {
	a.N = max(s.nameLen, familySize)
	copy(a.B[:], s.name[:s.nameLen])
	a.setFamily(syscalls.AF_UNIX)
}

// Name is getsockname(2).
func (s *Socket) Name(a *Addr) {
	if s.inet() {
		a.setEndpoint(s.local)
	} else {
		a.setUnix(s)
	}
}

// PeerName is getpeername(2).
func (s *Socket) PeerName(a *Addr) syscalls.Errno {
	switch {
	case s.inet() && s.st == connected:
		a.setEndpoint(s.remote)
	case !s.inet() && s.peer != nil:
		a.setUnix(s.peer)
	default:
		return syscalls.ENOTCONN
	}
	return 0
}

// bound is the list of the sockets that have an AF_INET port or an abstract
// AF_UNIX name.
var bound *Socket

func (s *Socket) bind() {
	if !s.isBound {
		s.isBound = true
		s.nextBound, bound = bound, s
	}
}

// unbind takes the name from s, as far as others can find it.
func (s *Socket) unbind() {
	if s.inode != nil {
		s.inode.Sock = nil
		s.inode.Unref()
		s.inode = nil
	}
	if !s.isBound {
		return
	}
	s.isBound = false
	for p := &bound; ; p = &(*p).nextBound {
		if *p == s {
			*p = s.nextBound
			return
		}
	}
}
