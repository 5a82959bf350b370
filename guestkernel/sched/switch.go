//go:build freestanding

package sched

import "sysindvm/guestkernel/arch"

// quantum is how long a thread may run in user mode while others wait, in ns.
const quantum = 10_000_000

var (
	sliceEnd uint64
	since    uint64 // when the current thread got the CPU
)

// Used is how long t has run, in ns.
func (t *Thread) Used() uint64 {
	if t != current {
		return t.Ran
	}
	return t.Ran + arch.Now() - since
}

// Boot makes the boot stack's thread the current one, until the first thread
// starts.
func Boot() { idle.State, current = Dead, &idle }

// Run gives the CPU to the first thread; it does not return.
func Run() { reschedule() }

// reschedule gives the CPU to the next runnable thread. With none, it waits
// here for an interrupt that makes one: on the stack of the thread that
// sleeps, so that a thread that is woken before another runs just goes on.
func reschedule() {
	prev := current
	prev.Ran = prev.Used()
	for runHead == nil {
		arch.SetTimer(NextDeadline())
		arch.Idle()
		Expire(arch.Now())
	}
	t := dequeue()
	since = arch.Now()
	sliceEnd = since + quantum
	if t == prev {
		return
	}
	if prev.State != Dead {
		prev.FPU.Save()
	}
	if t.Root != prev.Root {
		arch.SetRoot(t.Root)
	}
	arch.SwitchSegs(&prev.Segs, &t.Segs)
	t.FPU.Restore()
	arch.SetKernelStack(t.G.KTop)
	current = t
	arch.Switch(&prev.G, &t.G)
}

// TimerInterrupt is the timer interrupt.
func TimerInterrupt() {
	arch.TimerFired()
	Expire(arch.Now())
}

// BeforeUser is called on the way back to user mode: it lets others run if
// the thread's time is up, and sets the timer for what comes next.
func BeforeUser() {
	if runHead == nil && sleepHead == nil && timerHead == nil {
		return
	}
	now := arch.Now()
	if runHead != nil && now >= sliceEnd {
		Yield()
	}
	d := NextDeadline()
	if runHead != nil {
		d = min(d, sliceEnd)
	}
	arch.SetTimer(d)
}
