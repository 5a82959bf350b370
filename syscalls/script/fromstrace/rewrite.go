package fromstrace

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sysindvm/syscalls"
	"sysindvm/syscalls/script"
)

// rewrite is a call on its way into the script.
type rewrite struct {
	c      *converter
	p      *proc
	e      *event
	t      *syscalls.Call
	values []uint64

	call    string
	result  string
	bind    string // name := call
	uses    []string
	binds   []string // by ?name
	comment string
	spawn   *proc
	thread  bool
	pair    [2]string // the names of two descriptors
	done    []func()  // what is true when the call is made
}

// give gives up on a call, with the reason.
type give string

func giveUp(format string, args ...any) { panic(give(fmt.Sprintf(format, args...))) }

// rewrite writes a call as a script does; why says why that cannot be done.
func (c *converter) rewrite(p *proc, e *event) (w *rewrite, why string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case give:
			why = string(r)
		default:
			panic(r)
		}
	}()
	if e.name == "execve" && c.title == "" && len(e.args) > 1 {
		c.title = strings.Join(strings.Fields(e.args[1]), " ")
	}
	switch {
	case p.task == "":
		giveUp("%s", p.why)
	case p.why != "":
		giveUp("%s", p.why)
	case spawning[e.name] && e.indirect == "":
		return c.rewriteSpawn(p, e), ""
	case notReplayed[e.name] != "":
		giveUp("%s", notReplayed[e.name])
	case strings.HasPrefix(e.result, "? "), strings.HasPrefix(e.result, "-1 EINTR"), e.result == "?" && e.name != "exit" && e.name != "exit_group":
		giveUp("a signal has ended it")
	}
	t := syscalls.CallNamed(e.name)
	if t == nil {
		giveUp("the table of calls does not have it")
	}
	if len(e.args) > len(t.Args) {
		giveUp("the table of calls has fewer arguments")
	}
	w = &rewrite{c: c, p: p, e: e, t: t, values: c.values(t, e.args)}
	w.revents()
	args := make([]string, len(e.args))
	for i, a := range e.args {
		args[i] = w.arg(i, a)
	}
	w.paths()
	w.memory(args)
	if e.i386 {
		w.call = "i386 "
	}
	w.call += w.contexts() + e.name + "(" + strings.Join(args, ", ") + ")"
	w.resultOf()
	return w, ""
}

func (c *converter) rewriteSpawn(p *proc, e *event) *rewrite {
	pid, err := strconv.Atoi(e.result)
	text := e.text
	switch {
	case err != nil || pid <= 0:
		giveUp("no task came of it")
	case c.tasks == maxTasks:
		giveUp("a script has at most %d tasks", maxTasks)
	case strings.Contains(text, "CLONE_FILES") != strings.Contains(text, "CLONE_THREAD"):
		giveUp("the child shares descriptors and is no thread")
	}
	w := &rewrite{c: c, p: p, e: e, thread: strings.Contains(text, "CLONE_THREAD")}
	child := c.proc(pid)
	child.parent, child.why, child.task = p, "", ""
	if w.thread {
		child.files, child.cwd, child.mem = p.files, p.cwd, p.mem
	} else {
		child.files = &files{map[int]*fd{}}
		for n, f := range p.files.fds {
			copied := *f
			child.files.fds[n] = &copied
		}
		dir := *p.cwd
		child.cwd = &dir
		for a, name := range p.mem {
			child.mem[a] = name
		}
	}
	w.spawn = child
	return w
}

func (w *rewrite) failed() bool { return strings.HasPrefix(w.e.result, "-1") }

func (w *rewrite) errno() string {
	f := strings.Fields(w.e.result)
	if len(f) > 1 && w.failed() {
		return f[1]
	}
	return ""
}

func (w *rewrite) use(name string) string {
	if name != "" && !strings.ContainsAny(name[:1], "-0123456789") && !slices.Contains(w.uses, name) {
		w.uses = append(w.uses, name)
	}
	return name
}

func (w *rewrite) after(f func()) { w.done = append(w.done, f) }

// commit does what a call that is made has done.
func (c *converter) commit(p *proc, e *event, w *rewrite) {
	for _, f := range w.done {
		f()
	}
}

// line is the whole line.
func (w *rewrite) line() string {
	text := w.call
	switch {
	case w.bind != "":
		text = w.bind + " := " + text
	default:
		text += " = " + w.result
	}
	if w.comment != "" {
		text += "   # " + w.comment
	}
	return text
}

// check parses the line as it would be in the script; why says what is wrong
// with it.
func (w *rewrite) check(sleeps bool) (why string) {
	if w.spawn != nil {
		return ""
	}
	var b strings.Builder
	for _, name := range w.uses {
		if name[0] >= 'A' && name[0] <= 'Z' {
			if name != "A" {
				fmt.Fprintf(&b, "task %s = fork\n", name)
			}
		} else {
			fmt.Fprintf(&b, "%s := getpid()\n", name)
		}
	}
	if sleeps {
		result := w.result
		if w.bind != "" {
			result = "?" + w.bind
		}
		fmt.Fprintf(&b, "%s <unfinished ...>\n<... %s resumed> = %s\n", w.call, w.e.name, result)
	} else {
		b.WriteString(w.line() + "\n")
	}
	if _, err := script.Parse("line", []byte(b.String())); err != nil {
		if se, ok := err.(*script.Error); ok {
			return firstLine(se.Msg)
		}
		return firstLine(err.Error())
	}
	return ""
}

var (
	commentForm = regexp.MustCompile(` */\*.*?\*/`)
	fdField     = regexp.MustCompile(`\b(fd2?)=(\d+)`)
	pollFD      = regexp.MustCompile(`\bfd=(-?\d+)`)
	portField   = regexp.MustCompile(`sin_port=htons\((\d+)\)`)
	epollData   = regexp.MustCompile(`data=\{u32=\d+, u64=(0x[0-9a-f]+|\d+)\}|data=0x([0-9a-f]+)`)
	bufferForm  = regexp.MustCompile(`^"(?:[^"\\]|\\.)*"(\.\.\.)?$`)
	iovBase     = regexp.MustCompile(`iov_base=("(?:[^"\\]|\\.)*"(?:\.\.\.)?)`)
	flagsResult = regexp.MustCompile(`^\S+ \(flags ([^)]*)\)$`)
	addressForm = regexp.MustCompile(`^0x[0-9a-f]{4,}$`)
)

func numbersIn(s string) (list []int) {
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(f); err == nil {
			list = append(list, n)
		}
	}
	return list
}

// values are the arguments that are numbers or constants, as far as they are.
func (c *converter) values(t *syscalls.Call, args []string) []uint64 {
	v := make([]uint64, len(t.Args))
	for i := range t.Args {
		if i >= len(args) {
			break
		}
		typ := t.Args[i].Type
		for _, word := range strings.Split(commentForm.ReplaceAllString(args[i], ""), "|") {
			if n, err := strconv.ParseInt(word, 0, 64); err == nil {
				v[i] |= uint64(n)
			} else if n, err := strconv.ParseUint(word, 0, 64); err == nil {
				v[i] |= n
			} else if typ.Set != nil {
				n, _ := typ.Set.Find(word)
				v[i] |= n
			}
		}
	}
	return v
}

// contexts are those of a call through sys_indirect.
func (w *rewrite) contexts() string {
	return fdField.ReplaceAllStringFunc(w.e.indirect, func(s string) string {
		name, n, _ := strings.Cut(s, "=")
		return name + "=" + w.fd(n)
	})
}

// fd is a descriptor as the script writes it.
func (w *rewrite) fd(text string) string {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return text
	}
	f := w.p.files.fds[n]
	switch {
	case f == nil && w.errno() == "EBADF":
		giveUp("descriptor %d is not open, and may be another's in a script", n)
	case f == nil:
		giveUp("descriptor %d was open before the trace began", n)
	case f.obj.lost != "" && (f.text == "" || w.e.name != "close" && !strings.HasPrefix(w.e.name, "dup")):
		giveUp("%s", f.obj.lost)
	}
	return w.use(f.text)
}

// object is what the descriptor in argument i is of; nil if it is none.
func (w *rewrite) object(i int) *object {
	if i >= len(w.e.args) {
		return nil
	}
	n, err := strconv.Atoi(w.e.args[i])
	if f := w.p.files.fds[n]; err == nil && f != nil {
		return f.obj
	}
	return nil
}

// pid is a process's number as the script writes it.
func (w *rewrite) pid(text string) string {
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return text
	}
	if p := w.c.procs[n]; p != nil && p.task != "" {
		return w.use(p.task)
	}
	giveUp("process %d is not in the script", n)
	return ""
}

// revents puts what poll returned in words behind its result into its
// argument.
func (w *rewrite) revents() {
	e := w.e
	n, words, ok := strings.Cut(e.result, " (")
	if e.name != "poll" && e.name != "ppoll" || !ok || len(e.args) == 0 {
		return
	}
	list := splitArgs(strings.Trim(e.args[0], "[]"))
	for _, got := range splitArgs(strings.Trim(words, "[])")) {
		m := pollFD.FindStringSubmatch(got)
		_, rev, found := strings.Cut(got, "revents=")
		if m == nil || !found {
			continue
		}
		for i, a := range list {
			if strings.HasPrefix(a, "{fd="+m[1]+",") && !strings.Contains(a, "revents=") {
				list[i] = strings.TrimSuffix(a, "}") + ", revents=" + rev
				break
			}
		}
	}
	e.args[0] = "[" + strings.Join(list, ", ") + "]"
	e.result = n
}

// arg writes argument i.
func (w *rewrite) arg(i int, a string) string {
	t := w.t.ArgType(i, w.values)
	a = commentForm.ReplaceAllString(a, "")
	if _, value, ok := strings.Cut(a, "="); ok && !strings.ContainsAny(a[:1], `"[{`) {
		a = value // clone's flags=
	}
	if !t.Kind.Pointer() {
		return w.number(i, t, a)
	}
	bad := w.errno() == "EFAULT"
	switch {
	case a == "NULL":
		return a
	case addressForm.MatchString(a) && bad:
		return "BADPTR"
	case strings.HasPrefix(a, "0x") && !t.Kind.Out():
		giveUp("%s is an address, and strace does not say what is there", a)
	}
	switch t.Kind {
	case syscalls.Path, syscalls.BufIn:
		if strings.HasSuffix(a, `"...`) {
			giveUp(cut)
		}
		return a
	case syscalls.BufOut:
		return w.buffer(i, a)
	case syscalls.FDPair:
		return w.newPair(a)
	case syscalls.Status, syscalls.Len:
		if strings.HasPrefix(a, "0x") {
			return "..."
		}
		return strings.Replace(a, "->", "=>", 1)
	case syscalls.SockIn:
		return w.sockaddr(a, false)
	case syscalls.SockOut:
		if w.failed() || !strings.HasPrefix(a, "{sa_family=AF_INET,") && !strings.HasPrefix(a, "{sa_family=AF_UNIX") {
			return "..."
		}
		return w.sockaddr(a, true)
	case syscalls.StructIn:
		return epollData.ReplaceAllString(a, "data=$1$2")
	case syscalls.StructOut:
		return w.structure(t, a)
	case syscalls.NumOut:
		return "..."
	case syscalls.StructIO, syscalls.NumIO:
		if strings.HasPrefix(a, "0x") {
			return "..."
		}
		before, _, _ := strings.Cut(a, " => ")
		return before + " => ..."
	case syscalls.FDSet:
		return w.fdset(a)
	case syscalls.MsgIn, syscalls.MsgOut:
		return w.message(t, a)
	case syscalls.Array:
		if strings.HasPrefix(a, "0x") {
			return "..."
		}
		a = epollData.ReplaceAllString(a, "data=$1$2")
		return pollFD.ReplaceAllStringFunc(a, func(s string) string { return "fd=" + w.fd(strings.TrimPrefix(s, "fd=")) })
	case syscalls.IovecIn:
		if strings.Contains(a, `"...`) {
			giveUp(cut)
		}
		return a
	case syscalls.IovecOut:
		return iovBase.ReplaceAllStringFunc(a, func(s string) string {
			if strings.Count(a, "iov_base") > 1 || w.failed() {
				return "iov_base=[out ...]"
			}
			return "iov_base=[out " + strings.TrimPrefix(s, "iov_base=") + "]"
		})
	}
	return a
}

// number writes an argument that is no pointer.
func (w *rewrite) number(i int, t *syscalls.Type, a string) string {
	name := w.t.Args[i].Name
	switch {
	case t.Kind == syscalls.FD && name == "newfd" && (w.e.name == "dup2" || w.e.name == "dup3"):
		return w.target(a)
	case t.Kind == syscalls.FD && !(w.e.name == "fcntl" && i == 2):
		return w.fd(a)
	case name == "pid" || name == "tid" || name == "tgid":
		return w.pid(a)
	case name == "sig" && a != "0":
		giveUp(inSignals)
	case name == "addr" && addressForm.MatchString(a):
		v, _ := strconv.ParseUint(a, 0, 64)
		if mem := w.p.mem[v]; mem != "" {
			return w.use(mem)
		}
		giveUp(inMemory)
	case t.Kind == syscalls.Hex && addressForm.MatchString(a):
		giveUp("%s is an address in the program's memory", a)
	}
	return a
}

// target is the number that dup2 gives a descriptor.
func (w *rewrite) target(a string) string {
	n, err := strconv.Atoi(a)
	if err != nil || n < 0 {
		return a
	}
	if f := w.p.files.fds[n]; f != nil && f.text != "" {
		return w.use(f.text)
	} else if f != nil || n > 2 {
		giveUp("descriptor %d may be another's in a script", n)
	}
	return a
}

// most is how long a buffer of the script is at most: a call has bounds, and
// what programs give room for is often beyond them.
const most = 16 << 10

// buffer writes bytes that the kernel has written.
func (w *rewrite) buffer(i int, a string) string {
	if n := int(w.t.Args[i].Len); n < len(w.e.args) && !w.t.Args[n].Type.Kind.Pointer() {
		count, _ := strconv.Atoi(w.e.args[n])
		if got, err := strconv.Atoi(w.e.result); count > most && err == nil && got < most {
			w.comment = "with room for " + w.e.args[n]
			w.e.args[n] = strconv.Itoa(most)
		}
	}
	// Of getxattr that only asks for the length, strace shows what was there.
	asks := strings.HasSuffix(w.e.name, "xattr") && w.e.args[w.t.Args[i].Len] == "0"
	varies := w.e.name == "getcwd" || strings.HasPrefix(w.e.name, "getdents") || asks
	switch {
	case !w.failed() && !varies && bufferForm.MatchString(a):
		return "[out " + a + "]"
	case !w.failed() && !varies && strings.HasPrefix(a, "[") && !strings.Contains(a, "..."):
		return "[out " + strings.TrimPrefix(a, "[")
	}
	return "[out ...]"
}

// fdset writes the descriptors that select waits for. What it has left of them
// strace says in other words.
func (w *rewrite) fdset(a string) string {
	var names []string
	for _, n := range numbersIn(a) {
		names = append(names, w.fd(strconv.Itoa(n)))
	}
	return "[" + strings.Join(names, " ") + "] => ..."
}

// message writes a msghdr.
func (w *rewrite) message(t *syscalls.Type, a string) string {
	switch {
	case strings.Contains(a, "SCM_RIGHTS"):
		giveUp("the message has descriptors in it")
	case t.Kind == syscalls.MsgIn && strings.Contains(a, `"...`):
		giveUp(cut)
	case t.Kind == syscalls.MsgIn:
		return w.sockaddr(a, false)
	case w.failed():
		return "..."
	}
	a = iovBase.ReplaceAllStringFunc(a, func(s string) string {
		return "iov_base=[out " + strings.TrimPrefix(s, "iov_base=") + "]"
	})
	return w.sockaddr(a, true)
}

// newPair writes two descriptors that a call has made.
func (w *rewrite) newPair(a string) string {
	n := numbersIn(a)
	if w.failed() || len(n) != 2 || strings.HasPrefix(a, "0x") {
		return "..."
	}
	prefix := [2]string{"r", "w"}
	if w.e.name == "socketpair" {
		prefix = [2]string{"a", "b"}
	}
	one, two := w.c.fresh(prefix[0]), w.c.fresh(prefix[1])
	w.after(func() {
		obj := &object{pipe: prefix[0] == "r"}
		other := obj
		if !obj.pipe {
			other = &object{isSocket: true}
		}
		w.p.files.fds[n[0]] = &fd{one, w.cloexec(), obj}
		w.p.files.fds[n[1]] = &fd{two, w.cloexec(), other}
	})
	return fmt.Sprintf("[out ?%s, ?%s]", one, two)
}

// cloexec says whether the descriptors that the call makes are closed by
// execve.
func (w *rewrite) cloexec() bool {
	return strings.Contains(w.e.indirect+w.e.text, "_CLOEXEC")
}

// sockaddr writes a socket's address; out says that the kernel has written it.
// Ports that the kernel has chosen get names.
func (w *rewrite) sockaddr(a string, out bool) string {
	a = portField.ReplaceAllStringFunc(a, func(s string) string {
		port, _ := strconv.Atoi(portField.FindStringSubmatch(s)[1])
		name := w.c.ports[port]
		switch {
		case name != "":
			return "sin_port=htons(" + w.use(name) + ")"
		case port >= ephemeral && out:
			name = w.c.fresh("port")
			w.after(func() { w.c.ports[port] = name })
			return "sin_port=htons(?" + name + ")"
		}
		return s
	})
	return a
}

// ephemeral is the first of the ports that Linux chooses by itself
// (ip_local_port_range).
const ephemeral = 32768

// structure writes what the kernel has written into a structure: only of a
// file's status is something the same in every run.
func (w *rewrite) structure(t *syscalls.Type, a string) string {
	if w.failed() || t.Struct != &syscalls.StructStat || !strings.HasPrefix(a, "{") {
		return "..."
	}
	if name, ok := w.path(0); ok && slices.Contains(given, name) {
		return "..."
	}
	var mode, size string
	for _, f := range splitArgs(a[1 : len(a)-1]) {
		switch {
		case strings.HasPrefix(f, "st_mode="):
			mode = f
		case strings.HasPrefix(f, "st_size="):
			size = f
		}
	}
	if !strings.HasPrefix(mode, "st_mode=S_IF") {
		return "..."
	}
	if strings.HasPrefix(mode, "st_mode=S_IFREG") && size != "" {
		return "{" + mode + ", " + size + ", ...}"
	}
	return "{" + mode + ", ...}"
}

// resultOf writes the result.
func (w *rewrite) resultOf() {
	e := w.e
	typ := w.t.ResultType(w.values)
	word := strings.Fields(e.result)[0]
	if e.name == "wait4" && (w.failed() || word == "0") {
		w.allEnded()
	}
	switch {
	case w.failed():
		w.result = "-1 " + w.errno()
	case e.result == "?":
		w.result = "?"
		w.after(func() { w.p.ended = true })
	case typ.Kind == syscalls.FD:
		w.newFD(word)
	case flagsResult.MatchString(e.result):
		w.result = flagsResult.FindStringSubmatch(e.result)[1]
	case e.name == "mmap":
		v, _ := strconv.ParseUint(word, 0, 64)
		w.bind = w.c.fresh("addr")
		w.after(func() { w.p.mem[v] = w.bind })
	case slices.Contains([]string{"getpid", "gettid", "getppid", "wait4", "setsid"}, e.name):
		w.resultPid(word)
	case slices.Contains([]string{"getpgrp", "getpgid", "getsid", "time", "getcwd", "sched_yield", "sched_getaffinity", "times"}, e.name):
		w.result = "..."
	case strings.HasPrefix(e.name, "getdents") && word != "0":
		w.result = "..."
	case slices.Contains([]string{"getuid", "getgid", "geteuid", "getegid"}, e.name) && word != "0":
		w.result = "..."
	case addressForm.MatchString(word):
		w.result = "..."
	default:
		w.result = word
	}
	w.effects()
}

// resultPid writes a result that is a process.
func (w *rewrite) resultPid(word string) {
	n, _ := strconv.Atoi(word)
	p := w.c.procs[n]
	switch {
	case w.e.name == "wait4" && n != 0 && (p == nil || p.task == "" || !p.ended && !w.ends(p)):
		giveUp("process %d does not end in the script", n)
	case w.e.name == "wait4" && n == 0:
		w.result = "0"
	case p != nil && p.task != "":
		w.result = w.use(p.task)
	default:
		w.result = "..."
	}
}

// allEnded gives up on a wait that finds no child, if a child that has ended in
// the trace has not in the script.
func (w *rewrite) allEnded() {
	for _, p := range w.c.procs {
		if end, ok := w.c.ends[p.pid]; ok && p.parent == w.p && p.task != "" && !p.ended && end < w.c.now {
			giveUp("process %d does not end in the script", p.pid)
		}
	}
}

// ends says whether p will still end, by a call of its own. A wait that begins
// before that sleeps.
func (w *rewrite) ends(p *proc) bool {
	return w.e.ended > w.c.now && p.why == "" && !w.c.killed[p.pid]
}

// prefixes are the names of descriptors by the calls that they come of.
var prefixes = map[string]string{
	"socket": "s", "accept": "c", "accept4": "c", "dup": "d", "dup2": "d", "dup3": "d", "fcntl": "d", "epoll_create": "ep",
	"epoll_create1": "ep", "eventfd": "e", "eventfd2": "e", "timerfd_create": "t", "memfd_create": "m",
}

// newFD writes a descriptor that a call has made.
func (w *rewrite) newFD(word string) {
	n, err := strconv.Atoi(word)
	if err != nil {
		giveUp("its result is no descriptor")
	}
	obj := &object{}
	switch w.e.name {
	case "dup", "dup2", "dup3", "fcntl":
		if o := w.object(0); o != nil {
			obj = o
		}
	case "open", "openat", "openat2", "creat":
		obj.path, _ = w.path(0)
	case "signalfd", "signalfd4":
		obj.lost = inSignals
	}
	obj.isSocket = obj.isSocket || strings.HasPrefix(w.e.name, "accept") || w.e.name == "socket"
	cloexec := w.cloexec()
	if strings.HasPrefix(w.e.name, "dup") && len(w.e.args) > 1 {
		text := w.target(w.e.args[1])
		w.result = text
		w.after(func() { w.p.files.fds[n] = &fd{text, cloexec, obj} })
		return
	}
	prefix := prefixes[w.e.name]
	if prefix == "" {
		prefix = "f"
	}
	w.bind = w.c.fresh(prefix)
	w.after(func() { w.p.files.fds[n] = &fd{w.bind, cloexec, obj} })
}

// effects takes note of what the call does beside its result.
func (w *rewrite) effects() {
	e, c := w.e, w.c
	if w.failed() {
		return
	}
	n := -1
	if len(e.args) > 0 {
		if v, err := strconv.Atoi(e.args[0]); err == nil {
			n = v
		}
	}
	f := w.p.files.fds[n]
	switch {
	case e.name == "close":
		w.after(func() { delete(w.p.files.fds, n) })
	case f == nil:
	case e.name == "fcntl" && len(e.args) > 2 && e.args[1] == "F_SETFD":
		w.after(func() { f.cloexec = strings.Contains(e.args[2], "FD_CLOEXEC") })
	case (e.name == "getsockname" || e.name == "bind") && len(e.args) > 1:
		w.after(func() { f.obj.address = endpoint(e.args[1]) })
	case e.name == "connect" && len(e.args) > 1:
		w.after(func() { c.listening[endpoint(e.args[1])]++ })
	case e.name == "accept" || e.name == "accept4":
		w.after(func() { c.listening[f.obj.address]-- })
	}
}

// endpoint is what of a socket address tells one listening socket from
// another.
func endpoint(addr string) string {
	if m := portField.FindStringSubmatch(addr); m != nil {
		return m[1]
	}
	_, path, _ := strings.Cut(addr, "sun_path=")
	return path
}

// memory gives up on mappings whose place or file the program has chosen.
func (w *rewrite) memory(args []string) {
	if w.e.name == "mmap" && (len(args) < 6 || args[0] != "NULL" || !strings.Contains(args[3], "MAP_ANONYMOUS")) {
		giveUp(inMemory)
	}
	if w.e.name == "munmap" {
		v, _ := strconv.ParseUint(w.e.args[0], 0, 64)
		w.after(func() { delete(w.p.mem, v) })
	}
}
