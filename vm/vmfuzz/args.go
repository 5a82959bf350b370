package vmfuzz

import (
	"fmt"
	"strings"

	"sysindvm/syscalls"
)

// args are the arguments of a call, as a script has them, by their types.
func (g *generator) args(task string, c *syscalls.Call) []string {
	length := map[int]int{} // of what pointers point to, by their length's argument
	for i := range c.Args {
		if n := int(c.Args[i].Len); n > 0 {
			length[n] = []int{0, 1, 2, 3, 8, 16, 24, 40, 100, 110, 128, 512, 1000, 4096, 5000, 20000}[g.IntN(16)]
			switch c.Args[i].Type.Kind {
			case syscalls.Array, syscalls.IovecIn, syscalls.IovecOut:
				length[n] = g.IntN(5)
			case syscalls.SockIn:
				length[n] = []int{16, 110, 110, 2, 10, 0, 111, 128}[g.IntN(8)]
			}
		}
	}
	var args []string
	n := len(c.Args)
	for i := range c.Args {
		a := &c.Args[i]
		t := a.Type
		var text string
		switch {
		case i == n-1 && len(c.Variants) > 0:
			text = g.variant(task, c, args)
		case !t.Kind.Pointer():
			l, is := length[i]
			text = g.scalar(task, c, a, i, l, is)
		case strings.HasSuffix(c.Name, "xattr") && a.Name == "name":
			text = g.attribute()
		case t.Kind == syscalls.Len:
			text = fmt.Sprintf("[%d => ...]", length[i])
			if g.chance(6) {
				text = g.one("NULL", "BADPTR", "[-1 => ...]", fmt.Sprintf("[%d => ...]@end-%d", length[i], g.IntN(5)), g.address())
			}
		default:
			l := length[int(a.Len)]
			text = g.pointer(task, c.Name, t, l)
		}
		args = append(args, text)
	}
	return args
}

// variant is fcntl's last argument: what the command takes.
func (g *generator) variant(task string, c *syscalls.Call, args []string) string {
	cmd := args[len(args)-1]
	v, _ := c.Args[len(c.Args)-2].Type.Set.Find(cmd)
	for _, va := range c.Variants {
		if va.Value != v || va.Last == nil {
			continue
		}
		if va.Last.Kind.Pointer() {
			return g.pointer(task, c.Name, va.Last, 0)
		}
		return g.scalar(task, c, &syscalls.Arg{Name: "arg", Type: va.Last}, 2, 0, false)
	}
	if c.Name == "semctl" {
		return g.one("NULL", "1", "0", "5", "32767", "32768", "-1", "w", "v", "0x20000000")
	}
	return g.one("0", "4096", "65536", "1", "-1")
}

// number is any number.
func (g *generator) number() string {
	return g.one("0", "1", "-1", "2", "7", "63", "64", "4095", "4096", "4097", "65536", "0x7fffffff", "0x80000000", "0xffffffff",
		"0x100000000", "0x7fffffffffffffff", "0x8000000000000000", "1000000", "0x40000000")
}

// address is any address, in the task's memory or not. Of the agent's own
// memory it has only the arena.
func (g *generator) address() string {
	return g.one("NULL", "BADPTR", "1", "0xffff800000000000", "0xffffffff80200000", "0x7fffffffffff", "0x7ffffffff000", "0x800000000000",
		"-1", "-8", "0x8000000000000000", "w", "w", "v", "@end", "@end-1", "@end-8", "@end-64", "0x20000000", "0x20000ffd", "0x20001000")
}

// reaches reports whether a call acts on another process, by its number: that
// must not be task A, which runs the rest of the script.
func reaches(call string) bool {
	return strings.Contains(call, "kill") || strings.Contains(call, "sigqueueinfo") || call == "prlimit64"
}

// scalar is an argument that is no pointer.
func (g *generator) scalar(task string, c *syscalls.Call, a *syscalls.Arg, i, length int, isLength bool) string {
	t := a.Type
	if g.chance(2) && t.Kind != syscalls.FD && !reaches(c.Name) {
		if isLength {
			return g.one("0x7fffffff", "-1", "0x7fffffffffffffff", "0x100000000", "1000000")
		}
		if c.Name != "kill" {
			return g.number()
		}
	}
	switch t.Kind {
	case syscalls.FD:
		if t.Set == &syscalls.SetDirFD {
			return g.one("AT_FDCWD", "AT_FDCWD", "AT_FDCWD", g.fd(task, "dir"), g.fd(task, "file"))
		}
		if i > 0 && strings.HasPrefix(c.Name, "dup") {
			return fmt.Sprint(g.IntN(70))
		}
		kind := wants[c.Name]
		if i > 0 {
			kind = ""
		}
		if c.Name == "mmap" {
			return g.one("-1", "-1", g.fd(task, "file"))
		}
		return g.fd(task, kind)
	case syscalls.Flags:
		if t.Set == &syscalls.SetIPCFlags {
			return g.one("IPC_CREAT|0600", "IPC_CREAT|0666", "IPC_CREAT|IPC_EXCL|0644", "0", "0600", "0777")
		}
		return g.flags(t.Set, 2)
	case syscalls.Enum:
		if c.Name == "reboot" {
			return g.one("0", "1", "LINUX_REBOOT_MAGIC1")
		}
		if t.Set == &syscalls.SetFamily {
			return g.one("AF_UNIX", "AF_UNIX", "AF_UNIX", "AF_INET", "AF_INET", "AF_INET", "AF_INET6", "AF_UNSPEC")
		}
		if t.Set == &syscalls.SetSignal {
			return g.one("SIGUSR1", "SIGUSR2", "SIGUSR1", "SIGCHLD", "SIGALRM", "SIGCONT", "SIGSTOP", "SIGTERM", "0", "34", "64", "65", "SIGPIPE")
		}
		return t.Set.Consts[g.IntN(len(t.Set.Consts))].Name
	case syscalls.Octal:
		if strings.HasPrefix(c.Name, "mknod") {
			return g.one("S_IFIFO|0666", "S_IFIFO|0600", "S_IFREG|0644", "S_IFSOCK|0777", "S_IFCHR|0600", "S_IFDIR|0700", "0644")
		}
		return g.one("0777", "0666", "0644", "0700", "0", "0111", "04755", "01777", "-1")
	case syscalls.Hex:
		return g.hex(c.Name, a.Name, i)
	}
	return g.integer(task, c.Name, a.Name, length, isLength)
}

// hex is an argument that the table does not say more of: mostly an address.
func (g *generator) hex(call, arg string, i int) string {
	switch {
	case call == "mmap" || call == "munmap" || call == "mprotect" || call == "madvise":
		return g.one("0x20000000", "0x20001000", "0x20002000", "0x20003000", "0x20000000", "NULL", "0x20000800", "0x7fff00000000",
			"0x7ffffffff000", "0x10040000", "0xffff800000000000")
	case arg == "key":
		return g.one("IPC_PRIVATE", "1", "1", "2")
	case call == "brk":
		return g.one("0", "0x20000000", "0x10000000", "-1", "0x800000")
	case call == "futex", arg == "tidptr", arg == "head", arg == "msgvec":
		return g.one("w", "w", "w", "v", "v", "0x20000000", g.address())
	case arg == "dev":
		return g.one("0", "0x103", "0x105", "-1")
	case arg == "mask":
		return g.one("0x7ff", "0", "-1", "0x80000000")
	case call == "ioctl" && arg == "request":
		return g.one("0x5401", "0x541b", "0x5421", "0x5452", "0x5450", "0x5451", "0x80045430", "0")
	case arg == "args":
		return g.one("w", "v", "NULL")
	case call == "indirect" && arg == "ctxs", call == "indirect" && arg == "params":
		return g.one("w", "v", "NULL", "BADPTR", "@end-8", "@end-48", "@end-40")
	}
	return g.address()
}

func (g *generator) integer(task, call, arg string, length int, isLength bool) string {
	switch {
	case isLength:
		if g.chance(8) {
			return g.number()
		}
		return fmt.Sprint(length)
	case call == "indirect":
		if arg == "nr" {
			return g.one("39", "0", "1", "41", "56", "57", "333", "400", "-1", "9999", "15", "59")
		}
		return fmt.Sprint(g.IntN(3))
	case arg == "pid" || arg == "tid" || arg == "tgid" || arg == "id" || arg == "pgid":
		if reaches(call) {
			// No kill of all, nor of task A, which cleans up.
			return g.one(g.task(), g.task(), g.task(), task, "99999", "-99", "0x7fffffff")
		}
		return g.one(g.task(), task, "0", "-1", "A", "1", "99999", "-99")
	case strings.HasPrefix(arg, "sigsetsize") || arg == "sizemask":
		return g.one("8", "8", "8", "8", "8", "0", "4", "16", "-1")
	case call == "openat2" && arg == "size":
		return g.one("24", "24", "24", "24", "23", "32", "0", "4096", "5000")
	case arg == "semid":
		return g.one("0", "1", "2", "0", "-1", "77")
	case arg == "semnum":
		return g.one("0", "0", "1", "2", "599", "-1")
	case arg == "nsems":
		return g.one("1", "2", "3", "0", "600", "32000", "32001", "-1")
	case call == "clone3":
		return g.one("64", "88", "0", "63")
	case arg == "timeout":
		return g.one("0", "0", "1", "10", "-1", "-5", "1000", "0x7fffffff")
	case arg == "nfds":
		return g.one("0", "1", "5", "10", "64", "1024", "1025", "-1")
	case arg == "maxevents":
		return g.one("1", "2", "5", "0", "-1")
	case arg == "uid" || arg == "gid" || arg == "owner" || arg == "group" || strings.HasSuffix(arg, "uid") || strings.HasSuffix(arg, "gid"):
		return g.one("0", "0", "1000", "-1", "65534")
	case arg == "seconds":
		return g.one("0", "0", "1", "100")
	case call == "setgroups" || call == "getgroups":
		return g.one("0", "1", "4", "32", "33", "65536", "65537", "-1")
	case call == "munmap" || call == "mmap" || call == "mprotect" || call == "madvise":
		return g.one("4096", "4096", "8192", "16384", "0", "1", "65536", "0x100000", "0x7fffffffffff", "-1", "0x40000000")
	case call == "futex":
		return g.one("0", "0", "0", "1", "2", "0x7fffffff", "-1")
	case arg == "offset" || arg == "length" || arg == "len" || arg == "pos_l" || arg == "count":
		if g.chance(90) {
			return g.one("0", "0", "1", "10", "100", "4095", "4096", "4097", "8192", "20000", "100000", "-1")
		}
	case arg == "pos_h":
		return g.one("0", "0", "0", "-1", "1")
	case arg == "vlen":
		return g.one("1", "2", "2", "0", "1024", "1025", "-1")
	case arg == "backlog":
		return g.one("0", "1", "5", "-1", "128")
	case arg == "wd":
		return g.one("1", "2", "3", "0", "-1")
	case arg == "status":
		return fmt.Sprint(g.IntN(5))
	case arg == "first" || arg == "last":
		return g.one("3", "4", "6", "10", "100", "900", "20")
	}
	if g.chance(70) {
		return fmt.Sprint(g.IntN(4))
	}
	return g.number()
}

// task is one of the tasks but A.
func (g *generator) task() string {
	if len(g.order) == 0 {
		return "99999"
	}
	return g.order[g.IntN(len(g.order))]
}

// flags are at most n+1 of the constants of a set.
func (g *generator) flags(set *syscalls.Set, n int) string {
	n = g.IntN(n + 2)
	var names []string
	if set.Mask != 0 {
		// One of the values that are no flag.
		for range 20 {
			if c := set.Consts[g.IntN(len(set.Consts))]; c.Value&^set.Mask == 0 {
				names = append(names, c.Name)
				break
			}
		}
	}
	switch set {
	case &syscalls.SetOpenFlags:
		names = append(names, g.one("O_CREAT", "O_CREAT", "O_CREAT", "O_DIRECTORY", "O_RDONLY", "O_RDONLY", "O_NONBLOCK"))
		n /= 2
	case &syscalls.SetMap:
		names = append(names, g.one("MAP_ANONYMOUS", "MAP_ANONYMOUS", "MAP_ANONYMOUS|MAP_FIXED", "MAP_FIXED"))
		n /= 2
	case &syscalls.SetProt:
		names = append(names, g.one("PROT_READ", "PROT_READ|PROT_WRITE", "PROT_READ|PROT_WRITE", "PROT_NONE"))
	case &syscalls.SetMsg, &syscalls.SetAtFlags, &syscalls.SetFutexOp:
		n = min(n, 1)
	}
	for range n {
		if set != &syscalls.SetFutexOp {
			names = append(names, set.Consts[g.IntN(len(set.Consts))].Name)
		}
	}
	if len(names) == 0 {
		return "0"
	}
	return strings.Join(names, "|")
}

func (g *generator) sigset() string {
	return g.one("[]", "[]", "[USR1]", "[USR1 USR2]", "~[]", "~[KILL STOP]", "~[USR1]", "[CHLD ALRM]", "[RT_2 USR2]", "~[USR2]")
}

var paths = []string{"f", "g", "d", "d/f", "d/e", "d/e/f", "l", "d/l", "p", "s", "dl/f", "../w/f", "/w/g", "/w/d", ".", "..", "d/..", "/w/d/../f", "x/y",
	"", "f/", "d/", "l/", "nothing", "/proc/self/syscall", "/proc/1/stat", "/proc/counters", "/dev/null", "/dev/zero", "/dev", "/w", "//w//d//f"}

// path is the path of a file. Those that the next programs need are not among
// the ones that may be written.
func (g *generator) path(call string) string {
	if g.chance(3) {
		return fmt.Sprintf("%q", strings.Repeat("n", []int{1, 59, 60, 64, 255, 256, 1000}[g.IntN(7)]))
	}
	if strings.HasPrefix(call, "execve") {
		return g.one(`"/bin/demo"`, `"f"`, `"d"`, `"/nothing"`, `"/dev/null"`, `"/bin/demo"`)
	}
	n := len(paths)
	switch call {
	case "stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "open", "openat", "openat2",
		"chdir", "inotify_add_watch":
	default:
		n -= 7
	}
	return fmt.Sprintf("%q", paths[g.IntN(n)])
}

// attributes are names of extended attributes.
var attributes = []string{"user.a", "user.b", "trusted.a", "security.a", "user." + strings.Repeat("n", 250)}

// attribute is such a name, or something else.
func (g *generator) attribute() string {
	switch {
	case g.chance(3):
		return g.one("NULL", "BADPTR", g.address())
	case g.chance(8):
		return g.one(`""`, `"user."`, `"trusted."`, `"system.a"`, `"foo.a"`, `"user"`, `"security.capability"`,
			fmt.Sprintf("%q", "user."+strings.Repeat("n", 251)))
	}
	return fmt.Sprintf("%q", attributes[g.IntN(len(attributes))]) + g.place(8)
}

// place is where something of at most size bytes goes: mostly anywhere.
func (g *generator) place(size int) string {
	switch {
	case g.chance(5):
		return "@end"
	case g.chance(5):
		return fmt.Sprintf("@end-%d", g.IntN(size+2))
	}
	return ""
}

func (g *generator) bytes() string {
	if g.chance(10) {
		return fmt.Sprintf("%q", strings.Repeat("0123456789abcdef", g.IntN(200)))
	}
	return g.one(`"x"`, `"hello"`, `""`, `"\x01\0\0\0\0\0\0\0"`, `"\xff\xff\xff\xff\xff\xff\xff\xff"`, `"0123456789"`, `"\0\0\0\0"`, `"\x01\0\0\0"`)
}

// pointer is a pointer to what a type says. length counts where the table has
// a length for it.
func (g *generator) pointer(task, call string, t *syscalls.Type, length int) string {
	if g.chance(5) {
		return g.one("NULL", "NULL", "BADPTR", g.address())
	}
	switch t.Kind {
	case syscalls.Path:
		return g.path(call) + g.place(2)
	case syscalls.Strings:
		return g.one("[]", `["a"]`, `["a", "bc", ""]`, "NULL", `["a", BADPTR]`, `["a"]@end-8`)
	case syscalls.BufIn:
		if call == "setsockopt" {
			return g.one("[1]", "[0]", "[100000]", "[-1]", "[1, 0]", "[5, 0, 0, 0]", `"x"`, "[1, 0, 0, 0]")
		}
		return g.bytes() + g.place(8)
	case syscalls.BufOut:
		if length > 40000 {
			return g.address()
		}
		return "[out ...]" + g.place(length)
	case syscalls.FDPair:
		return "[out ...]" + g.place(8)
	case syscalls.Status:
		return "[...]" + g.place(4)
	case syscalls.SockIn:
		return g.sockaddr() + g.place(16)
	case syscalls.SockOut:
		return "..."
	case syscalls.StructIn, syscalls.StructIO:
		return g.structure(task, t.Struct, 0) + g.place(int(t.Struct.Size[0]))
	case syscalls.StructOut:
		return "{...}" + g.place(int(t.Struct.Size[0]))
	case syscalls.Array:
		if strings.HasPrefix(call, "sem") {
			var items []string
			for range max(1, min(length, 6)) {
				items = append(items, fmt.Sprintf("{%s, %s, %s}", g.one("0", "0", "1", "2", "599"),
					g.one("1", "1", "-1", "0", "2", "-2", "32767", "-32768"), g.flags(t.Struct.Field("sem_flg").Type.Set, 1)))
			}
			return "[" + strings.Join(items, ", ") + "]"
		}
		if call != "poll" && call != "ppoll" {
			return "[...]"
		}
		var items []string
		for range min(length, 6) {
			items = append(items, fmt.Sprintf("{fd=%s, events=%s, revents=...}", g.fd(task, ""), g.flags(&syscalls.SetPoll, 2)))
		}
		if len(items) == 0 {
			return "NULL"
		}
		return "[" + strings.Join(items, ", ") + "]"
	case syscalls.IovecIn, syscalls.IovecOut:
		return g.iovec(length, t.Kind == syscalls.IovecOut) + g.place(16*length)
	case syscalls.NumIn:
		return "[" + g.number() + "]" + g.place(8)
	case syscalls.NumOut:
		return "[...]" + g.place(8)
	case syscalls.NumIO:
		return g.one("NULL", "[0 => ...]", "[3 => ...]", "[-1 => ...]", "[5000 => ...]", "[0x7fffffffffffffff => ...]")
	case syscalls.SigsetIn:
		return g.one(g.sigset(), g.sigset(), g.sigset(), "NULL") + ""
	case syscalls.SigsetOut:
		return "[...]"
	case syscalls.FDSet:
		var fds []string
		for range g.IntN(4) {
			if fd := g.fd(task, ""); len(fd) < 3 && fd[0] != '-' {
				fds = append(fds, fd)
			}
		}
		return "[" + strings.Join(fds, " ") + "]"
	case syscalls.MsgIn:
		return g.message(task)
	case syscalls.MsgOut:
		text := "{msg_iov=" + g.iovec(g.IntN(3), true)
		if g.chance(60) {
			text += fmt.Sprintf(", msg_control=[...], msg_controllen=%d => ...", []int{0, 8, 16, 20, 24, 28, 64, 200, 1000}[g.IntN(9)])
		}
		if g.chance(30) {
			text += ", msg_name={AF_UNIX, ...}"
		}
		return text + "}"
	}
	return g.address()
}

func (g *generator) iovec(n int, out bool) string {
	var items []string
	for range min(n, 6) {
		size := []int{0, 1, 5, 16, 100, 4096}[g.IntN(6)]
		switch {
		case g.chance(5):
			items = append(items, fmt.Sprintf("{%s, %d}", g.address(), size))
		case g.chance(3):
			items = append(items, fmt.Sprintf("{%s, %s}", g.address(), g.number()))
		case out:
			items = append(items, fmt.Sprintf("{[out ...], %d}", size))
		default:
			items = append(items, g.bytes())
		}
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func (g *generator) sockaddr() string {
	return g.one(`{AF_UNIX, "s"}`, `{AF_UNIX, "s"}`, `{AF_UNIX, "d/s"}`, `{AF_UNIX, @"a"}`, `{AF_UNIX, @"a"}`, `{AF_UNIX, @"b"}`,
		"{AF_INET, 127.0.0.1:4000}", "{AF_INET, 127.0.0.1:4000}", "{AF_INET, 127.0.0.1:4001}", "{AF_INET, 0.0.0.0:4000}", "{AF_INET, 0.0.0.0:0}",
		"{AF_INET, 10.0.0.1:80}", "{AF_UNSPEC}", "{AF_UNIX}", `{AF_UNIX, "f"}`)
}

func (g *generator) message(task string) string {
	text := "{msg_iov=" + g.iovec(g.IntN(3), false)
	if g.chance(50) {
		var items []string
		for range 1 + g.IntN(2) {
			switch g.IntN(6) {
			case 0:
				items = append(items, fmt.Sprintf("{cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=%s, uid=0, gid=0}}", g.one(task, "1", "0")))
			case 1:
				items = append(items, fmt.Sprintf("{cmsg_len=%s, cmsg_level=SOL_SOCKET, cmsg_type=%s, cmsg_data=\"abcdefg\"}",
					g.one("0", "8", "16", "17", "20", "-1", "1000"), g.one("SCM_RIGHTS", "3", "SCM_CREDENTIALS")))
			default:
				var fds []string
				for range 1 + g.IntN(4) {
					fds = append(fds, g.fd(task, g.one("", "socket", "epoll", "socket")))
				}
				items = append(items, "{cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=["+strings.Join(fds, ", ")+"]}")
			}
		}
		text += ", msg_control=[" + strings.Join(items, ", ") + "]"
	}
	if g.chance(20) {
		text += ", msg_name=" + g.sockaddr()
	}
	return text + "}"
}

// structure is one that the kernel reads.
func (g *generator) structure(task string, s *syscalls.Struct, depth int) string {
	if s == &syscalls.StructSigaction && g.chance(70) {
		return fmt.Sprintf("{sa_handler=handler, sa_flags=%s, sa_mask=%s}", g.flags(&syscalls.SetSigFlags, 2), g.sigset())
	}
	if s == &syscalls.StructTimespec || s == &syscalls.StructTimeval {
		return g.one("{0, 0}", "{0, 0}", "{0, 1000}", "{0, 900000}", "{1, 0}", "{-1, 0}", "{0, -1}", "{0, 1000000000}", "{0x7fffffffffffffff, 0}")
	}
	var fields []string
	for i := range s.Fields {
		f := &s.Fields[i]
		if g.chance(15) {
			continue
		}
		v := ""
		switch f.Type.Kind {
		case syscalls.Sub:
			if depth > 2 {
				continue
			}
			if f.Type.Struct == &syscalls.StructEpollData {
				v = fmt.Sprintf("{u64=%d}", g.IntN(9))
			} else {
				v = g.structure(task, f.Type.Struct, depth+1)
			}
		case syscalls.Sigset:
			v = g.sigset()
		case syscalls.Chars:
			continue
		case syscalls.Flags:
			v = g.flags(f.Type.Set, 2)
		case syscalls.Enum:
			v = f.Type.Set.Consts[g.IntN(len(f.Type.Set.Consts))].Name
		case syscalls.Octal:
			v = g.one("0", "0644", "0777", "07777")
		case syscalls.FD:
			v = g.fd(task, "")
		case syscalls.Hex:
			v = g.address()
			if f.Name == "sa_handler" {
				v = g.one("SIG_DFL", "SIG_IGN", "handler")
			}
			if strings.HasPrefix(v, "@") || f.Name == "sa_restorer" {
				continue
			}
		default:
			v = g.one("0", "0", "1", "5", "4096", "16384", g.number())
		}
		fields = append(fields, f.Name+"="+v)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}
