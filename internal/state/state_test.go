package state

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type inner struct {
	a uint8
	b [3]int16
}

type part struct {
	on    bool
	n     int64
	u     uint64
	d     time.Duration
	s     string
	bytes []byte
	in    []inner
	deep  [2]inner
	f     func()
	w     io.Writer
	other *part
	cache [4]uint64 `save:"-"`
}

func TestRoundTrip(t *testing.T) {
	p := part{on: true, n: -1 << 63, u: 1<<64 - 1, d: -time.Second, s: "name", bytes: []byte{1, 0, 255},
		in: []inner{{1, [3]int16{-1, 2, -32768}}}, deep: [2]inner{{}, {9, [3]int16{}}}, cache: [4]uint64{7}}
	b := Append([]byte("x"), &p)
	var q part
	q.cache[1] = 5
	rest, err := Load(append(b[1:], "rest"...), &q)
	if err != nil || string(rest) != "rest" {
		t.Fatalf("rest %q, %v", rest, err)
	}
	want := p
	want.cache = [4]uint64{1: 5} // is no state
	if d := cmp.Diff(want, q, cmp.AllowUnexported(part{}, inner{})); d != "" {
		t.Error(d)
	}
	for n := range len(b) - 1 {
		if _, err := Load(b[1:1+n], new(part)); err == nil {
			t.Errorf("the first %d of %d bytes are read without an error", n, len(b)-1)
		}
	}
}

func TestLayout(t *testing.T) {
	type old struct{ a, b uint32 }
	type renamed struct{ a, c uint32 }
	if _, err := Load(Append(nil, &old{1, 2}), new(renamed)); !errors.Is(err, ErrLayout) {
		t.Errorf("fields that have changed: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(Append(nil, &part{s: "x", in: make([]inner, 3)}))
	f.Fuzz(func(t *testing.T, b []byte) { Load(b, new(part)) })
}
