//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// futexKey names a word of memory: of an address space, or, where memory is
// shared between them, a frame's.
type futexKey struct{ space, addr uint64 }

// futexWait is a thread's place among those who wait for a word.
type futexWait struct {
	key    futexKey
	bits   uint32 // woken by FUTEX_WAKE_BITSET with one of these
	queued bool
	next   *Task
	queue  sched.WaitQueue
}

// storeUser32 stores a word in user memory: nothing comes in between.
func storeUser32(addr uint64, v uint32) bool {
	b := [4]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}
	return writeUser(addr, b[:])
}

// futexHead is all who wait, those who have waited longest first.
var futexHead *Task

// futexKeyOf finds the key of a word in user memory, which is read once.
func (t *Task) futexKeyOf(addr uint64) (k futexKey, v uint32, err syscalls.Errno) {
	if addr&3 != 0 {
		return k, 0, syscalls.EINVAL
	}
	v, ok := arch.LoadUser32(uintptr(addr))
	if !ok {
		return k, 0, syscalls.EFAULT
	}
	if pa, shared := t.Space.SharedFrame(addr); shared {
		return futexKey{0, pa | addr&0xfff}, v, 0
	}
	return futexKey{t.Space.Root(), addr}, v, 0
}

// FutexWait is FUTEX_WAIT_BITSET: it sleeps while the word at addr has the
// value want, until it is woken or the deadline has passed.
func (t *Task) FutexWait(addr uint64, want, bits uint32, until uint64) syscalls.Errno {
	k, v, err := t.futexKeyOf(addr)
	switch {
	case bits == 0:
		return syscalls.EINVAL
	case err != 0:
		return err
	case v != want:
		return syscalls.EAGAIN
	}
	w := &t.futex
	w.key, w.bits, w.queued, w.next = k, bits, true, nil
	p := &futexHead
	for *p != nil {
		p = &(*p).futex.next
	}
	*p = t
	for w.queued {
		switch w.queue.Sleep(until) {
		case sched.TimedOut:
			if w.queued {
				t.unqueueFutex()
				return syscalls.ETIMEDOUT
			}
		case sched.Interrupted:
			if w.queued {
				t.unqueueFutex()
				return syscalls.EINTR
			}
		}
	}
	return 0
}

func (t *Task) unqueueFutex() {
	for p := &futexHead; *p != nil; p = &(*p).futex.next {
		if *p == t {
			*p = t.futex.next
			break
		}
	}
	t.futex.queued, t.futex.next = false, nil
}

// FutexWake is FUTEX_WAKE_BITSET: it wakes up to n.
func (t *Task) FutexWake(addr uint64, n int, bits uint32) (int, syscalls.Errno) {
	if bits == 0 {
		return 0, syscalls.EINVAL
	}
	k, _, err := t.futexKeyOf(addr)
	if err != 0 {
		return 0, err
	}
	return wakeFutex(k, n, bits), 0
}

func wakeFutex(k futexKey, n int, bits uint32) (woken int) {
	for w := futexHead; w != nil && woken < n; {
		next := w.futex.next
		if w.futex.key == k && w.futex.bits&bits != 0 {
			w.unqueueFutex()
			w.futex.queue.WakeAll()
			woken++
		}
		w = next
	}
	return woken
}

// FutexRequeue is FUTEX_REQUEUE, and with compare FUTEX_CMP_REQUEUE: it wakes
// up to wake of those who wait for addr, and has up to move others wait for
// addr2. It returns how many it has woken, or with compare how many both.
func (t *Task) FutexRequeue(addr uint64, wake, move int, addr2 uint64, compare bool, want uint32) (int, syscalls.Errno) {
	k, v, err := t.futexKeyOf(addr)
	if err != 0 {
		return 0, err
	}
	k2, _, err := t.futexKeyOf(addr2)
	switch {
	case err != 0:
		return 0, err
	case wake < 0 || move < 0:
		return 0, syscalls.EINVAL
	case compare && v != want:
		return 0, syscalls.EAGAIN
	}
	n := wakeFutex(k, wake, ^uint32(0))
	moved := 0
	for w := futexHead; w != nil && moved < move; w = w.futex.next {
		if w.futex.key == k {
			w.futex.key = k2
			moved++
		}
	}
	if compare {
		n += moved
	}
	return n, 0
}

// FutexWakeOp is FUTEX_WAKE_OP: it changes the word at addr2 as op says, wakes
// up to n of those who wait for addr, and, if the old value compares as op
// says, up to n2 of those who wait for addr2 (futex(2)).
func (t *Task) FutexWakeOp(addr uint64, n, n2 int, addr2 uint64, op uint32) (int, syscalls.Errno) {
	k, _, err := t.futexKeyOf(addr)
	if err != 0 {
		return 0, err
	}
	k2, old, err := t.futexKeyOf(addr2)
	if err != 0 {
		return 0, err
	}
	arg := int32(op<<8) >> 20
	if op>>31 != 0 {
		arg = 1 << (uint32(arg) & 31)
	}
	v := old
	switch op >> 28 & 7 {
	case 0:
		v = uint32(arg)
	case 1:
		v += uint32(arg)
	case 2:
		v |= uint32(arg)
	case 3:
		v &^= uint32(arg)
	case 4:
		v ^= uint32(arg)
	default:
		return 0, syscalls.ENOSYS
	}
	if !storeUser32(addr2, v) {
		return 0, syscalls.EFAULT
	}
	a, b := int32(old), int32(op<<20)>>20
	var also bool
	switch op >> 24 & 15 {
	case 0:
		also = a == b
	case 1:
		also = a != b
	case 2:
		also = a < b
	case 3:
		also = a <= b
	case 4:
		also = a > b
	case 5:
		also = a >= b
	default:
		return 0, syscalls.ENOSYS
	}
	woken := wakeFutex(k, n, ^uint32(0))
	if also {
		woken += wakeFutex(k2, n2, ^uint32(0))
	}
	return woken, 0
}

// Bits of a robust futex (Documentation/locking/robust-futex-ABI).
const (
	futexOwner = 0x3fffffff
	futexDied  = 0x40000000
	maxRobust  = 2048
)

// leaveFutexes is the end of a thread as others see it in memory: its robust
// locks are marked, and its id is cleared where it asked for that.
func (t *Task) leaveFutexes() {
	if t.Robust != 0 {
		t.dieRobust()
		t.Robust = 0
	}
	if t.ClearTID != 0 {
		if storeUser32(t.ClearTID, 0) {
			t.FutexWake(t.ClearTID, 1, ^uint32(0))
		}
		t.ClearTID = 0
	}
}

// dieRobust goes through the list of locks that the thread holds.
func (t *Task) dieRobust() {
	head := t.Robust
	load, size := func(addr uint64) (uint64, bool) { return arch.LoadUser64(uintptr(addr)) }, uint64(8)
	if t.RobustNarrow {
		load, size = func(addr uint64) (uint64, bool) {
			v, ok := arch.LoadUser32(uintptr(addr))
			return uint64(v), ok
		}, 4
	}
	entry, ok1 := load(head)
	offset, ok2 := load(head + size)
	pending, ok3 := load(head + 2*size)
	if t.RobustNarrow {
		offset = uint64(int64(int32(offset)))
	}
	if !ok1 || !ok2 || !ok3 {
		return
	}
	for range maxRobust {
		if entry&^1 == head {
			break
		}
		next, ok := load(entry &^ 1)
		if entry != pending {
			t.die1(entry&^1 + offset)
		}
		if !ok {
			return
		}
		entry = next
	}
	if pending != 0 {
		t.die1(pending&^1 + offset)
	}
}

func (t *Task) die1(addr uint64) {
	v, ok := arch.LoadUser32(uintptr(addr))
	if !ok || addr&3 != 0 || v&futexOwner != uint32(t.Pid) {
		return
	}
	if storeUser32(addr, v&^futexOwner|futexDied) && v>>31 != 0 {
		t.FutexWake(addr, 1, ^uint32(0))
	}
}
