package tests

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
	"sysindvm/images"
	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/script"
	"sysindvm/vm"
)

// boot386 starts a machine with the i386 kernel and the agent; without an
// engine that can run it the test is skipped.
func boot386(t testing.TB, e cpu.Engine, console io.Writer) *vm.Machine {
	t.Helper()
	if !e.Caps().Paging32 {
		t.Skipf("this host's %s has no paging in 32-bit protected mode", e.Name())
	}
	m, err := vm.Boot(t.Context(), vm.Config{Engine: e, I386: true, Append: "quiet", Console: console, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// The scripts that a 32-bit program can run, on the i386 kernel.
func TestScripts386(t *testing.T) {
	for name, open := range engines(t) {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			for _, s := range scripts32(t) {
				t.Run(s.Name, func(t *testing.T) {
					var console bytes.Buffer
					m := boot386(t, e, &console)
					runScript(t, s, m.Agent(), script.Options{Features: vm.GuestFeatures386(e)})
					if console.Len() > 0 {
						t.Errorf("the console:\n%s", images.SymbolTable().Annotate(console.String()))
					}
				})
			}
		})
	}
}

// A fault in the i386 kernel is reported as one in the other is, though its code
// keeps no frame pointers.
func TestKernelPanic386(t *testing.T) {
	var console bytes.Buffer
	m := boot386(t, soft.New(), &console)
	task, err := m.Task(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const base = 0xc0000000
	copy(m.RAM()[addressAt(t, base, "sysindvm/guestkernel/sys.sysGetpid"):], "\x0f\x0b")
	_, err = task.Call(t.Context(), syscalls.SYS_GETPID)
	var stop *vm.StopError
	if !errors.As(err, &stop) {
		t.Errorf("%v, want a StopError", err)
	}
	report := images.SymbolTable().Annotate(console.String())
	for _, want := range []string{"kernel panic: exception 6", "call 20", "sys.sysGetpid+0x0 guestkernel/sys/proc.go:", "sys.EnterCompat", "ktrap"} {
		if !strings.Contains(report, want) {
			t.Errorf("no %q in the report:\n%s", want, report)
		}
	}
}

// Where a blocked task is in the kernel.
func TestStack386(t *testing.T) {
	m := boot386(t, soft.New(), nil)
	task, err := m.Task(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	child, err := task.Spawn(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var b agent.Batch
	b.Call(syscalls.SYS_PAUSE)
	if err := child.Start(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if err := child.Finish(t.Context()); !errors.Is(err, agent.ErrIdle) {
		t.Errorf("%v, want ErrIdle", err)
	}
	report := m.Report()
	for _, want := range []string{"runtime.Idle", "sched.Block"} {
		if !strings.Contains(report, want) {
			t.Errorf("no %s in:\n%s", want, report)
		}
	}
}

// The i386 kernel with the least and the most memory that it can have.
func TestMemory386(t *testing.T) {
	for _, size := range []int64{vm.MinMemory, vm.MaxMemory386} {
		m, err := vm.Boot(t.Context(), vm.Config{Engine: soft.New(), I386: true, Memory: size, Init: "/bin/demo"})
		if err != nil {
			t.Fatal(err)
		}
		if status, err := m.RunConsole(t.Context()); status != 0 || err != nil {
			t.Errorf("%d bytes: status %d, %v", size, status, err)
		}
		m.Close()
	}
	if _, err := vm.Boot(t.Context(), vm.Config{Engine: soft.New(), I386: true, Memory: 1 << 30}); err == nil || !strings.Contains(err.Error(), "896") {
		t.Errorf("1 GiB: %v", err)
	}
}

// no32 is an engine without paging in 32-bit protected mode.
type no32 struct{ cpu.Engine }

func (no32) Caps() cpu.Caps { return cpu.Caps{Protected32: true} }

func TestNoPaging32(t *testing.T) {
	_, err := vm.Boot(t.Context(), vm.Config{Engine: no32{soft.New()}, I386: true})
	if err == nil || !strings.Contains(err.Error(), "--engine soft") && !strings.Contains(err.Error(), "the engine soft") {
		t.Errorf("%v", err)
	}
}

// A program of GOARCH=386, with the run time of ordinary Go, on both kernels.
func TestGoProgram32(t *testing.T) {
	dir := t.TempDir()
	prog := filepath.Join(dir, "narrow")
	cmd := exec.Command("go", "build", "-o", prog, "testdata/narrow.go")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=386", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const want = "sum 2000\nuser defined signal 1\nfile <nil> 3000\nruntime error: invalid memory address or nil pointer dereference\n1000 386\n"
	for _, arch := range []string{"x86-64", "i386"} {
		stdout, stderr, status := sysindvm(t, "trace", "--engine", "soft", "--arch", arch, "--mem", "128M", "-o", filepath.Join(dir, "trace"), prog)
		if stdout != want || status != 0 {
			t.Errorf("%s: status %d\n%s%s\nwant %s", arch, status, stdout, stderr, want)
		}
	}
}

func TestArchFlag(t *testing.T) {
	for _, tt := range []struct {
		args   []string
		status int
		out    string
	}{
		{[]string{"exec", "--arch", "i386", "getpid()"}, 0, "getpid() = 2\n"},
		{[]string{"boot", "--arch", "i386"}, 0, "All as it should be."},
		{[]string{"test", "--arch", "i386", "scripts/pipes.sys"}, 0, "1 passed"},
		{[]string{"test", "--arch", "i386", "--target", "host", "scripts"}, 2, "--i386"},
		{[]string{"exec", "--arch", "vax", "getpid()"}, 2, "x86-64 and i386"},
		{[]string{"exec", "--arch", "i386", "--mem", "1G", "getpid()"}, 2, "896M"},
		{[]string{"trace", "--arch", "i386", "-e", "trace=fcntl", "guest:/bin/demo"}, 0, "i386 fcntl(3, F_GETFD)"},
	} {
		stdout, stderr, status := sysindvm(t, tt.args...)
		if status != tt.status || !strings.Contains(stdout+stderr, tt.out) {
			t.Errorf("%q: status %d, want %d and %q\n%s%s", tt.args, status, tt.status, tt.out, stdout, stderr)
		}
	}
}

// SYSENTER, by the code that programs find with AT_SYSINFO.
func TestSysenter(t *testing.T) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("no C compiler")
	}
	prog := filepath.Join(t.TempDir(), "sysenter")
	if out, err := exec.Command(gcc, "-m32", "-O1", "-static", "-w", "-o", prog, "testdata/sysenter.c").CombinedOutput(); err != nil {
		t.Skipf("no static C library for i386: %s", out)
	}
	const want = "getpid: 1\nmmap2: second\nerror: -9\nread: 1 x 1\nstep: 1 1\nflags: 1\nno stack: signal 11\n"
	for _, arch := range []string{"x86-64", "i386"} {
		stdout, stderr, status := sysindvm(t, "trace", "--engine", "soft", "--arch", arch, "-o", os.DevNull, prog)
		if stdout != want || status != 0 {
			t.Errorf("%s: status %d\n%s%s\nwant %s", arch, status, stdout, stderr, want)
		}
	}
}
