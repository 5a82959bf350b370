package net

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// MaxRights is how many descriptors one message carries (SCM_MAX_FD).
const MaxRights = 253

// Rights are the open files that travel with a message (SCM_RIGHTS, unix(7)),
// each with a reference.
type Rights struct {
	N     int
	Files [MaxRights]*fs.File
	// Sent says that a message has them: they are not the sender's any more.
	Sent   bool
	flying bool // a message has them, and nobody has received it: see garbage.go
	next   *Rights
	// begin and end are where the bytes of the message are in a stream.
	begin, end uint64
}

var rightsPool mm.Pool[Rights]

// NewRights makes an empty list; nil if memory is full.
func NewRights() *Rights { return rightsPool.Get() }

// Add appends a file, whose reference it takes.
func (r *Rights) Add(f *fs.File) syscalls.Errno {
	if r.N == MaxRights {
		f.Unref()
		return syscalls.EINVAL
	}
	r.Files[r.N] = f
	r.N++
	return 0
}

// copy makes another list of the same files; nil if memory is full.
func (r *Rights) copy() *Rights {
	c := rightsPool.Get()
	if c == nil {
		return nil
	}
	c.N = r.N
	for i, f := range r.Files[:r.N] {
		c.Files[i] = f.Ref()
	}
	return c
}

var (
	unwanted *Rights // that are to be freed
	freeing  bool
)

// Free gives up the files, and the list. A file may be a socket in which other
// rights wait: those are freed one after the other, not one inside the other.
func (r *Rights) Free() {
	if r == nil {
		return
	}
	r.next, unwanted = unwanted, r
	if !freeing {
		freeUnwanted()
		collect()
	}
}

func freeUnwanted() {
	freeing = true
	for unwanted != nil {
		r := unwanted
		unwanted = r.next
		r.land()
		for _, f := range r.Files[:r.N] {
			f.Unref()
		}
		rightsPool.Put(r)
	}
	freeing = false
}

// Meta is what a receiver is told besides the bytes.
type Meta struct {
	Rights *Rights // the receiver's, to be freed
	Trunc  bool    // the datagram was longer than the buffer
}

// deliver hands rights out, or a copy of them if the message stays.
func (m *Meta) deliver(r *Rights, peek bool) {
	switch {
	case r == nil:
	case m == nil && !peek:
		r.Free()
	case m == nil:
	case peek:
		m.Rights = r.copy()
	default:
		r.land()
		m.Rights = r
	}
}

// addRights appends what travels with the next n bytes of s's stream.
func (s *Socket) addRights(r *Rights, n int) {
	r.launch()
	r.begin, r.end = s.received, s.received+uint64(n)
	p := &s.rights
	for *p != nil {
		p = &(*p).next
	}
	r.next, *p = nil, r
}

// takeRights is called when n bytes of a stream are received, from position
// at on: what travels with them is delivered. Nothing behind them may be
// received by the same call.
func (s *Socket) takeRights(at uint64, n int, m *Meta, peek bool) (stop bool) {
	r := s.rights
	if r == nil || n == 0 || at+uint64(n) <= r.begin {
		return false
	}
	if !peek {
		s.rights = r.next
	}
	m.deliver(r, peek)
	return true
}

// upTo is how many bytes of a stream may be received before the next rights'
// own end.
func (s *Socket) upTo(at uint64, n int) int {
	if r := s.rights; r != nil {
		return int(min(uint64(n), r.end-at))
	}
	return n
}
