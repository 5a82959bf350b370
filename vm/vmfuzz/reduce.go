package vmfuzz

import (
	"context"
	"slices"
	"strings"
	"time"
)

// maxReduce is the longest that Reduce tries.
const maxReduce = 2 * time.Minute

// Reduced is the shortest program found that fails in the same way.
type Reduced struct {
	Program []string
	Failure *Failure
	Script  string // the program as a script
	// Reproduces says that the script, run as a test, fails, too. It is not
	// when what matters cannot be said in a script.
	Reproduces bool
}

// Reduce drops lines while the program still fails in the same way.
func (f *Found) Reduce(ctx context.Context) (*Reduced, error) {
	deadline := time.Now().Add(maxReduce)
	best := &Reduced{Program: f.Program, Failure: f.Failure}
	var last *run
	try := func(program []string) (bool, error) {
		r, failure, err := execute(ctx, f.opt, program, nil, 0, 0)
		if err != nil || failure == nil || failure.Kind != f.Failure.Kind {
			return false, err
		}
		best.Program, best.Failure, last = program, failure, r
		return true, nil
	}
	// As it is, without what led to its lines.
	if ok, err := try(f.Program); !ok {
		return best, err
	}
	for size := len(best.Program) / 2; size > 0 && time.Now().Before(deadline); {
		dropped := false
		for at := 0; at < len(best.Program) && time.Now().Before(deadline); {
			ok, err := try(slices.Delete(slices.Clone(best.Program), at, min(at+size, len(best.Program))))
			if err != nil {
				return best, err
			}
			if dropped = dropped || ok; !ok {
				at += size
			}
		}
		if !dropped || size > 1 {
			size /= 2
		}
	}
	// And wraps that do not matter.
	for i := range best.Program {
		line, ok := unwrapped(best.Program[i])
		if !ok || time.Now().After(deadline) {
			continue
		}
		p := slices.Clone(best.Program)
		p[i] = line
		if _, err := try(p); err != nil {
			return best, err
		}
	}
	best.Script = last.script()
	best.Reproduces = reproduces(ctx, f.opt, best.Script)
	return best, nil
}

// unwrapped is the line without its contexts, if it has some.
func unwrapped(line string) (string, bool) {
	i := strings.Index(line, "indirect(")
	if i < 0 {
		return "", false
	}
	depth := 0
	for j := i; j < len(line); j++ {
		switch line[j] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				rest := strings.TrimSpace(line[j+1:])
				return line[:i] + rest, rest != ""
			}
		}
	}
	return "", false
}
