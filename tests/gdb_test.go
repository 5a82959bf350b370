package tests

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// gdbSession runs stock GDB with a script against sysindvm, which is started
// with these arguments and --gdb, and gives what GDB says.
func gdbSession(t *testing.T, arch string, script []string, args ...string) string {
	t.Helper()
	gdb, err := exec.LookPath("gdb")
	if err != nil {
		t.Skip("gdb is not installed")
	}
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	symbols := filepath.Join(t.TempDir(), "kernel.elf")
	if _, stderr, status := sysindvm(t, "debug", "--arch", arch, "--symbols", symbols); status != 0 {
		t.Fatal(stderr)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, append(args, "--gdb", "127.0.0.1:0")...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	line, err := bufio.NewReader(stderr).ReadString('\n')
	at := regexp.MustCompile(`target remote (\S+)'`).FindStringSubmatch(line)
	if err != nil || at == nil {
		t.Fatalf("%q %v", line, err)
	}
	commands := []string{"-q", "-nx", "-batch", "-ex", "set pagination off", "-ex", "set substitute-path sysindvm ..", "-ex", "target remote " + at[1]}
	for _, c := range script {
		commands = append(commands, "-ex", c)
	}
	out, err := exec.CommandContext(ctx, gdb, append(commands, symbols)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// Stock GDB finds the kernel's functions, source and variables, and goes
// backwards.
func TestGDB(t *testing.T) {
	for arch, pc := range map[string]string{"x86-64": "rip", "i386": "eip"} {
		t.Run(arch, func(t *testing.T) {
			out := gdbSession(t, arch, []string{
				"break 'sysindvm/guestkernel/indirect.Call'", "continue", "bt 6", "list", "info registers " + pc,
				"print 'sysindvm/guestkernel/proc.lastPid'", "continue", "monitor tasks", "delete", "next", "reverse-continue",
				"watch 'sysindvm/guestkernel/proc.lastPid'", "continue", "monitor show proc.lastPid", "reverse-continue", "stepi", "reverse-stepi",
			}, "debug", "--arch", arch)
			for _, want := range []string{
				"Breakpoint 1, sysindvm/guestkernel/indirect.Call", "sysindvm/guestkernel/sys.EnterCompat|sysindvm/guestkernel/sys.Enter ",
				"func Call\\(t \\*proc.Task", "\\$1 = 1", "No more reverse-execution history", "Old value = 0\\s+New value = 1", "pid 1",
			} {
				if !regexp.MustCompile(want).MatchString(out) {
					t.Errorf("GDB does not say %q:\n%s", want, out)
				}
			}
		})
	}
}

// A machine that runs, on each engine: its first instructions, and its end.
func TestGDBLive(t *testing.T) {
	for name, open := range engines(t) {
		t.Run(name, func(t *testing.T) {
			open(t)
			script := []string{"stepi", "stepi", "info registers rip"}
			want := []string{"rip +0x[0-9a-f]+"}
			if name == "soft" {
				script = append(script, "break 'sysindvm/guestkernel/sys.sysIndirect'", "continue", "bt 3", "delete", "continue")
				want = append(want, "Breakpoint 1", "sys.callSyscall", "exited normally", "powered off")
			} else { // breakpoints are single steps there
				script = append(script, "break 'sysindvm/guestkernel/kernel.kmain'", "break 'runtime.kmain'", "continue", "bt 2")
				want = append(want, "kmain")
			}
			out := gdbSession(t, "x86-64", script, "boot", "--engine", name)
			for _, w := range want {
				if !regexp.MustCompile(w).MatchString(out) {
					t.Errorf("GDB does not say %q:\n%s", w, out)
				}
			}
		})
	}
}

func TestDebugErrors(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("no record"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"debug", bad}, "this is not a record"},
		{[]string{"debug", "--arch", "vax"}, "x86-64 and i386"},
		{[]string{"debug", "--gdb", "nowhere:x"}, "--gdb nowhere:x"},
		{[]string{"debug", "--symbols", filepath.Join(dir, "no", "file")}, "no such file"},
		{[]string{"boot", "--gdb", "127.0.0.1:0", "--record", bad}, "one of them"},
	} {
		_, stderr, status := sysindvm(t, tt.args...)
		if status != 2 || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %q, want %q in one line", tt.args, status, stderr, fmt.Sprint(tt.want))
		}
	}
}
