package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"sysindvm/syscalls"
	"sysindvm/syscalls/script"
)

func execCommand() *cobra.Command {
	var f machineFlags
	cmd := &cobra.Command{
		Use:   "exec CALL...",
		Short: "Make system calls in a fresh guest and print them as strace does",
		Long: `Boot a machine, make each call in a task of its own, and print it with its
result as strace would. Calls are written as in scripts (docs/scripts.md).`,
		Example: `  sysindvm exec 'getpid()'
  sysindvm exec 'indirect(OPENFLAGS{O_CLOEXEC}) pipe([out ?r, ?w])'
  sysindvm exec --target host 'open("/etc/hostname", O_RDONLY)'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.checkTarget(); err != nil {
				return err
			}
			abi := syscalls.AMD64
			if f.narrow() {
				abi = syscalls.I386
			}
			var steps []*script.Step
			for _, a := range args {
				s, err := script.ParseCall(a, abi)
				if err != nil {
					return &statusError{statusUsage, err}
				}
				steps = append(steps, s)
			}
			return execCalls(cmd, &f, steps)
		},
	}
	f.register(cmd, true)
	f.record.register(cmd)
	return cmd
}

func execCalls(cmd *cobra.Command, f *machineFlags, steps []*script.Step) error {
	cfg, err := f.config()
	if err != nil {
		return err
	}
	if f.record.file != "" && (len(steps) > 1 || f.target == "host") {
		return usage("--record: one call, in the guest")
	}
	f.record.prepare(cmd, &cfg, cmd.Flags().Args()...)
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	for _, s := range steps {
		t, err := f.start(ctx, cfg)
		if err != nil {
			return err
		}
		line, err := script.Exec(ctx, t.client, s)
		if err := f.record.stop(); err != nil {
			return err
		}
		t.close()
		if err != nil {
			io.WriteString(os.Stderr, t.said())
			return machineFailed(explain(err))
		}
		fmt.Println(line)
	}
	return nil
}
