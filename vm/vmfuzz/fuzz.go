package vmfuzz

import (
	"context"
	"time"

	"sysindvm/cpu"
)

// Options say what is done.
type Options struct {
	Engine cpu.Engine
	Seed   uint64        // of the first program; the next ones have the next seeds
	N      int           // programs, if it is not 0
	Time   time.Duration // no program is begun after that, if it is not 0
	Tasks  int           // at most, beside the one that cleans up: 1 to 5
	Calls  int           // lines of a program
	// Each, if it is not nil, is told of each program.
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
	begin := time.Now()
	for seed := opt.Seed; ctx.Err() == nil; seed++ {
		if opt.N > 0 && st.Programs == opt.N || opt.Time > 0 && time.Since(begin) > opt.Time {
			break
		}
		r, f, err := execute(ctx, opt.Engine, nil, newGenerator(seed), opt.Calls, opt.Tasks)
		if err != nil {
			return st, nil, err
		}
		st.add(r)
		if opt.Each != nil {
			opt.Each(seed, st)
		}
		if f != nil {
			return st, &Found{Seed: seed, Failure: f, Program: r.program, opt: opt}, nil
		}
	}
	return st, nil, ctx.Err()
}
