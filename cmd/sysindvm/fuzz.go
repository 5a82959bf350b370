package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"sysindvm/vm/vmfuzz"
)

func fuzzCommand() *cobra.Command {
	var engine, arch, out string
	var opt vmfuzz.Options
	cmd := &cobra.Command{
		Use:   "fuzz",
		Short: "Make random calls with random contexts, and see that the kernel bears it",
		Long: `Run random programs of system calls, in several tasks at once and with random
contexts of sys_indirect round them, each in a machine of its own. The kernel
must not panic or hang, must give back all that it took (/proc/counters), and a
task's contexts must be the same before and after each sys_indirect.

A program that fails is made as short as it can be and printed as a script. With
the engine soft the same seed does the same again. Exit status: 0 nothing was
found, 1 something was.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case arch != archAMD64 && arch != archI386:
				return usage("--arch %q: there are x86-64 and i386", arch)
			case opt.N < 0 || opt.Time < 0:
				return usage("--programs and --for cannot be less than 0")
			case opt.Tasks < 1 || opt.Tasks > 5:
				return usage("--tasks %d: from 1 to 5", opt.Tasks)
			case opt.Calls < 1 || opt.Calls > 100000:
				return usage("--calls %d: from 1 to 100000", opt.Calls)
			case opt.Parallel < 1 || opt.Parallel > 256:
				return usage("--parallel %d: from 1 to 256", opt.Parallel)
			}
			return runFuzz(cmd.Context(), engine, arch, out, opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&engine, "engine", "soft", "what runs the guest: auto, kvm or soft")
	flags.StringVar(&arch, "arch", archAMD64, "what the guest's kernel is made for: x86-64 or i386")
	flags.Uint64Var(&opt.Seed, "seed", 1, "the first program's; the next ones have the next numbers")
	flags.IntVar(&opt.N, "programs", 0, "stop after so many; 0 for no limit")
	flags.DurationVar(&opt.Time, "for", time.Minute, "begin no program after that; 0 for no limit")
	flags.IntVar(&opt.Tasks, "tasks", 5, "at most so many in a program, up to 5")
	flags.IntVar(&opt.Calls, "calls", 100, "lines of a program")
	flags.IntVar(&opt.Parallel, "parallel", runtime.GOMAXPROCS(0), "so many machines at once")
	flags.StringVar(&out, "out", "", "write the script of what fails to this `file`, too")
	return cmd
}

func runFuzz(ctx context.Context, engine, arch, out string, opt vmfuzz.Options) error {
	e, _, err := openEngine(engine, arch == archI386)
	if err != nil {
		return err
	}
	opt.Engine, opt.I386 = e, arch == archI386
	begin := time.Now()
	st, found, err := vmfuzz.Fuzz(ctx, opt)
	fmt.Printf("%d programs, %d calls, %d of them under sys_indirect, %d succeeded (%v)\n",
		st.Programs, st.Calls, st.Wrapped, st.Succeeded, time.Since(begin).Round(100*time.Millisecond))
	if errors.Is(err, context.Canceled) {
		return nil // as long as was asked
	}
	if err != nil || found == nil {
		return machineFailed(err)
	}
	fmt.Printf("\nseed %d: %v\n", found.Seed, found.Failure)
	r, err := found.Reduce(ctx)
	if err != nil {
		return machineFailed(err)
	}
	fmt.Printf("as a script, of %d lines of the program's %d", len(r.Program), len(found.Program))
	if !r.Reproduces {
		fmt.Printf(" (as a script it passes: run the seed)")
	}
	fmt.Printf(":\n\n%s", r.Script)
	if out != "" {
		if err := os.WriteFile(out, []byte(r.Script), 0o666); err != nil {
			return machineFailed(err)
		}
	}
	return &statusError{statusFailed, errSaid}
}
