package script

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// Features are what a script can require of a machine.
var Features = []string{"indirect", "i386", "guest", "host", "kvm", "soft", "root", "thread", "signals", "x86-64", "xattr"}

// BadPtr is the address that BADPTR stands for, where nothing is ever mapped:
// in user space, of 32-bit programs on i386 too.
const BadPtr = 0xbad00000

// Parse parses and checks a script. The error is an *Error.
func Parse(file string, data []byte) (*Script, error) { return parse(file, data, false) }

// As32 is the script with every call made as a 32-bit program makes it. The
// error says why that cannot be: a call that i386 does not have, a value of more
// than 32 bits, or that it requires x86-64.
func (s *Script) As32() (*Script, error) {
	t, err := parse(s.File, s.source, true)
	if err == nil {
		t.Name = s.Name
	}
	return t, err
}

// nameOf is the name of the script in a file.
func nameOf(file string) string { return strings.TrimSuffix(path.Base(file), path.Ext(file)) }

func parse(file string, data []byte, all32 bool) (*Script, error) {
	s := &Script{File: file, Name: nameOf(file), source: data}
	if len(data) > MaxSize {
		return nil, &Error{File: file, Line: 1, Col: 1, Msg: "the script is longer than 1 MiB"}
	}
	ar := txtar.Parse(data)
	lines := strings.Split(string(ar.Comment), "\n")
	c := newChecker()
	c.all32 = all32
	for i, line := range lines {
		step, err := parseLine(s, c, file, i+1, line)
		if err != nil {
			return nil, err
		}
		if step != nil {
			s.Steps = append(s.Steps, step)
		}
	}
	if err := c.finish(file, lines); err != nil {
		return nil, err
	}
	at := len(lines)
	for _, f := range ar.Files {
		if name := path.Clean(f.Name); name == "." || name == ".." || strings.HasPrefix(name, "../") {
			return nil, &Error{File: file, Line: at, Col: 1, Text: "-- " + f.Name + " --", Msg: "a file cannot be put outside the script's directory"}
		}
		at += 1 + bytes.Count(f.Data, []byte("\n"))
		s.Files = append(s.Files, File{f.Name, f.Data})
	}
	return s, nil
}

// ParseCall parses and checks one call, as a line of a script; abi says how it
// is made.
func ParseCall(text string, abi syscalls.ABI) (*Step, error) {
	s := &Script{}
	if strings.ContainsAny(text, "\n") {
		return nil, &Error{File: "call", Line: 1, Col: 1, Msg: "a call is one line"}
	}
	c := newChecker()
	c.all32 = abi == syscalls.I386
	step, err := parseLine(s, c, "call", 1, text)
	if err == nil && (step == nil || step.Kind != StepCall || step.Unfinished) {
		err = &Error{File: "call", Line: 1, Col: 1, Text: text, Msg: "that is no call"}
	}
	return step, err
}

// parseLine parses and checks one line; nil for one that is empty.
func parseLine(s *Script, c *checker, file string, n int, line string) (step *Step, err error) {
	defer func() {
		switch f := recover().(type) {
		case nil:
		case fault:
			step, err = nil, &Error{File: file, Line: n, Col: f.pos + 1, Text: strings.TrimRight(line, " \t\r"), Msg: f.msg}
		default:
			panic(f)
		}
	}()
	if len(line) > MaxLine {
		line = line[:40] + "..."
		fail(0, "the line is longer than %d bytes", MaxLine)
	}
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "requires:"); ok {
		if len(s.Steps) > 0 {
			fail(0, "requires: must stand before the first call")
		}
		n := len(s.Requires)
		for _, w := range strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' }) {
			if strings.HasPrefix(w, "#") {
				break
			}
			if !slices.Contains(Features, w) {
				fail(strings.Index(line, w), "no machine has %q%s", w, suggest(w, Features))
			}
			if w == "x86-64" && c.all32 {
				fail(strings.Index(line, w), "the script is about 64-bit calls")
			}
			s.Requires = append(s.Requires, w)
		}
		if len(s.Requires) == n {
			fail(strings.Index(line, ":")+1, "the name of what the machine must have is missing: %s", strings.Join(Features, ", "))
		}
		return nil, nil
	}
	c.tokens = lex(c.tokens[:0], line)
	p := &parser{nodes: &c.nodes, line: line, tokens: c.tokens}
	if p.peek().kind == tokEOF {
		return nil, nil
	}
	step = p.step()
	step.Line, step.Text = n, strings.TrimSpace(strings.TrimRight(line[:p.peek().pos], " \t"))
	step.I386 = step.I386 || c.all32 && step.Kind == StepCall
	c.check(step)
	return step, nil
}

type parser struct {
	nodes  *[]Node // memory for nodes, which are many
	line   string
	tokens []token
	i      int
	depth  int
}

func (p *parser) peek() *token { return &p.tokens[p.i] }
func (p *parser) peekAt(n int) *token {
	return &p.tokens[min(p.i+n, len(p.tokens)-1)]
}
func (p *parser) next() *token {
	t := &p.tokens[p.i]
	if t.kind != tokEOF {
		p.i++
	}
	return t
}
func (p *parser) is(text string) bool {
	t := p.peek()
	return (t.kind == tokPunct || t.kind == tokIdent) && t.text == text
}
func (p *parser) take(text string) bool {
	if p.is(text) {
		p.i++
		return true
	}
	return false
}
func (p *parser) expect(text, why string) *token {
	if !p.is(text) {
		fail(p.peek().pos, "%s: %q is missing%s", why, text, p.found())
	}
	return p.next()
}
func (p *parser) found() string {
	if t := p.peek(); t.kind != tokEOF {
		return ", here is " + p.line[t.pos:t.end]
	}
	return ""
}
func (p *parser) ident(what string) *token {
	if p.peek().kind != tokIdent {
		fail(p.peek().pos, "%s is missing%s", what, p.found())
	}
	return p.next()
}

func (p *parser) step() *Step {
	s := &Step{Task: "A"}
	if p.peek().kind == tokIdent && p.peekAt(1).text == ":" && p.peekAt(1).kind == tokPunct {
		s.Task = p.next().text
		p.next()
	}
	switch {
	case p.is("task") && p.peekAt(1).kind == tokIdent:
		p.spawn(s)
	case p.is("tick") && p.peekAt(1).text != "(":
		p.next()
		t := p.next()
		if t.kind == tokEOF {
			fail(t.pos, "a time to wait is missing: 50ms for one, at most 1m")
		}
		d, err := time.ParseDuration(t.text)
		if err != nil || d <= 0 || d > time.Minute {
			fail(t.pos, "%s is no time to wait: 50ms for one, at most 1m", p.line[t.pos:t.end])
		}
		s.Kind, s.Tick = StepTick, d
	case p.is("<"):
		p.resumed(s)
	case p.is("---"):
		p.signal(s)
	case p.is("+++"):
		p.end(s)
	case p.is("mem") && p.peekAt(1).kind == tokIdent:
		p.mem(s)
	default:
		p.callLine(s)
	}
	if t := p.peek(); t.kind != tokEOF {
		hint := ""
		if s.Kind == StepCall {
			hint = p.meantAfterCall()
		}
		fail(t.pos, "nothing more is expected on this line%s%s", p.found(), hint)
	}
	return s
}

// meantAfterCall says what may have been meant by what stands behind a call.
func (p *parser) meantAfterCall() string {
	switch t := p.peek(); {
	case t.text == "==" || t.text == ">=" || t.text == "<=" || t.text == "=>":
		return `: what a call gives is written "= 0", "= >= 0" or "= 4..8"`
	case p.i > 0 && p.tokens[p.i-1].text == "-1" && t.kind == tokIdent:
		return suggest(t.text, errnoNames)
	case t.kind == tokIdent:
		return suggest(t.text, []string{"norestore"})
	}
	return ""
}

var taskKinds = []string{"fork", "thread", "proc"}

func (p *parser) spawn(s *Step) {
	p.next()
	s.Kind = StepSpawn
	t := p.ident("the task's name")
	if t.text[0] < 'A' || t.text[0] > 'Z' {
		fail(t.pos, "the name of a task begins with a capital letter")
	}
	if isConst(t.text) {
		fail(t.pos, "%s would read as a constant: a task is one capital letter, or has small ones, too", t.text)
	}
	s.NewTask = t.text
	p.expect("=", "task "+t.text)
	how := p.ident("the kind of task (fork, thread or proc)")
	if !slices.Contains(taskKinds, how.text) {
		fail(how.pos, "no kind of task is %s%s (fork, thread or proc)", how.text, suggest(how.text, taskKinds))
	}
	s.How = how.text
}

func (p *parser) resumed(s *Step) {
	p.next()
	s.Kind = StepResume
	p.expect("...", "a call that goes on")
	s.Resumed = p.ident("the call's name").text
	p.expect("resumed", "<... "+s.Resumed)
	p.expect(">", "<... "+s.Resumed+" resumed")
	p.take(")")
	s.resultPos = p.tokens[p.i-1].end
	s.resultEnd = s.resultPos
	p.suffixes(s)
}

// signal parses --- SIGUSR1 {si_code=SI_USER, si_pid=B} ---.
func (p *parser) signal(s *Step) {
	p.next()
	s.Kind, s.Signal = StepSignal, p.value()
	if p.is("{") {
		s.Siginfo = p.value()
	}
	p.expect("---", "a signal, --- SIGUSR1 ---")
}

// end parses +++ exited with 0 +++ and +++ killed by SIGKILL +++.
func (p *parser) end(s *Step) {
	p.next()
	s.Kind = StepEnd
	switch how := p.ident("exited or killed"); how.text {
	case "exited":
		p.expect("with", "+++ exited")
	case "killed":
		p.expect("by", "+++ killed")
		s.Killed = true
	default:
		fail(how.pos, "a task's end is written +++ exited with 0 +++ or +++ killed by SIGKILL +++")
	}
	if t := p.peek(); t.kind == tokIdent { // no value: (core dumped) may follow
		p.next()
		s.End = &Node{Kind: Name, Pos: t.pos, End: t.end, Name: t.text}
	} else {
		s.End = p.value()
	}
	if p.take("(") { // strace adds (core dumped)
		p.ident("core")
		p.ident("dumped")
		p.expect(")", "(core dumped")
	}
	p.expect("+++", "a task's end, +++ exited with 0 +++")
}

// mem parses mem f = [1] and mem f == [1].
func (p *parser) mem(s *Step) {
	p.next()
	t := p.ident("the memory's name")
	bindable(t)
	s.Kind, s.Mem = StepMem, t.text
	if s.MemCheck = p.take("=="); !s.MemCheck {
		p.expect("=", "mem "+t.text)
	}
	s.MemValue = p.value()
}

func (p *parser) callLine(s *Step) {
	if p.is("i386") && p.peekAt(1).kind == tokIdent {
		s.I386 = true
		p.next()
	}
	if p.peek().kind == tokIdent && p.peekAt(1).text == ":=" {
		t := p.next()
		bindable(t)
		s.Bind = t.text
		p.next()
		if p.is("i386") && p.peekAt(1).kind == tokIdent {
			s.I386 = true
			p.next()
		}
	}
	s.Call = p.call()
	s.resultPos, s.resultEnd = s.Call.End, s.Call.End
	p.suffixes(s)
}

// bindable fails if the name cannot be one that a script binds.
func bindable(t *token) {
	if c := t.text[0]; c != '_' && (c < 'a' || c > 'z') {
		fail(t.pos, "%s cannot be bound: such a name begins with a small letter", t.text)
	}
}

// suffixes parses what may follow a call.
func (p *parser) suffixes(s *Step) {
	for {
		t := p.peek()
		switch {
		case p.take("="):
			p.result(s)
			s.resultEnd = p.tokens[p.i-1].end
		case p.take("norestore"):
			s.NoRestore = true
		case p.is("<") && s.Kind == StepCall:
			p.next()
			p.expect("unfinished", "a call that does not return yet")
			p.expect("...", "<unfinished")
			p.expect(">", "<unfinished ...")
			s.Unfinished = true
		case p.is("~") && s.Kind == StepCall:
			p.next()
			if s.Alt != nil {
				fail(t.pos, "there is an alternative already")
			}
			s.Alt = p.call()
			if s.Alt.Indirect != nil {
				fail(s.Alt.Pos, "the alternative is for a Linux without indirect")
			}
		case p.is("(") && s.Want != nil || p.is("(") && s.WantErr != 0:
			// What strace says in words: (No such file or directory).
			for depth := 0; ; {
				t := p.next()
				switch t.text {
				case "(":
					depth++
				case ")":
					depth--
				}
				if depth == 0 {
					break
				}
				if t.kind == tokEOF {
					fail(t.pos, "a ) is missing")
				}
			}
			s.resultEnd = p.tokens[p.i-1].end
		default:
			return
		}
	}
}

// errnoNames are the names of all errors.
var errnoNames = func() (names []string) {
	for e := syscalls.Errno(1); e < 4096; e++ {
		if e.Name() != "" {
			names = append(names, e.Name())
		}
	}
	return names
}()

// errnos are the errors by name, other names of some among them.
var errnos = func() map[string]syscalls.Errno {
	m := map[string]syscalls.Errno{"EWOULDBLOCK": syscalls.EWOULDBLOCK, "EOPNOTSUPP": syscalls.ENOTSUP}
	for e := syscalls.Errno(1); e < 4096; e++ {
		if e.Name() != "" {
			m[e.Name()] = e
		}
	}
	return m
}()

func errnoNamed(name string) syscalls.Errno { return errnos[name] }

func (p *parser) result(s *Step) {
	if s.Want != nil || s.WantErr != 0 {
		fail(p.peek().pos, "there is a result already")
	}
	if p.peek().text == "-1" && p.peekAt(1).kind == tokIdent && p.peekAt(1).text[0] == 'E' {
		p.next()
		t := p.next()
		if s.WantErr = errnoNamed(t.text); s.WantErr == 0 {
			fail(t.pos, "no error is %s%s", t.text, suggest(t.text, errnoNames))
		}
		return
	}
	if t := p.peek(); t.kind == tokIdent && errnoNamed(t.text) != 0 {
		fail(t.pos, "an error is written -1 %s", t.text)
	} else if t.kind == tokNum && int64(t.num) < 0 && int64(t.num) > -4096 {
		if next := p.peekAt(1); next.kind == tokIdent {
			fail(next.pos, "no error is %s%s", next.text, suggest(next.text, errnoNames))
		}
		name := syscalls.Errno(-int64(t.num)).Name()
		if t.text == "-1" || name == "" {
			name = "EBADF, for one"
		}
		fail(t.pos, "a call that fails gives an error: -1 %s", name)
	}
	if t := p.peek(); t.text == "?" && p.peekAt(1).kind != tokIdent {
		p.next()
		s.Want, s.NoReturn = &Node{Kind: Any, Pos: t.pos}, true
		return
	}
	s.Want = p.value()
}

// call parses a call with what stands before it.
func (p *parser) call() *Call {
	t := p.peek()
	if p.is("indirect") && p.wraps() {
		ind := p.indirect()
		c := p.call()
		if c.Indirect != nil {
			fail(c.Indirect.Pos, "indirect cannot wrap indirect(...) in this notation: write the inner one with numbers, indirect(41, NULL, 0, NULL)")
		}
		c.Indirect, c.Pos = ind, t.pos
		return c
	}
	if at := p.peekAt(2); p.is("indirect") && at.kind == tokIdent && p.peekAt(3).text == "{" {
		p.indirect()
		fail(p.peek().pos, "after indirect(...): the call that it makes is missing")
	}
	c := &Call{Pos: t.pos, Name: p.ident("a call").text}
	if p.is("=") && p.peekAt(1).kind == tokIdent && p.peekAt(2).text == "(" {
		fail(p.peek().pos, "a name is bound by %s := %s(...)", c.Name, p.peekAt(1).text)
	}
	p.expect("(", "after "+c.Name)
	c.Args = p.values(")", c.Name)
	c.End = p.tokens[p.i-1].end
	if c.Name == "call" {
		if len(c.Args) == 0 {
			fail(t.pos, "call needs the call's number: call(9999)")
		}
		c.Nr, c.Args = c.Args[0], c.Args[1:]
	}
	return c
}

// wraps says whether the indirect( at this place is followed by a call, and
// is not itself the call.
func (p *parser) wraps() bool {
	depth := 0
	for i := p.i + 1; i < len(p.tokens); i++ {
		switch t := p.tokens[i]; {
		case t.kind == tokPunct && (t.text == "(" || t.text == "{" || t.text == "["):
			depth++
		case t.kind == tokPunct && (t.text == ")" || t.text == "}" || t.text == "]"):
			if depth--; depth == 0 {
				return i+1 < len(p.tokens) && p.tokens[i+1].kind == tokIdent && p.tokens[i+1].text != "norestore"
			}
		}
	}
	return true
}

func (p *parser) indirect() *Indirect {
	ind := &Indirect{Pos: p.next().pos}
	p.expect("(", "after indirect")
	for !p.take(")") {
		if len(ind.Items) > 0 || ind.NCtxs != nil || ind.Ctxs != nil || ind.Params != nil {
			p.expect(",", "between contexts")
		}
		t := p.peek()
		if t.kind == tokIdent && p.peekAt(1).text == "=" {
			slot := map[string]**Node{"nctxs": &ind.NCtxs, "ctxs": &ind.Ctxs, "params": &ind.Params}[t.text]
			if slot == nil {
				fail(t.pos, "indirect has no %s%s", t.text, suggest(t.text, []string{"nctxs", "ctxs", "params"}))
			}
			p.i += 2
			*slot = p.value()
			continue
		}
		ind.Items = append(ind.Items, p.context())
	}
	return ind
}

func contextNames() []string {
	names := []string{"raw"}
	for _, l := range syscalls.ContextLayouts {
		names = append(names, l.Name)
	}
	return names
}

func (p *parser) context() *Context {
	t := p.peek()
	c := &Context{Pos: t.pos}
	if t.kind != tokIdent || p.peekAt(1).text != "{" {
		if t.kind == tokIdent && t.text != "NULL" && t.text != "BADPTR" && (isConst(t.text) || p.peekAt(1).text == "(") {
			fail(t.pos, "a context is written %s{...}", t.text)
		}
		c.Ptr = p.value()
		return c
	}
	p.next()
	if t.text != "raw" {
		if c.Layout = syscalls.LayoutNamed(t.text); c.Layout == nil {
			fail(t.pos, "no context is %s%s", t.text, suggest(t.text, contextNames()))
		}
	}
	p.next()
	c.Fields = p.values("}", t.text)
	c.At = p.place()
	return c
}

// values parses values up to the closing bracket, each with or without a
// name.
func (p *parser) values(closing, of string) []*Node {
	if p.take(closing) {
		return nil
	}
	list := make([]*Node, 0, 4)
	for !p.take(closing) {
		if p.peek().kind == tokEOF {
			fail(p.peek().pos, "in %s: %q is missing", of, closing)
		}
		// strace writes sets without commas: [INT CHLD], [3 5].
		if len(list) > 0 && !(of == "[" && (p.peek().kind == tokIdent || p.peek().kind == tokNum) && plainItem(list[len(list)-1])) {
			p.expect(",", "in "+of)
		}
		key, keyPos := "", 0
		if p.peek().kind == tokIdent && p.peekAt(1).text == "=" && p.peekAt(1).kind == tokPunct {
			t := p.next()
			key, keyPos = t.text, t.pos
			p.next()
		}
		n := p.value()
		n.Key, n.KeyPos = key, keyPos
		list = append(list, n)
	}
	return list
}

// plainItem says whether an item of a list may stand without a comma.
func plainItem(n *Node) bool { return n.Kind == Number || n.Kind == Name }

func (p *parser) place() *Place {
	if !p.is("@") || p.peekAt(1).text != "end" {
		return nil
	}
	p.i += 2
	if t := p.peek(); t.kind == tokNum && t.text[0] == '-' {
		p.next()
		if -int64(t.num) > wire.ArenaSize/2 {
			fail(t.pos, "@end%s is too far back: at most %d", t.text, wire.ArenaSize/2)
		}
		return &Place{Back: -t.num}
	}
	return &Place{Whole: true}
}

func (p *parser) value() *Node {
	if p.depth++; p.depth > MaxDepth {
		fail(p.peek().pos, "more than %d brackets in brackets", MaxDepth)
	}
	defer func() { p.depth-- }()
	if at := p.peek(); p.is("@") {
		if pl := p.place(); pl != nil {
			return &Node{Kind: AtEnd, Pos: at.pos, End: p.tokens[p.i-1].end, At: pl}
		}
	}
	n := p.joined()
	if p.take("=>") {
		n = &Node{Kind: Arrow, Pos: n.Pos, List: []*Node{n, p.joined()}, At: n.At}
	}
	n.End = p.tokens[p.i-1].end
	return n
}

// joined parses a value without an arrow.
func (p *parser) joined() *Node {
	n := p.single()
	n.End = p.tokens[p.i-1].end
	if p.is("|") {
		or := &Node{Kind: Or, Pos: n.Pos, List: []*Node{n}}
		for p.take("|") {
			m := p.single()
			if m.Kind != Number && m.Kind != Name {
				fail(m.Pos, "after |: a flag's name or a number must follow")
			}
			or.List = append(or.List, m)
		}
		or.End = p.tokens[p.i-1].end
		return or
	}
	n.At = p.place()
	return n
}

// node makes a node, one of many that are allocated together.
func (p *parser) node() *Node {
	if len(*p.nodes) == 0 {
		*p.nodes = make([]Node, 32)
	}
	n := &(*p.nodes)[0]
	*p.nodes = (*p.nodes)[1:]
	return n
}

func (p *parser) single() *Node {
	t := p.next()
	n := p.node()
	n.Pos = t.pos
	switch t.kind {
	case tokNum:
		n.Num = t.num
		if p.take("..") {
			hi := p.next()
			if hi.kind != tokNum || int64(hi.num) < int64(t.num) {
				fail(hi.pos, "after ..: a number that is not less must follow")
			}
			n.Kind, n.High = Range, hi.num
		}
	case tokIP:
		n.Kind, n.Str = IPv4, t.str
		if p.take(":") {
			n.List = []*Node{p.single()}
		}
	case tokString:
		n.Kind, n.Str = String, t.str
		n.Prefix = p.take("...")
	case tokRegexp:
		re, err := regexp.Compile(t.text)
		if err != nil {
			fail(t.pos, "the regular expression is wrong: %v", err)
		}
		n.Kind, n.Re = Regexp, re
	case tokIdent:
		n.Kind, n.Name = Name, t.text
		switch {
		case t.text == "NULL":
			n.Kind = Number
		case t.text == "BADPTR":
			n.Kind, n.Num = Number, BadPtr
		case t.text == "exact" && p.take("{"):
			n.Kind, n.Exact, n.List = Fields, true, p.values("}", "{")
		case p.take("("):
			n.Kind, n.List = Function, p.values(")", t.text)
		}
	case tokPunct:
		p.bracket(t, n)
	default:
		p.i = min(p.i, len(p.tokens)-1)
		found := ""
		if t.kind != tokEOF {
			found = ", here is " + p.line[t.pos:t.end]
		}
		fail(t.pos, "a value is missing%s", found)
	}
	return n
}

// bracket parses a value that begins with punctuation.
func (p *parser) bracket(t *token, n *Node) {
	switch t.text {
	case "...":
		n.Kind = Any
	case "?":
		id := p.ident("after ?: a name")
		bindable(id)
		n.Kind, n.Name = Bind, id.text
	case ">=":
		v := p.next()
		if v.kind != tokNum {
			fail(v.pos, "after >=: a number must follow")
		}
		n.Kind, n.Num = AtLeast, v.num
	case "@":
		s := p.next()
		if s.kind != tokString {
			fail(t.pos, "after @ there must be \"name\", an abstract address, or end")
		}
		n.Kind, n.Str = Abstract, s.str
	case "~":
		p.expect("[", "after ~: a set of signals")
		n.Kind, n.Not, n.List = List, true, p.values("]", "[")
	case "[":
		n.Kind = List
		n.Out = p.take("out")
		n.List = p.values("]", "[")
	case "{":
		if id := p.peek(); id.kind == tokIdent && strings.HasPrefix(id.text, "WIF") {
			p.cond(n)
			return
		}
		n.Kind, n.List = Fields, p.values("}", "{")
	default:
		fail(t.pos, "a value is missing, here is %s", t.text)
	}
}

// conds are the forms of a wait status: the text before the number, and what
// makes the status of the number.
var conds = []struct {
	form   string
	status func(n uint64) uint64
}{
	{"WIFEXITED(s)&&WEXITSTATUS(s)==", func(n uint64) uint64 { return n & 0xff << 8 }},
	{"WIFSIGNALED(s)&&WTERMSIG(s)==", func(n uint64) uint64 { return n & 0x7f }},
	{"WIFSTOPPED(s)&&WSTOPSIG(s)==", func(n uint64) uint64 { return n&0xff<<8 | 0x7f }},
}

// cond parses {WIFEXITED(s) && WEXITSTATUS(s) == 0}.
func (p *parser) cond(n *Node) {
	start := p.peek()
	var form strings.Builder
	for !p.is("==") {
		t := p.next()
		if t.kind == tokEOF || t.text == "}" {
			fail(start.pos, "a wait status is written {WIFEXITED(s) && WEXITSTATUS(s) == 0} or {WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}")
		}
		form.WriteString(t.text)
	}
	p.next()
	form.WriteString("==")
	for i := range conds {
		if conds[i].form == form.String() {
			n.Kind, n.Num = Cond, uint64(i)
			n.List = []*Node{p.single()}
			p.expect("}", "a wait status")
			return
		}
	}
	fail(start.pos, "no wait status is written so: {WIFEXITED(s) && WEXITSTATUS(s) == 0} is, for one")
}
