package fromstrace

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"sysindvm/syscalls"
	"sysindvm/syscalls/script"
	"sysindvm/syscalls/wire"
)

// Summary says what became of a trace.
type Summary struct {
	Calls    int // that the script makes
	Comments int // calls that are kept as comments
	Cut      int // of these, calls with a string that strace has cut
}

// maxTrace bounds a trace.
const maxTrace = 64 << 20

// Convert makes a script of a trace; file is its name, for errors, which are
// *Error.
func Convert(file string, trace []byte) (text []byte, sum Summary, err error) {
	r := &reader{file: file}
	if len(trace) > maxTrace {
		return nil, sum, r.fail(0, "the trace is longer than 64 MiB")
	}
	if err := r.read(trace); err != nil {
		return nil, sum, err
	}
	c := &converter{
		procs: map[int]*proc{}, names: map[string]int{}, ports: map[int]string{},
		known: map[string]bool{}, listening: map[string]int{},
	}
	for _, p := range given {
		c.known[p] = true
	}
	c.run(r)
	text, err = c.script(file)
	return text, c.sum, err
}

// converter is the state of what the script has done so far.
type converter struct {
	now       int // the tick
	lines     []line
	procs     map[int]*proc
	tasks     int
	threads   bool
	names     map[string]int // how many names begin so
	ports     map[int]string // of ephemeral ports
	known     map[string]bool
	listening map[string]int // connections that wait to be accepted, by address
	connects  []*event       // under way
	ends      map[int]int    // the ticks at which processes end
	killed    map[int]bool   // they do by a signal
	sum       Summary
	title     string
}

// line is a line of the script.
type line struct {
	text string
	call bool
}

// proc is a process or thread of the trace.
type proc struct {
	pid    int
	task   string // its name in the script, empty if it is not there
	why    string // it is not there
	files  *files
	cwd    *string // a path, start for where it was started
	parent *proc
	mem    map[uint64]string // mappings that the script has made
	ended  bool              // in the script, too
}

// files is a table of descriptors.
type files struct{ fds map[int]*fd }

// fd is a descriptor.
type fd struct {
	text    string // as the script writes it
	cloexec bool
	obj     *object
}

// object is what descriptors share: an open file, a pipe, a socket.
type object struct {
	lost     string // why calls on it are not made
	path     string
	pipe     bool
	bytes    int // in the pipe
	writes   int // under way
	address  string
	isSocket bool
}

// start stands for the directory in which the program was started, and the
// script is.
const start = "/~"

// given are the files that every machine has, whatever their modes are.
var given = []string{"/", "/dev", "/dev/null", "/proc", "/tmp", start}

// spawning are the calls that make tasks.
var spawning = map[string]bool{"fork": true, "vfork": true, "clone": true, "clone3": true}

// sleepers are calls that take effect when they return.
var sleepers = map[string]bool{
	"read": true, "readv": true, "preadv": true, "preadv2": true, "recvfrom": true, "recvmsg": true, "accept": true, "accept4": true,
	"wait4": true, "waitid": true, "poll": true, "ppoll": true, "select": true, "pselect6": true, "epoll_wait": true, "epoll_pwait": true,
	"nanosleep": true, "clock_nanosleep": true, "futex": true, "pause": true, "rt_sigsuspend": true, "rt_sigtimedwait": true, "flock": true,
}

// notReplayed are calls that cannot be made again, with the reason.
var notReplayed = map[string]string{
	"execve": "a task of a script cannot become another program", "execveat": "a task of a script cannot become another program",
	"brk": inMemory, "arch_prctl": inMemory, "set_tid_address": inMemory, "set_robust_list": inMemory, "get_robust_list": inMemory,
	"rseq": inMemory, "set_thread_area": inMemory, "get_thread_area": inMemory, "sigaltstack": inMemory, "futex": inMemory,
	"mremap": inMemory, "madvise": inMemory, "mlock": inMemory, "munlock": inMemory,
	"rt_sigaction": inSignals, "rt_sigprocmask": inSignals, "rt_sigreturn": inSignals, "sigreturn": inSignals, "rt_sigsuspend": inSignals, "rt_sigpending": inSignals,
	"restart_syscall": inSignals, "pause": inSignals, "alarm": inSignals, "setitimer": inSignals, "tgkill": inSignals, "tkill": inSignals,
	"prlimit64": "limits differ from machine to machine", "getrlimit": "limits differ from machine to machine",
	"semget": inMachine, "semop": inMachine, "semtimedop": inMachine, "semctl": inMachine,
	"getrandom": "it gives a program random bytes, which nothing can be compared with", "reboot": "it would end the machine",
}

const (
	inMemory  = "it is about the program's own memory"
	inMachine = "sets of semaphores are the whole machine's"
	inSignals = "signals and their handlers are the program's own"
)

// calls that change what a later call on the same file gives.
var moving = map[string]bool{
	"read": true, "readv": true, "preadv2": true, "write": true, "writev": true, "pwritev": true, "pwritev2": true, "pwrite64": true,
	"lseek": true, "ftruncate": true, "getdents64": true, "getdents": true, "sendto": true, "sendmsg": true, "recvfrom": true,
	"recvmsg": true, "connect": true, "bind": true, "listen": true, "sendfile": true, "splice": true, "copy_file_range": true,
	"fallocate": true, "shutdown": true, "epoll_ctl": true, "timerfd_settime": true,
	"fsetxattr": true, "fremovexattr": true,
}

// run goes through the trace.
func (c *converter) run(r *reader) {
	c.ends, c.killed = map[int]int{}, map[int]bool{}
	ends := c.ends
	for _, e := range r.events {
		c.killed[e.pid] = c.killed[e.pid] || e.killed != ""
		if e.exited || e.name == "exit_group" || e.name == "exit" {
			if _, ok := ends[e.pid]; !ok {
				ends[e.pid] = e.started
			}
		}
	}
	sleeping := map[*event]*slept{}
	for i, t := range r.ticks {
		c.now = i
		p := c.proc(t.e.pid)
		e := t.e
		switch {
		case e.note != "":
			c.note(p, e)
		case t.begin && e.ended == 0:
			c.never(p, e)
		case t.begin && sleepers[e.name]:
			if e.ended > e.started+1 && c.mustSleep(p, e) {
				if s := c.begin(p, e); s != nil {
					sleeping[e] = s
				}
			}
		case t.begin:
			c.call(p, e)
		case sleepers[e.name]:
			if s := sleeping[e]; s != nil {
				c.resume(p, e, s)
			} else {
				c.call(p, e)
			}
		}
		c.inFlight(p, t)
	}
}

// proc is the process of that number. The first is task A.
func (c *converter) proc(pid int) *proc {
	p := c.procs[pid]
	if p == nil {
		dir := start
		p = &proc{pid: pid, files: &files{map[int]*fd{}}, cwd: &dir, mem: map[uint64]string{}}
		if len(c.procs) == 0 {
			p.task, c.tasks = "A", 1
		} else {
			p.why = "the trace does not say where this process comes from"
		}
		c.procs[pid] = p
	}
	return p
}

func (c *converter) note(p *proc, e *event) {
	text := e.note
	if p.task != "" && p.task != "A" {
		text = p.task + ": " + text
	}
	c.comment(text, "")
	if e.killed != "" && p.task != "" && !p.ended {
		p.why = "its task was ended by a signal here"
	}
}

func (c *converter) comment(text, why string) {
	const most = 400
	if len(text) > most {
		text = text[:most] + "..."
	}
	text = "# " + text
	if why != "" {
		text += "   -- " + why
	}
	c.lines = append(c.lines, line{text: text})
}

// drop keeps a call as a comment.
func (c *converter) drop(p *proc, e *event, why string) {
	text := e.indirect + strings.TrimPrefix(e.text, e.indirect)
	if p.task != "" && p.task != "A" {
		text = p.task + ": " + text
	}
	c.comment(strings.Join(strings.Fields(text), " "), why)
	c.sum.Comments++
	if why == cut {
		c.sum.Cut++
	}
	c.lose(p, e, why)
}

// lose takes note of what a call that is not made would have done.
func (c *converter) lose(p *proc, e *event, why string) {
	if strings.HasPrefix(e.result, "-1") {
		return
	}
	t := syscalls.CallNamed(e.name)
	if spawning[e.name] {
		if child, err := strconv.Atoi(e.result); err == nil && child > 0 {
			c.proc(child).why = why
		}
		return
	}
	lost := &object{lost: "its descriptor comes of a call that is not made"}
	if t != nil && t.ResultType(c.values(t, e.args)).Kind == syscalls.FD {
		if n, err := strconv.Atoi(e.result); err == nil {
			p.files.fds[n] = &fd{obj: lost}
		}
	}
	if t == nil {
		return
	}
	for i, a := range t.Args {
		if i >= len(e.args) {
			break
		}
		switch {
		case a.Type.Kind == syscalls.FDPair:
			for _, n := range numbersIn(e.args[i]) {
				p.files.fds[n] = &fd{obj: lost}
			}
		case a.Type.Kind == syscalls.FD && e.name == "close":
			if n, err := strconv.Atoi(e.args[i]); err == nil {
				delete(p.files.fds, n)
			}
		case a.Type.Kind == syscalls.FD && moving[e.name]:
			if n, err := strconv.Atoi(e.args[i]); err == nil && p.files.fds[n] != nil {
				o := p.files.fds[n].obj
				o.lost = "an earlier call on the same file is not made"
				delete(c.known, o.path)
			}
		case a.Name == "path" && (e.name == "setxattr" || e.name == "lsetxattr"):
			// Mostly, since strace has cut the value.
			if text, ok := unquote(e.args[i]); ok && strings.HasPrefix(text, "/") {
				delete(c.known, path.Clean(text))
			} else if ok {
				delete(c.known, path.Join(*p.cwd, text))
			}
		}
	}
	if e.name == "execve" {
		c.closeOnExec(p)
	}
}

// closeOnExec does what an execve does to descriptors.
func (c *converter) closeOnExec(p *proc) {
	var numbers []int
	for n, f := range p.files.fds {
		if f.cloexec {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		if f := p.files.fds[n]; f.text != "" && p.task != "" {
			c.emit(p, "close("+f.text+") = 0   # execve closes it")
		}
		delete(p.files.fds, n)
	}
	clear(p.mem)
}

func (c *converter) emit(p *proc, text string) {
	if p.task != "A" {
		text = p.task + ": " + text
	}
	c.lines = append(c.lines, line{text, true})
	c.sum.Calls++
}

// never handles a call that never returns.
func (c *converter) never(p *proc, e *event) {
	text := strings.TrimRight(e.text, " ,")
	if e.name == "exit" || e.name == "exit_group" {
		e.text, e.result = text+") = ?", "?"
		if e.split() == "" {
			c.call(p, e)
			return
		}
	}
	e.text = text + " <unfinished ...>"
	c.drop(p, e, "it does not return")
}

// inFlight keeps count of what is under way in pipes and connections.
func (c *converter) inFlight(p *proc, t tick) {
	e := t.e
	if e.note != "" || len(e.args) == 0 {
		return
	}
	switch e.name {
	case "write", "read":
	case "connect":
		if t.begin {
			c.connects = append(c.connects, e)
		} else {
			c.connects = slices.DeleteFunc(c.connects, func(x *event) bool { return x == e })
		}
		return
	default:
		return
	}
	n, err := strconv.Atoi(e.args[0])
	f := p.files.fds[n]
	if err != nil || f == nil || !f.obj.pipe {
		return
	}
	done, _ := strconv.Atoi(e.result)
	switch {
	case e.name == "write" && t.begin:
		f.obj.writes++
	case e.name == "write":
		f.obj.writes--
		f.obj.bytes += max(0, done)
	case t.end:
		f.obj.bytes -= max(0, done)
	}
}

// mustSleep says whether the trace shows that a call has slept.
func (c *converter) mustSleep(p *proc, e *event) bool {
	result, err := strconv.Atoi(e.result)
	if err != nil || p.task == "" || len(e.args) == 0 {
		return false
	}
	switch e.name {
	case "wait4":
		end, ok := c.ends[result]
		child := c.procs[result]
		return ok && child != nil && child.task != "" && !c.killed[result] && end > e.started && end < e.ended
	case "read":
		n, err := strconv.Atoi(e.args[0])
		f := p.files.fds[n]
		return err == nil && f != nil && f.obj.pipe && f.obj.lost == "" && result > 0 && f.obj.bytes == 0 && f.obj.writes == 0
	case "accept", "accept4":
		n, err := strconv.Atoi(e.args[0])
		f := p.files.fds[n]
		return err == nil && f != nil && f.obj.address != "" && result >= 0 && c.listening[f.obj.address] == 0 && len(c.connects) == 0
	}
	return false
}

// slept is a call that sleeps in the script.
type slept struct {
	at int // the number of its line
	w  *rewrite
}

// begin writes the first half of a call that sleeps; nil if it cannot be made.
func (c *converter) begin(p *proc, e *event) *slept {
	w, why := c.rewrite(p, e)
	if why == "" && w.bind == "" && w.result == "" {
		why = "a call that sleeps gives a result"
	}
	if why == "" {
		why = w.check(true)
	}
	if why != "" {
		return nil
	}
	c.emit(p, w.call+" <unfinished ...>")
	return &slept{len(c.lines) - 1, w}
}

func (c *converter) resume(p *proc, e *event, s *slept) {
	result := s.w.result
	if s.w.bind != "" {
		result = "?" + s.w.bind
	}
	text := fmt.Sprintf("<... %s resumed> = %s", e.name, result)
	if p.task != "A" {
		text = p.task + ": " + text
	}
	c.lines = append(c.lines, line{text, true})
	c.commit(p, e, s.w)
}

// call handles a whole call.
func (c *converter) call(p *proc, e *event) {
	w, why := c.rewrite(p, e)
	if why == "" {
		why = w.check(false)
	}
	if why != "" {
		c.drop(p, e, why)
		return
	}
	if w.spawn != nil {
		c.spawn(p, w)
		return
	}
	c.emit(p, w.line())
	c.commit(p, e, w)
}

// spawn makes a task of the script of a new process.
func (c *converter) spawn(p *proc, w *rewrite) {
	child := w.spawn
	c.tasks++
	child.task = string(rune('A' + c.tasks - 1))
	kind := "fork"
	if w.thread {
		kind, c.threads = "thread", true
	}
	c.emit(p, fmt.Sprintf("task %s = %s", child.task, kind))
}

// script puts the script together. What does not parse after all, because a
// call before it became a comment, becomes one, too.
func (c *converter) script(file string) ([]byte, error) {
	var head strings.Builder
	if c.threads {
		head.WriteString("requires: thread\n")
	}
	head.WriteString("# Made by sysindvm script from-strace")
	if c.title != "" {
		head.WriteString(" of " + c.title)
	}
	head.WriteString(".\n")
	lines := strings.Count(head.String(), "\n")
	for range len(c.lines) + 1 {
		var b strings.Builder
		b.WriteString(head.String())
		for _, l := range c.lines {
			b.WriteString(l.text + "\n")
		}
		if b.Len() > script.MaxSize {
			return nil, &Error{file, 0, "the script would be longer than 1 MiB: trace fewer calls, with strace's -e"}
		}
		text, err := script.Format(file, []byte(b.String()))
		if err == nil {
			return text, nil
		}
		var se *script.Error
		if !errors.As(err, &se) {
			return nil, err
		}
		l := &c.lines[max(0, min(se.Line-lines-1, len(c.lines)-1))]
		if !l.call {
			return nil, err
		}
		l.text, l.call = "# "+l.text+"   -- "+firstLine(se.Msg), false
		c.sum.Calls--
		c.sum.Comments++
	}
	return nil, &Error{file, 0, "no script can be made of this trace"}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// fresh is a new name that begins with prefix.
func (c *converter) fresh(prefix string) string {
	c.names[prefix]++
	if n := c.names[prefix]; n > 1 {
		return prefix + strconv.Itoa(n)
	}
	return prefix
}

const maxTasks = wire.Channels - 1

const cut = "strace has cut the string: run it with -s 65536"
