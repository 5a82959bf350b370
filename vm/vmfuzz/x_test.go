package vmfuzz

import (
	"testing"

	"sysindvm/cpu/soft"
)

func TestSmall(t *testing.T) {
	for _, p := range [][]string{{}, {"A: task B = proc"}, {"A: task B = proc", "A: task C = proc", "A: task D = proc"}, {"A: task B = proc", "B: task C = thread"}, {"A: task B = proc", "B: task C = fork"},
		{"A: task B = proc", "B: epoll_create1(0)", "B: pipe([out ...])"},
		{`A: mkdir("/w", 0777)`, `A: mkdir("/w/d", 0777)`, `A: symlink("f", "/w/d/l")`},
	} {
		r, f, err := execute(t.Context(), soft.New(), p, nil, 0, 0)
		if f != nil || err != nil {
			t.Error(p, f, err)
			t.Log(r.log)
		}
	}
}
