package vmbench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sysindvm/cpu"
	"sysindvm/images"
	"sysindvm/images/builder"
	"sysindvm/vm"
)

// Program is one of the programs that guestkernel/user/bench has.
type Program struct {
	Name, What string
	Sum        string // what it must come to
}

// Programs are all of them, in the order that they run in.
var Programs = []Program{
	{"integer", "shifts, sums and branches in registers", "0x9beb70d359a29a91"},
	{"movsb", "192 MiB copied by REP MOVSB", "0x629e5010"},
	{"copyloop", "64 MiB copied by a loop of words", "0x8bb45396"},
	{"sieve", "primes below a million", "0x132a2"},
	{"fnv", "FNV-1a of 8 MiB", "0x2af22c89b0faf25"},
	{"sha256", "SHA-256 of 512 KiB", "0xdc0ab6c904cfd5f9"},
	{"sort", "quicksort of 131072 numbers", "0x7dba4e775535a549"},
	{"fib", "fib(31) by recursion", "0x148add"},
	{"matrix", "two products of 128x128 doubles", "0x3b571796bb327b60"},
	{"syscall", "50000 getpid", "0xc350"},
	{"fault", "8192 pages mapped, touched, unmapped", "0x2000"},
}

// Timing is what one program took.
type Timing struct {
	Time         time.Duration // 0 if it could not be taken
	Instructions uint64        // of the guest; 0 where nobody counts them
	Sum          string
}

// Timings are what the programs took, by name.
type Timings map[string]Timing

// check says what is missing or came out wrong.
func (t Timings) check() error {
	for _, p := range Programs {
		switch got, ok := t[p.Name]; {
		case !ok:
			return fmt.Errorf("the program %s has not run to its end", p.Name)
		case got.Sum != p.Sum:
			return fmt.Errorf("the program %s came to %s instead of %s", p.Name, got.Sum, p.Sum)
		}
	}
	return nil
}

// Best takes over what was faster the other time.
func (t Timings) Best(other Timings) {
	for name, o := range other {
		if mine := t[name]; mine.Time == 0 || o.Time != 0 && o.Time < mine.Time {
			t[name] = o
		}
	}
}

// marks reads what the programs print, and takes the time.
type marks struct {
	count func() uint64 // guest instructions
	line  []byte
	begun time.Time
	insts uint64
	all   Timings
	other bytes.Buffer // what else is said
}

func newMarks() *marks { return &marks{count: func() uint64 { return 0 }, all: Timings{}} }

func (m *marks) Write(b []byte) (int, error) {
	now := time.Now()
	m.line = append(m.line, b...)
	for {
		line, rest, ok := bytes.Cut(m.line, []byte("\n"))
		if !ok {
			if len(m.line) > 1<<12 {
				m.line = m.line[:0] // none of ours
			}
			return len(b), nil
		}
		m.mark(now, strings.Fields(string(line)))
		m.line = append(m.line[:0], rest...)
	}
}

func (m *marks) mark(now time.Time, words []string) {
	switch {
	case len(words) == 2 && words[0] == "begin":
		m.insts, m.begun = m.count(), now
	case len(words) == 3 && words[0] == "end":
		// Both lines in one piece are read too late: that is 0, no time.
		m.all[words[1]] = Timing{now.Sub(m.begun), m.count() - m.insts, words[2]}
	case m.other.Len() < 1<<16:
		fmt.Fprintln(&m.other, strings.Join(words, " "))
	}
}

// result is what was measured; err says why the programs have ended, if not
// of themselves.
func (m *marks) result(err error) (Timings, error) {
	if err == nil {
		err = m.all.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, bytes.TrimSpace(m.other.Bytes()))
	}
	return m.all, nil
}

// archive is an initramfs with the programs as its only file.
func archive() []byte {
	var a builder.Archive
	for _, dir := range []string{"bin", "dev", "etc", "proc", "tmp"} {
		a.Dir(dir)
	}
	a.File("bin/bench", 0o755, images.Bench())
	return a.Bytes()
}

const benchInit = "/bin/bench"

// RunPrograms runs the programs in a machine of their own.
func RunPrograms(ctx context.Context, e cpu.Engine) (Timings, error) {
	marks := newMarks()
	m, err := vm.Boot(ctx, vm.Config{Engine: e, Append: "quiet", Init: benchInit, Initrd: archive(), Console: marks})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	marks.count = m.VCPU().Instructions
	status, err := m.RunConsole(ctx)
	if err == nil && status != 0 {
		err = fmt.Errorf("the machine powered off with status %d", status)
	}
	return marks.result(err)
}

// RunQEMU runs the same machine, kernel and programs in QEMU, whose emulator
// TCG translates them to the host's code. qemu is the program
// qemu-system-x86_64.
func RunQEMU(ctx context.Context, qemu string) (Timings, error) {
	dir, err := os.MkdirTemp("", "sysindvm-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	kernel, initrd := filepath.Join(dir, "kernel"), filepath.Join(dir, "initrd")
	for name, data := range map[string][]byte{kernel: images.Kernel(), initrd: archive()} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return nil, err
		}
	}
	const poweredOff = 1 // isa-debug-exit makes 2n+1 of the status n
	return runCommand(ctx, poweredOff, qemu, "-M", "microvm,acpi=off", "-accel", "tcg", "-m", "64", "-nodefaults", "-no-reboot",
		"-serial", "stdio", "-display", "none", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
		"-kernel", kernel, "-initrd", initrd, "-append", "quiet init="+benchInit)
}

// RunOnLinux runs the programs on this host's Linux: by its processor, or with
// an emulator of x86-64 programs, like qemu-x86_64, in front of it.
func RunOnLinux(ctx context.Context, emulator ...string) (Timings, error) {
	f, err := os.CreateTemp("", "sysindvm-bench-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(images.Bench())
	if e := f.Chmod(0o700); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	return runCommand(ctx, 0, append(emulator, f.Name())...)
}

// runCommand measures what a command prints. It must end with a status.
func runCommand(ctx context.Context, status int, command ...string) (Timings, error) {
	marks := newMarks()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = marks, marks
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == status {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", command[0], err)
	}
	return marks.result(err)
}
