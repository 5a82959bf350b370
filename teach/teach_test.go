package teach

import (
	"slices"
	"strings"
	"testing"
)

// play runs a demo of the package's.
func play(t *testing.T, name string) *Walk {
	t.Helper()
	d, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	w, _, err := Play(t.Context(), d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// phases are those of a line of the script.
func phases(w *Walk, line string) (all []string) {
	for _, s := range w.Steps {
		if strings.Contains(w.Lines[s.Line].Text, line) {
			all = append(all, s.Phase)
		}
	}
	return all
}

func TestPhases(t *testing.T) {
	w := play(t, "rfc")
	want := []string{SystemCall, Enter, CopyIn, CopyIn, Validate, Save, Set, Call, Inside, Restore, Leave, Return}
	if got := phases(w, "O_CLOEXEC}) socket"); !slices.Equal(got, want) {
		t.Errorf("a wrapped call: %v", got)
	}
	if got, want := phases(w, "p := socket"), []string{SystemCall, Inside, Return}; !slices.Equal(got, want) {
		t.Errorf("a plain call: %v", got)
	}
	if w.Failure != "" || w.Title != "The RFC's example" || w.Lines[0].Result == "" || w.Lines[0].Instructions == 0 {
		t.Errorf("%q %q %+v", w.Failure, w.Title, w.Lines[0])
	}
}

// The context is in force from set to restore, and the chain has what it has
// replaced.
func TestContextsInForce(t *testing.T) {
	w := play(t, "rfc")
	in := map[string]string{CopyIn: "", Save: "", Set: "", Call: "OPENFLAGS{O_CLOEXEC}", Inside: "OPENFLAGS{O_CLOEXEC}", Restore: "OPENFLAGS{O_CLOEXEC}", Leave: ""}
	chain := map[string]int{Save: 0, Set: 1, Call: 1, Restore: 1, Leave: 0}
	for _, s := range w.Steps {
		if s.Line != 0 {
			continue
		}
		if want, ok := in[s.Phase]; ok && s.Contexts[0].Text != want {
			t.Errorf("%s: %+v, want %q", s.Phase, s.Contexts[0], want)
		}
		if want, ok := chain[s.Phase]; ok && len(s.Chain) != want {
			t.Errorf("%s: the chain is %v", s.Phase, s.Chain)
		}
		text := w.Files[s.Source.File]
		if s.Source.Line < 1 || s.Source.Line > len(text) || len(s.Code) == 0 || len(s.Stack) < 3 {
			t.Errorf("%s: %v of %d lines, %v, %v", s.Phase, s.Source, len(text), s.Code, s.Stack)
		}
	}
}

func session(t *testing.T, name string) (*Walk, *Session) {
	t.Helper()
	d, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	w, rec, err := Play(t.Context(), d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSession(t.Context(), w, rec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return w, s
}

// Steps of each size go forwards, and come back to the same moments.
func TestSteps(t *testing.T) {
	_, s := session(t, "rfc")
	ctx := t.Context()
	if _, err := s.Step(ctx, Phases, false); err != nil {
		t.Fatal(err)
	}
	for _, z := range Sizes() {
		t.Run(z.String(), func(t *testing.T) {
			start := s.Now()
			var at []uint64
			for range 6 {
				moved, err := s.Step(ctx, z, false)
				if err != nil || !moved {
					t.Fatal(moved, err)
				}
				at = append(at, s.Now())
			}
			for i := len(at) - 2; i >= 0; i-- {
				moved, err := s.Step(ctx, z, true)
				if err != nil || !moved || s.Now() != at[i] {
					t.Fatalf("back to %d: %v %v, want %d of %v", s.Now(), moved, err, at[i], at)
				}
			}
			if err := s.Seek(ctx, start); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Who changes the task's context? First set, then restore, and back again.
func TestChanged(t *testing.T) {
	_, s := session(t, "rfc")
	ctx := t.Context()
	const expr = "current.Ctx[OPENFLAGS][0]"
	var at []uint64
	for _, want := range []string{"Set", "Restore"} {
		ok, err := s.Changed(ctx, expr, false)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if f := s.Look(); !strings.HasSuffix(f.Func, want) {
			t.Errorf("%s %v changes it, want %s", f.Func, f.Source, want)
		}
		at = append(at, s.Now())
		if _, err := s.Step(ctx, Instructions, false); err != nil {
			t.Fatal(err)
		}
	}
	for i := len(at) - 1; i >= 0; i-- {
		if ok, err := s.Changed(ctx, expr, true); err != nil || !ok || s.Now() != at[i] {
			t.Fatalf("%d %v %v, want %d", s.Now(), ok, err, at[i])
		}
	}
	if ok, err := s.Changed(ctx, expr, true); err != nil || ok {
		t.Errorf("%v %v: nothing has changed it before", ok, err)
	}
	if _, err := s.Changed(ctx, "current.nothing", true); err == nil {
		t.Error("no error for a field that there is not")
	}
}
