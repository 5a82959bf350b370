package vm

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// The test binary is the agent as well, when StartHost starts it.
func TestMain(m *testing.M) {
	if os.Args[0] == hostName {
		agentTask(0)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// agentTask is a task of an agent that knows the operations Call and Spawn, as
// far as the tests need them.
func agentTask(channel int) {
	f := os.NewFile(wire.HostFD+uintptr(channel), "channel")
	payload := make([]byte, 24)
	wire.PutUint32(payload, uint32(os.Getpid()))
	wire.PutUint32(payload[4:], 8)
	wire.PutUint64(payload[8:], wire.ArenaAddr)
	wire.PutUint64(payload[16:], wire.ArenaSize)
	h := wire.Header{Type: wire.Hello, Version: wire.Version}
	for {
		h.Len = uint32(len(payload))
		b := make([]byte, wire.HeaderSize)
		h.Put(b)
		f.Write(append(b, payload...))

		if _, err := io.ReadFull(f, b); err != nil {
			return
		}
		h, _ = wire.ParseHeader(b)
		op := make([]byte, h.Len)
		io.ReadFull(f, op)
		var r int64
		switch op[0] {
		case wire.OpCall:
			var a [6]uintptr
			for i := range a {
				a[i] = uintptr(wire.Uint64(op[6+8*i:]))
			}
			v, _, errno := syscall.Syscall6(uintptr(wire.Uint32(op[2:])), a[0], a[1], a[2], a[3], a[4], a[5])
			if r = int64(v); errno != 0 {
				r = -int64(errno)
			}
		case wire.OpSpawn:
			go agentTask(int(op[2]))
		}
		h.Type = wire.Result
		payload = make([]byte, 8)
		wire.PutUint64(payload, uint64(r))
	}
}

func startTestHost(t *testing.T) *Host {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	h, err := StartHost(t.Context(), self)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestHost(t *testing.T) {
	h := startTestHost(t)
	ctx := t.Context()
	task, err := h.Agent().Task(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := task.Call(ctx, syscalls.SYS_GETPID); int(r) != task.PID || err != nil {
		t.Errorf("getpid: %d, %v; it says %d", r, err, task.PID)
	}
	if r, err := task.Call(ctx, syscalls.SYS_CLOSE, -1); r != -int64(syscalls.EBADF) || err != nil {
		t.Errorf("close(-1): %d, %v", r, err)
	}
	if r, err := task.Call(ctx, syscalls.SYS_GETPGID, 0); int(r) != task.PID || err != nil {
		t.Errorf("getpgid: %d, %v: not a process group of its own", r, err)
	}
	// 0, 1 and 2 are there; the program's descriptors, the sockets of the
	// host and our own are not.
	for fd := range int64(wire.HostFD) {
		r, err := task.Call(ctx, syscalls.SYS_FCNTL, fd, syscalls.F_GETFD)
		if err != nil {
			t.Fatal(err)
		}
		if fd < 3 && r < 0 || fd > 30 && r >= 0 {
			t.Errorf("descriptor %d: %d", fd, r)
		}
	}
	dir := h.dir
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is left: %v", err)
	}
}

func TestHostGone(t *testing.T) {
	h := startTestHost(t)
	task, err := h.Agent().Task(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := task.Call(t.Context(), syscalls.SYS_EXIT_GROUP, 1); !errors.Is(err, io.EOF) {
		t.Errorf("a call that ends the agent: %v", err)
	}
}

func TestHostCancel(t *testing.T) {
	h := startTestHost(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.Recv(ctx, 5, make([]byte, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, err := h.Recv(ctx, wire.Channels, nil); err == nil {
		t.Error("channel 8 exists")
	}
}

func TestHostNotELF(t *testing.T) {
	if _, err := StartHost(t.Context(), []byte("not a program")); !errors.Is(err, syscall.ENOEXEC) || strings.Contains(err.Error(), "/proc") {
		t.Errorf("%v", err)
	}
}

// sleepers tells a process that waits for ever from one that will wake.
func TestSleepers(t *testing.T) {
	for _, tc := range []struct {
		command []string
		want    bool
	}{
		{[]string{"cat"}, true},
		{[]string{"sleep", "100"}, false},
		{[]string{"sh", "-c", "cat; true"}, true},
		{[]string{"sh", "-c", "sleep 100; true"}, false},
	} {
		cmd := exec.Command(tc.command[0], tc.command[1:]...)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		quiet := 0
		for range 100 { // whatever it does to begin with is over soon
			time.Sleep(time.Millisecond)
			if _, asleep := sleepers(cmd.Process.Pid); asleep {
				quiet++
			} else {
				quiet = 0
			}
		}
		if quiet > 20 != tc.want {
			t.Errorf("%v: quiet %d times", tc.command, quiet)
		}
		in.Close()
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
	}
}
