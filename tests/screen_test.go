//go:build linux

package tests

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sysindvm/internal/pty"
)

// terminal is a program in a pseudoterminal.
type terminal struct {
	t      *testing.T
	master *os.File
	out    string
}

// inTerminal starts the program in a terminal of 100 columns and 30 lines.
func inTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("this host has no pseudoterminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 100}); err != nil {
		t.Fatal(err)
	}
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	x := &terminal{t: t, master: master}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return x
}

// resize makes the terminal another size.
func (x *terminal) resize(columns, lines uint16) {
	x.t.Helper()
	if err := unix.IoctlSetWinsize(int(x.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: lines, Col: columns}); err != nil {
		x.t.Fatal(err)
	}
}

// until types keys, and waits until the screen has shown a text since.
func (x *terminal) until(keys, want string) {
	x.t.Helper()
	x.out = ""
	if _, err := x.master.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
	deadline := time.Now().Add(timeout)
	b := make([]byte, 1<<16)
	for !strings.Contains(x.out, want) {
		if time.Now().After(deadline) {
			x.t.Fatalf("after %q no %q in\n%s", keys, want, x.out)
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(x.master.Fd()), Events: unix.POLLIN}}, 100)
		if n == 0 || err == unix.EINTR {
			continue
		}
		m, err := x.master.Read(b)
		if err != nil {
			x.t.Fatalf("after %q the program has ended; no %q in\n%s", keys, want, x.out)
		}
		x.out += string(b[:m])
	}
}

// The keys of a demo, both ways.
func TestDemoInTerminal(t *testing.T) {
	x := inTerminal(t, "demo", "rfc")
	x.until("", "any key: on") // after what the demo is about
	x.until(" ", "step 1 of ")
	x.until("\x1b[C", "step 2 of ")
	x.until("n", "step 3 of ")
	x.until("\x1b[D", "step 2 of ")
	x.until("\x1b[B", "task A")
	x.until("\x1b[A", "step 1 of ")
	x.until("g12\r", "step 12 of ")
	x.until("wcurrent.Ctx[OPENFLAGS][0]\r", "changes current.Ctx[OPENFLAGS][0]")
	x.until("ecurrent.Pid\r", "current.Pid = 2")
	x.until("ecurrent.nothing\r", "has no field nothing")
	x.until("i", "instruction ")
	x.until("I", "instruction ")
	x.until("l", "task.go:")
	x.until("\x1b[H", "step 1 of ")
	x.until("p", "There is none.")
	x.resize(60, 18)
	x.until("", "step 1 of ")
	x.until("efür", "show: für")
	x.until("\x1b", "step 1 of ")
	x.until("a", "any key: on")
	x.until("x", "step 1 of ")
	x.resize(80, 24)
	x.until("", "step 1 of ")
	x.until("?", "this list")
	x.until("x", "step 1 of ")
	x.until("q", "\x1b[?1049l")
}

// A script that fails says so where it does, with all of what it has got.
func TestFailureInTerminal(t *testing.T) {
	x := inTerminal(t, "demo", "order", "--bug", "order")
	x.until("", "This kernel has a bug: order.")
	x.until(" ", "step 1 of ")
	x.until("\x1b[F", "The script fails here: ! says why.")
	x.until("!", "umask 0x3f")
	x.until("x", "The script fails here")
	x.until("q", "\x1b[?1049l")
}

func TestQuizInTerminal(t *testing.T) {
	x := inTerminal(t, "demo", "rfc", "--quiz")
	x.until("", "any key: on")
	x.until(" ", "Which descriptor will the socket be?")
	x.until("3\r", "Right.")
	x.until("cc", "What will F_GETFD say")
	x.until("7\r", "No: 0")
	x.until("q", "\x1b[?1049l")
}
