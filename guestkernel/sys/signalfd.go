//go:build freestanding

package sys

import (
	"unsafe"

	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// signalOps are a signalfd's: it has nothing but its set of signals, in the
// file's Tag, and gives whoever reads the signals that wait for that one.
type signalOps struct{}

var signalFile signalOps

// The structure that is read (signalfd(2)), in bytes from its start.
const (
	ssiSize   = 128
	ssiCode   = 8
	ssiPid    = 12
	ssiUID    = 16
	ssiStatus = 40
	ssiInt    = 44
	ssiPtr    = 48
	ssiAddr   = 72
)

// Read takes as many signals as there is room for; it waits for the first.
func (*signalOps) Read(f *fs.File, io fs.IO) (n int, err syscalls.Errno) {
	if io.Buf.Len() < ssiSize {
		return 0, syscalls.EINVAL
	}
	t := proc.Current()
	for n+ssiSize <= io.Buf.Len() {
		var i proc.Info
		switch {
		case t.Take(f.Tag, &i):
			var b [ssiSize]byte
			encodeSSI(&b, &i)
			if _, err := io.Buf.Write(n, b[:]); err != 0 {
				return n, err
			}
			n += ssiSize
		case n > 0:
			return n, 0
		case io.Nonblock:
			return 0, syscalls.EAGAIN
		default:
			if err := fs.Wait(proc.SignalQueue()); err != 0 {
				return 0, err
			}
		}
	}
	return n, 0
}

func encodeSSI(b *[ssiSize]byte, i *proc.Info) {
	put32(b[:], uint32(i.Signo))
	put32(b[ssiCode:], uint32(i.Code))
	put32(b[ssiPid:], uint32(i.Pid))
	put32(b[ssiUID:], i.UID)
	if i.Signo == syscalls.SIGCHLD {
		put32(b[ssiStatus:], uint32(i.Value))
	} else {
		put32(b[ssiInt:], uint32(i.Value))
		put64(b[ssiPtr:], i.Value)
	}
	put64(b[ssiAddr:], i.Addr)
}

func (*signalOps) Write(f *fs.File, io fs.IO) (int, syscalls.Errno) { return 0, syscalls.EINVAL }
func (*signalOps) Close(f *fs.File)                                 {}
func (*signalOps) Seekable() bool                                   { return false }

func (*signalOps) Poll(f *fs.File, pt *fs.PollTable) uint16 {
	pt.Add(proc.SignalQueue())
	if proc.Current().PendingSet()&f.Tag != 0 {
		return syscalls.POLLIN
	}
	return 0
}

// sysSignalfd is the old signalfd(2), sysSignalfd4 the one with flags.
func sysSignalfd(t *proc.Task, a *args) int64 { return signalfd(t, a, 0) }

func sysSignalfd4(t *proc.Task, a *args) int64 { return signalfd(t, a, uint32(a[3])) }

// signalfd makes one, or gives the one that it is called with another set:
// then no descriptor is made, and flags mean nothing.
func signalfd(t *proc.Task, a *args, flags uint32) int64 {
	if flags&^(syscalls.SFD_NONBLOCK|syscalls.SFD_CLOEXEC) != 0 {
		return fail(syscalls.EINVAL)
	}
	set, err := getSet(a[1], a[2])
	if err != 0 {
		return fail(err)
	}
	set &^= 1<<(syscalls.SIGKILL-1) | 1<<(syscalls.SIGSTOP-1)
	if fd := int32(a[0]); fd != -1 {
		f, err := t.File(a[0])
		switch {
		case err != 0:
			return fail(err)
		case f.Ops != fs.FileOps(&signalFile):
			return fail(syscalls.EINVAL)
		}
		f.Tag = set
		proc.SignalQueue().WakeAll()
		return int64(fd)
	}
	f := fs.NewAnon(&signalFile, unsafe.Pointer(nil), syscalls.O_RDWR|t.CreateFlags(flags)&syscalls.O_NONBLOCK)
	if f == nil {
		return fail(syscalls.ENFILE)
	}
	f.Tag = set
	return newFile(t, f, flags, 0)
}
