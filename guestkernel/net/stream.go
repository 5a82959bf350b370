package net

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// sendStream puts bytes into the peer's queue. stop says, before each piece,
// whether the connection takes no more, and with what error.
func (s *Socket) sendStream(b mm.Buf, r *Rights, nonblock bool) (int, syscalls.Errno) {
	done := 0
	for done < b.Len() {
		err := syscalls.Errno(0)
		p := s.peer
		switch {
		case s.shut&shutWr != 0, !s.tcp() && (p.dead || p.shut&shutRd != 0):
			err = s.brokenPipe()
		case p.dead:
			s.reset() // the answer to what is sent to no one
			return b.Len(), 0
		case p.rx.Room() > 0:
			var n int
			n, err = p.rx.Put(b, done)
			if err != 0 {
				p.rx.Undo(n) // a piece goes as a whole or not at all
				n = 0
			}
			if r != nil && !r.Sent && n > 0 {
				p.addRights(r, n)
			}
			p.received += uint64(n)
			done += n
			p.wait.WakeFor(fs.EventIn)
		case nonblock:
			err = syscalls.EAGAIN
		default:
			err = fs.Wait(&s.wait)
		}
		if err != 0 {
			if done > 0 {
				return done, 0
			}
			return 0, err
		}
	}
	return done, 0
}

// brokenPipe is why nothing can be sent: TCP tells a reset first.
func (s *Socket) brokenPipe() syscalls.Errno {
	if s.tcp() && s.err != 0 {
		return s.takeErr()
	}
	return syscalls.EPIPE
}

// recvStream receives bytes.
func (s *Socket) recvStream(b mm.Buf, flags uint32, from *Addr, m *Meta, nonblock bool) (int, syscalls.Errno) {
	peek := flags&syscalls.MSG_PEEK != 0
	if !s.tcp() && s.st != connected {
		return 0, syscalls.EINVAL
	}
	if s.tcp() && s.st == listening {
		return 0, syscalls.ENOTCONN
	}
	done := 0
	for {
		if s.rx.Len() > 0 {
			at := s.received - uint64(s.rx.Len())
			n, err := s.takeBytes(b.Slice(0, done+s.upTo(at, b.Len()-done)), done, flags)
			done += n
			if s.takeRights(at, n, m, peek) {
				flags &^= syscalls.MSG_WAITALL
			}
			if !peek {
				s.drained()
			}
			if !s.inet() && from != nil && s.peer != nil {
				s.peer.putSender(from)
			}
			if err != 0 && done == 0 {
				return 0, err
			}
			if err != 0 || done == b.Len() || peek || flags&syscalls.MSG_WAITALL == 0 {
				return done, 0
			}
		}
		err := syscalls.Errno(0)
		switch {
		case s.fin && s.tcp():
			return done, 0
		case s.err != 0:
			if done == 0 {
				err = s.takeErr()
			}
			return done, err
		case s.shut&shutRd != 0:
			return done, 0
		case s.st == closed:
			err = syscalls.ENOTCONN
		case nonblock:
			err = syscalls.EAGAIN
		default:
			err = fs.Wait(&s.wait)
		}
		if err != 0 {
			if done > 0 {
				return done, 0
			}
			return 0, err
		}
	}
}

// takeBytes copies what there is to b. TCP's MSG_TRUNC throws it away.
func (s *Socket) takeBytes(b mm.Buf, off int, flags uint32) (int, syscalls.Errno) {
	peek := flags&syscalls.MSG_PEEK != 0
	if !s.tcp() || flags&syscalls.MSG_TRUNC == 0 {
		return s.rx.Get(b, off, peek)
	}
	n := min(b.Len()-off, s.rx.Len())
	if !peek {
		s.rx.Drop(n)
	}
	return n, 0
}
