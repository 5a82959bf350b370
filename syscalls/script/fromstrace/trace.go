package fromstrace

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Error is what is wrong with a trace, and in which line.
type Error struct {
	File string
	Line int // from 1; 0 for the whole file
	Msg  string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// event is a call, or something else that strace tells of.
type event struct {
	line     int
	pid      int
	note     string // of what is no call: "--- SIGCHLD ... ---" and the like
	exited   bool   // the process has ended, and how: by status or signal
	killed   string
	text     string // the whole call, of what strace printed in pieces
	i386     bool   // made by a 32-bit program: "i386 " is in front, as trace has it
	indirect string // "indirect(OPENFLAGS{O_CLOEXEC}) ", or empty
	name     string
	args     []string
	result   string
	started  int // the number of the tick at which it began
	ended    int // and returned; 0 for never
}

// tick is a moment of the trace: a call begins or returns.
type tick struct {
	e          *event
	begin, end bool
}

// reader turns lines into events.
type reader struct {
	file    string
	events  []*event
	ticks   []tick
	pending map[int]*event
	alive   []int
	partial string // of a line into which strace itself has spoken
}

// noPid is the process of a trace that does not say its number.
const noPid = -1

var (
	pidForm   = regexp.MustCompile(`^(?:\[pid +(\d+)\] +|(\d+) +)`)
	timeForm  = regexp.MustCompile(`^(?:\(\+ *)?(?:\d+:\d+:\d+(?:\.\d+)?|\d+\.\d+)\)? +`)
	tookForm  = regexp.MustCompile(` <\d+\.\d+>$`)
	spoken    = regexp.MustCompile(`strace: Process \d+ (?:attached|detached)$`)
	callForm  = regexp.MustCompile(`^[a-z_][a-z0-9_]*\(`)
	resumeFor = regexp.MustCompile(`^<\.\.\. ([a-z0-9_]+) resumed> ?`)
	exitForm  = regexp.MustCompile(`^\+\+\+ exited with \d+ \+\+\+$`)
	killForm  = regexp.MustCompile(`^\+\+\+ killed by (SIG\w+)`)
	withPaths = regexp.MustCompile(`^(?:\d+|AT_FDCWD)<`)
)

// maxLine bounds a line of a trace.
const maxLine = 1 << 20

func (r *reader) fail(line int, format string, args ...any) error {
	return &Error{r.file, line, fmt.Sprintf(format, args...)}
}

// read reads a whole trace.
func (r *reader) read(data []byte) error {
	r.pending = map[int]*event{}
	if bytes.IndexByte(data, 0) >= 0 {
		return r.fail(0, "this is no text")
	}
	n := 0
	for line := range strings.SplitSeq(string(data), "\n") {
		n++
		line = strings.TrimRight(line, " \r")
		if len(line) > maxLine {
			return r.fail(n, "the line is longer than 1 MiB")
		}
		if r.partial != "" {
			line, r.partial = r.partial+line, ""
		}
		if at := spoken.FindStringIndex(line); at != nil {
			r.partial = line[:at[0]]
			continue
		}
		if line == "" {
			continue
		}
		if err := r.one(n, line); err != nil {
			return err
		}
	}
	if len(r.events) == 0 {
		return r.fail(0, "there is no call in it")
	}
	return nil
}

// one reads a line.
func (r *reader) one(n int, line string) error {
	pid := 0
	if m := pidForm.FindStringSubmatch(line); m != nil {
		pid, _ = strconv.Atoi(m[1] + m[2])
		line = line[len(m[0]):]
	}
	line = timeForm.ReplaceAllString(line, "")
	line = tookForm.ReplaceAllString(line, "")
	line, i386 := strings.CutPrefix(line, "i386 ")
	pid = r.process(pid, resumeFor.MatchString(line))
	switch {
	case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
		e := &event{line: n, pid: pid, note: line, exited: exitForm.MatchString(line)}
		if m := killForm.FindStringSubmatch(line); m != nil {
			e.exited, e.killed = true, m[1]
		}
		if e.exited {
			r.gone(pid)
		}
		r.add(e)
	case strings.HasPrefix(line, "strace: "), strings.HasPrefix(line, "Process "), strings.HasPrefix(line, " > "), strings.HasPrefix(line, "#"):
	case strings.HasPrefix(line, "% time"):
		return r.fail(n, "this is strace -c: a script is made of the calls themselves")
	case resumeFor.MatchString(line):
		return r.resume(n, pid, line)
	case callForm.MatchString(line):
		return r.call(n, pid, i386, line)
	default:
		return r.fail(n, "this is no line of strace's: %.40q", line)
	}
	return nil
}

// process is the process of a line: the only one there is, if the line does
// not say.
func (r *reader) process(pid int, resumed bool) int {
	if pid == 0 {
		if resumed { // the one that is in a call, if there is but one
			found := 0
			for p := range r.pending {
				if found != 0 {
					found = 0
					break
				}
				found = p
			}
			if found != 0 {
				return found
			}
		}
		if len(r.alive) == 0 {
			r.alive = []int{noPid}
		}
		return r.alive[0]
	}
	for _, p := range r.alive {
		if p == pid {
			return pid
		}
	}
	// The process that had no number until now gets it when it is told from
	// others: it is the one that nothing has made.
	if len(r.alive) > 0 && r.alive[0] == noPid && (resumed && r.pending[noPid] != nil || !r.made(pid)) {
		r.rename(pid)
		return pid
	}
	r.alive = append(r.alive, pid)
	return pid
}

// made says whether a call has made this process already, or is making one.
func (r *reader) made(pid int) bool {
	for _, e := range r.events {
		if _, ok := spawning[e.name]; ok && e.note == "" && (e.ended == 0 || e.result == strconv.Itoa(pid)) {
			return true
		}
	}
	return false
}

func (r *reader) rename(pid int) {
	r.alive[0] = pid
	for _, e := range r.events {
		if e.pid == noPid {
			e.pid = pid
		}
	}
	if e := r.pending[noPid]; e != nil {
		delete(r.pending, noPid)
		r.pending[pid] = e
	}
}

func (r *reader) gone(pid int) {
	for i, p := range r.alive {
		if p == pid {
			r.alive = append(r.alive[:i:i], r.alive[i+1:]...)
			return
		}
	}
}

func (r *reader) add(e *event) {
	e.started = len(r.ticks)
	r.events = append(r.events, e)
	r.ticks = append(r.ticks, tick{e: e, begin: true})
}

func (r *reader) call(n, pid int, i386 bool, line string) error {
	if r.pending[pid] != nil {
		// A call that a signal or an exec has ended without a word.
		delete(r.pending, pid)
	}
	e := &event{line: n, pid: pid, i386: i386}
	if rest, ok := strings.CutSuffix(line, "<unfinished ...>"); ok {
		e.text = rest
		e.name = nameOf(rest)
		r.pending[pid] = e
		r.add(e)
		return nil
	}
	e.text = line
	r.add(e)
	return r.finish(e)
}

func nameOf(text string) string {
	name, _, _ := strings.Cut(text, "(")
	return name
}

func (r *reader) resume(n, pid int, line string) error {
	m := resumeFor.FindStringSubmatch(line)
	e := r.pending[pid]
	if e == nil {
		return r.fail(n, "the call that is resumed here has not begun: the trace must be whole")
	}
	delete(r.pending, pid)
	rest := line[len(m[0]):]
	if text, ok := strings.CutSuffix(rest, "<unfinished ...>) = ?"); ok || strings.HasPrefix(rest, "<unfinished ...>") {
		rest = text + ") = ?"
	}
	// What strace has printed already it may print again, from this argument
	// on; and the guest's trace prints nothing but the result.
	switch begun := strings.TrimRight(e.text, " "); {
	case strings.HasPrefix(rest, ")") && strings.HasSuffix(begun, ","):
		e.text = strings.TrimSuffix(begun, ",") + rest
	default:
		e.text = e.text + rest
	}
	return r.finish(e)
}

// finish takes a whole call to pieces.
func (r *reader) finish(e *event) error {
	if err := e.split(); err != "" {
		return r.fail(e.line, "%s: %.60s", err, e.text)
	}
	for _, a := range e.args {
		if withPaths.MatchString(a) {
			return r.fail(e.line, "the trace has the paths of descriptors: make it without strace's option -y")
		}
	}
	r.ticks = append(r.ticks, tick{e: e, end: true})
	e.ended = len(r.ticks) - 1
	return nil
}

// split finds the name, the arguments and the result of a call.
func (e *event) split() (problem string) {
	text := e.text
	open := strings.IndexByte(text, '(')
	if open < 0 {
		return "this is no call"
	}
	end := closing(text, open)
	if end < 0 {
		return "a closing parenthesis is missing"
	}
	e.name = text[:open]
	if rest := strings.TrimLeft(text[end+1:], " "); e.name == "indirect" && callForm.MatchString(rest) {
		e.indirect, text = text[:end+1]+" ", rest
		open = strings.IndexByte(text, '(')
		if end = closing(text, open); end < 0 {
			return "a closing parenthesis is missing"
		}
		e.name = text[:open]
	}
	e.args = splitArgs(text[open+1 : end])
	rest, ok := strings.CutPrefix(strings.TrimLeft(text[end+1:], " "), "= ")
	if e.result = strings.TrimSpace(rest); !ok || e.result == "" {
		return "a call without a result"
	}
	return ""
}

// scan calls f for each byte of text that is not in a string or a comment,
// with the depth of brackets before it, until f returns false.
func scan(text string, f func(i, depth int) bool) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			continue
		case '/':
			if strings.HasPrefix(text[i:], "/*") {
				if n := strings.Index(text[i:], "*/"); n >= 0 {
					i += n + 1
					continue
				}
			}
		case '(', '[', '{':
			if !f(i, depth) {
				return
			}
			depth++
			continue
		case ')', ']', '}':
			depth--
		}
		if !f(i, depth) {
			return
		}
	}
}

// closing is where the bracket at open is closed, -1 for nowhere.
func closing(text string, open int) int {
	at := -1
	scan(text[open:], func(i, depth int) bool {
		if depth == 0 && i > 0 {
			at = open + i
		}
		return at < 0
	})
	return at
}

// splitArgs splits at the commas that are in no brackets.
func splitArgs(text string) (args []string) {
	start := 0
	scan(text, func(i, depth int) bool {
		if text[i] == ',' && depth == 0 {
			args = append(args, strings.TrimSpace(text[start:i]))
			start = i + 1
		}
		return true
	})
	if last := strings.TrimSpace(text[start:]); last != "" || len(args) > 0 {
		args = append(args, last)
	}
	return args
}
