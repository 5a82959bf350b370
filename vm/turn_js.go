package vm

import (
	"runtime"
	"time"
)

// slice is the longest that the guest runs, in its own time, without a turn
// for others: some 0.1 s of the host's.
const slice = 2 * time.Millisecond

// turn lets other goroutines run and says how long the guest may, which is no
// longer than until. On js there is one thread, and nothing takes it away from
// the goroutine that runs the guest: not even the timer that ends a context.
func (m *Machine) turn(until time.Duration) time.Duration {
	runtime.Gosched()
	return min(until, m.vcpu.Now()+slice)
}
