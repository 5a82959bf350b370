package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestFmt(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(name), 0o755)
		if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const bad = "\n# a\nclose( 1 )\n\n\n\nclose(2)\nclose(3 )\n\n-- x --\n( "
	const good = "# a\nclose(1)\n\nclose(2)\nclose(3)\n\n-- x --\n( \n"
	a, b := file("a.sys", bad), file("d/b.sys", good)
	file("d/other", "close( 1 )\n")
	wrong := file("wrong.sys", "clsoe(1)\n")

	run := func(f fmtFlags, in string, args ...string) (string, error) {
		var out bytes.Buffer
		err := f.format(strings.NewReader(in), &out, args)
		return out.String(), err
	}
	if got, err := run(fmtFlags{}, bad, "-"); err != nil || got != strings.TrimSuffix(good, "\n") && got != good {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := run(fmtFlags{list: true}, "", wrong, dir+"/d", a); err == nil || got != a+"\n" {
		t.Errorf("-l: %q, %v", got, err)
	}
	if _, err := run(fmtFlags{write: true}, bad, "-"); err == nil {
		t.Error("-w - is taken")
	}
	if _, err := run(fmtFlags{}, "", dir+"/nothing"); err == nil {
		t.Error("a file that is not there is formatted")
	}
	diff, err := run(fmtFlags{diff: true}, "", a, b)
	if err != nil || !strings.Contains(diff, "-close( 1 )\n") || strings.Contains(diff, "b.sys") {
		t.Errorf("-d: %s%v", diff, err)
	}
	if patch, err := exec.LookPath("patch"); err == nil {
		c := file("c.sys", bad)
		cmd := exec.Command(patch, "-s", c)
		cmd.Stdin = strings.NewReader(diff)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("patch: %v: %s\n%s", err, out, diff)
		}
		if got, want := read(t, c), must(run(fmtFlags{}, bad, "-")); got != want {
			t.Errorf("patched: %q, want %q\n%s", got, want, diff)
		}
	}
	want := must(run(fmtFlags{}, bad, "-"))
	if got, err := run(fmtFlags{write: true}, "", a, b); err != nil || got != "" || read(t, a) != want || read(t, b) != good {
		t.Errorf("-w: %q, %v, %q", got, err, read(t, a))
	}
	if st, err := os.Stat(a); err != nil || st.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", st, err)
	}
	if got, err := run(fmtFlags{list: true}, "", a, b); err != nil || got != "" {
		t.Errorf("-l after -w: %q, %v", got, err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}
