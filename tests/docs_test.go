package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// What differs from run to run, or with each change of the kernel: how long a
// script took, the number of a line of source, that of an instruction.
var varies = regexp.MustCompile(`\d+\.\d\ds\b|\.go:\d+|\binstruction \d+`)

// The commands of the README, and of how to teach, print what stands below them.
func TestDocs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the documents' commands are for a Unix shell")
	}
	for name, commands := range map[string]int{"README.md": 5, "docs/teach.md": 3} {
		t.Run(name, func(t *testing.T) {
			if ran := docSessions(t, readDoc(t, name)); ran < commands {
				t.Errorf("%d commands were run, want %d", ran, commands)
			}
		})
	}
}

// docSessions runs the commands of a document's indented blocks, compares what
// they print, and returns how many they were.
func docSessions(t *testing.T, text string) (ran int) {
	t.Helper()
	dir := lessonFolder(t)
	engine := regexp.MustCompile(`^sysindvm (boot|test|trace) `)
	for _, block := range regexp.MustCompile(`(?m)^    .*\n(\n*    .*\n)*`).FindAllString(text, -1) {
		block = strings.ReplaceAll("\n"+block, "\n    ", "\n")
		for _, part := range strings.Split(block, "\n$ ")[1:] {
			command, want, _ := strings.Cut(part, "\n")
			if ofHost.MatchString(command) {
				continue // its numbers depend on the host, and on who runs it
			}
			command = strings.Replace(command, "go run ./cmd/sysindvm", "sysindvm", 1)
			command = engine.ReplaceAllString(command, "sysindvm $1 --engine soft ")
			if !strings.Contains(command, ">") {
				command += " 2>/dev/null" // where auto says which engine it takes
			}
			ran += session(t, dir, "$ "+command+"\n"+varies.ReplaceAllString(want, "..."))
		}
	}
	return ran
}

// The numbers of scripts that the README gives. (Those of cases that agree are
// looked at where these are run: syscalls/script/equivalence.)
func TestReadmeNumbers(t *testing.T) {
	scripts, err := filepath.Glob("scripts/*.sys")
	if err != nil || len(scripts) == 0 {
		t.Fatal(len(scripts), err)
	}
	list, stderr, status := sysindvm(t, "test", "--engine", "soft", "-i386", "-list", "scripts")
	if status != 0 {
		t.Fatal(stderr)
	}
	all, narrow := len(scripts), strings.Count(list, "\n")
	text := readDoc(t, "README.md")
	for _, want := range []string{
		fmt.Sprintf("there are %d [examples](tests/scripts)", all),
		fmt.Sprintf("| scripts that run | %d | %d: those without values of 64 bits | %d |", all, narrow, narrow),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the README does not say %q", want)
		}
	}
}

func readDoc(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
