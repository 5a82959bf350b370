package kvm

import (
	"testing"
	"time"
)

func TestProbe(t *testing.T) {
	begin := time.Now()
	r := Probe("")
	t.Logf("%v", time.Since(begin))
	for _, l := range r.Lines() {
		t.Logf("%-24s %-5v %s", l.Feature, l.OK, l.Note)
	}
}
