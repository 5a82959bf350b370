package tests

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// hosts are other kinds of hosts, and what runs their programs on this one: a
// 32-bit one, and one that is big-endian.
var hosts = []struct{ goarch, runner string }{
	{"386", ""},
	{"s390x", "qemu-s390x"},
}

// A run is the same on any host, to the bit: so are the records of it.
func TestRunsAreTheSameOnOtherHosts(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("this host does not run programs of others")
	}
	want := filepath.Join(t.TempDir(), "here.rec")
	_, stderr, status := sysindvm(t, "boot", "--engine", "soft", "--record", want)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for _, h := range hosts {
		t.Run(h.goarch, func(t *testing.T) {
			t.Parallel()
			var args []string
			if h.runner != "" {
				runner, err := exec.LookPath(h.runner)
				if err != nil {
					t.Skipf("no %s to run such a host's programs", h.runner)
				}
				args = append(args, runner)
			}
			dir := t.TempDir()
			name, got := filepath.Join(dir, "sysindvm"), filepath.Join(dir, "there.rec")
			build := exec.CommandContext(t.Context(), "go", "build", "-o", name, "sysindvm/cmd/sysindvm")
			build.Env = append(os.Environ(), "GOARCH="+h.goarch, "CGO_ENABLED=0")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v:\n%s", err, out)
			}
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			args = append(args, name, "boot", "--engine", "soft", "--record", got)
			if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%v:\n%s", err, out)
			}
			a, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(got)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(a, b) {
				t.Errorf("the records differ: %d bytes here, %d there", len(a), len(b))
			}
		})
	}
}
