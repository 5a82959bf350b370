package net

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Bind is bind(2); mode is that of the inode that a path of AF_UNIX gets.
func (s *Socket) Bind(w fs.Walk, mode uint32, a *Addr) syscalls.Errno {
	if s.inet() {
		return s.bindInet(a)
	}
	return s.bindUnix(w, mode, a)
}

// Connect is connect(2).
func (s *Socket) Connect(w fs.Walk, a *Addr, nonblock bool) syscalls.Errno {
	switch {
	case s.tcp():
		return s.connectTCP(a, nonblock)
	case s.inet():
		return s.connectUDP(a)
	}
	return s.connectUnix(w, a, nonblock)
}

func (s *Socket) bindInet(a *Addr) syscalls.Errno {
	if a.N < inetSize {
		return syscalls.EINVAL
	}
	e := a.endpoint()
	switch {
	case a.family() != syscalls.AF_INET && (a.family() != syscalls.AF_UNSPEC || e.addr != anyAddress):
		return syscalls.EAFNOSUPPORT
	case e.addr != anyAddress && e.addr&netMask != loopback&netMask:
		return syscalls.EADDRNOTAVAIL
	case s.st != closed || s.step != stepNone || s.local.port != 0:
		return syscalls.EINVAL
	}
	s.boundPort = e.port != 0
	if err := s.takePort(e); err != 0 {
		return err
	}
	s.boundAddr = e.addr != anyAddress
	return 0
}

// Ephemeral ports (net.ipv4.ip_local_port_range).
const firstPort, lastPort = 32768, 60999

var nextPort uint16 = firstPort

// takePort makes e the local endpoint; port 0 is for any that is free.
func (s *Socket) takePort(e endpoint) syscalls.Errno {
	if e.port != 0 {
		if s.portTaken(e, false) {
			return syscalls.EADDRINUSE
		}
	} else {
		for range lastPort - firstPort + 1 {
			p := nextPort
			if nextPort++; nextPort > lastPort {
				nextPort = firstPort
			}
			if !s.portTaken(endpoint{e.addr, p}, true) {
				e.port = p
				break
			}
		}
		if e.port == 0 {
			return syscalls.EADDRINUSE
		}
	}
	s.local = e
	s.bind()
	return 0
}

// portTaken reports whether another socket has the endpoint, and does not
// share it (SO_REUSEADDR, SO_REUSEPORT); alone is for one that must not be
// shared.
func (s *Socket) portTaken(e endpoint, alone bool) bool {
	for o := bound; o != nil; o = o.nextBound {
		if o == s || !o.inet() || o.kind != s.kind || o.local.port != e.port {
			continue
		}
		if e.addr != anyAddress && o.local.addr != anyAddress && e.addr != o.local.addr {
			continue
		}
		both := s.opts & o.opts
		shared := both&optReusePort != 0 || both&optReuseAddr != 0 && o.st != listening
		if alone || !shared {
			return true
		}
	}
	return false
}

// listenInet makes sure of a port that no other listener has.
func (s *Socket) listenInet() syscalls.Errno {
	if s.st == listening {
		return 0
	}
	if s.local.port == 0 {
		return s.takePort(s.local)
	}
	if s.portTaken(s.local, false) {
		return syscalls.EADDRINUSE
	}
	return 0
}

// route is where a packet to an address goes: INADDR_ANY is the host itself.
// It fails with ENETUNREACH, for there is only the loopback interface.
func route(e endpoint) (endpoint, syscalls.Errno) {
	if e.addr == anyAddress {
		e.addr = loopback
	}
	if e.addr&netMask != loopback&netMask {
		return e, syscalls.ENETUNREACH
	}
	return e, 0
}

// source chooses the local endpoint of a connection.
func (s *Socket) source() syscalls.Errno {
	if s.local.port == 0 {
		if s.takePort(s.local) != 0 {
			return syscalls.EAGAIN
		}
	}
	if s.local.addr == anyAddress {
		s.local.addr = loopback
	}
	return 0
}

// forget undoes source.
func (s *Socket) forget() {
	if !s.boundAddr {
		s.local.addr = anyAddress
	}
	if !s.boundPort {
		s.unbind()
		s.local.port = 0
	}
}

// ---- TCP

// step is how far connect has come, as the caller knows (SS_CONNECTING...).
type step uint8

const (
	stepNone step = iota
	stepStarted
	stepDone
)

// connectTCP is connect(2). A connection comes to be at once, without accept,
// when the listener's queue has room; who does not want to block is told so
// only the next time, as on Linux.
func (s *Socket) connectTCP(a *Addr, nonblock bool) syscalls.Errno {
	if a.N < familySize {
		return syscalls.EINVAL
	}
	if a.family() == syscalls.AF_UNSPEC {
		return s.disconnectTCP()
	}
	switch {
	case s.step == stepDone, s.step == stepNone && s.st != closed:
		return syscalls.EISCONN
	case s.step == stepStarted:
		if s.st == connecting && nonblock {
			return syscalls.EALREADY
		}
	default:
		if err := s.startTCP(a); err != 0 {
			return err
		}
		s.step = stepStarted
		if nonblock {
			return syscalls.EINPROGRESS
		}
	}
	for s.st == connecting {
		if err := fs.Wait(&s.wait); err != 0 {
			return err
		}
	}
	if s.st == closed {
		err := s.takeErr()
		if err == 0 {
			err = syscalls.ECONNABORTED
		}
		s.fresh()
		return err
	}
	s.step = stepDone
	return 0
}

// startTCP sends the SYN.
func (s *Socket) startTCP(a *Addr) syscalls.Errno {
	switch {
	case a.N < inetSize:
		return syscalls.EINVAL
	case a.family() != syscalls.AF_INET:
		return syscalls.EAFNOSUPPORT
	}
	to, err := route(a.endpoint())
	if err != 0 {
		return err
	}
	if s.source() != 0 {
		return syscalls.EADDRNOTAVAIL
	}
	s.remote = to
	l := findListener(to)
	switch {
	case l == nil:
		s.refuse()
	case l.full():
		s.st, s.listener = connecting, l
		l.want.push(s)
	default:
		s.establish(l)
	}
	return 0
}

func findListener(e endpoint) (l *Socket) {
	for o := bound; o != nil; o = o.nextBound {
		if !o.tcp() || o.st != listening || o.local.port != e.port {
			continue
		}
		if o.local.addr == e.addr {
			return o
		}
		if o.local.addr == anyAddress {
			l = o
		}
	}
	return l
}

// establish connects s to a listener.
func (s *Socket) establish(l *Socket) {
	c := newSocket(s.family, s.kind, s.protocol)
	if c == nil {
		s.refuse()
		return
	}
	c.local, c.remote = s.remote, s.local
	c.opts, c.sndbuf, c.rcvbuf = l.opts, l.sndbuf, l.rcvbuf
	c.lingerOn, c.lingerValue = l.lingerOn, l.lingerValue
	c.boundAddr, c.boundPort = true, true
	c.bind()
	c.setPeer(s)
	s.setPeer(c)
	c.st, s.st, c.step, s.listener = connected, connected, stepDone, nil
	l.pending.push(c)
	l.wait.WakeFor(fs.EventIn)
	s.wait.WakeAll()
}

// refuse ends an attempt to connect.
func (s *Socket) refuse() {
	s.st, s.listener, s.shut, s.err = closed, nil, shutBoth, syscalls.ECONNREFUSED
	s.wait.WakeAll()
}

// reset is an RST from the peer.
func (s *Socket) reset() {
	s.err = syscalls.ECONNRESET
	if s.fin {
		s.err = syscalls.EPIPE
	}
	s.st, s.shut = closed, shutBoth
	s.wait.WakeAll()
}

// gotFin is the end of what the peer sends.
func (s *Socket) gotFin() {
	s.fin = true
	s.shut |= shutRd
	s.bothClosed()
}

// bothClosed ends a connection that both sides have closed.
func (s *Socket) bothClosed() {
	if s.fin && s.shut&shutWr != 0 {
		s.st = closed
	}
	s.wait.WakeAll()
}

// hangUpTCP tells the peer that s is gone: by a reset if s leaves anything
// unread.
func (s *Socket) hangUpTCP(embryo bool) {
	p := s.peer
	switch {
	case p.st != connected:
	case embryo, s.rx.Len() > 0, s.lingerOn != 0 && s.lingerValue == 0:
		p.reset()
	case !p.fin:
		p.gotFin()
	}
}

// fresh makes s as it was before connect.
func (s *Socket) fresh() {
	s.st, s.step, s.shut, s.fin = closed, stepNone, 0, false
	s.remote = endpoint{}
	s.setPeer(nil)
	s.rx.Free()
	s.forget()
}

// disconnectTCP is connect(2) with AF_UNSPEC.
func (s *Socket) disconnectTCP() syscalls.Errno {
	switch {
	case s.st == listening:
		s.stopListening()
	case s.st == connecting:
		s.listener.want.remove(s)
		s.listener = nil
		s.err = syscalls.ECONNRESET
	case s.peer != nil && s.peer.st == connected && !s.peer.dead:
		s.peer.reset()
	}
	s.fresh()
	s.wait.WakeAll()
	return 0
}

// shutdownInet is shutdown(2) on TCP and UDP.
func (s *Socket) shutdownInet(how uint8) syscalls.Errno {
	switch {
	case s.st == listening:
		if how&shutRd != 0 {
			s.stopListening()
			s.fresh()
		}
		return 0
	case s.st == connecting:
		return s.disconnectTCP()
	}
	sent := s.shut&shutWr != 0
	s.shut |= how
	s.wait.WakeAll()
	if s.st != connected {
		return syscalls.ENOTCONN
	}
	if s.tcp() && how&shutWr != 0 && !sent {
		if p := s.peer; !p.dead && p.st == connected {
			p.gotFin()
		}
		s.bothClosed()
	}
	return 0
}

func (s *Socket) sendTCP(b mm.Buf, nonblock bool) (int, syscalls.Errno) {
	for s.st == connecting {
		if nonblock {
			return 0, syscalls.EAGAIN
		}
		if err := fs.Wait(&s.wait); err != 0 {
			return 0, err
		}
	}
	if s.st != connected || s.shut&shutWr != 0 {
		return 0, s.brokenPipe()
	}
	return s.sendStream(b, nil, nonblock)
}

// ---- UDP

// maxUDP is the longest datagram: that of IP, without the headers.
const maxUDP = 65535 - 20 - 8

// connectUDP sets whom s sends to and hears.
func (s *Socket) connectUDP(a *Addr) syscalls.Errno {
	if a.N < familySize {
		return syscalls.EINVAL
	}
	if a.family() == syscalls.AF_UNSPEC {
		s.st, s.remote = closed, endpoint{}
		s.forget()
		return 0
	}
	if s.local.port == 0 {
		if s.takePort(s.local) != 0 {
			return syscalls.EAGAIN
		}
	}
	switch {
	case a.N < inetSize:
		return syscalls.EINVAL
	case a.family() != syscalls.AF_INET:
		return syscalls.EAFNOSUPPORT
	}
	to, err := route(a.endpoint())
	if err != 0 {
		return err
	}
	if s.local.addr == anyAddress {
		s.local.addr = loopback
	}
	s.st, s.remote = connected, to
	return 0
}

func (s *Socket) sendUDP(b mm.Buf, to *Addr) (int, syscalls.Errno) {
	if s.local.port == 0 && s.takePort(s.local) != 0 {
		return 0, syscalls.EAGAIN
	}
	if b.Len() > maxUDP {
		return 0, syscalls.EMSGSIZE
	}
	dst := s.remote
	if to != nil && to.N > 0 {
		switch {
		case to.N < inetSize:
			return 0, syscalls.EINVAL
		case to.family() != syscalls.AF_INET && to.family() != syscalls.AF_UNSPEC:
			return 0, syscalls.EAFNOSUPPORT
		}
		if dst = to.endpoint(); dst.port == 0 {
			return 0, syscalls.EINVAL
		}
	} else if s.st != connected {
		return 0, syscalls.EDESTADDRREQ
	}
	dst, err := route(dst)
	switch {
	case err != 0:
		return 0, err
	case s.err != 0:
		return 0, s.takeErr()
	case s.shut&shutWr != 0:
		return 0, syscalls.EPIPE
	}
	r := s.findUDP(dst)
	switch {
	case r == nil:
		if s.st == connected { // the answer of ICMP
			s.err = syscalls.ECONNREFUSED
			s.wait.WakeAll()
		}
	case r.rx.Room() >= b.Len() && r.messages < maxMessages:
		if err := r.putMessage(s, b, nil); err != 0 {
			return 0, err
		}
	}
	return b.Len(), 0
}

// findUDP is who gets a datagram from s: the socket whose local and remote
// endpoints say most about it.
func (s *Socket) findUDP(dst endpoint) (best *Socket) {
	from := s.local
	if from.addr == anyAddress {
		from.addr = loopback
	}
	top := 0
	for o := bound; o != nil; o = o.nextBound {
		if !o.inet() || o.tcp() || o.local.port != dst.port {
			continue
		}
		score := 1
		if o.local.addr != anyAddress {
			if o.local.addr != dst.addr {
				continue
			}
			score++
		}
		if o.st == connected {
			if o.remote != from {
				continue
			}
			score += 2
		}
		if score > top {
			best, top = o, score
		}
	}
	return best
}
