package net

import "sysindvm/guestkernel/fs"

// An AF_UNIX socket can travel in a message, and the message can wait in that
// very socket, or in one that waits in it. When nobody has a descriptor of any
// of them, no one can ever receive the message, and without help none of them
// would end: each is kept by a message that is kept by it. This is the help.
//
// A socket's flights are the references to its file that are such messages'.
// A socket with other references is alive, and so is what can be received from
// one that is alive. The others are garbage: their messages give up what they
// carry, and with that they end. It begins when a file is left with no
// references but flights (fs.OnStranded).

// flying are the sockets that are in flight, through nextFlying.
var flying *Socket

var (
	stranded   bool // there may be garbage
	collecting bool
)

// Init is called at boot.
func Init() { fs.OnStranded = strand }

func strand() {
	stranded = true
	collect()
}

// unixOf is the AF_UNIX socket of a file; nil if it is none.
func unixOf(f *fs.File) *Socket {
	s, err := FromFile(f)
	if err != 0 || s == nil || !s.Unix() {
		return nil
	}
	return s
}

// launch puts the files into flight: a message has them now.
func (r *Rights) launch() {
	r.Sent, r.flying = true, true
	for _, f := range r.Files[:r.N] {
		s := unixOf(f)
		if s == nil {
			continue
		}
		if f.Flights == 0 {
			s.file = f
			s.nextFlying, flying = flying, s
		}
		f.Flights++
	}
}

// land ends the flight: the message is received, or gone.
func (r *Rights) land() {
	if !r.flying {
		return
	}
	r.flying = false
	for _, f := range r.Files[:r.N] {
		s := unixOf(f)
		if s == nil {
			continue
		}
		if f.Flights--; f.Flights == 0 {
			p := &flying
			for *p != s {
				p = &(*p).nextFlying
			}
			*p, s.nextFlying, s.file = s.nextFlying, nil, nil
		}
	}
}

// collect ends what is garbage.
func collect() {
	if collecting || freeing {
		return
	}
	collecting = true
	for stranded {
		stranded = false
		mark()
		freeing = true // what the messages carry is let go when all are known
		for s := flying; s != nil; s = s.nextFlying {
			if s.doubtful {
				s.discard()
			}
		}
		freeing = false
		freeUnwanted()
	}
	collecting = false
}

// mark leaves the sockets in flight doubtful that are garbage.
func mark() {
	for s := flying; s != nil; s = s.nextFlying {
		s.doubtful, s.elsewhere = s.file.Stranded(), s.file.Flights
	}
	for s := flying; s != nil; s = s.nextFlying {
		if s.doubtful {
			s.eachRights((*Rights).uncount)
		}
	}
	// What is left elsewhere is in messages of sockets that are alive.
	for s := flying; s != nil; s = s.nextFlying {
		if s.doubtful && s.elsewhere > 0 {
			found = s
			s.doubtful, s.nextFound = false, nil
			for found != nil {
				o := found
				found = o.nextFound
				o.eachRights((*Rights).found)
			}
		}
	}
}

// found are sockets that are known to be alive, and whose messages are not
// looked at yet.
var found *Socket

// eachRights visits what the messages carry that can be received from s, or
// from those that wait to be accepted by it.
func (s *Socket) eachRights(visit func(*Rights)) {
	s.eachOwn(visit)
	for c := s.pending.head; c != nil; c = c.next {
		c.eachOwn(visit)
	}
}

func (s *Socket) eachOwn(visit func(*Rights)) {
	for r := s.rights; r != nil; r = r.next {
		visit(r)
	}
	for m := s.msgs; m != nil; m = m.next {
		if m.rights != nil {
			visit(m.rights)
		}
	}
}

// uncount: these flights are in a message of a doubtful socket.
func (r *Rights) uncount() {
	for _, f := range r.Files[:r.N] {
		if s := unixOf(f); s != nil {
			s.elsewhere--
		}
	}
}

func (r *Rights) found() {
	for _, f := range r.Files[:r.N] {
		if s := unixOf(f); s != nil && s.doubtful {
			s.doubtful = false
			s.nextFound, found = found, s
		}
	}
}

// discard lets go what the messages carry that eachRights visits.
func (s *Socket) discard() {
	s.discardOwn()
	for c := s.pending.head; c != nil; c = c.next {
		c.discardOwn()
	}
}

func (s *Socket) discardOwn() {
	for s.rights != nil {
		r := s.rights
		s.rights = r.next
		r.Free()
	}
	for m := s.msgs; m != nil; m = m.next {
		m.rights.Free()
		m.rights = nil
	}
}
