//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
)

// Count adds what this package has in use to /proc/counters.
func Count(c *mm.Counts) {
	c.Add("tasks", numLive)
	n := 0
	for i := range processes {
		if processes[i].Leader != nil {
			n++
		}
	}
	c.Add("processes", n)
	c.Add("posix_timers", timers.Used())
	c.Add("timers", sched.Timers())
	c.Add("directories", fsPool.Used())
	countSems(c)
	c.Add("queued_signals", queuedPool.Used())
}
