package tests

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sysindvm/images"
)

// guestProgram writes a program of the guest's into a directory; it runs on a
// Linux host, too.
func guestProgram(t *testing.T, dir, name string) string {
	t.Helper()
	for a := images.Initramfs(); ; {
		field := func(n int) int {
			v, err := strconv.ParseUint(string(a[6+8*n:14+8*n]), 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return int(v)
		}
		size, nameLen := field(6), field(11)
		data := (110 + nameLen + 3) &^ 3
		switch string(a[110 : 110+nameLen-1]) {
		case "bin/" + name:
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, a[data:data+size], 0o755); err != nil {
				t.Fatal(err)
			}
			return path
		case "TRAILER!!!":
			t.Fatalf("the guest has no program %s", name)
		}
		a = a[(data+size+3)&^3:]
	}
}

// TestFromStrace: what strace prints of the guest's shell, run on the host, is
// a script that passes on the host and in the guest.
func TestFromStrace(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	dir := t.TempDir()
	sh := guestProgram(t, dir, "sh")
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	trace, script := filepath.Join(dir, "sh.strace"), filepath.Join(dir, "sh.sys")
	cmd := exec.CommandContext(ctx, strace, "-f", "-s", "65536", "-o", trace, sh)
	cmd.Dir = work
	cmd.Stdin = strings.NewReader("mkdir d\ncd d\necho one > f\necho two >> f\ncat f\nls\ncat nope\n/bin/no-such-program\nuname\ncd ..\nrm d/f d\nls\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "ptrace") {
			t.Skipf("this host does not let strace trace: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
	if out, errs, status := sysindvm(t, "script", "from-strace", trace, "-o", script); status != 0 {
		t.Fatalf("%s%s", out, errs)
	}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nmkdir(\"d\", 0755) = 0\n", "\ntask B = fork\n", "[out \"one\\ntwo\\n\"]", "\nB: exit_group(127) = ?\n", "\nrmdir(\"d\") = 0\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, args := range [][]string{{"--target", "host"}, {"--engine", "soft"}} {
		if out, errs, status := sysindvm(t, append(append([]string{"test"}, args...), script)...); status != 0 || !strings.Contains(out, "1 passed") {
			t.Errorf("%q: %s%s\n%s", args, out, errs, text)
		}
	}
}
