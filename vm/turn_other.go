//go:build !js

package vm

import "time"

// turn is for a host with one thread: here the guest may run until then.
func (m *Machine) turn(until time.Duration) time.Duration { return until }
