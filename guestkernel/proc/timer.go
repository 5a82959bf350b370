//go:build freestanding

package proc

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// Timer is a timer of timer_create(2).
type Timer struct {
	timer    sched.Timer // first: ringTimer converts
	ID       int32
	Signo    int32
	Notify   int32  // SIGEV_*
	Thread   int    // of SIGEV_THREAD_ID
	Value    uint64 // si_value
	Realtime bool
	interval uint64
	due      uint64 // when it rings next
	waiting  bool   // its signal has not been taken: until then it does not ring again
	Overrun  uint32 // of the signal that was taken last
	group    *Process
	next     *Timer
}

// The ways in which a timer can tell (sigevent(3type)).
const (
	NotifySignal = 0
	NotifyNone   = 1
	NotifyThread = 4
)

var timers mm.Pool[Timer]

// NewTimer makes a timer of the process; nil if memory is full.
func (g *Process) NewTimer() *Timer {
	m := timers.Get()
	if m != nil {
		m.ID, m.group, m.timer.Fire = g.nextTimer, g, ringTimer
		g.nextTimer = (g.nextTimer + 1) & 0x7fffffff
		m.next, g.timers = g.timers, m
	}
	return m
}

// Timer is a timer by its id; nil if there is none.
func (g *Process) Timer(id int32) *Timer {
	for m := g.timers; m != nil; m = m.next {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// Delete is timer_delete(2).
func (m *Timer) Delete() {
	m.timer.Stop()
	for p := &m.group.timers; *p != nil; p = &(*p).next {
		if *p == m {
			*p = m.next
			timers.Put(m)
			return
		}
	}
}

// dropTimers deletes all timers of a process, which ends or becomes another
// program.
func (g *Process) dropTimers() {
	for g.timers != nil {
		g.timers.Delete()
	}
}

// Set is timer_settime(2): the timer rings at a point in time since boot, 0 for
// never, and then every interval.
func (m *Timer) Set(due, interval uint64) {
	m.timer.Stop()
	m.due, m.interval, m.waiting, m.Overrun = due, interval, false, 0
	if due != 0 {
		m.timer.Set(due)
	}
}

// Get is timer_gettime(2).
func (m *Timer) Get() (left, interval uint64) {
	now := arch.Now()
	switch {
	case m.due == 0 || m.interval == 0 && m.due <= now:
		return 0, m.interval
	case m.due <= now:
		return m.interval - (now-m.due)%m.interval, m.interval
	}
	return m.due - now, m.interval
}

// forward moves the point in time past now, and says over how many it went.
func (m *Timer) forward(now uint64) (n uint64) {
	if m.due <= now {
		n = (now-m.due)/m.interval + 1
		m.due += n * m.interval
	}
	m.timer.Set(m.due)
	return n
}

// leastInterval is how often a timer rings of which nobody takes notice, in ns.
const leastInterval = 1_000_000

func ringTimer(s *sched.Timer) {
	m := (*Timer)(unsafe.Pointer(s))
	t := m.group.Leader
	if m.Notify == NotifyThread {
		if t = Find(m.Thread); t == nil || t.Proc != m.group {
			return
		}
	}
	if m.interval != 0 {
		m.due += m.interval
	}
	q := &t.pending
	if m.Notify == NotifySignal {
		q = &m.group.pending
	}
	sig := int(m.Signo)
	if m.Notify == NotifyNone || t.ignores(sig) || sig < firstRT && q.set&bit(sig) != 0 {
		if m.interval != 0 {
			m.forward(arch.Now() + leastInterval)
		}
		return
	}
	m.waiting = true
	t.Send(&Info{Signo: m.Signo, Code: syscalls.SI_TIMER, Pid: m.ID, Value: m.Value}, m.Notify == NotifySignal)
}

// timerTaken sets the timer again whose signal has been taken, and counts the
// times that it should have rung meanwhile (si_overrun).
func (g *Process) timerTaken(i *Info) {
	m := g.Timer(i.Pid)
	if m == nil || !m.waiting {
		return
	}
	m.waiting, m.Overrun = false, 0
	if m.interval != 0 {
		m.Overrun = uint32(min(m.forward(arch.Now()), 0x7fffffff))
	}
	i.UID = m.Overrun
}
