//go:build !freestanding

// Package hosttest runs tables of system calls on the kernel's packages fs and
// net, in an ordinary go test, and on the host's own Linux, which says whether
// what the table expects is true.
//
// A table is text, one call a line, with what it returns:
//
//	f := open a O_CREAT|O_RDWR 644
//	write f hello = 5
//	lseek f -3 SEEK_END = 2
//	read f 100 = "llo"
//	open a/b O_RDONLY = ENOTDIR
//
// A call that is to sleep has before it, with "during:", the call that wakes
// it; a line that is for one of the two systems alone begins with "guest:" or
// "linux:". Begin with [Run].
package hosttest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// System is what a table runs on. Results are like those of the raw calls: a
// negative number is an errno.
type System interface {
	Open(path string, flags, mode uint32) int
	Close(fd int) int
	Read(fd int, b []byte, how How) int
	Write(fd int, b []byte, how How) int
	Lseek(fd int, off int64, whence int) int
	Dup(fd int) int
	SetFlags(fd int, flags uint32) int // fcntl F_SETFL
	Ftruncate(fd int, size int64) int
	Pipe(flags uint32) (r, w, err int)
	Poll(fds []PollFD, ms int) int
	Names(fd int, size int) (names []string, err int) // one getdents64
	Stat(path string, follow bool) (Stat, int)
	Fstat(fd int) (Stat, int)

	Mkdir(path string, mode uint32) int
	Rmdir(path string) int
	Unlink(path string) int
	Chmod(path string, mode uint32) int
	Chown(path string, uid, gid int) int
	Truncate(path string, size int64) int
	Access(path string, want uint32) int
	Rename(old, new string, keep bool) int
	Link(old, new string, follow bool) int
	Symlink(target, path string) int
	Readlink(path string) (string, int)
	Openat2(dir int, path string, flags uint32, resolve uint64) int
	Become(uid, gid int) // fsuid and fsgid

	Socket(family, kind, protocol int) int
	Socketpair(family, kind, protocol int) (a, b, err int)
	Bind(fd int, a Addr) int
	Listen(fd, backlog int) int
	Connect(fd int, a Addr) int
	Accept(fd int) (int, Addr)
	Send(fd int, b []byte, flags int, to Addr) int
	Recv(fd int, b []byte, flags int) (int, Addr)
	Shutdown(fd, how int) int
	Name(fd int, peer bool) (Addr, int)
	GetOpt(fd, level, opt int) int
	SetOpt(fd, level, opt, v int) int

	// During arranges that f is called while the next call sleeps.
	During(f func())
	// Done waits for it, if it is still to come.
	Done()
}

// How is a position of pread and pwrite; the zero value is for read and write.
type How struct {
	UsePos bool
	Pos    int64
}

// PollFD is struct pollfd.
type PollFD struct {
	FD              int
	Events, Revents uint16
}

// Stat is a part of struct stat.
type Stat struct {
	Mode, Nlink, UID, GID uint32
	Size                  int64
}

// Addr is a struct sockaddr of any family.
type Addr []byte

// Run runs a table on the guest's packages, and on the host if it is Linux.
func Run(t *testing.T, table string) {
	t.Helper()
	t.Run("guest", func(t *testing.T) {
		run(t, "guest", NewGuest(t), table)
	})
	t.Run("linux", func(t *testing.T) {
		run(t, "linux", NewLinux(t), table)
	})
}

// RunOn runs a table on one system.
func RunOn(t *testing.T, sys System, table string) { run(t, "guest", sys, table) }

// runner is the state of a table's run.
type runner struct {
	sys  System
	vars map[string]int // descriptors and ports
	at   string
	t    *testing.T
}

func run(t *testing.T, name string, sys System, table string) {
	r := &runner{sys: sys, vars: map[string]int{}, t: t}
	for n, line := range strings.Split(table, "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if who, rest, ok := strings.Cut(line, ":"); ok && (who == "guest" || who == "linux") {
			if who != name {
				continue
			}
			line = strings.TrimSpace(rest)
		}
		if line == "" {
			continue
		}
		r.at = fmt.Sprintf("line %d: %s", n+1, line)
		if rest, ok := strings.CutPrefix(line, "during:"); ok {
			at := r.at
			sys.During(func() { r.line(strings.TrimSpace(rest), at) })
			continue
		}
		r.line(line, r.at)
		sys.Done()
	}
}

// line runs "var := call" or "call = result".
func (r *runner) line(line, at string) {
	call, want, checked := strings.Cut(line, " = ")
	names, body, binds := strings.Cut(call, " := ")
	if !binds {
		body = call
	}
	got, values := r.call(strings.Fields(body))
	if binds && len(values) > 0 {
		for i, n := range strings.Fields(names) {
			r.vars[n] = values[i]
		}
		if !checked {
			return
		}
	}
	if binds && len(values) == 0 && !checked {
		r.t.Fatalf("%s: %s", at, got)
	}
	if !checked {
		want = "0"
	}
	if got != strings.TrimSpace(want) {
		r.t.Errorf("%s: got %s", at, got)
	}
}

func (r *runner) fd(s string) int {
	if v, ok := r.vars[s]; ok {
		return v
	}
	return number(s)
}

func number(s string) int {
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		panic(fmt.Sprintf("hosttest: %q is no number and no variable", s))
	}
	return int(n)
}

func octal(s string) uint32 {
	n, err := strconv.ParseUint(s, 8, 32)
	if err != nil {
		panic(err)
	}
	return uint32(n)
}

// text is data or a name: "" for an empty one, x*100 for a hundred of them.
// Repeated parts are joined by +.
func text(s string) string {
	if s == `""` {
		return ""
	}
	var b strings.Builder
	for part := range strings.SplitSeq(s, "+") {
		if of, n, ok := strings.Cut(part, "*"); ok {
			part = strings.Repeat(of, number(n))
		}
		b.WriteString(part)
	}
	return b.String()
}

// show is the inverse, for data.
func show(b []byte) string {
	if len(b) > 12 && strings.Count(string(b), string(b[:1])) == len(b) {
		if b[0] == 0 {
			return fmt.Sprintf("zero*%d", len(b))
		}
		return fmt.Sprintf("%c*%d", b[0], len(b))
	}
	if len(b) > 200 {
		return fmt.Sprintf("%d bytes", len(b))
	}
	return fmt.Sprintf("%q", b)
}
