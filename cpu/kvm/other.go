//go:build !(linux && amd64)

package kvm

import (
	"fmt"
	"runtime"

	"sysindvm/cpu"
)

func errPlatform() error {
	return fmt.Errorf("the kvm engine is for Linux on x86-64, this is %s on %s: use the soft engine", runtime.GOOS, runtime.GOARCH)
}

// Open returns an error: there is no KVM on this platform.
func Open(path string) (cpu.Engine, error) { return nil, errPlatform() }

// Probe reports that there is no KVM on this platform.
func Probe(path string) Report { return Report{Err: errPlatform()} }

// ProbeQuick reports that there is no KVM on this platform.
func ProbeQuick(path string) Report { return Report{Err: errPlatform()} }
