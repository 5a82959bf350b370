package script

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/wire"
)

// Options say how a script is run.
type Options struct {
	// Host says that the calls are answered by the host's Linux. It is Native,
	// too, and can only guess who is asleep.
	Host bool
	// Native replaces lines with indirect by the alternative that they have,
	// and leaves those without one out.
	Native bool
	// Features are what the machine has, of the package's [Features].
	Features []string
	// Again is the command that runs a failed script again, which the failure
	// tells. If it is empty, that is sysindvm test for the script's file, with
	// Flags, which are separated by blanks and quoted for a shell.
	Again string
	Flags string
	// Transcript is how many calls a failure shows; 8 if it is 0.
	Transcript int
	// Single has calls made one at a time, even where no result is needed in
	// between. A result that is Unclear can be made clear by it.
	Single bool
	// Update has Result.Updated say what came back where it is not what the
	// script says. Such lines do not fail.
	Update bool
	// Symbol names an address in the kernel, for the report of a machine that
	// has failed. It may be nil.
	Symbol func(addr uint64) string
	// Doing says what the machine is doing, for that report. It is asked
	// before anything else is. It may be nil.
	Doing func() string
	// Observe is told of each call right before it is made and when it has
	// returned, and of the other lines when they are done. With Single it is
	// told in the order of the script. It may be nil.
	Observe func(Event)
}

// Event is something that a run of a script has come to.
type Event struct {
	Step *Step
	PID  int  // of the task; of a new one, where the line makes one
	Made bool // the call is about to be made; else the line is done
	// Of a call, its number and arguments as the task makes it.
	Nr   uint64
	Args [6]uint64
	// Text is the line as it stands in the transcript, of one that is done.
	Text string
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
	Line     int    // the line of the script that failed, from 1; 0 if none did
	Lines    int    // lines that have run
	LeftOut  int    // lines that were left out: see Options.Native
	Cases    int    // lines with an alternative that have run
	Duration time.Duration
	Trace    []string // all calls, as strace writes them, each with its task
	// Updated is the script as Options.Update has changed it; nil if it is as
	// it was.
	Updated []byte
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
	group   group             // that is being put together
	under   group             // that was sent last
	checked *task             // whose contexts are as they were when last read
	mem     map[string]uint64 // the addresses of named memory
	memUsed uint64
	edits   map[int][]edit // by line, of Options.Update
	result  *Result
	told    int // how many lines of the transcript Options.Observe has been told
}

// task is a task of the script.
type task struct {
	*agent.Task
	call     *inflight    // the unfinished call that it is in
	batch    *agent.Batch // that the call was sent with
	gone     bool         // it has made a call that does not return
	thread   bool         // it is a thread, of which nothing is left when it has ended
	contexts string       // as they were when last read
	seen     int          // signals in the agent's record that have been looked at
	signals  []*Step      // signals to look for when the call has returned
}

// stop ends a run from within. Either a line failed, or the machine did.
type stop struct {
	step  *Step  // that failed; nil for the one that is being done
	diffs []Diff // of a line that failed
	err   error  // of the machine
}

// failing stops at the line that is being done.
func failing(what, want, got string) stop {
	return stop{diffs: []Diff{{What: what, Want: want, Got: got}}}
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
	opt.Native = opt.Native || opt.Host
	if opt.Transcript == 0 {
		opt.Transcript = 8
	}
	return &runner{ctx: ctx, opt: opt, tasks: map[string]*task{}, vars: map[string]uint64{},
		mem: map[string]uint64{}, edits: map[int][]edit{}, result: &Result{}}
}

// Lacks says what a machine lacks that the script needs; empty if nothing. A
// script that lacks something need not be given a machine: it is skipped.
func (s *Script) Lacks(opt Options) string {
	for _, f := range s.Requires {
		if !slices.Contains(opt.Features, f) {
			return "needs " + f + ", which this machine does not have"
		}
	}
	if s.signalNeeds() && !slices.Contains(opt.Features, "signals") {
		return "needs signals, which this machine does not have"
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
		if !r.did(s, r.guard(func() { r.step(s) })) {
			return
		}
	}
	if r.did(nil, r.guard(r.flush)) {
		r.result.Updated = r.updated()
	}
}

// did takes note of how a step has ended; false if the run is over.
func (r *runner) did(s *Step, st *stop) bool {
	switch {
	case st == nil:
		return true
	case st.err != nil:
		r.broken(st)
		return false
	case st.step != nil:
		s = st.step
	}
	r.failed(s, st)
	return false
}

// guard runs f and gives the stop that it ended with, nil if with none.
func (r *runner) guard(f func()) (st *stop) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case stop:
			st = &e
		case missing:
			if r.opt.Native {
				r.result.LeftOut++
				return
			}
			e1 := failing("name", string(e)+" to be bound", "nothing has bound it")
			st = &e1
		case fault:
			// What only the values at run time make impossible.
			e1 := failing("call", "a call that can be made", e.msg)
			st = &e1
		default:
			panic(e)
		}
	}()
	f()
	return nil
}

func (r *runner) broken(st *stop) {
	r.result.Status, r.result.Reason = Broken, st.err.Error()
	if cause := context.Cause(r.ctx); r.ctx.Err() != nil && cause != r.ctx.Err() {
		r.result.Reason = cause.Error()
	}
	machine := ""
	if r.opt.Doing != nil {
		machine = r.opt.Doing()
	}
	r.result.Failure = r.doing() + machine
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
	r.bindHandler()
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

func (r *runner) step(s *Step) {
	if r.group.task != nil && !r.joins(s) {
		r.flush()
	}
	t := r.tasks[s.Task]
	if t == nil {
		panic(missing(s.Task))
	}
	if t.gone && s.Kind != StepEnd {
		panic(failing("task", "task "+s.Task+" to make a call", "it has ended"))
	}
	switch s.Kind {
	case StepTick:
		r.tick(s.Tick)
	case StepSpawn:
		r.spawn(s, t)
	case StepMem:
		r.memory(s, t)
	case StepSignal:
		r.signal(s, t)
	case StepEnd:
		r.end(s, t)
	case StepResume:
		if t.call == nil {
			panic(missing("the call of task " + s.Task))
		}
		r.finish(s, t)
	case StepCall:
		if !r.call(s, t) {
			panic(missing("indirect"))
		}
		return // it counts when it has been done
	}
	r.result.Lines++
	if s.Kind != StepResume {
		r.observe(Event{Step: s, PID: r.tasks[cmp.Or(s.NewTask, s.Task)].PID})
	}
}

// tick lets time pass, by the monitor sleeping that long.
func (r *runner) tick(d time.Duration) {
	abi := r.monitor.ABI()
	ts := make([]byte, syscalls.StructTimespec.Size[abi])
	syscalls.StructTimespec.Fields[0].Put(abi, ts, uint64(d/time.Second))
	syscalls.StructTimespec.Fields[1].Put(abi, ts, uint64(d%time.Second))
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
	r.tasks[s.NewTask] = &task{Task: n, thread: s.How == "thread"}
	r.vars[s.NewTask] = uint64(n.PID)
	r.note(s.Task, fmt.Sprintf("task %s = %s, pid %d", s.NewTask, s.How, n.PID))
}

// observe tells who wants to know of an event, of which the text is what was
// noted last.
func (r *runner) observe(e Event) {
	if r.opt.Observe == nil {
		return
	}
	e.Text = e.Step.Text
	if n := len(r.result.Trace); n > r.told && !e.Made {
		_, e.Text, _ = strings.Cut(r.result.Trace[n-1], "] ")
		r.told = n
	}
	r.opt.Observe(e)
}

func (r *runner) note(task, text string) {
	r.result.Trace = append(r.result.Trace, "["+task+"] "+text)
}

// lookup is the value of a bound name.
func (r *runner) lookup(name string, _ int) uint64 {
	if _, pending := r.group.names[name]; pending {
		panic(pendingName(name))
	}
	v, ok := r.vars[name]
	if !ok {
		panic(missing(name))
	}
	return v
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
		r.flush()
	})
	if st != nil && st.err != nil {
		return "", st.err
	}
	if len(r.result.Trace) == before {
		return "", fmt.Errorf("the call blocks: nothing but another task could wake it")
	}
	return strings.TrimPrefix(r.result.Trace[before], "["+s.Task+"] "), nil
}
