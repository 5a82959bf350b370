package vmbench_test

import (
	"testing"

	"sysindvm/cpu/soft"
	"sysindvm/vm/vmbench"
)

// The programs come to the same everywhere.
func TestPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("they take seconds")
	}
	places, missing := vmbench.Places(soft.New())
	for _, why := range missing {
		t.Log(why)
	}
	for _, p := range places {
		t.Run(p.Name, func(t *testing.T) {
			if _, err := p.Run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
