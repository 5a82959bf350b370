//go:build !(linux && amd64)

package kvm

import (
	"strings"
	"testing"
)

func TestOpenElsewhere(t *testing.T) {
	_, err := Open("")
	if err == nil || !strings.Contains(err.Error(), "soft engine") {
		t.Errorf("Open: %v", err)
	}
	if r := Probe(""); r.Err == nil || r.Native() {
		t.Errorf("Probe: %+v", r)
	}
}
