package tests

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"sysindvm/images/builder"
)

// A lesson's blocks: files that it gives, and sessions in a terminal. Those that
// are for a kernel with the lesson's patch are named "patched".
var blockPattern = regexp.MustCompile("(?ms)^```(sys|diff|console)(?: (\\S+))?\n(.*?)^```$")

type block struct{ kind, name, text string }

func blocks(lesson []byte) []block {
	var all []block
	for _, b := range blockPattern.FindAllStringSubmatch(string(lesson), -1) {
		all = append(all, block{b[1], b[2], b[3]})
	}
	return all
}

// ofHost are the commands that make calls on the host, which must be Linux.
var ofHost = regexp.MustCompile(`--target host|sysindvm (equivalence|doctor)`)

// lessonLimit bounds a command: the longest builds the kernels, on a machine
// that does other things as well.
const lessonLimit = 5 * time.Minute

// What is shown in the lessons is what comes: a line "..." stands for any lines,
// and "..." in a line for anything.
func TestLessons(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the lessons' commands are for a Unix shell")
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
			_, exercise, _ := strings.Cut(string(text), "\n**Exercise")
			if !strings.Contains(exercise, "<details><summary>Answer") {
				t.Error("no exercise with an answer")
			}
			dir, ran := lessonFolder(t), 0
			for _, b := range blocks(text) {
				switch {
				case b.kind != "console":
					if err := os.WriteFile(filepath.Join(dir, b.name), []byte(b.text), 0o644); err != nil {
						t.Fatal(err)
					}
				case b.name == "":
					ran += session(t, dir, b.text)
				}
			}
			if ran == 0 {
				t.Error("no command was run")
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

// session runs the commands of a block, compares what they print, and returns
// how many they were.
func session(t *testing.T, dir, block string) int {
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
	commands := strings.Split("\n"+block, "\n$ ")[1:]
	for _, part := range commands {
		command, want, _ := strings.Cut(part, "\n")
		if runtime.GOOS != "linux" && ofHost.MatchString(command) {
			t.Logf("not run, since the host is not Linux: $ %s", command)
			continue
		}
		out := run(t, dir, bin, command)
		if !shown(want).MatchString(trimLines(out)) {
			t.Errorf("$ %s\ngives\n%s\nand the lesson says\n%s", command, out, want)
		}
	}
	return len(commands)
}

// run is a command's output. That it fails is no error here: a script that does
// is one of the things that are shown.
func run(t *testing.T, dir, bin, command string) string {
	t.Helper()
	if name, ok := strings.CutPrefix(command, "patch -p1 < "); ok {
		diff, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		out, err := patch(dir, string(diff))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ctx, cancel := context.WithTimeout(t.Context(), lessonLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.WaitDelay = time.Second // what sh has started may hold the pipe open
	// All that the module needs is there by now: no lesson may need a network.
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "GOPROXY=off", "GOTOOLCHAIN=local")
	out, _ := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("$ %s\nhas not ended in time", command)
	}
	if strings.Contains(string(out), builder.ErrToolchain.Error()) {
		t.Skipf("%s", out)
	}
	return string(out)
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

// What is shown of the last lesson's patch comes, too: its scripts fail on the
// kernel that is embedded, and pass on the one that the patch makes.
func TestLessonPatch(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the kernels")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the lessons' commands are for a Unix shell")
	}
	text, err := os.ReadFile("../docs/lessons/8-context.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "sysindvm")
	if err := copyModule(dir); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, b := range blocks(text) {
		switch {
		case b.kind != "console":
			if err := os.WriteFile(filepath.Join(dir, b.name), []byte(b.text), 0o644); err != nil {
				t.Fatal(err)
			}
		case b.name == "patched":
			ran += session(t, dir, b.text)
		}
	}
	if ran == 0 {
		t.Error("the lesson has no commands for after its patch")
	}
}

// patch is patch -p1, which not every machine has: it finds each hunk by its
// text, since the lines above it may have come and gone, and says what patch says.
func patch(dir, diff string) (string, error) {
	var out strings.Builder
	for _, part := range strings.Split("\n"+diff, "\ndiff --git ")[1:] {
		head, hunks, ok := strings.Cut(part, "\n@@ ")
		_, name, named := strings.Cut(head, "\n+++ b/")
		if !ok || !named {
			return out.String(), fmt.Errorf("not a diff of a file: %s", head)
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		created := strings.Contains(head, "\n--- /dev/null")
		text := ""
		if _, err := os.Stat(file); (err == nil) == created {
			return out.String(), fmt.Errorf("%s: there is one, or there is none: %v", name, err)
		}
		if !created {
			b, err := os.ReadFile(file)
			if err != nil {
				return out.String(), err
			}
			text = string(b)
		}
		for _, hunk := range strings.Split(hunks, "\n@@ ") {
			var from, to strings.Builder
			_, body, _ := strings.Cut(hunk, "\n")
			for line := range strings.Lines(strings.TrimSuffix(body, "\n") + "\n") {
				if line[0] != '+' {
					from.WriteString(line[1:])
				}
				if line[0] != '-' {
					to.WriteString(line[1:])
				}
			}
			if !created && strings.Count(text, from.String()) != 1 {
				return out.String(), fmt.Errorf("%s: a hunk does not apply, or not in one place only:\n%s", name, hunk)
			}
			text = strings.Replace(text, from.String(), to.String(), 1)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return out.String(), err
		}
		fmt.Fprintf(&out, "patching file %s\n", name)
	}
	return out.String(), nil
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
