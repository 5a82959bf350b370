package teach

import (
	"sysindvm/vm/inspect"
)

// Walk is a run of a demo, taken apart.
type Walk struct {
	Name, Title, About string
	I386               bool
	Bug                string
	Failure            string // why the script has failed, if it has
	Lines              []Line
	Steps              []Step // in the order of their moments
	// Files are the lines of the kernel's source files that the steps are in.
	Files map[string][]string
	// Start and End are the first and the last moment: numbers of completed
	// instructions.
	Start, End uint64
}

// over says whether nothing more of a step's line comes after it.
func (w *Walk) over(s *Step) bool {
	for i := range w.Steps {
		if w.Steps[i].Line == s.Line && w.Steps[i].Moment > s.Moment {
			return false
		}
	}
	return true
}

// Line is a line of the script.
type Line struct {
	No     int    // in the file, from 1
	Text   string // as it is written
	Task   string // A, B
	PID    int
	Say    string // the narration above it, as Markdown
	Asks   []Ask
	Result string // as strace would print it, with what came back
	// Instructions is how many the call took in the kernel, the way in and the
	// way out included; 0 for what is no call, or has not come back by itself.
	Instructions uint64
	Contexts     int // how many it carries; -1 for what is no wrapped call
}

// Step is a moment of the walk.
type Step struct {
	Moment uint64
	Line   int    // index into Walk.Lines
	Phase  string // "" for a line that is no call
	Task   string
	Func   string
	Source inspect.Line
	// What the task carries at that moment, with what has changed since the
	// task's step before.
	Contexts []Context
	Chain    []inspect.Link
	Shown    []Shown
	Regs     []Reg
	Code     []Inst
	Stack    []string
}

// Context is what a task carries of one kind.
type Context struct {
	Kind, Text string
	Changed    bool
}

// Shown is an expression, and its value.
type Shown struct {
	Expr, Value string
	Changed     bool
	wrong       bool // Value says why there is none
}

// Reg is a register.
type Reg struct {
	Name    string
	Value   uint64
	Changed bool
}

// Inst is an instruction.
type Inst struct {
	Addr  uint64
	Bytes string // in hex
	Text  string
}
