package hostcpu

import (
	"runtime"
	"testing"
)

func TestLacking(t *testing.T) {
	if got := Lacking("fpu", "no such feature"); got != "no such feature" && runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		t.Errorf("an x86 processor lacks %s", got)
	}
	if got := Lacking(); got != "" {
		t.Errorf("of nothing it lacks %s", got)
	}
}
