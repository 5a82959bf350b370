//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/klog"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// File is the file of a descriptor, as a call's argument has it: EBADF if there
// is none, or one that only stands for a path (O_PATH).
func (t *Task) File(fd uint64) (*fs.File, syscalls.Errno) {
	f, err := t.FDs.Get(int(int32(fd)))
	if err == 0 && f.Flags&syscalls.O_PATH != 0 {
		return nil, syscalls.EBADF
	}
	return f, err
}

// AnyFile is for the calls that take O_PATH descriptors, too.
func (t *Task) AnyFile(fd uint64) (*fs.File, syscalls.Errno) { return t.FDs.Get(int(int32(fd))) }

// Here every descriptor that a call creates comes to be, and with it the
// OPENFLAGS context is looked at: CreateFlags before a new description is
// made, Cloexec when its descriptor is.

// CreateFlags adds to the flags of a call that creates a description those
// that the task's context sets.
func (t *Task) CreateFlags(flags uint32) uint32 { return flags | t.Ctx.OpenFlags() }

// Cloexec reports whether a new descriptor gets FD_CLOEXEC: by the call's own
// flags, or by the context.
func (t *Task) Cloexec(flags uint32) bool {
	return (flags|t.Ctx.OpenFlags())&syscalls.O_CLOEXEC != 0
}

// SharesDescription refuses, for a call whose descriptor refers to a
// description that exists already, a context that would change it.
func (t *Task) SharesDescription() syscalls.Errno {
	if t.Ctx.OpenFlags()&syscalls.O_NONBLOCK != 0 {
		return syscalls.EINVAL
	}
	return 0
}

// Slot is the number that FDSLOT says the new descriptor shall have.
func (t *Task) Slot() (fd int, set bool) {
	c := t.Ctx[syscalls.CtxFDSlot][0]
	return int(int32(c >> 32)), c != 0
}

// ReserveFD takes a number for a descriptor: the lowest free one from min on,
// or that of the context FDSLOT, where nothing happens until PublishFD.
func (t *Task) ReserveFD(min int) (int, syscalls.Errno) {
	fd, set := t.Slot()
	switch {
	case !set:
		return t.reserve(min)
	case fd < 0 || fd >= t.MaxFD():
		return 0, syscalls.EBADF
	case fd < min:
		return 0, syscalls.EINVAL
	}
	return fd, 0
}

// MaxFD is the number that no descriptor reaches: RLIMIT_NOFILE.
func (t *Task) MaxFD() int {
	return int(min(t.Proc.Limits[syscalls.RLIMIT_NOFILE].Soft, fs.MaxFD))
}

// reserve takes the lowest free number from least on, below the limit.
func (t *Task) reserve(least int) (int, syscalls.Errno) {
	fd, err := t.FDs.Reserve(least)
	if err == 0 && fd >= t.MaxFD() {
		t.FDs.Unreserve(fd)
		err = syscalls.EMFILE
	}
	return fd, err
}

// UnreserveFD gives back what ReserveFD took.
func (t *Task) UnreserveFD(fd int) {
	if _, set := t.Slot(); !set {
		t.FDs.Unreserve(fd)
	}
}

// PublishFD makes a descriptor from ReserveFD refer to f, whose reference it
// takes; flags are the creating call's. It can only fail with FDSLOT.
func (t *Task) PublishFD(fd int, f *fs.File, flags uint32) syscalls.Errno {
	if _, set := t.Slot(); set {
		err := t.FDs.Replace(fd, f, t.Cloexec(flags))
		if err != 0 {
			f.Unref()
		}
		return err
	}
	t.FDs.Publish(fd, f, t.Cloexec(flags))
	return 0
}

// NewFD gives f, whose reference it takes, a descriptor: the lowest free one
// from min on, or the context's.
func (t *Task) NewFD(f *fs.File, flags uint32, min int) (int, syscalls.Errno) {
	fd, err := t.ReserveFD(min)
	if err != 0 {
		f.Unref()
		return 0, err
	}
	return fd, t.PublishFD(fd, f, flags)
}

// NewFDPair does so for two files, whose descriptors go to user memory at out
// as two 32-bit numbers: all of it happens, or nothing.
func (t *Task) NewFDPair(a, b *fs.File, flags uint32, out mm.Buf) syscalls.Errno {
	fa, err := 0, syscalls.EINVAL // FDSLOT is for one
	if _, set := t.Slot(); !set {
		fa, err = t.reserve(0)
	}
	if err == 0 {
		var fb int
		if fb, err = t.reserve(0); err == 0 {
			w := [8]byte{byte(fa), byte(fa >> 8), 4: byte(fb), byte(fb >> 8)}
			if _, err = out.Write(0, w[:]); err == 0 {
				t.FDs.Publish(fa, a, t.Cloexec(flags))
				t.FDs.Publish(fb, b, t.Cloexec(flags))
				return 0
			}
			t.FDs.Unreserve(fb)
		}
		t.FDs.Unreserve(fa)
	}
	a.Unref()
	b.Unref()
	return err
}

// pathBuf is where a call's path is copied to, and pathBuf2 a second one. The
// kernel is not preempted, and no call needs its path after it has slept.
var pathBuf, pathBuf2 [fs.PathMax]byte

// Path copies a path in (NUL-terminated, at most PATH_MAX bytes with the NUL).
func (t *Task) Path(addr uint64) ([]byte, syscalls.Errno) { return copyPath(addr, pathBuf[:]) }

// Path2 is for the second path of a call that has two.
func (t *Task) Path2(addr uint64) ([]byte, syscalls.Errno) { return copyPath(addr, pathBuf2[:]) }

// xattrBuf is the same for the name of an extended attribute.
var xattrBuf [syscalls.XATTR_NAME_MAX + 1]byte

// XattrName copies the name of an extended attribute in.
func (t *Task) XattrName(addr uint64) ([]byte, syscalls.Errno) {
	name, err := copyPath(addr, xattrBuf[:])
	if err == syscalls.ENAMETOOLONG || err == 0 && len(name) == 0 {
		return nil, syscalls.ERANGE
	}
	return name, err
}

func copyPath(addr uint64, to []byte) ([]byte, syscalls.Errno) {
	for n := 0; n < len(to); {
		// Not past the page: what comes after may not be mapped.
		m := min(64, len(to)-n, mm.PageSize-int((addr+uint64(n))%mm.PageSize))
		if _, err := mm.UserBuf(uintptr(addr)+uintptr(n), m).Read(0, to[n:n+m]); err != 0 {
			return nil, err
		}
		for i, c := range to[n : n+m] {
			if c == 0 {
				return to[:n+i], 0
			}
		}
		n += m
	}
	return nil, syscalls.ENAMETOOLONG
}

// How is in what a read or write of the task differs from the usual: here the
// contexts FILEPOS and RWFLAGS are looked at. flags are the call's own RWF_*.
func (t *Task) How(flags uint32) fs.How {
	flags |= uint32(t.Ctx[syscalls.CtxRWFlags][0] >> 32)
	return fs.How{
		UsePos:   t.Ctx.Set(syscalls.CtxFilepos),
		Pos:      int64(t.Ctx[syscalls.CtxFilepos][1]),
		Nonblock: flags&syscalls.RWF_NOWAIT != 0,
		Append:   flags&syscalls.RWF_APPEND != 0,
	}
}

// HowAt is for a call with a position of its own, as pread(2) has: that one
// goes before the context's.
func (t *Task) HowAt(pos int64, flags uint32) fs.How {
	how := t.How(flags)
	how.UsePos, how.Pos = true, pos
	return how
}

// NewMode is the mode of a file that a call makes: mode without what the
// file-creation mask takes away, the process's or the UMASK context's.
func (t *Task) NewMode(mode uint32) uint32 {
	if t.Ctx.Set(syscalls.CtxUmask) {
		return mode &^ uint32(t.Ctx[syscalls.CtxUmask][0]>>32)
	}
	return mode &^ t.FS.Umask
}

// Walk is where the task's paths start, and how they are walked: here the
// contexts DIRFD and LOOKUP are looked at.
func (t *Task) Walk() fs.Walk { return t.WalkAt(fdCwd, 0) }

// Walk2 is the same for the second path of a call that has two.
func (t *Task) Walk2() fs.Walk { return t.WalkAt2(fdCwd) }

const fdCwd = 1<<64 + syscalls.AT_FDCWD

// WalkAt is for a call that has a directory and flags of its own, as openat(2)
// has: AT_FDCWD leaves it to the context where relative paths start, and the
// flags come on top of the context's.
func (t *Task) WalkAt(dir uint64, flags uint32) fs.Walk {
	return t.walkFrom(t.DirFD(dir), flags)
}

// DirFD is the descriptor of the directory that is meant by a call's own.
func (t *Task) DirFD(dir uint64) int32 {
	fd := int32(dir)
	if fd == syscalls.AT_FDCWD && t.Ctx.Set(syscalls.CtxDirfd) {
		fd = int32(t.Ctx[syscalls.CtxDirfd][0] >> 32)
	}
	return fd
}

// WalkAt2 is the same for a second path.
func (t *Task) WalkAt2(dir uint64) fs.Walk {
	fd := int32(dir)
	if fd == syscalls.AT_FDCWD && t.Ctx.Set(syscalls.CtxDirfd) {
		fd = int32(t.Ctx[syscalls.CtxDirfd][1])
	}
	return t.walkFrom(fd, 0)
}

func (t *Task) walkFrom(fd int32, flags uint32) fs.Walk {
	c := &t.Ctx[syscalls.CtxLookup]
	w := fs.Walk{Cwd: t.FS.Cwd, Cred: t.FSCred(), At: uint32(c[0]>>32) | flags, Resolve: c[1]}
	if fd != syscalls.AT_FDCWD {
		w.StartAt(t.FDs.Get(int(fd)))
	}
	return w
}

// OpenExec finds a program: a regular file that may be executed. It is
// referenced.
func (t *Task) OpenExec(path []byte) (*fs.Inode, syscalls.Errno) {
	return OpenExec(t.Walk(), path)
}

// OpenExec is the same by another walk.
func OpenExec(w fs.Walk, path []byte) (*fs.Inode, syscalls.Errno) {
	i, err := w.Lookup(path, true)
	switch {
	case err != 0:
		return nil, err
	case i.Mode&syscalls.S_IFMT == syscalls.S_IFLNK:
		return nil, syscalls.ELOOP
	case !i.IsRegular():
		return nil, syscalls.EACCES
	}
	if err := w.Permission(i, syscalls.X_OK); err != 0 {
		return nil, err
	}
	if i.Written() {
		return nil, syscalls.ETXTBSY
	}
	return i.Ref(), 0
}

// StartInit makes the first process: descriptors 0, 1 and 2 are the console.
func StartInit(path []byte) syscalls.Errno {
	t := newTask()
	t.FDs = fs.NewFDTable()
	if t.FDs == nil {
		return syscalls.ENOMEM
	}
	if t.FS = NewFS(fs.Root.Ref(), 0o022); t.FS == nil {
		return syscalls.ENOMEM
	}
	newProcess(t).initLimits()
	t.PGrp, t.Sid = t.Pid, t.Pid
	f, err := t.Walk().Open(fs.Bytes("/dev/console"), syscalls.O_RDWR|syscalls.O_LARGEFILE, 0)
	if err != 0 {
		return err
	}
	for range 3 {
		if _, err := t.NewFD(f.Ref(), 0, 0); err != 0 {
			return err
		}
	}
	f.Unref()
	t.Root = arch.KernelRoot()
	copy(pathBuf[:], path)
	initPath = pathBuf[:min(len(path), len(pathBuf))]
	arch.StartThread(&t.G, execInit)
	sched.Start(&t.Thread)
	return 0
}

var initPath []byte

// execInit is where the first process begins, in the kernel.
func execInit() {
	t := Current()
	f, err := t.OpenExec(initPath)
	if err == 0 {
		err = t.Exec(f, initPath, 0, 0, func(*Task) {})
		f.Unref()
	}
	if err != 0 {
		klog.Msg("init ").B(initPath).S(": ").S(err.Name()).Always()
		InitFailed()
	}
	arch.EnterUser(t.G.UserFrame())
}

// InitFailed is called when there is no first program.
var InitFailed func()
