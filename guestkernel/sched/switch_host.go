//go:build !freestanding

package sched

import "sysindvm/guestkernel/arch"

// reschedule, on a host: the test's HostSwitch wakes the thread.
func reschedule() {
	t := current
	arch.Switch(&t.G, &idle.G)
	if t.State == Sleeping {
		panic("sched: the test's HostSwitch did not wake the thread")
	}
	for dequeue() != nil {
	}
}

// HostInit makes t the current thread of a test.
func HostInit(t *Thread) {
	t.State, t.Limit = Runnable, Never
	current = t
}
