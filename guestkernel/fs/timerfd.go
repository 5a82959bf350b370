package fs

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// timerFD is a timer that is read (timerfd_create(2)).
type timerFD struct {
	sched.Timer // first: fired converts
	realtime    bool
	interval    uint64 // ns; 0 for once
	ticks       uint64 // that nobody has read; those of an interval are counted when asked
	next        uint64 // when the interval that is not counted yet ends
	wait        sched.WaitQueue
}

var timerFDs mm.Pool[timerFD]

type timerOps struct{}

var timerFDOps timerOps

// NewTimerFD makes one; realtime says by which clock absolute times are.
func NewTimerFD(realtime bool, flags uint32) (*File, syscalls.Errno) {
	t := timerFDs.Get()
	if t == nil {
		return nil, syscalls.ENOMEM
	}
	t.realtime, t.Fire = realtime, timerFired
	f := NewAnon(&timerFDOps, unsafe.Pointer(t), syscalls.O_RDWR|flags)
	if f == nil {
		timerFDs.Put(t)
		return nil, syscalls.ENFILE
	}
	return f, 0
}

// timerFired is the end of the time: an interval is not set again until
// somebody has read, so that a short one costs nothing.
func timerFired(s *sched.Timer) {
	t := (*timerFD)(unsafe.Pointer(s))
	t.ticks++
	t.wait.WakeAll()
}

// IsTimerFD reports whether f is one.
func (f *File) IsTimerFD() bool { return f.Ops == FileOps(&timerFDOps) }

// SetTimer is timerfd_settime(2): after value, or at that time, and then every
// interval, all in ns. Value 0 is never.
func (f *File) SetTimer(value, interval uint64, absolute bool) {
	t := (*timerFD)(f.Priv)
	t.Stop()
	t.ticks, t.interval, t.next = 0, interval, 0
	if value == 0 {
		return
	}
	switch now := arch.Now(); {
	case !absolute:
		value += now
	case t.realtime:
		value = max(value, Epoch*second) - Epoch*second
	}
	t.next = value
	t.Set(value)
}

// GetTimer is timerfd_gettime(2): how long until the next tick, and the
// interval.
func (f *File) GetTimer() (value, interval uint64) {
	t := (*timerFD)(f.Priv)
	t.count()
	if at := t.Deadline(); at != sched.Never {
		value = max(at, arch.Now()+1) - arch.Now()
	}
	return value, t.interval
}

// count counts the intervals that have passed since the timer fired, and sets
// it again.
func (t *timerFD) count() {
	if t.Deadline() != sched.Never || t.interval == 0 || t.next == 0 {
		return
	}
	passed := (arch.Now() - t.next) / t.interval
	t.ticks += passed
	t.next += (passed + 1) * t.interval
	t.Set(t.next)
}

func (*timerOps) Read(f *File, io IO) (int, syscalls.Errno) {
	t := (*timerFD)(f.Priv)
	if io.Buf.Len() < 8 {
		return 0, syscalls.EINVAL
	}
	for t.ticks == 0 {
		if io.Nonblock {
			return 0, syscalls.EAGAIN
		}
		if err := Wait(&t.wait); err != 0 {
			return 0, err
		}
	}
	t.count()
	n := t.ticks
	t.ticks = 0
	if t.interval == 0 {
		t.next = 0
	}
	return putCount(io, n)
}

func (*timerOps) Write(f *File, io IO) (int, syscalls.Errno) { return 0, syscalls.EINVAL }

func (*timerOps) Poll(f *File, pt *PollTable) uint16 {
	t := (*timerFD)(f.Priv)
	pt.Add(&t.wait)
	if t.ticks > 0 {
		return syscalls.POLLIN
	}
	return 0
}

func (*timerOps) Close(f *File) {
	t := (*timerFD)(f.Priv)
	t.Stop()
	timerFDs.Put(t)
}

func (*timerOps) Seekable() bool { return false }
