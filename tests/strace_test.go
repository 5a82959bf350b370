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

// TestTrace: what sysindvm trace prints of a program is, by way of from-strace,
// a script that passes in the guest.
func TestTrace(t *testing.T) {
	for engine, open := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			open(t)
			dir := t.TempDir()
			prog := guestProgram(t, dir, "demo")
			out, errs, status := sysindvm(t, "trace", "--engine", engine, prog)
			if status != 0 || !strings.Contains(out, "All as it should be.") {
				t.Fatalf("%d: %s%s", status, out, errs)
			}
			for _, want := range []string{
				"execve(\"/tmp/demo\", [\"" + prog, "\nindirect() getpid()                     = 2\n",
				"\nindirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n",
				"\nfcntl(3, F_GETFD)                       = 0x1 (flags FD_CLOEXEC)\n",
				"\nindirect(OPENFLAGS{O_NONBLOCK|O_CLOEXEC}) pipe([3, 4]) = 0\n", "\nexit_group(0)                           = ?\n+++ exited with 0 +++\n",
			} {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is missing in\n%s", want, errs)
				}
			}
			if _, errs, status = sysindvm(t, "trace", "--engine", engine, "-e", "trace=!write,%network,fcntl", prog); status != 0 || strings.Contains(errs, "fcntl") || strings.Contains(errs, "socket") || !strings.Contains(errs, "getpid") {
				t.Errorf("-e: %s", errs)
			}
			tracesShell(t, engine, dir)
		})
	}
}

// tracesShell: a program with children that sleeps.
func tracesShell(t *testing.T, engine, dir string) {
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	trace, script := filepath.Join(dir, "sh.strace"), filepath.Join(dir, "sh.sys")
	cmd := exec.CommandContext(ctx, name, "trace", "--engine", engine, "-s", "65536", "-o", trace, "guest:/bin/sh")
	cmd.Stdin = strings.NewReader("mkdir d\ncd d\necho one > f\ncat f\nls\n/bin/demo\nno-such-program\ncd ..\nrm d/f d\nexit\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, errs, status := sysindvm(t, "script", "from-strace", trace, "-o", script); status != 0 {
		t.Fatalf("%s%s", out, errs)
	}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nwait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) <unfinished ...>\n", "\nB: exit_group(0) = ?\n", "\n<... wait4 resumed> = B\n",
		"\nB: indirect(OPENFLAGS{O_NONBLOCK|O_CLOEXEC}) pipe([out ?r, ?w]) = 0\n", "\nC: exit_group(127) = ?\n", "[out \"one\\n\"]",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if out, errs, status := sysindvm(t, "test", "--engine", engine, script); status != 0 || !strings.Contains(out, "1 passed") {
		t.Errorf("%s%s\n%s", out, errs, text)
	}
}

// TestTraceWrong: what cannot be traced, and what does not end.
func TestTraceWrong(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{text}, 2, "no ELF program"},
		{[]string{filepath.Join(dir, "nothing")}, 2, "no such file"},
		{[]string{"guest:/bin/nothing"}, 2, "ENOENT"},
		{[]string{"-e", "trace=frobnicate", "guest:/bin/demo"}, 2, "no call is frobnicate"},
		{[]string{"-e", "signal=all", "guest:/bin/demo"}, 2, "there is trace=NAME"},
		{[]string{"guest:/bin/sh"}, 3, "it waits for what will not come"},
	} {
		if out, errs, status := sysindvm(t, append([]string{"trace"}, tt.args...)...); status != tt.status || !strings.Contains(errs, tt.want) {
			t.Errorf("%q: status %d, %s%s", tt.args, status, out, errs)
		}
	}
}
