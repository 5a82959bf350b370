package script

import (
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/strace"
	"sysindvm/syscalls/wire"
)

// The names that stand for the agent's handler of signals, which notes each,
// and for what it returns to.
const (
	handlerName  = "handler"
	restorerName = "restorer"
)

// signalNeeds says whether a script needs a kernel with signals.
func (s *Script) signalNeeds() bool {
	for _, step := range s.Steps {
		if step.Kind == StepSignal || step.Kind == StepEnd && step.Killed {
			return true
		}
	}
	return false
}

// bindHandler binds handler and restorer.
func (r *runner) bindHandler() {
	b, err := r.monitor.Get(r.ctx, wire.SignalsAddr, wire.SignalsHeader)
	check(err)
	r.vars[handlerName], r.vars[restorerName] = syscalls.GetInt(b[8:], 8), syscalls.GetInt(b[16:], 8)
}

// sigaction fills in what a handler needs on x86 and a script need not say:
// where it returns to.
func (e *encoder) sigaction(b []byte) {
	s := &syscalls.StructSigaction
	handler, flags, restorer := s.Field("sa_handler"), s.Field("sa_flags"), s.Field("sa_restorer")
	if v := flags.Get(e.abi, b); handler.Get(e.abi, b) > syscalls.SIG_IGN && v&syscalls.SA_RESTORER == 0 {
		flags.Put(e.abi, b, v|syscalls.SA_RESTORER)
		restorer.Put(e.abi, b, e.value(restorerName, 0))
	}
}

// signal compares the next signal that a task's handler has had. While the
// task is in a call, its memory cannot be read: then it is done when that has
// returned.
func (r *runner) signal(s *Step, t *task) {
	if t.call != nil {
		t.signals = append(t.signals, s)
		return
	}
	var b agent.Batch
	g := b.Get(wire.SignalsAddr, wire.SignalsHeader+wire.MaxSignals*wire.SignalSize)
	check(t.Do(r.ctx, &b))
	got, info, abi := t.nextSignal(b.Bytes(g))
	want := s.Signal.String()
	if got == 0 {
		panic(stop{step: s, diffs: []Diff{{What: "signal", Want: want, Got: "none that was not seen before"}}})
	}
	if info == nil {
		r.note(s.Task, "--- "+strace.SignalName(got)+" ---")
	} else {
		r.note(s.Task, "--- "+siginfoText(abi, info)+" ---")
	}
	m := &matcher{abi: abi, value: r.lookup, bind: func(name string, v uint64) { r.vars[name] = v }}
	if n := s.Signal; n.Kind == Name && isConst(n.Name) && signalNumber(n.Name) != got || n.Kind == Number && n.Num != got {
		m.differ(n, "signal", want, strace.SignalName(got))
	}
	switch {
	case s.Siginfo == nil:
	case info == nil:
		m.differ(nil, "siginfo", s.Siginfo.String(), "none: the handler was set without SA_SIGINFO")
	default:
		m.fields(&strace.Printer{ABI: abi}, "siginfo", s.Siginfo, &syscalls.StructSiginfo, info, false)
	}
	if m.diffs = r.update(s, m.diffs); len(m.diffs) > 0 {
		panic(stop{step: s, diffs: m.diffs})
	}
}

// nextSignal is the next signal of the task that no line has seen, 0 if there
// is none, and its siginfo, nil if the handler was set without.
func (t *task) nextSignal(b []byte) (signo uint64, info []byte, abi syscalls.ABI) {
	n := int(min(syscalls.GetInt(b, 8), wire.MaxSignals))
	for ; t.seen < n; t.seen++ {
		rec := b[wire.SignalsHeader+t.seen*wire.SignalSize:]
		if int(syscalls.GetInt(rec, 4)) != t.PID {
			continue
		}
		t.seen++
		signo, info = syscalls.GetInt(rec[4:], 4), rec[8:wire.SignalSize]
		if signo&wire.SignalI386 != 0 {
			signo, abi = signo&^wire.SignalI386, syscalls.I386
		}
		if syscalls.GetInt(info, 4) != signo {
			info = nil
		}
		return signo, info, abi
	}
	return 0, nil, 0
}

// siginfoText writes a signal as strace does: the fields that its cause fills
// in.
func siginfoText(abi syscalls.ABI, info []byte) string {
	p := &strace.Printer{ABI: abi}
	s := &syscalls.StructSiginfo
	signo, code := syscalls.GetInt(info, 4), int32(syscalls.GetInt(info[8:], 4))
	names := []string{"si_signo", "si_code"}
	switch {
	case signo == syscalls.SIGCHLD && code > 0:
		names = append(names, "si_pid", "si_uid", "si_status")
	case code == syscalls.SI_QUEUE:
		names = append(names, "si_pid", "si_uid", "si_int")
	case code <= 0:
		names = append(names, "si_pid", "si_uid")
	case signo == syscalls.SIGSEGV || signo == syscalls.SIGBUS || signo == syscalls.SIGILL || signo == syscalls.SIGFPE:
		names = []string{"si_signo", "si_addr"}
	}
	text := strace.SignalName(signo) + " {"
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		f := s.Field(name)
		text += name + "=" + p.Field(f, info)
	}
	if names[1] == "si_addr" {
		text += fmt.Sprintf(", si_code=%d", code)
	}
	return text + "}"
}
