package suite

import (
	"fmt"
	"io"
	"strings"

	"sysindvm/syscalls/script"
)

// Reporter is told what happens in a run. Its methods are not called at the
// same time, but scripts that run side by side start and end in any order.
type Reporter interface {
	// Begin is called first, with all that is about to run.
	Begin(todo []*script.Script)
	Start(s *script.Script)
	Done(s *script.Script, r *script.Result)
	// End is called last.
	End(sum Summary)
}

// Reporters are several at once.
type Reporters []Reporter

func (l Reporters) Begin(todo []*script.Script) {
	for _, r := range l {
		r.Begin(todo)
	}
}

func (l Reporters) Start(s *script.Script) {
	for _, r := range l {
		r.Start(s)
	}
}

func (l Reporters) Done(s *script.Script, res *script.Result) {
	for _, r := range l {
		r.Done(s, res)
	}
}

func (l Reporters) End(sum Summary) {
	for _, r := range l {
		r.End(sum)
	}
}

// Text reports for people: what has not passed, and the counts.
type Text struct {
	Out io.Writer
	// Verbose reports what has passed, too, with all calls.
	Verbose bool
	// Progress, if it is not 0, keeps a line of at most so many columns on
	// the terminal that says how far it is.
	Progress int

	total, done, failed int
	running             []string
}

func (t *Text) Begin(todo []*script.Script) { t.total = len(todo) }

func (t *Text) Start(s *script.Script) {
	t.running = append(t.running, s.Name)
	t.progress()
}

func (t *Text) Done(s *script.Script, r *script.Result) {
	t.done++
	if r.Status == script.Fail || r.Status == script.Broken {
		t.failed++
	}
	for i, name := range t.running {
		if name == s.Name {
			t.running = append(t.running[:i], t.running[i+1:]...)
			break
		}
	}
	if r.Updated != nil {
		t.clear()
		fmt.Fprintln(t.Out, "updated", s.File)
	}
	if r.Status != script.Pass || t.Verbose {
		t.clear()
		io.WriteString(t.Out, describe(r, t.Verbose))
	}
	t.progress()
}

func (t *Text) End(sum Summary) {
	t.clear()
	fmt.Fprintln(t.Out, sum)
}

func (t *Text) clear() {
	if t.Progress > 0 {
		io.WriteString(t.Out, "\r\x1b[K")
	}
}

func (t *Text) progress() {
	if t.Progress <= 0 {
		return
	}
	line := fmt.Sprintf("[%d/%d", t.done, t.total)
	if t.failed > 0 {
		line += fmt.Sprintf(", %d failed", t.failed)
	}
	line += "] " + strings.Join(t.running, ", ")
	if most := t.Progress - 1; len(line) > most {
		line = line[:max(0, most)]
	}
	fmt.Fprintf(t.Out, "\r\x1b[K%s", line)
}

// describe is a result for people, with all calls if it is to be verbose.
func describe(r *script.Result, verbose bool) string {
	text := r.String()
	if verbose {
		for _, line := range r.Trace {
			text += "    " + line + "\n"
		}
	}
	return text
}

// why is what is said of a result that has not passed.
func why(r *script.Result) string {
	switch {
	case r.Reason != "" && r.Failure != "":
		return r.Reason + "\n" + r.Failure
	case r.Reason != "":
		return r.Reason
	}
	return r.Failure
}
