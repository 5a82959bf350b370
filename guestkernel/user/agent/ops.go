//go:build freestanding

package main

import (
	"unsafe"

	"sysindvm/guestkernel/user/ulib"
	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

var (
	slots    [wire.MaxSlots]uint64
	numSlots int
)

// reader takes operands off a batch's payload. After a short one all are zero.
type reader struct {
	at, end int // in in
	short   bool
}

func (r *reader) take(n int) []byte {
	if n > r.end-r.at {
		r.short, r.at = true, r.end
		return zero[:min(n, len(zero))]
	}
	r.at += n
	return in[r.at-n : r.at]
}

var zero [8]byte

func (r *reader) u8() uint8   { return r.take(1)[0] }
func (r *reader) u32() uint32 { return wire.Uint32(r.take(4)) }
func (r *reader) u64() uint64 { return wire.Uint64(r.take(8)) }

// do carries a batch out, operation by operation, and leaves the results in
// out. It is not ok if the batch is malformed: then out has the error. What
// stood before the bad operation has been done.
func do(h wire.Header) (ok bool) {
	r := reader{at: wire.HeaderSize, end: wire.HeaderSize + int(h.Len)}
	numSlots = 0
	for r.at < r.end {
		start := r.at
		if why := op(&r); why != "" {
			return malformed(start-wire.HeaderSize, why)
		}
	}
	return true
}

// malformed makes out the payload of an Error frame.
func malformed(offset int, why string) bool {
	wire.PutUint32(out[wire.HeaderSize:], uint32(offset))
	outLen = 4 + copy(out[wire.HeaderSize+4:], why)
	return false
}

const (
	errShort  = "an operation is cut short"
	errResult = "the results do not fit into one frame"
	errArena  = "an address outside the arena"
	errSlot   = "a slot without a result"
)

// op does one operation, and says what is wrong with it.
func op(r *reader) (why string) {
	switch r.u8() {
	case wire.OpCall:
		return call(r)
	case wire.OpPut:
		addr, n := r.u64(), r.u32()
		b := r.take(int(n))
		if r.short {
			return errShort
		}
		to, ok := arena(addr, n)
		if !ok {
			return errArena
		}
		copy(to, b)
	case wire.OpGet:
		addr, n := r.u64(), r.u32()
		if r.short {
			return errShort
		}
		from, ok := arena(addr, n)
		if !ok {
			return errArena
		}
		to := result(int(n))
		if to == nil {
			return errResult
		}
		copy(to, from)
	case wire.OpPutSlot:
		addr, slot, size := r.u64(), int(r.u8()), r.u8()
		if r.short {
			return errShort
		}
		if slot >= numSlots {
			return errSlot
		}
		to, ok := arena(addr, uint32(size))
		switch {
		case size < 1 || size > 8:
			return "the size of a slot is 1 to 8"
		case !ok:
			return errArena
		}
		for i := range to {
			to[i] = byte(slots[slot] >> (8 * i))
		}
	case wire.OpSpawn:
		return spawn(r)
	default:
		return "an unknown operation"
	}
	return ""
}

// arena is the n bytes of the arena at addr.
func arena(addr uint64, n uint32) ([]byte, bool) {
	off := addr - wire.ArenaAddr
	if off > wire.ArenaSize || uint64(n) > wire.ArenaSize-off {
		return nil, false
	}
	return (*(**[wire.ArenaSize]byte)(unsafe.Pointer(&arenaAddr)))[off : off+uint64(n)], true
}

var arenaAddr uintptr = wire.ArenaAddr

// result is room for n bytes of results; nil if there is none left.
func result(n int) []byte {
	if n > wire.MaxPayload-outLen {
		return nil
	}
	at := wire.HeaderSize + outLen
	outLen += n
	return out[at : at+n]
}

// room says whether another slot and its result fit.
func room() (why string) {
	switch {
	case numSlots == wire.MaxSlots:
		return "too many calls"
	case wire.MaxPayload-outLen < 8:
		return errResult
	}
	return ""
}

// give makes v the next slot's value, and a result.
func give(v uint64) {
	slots[numSlots] = v
	numSlots++
	wire.PutUint64(result(8), v)
}

// call makes a system call.
func call(r *reader) (why string) {
	mask, nr := r.u8(), r.u32()
	var a [6]uint64
	for i := range a {
		a[i] = r.u64()
	}
	if r.short {
		return errShort
	}
	if mask>>len(a) != 0 {
		return "a mask for more than six arguments"
	}
	for i := range a {
		if mask>>i&1 == 0 {
			continue
		}
		if a[i] >= uint64(numSlots) {
			return errSlot
		}
		a[i] = slots[a[i]]
	}
	if why = room(); why == "" {
		give(uint64(ulib.Syscall6(uintptr(nr), uintptr(a[0]), uintptr(a[1]), uintptr(a[2]), uintptr(a[3]), uintptr(a[4]), uintptr(a[5]))))
	}
	return why
}

// spawn makes a new task. In the child it does not return.
func spawn(r *reader) (why string) {
	kind, n := r.u8(), int(r.u8())
	switch {
	case r.short:
		return errShort
	case kind != wire.SpawnFork && kind != wire.SpawnThread:
		return "an unknown kind of task"
	case n == 0 || n >= wire.Channels:
		return "no such channel"
	case n == channel:
		return "the channel is this task's own"
	}
	if why = room(); why != "" {
		return why
	}
	if kind == wire.SpawnThread {
		give(^uint64(syscalls.ENOSYS - 1))
		return ""
	}
	pid := openChannel(n)
	if pid >= 0 {
		pid = ulib.Call(syscalls.SYS_FORK, 0, 0, 0)
		if pid == 0 {
			ulib.Close(wire.HostFD + channel)
			channel = n
			serve()
		}
		if pid > 0 || !inherits {
			ulib.Close(wire.HostFD + n) // the child's
		}
	}
	give(uint64(pid))
	return ""
}
