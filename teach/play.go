package teach

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
	"sysindvm/syscalls/script"
	"sysindvm/vm"
	"sysindvm/vm/inspect"
	"sysindvm/vm/record"
)

// Options say how a demo is run.
type Options struct {
	Bug string // instead of the demo's own
	// Memory of the machine, in bytes; 0 is 32 MiB.
	Memory int64
}

// event is what the runner of scripts has told, and when.
type event struct {
	script.Event
	at uint64
}

// Play runs a demo and takes the run apart. A script that fails gives a walk
// with a Failure; an error is the machine's.
func Play(ctx context.Context, d *Demo, opt Options) (*Walk, *record.Record, error) {
	w := &Walk{Name: d.Name, Title: d.Title, About: d.About, I386: d.I386, Bug: d.Bug, Files: map[string][]string{}}
	if opt.Bug != "" {
		w.Bug = opt.Bug
	}
	rec, events, err := w.run(ctx, d, opt)
	if err != nil {
		return nil, nil, err
	}
	w.Start, w.End = rec.Start(), rec.End()
	p, err := record.NewReplay(rec)
	if err != nil {
		return nil, nil, err
	}
	defer p.Close()
	b := &builder{w: w, d: d, p: p, events: events, tasks: map[uint64]*doing{}}
	if err := b.build(ctx); err != nil {
		return nil, nil, err
	}
	return w, rec, nil
}

// run runs the script on a recorded machine.
func (w *Walk) run(ctx context.Context, d *Demo, opt Options) (*record.Record, []event, error) {
	cfg := vm.Config{Engine: soft.New(), I386: d.I386, Memory: opt.Memory, Append: "quiet"}
	if !d.Fast {
		cfg.Append += " plain"
	}
	if cfg.Memory == 0 {
		cfg.Memory = 32 << 20
	}
	if w.Bug != "" {
		cfg.Append += " bug=" + w.Bug
	}
	m, err := vm.Boot(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	if _, err := m.Agent().Monitor(ctx); err != nil {
		return nil, nil, err
	}
	rec, err := record.Start(m, 0)
	if err != nil {
		return nil, nil, err
	}
	var events []event
	s, features := d.Script, vm.GuestFeatures(cfg.Engine)
	if d.I386 {
		features = vm.GuestFeatures386(cfg.Engine)
		if s, err = s.As32(); err != nil {
			return nil, nil, err
		}
	}
	res := script.Run(ctx, s, m.Agent(), script.Options{
		Features: features, Single: true,
		Observe: func(e script.Event) { events = append(events, event{e, m.VCPU().Instructions()}) },
	})
	switch res.Status {
	case script.Skip, script.Broken:
		return nil, nil, errors.New(res.Reason)
	case script.Fail:
		w.Failure = res.Failure
	}
	r, err := rec.Stop()
	return r, events, err
}

// doing is what a task is doing.
type doing struct {
	letter string
	line   int    // index into Walk.Lines of the call that it is in, or was in last
	open   bool   // it is in that call
	wants  *event // the call that it is about to make
	inside bool   // its handler has been entered
	came   uint64 // when it entered the kernel last
	last   *Step  // of the task
}

// builder makes the steps of a walk.
type builder struct {
	w      *Walk
	d      *Demo
	p      *record.Replay
	v      *inspect.View
	events []event
	next   int // the event that comes next
	tasks  map[uint64]*doing
	byNo   map[int]int // index into Walk.Lines by number
	show   []string
	places map[uint64]string
	calls  []span
}

// span is a call from its entry into the kernel to its phase Return.
type span struct {
	line     int
	from, to uint64
}

func (b *builder) build(ctx context.Context) (err error) {
	b.lines()
	if b.v, err = inspect.For(b.p.Machine(), b.w.I386); err != nil {
		return err
	}
	if b.places, err = places(b.v.Kernel); err != nil {
		return err
	}
	var stops record.Stops
	for at := range b.places {
		stops.Breakpoints = append(stops.Breakpoints, at)
	}
	slices.Sort(stops.Breakpoints)
	for {
		exit, err := b.p.Forward(ctx, b.w.End, stops)
		if err != nil {
			return err
		}
		b.catchUp(b.p.Now())
		if exit.Reason != cpu.ExitBreakpoint {
			break
		}
		if err := b.stop(); err != nil {
			return err
		}
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	if err := b.checkShown(); err != nil {
		return err
	}
	sort.SliceStable(b.w.Steps, func(i, j int) bool { return b.w.Steps[i].Moment < b.w.Steps[j].Moment })
	for _, s := range b.w.Steps {
		if f := s.Source.File; f != "" && b.w.Files[f] == nil {
			b.w.Files[f] = sourceLines(f)
		}
	}
	return nil
}

// checkShown is an error for an expression of "#: show" that has had no value at any
// step that shows it: it is misspelt. One that has none now and then is all right.
func (b *builder) checkShown() error {
	why := map[string]string{} // an expression has had no value so far; "" once it has
	for i := range b.w.Steps {
		for _, e := range b.w.Steps[i].Shown {
			if said, seen := why[e.Expr]; !e.wrong {
				why[e.Expr] = ""
			} else if !seen || said != "" {
				why[e.Expr] = e.Value
			}
		}
	}
	first := ""
	for expr, said := range why {
		if said != "" && (first == "" || b.d.shows[expr] < b.d.shows[first]) {
			first = expr
		}
	}
	if first == "" {
		return nil
	}
	return &DemoError{fmt.Sprintf("%s:%d: #: show %s: %s", b.d.file, b.d.shows[first], first, why[first])}
}

// DemoError is a mistake in a demo's text that shows only when the demo runs. The
// text has its file and line.
type DemoError struct{ text string }

func (e *DemoError) Error() string { return e.text }

// maxLeave is how many instructions at most the way out of the kernel takes, if
// nothing else comes first.
const maxLeave = 400

// measure counts the instructions of each call, the way in and the way out
// included.
func (b *builder) measure(ctx context.Context) error {
	for _, c := range b.calls {
		if c.to == 0 {
			continue
		}
		if err := b.p.Seek(ctx, c.to); err != nil {
			return err
		}
		for n := 0; n < maxLeave && b.p.Now() < b.w.End && !b.v.UserMode(); n++ {
			if err := b.p.Seek(ctx, b.p.Now()+1); err != nil {
				return err
			}
		}
		if b.v.UserMode() {
			b.w.Lines[c.line].Instructions = b.p.Now() - c.from
		}
	}
	return nil
}

// lines are the script's.
func (b *builder) lines() {
	b.byNo = map[int]int{}
	for _, s := range b.d.Script.Steps {
		n := b.d.notes[s.Line]
		l := Line{No: s.Line, Text: strings.TrimSpace(b.d.lines[s.Line-1]), Task: s.Task, Say: n.say, Asks: n.asks, Contexts: -1}
		if s.Call != nil && s.Call.Indirect != nil {
			l.Contexts = len(s.Call.Indirect.Items)
		}
		b.byNo[s.Line] = len(b.w.Lines)
		b.w.Lines = append(b.w.Lines, l)
	}
}

// catchUp takes the runner's events up to a moment.
func (b *builder) catchUp(now uint64) {
	for ; b.next < len(b.events) && b.events[b.next].at <= now; b.next++ {
		e := &b.events[b.next]
		i := b.byNo[e.Step.Line]
		l := &b.w.Lines[i]
		l.PID = e.PID
		b.show = append(b.show, b.d.notes[l.No].show...)
		b.d.notes[l.No] = note{}
		t := b.tasks[uint64(e.PID)]
		if t == nil {
			t = &doing{letter: e.Step.Task}
			if e.Step.NewTask != "" {
				t.letter = e.Step.NewTask
			}
			b.tasks[uint64(e.PID)] = t
		}
		if e.Made {
			t.wants = e
			continue
		}
		l.Result = e.Text
		if e.Step.Kind != script.StepCall {
			b.w.Steps = append(b.w.Steps, Step{Moment: e.at, Line: i, Task: e.Step.Task})
		}
	}
}

// stop looks at a phase that has come.
func (b *builder) stop() error {
	r, err := b.v.Regs()
	if err != nil {
		return err
	}
	phase := b.places[r.RIP]
	cur, err := b.v.Global("current")
	if err != nil {
		return nil // the kernel's own thread
	}
	pid, err := fieldUint(cur, "Pid")
	if err != nil {
		return err
	}
	t := b.tasks[pid]
	if t != nil && phase == entry {
		t.came = b.p.Now()
		return nil
	}
	if t == nil || !b.belongs(t, phase, cur) {
		return nil
	}
	s, err := b.step(cur, t, phase)
	if err != nil {
		return err
	}
	b.w.Steps = append(b.w.Steps, s)
	t.last = &s
	return nil
}

// belongs decides whether a phase is one of a call of the script's, and takes
// note of where in it the task is.
func (b *builder) belongs(t *doing, phase string, cur inspect.Value) bool {
	switch phase {
	case SystemCall:
		if t.wants == nil || !matches(t.wants, cur) {
			return false
		}
		t.line, t.open, t.inside = b.byNo[t.wants.Step.Line], true, false
		t.wants = nil
		b.calls = append(b.calls, span{line: t.line, from: t.came})
		return true
	case Signal:
		return t.last != nil
	case Inside:
		if !t.open || t.inside || t.last.Phase != SystemCall && t.last.Phase != Call {
			return false
		}
		t.inside = true
	case Return:
		if t.open {
			t.open = false
			for i := range b.calls {
				if c := &b.calls[i]; c.line == t.line && c.to == 0 {
					c.to = b.p.Now()
				}
			}
			return true
		}
	}
	return t.open
}

// matches says whether the running task's system call is the one that the
// runner has it make.
func matches(e *event, cur inspect.Value) bool {
	call, err := cur.Field("Call")
	if err != nil {
		return false
	}
	nr, err := fieldUint(call, "Nr")
	args, err2 := call.Field("Args")
	if err != nil || err2 != nil || uint32(nr) != uint32(e.Nr) {
		return false
	}
	mask := ^uint64(0)
	if e.Step.I386 {
		mask = 1<<32 - 1
	}
	for i, want := range e.Args {
		a, err := args.Index(i)
		if err != nil {
			return false
		}
		if got, err := a.Uint(); err != nil || got&mask != want&mask {
			return false
		}
	}
	return true
}

func fieldUint(x inspect.Value, name string) (uint64, error) {
	f, err := x.Field(name)
	if err != nil {
		return 0, err
	}
	return f.Uint()
}

// step is what is to be seen at this moment.
func (b *builder) step(cur inspect.Value, t *doing, phase string) (Step, error) {
	s := Step{Moment: b.p.Now(), Line: t.line, Phase: phase, Task: t.letter}
	look(b.v, &s, b.show)
	ctxs, err := b.v.Contexts(cur)
	if err != nil {
		return s, err
	}
	for _, c := range ctxs {
		s.Contexts = append(s.Contexts, Context{Kind: c.Kind, Text: c.Text})
	}
	if s.Chain, err = b.v.Chain(cur); err != nil {
		return s, err
	}
	if t.last != nil {
		s.since(t.last)
	}
	return s, nil
}

// codeLen is how many instructions a step shows.
const codeLen = 8

// look fills in what does not depend on there being a task.
func look(v *inspect.View, s *Step, show []string) {
	stack := v.Stack()
	for _, f := range stack {
		s.Stack = append(s.Stack, frameText(f))
	}
	if len(stack) > 0 {
		s.Func, s.Source = stack[0].Func, stack[0].Line
		for _, in := range v.Disassemble(stack[0].PC, codeLen) {
			s.Code = append(s.Code, Inst{in.Addr, fmt.Sprintf("% x", in.Bytes), in.Text})
		}
	}
	for _, e := range show {
		shown := Shown{Expr: e}
		if x, err := v.Eval(e); err != nil {
			shown.Value, shown.wrong = err.Error(), true
		} else {
			shown.Value = x.String()
		}
		s.Shown = append(s.Shown, shown)
	}
	if r, err := v.Regs(); err == nil {
		s.Regs = registers(r, v.I386())
	}
}

func frameText(f inspect.Frame) string {
	if f.User {
		return fmt.Sprintf("user mode %#x", f.PC)
	}
	return strings.TrimPrefix(f.Func, "guestkernel/") + " " + f.Line.String()
}

func registers(r cpu.Regs, i386 bool) []Reg {
	if i386 {
		return []Reg{
			{"eax", r.RAX, false}, {"ebx", r.RBX, false}, {"ecx", r.RCX, false}, {"edx", r.RDX, false},
			{"esi", r.RSI, false}, {"edi", r.RDI, false}, {"ebp", r.RBP, false}, {"esp", r.RSP, false},
			{"eip", r.RIP, false}, {"eflags", r.RFLAGS, false},
		}
	}
	return []Reg{
		{"rax", r.RAX, false}, {"rbx", r.RBX, false}, {"rcx", r.RCX, false}, {"rdx", r.RDX, false},
		{"rsi", r.RSI, false}, {"rdi", r.RDI, false}, {"rbp", r.RBP, false}, {"rsp", r.RSP, false},
		{"r8", r.R8, false}, {"r9", r.R9, false}, {"r10", r.R10, false}, {"r11", r.R11, false},
		{"r12", r.R12, false}, {"r13", r.R13, false}, {"r14", r.R14, false}, {"r15", r.R15, false},
		{"rip", r.RIP, false}, {"rflags", r.RFLAGS, false},
	}
}

// since marks what has changed since another step.
func (s *Step) since(o *Step) {
	for i := range s.Contexts {
		s.Contexts[i].Changed = i < len(o.Contexts) && s.Contexts[i].Text != o.Contexts[i].Text
	}
	for i := range s.Shown {
		s.Shown[i].Changed = i < len(o.Shown) && s.Shown[i].Value != o.Shown[i].Value
	}
	for i := range s.Regs {
		s.Regs[i].Changed = i < len(o.Regs) && s.Regs[i].Value != o.Regs[i].Value
	}
}
