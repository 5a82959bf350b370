//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// isCompatOnly reports whether i386 has a call and x86-64 has not: those below.
func isCompatOnly(nr uint64) bool {
	switch nr {
	case syscalls.SYS32_WAITPID, syscalls.SYS32__LLSEEK, syscalls.SYS32_SOCKETCALL,
		syscalls.SYS32_TRUNCATE64, syscalls.SYS32_FTRUNCATE64:
		return true
	}
	return false
}

// only makes such a call.
func (x *compat) only(nr uint64, a *args) int64 {
	switch nr {
	case syscalls.SYS32_WAITPID:
		return x.waitpid(a)
	case syscalls.SYS32__LLSEEK:
		return x.llseek(a)
	case syscalls.SYS32_SOCKETCALL:
		return x.socketcall(a)
	case syscalls.SYS32_TRUNCATE64:
		return x.other(syscalls.SYS_TRUNCATE, args{a[0], a[1] | a[2]<<32})
	case syscalls.SYS32_FTRUNCATE64:
		return x.other(syscalls.SYS_FTRUNCATE, args{a[0], a[1] | a[2]<<32})
	}
	return fail(syscalls.ENOSYS)
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

// llseek is _llseek(2): the position has two halves, and the result goes
// to memory.
func (x *compat) llseek(a *args) int64 {
	r := x.other(syscalls.SYS_LSEEK, args{signed(a[0]), a[1]<<32 | a[2], a[4]})
	if r < 0 {
		return r
	}
	return putWord(a[3], uint64(r))
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
	x.row = &syscalls.Calls[compatRow[sockets[which].nr]-1]
	return x.native(uint64(x.row.Nr[syscalls.AMD64]), a)
}
