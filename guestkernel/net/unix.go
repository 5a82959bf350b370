package net

import (
	"unsafe"

	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// unixName checks an AF_UNIX address and returns what follows the family: an
// abstract name, with its leading NUL, or a path without its trailing one.
func (a *Addr) unixName() ([]byte, syscalls.Errno) {
	if a.N <= familySize || a.N > unixSize || a.family() != syscalls.AF_UNIX {
		return nil, syscalls.EINVAL
	}
	name := a.B[familySize:a.N]
	if name[0] == 0 {
		return name, 0
	}
	for i, c := range name {
		if c == 0 {
			return name[:i], 0
		}
	}
	return name, 0
}

// setName gives s its name, and remembers a path with its NUL.
func (s *Socket) setName(name []byte) {
	s.name = [nameSize]byte{}
	s.nameLen = familySize + copy(s.name[familySize:], name)
	if name[0] != 0 {
		s.nameLen++
	}
}

// BindUnix is bind(2) on AF_UNIX; mode is that of the new inode.
func (s *Socket) bindUnix(w fs.Walk, mode uint32, a *Addr) syscalls.Errno {
	if a.N == familySize && a.family() == syscalls.AF_UNIX {
		return s.autobind()
	}
	name, err := a.unixName()
	if err != 0 {
		return err
	}
	if name[0] == 0 {
		switch {
		case s.nameLen != 0:
			return syscalls.EINVAL
		case findAbstract(s.kind, name) != nil:
			return syscalls.EADDRINUSE
		}
		s.setName(name)
		s.bind()
		return 0
	}
	if s.nameLen != 0 {
		return syscalls.EINVAL
	}
	i, err := w.Mknod(name, syscalls.S_IFSOCK|mode, 0)
	if err != 0 {
		if err == syscalls.EEXIST {
			err = syscalls.EADDRINUSE
		}
		return err
	}
	s.setName(name)
	s.inode = i.Ref()
	i.Sock = unsafe.Pointer(s)
	return 0
}

var lastAuto uint32

// autobind gives s an abstract name of five hexadecimal digits (unix(7)).
func (s *Socket) autobind() syscalls.Errno {
	if s.nameLen != 0 {
		return 0
	}
	var name [6]byte
	for {
		lastAuto = (lastAuto + 1) & 0xfffff
		for i := range 5 {
			d := byte(lastAuto >> (16 - 4*i) & 15)
			if d > 9 {
				d += 'a' - '0' - 10
			}
			name[1+i] = '0' + d
		}
		if findAbstract(s.kind, name[:]) == nil {
			s.setName(name[:])
			s.bind()
			return 0
		}
	}
}

func findAbstract(kind uint32, name []byte) *Socket {
	for o := bound; o != nil; o = o.nextBound {
		if !o.inet() && o.kind == kind && string(o.name[familySize:o.nameLen]) == string(name) {
			return o
		}
	}
	return nil
}

// findUnix is the socket that has a name, of s's own type.
func (s *Socket) findUnix(w fs.Walk, a *Addr) (*Socket, syscalls.Errno) {
	name, err := a.unixName()
	if err != 0 {
		return nil, err
	}
	if name[0] == 0 {
		if o := findAbstract(s.kind, name); o != nil {
			return o, 0
		}
		return nil, syscalls.ECONNREFUSED
	}
	i, err := w.Lookup(name, true)
	if err != 0 {
		return nil, err
	}
	if err := w.Permission(i, syscalls.W_OK); err != 0 {
		return nil, err
	}
	o := (*Socket)(i.Sock)
	switch {
	case i.Mode&syscalls.S_IFMT != syscalls.S_IFSOCK, o == nil:
		return nil, syscalls.ECONNREFUSED
	case o.kind != s.kind:
		return nil, syscalls.EPROTOTYPE
	}
	return o, 0
}

// connectUnix is connect(2) on AF_UNIX.
func (s *Socket) connectUnix(w fs.Walk, a *Addr, nonblock bool) syscalls.Errno {
	if !s.connectionBased() {
		return s.connectUnixDgram(w, a)
	}
	for {
		o, err := s.findUnix(w, a)
		switch {
		case err != 0:
			return err
		case o.st != listening, o.shut&shutRd != 0:
			return syscalls.ECONNREFUSED
		case o.full() && nonblock:
			return syscalls.EAGAIN
		case o.full():
			if err := fs.Wait(&room); err != 0 {
				return err
			}
			continue
		case s.st == connected:
			return syscalls.EISCONN
		case s.st != closed:
			return syscalls.EINVAL
		}
		c := newSocket(s.family, s.kind, s.protocol)
		if c == nil {
			return syscalls.ENOMEM
		}
		c.name, c.nameLen = o.name, o.nameLen
		c.setPeer(s)
		s.setPeer(c)
		c.st, s.st = connected, connected
		o.pending.push(c)
		o.wait.WakeFor(fs.EventIn)
		return 0
	}
}

// connectUnixDgram sets whom s sends to.
func (s *Socket) connectUnixDgram(w fs.Walk, a *Addr) syscalls.Errno {
	if a.N < familySize {
		return syscalls.EINVAL
	}
	if a.family() == syscalls.AF_UNSPEC {
		s.setPeer(nil)
		s.st = closed
		return 0
	}
	o, err := s.findUnix(w, a)
	switch {
	case err != 0:
		return err
	case o.peer != nil && o.peer != s:
		return syscalls.EPERM
	}
	s.setPeer(o)
	s.st = connected
	room.WakeFor(fs.EventOut)
	return 0
}

// hangUpUnix tells the peer that s is gone.
func (s *Socket) hangUpUnix(embryo bool) {
	p := s.peer
	p.shut = shutBoth
	if embryo || s.rx.Len() > 0 || s.messages > 0 {
		p.err = syscalls.ECONNRESET
	}
}

// shutdownUnix shuts a direction down, and the peer's opposite one.
func (s *Socket) shutdownUnix(how uint8) {
	s.shut |= how
	if p := s.peer; p != nil && s.connectionBased() {
		p.shut |= how>>1 | how<<1&shutWr
	}
	s.changed()
	room.WakeFor(fs.EventOut)
}

func (s *Socket) sendUnixStream(b mm.Buf, to *Addr, r *Rights, nonblock bool) (int, syscalls.Errno) {
	switch {
	case to != nil && to.N > 0 && s.st == connected:
		return 0, syscalls.EISCONN
	case to != nil && to.N > 0:
		return 0, syscalls.EOPNOTSUPP
	case s.peer == nil:
		return 0, syscalls.ENOTCONN
	case s.shut&shutWr != 0:
		return 0, syscalls.EPIPE
	}
	return s.sendStream(b, r, nonblock)
}

// crowded reports whether s takes no datagram of n bytes from a socket now.
func (s *Socket) crowded(from *Socket, n int) bool {
	if s.rx.Room() < n || s.messages >= maxMessages {
		return true
	}
	return s != from && s.peer != from && s.messages > maxStrangers
}

// sendUnixMessage sends a datagram, or a packet of SOCK_SEQPACKET, for which
// an address counts for nothing.
func (s *Socket) sendUnixMessage(b mm.Buf, to *Addr, w fs.Walk, r *Rights, nonblock bool) (int, syscalls.Errno) {
	if s.connectionBased() {
		if s.st != connected {
			return 0, syscalls.ENOTCONN
		}
		to = nil
	}
	dst := s.peer
	named := to != nil && to.N > 0
	if named {
		if _, err := to.unixName(); err != 0 {
			return 0, err
		}
	} else if dst == nil {
		return 0, syscalls.ENOTCONN
	}
	if b.Len() > fs.RingSize {
		return 0, syscalls.EMSGSIZE
	}
	if s.err != 0 {
		return 0, s.takeErr()
	}
	if s.shut&shutWr != 0 {
		return 0, syscalls.EPIPE
	}
	if named {
		var err syscalls.Errno
		if dst, err = s.findUnix(w, to); err != 0 {
			return 0, err
		}
	}
	dst.hold() // over the sleeps
	err := s.deliverUnix(dst, b, r, nonblock)
	dst.put()
	if err != 0 {
		return 0, err
	}
	return b.Len(), 0
}

func (s *Socket) deliverUnix(dst *Socket, b mm.Buf, r *Rights, nonblock bool) syscalls.Errno {
	for {
		switch {
		case dst.dead && s.connectionBased():
			return syscalls.EPIPE
		case dst.dead:
			if s.peer == dst {
				s.setPeer(nil)
				s.st = closed
			}
			return syscalls.ECONNREFUSED
		case dst.peer != nil && dst.peer != s:
			return syscalls.EPERM
		case s.shut&shutWr != 0, dst.shut&shutRd != 0:
			return syscalls.EPIPE
		case !dst.crowded(s, b.Len()):
			return dst.putMessage(s, b, r)
		case nonblock:
			return syscalls.EAGAIN
		}
		if err := fs.Wait(&room); err != 0 {
			return err
		}
	}
}
