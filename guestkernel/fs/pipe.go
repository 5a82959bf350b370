package fs

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// Ring is a bounded queue of bytes in page frames, which appear as they are
// needed. Pipes and stream sockets are made of it.
type Ring struct {
	pages [ringPages]uint64
	head  int // position of the first byte
	n     int // how many there are
}

const (
	ringPages = 16
	// RingSize is how many bytes a ring holds: a pipe's capacity (pipe(7)).
	RingSize = ringPages * mm.PageSize
)

// Len is how many bytes are in the ring, Room how many more it takes: a page
// of which only some bytes have been read makes no room yet, as in a pipe of
// Linux.
func (r *Ring) Len() int  { return r.n }
func (r *Ring) Room() int { return RingSize - r.head%mm.PageSize - r.n }

// Put copies as much of b, from off on, as there is room for.
func (r *Ring) Put(b mm.Buf, off int) (done int, err syscalls.Errno) {
	for off+done < b.Len() && r.Room() > 0 {
		at := (r.head + r.n) % RingSize
		p := &r.pages[at/mm.PageSize]
		if *p == 0 {
			if *p = mm.Alloc(); *p == 0 {
				return done, syscalls.ENOMEM
			}
		}
		o := at % mm.PageSize
		m := min(mm.PageSize-o, r.Room(), b.Len()-off-done)
		m, err = b.Read(off+done, (*mm.Page)(arch.Virt(*p))[o:o+m])
		r.n += m
		done += m
		if err != 0 {
			return done, err
		}
	}
	return done, 0
}

// Get copies out as much as b, from off on, takes; with peek set the bytes
// stay.
func (r *Ring) Get(b mm.Buf, off int, peek bool) (done int, err syscalls.Errno) {
	for off+done < b.Len() && done < r.n {
		at := (r.head + done) % RingSize
		o := at % mm.PageSize
		m := min(mm.PageSize-o, r.n-done, b.Len()-off-done)
		m, err = b.Write(off+done, (*mm.Page)(arch.Virt(r.pages[at/mm.PageSize]))[o:o+m])
		done += m
		if err != 0 {
			break
		}
	}
	if !peek {
		r.Drop(done)
	}
	return done, err
}

// Drop takes away the first n bytes, and Undo the n that were put last.
func (r *Ring) Drop(n int) {
	r.head = (r.head + n) % RingSize
	r.n -= n
	if r.n == 0 {
		r.head = 0
	}
}

func (r *Ring) Undo(n int) { r.n -= n }

// Free gives the frames back.
func (r *Ring) Free() {
	for i, p := range r.pages {
		if p != 0 {
			mm.Free(p)
			r.pages[i] = 0
		}
	}
	r.head, r.n = 0, 0
}

// PipeBuf is how many bytes a write to a pipe puts in at once or not at all.
const PipeBuf = 4096

type pipe struct {
	ring             Ring
	readers, writers int
	// opens count how often either end was opened by name, for those who wait
	// for it.
	opens [2]int
	fifo  *Inode          // its name's, which is nil for pipe(2)'s
	wait  sched.WaitQueue // both ends: whenever anything changes
}

var pipes mm.Pool[pipe]

// Pipes is how many pipes there are.
func Pipes() int { return pipes.Used() }

type pipeEnd struct{}

var pipeOps pipeEnd

// NewPipe makes a pipe and returns its two ends.
func NewPipe(flags uint32) (r, w *File, err syscalls.Errno) {
	p := pipes.Get()
	if p == nil {
		return nil, nil, syscalls.ENFILE
	}
	r = NewFile(&pipeOps, syscalls.O_RDONLY|flags)
	if r == nil {
		pipes.Put(p)
		return nil, nil, syscalls.ENFILE
	}
	r.Priv, r.Mode = unsafe.Pointer(p), syscalls.S_IFIFO|0o600
	p.readers = 1
	w = NewFile(&pipeOps, syscalls.O_WRONLY|flags)
	if w == nil {
		r.Unref()
		return nil, nil, syscalls.ENFILE
	}
	w.Priv, w.Mode = unsafe.Pointer(p), r.Mode
	p.writers = 1
	return r, w, 0
}

func (*pipeEnd) Seekable() bool { return false }

func (*pipeEnd) Read(f *File, io IO) (int, syscalls.Errno) {
	p := (*pipe)(f.Priv)
	if io.Buf.Len() == 0 {
		return 0, 0
	}
	for p.ring.Len() == 0 {
		switch {
		case p.writers == 0:
			return 0, 0
		case io.Nonblock:
			return 0, syscalls.EAGAIN
		}
		if err := Wait(&p.wait); err != 0 {
			return 0, err
		}
	}
	n, err := p.ring.Get(io.Buf, 0, false)
	p.wait.WakeFor(EventOut)
	if n > 0 {
		err = 0
	}
	return n, err
}

func (*pipeEnd) Write(f *File, io IO) (int, syscalls.Errno) {
	p := (*pipe)(f.Priv)
	done := 0
	for done < io.Buf.Len() {
		need := 1
		if io.Buf.Len() <= PipeBuf {
			need = io.Buf.Len()
		}
		err := syscalls.Errno(0)
		switch {
		case p.readers == 0:
			err = syscalls.EPIPE
		case p.ring.Room() >= need:
			var n int
			n, err = p.ring.Put(io.Buf, done)
			done += n
			p.wait.WakeFor(EventIn)
		case io.Nonblock:
			err = syscalls.EAGAIN
		default:
			err = Wait(&p.wait)
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

func (*pipeEnd) Poll(f *File, pt *PollTable) (ev uint16) {
	p := (*pipe)(f.Priv)
	pt.Add(&p.wait)
	if f.readable() {
		if p.ring.Len() > 0 {
			ev |= syscalls.POLLIN | pollRdNorm
		}
		if p.writers == 0 && (p.fifo == nil || p.opens[1] != int(f.Tag)) {
			ev |= syscalls.POLLHUP // but not before there was a writer
		}
	}
	if f.writable() {
		if p.ring.Room() >= PipeBuf {
			ev |= syscalls.POLLOUT | pollWrNorm
		}
		if p.readers == 0 {
			ev |= syscalls.POLLERR
		}
	}
	return ev
}

func (*pipeEnd) Close(f *File) {
	p := (*pipe)(f.Priv)
	if f.readable() {
		p.readers--
	}
	if f.writable() {
		p.writers--
	}
	p.wait.WakeAll()
	p.free()
}

// free ends a pipe that nobody has open.
func (p *pipe) free() {
	if p.readers > 0 || p.writers > 0 {
		return
	}
	if p.fifo != nil {
		p.fifo.Sock = nil
	}
	p.ring.Free()
	pipes.Put(p)
}

// openFIFO is open(2) of a FIFO (fifo(7)): it waits for the other end.
func (i *Inode) openFIFO(flags uint32) (*File, syscalls.Errno) {
	p := (*pipe)(i.Sock)
	if p == nil {
		if p = pipes.Get(); p == nil {
			return nil, syscalls.ENFILE
		}
		p.fifo, i.Sock = i, unsafe.Pointer(p)
	}
	f := NewFile(&pipeOps, flags&openMask)
	if f == nil {
		p.free()
		return nil, syscalls.ENFILE
	}
	f.Priv, f.Inode, f.Tag = unsafe.Pointer(p), i.Ref(), ^uint64(0)
	nonblock := flags&syscalls.O_NONBLOCK != 0
	if nonblock && p.writers == 0 {
		f.Tag = uint64(p.opens[1])
	}
	noReader := p.readers == 0
	other, there := 1, &p.writers
	if f.readable() {
		p.readers++
		p.opens[0]++
	}
	if f.writable() {
		other, there = 0, &p.readers
		p.writers++
		p.opens[1]++
	}
	p.wait.WakeAll()
	err := syscalls.Errno(0)
	switch {
	case f.readable() && f.writable():
	case f.writable() && noReader && nonblock:
		err = syscalls.ENXIO
	case !nonblock && *there == 0:
		for seen := p.opens[other]; err == 0 && p.opens[other] == seen; {
			err = Wait(&p.wait)
		}
	}
	if err != 0 {
		f.Unref()
		return nil, err
	}
	return f, 0
}
