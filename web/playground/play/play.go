// Package play is what the page of the playground can do with a script: run
// it, format it, and say what is wrong with it. It is the part of the page's
// program that knows nothing of a browser, so that it can be tested anywhere.
package play

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"sysindvm/cpu/soft"
	"sysindvm/images"
	"sysindvm/syscalls/script"
	"sysindvm/syscalls/script/suite"
	"sysindvm/vm"
)

// file is what the script is called in what is said of it.
const file = "playground" + suite.Ext

// timeout is the longest for one script, as sysindvm test has it.
const timeout = 30 * time.Second

// Place is where in a script something is wrong, from 1; a column of 0 is all
// of the line, a line of 0 none in particular.
type Place struct{ Line, Col int }

// Outcome is what came of a script.
type Outcome struct {
	// Status is PASS, FAIL, SKIP or ERROR, as script.Status has them, or WRONG
	// for what is no script.
	Status string
	// At is where it failed or is wrong, Brief why, in a line.
	At    Place
	Brief string
	// Text is what sysindvm test -v prints, Console what the guest's kernel
	// has said.
	Text, Console string
	Duration      time.Duration
	// Instructions is how many the guest has executed: the same number
	// wherever the script runs.
	Instructions uint64
}

// Options say how a script is run.
type Options struct {
	// I386 has a 32-bit program make the calls.
	I386 bool
	// NoIndirect has the kernel be one without sys_indirect.
	NoIndirect bool
}

// Run runs a script in a machine of its own.
func Run(ctx context.Context, text string, o Options) *Outcome {
	s, err := script.Parse(file, []byte(text))
	if err == nil && o.I386 {
		s, err = s.As32()
	}
	if err != nil {
		return wrong(err)
	}
	r := &runner{Options: o}
	var out bytes.Buffer
	suite.Run(ctx, []*script.Script{s}, suite.Options{
		Start:    r.start,
		Timeout:  timeout,
		Script:   script.Options{Features: vm.GuestFeatures(soft.New()), Symbol: vm.Symbol, Flags: o.flags()},
		Reporter: suite.Reporters{&suite.Text{Out: &out, Verbose: true}, r},
	})
	return r.outcome(out.String())
}

// flags are those with which sysindvm test runs the script as the page has.
func (o Options) flags() string {
	var flags []string
	if o.I386 {
		flags = append(flags, "-i386")
	}
	if o.NoIndirect {
		flags = append(flags, "--append noindirect")
	}
	return strings.Join(flags, " ")
}

// runner makes the machine and takes note of what comes of the script.
type runner struct {
	Options
	console      bytes.Buffer
	instructions uint64
	result       *script.Result
}

// start makes a machine like that of sysindvm test.
func (r *runner) start(ctx context.Context) (*suite.Machine, error) {
	r.console.Reset()
	cfg := vm.Config{Engine: soft.New(), Console: &r.console, Append: "quiet", Init: "/bin/agent", Timeout: timeout}
	if r.I386 {
		cfg.Init = "/bin/agent32"
	}
	if r.NoIndirect {
		cfg.Append += " noindirect"
	}
	m, err := vm.Boot(ctx, cfg)
	if err != nil {
		return nil, err
	}
	end := func() error {
		r.instructions += m.VCPU().Instructions()
		return m.Close()
	}
	return &suite.Machine{Client: m.Agent(), Close: end, Doing: m.Report}, nil
}

// A runner is told the result.
func (r *runner) Begin([]*script.Script)                       {}
func (r *runner) Start(*script.Script)                         {}
func (r *runner) Done(_ *script.Script, result *script.Result) { r.result = result }
func (r *runner) End(suite.Summary)                            {}

func (r *runner) outcome(text string) *Outcome {
	res := r.result
	if res == nil { // the context was over before it began
		return &Outcome{Status: script.Broken.String(), Brief: "the script has not run", Text: text}
	}
	o := &Outcome{
		Status: res.Status.String(), At: Place{Line: res.Line}, Text: text,
		Duration: res.Duration, Instructions: r.instructions,
		Console: images.SymbolTable().Report(r.console.String()),
	}
	if res.Status != script.Pass {
		o.Brief, _, _ = strings.Cut(res.Reason, "\n")
	}
	if res.Line > 0 && o.Brief == "" {
		o.Brief = fmt.Sprintf("line %d: %s", res.Line, brief(res.Failure))
	}
	return o
}

// difference is what a failure says first of what differs.
var difference = regexp.MustCompile(`(?m)^ +\S.*?- want (.*)\n +\+ got  ?(.*)$`)

// brief is a failure in one line.
func brief(failure string) string {
	if m := difference.FindStringSubmatch(failure); m != nil {
		return fmt.Sprintf("want %s, got %s", m[1], m[2])
	}
	return "it is not what it says"
}

// wrong is the outcome of what is no script.
func wrong(err error) *Outcome {
	o := &Outcome{Status: "WRONG", Brief: err.Error(), Text: err.Error() + "\n"}
	if e, ok := errors.AsType[*script.Error](err); ok {
		o.At, o.Brief = Place{e.Line, e.Col}, fmt.Sprintf("line %d: %s", e.Line, e.Msg)
	}
	return o
}

// Check says what is wrong with a script: nil if nothing is.
func Check(text string) *Outcome {
	if _, err := script.Parse(file, []byte(text)); err != nil {
		return wrong(err)
	}
	return nil
}

// Format writes a script in its one form, or says what is wrong with it.
func Format(text string) (string, *Outcome) {
	b, err := script.Format(file, []byte(text))
	if err != nil {
		return "", wrong(err)
	}
	return string(b), nil
}
