//go:build freestanding

package proc

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// alarm is a process's ITIMER_REAL.
type alarm struct {
	timer    sched.Timer // first: ring converts
	interval uint64      // in ns; 0 for once
	group    *Process
}

func (a *alarm) init(g *Process) { a.group, a.timer.Fire = g, ring }

func (a *alarm) stop() { a.timer.Stop() }

// ring sends SIGALRM.
func ring(t *sched.Timer) {
	a := (*alarm)(unsafe.Pointer(t))
	if a.interval != 0 {
		t.Set(max(arch.Now()+1, arch.Now()+a.interval))
	}
	l := a.group.Leader
	l.Send(&Info{Signo: syscalls.SIGALRM, Code: syscalls.SI_KERNEL}, true)
}

// SetAlarm has SIGALRM sent to the process in so many ns, and from then on each
// interval; 0 is never. It returns what was left, and the interval, before.
func (g *Process) SetAlarm(ns, interval uint64) (left, every uint64) {
	left, every = g.Alarm()
	g.alarm.stop()
	g.alarm.interval = interval
	if ns != 0 {
		g.alarm.timer.Set(arch.Now() + min(ns, 1<<62))
	}
	return left, every
}

// Alarm is how long it is until the next SIGALRM, 0 for never, and the
// interval.
func (g *Process) Alarm() (left, every uint64) {
	if d := g.alarm.timer.Deadline(); d != sched.Never {
		left = 1
		if now := arch.Now(); d > now {
			left = d - now
		}
	}
	return left, g.alarm.interval
}
