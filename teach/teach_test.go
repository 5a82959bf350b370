package teach

import (
	"errors"
	"regexp"
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

// Each demo does what its script says, and shows what it promises.
func TestDemos(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			w := play(t, name)
			if w.Failure != "" {
				t.Fatal(w.Failure)
			}
			if w.Title == w.Name || w.About+w.Lines[0].Say == "" {
				t.Errorf("no title or no narration: %q", w.Title)
			}
			for i, l := range w.Lines {
				seen := slices.ContainsFunc(w.Steps, func(s Step) bool { return s.Line == i })
				if !seen {
					t.Errorf("line %d has no step: %s", l.No, l.Text)
				}
			}
			var b strings.Builder
			if err := WriteText(&b, w, nil); err != nil {
				t.Fatal(err)
			}
			for _, l := range w.Lines {
				if !strings.Contains(b.String(), l.Text) {
					t.Errorf("the text has no line %q", l.Text)
				}
			}
		})
	}
}

// Each bug is seen by a demo.
func TestBugs(t *testing.T) {
	for bug, name := range map[string]string{"norestore": "rfc", "order": "order", "early": "sigmask", "onerror": "error"} {
		t.Run(bug, func(t *testing.T) {
			d, err := Open(name)
			if err != nil {
				t.Fatal(err)
			}
			w, _, err := Play(t.Context(), d, Options{Bug: bug})
			if err != nil {
				t.Fatal(err)
			}
			if w.Failure == "" || w.Bug != bug {
				t.Errorf("nobody has noticed %q", w.Bug)
			}
		})
	}
}

// The demos that a 32-bit program can run, on the i386 kernel.
func TestDemos386(t *testing.T) {
	d, err := Open("order")
	if err != nil {
		t.Fatal(err)
	}
	d.I386 = true
	w, _, err := Play(t.Context(), d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := phases(w, "UMASK{02}"); w.Failure != "" || !slices.Contains(got, Restore) || !slices.Contains(got, Inside) {
		t.Errorf("%q %v", w.Failure, got)
	}
}

func TestScreen(t *testing.T) {
	w := play(t, "order")
	for _, size := range [][2]int{{80, 24}, {130, 50}, {40, 12}, {1, 1}, {300, 100}} {
		for i := range w.Steps {
			s := Screen{Width: size[0], Height: size[1], Walk: w, Step: &w.Steps[i], At: i, Foot: "foot"}
			if i > 0 {
				s.Before = &w.Steps[i-1]
			}
			rows := s.Render()
			if len(rows) > max(size[1], 12) {
				t.Fatalf("%v: %d rows", size, len(rows))
			}
			for _, r := range rows {
				if n := len([]rune(stylePattern.ReplaceAllString(r, ""))); n > max(size[0], 40) {
					t.Fatalf("%v: a row of %d: %q", size, n, r)
				}
			}
		}
	}
}

var stylePattern = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"#: nothing\ngetpid()", "d.sys:1: #: nothing: there are show, ask, arch, bug and fast"},
		{"#: ask what\ngetpid()", "d.sys:1: #: ask QUESTION => ANSWER"},
		{"#: show\ngetpid()", "d.sys:1: #: show EXPRESSION"},
		{"#: bug zz\ngetpid()", "there are norestore, order, early, onerror"},
		{"#: arch vax\ngetpid()", "i386 or x86-64"},
		{"getpd()", "did you mean getpid"},
	} {
		if _, err := Parse("d.sys", []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.text, err, tt.want)
		}
	}
	if _, err := Open("nothing"); err == nil || !strings.Contains(err.Error(), "there are rfc, order") {
		t.Errorf("%v", err)
	}
}

// An expression that is wrong is an error, with its line, the first of several; one
// that has no value now and then is none.
func TestWrongShow(t *testing.T) {
	d, err := Parse("d.sys", []byte("#: show current.FS.Umask\ngetpid()\n#: show current.FS.Nothing\ngetpid()\n#: show current.Nothing\ngetpid()\n"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "d.sys:3: #: show current.FS.Nothing: "
	var wrong *DemoError
	if _, _, err := Play(t.Context(), d, Options{}); !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s...", err, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range Names() {
		b, err := demos.ReadFile("demos/" + name + ".sys")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { Parse("f.sys", b) })
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"a b c", "a b c\n"},
		{"aaa bbb ccc", "aaa bbb\nccc\n"},
		{"a\nb\n\n- c\n- d", "a b\n\n- c\n- d\n"},
		{"averylongword", "averylongword\n"},
	} {
		if got := Wrap(tt.text, 8); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}
