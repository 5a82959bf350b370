package teach

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Styles of a terminal (ECMA-48, SGR).
const (
	plainStyle = "\x1b[0m"
	boldStyle  = "\x1b[1m"
	dimStyle   = "\x1b[2m"
	invStyle   = "\x1b[7m"
	newStyle   = "\x1b[1;32m"
)

// Screen is a step as it fills a terminal.
type Screen struct {
	Width, Height int
	Walk          *Walk
	Step          *Step // that is shown
	Before        *Step // the task's step before, for what is new; may be nil
	At            int   // the index of the walk's step, -1 for none
	Foot          string
}

// cell is text of a style.
type cell struct{ style, text string }

// Render is the screen's lines, as many as it is high, with styles.
func (s *Screen) Render() []string {
	s.Width, s.Height = max(s.Width, 40), max(s.Height, 12)
	var rows []string
	rows = append(rows, s.styled(invStyle, s.head()), s.strip())
	foot := s.foot()
	room := max(s.Height-len(rows)-len(foot), 3)
	code := min(7, room/3)
	src := room - code - 1
	left := s.Width * 3 / 5
	right := s.Width - left - 1
	rows = append(rows, beside(s.source(src, left), s.state(src, right), src, left, right)...)
	rows = append(rows, s.styled(dimStyle, strings.Repeat("-", s.Width)))
	rows = append(rows, beside(s.code(code), s.registers(code), code, left, right)...)
	rows = append(rows, foot...)
	return rows[:min(len(rows), s.Height)]
}

func (s *Screen) styled(style, text string) string {
	return style + fit(text, s.Width) + plainStyle
}

// fit makes a text as wide as that.
func fit(text string, width int) string {
	text = strings.ReplaceAll(text, "\t", "    ")
	n := utf8.RuneCountInString(text)
	if n <= width {
		return text + strings.Repeat(" ", width-n)
	}
	r := []rune(text)
	return string(r[:max(width-1, 0)]) + ">"
}

// beside puts two columns side by side.
func beside(a, b []cell, n, left, right int) (rows []string) {
	at := func(c []cell, i, width int) string {
		if i >= len(c) {
			return strings.Repeat(" ", width)
		}
		return c[i].style + fit(c[i].text, width) + plainStyle
	}
	for i := range n {
		rows = append(rows, at(a, i, left)+" "+at(b, i, right))
	}
	return rows
}

func (s *Screen) head() string {
	h := " " + s.Walk.Title
	if s.Walk.Bug != "" {
		h += " (bug: " + s.Walk.Bug + ")"
	}
	step := "between steps"
	if s.At >= 0 {
		step = fmt.Sprintf("step %d of %d", s.At+1, len(s.Walk.Steps))
	}
	where := fmt.Sprintf("   %s   task %s   instruction %d ", step, s.Step.Task, s.Step.Moment)
	return strings.TrimRight(fit(h, max(min(utf8.RuneCountInString(h), s.Width-len(where)), 1)), " ") + where
}

// strip is the phases of the line's call, the present one marked: as many as
// there is room for, the present one among them.
func (s *Screen) strip() string {
	var all []*Step
	now := 0
	for i := range s.Walk.Steps {
		st := &s.Walk.Steps[i]
		if st.Line != s.Step.Line || st.Phase == "" {
			continue
		}
		if st.Moment <= s.Step.Moment {
			now = len(all)
		}
		all = append(all, st)
	}
	first, last, n := now, now, 0
	for grown := len(all) > 0; grown; {
		grown = false
		if last < len(all) && n+len(all[last].Phase)+1 <= s.Width-2 {
			n += len(all[last].Phase) + 1
			last, grown = last+1, true
		}
		if first > 0 && n+len(all[first-1].Phase)+1 <= s.Width-2 {
			n += len(all[first-1].Phase) + 1
			first, grown = first-1, true
		}
	}
	var b strings.Builder
	end := func(more bool, mark string) {
		if more {
			b.WriteString(dimStyle + mark + plainStyle)
		} else {
			b.WriteString(" ")
		}
	}
	end(first > 0, "<")
	for i, st := range all[first:last] {
		style := dimStyle
		if st.Moment == s.Step.Moment {
			style = invStyle
		}
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(style + st.Phase + plainStyle)
	}
	b.WriteString(strings.Repeat(" ", max(s.Width-1-max(n, 1), 0)))
	end(last < len(all), ">")
	return b.String()
}

// source is the kernel's source round the present line.
func (s *Screen) source(n, width int) (all []cell) {
	at := s.Step.Source
	if at.Line == 0 {
		if s.Step.Func == "" && len(s.Step.Stack) > 0 {
			return []cell{{boldStyle, s.Step.Stack[0]}}
		}
		return nil
	}
	all = append(all, cell{boldStyle, at.String() + "  " + strings.TrimPrefix(s.Step.Func, "guestkernel/")})
	lines := sourceLines(at.File)
	first := max(at.Line-1-(n-1)/2, 0)
	for i := first; i < len(lines) && len(all) < n; i++ {
		c := cell{"", fmt.Sprintf("%4d  %s", i+1, lines[i])}
		if i+1 == at.Line {
			c.style, c.text = invStyle, fit(c.text, width)
		}
		all = append(all, c)
	}
	return all
}

// state is the contexts, the chain, the shown expressions and the stack.
func (s *Screen) state(n, width int) (all []cell) {
	all = append(all, cell{boldStyle, "contexts in force"})
	none := true
	for i, c := range s.Step.Contexts {
		was := contextOf(s.Before, i)
		switch {
		case c.Text != "" && c.Text != was:
			all = append(all, cell{newStyle, "  " + c.Text})
		case c.Text != "":
			all = append(all, cell{"", "  " + c.Text})
		case was != "":
			all = append(all, cell{dimStyle, "  " + c.Kind + " is gone"})
		default:
			continue
		}
		none = false
	}
	if none {
		all = append(all, cell{dimStyle, "  none"})
	}
	all = append(all, cell{boldStyle, "the chain, oldest first"})
	for i, l := range s.Step.Chain {
		style := ""
		if s.Before == nil || i >= len(s.Before.Chain) {
			style = newStyle
		}
		all = append(all, cell{style, "  " + l.Word + " was " + l.Old})
	}
	if len(s.Step.Chain) == 0 {
		all = append(all, cell{dimStyle, "  empty"})
	}
	for i, e := range s.Step.Shown {
		style := ""
		if s.Before != nil && i < len(s.Before.Shown) && s.Before.Shown[i].Value != e.Value {
			style = newStyle
		}
		all = append(all, cell{style, e.Expr + " = " + e.Value})
	}
	all = append(all, cell{boldStyle, "stack"})
	for _, f := range s.Step.Stack {
		all = append(all, cell{"", "  " + f})
	}
	return all[:min(len(all), n)]
}

func (s *Screen) code(n int) (all []cell) {
	for i, in := range s.Step.Code {
		c := cell{"", fmt.Sprintf("%x  %s", in.Addr, in.Text)}
		if i == 0 {
			c.style = boldStyle
		}
		all = append(all, c)
	}
	return all[:min(len(all), n)]
}

// registers are those that have changed first.
func (s *Screen) registers(n int) (all []cell) {
	var changed, same []cell
	for i, r := range s.Step.Regs {
		text := fmt.Sprintf("%-6s %x", r.Name, r.Value)
		if s.Before != nil && i < len(s.Before.Regs) && s.Before.Regs[i].Value != r.Value {
			changed = append(changed, cell{newStyle, text})
		} else {
			same = append(same, cell{"", text})
		}
	}
	all = slices.Concat(changed, same)
	return all[:min(len(all), n)]
}

// foot is the narration, the line, its result, what the phase does, and the
// last line of the screen.
func (s *Screen) foot() (rows []string) {
	l := &s.Walk.Lines[s.Step.Line]
	rows = append(rows, s.styled(dimStyle, strings.Repeat("-", s.Width)))
	say := strings.Split(strings.TrimSpace(Wrap(l.Say, s.Width-1)), "\n")
	if most := s.Height / 5; len(say) > most {
		say = append(say[:most-1], "...")
	}
	for _, t := range say {
		if t != "" {
			rows = append(rows, s.styled("", t))
		}
	}
	rows = append(rows, s.styled(boldStyle, fmt.Sprintf("%3d  %s", l.No, l.Text)))
	if s.Walk.over(s.Step) && l.Result != "" {
		text := "     => " + cut(l.Result)
		if l.Instructions > 0 {
			text += fmt.Sprintf("   (%d instructions)", l.Instructions)
		}
		rows = append(rows, s.styled("", text))
	}
	why := Explain(s.Step.Phase)
	if s.At >= 0 && s.Walk.Steps[s.At].Phase == "" {
		why = "This line is no system call: the machine stands where it was when it had been carried out."
	}
	if s.Walk.Failure != "" && s.At == len(s.Walk.Steps)-1 {
		why = "The script fails here: ! says why."
	}
	if why != "" {
		for _, t := range strings.Split(strings.TrimSpace(Wrap(why, s.Width-6)), "\n") {
			rows = append(rows, s.styled("", "     "+t))
		}
	}
	return append(rows, s.styled(dimStyle, s.Foot))
}
