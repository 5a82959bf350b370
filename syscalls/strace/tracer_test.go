package strace

import (
	"strings"
	"testing"

	"sysindvm/syscalls"
)

// pieces are a process's memory, a piece at each address.
type pieces map[uint64]string

func (m pieces) read(addr uint64, n int) []byte {
	return []byte(m[addr])[:min(n, len(m[addr]))]
}

func TestTracer(t *testing.T) {
	var out strings.Builder
	tr := &Tracer{Out: &out}
	m := pieces{100: "file\x00", 200: "hello"}
	none := pieces{}.read

	// One process: lines without its number.
	tr.Enter(1, syscalls.AMD64, syscalls.SYS_OPEN, [6]uint64{100, syscalls.O_RDONLY}, m.read)
	tr.Return(1, 3, none)
	tr.Enter(1, syscalls.AMD64, syscalls.SYS_READ, [6]uint64{3, 200, 10}, none)
	tr.Return(1, 5, m.read)
	// What the kernel reads, is written as it was when the call began.
	tr.Enter(1, syscalls.AMD64, syscalls.SYS_EXECVE, [6]uint64{100}, m.read)
	tr.Return(1, 0, none)
	tr.Enter(1, syscalls.AMD64, syscalls.SYS_FORK, [6]uint64{}, none)
	tr.Return(1, 2, none)
	tr.Enter(1, syscalls.AMD64, syscalls.SYS_READ, [6]uint64{4, 200, 10}, none)
	// Two: each call that is interrupted is written in two lines.
	tr.Enter(2, syscalls.AMD64, syscalls.SYS_CLOSE, [6]uint64{3}, none)
	tr.Return(2, -int64(syscalls.EBADF), none)
	tr.Enter(2, syscalls.AMD64, syscalls.SYS_WRITE, [6]uint64{4, 200, 5}, m.read)
	tr.Return(1, 5, m.read)
	tr.Return(2, 5, none)
	tr.Enter(2, syscalls.AMD64, syscalls.SYS_EXIT_GROUP, [6]uint64{3}, none)
	tr.End(2, 3<<8)
	tr.Return(1, 0, none) // of no call
	tr.Enter(1, syscalls.AMD64, syscalls.SYS_WAIT4, [6]uint64{1<<64 - 1, 300}, none)
	tr.Flush()
	tr.End(1, syscalls.SIGSEGV)
	tr.End(1, 0)
	tr.Return(9, 0, none)

	const want = `open("file", O_RDONLY)                  = 3
read(3, "hello", 10)                    = 5
execve("file", NULL, NULL)              = 0
fork()                                  = 2
[pid     1] read(4,  <unfinished ...>
[pid     2] close(3)                    = -1 EBADF (Bad file descriptor)
[pid     2] write(4, "hello", 5 <unfinished ...>
[pid     1] <... read resumed>"hello", 10) = 5
[pid     2] <... write resumed>)        = 5
[pid     2] exit_group(3)               = ?
[pid     2] +++ exited with 3 +++
wait4(-1,  <unfinished ...>
<... wait4 resumed>)                    = ?
+++ killed by SIGSEGV +++
`
	if out.String() != want {
		t.Errorf("want\n%s\ngot\n%s", want, out.String())
	}
}

// TestTracerChanges: what a call changes is written before and after, and -e
// leaves calls out.
func TestTracerChanges(t *testing.T) {
	var out strings.Builder
	tr := &Tracer{Out: &out, PIDs: true, Wants: func(c *syscalls.Call) bool { return c.Name == "select" }}
	tr.Enter(7, syscalls.AMD64, syscalls.SYS_GETPID, [6]uint64{}, pieces{}.read)
	tr.Return(7, 7, pieces{}.read)
	tr.Enter(7, syscalls.AMD64, syscalls.SYS_SELECT, [6]uint64{6, 100}, pieces{100: "\x28" + strings.Repeat("\x00", 127)}.read)
	tr.Return(7, 1, pieces{100: "\x20" + strings.Repeat("\x00", 127)}.read)
	if want := "7     select(6, [3 5] => [5], NULL, NULL, NULL) = 1\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
