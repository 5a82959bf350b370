package agent

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// fakeAgent answers batches at once, as an agent whose kernel returns the
// number of each call plus the sum of its arguments. It gives its bytes in
// small pieces.
type fakeAgent struct {
	out   [wire.Channels][]byte
	mem   map[uint64]byte
	piece int
	reply func(h wire.Header, payload []byte) []byte // instead of the usual, if set
	idle  bool                                       // asleep when there is nothing to give
}

func frame(kind uint8, seq uint32, payload []byte) []byte {
	b := make([]byte, wire.HeaderSize)
	wire.Header{Type: kind, Version: wire.Version, Seq: seq, Len: uint32(len(payload))}.Put(b)
	return append(b, payload...)
}

func hello(pid uint32, word uint32) []byte {
	b := make([]byte, helloSize)
	wire.PutUint32(b, pid)
	wire.PutUint32(b[4:], word)
	wire.PutUint64(b[8:], wire.ArenaAddr)
	wire.PutUint64(b[16:], wire.ArenaSize)
	return frame(wire.Hello, 0, b)
}

func (f *fakeAgent) Send(_ context.Context, ch int, b []byte) error {
	h, ok := wire.ParseHeader(b)
	if !ok || h.Type != wire.Batch || int(h.Len) != len(b)-wire.HeaderSize {
		return errors.New("the client has sent a bad frame")
	}
	payload := b[wire.HeaderSize:]
	if f.reply != nil {
		f.out[ch] = append(f.out[ch], f.reply(h, payload)...)
		return nil
	}
	var result []byte
	var slots []uint64
	slot := func(v uint64) {
		slots = append(slots, v)
		result = append(result, make([]byte, 8)...)
		wire.PutUint64(result[len(result)-8:], v)
	}
	for len(payload) > 0 {
		op := payload[0]
		payload = payload[1:]
		switch op {
		case wire.OpCall:
			mask := payload[0]
			v := uint64(wire.Uint32(payload[1:]))
			for i := range 6 {
				a := wire.Uint64(payload[5+8*i:])
				if mask>>i&1 != 0 {
					a = slots[a]
				}
				v += a
			}
			slot(v)
			payload = payload[53:]
		case wire.OpPut:
			addr, n := wire.Uint64(payload), wire.Uint32(payload[8:])
			for i, c := range payload[12 : 12+n] {
				f.mem[addr+uint64(i)] = c
			}
			payload = payload[12+n:]
		case wire.OpGet:
			addr, n := wire.Uint64(payload), wire.Uint32(payload[8:])
			for i := range uint64(n) {
				result = append(result, f.mem[addr+i])
			}
			payload = payload[12:]
		case wire.OpPutSlot:
			addr, v := wire.Uint64(payload), slots[payload[8]]
			for i := range uint64(payload[9]) {
				f.mem[addr+i] = byte(v >> (8 * i))
			}
			payload = payload[10:]
		case wire.OpSpawn:
			slot(100 + uint64(payload[1]))
			f.out[payload[1]] = hello(100+uint32(payload[1]), 8)
			payload = payload[2:]
		default:
			return errors.New("the client has sent a bad operation")
		}
	}
	f.out[ch] = append(f.out[ch], frame(wire.Result, h.Seq, result)...)
	return nil
}

func (f *fakeAgent) Recv(_ context.Context, ch int, b []byte) (int, error) {
	if len(f.out[ch]) == 0 {
		if f.idle {
			return 0, ErrIdle
		}
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), f.piece)], f.out[ch])
	f.out[ch] = f.out[ch][n:]
	return n, nil
}

func newFake() *fakeAgent {
	f := &fakeAgent{mem: map[uint64]byte{}, piece: 5}
	f.out[0] = hello(1, 8)
	return f
}

func TestTasks(t *testing.T) {
	ctx := t.Context()
	c := New(newFake())
	for n := 1; n < wire.Channels; n++ {
		task, err := c.Task(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if task.Channel() != n || task.PID != 100+n || task.Arena != wire.ArenaAddr {
			t.Errorf("task %d: %+v", n, task.Hello)
		}
		if r, err := task.Call(ctx, 1000, 1, 2, -4); r != 999 || err != nil {
			t.Errorf("%d, %v", r, err)
		}
	}
	if _, err := c.Task(ctx); !errors.Is(err, ErrNoChannel) {
		t.Errorf("one task too many: %v", err)
	}
}

func TestBatch(t *testing.T) {
	ctx := t.Context()
	m, err := New(newFake()).Monitor(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	at := m.Arena + ArenaReserved
	r := b.Call(5, Int(10))
	b.Put(at, []byte("abcdef"))
	r2 := b.Call(7, r.Arg(), Addr(1), r.Arg())
	b.PutSlot(at+1, r2, 2)
	g1, g2 := b.Get(at, 4), b.Get(at, 0)
	s := b.Spawn(wire.SpawnThread, 3)
	if err := m.Do(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if !b.Done() || b.Result(r) != 15 || b.Result(r2) != 38 || b.Result(s) != 103 || string(b.Bytes(g1)) != "a\x26\x00d" || len(b.Bytes(g2)) != 0 {
		t.Errorf("%v, %q", b.values, b.data)
	}
	if err := m.Put(ctx, at, []byte("xyz")); err != nil {
		t.Error(err)
	}
	if got, err := m.Get(ctx, at+1, 3); string(got) != "yzd" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestIndirect(t *testing.T) {
	for _, word := range []int{8, 4} {
		f := newFake()
		f.out[0] = hello(1, uint32(word))
		m, err := New(f).Monitor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		contexts := []syscalls.Context{syscalls.OpenFlags(syscalls.O_CLOEXEC), syscalls.Filepos(-2)}
		r, err := m.Indirect(t.Context(), contexts, syscalls.SYS_SOCKET, 2, -1)
		numbers := uint64(syscalls.SYS_INDIRECT + syscalls.SYS_SOCKET)
		if word == 4 {
			numbers = syscalls.SYS32_INDIRECT + syscalls.SYS32_SOCKET
		}
		read := func(at uint64, size int) (v uint64) {
			for i := range size {
				v |= uint64(f.mem[at+uint64(i)]) << (8 * i)
			}
			return v
		}
		pointers := uint64(r) - numbers - 2 - m.Arena
		if err != nil || pointers < m.Arena || pointers > m.Arena+ArenaReserved || pointers%4 != 0 {
			t.Fatalf("%d, %v", r, err)
		}
		if read(m.Arena, word) != 2 || read(m.Arena+uint64(word), word) != 1<<(8*word)-1 || read(m.Arena+uint64(2*word), word) != 0 {
			t.Errorf("word size %d: the parameters", word)
		}
		for i, c := range contexts {
			at := read(pointers+uint64(i*word), word)
			var got []byte
			for j := range c.Bytes() {
				got = append(got, f.mem[at+uint64(j)])
			}
			if !slices.Equal(got, c.Bytes()) || at%8 != 0 {
				t.Errorf("word size %d: context %d at %#x: % x", word, i, at, got)
			}
		}
	}
	m, _ := New(newFake()).Monitor(t.Context())
	if _, err := m.Indirect(t.Context(), make([]syscalls.Context, 1000), 1); err == nil {
		t.Error("1000 contexts fit")
	}
}

func TestBatchLimits(t *testing.T) {
	for name, add := range map[string]func(b *Batch){
		"7 arguments":       func(b *Batch) { b.Call(1, make([]Arg, 7)...) },
		"a later slot":      func(b *Batch) { b.Call(1, Slot(0).Arg()) },
		"a negative slot":   func(b *Batch) { b.Call(1, Slot(-1).Arg()) },
		"no slot to put":    func(b *Batch) { b.PutSlot(0, 0, 4) },
		"9 bytes of a slot": func(b *Batch) { b.PutSlot(0, b.Call(1), 9) },
		"-1 bytes":          func(b *Batch) { b.Get(0, -1) },
		"much to get":       func(b *Batch) { b.Get(0, wire.MaxPayload); b.Get(0, 1) },
		"much to put":       func(b *Batch) { b.Put(0, make([]byte, wire.MaxPayload)) },
		"too much to put":   func(b *Batch) { b.Put(0, make([]byte, wire.MaxPayload+1)) },
		"257 calls": func(b *Batch) {
			for range wire.MaxSlots + 1 {
				b.Call(1)
			}
		},
	} {
		m, err := New(newFake()).Monitor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var b Batch
		add(&b)
		if err := m.Do(t.Context(), &b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A call that blocks is waited for again when something else has been done.
func TestIdle(t *testing.T) {
	ctx := t.Context()
	f := newFake()
	m, err := New(f).Monitor(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f.idle = true
	var late []byte
	f.reply = func(h wire.Header, _ []byte) []byte {
		late = frame(wire.Result, h.Seq, []byte{42, 0, 0, 0, 0, 0, 0, 0})
		return late[:7]
	}
	var b Batch
	r := b.Call(1)
	if err := m.Do(ctx, &b); !errors.Is(err, ErrIdle) || !m.Pending() || b.Done() {
		t.Fatalf("%v", err)
	}
	if err := m.Start(ctx, &Batch{}); err == nil {
		t.Error("two batches at a time")
	}
	f.out[0] = late[7:]
	if err := m.Finish(ctx); err != nil || b.Result(r) != 42 || m.Pending() {
		t.Errorf("%v", err)
	}
	if err := m.Finish(ctx); err == nil {
		t.Error("finished twice")
	}
}

func TestBadAgents(t *testing.T) {
	old := hello(1, 8)
	old[6] = 9
	long := hello(1, 8)
	wire.PutUint32(long[12:], wire.MaxPayload+1)
	kind := hello(1, 8)
	kind[4] = 77
	for name, tc := range map[string]struct {
		hello []byte
		want  string
	}{
		"nothing":   {nil, "EOF"},
		"text":      {[]byte("Segmentation fault\n"), "not the agent's protocol"},
		"version":   {old, "version 9 of the protocol, this program version 1"},
		"long":      {long, "a frame of 65537 bytes"},
		"type":      {kind, "unknown type 77"},
		"no hello":  {frame(wire.Result, 0, nil), "should say hello"},
		"short":     {frame(wire.Hello, 0, []byte("x")), "a hello of 1 bytes"},
		"half":      {hello(1, 8)[:20], "EOF"},
		"word size": {hello(1, 2), "word size of 2"},
		"arena":     {frame(wire.Hello, 0, append([]byte{1, 0, 0, 0, 8}, make([]byte, 19)...)), "arena of 0x0 bytes"},
	} {
		f := newFake()
		f.out[0] = tc.hello
		if _, err := New(f).Task(t.Context()); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tc := range map[string]struct {
		reply func(h wire.Header, payload []byte) []byte
		want  string
	}{
		"refused":  {func(h wire.Header, _ []byte) []byte { return frame(wire.Error, h.Seq, []byte("\x07\x00\x00\x00no")) }, "at byte 7: no"},
		"error":    {func(h wire.Header, _ []byte) []byte { return frame(wire.Error, h.Seq, nil) }, "an error frame of 0 bytes"},
		"sequence": {func(h wire.Header, _ []byte) []byte { return frame(wire.Result, h.Seq+1, nil) }, "sequence number 2"},
		"length":   {func(h wire.Header, _ []byte) []byte { return frame(wire.Result, h.Seq, nil) }, "0 bytes, 8 were asked for"},
	} {
		f := newFake()
		m, err := New(f).Monitor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f.reply = tc.reply
		if _, err := m.Call(t.Context(), 1); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzFrames: whatever the agent says, the client ends, in an error or not.
func FuzzFrames(f *testing.F) {
	f.Add(hello(1, 8), frame(wire.Result, 1, make([]byte, 13)))
	f.Add(hello(1, 4), frame(wire.Error, 1, []byte("\x07\x00\x00\x00no")))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		fake := newFake()
		fake.out[0] = first
		fake.piece = 100
		fake.reply = func(wire.Header, []byte) []byte { return second }
		m, err := New(fake).Monitor(t.Context())
		if err != nil {
			return
		}
		var b Batch
		g := b.Get(m.Arena, 5)
		b.Call(1)
		if err := m.Do(t.Context(), &b); err == nil && (!b.Done() || len(b.Bytes(g)) != 5) {
			t.Error("done, and not done")
		}
	})
}
