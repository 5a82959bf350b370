package script

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/wire"
)

// fake is an agent and a kernel in one, as a transport: every task answers
// with what the test says of its calls.
type fake struct {
	call   func(f *fake, channel int, nr uint64, args [6]uint64) int64
	arenas [wire.Channels][]byte
	in     [wire.Channels][]byte // what the host has sent
	out    [wire.Channels][]byte // what it will receive
	// files are what can be read, by name; the open one of each task.
	files map[string]string
	open  [wire.Channels]string
	// blocked is where the result goes of the call that a task is in.
	blocked [wire.Channels][]byte
}

// blocks is the result of a call that does not return until wake.
const blocks = 1 << 60

func newFake(call func(f *fake, channel int, nr uint64, args [6]uint64) int64) *fake {
	f := &fake{call: call, files: map[string]string{}}
	f.hello(0)
	return f
}

func (f *fake) frame(channel, typ int, seq uint32, payload []byte) {
	b := make([]byte, wire.HeaderSize)
	wire.Header{Type: uint8(typ), Version: wire.Version, Seq: seq, Len: uint32(len(payload))}.Put(b)
	f.out[channel] = append(f.out[channel], append(b, payload...)...)
}

func (f *fake) hello(channel int) {
	f.arenas[channel] = make([]byte, wire.ArenaSize)
	b := make([]byte, 24)
	wire.PutUint32(b, uint32(100+channel))
	wire.PutUint32(b[4:], 8)
	wire.PutUint64(b[8:], wire.ArenaAddr)
	wire.PutUint64(b[16:], wire.ArenaSize)
	f.frame(channel, wire.Hello, 0, b)
}

func (f *fake) mem(channel int, addr uint64) []byte { return f.arenas[channel][addr-wire.ArenaAddr:] }

func (f *fake) str(channel int, addr uint64) string {
	s, _, _ := strings.Cut(string(f.mem(channel, addr)), "\x00")
	return s
}

func (f *fake) Send(_ context.Context, channel int, b []byte) error {
	f.in[channel] = append(f.in[channel], b...)
	h, ok := wire.ParseHeader(f.in[channel])
	if !ok || len(f.in[channel]) < wire.HeaderSize+int(h.Len) {
		return fmt.Errorf("bad frame")
	}
	p := f.in[channel][wire.HeaderSize:]
	f.in[channel] = nil
	var result []byte
	var slots []uint64
	u64 := func() uint64 { v := wire.Uint64(p); p = p[8:]; return v }
	u32 := func() uint32 { v := wire.Uint32(p); p = p[4:]; return v }
	give := func(v int64) {
		slots = append(slots, uint64(v))
		result = append(result, make([]byte, 8)...)
		wire.PutUint64(result[len(result)-8:], uint64(v))
	}
	block := -1
	for len(p) > 0 {
		op := p[0]
		p = p[1:]
		switch op {
		case wire.OpCall:
			mask := p[0]
			p = p[1:]
			nr := uint64(u32())
			var args [6]uint64
			for i := range args {
				if args[i] = u64(); mask>>i&1 != 0 {
					args[i] = slots[args[i]]
				}
			}
			v := f.system(channel, nr, args)
			if v == blocks {
				block = len(result)
			}
			give(v)
		case wire.OpPut:
			addr, n := u64(), u32()
			copy(f.mem(channel, addr)[:n], p)
			p = p[n:]
		case wire.OpGet:
			addr, n := u64(), u32()
			result = append(result, f.mem(channel, addr)[:n]...)
		case wire.OpSpawn:
			n := int(p[1])
			p = p[2:]
			give(int64(100 + n))
			f.hello(n)
		default:
			return fmt.Errorf("bad operation %d", op)
		}
	}
	start := len(f.out[channel])
	f.frame(channel, wire.Result, h.Seq, result)
	if block >= 0 {
		f.blocked[channel] = f.out[channel][start+wire.HeaderSize+block:]
		f.files[fmt.Sprintf("/proc/%d/syscall", 100+channel)] = "43 0x3 0x0 0x0 0x0 0x0 0x0 0x7fff 0x4000"
	}
	return nil
}

// system is the calls that the monitor needs, and those of the test.
func (f *fake) system(channel int, nr uint64, args [6]uint64) int64 {
	if channel != 0 {
		return f.call(f, channel, nr, args)
	}
	switch nr {
	case syscalls.SYS_OPEN:
		name := f.str(channel, args[0])
		if _, ok := f.files[name]; !ok {
			if args[1]&syscalls.O_CREAT == 0 {
				return -int64(syscalls.ENOENT)
			}
			f.files[name] = ""
		}
		f.open[channel] = name
		return 5
	case syscalls.SYS_READ:
		return int64(copy(f.mem(channel, args[1])[:args[2]], f.files[f.open[channel]]))
	case syscalls.SYS_WRITE:
		f.files[f.open[channel]] += string(f.mem(channel, args[1])[:args[2]])
		return int64(args[2])
	}
	return 0
}

// wake lets the task's call return v.
func (f *fake) wake(channel int, v int64) {
	wire.PutUint64(f.blocked[channel], uint64(v))
	f.blocked[channel] = nil
	delete(f.files, fmt.Sprintf("/proc/%d/syscall", 100+channel))
}

func (f *fake) Recv(_ context.Context, channel int, b []byte) (int, error) {
	if f.blocked[channel] != nil {
		return 0, agent.ErrIdle
	}
	n := copy(b, f.out[channel])
	if n == 0 {
		return 0, io.EOF
	}
	f.out[channel] = f.out[channel][n:]
	return n, nil
}

func run(t *testing.T, f *fake, text string, opt Options) *Result {
	t.Helper()
	s, err := Parse("dir/name.sys", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Run(context.Background(), s, agent.New(f), opt)
}

// pipeKernel has pipe, fcntl and indirect; a wrapped pipe sets a flag that it
// forgets, and that leaks into the contexts.
func pipeKernel(f *fake, channel int, nr uint64, args [6]uint64) int64 {
	switch nr {
	case syscalls.SYS_INDIRECT:
		params := f.mem(channel, args[3])
		var inner [6]uint64
		for i := range inner {
			inner[i] = wire.Uint64(params[8*i:])
		}
		return pipeKernel(f, channel, args[0], inner)
	case syscalls.SYS_PIPE:
		if args[0] == 0 {
			return -int64(syscalls.EFAULT)
		}
		b := f.mem(channel, args[0])
		wire.PutUint32(b, 3)
		wire.PutUint32(b[4:], 4)
		return 0
	case syscalls.SYS_FCNTL, syscalls.SYS_CLOSE:
		return 0
	case syscalls.SYS_ACCEPT:
		return blocks
	case syscalls.SYS_CONNECT:
		f.wake(2, 7)
		return 0
	case syscalls.SYS_READ:
		return int64(copy(f.mem(channel, args[1]), "world"))
	case syscalls.SYS_DUP:
		f.files["/proc/101/indirect"] = "openflags 0x80000\n"
		return 9
	}
	return -int64(syscalls.ENOSYS)
}

// times replaces what differs from run to run.
var times = regexp.MustCompile(`\(\d+\.\d\ds\)`)

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name, script string
		opt          Options
		want         string
	}{
		{"the example", `
indirect(OPENFLAGS{O_CLOEXEC}) pipe([out ?r, ?w]) = 0
close(1) = 0
fcntl(r, F_GETFD) = FD_CLOEXEC
`, Options{}, `--- FAIL: name (0.00s)
    name.sys:4: fcntl(r, F_GETFD)   [task A, r=3]
      result  - want FD_CLOEXEC (1)
              + got  0
      transcript (last 3):
        [A] indirect(OPENFLAGS{O_CLOEXEC}) pipe([3, 4]) = 0
        [A] close(1) = 0
        [A] fcntl(3, F_GETFD) = 0
      again: sysindvm test -run '^name$' -v dir/name.sys
`},
		{"an error", "close(1) = -1 EBADF\n", Options{Flags: "-x y"}, `--- FAIL: name (0.00s)
    name.sys:1: close(1)   [task A]
      result  - want -1 EBADF (Bad file descriptor)
              + got  0
      transcript (last 1):
        [A] close(1) = 0
      again: sysindvm test -x y -run '^name$' -v dir/name.sys
`},
		{"no success", "pipe(NULL)\n", Options{}, `--- FAIL: name (0.00s)
    name.sys:1: pipe(NULL)   [task A]
      result  - want success
              + got  -1 EFAULT (Bad address)
      transcript (last 1):
        [A] pipe(NULL) = -1 EFAULT (Bad address)
      again: sysindvm test -run '^name$' -v dir/name.sys
`},
		{"a buffer and the result", `read(3, [out "word"], 5) = 4` + "\n", Options{}, `--- FAIL: name (0.00s)
    name.sys:1: read(3, [out "word"], 5)   [task A]
      result  - want 4
              + got  5
      buf     - want "word"
              + got  "world"
      transcript (last 1):
        [A] read(3, "world", 5) = 5
      again: sysindvm test -run '^name$' -v dir/name.sys
`},
		{"not restored", "indirect(OPENFLAGS{O_CLOEXEC}) dup(3) = 9\n", Options{}, `--- FAIL: name (0.00s)
    name.sys:1: indirect(OPENFLAGS{O_CLOEXEC}) dup(3)   [task A]
      restore  - want openflags 0x0
               + got  openflags 0x80000
      transcript (last 1):
        [A] indirect(OPENFLAGS{O_CLOEXEC}) dup(3) = 9
      again: sysindvm test -run '^name$' -v dir/name.sys
`},
		{"not restored, and not looked at", "indirect(OPENFLAGS{O_CLOEXEC}) dup(3) = 9 norestore\n", Options{}, "--- PASS: name (0.00s)\n"},
		{"blocks for ever", "accept(3, NULL, NULL) = 4\n", Options{}, `--- FAIL: name (0.00s)
    name.sys:1: accept(3, NULL, NULL)   [task A]
      result  - want 4
              + got  nothing: the call blocks, and every other task is asleep
      again: sysindvm test -run '^name$' -v dir/name.sys
`},
		{"does not block", "task B = fork\nB: close(3) <unfinished ...>\nB: <... close resumed> = 0\n", Options{}, `--- FAIL: name (0.00s)
    name.sys:2: B: close(3) <unfinished ...>   [task B]
      asleep  - want task B asleep in close
              + got  it has returned
      transcript (last 2):
        [A] task B = fork, pid 102
        [B] close(3) = 0
      again: sysindvm test -run '^name$' -v dir/name.sys
`},
		{"two tasks", `
task B = fork
B: accept(3, NULL, NULL) <unfinished ...>
connect(4, {AF_INET, 127.0.0.1:8080}, 16) = 0
B: <... accept resumed> = ?n
B: close(n) = 0
`, Options{}, "--- PASS: name (0.00s)\n"},
		{"two tasks, a wrapped call", `
task B = fork
B: indirect(OPENFLAGS{O_CLOEXEC}) accept(3, NULL, NULL) <unfinished ...>
connect(4, {AF_INET, 127.0.0.1:8080}, 16) = 0
B: <... accept resumed> = 7
`, Options{}, "--- PASS: name (0.00s)\n"},
		{"two tasks, a wrong result", `
task B = fork
B: accept(3, NULL, NULL) <unfinished ...>
connect(4, {AF_INET, 127.0.0.1:8080}, 16) = 0
B: <... accept resumed> = 8
`, Options{}, `--- FAIL: name (0.00s)
    name.sys:5: B: <... accept resumed>   [task B]
      result  - want 8
              + got  7
      transcript (last 4):
        [A] task B = fork, pid 102
        [B] accept(3, NULL, NULL <unfinished ...>
        [A] connect(4, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
        [B] <... accept resumed>) = 7
      again: sysindvm test -run '^name$' -v dir/name.sys
`},
		{"host", `
s := indirect(OPENFLAGS{O_CLOEXEC}) dup(3)
close(s) = 0
close(4) = 0
s := dup(5)
close(s) = 0
t := indirect(OPENFLAGS{O_CLOEXEC}) dup(3) ~ dup(3)
close(t) = 0
`, Options{Host: true}, "--- PASS: name (0.00s)\n    2 lines left out: they need indirect\n"},
		{"requires", "requires: kvm\nclose(1) = 5\n", Options{}, "--- SKIP: name (0.00s)\n    needs kvm, which this machine does not have\n"},
		{"i386", "i386 close(1) = 5\n", Options{}, "--- SKIP: name (0.00s)\n    dir/name.sys:1: needs a 32-bit task, which this kernel does not have yet\n"},
	} {
		f := newFake(pipeKernel)
		f.files["/proc/101/indirect"] = "openflags 0x0\n"
		f.files["/proc/102/indirect"] = "openflags 0x0\n"
		if c.name == "does not block" {
			f.files["/proc/102/syscall"] = "0 0x3c2 0x0 0x0 0x0 0x0 0x0 0x7fff 0x4000"
		}
		got := times.ReplaceAllString(run(t, f, c.script, c.opt).String(), "(0.00s)")
		if got != c.want {
			t.Errorf("%s:\ngot:\n%s\nwant:\n%s", c.name, got, c.want)
		}
	}
}

func TestFilesArePut(t *testing.T) {
	f := newFake(pipeKernel)
	r := run(t, f, "close(1) = 0\n-- a/b/c --\nhello\n-- d --\n", Options{})
	if r.Status != Pass || f.files["a/b/c"] != "hello\n" {
		t.Errorf("%s: %q", r, f.files)
	}
	if _, ok := f.files["d"]; !ok {
		t.Error("an empty file is not put")
	}
}

// TestBroken lets the machine fail.
func TestBroken(t *testing.T) {
	f := newFake(pipeKernel)
	f.out[0] = []byte("not a frame, but long enough for one")
	if r := run(t, f, "close(1) = 0\n", Options{}); r.Status != Broken || r.Reason == "" {
		t.Errorf("%s", r)
	}
}

func TestExec(t *testing.T) {
	for _, c := range []struct{ call, want string }{
		{`indirect(OPENFLAGS{O_CLOEXEC}) pipe([out ...])`, `indirect(OPENFLAGS{O_CLOEXEC}) pipe([3, 4]) = 0`},
		{`close(1) = 5`, `close(1) = 0`},
		{`pipe(NULL)`, `pipe(NULL) = -1 EFAULT (Bad address)`},
	} {
		s, err := ParseCall(c.call, syscalls.AMD64)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Exec(context.Background(), agent.New(newFake(pipeKernel)), s)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v", c.call, got, err)
		}
	}
	s, _ := ParseCall(`accept(3, NULL, NULL)`, syscalls.AMD64)
	if _, err := Exec(context.Background(), agent.New(newFake(pipeKernel)), s); err == nil {
		t.Error("a call that blocks gives no error")
	}
}

// TestEncode looks at the memory that calls are laid out in.
func TestEncode(t *testing.T) {
	mem := taskArena(wire.ArenaAddr, wire.ArenaSize, 0)
	for _, c := range []struct {
		line string
		args [6]uint64
		puts []put
	}{
		{`write(1, "ab", 2)`, [6]uint64{1, mem.addr, 2}, []put{{mem.addr, []byte("ab")}}},
		{`open("/x"@end, O_RDONLY)`, [6]uint64{mem.end - 3}, []put{{mem.end - 3, []byte("/x\x00")}}},
		{`write(1, "abcdef"@end-4, 6)`, [6]uint64{1, mem.end - 4, 6}, []put{{mem.end - 4, []byte("abcd")}}},
		{`nanosleep({tv_sec=1, tv_nsec=2}, NULL)`, [6]uint64{mem.addr}, []put{{mem.addr, []byte("\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00")}}},
		{`connect(3, {AF_INET, 1.2.3.4:258}, 16)`, [6]uint64{3, mem.addr, 16}, []put{{mem.addr, []byte("\x02\x00\x01\x02\x01\x02\x03\x04\x00\x00\x00\x00\x00\x00\x00\x00")}}},
		{`bind(3, {AF_UNIX, @"ab"}, 5)`, [6]uint64{3, mem.addr, 5}, []put{{mem.addr, []byte("\x01\x00\x00ab")}}},
		{`indirect(raw{77, 5}) getpid()`, [6]uint64{39, mem.addr + 16, 1, mem.addr + 32}, []put{
			{mem.addr, []byte("\x4d\x00\x00\x00\x05\x00\x00\x00")},
			{mem.addr + 16, []byte("\x00\x00\x00\x10\x00\x00\x00\x00")},
			{mem.addr + 32, make([]byte, 48)},
		}},
		{`indirect(BADPTR, nctxs=17, ctxs=@end-4, params=NULL) getpid()`, [6]uint64{39, mem.end - 4, 17}, []put{
			{mem.end - 4, []byte("\x00\x00\xd0\xba")},
		}},
		{`indirect(FILEPOS{-1}) getpid()`, [6]uint64{39, mem.addr + 16, 1, mem.addr + 32}, []put{
			{mem.addr, []byte("\x04\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff")},
			{mem.addr + 16, []byte("\x00\x00\x00\x10\x00\x00\x00\x00")},
			{mem.addr + 32, make([]byte, 48)},
		}},
	} {
		s, err := ParseCall(c.line, syscalls.AMD64)
		if err != nil {
			t.Error(err)
			continue
		}
		e := &encoder{mem: mem}
		got := e.call(s.Call)
		if got.args != c.args || fmt.Sprint(got.puts) != fmt.Sprint(c.puts) {
			t.Errorf("%s:\ngot  %#x %x\nwant %#x %x", c.line, got.args, got.puts, c.args, c.puts)
		}
	}
}
