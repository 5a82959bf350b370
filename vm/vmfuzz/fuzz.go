package vmfuzz

import (
	"cmp"
	"context"
	"sync"
	"time"

	"sysindvm/cpu"
)

// Options say what is done.
type Options struct {
	Engine cpu.Engine
	I386   bool          // the kernel is the i386 one, and so are all calls
	Seed   uint64        // of the first program; the next ones have the next seeds
	N      int           // programs, if it is not 0
	Time   time.Duration // no program is begun after that, if it is not 0
	Tasks  int           // at most, beside the one that cleans up: 1 to 5
	Calls  int           // lines of a program
	// Parallel is how many machines there are at once, 1 if it is 0.
	Parallel int
	// Each, if it is not nil, is told of each program, one at a time.
	Each func(seed uint64, st Stats)
}

// Stats are what was done.
type Stats struct {
	Programs, Calls, Succeeded, Wrapped int
}

func (s *Stats) add(r *run) {
	s.Programs++
	s.Calls += r.calls
	s.Succeeded += r.good
	s.Wrapped += r.wrapped
}

// Found is a program that does not leave the kernel as it should.
type Found struct {
	Seed    uint64
	Failure *Failure
	Program []string // all of it
	opt     Options
}

// Fuzz runs programs until one fails, or as many as the options say.
func Fuzz(ctx context.Context, opt Options) (st Stats, found *Found, err error) {
	end := time.Now().Add(opt.Time)
	var mu sync.Mutex
	next := opt.Seed
	// take is the seed of the next program, if there is to be one.
	take := func() (seed uint64, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if found != nil || err != nil || ctx.Err() != nil || opt.N > 0 && next-opt.Seed == uint64(opt.N) ||
			opt.Time > 0 && time.Now().After(end) {
			return 0, false
		}
		next++
		return next - 1, true
	}
	one := func(seed uint64) {
		r, f, e := execute(ctx, opt, nil, newGenerator(seed), opt.Calls, opt.Tasks)
		mu.Lock()
		defer mu.Unlock()
		if e != nil {
			err = cmp.Or(err, e)
			return
		}
		st.add(r)
		if opt.Each != nil {
			opt.Each(seed, st)
		}
		if f != nil && (found == nil || seed < found.Seed) {
			found = &Found{Seed: seed, Failure: f, Program: r.program, opt: opt}
		}
	}
	var workers sync.WaitGroup
	for range max(opt.Parallel, 1) {
		workers.Go(func() {
			for seed, ok := take(); ok; seed, ok = take() {
				one(seed)
			}
		})
	}
	workers.Wait()
	return st, found, cmp.Or(err, ctx.Err())
}
