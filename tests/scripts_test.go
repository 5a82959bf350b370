package tests

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"sysindvm/cpu"
	"sysindvm/cpu/kvm"
	"sysindvm/cpu/soft"
	"sysindvm/images"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/script"
	"sysindvm/vm"
)

const timeout = 4 * time.Minute

// engines are those that this host has; a test of one that it lacks is
// skipped.
func engines(t testing.TB) map[string]func(testing.TB) cpu.Engine {
	return map[string]func(testing.TB) cpu.Engine{
		"soft": func(testing.TB) cpu.Engine { return soft.New() },
		"kvm": func(t testing.TB) cpu.Engine {
			e, err := kvm.Open("")
			if err != nil {
				t.Skipf("no usable KVM: %v", err)
			}
			return e
		},
	}
}

// boot starts a machine with the agent.
func boot(t testing.TB, e cpu.Engine) *vm.Machine {
	t.Helper()
	return bootInit(t, e, "/bin/agent")
}

// bootInit is boot with another first program.
func bootInit(t testing.TB, e cpu.Engine, init string) *vm.Machine {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	t.Cleanup(cancel)
	m, err := vm.Boot(ctx, vm.Config{Engine: e, Append: "quiet", Init: init, Console: console{t}, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// console is the guest's console, in the test's log.
type console struct{ t testing.TB }

func (c console) Write(b []byte) (int, error) {
	c.t.Logf("console: %q", b)
	return len(b), nil
}

func scripts(t *testing.T) []*script.Script {
	t.Helper()
	files, err := filepath.Glob("scripts/*.sys")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d scripts, %v; want 25 at least", len(files), err)
	}
	var all []*script.Script
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := script.Parse(name, b)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func runScript(t *testing.T, s *script.Script, c *agent.Client, opt script.Options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	switch r := script.Run(ctx, s, c, opt); r.Status {
	case script.Pass:
	case script.Skip:
		t.Skip(r.Reason)
	default:
		t.Errorf("\n%v", r)
	}
}

// Every script, in a machine of its own, on each engine.
func TestScripts(t *testing.T) {
	for name, open := range engines(t) {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			opt := script.Options{Features: []string{"guest", "indirect", "root", name}}
			for _, s := range scripts(t) {
				t.Run(s.Name, func(t *testing.T) { runScript(t, s, boot(t, e).Agent(), opt) })
			}
		})
	}
}

// The lines without indirect, and the alternatives of the others, on the
// host's own Linux.
func TestScriptsOnHost(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the host is not Linux on x86-64")
	}
	opt := script.Options{Host: true, Features: []string{"host"}}
	if os.Geteuid() == 0 {
		opt.Features = append(opt.Features, "root")
	}
	for _, s := range scripts(t) {
		t.Run(s.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			defer cancel()
			h, err := vm.StartHost(ctx, images.Agent())
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			runScript(t, s, h.Agent(), opt)
		})
	}
}

// A script that expects something else than what comes back must fail.
func TestWrongScriptFails(t *testing.T) {
	for _, text := range []string{
		"getpid() = 1\n",
		"close(0) = -1 EBADF\n",
		"pipe([out ?r, ?w]) = 0\nfcntl(r, F_GETFD) = FD_CLOEXEC\n",
		"indirect(OPENFLAGS{O_CLOEXEC}) pipe([out ?r, ?w]) = 0\nfcntl(r, F_GETFD) = 0\n",
		"getppid() <unfinished ...>\n<... getppid resumed> = 1\n",
	} {
		s, err := script.Parse("wrong.sys", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		r := script.Run(ctx, s, boot(t, soft.New()).Agent(), script.Options{Features: []string{"guest", "indirect"}})
		cancel()
		if r.Status != script.Fail {
			t.Errorf("%q: %v, want a failure:\n%v", text, r.Status, r)
		}
	}
}

// Two runs of the same calls are the same to the instruction on soft.
func TestDeterminism(t *testing.T) {
	run := func() (uint64, cpu.State) {
		m := boot(t, soft.New())
		for _, s := range scripts(t) {
			if s.Name == "pipes" {
				runScript(t, s, m.Agent(), script.Options{Features: []string{"guest", "indirect"}})
			}
		}
		state, err := cpu.GetState(m.VCPU())
		if err != nil {
			t.Fatal(err)
		}
		return m.VCPU().Instructions(), state
	}
	n1, s1 := run()
	n2, s2 := run()
	if n1 != n2 {
		t.Errorf("%d and %d instructions", n1, n2)
	}
	if d := diff(s1, s2); d != "" {
		t.Errorf("the states differ:\n%s", d)
	}
}

// What the guest does to itself ends in a clear error, within the time given.
func TestBadGuests(t *testing.T) {
	t.Run("a call that never returns", func(t *testing.T) {
		m := boot(t, soft.New())
		task, err := m.Task(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const read = 0
		_, err = task.Call(t.Context(), read, 0, 0x10000000, 1) // of the console
		if !errors.Is(err, agent.ErrIdle) {
			t.Errorf("%v, want ErrIdle", err)
		}
	})
}

// scripts32 are the scripts that a 32-bit program can run.
func scripts32(t *testing.T) (list []*script.Script) {
	for _, s := range scripts(t) {
		if s32, err := s.As32(); err == nil {
			list = append(list, s32)
		}
	}
	if len(list) < 60 {
		t.Errorf("%d scripts", len(list))
	}
	return list
}

// The scripts, by a 32-bit program under the x86-64 kernel.
func TestScripts32(t *testing.T) {
	e := soft.New()
	for _, s := range scripts32(t) {
		t.Run(s.Name, func(t *testing.T) {
			m := bootInit(t, e, "/bin/agent32")
			runScript(t, s, m.Agent(), script.Options{Features: vm.GuestFeatures(e)})
		})
	}
}

// And by one on the host's own Linux.
func TestScripts32OnHost(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the host is not Linux on x86-64")
	}
	for _, s := range scripts32(t) {
		t.Run(s.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			defer cancel()
			h, err := vm.StartHost(ctx, images.Agent32())
			if errors.Is(err, syscall.ENOEXEC) {
				t.Skip("this Linux runs no 32-bit programs")
			}
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			runScript(t, s, h.Agent(), script.Options{Host: true, Features: vm.HostFeatures()})
		})
	}
}
