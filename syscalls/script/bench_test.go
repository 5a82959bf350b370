package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkParse parses and checks 1 MB: the scripts of this repository, again
// and again, in which every name is bound and every task made only once.
func BenchmarkParse(b *testing.B) {
	files, err := filepath.Glob("../../tests/scripts/*.sys")
	if err != nil || len(files) == 0 {
		b.Fatal(files, err)
	}
	var lines []string
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		s, err := Parse(name, data)
		if err != nil {
			b.Fatal(err)
		}
		for _, step := range s.Steps {
			if step.Kind == StepCall && step.Task == "A" && !step.Unfinished && !step.I386 {
				lines = append(lines, strings.Split(string(data), "\n")[step.Line-1])
			}
		}
	}
	text := []byte("task B = fork\ntask C = fork\ntask D = fork\ntask E = fork\n")
	for len(text) < 1_000_000 {
		for _, l := range lines {
			if len(text) < 1_000_000 {
				text = append(append(text, l...), '\n')
			}
		}
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse("big.sys", text); err != nil {
			b.Fatal(err)
		}
	}
}
