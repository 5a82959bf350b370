package script

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bigScript is 1 MB of script: the calls of this repository's, as far as they
// are one task's, again and again.
func bigScript(tb testing.TB) []byte {
	files, err := filepath.Glob("../../tests/scripts/*.sys")
	if err != nil || len(files) == 0 {
		tb.Fatal(files, err)
	}
	lines := []string{"task B = fork", "task C = fork", "task D = fork", "task E = fork"}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		s, err := Parse(name, data)
		if err != nil {
			tb.Fatal(err)
		}
		for _, step := range s.Steps {
			if step.Kind == StepCall && step.Task == "A" && !step.Unfinished && !step.I386 {
				lines = append(lines, strings.Split(string(data), "\n")[step.Line-1])
			}
		}
	}
	// Without the lines that need what a line that is not here has bound.
	for {
		_, err := Parse("big.sys", []byte(strings.Join(lines, "\n")))
		var wrong *Error
		if !errors.As(err, &wrong) {
			break
		}
		lines = slices.Delete(lines, wrong.Line-1, wrong.Line)
	}
	text := strings.Join(lines, "\n") + "\n"
	for len(text) < 1_000_000 {
		text += strings.Join(lines[4:], "\n") + "\n"
	}
	return []byte(text[:strings.LastIndexByte(text[:1_000_000], '\n')])
}

// A script may be as long as that, and is checked to its last line.
func TestBig(t *testing.T) {
	text := bigScript(t)
	s, err := Parse("big.sys", text)
	if err != nil {
		t.Fatal(err)
	}
	if calls, lines := len(s.Steps), strings.Count(string(text), "\n"); calls < lines-lines/10 {
		t.Errorf("%d calls in %d lines", calls, lines)
	}
	if _, err := Parse("big.sys", append(text, "\nclose(none)"...)); err == nil {
		t.Error("its last line is not checked")
	}
}

// BenchmarkParse parses and checks 1 MB.
func BenchmarkParse(b *testing.B) {
	text := bigScript(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse("big.sys", text); err != nil {
			b.Fatal(err)
		}
	}
}
