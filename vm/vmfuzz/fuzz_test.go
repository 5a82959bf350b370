package vmfuzz

import (
	"flag"
	"testing"

	"sysindvm/cpu/soft"
)

var (
	fuzzTime = flag.Duration("fuzzfor", 0, "")
	seed     = flag.Uint64("fuzzseed", 1, "")
	n        = flag.Int("fuzzn", 20, "")
)

func TestX(t *testing.T) {
	st, f, err := Fuzz(t.Context(), Options{Engine: soft.New(), Seed: *seed, N: *n, Time: *fuzzTime, Tasks: 5, Calls: 100})
	t.Log(st, err)
	if f == nil {
		return
	}
	t.Error(f.Seed, f.Failure)
	red, err := f.Reduce(t.Context())
	t.Log(err, red.Reproduces, red.Failure, "\n", red.Script)
	for _, l := range red.Program {
		t.Log(l)
	}
}
