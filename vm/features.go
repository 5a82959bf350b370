package vm

import (
	"os"

	"sysindvm/cpu"
)

// GuestFeatures386 are those of a machine with the i386 kernel.
func GuestFeatures386(e cpu.Engine) []string {
	return []string{"guest", "indirect", "root", "signals", "thread", "i386", "xattr", e.Name()}
}

// GuestFeatures are what a machine with the embedded kernel has on an engine,
// of the features that scripts can require (package syscalls/script).
func GuestFeatures(e cpu.Engine) []string {
	return []string{"guest", "indirect", "root", "signals", "thread", "i386", "x86-64", "xattr", e.Name()}
}

// HostFeatures are those that the host's own Linux has for this process.
func HostFeatures() []string {
	features := []string{"host", "signals", "thread", "i386", "x86-64"}
	if os.Geteuid() == 0 {
		features = append(features, "root")
	}
	if hostXattrs() {
		features = append(features, "xattr")
	}
	return features
}
