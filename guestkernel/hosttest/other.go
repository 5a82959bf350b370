//go:build !(linux && amd64) && !freestanding

package hosttest

import "testing"

// NewLinux skips the test: the host is no Linux that the guest could be
// compared with.
func NewLinux(t *testing.T) System {
	t.Skip("the host is not Linux on x86-64")
	return nil
}
