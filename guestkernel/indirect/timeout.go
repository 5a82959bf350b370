//go:build freestanding

package indirect

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// TIMEOUT: the longest that the call may block; then ETIMEDOUT, or what the
// call itself has for such a case (poll: 0), or what it has done so far (read:
// a short count). It is the deadline of every sleep of the call
// (sched.Thread.Limit), and it never makes a call wait longer than the call's
// own timeout.
//
// A duration becomes a point in time when the call is first made: a call that
// is restarted after a signal does not begin to wait anew.
//
//	u32 ctx, u32 flags, s64 sec, s64 nsec
var timeout = kind{
	name:    "timeout",
	words:   3,
	allowed: proc.Context{0xff<<8 | syscalls.TimeoutAbsolute, 1<<64 - 1, 1<<64 - 1},
	more:    checkTimeout,
	set:     func(t *proc.Task, c *proc.Context) { t.Set(&t.Limit, c[1]) },
}

const nsPerSec = 1_000_000_000

// checkTimeout makes the context's time one since boot, in ns, in its second
// word.
func checkTimeout(t *proc.Task, c *proc.Context) syscalls.Errno {
	flags, sec, nsec := c[0]>>32, c[1], c[2]
	if int64(sec) < 0 || nsec >= nsPerSec {
		return syscalls.EINVAL
	}
	base := uint64(0) // since boot, where the clock's 0 is
	switch flags >> 8 {
	case syscalls.CLOCK_REALTIME:
		base = -fs.Epoch * nsPerSec
	case syscalls.CLOCK_MONOTONIC, syscalls.CLOCK_BOOTTIME:
	default:
		return syscalls.EINVAL
	}
	if flags&syscalls.TimeoutAbsolute == 0 {
		base = arch.Now()
	}
	const longest = 1 << 33 // seconds, about 270 years
	until := int64(min(sec, longest)*nsPerSec + nsec + base)
	c[1], c[2] = uint64(max(until, 0)), 0
	if flags&syscalls.TimeoutAbsolute == 0 {
		c[1] = t.Deadlines.Context(c[1])
	}
	return 0
}
