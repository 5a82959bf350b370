package teach

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"sysindvm/cpu"
	"sysindvm/vm/inspect"
	"sysindvm/vm/record"
)

// Size is how far a step of a [Session] goes.
type Size int

// Sizes of steps.
const (
	Phases       Size = iota // to the next step of the walk
	SystemCalls              // to where a call of the walk begins
	Functions                // into the next function of the kernel, or out of this one
	SourceLines              // to another line of the kernel's source
	Instructions             // one instruction
)

func (z Size) String() string {
	return [...]string{"phase", "system call", "function", "line", "instruction"}[z]
}

// Session goes to any moment of a run, forwards and backwards.
type Session struct {
	w *Walk
	p *record.Replay
	v *inspect.View
	// Show are expressions that Look evaluates, besides the demo's own.
	Show []string
}

// NewSession makes a session that stands at the walk's first step.
func NewSession(ctx context.Context, w *Walk, rec *record.Record) (*Session, error) {
	p, err := record.NewReplay(rec)
	if err != nil {
		return nil, err
	}
	v, err := inspect.For(p.Machine(), w.I386)
	if err != nil {
		p.Close()
		return nil, err
	}
	s := &Session{w: w, p: p, v: v}
	if len(w.Steps) > 0 {
		err = s.Seek(ctx, w.Steps[0].Moment)
	}
	return s, err
}

// Close gives the machine back.
func (s *Session) Close() error { return s.p.Close() }

// Now is the moment at which the session stands.
func (s *Session) Now() uint64 { return s.p.Now() }

// View looks into the machine at this moment.
func (s *Session) View() *inspect.View { return s.v }

// Seek goes to a moment.
func (s *Session) Seek(ctx context.Context, moment uint64) error { return s.p.Seek(ctx, moment) }

// At is the index of the walk's last step that is not after this moment; -1
// before the first.
func (s *Session) At() int {
	now, at := s.Now(), -1
	for i := range s.w.Steps {
		if s.w.Steps[i].Moment <= now {
			at = i
		}
	}
	return at
}

// Look is what is to be seen at this moment, as a step of the line under way.
func (s *Session) Look() Step {
	st := Step{Moment: s.Now()}
	if at := s.At(); at >= 0 {
		o := &s.w.Steps[at]
		st.Line, st.Task = o.Line, o.Task
		if o.Moment == st.Moment {
			st.Phase = o.Phase
		}
	}
	show := s.Show
	if at := s.At(); at >= 0 {
		for _, e := range s.w.Steps[at].Shown {
			show = append(show[:len(show):len(show)], e.Expr)
		}
	}
	look(s.v, &st, show)
	if cur, err := s.v.Global("current"); err == nil {
		if ctxs, err := s.v.Contexts(cur); err == nil {
			for _, c := range ctxs {
				st.Contexts = append(st.Contexts, Context{Kind: c.Kind, Text: c.Text})
			}
		}
		if chain, err := s.v.Chain(cur); err == nil {
			st.Chain = chain
		}
	}
	return st
}

// maxSteps bounds how many instructions a step of functions or lines looks
// through, and maxBack how far back.
const (
	maxSteps = 200_000
	maxBack  = 2_000_000
)

// Step goes a step forwards or back; false if there is none: then the session
// stays where it is.
func (s *Session) Step(ctx context.Context, z Size, back bool) (bool, error) {
	switch z {
	case Phases:
		return s.stepTo(ctx, back, func(st *Step) bool { return true })
	case SystemCalls:
		return s.stepTo(ctx, back, func(st *Step) bool { return st.Phase == SystemCall || st.Phase == "" })
	case Instructions:
		switch now := s.Now(); {
		case back && now > s.w.Start:
			return true, s.Seek(ctx, now-1)
		case !back && now < s.w.End:
			return true, s.Seek(ctx, now+1)
		}
		return false, nil
	}
	if back {
		return s.walkBack(ctx, z)
	}
	return s.walkOn(ctx, z)
}

// stepTo goes to the next step of the walk, or the one before, that is wanted.
func (s *Session) stepTo(ctx context.Context, back bool, wanted func(*Step) bool) (bool, error) {
	now := s.Now()
	for i := range s.w.Steps {
		st := &s.w.Steps[i]
		if back {
			st = &s.w.Steps[len(s.w.Steps)-1-i]
		}
		if wanted(st) && (back && st.Moment < now || !back && st.Moment > now) {
			return true, s.Seek(ctx, st.Moment)
		}
	}
	return false, nil
}

// place is where the CPU is, as far as a size tells places apart; "" for user
// mode.
func (s *Session) place(z Size) string {
	r, err := s.v.Regs()
	if err != nil {
		return ""
	}
	f, ok := s.v.Func(r.RIP)
	if !ok {
		return ""
	}
	if z == Functions {
		return f.Name
	}
	l, _ := s.v.Line(r.RIP)
	return l.String()
}

// walkOn goes on until the place is another, in the kernel.
func (s *Session) walkOn(ctx context.Context, z Size) (bool, error) {
	start, from := s.Now(), s.place(z)
	for range maxSteps {
		if s.Now() >= s.w.End {
			break
		}
		if s.place(z) == "" {
			if err := s.toKernel(ctx); err != nil {
				return false, err
			}
		} else if err := s.Seek(ctx, s.Now()+1); err != nil {
			return false, err
		}
		if at := s.place(z); at != from && at != "" {
			return true, nil
		}
	}
	return false, s.Seek(ctx, start)
}

// toKernel runs until the kernel is entered.
func (s *Session) toKernel(ctx context.Context) error {
	f, err := s.v.FuncNamed("runtime.ktrap")
	if err != nil {
		return err
	}
	_, err = s.p.Forward(ctx, s.w.End, record.Stops{Breakpoints: []uint64{f.Entry}})
	return err
}

// walkBack goes back to where the place before this one began.
func (s *Session) walkBack(ctx context.Context, z Size) (bool, error) {
	now := s.Now()
	for reach := uint64(500); ; reach *= 8 {
		from := max(s.w.Start, now-min(now, reach))
		if err := s.Seek(ctx, from); err != nil {
			return false, err
		}
		last, found := s.place(z), uint64(0)
		for s.Now()+1 < now {
			if err := s.Seek(ctx, s.Now()+1); err != nil {
				return false, err
			}
			at := s.place(z)
			if at != last && at != "" {
				found = s.Now()
			}
			last = at
		}
		if found > 0 {
			return true, s.Seek(ctx, found)
		}
		if from == s.w.Start || reach > maxBack {
			return false, s.Seek(ctx, now)
		}
	}
}

// maxWrites bounds how many writes that change nothing Changed passes.
const maxWrites = 1000

// Changed goes to the next instruction that changes an object of the kernel's
// ([inspect.View.Eval]), or back to the one that has changed it last; false if
// there is none. The session then stands before the instruction.
func (s *Session) Changed(ctx context.Context, expr string, back bool) (bool, error) {
	x, err := s.v.Eval(expr)
	if err != nil {
		return false, err
	}
	watch, err := s.watch(x)
	if err != nil {
		return false, err
	}
	start := s.Now()
	for range maxWrites {
		hit, err := s.write(ctx, watch, back)
		if err != nil || !hit {
			return false, errorsOr(err, s.Seek(ctx, start))
		}
		changed, err := s.changes(ctx, x, back)
		if err != nil || changed {
			return err == nil, err
		}
	}
	return false, s.Seek(ctx, start)
}

func errorsOr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// watch is the physical memory of an object.
func (s *Session) watch(x inspect.Value) ([]cpu.Watchpoint, error) {
	sregs, err := s.v.Machine().VCPU().Sregs()
	if err != nil {
		return nil, err
	}
	if x.Addr == 0 || x.Size() == 0 {
		return nil, fmt.Errorf("%s is not in memory", x.Name)
	}
	var all []cpu.Watchpoint
	for at, left := x.Addr, uint64(x.Size()); left > 0; {
		n := min(left, cpu.PageSize-at%cpu.PageSize)
		pa, ok := s.v.Machine().Translate(sregs.CR3, at)
		if !ok {
			return nil, fmt.Errorf("%s: nothing is mapped at %#x", x.Name, at)
		}
		all = append(all, cpu.Watchpoint{Addr: pa, Size: n, Write: true})
		at, left = at+n, left-n
	}
	return all, nil
}

// write goes to before the next write, or the last one.
func (s *Session) write(ctx context.Context, w []cpu.Watchpoint, back bool) (bool, error) {
	stops := record.Stops{Watchpoints: w}
	if back {
		exit, err := s.p.Backward(ctx, s.w.Start, stops)
		return exit.Reason == cpu.ExitWatchpoint, err
	}
	exit, err := s.p.Forward(ctx, s.w.End, stops)
	return exit.Reason == cpu.ExitWatchpoint, err
}

// changes says whether the instruction that has just written, or of one that
// was found backwards, that is about to write, makes the object another one. It
// leaves the session before the instruction if so.
func (s *Session) changes(ctx context.Context, x inspect.Value, back bool) (bool, error) {
	after := s.Now()
	if back {
		after++
	}
	var now [2][]byte
	for i, at := range []uint64{after - 1, after} {
		if err := s.Seek(ctx, at); err != nil {
			return false, err
		}
		now[i] = make([]byte, x.Size())
		s.v.Read(x.Addr, now[i])
	}
	if !bytes.Equal(now[0], now[1]) {
		return true, s.Seek(ctx, after-1)
	}
	if back {
		return false, s.Seek(ctx, after-1)
	}
	return false, nil
}

// Sizes are all sizes of steps.
func Sizes() []Size {
	return slices.Clone([]Size{Phases, SystemCalls, Functions, SourceLines, Instructions})
}
