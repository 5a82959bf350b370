// Package agent is the host's side of the conversation with the agent: it has
// system calls made by tasks, in a guest or on the host itself, over any
// [Transport]. The protocol is package wire's.
//
// Begin with [New]: a [Client] makes a [Task], and a Task makes calls, one at a
// time with [Task.Call] and [Task.Indirect], many at once with a [Batch].
package agent

import (
	"context"
	"errors"
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// Transport carries the streams of the channels.
type Transport interface {
	// Send sends all of b, or fails.
	Send(ctx context.Context, channel int, b []byte) error
	// Recv waits for bytes and takes as many as there are, up to len(b). The
	// error is an [ErrIdle] where it can tell that all tasks are asleep and
	// nothing but the host can wake one, and an [io.EOF] when the other end
	// is gone.
	Recv(ctx context.Context, channel int, b []byte) (int, error)
}

// ErrIdle says that all tasks are asleep: the call that is waited for blocks.
// It has not failed, and can be waited for again.
var ErrIdle = errors.New("every task is asleep, and only the host can wake one")

// ErrNoChannel says that all channels are taken: there are wire.Channels - 1
// tasks already.
var ErrNoChannel = errors.New("no free channel for another task")

// ArenaReserved is how much of the beginning of a task's arena Task.Indirect
// uses. The rest is the caller's.
const ArenaReserved = 4096

// Client is the conversation with one agent. Its methods, and those of its
// tasks, are for one goroutine at a time.
type Client struct {
	t       Transport
	monitor *Task
	next    int // the next free channel
}

// New makes a client; nothing is sent yet.
func New(t Transport) *Client { return &Client{t: t, next: 1} }

// Monitor is the agent's first task, on channel 0: scripts do not run in it.
// The first time, it waits for the agent to say hello.
func (c *Client) Monitor(ctx context.Context) (*Task, error) {
	if c.monitor == nil {
		t := newTask(c, 0)
		if err := t.hello(ctx); err != nil {
			return nil, err
		}
		c.monitor = t
	}
	return c.monitor, nil
}

// Task makes a new process, a child of the monitor.
func (c *Client) Task(ctx context.Context) (*Task, error) {
	m, err := c.Monitor(ctx)
	if err != nil {
		return nil, err
	}
	return m.Spawn(ctx, wire.SpawnFork)
}

// Hello is what a task says of itself.
type Hello struct {
	PID       int
	WordSize  int    // in bytes: 8, or 4 for a 32-bit process
	Arena     uint64 // memory for buffers; the page behind it is not mapped
	ArenaSize uint64
}

// ABI is the one that the task's system calls have.
func (h *Hello) ABI() syscalls.ABI {
	if h.WordSize == 4 {
		return syscalls.I386
	}
	return syscalls.AMD64
}

const helloSize = 24

func parseHello(b []byte) (h Hello, err error) {
	if len(b) != helloSize {
		return h, fmt.Errorf("a hello of %d bytes: it has %d", len(b), helloSize)
	}
	h = Hello{
		PID: int(int32(wire.Uint32(b))), WordSize: int(wire.Uint32(b[4:])),
		Arena: wire.Uint64(b[8:]), ArenaSize: wire.Uint64(b[16:]),
	}
	switch {
	case h.WordSize != 8 && h.WordSize != 4:
		return h, fmt.Errorf("a task with a word size of %d bytes: it is 8 or 4", h.WordSize)
	case h.ArenaSize < ArenaReserved || h.Arena+h.ArenaSize < h.Arena:
		return h, fmt.Errorf("a task with an arena of %#x bytes at %#x", h.ArenaSize, h.Arena)
	}
	return h, nil
}
