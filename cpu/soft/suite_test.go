package soft_test

import (
	"testing"

	"sysindvm/cpu"
	"sysindvm/cpu/cputest"
	"sysindvm/cpu/soft"
)

// The suite that every engine must pass.
func TestSuite(t *testing.T) { cputest.Run(t, soft.New(), cpu.NewRAM, nil) }
