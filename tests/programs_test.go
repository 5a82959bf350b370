package tests

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/kvm"
	"sysindvm/cpu/soft"
	"sysindvm/guestkernel/hosttest"
	"sysindvm/images"
	"sysindvm/internal/hostcpu"
	"sysindvm/vm"
)

// ways are how programs are built and which kernel runs them.
var ways = []struct {
	name         string
	goarch, flag string // of the program
	i386         bool   // the kernel
}{
	{"x86-64", "amd64", "-m64", false},
	{"i386 on x86-64", "386", "-m32", false},
	{"i386", "386", "-m32", true},
}

// Programs that know nothing of this kernel, by a C library and by Go: what
// they print is the same on the host's Linux and as the guest's first process,
// of either kernel. Those whose names end in _386 are for that alone.
func TestPrograms(t *testing.T) {
	sources, err := filepath.Glob("testdata/programs/*.*")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, source := range sources {
		for _, way := range ways {
			if way.goarch != "386" && strings.HasSuffix(strings.TrimSuffix(source, filepath.Ext(source)), "_386") {
				continue
			}
			t.Run(filepath.Base(source)+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				if lacks := hostcpu.Lacking("avx2", "fma"); filepath.Base(source) == "avx.c" && lacks != "" {
					t.Skip("this host has no ", lacks, ", so that there is nothing to compare with")
				}
				file := compile(t, source, way.goarch, way.flag)
				code, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				var want string
				if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
					want = onHost(t, file)
				}
				for engine, open := range engines(t) {
					t.Run(engine, func(t *testing.T) {
						if engine == "kvm" && !kvm.ProbeQuick("").Native() && (filepath.Base(source) != "signals.c" || way.goarch == "386") {
							t.Skip("this host's KVM interprets ring 0, in which the program spends half a minute")
						}
						runProgram(t, open(t), code, way.i386, want)
					})
				}
			})
		}
	}
}

// A kernel that is told that XSAVE does not work has no AVX for its programs, and
// says so to them.
func TestNoXSAVE(t *testing.T) {
	code, err := os.ReadFile(compile(t, "testdata/programs/avx.c", "amd64", "-m64"))
	if err != nil {
		t.Fatal(err)
	}
	var console bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	m, err := vm.Boot(ctx, vm.Config{Engine: soft.New(), Append: "quiet noxsave", Console: &console, Init: "/bin/program",
		Initrd: withFile(t, images.Initramfs(), "bin/program", code)})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := m.RunConsole(ctx); err != nil {
		t.Fatal(err)
	}
	if out := console.String(); !strings.Contains(out, "no AVX2 and FMA") {
		t.Errorf("a program has AVX:\n%s", out)
	}
}

// runProgram runs a program as the guest's first process. What it prints must
// be as wanted, if that is known.
func runProgram(t *testing.T, e cpu.Engine, code []byte, i386 bool, want string) {
	t.Helper()
	if i386 && !e.Caps().Paging32 {
		t.Skipf("this host's %s has no paging in 32-bit protected mode", e.Name())
	}
	var console bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	base := images.Initramfs()
	if i386 {
		base = images.Initramfs386()
	}
	m, err := vm.Boot(ctx, vm.Config{Engine: e, I386: i386, Append: "quiet", Console: &console, Init: "/bin/program",
		Initrd: withFile(t, base, "bin/program", code)})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	status, err := m.RunConsole(ctx)
	out := strings.ReplaceAll(console.String(), "\r\n", "\n")
	if status != 0 || err != nil {
		t.Fatalf("status %d, %v:\n%s", status, err, out)
	}
	if want == "" {
		t.Log(out)
	} else if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(out, "\n")); d != "" {
		t.Errorf("on the host (-) and in the guest (+):\n%s", d)
	}
}

// compile builds a static program of C or Go for Linux.
func compile(t *testing.T, source, goarch, flag string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	var cmd *exec.Cmd
	if filepath.Ext(source) == ".go" {
		cmd = exec.CommandContext(t.Context(), "go", "build", "-o", file, source)
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+goarch, "CGO_ENABLED=0")
	} else {
		gcc, err := exec.LookPath("gcc")
		if err != nil || runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
			t.Skip("no C compiler for Linux on x86-64")
		}
		cmd = exec.CommandContext(t.Context(), gcc, flag, "-O1", "-static", "-pthread", "-w", "-o", file, source)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "cannot find -l") || strings.Contains(string(out), "No such file or directory") && flag == "-m32" {
			t.Skipf("no static C library for %s", goarch)
		}
		t.Fatalf("%v:\n%s", err, out)
	}
	return file
}

func onHost(t *testing.T, file string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, file).Output()
	if err != nil {
		t.Fatalf("on the host: %v:\n%s", err, out)
	}
	return string(out)
}

// withFile is an initramfs with another program in it.
func withFile(t *testing.T, a []byte, name string, data []byte) []byte {
	t.Helper()
	const header = 110
	end := bytes.LastIndex(a, []byte("TRAILER!!!")) - header
	if end < 0 {
		t.Fatal("the initramfs has no end")
	}
	more := hosttest.Cpio(hosttest.File{Name: name, Mode: 0o100755, Data: string(data)})
	return append(bytes.Clone(a[:end]), more...)
}
