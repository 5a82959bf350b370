// Command sysindvm boots the virtual machine, makes system calls in it, and
// runs scripts of them. See the README, or sysindvm --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	statusFailed  = 1 // a test failed
	statusUsage   = 2 // the command line, a script or a file is wrong
	statusMachine = 3 // the machine itself failed
)

// statusError is an error with the exit status that it gives. An empty text
// says that everything has been said already.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

var errSaid = errors.New("")

func usage(format string, args ...any) error {
	return &statusError{statusUsage, fmt.Errorf(format, args...)}
}

func machineFailed(err error) error {
	if err == nil {
		return nil
	}
	return &statusError{statusMachine, err}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := rootCommand()
	root.SetArgs(longFlags(root, args))
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if s := err.Error(); s != "" {
		fmt.Fprintln(os.Stderr, "sysindvm:", s)
	}
	var se *statusError
	if errors.As(err, &se) {
		return se.status
	}
	return statusUsage // what cobra itself finds
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "sysindvm",
		Short: "A virtual machine with sys_indirect, the system call that Linux never got",
		Long: `sysindvm boots a small x86 virtual machine with a Linux-like kernel that has
sys_indirect (Davide Libenzi's RFC of June 2007): it sets one or more contexts,
makes another system call, and restores the contexts.

  sysindvm boot                                 boot it, with a shell
  sysindvm exec 'getpid()'                      one system call in the guest
  sysindvm exec 'indirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, 0)'
  sysindvm test tests/scripts                   scripts of system calls
  sysindvm trace ./prog                         the calls that a program makes

Exit status: 0 all is well, 1 a test failed, 2 the command line, a script or a
file is wrong, 3 the machine itself failed.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(bootCommand(), execCommand(), testCommand(), equivalenceCommand(), fuzzCommand(), doctorCommand(), benchCommand(), versionCommand(),
		fmtCommand(), scriptCommand(), traceCommand(), demoCommand(), replayCommand(), debugCommand(), playgroundCommand())
	return root
}

// longFlags lets a flag's name stand behind one dash too, as in go test -run.
func longFlags(root *cobra.Command, args []string) []string {
	cmd, _, err := root.Find(args)
	if err != nil {
		return args
	}
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if a == "--" {
			copy(out[i:], args[i:])
			break
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		if len(name) > 1 && strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && cmd.Flags().Lookup(name) != nil {
			out[i] = "-" + a
		}
	}
	return out
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of sysindvm and of the Go that built it",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, args []string) {
			version, goVersion := "(unknown)", ""
			if b, ok := debug.ReadBuildInfo(); ok {
				version, goVersion = b.Main.Version, b.GoVersion
			}
			fmt.Println("sysindvm", version, goVersion)
		},
	}
}
