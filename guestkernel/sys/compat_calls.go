//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// compatCalls are the 32-bit calls that x86-64 does not have, or for which the
// table of calls does not say all that differs.
var compatCalls = [...]struct {
	nr   uint16
	call func(x *compat, a *args) int64
}{
	{syscalls.SYS32_WAITPID, (*compat).waitpid},
	{syscalls.SYS32_SENDFILE, (*compat).sendfile},
	{syscalls.SYS32_SETRLIMIT, (*compat).setrlimit},
	{syscalls.SYS32__LLSEEK, (*compat).llseek},
	{syscalls.SYS32_SOCKETCALL, (*compat).socketcall},
	{syscalls.SYS32_TRUNCATE64, (*compat).truncate64},
	{syscalls.SYS32_FTRUNCATE64, (*compat).ftruncate64},
	{syscalls.SYS32_FALLOCATE, (*compat).fallocate},
	{syscalls.SYS32_GETDENTS, (*compat).getdents},
	{syscalls.SYS32_MMAP, (*compat).oldMmap},
	{syscalls.SYS32_MMAP2, (*compat).mmap2},
	{syscalls.SYS32_PSELECT6, (*compat).pselect6},
	{syscalls.SYS32_PSELECT6_TIME64, (*compat).pselect6Time64},
	{syscalls.SYS32_FUTEX, (*compat).futex},
	{syscalls.SYS32_FUTEX_TIME64, (*compat).futexTime64},
	{syscalls.SYS32_CLONE, (*compat).clone},
	{syscalls.SYS32_CLONE3, (*compat).clone3},
	{syscalls.SYS32_SET_THREAD_AREA, (*compat).setThreadArea},
	{syscalls.SYS32_GET_THREAD_AREA, (*compat).getThreadArea},
	{syscalls.SYS32_SET_ROBUST_LIST, (*compat).setRobustList},
	{syscalls.SYS32_GET_ROBUST_LIST, (*compat).getRobustList},
	{syscalls.SYS32_RT_SIGACTION, (*compat).rtSigaction},
	{syscalls.SYS32_RT_SIGRETURN, (*compat).rtSigreturn},
	{syscalls.SYS32_SIGRETURN, (*compat).sigreturn},
	{syscalls.SYS32_SENDMMSG, (*compat).sendmmsg},
	{syscalls.SYS32_RECVMMSG, (*compat).recvmmsg32},
	{syscalls.SYS32_RECVMMSG_TIME64, (*compat).recvmmsg64},
	{syscalls.SYS32_FCNTL, (*compat).fcntl},
	{syscalls.SYS32_FCNTL64, (*compat).fcntl},
	{syscalls.SYS32_SELECT, (*compat).oldSelect},
	{syscalls.SYS32_NICE, (*compat).nice},
	{syscalls.SYS32_GETRLIMIT, (*compat).getrlimit},
	{syscalls.SYS32_SIGNAL, (*compat).signal},
	{syscalls.SYS32_SIGACTION, (*compat).sigaction},
	{syscalls.SYS32_SIGPROCMASK, (*compat).sigprocmask},
	{syscalls.SYS32_SIGPENDING, (*compat).sigpending},
	{syscalls.SYS32_SIGSUSPEND, (*compat).sigsuspend},
	{syscalls.SYS32_SGETMASK, (*compat).sgetmask},
	{syscalls.SYS32_SSETMASK, (*compat).ssetmask},
}

// other makes an x86-64 call whose arguments need no translation.
func (x *compat) other(nr uint64, a args) int64 {
	h := lookup(nr)
	if h == nil {
		return fail(syscalls.ENOSYS)
	}
	x.t.Compat = proc.Call{Nr: int64(nr), Args: a}
	x.restart = restart(&x.t.Compat)
	return h(x.t, x.out)
}

func signed(v uint64) uint64 { return uint64(int64(int32(v))) }

// waitpid is waitpid(2).
func (x *compat) waitpid(a *args) int64 {
	return x.other(syscalls.SYS_WAIT4, args{signed(a[0]), a[1], a[2], 0})
}

// sendfile is sendfile(2) with an offset of 32 bits.
func (x *compat) sendfile(a *args) int64 {
	if a[2] == 0 {
		return x.other(syscalls.SYS_SENDFILE, args{signed(a[0]), signed(a[1]), 0, a[3]})
	}
	off, ok := arch.LoadUser32(uintptr(a[2]))
	if !ok {
		return fail(syscalls.EFAULT)
	}
	at := x.room(8)
	if r := putWord(at, uint64(off)); r != 0 {
		return r
	}
	r := x.other(syscalls.SYS_SENDFILE, args{signed(a[0]), signed(a[1]), at, a[3]})
	if v, ok := arch.LoadUser32(uintptr(at)); ok && r >= 0 {
		if err := putInt(a[2], int32(v)); err != 0 {
			return fail(err)
		}
	}
	return r
}

// setrlimit is setrlimit(2), whose infinity has 32 bits.
func (x *compat) setrlimit(a *args) int64 {
	at := x.room(16)
	for i := range uint64(2) {
		v, ok := arch.LoadUser32(uintptr(a[1] + 4*i))
		if !ok {
			return fail(syscalls.EFAULT)
		}
		limit := uint64(v)
		if v == 1<<32-1 {
			limit = 1<<64 - 1
		}
		if r := putWord(at+8*i, limit); r != 0 {
			return r
		}
	}
	return x.other(syscalls.SYS_SETRLIMIT, args{a[0], at})
}

// nice is nice(2).
func (x *compat) nice(a *args) int64 {
	n := min(max(int(int32(a[0])), -40), 40)
	if n < 0 && !x.t.Privileged() {
		return fail(syscalls.EPERM)
	}
	x.t.Nice = min(max(x.t.Nice+n, -20), 19)
	return 0
}

// getrlimit is getrlimit(2) as it was before there was ugetrlimit: what is more
// than 2^31-1, or no limit, is shown as 2^31-1.
func (x *compat) getrlimit(a *args) int64 {
	const most = 1<<31 - 1
	r := x.byRow(syscalls.SYS32_UGETRLIMIT, a)
	for i := uint64(0); i < 2 && r >= 0; i++ {
		v, ok := arch.LoadUser32(uintptr(a[1] + 4*i))
		if !ok {
			return fail(syscalls.EFAULT)
		}
		if err := putInt(a[1]+4*i, int32(min(v, most))); err != 0 {
			return fail(err)
		}
	}
	return r
}

// llseek is _llseek(2): the position has two halves, and the result goes
// to memory.
func (x *compat) llseek(a *args) int64 {
	r := x.other(syscalls.SYS_LSEEK, args{signed(a[0]), a[1]<<32 | a[2], a[4]})
	if r < 0 {
		return r
	}
	return putWord(a[3], uint64(r))
}

// truncate64 and ftruncate64 have a length of two halves.
func (x *compat) truncate64(a *args) int64 {
	return x.other(syscalls.SYS_TRUNCATE, args{a[0], a[1] | a[2]<<32})
}

func (x *compat) ftruncate64(a *args) int64 {
	return x.other(syscalls.SYS_FTRUNCATE, args{signed(a[0]), a[1] | a[2]<<32})
}

// fallocate is fallocate(2), with two such numbers.
func (x *compat) fallocate(a *args) int64 {
	return x.other(syscalls.SYS_FALLOCATE, args{signed(a[0]), a[1], a[2] | a[3]<<32, a[4] | a[5]<<32})
}

// getdents is getdents(2), whose entries have smaller fields: they are made of
// the others where they lie.
func (x *compat) getdents(a *args) int64 {
	const headWide, headNarrow = 18, 10 // ino, off, reclen
	r := x.other(syscalls.SYS_GETDENTS, args{signed(a[0]), a[1], a[2]})
	to := a[1]
	for from, end := a[1], a[1]+uint64(max(r, 0)); from < end; {
		var b [256 + 32]byte
		n := min(uint64(len(b)), end-from)
		if _, err := mm.UserBuf(uintptr(from), int(n)).Read(0, b[:n]); err != 0 {
			return fail(err)
		}
		size := uint64(b[16]) | uint64(b[17])<<8
		if size < headWide+2 || size > n {
			break // another thread has changed it
		}
		kind := b[size-1]
		name := uint64(0)
		for name < size-headWide-1 && b[headWide+name] != 0 {
			name++
		}
		copy(b[4:8], b[8:12]) // off
		copy(b[headNarrow:], b[headWide:headWide+name])
		narrow := (headNarrow + name + 2 + 3) &^ 3
		for i := headNarrow + name; i < narrow; i++ {
			b[i] = 0
		}
		b[8], b[9], b[narrow-1] = byte(narrow), byte(narrow>>8), kind
		if _, err := mm.UserBuf(uintptr(to), int(narrow)).Write(0, b[:narrow]); err != 0 {
			return fail(err)
		}
		from, to = from+size, to+narrow
	}
	if r > 0 {
		r = int64(to - a[1])
	}
	return r
}

// mmap2 is mmap(2) with an offset in pages.
func (x *compat) mmap2(a *args) int64 { return x.mmap(a, a[5]<<12) }

// oldMmap is mmap(2) with its arguments in memory.
func (x *compat) oldMmap(a *args) int64 {
	var in args
	for i := range in {
		v, ok := arch.LoadUser32(uintptr(a[0]) + uintptr(4*i))
		if !ok {
			return fail(syscalls.EFAULT)
		}
		in[i] = uint64(v)
	}
	if in[5]%mm.PageSize != 0 {
		return fail(syscalls.EINVAL)
	}
	return x.mmap(&in, in[5])
}

func (x *compat) mmap(a *args, offset uint64) int64 {
	addr := a[0]
	if !x.t.Space.IsNarrow() && addr == 0 && a[3]&syscalls.MAP_FIXED == 0 {
		addr = x.t.Space.Hole32(a[1])
	}
	return x.other(syscalls.SYS_MMAP, args{addr, a[1], a[2], a[3], signed(a[4]), offset})
}

// pselect6 is pselect6(2), whose last argument points to a pointer and a size.
func (x *compat) pselect6(a *args) int64 { return x.pselect(syscalls.SYS32_PSELECT6, a) }

func (x *compat) pselect6Time64(a *args) int64 { return x.pselect(syscalls.SYS32_PSELECT6_TIME64, a) }

func (x *compat) pselect(nr uint64, a *args) int64 {
	in := onStack(&args{})
	*in = *a
	if a[5] != 0 {
		var err syscalls.Errno
		if in[5], err = x.widen(a[5], 2, 0); err != 0 {
			return fail(err)
		}
	}
	return x.byRow(nr, in)
}

// futex is futex(2), whose fourth argument is a time only where one waits.
func (x *compat) futex(a *args) int64 { return x.futexOp(syscalls.SYS32_FUTEX, a) }

func (x *compat) futexTime64(a *args) int64 { return x.futexOp(syscalls.SYS32_FUTEX_TIME64, a) }

func (x *compat) futexOp(nr uint64, a *args) int64 {
	switch a[1] &^ (futexPrivate | futexRealtime) {
	case futexWait, futexWaitBits:
		return x.byRow(nr, a)
	}
	return x.other(syscalls.SYS_FUTEX, *a)
}

// fcntl is fcntl(2). F_GETLK64, F_SETLK64 and F_SETLKW64, which only i386 has, are
// F_GETLK, F_SETLK and F_SETLKW with positions of 64 bits, which x86-64 has by
// these commands.
func (x *compat) fcntl(a *args) int64 {
	if a[1] >= syscalls.F_GETLK64 && a[1] <= syscalls.F_SETLKW64 {
		x.cmd = a[1] - syscalls.F_GETLK64 + syscalls.F_GETLK
	}
	r := x.byRow(syscalls.SYS32_FCNTL64, a)
	x.cmd = 0
	return r
}

// oldSelect is select(2) with its arguments in memory.
func (x *compat) oldSelect(a *args) int64 {
	in := onStack(&args{})
	for i := range uint64(5) {
		v, ok := arch.LoadUser32(uintptr(a[0] + 4*i))
		if !ok {
			return fail(syscalls.EFAULT)
		}
		in[i] = uint64(v)
	}
	return x.byRow(syscalls.SYS32__NEWSELECT, in)
}

// signal is signal(2) as V7 had it: the handler runs once, and unmasked.
func (x *compat) signal(a *args) int64 {
	n := proc.Action{Handler: a[1], Flags: syscalls.SA_RESETHAND | syscalls.SA_NODEFER, Narrow: true}
	old, err := setAction(x.t, int(int32(a[0])), onStack(&n))
	if err != 0 {
		return fail(err)
	}
	return int64(old.Handler)
}

// sigaction is sigaction(2) as it was before the real-time signals: handler,
// mask, flags and restorer are a word each.
func (x *compat) sigaction(a *args) int64 {
	var b [16]byte
	var n *proc.Action
	if a[1] != 0 {
		if _, err := mm.UserBuf(uintptr(a[1]), len(b)).Read(0, b[:]); err != 0 {
			return fail(err)
		}
		lo, hi := get64(b[:]), get64(b[8:])
		n = onStack(&proc.Action{Handler: lo & 0xffffffff, Mask: lo >> 32, Flags: hi & 0xffffffff, Restorer: hi >> 32, Narrow: true})
	}
	old, err := setAction(x.t, int(int32(a[0])), n)
	if err != 0 || a[2] == 0 {
		return result(0, err)
	}
	for i, v := range [...]uint64{old.Handler, old.Mask, old.Flags, old.Restorer} {
		put32(b[4*i:], uint32(v))
	}
	_, err = mm.UserBuf(uintptr(a[2]), len(b)).Write(0, b[:])
	return result(0, err)
}

// sigprocmask is sigprocmask(2) of the first 32 signals: of the others it
// changes nothing.
func (x *compat) sigprocmask(a *args) int64 {
	old := x.t.Blocked
	if a[1] != 0 {
		v, ok := arch.LoadUser32(uintptr(a[1]))
		if !ok {
			return fail(syscalls.EFAULT)
		}
		set, err := changed(old, a[0], uint64(v))
		if err != 0 {
			return fail(err)
		}
		const low = 1<<32 - 1
		x.t.SetBlocked(set&low | old&^low)
	}
	if a[2] != 0 {
		return result(0, putInt(a[2], int32(old)))
	}
	return 0
}

// sigpending is sigpending(2) of the first 32 signals.
func (x *compat) sigpending(a *args) int64 {
	return result(0, putInt(a[0], int32(x.t.PendingSet()&x.t.Blocked)))
}

// sigsuspend is sigsuspend(2), whose mask is the third argument.
func (x *compat) sigsuspend(a *args) int64 {
	x.restart = proc.RestartAlone
	return suspend(x.t, uint64(uint32(a[2])))
}

// sgetmask and ssetmask are of before there was sigprocmask.
func (x *compat) sgetmask(a *args) int64 { return int64(uint32(x.t.Blocked)) }

func (x *compat) ssetmask(a *args) int64 {
	old := uint32(x.t.Blocked)
	x.t.SetBlocked(uint64(uint32(a[0])))
	return int64(old)
}

// rtSigaction is rt_sigaction(2): the handler is 32-bit code.
func (x *compat) rtSigaction(a *args) int64 {
	r := x.byRow(syscalls.SYS32_RT_SIGACTION, a)
	if r >= 0 && a[1] != 0 {
		x.t.Action(int(a[0])).Narrow = true
	}
	return r
}

func (x *compat) rtSigreturn(a *args) int64 { return x.t.Sigreturn32(false) }
func (x *compat) sigreturn(a *args) int64   { return x.t.Sigreturn32(true) }

// setRobustList is set_robust_list(2), getRobustList get_robust_list(2): the
// list is of 32-bit pointers.
func (x *compat) setRobustList(a *args) int64 {
	if a[1] != robustSize32 {
		return fail(syscalls.EINVAL)
	}
	x.t.Robust, x.t.RobustNarrow = a[0], true
	return 0
}

const robustSize32 = 12

func (x *compat) getRobustList(a *args) int64 {
	o := x.t
	if pid := int(int32(a[0])); pid != 0 {
		if o = proc.Find(pid); o == nil {
			return fail(syscalls.ESRCH)
		}
	}
	var b [4]byte
	for i, v := range [...]uint32{robustSize32, uint32(o.Robust)} {
		put32(b[:], v)
		if _, err := mm.UserBuf(uintptr(a[2-i]), 4).Write(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	return 0
}

// eachMessage makes a call for each message of an array: a msghdr of 28 bytes
// with the length behind it. An error counts only before the first one. more
// says, after each, whether to go on; a[3] are the flags of the next.
func (x *compat) eachMessage(nr uint64, a *args, more func() bool) int64 {
	const size, lenAt = 32, 28
	at, done := x.at, int64(0)
	for uint64(done) < min(a[2], mm.MaxVec) {
		x.at = at // what the one before had is free again
		in := onStack(&args{})
		*in = args{a[0], a[1] + uint64(done)*size, a[3]}
		r := x.byRow(nr, in)
		if r >= 0 {
			if err := putInt(in[1]+lenAt, int32(r)); err != 0 {
				r = fail(err)
			}
		}
		if r < 0 {
			if done == 0 {
				return r
			}
			break
		}
		if done++; !more() {
			break
		}
	}
	return done
}

// sendmmsg is sendmmsg(2).
func (x *compat) sendmmsg(a *args) int64 {
	return x.eachMessage(syscalls.SYS32_SENDMSG, a, func() bool { return true })
}

// recvmmsg32 is recvmmsg(2), recvmmsg64 the same with a time of 64 bits.
func (x *compat) recvmmsg32(a *args) int64 { return x.recvmmsg(a, 4) }
func (x *compat) recvmmsg64(a *args) int64 { return x.recvmmsg(a, 8) }

// recvmmsg is recvmmsg(2) with a timespec of two words of word bytes each.
func (x *compat) recvmmsg(a *args, word uint64) int64 {
	until := uint64(sched.Never)
	if a[4] != 0 {
		var b [16]byte
		if _, err := mm.UserBuf(uintptr(a[4]), int(2*word)).Read(0, b[:2*word]); err != 0 {
			return fail(err)
		}
		sec, nsec := int64(get64(b[:])), uint32(get64(b[8:])) // what is behind the nanoseconds does not count
		if word == 4 {
			sec, nsec = int64(int32(get64(b[:]))), uint32(get64(b[:])>>32)
		}
		if sec < 0 || nsec >= second {
			return fail(syscalls.EINVAL)
		}
		until = deadline(uint64(min(sec, 1<<33))*second + uint64(nsec))
	}
	const waitForOne = 0x10000
	one := a[3]&waitForOne != 0
	a[3] &^= waitForOne
	r := x.eachMessage(syscalls.SYS32_RECVMSG, a, func() bool {
		if one {
			a[3] |= syscalls.MSG_DONTWAIT
		}
		return until == sched.Never || left(until) > 0
	})
	if r >= 0 && a[4] != 0 {
		ns := left(until)
		var b [16]byte
		put64(b[:], ns/second)
		put64(b[word:], ns%second)
		mm.UserBuf(uintptr(a[4]), int(2*word)).Write(0, b[:2*word])
	}
	return r
}

// sockets are the calls of socketcall(2), by their numbers there.
var sockets = [...]struct {
	nr int16 // on i386
	n  uint8 // arguments
}{
	1: {syscalls.SYS32_SOCKET, 3}, 2: {syscalls.SYS32_BIND, 3}, 3: {syscalls.SYS32_CONNECT, 3},
	4: {syscalls.SYS32_LISTEN, 2}, 6: {syscalls.SYS32_GETSOCKNAME, 3}, 7: {syscalls.SYS32_GETPEERNAME, 3},
	8: {syscalls.SYS32_SOCKETPAIR, 4}, 11: {syscalls.SYS32_SENDTO, 6}, 12: {syscalls.SYS32_RECVFROM, 6},
	13: {syscalls.SYS32_SHUTDOWN, 2}, 14: {syscalls.SYS32_SETSOCKOPT, 5}, 15: {syscalls.SYS32_GETSOCKOPT, 5},
	16: {syscalls.SYS32_SENDMSG, 3}, 17: {syscalls.SYS32_RECVMSG, 3}, 18: {syscalls.SYS32_ACCEPT4, 4},
}

// socketcall is socketcall(2).
func (x *compat) socketcall(a *args) int64 {
	const (
		accept = 5
		send   = 9
		recv   = 10
	)
	var in args
	which, n := a[0], uint64(0)
	switch {
	case which == accept:
		n = 3
	case which == send || which == recv:
		n = 4
	case which < uint64(len(sockets)) && sockets[which].nr != 0:
		n = uint64(sockets[which].n)
	default:
		return fail(syscalls.EINVAL)
	}
	for i := range n {
		v, ok := arch.LoadUser32(uintptr(a[1] + 4*i))
		if !ok {
			return fail(syscalls.EFAULT)
		}
		in[i] = uint64(v)
	}
	switch which {
	case accept:
		return x.other(syscalls.SYS_ACCEPT, in)
	case send:
		return x.other(syscalls.SYS_SENDTO, in)
	case recv:
		return x.other(syscalls.SYS_RECVFROM, in)
	}
	*a = in // the frame has what the caller gave, for a restart
	return x.byRow(uint64(sockets[which].nr), a)
}
