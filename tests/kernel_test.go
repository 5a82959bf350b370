package tests

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"sysindvm/cpu/soft"
	"sysindvm/images"
	"sysindvm/images/builder"
	"sysindvm/syscalls"
	"sysindvm/vm"
)

// kernelBase is where the kernel sees physical address 0.
const kernelBase = 0xffffffff80000000

// address is where a function of the kernel begins, physically.
func address(t *testing.T, name string) uint64 { return addressAt(t, kernelBase, name) }

// addressAt is address for a kernel that sees physical address 0 at base.
func addressAt(t *testing.T, base uint64, name string) uint64 {
	t.Helper()
	table := images.SymbolTable()
	for pa := uint64(2 << 20); pa < 3<<20; pa += 16 {
		if l, ok := table.Lookup(base + pa); ok && l.Func == name && l.Offset == 0 {
			return pa
		}
	}
	t.Fatalf("the kernel has no %s", name)
	return 0
}

// A fault in the kernel ends the machine with a report that names functions
// and lines. The fault is planted: an undefined instruction in sys_getpid.
func TestKernelPanic(t *testing.T) {
	var console bytes.Buffer
	m, err := vm.Boot(t.Context(), vm.Config{Engine: soft.New(), Append: "quiet", Console: &console})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	task, err := m.Task(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	copy(m.RAM()[address(t, "sysindvm/guestkernel/sys.sysGetpid"):], "\x0f\x0b")
	_, err = task.Call(t.Context(), syscalls.SYS_GETPID)
	var stop *vm.StopError
	if !errors.As(err, &stop) {
		t.Errorf("%v, want a StopError", err)
	}
	if status, exited := m.ExitStatus(); !exited || status != 1 {
		t.Errorf("status %d, exited %v", status, exited)
	}
	report := images.SymbolTable().Annotate(console.String())
	for _, want := range []string{"kernel panic: exception 6", "call 39", "sys.sysGetpid+0x0 guestkernel/sys/proc.go:", "sys.Enter", "ktrap"} {
		if !strings.Contains(report, want) {
			t.Errorf("no %q in the report:\n%s", want, report)
		}
	}
}

// The kernel as a debugger wants it, without optimisation, runs too.
func TestDebugKernel(t *testing.T) {
	tc, err := builder.NewToolchain("..")
	if errors.Is(err, builder.ErrToolchain) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer tc.Close()
	tc.Debug = true
	all, err := tc.Images()
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range [][2]string{
		{builder.KernelFile, builder.InitramfsFile}, {builder.Kernel386File, builder.Initramfs386File},
	} {
		t.Run(names[0], func(t *testing.T) {
			var console bytes.Buffer
			cfg := vm.Config{Engine: soft.New(), Console: &console, Init: "/bin/demo"}
			for _, a := range all {
				switch a.Name {
				case names[0]:
					cfg.Kernel = a.Data
				case names[1]:
					cfg.Initrd = a.Data
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			m, err := vm.Boot(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if status, err := m.RunConsole(ctx); status != 0 || err != nil || !strings.Contains(console.String(), "All as it should be.") {
				t.Errorf("status %d, %v:\n%s", status, err, &console)
			}
		})
	}
}

// execve through sys_indirect: the contexts are gone before the new program
// runs, and descriptors that they made close-on-exec do not get there.
func TestIndirectExecve(t *testing.T) {
	const path = 0x10010000 // in the arena
	for name, open := range engines(t) {
		t.Run(name, func(t *testing.T) {
			var console bytes.Buffer
			m, err := vm.Boot(t.Context(), vm.Config{Engine: open(t), Append: "quiet", Console: &console})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			parent, err := m.Task(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			child, err := parent.Spawn(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Put(t.Context(), path, []byte("/bin/demo\x00")); err != nil {
				t.Fatal(err)
			}
			ctxs := []syscalls.Context{syscalls.OpenFlags(syscalls.O_CLOEXEC)}
			// The demo's first descriptors have no flag but those it asks for.
			if r, err := child.Indirect(t.Context(), ctxs, syscalls.SYS_EXECVE, path, 0, 0); err == nil {
				t.Fatalf("execve returned %d", r)
			}
			const status = path + 64
			if pid, err := parent.Call(t.Context(), syscalls.SYS_WAIT4, -1, status, 0, 0); err != nil || pid <= 0 {
				t.Fatalf("wait4: %d, %v", pid, err)
			}
			b, err := parent.Get(t.Context(), status, 4)
			if err != nil || !bytes.Equal(b, make([]byte, 4)) {
				t.Errorf("status % x, %v", b, err)
			}
			out := console.String()
			if !strings.Contains(out, "The context held for that call alone.\nsocket(AF_INET, SOCK_STREAM, 0) = 3\nfcntl(3, F_GETFD) = 0") {
				t.Errorf("the context leaked into the new program:\n%s", out)
			}
		})
	}
}
