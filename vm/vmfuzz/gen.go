package vmfuzz

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"sysindvm/syscalls"
)

// generator makes lines of a script, one after another, and learns from what
// comes back which descriptors there are.
type generator struct {
	*rand.Rand
	tables map[string]*descriptors // of the tasks that there are
	order  []string                // these tasks
}

// descriptors are those that a task has, as far as is known, by what they are
// of. Threads share them.
type descriptors struct {
	fds map[int64]string
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0x5eed)), tables: map[string]*descriptors{}}
}

// one is one of the texts.
func (g *generator) one(texts ...string) string { return texts[g.IntN(len(texts))] }

// chance is true n times of a hundred.
func (g *generator) chance(n int) bool { return g.IntN(100) < n }

// spawned is told of a new task.
func (g *generator) spawned(name, parent, how string) {
	d := &descriptors{fds: map[int64]string{0: "file", 1: "file", 2: "file"}}
	if p := g.tables[parent]; p != nil && how == "thread" {
		d = p
	} else if p != nil && how == "fork" {
		for fd, kind := range p.fds {
			d.fds[fd] = kind
		}
	}
	g.tables[name] = d
	g.order = append(g.order, name)
}

// makers are the calls that make descriptors, and of what.
var makers = map[string]string{
	"open": "file", "openat": "file", "openat2": "file", "creat": "file", "memfd_create": "file",
	"pipe": "pipe", "pipe2": "pipe", "socket": "socket", "socketpair": "socket", "accept": "socket", "accept4": "socket",
	"epoll_create": "epoll", "epoll_create1": "epoll", "eventfd": "eventfd", "eventfd2": "eventfd",
	"timerfd_create": "timerfd", "signalfd": "signalfd", "signalfd4": "signalfd",
	"inotify_init": "inotify", "inotify_init1": "inotify",
}

// wants are the descriptors that calls need to succeed, of those that do not
// take all.
var wants = map[string]string{
	"connect": "socket", "accept": "socket", "accept4": "socket", "bind": "socket", "listen": "socket",
	"sendto": "socket", "recvfrom": "socket", "sendmsg": "socket", "recvmsg": "socket", "sendmmsg": "socket",
	"recvmmsg": "socket", "shutdown": "socket", "getsockname": "socket", "getpeername": "socket",
	"setsockopt": "socket", "getsockopt": "socket",
	"epoll_ctl": "epoll", "epoll_wait": "epoll", "epoll_pwait": "epoll", "epoll_pwait2": "epoll",
	"timerfd_settime": "timerfd", "timerfd_gettime": "timerfd", "signalfd": "signalfd", "signalfd4": "signalfd",
	"inotify_add_watch": "inotify", "inotify_rm_watch": "inotify",
	"getdents": "dir", "getdents64": "dir", "fchdir": "dir", "ftruncate": "file", "fallocate": "file",
	"lseek": "file", "pread64": "file", "pwrite64": "file", "preadv": "file", "pwritev": "file", "preadv2": "file",
	"pwritev2": "file", "copy_file_range": "file", "sendfile": "file", "mmap": "file",
}

// returned is told what a call of a task has returned.
func (g *generator) returned(task string, c *syscalls.Call, line string, result int64, pair []int32) {
	d := g.tables[task]
	if d == nil || c == nil || result < 0 {
		return
	}
	kind := makers[c.Name]
	if kind == "file" && strings.Contains(line, "O_DIRECTORY") {
		kind = "dir"
	}
	for _, fd := range pair {
		d.fds[int64(fd)] = kind
	}
	switch {
	case len(pair) > 0:
	case c.Name == "close", c.Name == "close_range":
		var fd int64
		if i := strings.Index(line, c.Name+"("); i >= 0 {
			fmt.Sscanf(line[i+len(c.Name)+1:], "%d", &fd)
			delete(d.fds, fd)
		}
	case kind != "":
		d.fds[result] = kind
	case strings.HasPrefix(c.Name, "dup"), c.Name == "fcntl" && result > 2:
		d.fds[result] = "file"
	}
}

// fd is a descriptor, of a kind if there is one.
func (g *generator) fd(task, kind string) string {
	if g.chance(6) {
		return g.one("-1", "999", "1048576", "63", "64", "-100", "0x100000003", "1023", "1024")
	}
	d := g.tables[task]
	var all, some []int64
	if d != nil {
		for fd, k := range d.fds {
			all = append(all, fd)
			if k == kind {
				some = append(some, fd)
			}
		}
	}
	if len(some) > 0 && g.chance(85) {
		all = some
	}
	if len(all) == 0 || g.chance(4) {
		return fmt.Sprint(g.IntN(16))
	}
	slices.Sort(all)
	// The newer ones are more of interest than 0, 1 and 2.
	if kind == "" && len(all) > 3 && g.chance(80) {
		all = all[3:]
	}
	return fmt.Sprint(all[g.IntN(len(all))])
}

// rare are calls after which there is less to be done.
var rare = map[string]bool{
	"exit": true, "exit_group": true, "execve": true, "execveat": true, "rt_sigreturn": true, "pause": true,
	"kill": true, "tkill": true, "tgkill": true, "rt_sigsuspend": true, "close_range": true, "nanosleep": true,
	"clock_nanosleep": true, "munmap": true, "mprotect": true, "setuid": true, "setgid": true, "setreuid": true,
	"setresuid": true, "setregid": true, "setresgid": true, "setfsuid": true, "setfsgid": true, "vfork": true,
	"fork": true, "clone": true, "clone3": true, "rt_sigtimedwait": true, "mmap": true, "brk": true, "alarm": true,
	"setitimer": true, "reboot": true, "arch_prctl": true, "prlimit64": true, "set_tid_address": true, "clock_settime": true,
	"uname": true, "sysinfo": true, "getpid": true, "getuid": true, "geteuid": true, "getgid": true, "getegid": true,
	"mount": true, "sync": true, "chroot": true,
}

// often are calls that others need.
var often = []string{"socket", "socketpair", "pipe2", "open", "openat", "open", "epoll_create1", "eventfd2", "timerfd_create",
	"epoll_ctl", "bind", "listen", "connect", "accept4", "write", "read", "close", "dup2", "mkdir", "sendmsg", "recvmsg",
	"inotify_add_watch", "inotify_init1", "futex", "poll", "epoll_wait", "ppoll", "signalfd4"}

// noTask are calls that only a wrapped call can make, which is refused: the
// agent would not know the child.
var noTask = []string{"fork", "vfork", "clone", "clone3"}

// noNumber are the numbers of these, and of sigreturn, on x86-64 and on i386.
var noNumber = []int{56, 57, 58, 435, 15, 2, 120, 190, 119, 173}

// call makes a line with one call of a task.
func (g *generator) call(task string) string {
	var c *syscalls.Call
	for {
		if g.chance(25) {
			c = syscalls.CallNamed(often[g.IntN(len(often))])
		} else {
			c = &syscalls.Calls[g.IntN(len(syscalls.Calls))]
		}
		if !rare[c.Name] || g.chance(8) {
			break
		}
	}
	wrapped := g.chance(45)
	if slices.Contains(noTask, c.Name) {
		wrapped = true
	}
	text := c.Name + "(" + strings.Join(g.args(task, c), ", ") + ")"
	switch {
	case c.Name == "indirect":
	case g.chance(1) && !wrapped:
		nr := g.IntN(600)
		if slices.Contains(noNumber, nr) {
			return g.call(task)
		}
		text = fmt.Sprintf("call(%d, %s, %s)", nr, g.address(), g.address())
	case wrapped:
		text = g.contexts(task) + " " + text
	}
	if g.chance(6) && c.Nr[syscalls.I386] >= 0 && !slices.Contains(noTask, c.Name) && !strings.HasPrefix(text, "call(") {
		text = "i386 " + text
	}
	return task + ": " + text
}

// contexts is what wraps a call.
func (g *generator) contexts(task string) string {
	n := []int{1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 0, 16, 17}[g.IntN(14)]
	var items []string
	for range n {
		items = append(items, g.context(task))
	}
	if g.chance(4) {
		items = append(items, "nctxs="+g.one("0", "1", "2", "16", "17", "0x100000001", "-1", "0x7fffffff"))
	}
	if g.chance(5) {
		items = append(items, "ctxs="+g.one("BADPTR", "NULL", fmt.Sprintf("@end-%d", g.IntN(8*n+9)), g.address()))
	}
	if g.chance(5) {
		items = append(items, "params="+g.one("BADPTR", "NULL", fmt.Sprintf("@end-%d", g.IntN(56)), g.address()))
	}
	return "indirect(" + strings.Join(items, ", ") + ")"
}

func (g *generator) context(task string) string {
	place := ""
	if g.chance(4) {
		place = g.one("@end", fmt.Sprintf("@end-%d", g.IntN(28)))
	}
	switch {
	case g.chance(3):
		return g.one("BADPTR", "NULL", g.address())
	case g.chance(3):
		return fmt.Sprintf("raw{kind=%d, %d, %d, %s, %d, %d}", g.IntN(18), g.IntN(4), g.IntN(4), g.number(), g.IntN(2), g.IntN(2)) + place
	case g.chance(25):
		// What lets nothing sleep for long.
		return fmt.Sprintf("TIMEOUT{0x%d00, 0, %d}", g.IntN(2), g.IntN(3)*1000000) + place
	}
	l := &syscalls.ContextLayouts[g.IntN(len(syscalls.ContextLayouts))]
	var fields []string
	for i := range l.Fields {
		f := &l.Fields[i]
		if f.Zero {
			if g.chance(2) {
				fields = append(fields, f.Name+"=1")
			}
			continue
		}
		fields = append(fields, f.Name+"="+g.field(task, l, f))
	}
	return l.Name + "{" + strings.Join(fields, ", ") + "}" + place
}

func (g *generator) field(task string, l *syscalls.ContextLayout, f *syscalls.Field) string {
	if g.chance(3) {
		if f.Size == 4 {
			return g.one("-1", "0x80000000", "0x7fffffff", "1", "0", "77")
		}
		return g.number()
	}
	switch l.Kind {
	case syscalls.CtxOpenFlags:
		return g.one("O_CLOEXEC", "O_NONBLOCK", "O_CLOEXEC|O_NONBLOCK", "0", "O_NONBLOCK")
	case syscalls.CtxSigmask:
		return g.sigset()
	case syscalls.CtxDirfd:
		return g.one(g.fd(task, "dir"), "AT_FDCWD", g.fd(task, "dir"))
	case syscalls.CtxLookup:
		if f.Name == "at_flags" {
			return g.one("0", "AT_SYMLINK_NOFOLLOW", "AT_EMPTY_PATH", "AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH")
		}
		return g.flags(&syscalls.SetResolve, 1)
	case syscalls.CtxFilepos:
		return g.one("0", "1", "-1", "4095", "4096", "100000", "0x7fffffffffffffff", "-5")
	case syscalls.CtxRWFlags:
		return g.flags(&syscalls.SetRWFlags, 1)
	case syscalls.CtxTimeout:
		switch f.Name {
		case "flags":
			return g.one("0", "1", "0x100", "0x101", "0x700", "0x701", "0x200", "2", "0x900")
		case "sec":
			return g.one("0", "0", "1", "1183153800", "-1", "0x7fffffffffffffff")
		}
		return g.one("0", "1", "5000000", "999999999", "1000000000", "-1")
	case syscalls.CtxUmask:
		return g.one("0", "022", "077", "0777", "07777")
	case syscalls.CtxCreds:
		return g.one("0", "1", "1000", "65534", "-1")
	}
	return g.one(fmt.Sprint(3+g.IntN(30)), g.fd(task, ""), "62", "63", "64", "200", "-1", "1023", "1024")
}
