package script

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// failed writes down what failed.
func (r *runner) failed(s *Step, st *stop) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s   [task %s%s]\n", path.Base(r.script.File), s.Line, lineCall(s.Text), s.Task, r.named(s))
	width := 0
	for _, d := range st.diffs {
		width = max(width, len(d.What))
	}
	for _, d := range st.diffs {
		fmt.Fprintf(&b, "  %-*s  - want %s\n", width, d.What, d.Want)
		fmt.Fprintf(&b, "  %-*s  + got  %s\n", width, "", d.Got)
	}
	last := r.result.Trace[max(0, len(r.result.Trace)-r.opt.Transcript):]
	if len(last) > 0 {
		fmt.Fprintf(&b, "  transcript (last %d):\n", len(last))
		for _, line := range last {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	fmt.Fprintf(&b, "  again: %s\n", r.again())
	r.result.Status, r.result.Failure, r.result.Line = Fail, b.String(), s.Line
}

// again is the command with which the script is run again.
func (r *runner) again() string {
	if r.opt.Again != "" {
		return r.opt.Again
	}
	// Its file alone gives it that name, whatever it is called among others.
	words := []string{"sysindvm test", "-run", quote("^" + regexp.QuoteMeta(nameOf(r.script.File)) + "$"), "-v", shellWord(r.script.File)}
	if r.opt.Flags != "" {
		words = slices.Insert(words, 1, r.opt.Flags)
	}
	return strings.Join(words, " ")
}

// shellWord is a word as a shell takes it.
func shellWord(s string) string {
	if strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || strings.ContainsRune("\"'`$&|;<>()*?[]#~!\\{}", c) }) {
		return quote(s)
	}
	return s
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// lineCall is a line without what it expects.
func lineCall(text string) string {
	depth := 0
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == '=' && depth == 0 && i > 0 && text[i-1] == ' ', c == '~' && depth == 0:
			return strings.TrimRight(text[:i], " ")
		}
	}
	return text
}

// named lists the bound names that a line uses, with their values.
func (r *runner) named(s *Step) string {
	var b strings.Builder
	seen := map[string]bool{}
	var walk func(n *Node)
	walk = func(n *Node) {
		if n == nil {
			return
		}
		if v, ok := r.vars[n.Name]; ok && n.Kind == Name && !seen[n.Name] {
			seen[n.Name] = true
			fmt.Fprintf(&b, ", %s=%d", n.Name, int64(v))
		}
		for _, m := range n.List {
			walk(m)
		}
	}
	if s.Call != nil {
		for _, a := range s.Call.Args {
			walk(a)
		}
	}
	walk(s.Want)
	return b.String()
}
