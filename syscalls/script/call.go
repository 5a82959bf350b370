package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/strace"
)

// inflight is a call that is to be made, or is being made.
type inflight struct {
	step   *Step
	call   *Call
	enc    encoded
	slot   agent.Slot
	bufs   []agent.Buffer
	before string // the task's contexts before the call
}

// group is calls of one task that are made in one go: no result is needed by
// the runner in between. The descriptor that one returns can be the argument
// of the next.
type group struct {
	task  *task
	batch *agent.Batch
	calls []*inflight
	data  int                   // bytes in and out
	names map[string]agent.Slot // bound by results; -1 if bound in memory
}

// maxGroup is how many calls are made in one go. A failure is only seen when
// all have been made.
const maxGroup = 64

// joins says whether a line can be made in one go with those of the group:
// it is a plain call of the same task, and no other task is in a call, so that
// none can come in between.
func (r *runner) joins(s *Step) bool {
	g := &r.group
	if s.Kind != StepCall || s.Unfinished || r.opt.Single || g.task != r.tasks[s.Task] || len(g.calls) == maxGroup ||
		s.Call.Indirect != nil && !r.opt.Native && !s.NoRestore || s.ends(s.Call.Name) {
		return false
	}
	for _, t := range r.tasks {
		if t.call != nil {
			return false
		}
	}
	return true
}

// noReturn are the calls after which a task is no more.
var noReturn = []string{"exit", "exit_group"}

// ends says whether the call of a line, which has this name, must not return
// to who has made it.
func (s *Step) ends(name string) bool {
	return s.NoReturn || s.WantErr == 0 && slices.Contains(noReturn, name)
}

// call prepares a call, and makes it unless others can join it; false if it is
// left out.
func (r *runner) call(s *Step, t *task) bool {
	f := &inflight{step: s, call: s.Call}
	if r.opt.Native && s.Call.Indirect != nil {
		if s.Alt == nil {
			r.flush()
			r.unbind(s)
			return false
		}
		f.call = s.Alt
	}
	if !r.guardMissing(s, func() { r.encode(f, t) }) {
		return false
	}
	if r.watched(f) {
		f.before = r.contexts(t)
	}
	r.add(f, t)
	r.observe(Event{Step: s, PID: t.PID, Made: true, Nr: f.enc.nr, Args: f.enc.args})
	switch {
	case s.ends(f.enc.inner.Name):
		r.send(t)
		if s.Alt != nil {
			r.result.Cases++
		}
		r.note(s.Task, f.printer(nil).Unfinished(f.enc.nr, f.enc.args))
		r.observe(Event{Step: s, PID: t.PID, Nr: f.enc.nr, Args: f.enc.args})
		r.group = group{}
		t.gone = true
		r.result.Lines++
	case s.Unfinished:
		r.send(t)
		t.call, t.batch = f, r.group.batch
		r.group = group{}
		r.asleep(s, t)
		r.result.Lines++
	case r.opt.Single || r.watched(f):
		r.flush()
	}
	return true
}

// pendingName says that a call needs a name whose value is still to come.
type pendingName string

// encode lays a call out. If it needs what calls of the group give other than
// as a descriptor, these are made first.
func (r *runner) encode(f *inflight, t *task) {
	try := func() (ok bool) {
		defer func() {
			if e := recover(); e != nil {
				if _, pending := e.(pendingName); !pending {
					panic(e)
				}
				ok = false
			}
		}()
		e := &encoder{abi: f.step.abi(), value: r.lookup, slot: r.slotOf, mem: taskArena(t.Arena, t.ArenaSize, t.Channel())}
		f.enc = e.call(f.call)
		f.enc.data = e.data
		return true
	}
	if !try() {
		r.flush()
		try()
	}
	if r.group.data+f.enc.data > maxData {
		r.flush()
		try()
	}
}

// slotOf is the slot of a name that a call of the group will bind.
func (r *runner) slotOf(name string) (agent.Slot, bool) {
	s, ok := r.group.names[name]
	return s, ok && s >= 0
}

// add puts a call into the group.
func (r *runner) add(f *inflight, t *task) {
	g := &r.group
	if g.task == nil {
		*g = group{task: t, batch: &agent.Batch{}, names: map[string]agent.Slot{}}
	}
	for _, p := range f.enc.puts {
		g.batch.Put(p.addr, p.data)
	}
	var args []agent.Arg
	for i, v := range f.enc.args {
		if s := f.enc.slots[i]; s > 0 {
			args = append(args, (s - 1).Arg())
		} else {
			args = append(args, agent.Addr(v))
		}
	}
	if f.step.I386 {
		f.slot = g.batch.Call32(uint32(f.enc.nr), args...)
	} else {
		f.slot = g.batch.Call(uint32(f.enc.nr), args...)
	}
	for _, o := range f.enc.outs {
		f.bufs = append(f.bufs, g.batch.Get(o.addr, o.size))
	}
	g.calls = append(g.calls, f)
	g.data += f.enc.data
	r.checked = nil
	for name, inResult := range f.step.names() {
		g.names[name] = -1
		if inResult {
			g.names[name] = f.slot
		}
	}
}

// names are the names that a line binds, and whether as the call's result.
func (s *Step) names() map[string]bool {
	names := map[string]bool{}
	var walk func(n *Node)
	walk = func(n *Node) {
		if n.Kind == Bind {
			names[n.Name] = false
		}
		for _, m := range n.List {
			walk(m)
		}
	}
	for _, a := range s.Call.Args {
		walk(a)
	}
	if s.Want != nil && s.Want.Kind == Bind {
		names[s.Want.Name] = true
	}
	if s.Bind != "" {
		names[s.Bind] = true
	}
	return names
}

// send has the group's calls made. It does not wait for them.
func (r *runner) send(t *task) { check(t.Start(r.ctx, r.group.batch)) }

// flush makes the group's calls and compares what came back.
func (r *runner) flush() {
	g := r.group
	if g.task == nil {
		return
	}
	r.send(g.task)
	r.under, r.group = g, group{}
	if !r.wait(g.task) {
		if len(g.calls) > 1 {
			r.result.Unclear = true
		}
		first, last := g.calls[0].step, g.calls[len(g.calls)-1].step
		st := failing("result", wantText(first), blocked)
		if first != last {
			st = failing("result", fmt.Sprintf("the calls of lines %d to %d to return", first.Line, last.Line), blocked)
		}
		st.step = first
		panic(st)
	}
	for _, f := range g.calls {
		if !r.guardMissing(f.step, func() { r.settle(f.step, g.task, f, g.batch) }) {
			if !r.opt.Native {
				panic(failing("name", "all names of the line bound", "one is not"))
			}
			r.result.LeftOut++
			continue
		}
		r.result.Lines++
	}
}

const blocked = "nothing: the call blocks, and every other task is asleep"

// wait waits for what a task has been sent; false if it sleeps for good.
func (r *runner) wait(t *task) bool {
	err := t.Finish(r.ctx)
	for i := 0; r.opt.Host && i < hostIdles && errors.Is(err, agent.ErrIdle); i++ {
		err = t.Finish(r.ctx)
	}
	if errors.Is(err, agent.ErrIdle) {
		return false
	}
	check(err)
	return true
}

// finish waits for an unfinished call to return, and compares what came back.
func (r *runner) finish(s *Step, t *task) {
	if !r.wait(t) {
		panic(failing("result", wantText(s), blocked))
	}
	f := t.call
	t.call = nil
	r.settle(s, t, f, t.batch)
	signals := t.signals
	t.signals = nil
	for _, sig := range signals {
		r.signal(sig, t)
	}
}

// settle compares what came of a call with what the line s says, which is the
// call's own unless it was unfinished.
func (r *runner) settle(s *Step, t *task, f *inflight, batch *agent.Batch) {
	v := batch.Result(f.slot)
	var data [][]byte
	for _, b := range f.bufs {
		data = append(data, batch.Bytes(b))
	}
	for i, slot := range f.enc.slots {
		if slot > 0 {
			f.enc.args[i] = uint64(batch.Result(slot - 1))
			f.enc.at[i] = f.enc.args[i]
		}
	}
	p := f.printer(data)
	if f.step.Unfinished {
		r.note(s.Task, p.Resumed(f.enc.nr, f.enc.args, v))
	} else {
		r.note(s.Task, f.step.prefix()+p.Call(f.enc.nr, f.enc.args, v))
	}
	r.observe(Event{Step: s, PID: t.PID, Nr: f.enc.nr, Args: f.enc.args})
	m := &matcher{abi: f.step.abi(), value: r.lookup, bind: func(name string, v uint64) { r.vars[name] = v }}
	if f.step.Alt != nil {
		r.result.Cases++
	}
	r.compare(m, s, f, v, data)
	if r.watched(f) {
		r.compareContexts(m, t, f)
	}
	if m.diffs = r.update(s, m.diffs); len(m.diffs) > 0 {
		panic(stop{step: s, diffs: m.diffs})
	}
}

// watched says whether the task's contexts are compared with those before.
func (r *runner) watched(f *inflight) bool {
	return f.call.Indirect != nil && !f.step.NoRestore
}

// compareContexts compares the contexts that are in force with those before
// the call.
func (r *runner) compareContexts(m *matcher, t *task, f *inflight) {
	t.contexts = ""
	switch after := r.contexts(t); {
	case strings.HasPrefix(after, unreadable):
		m.differ(nil, "restore", "the contexts as before", after)
	case after != f.before:
		m.differ(nil, "restore", oneLine(f.before), oneLine(after))
	}
}

// contexts are the contexts that are in force for a task between its calls.
// They are read but once where no call has been made in between.
func (r *runner) contexts(t *task) string {
	if r.checked == t && t.contexts != "" {
		return t.contexts
	}
	r.flush()
	name := fmt.Sprintf("/proc/%d/indirect", t.PID)
	text, errno := r.readFile(name)
	if errno != 0 {
		return fmt.Sprintf(unreadable+"%s: %s", name, strace.Errno(errno))
	}
	t.contexts, r.checked = text, t
	return text
}

// unreadable begins what is said of contexts that cannot be read.
const unreadable = "cannot read "

func oneLine(s string) string { return strings.Join(strings.Split(strings.TrimSpace(s), "\n"), "; ") }

// guardMissing says whether f could do without names that are not bound. The
// names that the line would have bound are not bound then.
func (r *runner) guardMissing(s *Step, f func()) (ok bool) {
	defer func() {
		if e := recover(); e != nil {
			if _, is := e.(missing); !is {
				panic(e)
			}
			r.flush()
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

// compare compares the result and the memory of a call with what the line
// says, and binds its names.
func (r *runner) compare(m *matcher, s *Step, f *inflight, v int64, data [][]byte) {
	typ := f.enc.inner.ResultType(f.enc.at[:len(f.enc.inner.Args)])
	failed := v < 0 && v >= -4095
	switch {
	case s.WantErr != 0:
		if v != -int64(s.WantErr) {
			m.result1(s, strace.Errno(s.WantErr), v, typ)
		}
	case s.Want != nil:
		if failed || !m.number(s.Want, uint64(v), 8, typ.Set) {
			m.result1(s, m.numberText(s.Want, typ), v, typ)
		}
	case failed:
		m.result1(s, "success", v, typ)
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
	return &strace.Printer{ABI: f.step.abi(), Mem: func(addr uint64, n int) []byte {
		for i := len(data) - 1; i >= 0; i-- {
			if b, ok := within(f.enc.outs[i].addr, data[i], addr); ok {
				return b
			}
		}
		return f.given(addr)
	}, Before: func(addr uint64, n int) []byte { return f.given(addr) }}
}

// given is what was put at addr before the call.
func (f *inflight) given(addr uint64) []byte {
	for _, p := range f.enc.puts {
		if b, ok := within(p.addr, p.data, addr); ok {
			return b
		}
	}
	return nil
}

func within(base uint64, b []byte, addr uint64) ([]byte, bool) {
	if addr < base || addr >= base+uint64(len(b)) {
		return nil, false
	}
	return b[addr-base:], true
}
