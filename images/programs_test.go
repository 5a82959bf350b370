//go:build linux && amd64

package images_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/term"

	"sysindvm/images"
	"sysindvm/internal/pty"
)

// unpack reads the files of a cpio archive in the format newc.
func unpack(t *testing.T, a []byte) map[string][]byte {
	files := map[string][]byte{}
	for {
		if len(a) < 110 || string(a[:6]) != "070701" {
			t.Fatalf("not a header: %.110q", a)
		}
		field := func(n int) int {
			v, err := strconv.ParseUint(string(a[6+8*n:14+8*n]), 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return int(v)
		}
		size, nameLen := field(6), field(11)
		name := string(a[110 : 110+nameLen-1])
		if name == "TRAILER!!!" {
			return files
		}
		data := (110 + nameLen + 3) &^ 3
		files[name] = a[data : data+size]
		a = a[(data+size+3)&^3:]
	}
}

func TestInitramfs(t *testing.T) {
	files := unpack(t, images.Initramfs())
	for _, dir := range []string{"bin", "dev", "etc", "proc", "tmp"} {
		if data, ok := files[dir]; !ok || len(data) != 0 {
			t.Errorf("no folder %s", dir)
		}
	}
	if !bytes.Contains(files["etc/motd"], []byte("sys_indirect")) {
		t.Errorf("etc/motd has %q", files["etc/motd"])
	}
	if !bytes.Equal(files["bin/agent"], images.Agent()) {
		t.Error("bin/agent is not the agent")
	}
}

// program is a program of the initramfs, ready to run on this host.
func program(t *testing.T, name string, args ...string) *exec.Cmd {
	path := filepath.Join(t.TempDir(), name)
	data := unpack(t, images.Initramfs())["bin/"+name]
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(testContext(t), path, args...)
}

// TestDemo: on a kernel without sys_indirect the demo says so.
func TestDemo(t *testing.T) {
	out, err := program(t, "demo").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "ENOSYS") || !strings.Contains(string(out), "without it") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestShell types into the shell.
func TestShell(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"echo", "echo a  b\n", "# echo a  b\na b\n"},
		{"carriage return", "echo a\recho b\r", "# echo a\na\n"},
		{"backspace", "echo ab\x7f\bc\n", "# echo ab\b \b\b \bc\nc\n"},
		{"backspace at the start", "\x7f\x7fecho a\n", "# echo a\na\n"},
		{"ctrl-U", "xy\x15echo a\n", "# xy\b \b\b \becho a\na\n"},
		{"ctrl-C", "rm me\x03echo a\n", "# rm me^C\n"},
		{"cursor keys", "ec\x1b[A\x1b[1;5Dho a\n", "# echo a\na\n"},
		{"empty lines", "\n  \necho a\n", "# echo a\na\n"},
		{"files", "mkdir d\ncd d\necho one > f\necho two >> f\ncat f\n", "# cat f\none\ntwo\n"},
		{"truncation", "echo one > f\necho 2 > f\ncat f\n", "# cat f\n2\n"},
		{"ls", "mkdir d\nmkdir d/g\nls d\necho > d/g/f\nls d/g > l\ncat l\n", "# ls d\ng/\n"},
		{"ls to a file", "mkdir d\necho > d/f\nls d > l\ncat l\n", "# cat l\nf\n"},
		{"rm", "mkdir d\necho > f\nrm d f\nls\n", "# ls\n"},
		{"pwd", "cd /\npwd\n", "/ # pwd\n/\n"},
		{"cat nothing", "cat nope\n", "nope: ENOENT (no such file or directory)\n"},
		{"no program", "nosuchprogram\n", "nosuchprogram: ENOENT (no such file or directory)\n"},
		{"program", "echo hello > f\n/bin/cat f\n", "# /bin/cat f\nhello\n"},
		{"program's output", "/bin/echo x y > f\ncat f\n", "# cat f\nx y\n"},
		{"program's input", "/bin/cat\nechoed\n", "/bin/cat\nechoed\n"},
		{"status", "/bin/false\n", "sh: status 1\n"},
		{"not a directory", "echo > f\ncd f\n", "f: ENOTDIR (not a directory)\n"},
		{"redirection nowhere", "echo a > no/file\n", "no/file: ENOENT (no such file or directory)\n"},
		{"too many words", strings.Repeat("a ", 40) + "\n", "sh: too many words\n"},
		{"long line", "echo " + strings.Repeat("a", 1000) + "\n", "\n" + strings.Repeat("a", 507) + "\n"},
		{"uname", "uname\n", "\nLinux "},
		{"help", "help\n", "poweroff            end the machine\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := program(t, "sh")
			cmd.Dir = t.TempDir()
			cmd.Stdin = strings.NewReader(tt.in)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), tt.want) {
				t.Errorf("%v, want %q in\n%q", err, tt.want, out)
			}
		})
	}
	// What is behind exit is not read.
	cmd := program(t, "sh")
	cmd.Stdin = strings.NewReader("exit\necho more\n")
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "more") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestShellAtTerminal: what is typed is seen once, whether the terminal shows
// it or the shell has to.
func TestShellAtTerminal(t *testing.T) {
	for _, raw := range []bool{false, true} {
		master, slave := openTerminal(t)
		if raw {
			if _, err := term.MakeRaw(int(slave.Fd())); err != nil {
				t.Fatal(err)
			}
		}
		cmd := program(t, "sh")
		cmd.Dir = "/"
		cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		slave.Close()
		out := ""
		typed := map[string]string{"what there is.": "echo a b\n", "a b": "exit\n"}
		for b := make([]byte, 100); ; {
			n, err := master.Read(b)
			out += string(b[:n])
			if err != nil {
				break // EIO: the other end is closed
			}
			for after, keys := range typed {
				if i := strings.Index(out, after); i >= 0 && strings.HasSuffix(out, "# ") {
					delete(typed, after)
					master.WriteString(keys)
				}
			}
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		if got := strings.ReplaceAll(out, "\r", ""); !strings.HasSuffix(got, "/ # echo a b\na b\n/ # exit\n") {
			t.Errorf("raw %v: %q", raw, got)
		}
	}
}

// openTerminal makes a pseudoterminal.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("this host has no pseudoterminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	return master, slave
}
