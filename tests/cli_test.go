package tests

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sysindvm/images"
)

// program builds sysindvm, once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sysindvm")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "sysindvm.exe")
	out, err := exec.Command("go", "build", "-o", name, "sysindvm/cmd/sysindvm").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return name, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if name, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(name))
	}
	os.Exit(code)
}

// sysindvm runs the program, with no terminal, within a time that no test
// should need.
func sysindvm(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("sysindvm %q hangs", args)
	}
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// tinyKernel is an ELF file with a PVH entry at 1 MiB, in 32-bit protected
// mode, at which the code is.
func tinyKernel(code ...byte) []byte {
	const at, headers = 1 << 20, 64 + 2*56
	var b bytes.Buffer
	le := binary.LittleEndian
	h := elf.Header64{Type: 2, Machine: uint16(elf.EM_X86_64), Version: 1, Entry: at, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 2}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	note := append(le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, 4), 4), 18), "Xen\x00\x00\x00\x10\x00"...)
	binary.Write(&b, le, h)
	binary.Write(&b, le, elf.Prog64{Type: uint32(elf.PT_NOTE), Off: headers, Filesz: uint64(len(note)), Memsz: uint64(len(note)), Align: 4})
	binary.Write(&b, le, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: 5, Off: headers + uint64(len(note)), Vaddr: at, Paddr: at,
		Filesz: uint64(len(code)), Memsz: uint64(len(code)), Align: 1})
	b.Write(note)
	b.Write(code)
	return b.Bytes()
}

// What is wrong gets one clear line on standard error, and a status that says
// whose fault it is.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	spin := file("spin.img", tinyKernel(0xfa, 0xeb, 0xfe)) // cli; jmp .
	fault := file("fault.img", tinyKernel(0x0f, 0x0b))     // ud2, without an IDT
	halt := file("halt.img", tinyKernel(0xfa, 0xf4))       // cli; hlt
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		stderr string // a part of it
	}{
		{"no command", []string{"frobnicate"}, 2, "frobnicate"},
		{"unknown flag", []string{"boot", "--colour"}, 2, "--colour"},
		{"unknown engine", []string{"boot", "--engine", "tcg"}, 2, "auto, kvm and soft"},
		{"memory is no size", []string{"boot", "--mem", "lots"}, 2, `"lots" is not a size`},
		{"too little memory", []string{"boot", "--mem", "8M"}, 2, "from 16M to 3G"},
		{"a bug that there is not", []string{"exec", "--append", "quiet bug=none", "getpid()"}, 2, "no bug is named none"},
		{"no time", []string{"boot", "--timeout", "0s"}, 2, "more than 0"},
		{"missing kernel", []string{"boot", "--kernel", filepath.Join(dir, "none")}, 2, "no such file"},
		{"a kernel that is a directory", []string{"boot", "--kernel", dir}, 2, "not a regular file"},
		{"a kernel that is no ELF file", []string{"boot", "--kernel", file("text", []byte("hello, world\n"))}, 2, "ELF"},
		{"truncated kernel", []string{"boot", "--kernel", file("cut.img", images.Kernel()[:60])}, 2, "ELF"},
		{"kernel cut in the middle", []string{"boot", "--kernel", file("half.img", images.Kernel()[:9000])}, 2, "half.img"},
		{"missing initramfs", []string{"boot", "--initrd", filepath.Join(dir, "none")}, 2, "no such file"},
		{"an initramfs that is none", []string{"boot", "--engine", "soft", "--initrd", file("bad.cpio", []byte("hello"))}, 3, "status 2"},
		{"no such init", []string{"boot", "--engine", "soft", "--append", "init=/bin/none"}, 3, "status 2"},
		{"spins with interrupts off", []string{"boot", "--engine", "soft", "--kernel", spin, "--timeout", "300ms"}, 3, "not powered off in 300ms"},
		{"triple fault", []string{"boot", "--engine", "soft", "--kernel", fault}, 3, "triple fault"},
		{"halts for good", []string{"boot", "--engine", "soft", "--kernel", halt}, 3, "halt"},
		{"exec: not a call", []string{"exec", "getpid("}, 2, "call:1:"},
		{"exec: misspelt", []string{"exec", "getpidd()"}, 2, "getpid"},
		{"exec: waits for good", []string{"exec", "--engine", "soft", "read(0, [out ...], 1)"}, 3, "blocks"},
		{"test: no such file", []string{"test", filepath.Join(dir, "none.sys")}, 2, "no such file"},
		{"test: bad line", []string{"test", file("bad.sys", []byte("close(3) = 0\nclose(3, 4)\n"))}, 2, "bad.sys:2:"},
		{"test: bad pattern", []string{"test", "-run", "(", "scripts"}, 2, "--run"},
		{"test: nothing matches", []string{"test", "-run", "^none$", "scripts"}, 2, "no script"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, stderr, status := sysindvm(t, tt.args...)
			if status != tt.status || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("status %d, want %d; standard error:\n%s\nwant %q in it", status, tt.status, stderr, tt.stderr)
			}
			if strings.Contains(stderr, "goroutine") {
				t.Error("a Go panic")
			}
		})
	}
}

func TestCommands(t *testing.T) {
	endless := filepath.Join(t.TempDir(), "endless.sys")
	if err := os.WriteFile(endless, []byte("pipe([out ?r, ?w]) = 0\nread(r, [out ...], 1) = 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		stdout []string // parts of it
	}{
		{"boot runs the example", []string{"boot", "--engine", "soft"}, 0, []string{"FD_CLOEXEC", "power off"}},
		{"exec", []string{"exec", "--engine", "soft", "getpid()"}, 0, []string{"getpid() = "}},
		{"exec of an indirect call", []string{"exec", "--engine", "soft", "indirect(OPENFLAGS{O_CLOEXEC}) pipe([out ?r, ?w])"}, 0,
			[]string{"indirect(OPENFLAGS{O_CLOEXEC}) pipe([3, 4]) = 0"}},
		{"exec without the patch", []string{"exec", "--engine", "soft", "--append", "noindirect", "indirect() getpid()"}, 0, []string{"ENOSYS"}},
		{"exec of an error", []string{"exec", "--engine", "soft", "close(77)"}, 0, []string{"close(77) = -1 EBADF (Bad file descriptor)"}},
		{"test", []string{"test", "--engine", "soft", "-run", "^pipes$", "scripts"}, 0, []string{"1 passed, 0 failed"}},
		{"test fails where a script never ends", []string{"test", "--engine", "soft", endless}, 1, []string{"--- FAIL: endless", "blocks"}},
		{"doctor", []string{"doctor"}, 0, []string{"auto      takes ", "soft to the first system call"}},
		{"version", []string{"version"}, 0, []string{"sysindvm "}},
		{"completion", []string{"completion", "bash"}, 0, []string{"sysindvm"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, status := sysindvm(t, tt.args...)
			if status != tt.status {
				t.Errorf("status %d, want %d; standard error:\n%s", status, tt.status, stderr)
			}
			for _, want := range tt.stdout {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in:\n%s", want, stdout)
				}
			}
		})
	}
}

// A machine that says nothing for too long ends, however it spins.
func TestTimeoutHolds(t *testing.T) {
	kernel := filepath.Join(t.TempDir(), "spin.img")
	if err := os.WriteFile(kernel, tinyKernel(0xfa, 0xeb, 0xfe), 0o644); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, _, status := sysindvm(t, "boot", "--engine", "soft", "--kernel", kernel, "--timeout", "200ms")
	if d := time.Since(start); status != 3 || d > timeout/4 {
		t.Errorf("status %d after %v", status, d)
	}
}

// A script that does not end is ended, and the report says which call it is in,
// where that sleeps in the kernel, and what the vCPU does.
func TestHangIsExplained(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	sleeps := file("sleeps.sys", `# B sleeps in read, A too long.
pipe([out ?r, ?w])
task B = fork
B: read(r, [out ...], 1) <unfinished ...>
nanosleep({1000000000, 0}, NULL) = 0
B: <... read resumed> = 1
`)
	stdout, stderr, status := sysindvm(t, "test", "--engine", "soft", "-timeout", "500ms", sleeps)
	if status != 3 {
		t.Errorf("status %d, want 3; standard error:\n%s", status, stderr)
	}
	for _, want := range []string{
		"--- ERROR: sleeps", "the script has not ended in 500ms",
		"task A, pid 2: line 5, nanosleep({tv_sec=1000000000, tv_nsec=0}, NULL <unfinished ...>",
		"asleep in nanosleep(", "sys.sysNanosleep",
		"task B, pid 3: line 4, read(3,  <unfinished ...>", "asleep in read(3", "(*pipeEnd).Read", "guestkernel/fs/pipe.go:",
		"the vCPU is ", "RIP", "CR3",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

// The flags of test, as far as they reach the program's own output.
func TestTestFlags(t *testing.T) {
	dir := t.TempDir()
	known := filepath.Join(dir, "known")
	if err := os.WriteFile(known, []byte("pipes  it passes, so this is wrong\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	junit := filepath.Join(dir, "report.xml")
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		stdout string // a part of it
		stderr string
	}{
		{"list", []string{"-list", "-run", "^pipe"}, 0, "pipe_cloexec\npipes\n", ""},
		{"skip", []string{"-run", "^pipe", "-skip", "cloexec"}, 0, "1 passed", ""},
		{"count and shuffle", []string{"-run", "^pipes$", "-count", "3", "-shuffle", "7", "-parallel", "2"}, 0, "3 passed", ""},
		{"json", []string{"-run", "^pipes$", "-json"}, 0, `"Action":"pass","Package":"scripts","Test":"pipes"`, ""},
		{"ktap", []string{"-run", "^pipes$", "-ktap"}, 0, "KTAP version 1\n1..1\nok 1 pipes\n", ""},
		{"junit", []string{"-run", "^pipes$", "-junit", junit}, 0, "1 passed", ""},
		{"known", []string{"-run", "^pipes$", "-known", known}, 1, "remove that line", ""},
		{"shard", []string{"-shard", "1/9999"}, 0, "0 failed", ""},
		{"wrong shard", []string{"-shard", "0/2"}, 2, "", "part i of n"},
		{"wrong shuffle", []string{"-shuffle", "perhaps"}, 2, "", "--shuffle"},
		{"wrong count", []string{"-count", "0"}, 2, "", "--count"},
		{"wrong known", []string{"-known", junit + "x"}, 2, "", "no such file"},
		{"json and ktap", []string{"-json", "-ktap"}, 2, "", "json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append(append([]string{"test", "--engine", "soft"}, tt.args...), "scripts")
			stdout, stderr, status := sysindvm(t, args...)
			if status != tt.status || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("status %d, want %d\n%s%s\nwant %q and %q", status, tt.status, stdout, stderr, tt.stdout, tt.stderr)
			}
		})
	}
	if b, err := os.ReadFile(junit); err != nil || !strings.Contains(string(b), `<testcase classname="scripts" name="pipes"`) {
		t.Errorf("%s, %v", b, err)
	}
}

// A 32-bit C program does in the guest what it does on this host's Linux.
func TestCProgram32(t *testing.T) {
	dir := t.TempDir()
	prog := filepath.Join(dir, "narrow")
	if out, err := exec.Command("gcc", "-m32", "-static", "-O1", "-pthread", "-o", prog, "testdata/narrow.c").CombinedOutput(); err != nil {
		t.Skipf("no gcc that makes static i386 programs: %v %.200s", err, out)
	}
	cmd := exec.Command(prog, "arg")
	cmd.Dir, cmd.Env = dir, []string{}
	want, err := cmd.Output()
	if errors.Is(err, syscall.ENOEXEC) {
		t.Skip("this Linux runs no 32-bit programs")
	}
	for _, arch := range []string{"x86-64", "i386"} {
		stdout, stderr, status := sysindvm(t, "trace", "--engine", "soft", "--arch", arch, "-o", filepath.Join(dir, "trace"), prog, "arg")
		if d := cmp.Diff(string(want), stdout); d != "" || status != 0 {
			t.Errorf("%s: status %d %s, (-host +guest):\n%s", arch, status, stderr, d)
		}
		trace, err := os.ReadFile(filepath.Join(dir, "trace"))
		if err != nil || !strings.Contains(string(trace), "i386 exit_group(3)") {
			t.Errorf("%s: %v, the trace:\n%s", arch, err, trace)
		}
	}
}

// A static Go program runs in the guest: threads, futexes, signals, epoll, and
// memory by the hundreds of megabytes of address space.
func TestGoProgram(t *testing.T) {
	dir := t.TempDir()
	src := filepath.Join(dir, "main.go")
	err := os.WriteFile(src, []byte(`package main

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	var wg sync.WaitGroup
	sums := make(chan int64, 2)
	for i := range 4 {
		wg.Go(func() {
			s := int64(0)
			for j := range 100000 {
				s += int64(i * j)
			}
			sums <- s
		})
	}
	go func() { wg.Wait(); close(sums) }()
	total := int64(0)
	for s := range sums {
		total += s
	}
	time.Sleep(5 * time.Millisecond)
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
	fmt.Println("sum", total, "signal", <-c)
	os.WriteFile("/tmp/x", []byte("written"), 0o644)
	b, err := os.ReadFile("/tmp/x")
	fmt.Println(string(b), err)
}
`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"amd64", "386"} {
		t.Run(arch, func(t *testing.T) {
			prog := filepath.Join(dir, "prog-"+arch)
			cmd := exec.Command("go", "build", "-o", prog, src)
			cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOAMD64=v1", "GO386=sse2", "GOFLAGS=")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			stdout, stderr, status := sysindvm(t, "trace", "--engine", "soft", "-o", filepath.Join(dir, "trace"), prog)
			if status != 0 || stdout != "sum 29999700000 signal user defined signal 1\nwritten <nil>\n" {
				t.Errorf("status %d\n%s%s", status, stdout, stderr)
			}
		})
	}
}
