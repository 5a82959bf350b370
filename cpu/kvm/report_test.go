package kvm

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	good := Report{
		APIVersion: 12, LongMode: true, Protected32: true, Paging32: true, User32: true, Ring3: true,
		Syscall: true, Sysret: true, Sysret32: true, Int80: true, IntRing0: true, SSE: true, SSE32: true, XSave: true,
		Interrupts: true, SingleStep: true, TSCFrom0: true,
		Ring0Rate: 3e9, Ring3Rate: 3e9, User32Rate: 3e9,
	}
	if !good.Native() {
		t.Errorf("%+v is not native", good)
	}
	if diff := cmp.Diff([]string{"sysret"}, good.quirks()); diff != "" {
		t.Errorf("quirks (-want +got):\n%s", diff)
	}
	without := good
	without.XSave = false
	if diff := cmp.Diff([]string{"sysret", "noxsave"}, without.quirks()); diff != "" {
		t.Errorf("quirks without XSAVE (-want +got):\n%s", diff)
	}
	interpreted := good
	interpreted.Sysret, interpreted.Ring0Rate = false, 1.5e6
	if interpreted.Native() || interpreted.quirks() != nil {
		t.Errorf("an interpreted ring 0: Native %v, quirks %q", interpreted.Native(), interpreted.quirks())
	}
	var bad []Line
	for _, l := range interpreted.Lines() {
		if !l.OK {
			bad = append(bad, l)
		}
	}
	want := []Line{
		{"SYSRET", false, "the kernel returns to user mode by IRETQ"},
		{"ring 0 at full speed", false, "about 1.5 million instructions a second: it is interpreted"},
	}
	if diff := cmp.Diff(want, bad); diff != "" {
		t.Errorf("what is bad (-want +got):\n%s", diff)
	}
}
