package suite

import (
	"fmt"
	"io"
	"strings"

	"sysindvm/syscalls/script"
)

// KTAP reports in the kernel's test protocol
// (docs.kernel.org/dev-tools/ktap.html).
type KTAP struct {
	Out io.Writer
	n   int
}

func (k *KTAP) Begin(todo []*script.Script) {
	fmt.Fprintf(k.Out, "KTAP version 1\n1..%d\n", len(todo))
}

func (k *KTAP) Start(*script.Script) {}

func (k *KTAP) Done(s *script.Script, r *script.Result) {
	k.n++
	text := why(r)
	for line := range strings.Lines(text) {
		if r.Status == script.Fail || r.Status == script.Broken {
			fmt.Fprintf(k.Out, "# %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	// A # begins a directive.
	name := strings.ReplaceAll(s.Name, "#", "_")
	switch r.Status {
	case script.Pass:
		fmt.Fprintf(k.Out, "ok %d %s\n", k.n, name)
	case script.Skip:
		fmt.Fprintf(k.Out, "ok %d %s # SKIP %s\n", k.n, name, firstLine(text))
	case script.Known:
		fmt.Fprintf(k.Out, "not ok %d %s # XFAIL %s\n", k.n, name, firstLine(text))
	case script.Broken:
		fmt.Fprintf(k.Out, "not ok %d %s # ERROR %s\n", k.n, name, firstLine(text))
	default:
		fmt.Fprintf(k.Out, "not ok %d %s\n", k.n, name)
	}
}

func (k *KTAP) End(sum Summary) {
	fmt.Fprintf(k.Out, "# Totals: pass:%d fail:%d xfail:%d xpass:0 skip:%d error:%d\n",
		sum.Passed, sum.Failed-sum.Broken, sum.Known, sum.Skipped-sum.Known, sum.Broken)
	if sum.NotRun > 0 {
		fmt.Fprintf(k.Out, "Bail out! %d not run\n", sum.NotRun)
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
