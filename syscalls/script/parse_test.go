package script

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sysindvm/syscalls"
)

// wrongScripts are the scripts of testdata/wrong.txt, in which each follows a
// line "=== script", and its message a line "=== message".
func wrongScripts(t testing.TB) (scripts, messages []string) {
	data, err := os.ReadFile("testdata/wrong.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range strings.Split("\n"+string(data), "\n=== script\n")[1:] {
		script, message, ok := strings.Cut(c, "\n=== message\n")
		if !ok {
			t.Fatalf("no message after %q", script)
		}
		scripts, messages = append(scripts, script), append(messages, strings.TrimSuffix(message, "\n"))
	}
	return scripts, messages
}

var update = flag.Bool("update", false, "write the messages of wrong scripts into testdata/wrong.txt, to be read by eye")

// Wrong scripts and their messages, as they are printed.
func TestWrong(t *testing.T) {
	scripts, messages := wrongScripts(t)
	if len(scripts) < 100 {
		t.Errorf("%d wrong scripts", len(scripts))
	}
	var b strings.Builder
	for i, script := range scripts {
		_, err := Parse("t.sys", []byte(script))
		got := "no error"
		if err != nil {
			got = err.Error()
		}
		if got != messages[i] && !*update {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", script, got, messages[i])
		}
		fmt.Fprintf(&b, "=== script\n%s\n=== message\n%s\n", script, got)
	}
	if *update {
		if err := os.WriteFile("testdata/wrong.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Limits, whose scripts are too long to be kept.
func TestLimits(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{strings.Repeat("x", 5000), "t.sys:1:1: the line is longer than 4096 bytes"},
		{"close(" + strings.Repeat("[", 40), "t.sys:1:23: more than 16 brackets in brackets"},
		{strings.Repeat("#\n", MaxSize/2+1), "t.sys:1:1: the script is longer than 1 MiB"},
		{"mem m = \"" + strings.Repeat("x", 3000) + "\"\n" + strings.Repeat("read(0, [out ...], 50000)\n", 1), "t.sys:2:9: one call can have at most 48 KiB of data"},
	} {
		if _, err := Parse("t.sys", []byte(c.script)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%.40q: %v, want %s", c.script, err, c.want)
		}
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
	`rt_sigaction(SIGUSR1, {sa_handler=handler, sa_mask=[INT CHLD RT_1], sa_flags=SA_RESTART}, {sa_handler=SIG_DFL}, 8) = 0`,
	`rt_sigaction(SIGINT, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x7f3a5c042520}, NULL, 8) = 0`,
	`rt_sigprocmask(SIG_BLOCK, ~[RTMIN RT_1], [], 8) = 0`,
	`--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=27, si_uid=0, si_status=0} ---`,
	`--- SIGUSR1 ---`,
	`+++ exited with 0 +++`,
	`+++ killed by SIGSEGV (core dumped) +++`,
	`mem m = [1, 0x2]`,
	`indirect(SIGMASK{~[USR1]}) pause() = -1 EINTR`,
	`select(4, [3], NULL, NULL, {tv_sec=1, tv_usec=0}) = 1 (in [3], left {tv_sec=0, tv_usec=999998})`,
	`select(4, [0 3] => [3], [], NULL, NULL) = 1`,
	`sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="hello", iov_len=5}], msg_iovlen=1, msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[4]}], msg_controllen=24, msg_flags=0}, MSG_NOSIGNAL) = 5`,
	`recvmsg(3, {msg_name={sa_family=AF_UNIX}, msg_namelen=128 => 2, msg_iov=[{iov_base="hello", iov_len=100}], msg_iovlen=1, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=1, uid=0, gid=0}}], msg_controllen=64 => 32, msg_flags=MSG_TRUNC}, 0) = 5`,
	`epoll_ctl(3, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, data={u32=4, u64=4}}) = 0`,
	`epoll_wait(3, [{events=EPOLLIN, data={fd=4}}], 8, 0) = 1`,
	`timerfd_settime(3, TIMER_ABSTIME, {it_interval={tv_sec=0, tv_nsec=0}, it_value={tv_sec=1, tv_nsec=0}}, NULL) = 0`,
	`fcntl(3, F_GETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, l_len=0} => {l_type=F_UNLCK}) = 0`,
	`futex(0x7f0000000000, FUTEX_WAIT_PRIVATE, 0, NULL) = -1 EAGAIN (Resource temporarily unavailable)`,
	`time([?t]) = ?u`,
	`prlimit64(0, RLIMIT_NOFILE, NULL, {rlim_cur=1024, rlim_max=4096}) = 0`,
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
	s, err := ParseCall(`indirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, 0)`, syscalls.AMD64)
	if err != nil || s.Call.Name != "socket" || s.Call.Indirect == nil {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "# x", "task B = fork", "close(1)\nclose(2)", "clsoe(1)", "read(0, [out ...], 1) <unfinished ...>"} {
		if _, err := ParseCall(bad, syscalls.AMD64); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	bad, _ := wrongScripts(f)
	for _, s := range bad {
		f.Add(s)
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
