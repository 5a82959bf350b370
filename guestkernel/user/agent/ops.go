//go:build freestanding

package main

import (
	"unsafe"

	"sysindvm/guestkernel/user/ulib"
	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// reader takes operands off a batch's payload. After a short one all are zero.
type reader struct {
	in      []byte
	at, end int // in in
	short   bool
}

func (r *reader) take(n int) []byte {
	if n > r.end-r.at {
		r.short, r.at = true, r.end
		return zero[:min(n, len(zero))]
	}
	r.at += n
	return r.in[r.at-n : r.at]
}

var zero [8]byte

func (r *reader) u8() uint8   { return r.take(1)[0] }
func (r *reader) u32() uint32 { return wire.Uint32(r.take(4)) }
func (r *reader) u64() uint64 { return wire.Uint64(r.take(8)) }

// do carries a batch out, operation by operation, and leaves the results in
// out. It is not ok if the batch is malformed: then out has the error. What
// stood before the bad operation has been done.
func (t *task) do(h wire.Header) (ok bool) {
	r := reader{in: t.in[:], at: wire.HeaderSize, end: wire.HeaderSize + int(h.Len)}
	t.numSlots = 0
	for r.at < r.end {
		start := r.at
		if why := t.op(&r); why != "" {
			return t.malformed(start-wire.HeaderSize, why)
		}
	}
	return true
}

// malformed makes out the payload of an Error frame.
func (t *task) malformed(offset int, why string) bool {
	wire.PutUint32(t.out[wire.HeaderSize:], uint32(offset))
	t.outLen = 4 + copy(t.out[wire.HeaderSize+4:], why)
	return false
}

const (
	errShort  = "an operation is cut short"
	errResult = "the results do not fit into one frame"
	errArena  = "an address outside the arena"
	errSlot   = "a slot without a result"
)

// op does one operation, and says what is wrong with it.
func (t *task) op(r *reader) (why string) {
	switch r.u8() {
	case wire.OpCall:
		return t.call(r)
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
		to := t.result(int(n))
		if to == nil {
			return errResult
		}
		copy(to, from)
	case wire.OpPutSlot:
		addr, slot, size := r.u64(), int(r.u8()), r.u8()
		if r.short {
			return errShort
		}
		if slot >= t.numSlots {
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
			to[i] = byte(t.slots[slot] >> (8 * i))
		}
	case wire.OpSpawn:
		return t.spawn(r)
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
func (t *task) result(n int) []byte {
	if n > wire.MaxPayload-t.outLen {
		return nil
	}
	at := wire.HeaderSize + t.outLen
	t.outLen += n
	return t.out[at : at+n]
}

// room says whether another slot and its result fit.
func (t *task) room() (why string) {
	switch {
	case t.numSlots == wire.MaxSlots:
		return "too many calls"
	case wire.MaxPayload-t.outLen < 8:
		return errResult
	}
	return ""
}

// give makes v the next slot's value, and a result.
func (t *task) give(v uint64) {
	t.slots[t.numSlots] = v
	t.numSlots++
	wire.PutUint64(t.result(8), v)
}

// call makes a system call.
func (t *task) call(r *reader) (why string) {
	mask, nr := r.u8(), r.u32()
	var a [6]uint64
	for i := range a {
		a[i] = r.u64()
	}
	if r.short {
		return errShort
	}
	compat := mask&wire.CallI386 != 0
	if mask &^= wire.CallI386; mask>>len(a) != 0 {
		return "a mask for more than six arguments"
	}
	for i := range a {
		if mask>>i&1 == 0 {
			continue
		}
		if a[i] >= uint64(t.numSlots) {
			return errSlot
		}
		a[i] = t.slots[a[i]]
	}
	switch why = t.room(); {
	case why != "":
	case compat:
		t.give(result(int80(uintptr(nr), uintptr(a[0]), uintptr(a[1]), uintptr(a[2]), uintptr(a[3]), uintptr(a[4]), uintptr(a[5]))))
	default:
		t.give(result(ulib.Syscall6(uintptr(nr), uintptr(a[0]), uintptr(a[1]), uintptr(a[2]), uintptr(a[3]), uintptr(a[4]), uintptr(a[5]))))
	}
	return why
}

// result is what a call has returned in 64 bits: an error keeps its sign, an
// address above 2 GiB is none.
func result(v uintptr) uint64 {
	const maxErrno = 4095
	if v > ^uintptr(maxErrno) {
		return uint64(int(v))
	}
	return uint64(v)
}

// int80 is a system call as a 32-bit program makes it.
//
//go:linkname int80 runtime.int80
func int80(nr, a, b, c, d, e, f uintptr) uintptr

// spawn makes a new task. In the child it does not return.
func (t *task) spawn(r *reader) (why string) {
	kind, n := r.u8(), int(r.u8())
	switch {
	case r.short:
		return errShort
	case kind != wire.SpawnFork && kind != wire.SpawnThread:
		return "an unknown kind of task"
	case n == 0 || n >= wire.Channels:
		return "no such channel"
	case n == t.channel:
		return "the channel is this task's own"
	}
	if why = t.room(); why != "" {
		return why
	}
	pid := openChannel(n)
	switch {
	case pid < 0:
	case kind == wire.SpawnThread:
		pid = startThread(n)
	default:
		if pid = ulib.Call(ulib.SysFork, 0, 0, 0); pid == 0 {
			ulib.Close(wire.HostFD + t.channel)
			t.channel, t.thread = n, false
			t.serve()
		}
		if pid > 0 || !inherits {
			ulib.Close(wire.HostFD + n) // the child's
		}
	}
	t.give(uint64(pid))
	return ""
}

// A thread's stack, and what compiled code looks for at its g: the address below
// which a stack overflows is its third word.
const (
	threadStack = 64 << 10
	stackGuard  = 928 + 512
)

var (
	stacks [wire.Channels][threadStack]byte
	gs     [wire.Channels][8]uintptr
)

// newThread makes a thread that runs threadMain with arg, on a stack that ends
// at top.
//
//go:linkname newThread runtime.newThread
func newThread(flags, top uintptr, g *[8]uintptr, arg uintptr) int

const threadFlags = syscalls.CLONE_VM | syscalls.CLONE_FS | syscalls.CLONE_FILES | syscalls.CLONE_SIGHAND |
	syscalls.CLONE_THREAD | syscalls.CLONE_SYSVSEM

// startThread makes the thread of a channel.
func startThread(n int) int {
	lo := ulib.Addr(stacks[n][:])
	gs[n][0], gs[n][1], gs[n][2] = lo, lo+threadStack, lo+stackGuard
	t := &tasks[n]
	t.have, t.channel, t.thread = 0, n, true
	return newThread(threadFlags, (lo+threadStack)&^15, &gs[n], uintptr(n))
}

//go:linkname threadMain runtime.threadMain
func threadMain(n uintptr) { tasks[n].serve() }
