package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sysindvm/cpu/soft"
	"sysindvm/images"
	"sysindvm/syscalls/agent"
	"sysindvm/vm"
	"sysindvm/vm/gdb"
	"sysindvm/vm/record"
)

// debugFlags are the flags of sysindvm debug.
type debugFlags struct {
	addr, arch, symbols string
}

func debugCommand() *cobra.Command {
	var f debugFlags
	cmd := &cobra.Command{
		Use:   "debug [RECORD]",
		Short: "Debug a recorded run with GDB, forwards and backwards",
		Long: `Wait for GDB and let it go through a record (--record of other commands), both
ways: continue, reverse-continue, step, reverse-step, breakpoints, watchpoints.
Without a record, a boot that runs the RFC's example is recorded first. A
machine that runs is debugged with boot --gdb.

--symbols writes the kernel's symbols and DWARF into a file, for GDB to read.`,
		Example: `  sysindvm debug --symbols kernel.elf
  sysindvm debug --gdb 127.0.0.1:1234 run.rec
  gdb kernel.elf -ex 'target remote 127.0.0.1:1234'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.debug(cmd, args) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.addr, "gdb", "127.0.0.1:1234", "the `address` to wait at; port 0 takes a free one")
	fl.StringVar(&f.arch, "arch", archAMD64, "which kernel, without a record, or for --symbols: x86-64 or i386")
	fl.StringVar(&f.symbols, "symbols", "", "write the kernel's ELF file with DWARF into this `file`, and end")
	_ = cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions([]string{archAMD64, archI386}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *debugFlags) debug(cmd *cobra.Command, args []string) error {
	i386 := f.arch == archI386
	switch {
	case !i386 && f.arch != archAMD64:
		return usage("--arch %q: there are x86-64 and i386", f.arch)
	case f.symbols != "":
		file := images.Debug()
		if i386 {
			file = images.Debug386()
		}
		return wrongInput(os.WriteFile(f.symbols, file, 0o644))
	}
	var rec *record.Record
	var err error
	if len(args) > 0 {
		if rec, err = readRecord(args[0]); err != nil {
			return err
		}
		i386 = rec.Kernel == kernelHash(true)
	} else if rec, err = recordBoot(cmd.Context(), i386); err != nil {
		return machineFailed(explain(err))
	}
	p, err := record.NewReplay(rec)
	if err != nil {
		return machineFailed(err)
	}
	defer p.Close()
	return debugTarget(cmd.Context(), f.addr, gdb.NewReplay(p), i386)
}

// recordBoot records a boot with the RFC's example, to its end.
func recordBoot(ctx context.Context, i386 bool) (*record.Record, error) {
	m, err := vm.Boot(ctx, vm.Config{Engine: soft.New(), I386: i386, Init: "/bin/demo", Console: io.Discard})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	r, err := record.Start(m, 0)
	if err != nil {
		return nil, err
	}
	if _, err := m.RunConsole(ctx); err != nil && err != agent.ErrIdle {
		return nil, err
	}
	return r.Stop()
}

// debugTarget waits for one debugger and serves it.
func debugTarget(ctx context.Context, addr string, t gdb.Target, i386 bool) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return usage("--gdb %s: %w", addr, err)
	}
	defer l.Close()
	arch := ""
	if i386 {
		arch = " --arch i386"
	}
	fmt.Fprintf(os.Stderr, "waiting for GDB at %s: sysindvm debug%s --symbols kernel.elf && gdb kernel.elf -ex 'target remote %s'\n",
		l.Addr(), arch, strings.Replace(l.Addr().String(), "[::]", "localhost", 1))
	defer context.AfterFunc(ctx, func() { l.Close() })()
	conn, err := l.Accept()
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return machineFailed(err)
	}
	defer conn.Close()
	return machineFailed(gdb.Serve(ctx, conn, t, i386))
}
