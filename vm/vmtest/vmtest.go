// Package vmtest is for Go tests of system calls: it runs scripts as subtests,
// each in a machine of its own, or gives a test a machine whose calls it makes
// one by one.
//
//	func TestScripts(t *testing.T) { vmtest.Scripts(t, "testdata") }
//
//	func TestPipe(t *testing.T) {
//		task := vmtest.Task(t)
//		fd, err := task.Call(t.Context(), syscalls.SYS_EPOLL_CREATE, 1)
//		...
//	}
//
// What fails is reported by t; there is nothing to close. All take [Option]s:
// the engine, the host instead of a machine, a time limit.
package vmtest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sysindvm/cpu"
	"sysindvm/images"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/script"
	"sysindvm/syscalls/script/suite"
	"sysindvm/vm"
)

// DefaultTimeout is the longest that a machine lives: see [Timeout].
const DefaultTimeout = 30 * time.Second

// Option changes what a test runs on.
type Option func(*config)

type config struct {
	vm      vm.Config
	host    bool
	timeout time.Duration
	known   string
}

// Engine has the machines run on an engine, and not on the best one of this
// host.
func Engine(e cpu.Engine) Option { return func(c *config) { c.vm.Engine = e } }

// Config has the machines made of cfg. Its Engine may be nil.
func Config(cfg vm.Config) Option { return func(c *config) { c.vm = cfg } }

// Host has calls made on the host's own Linux, and no machine at all.
func Host() Option { return func(c *config) { c.host = true } }

// Timeout is the longest that one machine, and so one script, may take.
func Timeout(d time.Duration) Option { return func(c *config) { c.timeout = d } }

// Known names a file of failures that are known ([suite.ParseKnown]): such a
// script is skipped when it fails, and fails when it passes.
func Known(file string) Option { return func(c *config) { c.known = file } }

// best is the engine that auto takes, probed once.
var best = sync.OnceValues(func() (cpu.Engine, error) {
	e, _, err := vm.OpenEngine("auto")
	return e, err
})

func configure(tb testing.TB, opts []Option) *config {
	tb.Helper()
	c := &config{timeout: DefaultTimeout}
	for _, o := range opts {
		o(c)
	}
	if c.vm.Engine == nil && !c.host {
		e, err := best()
		if err != nil {
			tb.Fatal(err)
		}
		c.vm.Engine = e
	}
	return c
}

// start makes a machine, or an agent on the host.
func (c *config) start(ctx context.Context) (*suite.Machine, error) {
	if c.host {
		h, err := vm.StartHost(ctx, images.Agent())
		if err != nil {
			return nil, err
		}
		return &suite.Machine{Client: h.Agent(), Close: h.Close}, nil
	}
	var console bytes.Buffer
	cfg := c.vm
	if cfg.Console == nil {
		cfg.Console = &console
	}
	if cfg.Append == "" {
		cfg.Append = "quiet"
	}
	m, err := vm.Boot(ctx, cfg)
	if err != nil {
		return nil, err
	}
	said := func() string { return images.SymbolTable().Report(console.String()) }
	return &suite.Machine{Client: m.Agent(), Close: m.Close, Doing: m.Report, Said: said}, nil
}

// Scripts runs scripts, files and directories as [suite.Load] takes them, as
// subtests.
func Scripts(t *testing.T, path string, opts ...Option) {
	t.Helper()
	c := configure(t, opts)
	scripts, err := suite.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(scripts) == 0 {
		t.Fatalf("there is no script in %s", path)
	}
	so := suite.Options{Start: c.start, Timeout: c.timeout, Script: script.Options{
		Host: c.host, Symbol: vm.Symbol,
	}}
	if c.host {
		so.Script.Features = vm.HostFeatures()
	} else {
		so.Script.Features = vm.GuestFeatures(c.vm.Engine)
	}
	if c.known != "" {
		b, err := os.ReadFile(c.known)
		if err == nil {
			so.Known, err = suite.ParseKnown(c.known, b)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range so.Known.Stale(scripts) {
			t.Log(line)
		}
	}
	for _, s := range scripts {
		t.Run(s.Name, func(t *testing.T) {
			so := so
			so.Script.Again = again(t.Name())
			r := so.One(t.Context(), s)
			for _, line := range r.Trace {
				t.Log(line)
			}
			switch r.Status {
			case script.Pass:
			case script.Skip, script.Known:
				t.Skip(r.Reason)
			default:
				t.Errorf("\n%s", r)
			}
		})
	}
}

// again is the command that runs a test again.
func again(name string) string {
	return "go test -v -run '^" + strings.ReplaceAll(regexp.QuoteMeta(name), "/", "$/^") + "$'"
}

// Script runs a script that is written in the test itself, as a subtest.
func Script(t *testing.T, text string, opts ...Option) {
	t.Helper()
	name := t.TempDir() + "/script" + suite.Ext
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	Scripts(t, name, opts...)
}

// Client gives a machine of the test's own, which ends with it: its tasks are
// made with [agent.Client.Task], its monitor watches.
func Client(tb testing.TB, opts ...Option) *agent.Client {
	tb.Helper()
	c := configure(tb, opts)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), c.timeout)
	m, err := c.start(ctx)
	if err != nil {
		cancel()
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if tb.Failed() && m.Said != nil {
			tb.Log(m.Said())
		}
		if err := m.Close(); err != nil && !errors.Is(err, context.Canceled) {
			tb.Error(err)
		}
		cancel()
	})
	return m.Client
}

// Task gives a process in a machine of the test's own.
func Task(tb testing.TB, opts ...Option) *agent.Task {
	tb.Helper()
	t, err := Client(tb, opts...).Task(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// Need skips the test if the machines lack one of the features.
func Need(tb testing.TB, features []string, opts ...Option) {
	tb.Helper()
	c := configure(tb, opts)
	have := vm.HostFeatures()
	if !c.host {
		have = vm.GuestFeatures(c.vm.Engine)
	}
	for _, f := range features {
		if !slices.Contains(have, f) {
			tb.Skipf("needs %s, which this machine does not have", f)
		}
	}
}
