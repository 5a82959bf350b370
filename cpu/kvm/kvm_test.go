package kvm

import (
	"testing"
	"time"

	"sysindvm/cpu"
	"sysindvm/cpu/cputest"
)

func TestSuite(t *testing.T) {
	e, err := Open("")
	if err != nil {
		t.Skip(err)
	}
	lacks := make(map[string]string)
	for _, l := range Probe("").Lines() {
		if !l.OK {
			lacks[l.Feature] = "this host's KVM lacks it"
		}
	}
	cputest.Run(t, e, cpu.NewRAM, lacks)
}

func TestProbe(t *testing.T) {
	begin := time.Now()
	r := Probe("")
	t.Logf("%v", time.Since(begin))
	for _, l := range r.Lines() {
		t.Logf("%-24s %-5v %s", l.Feature, l.OK, l.Note)
	}
}
