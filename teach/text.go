package teach

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Width is how wide lines of text are, in characters.
const Width = 80

// Quiz asks questions. Its Answer is what the reader says to one; "" to be told.
type Quiz interface {
	Answer(question string) (string, error)
}

// WriteText writes a walk as text: the narration, each line of the script, its
// phases with what changes in them, and what came back. With a quiz, the reader
// is asked before a line's result is shown.
func WriteText(out io.Writer, w *Walk, quiz Quiz) error {
	p := &textWriter{out: out, w: w, quiz: quiz, line: -1, said: map[int]bool{}}
	p.title()
	for i := range w.Steps {
		p.step(&w.Steps[i])
	}
	p.end()
	return p.err
}

type textWriter struct {
	out  io.Writer
	w    *Walk
	quiz Quiz
	line int // that was written last
	said map[int]bool
	last map[string]*Step // of each task
	err  error
}

func (p *textWriter) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

func (p *textWriter) title() {
	p.last = map[string]*Step{}
	p.printf("%s\n%s\n", p.w.Title, strings.Repeat("=", utf8.RuneCountInString(p.w.Title)))
	p.printf("%s", Wrap(p.w.About, Width))
	if p.w.Bug != "" {
		p.printf("\nThis kernel has a bug: %s.\n", p.w.Bug)
	}
}

// step writes one step, with the line's head where another line begins or goes
// on.
func (p *textWriter) step(s *Step) {
	l := &p.w.Lines[s.Line]
	if s.Line != p.line {
		if !p.said[s.Line] && l.Say != "" {
			p.printf("\n%s", Wrap(l.Say, Width))
		}
		goesOn := ""
		if p.said[s.Line] {
			goesOn = "   (goes on)"
		}
		p.printf("\n%3d  %s%s\n", l.No, l.Text, goesOn)
		p.ask(s, l)
		p.line, p.said[s.Line] = s.Line, true
	}
	if s.Phase == "" {
		if l.Result != l.Text {
			p.printf("       %s\n", cut(l.Result))
		}
		return
	}
	p.printf("       %-12s %-28s %s\n", s.Phase, strings.TrimPrefix(s.Func, "guestkernel/"), s.Source)
	for _, c := range s.News(p.last[s.Task]) {
		p.printf("       %12s   %s\n", "", c)
	}
	p.last[s.Task] = s
	if s.Phase == Return && l.Result != "" {
		p.printf("       => %s   (%d instructions)\n", cut(l.Result), l.Instructions)
	}
}

// maxResult is how much of a call is shown, in bytes: its beginning, and what
// came back.
const maxResult = 200

func cut(text string) string {
	end := strings.LastIndex(text, " = ")
	if len(text) <= maxResult || end < 0 {
		return text
	}
	return text[:min(maxResult, end)] + " ..." + text[end:]
}

// ask asks the line's questions, before anything of it is shown.
func (p *textWriter) ask(s *Step, l *Line) {
	if p.quiz == nil || p.said[s.Line] {
		return
	}
	for _, a := range l.Asks {
		got, err := p.quiz.Answer(a.Question)
		switch {
		case err != nil:
			p.err = err
		case got == "":
			p.printf("       It is: %s\n", a.Answer)
		case a.Right(got):
			p.printf("       Right.\n")
		default:
			p.printf("       No: %s\n", a.Answer)
		}
	}
}

// Right says whether an answer is the right one, whatever the case and blanks.
func (a *Ask) Right(answer string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(answer), " "), strings.Join(strings.Fields(a.Answer), " "))
}

func (p *textWriter) end() {
	var calls []*Line
	for i := range p.w.Lines {
		if l := &p.w.Lines[i]; l.Instructions > 0 {
			calls = append(calls, l)
		}
	}
	p.printf("\nInstructions in the kernel\n")
	for _, l := range calls {
		p.printf("%7d  %s\n", l.Instructions, l.Text)
	}
	if p.w.Failure != "" {
		p.printf("\nThe script fails:\n%s", p.w.Failure)
	}
}

// News is what a step has that is new since the task's step before, o, which
// may be nil: contexts that are in force or gone, links of the chain, shown
// expressions.
func (s *Step) News(o *Step) (all []string) {
	for i, c := range s.Contexts {
		switch was := contextOf(o, i); {
		case c.Text != "" && c.Text != was:
			all = append(all, "in force: "+c.Text)
		case c.Text == "" && was != "":
			all = append(all, "no longer in force: "+was)
		}
	}
	had := 0
	if o != nil {
		had = len(o.Chain)
	}
	for i := had; i < len(s.Chain); i++ {
		all = append(all, fmt.Sprintf("onto the chain: %s was %s", s.Chain[i].Word, s.Chain[i].Old))
	}
	for i := had; i > len(s.Chain); i-- {
		l := o.Chain[i-1]
		all = append(all, fmt.Sprintf("off the chain: %s is %s again", l.Word, l.Old))
	}
	for i, e := range s.Shown {
		if o == nil || i >= len(o.Shown) || o.Shown[i].Value != e.Value {
			all = append(all, e.Expr+" = "+e.Value)
		}
	}
	return all
}

func contextOf(o *Step, i int) string {
	if o == nil || i >= len(o.Contexts) {
		return ""
	}
	return o.Contexts[i].Text
}

// Wrap lays out Markdown as text of a width: paragraphs are filled, all else
// stays as it is. It ends with a newline unless it is empty.
func Wrap(text string, width int) string {
	var b strings.Builder
	var para []string
	flush := func() {
		n := 0
		for _, word := range para {
			switch size := utf8.RuneCountInString(word); {
			case n == 0:
				n = size
			case n+1+size > width:
				b.WriteString("\n")
				n = size
			default:
				b.WriteString(" ")
				n += 1 + size
			}
			b.WriteString(word)
		}
		if n > 0 {
			b.WriteString("\n")
		}
		para = nil
	}
	for _, line := range strings.Split(text, "\n") {
		switch {
		case strings.TrimSpace(line) == "":
			flush()
			b.WriteString("\n")
		case strings.HasPrefix(line, "    "), strings.HasPrefix(line, "- "), strings.HasPrefix(line, "#"):
			flush()
			b.WriteString(line + "\n")
		default:
			para = append(para, strings.Fields(line)...)
		}
	}
	flush()
	return strings.TrimLeft(b.String(), "\n")
}
