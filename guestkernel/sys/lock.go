//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// sysFlock is flock(2).
func sysFlock(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, f.Flock(uint32(a[1])))
}

// Types of locks (fcntl(2)).
const (
	readLock  = 0
	writeLock = 1
	unlock    = 2
)

// lockRange is fcntl(2) with F_GETLK, F_SETLK, F_SETLKW and their like for
// descriptions (F_OFD_...); EINVAL for any other command.
func lockRange(t *proc.Task, f *fs.File, a *args) int64 {
	const (
		getLock, setLock, setLockWait    = 5, 6, 7
		getOFD, setOFD, setOFDWait       = 36, 37, 38
		size, atStart, atLength, atOwner = 32, 8, 16, 24
	)
	cmd, table := uint32(a[1]), t.FDs
	switch cmd {
	case getLock, setLock, setLockWait:
	case getOFD, setOFD, setOFDWait:
		table = nil
	default:
		return fail(syscalls.EINVAL)
	}
	if f.Flags&syscalls.O_PATH != 0 {
		return fail(syscalls.EBADF)
	}
	var b [size]byte
	if _, err := mm.UserBuf(uintptr(a[2]), size).Read(0, b[:]); err != 0 {
		return fail(err)
	}
	kind, whence := uint16(b[0])|uint16(b[1])<<8, uint16(b[2])|uint16(b[3])<<8
	start, length := int64(get64(b[atStart:])), int64(get64(b[atLength:]))
	r := fs.Range{End: fs.LockEnd, Write: kind == writeLock, Pid: int32(t.Tgid())}
	if table == nil {
		if get64(b[atOwner:])&0xffffffff != 0 {
			return fail(syscalls.EINVAL)
		}
		r.Pid = -1
	}
	switch whence {
	case syscalls.SEEK_SET:
	case syscalls.SEEK_CUR:
		start += f.Pos
	case syscalls.SEEK_END:
		if f.Inode != nil {
			start += int64(f.Inode.Size)
		}
	default:
		return fail(syscalls.EINVAL)
	}
	if length < 0 { // what is before
		start, length = start+length, -length
	}
	if start < 0 || kind > unlock || cmd == getLock && kind == unlock {
		return fail(syscalls.EINVAL)
	}
	r.Start = start
	if length != 0 {
		if r.End = start + length - 1; r.End < start {
			return fail(syscalls.EOVERFLOW)
		}
	}
	if cmd != getLock && cmd != getOFD {
		return result(0, f.SetLock(table, onStack(&r), kind == unlock, cmd == setLockWait || cmd == setOFDWait))
	}
	if !f.GetLock(table, onStack(&r)) {
		b[0], b[1] = unlock, 0
	} else {
		b[0], b[1], b[2], b[3] = readLock, 0, syscalls.SEEK_SET, 0
		if r.Write {
			b[0] = writeLock
		}
		put64(b[atStart:], uint64(r.Start))
		put64(b[atLength:], uint64(r.End-r.Start+1))
		if r.End == fs.LockEnd {
			put64(b[atLength:], 0)
		}
		put32(b[atOwner:], uint32(r.Pid))
	}
	_, err := mm.UserBuf(uintptr(a[2]), size).Write(0, b[:])
	return result(0, err)
}

// sysFsync is fsync(2), and fdatasync(2): there is no disk.
func sysFsync(t *proc.Task, a *args) int64 {
	f, err := t.File(a[0])
	if err != 0 {
		return fail(err)
	}
	return result(0, f.Sync())
}

func sysSync(t *proc.Task, a *args) int64 { return 0 }

// sysSplice is splice(2), which no file of this kernel has: programs that try it
// then read and write.
func sysSplice(t *proc.Task, a *args) int64 {
	for _, fd := range [...]uint64{a[0], a[2]} {
		if _, err := t.File(fd); err != 0 {
			return fail(err)
		}
	}
	return fail(syscalls.EINVAL)
}
