package gdb

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"sysindvm/vm/inspect"
)

// monitors are the commands of GDB's "monitor", by name.
var monitors = []struct {
	name, what string
	do         func(s *session, arg string) (string, error)
}{
	{"help", "this list", nil},
	{"tasks", "the guest's tasks", (*session).tasks},
	{"show", "an object of the kernel's: show current.FS.Umask", (*session).show},
	{"pages", "the page-table entries of an address", (*session).pages},
	{"regs", "control registers", (*session).control},
	{"moment", "how many instructions have been completed", (*session).moment},
}

// monitor answers a command of the reader's, which comes in hexadecimal.
func (s *session) monitor(_ context.Context, arg string) (string, error) {
	b, err := hex.DecodeString(arg)
	if err != nil {
		return "", err
	}
	name, rest, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	text := ""
	for _, m := range monitors {
		if name == m.name && m.do != nil {
			if text, err = m.do(s, strings.TrimSpace(rest)); err != nil {
				text = err.Error() + "\n"
			}
			if text == "" {
				return "OK", nil
			}
			return hex.EncodeToString([]byte(text)), nil
		}
		text += fmt.Sprintf("%-8s %s\n", m.name, m.what)
	}
	return hex.EncodeToString([]byte(text)), nil
}

func (s *session) tasks(string) (string, error) {
	all, err := s.view.Tasks()
	if err != nil {
		return "", err
	}
	text := ""
	cur, _ := s.view.Global("current")
	for _, t := range all {
		mark := " "
		if t.Addr == cur.Addr {
			mark = "*"
		}
		text += fmt.Sprintf("%s %s\n", mark, inspect.TaskName(t))
	}
	return text, nil
}

func (s *session) show(expr string) (string, error) {
	x, err := s.view.Eval(expr)
	if err != nil {
		return "", err
	}
	return x.String() + "\n", nil
}

func (s *session) pages(arg string) (string, error) {
	var addr uint64
	if _, err := fmt.Sscanf(arg, "%v", &addr); err != nil {
		return "", fmt.Errorf("pages ADDRESS")
	}
	all, err := s.view.PageTables(addr)
	text := ""
	for _, e := range all {
		text += fmt.Sprintf("level %d entry %d at %#x: %#x %s\n", e.Level, e.Index, e.At, e.Entry, e.Flags)
	}
	return text, err
}

func (s *session) control(string) (string, error) {
	r, err := s.t.Machine().VCPU().Sregs()
	return fmt.Sprintf("cr0 %#x cr2 %#x cr3 %#x cr4 %#x efer %#x ring %d\n", r.CR0, r.CR2, r.CR3, r.CR4, r.EFER, r.SS.DPL), err
}

func (s *session) moment(string) (string, error) {
	return fmt.Sprintf("%d\n", s.t.Machine().VCPU().Instructions()), nil
}
