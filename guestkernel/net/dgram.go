package net

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// message is a datagram that was received: its bytes are in the socket's
// ring, and this is how many, and whose.
type message struct {
	next   *message
	n      int
	from   Addr
	rights *Rights
}

var messagePool mm.Pool[message]

// maxMessages is how many datagrams a socket holds, about as many as Linux
// has memory for; maxStrangers is how many of them may be from sockets that
// it is not connected to (net.unix.max_dgram_qlen).
const (
	maxMessages  = 277
	maxStrangers = 10
)

// putMessage appends a datagram from a socket to dst's, which has room.
func (dst *Socket) putMessage(from *Socket, b mm.Buf, r *Rights) syscalls.Errno {
	m := messagePool.Get()
	if m == nil {
		return syscalls.ENOBUFS
	}
	n, err := dst.rx.Put(b, 0)
	if err != 0 {
		dst.rx.Undo(n)
		messagePool.Put(m)
		return err
	}
	m.n = n
	if r != nil {
		m.rights = r
		r.launch()
	}
	from.putSender(&m.from)
	*dst.lastMsg, dst.lastMsg = m, &m.next
	dst.messages++
	dst.wait.WakeFor(fs.EventIn)
	return 0
}

// putSender is the address that a receiver is told: none at all of an AF_UNIX
// socket without a name.
func (s *Socket) putSender(a *Addr) {
	switch {
	case s.inet():
		e := s.local
		if e.addr == anyAddress {
			e.addr = loopback
		}
		a.setEndpoint(e)
	case s.nameLen == 0:
		a.N = 0
	default:
		a.setUnix(s)
	}
}

// dropMessage takes the first datagram away, if there is one.
func (s *Socket) dropMessage() bool {
	m := s.msgs
	if m == nil {
		return false
	}
	s.rx.Drop(m.n)
	if s.msgs = m.next; s.msgs == nil {
		s.lastMsg = &s.msgs
	}
	s.messages--
	m.rights.Free()
	messagePool.Put(m)
	return true
}

// recvMessage receives one datagram; what does not fit into b is lost.
func (s *Socket) recvMessage(b mm.Buf, flags uint32, from *Addr, meta *Meta, nonblock bool) (int, syscalls.Errno) {
	if s.connectionBased() && s.st != connected {
		return 0, syscalls.ENOTCONN
	}
	for {
		if s.err != 0 {
			return 0, s.takeErr()
		}
		if m := s.msgs; m != nil {
			n, err := s.rx.Get(b.Slice(0, m.n), 0, true)
			if meta != nil {
				meta.Trunc = m.n > b.Len()
			}
			if err == 0 && flags&syscalls.MSG_TRUNC != 0 {
				n = m.n
			}
			if peek := flags&syscalls.MSG_PEEK != 0; err == 0 {
				meta.deliver(m.rights, peek)
				if !peek {
					m.rights = nil
				}
			}
			if err == 0 && from != nil {
				*from = m.from
			}
			if flags&syscalls.MSG_PEEK == 0 {
				s.dropMessage()
				s.drained()
				room.WakeFor(fs.EventOut)
			}
			if err != 0 {
				n = 0
			}
			return n, err
		}
		switch {
		case s.shut&shutRd != 0 && (!nonblock || s.connectionBased()):
			return 0, 0
		case nonblock:
			return 0, syscalls.EAGAIN
		}
		if err := fs.Wait(&s.wait); err != 0 {
			return 0, err
		}
	}
}
