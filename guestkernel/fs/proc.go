package fs

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// procfs (proc(5)), as much as the agent needs: /proc/PID/syscall, what call
// a task sleeps in, /proc/PID/stack, how it came there, /proc/PID/stat, whether
// it has ended, and how, and /proc/PID/indirect, the values of the fields that
// sys_indirect's contexts override. PID may be "self". /proc/counters is how
// many objects of each kind the kernel has in use, which Linux does not have.
// There are no directories to list; the names are known where they are opened.

// ProcFile is one of the files that a task has.
type ProcFile int

const (
	ProcSyscall ProcFile = iota
	ProcIndirect
	ProcStack
	ProcStat
	ProcCounters // of no task
)

var procNames = [...]string{ProcSyscall: "syscall", ProcIndirect: "indirect", ProcStack: "stack", ProcStat: "stat"}

// ProcRead is set by package proc's user: it writes the text of a task's file
// into b, and reports how long it is; -1 if there is no such task. The pid is
// 0 for the current task.
var ProcRead func(pid int, file ProcFile, b []byte) int

// procInode is the inode of all of them.
var procInode = Inode{Ino: 1, Mode: syscalls.S_IFREG | 0o444, Nlink: 1, refs: 1}

type procFile struct{}

var procOps procFile

// openProc opens a path under /proc; mine is false if the path is not one.
func (w *Walk) openProc(path []byte, flags uint32) (f *File, err syscalls.Errno, mine bool) {
	const prefix = "/proc/"
	const inside = syscalls.RESOLVE_BENEATH | syscalls.RESOLVE_IN_ROOT
	if ProcRead == nil || len(path) <= len(prefix) || string(path[:len(prefix)]) != prefix || w.Resolve&inside != 0 {
		return nil, 0, false
	}
	if w.Resolve&syscalls.RESOLVE_NO_XDEV != 0 {
		return nil, syscalls.EXDEV, true
	}
	name, rest := component(path[len(prefix):])
	pid := 0
	if string(name) == "counters" && len(rest) == 0 {
		return openProcFile(0, ProcCounters, flags)
	}
	if string(name) != "self" {
		for _, c := range name {
			if c < '0' || c > '9' || pid > 1<<20 {
				return nil, syscalls.ENOENT, true
			}
			pid = pid*10 + int(c-'0')
		}
		if pid == 0 {
			return nil, syscalls.ENOENT, true
		}
	}
	for i, s := range procNames {
		if s == string(rest) {
			return openProcFile(pid, ProcFile(i), flags)
		}
	}
	return nil, syscalls.ENOENT, true
}

func openProcFile(pid int, file ProcFile, flags uint32) (f *File, err syscalls.Errno, mine bool) {
	switch {
	case flags&syscalls.O_ACCMODE != syscalls.O_RDONLY:
		return nil, syscalls.EACCES, true
	case ProcRead(pid, file, zeroPage[:0]) < 0:
		return nil, syscalls.ENOENT, true
	}
	if f = NewFile(&procOps, flags&syscalls.O_NONBLOCK); f == nil {
		return nil, syscalls.ENFILE, true
	}
	f.Inode = procInode.Ref()
	f.Tag = uint64(pid)<<8 | uint64(file)
	return f, 0, true
}

func (*procFile) Read(f *File, io IO) (int, syscalls.Errno) {
	v := f.Tag
	pa := mm.Alloc()
	if pa == 0 {
		return 0, syscalls.ENOMEM
	}
	page := (*mm.Page)(arch.Virt(pa))
	n, err := ProcRead(int(v>>8), ProcFile(v&0xff), page[:]), syscalls.ESRCH
	if n >= 0 {
		b := page[min(io.Pos, int64(n)):n]
		n, err = io.Buf.Write(0, b[:min(len(b), io.Buf.Len())])
	}
	mm.Free(pa)
	return max(n, 0), err
}

func (*procFile) Write(f *File, io IO) (int, syscalls.Errno) { return 0, syscalls.EBADF }
func (*procFile) Close(f *File)                              {}
func (*procFile) Seekable() bool                             { return true }
func (*procFile) Poll(f *File, pt *PollTable) uint16         { return syscalls.POLLIN | pollRdNorm }
