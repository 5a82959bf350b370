package suite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/script"
)

// Machine is a kernel for one script.
type Machine struct {
	// Client talks to the agent there.
	Client *agent.Client
	// Close ends the machine.
	Close func() error
	// Doing, if there is one, says what the machine is doing, in lines, when
	// it fails or a script does not end; Said what its console has had. They
	// are called before Close.
	Doing, Said func() string
}

// Options say how scripts are run.
type Options struct {
	// Start makes a machine. It is called from several goroutines.
	Start func(context.Context) (*Machine, error)
	// Script is for each script.
	Script script.Options
	// Timeout is the longest that one script may take, the start of its
	// machine included; 0 is 30 seconds.
	Timeout time.Duration
	// Parallel is how many machines run at once; 0 is one.
	Parallel int
	// Count is how often each script is run; 0 is once.
	Count int
	// FailFast says to start no more scripts when one has failed.
	FailFast bool
	// Known are the failures that are known. It may be nil.
	Known *Known
	// Reporter is told what happens. It may be nil.
	Reporter Reporter
}

// Summary counts what came of a run.
type Summary struct {
	Passed, Failed, Skipped int
	Known                   int // of those skipped: failures that are known
	Broken                  int // of those failed: the machine itself failed
	NotRun                  int // because of FailFast, or because the run was interrupted
	Duration                time.Duration
}

// String is the line that ends a run: "40 passed, 0 failed, 2 skipped (0.88s)".
func (s Summary) String() string {
	text := fmt.Sprintf("%d passed, %d failed, %d skipped (%.2fs)", s.Passed, s.Failed, s.Skipped, s.Duration.Seconds())
	if s.Known > 0 {
		text += fmt.Sprintf("; of the skipped, %d known to fail", s.Known)
	}
	if s.NotRun > 0 {
		text += fmt.Sprintf("; %d not run", s.NotRun)
	}
	return text
}

func (s *Summary) add(status script.Status) {
	switch status {
	case script.Pass:
		s.Passed++
	case script.Skip:
		s.Skipped++
	case script.Known:
		s.Skipped++
		s.Known++
	case script.Broken:
		s.Broken++
		s.Failed++
	default:
		s.Failed++
	}
}

// Run runs the scripts and says what came of them. When ctx is over, those
// under way end, too.
func Run(ctx context.Context, scripts []*script.Script, opt Options) Summary {
	if opt.Reporter == nil {
		opt.Reporter = Reporters{}
	}
	start := time.Now()
	var todo []*script.Script
	for range max(1, opt.Count) {
		todo = append(todo, scripts...)
	}
	opt.Reporter.Begin(todo)
	r := &running{opt: opt, todo: todo}
	var wg sync.WaitGroup
	for range min(max(1, opt.Parallel), len(todo)) {
		wg.Go(func() { r.work(ctx) })
	}
	wg.Wait()
	r.sum.NotRun = len(r.todo)
	r.sum.Duration = time.Since(start)
	opt.Reporter.End(r.sum)
	return r.sum
}

// running is what the workers of a run share.
type running struct {
	opt  Options
	mu   sync.Mutex
	todo []*script.Script
	sum  Summary
}

// work runs scripts until there are none left.
func (r *running) work(ctx context.Context) {
	for {
		r.mu.Lock()
		stop := ctx.Err() != nil || r.opt.FailFast && r.sum.Failed > 0 || len(r.todo) == 0
		var s *script.Script
		if !stop {
			s, r.todo = r.todo[0], r.todo[1:]
			r.opt.Reporter.Start(s)
		}
		r.mu.Unlock()
		if stop {
			return
		}
		res := r.opt.One(ctx, s)
		r.mu.Lock()
		r.sum.add(res.Status)
		r.opt.Reporter.Done(s, res)
		r.mu.Unlock()
	}
}

// One runs one script in a machine of its own. If it got stuck among calls that
// were made in one go, it is run again, call by call, to see where. It uses
// Start, Script, Timeout and Known of the options.
func (opt *Options) One(ctx context.Context, s *script.Script) *script.Result {
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, opt.timeout(), fmt.Errorf("the script has not ended in %v", opt.timeout()))
	defer cancel()
	res := opt.once(ctx, s, opt.Script)
	if res.Unclear && ctx.Err() == nil {
		again := opt.Script
		again.Single = true
		res = opt.once(ctx, s, again)
	}
	res.Duration = time.Since(start)
	opt.Known.judge(res, opt.Script.Features)
	return res
}

func (opt *Options) timeout() time.Duration { return cmp.Or(opt.Timeout, 30*time.Second) }

func (opt *Options) once(ctx context.Context, s *script.Script, so script.Options) *script.Result {
	if why := s.Lacks(so); why != "" {
		return &script.Result{Name: s.Name, Status: script.Skip, Reason: why}
	}
	m, err := opt.Start(ctx)
	if err != nil {
		return &script.Result{Name: s.Name, Status: script.Broken, Reason: err.Error()}
	}
	so.Doing = m.Doing
	res := script.Run(ctx, s, m.Client, so)
	if res.Status == script.Broken && m.Said != nil {
		res.Failure += m.Said()
	}
	if err := res.Save(s.File); err != nil {
		res.Status, res.Reason = script.Fail, "the script cannot be updated: "+err.Error()
	}
	if err := m.Close(); err != nil && res.Status == script.Pass {
		res.Status, res.Reason = script.Broken, errors.Join(errors.New("the machine does not end"), err).Error()
	}
	return res
}
