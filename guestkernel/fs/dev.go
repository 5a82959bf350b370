package fs

import (
	"unsafe"

	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// MakeDev is makedev(3).
func MakeDev(major, minor uint32) uint64 {
	return uint64(minor&0xff) | uint64(major&0xfff)<<8 | uint64(minor&^0xff)<<12
}

func major(dev uint64) uint32 { return uint32(dev>>8) & 0xfff }

// Minor is minor(3).
func Minor(dev uint64) uint32 { return uint32(dev&0xff) | uint32(dev>>12)&^0xff }

// charDevice is a driver of character devices of one major number.
type charDevice struct {
	major uint32
	ops   FileOps
	open  func(dev uint64) syscalls.Errno
}

var charDevices [8]charDevice

// RegisterChar gives the devices with a major number their driver. open is
// called before a device is opened.
func RegisterChar(major uint32, ops FileOps, open func(dev uint64) syscalls.Errno) {
	for i := range charDevices {
		if d := &charDevices[i]; d.ops == nil || d.major == major {
			*d = charDevice{major, ops, open}
			return
		}
	}
	panic("fs.RegisterChar: too many")
}

func findChar(dev uint64) *charDevice {
	for i := range charDevices {
		if d := &charDevices[i]; d.ops != nil && d.major == major(dev) {
			return d
		}
	}
	return nil
}

// The memory devices (mem(4), null(4), full(4)), by minor number.
const (
	memMajor = 1
	memNull  = 3
	memZero  = 5
	memFull  = 7
)

type memDevice struct{}

var memOps memDevice

func openMem(dev uint64) syscalls.Errno {
	switch Minor(dev) {
	case memNull, memZero, memFull:
		return 0
	}
	return syscalls.ENXIO
}

func (*memDevice) Read(f *File, io IO) (int, syscalls.Errno) {
	if Minor(f.Inode.Rdev) == memNull {
		return 0, 0
	}
	for done := 0; done < io.Buf.Len(); {
		n, err := io.Buf.Write(done, zeroPage[:min(mm.PageSize, io.Buf.Len()-done)])
		done += n
		if err != 0 {
			if done > 0 {
				return done, 0
			}
			return 0, err
		}
	}
	return io.Buf.Len(), 0
}

func (*memDevice) Write(f *File, io IO) (int, syscalls.Errno) {
	if Minor(f.Inode.Rdev) == memFull {
		return 0, syscalls.ENOSPC
	}
	return io.Buf.Len(), 0
}

func (*memDevice) Close(f *File)  {}
func (*memDevice) Seekable() bool { return false }
func (*memDevice) Poll(f *File, pt *PollTable) uint16 {
	return syscalls.POLLIN | syscalls.POLLOUT | pollRdNorm | pollWrNorm
}

// isMem: f is one of the memory devices, which take positions but have none.
func (f *File) isMem() bool { return f.Ops == FileOps(&memOps) }

// Bytes is a string as bytes, which are only read.
func Bytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
