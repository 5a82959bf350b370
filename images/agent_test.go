//go:build linux && amd64

package images_test

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sysindvm/images"
	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/wire"
)

// hostAgent is the agent as a process of this host, with its channels as
// sockets.
type hostAgent struct {
	cmd      *exec.Cmd
	channels [wire.Channels]net.Conn
}

var _ agent.Transport = (*hostAgent)(nil)

func startAgent(t *testing.T) *hostAgent {
	path := filepath.Join(t.TempDir(), "agent")
	if err := os.WriteFile(path, images.Agent(), 0o755); err != nil {
		t.Fatal(err)
	}
	h := &hostAgent{cmd: exec.Command(path)}
	h.cmd.Stderr = os.Stderr
	h.cmd.ExtraFiles = make([]*os.File, wire.HostFD-3, wire.HostFD-3+wire.Channels)
	for i := range h.channels {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(fds[0]), "channel")
		h.channels[i], err = net.FileConn(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		theirs := os.NewFile(uintptr(fds[1]), "channel")
		defer theirs.Close()
		h.cmd.ExtraFiles = append(h.cmd.ExtraFiles, theirs)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range h.channels {
			c.Close()
		}
		h.cmd.Process.Kill()
		h.cmd.Wait()
	})
	return h
}

func (h *hostAgent) Send(ctx context.Context, channel int, b []byte) error {
	_, err := h.channels[channel].Write(b)
	return err
}

func (h *hostAgent) Recv(ctx context.Context, channel int, b []byte) (int, error) {
	if d, ok := ctx.Deadline(); ok {
		h.channels[channel].SetReadDeadline(d)
	}
	return h.channels[channel].Read(b)
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestAgentHello(t *testing.T) {
	h := startAgent(t)
	m, err := agent.New(h).Monitor(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want := agent.Hello{PID: h.cmd.Process.Pid, WordSize: 8, Arena: wire.ArenaAddr, ArenaSize: wire.ArenaSize}
	if m.Hello != want {
		t.Errorf("hello %+v, want %+v", m.Hello, want)
	}
}

// TestAgentBatch does every operation but Spawn in one batch: a pipe, a write
// and a read by descriptors that earlier calls have made.
func TestAgentBatch(t *testing.T) {
	ctx := testContext(t)
	task, err := agent.New(startAgent(t)).Task(ctx)
	if err != nil {
		t.Fatal(err)
	}
	buf := task.Arena + agent.ArenaReserved
	var b agent.Batch
	pipe := b.Call(syscalls.SYS_PIPE, agent.Addr(buf))
	fds := b.Get(buf, 8)
	dup := b.Call(syscalls.SYS_DUP, agent.Int(1))
	b.PutSlot(buf+16, dup, 8)
	slot := b.Get(buf+16, 8)
	getfd := b.Call(syscalls.SYS_FCNTL, dup.Arg(), agent.Int(syscalls.F_GETFD))
	bad := b.Call(syscalls.SYS_CLOSE, agent.Int(-1))
	b.Put(buf+32, []byte("hello"))
	if err := task.Do(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if r := b.Result(pipe); r != 0 {
		t.Fatalf("pipe = %d", r)
	}
	if r := b.Result(getfd); r != 0 {
		t.Errorf("fcntl(dup(1), F_GETFD) = %d", r)
	}
	if r := b.Result(bad); r != -int64(syscalls.EBADF) {
		t.Errorf("close(-1) = %d", r)
	}
	if got := int64(wire.Uint64(b.Bytes(slot))); got != b.Result(dup) {
		t.Errorf("PutSlot stored %d, the slot is %d", got, b.Result(dup))
	}
	r, w := int64(wire.Uint32(b.Bytes(fds))), int64(wire.Uint32(b.Bytes(fds)[4:]))
	var c agent.Batch
	written := c.Call(syscalls.SYS_WRITE, agent.Int(w), agent.Addr(buf+32), agent.Int(5))
	read := c.Call(syscalls.SYS_READ, agent.Int(r), agent.Addr(buf+64), written.Arg())
	data := c.Get(buf+64, 6)
	closed := c.Call(syscalls.SYS_CLOSE, agent.Int(r))
	broken := c.Call(syscalls.SYS_WRITE, agent.Int(w), agent.Addr(buf+32), agent.Int(5))
	if err := task.Do(ctx, &c); err != nil {
		t.Fatal(err)
	}
	if c.Result(written) != 5 || c.Result(read) != 5 || c.Result(closed) != 0 {
		t.Errorf("write, read, close = %d, %d, %d", c.Result(written), c.Result(read), c.Result(closed))
	}
	if got := string(c.Bytes(data)); got != "hello\x00" {
		t.Errorf("read %q", got)
	}
	if r := c.Result(broken); r != -int64(syscalls.EPIPE) {
		t.Errorf("a write without readers = %d, want EPIPE", r)
	}
	// Linux has not got the call.
	if r, err := task.Indirect(ctx, []syscalls.Context{syscalls.OpenFlags(syscalls.O_CLOEXEC)}, syscalls.SYS_DUP, 1); err != nil || r != -int64(syscalls.ENOSYS) {
		t.Errorf("sys_indirect on this host = %d, %v", r, err)
	}
	// The page behind the arena is not mapped.
	if r, err := task.Call(ctx, syscalls.SYS_PIPE, int64(task.Arena+task.ArenaSize)); err != nil || r != -int64(syscalls.EFAULT) {
		t.Errorf("pipe(the end of the arena) = %d, %v", r, err)
	}
}

// TestAgentTasks: tasks are processes with memory of their own, children of
// whom was asked; one waits for another.
func TestAgentTasks(t *testing.T) {
	ctx := testContext(t)
	c := agent.New(startAgent(t))
	a, err := c.Task(ctx)
	if err != nil {
		t.Fatal(err)
	}
	buf := a.Arena + agent.ArenaReserved
	if r, err := a.Call(ctx, syscalls.SYS_PIPE, int64(buf)); err != nil || r != 0 {
		t.Fatalf("pipe = %d, %v", r, err)
	}
	b, err := a.Spawn(ctx, wire.SpawnFork)
	if err != nil {
		t.Fatal(err)
	}
	if ppid, err := b.Call(ctx, syscalls.SYS_GETPPID); err != nil || int(ppid) != a.PID {
		t.Errorf("the parent is %d, %v, want %d", ppid, err, a.PID)
	}
	fds, err := b.Get(ctx, buf, 8) // inherited, and the memory too
	if err != nil {
		t.Fatal(err)
	}
	r, w := int64(wire.Uint32(fds)), int64(wire.Uint32(fds[4:]))
	if err := b.Put(ctx, buf, []byte("changed!")); err != nil {
		t.Fatal(err)
	}
	if mine, err := a.Get(ctx, buf, 8); err != nil || string(mine) != string(fds) {
		t.Errorf("the child's write is seen in its parent: %q, %v", mine, err)
	}
	var blocked agent.Batch
	got := blocked.Call(syscalls.SYS_READ, agent.Int(r), agent.Addr(buf), agent.Int(8))
	if err := b.Start(ctx, &blocked); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Call(ctx, syscalls.SYS_WRITE, w, int64(buf), 3); err != nil || n != 3 {
		t.Errorf("write = %d, %v", n, err)
	}
	if err := b.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if n := blocked.Result(got); n != 3 {
		t.Errorf("the read that waited = %d", n)
	}
	// A thread has its own id, and the memory of its process.
	th, err := a.Spawn(ctx, wire.SpawnThread)
	if err != nil {
		t.Fatal(err)
	}
	if pid, err := th.Call(ctx, syscalls.SYS_GETPID); err != nil || int(pid) != a.PID || th.PID == a.PID {
		t.Errorf("a thread %d of %d: getpid = %d, %v", th.PID, a.PID, pid, err)
	}
	if err := th.Put(ctx, buf, []byte("by the thread")); err != nil {
		t.Fatal(err)
	}
	if b, err := a.Get(ctx, buf, 13); err != nil || string(b) != "by the thread" {
		t.Errorf("%q, %v", b, err)
	}
	var own agent.Batch
	own.Spawn(wire.SpawnFork, uint8(a.Channel()))
	if err := a.Do(ctx, &own); err == nil || !strings.Contains(err.Error(), "own") {
		t.Errorf("a task on its parent's channel: %v", err)
	}
	// A task that ends can be waited for.
	var exit agent.Batch
	exit.Call(syscalls.SYS_EXIT_GROUP, agent.Int(7))
	if err := b.Start(ctx, &exit); err != nil {
		t.Fatal(err)
	}
	if pid, err := a.Call(ctx, syscalls.SYS_WAIT4, int64(b.PID), int64(buf), 0, 0); err != nil || int(pid) != b.PID {
		t.Errorf("wait4 = %d, %v", pid, err)
	}
	if status, err := a.Get(ctx, buf, 4); err != nil || wire.Uint32(status) != 7<<8 {
		t.Errorf("status % x, %v", status, err)
	}
}

// frame is a frame as it goes over a channel.
func frame(kind uint8, seq uint32, payload string) []byte {
	b := make([]byte, wire.HeaderSize)
	wire.Header{Type: kind, Version: wire.Version, Seq: seq, Len: uint32(len(payload))}.Put(b)
	return append(b, payload...)
}

func readFrame(t *testing.T, r io.Reader) (wire.Header, string) {
	t.Helper()
	b := make([]byte, wire.HeaderSize)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	h, ok := wire.ParseHeader(b)
	if !ok {
		t.Fatalf("header % x", b)
	}
	payload := make([]byte, h.Len)
	if _, err := io.ReadFull(r, payload); err != nil {
		t.Fatal(err)
	}
	return h, string(payload)
}

func u32(v uint32) string {
	var b [4]byte
	wire.PutUint32(b[:], v)
	return string(b[:])
}

func u64(v uint64) string { return u32(uint32(v)) + u32(uint32(v>>32)) }

// TestAgentMalformed: every batch that breaks the rules is refused at the
// operation that does, and the agent goes on.
func TestAgentMalformed(t *testing.T) {
	const (
		callOp, putOp, getOp, putSlotOp, spawnOp = "\x01", "\x02", "\x03", "\x04", "\x05"
		arena, end                               = wire.ArenaAddr, wire.ArenaAddr + wire.ArenaSize
	)
	zeros := func(n int) string { return strings.Repeat("\x00", n) }
	getpid := callOp + "\x00" + u32(syscalls.SYS_GETPID) + zeros(48)
	tests := []struct {
		name, batch string
		offset      int
		want        string
	}{
		{"zero operation", "\x00", 0, "unknown operation"},
		{"unknown operation", getpid + "\x06", len(getpid), "unknown operation"},
		{"cut call", getpid + getpid[:20], len(getpid), "cut short"},
		{"mask alone", callOp, 0, "cut short"},
		{"big mask", callOp + "\x40" + zeros(52), 0, "mask"},
		{"own slot", callOp + "\x01" + zeros(52), 0, "slot"},
		{"later slot", getpid + callOp + "\x20" + zeros(4+40) + u64(1), len(getpid), "slot"},
		{"huge slot", getpid + callOp + "\x01" + zeros(4) + u64(1<<63) + zeros(40), len(getpid), "slot"},
		{"put below", putOp + u64(arena-1) + u32(1) + "x", 0, "arena"},
		{"put across the end", putOp + u64(end-1) + u32(2) + "xy", 0, "arena"},
		{"put in the kernel", putOp + u64(1<<63) + u32(1) + "x", 0, "arena"},
		{"put cut", putOp + u64(arena) + u32(5) + "xy", 0, "cut short"},
		{"put of 4 GiB", putOp + u64(arena) + u32(1<<32-1) + "xy", 0, "cut short"},
		{"get below", getOp + u64(arena-1) + u32(1), 0, "arena"},
		{"get of 4 GiB", getOp + u64(arena) + u32(1<<32-1), 0, "arena"},
		{"get that wraps", getOp + u64(1<<64-1) + u32(2), 0, "arena"},
		{"get too much", getOp + u64(arena) + u32(wire.MaxPayload+1), 0, "do not fit"},
		{"no room for a result", getOp + u64(arena) + u32(wire.MaxPayload-7) + getpid, 13, "do not fit"},
		{"put no slot", putSlotOp + u64(arena) + "\x00\x04", 0, "slot"},
		{"put slot of 0", getpid + putSlotOp + u64(arena) + "\x00\x00", len(getpid), "1 to 8"},
		{"put slot of 9", getpid + putSlotOp + u64(arena) + "\x00\x09", len(getpid), "1 to 8"},
		{"put slot at the end", getpid + putSlotOp + u64(end-3) + "\x00\x04", len(getpid), "arena"},
		{"spawn what", spawnOp + "\x03\x01", 0, "kind"},
		{"spawn on the monitor's", spawnOp + "\x01\x00", 0, "channel"},
		{"spawn on no channel", spawnOp + "\x01\x08", 0, "channel"},
		{"spawn cut", spawnOp + "\x01", 0, "cut short"},
		{"too many calls", strings.Repeat(getpid, wire.MaxSlots+1), wire.MaxSlots * len(getpid), "too many"},
	}
	h := startAgent(t)
	ch := h.channels[0]
	ch.SetDeadline(time.Now().Add(20 * time.Second))
	readFrame(t, ch) // hello
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seq := uint32(i + 1)
			ch.Write(frame(wire.Batch, seq, tt.batch))
			r, payload := readFrame(t, ch)
			if r.Type != wire.Error || r.Seq != seq || len(payload) < 5 {
				t.Fatalf("frame %+v, payload %q, want an error", r, payload)
			}
			if at := wire.Uint32([]byte(payload)); at != uint32(tt.offset) || !strings.Contains(payload[4:], tt.want) {
				t.Errorf("refused at %d: %q, want at %d: %q", at, payload[4:], tt.offset, tt.want)
			}
		})
	}
	// The limits themselves are allowed, and the agent is well.
	for _, batch := range []string{"", getOp + u64(arena) + u32(wire.MaxPayload), getOp + u64(end) + u32(0),
		putOp + u64(end-3) + u32(3) + "xyz", strings.Repeat(getpid, wire.MaxSlots),
		putOp + u64(arena) + u32(wire.MaxPayload-13) + strings.Repeat("z", wire.MaxPayload-13)} {
		ch.Write(frame(wire.Batch, 99, batch))
		if r, payload := readFrame(t, ch); r.Type != wire.Result || r.Seq != 99 {
			t.Errorf("frame %+v, payload %.100q, want a result", r, payload)
		}
	}
	// Another frame is refused; what is no frame ends the conversation.
	ch.Write(frame(wire.Hello, 7, "xyz"))
	if r, payload := readFrame(t, ch); r.Type != wire.Error || r.Seq != 7 {
		t.Errorf("frame %+v, payload %q, want an error", r, payload)
	}
	ch.Write([]byte(strings.Repeat("?", wire.HeaderSize)))
	if r, payload := readFrame(t, ch); r.Type != wire.Error {
		t.Errorf("frame %+v, payload %q, want an error", r, payload)
	}
	if err := h.cmd.Wait(); h.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the agent ended with %v", err)
	}
}

// TestAgentEnds: the agent ends when the host closes its channel, and says
// what is wrong where it has none.
func TestAgentEnds(t *testing.T) {
	h := startAgent(t)
	readFrame(t, h.channels[0])
	h.channels[0].Close()
	if err := h.cmd.Wait(); err != nil {
		t.Error(err)
	}
	cmd := exec.Command(h.cmd.Path)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no channel") {
		t.Errorf("without a channel: %v, %q", err, out)
	}
}
