package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sysindvm/images"
	"sysindvm/images/ksym"
	"sysindvm/vm"
	"sysindvm/vm/gdb"
)

// maxImage bounds the files that a kernel and an initramfs are read from.
const maxImage = 1 << 30

func bootCommand() *cobra.Command {
	var f machineFlags
	var kernel, initrd, gdbAddr string
	cmd := &cobra.Command{
		Use:   "boot",
		Short: "Boot the machine, with the terminal as its console",
		Long: `Boot the machine and attach the terminal to its console, where a shell runs.
Ctrl-A x ends the machine, Ctrl-A Ctrl-A types Ctrl-A. Without a terminal the
guest runs /bin/demo, the example of the RFC, and powers off. The word
init=/bin/PROGRAM in --append makes another program the first.`,
		Example: `  sysindvm boot
  sysindvm boot --append 'init=/bin/demo'
  sysindvm boot --engine soft --kernel vmlinux --initrd root.cpio`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := f.config()
			if err != nil {
				return err
			}
			if cfg.Kernel, err = readImage("--kernel", kernel); err != nil {
				return err
			}
			if cfg.Initrd, err = readImage("--initrd", initrd); err != nil {
				return err
			}
			if f.record.file != "" && kernel != "" {
				return usage("--record: of the embedded kernel; leave --kernel out")
			}
			f.record.prepare(cmd, &cfg)
			if gdbAddr != "" {
				return bootDebugged(cmd, cfg, &f, kernel, gdbAddr)
			}
			return boot(cmd, cfg, &f, kernel)
		},
	}
	f.register(cmd, false)
	f.record.register(cmd)
	cmd.Flags().StringVar(&kernel, "kernel", "", "a `file` with a PVH entry or a Multiboot header, in place of the embedded kernel")
	cmd.Flags().StringVar(&gdbAddr, "gdb", "", "wait at this `address` for GDB, before the first instruction")
	cmd.Flags().StringVar(&initrd, "initrd", "", "an initramfs `file`, in place of the embedded one")
	return cmd
}

// readImage reads a file that a flag names; nil if it names none.
func readImage(flag, name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	st, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, usage("%s: %w", flag, err)
	case !st.Mode().IsRegular():
		return nil, usage("%s %s: is not a regular file", flag, name)
	case st.Size() == 0 || st.Size() > maxImage:
		return nil, usage("%s %s: %d bytes; it must have 1 byte to 1 GiB", flag, name, st.Size())
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, usage("%s: %w", flag, err)
	}
	return b, nil
}

// boot runs the machine on the terminal, or, where there is none, to its end
// within the timeout.
func boot(cmd *cobra.Command, cfg vm.Config, f *machineFlags, kernel string) (err error) {
	bounded := cmd.Flags().Changed("timeout")
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	interactive := term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
	var out io.Writer = os.Stdout
	if interactive {
		out = crlf{os.Stdout}
	}
	cfg.Console = ksym.Symbolise(out, images.SymbolTable)
	if kernel == "" && !strings.Contains(" "+cfg.Append, " init=") {
		cfg.Init = "/bin/demo"
		if interactive {
			cfg.Init = "/bin/sh"
		}
	}
	if bounded || !interactive {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, f.timeout)
		defer stop()
	}
	if interactive {
		cfg.ConsoleIn = &escape{r: bufio.NewReader(os.Stdin), quit: cancel}
	}
	m, err := vm.Boot(ctx, cfg)
	if err != nil {
		if kernel != "" {
			return usage("--kernel %s: %w", kernel, err)
		}
		return machineFailed(err)
	}
	defer m.Close()
	if err := f.record.start(m); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.record.stop()) }()
	if interactive {
		fmt.Print("Ctrl-A x ends the machine.\r\n")
		old, err := term.MakeRaw(int(os.Stdin.Fd()))
		if err != nil {
			return machineFailed(err)
		}
		defer term.Restore(int(os.Stdin.Fd()), old)
	}
	status, err := m.RunConsole(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		report := m.Report()
		if f.verbose {
			fmt.Fprint(os.Stderr, report)
		}
		where, _, _ := strings.Cut(report, "\n")
		return machineFailed(fmt.Errorf("the guest has not powered off in %v (--timeout): %s", f.timeout, where))
	case errors.Is(err, context.Canceled):
		return nil
	case err != nil:
		return machineFailed(explain(err))
	case status != 0:
		return machineFailed(fmt.Errorf("the guest ended with status %d", status))
	}
	return nil
}

// bootDebugged lets GDB run the machine. It has no input.
func bootDebugged(cmd *cobra.Command, cfg vm.Config, f *machineFlags, kernel, addr string) error {
	if f.record.file != "" {
		return usage("--record and --gdb: one of them; debug takes a record")
	}
	cfg.Console = ksym.Symbolise(os.Stdout, images.SymbolTable)
	if kernel == "" && !strings.Contains(" "+cfg.Append, " init=") {
		cfg.Init = "/bin/demo"
	}
	m, err := vm.Boot(cmd.Context(), cfg)
	if err != nil {
		return machineFailed(err)
	}
	defer m.Close()
	return debugTarget(cmd.Context(), addr, gdb.NewLive(m), cfg.I386)
}

// escape watches for Ctrl-A x in what is typed.
type escape struct {
	r    *bufio.Reader
	quit func()
}

const ctrlA = 1

func (e *escape) Read(b []byte) (int, error) {
	c, err := e.r.ReadByte()
	if err != nil {
		return 0, err
	}
	if c == ctrlA {
		if c, err = e.r.ReadByte(); err != nil {
			return 0, err
		}
		if c == 'x' {
			e.quit()
			return 0, io.EOF
		}
	}
	b[0] = c
	return 1, nil
}

// crlf makes lines end as a terminal in raw mode wants them.
type crlf struct{ w io.Writer }

func (c crlf) Write(b []byte) (int, error) {
	_, err := c.w.Write(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")))
	return len(b), err
}
