package teach

import (
	"context"
	"fmt"
	"slices"

	"sysindvm/cpu"
	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
	"sysindvm/vm/inspect"
	"sysindvm/vm/record"
)

// maxCalls bounds the calls that Calls looks at.
const maxCalls = 20_000

// Calls makes a walk of any record of one of the embedded kernels: its lines
// are the system calls of all tasks, in the order in which they begin. Its steps
// have moments and phases only: a [Session] shows the rest.
func Calls(ctx context.Context, rec *record.Record) (*Walk, error) {
	p, err := record.NewReplay(rec)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	// The mode, and so the kernel, is known when it runs.
	if err := p.Seek(ctx, rec.Start()+(rec.End()-rec.Start())/2); err != nil {
		return nil, err
	}
	v, err := inspect.New(p.Machine())
	if err != nil {
		return nil, err
	}
	c := &caller{w: &Walk{Name: "record", Title: rec.Note, I386: v.I386(), Start: rec.Start(), End: rec.End()}, p: p, v: v, open: map[uint64]*entered{}}
	if c.w.Title == "" {
		c.w.Title = "A record"
	}
	if c.places, err = places(v.Kernel); err != nil {
		return nil, err
	}
	if err := p.Seek(ctx, rec.Start()); err != nil {
		return nil, err
	}
	return c.w, c.run(ctx)
}

// caller makes that walk.
type caller struct {
	w      *Walk
	p      *record.Replay
	v      *inspect.View
	places map[uint64]string
	open   map[uint64]*entered // by pid
}

// entered is a task that is in a call.
type entered struct {
	line   int
	came   uint64
	inside bool
	last   string
	in     bool // in the call: entered has one
	abi    syscalls.ABI
	nr     uint64
	args   [6]uint64
}

func (c *caller) run(ctx context.Context) error {
	var stops record.Stops
	for at := range c.places {
		stops.Breakpoints = append(stops.Breakpoints, at)
	}
	slices.Sort(stops.Breakpoints)
	for len(c.w.Lines) < maxCalls {
		exit, err := c.p.Forward(ctx, c.w.End, stops)
		if err != nil || exit.Reason != cpu.ExitBreakpoint {
			return err
		}
		r, err := c.v.Regs()
		if err != nil {
			return err
		}
		cur, err := c.v.Global("current")
		if err != nil {
			continue // the kernel's own thread
		}
		pid, err := fieldUint(cur, "Pid")
		if err != nil {
			return err
		}
		t := c.open[pid]
		if t == nil {
			t = &entered{line: -1}
			c.open[pid] = t
		}
		c.stop(t, cur, pid, c.places[r.RIP])
	}
	return nil
}

// stop takes note of a phase.
func (c *caller) stop(t *entered, cur inspect.Value, pid uint64, phase string) {
	switch {
	case phase == entry:
		t.came = c.p.Now()
		return
	case phase == SystemCall:
		t.begin(cur)
		t.line, t.in, t.inside = len(c.w.Lines), true, false
		c.w.Lines = append(c.w.Lines, Line{No: t.line + 1, Text: t.print(c.v).Unfinished(t.nr, t.args),
			Task: inspect.TaskName(cur), PID: int(pid), Contexts: -1})
	case t.line < 0 || phase != Signal && !t.in:
		return
	case phase == Inside:
		if t.inside || t.last != SystemCall && t.last != Call {
			return
		}
		t.inside = true
	case phase == Return:
		t.in = false
		if f, err := c.v.UserRegs(); err == nil {
			if result, err := fieldUint(f, "AX"); err == nil {
				l := &c.w.Lines[t.line]
				l.Result = t.print(c.v).Call(t.nr, t.args, int64(result))
				l.Text, l.Instructions = l.Result, c.p.Now()-t.came
			}
		}
	}
	t.last = phase
	c.w.Steps = append(c.w.Steps, Step{Moment: c.p.Now(), Line: t.line, Phase: phase, Task: fmt.Sprint(pid)})
}

// begin reads the call that a task is in.
func (t *entered) begin(cur inspect.Value) {
	t.abi = syscalls.AMD64
	call, err := cur.Field("Call")
	if err != nil {
		return
	}
	t.nr, _ = fieldUint(call, "Nr")
	args, err := call.Field("Args")
	if err != nil {
		return
	}
	for i := range t.args {
		if a, err := args.Index(i); err == nil {
			t.args[i], _ = a.Uint()
		}
	}
}

// print is a printer for the call, in the memory as it is now.
func (t *entered) print(v *inspect.View) *strace.Printer {
	if stack := v.Stack(); slices.ContainsFunc(stack, func(f inspect.Frame) bool { return f.Func == "guestkernel/sys.EnterCompat" }) {
		t.abi = syscalls.I386
	}
	return &strace.Printer{ABI: t.abi, Mem: func(addr uint64, n int) []byte {
		b := make([]byte, min(max(n, 0), 1<<16))
		for len(b) > 0 && !v.Read(addr, b) {
			b = b[:len(b)-1-min(len(b)-1, len(b)/2)]
		}
		return b
	}}
}
