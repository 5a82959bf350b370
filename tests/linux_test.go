package tests

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sysindvm/cpu/soft"
	"sysindvm/guestkernel/hosttest"
	"sysindvm/vm"
)

var linuxKernel = flag.String("linux", "", "an uncompressed Linux kernel with a PVH entry (vmlinux), to be booted")

const linuxInit = `
#include <stdio.h>
#include <sys/reboot.h>
#include <unistd.h>
int main(void) {
	printf("init is pid %d\n", getpid());
	fflush(stdout);
	reboot(RB_AUTOBOOT);
}
`

// Linux itself, on the software CPU, with a program of a C library as its init.
func TestLinux(t *testing.T) {
	if *linuxKernel == "" {
		t.Skip("no Linux kernel is given: -linux FILE")
	}
	kernel, err := os.ReadFile(*linuxKernel)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "init.c"), filepath.Join(dir, "init")
	if err := os.WriteFile(source, []byte(linuxInit), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-static", "-o", program, source).CombinedOutput(); err != nil {
		t.Skipf("no C compiler with a static library: %s", out)
	}
	code, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var console bytes.Buffer
	initrd := hosttest.Cpio(hosttest.File{Name: "init", Mode: 0o100755, Data: string(code)})
	m, err := vm.Boot(ctx, vm.Config{Engine: soft.New(), Memory: 512 << 20, Kernel: kernel, Initrd: initrd, Console: &console,
		Append: "console=ttyS0 panic=-1 acpi=off quiet"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_, err = m.RunConsole(ctx)
	if !strings.Contains(console.String(), "init is pid 1") {
		t.Errorf("%v\n%s", err, console.String())
	}
}
