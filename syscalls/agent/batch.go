package agent

import (
	"bytes"
	"errors"
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// Batch is some operations that a task does in one go. They are added in the
// order in which they are done; a mistake in adding is reported when the batch
// is sent. The zero value is an empty batch.
type Batch struct {
	payload []byte
	err     error
	gets    []int // for each operation with a result: bytes to get, -1 for a slot
	calls   []int // where in the payload calls by x86-64's numbers are
	slots   int
	results int // bytes of the result's payload

	done   bool
	values []int64
	data   [][]byte
}

// Slot is the number of a result of a batch: of a Call, an Indirect or a
// Spawn.
type Slot int

// Buffer is the number of a Get of a batch.
type Buffer int

// Arg is one argument of a call.
type Arg struct {
	value uint64
	slot  bool
}

// Int is an argument with a value.
func Int(v int64) Arg { return Arg{value: uint64(v)} }

// Addr is an argument that is an address.
func Addr(v uint64) Arg { return Arg{value: v} }

// Arg is an argument that is the result of an earlier call of the batch.
func (s Slot) Arg() Arg { return Arg{uint64(s), true} }

func ints(args []int64) []Arg {
	a := make([]Arg, len(args))
	for i, v := range args {
		a[i] = Int(v)
	}
	return a
}

func (b *Batch) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}

// op begins an operation.
func (b *Batch) op(code byte) { b.payload = append(b.payload, code) }

func (b *Batch) u32(v uint32) {
	b.payload = append(b.payload, 0, 0, 0, 0)
	wire.PutUint32(b.payload[len(b.payload)-4:], v)
}

func (b *Batch) u64(v uint64) {
	b.payload = append(b.payload, make([]byte, 8)...)
	wire.PutUint64(b.payload[len(b.payload)-8:], v)
}

// end checks the limits when an operation has been added.
func (b *Batch) end() {
	if len(b.payload) > wire.MaxPayload || b.results > wire.MaxPayload {
		b.fail("a batch of %d bytes with results of %d bytes: at most %d each", len(b.payload), b.results, wire.MaxPayload)
	}
}

// slot takes the next slot.
func (b *Batch) slot() Slot {
	if b.slots == wire.MaxSlots {
		b.fail("a batch of more than %d calls", wire.MaxSlots)
	}
	b.slots++
	b.gets = append(b.gets, -1)
	b.results += 8
	return Slot(b.slots - 1)
}

func (b *Batch) checkSlot(s uint64) {
	if s >= uint64(b.slots) {
		b.fail("slot %d is used before it has a result", s)
	}
}

// Call adds a system call.
func (b *Batch) Call(nr uint32, args ...Arg) Slot { return b.call(0, nr, args) }

// Call32 adds a system call as a 32-bit program makes it, by its number on
// i386.
func (b *Batch) Call32(nr uint32, args ...Arg) Slot { return b.call(wire.CallI386, nr, args) }

func (b *Batch) call(mask byte, nr uint32, args []Arg) Slot {
	if len(args) > 6 {
		b.fail("a system call with %d arguments: at most 6", len(args))
		args = args[:6]
	}
	var values [6]uint64
	for i, a := range args {
		values[i] = a.value
		if a.slot {
			b.checkSlot(a.value)
			mask |= 1 << i
		}
	}
	b.op(wire.OpCall)
	if mask&wire.CallI386 == 0 {
		b.calls = append(b.calls, len(b.payload))
	}
	b.payload = append(b.payload, mask)
	b.u32(nr)
	for _, v := range values {
		b.u64(v)
	}
	s := b.slot()
	b.end()
	return s
}

// Put adds a write into the arena.
func (b *Batch) Put(addr uint64, data []byte) {
	if len(data) > wire.MaxPayload {
		b.fail("%d bytes to put: a batch has at most %d", len(data), wire.MaxPayload)
		return
	}
	b.op(wire.OpPut)
	b.u64(addr)
	b.u32(uint32(len(data)))
	b.payload = append(b.payload, data...)
	b.end()
}

// Get adds a read from the arena.
func (b *Batch) Get(addr uint64, n int) Buffer {
	if n < 0 || n > wire.MaxPayload {
		b.fail("%d bytes to get: from 0 to %d", n, wire.MaxPayload)
		n = 0
	}
	b.op(wire.OpGet)
	b.u64(addr)
	b.u32(uint32(n))
	b.gets = append(b.gets, n)
	b.results += n
	b.end()
	return Buffer(len(b.gets) - b.slots - 1)
}

// PutSlot adds a write of a slot's low size bytes into the arena.
func (b *Batch) PutSlot(addr uint64, s Slot, size int) {
	b.checkSlot(uint64(s))
	if size < 1 || size > 8 {
		b.fail("%d bytes of a slot: from 1 to 8", size)
	}
	b.op(wire.OpPutSlot)
	b.u64(addr)
	b.payload = append(b.payload, byte(s), byte(size))
	b.end()
}

// Spawn adds the making of a task of a kind, on a channel.
func (b *Batch) Spawn(kind, channel uint8) Slot {
	b.op(wire.OpSpawn)
	b.payload = append(b.payload, kind, channel)
	s := b.slot()
	b.end()
	return s
}

// Indirect adds a sys_indirect by task t. The contexts, the pointers to them
// and the parameters go to the beginning of its arena, where an earlier
// Indirect of the same batch has been done with them.
func (b *Batch) Indirect(t *Task, contexts []syscalls.Context, nr uint32, args ...int64) Slot {
	if len(args) > 6 {
		b.fail("a system call with %d arguments: at most 6", len(args))
		args = args[:6]
	}
	if t.ABI() == syscalls.I386 {
		nr = b.on386(nr)
	}
	word := t.WordSize
	params := make([]byte, 6*word)
	for i, v := range args {
		syscalls.PutInt(params[i*word:], word, uint64(v))
	}
	// In this order: the parameters, the contexts, which are aligned to 8
	// because each has a multiple of 8 bytes, and the pointers.
	block := append(params, make([]byte, -len(params)&7)...)
	var pointers []byte
	for i := range contexts {
		p := make([]byte, word)
		syscalls.PutInt(p, word, t.Arena+uint64(len(block)))
		pointers = append(pointers, p...)
		block = append(block, contexts[i].Bytes()...)
	}
	at := t.Arena + uint64(len(block))
	block = append(block, pointers...)
	if len(block) > ArenaReserved {
		b.fail("%d contexts do not fit into %d bytes", len(contexts), ArenaReserved)
		block = nil
	}
	b.Put(t.Arena, block)
	return b.Call(syscalls.SYS_INDIRECT, Int(int64(nr)), Addr(at), Int(int64(len(contexts))), Addr(t.Arena))
}

// on386 is the number on i386 of a call of x86-64.
func (b *Batch) on386(nr uint32) uint32 {
	c := syscalls.CallNumbered(syscalls.AMD64, uint64(nr))
	if c == nil || c.Nr[syscalls.I386] < 0 {
		b.fail("system call %d of x86-64 has no counterpart on i386", nr)
		return 0
	}
	return uint32(c.Nr[syscalls.I386])
}

// payloadFor is the payload for a task with an ABI: a 32-bit one makes all
// calls by i386's numbers.
func (b *Batch) payloadFor(abi syscalls.ABI) []byte {
	if abi != syscalls.I386 {
		return b.payload
	}
	p := bytes.Clone(b.payload)
	for _, at := range b.calls {
		p[at] |= wire.CallI386
		wire.PutUint32(p[at+1:], b.on386(wire.Uint32(p[at+1:])))
	}
	return p
}

var errLength = errors.New("a result of the wrong length")

// decode reads the results. Their lengths are known beforehand.
func (b *Batch) decode(payload []byte) error {
	if len(payload) != b.results {
		return fmt.Errorf("%w: %d bytes, %d were asked for", errLength, len(payload), b.results)
	}
	b.values, b.data = make([]int64, 0, b.slots), nil
	for _, n := range b.gets {
		if n < 0 {
			b.values = append(b.values, int64(wire.Uint64(payload)))
			payload = payload[8:]
			continue
		}
		b.data = append(b.data, payload[:n:n])
		payload = payload[n:]
	}
	b.done = true
	return nil
}

// Done says whether the results have come.
func (b *Batch) Done() bool { return b.done }

// Result is what a call of a batch that is done returned: a negative errno for
// an error.
func (b *Batch) Result(s Slot) int64 { return b.values[s] }

// Bytes is what a Get of a batch that is done has read.
func (b *Batch) Bytes(g Buffer) []byte { return b.data[g] }
