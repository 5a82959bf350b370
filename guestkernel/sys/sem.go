//go:build freestanding

package sys

import (
	"unsafe"

	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// System V semaphores.

// sysSemget is semget(2).
func sysSemget(t *proc.Task, a *args) int64 {
	key, n, flags := int32(a[0]), int32(a[1]), uint32(a[2])
	if n < 0 || n > proc.SemSetMax {
		return fail(syscalls.EINVAL)
	}
	var s *proc.SemSet
	if key != syscalls.IPC_PRIVATE {
		s = proc.SemByKey(key)
	}
	var err syscalls.Errno
	switch {
	case s == nil && key != syscalls.IPC_PRIVATE && flags&syscalls.IPC_CREAT == 0:
		return fail(syscalls.ENOENT)
	case s == nil:
		s, err = t.NewSem(key, int(n), flags)
	case flags&syscalls.IPC_CREAT != 0 && flags&syscalls.IPC_EXCL != 0:
		return fail(syscalls.EEXIST)
	case int(n) > s.N:
		return fail(syscalls.EINVAL)
	default:
		err = t.SemMay(s, flags>>6|flags>>3|flags)
	}
	if err != 0 {
		return fail(err)
	}
	return int64(s.ID)
}

// sysSemop is semop(2).
func sysSemop(t *proc.Task, a *args) int64 { return semop(t, a, sched.Never) }

// sysSemtimedop is semtimedop(2): semop with a TIMEOUT context.
func sysSemtimedop(t *proc.Task, a *args) int64 {
	until, err := relative(a[3])
	if err != 0 {
		return fail(err)
	}
	return semop(t, a, until)
}

func semop(t *proc.Task, a *args, until uint64) int64 {
	n := uint32(a[2])
	switch {
	case n > proc.SemOpMax:
		return fail(syscalls.E2BIG)
	case n == 0, int32(a[0]) < 0:
		return fail(syscalls.EINVAL)
	}
	c := proc.NewSemCall()
	if c == nil {
		return fail(syscalls.ENOMEM)
	}
	c.N = int(n)
	err := semopWith(t, c, a, until)
	c.Free()
	return result(0, err)
}

func semopWith(t *proc.Task, c *proc.SemCall, a *args, until uint64) syscalls.Errno {
	const size = int(unsafe.Sizeof(proc.SemOp{}))
	b := (*[proc.SemOpMax * size]byte)(unsafe.Pointer(&c.Ops))[:c.N*size]
	if _, err := mm.UserBuf(uintptr(a[1]), len(b)).Read(0, b); err != 0 {
		return err
	}
	s := proc.SemByID(int32(a[0]))
	if s == nil {
		return syscalls.EINVAL
	}
	return t.Semop(s, c, until)
}

// semBuf is where struct semid_ds is put together.
var semBuf [104]byte

// Offsets in it.
const (
	semUID, semGID, semCUID, semCGID, semMode = 4, 8, 12, 16, 20
	semOTime, semCTime, semNSems              = 48, 64, 80
)

// sysSemctl is semctl(2).
func sysSemctl(t *proc.Task, a *args) int64 {
	num, cmd, arg := int32(a[1]), uint32(a[2]), a[3]
	switch {
	case int32(a[0]) < 0:
		return fail(syscalls.EINVAL)
	case cmd == syscalls.IPC_SET:
		if _, err := mm.UserBuf(uintptr(arg), len(semBuf)).Read(0, semBuf[:]); err != 0 {
			return fail(err)
		}
	case cmd == syscalls.SETVAL && uint32(arg) > proc.SemValueMax:
		return fail(syscalls.ERANGE)
	}
	s := proc.SemByID(int32(a[0]))
	if s == nil {
		return fail(syscalls.EINVAL)
	}
	switch cmd {
	case syscalls.IPC_RMID, syscalls.IPC_SET:
		if err := t.SemOwns(s); err != 0 {
			return fail(err)
		}
		if cmd == syscalls.IPC_RMID {
			s.Remove()
			return 0
		}
		uid, gid := get32(semBuf[semUID:]), get32(semBuf[semGID:])
		if uid == proc.NoID || gid == proc.NoID {
			return fail(syscalls.EINVAL)
		}
		s.UID, s.GID, s.Mode = uid, gid, get32(semBuf[semMode:])&0o777
		s.Changed()
		return 0
	case syscalls.SETVAL:
		if num < 0 || int(num) >= s.N {
			return fail(syscalls.EINVAL)
		}
		if err := t.SemMay(s, 2); err != 0 {
			return fail(err)
		}
		s.Set(t, int(num), uint16(arg))
		s.Changed()
		s.Update()
		return 0
	case syscalls.SETALL:
		return semSetAll(t, s, arg)
	case syscalls.IPC_STAT, syscalls.GETALL, syscalls.GETVAL, syscalls.GETPID, syscalls.GETNCNT, syscalls.GETZCNT:
		return semRead(t, s, cmd, num, arg)
	}
	return fail(syscalls.EINVAL)
}

// semRead are the commands that read.
func semRead(t *proc.Task, s *proc.SemSet, cmd uint32, num int32, arg uint64) int64 {
	if err := t.SemMay(s, 4); err != 0 {
		return fail(err)
	}
	switch cmd {
	case syscalls.IPC_STAT:
		semBuf = [len(semBuf)]byte{}
		put32(semBuf[0:], uint32(s.Key))
		put32(semBuf[semUID:], s.UID)
		put32(semBuf[semGID:], s.GID)
		put32(semBuf[semCUID:], s.CUID)
		put32(semBuf[semCGID:], s.CGID)
		put32(semBuf[semMode:], s.Mode)
		put64(semBuf[semOTime:], uint64(s.OTime))
		put64(semBuf[semCTime:], uint64(s.CTime))
		put64(semBuf[semNSems:], uint64(s.N))
		_, err := mm.UserBuf(uintptr(arg), len(semBuf)).Write(0, semBuf[:])
		return result(0, err)
	case syscalls.GETALL:
		to := mm.UserBuf(uintptr(arg), 2*s.N)
		for i := range s.N {
			v := s.Value(i)
			b := [2]byte{byte(v), byte(v >> 8)}
			if _, err := to.Write(2*i, b[:]); err != 0 {
				return fail(err)
			}
		}
		return 0
	}
	if num < 0 || int(num) >= s.N {
		return fail(syscalls.EINVAL)
	}
	switch cmd {
	case syscalls.GETVAL:
		return int64(s.Value(int(num)))
	case syscalls.GETPID:
		return int64(s.Pid(int(num)))
	}
	return int64(s.Waiting(int(num), cmd == syscalls.GETZCNT))
}

// semSetAll is SETALL: all values are looked at before one is set.
func semSetAll(t *proc.Task, s *proc.SemSet, arg uint64) int64 {
	if err := t.SemMay(s, 2); err != 0 {
		return fail(err)
	}
	from := mm.UserBuf(uintptr(arg), 2*s.N)
	for _, set := range [...]bool{false, true} {
		for i := range s.N {
			var b [2]byte
			if _, err := from.Read(2*i, b[:]); err != 0 {
				return fail(err)
			}
			v := uint16(b[0]) | uint16(b[1])<<8
			switch {
			case v > proc.SemValueMax:
				return fail(syscalls.ERANGE)
			case set:
				s.Set(t, i, v)
			}
		}
	}
	s.Changed()
	s.Update()
	return 0
}
