package script

import (
	"context"
	"errors"
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
)

// Session makes lines of a script one by one, for those who do not know
// beforehand what comes back, as a fuzzer does: what lines expect is not
// compared, and who is asleep is for the caller to find out. It begins with the
// one task A.
type Session struct {
	r *runner
	c *checker
	s Script
}

// NewSession makes a session in a machine of its own. Where the agent is a
// 32-bit program, all calls are i386's.
func NewSession(ctx context.Context, c *agent.Client) (*Session, error) {
	s := &Session{r: newRunner(ctx, c, Options{}), c: newChecker()}
	s.r.script = &s.s
	if st := s.r.guard(func() { s.r.begin(c) }); st != nil {
		return nil, st.error()
	}
	s.c.all32 = s.r.monitor.ABI() == syscalls.I386
	return s, nil
}

// error is the stop as an error.
func (st *stop) error() error {
	if st.err != nil {
		return st.err
	}
	return &LineError{fmt.Sprintf("%s: %s, not %s", st.diffs[0].What, st.diffs[0].Got, st.diffs[0].Want)}
}

// LineError says why a line cannot be done. Nothing has been done.
type LineError struct{ msg string }

func (e *LineError) Error() string { return e.msg }

// Task is the task of a name; nil if there is none.
func (s *Session) Task(name string) *agent.Task {
	if t := s.r.tasks[name]; t != nil {
		return t.Task
	}
	return nil
}

// Monitor is the agent's first task.
func (s *Session) Monitor() *agent.Task { return s.r.monitor }

// Parse parses and checks a line. An error is one of the line's.
func (s *Session) Parse(line string) (step *Step, err error) {
	step, err = parseLine(&s.s, s.c, "line", 1, line)
	if err == nil && step == nil {
		err = errors.New("an empty line")
	}
	return step, err
}

// Start begins what a line says. Of a call it does not wait for the end:
// Finish is for that. The task is in no call.
func (s *Session) Start(step *Step) error {
	st := s.r.guard(func() {
		t := s.r.tasks[step.Task]
		if t == nil {
			panic(missing(step.Task))
		}
		if step.Kind != StepCall {
			s.r.step(step)
			return
		}
		f := &inflight{step: step, call: step.Call}
		s.r.encode(f, t)
		s.r.add(f, t)
		g := s.r.group
		s.r.group = group{}
		check(t.Start(s.r.ctx, g.batch))
		t.call, t.batch = f, g.batch
	})
	if st != nil {
		return st.error()
	}
	return nil
}

// Finish waits for the task's call to return, and gives its result and the
// descriptors of a pair that it has made.
func (s *Session) Finish(name string) (result int64, pair []int32, err error) {
	t := s.r.tasks[name]
	if err := t.Finish(s.r.ctx); err != nil {
		return 0, nil, err
	}
	f, b := t.call, t.batch
	t.call, t.batch = nil, nil
	if result = b.Result(f.slot); result >= 0 {
		for i, o := range f.enc.outs {
			if d := b.Bytes(f.bufs[i]); o.typ.Kind == syscalls.FDPair && len(d) == 8 {
				pair = append(pair, int32(syscalls.GetInt(d, 4)), int32(syscalls.GetInt(d[4:], 4)))
			}
		}
	}
	return result, pair, nil
}

// ReadFiles reads short files of the guest through the monitor: texts of at
// most 4,000 bytes, empty for a file that cannot be read.
func (s *Session) ReadFiles(names ...string) ([]string, error) {
	const room, most = 4000, 8
	var texts []string
	for len(names) > most {
		t, err := s.ReadFiles(names[:most]...)
		if err != nil {
			return nil, err
		}
		texts, names = append(texts, t...), names[most:]
	}
	at := s.r.monitorArena().addr
	var b agent.Batch
	var counts []agent.Slot
	var data []agent.Buffer
	for i, name := range names {
		buf := at + 256 + uint64(i)*(room+96)
		b.Put(at, append([]byte(name), 0))
		fd := b.Call(syscalls.SYS_OPEN, agent.Addr(at), agent.Int(syscalls.O_RDONLY))
		counts = append(counts, b.Call(syscalls.SYS_READ, fd.Arg(), agent.Addr(buf), agent.Int(room)))
		b.Call(syscalls.SYS_CLOSE, fd.Arg())
		data = append(data, b.Get(buf, room))
	}
	if err := s.r.monitor.Do(s.r.ctx, &b); err != nil {
		return nil, err
	}
	for i := range names {
		texts = append(texts, string(b.Bytes(data[i])[:min(max(b.Result(counts[i]), 0), room)]))
	}
	return texts, nil
}

// Status is the wait status of a task that the monitor, its parent, has waited
// for, if it is among the last.
func (s *Session) Status(name string) (status uint32, ok bool) {
	st := s.r.guard(func() { status, ok = s.r.reaped(s.r.tasks[name]) })
	return status, ok && st == nil
}
