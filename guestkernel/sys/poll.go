//go:build freestanding

package sys

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

const pollPerPage = mm.PageSize / 8

// pollCall is the memory of one poll(2): its descriptors, copied in.
type pollCall struct {
	pages [fs.MaxFD / pollPerPage]*[pollPerPage]fs.PollFD
}

var pollCalls mm.Pool[pollCall]
var pollPages mm.Pool[[pollPerPage]fs.PollFD]

// At is descriptor i.
func (c *pollCall) At(i int) *fs.PollFD { return &c.pages[i/pollPerPage][i%pollPerPage] }

func (c *pollCall) free() {
	for _, p := range c.pages {
		if p != nil {
			pollPages.Put(p)
		}
	}
	pollCalls.Put(c)
}

// milliseconds is a deadline that is so many ms off; negative for never.
func milliseconds(ms uint64) uint64 {
	if int32(ms) < 0 {
		return sched.Never
	}
	return deadline(uint64(uint32(ms)) * 1_000_000)
}

// relative is the deadline that a struct timespec in user memory gives; address
// 0 is for never.
func relative(addr uint64) (uint64, syscalls.Errno) {
	if addr == 0 {
		return sched.Never, 0
	}
	ns, err := getTimespec(addr)
	return deadline(ns), err
}

// left is how long it is until a deadline.
func left(until uint64) uint64 {
	if now := arch.Now(); now < until {
		return until - now
	}
	return 0
}

// sysPoll is poll(2).
func sysPoll(t *proc.Task, a *args) int64 { return poll(t, a[0], a[1], milliseconds(a[2])) }

// sysPpoll is ppoll(2): the kernel's, which writes the time that is left.
func sysPpoll(t *proc.Task, a *args) int64 {
	until, err := relative(a[2])
	if err != 0 {
		return fail(err)
	}
	old, err := swapMask(t, a[3], a[4])
	if err != 0 {
		return fail(err)
	}
	r := poll(t, a[0], a[1], until)
	if a[3] != 0 {
		t.UnswapMask(old, r)
	}
	if a[2] != 0 {
		putTimespec(a[2], left(until)) // it may be read-only memory
	}
	return r
}

func poll(t *proc.Task, addr, nfds, until uint64) int64 {
	if uint32(nfds) > fs.MaxFD {
		return fail(syscalls.EINVAL)
	}
	n := int(uint32(nfds))
	c := pollCalls.Get()
	if c == nil {
		return fail(syscalls.ENOMEM)
	}
	r := c.poll(t, addr, n, until)
	c.free()
	return r
}

// bytes is the page of descriptors that i is in, of n.
func (c *pollCall) bytes(i, n int) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(c.pages[i/pollPerPage])), min(n-i, pollPerPage)*8)
}

// grow makes room for n descriptors.
func (c *pollCall) grow(n int) syscalls.Errno {
	for i := 0; i < n; i += pollPerPage {
		if c.pages[i/pollPerPage] = pollPages.Get(); c.pages[i/pollPerPage] == nil {
			return syscalls.ENOMEM
		}
	}
	return 0
}

const pollAlways = syscalls.POLLERR | syscalls.POLLHUP

func (c *pollCall) poll(t *proc.Task, addr uint64, n int, until uint64) int64 {
	if err := c.grow(n); err != 0 {
		return fail(err)
	}
	for i := 0; i < n; i += pollPerPage {
		b := c.bytes(i, n)
		if _, err := mm.UserBuf(uintptr(addr)+uintptr(i)*8, len(b)).Read(0, b); err != 0 {
			return fail(err)
		}
	}
	ready, err := fs.Poll(t.FDs, n, c, pollAlways, until)
	if err != 0 {
		return fail(err)
	}
	for i := 0; i < n; i += pollPerPage {
		b := c.bytes(i, n)
		if _, err := mm.UserBuf(uintptr(addr)+uintptr(i)*8, len(b)).Write(0, b); err != 0 {
			return fail(err)
		}
	}
	return int64(ready)
}

// fdSets are the three sets of select(2).
type fdSets [3][fs.MaxFD / 8]byte

// selectEvents are poll's events that each of the sets means (select(2),
// "Correspondence between select() and poll() notifications").
var selectEvents = [3]uint16{
	syscalls.POLLIN | syscalls.POLLRDNORM | syscalls.POLLRDBAND | syscalls.POLLHUP | syscalls.POLLERR,
	syscalls.POLLOUT | syscalls.POLLWRNORM | syscalls.POLLWRBAND | syscalls.POLLERR,
	syscalls.POLLPRI,
}

// sysSelect is select(2): the kernel's, which writes the time that is left.
func sysSelect(t *proc.Task, a *args) int64 {
	until := uint64(sched.Never)
	if a[4] != 0 {
		sec, ok1 := arch.LoadUser64(uintptr(a[4]))
		usec, ok2 := arch.LoadUser64(uintptr(a[4] + 8))
		switch {
		case !ok1 || !ok2:
			return fail(syscalls.EFAULT)
		case int64(sec) < 0 || int64(usec) < 0:
			return fail(syscalls.EINVAL)
		}
		until = deadline(min(sec, 1<<33)*second + min(usec, 1<<53)*1000)
	}
	r := selectFDs(t, a, until)
	if a[4] != 0 {
		var b [16]byte
		ns := left(until)
		put64(b[:], ns/second)
		put64(b[8:], ns%second/1000)
		mm.UserBuf(uintptr(a[4]), len(b)).Write(0, b[:])
	}
	return r
}

// sysPselect6 is pselect(2): the last of its arguments points to two, the mask
// and its size.
func sysPselect6(t *proc.Task, a *args) int64 {
	until, err := relative(a[4])
	if err != 0 {
		return fail(err)
	}
	mask, size, ok1, ok2 := uint64(0), uint64(0), true, true
	if a[5] != 0 {
		mask, ok1 = arch.LoadUser64(uintptr(a[5]))
		size, ok2 = arch.LoadUser64(uintptr(a[5] + 8))
	}
	if !ok1 || !ok2 {
		return fail(syscalls.EFAULT)
	}
	old, err := swapMask(t, mask, size)
	if err != 0 {
		return fail(err)
	}
	r := selectFDs(t, a, until)
	if mask != 0 {
		t.UnswapMask(old, r)
	}
	if a[4] != 0 {
		putTimespec(a[4], left(until))
	}
	return r
}

// swapMask puts the signal mask of a call that has one in force; address 0 is
// none.
func swapMask(t *proc.Task, addr, size uint64) (old proc.Context, err syscalls.Errno) {
	if addr == 0 {
		return old, 0
	}
	mask, err := getSet(addr, size)
	if err != 0 {
		return old, err
	}
	return t.SwapMask(mask), 0
}

func selectFDs(t *proc.Task, a *args, until uint64) int64 {
	if int32(a[0]) < 0 {
		return fail(syscalls.EINVAL)
	}
	c := pollCalls.Get()
	if c == nil {
		return fail(syscalls.ENOMEM)
	}
	r := c.selectFDs(t, a, min(int(int32(a[0])), fs.MaxFD), until)
	c.free()
	return r
}

func (c *pollCall) selectFDs(t *proc.Task, a *args, n int, until uint64) int64 {
	var sets fdSets
	size := (n + 63) / 64 * 8
	for i := range sets {
		if a[1+i] == 0 {
			continue
		}
		if _, err := mm.UserBuf(uintptr(a[1+i]), size).Read(0, sets[i][:size]); err != 0 {
			return fail(err)
		}
	}
	if err := c.grow(n); err != 0 {
		return fail(err)
	}
	for fd := range n {
		p := c.At(fd)
		*p = fs.PollFD{FD: -1}
		for i := range sets {
			if sets[i][fd/8]&(1<<(fd%8)) != 0 {
				p.FD = int32(fd)
				p.Events |= selectEvents[i]
			}
		}
		if p.FD >= 0 {
			if _, err := t.File(uint64(fd)); err != 0 {
				return fail(err)
			}
		}
	}
	if _, err := fs.Poll(t.FDs, n, c, 0, until); err != 0 {
		return fail(err)
	}
	bits := 0
	for fd := range n {
		p := c.At(fd)
		for i := range sets {
			if sets[i][fd/8]&(1<<(fd%8)) == 0 {
				continue
			}
			if p.Revents&selectEvents[i] != 0 {
				bits++
			} else {
				sets[i][fd/8] &^= 1 << (fd % 8)
			}
		}
	}
	for i := range sets {
		if a[1+i] == 0 {
			continue
		}
		for fd := n; fd < size*8; fd++ { // whole words are written
			sets[i][fd/8] &^= 1 << (fd % 8)
		}
		if _, err := mm.UserBuf(uintptr(a[1+i]), size).Write(0, sets[i][:size]); err != 0 {
			return fail(err)
		}
	}
	return int64(bits)
}
