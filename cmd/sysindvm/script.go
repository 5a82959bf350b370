package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"sysindvm/syscalls/script/fromstrace"
)

func scriptCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "script",
		Short: "Make scripts",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return usage("there is: sysindvm script from-strace FILE")
		},
	}
	cmd.AddCommand(fromStraceCommand())
	return cmd
}

func fromStraceCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "from-strace FILE|-",
		Short: "Make a script of what strace -f or sysindvm trace has printed",
		Long: `Make a script of the output of strace -f of a real program, or of sysindvm
trace. Descriptors, processes and ports become names, processes become tasks,
and a call that cannot be made again stays as a comment with the reason. Run
strace with -s 65536, so that it does not cut strings, and without -y.`,
		Example: `  strace -f -s 65536 -o prog.strace prog
  sysindvm script from-strace prog.strace -o prog.sys
  sysindvm test --target host prog.sys`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return fromStrace(args[0], out) },
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write the script into this `file`")
	return cmd
}

// maxTrace bounds the file of a trace.
const maxTrace = 64 << 20

func fromStrace(name, out string) error {
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(io.LimitReader(os.Stdin, maxTrace+1))
	} else {
		data, err = readLimited(name, maxTrace)
	}
	if err != nil {
		return wrongInput(err)
	}
	text, sum, err := fromstrace.Convert(name, data)
	if err != nil {
		return wrongInput(err)
	}
	fmt.Fprintf(os.Stderr, "%d calls, %d kept as comments\n", sum.Calls, sum.Comments)
	if sum.Cut > 0 {
		fmt.Fprintf(os.Stderr, "strace has cut strings of %d calls: run it with -s 65536\n", sum.Cut)
	}
	if out == "" {
		_, err = os.Stdout.Write(text)
		return err
	}
	return wrongInput(os.WriteFile(out, text, 0o666))
}
