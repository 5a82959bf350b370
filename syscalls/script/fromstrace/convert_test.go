package fromstrace

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sysindvm/syscalls/script"
)

var update = flag.Bool("update", false, "write what comes out into testdata")

// TestGolden: the traces in testdata are what strace 6.1 has printed of
// programs.
func TestGolden(t *testing.T) {
	traces, err := filepath.Glob("testdata/*.strace")
	if err != nil || len(traces) < 3 {
		t.Fatalf("%q, %v", traces, err)
	}
	for _, name := range traces {
		trace, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, sum, err := Convert(filepath.Base(name), trace)
		if err != nil {
			t.Error(err)
			continue
		}
		if sum.Calls < 10 {
			t.Errorf("%s: %+v", name, sum)
		}
		golden := strings.TrimSuffix(name, ".strace") + ".sys"
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s: not as before; look at the difference and run with -update\n%s", name, got)
		}
	}
}

// lines are traces and the calls of their scripts.
var lines = []struct{ name, trace, want string }{
	{"one process, no numbers", "openat(AT_FDCWD, \"x\", O_RDWR|O_CREAT, 0600) = 3\nclose(3) = 0\n",
		"f := openat(AT_FDCWD, \"x\", O_RDWR|O_CREAT, 0600)\nclose(f) = 0\n"},
	{"numbers in brackets", "[pid  7] getpid() = 7\n[pid  7] getppid() = 3\n", "getpid() = A\ngetppid() = ...\n"},
	{"times", "7 12:00:01.000001 getuid() = 0 <0.000010>\n7 1700000000.5 close(-1) = -1 EBADF (Bad file descriptor)\n", "getuid() = 0\nclose(-1) = -1 EBADF\n"},
	{"not sleeping", "1 pipe([3, 4]) = 0\n1 fork() = 2\n2 read(3,  <unfinished ...>\n1 write(4, \"x\", 1 <unfinished ...>\n2 <... read resumed>\"x\", 1) = 1\n1 <... write resumed>) = 1\n",
		"pipe([out ?r, ?w]) = 0\ntask B = fork\nB: read(r, [out \"x\"], 1) <unfinished ...>\nwrite(w, \"x\", 1) = 1\nB: <... read resumed> = 1\n"},
	{"perhaps not sleeping", "1 pipe([3, 4]) = 0\n1 fork() = 2\n1 write(4, \"x\", 1 <unfinished ...>\n2 read(3,  <unfinished ...>\n1 <... write resumed>) = 1\n2 <... read resumed>\"x\", 1) = 1\n",
		"pipe([out ?r, ?w]) = 0\ntask B = fork\nwrite(w, \"x\", 1) = 1\nB: read(r, [out \"x\"], 1) = 1\n"},
	{"two tables", "1 pipe([3, 4]) = 0\n1 fork() = 2\n1 close(3) = 0\n2 dup(4) = 5\n1 dup(4) = 3\n2 close(3) = 0\n1 close(3) = 0\n2 close(5) = 0\n",
		"pipe([out ?r, ?w]) = 0\ntask B = fork\nclose(r) = 0\nB: d := dup(w)\nd2 := dup(w)\nB: close(r) = 0\nclose(d2) = 0\nB: close(d) = 0\n"},
	{"strings that are cut", "open(\"x\", O_RDWR|O_CREAT, 0600) = 3\nwrite(3, \"xx\"..., 100) = 100\nlseek(3, 0, SEEK_CUR) = 100\nclose(3) = 0\nopen(\"x\", O_RDONLY) = 3\n",
		"f := open(\"x\", O_RDWR|O_CREAT, 0600)\nclose(f) = 0\n"},
	{"files that are not the script's", "open(\"/etc/passwd\", O_RDONLY) = 3\nread(3, \"root\"..., 4096) = 1000\nclose(3) = 0\nunlink(\"/etc/motd\") = 0\nstat(\"nope\", 0x7ffc00001000) = -1 ENOENT (No such file or directory)\n",
		"stat(\"nope\", ...) = -1 ENOENT\n"},
	{"directories", "mkdir(\"d\", 0700) = 0\nchdir(\"d\") = 0\nopen(\"f\", O_RDONLY|O_CREAT, 0600) = 3\nchdir(\"..\") = 0\nrename(\"d\", \"e\") = 0\nunlink(\"e/f\") = 0\nrmdir(\"e\") = 0\nrmdir(\"e\") = -1 ENOENT (No such file or directory)\n",
		"mkdir(\"d\", 0700) = 0\nchdir(\"d\") = 0\nf := open(\"f\", O_RDONLY|O_CREAT, 0600)\nchdir(\"..\") = 0\nrename(\"d\", \"e\") = 0\nunlink(\"e/f\") = 0\nrmdir(\"e\") = 0\nrmdir(\"e\") = -1 ENOENT\n"},
	{"sys_indirect", "pipe([3, 4]) = 0\nindirect(OPENFLAGS{O_CLOEXEC}) dup(3) = 5\nfcntl(5, F_GETFD) = 0x1 (flags FD_CLOEXEC)\nexecve(\"/bin/x\", [\"x\"], 0x7ff000000000 /* 1 var */) = 0\nclose(3) = 0\n",
		"pipe([out ?r, ?w]) = 0\nd := indirect(OPENFLAGS{O_CLOEXEC}) dup(r)\nfcntl(d, F_GETFD) = FD_CLOEXEC\nclose(d) = 0 # execve closes it\nclose(r) = 0\n"},
	{"a call that is not in the table", "fadvise64(0, 0, 0, POSIX_FADV_SEQUENTIAL) = 0\nfrobnicate(0x1, \"a,b)\", {x=[1, 2]}) = 0\ngetuid() = 1000\n", "getuid() = ...\n"},
	{"a signal", "read(0,  <unfinished ...>\n<... read resumed>0x7ffe00000000, 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)\n--- SIGINT {si_signo=SIGINT} ---\n+++ killed by SIGINT +++\n", ""},
	{"a descriptor of signals", "rt_sigprocmask(SIG_BLOCK, [USR2], NULL, 8) = 0\nsignalfd4(-1, [USR2], 8, SFD_CLOEXEC) = 3\npoll([{fd=3, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLIN}])\nread(3, \"\\f\\0\", 128) = 2\ndup(3) = 4\nread(4, \"\\f\\0\", 128) = 2\nclose(3) = 0\n",
		"f := signalfd4(-1, [USR2], 8, SFD_CLOEXEC)\nd := dup(f)\nclose(f) = 0\n"},
	{"what the machine is", "sched_getaffinity(0, 128, [0 1]) = 32\ntimes({tms_utime=0, tms_stime=0, tms_cutime=0, tms_cstime=0}) = 1718\n",
		"sched_getaffinity(0, 128, ...) = ...\ntimes(...) = ...\n"},
	{"strace speaks", "fork(strace: Process 9 attached\n)      = 9\n[pid     9] exit_group(4)               = ?\n[pid     9] +++ exited with 4 +++\nwait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 4}], 0, NULL) = 9\n",
		"task B = fork\nB: exit_group(4) = ?\nwait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 4}], 0, NULL) = B\n"},
	{"extended attributes", "creat(\"x\", 0600) = 3\nsetxattr(\"x\", \"user.a\", \"v\\0\", 2, XATTR_CREATE) = 0\ngetxattr(\"x\", \"user.a\", \"zz\", 0) = 2\nfgetxattr(3, \"user.a\", \"v\\0\", 10) = 2\nlistxattr(\"x\", 0x7ffc00001000, 0) = 7\n" +
		"setxattr(\"x\", \"user.b\", \"vv\"..., 40, 0) = 0\nlistxattr(\"x\", \"user.a\\0user.b\\0\", 100) = 14\nsetxattr(\"/etc/passwd\", \"user.b\", \"v\", 1, 0) = 0\n",
		"f := creat(\"x\", 0600)\nsetxattr(\"x\", \"user.a\", \"v\\0\", 2, XATTR_CREATE) = 0\ngetxattr(\"x\", \"user.a\", [out ...], 0) = 2\nfgetxattr(f, \"user.a\", [out \"v\\0\"], 10) = 2\nlistxattr(\"x\", [out ...], 0) = 7\n"},
	{"semaphores", "semget(IPC_PRIVATE, 2, IPC_CREAT|0600) = 7\nsemop(7, [{sem_num=0, sem_op=1, sem_flg=0}], 1) = 0\nsemctl(7, 0, IPC_RMID, NULL) = 0\numask(022) = 022\n", "umask(022) = 022\n"},
	{"nothing that can be done", "execve(\"/bin/x\", [\"x\"], NULL) = 0\nbrk(NULL) = 0x1000\n", ""},
}

func TestConvert(t *testing.T) {
	for _, tt := range lines {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := Convert("x", []byte(tt.trace))
			if err != nil {
				t.Fatal(err)
			}
			var calls strings.Builder
			for line := range strings.Lines(string(got)) {
				if !strings.HasPrefix(line, "#") {
					calls.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
				}
			}
			if calls.String() != tt.want {
				t.Errorf("want\n%s\ngot\n%s", tt.want, got)
			}
		})
	}
}

func TestWrong(t *testing.T) {
	for _, tt := range []struct{ trace, want string }{
		{"", "no call"},
		{"close(3</etc/passwd>) = 0\n", "x:1: the trace has the paths of descriptors"},
		{"getpid() = 1\nopenat(AT_FDCWD</tmp>, \"x\", O_RDONLY) = 3</tmp/x>\n", "x:2: the trace has the paths"},
		{"hello world\n", "x:1: this is no line of strace's"},
		{"1 <... read resumed>) = 1\n", "has not begun"},
		{"close(3\n", "parenthesis"},
		{"close(3)\n", "without a result"},
		{"read() =  <0.0> ", "without a result"},
		{"% time     seconds  usecs/call     calls    errors syscall\n", "strace -c"},
		{"\x7fELF\x00", "no text"},
	} {
		_, _, err := Convert("x", []byte(tt.trace))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.trace, err, tt.want)
		}
	}
}

// FuzzConvert: whatever the trace, it is an error or becomes a script that
// parses.
func FuzzConvert(f *testing.F) {
	for _, tt := range lines {
		f.Add(tt.trace)
	}
	traces, _ := filepath.Glob("testdata/*.strace")
	for _, name := range traces {
		data, _ := os.ReadFile(name)
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, trace string) {
		text, _, err := Convert("x", []byte(trace))
		if err != nil {
			if e := (*Error)(nil); !errors.As(err, &e) {
				t.Error(err)
			}
			return
		}
		if _, err := script.Parse("x.sys", text); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	})
}
