package page

import (
	"fmt"
	"slices"
	"strings"

	"sysindvm/teach"
)

// document is what the page's script reads. What repeats is kept once, and stands
// elsewhere as its index: texts, instructions, source files.
type document struct {
	Phases map[string]phase `json:"phases"`
	Texts  []string         `json:"texts"`
	Insts  []inst           `json:"insts"`
	Files  []file           `json:"files"`
	Walks  []walk           `json:"walks"`
}

type phase struct {
	Kind    string `json:"kind"` // its colour
	Explain string `json:"explain"`
}

// inst is an instruction: address, bytes and text; the latter two are indices
// into Texts.
type inst [3]any

type file struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

type walk struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	About   string   `json:"about,omitempty"`
	I386    bool     `json:"i386,omitempty"`
	Bug     string   `json:"bug,omitempty"`
	Failure string   `json:"failure,omitempty"`
	Kinds   []string `json:"kinds"` // of contexts
	Regs    []string `json:"regs"`  // names
	Lines   []line   `json:"lines"`
	Steps   []step   `json:"steps"`
}

type line struct {
	No           int         `json:"no"`
	Call         string      `json:"call"`
	Want         string      `json:"want,omitempty"` // from the "=" on
	Task         string      `json:"task"`
	Say          string      `json:"say,omitempty"`
	Asks         [][2]string `json:"asks,omitempty"`
	Made         string      `json:"made,omitempty"`   // the result, up to the "="
	Result       string      `json:"result,omitempty"` // from there on
	Instructions uint64      `json:"instructions,omitempty"`
	Contexts     int         `json:"contexts"`
}

type step struct {
	Moment uint64 `json:"at"`
	Line   int    `json:"line"`
	Phase  string `json:"phase,omitempty"`
	Task   string `json:"task"`
	Func   int    `json:"func"` // in Texts
	File   int    `json:"file"` // in Files; -1 for none
	Source int    `json:"src,omitempty"`
	// Context holds the contexts in force: text by kind, both as indices.
	Context map[int]int `json:"ctx,omitempty"`
	Changed []int       `json:"ctxNew,omitempty"` // kinds
	Chain   [][2]int    `json:"chain,omitempty"`  // word and what it was, in Texts
	Shown   [][3]int    `json:"shown,omitempty"`  // expression and value in Texts, 1 if changed
	// Regs holds the registers that differ from the walk's step before.
	Regs    map[int]string `json:"regs,omitempty"`
	RegsNew []int          `json:"regsNew,omitempty"` // changed since the task's step before
	Code    []int          `json:"code,omitempty"`    // in Insts
	Stack   []int          `json:"stack,omitempty"`   // in Texts
	// State says that registers, contexts and the chain are known.
	State bool `json:"state,omitempty"`
}

// kinds of phases: those of one kind have one colour.
var kinds = map[string]string{
	teach.SystemCall: "edge", teach.Return: "edge",
	teach.Enter: "check", teach.CopyIn: "check", teach.Validate: "check",
	teach.Save: "set", teach.Set: "set",
	teach.Call: "call", teach.Inside: "call",
	teach.Restore: "restore", teach.Leave: "restore",
	teach.Signal: "signal",
}

// encoder makes a document.
type encoder struct {
	doc   document
	texts map[string]int
	insts map[teach.Inst]int
	files map[file]int
}

func encode(walks []*teach.Walk) *document {
	e := &encoder{texts: map[string]int{}, insts: map[teach.Inst]int{}, files: map[file]int{}}
	// None is null in JSON: the script may count what there is.
	e.doc = document{Phases: map[string]phase{}, Texts: []string{}, Insts: []inst{}, Files: []file{}, Walks: []walk{}}
	for _, w := range walks {
		e.doc.Walks = append(e.doc.Walks, e.walk(w))
	}
	return &e.doc
}

func (e *encoder) walk(w *teach.Walk) walk {
	out := walk{Name: w.Name, Title: w.Title, About: w.About, I386: w.I386, Bug: w.Bug, Failure: w.Failure,
		Kinds: []string{}, Regs: []string{}, Lines: []line{}, Steps: []step{}}
	for _, l := range w.Lines {
		out.Lines = append(out.Lines, encodeLine(l))
	}
	before := map[string]uint64{}
	for i := range w.Steps {
		s := &w.Steps[i]
		for _, c := range s.Contexts {
			if !slices.Contains(out.Kinds, c.Kind) {
				out.Kinds = append(out.Kinds, c.Kind)
			}
		}
		for _, r := range s.Regs {
			if !slices.Contains(out.Regs, r.Name) {
				out.Regs = append(out.Regs, r.Name)
			}
		}
		o := e.step(w, s)
		o.contexts(e, s, out.Kinds)
		o.registers(s, out.Regs, before)
		out.Steps = append(out.Steps, o)
	}
	return out
}

func encodeLine(l teach.Line) line {
	out := line{No: l.No, Task: l.Task, Say: l.Say, Instructions: l.Instructions, Contexts: l.Contexts}
	out.Call, out.Want = l.Text, ""
	if !strings.HasPrefix(l.Text, "task ") { // task B = fork
		out.Call, out.Want = outcome(l.Text)
	}
	out.Made, out.Result = outcome(l.Result)
	for _, a := range l.Asks {
		out.Asks = append(out.Asks, [2]string{a.Question, a.Answer})
	}
	return out
}

func (e *encoder) step(w *teach.Walk, s *teach.Step) step {
	if _, ok := e.doc.Phases[s.Phase]; !ok && s.Phase != "" {
		e.doc.Phases[s.Phase] = phase{kinds[s.Phase], teach.Explain(s.Phase)}
	}
	o := step{Moment: s.Moment, Line: s.Line, Phase: s.Phase, Task: s.Task, Func: e.text(s.Func), File: -1, State: len(s.Regs) > 0}
	if text := w.Files[s.Source.File]; text != nil {
		o.File, o.Source = e.file(file{s.Source.File, strings.Join(text, "\n")}), s.Source.Line
	}
	for _, c := range s.Chain {
		o.Chain = append(o.Chain, [2]int{e.text(c.Word), e.text(c.Old)})
	}
	for _, x := range s.Shown {
		changed := 0
		if x.Changed {
			changed = 1
		}
		o.Shown = append(o.Shown, [3]int{e.text(x.Expr), e.text(x.Value), changed})
	}
	for _, in := range s.Code {
		o.Code = append(o.Code, e.inst(in))
	}
	for _, f := range s.Stack {
		o.Stack = append(o.Stack, e.text(f))
	}
	return o
}

func (o *step) contexts(e *encoder, s *teach.Step, kinds []string) {
	for _, c := range s.Contexts {
		k := slices.Index(kinds, c.Kind)
		if c.Text != "" {
			if o.Context == nil {
				o.Context = map[int]int{}
			}
			o.Context[k] = e.text(c.Text)
		}
		if c.Changed {
			o.Changed = append(o.Changed, k)
		}
	}
}

// registers writes down those that differ from before, which it brings up to
// date. Values are hexadecimal: a number of JavaScript's has 53 bits.
func (o *step) registers(s *teach.Step, names []string, before map[string]uint64) {
	for _, r := range s.Regs {
		i := slices.Index(names, r.Name)
		if old, ok := before[r.Name]; !ok || old != r.Value {
			if o.Regs == nil {
				o.Regs = map[int]string{}
			}
			o.Regs[i] = fmt.Sprintf("%x", r.Value)
			before[r.Name] = r.Value
		}
		if r.Changed {
			o.RegsNew = append(o.RegsNew, i)
		}
	}
}

func (e *encoder) text(s string) int { return intern(e.texts, &e.doc.Texts, s, s) }

func (e *encoder) file(f file) int { return intern(e.files, &e.doc.Files, f, f) }

func (e *encoder) inst(in teach.Inst) int {
	return intern(e.insts, &e.doc.Insts, in, inst{fmt.Sprintf("%x", in.Addr), e.text(in.Bytes), e.text(in.Text)})
}

// intern is the index of a thing that is kept once.
func intern[K comparable, V any](known map[K]int, all *[]V, key K, v V) int {
	i, ok := known[key]
	if !ok {
		i = len(*all)
		known[key] = i
		*all = append(*all, v)
	}
	return i
}

// outcome splits a call from what comes back: at the "=" that stands outside of
// brackets and strings. The rest of a call, <... read resumed>), closes a bracket
// that it has not opened.
func outcome(text string) (call, result string) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case depth <= 0 && strings.HasPrefix(text[i:], " = "):
			return strings.TrimRight(text[:i], " "), text[i+1:]
		}
	}
	return text, ""
}
