//go:build freestanding

package arch

// FixTrap has nothing to mend: no KVM is known that runs 32-bit guests and has
// quirks.
func FixTrap(f *TrapFrame) {}
