package fs

import (
	"unsafe"

	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// anonMode is what stat shows of a file that is nowhere: no type.
const anonMode = 0o600

// NewAnon makes a description of something that only descriptors name.
func NewAnon(ops FileOps, priv unsafe.Pointer, flags uint32) *File {
	f := NewFile(ops, flags)
	if f != nil {
		f.Priv, f.Mode = priv, anonMode
	}
	return f
}

// eventFD is a counter (eventfd(2)).
type eventFD struct {
	count     uint64
	semaphore bool
	wait      sched.WaitQueue
}

var eventFDs mm.Pool[eventFD]

type eventOps struct{}

var eventFDOps eventOps

// NewEventFD makes one: flags are O_NONBLOCK or 0.
func NewEventFD(count uint64, semaphore bool, flags uint32) (*File, syscalls.Errno) {
	e := eventFDs.Get()
	if e == nil {
		return nil, syscalls.ENOMEM
	}
	e.count, e.semaphore = count, semaphore
	f := NewAnon(&eventFDOps, unsafe.Pointer(e), syscalls.O_RDWR|flags)
	if f == nil {
		eventFDs.Put(e)
		return nil, syscalls.ENFILE
	}
	return f, 0
}

// eventMax is the most that the counter holds.
const eventMax = ^uint64(0) - 1

func (*eventOps) Read(f *File, io IO) (int, syscalls.Errno) {
	e := (*eventFD)(f.Priv)
	if io.Buf.Len() < 8 {
		return 0, syscalls.EINVAL
	}
	for e.count == 0 {
		if io.Nonblock {
			return 0, syscalls.EAGAIN
		}
		if err := Wait(&e.wait); err != 0 {
			return 0, err
		}
	}
	n := e.count
	if e.semaphore {
		n = 1
	}
	e.count -= n
	e.wait.WakeFor(EventOut)
	return putCount(io, n)
}

// putCount writes a counter of 8 bytes.
func putCount(io IO, n uint64) (int, syscalls.Errno) {
	var b [8]byte
	put64(b[:], n)
	if _, err := io.Buf.Write(0, b[:]); err != 0 {
		return 0, err
	}
	return len(b), 0
}

func (*eventOps) Write(f *File, io IO) (int, syscalls.Errno) {
	e := (*eventFD)(f.Priv)
	var b [8]byte
	if io.Buf.Len() < len(b) {
		return 0, syscalls.EINVAL
	}
	if _, err := io.Buf.Read(0, b[:]); err != 0 {
		return 0, err
	}
	n := syscalls.GetInt(b[:], 8)
	if n > eventMax {
		return 0, syscalls.EINVAL
	}
	for n > eventMax-e.count {
		if io.Nonblock {
			return 0, syscalls.EAGAIN
		}
		if err := Wait(&e.wait); err != 0 {
			return 0, err
		}
	}
	e.count += n
	e.wait.WakeFor(EventIn)
	return len(b), 0
}

func (*eventOps) Poll(f *File, pt *PollTable) (ev uint16) {
	e := (*eventFD)(f.Priv)
	pt.Add(&e.wait)
	if e.count > 0 {
		ev |= syscalls.POLLIN
	}
	if e.count < eventMax {
		ev |= syscalls.POLLOUT
	}
	return ev
}

func (*eventOps) Close(f *File)  { eventFDs.Put((*eventFD)(f.Priv)) }
func (*eventOps) Seekable() bool { return false }
