package script

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/strace"
	"sysindvm/syscalls/wire"
)

// Options say how a script is run.
type Options struct {
	// Host says that the calls are answered by the host's Linux: lines with
	// indirect are left out, or replaced by the alternative they have.
	Host bool
	// Features are what the machine has, of the package's [Features].
	Features []string
	// Again is the command with which a failed script is run again, without
	// -run and the file; "sysindvm test" if it is empty.
	Again string
	// Transcript is how many calls a failure shows; 8 if it is 0.
	Transcript int
	// Single has calls made one at a time, even where no result is needed in
	// between. A result that is Unclear can be made clear by it.
	Single bool
	// Update writes what comes back into Result.Updated, where it is not what
	// the script says, instead of failing.
	Update bool
}

// Status is how a script has ended.
type Status uint8

const (
	Pass   Status = iota
	Fail          // what came back is not what the script says
	Skip          // the machine lacks what the script needs
	Broken        // the machine itself failed
	Known         // a failure that is known; see package suite
)

func (s Status) String() string {
	return [...]string{"PASS", "FAIL", "SKIP", "ERROR", "KNOWN"}[s]
}

// Result is what came of a script.
type Result struct {
	Name     string
	Status   Status
	Reason   string // why it was skipped, or what broke
	Failure  string // what failed, in lines with no indent
	Lines    int    // lines that have run
	LeftOut  int    // lines that were left out on the host
	Duration time.Duration
	Trace    []string // all calls, as strace writes them, each with its task
	// Unclear says that the script got stuck among calls that were made in one
	// go, without Options.Single.
	Unclear bool
}

// String is the result as it is printed: "--- FAIL: name (0.01s)" and what
// belongs to it.
func (r *Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s: %s (%.2fs)\n", r.Status, r.Name, r.Duration.Seconds())
	text := r.Failure
	if r.Reason != "" {
		text = r.Reason + "\n" + text
	}
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString("    " + line)
		}
	}
	if r.Status == Pass && r.LeftOut > 0 {
		fmt.Fprintf(&b, "    %s left out: they need indirect\n", plural(r.LeftOut, "line"))
	}
	return b.String()
}

// runner runs one script.
type runner struct {
	ctx     context.Context
	opt     Options
	script  *Script
	monitor *agent.Task
	tasks   map[string]*task
	vars    map[string]uint64
	result  *Result
}

// task is a task of the script.
type task struct {
	*agent.Task
	call *inflight // the call that it is in
	gone bool      // it has made a call that does not return
}

// inflight is a call that has been sent.
type inflight struct {
	step   *Step
	call   *Call
	enc    encoded
	batch  agent.Batch
	slot   agent.Slot
	bufs   []agent.Buffer
	before string // the task's contexts before the call
	early  bool   // it has returned though it should have blocked
}

// stop ends a run from within. Either a line failed, or the machine did.
type stop struct {
	diffs []Diff // of a line that failed
	err   error  // of the machine
}

// missing says that a line needs a name that a line left out would have bound.
type missing string

// Run runs a script in a machine of its own.
func Run(ctx context.Context, s *Script, c *agent.Client, opt Options) *Result {
	start := time.Now()
	r := newRunner(ctx, c, opt)
	r.script, r.result.Name = s, s.Name
	r.run(c)
	r.result.Duration = time.Since(start)
	return r.result
}

func newRunner(ctx context.Context, c *agent.Client, opt Options) *runner {
	if opt.Again == "" {
		opt.Again = "sysindvm test"
	}
	if opt.Transcript == 0 {
		opt.Transcript = 8
	}
	return &runner{ctx: ctx, opt: opt, tasks: map[string]*task{}, vars: map[string]uint64{}, result: &Result{}}
}

// Lacks says what a machine lacks that the script needs; empty if nothing. A
// script that lacks something need not be given a machine: it is skipped.
func (s *Script) Lacks(opt Options) string {
	for _, f := range s.Requires {
		if !slices.Contains(opt.Features, f) {
			return "needs " + f + ", which this machine does not have"
		}
	}
	for _, step := range s.Steps {
		if step.I386 && !slices.Contains(opt.Features, "i386") {
			return fmt.Sprintf("%s:%d: needs a 32-bit task, which this kernel does not have yet", s.File, step.Line)
		}
	}
	return ""
}

func (r *runner) run(c *agent.Client) {
	if why := r.script.Lacks(r.opt); why != "" {
		r.result.Status, r.result.Reason = Skip, why
		return
	}
	if st := r.guard(func() { r.begin(c) }); st != nil {
		r.broken(st)
		return
	}
	for _, s := range r.script.Steps {
		st := r.guard(func() { r.step(s) })
		switch {
		case st == nil:
		case st.err != nil:
			r.broken(st)
			return
		default:
			r.failed(s, st)
			return
		}
	}
}

// guard runs f and gives the stop that it ended with, nil if with none.
func (r *runner) guard(f func()) (st *stop) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case stop:
			st = &e
		case missing:
			if r.opt.Host {
				r.result.LeftOut++
				return
			}
			st = &stop{diffs: []Diff{{"name", string(e) + " to be bound", "nothing has bound it"}}}
		case fault:
			// What only the values at run time make impossible.
			st = &stop{diffs: []Diff{{"call", "a call that can be made", e.msg}}}
		default:
			panic(e)
		}
	}()
	f()
	return nil
}

func (r *runner) broken(st *stop) {
	r.result.Status, r.result.Reason = Broken, st.err.Error()
}

func check(err error) {
	if err != nil {
		panic(stop{err: err})
	}
}

// begin puts the script's files into the guest and starts task A.
func (r *runner) begin(c *agent.Client) {
	var err error
	r.monitor, err = c.Monitor(r.ctx)
	check(err)
	for _, f := range r.script.Files {
		r.putFile(f)
	}
	t, err := c.Task(r.ctx)
	check(err)
	r.tasks["A"] = &task{Task: t}
	r.vars["A"] = uint64(t.PID)
}

// monitorArena is the part of the monitor's memory that it uses.
func (r *runner) monitorArena() arena {
	return taskArena(r.monitor.Arena, r.monitor.ArenaSize, 0)
}

// putFile makes a file in the guest, with the directories that it is in.
func (r *runner) putFile(f File) {
	at := r.monitorArena().addr
	for i, c := range f.Name {
		if c == '/' && i > 0 {
			r.putPath(at, f.Name[:i])
			_, err := r.monitor.Call(r.ctx, syscalls.SYS_MKDIR, int64(at), 0o755)
			check(err)
		}
	}
	r.putPath(at, f.Name)
	fd, err := r.monitor.Call(r.ctx, syscalls.SYS_OPEN, int64(at), syscalls.O_WRONLY|syscalls.O_CREAT|syscalls.O_TRUNC, 0o644)
	check(err)
	if fd < 0 {
		check(fmt.Errorf("the file %s cannot be put into the guest: %s", f.Name, strace.Errno(syscalls.Errno(-fd))))
	}
	for data := f.Data; len(data) > 0; {
		n := min(len(data), maxData)
		check(r.monitor.Put(r.ctx, at, data[:n]))
		got, err := r.monitor.Call(r.ctx, syscalls.SYS_WRITE, fd, int64(at), int64(n))
		check(err)
		if got <= 0 {
			check(fmt.Errorf("the file %s cannot be written in the guest: write gave %d", f.Name, got))
		}
		data = data[got:]
	}
	_, err = r.monitor.Call(r.ctx, syscalls.SYS_CLOSE, fd)
	check(err)
}

func (r *runner) putPath(at uint64, name string) {
	check(r.monitor.Put(r.ctx, at, append([]byte(name), 0)))
}

// readFile reads a short file of the guest through the monitor.
func (r *runner) readFile(name string) (string, syscalls.Errno) {
	const room = 4000
	at := r.monitorArena().addr
	var b agent.Batch
	b.Put(at, append([]byte(name), 0))
	fd := b.Call(syscalls.SYS_OPEN, agent.Addr(at), agent.Int(syscalls.O_RDONLY))
	n := b.Call(syscalls.SYS_READ, fd.Arg(), agent.Addr(at), agent.Int(room))
	b.Call(syscalls.SYS_CLOSE, fd.Arg())
	data := b.Get(at, room)
	check(r.monitor.Do(r.ctx, &b))
	if v := b.Result(fd); v < 0 {
		return "", syscalls.Errno(-v)
	}
	if v := b.Result(n); v < 0 {
		return "", syscalls.Errno(-v)
	}
	return string(b.Bytes(data)[:min(b.Result(n), room)]), 0
}

func (r *runner) step(s *Step) {
	t := r.tasks[s.Task]
	if t == nil {
		panic(missing(s.Task))
	}
	if t.gone {
		panic(stop{diffs: []Diff{{"task", "task " + s.Task + " to make a call", "it has ended"}}})
	}
	switch s.Kind {
	case StepTick:
		r.tick(s.Tick)
	case StepSpawn:
		r.spawn(s, t)
	case StepResume:
		if t.call == nil {
			panic(missing("the call of task " + s.Task))
		}
		r.finish(s, t)
	case StepCall:
		if r.call(s, t) {
			return
		}
		panic(missing("indirect"))
	}
	r.result.Lines++
}

// tick lets time pass, by the monitor sleeping that long.
func (r *runner) tick(d time.Duration) {
	ts := make([]byte, syscalls.StructTimespec.Size[syscalls.AMD64])
	syscalls.StructTimespec.Fields[0].Put(syscalls.AMD64, ts, uint64(d/time.Second))
	syscalls.StructTimespec.Fields[1].Put(syscalls.AMD64, ts, uint64(d%time.Second))
	at := r.monitorArena().addr
	check(r.monitor.Put(r.ctx, at, ts))
	_, err := r.monitor.Call(r.ctx, syscalls.SYS_NANOSLEEP, int64(at), 0)
	check(err)
}

func (r *runner) spawn(s *Step, t *task) {
	parent, kind := t.Task, uint8(wire.SpawnFork)
	switch s.How {
	case "thread":
		kind = wire.SpawnThread
	case "proc":
		parent = r.monitor
	}
	n, err := parent.Spawn(r.ctx, kind)
	check(err)
	r.tasks[s.NewTask] = &task{Task: n}
	r.vars[s.NewTask] = uint64(n.PID)
	r.note(s.Task, fmt.Sprintf("task %s = %s, pid %d", s.NewTask, s.How, n.PID))
}

func (r *runner) note(task, text string) {
	r.result.Trace = append(r.result.Trace, "["+task+"] "+text)
}

// lookup is the value of a bound name.
func (r *runner) lookup(name string, _ int) uint64 {
	v, ok := r.vars[name]
	if !ok {
		panic(missing(name))
	}
	return v
}

// noReturn are the calls after which a task is no more.
var noReturn = []string{"exit", "exit_group"}

// call makes a call; false if it is left out.
func (r *runner) call(s *Step, t *task) bool {
	f := &inflight{step: s, call: s.Call}
	if r.opt.Host && s.Call.Indirect != nil {
		if s.Alt == nil {
			r.unbind(s)
			return false
		}
		f.call = s.Alt
	}
	e := &encoder{value: r.lookup, mem: taskArena(t.Arena, t.ArenaSize, t.Channel())}
	if !r.guardMissing(s, func() { f.enc = e.call(f.call) }) {
		return false
	}
	if r.watched(f) {
		f.before = r.contexts(t)
	}
	for _, p := range f.enc.puts {
		f.batch.Put(p.addr, p.data)
	}
	var args []agent.Arg
	for _, v := range f.enc.args {
		args = append(args, agent.Addr(v))
	}
	f.slot = f.batch.Call(uint32(f.enc.nr), args...)
	for _, o := range f.enc.outs {
		f.bufs = append(f.bufs, f.batch.Get(o.addr, o.size))
	}
	t.call = f
	check(t.Start(r.ctx, &f.batch))
	r.result.Lines++
	switch {
	case slices.Contains(noReturn, f.enc.inner.Name) && s.WantErr == 0:
		r.note(s.Task, f.printer(nil).Unfinished(f.enc.nr, f.enc.args))
		t.gone, t.call = true, nil
	case s.Unfinished:
		r.asleep(s, t)
	default:
		r.finish(s, t)
	}
	return true
}

// guardMissing says whether f could do without names that are not bound. The
// names that the line would have bound are not bound then.
func (r *runner) guardMissing(s *Step, f func()) (ok bool) {
	defer func() {
		if e := recover(); e != nil {
			if _, is := e.(missing); !is {
				panic(e)
			}
			r.unbind(s)
			ok = false
		}
	}()
	f()
	return true
}

// unbind forgets the names that a line which is left out would have bound, so
// that what depends on them is left out, too.
func (r *runner) unbind(s *Step) {
	delete(r.vars, s.Bind)
	var walk func(n *Node)
	walk = func(n *Node) {
		if n.Kind == Bind {
			delete(r.vars, n.Name)
		}
		for _, m := range n.List {
			walk(m)
		}
	}
	for _, a := range s.Call.Args {
		walk(a)
	}
	if s.Want != nil {
		walk(s.Want)
	}
}

// watched says whether the task's contexts are compared with those before.
func (r *runner) watched(f *inflight) bool {
	return f.call.Indirect != nil && !f.step.NoRestore
}

// contexts are the contexts that are in force for a task between its calls.
func (r *runner) contexts(t *task) string {
	name := fmt.Sprintf("/proc/%d/indirect", t.PID)
	text, errno := r.readFile(name)
	if errno != 0 {
		return fmt.Sprintf(unreadable+"%s: %s", name, strace.Errno(errno))
	}
	return text
}

// unreadable begins what is said of contexts that cannot be read.
const unreadable = "cannot read "

// Bounds of waiting for a task.
const (
	sleepPolls = 2000
	pollPause  = time.Millisecond
	// hostIdles is how often the host may say that all tasks are asleep
	// before it is believed: there it is a guess.
	hostIdles = 20
	// hostPolls is how often a task on the host may be found waiting for its
	// batch before it is taken to have done it.
	hostPolls = 200
)

// asleep waits until the task sleeps in its call.
func (r *runner) asleep(s *Step, t *task) {
	f := t.call
	name := fmt.Sprintf("/proc/%d/syscall", t.PID)
	want := "task " + s.Task + " asleep in " + s.Call.Name
	for poll := range sleepPolls {
		text, errno := r.readFile(name)
		if errno != 0 {
			panic(stop{diffs: []Diff{{"asleep", want, "cannot read " + name + ": " + strace.Errno(errno)}}})
		}
		nr, channel := inCall(text)
		if channel && (!r.opt.Host || poll >= hostPolls) {
			// It waits for the next batch: the call has returned. (On a host
			// it may not have woken up for this one yet.)
			f.early = true
			r.finish(s, t)
			panic(stop{diffs: []Diff{{"asleep", want, "it has returned"}}})
		}
		// Of a wrapped call, a kernel may show either number.
		if nr == int64(f.enc.nr) || nr == int64(f.enc.does) {
			r.note(s.Task, f.printer(nil).Unfinished(f.enc.nr, f.enc.args))
			return
		}
		if r.opt.Host {
			time.Sleep(pollPause)
		}
	}
	panic(stop{diffs: []Diff{{"asleep", want, "it runs on"}}})
}

// inCall reads a line of /proc/pid/syscall: the call that the task sleeps in,
// -1 for none, and whether that is its wait for the next batch.
func inCall(text string) (nr int64, channel bool) {
	var fd uint64
	nr = -1
	if n, _ := fmt.Sscanf(text, "%d 0x%x", &nr, &fd); n == 2 && nr == syscalls.SYS_READ {
		channel = fd >= wire.HostFD && fd < wire.HostFD+wire.Channels
	}
	return nr, channel
}

// finish waits for the call to return and compares what came back.
func (r *runner) finish(s *Step, t *task) {
	f := t.call
	err := t.Finish(r.ctx)
	for i := 0; r.opt.Host && i < hostIdles && errors.Is(err, agent.ErrIdle); i++ {
		err = t.Finish(r.ctx)
	}
	if errors.Is(err, agent.ErrIdle) {
		panic(stop{diffs: []Diff{{"result", wantText(s), "nothing: the call blocks, and every other task is asleep"}}})
	}
	check(err)
	t.call = nil

	v := f.batch.Result(f.slot)
	var data [][]byte
	for _, b := range f.bufs {
		data = append(data, f.batch.Bytes(b))
	}
	p := f.printer(data)
	if f.step.Unfinished && !f.early {
		r.note(s.Task, p.Resumed(f.enc.nr, f.enc.args, v))
	} else {
		r.note(s.Task, p.Call(f.enc.nr, f.enc.args, v))
	}
	if f.early {
		return
	}
	m := &matcher{value: r.lookup, bind: func(name string, v uint64) { r.vars[name] = v }}
	r.compare(m, s, f, v, data)
	if r.watched(f) {
		switch after := r.contexts(t); {
		case strings.HasPrefix(after, unreadable):
			m.differ("restore", "the contexts as before", after)
		case after != f.before:
			m.differ("restore", oneLine(f.before), oneLine(after))
		}
	}
	if len(m.diffs) > 0 {
		panic(stop{diffs: m.diffs})
	}
}

func oneLine(s string) string { return strings.Join(strings.Split(strings.TrimSpace(s), "\n"), "; ") }

// compare compares the result and the memory of a call with what the line
// says, and binds its names.
func (r *runner) compare(m *matcher, s *Step, f *inflight, v int64, data [][]byte) {
	typ := f.enc.inner.ResultType(f.enc.at[:len(f.enc.inner.Args)])
	failed := v < 0 && v >= -4095
	switch {
	case s.WantErr != 0:
		if v != -int64(s.WantErr) {
			m.differ("result", strace.Errno(s.WantErr), resultText(v, typ))
		}
	case s.Want != nil:
		m.result(s.Want, v, typ)
	case failed:
		m.differ("result", "success", resultText(v, typ))
	}
	if failed {
		return
	}
	m.outs(&f.enc, data, v)
	if s.Bind != "" {
		m.bind(s.Bind, uint64(v))
	}
	if f.step.Bind != "" {
		m.bind(f.step.Bind, uint64(v))
	}
}

func wantText(s *Step) string {
	switch {
	case s.WantErr != 0:
		return strace.Errno(s.WantErr)
	case s.Want != nil:
		return s.Want.String()
	}
	return "success"
}

// printer writes the call with the memory that is known: what was put before
// it and what was read after it.
func (f *inflight) printer(data [][]byte) *strace.Printer {
	return &strace.Printer{Mem: func(addr uint64, n int) []byte {
		for i := len(data) - 1; i >= 0; i-- {
			if b, ok := within(f.enc.outs[i].addr, data[i], addr); ok {
				return b
			}
		}
		for _, p := range f.enc.puts {
			if b, ok := within(p.addr, p.data, addr); ok {
				return b
			}
		}
		return nil
	}}
}

func within(base uint64, b []byte, addr uint64) ([]byte, bool) {
	if addr < base || addr >= base+uint64(len(b)) {
		return nil, false
	}
	return b[addr-base:], true
}

// failed writes down what failed.
func (r *runner) failed(s *Step, st *stop) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s   [task %s%s]\n", path.Base(r.script.File), s.Line, lineCall(s.Text), s.Task, r.named(s))
	width := 0
	for _, d := range st.diffs {
		width = max(width, len(d.What))
	}
	for _, d := range st.diffs {
		fmt.Fprintf(&b, "  %-*s  - want %s\n", width, d.What, d.Want)
		fmt.Fprintf(&b, "  %-*s  + got  %s\n", width, "", d.Got)
	}
	last := r.result.Trace[max(0, len(r.result.Trace)-r.opt.Transcript):]
	if len(last) > 0 {
		fmt.Fprintf(&b, "  transcript (last %d):\n", len(last))
		for _, line := range last {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	fmt.Fprintf(&b, "  again: %s -run '^%s$' -v %s\n", r.opt.Again, regexp.QuoteMeta(r.script.Name), r.script.File)
	r.result.Status, r.result.Failure = Fail, b.String()
}

// lineCall is a line without what it expects.
func lineCall(text string) string {
	depth := 0
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == '=' && depth == 0 && i > 0 && text[i-1] == ' ', c == '~' && depth == 0:
			return strings.TrimRight(text[:i], " ")
		}
	}
	return text
}

// named lists the bound names that a line uses, with their values.
func (r *runner) named(s *Step) string {
	var b strings.Builder
	seen := map[string]bool{}
	var walk func(n *Node)
	walk = func(n *Node) {
		if n == nil {
			return
		}
		if v, ok := r.vars[n.Name]; ok && n.Kind == Name && !seen[n.Name] {
			seen[n.Name] = true
			fmt.Fprintf(&b, ", %s=%d", n.Name, int64(v))
		}
		for _, m := range n.List {
			walk(m)
		}
	}
	if s.Call != nil {
		for _, a := range s.Call.Args {
			walk(a)
		}
	}
	walk(s.Want)
	return b.String()
}

// Exec makes one call, as [ParseCall] gives it, in a task of its own, and
// writes it as strace does. What the line expects is not compared.
func Exec(ctx context.Context, c *agent.Client, s *Step) (string, error) {
	r := newRunner(ctx, c, Options{})
	r.script = &Script{}
	quiet := *s
	quiet.NoRestore = true
	var before int
	st := r.guard(func() {
		r.begin(c)
		before = len(r.result.Trace)
		r.step(&quiet)
	})
	if st != nil && st.err != nil {
		return "", st.err
	}
	if len(r.result.Trace) == before {
		return "", fmt.Errorf("the call blocks: nothing but another task could wake it")
	}
	return strings.TrimPrefix(r.result.Trace[before], "["+s.Task+"] "), nil
}
