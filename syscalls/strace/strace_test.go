package strace

import (
	"strings"
	"testing"

	"sysindvm/syscalls"
)

// memory is a little of a task's memory, at base.
type memory []byte

const base = 0x1000

func (m memory) read(addr uint64, n int) []byte {
	if addr < base || addr > base+uint64(len(m)) {
		return nil
	}
	b := m[addr-base:]
	return b[:min(n, len(b))]
}

func words(v ...uint64) []byte {
	b := make([]byte, 8*len(v))
	for i, x := range v {
		syscalls.PutInt(b[8*i:], 8, x)
	}
	return b
}

func TestCall(t *testing.T) {
	ctx := syscalls.OpenFlags(syscalls.O_CLOEXEC)
	pos := syscalls.Filepos(6)
	indirect := append(words(base+16, base+24), append(ctx.Bytes(), pos.Bytes()...)...)
	params := base + uint64(len(indirect))
	indirect = append(indirect, words(syscalls.AF_INET, syscalls.SOCK_STREAM, 0, 0, 0, 0)...)

	stat := make([]byte, syscalls.StructStat.Size[0])
	syscalls.StructStat.Field("st_mode").Put(0, stat, syscalls.S_IFREG|0o644)

	for _, c := range []struct {
		name   string
		args   [6]uint64
		result int64
		mem    string
		want   string
	}{
		{"read", [6]uint64{3, base, 5}, 5, "world", `read(3, "world", 5) = 5`},
		{"read", [6]uint64{3, base, 5}, 2, "world", `read(3, "wo", 5) = 2`},
		{"read", [6]uint64{^uint64(0), base, 1}, -9, "x", `read(-1, 0x1000, 1) = -1 EBADF (Bad file descriptor)`},
		{"write", [6]uint64{3, base, 40}, 40, "0123456789012345678901234567890123456789", `write(3, "01234567890123456789012345678901"..., 40) = 40`},
		{"write", [6]uint64{3, base, 4}, 4, "\n\x01\x007", `write(3, "\n\1\0007", 4) = 4`},
		{"open", [6]uint64{base, syscalls.O_RDWR | syscalls.O_CREAT, 0o644}, 3, "/tmp/x\x00", `open("/tmp/x", O_RDWR|O_CREAT, 0644) = 3`},
		{"open", [6]uint64{base, 0, 0o644}, -2, "/tmp/x\x00", `open("/tmp/x", O_RDONLY) = -1 ENOENT (No such file or directory)`},
		{"open", [6]uint64{0xdead0000, 0}, -14, "", `open(0xdead0000, O_RDONLY) = -1 EFAULT (Bad address)`},
		{"fcntl", [6]uint64{3, syscalls.F_GETFD}, 1, "", `fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)`},
		{"fcntl", [6]uint64{3, syscalls.F_GETFD}, 0, "", `fcntl(3, F_GETFD) = 0`},
		{"fcntl", [6]uint64{3, syscalls.F_SETFL, syscalls.O_RDWR | syscalls.O_NONBLOCK}, 0, "", `fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0`},
		{"pipe", [6]uint64{base}, 0, "\x03\x00\x00\x00\x04\x00\x00\x00", `pipe([3, 4]) = 0`},
		{"pipe", [6]uint64{}, -14, "", `pipe(NULL) = -1 EFAULT (Bad address)`},
		{"lseek", [6]uint64{3, ^uint64(0), syscalls.SEEK_CUR}, 0, "", `lseek(3, -1, SEEK_CUR) = 0`},
		{"umask", [6]uint64{0o22}, 0o77, "", `umask(022) = 077`},
		{"socket", [6]uint64{1, 1 | syscalls.SOCK_CLOEXEC}, 3, "", `socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3`},
		{"connect", [6]uint64{3, base, 16}, 0, "\x02\x00\x1f\x90\x7f\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00", `connect(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = 0`},
		{"bind", [6]uint64{3, base, 5}, 0, "\x01\x00/x\x00", `bind(3, {sa_family=AF_UNIX, sun_path="/x"}, 5) = 0`},
		{"poll", [6]uint64{base, 1, ^uint64(0)}, 1, "\x03\x00\x00\x00\x01\x00\x01\x00", `poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, -1) = 1`},
		{"semget", [6]uint64{0, 2, syscalls.IPC_CREAT | 0o600}, 5, "", `semget(IPC_PRIVATE, 2, IPC_CREAT|0600) = 5`},
		{"semget", [6]uint64{0x12d687, 1, 0}, -2, "", `semget(0x12d687, 1, 000) = -1 ENOENT (No such file or directory)`},
		{"semop", [6]uint64{5, base, 2}, -11, "\x00\x00\x01\x00\x00\x10\x01\x00\xfe\xff\x00\x08", `semop(5, [{sem_num=0, sem_op=1, sem_flg=SEM_UNDO}, {sem_num=1, sem_op=-2, sem_flg=IPC_NOWAIT}], 2) = -1 EAGAIN (Resource temporarily unavailable)`},
		{"semtimedop", [6]uint64{5, base, 1}, 0, "\x00\x00\x01\x00\x00\x00", `semtimedop(5, [{sem_num=0, sem_op=1, sem_flg=0}], 1, NULL) = 0`},
		{"semctl", [6]uint64{5, 1, syscalls.SETVAL, 5}, 0, "", `semctl(5, 1, SETVAL, 0x5) = 0`},
		{"semctl", [6]uint64{5, 1, syscalls.GETVAL, 0}, 1, "", `semctl(5, 1, GETVAL, NULL) = 1`},
		{"setxattr", [6]uint64{base, base + 2, base + 9, 3, syscalls.XATTR_CREATE}, 0, "f\x00user.a\x00v\x00\x01", `setxattr("f", "user.a", "v\0\1", 3, XATTR_CREATE) = 0`},
		{"lsetxattr", [6]uint64{base, base + 2, 0, 0, 7}, -22, "f\x00user.a\x00", `lsetxattr("f", "user.a", NULL, 0, XATTR_CREATE|XATTR_REPLACE|0x4) = -1 EINVAL (Invalid argument)`},
		{"getxattr", [6]uint64{base, base + 2, base + 9, 100}, 5, "f\x00user.a\x00value", `getxattr("f", "user.a", "value", 100) = 5`},
		{"getxattr", [6]uint64{base, base + 2, base + 9, 0}, 5, "f\x00user.a\x00value", `getxattr("f", "user.a", 0x1009, 0) = 5`},
		{"fgetxattr", [6]uint64{3, base, base + 7, 100}, -61, "user.a\x00value", `fgetxattr(3, "user.a", 0x1007, 100) = -1 ENODATA (No data available)`},
		{"listxattr", [6]uint64{base, base + 2, 100}, 14, "f\x00user.a\x00user.b\x00", `listxattr("f", "user.a\0user.b\0", 100) = 14`},
		{"flistxattr", [6]uint64{3, 0, 0}, 14, "", `flistxattr(3, NULL, 0) = 14`},
		{"fremovexattr", [6]uint64{3, base}, 0, "user.a\x00", `fremovexattr(3, "user.a") = 0`},
		{"nanosleep", [6]uint64{base, 0}, 0, string(words(1, 2)), `nanosleep({tv_sec=1, tv_nsec=2}, NULL) = 0`},
		{"mmap", [6]uint64{0, 4096, 3, 0x22, ^uint64(0), 0}, 0x7f0000000000, "", `mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000`},
		{"wait4", [6]uint64{5, base}, 5, "\x00\x03\x00\x00", `wait4(5, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 5`},
		{"wait4", [6]uint64{5, base}, 5, "\x09\x00\x00\x00", `wait4(5, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 5`},
		{"accept", [6]uint64{3, 0, 0}, 4, "", `accept(3, NULL, NULL) = 4`},
		{"indirect", [6]uint64{41, base, 1, params}, 3, string(indirect), `indirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3`},
		{"indirect", [6]uint64{41, base, 2, params}, 3, string(indirect), `indirect(OPENFLAGS{O_CLOEXEC}, FILEPOS{pos=6}) socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3`},
		{"indirect", [6]uint64{41, 0, 0, params}, 3, string(indirect), `indirect() socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3`},
		{"indirect", [6]uint64{41, 0xdead0000, 1, params}, -14, string(indirect), `indirect(41, 0xdead0000, 1, 0x1028) = -1 EFAULT (Bad address)`},
	} {
		p := Printer{Mem: memory(c.mem).read}
		call := syscalls.CallNamed(c.name)
		got := p.Call(uint64(call.Nr[0]), c.args, c.result)
		if got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	var p Printer
	if got, want := p.Call(9999, [6]uint64{1}, -38), "syscall_0x270f(0x1, 0, 0, 0, 0, 0) = -1 ENOSYS (Function not implemented)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := p.Unfinished(syscalls.SYS_ACCEPT, [6]uint64{3}), "accept(3, NULL, NULL <unfinished ...>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := p.Unfinished(syscalls.SYS_READ, [6]uint64{3, base, 1}), "read(3,  <unfinished ...>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := p.Resumed(syscalls.SYS_ACCEPT, [6]uint64{3}, 4), "<... accept resumed>) = 4"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPrinterBounds(t *testing.T) {
	// Whatever the numbers, and however little can be read, nothing panics.
	for _, m := range []memory{nil, make(memory, 3), make(memory, 64), memory("\xff\xff\xff\xff\xff\xff\xff\xff")} {
		p := Printer{Mem: m.read}
		for i := range syscalls.Calls {
			for _, v := range []uint64{0, 1, base, 1 << 31, ^uint64(0)} {
				for _, r := range []int64{0, 5, -1, 1 << 40} {
					p.Call(uint64(syscalls.Calls[i].Nr[0]), [6]uint64{v, v, v, v, v, v}, r)
				}
			}
		}
	}
}

// A number that is 0 is no address.
func TestZero(t *testing.T) {
	stat := make([]byte, syscalls.StructStat.Size[syscalls.AMD64])
	p := Printer{Mem: func(addr uint64, n int) []byte { return stat[:n] }}
	text := p.Call(syscalls.SYS_FSTAT, [6]uint64{3, 4096}, 0)
	if strings.Contains(text, "NULL") || !strings.Contains(text, "st_rdev=0,") {
		t.Error(text)
	}
}
