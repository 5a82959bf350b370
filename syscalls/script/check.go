package script

import (
	"slices"

	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
	"sysindvm/syscalls/wire"
)

// checker checks the lines of a script in their order: names are bound before
// they are used, tasks exist, calls and constants are in the table.
type checker struct {
	bound   map[string]bool
	tasks   map[string]bool
	mem     map[string]bool
	pending map[string]*Step // the call that a task is in
	line    []string         // what the line has bound so far
	all32   bool             // every call is i386's
	tokens  []token          // of the line, in memory that all lines use
	nodes   []Node           // memory for nodes
	enc     encoder          // for encoder

	valueFunc func(string, int) uint64 // c.value
	arena     arena
}

func newChecker() *checker {
	c := &checker{
		bound: map[string]bool{handlerName: true, restorerName: true}, tasks: map[string]bool{"A": true},
		mem: map[string]bool{}, pending: map[string]*Step{}, arena: taskArena(wire.ArenaAddr, wire.ArenaSize, 0),
	}
	c.valueFunc = c.value
	return c
}

func keys[T any](m map[string]T) (names []string) {
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

func (c *checker) check(s *Step) {
	if !c.tasks[s.Task] {
		fail(0, "there is no task %s%s", s.Task, suggest(s.Task, keys(c.tasks)))
	}
	if p := c.pending[s.Task]; p != nil && s.Kind == StepEnd {
		delete(c.pending, s.Task) // it has ended in that call
	} else if p != nil && s.Kind != StepResume && s.Kind != StepSignal {
		fail(0, "task %s is still in the call of line %d: <... %s resumed> must come first", s.Task, p.Line, p.Call.Name)
	}
	switch s.Kind {
	case StepSpawn:
		if c.tasks[s.NewTask] {
			fail(0, "there is a task %s already", s.NewTask)
		}
		// The monitor has a channel, too.
		if len(c.tasks) == wire.Channels-1 {
			fail(0, "a script has at most %d tasks", wire.Channels-1)
		}
		c.tasks[s.NewTask] = true
	case StepResume:
		p := c.pending[s.Task]
		if p == nil {
			fail(0, "task %s is in no call that is unfinished", s.Task)
		}
		if p.Call.Name != s.Resumed {
			fail(0, "task %s is in %s, not in %s", s.Task, p.Call.Name, s.Resumed)
		}
		delete(c.pending, s.Task)
		c.result(s, p.Call)
	case StepCall:
		c.call(s)
	case StepMem:
		c.memory(s)
	case StepSignal:
		c.signal(s)
	case StepEnd:
		c.encoder(false).scalar(s.End, endType(s))
	}
}

// memory checks a line about named memory.
func (c *checker) memory(s *Step) {
	if s.MemCheck {
		if !c.mem[s.Mem] {
			fail(s.MemValue.Pos, "there is no memory %s before this line%s", s.Mem, suggest(s.Mem, keys(c.mem)))
		}
		m := matcher{value: c.value, bind: func(string, uint64) {}}
		m.buffer("", s.MemValue, make([]byte, memorySize(s.MemValue)))
		c.line = c.line[:0]
		c.bind(s.MemValue)
		return
	}
	if c.bound[s.Mem] && !c.mem[s.Mem] {
		fail(s.MemValue.Pos, "%s is bound to a value already", s.Mem)
	}
	if n := len(c.encoder(false).memoryBytes(s.MemValue)); n > maxMemory {
		fail(s.MemValue.Pos, "%d bytes of named memory: at most %d", n, maxMemory)
	}
	c.bound[s.Mem], c.mem[s.Mem] = true, true
}

// signal checks a line about a signal that a handler has had.
func (c *checker) signal(s *Step) {
	c.signalNumber(s.Signal)
	if s.Siginfo != nil {
		checkFields(s.Siginfo, &syscalls.StructSiginfo)
		m := matcher{value: c.value, bind: func(string, uint64) {}}
		m.fields(&strace.Printer{}, "", s.Siginfo, &syscalls.StructSiginfo, make([]byte, syscalls.StructSiginfo.Size[syscalls.AMD64]), false)
		c.line = c.line[:0]
		c.bind(s.Siginfo)
	}
}

func (c *checker) signalNumber(n *Node) {
	if n.Kind == Name && signalNumber(n.Name) == 0 && isConst(n.Name) {
		fail(n.Pos, "no signal is %s%s", n.Name, suggest(n.Name, constNames(&syscalls.SetSignal)))
	}
}

// endType is the type of the number in +++ exited with 0 +++ and +++ killed by
// SIGKILL +++.
func endType(s *Step) *syscalls.Type {
	if s.Killed {
		return &syscalls.Type{Kind: syscalls.Enum, Set: &syscalls.SetSignal}
	}
	return &syscalls.Type{Kind: syscalls.Int}
}

// value stands in for what a name will be bound to.
func (c *checker) value(name string, pos int) uint64 {
	if !c.bound[name] && !c.tasks[name] {
		fail(pos, "%s is not bound before this line%s", name, suggest(name, append(keys(c.bound), keys(c.tasks)...)))
	}
	return 0
}

// encoder is for one call: the next one uses its memory.
func (c *checker) encoder(i386 bool) *encoder {
	e := &c.enc
	*e = encoder{value: c.valueFunc, mem: c.arena, puts: e.puts[:0], outs: e.outs[:0]}
	if i386 {
		e.abi = syscalls.I386
	}
	return e
}

// notAlone are calls that the agent makes for a script and a script does not
// make itself.
var notAlone = map[string]string{
	"fork": "fork", "vfork": "fork", "clone": "thread", "clone3": "thread",
}

func (c *checker) call(s *Step) {
	if how, no := notAlone[s.Call.Name]; no && s.Call.Indirect == nil {
		fail(s.Call.Pos, "a script makes tasks by: task B = %s", how)
	}
	c.encode(s.Call, s.I386)
	if s.Alt != nil {
		c.encode(s.Alt, s.I386)
	}
	if s.Unfinished {
		if s.Want != nil || s.WantErr != 0 || s.Bind != "" {
			fail(s.Call.Pos, "a call that is unfinished has no result yet: it belongs to the line <... %s resumed>", s.Call.Name)
		}
		c.pending[s.Task] = s
		return
	}
	c.result(s, s.Call)
}

// encode checks a call: that it can be encoded, and what comes back compared.
func (c *checker) encode(call *Call, i386 bool) {
	e := c.encoder(i386)
	enc := e.call(call)
	if len(enc.outs) == 0 {
		return
	}
	m := matcher{abi: e.abi, value: c.valueFunc, bind: func(string, uint64) {}}
	var zeros [][]byte
	for _, o := range enc.outs {
		zeros = append(zeros, zeroes[:o.size])
	}
	m.outs(&enc, zeros, 0)
}

// result checks the expected result and binds what the call binds.
func (c *checker) result(s *Step, call *Call) {
	if s.Bind != "" && s.WantErr != 0 {
		fail(0, "%s := needs a call that succeeds", s.Bind)
	}
	if s.Want != nil {
		c.pattern(s.Want, resultType(call))
	}
	if slices.Contains(noReturn, call.Name) && s.WantErr == 0 && !s.NoReturn && (s.Want != nil || s.Bind != "") {
		fail(call.Pos, "%s does not return: %s(...) = ?", call.Name, call.Name)
	}
	if s.WantErr != 0 {
		return
	}
	c.line = c.line[:0]
	if s.Bind != "" {
		c.line = append(c.line, s.Bind)
		c.bound[s.Bind] = true
	}
	for _, a := range call.Args {
		c.bind(a)
	}
	if s.Want != nil {
		c.bind(s.Want)
	}
}

// resultType is the type of a call's result, as far as it can be known before
// the call is made.
func resultType(c *Call) *syscalls.Type {
	t := callNamed(c.Name)
	if t == nil {
		return &syscalls.Type{Kind: syscalls.Int}
	}
	var v [6]uint64
	for i, a := range c.Args {
		if a.Kind == Name {
			v[i], _ = allConsts(a.Name)
		} else {
			v[i] = a.Num
		}
	}
	return t.ResultType(v[:len(t.Args)])
}

// pattern checks the constants and names of an expected number.
func (c *checker) pattern(n *Node, t *syscalls.Type) {
	switch n.Kind {
	case Any, Bind, Range, AtLeast:
	default:
		c.encoder(false).scalar(n, t)
	}
}

// bind notes what ?name binds.
func (c *checker) bind(n *Node) {
	if n.Kind == Bind {
		if slices.Contains(c.line, n.Name) {
			fail(n.Pos, "%s is bound on this line already", n.Name)
		}
		c.line = append(c.line, n.Name)
		c.bound[n.Name] = true
	}
	for _, m := range n.List {
		c.bind(m)
	}
}

// finish checks what can only be seen at the end.
func (c *checker) finish(file string, lines []string) error {
	var first *Step
	for _, s := range c.pending {
		if first == nil || s.Line < first.Line {
			first = s
		}
	}
	if first == nil {
		return nil
	}
	return &Error{File: file, Line: first.Line, Col: 1, Text: lines[first.Line-1],
		Msg: "this call of task " + first.Task + " is never resumed"}
}

// taskArena is the part of the arena that the task of a channel uses: threads
// share their memory.
func taskArena(addr, size uint64, channel int) arena {
	const page = 4096
	part := (size/wire.Channels - page) &^ (page - 1)
	return arena{addr: addr + uint64(channel)*part, size: part, end: addr + size}
}
