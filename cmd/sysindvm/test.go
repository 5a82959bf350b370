package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sysindvm/syscalls/script"
	"sysindvm/syscalls/script/suite"
	"sysindvm/vm"
)

// testFlags are the flags of sysindvm test.
type testFlags struct {
	machineFlags
	run, skip string
	list      bool
	count     int
	parallel  int
	failFast  bool
	shuffle   string
	shard     string
	known     string
	update    bool
	json      bool
	ktap      bool
	junit     string
}

func testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test FILE|DIR...",
		Short: "Run scripts of system calls, each in a machine of its own",
		Long: `Run scripts (docs/scripts.md): each file, and each *.sys file in a directory or
below it, is one test in a machine of its own. All scripts are checked before
any runs.

With --target host they run on this Linux itself: lines with indirect are left
out there, or replaced by what stands behind their ~.

Without --shard, the shard is what Bazel (TEST_SHARD_INDEX, TEST_TOTAL_SHARDS)
or a Kubernetes Indexed Job (JOB_COMPLETION_INDEX, and JOB_COMPLETIONS, which
the manifest must set) says in the environment.`,
		Example: `  sysindvm test tests/scripts
  sysindvm test -run 'rfc|pipe' -v tests/scripts
  sysindvm test -json tests/scripts | gotestsum --raw-command -- cat
  sysindvm test -junit report.xml -shard 1/4 tests/scripts
  sysindvm test --target host tests/scripts`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.test(cmd.Context(), args) },
	}
	f.register(cmd, true)
	fl := cmd.Flags()
	fl.StringVar(&f.run, "run", "", "run only the scripts whose names match this `regexp`")
	fl.StringVar(&f.skip, "skip", "", "do not run the scripts whose names match this `regexp`")
	fl.BoolVar(&f.list, "list", false, "print the names of the scripts, and run none")
	fl.IntVar(&f.count, "count", 1, "run each script `n` times")
	fl.IntVar(&f.parallel, "parallel", 0, "run `n` machines at once; 0 is one for each CPU, and one with --target host")
	fl.BoolVar(&f.failFast, "failfast", false, "start no more scripts when one has failed")
	fl.StringVar(&f.shuffle, "shuffle", "off", "the order: off, on (random), or the `seed` of an earlier one")
	fl.StringVar(&f.shard, "shard", "", "run only part i of n: `i/n`, from 1/n to n/n")
	fl.StringVar(&f.known, "known", "", "a `file` of failures that are known, with reasons; a script in it that passes fails")
	fl.BoolVar(&f.update, "update", false, "write what comes back into the scripts, where it is not what they say")
	fl.BoolVar(&f.i386, "i386", false, "have a 32-bit program make the calls; scripts that cannot be run so are left out")
	fl.BoolVar(&f.json, "json", false, "print the events of go test -json")
	fl.BoolVar(&f.ktap, "ktap", false, "print KTAP, the kernel's test protocol")
	fl.StringVar(&f.junit, "junit", "", "write a JUnit report to this `file`, too")
	cmd.MarkFlagsMutuallyExclusive("json", "ktap")
	return cmd
}

func wrongInput(err error) error {
	if err == nil {
		return nil
	}
	return &statusError{statusUsage, err}
}

// test is the whole command.
func (f *testFlags) test(ctx context.Context, args []string) error {
	sel, err := f.selection()
	if err != nil {
		return err
	}
	known, err := f.readKnown()
	if err != nil {
		return wrongInput(err)
	}
	all, err := suite.Load(args...)
	if err != nil {
		return wrongInput(err)
	}
	if f.i386 || f.narrow() {
		if all, err = as32(all); err != nil {
			return wrongInput(err)
		}
	}
	for _, line := range known.Stale(all) {
		fmt.Fprintln(os.Stderr, "sysindvm:", line)
	}
	scripts := sel.Of(all)
	if len(scripts) == 0 && sel.Shard.Total <= 1 {
		return usage("there is no script to run: none was found, or --run and --skip leave none")
	}
	if f.list {
		for _, s := range scripts {
			fmt.Println(s.Name)
		}
		return nil
	}
	opt, err := f.options()
	if err != nil {
		return err
	}
	opt.Known = known
	end, err := f.report(&opt)
	if err != nil {
		return err
	}
	sum := suite.Run(ctx, scripts, opt)
	if err := end(); err != nil {
		return machineFailed(err)
	}
	switch {
	case ctx.Err() != nil:
		return machineFailed(errors.New("interrupted"))
	case sum.Broken > 0:
		return machineFailed(errSaid)
	case sum.Failed > 0:
		return &statusError{statusFailed, errSaid}
	}
	return nil
}

// as32 are the scripts with 32-bit calls, those that can have them.
func as32(all []*script.Script) (list []*script.Script, err error) {
	var why error
	for _, s := range all {
		t, err := s.As32()
		if err != nil {
			why = err
			continue
		}
		list = append(list, t)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no script can be run with 32-bit calls: %w", why)
	}
	return list, nil
}

// selection is what the flags and the environment say of which scripts run.
func (f *testFlags) selection() (sel suite.Selection, err error) {
	for _, p := range []struct {
		flag, text string
		re         **regexp.Regexp
	}{{"run", f.run, &sel.Run}, {"skip", f.skip, &sel.Skip}} {
		if p.text == "" {
			continue
		}
		if *p.re, err = regexp.Compile(p.text); err != nil {
			return sel, usage("--%s: %w", p.flag, err)
		}
	}
	switch f.shuffle {
	case "off":
	case "on":
		sel.Shuffle = rand.Int64N(1<<53) + 1
		fmt.Fprintln(os.Stderr, "--shuffle", sel.Shuffle)
	default:
		if sel.Shuffle, err = strconv.ParseInt(f.shuffle, 10, 64); err != nil || sel.Shuffle == 0 {
			return sel, usage("--shuffle %q: off, on, or a seed, which is a number but 0", f.shuffle)
		}
	}
	if f.count < 1 {
		return sel, usage("--count %d: at least 1", f.count)
	}
	if f.parallel < 0 {
		return sel, usage("--parallel %d: at least 0", f.parallel)
	}
	if f.shard != "" {
		if sel.Shard, err = suite.ParseShard(f.shard); err != nil {
			return sel, usage("--shard: %w", err)
		}
		return sel, nil
	}
	shard, who, err := suite.ShardFromEnv(os.Getenv)
	if who != "" && err == nil {
		fmt.Fprintf(os.Stderr, "--shard %s, says %s\n", shard, who)
	}
	sel.Shard = shard
	return sel, wrongInput(err)
}

func (f *testFlags) readKnown() (*suite.Known, error) {
	if f.known == "" {
		return nil, nil
	}
	b, err := readLimited(f.known, 1<<20)
	if err != nil {
		return nil, err
	}
	return suite.ParseKnown(f.known, b)
}

// options are the options of the run but for its reporter.
func (f *testFlags) options() (opt suite.Options, err error) {
	if err := f.checkTarget(); err != nil {
		return opt, err
	}
	opt = suite.Options{Timeout: f.timeout, Parallel: f.parallel, Count: f.count, FailFast: f.failFast}
	opt.Script = script.Options{Host: f.target == "host", Update: f.update, Flags: f.again()}
	var cfg vm.Config
	if opt.Script.Host {
		opt.Script.Features = vm.HostFeatures()
		opt.Parallel = max(1, opt.Parallel)
	} else {
		if cfg, err = f.config(); err != nil {
			return opt, err
		}
		opt.Script.Features, opt.Script.Symbol = vm.GuestFeatures(cfg.Engine), vm.Symbol
		if f.narrow() {
			opt.Script.Features = vm.GuestFeatures386(cfg.Engine)
		}
	}
	if opt.Parallel == 0 {
		opt.Parallel = runtime.GOMAXPROCS(0)
	}
	opt.Start = func(ctx context.Context) (*suite.Machine, error) {
		t, err := f.start(ctx, cfg)
		if err != nil {
			return nil, err
		}
		return &suite.Machine{Client: t.client, Close: t.close, Doing: t.doing, Said: t.said}, nil
	}
	return opt, nil
}

// again are the flags with which a script that has failed is run again.
func (f *testFlags) again() string {
	var flags []string
	if f.target == "host" {
		flags = append(flags, "--target host")
	}
	if f.i386 {
		flags = append(flags, "-i386")
	}
	if f.narrow() {
		flags = append(flags, "--arch i386")
	}
	if f.engine != "auto" {
		flags = append(flags, "--engine "+f.engine)
	}
	if f.mem != defaultMem {
		flags = append(flags, "--mem "+f.mem)
	}
	if f.append != "" {
		flags = append(flags, "--append '"+f.append+"'")
	}
	return strings.Join(flags, " ")
}

// report makes the reporter. end ends it.
func (f *testFlags) report(opt *suite.Options) (end func() error, err error) {
	var all suite.Reporters
	switch {
	case f.json:
		all = append(all, &suite.JSON{Out: os.Stdout})
	case f.ktap:
		all = append(all, &suite.KTAP{Out: os.Stdout})
	default:
		t := &suite.Text{Out: os.Stdout, Verbose: f.verbose}
		if fd := int(os.Stdout.Fd()); term.IsTerminal(fd) && !f.verbose {
			t.Progress, _, _ = term.GetSize(fd) // 0, and no progress, if it has none
		}
		all = append(all, t)
	}
	end = func() error { return nil }
	if f.junit != "" {
		out, err := os.Create(f.junit)
		if err != nil {
			return nil, wrongInput(err)
		}
		j := &suite.JUnit{Out: out, Name: "sysindvm"}
		all = append(all, j)
		end = func() error { return errors.Join(j.Err, out.Close()) }
	}
	opt.Reporter = all
	return end, nil
}

// readLimited reads a file of at most so many bytes.
func readLimited(name string, most int64) ([]byte, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s: more than %d bytes", name, most)
	}
	if err != nil && !strings.Contains(err.Error(), name) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return b, err
}
