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

	"sysindvm/cpu/kvm"
	"sysindvm/guestkernel/hosttest"
	"sysindvm/images"
	"sysindvm/vm"
)

// Programs that know nothing of this kernel, by a C library and by Go: what
// they print is the same on the host's Linux and as the guest's first process.
func TestPrograms(t *testing.T) {
	sources, err := filepath.Glob("testdata/programs/*.*")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, source := range sources {
		name := filepath.Base(source)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := compile(t, source)
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
					if engine == "kvm" && name != "signals.c" && !kvm.ProbeQuick("").Native() {
						t.Skip("this host's KVM interprets ring 0, in which the program spends half a minute")
					}
					var console bytes.Buffer
					ctx, cancel := context.WithTimeout(t.Context(), timeout)
					defer cancel()
					m, err := vm.Boot(ctx, vm.Config{Engine: open(t), Append: "quiet", Console: &console, Init: "/bin/program",
						Initrd: withFile(t, "bin/program", code)})
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
					} else if out != want {
						t.Errorf("in the guest:\n%s\non the host:\n%s", out, want)
					}
				})
			}
		})
	}
}

// compile builds a static program of C or Go for Linux on x86-64.
func compile(t *testing.T, source string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	var cmd *exec.Cmd
	if filepath.Ext(source) == ".go" {
		cmd = exec.CommandContext(t.Context(), "go", "build", "-o", file, source)
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	} else {
		gcc, err := exec.LookPath("gcc")
		if err != nil || runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
			t.Skip("no C compiler for Linux on x86-64")
		}
		cmd = exec.CommandContext(t.Context(), gcc, "-O1", "-static", "-pthread", "-w", "-o", file, source)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "cannot find -l") {
			t.Skip("no static C library")
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

// withFile is the embedded initramfs with another program in it.
func withFile(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	const header = 110
	a := images.Initramfs()
	end := bytes.LastIndex(a, []byte("TRAILER!!!")) - header
	if end < 0 {
		t.Fatal("the initramfs has no end")
	}
	more := hosttest.Cpio(hosttest.File{Name: name, Mode: 0o100755, Data: string(data)})
	return append(bytes.Clone(a[:end]), more...)
}
