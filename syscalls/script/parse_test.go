package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wrong are scripts with a mistake, and what is said of it after the name of
// the file.
var wrong = []struct{ script, want string }{
	{"opne(\"/x\", O_RDONLY) = 3", `1:1: no call is opne: did you mean open?
    opne("/x", O_RDONLY) = 3
    ^`},
	{"# a comment\n\n  socket(AF_INTE, SOCK_STREAM, 0)", `3:10: none of the AF_* is AF_INTE: did you mean AF_INET?
      socket(AF_INTE, SOCK_STREAM, 0)
             ^`},
	{"open(\"/x\", O_RDWR|O_CLOEXECC)", `1:19: none of the open flags is O_CLOEXECC: did you mean O_CLOEXEC?
    open("/x", O_RDWR|O_CLOEXECC)
                      ^`},
	{"socket(AF_INET, O_RDONLY, 0)", `1:17: O_RDONLY is not one of the socket types but of the open flags
    socket(AF_INET, O_RDONLY, 0)
                    ^`},
	{"close(1, 2)", `1:10: close takes 1 argument, here are 2
    close(1, 2)
             ^`},
	{"read(1, [out ...])", `1:18: read takes 3 arguments, here are 2
    read(1, [out ...])
                     ^`},
	{"open(\"x\", O_RDWR|O_CREAT)", `1:25: open takes 3 arguments, here are 2
    open("x", O_RDWR|O_CREAT)
                            ^`},
	{"fcntl(3, F_SETFD)", `1:17: fcntl takes 3 arguments, here are 2
    fcntl(3, F_SETFD)
                    ^`},
	{"close(s) = 0", `1:7: s is not bound before this line
    close(s) = 0
          ^`},
	{"sock := dup(0)\nclose(sokc) = 0", `2:7: sokc is not bound before this line: did you mean sock?
    close(sokc) = 0
          ^`},
	{"pipe([out ?r, ?w]) = -1 EFAULT\nclose(r)", `2:7: r is not bound before this line
    close(r)
          ^`},
	{"close(1) = -1 EBADFF", `1:15: no error is EBADFF: did you mean EBADF?
    close(1) = -1 EBADFF
                  ^`},
	{"indirect(OPENFLAG{O_CLOEXEC}) pipe(NULL)", `1:10: no context is OPENFLAG: did you mean OPENFLAGS?
    indirect(OPENFLAG{O_CLOEXEC}) pipe(NULL)
             ^`},
	{"indirect(OPENFLAGS{O_APPEND}) pipe(NULL)", `1:20: O_APPEND is not one of the OPENFLAGS but of the open flags
    indirect(OPENFLAGS{O_APPEND}) pipe(NULL)
                       ^`},
	{"indirect(OPENFLAGS{0, 1}) pipe(NULL)", `1:23: too many fields for OPENFLAGS
    indirect(OPENFLAGS{0, 1}) pipe(NULL)
                          ^`},
	{"indirect(TIMEOUT{secs=1}) pipe(NULL)", `1:23: TIMEOUT has no field secs: did you mean sec?
    indirect(TIMEOUT{secs=1}) pipe(NULL)
                          ^`},
	{"indirect(OPENFLAGS) pipe(NULL)", `1:10: a context is written OPENFLAGS{...}
    indirect(OPENFLAGS) pipe(NULL)
             ^`},
	{"indirect(nctx=3) pipe(NULL)", `1:10: indirect has no nctx: did you mean nctxs?
    indirect(nctx=3) pipe(NULL)
             ^`},
	{"indirect(UMASK{0x100000000}) getpid()", `1:16: mask of UMASK has 32 bits
    indirect(UMASK{0x100000000}) getpid()
                   ^`},
	{"write(1, \"abc, 3)", `1:10: the string has no end: a " is missing
    write(1, "abc, 3)
             ^`},
	{"write(1, \"\\q\", 1)", `1:11: \q is no escape of a string
    write(1, "\q", 1)
              ^`},
	{"close(1", `1:8: in close: ")" is missing
    close(1
           ^`},
	{"close(1) = ", `1:12: a value is missing
    close(1) =
               ^`},
	{"close(1) close(2)", `1:10: nothing more is expected on this line, here is close
    close(1) close(2)
             ^`},
	{"B: close(1)", `1:1: there is no task B
    B: close(1)
    ^`},
	{"task B = frok", `1:10: no kind of task is frok: did you mean fork? (fork, thread or proc)
    task B = frok
             ^`},
	{"task B = fork\ntask B = fork", `2:1: there is a task B already
    task B = fork
    ^`},
	{"task BB = fork", `1:6: BB would read as a constant: a task is one capital letter, or has small ones, too
    task BB = fork
         ^`},
	{"fork() = 0", `1:1: a script makes tasks by: task B = fork
    fork() = 0
    ^`},
	{"accept(3, NULL, NULL) <unfinished ...>", `1:1: this call of task A is never resumed
    accept(3, NULL, NULL) <unfinished ...>
    ^`},
	{"accept(3, NULL, NULL) <unfinished ...>\nclose(1)", `2:1: task A is still in the call of line 1: <... accept resumed> must come first
    close(1)
    ^`},
	{"accept(3, NULL, NULL) <unfinished ...>\n<... read resumed> = 0", `2:1: task A is in accept, not in read
    <... read resumed> = 0
    ^`},
	{"requires: kvn\n", `1:11: no machine has "kvn": did you mean kvm?
    requires: kvn
              ^`},
	{"stat(\"x\", {st_sise=1}) = 0", `1:20: stat has no field st_sise: did you mean st_size?
    stat("x", {st_sise=1}) = 0
                       ^`},
	{"stat(\"x\", exact{st_size=1}) = 0", `1:11: an exact stat names all its 16 fields
    stat("x", exact{st_size=1}) = 0
              ^`},
	{"connect(3, {AF_INET, 127.0.0.1:99999}, 16) = 0", `1:32: 99999 is no port
    connect(3, {AF_INET, 127.0.0.1:99999}, 16) = 0
                                   ^`},
	{"connect(3, {AF_INET, 127.0.0.300:80}, 16) = 0", `1:22: 127.0.0.300 is no IPv4 address
    connect(3, {AF_INET, 127.0.0.300:80}, 16) = 0
                         ^`},
	{"read(0, \"a\", 1, 2)", `1:17: read takes 3 arguments, here are 4
    read(0, "a", 1, 2)
                    ^`},
	{"read(0, {1}, 1)", `1:9: buf must be a buffer, [out "x"] or [out ...], or NULL, BADPTR or an address
    read(0, {1}, 1)
            ^`},
	{"read(0, [out ...], 1000000)", `1:9: one call can have at most 48 KiB of data
    read(0, [out ...], 1000000)
            ^`},
	{"pipe([?a])", `1:6: fds are two descriptors, [out ?r, ?w]
    pipe([?a])
         ^`},
	{"lseek(3, 0, SEEK_SET|SEEK_END)", `1:22: the whence cannot be joined by |
    lseek(3, 0, SEEK_SET|SEEK_END)
                         ^`},
	{"F := dup(1)", `1:1: F cannot be bound: such a name begins with a small letter
    F := dup(1)
    ^`},
	{"f := dup(1) = -1 EBADF", `1:1: f := needs a call that succeeds
    f := dup(1) = -1 EBADF
    ^`},
	{"close(18446744073709551616)", `1:7: 18446744073709551616 is no number of 64 bits
    close(18446744073709551616)
          ^`},
	{"close(9..3)", `1:10: after ..: a number that is not less must follow
    close(9..3)
             ^`},
	{"close($)", `1:7: unexpected character '$'
    close($)
          ^`},
	{"tick 90m", `1:6: 90m is no time to wait: 50ms for one, at most 1m
    tick 90m
         ^`},
	{"close(1) ~ indirect() close(1)", `1:12: the alternative is for a Linux without indirect
    close(1) ~ indirect() close(1)
               ^`},
	{"close(" + strings.Repeat("[", 40), `1:23: more than 16 brackets in brackets
    close([[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
                          ^`},
	{strings.Repeat("x", 5000), `1:1: the line is longer than 4096 bytes
    ` + strings.Repeat("x", 40) + `...
    ^`},
	{"close(1)\n-- ../etc/passwd --\nx", `2:1: a file cannot be put outside the script's directory
    -- ../etc/passwd --
    ^`},
}

func TestWrong(t *testing.T) {
	for _, c := range wrong {
		_, err := Parse("t.sys", []byte(c.script))
		got := "no error"
		if err != nil {
			got = err.Error()
		}
		if want := "t.sys:" + c.want; got != want {
			t.Errorf("%.60q\ngot:\n%s\nwant:\n%s", c.script, got, want)
		}
	}
	if _, err := Parse("t.sys", make([]byte, MaxSize+1)); err == nil {
		t.Error("a script of more than 1 MiB is taken")
	}
}

// right are lines as strace and people write them.
var right = []string{
	`fd := open("/tmp/x", O_RDWR|O_CREAT, 0644) = 3..5 # comment`,
	`openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3`,
	`read(3, "hello"..., 4096) = 4096`,
	`read(3, "", 4096) = 0`,
	`close(3) = -1 EBADF (Bad file descriptor)`,
	`fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)`,
	`stat("/x", {st_mode=S_IFREG|0644, st_size=5, ...}) = 0`,
	`connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0`,
	`bind(3, {sa_family=AF_UNIX, sun_path=@"abstract"}, 12) = 0`,
	`accept(3, {AF_INET, 127.0.0.1:?p}, [16 => 16]) = ?n`,
	`setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0`,
	`getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0`,
	`mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000`,
	`poll([{fd=3, events=POLLIN}], 1, -1) = 1`,
	`nanosleep({tv_sec=0, tv_nsec=1000}, NULL) = 0`,
	`wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], WNOHANG, NULL) = ?`,
	`execve("/bin/sh", ["sh", "-c", "exit"], []) = -1 ENOENT`,
	`writev(1, ["ab", {iov_base="c", iov_len=1}], 2) = 3`,
	`readv(0, [[out "ab"], {[out ...], 5}], 2) = >= 2`,
	`indirect(OPENFLAGS{O_CLOEXEC}, SIGMASK{mask=0x1}, DIRFD{3}, LOOKUP{at_flags=AT_SYMLINK_NOFOLLOW, resolve=RESOLVE_BENEATH}) open("x", O_RDONLY) = ...`,
	`indirect(FILEPOS{6}, RWFLAGS{RWF_NOWAIT}, TIMEOUT{sec=1, nsec=5}, UMASK{022}, CREDS{1000, 1000}, FDSLOT{9}) getpid() norestore`,
	`indirect(raw{kind=77, 0x1, 0x2}) getpid() = -1 EINVAL`,
	`indirect(0xdead0000, BADPTR, NULL, nctxs=17, ctxs=@end-8, params=BADPTR) getpid() = -1 E2BIG`,
	`indirect(41, NULL, 0, BADPTR) = -1 EFAULT`,
	`call(9999, 1, "x") = -1 ENOSYS`,
	`i386 s := socket(AF_INET, SOCK_STREAM, 0) ~ socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP)`,
	`s := i386 socket(AF_INET, SOCK_STREAM, 0)`,
	`write(1, "\x41\101\0\n\t\"\\", 8) = 8 /* eight */`,
	`tick 50ms`,
}

func TestRight(t *testing.T) {
	for _, line := range right {
		if _, err := Parse("t.sys", []byte(line)); err != nil {
			t.Error(err)
		}
	}
}

func scripts(t testing.TB) []string {
	files, err := filepath.Glob("../../tests/scripts/*.sys")
	if err != nil || len(files) < 28 {
		t.Fatalf("%d scripts: %v", len(files), err)
	}
	return files
}

// TestScripts parses the scripts of this repository.
func TestScripts(t *testing.T) {
	for _, f := range scripts(t) {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(f, data)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(s.Steps) < 2 || !strings.HasPrefix(string(data), "#") && !strings.HasPrefix(string(data), "requires:") {
			t.Errorf("%s: no comment that says what it shows, or no calls", f)
		}
	}
}

func TestParseCall(t *testing.T) {
	s, err := ParseCall(`indirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, 0)`)
	if err != nil || s.Call.Name != "socket" || s.Call.Indirect == nil {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "# x", "task B = fork", "close(1)\nclose(2)", "clsoe(1)", "read(0, [out ...], 1) <unfinished ...>"} {
		if _, err := ParseCall(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range wrong {
		f.Add(c.script)
	}
	f.Add(strings.Join(right, "\n"))
	for _, file := range scripts(f) {
		data, _ := os.ReadFile(file)
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("f.sys", []byte(text))
		if err != nil {
			e := err.(*Error)
			if e.Line < 1 || e.Col < 1 || e.Error() == "" {
				t.Errorf("%#v", e)
			}
			return
		}
		for _, step := range s.Steps {
			if step.Call != nil {
				for _, a := range step.Call.Args {
					_ = a.String()
				}
			}
		}
	})
}
