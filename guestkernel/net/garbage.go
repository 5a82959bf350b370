package net

import "sysindvm/guestkernel/fs"

// A collector of garbage, as Linux has it (net/unix/garbage.c). An AF_UNIX socket
// can travel in a message, and the message can wait in that very socket, or in one
// that itself waits in it. When nobody has a descriptor of any of them, nobody can
// ever receive the message; but by counting references alone none of the sockets
// would end, since each is kept by a message in the other.
//
// A socket is in flight while a message that waits has a reference to its file;
// File.InFlight counts these references. A socket whose file has other references,
// too, is alive, and so is every socket that can be received from one that is
// alive. The others are garbage: their messages are emptied, and with that they
// end. The collector runs when a file is left with references in flight only
// (fs.OnStranded).

// flying is the list of all sockets in flight, through nextFlying.
var flying *Socket

var (
	stranded   bool // a file has become stranded since the last look
	collecting bool // collect runs, maybe further up on the stack
)

// Init makes the collector known to package fs. It is called at boot.
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

// launch notes that a message has the files now: they are in flight.
func (r *Rights) launch() {
	r.Sent, r.flying = true, true
	for _, f := range r.Files[:r.N] {
		s := unixOf(f)
		if s == nil {
			continue
		}
		if f.InFlight == 0 {
			s.file = f
			s.nextFlying, flying = flying, s
		}
		f.InFlight++
	}
}

// land notes that the message with the files has been received, or is gone.
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
		if f.InFlight--; f.InFlight == 0 {
			p := &flying
			for *p != s {
				p = &(*p).nextFlying
			}
			*p, s.nextFlying, s.file = s.nextFlying, nil, nil
		}
	}
}

// collect finds the garbage and ends it. Ending it may leave more.
func collect() {
	if collecting || freeing {
		return
	}
	collecting = true
	for stranded {
		stranded = false
		mark()
		freeing = true // Rights.Free only makes a list, until all garbage is emptied
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

// mark finds out which sockets in flight are garbage: these are doubtful when it
// returns. At first all stranded ones are. Those that a message outside of the
// doubtful ones has are not, nor is what can be received from them, and so on.
func mark() {
	for s := flying; s != nil; s = s.nextFlying {
		s.doubtful, s.elsewhere = s.file.Stranded(), s.file.InFlight
	}
	for s := flying; s != nil; s = s.nextFlying {
		if s.doubtful {
			s.eachRights((*Rights).uncount)
		}
	}
	// A reference that is still counted in elsewhere is in a message of a socket
	// that is alive.
	for s := flying; s != nil; s = s.nextFlying {
		if s.doubtful && s.elsewhere > 0 {
			s.revive()
			for unvisited != nil {
				o := unvisited
				unvisited = o.nextUnvisited
				o.eachRights((*Rights).revive)
			}
		}
	}
}

// unvisited is the list of sockets that have turned out to be alive, but whose
// messages mark has not looked at yet, through nextUnvisited.
var unvisited *Socket

// revive notes that a doubtful socket is alive.
func (s *Socket) revive() {
	s.doubtful = false
	s.nextUnvisited, unvisited = unvisited, s
}

// eachRights visits the rights in all messages that can be received from s, or
// from a connection that waits to be accepted from it.
func (s *Socket) eachRights(visit func(*Rights)) {
	s.eachOwn(visit)
	for c := s.pending.head; c != nil; c = c.next {
		c.eachOwn(visit)
	}
}

// eachOwn visits the rights in s's own messages: of a stream, or of datagrams.
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

// uncount notes that a message of a doubtful socket has these files.
func (r *Rights) uncount() {
	for _, f := range r.Files[:r.N] {
		if s := unixOf(f); s != nil {
			s.elsewhere--
		}
	}
}

// revive notes that the sockets among these files are alive: a message of one that
// is alive has them.
func (r *Rights) revive() {
	for _, f := range r.Files[:r.N] {
		if s := unixOf(f); s != nil && s.doubtful {
			s.revive()
		}
	}
}

// discard empties the messages whose rights eachRights visits.
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
