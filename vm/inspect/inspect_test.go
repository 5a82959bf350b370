package inspect_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
	"sysindvm/syscalls"
	"sysindvm/vm"
	"sysindvm/vm/inspect"
	"sysindvm/vm/record"
)

// wrapped is a replay that stands in the kernel, in a call that carries two
// contexts: at the beginning of the function at.
func wrapped(t *testing.T, i386 bool, at string) (*record.Replay, *inspect.View) {
	t.Helper()
	ctx := t.Context()
	m, err := vm.Boot(ctx, vm.Config{Engine: soft.New(), I386: i386, Append: "quiet plain"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	task, err := m.Task(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := record.Start(m, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctxs := []syscalls.Context{syscalls.OpenFlags(syscalls.O_CLOEXEC), syscalls.Umask(0o27)}
	if _, err := task.Indirect(ctx, ctxs, syscalls.SYS_SOCKET, syscalls.AF_UNIX, syscalls.SOCK_STREAM, 0); err != nil {
		t.Fatal(err)
	}
	r, err := rec.Stop()
	if err != nil {
		t.Fatal(err)
	}
	p, err := record.NewReplay(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	v, err := inspect.New(p.Machine())
	if err != nil {
		t.Fatal(err)
	}
	f, err := v.FuncNamed(at)
	if err != nil {
		t.Fatal(err)
	}
	exit, err := p.Forward(ctx, r.End(), record.Stops{Breakpoints: []uint64{f.Entry}})
	if err != nil || exit.Reason != cpu.ExitBreakpoint {
		t.Fatalf("%v %v", exit.Reason, err)
	}
	return p, v
}

func each(t *testing.T, f func(t *testing.T, i386 bool)) {
	for name, i386 := range map[string]bool{"x86-64": false, "i386": true} {
		t.Run(name, func(t *testing.T) { f(t, i386) })
	}
}

func TestEval(t *testing.T) {
	each(t, func(t *testing.T, i386 bool) {
		_, v := wrapped(t, i386, "sys.sysSocket")
		nr := "0x29"
		if i386 {
			nr = "0x167"
		}
		for _, tt := range []struct{ expr, want string }{
			{"current.Pid", "2"},
			{"current.name", `"agent"`},
			{"current.fs.umask", "022"},
			{"current.Ctx[UMASK][0]", "0x1700000007"},
			{"current.ctx[openflags][0]", "0x8000000000000"},
			{"current.Wrap.Depth", "2"},
			{"current.Wrap.Inner.Nr", map[bool]string{false: "41", true: "359"}[i386]},
			{"current.Wrap.Inner", "{Nr:" + map[bool]string{false: "41", true: "359"}[i386] + " Args:[1 1 0 x4]}"},
			{"proc.lastPid", "2"},
			{"guestkernel/proc.numLive", "2"},
			{"indirect.Plain", "true"},
			{"*current.FS", "{Cwd:"},
			{"current.Parent.Pid", "1"},
		} {
			x, err := v.Eval(tt.expr)
			if err != nil {
				t.Errorf("%s: %v", tt.expr, err)
			} else if s := x.String(); !strings.HasPrefix(s, tt.want) {
				t.Errorf("%s = %s, want %s (%s)", tt.expr, s, tt.want, nr)
			}
		}
	})
}

func TestEvalErrors(t *testing.T) {
	_, v := wrapped(t, false, "sys.sysSocket")
	for _, tt := range []struct{ expr, want string }{
		{"", "a name was expected"},
		{"nothing.here", "no variable nothing.here"},
		{"current.umask", "has no field umask: there are Thread, Pid"},
		{"current.Pid.x", "current.Pid has no fields: it is a int"},
		{"current.Ctx[99]", "current.Ctx[99]: there are 16"},
		{"current.Ctx[", "a number and ]"},
		{"current.Ctx[x]", "a number and ]"},
		{"current.Wrap.New.0", "has no fields"},
		{"*current.Pid", "is no pointer but a int"},
		{"current.vfork.Pid", "current.vfork is nil"},
		{"(*proc.Task)(zz)", "is no address"},
		{"(*nothing)(0)", "no type nothing"},
		{"current)", "\")\": . or [ was expected"},
		{strings.Repeat("*", 300), "longer than"},
	} {
		_, err := v.Eval(tt.expr)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.expr, err, tt.want)
		}
	}
}

func TestContexts(t *testing.T) {
	each(t, func(t *testing.T, i386 bool) {
		_, v := wrapped(t, i386, "sys.sysSocket")
		task, err := v.Global("current")
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		all, err := v.Contexts(task)
		for _, c := range all {
			if c.Text != "" {
				have = append(have, c.Text)
			}
		}
		if want := []string{"OPENFLAGS{O_CLOEXEC}", "UMASK{027}"}; !slices.Equal(have, want) || err != nil {
			t.Errorf("%v %v, want %v", have, err, want)
		}
		chain, err := v.Chain(task)
		if want := []inspect.Link{{"Ctx[OPENFLAGS][0]", "none"}, {"Ctx[UMASK][0]", "none"}}; !slices.Equal(chain, want) || err != nil {
			t.Errorf("%v %v, want %v", chain, err, want)
		}
	})
}

// The stack goes from the function down to user mode, wherever in a function
// the CPU stands.
func TestStack(t *testing.T) {
	each(t, func(t *testing.T, i386 bool) {
		p, v := wrapped(t, i386, "sys.sysSocket")
		want := []string{"guestkernel/sys.sysSocket", "guestkernel/indirect.Call", "guestkernel/kernel.trap"}
		for range 12 {
			stack := v.Stack()
			var names []string
			for _, f := range stack {
				names = append(names, f.Func)
				for _, in := range f.Into {
					names = append(names, in.Func)
				}
			}
			at := 0
			for _, n := range names {
				if at < len(want) && (n == want[at] || strings.HasSuffix(n, "ktrap") && at == 2) {
					at++
				}
			}
			last := stack[len(stack)-1]
			if at < 2 || !last.User || last.PC < 0x1000 || last.PC >= 1<<32 {
				t.Fatalf("%v %+v", names, last)
			}
			if err := p.Seek(context.Background(), p.Now()+1); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestDisassemble(t *testing.T) {
	each(t, func(t *testing.T, i386 bool) {
		_, v := wrapped(t, i386, "sys.sysSocket")
		f, _ := v.FuncNamed("indirect.Call")
		text, at := "", f.Entry
		for at < f.End {
			for _, in := range v.Disassemble(at, 1) {
				if at += uint64(len(in.Bytes)); in.Addr < f.Entry {
					t.Fatal("an address before the function")
				}
				text += in.Text + "\n"
			}
		}
		for _, want := range []string{"call indirect.copyParams\n", " <indirect.Call+0x", "ret"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in\n%s", want, text)
			}
		}
		// A variable.
		if f, err := v.FuncNamed("mm.Alloc"); err != nil {
			t.Fatal(err)
		} else if text := texts(v.Disassemble(f.Entry, 40)); !regexp.MustCompile(`<mm\.\w+(\+0x\w+)?>`).MatchString(text) {
			t.Errorf("no variable in\n%s", text)
		}
		if got := v.Disassemble(0xffff_f000, 1); len(got) > 0 && i386 == false {
			t.Errorf("something where nothing is mapped: %v", got)
		}
	})
}

func texts(all []inspect.Inst) (text string) {
	for _, in := range all {
		text += in.Text + "\n"
	}
	return text
}

func TestPageTables(t *testing.T) {
	each(t, func(t *testing.T, i386 bool) {
		_, v := wrapped(t, i386, "sys.sysSocket")
		f, _ := v.FuncNamed("indirect.Call")
		all, err := v.PageTables(f.Entry)
		if err != nil || len(all) < 2 {
			t.Fatalf("%v %v", all, err)
		}
		if last := all[len(all)-1]; !last.Page || !strings.Contains(last.Flags, "present") || strings.Contains(last.Flags, "user") {
			t.Errorf("%+v", last)
		}
		if all, err := v.PageTables(0x10); err != nil || len(all) == 0 || strings.Contains(all[len(all)-1].Flags, "present") {
			t.Errorf("the page of nil: %v %v", all, err)
		}
	})
}

// The line of an address, and the addresses of the line.
func TestLines(t *testing.T) {
	each(t, func(t *testing.T, i386 bool) {
		_, v := wrapped(t, i386, "sys.sysSocket")
		f, _ := v.FuncNamed("sys.sysIndirect")
		l, ok := v.Line(f.Entry)
		if !ok || l.File != "guestkernel/sys/table.go" {
			t.Fatalf("%v %v", l, ok)
		}
		if at := v.Statements(l); !slices.Contains(at, f.Entry) {
			t.Errorf("%v does not have %#x", at, f.Entry)
		}
		if in, ok := v.Func(f.End - 1); !ok || in.Name != f.Name {
			t.Errorf("%v", in)
		}
	})
}

func FuzzEval(f *testing.F) {
	for _, s := range []string{"current.Ctx[UMASK][0]", "*current.FS", "(*proc.Task)(0x1000)", "proc.tasks[0].Name", "((", "[0]", "a.b.c"} {
		f.Add(s)
	}
	k, err := vm.Boot(f.Context(), vm.Config{Engine: soft.New(), Append: "quiet"})
	if err != nil {
		f.Fatal(err)
	}
	defer k.Close()
	if _, err := k.Task(f.Context()); err != nil {
		f.Fatal(err)
	}
	v, err := inspect.New(k)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		if x, err := v.Eval(expr); err == nil {
			_ = x.String()
		}
	})
}
