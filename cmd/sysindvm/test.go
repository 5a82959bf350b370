package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sysindvm/syscalls/script"
	"sysindvm/vm"
)

func testCommand() *cobra.Command {
	var f machineFlags
	var pattern string
	cmd := &cobra.Command{
		Use:   "test FILE|DIR...",
		Short: "Run scripts of system calls, each in a machine of its own",
		Long: `Run scripts (docs/scripts.md): each file, and each *.sys file in a directory, is
one test in a machine of its own. All scripts are checked before any runs.

With --target host they run on this Linux itself: lines with indirect are left
out there, or replaced by what stands behind their ~.`,
		Example: `  sysindvm test tests/scripts
  sysindvm test -run 'rfc|pipe' -v tests/scripts
  sysindvm test --target host tests/scripts`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.checkTarget(); err != nil {
				return err
			}
			re, err := regexp.Compile(pattern)
			if err != nil {
				return usage("--run: %w", err)
			}
			scripts, err := readScripts(args, re)
			if err != nil {
				return err
			}
			return runScripts(cmd.Context(), &f, scripts)
		},
	}
	f.register(cmd, true)
	cmd.Flags().StringVar(&pattern, "run", "", "run only the scripts whose names match this `regexp`")
	return cmd
}

// readScripts reads and checks all scripts: the first error ends it.
func readScripts(args []string, match *regexp.Regexp) ([]*script.Script, error) {
	files, err := scriptFiles(args)
	if err != nil {
		return nil, err
	}
	var scripts []*script.Script
	for _, name := range files {
		st, err := os.Stat(name)
		if err == nil && st.Size() > script.MaxSize {
			err = fmt.Errorf("%s: %d bytes; a script has at most %d", name, st.Size(), script.MaxSize)
		}
		if err != nil {
			return nil, &statusError{statusUsage, err}
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, &statusError{statusUsage, err}
		}
		s, err := script.Parse(name, b)
		if err != nil {
			return nil, &statusError{statusUsage, err}
		}
		if match.MatchString(s.Name) {
			scripts = append(scripts, s)
		}
	}
	if len(scripts) == 0 {
		return nil, usage("there is no script to run: none was found, or --run matches none")
	}
	return scripts, nil
}

// scriptFiles is the files that the arguments name, directories gone through.
func scriptFiles(args []string) (files []string, err error) {
	for _, a := range args {
		st, err := os.Stat(a)
		if err != nil {
			return nil, &statusError{statusUsage, err}
		}
		if !st.IsDir() {
			files = append(files, a)
			continue
		}
		err = filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) == ".sys" {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, &statusError{statusUsage, err}
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// runScripts runs them one after another and prints what came of each.
func runScripts(ctx context.Context, f *machineFlags, scripts []*script.Script) error {
	var cfg vm.Config
	var err error
	opt := script.Options{Again: "sysindvm test", Host: f.target == "host", Features: []string{"host"}}
	if opt.Host {
		opt.Again += " --target host"
		if os.Geteuid() == 0 {
			opt.Features = append(opt.Features, "root")
		}
	} else {
		if cfg, err = f.config(); err != nil {
			return err
		}
		opt.Features = []string{"guest", "indirect", "root", cfg.Engine.Name()}
		if f.engine != "auto" {
			opt.Again += " --engine " + f.engine
		}
	}
	start := time.Now()
	var count [4]int
	for _, s := range scripts {
		r := runScript(ctx, f, cfg, s, opt)
		count[r.Status]++
		if r.Status != script.Pass || f.verbose {
			fmt.Print(r)
		}
		if f.verbose {
			for _, line := range r.Trace {
				fmt.Println("   ", line)
			}
		}
		if ctx.Err() != nil {
			return machineFailed(errors.New("interrupted"))
		}
	}
	failed := count[script.Fail] + count[script.Broken]
	fmt.Printf("%d passed, %d failed, %d skipped (%.2fs)\n", count[script.Pass], failed, count[script.Skip], time.Since(start).Seconds())
	switch {
	case count[script.Broken] > 0:
		return machineFailed(errSaid)
	case failed > 0:
		return &statusError{statusFailed, errSaid}
	}
	return nil
}

// runScript runs one in a fresh machine.
func runScript(ctx context.Context, f *machineFlags, cfg vm.Config, s *script.Script, opt script.Options) *script.Result {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	t, err := f.start(ctx, cfg)
	if err != nil {
		return &script.Result{Name: s.Name, Status: script.Broken, Reason: err.Error()}
	}
	r := script.Run(ctx, s, t.client, opt)
	t.close()
	if r.Status == script.Broken {
		t.said(os.Stdout)
	}
	return r
}
