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
