package script

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sysindvm/syscalls/strace"
)

// doingTimeout bounds the questions that are asked when a script has not ended
// in its time.
const doingTimeout = 500 * time.Millisecond

// doing says what each task of the script was doing when the machine failed or
// the time was over: the call that was sent to it, and, if the kernel still
// answers the monitor, where it sleeps in the kernel.
func (r *runner) doing() string {
	if r.monitor == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), doingTimeout)
	defer cancel()
	r.ctx = ctx
	answers := !r.monitor.Pending()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.tasks)) {
		t := r.tasks[name]
		if t.gone {
			continue
		}
		fmt.Fprintf(&b, "task %s, pid %d: %s\n", name, t.PID, r.sent(t))
		if answers {
			answers = r.guard(func() { b.WriteString(r.inKernel(t)) }) == nil
		}
	}
	if !answers {
		b.WriteString("the kernel does not answer any more\n")
	}
	return b.String()
}

// sent is what a task has been sent and not answered.
func (r *runner) sent(t *task) string {
	switch {
	case t.call != nil:
		return fmt.Sprintf("line %d, %s", t.call.step.Line, t.call.printer(nil).Unfinished(t.call.enc.nr, t.call.enc.args))
	case r.under.task == t && len(r.under.calls) > 0 && t.Pending():
		f := r.under.calls[0]
		text := fmt.Sprintf("line %d, %s", f.step.Line, f.printer(nil).Unfinished(f.enc.nr, f.enc.args))
		if n := len(r.under.calls); n > 1 {
			text += fmt.Sprintf(", or one of the calls after it, to line %d", r.under.calls[n-1].step.Line)
		}
		return text
	case t.Pending():
		return "something that the runner asked for"
	}
	return "waits for its next line"
}

// inKernel is what the kernel says of a task, from /proc.
func (r *runner) inKernel(t *task) string {
	var b strings.Builder
	text, errno := r.readFile(fmt.Sprintf("/proc/%d/syscall", t.PID))
	if errno != 0 {
		return fmt.Sprintf("  /proc has nothing of it: %s\n", strace.Errno(errno))
	}
	b.WriteString("  " + callText(text) + "\n")
	if text, errno = r.readFile(fmt.Sprintf("/proc/%d/stack", t.PID)); errno == 0 {
		for line := range strings.Lines(text) {
			fmt.Fprintf(&b, "    %s\n", r.symbol(strings.TrimPrefix(strings.TrimSpace(line), "[<0>] ")))
		}
	}
	return b.String()
}

// callText explains a line of /proc/pid/syscall.
func callText(text string) string {
	var v []uint64
	for _, f := range strings.Fields(text) {
		if n, err := strconv.ParseInt(f, 0, 64); err == nil {
			v = append(v, uint64(n))
		} else if n, err := strconv.ParseUint(f, 0, 64); err == nil {
			v = append(v, n)
		}
	}
	switch {
	case len(v) == 9:
		var args [6]uint64
		copy(args[:], v[1:])
		if _, channel := inCall(text); channel {
			return fmt.Sprintf("between calls, user sp %#x, ip %#x", v[7], v[8])
		}
		p := strace.Printer{}
		return fmt.Sprintf("asleep in %s, user sp %#x, ip %#x", p.Unfinished(v[0], args), v[7], v[8])
	case len(v) == 3:
		return fmt.Sprintf("asleep, in no call, user sp %#x, ip %#x", v[1], v[2])
	}
	return strings.TrimSpace(text)
}

// symbol names an address of the kernel, where that can be done.
func (r *runner) symbol(addr string) string {
	v, err := strconv.ParseUint(addr, 0, 64)
	if err != nil || r.opt.Symbol == nil {
		return addr
	}
	return r.opt.Symbol(v - 1) // of the call, not of what follows it
}
