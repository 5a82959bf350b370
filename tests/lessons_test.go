package tests

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// A lesson's blocks: files that it gives, and sessions in a terminal.
var blockPattern = regexp.MustCompile("(?ms)^```(sys|diff|console)(?: (\\S+))?\n(.*?)^```$")

// What is shown in the lessons is what comes: a line "..." stands for any lines,
// and "..." in a line for anything.
func TestLessons(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the lessons' commands are for a Linux shell")
	}
	lessons, err := filepath.Glob("../docs/lessons/[0-9]*.md")
	if err != nil || len(lessons) != 8 {
		t.Fatalf("%d lessons, %v", len(lessons), err)
	}
	for _, file := range lessons {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := lessonFolder(t)
			for _, b := range blockPattern.FindAllStringSubmatch(string(text), -1) {
				if b[1] == "console" {
					session(t, dir, b[3])
				} else if err := os.WriteFile(filepath.Join(dir, b[2]), []byte(b[3]), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// lessonFolder is a folder that has what a lesson looks at of this repository.
func lessonFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tests", "guestkernel"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// session runs the commands of a block, and compares what they print.
func session(t *testing.T, dir, block string) {
	t.Helper()
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(bin, "sysindvm")); err != nil {
		if err := os.Symlink(name, filepath.Join(bin, "sysindvm")); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range strings.Split("\n"+block, "\n$ ")[1:] {
		command, want, _ := strings.Cut(part, "\n")
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		cmd := exec.CommandContext(ctx, "sh", "-c", command)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
		out, _ := cmd.CombinedOutput() // a script that fails is one of the things that are shown
		cancel()
		if !shown(want).MatchString(trimLines(string(out))) {
			t.Errorf("$ %s\ngives\n%s\nand the lesson says\n%s", command, out, want)
		}
	}
}

// shown is the pattern of what a lesson shows.
func shown(want string) *regexp.Regexp {
	p := regexp.QuoteMeta(trimLines(want))
	p = regexp.MustCompile(`(?m)^\\.\\.\\.$\n?`).ReplaceAllString(p, "(?s:.*)")
	return regexp.MustCompile("^" + strings.ReplaceAll(p, `\.\.\.`, ".*") + `\n?$`)
}

// trimLines takes blanks from the ends of lines, and empty lines from the end.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// The last lesson's patch makes a kernel on which its scripts pass.
func TestLessonPatch(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("patch is not installed")
	}
	text, err := os.ReadFile("../docs/lessons/8-context.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "sysindvm")
	if err := copyModule(dir); err != nil {
		t.Fatal(err)
	}
	for _, b := range blockPattern.FindAllStringSubmatch(string(text), -1) {
		if b[1] != "console" {
			if err := os.WriteFile(filepath.Join(dir, b[2]), []byte(b[3]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, args := range [][]string{
		{patch, "-p1", "-i", "nosigpipe.diff"},
		{"go", "generate", "./images"},
		{"go", "run", "./cmd/sysindvm", "test", "--engine", "soft", "nosigpipe.sys", "nosigpipe_errors.sys"},
		{"go", "run", "./cmd/sysindvm", "test", "--engine", "soft", "-i386", "nosigpipe.sys"},
	} {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil && strings.Contains(string(out), "cannot build the guest's images") {
			t.Skipf("%s", out)
		}
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
}

// copyModule copies the module's files.
func copyModule(to string) error {
	return filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel("..", path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "out" || d.Name() == "testdata" && strings.HasPrefix(rel, "tests")):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o644)
	})
}
