package main

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"sysindvm/images"
	"sysindvm/images/ksym"
	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/strace"
	"sysindvm/syscalls/wire"
	"sysindvm/vm"
)

// traceFlags are the flags of sysindvm trace.
type traceFlags struct {
	machineFlags
	exprs     []string
	output    string
	follow    bool
	maxString int
}

func traceCommand() *cobra.Command {
	var f traceFlags
	cmd := &cobra.Command{
		Use:   "trace PROG [ARG...]",
		Short: "Run a Linux program in the guest and print its system calls as strace does",
		Long: `Put a static x86-64 Linux program of this host into a fresh guest, run it
there, and print the system calls that it makes, as strace -f does. Calls
through sys_indirect come with their contexts. A program of the guest's own is
guest:/bin/NAME. The program's input and output are this command's.

A trace with -o and -s 65536 can be made a script: sysindvm script from-strace.`,
		Example: `  sysindvm trace guest:/bin/demo
  sysindvm trace -e trace=%file ./prog arg
  sysindvm trace -s 65536 -o prog.strace ./prog
  sysindvm script from-strace prog.strace -o prog.sys`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.trace(cmd, args) },
	}
	f.register(cmd, false)
	f.record.register(cmd)
	fl := cmd.Flags()
	fl.SetInterspersed(false)
	fl.StringArrayVarP(&f.exprs, "expr", "e", nil, "the calls to print: `trace=NAME,...`, of which each may be %file, %desc, %network, %process or %memory; trace=!... for all others")
	fl.StringVarP(&f.output, "output", "o", "", "write the trace into this `file`, not to the standard error")
	fl.BoolVarP(&f.follow, "follow-forks", "f", true, "trace the program's children, too")
	fl.IntVarP(&f.maxString, "string-limit", "s", 32, "how many bytes of a string to print")
	return cmd
}

// classes are the sets of calls that -e knows by name.
var classes = map[string]func(c *syscalls.Call) bool{
	"%file": func(c *syscalls.Call) bool { return hasArg(c, syscalls.Path) },
	"%desc": func(c *syscalls.Call) bool { return hasArg(c, syscalls.FD) || hasArg(c, syscalls.FDPair) },
	"%network": oneOf("socket", "bind", "connect", "listen", "accept", "accept4", "getsockname", "getpeername", "socketpair",
		"sendto", "recvfrom", "sendmsg", "recvmsg", "shutdown", "setsockopt", "getsockopt"),
	"%process": oneOf("fork", "vfork", "clone", "clone3", "execve", "execveat", "exit", "exit_group", "wait4", "kill", "tkill", "tgkill"),
	"%memory":  oneOf("brk", "mmap", "munmap", "mprotect", "mremap", "madvise"),
}

func hasArg(c *syscalls.Call, kind syscalls.TypeKind) bool {
	for _, a := range c.Args {
		if a.Type.Kind == kind && a.Name != "name" { // of memory, or of an attribute
			return true
		}
	}
	return false
}

func oneOf(names ...string) func(c *syscalls.Call) bool {
	return func(c *syscalls.Call) bool {
		for _, n := range names {
			if n == c.Name {
				return true
			}
		}
		return false
	}
}

// wants makes a filter of what -e says; nil for all calls.
func wants(exprs []string) (func(c *syscalls.Call) bool, error) {
	if len(exprs) == 0 {
		return nil, nil
	}
	var any []func(c *syscalls.Call) bool
	not := false
	for _, e := range exprs {
		list := strings.TrimPrefix(strings.TrimPrefix(e, "trace="), "t=")
		if strings.Contains(list, "=") {
			return nil, usage("-e %s: there is trace=NAME,...", e)
		}
		if rest, ok := strings.CutPrefix(list, "!"); ok {
			list, not = rest, true
		}
		for name := range strings.SplitSeq(list, ",") {
			switch class := classes[name]; {
			case name == "all":
				any = append(any, func(*syscalls.Call) bool { return true })
			case name == "none":
			case class != nil:
				any = append(any, class)
			case syscalls.CallNamed(name) != nil:
				any = append(any, oneOf(name))
			default:
				return nil, usage("-e %s: no call is %s", e, name)
			}
		}
	}
	return func(c *syscalls.Call) bool {
		for _, f := range any {
			if f(c) {
				return !not
			}
		}
		return not
	}, nil
}

// inGuest begins the name of a program that the guest has.
const inGuest = "guest:"

// maxProgram bounds the file of a program: it must fit into the guest.
const maxProgram = 32 << 20

// readProgram reads a program of the host's.
func readProgram(name string) ([]byte, error) {
	b, err := readLimited(name, maxProgram)
	if err != nil {
		return nil, wrongInput(err)
	}
	e, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, usage("%s: is no ELF program: %w", name, err)
	}
	switch {
	case e.Machine != elf.EM_X86_64 && e.Machine != elf.EM_386 || e.Machine == elf.EM_X86_64 && e.Class != elf.ELFCLASS64:
		return nil, usage("%s: is no program for x86-64 or i386", name)
	case e.Type == elf.ET_DYN:
		return nil, usage("%s: is dynamic or position-independent; the guest runs static programs: gcc -static -no-pie", name)
	}
	for _, p := range e.Progs {
		if p.Type == elf.PT_INTERP {
			return nil, usage("%s: needs a dynamic linker; the guest runs static programs: gcc -static", name)
		}
	}
	return b, nil
}

func (f *traceFlags) trace(cmd *cobra.Command, args []string) (err error) {
	filter, err := wants(f.exprs)
	if err != nil {
		return err
	}
	if f.maxString < 0 {
		return usage("-s %d: at least 0", f.maxString)
	}
	where, own := strings.CutPrefix(args[0], inGuest)
	var program []byte
	if !own {
		where = "/tmp/" + path.Base(args[0])
		if program, err = readProgram(args[0]); err != nil {
			return err
		}
	}
	cfg, err := f.config()
	if err != nil {
		return err
	}
	f.record.prepare(cmd, &cfg, args...)
	var file io.Writer = os.Stderr
	if f.output != "" {
		created, err := os.Create(f.output)
		if err != nil {
			return wrongInput(err)
		}
		defer func() { err = errors.Join(err, created.Close()) }()
		file = created
	}
	out := bufio.NewWriter(file)
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	l := &follower{
		tracer: strace.Tracer{Out: out, PIDs: f.output != "", MaxString: f.maxString, Wants: filter},
		follow: f.follow, pids: map[int]bool{}, seen: map[int]bool{}, execs: map[int]bool{}, done: cancel,
	}
	defer func() {
		l.tracer.Flush()
		err = errors.Join(err, out.Flush())
	}()
	if f.output == "" {
		l.flush = func() { out.Flush() }
	}
	cfg.Console, cfg.ConsoleIn = ksym.Symbolise(os.Stdout, images.SymbolTable), os.Stdin
	cfg.Init, cfg.Trace = "/bin/agent", l.record
	cfg.Append = strings.TrimSpace("quiet " + cfg.Append)
	m, err := vm.Boot(ctx, cfg)
	if err != nil {
		return machineFailed(err)
	}
	defer m.Close()
	if err := f.record.start(m); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.record.stop()) }()
	if err := l.start(ctx, m, where, program, append([]string{strings.TrimPrefix(args[0], inGuest)}, args[1:]...)); err != nil {
		return machineFailed(explain(err))
	}
	_, err = m.RunConsole(ctx)
	switch {
	case l.failed != 0:
		return usage("%s cannot be run in the guest: %s", args[0], strace.Errno(l.failed))
	case l.over:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return machineFailed(fmt.Errorf("the program has not ended in %v (--timeout)", f.timeout))
	case errors.Is(err, agent.ErrIdle):
		return machineFailed(errors.New("the program does not end: it waits for what will not come"))
	case errors.Is(err, context.Canceled):
		return machineFailed(errors.New("interrupted"))
	}
	return machineFailed(explain(err))
}

// follower decides which of the guest's calls are the program's.
type follower struct {
	tracer strace.Tracer
	follow bool
	flush  func()       // after each record, if it is not nil
	abi    syscalls.ABI // the agent's
	first  int          // the process that becomes the program
	pids   map[int]bool // that are traced; true for one in a call that makes a process
	seen   map[int]bool // that have been: a child may end before the call that made it returns
	failed syscalls.Errno
	over   bool
	done   func()
	execs  map[int]bool // tasks that are in execve
}

// makesTask says whether a call makes a process.
func makesTask(abi syscalls.ABI, nr uint64) bool {
	switch c := syscalls.CallNumbered(abi, nr); {
	case c == nil:
		return false
	default:
		return c.Name == "fork" || c.Name == "vfork" || c.Name == "clone" || c.Name == "clone3"
	}
}

// record takes a record of the kernel's.
func (l *follower) record(r wire.TraceRecord, mem func(addr uint64, n int) []byte) {
	pid, abi := int(r.PID), syscalls.AMD64
	if r.Kind&wire.TraceI386 != 0 {
		abi = syscalls.I386
	}
	r.Kind &^= wire.TraceI386
	making, known := l.pids[pid]
	if !known && r.Kind == wire.TraceEnter {
		if pid == l.first && len(l.pids) == 0 && l.begins(abi, r.Nr) {
			known = true
		} else if l.follow {
			for _, m := range l.pids { // a child that runs before the call that made it returns
				known = known || m
			}
		}
	}
	if r.Kind == wire.TraceReturn && isExec(abi, r.Nr) && len(l.execs) > 0 {
		l.superseded(pid)
		known = true
	}
	if !known {
		return
	}
	l.seen[pid] = true
	switch r.Kind {
	case wire.TraceEnter:
		if l.execs[pid] = isExec(abi, r.Nr); !l.execs[pid] {
			delete(l.execs, pid)
		}
		l.pids[pid] = makesTask(abi, r.Nr)
		l.tracer.Enter(pid, abi, r.Nr, r.Args, mem)
	case wire.TraceReturn:
		l.tracer.Return(pid, int64(r.Result), mem)
		l.pids[pid] = false
		if child := int(int64(r.Result)); making && l.follow && child > 0 {
			if !l.seen[child] {
				l.pids[child], l.seen[child] = false, true
			}
		}
		if v := int64(r.Result); l.begins(abi, r.Nr) && v < 0 && !l.over && l.starting(pid) {
			l.failed, l.over = syscalls.Errno(-v), true
			l.done()
		} else if l.begins(abi, r.Nr) {
			l.first = 0
		}
	case wire.TraceEnd:
		l.tracer.End(pid, uint32(r.Result))
		delete(l.pids, pid)
		if len(l.pids) == 0 {
			l.over = true
			l.done()
		}
	}
	if l.flush != nil {
		l.flush()
	}
}

// superseded is told that a task has come back from execve. If it was not in
// one, a thread of its process was, and has taken its place: its own number is
// no more.
func (l *follower) superseded(pid int) {
	if !l.execs[pid] {
		for other := range l.execs {
			delete(l.execs, other)
			delete(l.pids, other)
			break
		}
	}
	delete(l.execs, pid)
}

// isExec says whether a call is execve or execveat.
func isExec(abi syscalls.ABI, nr uint64) bool {
	c := syscalls.CallNumbered(abi, nr)
	return c != nil && (c.Name == "execve" || c.Name == "execveat")
}

// begins says whether a call is the agent's execve, by which the program begins.
func (l *follower) begins(abi syscalls.ABI, nr uint64) bool {
	return abi == l.abi && nr == uint64(syscalls.CallNamed("execve").Nr[abi])
}

// starting says whether the program has not begun yet.
func (l *follower) starting(pid int) bool { return pid == l.first }

// start puts the program into the guest, if it is not there, and has a task
// become it.
func (l *follower) start(ctx context.Context, m *vm.Machine, where string, program []byte, argv []string) error {
	if program != nil {
		if err := putProgram(ctx, m, where, program); err != nil {
			return err
		}
	}
	t, err := m.Task(ctx)
	if err != nil {
		return err
	}
	l.first, l.abi = t.PID, t.ABI()
	var b agent.Batch
	at := t.Arena
	put := func(data []byte) uint64 {
		addr := at
		b.Put(addr, data)
		at += uint64(len(data)+15) &^ 15
		return addr
	}
	name := put(append([]byte(where), 0))
	var ptrs []byte
	for _, a := range argv {
		p := make([]byte, t.WordSize)
		syscalls.PutInt(p, t.WordSize, put(append([]byte(a), 0)))
		ptrs = append(ptrs, p...)
	}
	list := put(append(ptrs, make([]byte, 8)...))
	env := put(make([]byte, 8))
	b.Call(syscalls.SYS_EXECVE, agent.Addr(name), agent.Addr(list), agent.Addr(env))
	return t.Start(ctx, &b)
}

// putProgram writes a program into a file of the guest's.
func putProgram(ctx context.Context, m *vm.Machine, where string, program []byte) error {
	mon, err := m.Agent().Monitor(ctx)
	if err != nil {
		return err
	}
	const chunk = 48 << 10
	if err := mon.Put(ctx, mon.Arena, append([]byte(where), 0)); err != nil {
		return err
	}
	fd, err := mon.Call(ctx, syscalls.SYS_OPEN, int64(mon.Arena), syscalls.O_WRONLY|syscalls.O_CREAT|syscalls.O_TRUNC, 0o755)
	for n := int64(1); err == nil && fd >= 0 && len(program) > 0; program = program[n:] {
		var b agent.Batch
		piece := program[:min(len(program), chunk)]
		b.Put(mon.Arena, piece)
		r := b.Call(syscalls.SYS_WRITE, agent.Int(fd), agent.Addr(mon.Arena), agent.Int(int64(len(piece))))
		if err = mon.Do(ctx, &b); err == nil {
			if n = b.Result(r); n <= 0 {
				fd = n
				break
			}
		}
	}
	if err == nil && fd >= 0 {
		fd, err = mon.Call(ctx, syscalls.SYS_CLOSE, fd)
	}
	if err == nil && fd < 0 {
		err = fmt.Errorf("the program cannot be put into the guest: %s", strace.Errno(syscalls.Errno(-fd)))
	}
	return err
}
