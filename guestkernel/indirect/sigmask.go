//go:build freestanding

package indirect

import "sysindvm/guestkernel/proc"

// SIGMASK: the signal mask for the duration of the call. A signal that it lets
// in, and that interrupts the call, is delivered while it is in force; the
// thread's own mask is back when the handler has returned (proc.Task.KeepMask).
// If the call was not interrupted, the own mask is back at once, and a signal
// that has come too late waits, as with ppoll(2).
//
//	u32 ctx, u32 zero, u64 mask
var sigmask = kind{
	name:    "sigmask",
	words:   2,
	allowed: proc.Context{0, 1<<64 - 1},
	set:     func(t *proc.Task, c *proc.Context) { t.Masked() },
}
