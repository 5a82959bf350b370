// Package wire is the protocol between the host and the agent in the guest:
// how the host has system calls made by a task there.
//
// There are several channels, each a reliable stream of bytes both ways, and
// one task of the agent at the end of each. Channel 0 is the monitor: the
// agent's first process, in which no script runs. A task that is spawned
// takes a channel of its own. On each channel, host and agent take turns:
//
//	agent: Hello         once, when the task has taken the channel
//	host:  Batch         some operations
//	agent: Result        their results; or Error, if the batch was malformed
//
// A frame is a header of HeaderSize bytes and a payload of at most
// MaxPayload:
//
//	u32 magic "SYS1"   u8 type   u8 zero   u16 version   u32 sequence   u32 payload length
//
// A Result or Error carries the sequence number of its Batch. All numbers are
// little-endian. The payload of a Hello is
//
//	u32 pid (of a thread, its id)   u32 word size in bytes (8 or 4)   u64 arena address   u64 arena size
//
// The arena is memory of the task's that Put, Get and PutSlot may touch; the
// page after it is not mapped. The payload of a Batch is operations, one
// after another, each an opcode byte and what the table below says; the
// payload of a Result is what each gives, in order:
//
//	Call     u8 mask and CallI386, u32 nr, 6 x u64 arguments    -> s64 result (a negative errno for an error)
//	Put      u64 address, u32 length, bytes        -> nothing
//	Get      u64 address, u32 length               -> bytes
//	PutSlot  u64 address, u8 slot, u8 size         -> nothing
//	Spawn    u8 kind, u8 channel                   -> s64 pid or negative errno
//
// Each Call and Spawn of a batch puts its result into the next slot, from 0
// on. Bit i of a Call's mask says that argument i is not a value but the
// number of an earlier slot, so that a batch can use a descriptor that it has
// just made; PutSlot stores the low size bytes of a slot into the arena.
//
// The package is freestanding-safe: the agent is built from it too.
package wire

const (
	Magic      = 0x31535953 // "SYS1"
	Version    = 1
	HeaderSize = 16
	MaxPayload = 64 << 10
	MaxSlots   = 256
	Channels   = 8 // channels of a machine, the monitor's among them

	// HostFD is the descriptor of channel 0 in an agent that runs on a Linux
	// host, and in every agent once it has opened its channels; channel n is
	// HostFD+n. High enough that a script sees its own descriptors only.
	HostFD = 960

	// ArenaAddr and ArenaSize are where the agent puts its arena.
	ArenaAddr = 0x10000000
	ArenaSize = 1 << 20

	// SignalsAddr is where, in the arena, the handler that the agent has for
	// signals notes those it is called with: u64 how many so far, u64 the
	// address of the handler, u64 that of its restorer, and then the first
	// MaxSignals records, each u32 the thread's id, u32 the signal, and the
	// siginfo, of 128 bytes, if the handler was set with SA_SIGINFO (what is
	// there without has no meaning). A child has a copy, threads share it.
	SignalsAddr   = ArenaAddr + 0x19000
	SignalsHeader = 24
	SignalSize    = 8 + 128
	MaxSignals    = 59
	// SignalI386 is added to a signal whose siginfo is a 32-bit program's.
	SignalI386 = 1 << 31
	// EndedAddr is where the monitor notes the children that have ended: u64
	// how many so far, and a ring of the last MaxEnded, each u32 the process
	// and u32 its wait status.
	EndedAddr = ArenaAddr + 0x18000
	MaxEnded  = 64
)

// CallI386, in a Call's mask, has the call made as a 32-bit program makes it, by
// INT 0x80: the number is i386's, and of arguments only the low halves count.
const CallI386 = 1 << 7

// Frame types.
const (
	Hello = iota + 1
	Batch
	Result
	Error // payload: u32 offset of the bad operation, then a text
)

// Operations of a batch.
const (
	OpCall = iota + 1
	OpPut
	OpGet
	OpPutSlot
	OpSpawn
)

// Kinds of task for OpSpawn.
const (
	SpawnFork   = iota + 1 // a child process of the task that is asked
	SpawnThread            // a thread of the task that is asked: memory and descriptors shared
)

// Header is a frame's header.
type Header struct {
	Type    uint8
	Version uint16
	Seq     uint32
	Len     uint32
}

// Put writes the header into b, which has room for HeaderSize bytes.
func (h Header) Put(b []byte) {
	PutUint32(b, Magic)
	b[4], b[5] = h.Type, 0
	b[6], b[7] = byte(h.Version), byte(h.Version>>8)
	PutUint32(b[8:], h.Seq)
	PutUint32(b[12:], h.Len)
}

// ParseHeader reads a header. It is not ok if the magic number, the version,
// the type or the length is wrong.
func ParseHeader(b []byte) (h Header, ok bool) {
	if len(b) < HeaderSize || Uint32(b) != Magic || b[5] != 0 {
		return h, false
	}
	h = Header{Type: b[4], Version: uint16(b[6]) | uint16(b[7])<<8, Seq: Uint32(b[8:]), Len: Uint32(b[12:])}
	return h, h.Version == Version && h.Type >= Hello && h.Type <= Error && h.Len <= MaxPayload
}

// Uint32 reads a little-endian number.
func Uint32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// Uint64 reads a little-endian number.
func Uint64(b []byte) uint64 {
	return uint64(Uint32(b)) | uint64(Uint32(b[4:]))<<32
}

// PutUint32 writes a little-endian number.
func PutUint32(b []byte, v uint32) {
	_ = b[3]
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
}

// PutUint64 writes a little-endian number.
func PutUint64(b []byte, v uint64) {
	PutUint32(b, uint32(v))
	PutUint32(b[4:], uint32(v>>32))
}
