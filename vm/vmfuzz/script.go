package vmfuzz

import (
	"context"
	"slices"
	"strings"

	"sysindvm/syscalls/script"
	"sysindvm/vm"
)

// script is what the run did, as a script with what came back. The call in
// which the machine failed is the last.
func (r *run) script() string {
	var lines []string
	for _, l := range r.log {
		if l != "" {
			lines = append(lines, l)
		}
	}
	for _, name := range append([]string{"A"}, r.order...) {
		if t := r.tasks[name]; t.step != nil && !t.gone && !t.asleep {
			lines = append(lines, text(t.step))
		}
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "i386 ") }) {
		return strings.Join(lines, "\n") + "\n"
	}
	return "requires: i386\n" + strings.Join(lines, "\n") + "\n"
}

// reproduces says whether a script fails.
func reproduces(ctx context.Context, opt Options, text string) bool {
	s, err := script.Parse("fuzz.sys", []byte(text))
	if err != nil {
		return false
	}
	m, err := vm.Boot(ctx, vm.Config{Engine: opt.Engine, I386: opt.I386, Memory: guestMemory, Append: "quiet", Timeout: hostTimeout})
	if err != nil {
		return false
	}
	defer m.Close()
	r := script.Run(ctx, s, m.Agent(), script.Options{Features: []string{"guest", "soft", "indirect", "i386", "signals", "thread", "root"}, Single: true})
	return r.Status == script.Fail || r.Status == script.Broken
}
