package suite

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"time"

	"sysindvm/syscalls/script"
)

// JSON reports as go test -json does, an event a line (go doc test2json): each
// directory of scripts is a package, each script a test.
type JSON struct {
	Out io.Writer
	// Now is the time; time.Now if it is nil.
	Now func() time.Time

	packages map[string]*jsonPackage
	order    []string
}

type jsonPackage struct {
	begin  time.Time
	left   int
	failed bool
}

// event is one line. Its fields and their order are those of test2json.
type event struct {
	Time    time.Time
	Action  string
	Package string
	Test    string   `json:",omitempty"`
	Elapsed *float64 `json:",omitempty"`
	Output  string   `json:",omitempty"`
}

// packageOf is the package that a script counts to: its directory.
func packageOf(s *script.Script) string {
	dir := path.Dir(filepath.ToSlash(filepath.Clean(s.File)))
	if dir == "." || dir == "/" {
		return "scripts"
	}
	return strings.TrimLeft(dir, "./")
}

func (j *JSON) now() time.Time {
	if j.Now != nil {
		return j.Now()
	}
	return time.Now()
}

func (j *JSON) emit(e event) {
	e.Time = j.now()
	// Neither can fail for such a value; an Out that is gone ends the
	// program elsewhere.
	b, _ := json.Marshal(e)
	j.Out.Write(append(b, '\n'))
}

func (j *JSON) Begin(todo []*script.Script) {
	j.packages = map[string]*jsonPackage{}
	for _, s := range todo {
		name := packageOf(s)
		if j.packages[name] == nil {
			j.packages[name] = &jsonPackage{begin: j.now()}
			j.order = append(j.order, name)
			j.emit(event{Action: "start", Package: name})
		}
		j.packages[name].left++
	}
}

func (j *JSON) Start(s *script.Script) {
	p := packageOf(s)
	j.emit(event{Action: "run", Package: p, Test: s.Name})
	j.emit(event{Action: "output", Package: p, Test: s.Name, Output: "=== RUN   " + s.Name + "\n"})
}

// actions are the last events of tests.
var actions = map[script.Status]string{
	script.Pass: "pass", script.Fail: "fail", script.Broken: "fail", script.Skip: "skip", script.Known: "skip",
}

func (j *JSON) Done(s *script.Script, r *script.Result) {
	p := packageOf(s)
	action := actions[r.Status]
	output := func(text string) {
		j.emit(event{Action: "output", Package: p, Test: s.Name, Output: text})
	}
	for _, line := range r.Trace {
		output("    " + line + "\n")
	}
	output(fmt.Sprintf("--- %s: %s (%.2fs)\n", strings.ToUpper(action), s.Name, r.Duration.Seconds()))
	for line := range strings.Lines(why(r)) {
		output("    " + strings.TrimSuffix(line, "\n") + "\n")
	}
	elapsed := seconds(r.Duration)
	j.emit(event{Action: action, Package: p, Test: s.Name, Elapsed: &elapsed})
	pack := j.packages[p]
	pack.failed = pack.failed || action == "fail"
	if pack.left--; pack.left == 0 {
		j.end(p)
	}
}

// end reports the end of a package.
func (j *JSON) end(name string) {
	p := j.packages[name]
	delete(j.packages, name)
	elapsed := seconds(j.now().Sub(p.begin))
	action, word, line := "pass", "PASS", "ok  \t%s\t%.3fs\n"
	if p.failed {
		action, word, line = "fail", "FAIL", "FAIL\t%s\t%.3fs\n"
	}
	j.emit(event{Action: "output", Package: name, Output: word + "\n"})
	j.emit(event{Action: "output", Package: name, Output: fmt.Sprintf(line, name, elapsed)})
	j.emit(event{Action: action, Package: name, Elapsed: &elapsed})
}

// End ends the packages of which not all has run.
func (j *JSON) End(sum Summary) {
	for _, name := range j.order {
		if p := j.packages[name]; p != nil {
			p.failed = p.failed || sum.NotRun > 0
			j.end(name)
		}
	}
}

func seconds(d time.Duration) float64 { return d.Round(time.Microsecond).Seconds() }
