// Package fs is files: open file descriptions and descriptor tables, path
// names, a file system in memory, pipes, devices, and poll.
//
// Begin with [File] and [FileOps], which is what everything behind a
// descriptor implements; then [Walk.Open].
package fs

import (
	"unsafe"

	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// IO is one read or write: the memory, the position in the file, and whether
// the call may sleep.
type IO struct {
	Buf      mm.Buf
	Pos      int64
	Nonblock bool
}

// FileOps is what is behind a descriptor. The methods are called with the
// kernel to themselves; Read and Write may sleep.
type FileOps interface {
	Read(f *File, io IO) (int, syscalls.Errno)
	Write(f *File, io IO) (int, syscalls.Errno)
	// Poll is which of poll(2)'s events hold. If pt is not nil, it also adds
	// the wait queues on which a change is announced.
	Poll(f *File, pt *PollTable) uint16
	// Close is called when the last descriptor is gone.
	Close(f *File)
	// Seekable: the file has a position, which reads and writes move.
	Seekable() bool
}

// File is an open file description (open(2)): what descriptors refer to, and
// what dup and fork share. The flag FD_CLOEXEC is not here but in the
// descriptor table.
type File struct {
	Ops    FileOps
	Inode  *Inode         // nil for pipes and sockets without a name
	Priv   unsafe.Pointer // of Ops
	Tag    uint64         // of Ops
	Mode   uint32         // what stat shows if there is no inode
	Flags  uint32         // access mode, O_APPEND, O_NONBLOCK
	Pos    int64
	refs   int
	writer bool // counts among the inode's writers
	// InFlight is how many of refs belong to messages that nobody has received
	// yet. It is counted for AF_UNIX sockets only (net/garbage.go).
	InFlight int
	eps      *epItem // the epolls that watch it
}

var files mm.Pool[File]

// NewFile makes a description with one user; nil if memory is full.
func NewFile(ops FileOps, flags uint32) *File {
	f := files.Get()
	if f != nil {
		f.Ops, f.Flags, f.refs = ops, flags, 1
	}
	return f
}

// OpenFiles is how many descriptions there are.
func OpenFiles() int { return files.Used() }

// Ref adds a user.
func (f *File) Ref() *File {
	f.refs++
	return f
}

// Unref takes a user from f; the last one closes it.
func (f *File) Unref() {
	if f.refs--; f.refs > 0 {
		if f.Stranded() {
			OnStranded()
		}
		return
	}
	f.unwatch()
	f.Ops.Close(f)
	if f.Inode != nil {
		if f.writer {
			f.Inode.writers--
		}
		if f.Inode.locks != nil {
			f.Inode.release(unsafe.Pointer(f))
		}
		f.closed()
		f.Inode.Unref()
	}
	files.Put(f)
}

// Stranded reports whether only messages that nobody has received still refer to
// f.
func (f *File) Stranded() bool { return f.refs == f.InFlight }

// OnStranded is called when a file has become stranded. Package net sets it.
var OnStranded func()

// Access mode 3 is for neither (open(2), NOTES).
func (f *File) readable() bool { return (f.Flags+1)&1 != 0 }
func (f *File) writable() bool { return (f.Flags+1)&2 != 0 }

// How says in what one read or write differs from the usual: pread, pwritev2,
// and the contexts FILEPOS and RWFLAGS. Its zero value is read(2)'s.
type How struct {
	UsePos   bool // at Pos, and the file's own position stays as it is
	Pos      int64
	Nonblock bool // as if the description had O_NONBLOCK (RWF_NOWAIT)
	Append   bool // as if it had O_APPEND (RWF_APPEND)
}

// Read is read(2) at the file's own position.
func (f *File) Read(b mm.Buf) (int, syscalls.Errno) { return f.ReadHow(b, How{}) }

// Write is write(2) at the file's own position, or at its end with O_APPEND.
func (f *File) Write(b mm.Buf) (int, syscalls.Errno) { return f.WriteHow(b, How{}) }

// ReadHow is preadv2(2).
func (f *File) ReadHow(b mm.Buf, how How) (int, syscalls.Errno) {
	if err := f.May(false, how); err != 0 {
		return 0, err
	}
	io, err := f.io(b, how)
	if err != 0 {
		return 0, err
	}
	if f.Inode != nil && f.Inode.IsDir() {
		return 0, syscalls.EISDIR
	}
	f.Ref() // another thread may close the descriptor meanwhile
	n, err := f.Ops.Read(f, io)
	f.done(io.Pos, n, how)
	f.happened(n, syscalls.IN_ACCESS)
	f.Unref()
	return n, err
}

// WriteHow is pwritev2(2).
func (f *File) WriteHow(b mm.Buf, how How) (int, syscalls.Errno) {
	if err := f.May(true, how); err != 0 {
		return 0, err
	}
	io, err := f.io(b, how)
	if err != 0 {
		return 0, err
	}
	if (f.Flags&syscalls.O_APPEND != 0 || how.Append) && f.Inode != nil && f.Ops.Seekable() {
		io.Pos = int64(f.Inode.Size)
	}
	f.Ref()
	n, err := f.Ops.Write(f, io)
	f.done(io.Pos, n, how)
	f.happened(n, syscalls.IN_MODIFY)
	f.Unref()
	return n, err
}

// May says whether f can be read or written in such a way.
func (f *File) May(write bool, how How) syscalls.Errno {
	switch {
	case how.UsePos && how.Pos < 0:
		return syscalls.EINVAL
	case how.UsePos && !f.Ops.Seekable() && !f.isMem():
		return syscalls.ESPIPE
	case write && !f.writable(), !write && !f.readable():
		return syscalls.EBADF
	}
	return 0
}

// io is what the operations are told of a read or write: EINVAL if it would end
// behind the last position that there is.
func (f *File) io(b mm.Buf, how How) (IO, syscalls.Errno) {
	io := IO{b, f.Pos, how.Nonblock || f.Flags&syscalls.O_NONBLOCK != 0}
	if how.UsePos {
		io.Pos = how.Pos
	}
	if io.Pos+int64(b.Len()) < 0 {
		return io, syscalls.EINVAL
	}
	return io, 0
}

// done moves the file's position behind n bytes at pos.
func (f *File) done(pos int64, n int, how How) {
	if n > 0 && !how.UsePos && f.Ops.Seekable() {
		f.Pos = pos + int64(n)
	}
}

// happened announces that n bytes were read or written.
func (f *File) happened(n int, mask uint32) {
	if n > 0 && watching != nil && f.Inode != nil {
		f.Inode.happened(mask)
	}
}

// closed announces the end of f.
func (f *File) closed() {
	switch {
	case watching == nil || f.Flags&syscalls.O_PATH != 0:
	case f.writable():
		f.Inode.happened(syscalls.IN_CLOSE_WRITE)
	default:
		f.Inode.happened(syscalls.IN_CLOSE_NOWRITE)
	}
}

// Lseek is lseek(2).
func (f *File) Lseek(off int64, whence uint64) (int64, syscalls.Errno) {
	switch {
	case f.isMem():
		return 0, 0 // any position is as good as the first
	case !f.Ops.Seekable():
		return 0, syscalls.ESPIPE
	}
	size := int64(0)
	if f.Inode != nil {
		size = int64(f.Inode.Size)
	}
	switch whence {
	case syscalls.SEEK_SET:
	case syscalls.SEEK_CUR:
		off += f.Pos
	case syscalls.SEEK_END:
		off += size
	case syscalls.SEEK_DATA, syscalls.SEEK_HOLE: // as for a file without holes
		if off < 0 || off >= size {
			return 0, syscalls.ENXIO
		}
		if whence == syscalls.SEEK_HOLE {
			off = size
		}
	default:
		return 0, syscalls.EINVAL
	}
	if off < 0 {
		return 0, syscalls.EINVAL
	}
	f.Pos = off
	return off, 0
}

// Wait sleeps in q on behalf of a blocking call; err says why it must not go
// on waiting.
func Wait(q *sched.WaitQueue) syscalls.Errno {
	switch q.Sleep(sched.Never) {
	case sched.Interrupted:
		return syscalls.EINTR
	case sched.TimedOut:
		return syscalls.ETIMEDOUT
	}
	return 0
}
