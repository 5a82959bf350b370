package script

import (
	"strings"
	"testing"
)

// The command that runs a script again is one that a shell takes, and finds the
// script by the name that it has when it is alone.
func TestAgain(t *testing.T) {
	for _, c := range []struct {
		file, name string
		opt        Options
		want       string
	}{
		{"dir/pipe.sys", "pipe", Options{}, "sysindvm test -run '^pipe$' -v dir/pipe.sys"},
		{"dir/pipe.sys", "dir/pipe", Options{}, "sysindvm test -run '^pipe$' -v dir/pipe.sys"},
		{"my dir/a.b.sys", "a.b", Options{Flags: "-i386"}, `sysindvm test -i386 -run '^a\.b$' -v 'my dir/a.b.sys'`},
		{"it's.sys", "it's", Options{}, `sysindvm test -run '^it'\''s$' -v 'it'\''s.sys'`},
		{"x.sys", "x", Options{Again: "go test"}, "go test"},
	} {
		r := runner{script: &Script{File: c.file, Name: c.name}, opt: c.opt}
		if got := r.again(); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.file, got, c.want)
		}
	}
}

// Of a long line a message shows what is near the place, with the caret there.
func TestLongLine(t *testing.T) {
	for _, n := range []int{1, 50, 150, 300, 1000} {
		line := "write(1, \"" + strings.Repeat("ä", n) + "\", x /* " + strings.Repeat("y", n) + " */)"
		_, err := Parse("t.sys", []byte(line))
		if err == nil {
			t.Fatal(line)
		}
		lines := strings.Split(err.Error(), "\n")
		shown, caret := []rune(lines[1]), len([]rune(lines[2]))-1
		if len(shown) > maxShown+10 || caret >= len(shown) || shown[caret] != 'x' {
			t.Errorf("%d:\n%v", n, err)
		}
	}
}
