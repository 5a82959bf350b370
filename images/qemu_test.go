package images_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sysindvm/images"
	"sysindvm/images/builder"
)

// boot boots a kernel under QEMU with a command line and what is typed at its
// console, and returns what it says there, panics explained. The kernel must
// power the machine off with a status.
func boot(t *testing.T, kernel, initramfs []byte, cmdline, typed string, status int) string {
	t.Helper()
	qemu, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		t.Skip("qemu-system-x86_64 is not installed")
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"kernel.img": kernel, "initramfs.cpio": initramfs} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, qemu, "-M", "microvm,acpi=off", "-accel", "tcg", "-m", "64", "-nodefaults", "-no-reboot",
		"-serial", "stdio", "-display", "none", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
		"-kernel", filepath.Join(dir, "kernel.img"), "-initrd", filepath.Join(dir, "initramfs.cpio"), "-append", cmdline)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	// What is typed before the serial line is set up would be lost.
	out := &console{prompt: func() { go stdin.Write([]byte(typed)) }}
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	// isa-debug-exit makes 2n+1 of the status n.
	if e := (*exec.ExitError)(nil); !errors.As(err, &e) || e.ExitCode() != 2*status+1 {
		t.Errorf("QEMU: %v; the kernel was to power off with status %d", err, status)
	}
	return images.SymbolTable().Annotate(out.text.String())
}

// console keeps what a guest says, and calls prompt once, when the shell's
// prompt is there.
type console struct {
	text   bytes.Buffer
	prompt func()
}

func (c *console) Write(b []byte) (int, error) {
	n, err := c.text.Write(b)
	if c.prompt != nil && bytes.Contains(c.text.Bytes(), []byte(" # ")) {
		c.prompt()
		c.prompt = nil
	}
	return n, err
}

func wantText(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%q is missing; the console:\n%s", w, got)
			return
		}
	}
}

// TestQEMU386 boots the i386 kernel.
func TestQEMU386(t *testing.T) {
	wantText(t, boot(t, images.Kernel386(), images.Initramfs386(), "init=/bin/demo", "", 0),
		"sys_indirect(SYS_pipe, {OPENFLAGS{O_CLOEXEC|O_NONBLOCK}}, 1, {fds}) = 0", "FD_CLOEXEC", demoSays)
	wantText(t, boot(t, images.Kernel386(), images.Initramfs386(), "", "demo\runame\rexit\r", 0), "Welcome", demoSays, "Linux sysindvm ")
}

const demoSays = "All as it should be.\n"

func TestQEMUDemo(t *testing.T) {
	wantText(t, boot(t, images.Kernel(), images.Initramfs(), "init=/bin/demo", "", 0),
		"sys_indirect(SYS_pipe, {OPENFLAGS{O_CLOEXEC|O_NONBLOCK}}, 1, {fds}) = 0", "FD_CLOEXEC", demoSays)
}

// TestQEMUNoIndirect: the kernel without the patch. The demo fails as the
// first process.
func TestQEMUNoIndirect(t *testing.T) {
	wantText(t, boot(t, images.Kernel(), images.Initramfs(), "init=/bin/demo noindirect", "", 2), "ENOSYS", "without it")
}

// TestQEMUDebug: the build for a debugger boots too.
func TestQEMUDebug(t *testing.T) {
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
	kernel, initramfs := all[0], all[1]
	if kernel.Name != builder.KernelFile || initramfs.Name != builder.InitramfsFile {
		t.Fatalf("the first artefacts are %s and %s", kernel.Name, initramfs.Name)
	}
	if bytes.Equal(kernel.Data, images.Kernel()) {
		t.Error("the debug build is the same as the release build")
	}
	wantText(t, boot(t, kernel.Data, initramfs.Data, "init=/bin/demo", "", 0), demoSays)
}

// TestQEMUShell types at the console.
func TestQEMUShell(t *testing.T) {
	wantText(t, boot(t, images.Kernel(), images.Initramfs(), "init=/bin/sh",
		"echoo\x7f one  two\rmkdir /tmp/x\rcd /tmp\rls\rrubbish\x03pwd\rdemo\rnosuch\runame\rexit\r", 0),
		"Welcome", "# echoo\b \b one  two\none two\n", "x/\n", "# rubbish^C\n/tmp # pwd\n/tmp\n",
		demoSays, "nosuch: ENOENT", "Linux sysindvm ")
}
