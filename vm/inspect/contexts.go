package inspect

import (
	"fmt"
	"strings"

	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
)

// Context is what a task carries of one kind of context.
type Context struct {
	Kind string // OPENFLAGS
	// Text is the context as strace writes it: OPENFLAGS{O_CLOEXEC}. It is
	// empty where there is none.
	Text string
}

// Contexts are the contexts that a task carries, by kind.
func (v *View) Contexts(task Value) ([]Context, error) {
	all := make([]Context, len(syscalls.ContextLayouts))
	for i := range syscalls.ContextLayouts {
		l := &syscalls.ContextLayouts[i]
		all[i].Kind = l.Name
		b, err := v.context(task, l)
		if err != nil {
			return nil, err
		}
		// The first word is the kind with what stands beside it. OPENFLAGS, whose
		// kind is 0, says nothing without flags.
		if v.uint(b[:8]) != 0 {
			all[i].Text = strace.Context(l, b)
		}
	}
	return all, nil
}

func (v *View) context(task Value, l *syscalls.ContextLayout) ([]byte, error) {
	ctx, err := task.Field("Ctx")
	if err != nil {
		return nil, err
	}
	x, err := ctx.Index(int(l.Kind))
	if err != nil {
		return nil, err
	}
	return x.bytes()
}

// Link is a link of the chain of what contexts have replaced.
type Link struct {
	Word string // the task's word, by its name: Ctx[UMASK][0]
	Old  string // what it was, as a context where that says something
}

// Chain is the chain of a task, in the order in which it has grown.
func (v *View) Chain(task Value) ([]Link, error) {
	wrap, err := task.Field("Wrap")
	if err != nil {
		return nil, err
	}
	depth, err := number(wrap, "Depth")
	if err != nil {
		return nil, err
	}
	saved, err := wrap.Field("Saved")
	if err != nil {
		return nil, err
	}
	var all []Link
	for i := range min(int(depth), saved.Len()) {
		s, err := saved.Index(i)
		if err != nil {
			return nil, err
		}
		word, err1 := number(s, "Word")
		old, err2 := number(s, "Old")
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("the chain cannot be read")
		}
		all = append(all, Link{kindNames(task.At(word)), oldText(task.At(word), old)})
	}
	return all, nil
}

// kindNames puts the names of kinds for their numbers: Ctx[UMASK][0].
func kindNames(word string) string {
	var kind, part int
	if n, _ := fmt.Sscanf(word, "Ctx[%d][%d]", &kind, &part); n == 2 && kind < len(syscalls.ContextLayouts) {
		return fmt.Sprintf("Ctx[%s][%d]", syscalls.ContextLayouts[kind].Name, part)
	}
	return word
}

// oldText is what a word was: the context, if it is all of one.
func oldText(word string, old uint64) string {
	var kind, part int
	n, _ := fmt.Sscanf(word, "Ctx[%d][%d]", &kind, &part)
	switch {
	case n == 2 && part == 0 && old == 0:
		return "none"
	case n == 2 && part == 0 && kind < len(syscalls.ContextLayouts) && syscalls.ContextLayouts[kind].Size == 8:
		b := make([]byte, 8)
		syscalls.PutInt(b, 8, old)
		return strace.Context(&syscalls.ContextLayouts[kind], b)
	}
	return fmt.Sprintf("%#x", old)
}

// Tasks are the tasks that there are, by their place in the kernel's table.
func (v *View) Tasks() ([]Value, error) {
	table, err := v.Global("proc.tasks")
	if err != nil {
		return nil, err
	}
	var all []Value
	for i := range table.Len() {
		t, err := table.Index(i)
		if err != nil {
			return nil, err
		}
		if state, err := number(t, "State"); err == nil && state != 0 {
			all = append(all, t)
		}
	}
	return all, nil
}

// TaskName is a task in words: its pid and its program's name.
func TaskName(t Value) string {
	pid, err := number(t, "Pid")
	if err != nil {
		return "?"
	}
	s := fmt.Sprintf("pid %d", pid)
	if n, err := t.Field("Name"); err == nil {
		s += " " + strings.Trim(n.String(), `"`)
	}
	return s
}
