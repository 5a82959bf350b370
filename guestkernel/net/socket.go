// Package net is sockets: AF_UNIX, and AF_INET on a loopback interface that
// loses nothing and delivers at once.
//
// Begin with [Socket]; then stream.go and dgram.go for how data moves, unix.go
// and inet.go for names and connections.
package net

import (
	"unsafe"

	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// state is a socket's state in its protocol.
type state uint8

const (
	closed     state = iota // not connected, or not any more
	listening               //
	connecting              // TCP: the listener's queue is full
	connected
)

// The directions that are shut down.
const (
	shutRd   = 1
	shutWr   = 2
	shutBoth = shutRd | shutWr
)

// Socket is one end of a connection, a listener, or one that sends and
// receives datagrams.
type Socket struct {
	family, kind, protocol uint32
	st                     state
	step                   step // of connect, TCP
	dead                   bool // closed by its owner; others may still refer to it
	shut                   uint8
	fin                    bool           // TCP: the peer has closed its direction
	err                    syscalls.Errno // what the next call or SO_ERROR reports
	refs                   int            // its owner and everyone's peer
	peer                   *Socket
	wait                   sched.WaitQueue // whenever anything changes

	// Received: bytes, and for datagrams how they are divided.
	rx       fs.Ring
	msgs     *message
	lastMsg  **message
	messages int
	received uint64  // of a stream: how many bytes there ever were
	rights   *Rights // of a stream: in the order of their bytes

	// Of a listener: those that are connected and wait for accept, and those
	// that wait for a place among them.
	backlog   int
	pending   queue
	want      queue
	next      *Socket // in either queue
	listener  *Socket // whose want this is in
	nextBound *Socket
	isBound   bool
	local     endpoint // AF_INET
	remote    endpoint
	boundAddr bool // local was given to bind, not chosen
	boundPort bool
	inode     *fs.Inode // AF_UNIX: the name's, if it is a path

	// Of an AF_UNIX socket that is in flight: see garbage.go.
	file                      *fs.File // its own
	nextFlying, nextUnvisited *Socket
	doubtful                  bool // may be garbage
	elsewhere                 int  // how many of file.InFlight are not in messages of doubtful sockets

	name        [nameSize]byte
	nameLen     int // of struct sockaddr_un; 0 if there is no name
	opts        uint32
	sndbuf      int32
	rcvbuf      int32
	lingerOn    int32
	lingerValue int32
}

// queue is a list of sockets through their field next.
type queue struct {
	head, tail *Socket
	n          int
}

func (q *queue) push(s *Socket) {
	s.next = nil
	if q.tail != nil {
		q.tail.next = s
	} else {
		q.head = s
	}
	q.tail = s
	q.n++
}

func (q *queue) pop() *Socket {
	s := q.head
	if s != nil {
		if q.head = s.next; q.head == nil {
			q.tail = nil
		}
		q.n--
	}
	return s
}

func (q *queue) remove(s *Socket) {
	for n := q.n; n > 0; n-- {
		if o := q.pop(); o != s {
			q.push(o)
		}
	}
}

var sockets mm.Pool[Socket]

// Sockets is how many sockets there are.
func Sockets() int { return sockets.Used() }

// room is where those wait who want a place in somebody else's queue: senders
// of AF_UNIX datagrams, and connect on AF_UNIX.
var room sched.WaitQueue

func newSocket(family, kind, protocol uint32) *Socket {
	s := sockets.Get()
	if s != nil {
		s.family, s.kind, s.protocol, s.refs = family, kind, protocol, 1
		s.sndbuf, s.rcvbuf = defaultBuf, defaultBuf
		s.lastMsg = &s.msgs
	}
	return s
}

func (s *Socket) hold() *Socket {
	s.refs++
	return s
}

func (s *Socket) put() {
	if s.refs--; s.refs == 0 {
		sockets.Put(s)
	}
}

// setPeer makes p the other end; nil for none.
func (s *Socket) setPeer(p *Socket) {
	if p != nil {
		p.hold()
	}
	old := s.peer
	s.peer = p
	if old != nil {
		old.put()
	}
}

// Types of sockets that Linux numbers; sockMax is behind the last.
const (
	sockTypeMask = 0xf
	sockMax      = 11
	afMax        = 46
	ipprotoMax   = 263
)

// New makes a socket: socket(2), without the descriptor.
func New(family, kind, protocol uint32) (*Socket, syscalls.Errno) {
	if family >= afMax {
		return nil, syscalls.EAFNOSUPPORT
	}
	if kind >= sockMax {
		return nil, syscalls.EINVAL
	}
	switch family {
	case syscalls.AF_UNIX:
		switch {
		case protocol != 0 && protocol != syscalls.AF_UNIX:
			return nil, syscalls.EPROTONOSUPPORT
		case kind == syscalls.SOCK_RAW:
			kind = syscalls.SOCK_DGRAM
		case kind != syscalls.SOCK_STREAM && kind != syscalls.SOCK_DGRAM && kind != syscalls.SOCK_SEQPACKET:
			return nil, syscalls.ESOCKTNOSUPPORT
		}
		protocol = 0
	case syscalls.AF_INET:
		its := uint32(syscalls.IPPROTO_TCP)
		switch {
		case protocol >= ipprotoMax:
			return nil, syscalls.EINVAL
		case kind == syscalls.SOCK_STREAM:
		case kind == syscalls.SOCK_DGRAM:
			its = syscalls.IPPROTO_UDP
		case kind == syscalls.SOCK_RAW:
			return nil, syscalls.EPROTONOSUPPORT
		default:
			return nil, syscalls.ESOCKTNOSUPPORT
		}
		if protocol != 0 && protocol != its {
			return nil, syscalls.EPROTONOSUPPORT
		}
		protocol = its
	default:
		return nil, syscalls.EAFNOSUPPORT
	}
	s := newSocket(family, kind, protocol)
	if s == nil {
		return nil, syscalls.ENOBUFS
	}
	return s, 0
}

// Pair makes two sockets that are connected: socketpair(2).
func Pair(family, kind, protocol uint32) (a, b *Socket, err syscalls.Errno) {
	a, err = New(family, kind, protocol)
	if err != 0 {
		return nil, nil, err
	}
	if family != syscalls.AF_UNIX {
		a.Close()
		return nil, nil, syscalls.EOPNOTSUPP
	}
	b, err = New(family, kind, protocol)
	if err != 0 {
		a.Close()
		return nil, nil, err
	}
	a.setPeer(b)
	b.setPeer(a)
	a.st, b.st = connected, connected
	return a, b, 0
}

// Unix: the socket is of AF_UNIX, and its messages can carry rights.
func (s *Socket) Unix() bool { return s.family == syscalls.AF_UNIX }

func (s *Socket) inet() bool   { return s.family == syscalls.AF_INET }
func (s *Socket) tcp() bool    { return s.inet() && s.kind == syscalls.SOCK_STREAM }
func (s *Socket) stream() bool { return s.kind == syscalls.SOCK_STREAM }

// connectionBased: of the types that listen and accept.
func (s *Socket) connectionBased() bool { return s.kind != syscalls.SOCK_DGRAM }

// takeErr is the pending error, which is reported once.
func (s *Socket) takeErr() syscalls.Errno {
	err := s.err
	s.err = 0
	return err
}

// changed wakes those who wait for s, or for its peer to take what it sends.
func (s *Socket) changed() {
	s.wait.WakeAll()
	if s.peer != nil {
		s.peer.wait.WakeAll()
	}
}

// drained wakes those who wait for room in what s has received.
func (s *Socket) drained() {
	s.wait.WakeFor(0)
	if s.peer != nil {
		s.peer.wait.WakeFor(fs.EventOut)
	}
}

// Close is the end of a socket as far as its owner is concerned.
func (s *Socket) Close() { s.end(false) }

// end closes s; embryo says that nobody has accepted it.
func (s *Socket) end(embryo bool) {
	s.dead = true
	s.unbind()
	switch {
	case s.st == listening:
		s.stopListening()
	case s.st == connecting:
		s.listener.want.remove(s)
	case s.peer == nil || s.peer.dead || !s.connectionBased():
	case s.tcp():
		s.hangUpTCP(embryo)
	default:
		s.hangUpUnix(embryo)
	}
	s.st = closed
	s.changed()
	room.WakeFor(fs.EventOut)
	for s.dropMessage() {
	}
	s.rx.Free()
	for s.rights != nil {
		r := s.rights
		s.rights = r.next
		r.Free()
	}
	s.setPeer(nil)
	s.put()
}

// stopListening turns away those who wait.
func (s *Socket) stopListening() {
	s.st = closed
	for c := s.pending.pop(); c != nil; c = s.pending.pop() {
		c.end(true)
	}
	for c := s.want.pop(); c != nil; c = s.want.pop() {
		c.refuse()
	}
	s.wait.WakeAll()
	room.WakeFor(fs.EventOut)
}

// Listen is listen(2).
func (s *Socket) Listen(backlog uint32) syscalls.Errno {
	const somaxconn = 4096
	switch {
	case !s.connectionBased():
		return syscalls.EOPNOTSUPP
	case s.st != closed && s.st != listening, s.step != stepNone:
		return syscalls.EINVAL
	case s.inet():
		if err := s.listenInet(); err != 0 {
			return err
		}
	case s.nameLen == 0:
		return syscalls.EINVAL
	}
	s.st, s.backlog = listening, int(min(backlog, somaxconn))
	room.WakeFor(fs.EventOut)
	return 0
}

// full: the queue of a listener takes one more than its backlog.
func (s *Socket) full() bool { return s.pending.n > s.backlog }

// Accept is accept(2): it returns the first of those that wait.
func (s *Socket) Accept(nonblock bool) (*Socket, syscalls.Errno) {
	if !s.connectionBased() {
		return nil, syscalls.EOPNOTSUPP
	}
	for {
		if s.st != listening {
			return nil, syscalls.EINVAL
		}
		if c := s.pending.pop(); c != nil {
			for s.want.head != nil && !s.full() {
				s.want.pop().establish(s)
			}
			room.WakeFor(fs.EventOut)
			return c, 0
		}
		switch {
		case s.shut&shutRd != 0:
			return nil, syscalls.EINVAL
		case nonblock:
			return nil, syscalls.EAGAIN
		}
		if err := fs.Wait(&s.wait); err != 0 {
			return nil, err
		}
	}
}

// Shutdown is shutdown(2).
func (s *Socket) Shutdown(how uint32) syscalls.Errno {
	if how > syscalls.SHUT_RDWR {
		return syscalls.EINVAL
	}
	if s.inet() {
		return s.shutdownInet(uint8(how + 1))
	}
	s.shutdownUnix(uint8(how + 1))
	return 0
}

// ---- sockets as files

type socketFile struct{}

var socketOps socketFile

// NewFile makes a description for a socket that Attach will give it.
func NewFile(flags uint32) *fs.File {
	f := fs.NewFile(&socketOps, syscalls.O_RDWR|flags)
	if f != nil {
		f.Mode = syscalls.S_IFSOCK | 0o777
	}
	return f
}

// Attach makes f the owner of s.
func Attach(f *fs.File, s *Socket) { f.Priv = unsafe.Pointer(s) }

// Connected reports whether the socket is of a type that makes connections:
// writing to one whose peer is gone is like writing to a pipe.
func (s *Socket) Connected() bool { return s.kind != syscalls.SOCK_DGRAM }

// FromFile is the socket behind a file, or ENOTSOCK.
func FromFile(f *fs.File) (*Socket, syscalls.Errno) {
	if f.Ops != fs.FileOps(&socketOps) {
		return nil, syscalls.ENOTSOCK
	}
	return (*Socket)(f.Priv), 0
}

func (*socketFile) Seekable() bool { return false }

func (*socketFile) Close(f *fs.File) {
	if f.Priv != nil {
		(*Socket)(f.Priv).Close()
	}
}

func (*socketFile) Read(f *fs.File, io fs.IO) (int, syscalls.Errno) {
	if io.Buf.Len() == 0 {
		return 0, 0
	}
	return (*Socket)(f.Priv).Recv(io.Buf, 0, nil, nil, io.Nonblock)
}

func (*socketFile) Write(f *fs.File, io fs.IO) (int, syscalls.Errno) {
	return (*Socket)(f.Priv).Send(io.Buf, 0, nil, fs.Walk{}, nil, io.Nonblock)
}

// Send is sendmsg(2); to is nil if no address is given, r if no rights are.
func (s *Socket) Send(b mm.Buf, flags uint32, to *Addr, w fs.Walk, r *Rights, nonblock bool) (int, syscalls.Errno) {
	nonblock = nonblock || flags&syscalls.MSG_DONTWAIT != 0
	switch {
	case flags&syscalls.MSG_OOB != 0:
		return 0, syscalls.EOPNOTSUPP
	case s.tcp():
		return s.sendTCP(b, nonblock)
	case s.inet():
		return s.sendUDP(b, to)
	case s.stream():
		return s.sendUnixStream(b, to, r, nonblock)
	}
	return s.sendUnixMessage(b, to, w, r, nonblock)
}

// Recv is recvmsg(2); from is where the sender's address goes, and m what
// else there is to be told, or nil.
func (s *Socket) Recv(b mm.Buf, flags uint32, from *Addr, m *Meta, nonblock bool) (int, syscalls.Errno) {
	nonblock = nonblock || flags&syscalls.MSG_DONTWAIT != 0
	if from != nil {
		from.N = 0
	}
	switch {
	case flags&syscalls.MSG_OOB != 0 && s.tcp():
		return 0, syscalls.EINVAL
	case flags&syscalls.MSG_OOB != 0 && !s.inet():
		return 0, syscalls.EOPNOTSUPP
	case s.stream():
		return s.recvStream(b, flags, from, m, nonblock)
	}
	return s.recvMessage(b, flags, from, m, nonblock)
}

// Poll is as tcp_poll, datagram_poll, unix_poll and unix_dgram_poll of Linux.
func (*socketFile) Poll(f *fs.File, pt *fs.PollTable) (ev uint16) {
	const in, out = syscalls.POLLIN | syscalls.POLLRDNORM, syscalls.POLLOUT | syscalls.POLLWRNORM
	s := (*Socket)(f.Priv)
	pt.Add(&s.wait)
	if s.st == listening {
		if s.pending.n > 0 {
			ev |= in
		}
		if s.tcp() {
			return ev
		}
	}
	if s.err != 0 {
		ev |= syscalls.POLLERR
	}
	if s.shut == shutBoth || s.connectionBased() && s.st == closed {
		ev |= syscalls.POLLHUP
	}
	if s.shut&shutRd != 0 {
		ev |= in | syscalls.POLLRDHUP
	}
	if s.st == connecting {
		return ev
	}
	if s.rx.Len() > 0 || s.messages > 0 {
		ev |= in
	}
	if s.writable(pt) {
		ev |= out
		if !s.tcp() {
			ev |= syscalls.POLLWRBAND
		}
	}
	return ev
}

// writable reports whether a write has room, or would fail at once.
func (s *Socket) writable(pt *fs.PollTable) bool {
	p := s.peer
	switch {
	case s.st == listening:
		return false
	case s.tcp() && s.shut&shutWr != 0, p == nil, p.dead:
		return true
	case s.connectionBased():
		return p.rx.Room() >= fs.PipeBuf && p.messages < maxMessages
	}
	pt.Add(&room)
	return !p.crowded(s, fs.PipeBuf)
}
