//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/net"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// The calls that read and write. They are one call, preadv2 or pwritev2, with
// more or less of its arguments; the rest comes from the contexts FILEPOS and
// RWFLAGS.

// maxIO is the most that one read or write transfers (read(2), NOTES).
const maxIO = 0x7ffff000

// buf is the memory of a read or write: EFAULT if it is not all in user space.
func buf(addr, n uint64) (mm.Buf, syscalls.Errno) {
	if int64(n) < 0 {
		return mm.Buf{}, syscalls.EINVAL
	}
	if !mm.UserRange(uintptr(addr), uintptr(n)) {
		return mm.Buf{}, syscalls.EFAULT
	}
	return mm.UserBuf(uintptr(addr), int(min(n, maxIO))), 0
}

// sysRead is read(2).
func sysRead(t *proc.Task, a *args) int64 { return read(t, a, t.How(0)) }

// sysPread64 is pread(2).
func sysPread64(t *proc.Task, a *args) int64 { return read(t, a, t.HowAt(int64(a[3]), 0)) }

func read(t *proc.Task, a *args, how fs.How) int64 {
	if how.Pos < 0 && how.UsePos {
		return fail(syscalls.EINVAL)
	}
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	b, err := buf(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	return result(f.ReadHow(b, how))
}

// sysWrite is write(2).
func sysWrite(t *proc.Task, a *args) int64 { return write(t, a, t.How(0)) }

// sysPwrite64 is pwrite(2).
func sysPwrite64(t *proc.Task, a *args) int64 { return write(t, a, t.HowAt(int64(a[3]), 0)) }

func write(t *proc.Task, a *args, how fs.How) int64 {
	if how.Pos < 0 && how.UsePos {
		return fail(syscalls.EINVAL)
	}
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	b, err := buf(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	n, err := f.WriteHow(b, how)
	sigpipe(t, f, err, 0)
	return result(n, err)
}

// sigpipe sends SIGPIPE to a thread that has written to what nobody reads any
// more, unless it has said MSG_NOSIGNAL: pipe(7), send(2). Datagrams are no
// pipe.
func sigpipe(t *proc.Task, f *fs.File, err syscalls.Errno, flags uint32) {
	if err != syscalls.EPIPE || flags&syscalls.MSG_NOSIGNAL != 0 {
		return
	}
	if s, err := net.FromFile(f); err == 0 && !s.Connected() {
		return
	}
	t.Sigpipe()
}

// sysReadv is readv(2).
func sysReadv(t *proc.Task, a *args) int64 { return vector(t, a, t.How(0), false) }

// sysWritev is writev(2).
func sysWritev(t *proc.Task, a *args) int64 { return vector(t, a, t.How(0), true) }

// sysPreadv is preadv(2). Its fifth argument is the high half of the position
// on 32-bit machines.
func sysPreadv(t *proc.Task, a *args) int64 { return vector(t, a, t.HowAt(int64(a[3]), 0), false) }

// sysPwritev is pwritev(2).
func sysPwritev(t *proc.Task, a *args) int64 { return vector(t, a, t.HowAt(int64(a[3]), 0), true) }

// sysPreadv2 is preadv2(2).
func sysPreadv2(t *proc.Task, a *args) int64 { return vector2(t, a, false) }

// sysPwritev2 is pwritev2(2).
func sysPwritev2(t *proc.Task, a *args) int64 { return vector2(t, a, true) }

func vector2(t *proc.Task, a *args, write bool) int64 {
	const known = syscalls.RWF_HIPRI | syscalls.RWF_DSYNC | syscalls.RWF_SYNC | syscalls.RWF_NOWAIT | syscalls.RWF_APPEND
	flags, pos := uint32(a[5]), int64(a[3])
	if pos < -1 {
		return fail(syscalls.EINVAL)
	}
	if _, err := t.File(a[0]); err == 0 && flags&^known != 0 {
		return fail(syscalls.EOPNOTSUPP)
	}
	how := t.How(flags)
	if pos != -1 {
		how = t.HowAt(pos, flags)
	}
	return vector(t, a, how, write)
}

func vector(t *proc.Task, a *args, how fs.How, write bool) int64 {
	if how.Pos < 0 && how.UsePos {
		return fail(syscalls.EINVAL)
	}
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	if err := f.May(write, how); err != 0 {
		return fail(err)
	}
	v, err := mm.NewVec(uintptr(a[1]), uint64(uint32(a[2])), maxIO)
	if err != 0 {
		return fail(err)
	}
	var n int
	if write {
		n, err = f.WriteHow(v.Buf(), how)
		sigpipe(t, f, err, 0)
	} else {
		n, err = f.ReadHow(v.Buf(), how)
	}
	v.Free()
	return result(n, err)
}
