package agent

import (
	"context"
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// Task is a process or a thread at the end of a channel.
type Task struct {
	Hello
	c       *Client
	channel int
	seq     uint32
	waiting *Batch // has been sent, and its results have not come

	in []byte // received, not yet a whole frame
}

func newTask(c *Client, channel int) *Task { return &Task{c: c, channel: channel} }

// Channel is the number of the task's channel.
func (t *Task) Channel() int { return t.channel }

func (t *Task) errorf(format string, args ...any) error {
	return fmt.Errorf("channel %d: %w", t.channel, fmt.Errorf(format, args...))
}

// frame waits for a whole frame. If it cannot wait, what has come is kept.
func (t *Task) frame(ctx context.Context) (h wire.Header, payload []byte, err error) {
	var buf [4096]byte
	for {
		if len(t.in) >= wire.HeaderSize {
			var ok bool
			if h, ok = wire.ParseHeader(t.in); !ok {
				return h, nil, t.badHeader(h)
			}
			if end := wire.HeaderSize + int(h.Len); len(t.in) >= end {
				payload, t.in = t.in[wire.HeaderSize:end:end], t.in[end:]
				return h, payload, nil
			}
		}
		n, err := t.c.t.Recv(ctx, t.channel, buf[:])
		if err != nil {
			return h, nil, err
		}
		if n <= 0 || n > len(buf) {
			return h, nil, t.errorf("the transport has received %d bytes", n)
		}
		t.in = append(t.in, buf[:n]...)
	}
}

// badHeader says what is wrong with a frame's header.
func (t *Task) badHeader(h wire.Header) error {
	switch {
	case wire.Uint32(t.in) != wire.Magic || t.in[5] != 0:
		return t.errorf("not the agent's protocol: a frame begins with % x", t.in[:wire.HeaderSize])
	case h.Version != wire.Version:
		return t.errorf("the agent speaks version %d of the protocol, this program version %d: build both from one source", h.Version, wire.Version)
	case h.Len > wire.MaxPayload:
		return t.errorf("a frame of %d bytes: at most %d", h.Len, wire.MaxPayload)
	}
	return t.errorf("a frame of unknown type %d", h.Type)
}

// hello waits for the task's first frame.
func (t *Task) hello(ctx context.Context) error {
	h, payload, err := t.frame(ctx)
	if err != nil {
		return fmt.Errorf("the agent's hello: %w", err)
	}
	if h.Type != wire.Hello {
		return t.errorf("a frame of type %d where the agent should say hello", h.Type)
	}
	if t.Hello, err = parseHello(payload); err != nil {
		return t.errorf("%w", err)
	}
	return nil
}

// Start sends a batch. Its results are waited for with Finish; until they have
// come, no other batch can be sent.
func (t *Task) Start(ctx context.Context, b *Batch) error {
	if t.waiting != nil {
		return t.errorf("a batch is under way already")
	}
	payload := b.payloadFor(t.ABI())
	if b.err != nil {
		return t.errorf("%w", b.err)
	}
	b.done = false
	t.seq++
	msg := make([]byte, wire.HeaderSize, wire.HeaderSize+len(b.payload))
	wire.Header{Type: wire.Batch, Version: wire.Version, Seq: t.seq, Len: uint32(len(b.payload))}.Put(msg)
	if err := t.c.t.Send(ctx, t.channel, append(msg, payload...)); err != nil {
		return err
	}
	t.waiting = b
	return nil
}

// Finish waits for the results of the batch that was started, and puts them
// into it. After an [ErrIdle], or when ctx is over, it can be called again.
func (t *Task) Finish(ctx context.Context) error {
	b := t.waiting
	if b == nil {
		return t.errorf("no batch is under way")
	}
	h, payload, err := t.frame(ctx)
	if err != nil {
		return err
	}
	if h.Seq != t.seq || h.Type != wire.Result && h.Type != wire.Error {
		return t.errorf("a frame of type %d and sequence number %d where the result of batch %d should be", h.Type, h.Seq, t.seq)
	}
	t.waiting = nil
	if h.Type == wire.Error {
		if len(payload) < 4 {
			return t.errorf("an error frame of %d bytes", len(payload))
		}
		return t.errorf("the agent has refused the batch at byte %d: %s", wire.Uint32(payload), payload[4:])
	}
	if err := b.decode(payload); err != nil {
		return t.errorf("%w", err)
	}
	return nil
}

// Pending says whether a batch has been started and not finished.
func (t *Task) Pending() bool { return t.waiting != nil }

// Do sends a batch and waits for its results.
func (t *Task) Do(ctx context.Context, b *Batch) error {
	if err := t.Start(ctx, b); err != nil {
		return err
	}
	return t.Finish(ctx)
}

// Call makes a system call and returns what the kernel returned: a negative
// errno for an error. Go's error is for everything else.
func (t *Task) Call(ctx context.Context, nr int, args ...int64) (int64, error) {
	var b Batch
	r := b.Call(uint32(nr), ints(args)...)
	if err := t.Do(ctx, &b); err != nil {
		return 0, err
	}
	return b.Result(r), nil
}

// Indirect makes a system call by sys_indirect, under contexts. It uses the
// first ArenaReserved bytes of the arena.
func (t *Task) Indirect(ctx context.Context, contexts []syscalls.Context, nr int, args ...int64) (int64, error) {
	var b Batch
	r := b.Indirect(t, contexts, uint32(nr), args...)
	if err := t.Do(ctx, &b); err != nil {
		return 0, err
	}
	return b.Result(r), nil
}

// Put writes into the task's arena, at an address.
func (t *Task) Put(ctx context.Context, addr uint64, data []byte) error {
	var b Batch
	b.Put(addr, data)
	return t.Do(ctx, &b)
}

// Get reads from the task's arena, at an address.
func (t *Task) Get(ctx context.Context, addr uint64, n int) ([]byte, error) {
	var b Batch
	g := b.Get(addr, n)
	if err := t.Do(ctx, &b); err != nil {
		return nil, err
	}
	return b.Bytes(g), nil
}

// Spawn makes a new task, a child process or a thread of this one, and waits
// for it to say hello. kind is wire.SpawnFork or wire.SpawnThread. A channel
// is taken for good, whatever becomes of its task.
func (t *Task) Spawn(ctx context.Context, kind uint8) (*Task, error) {
	if t.c.next >= wire.Channels {
		return nil, ErrNoChannel
	}
	n := newTask(t.c, t.c.next)
	var b Batch
	r := b.Spawn(kind, uint8(n.channel))
	if err := t.Do(ctx, &b); err != nil {
		return nil, fmt.Errorf("a new task: %w", err)
	}
	if v := b.Result(r); v < 0 {
		return nil, fmt.Errorf("a new task: errno %d (%s)", -v, syscalls.Errno(-v).Text())
	}
	t.c.next++
	if err := n.hello(ctx); err != nil {
		return nil, fmt.Errorf("a new task: %w", err)
	}
	return n, nil
}
