package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sysindvm/cpu"
	"sysindvm/images"
	"sysindvm/syscalls/agent"
	"sysindvm/teach"
	"sysindvm/vm"
)

// machineFlags are the flags of all commands that start a machine.
type machineFlags struct {
	engine  string
	mem     string
	timeout time.Duration
	append  string
	target  string
	verbose bool
	i386    bool // the calls are made by a 32-bit program
	arch    string
	record  recording // of commands that have it
}

const archAMD64, archI386 = "x86-64", "i386"

const defaultMem = "64M"

// narrow reports whether the guest's kernel is the i386 one.
func (f *machineFlags) narrow() bool { return f.arch == archI386 }

func (f *machineFlags) register(cmd *cobra.Command, withTarget bool) {
	fl := cmd.Flags()
	fl.StringVar(&f.engine, "engine", "auto", "what runs the guest: auto, kvm or soft")
	fl.StringVar(&f.mem, "mem", defaultMem, "size of the guest's memory: 16M to 3G")
	fl.DurationVar(&f.timeout, "timeout", 30*time.Second, "the longest to wait for the guest")
	fl.StringVar(&f.append, "append", "", "words to add to the kernel's command line")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "say more; print what the machine logs")
	fl.StringVar(&f.arch, "arch", archAMD64, "what the guest's kernel is made for: x86-64, or i386, which has 32-bit programs only")
	if withTarget {
		fl.StringVar(&f.target, "target", "guest", "whose kernel answers: guest, or host (this Linux itself)")
	}
	_ = cmd.RegisterFlagCompletionFunc("engine", cobra.FixedCompletions([]string{"auto", "kvm", "soft"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions([]string{archAMD64, archI386}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("target", cobra.FixedCompletions([]string{"guest", "host"}, cobra.ShellCompDirectiveNoFileComp))
}

var sizePattern = regexp.MustCompile(`^([0-9]{1,12})([KMGkmg]?)$`)

// parseSize reads a size in bytes: a number, with K, M or G.
func parseSize(s string) (int64, error) {
	m := sizePattern.FindStringSubmatch(s)
	if m == nil {
		return 0, usage("--mem %q is not a size: a number with K, M or G, like 64M", s)
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	switch strings.ToUpper(m[2]) {
	case "K":
		n <<= 10
	case "M":
		n <<= 20
	case "G":
		n <<= 30
	}
	return n, nil
}

// config is what the flags say of a machine, and why it has that engine.
func (f *machineFlags) config() (vm.Config, error) {
	if f.timeout <= 0 {
		return vm.Config{}, usage("--timeout %v: must be more than 0", f.timeout)
	}
	mem, err := parseSize(f.mem)
	if err != nil {
		return vm.Config{}, err
	}
	if mem < vm.MinMemory || mem > vm.MaxMemory || mem%(2<<20) != 0 {
		return vm.Config{}, usage("--mem %s: must be a multiple of 2M, from 16M to 3G", f.mem)
	}
	if f.arch != archAMD64 && f.arch != archI386 {
		return vm.Config{}, usage("--arch %q: there are x86-64 and i386", f.arch)
	}
	if f.narrow() && mem > vm.MaxMemory386 {
		return vm.Config{}, usage("--mem %s: with --arch i386 it is at most 896M", f.mem)
	}
	for _, word := range strings.Fields(f.append) {
		if bug, ok := strings.CutPrefix(word, "bug="); ok && !slices.Contains(teach.Bugs, bug) {
			return vm.Config{}, usage("--append %q: no bug is named %s: there are %s", f.append, bug, strings.Join(teach.Bugs, ", "))
		}
	}
	if err := f.record.check(f.engine); err != nil {
		return vm.Config{}, err
	}
	engine, why, err := openEngine(f.engine, f.narrow())
	if err != nil {
		return vm.Config{}, err
	}
	cfg := vm.Config{Engine: engine, Memory: mem, Append: f.append, Timeout: f.timeout, I386: f.narrow()}
	if f.verbose {
		fmt.Fprintf(os.Stderr, "engine %s: %s\n", engine.Name(), why)
		cfg.Log = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	}
	return cfg, nil
}

func openEngine(name string, i386 bool) (cpu.Engine, string, error) {
	switch name {
	case "auto", "kvm", "soft":
	default:
		return nil, "", usage("--engine %q: there are auto, kvm and soft", name)
	}
	e, why, err := vm.OpenEngineFor(name, i386)
	return e, why, machineFailed(err)
}

// target is a kernel that answers system calls: the guest's, or the host's.
type target struct {
	client *agent.Client
	close  func() error
	doing  func() string // what the guest's vCPU is doing
	// console is what the guest's kernel has said.
	console bytes.Buffer
}

// start makes a target with an agent in it. Each is a fresh machine.
func (f *machineFlags) start(ctx context.Context, cfg vm.Config) (*target, error) {
	if f.target == "host" {
		program := images.Agent()
		if f.i386 {
			program = images.Agent32()
		}
		h, err := vm.StartHost(ctx, program)
		if err != nil {
			return nil, machineFailed(err)
		}
		return &target{client: h.Agent(), close: h.Close, doing: func() string { return "" }}, nil
	}
	t := &target{doing: func() string { return "" }}
	cfg.Console, cfg.Init = &t.console, "/bin/agent"
	if f.i386 && !f.narrow() {
		cfg.Init = "/bin/agent32"
	}
	cfg.Append = strings.TrimSpace("quiet " + cfg.Append)
	m, err := vm.Boot(ctx, cfg)
	if err != nil {
		return nil, machineFailed(err)
	}
	t.client, t.close, t.doing = m.Agent(), m.Close, m.Report
	return t, f.record.start(m)
}

// said is what the guest's kernel has said, its panics with names.
func (t *target) said() string {
	if t.console.Len() == 0 {
		return ""
	}
	return "the guest's console:\n" + images.SymbolTable().Report(t.console.String()) + "\n"
}

func (f *machineFlags) checkTarget() error {
	if f.target != "guest" && f.target != "host" {
		return usage("--target %q: there are guest and host", f.target)
	}
	if f.target == "host" && f.narrow() {
		return usage("--arch is of the guest's kernel: with --target host, test has --i386")
	}
	return nil
}

// explain makes one line of why a machine stopped.
func explain(err error) error {
	var stop *vm.StopError
	if errors.As(err, &stop) {
		return fmt.Errorf("the machine stopped: %w", err)
	}
	return err
}
