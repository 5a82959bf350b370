package vmfuzz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sysindvm/images"
	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/script"
	"sysindvm/syscalls/wire"
	"sysindvm/vm"
)

const (
	// settleTime is how much guest time one line may take until all is asleep.
	settleTime = 300 * time.Millisecond
	// hostTimeout is the longest that the host waits for that.
	hostTimeout = 60 * time.Second

	guestMemory = 64 << 20
)

// Failure is what a program has done to the kernel.
type Failure struct {
	Kind   string // in a word or two; a reduced program fails in the same way
	Detail string // in lines
}

func (f *Failure) Error() string { return f.Kind + "\n" + f.Detail }

// task is one of the program's tasks.
type task struct {
	name    string
	pid     int
	thread  bool
	step    *script.Step // the call that it is in, or nil
	line    int          // of the program, that call's
	asleep  bool         // in that call
	gone    bool
	status  uint32 // how it has ended
	known   bool   // status is
	unclear bool   // not even a script could say what became of it
}

// did is what came of a line of the program: a line of a script, or several.
type did struct {
	line  int
	lines []string
}

// run is one program in one machine.
type run struct {
	ctx      context.Context
	m        *vm.Machine
	s        *script.Session
	console  bytes.Buffer
	gen      *generator // nil if the program is given
	tasks    map[string]*task
	order    []string
	contexts string // of a task between its calls
	start    map[string]int
	before   map[string]bool // the files that there are

	program []string
	log     []string // as a script has it
	deadly  bool     // what was done last may end tasks that are in no call
	calls   int      // made, and how many of them succeeded
	good    int
	wrapped int
}

// execute runs a program, or one that gen makes of n lines, in a fresh machine.
// The error is the host's own.
func execute(ctx context.Context, opt Options, program []string, gen *generator, n, tasks int) (*run, *Failure, error) {
	r := &run{ctx: ctx, gen: gen, tasks: map[string]*task{}}
	m, err := vm.Boot(ctx, vm.Config{Engine: opt.Engine, I386: opt.I386, Memory: guestMemory, Append: "quiet", Console: &r.console, Timeout: hostTimeout})
	if err != nil {
		return r, nil, err
	}
	defer m.Close()
	r.m = m
	err = r.all(program, n, tasks)
	var f *Failure
	switch {
	case errors.As(err, &f):
	case ctx.Err() != nil:
		return r, nil, ctx.Err()
	case err != nil:
		f = r.machine(err)
	}
	if f != nil && r.console.Len() > 0 {
		f.Detail += "the guest's console:\n" + images.SymbolTable().Report(r.console.String())
	}
	return r, f, nil
}

// machine is the failure of a machine that has stopped.
func (r *run) machine(err error) *Failure {
	var stop *vm.StopError
	kind := "no answer"
	if errors.As(err, &stop) {
		kind = "stopped"
		if p := panicLine(r.console.String()); p != "" {
			kind = p
		}
	}
	return &Failure{kind, err.Error() + "\n" + r.m.Report()}
}

// panicLine says of a kernel's panic what and where, without what varies.
func panicLine(console string) string {
	_, rest, ok := strings.Cut(console, "kernel panic: ")
	if !ok {
		return ""
	}
	what, _, _ := strings.Cut(rest, " address")
	what, _, _ = strings.Cut(what, "\n")
	kind := "kernel panic: " + strings.TrimSpace(what)
	_, bt, _ := strings.Cut(rest, "\nbt ")
	pc, _, _ := strings.Cut(strings.TrimSpace(bt), " ")
	if v, err := strconv.ParseUint(strings.TrimPrefix(pc, "0x"), 16, 64); err == nil {
		if l, ok := images.SymbolTable().Lookup(v); ok {
			kind += " in " + l.Func
		}
	}
	return kind
}

func (r *run) all(program []string, n, tasks int) error {
	if err := r.begin(); err != nil {
		return err
	}
	if r.gen == nil {
		for _, line := range program {
			if err := r.do(line); err != nil {
				return err
			}
		}
	} else if err := r.generate(n, tasks); err != nil {
		return err
	}
	return r.end()
}

// begin starts task A, which keeps out of what happens and cleans up.
func (r *run) begin() error {
	var err error
	if r.s, err = script.NewSession(r.ctx, r.m.Agent()); err != nil {
		return err
	}
	a := r.s.Task("A")
	r.tasks["A"] = &task{name: "A", pid: a.PID}
	// Both have their own copies of all pages that they will ever write.
	for _, t := range []*agent.Task{r.s.Monitor(), a} {
		var b agent.Batch
		for at := t.Arena; at < t.Arena+t.ArenaSize; at += 4096 {
			b.Put(at+4088, make([]byte, 1))
		}
		b.Put(t.Arena, make([]byte, 60<<10-4096))
		if err := t.Do(r.ctx, &b); err != nil {
			return err
		}
		if _, err := t.Get(r.ctx, t.Arena, 60<<10); err != nil {
			return err
		}
	}
	// So have the channels their buffers.
	for n := 1; n < wire.Channels; n++ {
		var b agent.Batch
		at := r.s.Monitor().Arena
		b.Put(at, []byte(fmt.Sprintf("/dev/hvc%d\x00", n)))
		fd := b.Call(syscalls.SYS_OPEN, agent.Addr(at), agent.Int(syscalls.O_RDWR))
		b.Call(syscalls.SYS_CLOSE, fd.Arg())
		if err := r.s.Monitor().Do(r.ctx, &b); err != nil {
			return err
		}
	}
	// And the monitor what it writes when it makes a task: one that no one
	// talks to, and that ends at once.
	var b agent.Batch
	pid := b.Spawn(wire.SpawnFork, wire.Channels-1)
	b.Call(syscalls.SYS_KILL, pid.Arg(), agent.Int(syscalls.SIGKILL))
	if err := r.s.Monitor().Do(r.ctx, &b); err != nil {
		return err
	}
	if err := r.answers(); err != nil {
		return err
	}
	texts, err := r.s.ReadFiles(fmt.Sprintf("/proc/%d/indirect", a.PID))
	if err != nil {
		return err
	}
	r.contexts = texts[0]
	if r.before, err = r.files(); err != nil {
		return err
	}
	r.start, err = r.counters()
	return err
}

// finished makes a call of task A that returns at once, and notes it.
func (r *run) finished(line string) error {
	step, err := r.s.Parse(line)
	if err != nil {
		return err
	}
	if err := r.s.Start(step); err != nil {
		return err
	}
	v, _, err := r.s.Finish("A")
	r.log = append(r.log, strings.TrimPrefix(line, "A: ")+resultText(v))
	return err
}

// counters are the kernel's, which task A reads.
func (r *run) counters() (map[string]int, error) {
	t := r.s.Task("A")
	var b agent.Batch
	at := t.Arena
	// A flock of what all tasks have from the agent outlives them: it is the
	// description's.
	for fd := range int64(3) {
		b.Call(syscalls.SYS_FLOCK, agent.Int(fd), agent.Int(syscalls.LOCK_UN))
	}
	b.Put(at, []byte("/proc/counters\x00"))
	fd := b.Call(syscalls.SYS_OPEN, agent.Addr(at), agent.Int(0))
	n := b.Call(syscalls.SYS_READ, fd.Arg(), agent.Addr(at), agent.Int(4096))
	b.Call(syscalls.SYS_CLOSE, fd.Arg())
	g := b.Get(at, 4096)
	if err := t.Do(r.ctx, &b); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for line := range strings.Lines(string(b.Bytes(g)[:max(b.Result(n), 0)])) {
		name, v, _ := strings.Cut(strings.TrimSpace(line), " ")
		counts[name], _ = strconv.Atoi(v)
	}
	if len(counts) == 0 {
		return nil, &Failure{"no counters", fmt.Sprintf("open gave %d, read %d\n", b.Result(fd), b.Result(n))}
	}
	return counts, nil
}

// generate makes a program while it runs.
func (r *run) generate(n, tasks int) error {
	g := r.gen
	for _, line := range []string{`A: mkdir("/w", 0777)`, `A: mkdir("/w/d", 0777)`, `A: symlink("f", "/w/l")`, `A: symlink("d", "/w/dl")`} {
		if err := r.do(line); err != nil {
			return err
		}
	}
	for i := range n {
		alive := 0
		var ready []string
		for _, name := range r.order {
			t := r.tasks[name]
			if !t.gone {
				alive++
				if t.step == nil {
					ready = append(ready, name)
				}
			}
		}
		var err error
		switch {
		case len(r.order) < tasks && (alive == 0 || alive < 2 && i > 5 || g.chance(6)):
			err = r.newTask(ready)
		case alive == 0:
			return nil
		case len(ready) == 0 || g.chance(4):
			err = r.do(g.rescue(r.order))
		default:
			err = r.do(g.call(ready[g.IntN(len(ready))]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rescue is a line that may let a call go on that is left.
func (g *generator) rescue(names []string) string {
	name := names[g.IntN(len(names))]
	return g.one("A: tick 5ms", "A: tick 1500ms",
		fmt.Sprintf("A: kill(%s, SIGUSR1)", name), fmt.Sprintf("A: tkill(%s, SIGUSR2)", name),
		fmt.Sprintf("A: tkill(%s, SIGUSR2)", name), fmt.Sprintf("A: tkill(%s, SIGUSR1)", name),
		fmt.Sprintf("A: kill(%s, %s)", name, g.one("SIGKILL", "SIGSTOP", "SIGCONT", "SIGCONT", "SIGTERM", "SIGALRM")))
}

// newTask makes a task and what all tasks begin with.
func (r *run) newTask(ready []string) error {
	g := r.gen
	name := string(rune('B' + len(r.order)))
	parent, how := "A", "proc"
	if len(ready) > 0 && !g.chance(35) {
		parent, how = ready[g.IntN(len(ready))], g.one("thread", "thread", "fork")
	}
	if err := r.do(fmt.Sprintf("%s: task %s = %s", parent, name, how)); err != nil {
		return err
	}
	if t := r.tasks[name]; t == nil || t.gone {
		return nil // the parent is in a call, or could not
	}
	g.spawned(name, parent, how)
	if how != "proc" {
		return nil
	}
	for _, line := range []string{
		`chdir("/w")`,
		"rt_sigaction(SIGUSR1, {sa_handler=handler, sa_flags=" + g.one("SA_RESTART", "SA_RESTART|SA_SIGINFO", "0") + "}, NULL, 8)",
		"rt_sigaction(SIGUSR2, {sa_handler=handler, sa_flags=" + g.one("0", "SA_NODEFER", "SA_SIGINFO") + "}, NULL, 8)",
		"rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN, sa_flags=0}, NULL, 8)",
		"mem w = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]",
		`mem a = "first"`, `mem b = "second!"`, "mem x = [a, 0, 5, 0]", "mem y = [b, 0, 7, 0]",
		"mem v = [0, 0, 0, 0, x, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, y, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]",
	} {
		if err := r.do(name + ": " + line); err != nil {
			return err
		}
	}
	return nil
}

// do does a line, if its task is there and in no call. A failure is a *Failure
// or the machine's end.
func (r *run) do(line string) error {
	r.program = append(r.program, line)
	name, _, _ := strings.Cut(line, ":")
	t := r.tasks[name]
	if t == nil || t.gone || t.step != nil {
		return nil
	}
	step, err := r.s.Parse(line)
	if err != nil {
		return nil // refused by the language: too much data, or a name that is not bound
	}
	switch step.Kind {
	case script.StepSpawn:
		return r.spawn(t, step, line)
	case script.StepCall:
		return r.call(t, step)
	}
	if err := r.s.Start(step); err != nil {
		return r.lost(t, err)
	}
	r.log = append(r.log, strings.TrimPrefix(line, "A: "))
	return r.settle()
}

// lost is for an error of the conversation with a task. If the machine is in
// order, the task has ended or has been changed by the program itself.
func (r *run) lost(t *task, err error) error {
	var stop *vm.StopError
	var line *script.LineError
	switch {
	case errors.As(err, &stop) || r.ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &line):
		return nil
	}
	t.gone, t.unclear = true, true
	return nil
}

func (r *run) spawn(t *task, step *script.Step, line string) error {
	n := &task{name: step.NewTask, thread: step.How == "thread"}
	if r.tasks[n.name] != nil {
		return nil
	}
	r.tasks[n.name] = n
	r.order = append(r.order, n.name)
	if err := r.s.Start(step); err != nil {
		n.gone, n.unclear = true, true
		if t.name != "A" && r.s.Task(t.name).Pending() {
			t.gone, t.unclear = true, true
		}
		var stop *vm.StopError
		if errors.As(err, &stop) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return r.settle()
	}
	n.pid = r.s.Task(n.name).PID
	r.log = append(r.log, strings.TrimPrefix(line, "A: "))
	return r.settle()
}

// deadly are calls that may end other tasks than the caller's.
var deadly = regexp.MustCompile(`kill|exit|exec|sigqueue|alarm|itimer|write|F_SET`)

func (r *run) call(t *task, step *script.Step) error {
	r.calls++
	if step.Call.Indirect != nil || step.Call.Name == "indirect" {
		r.wrapped++
	}
	if err := r.s.Start(step); err != nil {
		return r.lost(t, err)
	}
	t.step, t.line, t.asleep = step, len(r.log), false
	r.deadly = t.name == "A" || deadly.MatchString(step.Text)
	r.log = append(r.log, "")
	return r.settle()
}

// settle lets the guest run until all of it is asleep, and takes what has come
// back.
func (r *run) settle() error {
	asleep, err := r.m.SettleFor(r.ctx, settleTime)
	if err != nil {
		return err
	}
	if err := r.collect(); err != nil {
		return err
	}
	if asleep {
		return nil
	}
	// Something runs and runs. If the kernel still answers, it is a program:
	// the program that it is must end when it is killed.
	if err := r.answers(); err != nil {
		return err
	}
	for _, name := range r.order {
		if t := r.tasks[name]; t.step != nil && !t.gone && !t.asleep {
			if err := r.kill(t.pid); err != nil {
				return err
			}
			t.unclear = true
		}
	}
	if asleep, err = r.m.SettleFor(r.ctx, settleTime); err != nil {
		return err
	}
	if !asleep {
		return &Failure{"runs on", "a task that has been killed does not end\n" + r.m.Report()}
	}
	return r.collect()
}

// answers says whether the kernel still does, in bounded guest time.
func (r *run) answers() error {
	m := r.s.Monitor()
	var b agent.Batch
	b.Call(syscalls.SYS_GETPID)
	if err := m.Start(r.ctx, &b); err != nil {
		return err
	}
	for range 20 {
		if _, err := r.m.SettleFor(r.ctx, settleTime); err != nil {
			return err
		}
		if r.m.Received(0) > 0 {
			return m.Finish(r.ctx)
		}
	}
	return &Failure{"hang", "the kernel does not answer\n" + r.m.Report()}
}

func (r *run) kill(pid int) error {
	_, err := r.s.Monitor().Call(r.ctx, syscalls.SYS_KILL, int64(pid), syscalls.SIGKILL)
	return err
}

// collect takes the results that have come, and finds out what has become of
// the tasks without.
func (r *run) collect() error {
	var waiting []*task
	var names []string
	for _, name := range append([]string{"A"}, r.order...) {
		t := r.tasks[name]
		switch {
		case t.gone || t.pid == 0:
		case t.step == nil && !r.deadly:
		case t.step != nil && r.m.Received(r.s.Task(name).Channel()) > 0:
			if err := r.returned(t); err != nil {
				return err
			}
		default:
			waiting = append(waiting, t)
			names = append(names, fmt.Sprintf("/proc/%d/stat", t.pid), fmt.Sprintf("/proc/%d/syscall", t.pid))
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	texts, err := r.s.ReadFiles(names...)
	if err != nil {
		return err
	}
	for i, t := range waiting {
		r.look(t, texts[2*i], texts[2*i+1])
		if t.unclear && !t.gone && t.asleep {
			t.unclear = false
		}
	}
	return nil
}

// look sees what has become of a task that is in a call, from /proc.
func (r *run) look(t *task, stat, syscall string) {
	i := strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[i+1:])
	call := ""
	if t.step != nil {
		call = text(t.step)
	}
	switch {
	case i < 0 || len(fields) < 50 || fields[0] == "Z":
		t.gone = true
		if len(fields) >= 50 {
			v, err := strconv.ParseUint(fields[49], 10, 32)
			t.status, t.known = uint32(v), err == nil
		} else if t.status, t.known = r.s.Status(t.name); !t.known && t.thread {
			t.known = true
		}
		if t.step != nil && !t.asleep {
			r.log[t.line] = call + " = ?"
		}
		if t.known {
			r.log = append(r.log, t.name+": "+ended(t.status))
		} else {
			t.unclear = true
		}
	case t.step == nil || t.asleep:
	case strings.HasPrefix(t.step.Call.Name, "execve") && strings.HasPrefix(syscall, "0 ") || syscall == "running\n" || syscall == "":
		// In another program, or stopped in user mode.
		r.log[t.line] = call + " = ?"
		t.asleep = true
	default:
		t.asleep = true
		r.log[t.line] = call + " <unfinished ...>"
	}
}

func ended(status uint32) string {
	if sig := status & 0x7f; sig != 0 {
		for _, c := range syscalls.SetSignal.Consts {
			if c.Value == uint64(sig) {
				return "+++ killed by " + c.Name + " +++"
			}
		}
		return fmt.Sprintf("+++ killed by %d +++", sig)
	}
	return fmt.Sprintf("+++ exited with %d +++", status>>8&0xff)
}

// text is a call's line, without the name of task A.
func text(s *script.Step) string { return strings.TrimPrefix(s.Text, "A: ") }

// resultText is a result as a script says it: any success, or an error.
func resultText(v int64) string {
	if v < 0 && v >= -4095 {
		if name := syscalls.Errno(-v).Name(); name != "" {
			return " = -1 " + name
		}
	}
	return ""
}

// returned takes the result of a task's call.
func (r *run) returned(t *task) error {
	step := t.step
	v, pair, err := r.s.Finish(t.name)
	if err != nil {
		t.step = nil
		return r.lost(t, err)
	}
	t.step = nil
	result := resultText(v)
	if t.asleep {
		r.log = append(r.log, fmt.Sprintf("%s: <... %s resumed>%s", t.name, step.Call.Name, result))
	} else {
		r.log[t.line] = text(step) + result
	}
	if v < 0 && v >= -4095 && result == "" {
		return &Failure{"an error without a name", fmt.Sprintf("%s gave %d\n", step.Text, v)}
	}
	if v >= 0 {
		r.good++
	}
	if r.gen != nil {
		r.gen.returned(t.name, syscalls.CallNamed(step.Call.Name), step.Text, v, pair)
	}
	if step.Call.Indirect == nil && step.Call.Name != "indirect" {
		return nil
	}
	texts, err := r.s.ReadFiles(fmt.Sprintf("/proc/%d/indirect", t.pid))
	if err != nil {
		return err
	}
	if texts[0] != r.contexts && texts[0] != "" {
		return &Failure{"contexts", fmt.Sprintf("after %s the contexts are\n%snot\n%s", step.Text, texts[0], r.contexts)}
	}
	return nil
}

// end kills all tasks, removes the files that they have made, and compares what
// the kernel has in use with what it had at the start.
func (r *run) end() error {
	a := r.tasks["A"]
	for _, name := range r.order {
		t := r.tasks[name]
		if t.pid == 0 {
			continue
		}
		if err := r.kill(t.pid); err != nil {
			return err
		}
		if !t.gone {
			r.log = append(r.log, fmt.Sprintf("kill(%s, SIGKILL)", name), name+": +++ killed by SIGKILL +++")
		}
	}
	asleep, err := r.m.SettleFor(r.ctx, 10*settleTime)
	if err != nil {
		return err
	}
	if !asleep {
		if err := r.answers(); err != nil {
			return err
		}
		return &Failure{"runs on", "tasks that have been killed do not end\n" + r.m.Report()}
	}
	if a.gone || a.step != nil {
		return &Failure{"task A", "it has ended, or is in a call\n"}
	}
	for range 3 { // the monitor waits for its children before each batch
		if err := r.answers(); err != nil {
			return err
		}
	}
	counts, err := r.counters()
	if err != nil {
		return err
	}
	if !same(r.start, counts) {
		if err := r.clean(); err != nil {
			return err
		}
		if counts, err = r.counters(); err != nil {
			return err
		}
	}
	return r.compare(counts)
}

// uncounted are counters that grow for good.
func uncounted(name string) bool { return name == "pool_frames" }

func same(a, b map[string]int) bool {
	for name, v := range a {
		if b[name] != v && !uncounted(name) {
			return false
		}
	}
	return true
}

func (r *run) compare(counts map[string]int) error {
	var names, lines []string
	for name, v := range r.start {
		if counts[name] != v && !uncounted(name) {
			names = append(names, name)
			lines = append(lines, fmt.Sprintf("%s: %d at the start, %d at the end\n", name, v, counts[name]))
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	slices.Sort(lines)
	// What a script can say of it.
	r.log = append(r.log, `counters := open("/proc/counters", O_RDONLY)`,
		fmt.Sprintf("read(counters, [out /(^|\\n)%s %d\\n/], 4096)", names[0], r.start[names[0]]))
	return &Failure{"leak: " + strings.Join(names, ", "), strings.Join(lines, "")}
}

// files are the names of all files of the guest.
func (r *run) files() (map[string]bool, error) {
	names := map[string]bool{}
	var walk func(dir string) error
	walk = func(dir string) error {
		entries, err := r.list(dir)
		for _, e := range entries {
			path := strings.TrimSuffix(dir, "/") + "/" + e.name
			names[path] = e.dir
			if e.dir && err == nil {
				err = walk(path)
			}
		}
		return err
	}
	return names, walk("/")
}

type entry struct {
	name string
	dir  bool
}

// list is the entries of a directory, which the monitor reads.
func (r *run) list(dir string) (entries []entry, err error) {
	t := r.s.Monitor()
	const size = 32 << 10
	at := t.Arena + 4096
	var b agent.Batch
	b.Put(at, append([]byte(dir), 0))
	fd := b.Call(syscalls.SYS_OPEN, agent.Addr(at), agent.Int(syscalls.O_RDONLY|syscalls.O_DIRECTORY))
	n := b.Call(syscalls.SYS_GETDENTS64, fd.Arg(), agent.Addr(at), agent.Int(size))
	b.Call(syscalls.SYS_CLOSE, fd.Arg())
	g := b.Get(at, size)
	if err := t.Do(r.ctx, &b); err != nil {
		return nil, err
	}
	for data := b.Bytes(g)[:max(b.Result(n), 0)]; len(data) >= 20; {
		size := int(data[16]) | int(data[17])<<8
		name, _, _ := strings.Cut(string(data[19:size]), "\x00")
		if name != "." && name != ".." {
			entries = append(entries, entry{name, data[18] == 4})
		}
		data = data[size:]
	}
	return entries, nil
}

// clean has task A remove the files that were not there at the start, the
// extended attributes of the others, and all sets of semaphores.
func (r *run) clean() error {
	files, err := r.files()
	if err != nil {
		return err
	}
	var names []string
	for name := range files {
		if _, was := r.before[name]; !was {
			names = append(names, name)
		}
	}
	// What is in a directory goes first.
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(b, a) })
	for _, name := range names {
		call := "unlink"
		if files[name] {
			call = "rmdir"
		}
		if err := r.finished(fmt.Sprintf("A: %s(%q)", call, name)); err != nil {
			return err
		}
	}
	for _, name := range append(slices.Sorted(maps.Keys(r.before)), "/") {
		attributes, err := r.attributes(name)
		if err != nil {
			return err
		}
		for _, a := range attributes {
			if err := r.finished(fmt.Sprintf("A: lremovexattr(%q, %q)", name, a)); err != nil {
				return err
			}
		}
	}
	ids, err := r.semaphores()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := r.finished(fmt.Sprintf("A: semctl(%d, 0, IPC_RMID, NULL)", id)); err != nil {
			return err
		}
	}
	return nil
}

// semaphores are the ids of all sets of semaphores. The kernel counts them: up
// to that of a new one, each is tried.
func (r *run) semaphores() (ids []int64, err error) {
	t := r.s.Monitor()
	last, err := t.Call(r.ctx, syscalls.SYS_SEMGET, syscalls.IPC_PRIVATE, 1, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := t.Call(r.ctx, syscalls.SYS_SEMCTL, last, 0, syscalls.IPC_RMID); err != nil {
		return nil, err
	}
	const atOnce = 50
	for first := int64(0); first < last; first += atOnce {
		var b agent.Batch
		var slots []agent.Slot
		for i := range min(atOnce, last-first) {
			slots = append(slots, b.Call(syscalls.SYS_SEMCTL, agent.Int(first+i), agent.Int(0), agent.Int(syscalls.GETVAL)))
		}
		if err := t.Do(r.ctx, &b); err != nil {
			return nil, err
		}
		for i, n := range slots {
			if b.Result(n) >= 0 {
				ids = append(ids, first+int64(i))
			}
		}
	}
	return ids, nil
}

// attributes are the names of a file's extended attributes, which the monitor
// reads.
func (r *run) attributes(name string) ([]string, error) {
	t := r.s.Monitor()
	const size = 4 << 10
	at := t.Arena + 4096
	var b agent.Batch
	b.Put(at, append([]byte(name), 0))
	n := b.Call(syscalls.SYS_LLISTXATTR, agent.Addr(at), agent.Addr(at), agent.Int(size))
	g := b.Get(at, size)
	if err := t.Do(r.ctx, &b); err != nil {
		return nil, err
	}
	return strings.FieldsFunc(string(b.Bytes(g)[:max(b.Result(n), 0)]), func(c rune) bool { return c == 0 }), nil
}
