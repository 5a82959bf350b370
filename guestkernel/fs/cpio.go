package fs

import (
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Boot makes the root file system from an initramfs, a cpio archive in the
// format "newc" (Linux, Documentation/driver-api/early-userspace/
// buffer-format.rst), and the devices under /dev. It returns what is wrong,
// or "".
func Boot(archive []byte) (problem string) {
	Root = newInode(syscalls.S_IFDIR | 0o755)
	if Root == nil {
		return "no memory for the root directory"
	}
	Root.Parent, Root.Nlink = Root, 2
	RegisterChar(memMajor, &memOps, openMem)
	if problem := unpack(archive); problem != "" {
		return problem
	}
	return makeDevices()
}

const (
	cpioHeader = 110 // six bytes of magic, 13 fields of eight hexadecimal digits
	fieldMode  = 1
	fieldSize  = 6
	fieldMajor = 9
	fieldMinor = 10
	fieldName  = 11
)

// hex reads field n of a header.
func hex(h []byte, n int) (v uint64, ok bool) {
	for _, c := range h[6+8*n : 14+8*n] {
		d := c | 0x20
		switch {
		case c >= '0' && c <= '9':
			d = c - '0'
		case d >= 'a' && d <= 'f':
			d = d - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | uint64(d)
	}
	return v, true
}

// unpack makes the files of an archive.
func unpack(a []byte) (problem string) {
	for {
		if len(a) < cpioHeader || string(a[:6]) != "070701" {
			return "initramfs: not a cpio archive in the format newc, or cut short"
		}
		size, ok1 := hex(a, fieldSize)
		nameLen, ok2 := hex(a, fieldName)
		mode, ok3 := hex(a, fieldMode)
		major, ok4 := hex(a, fieldMajor)
		minor, ok5 := hex(a, fieldMinor)
		data := (cpioHeader + nameLen + 3) &^ 3
		next := (data + size + 3) &^ 3
		if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || nameLen == 0 || nameLen > PathMax || data+size > uint64(len(a)) {
			return "initramfs: a header is wrong"
		}
		name := a[cpioHeader : cpioHeader+nameLen-1]
		if string(name) == "TRAILER!!!" {
			return ""
		}
		if err := unpackOne(name, uint32(mode), MakeDev(uint32(major), uint32(minor)), a[data:data+size]); err != 0 {
			return "initramfs: a file cannot be made"
		}
		a = a[min(next, uint64(len(a))):]
	}
}

// unpackOne makes one file of an archive. A directory may be there already.
func unpackOne(name []byte, mode uint32, rdev uint64, data []byte) syscalls.Errno {
	w := Walk{Root}
	if len(name) == 0 || string(name) == "." {
		return 0
	}
	if mode&syscalls.S_IFMT == syscalls.S_IFDIR {
		if err := w.Mkdir(name, mode); err != 0 && err != syscalls.EEXIST {
			return err
		}
		return 0
	}
	i, err := w.Mknod(name, mode, rdev)
	if err != 0 {
		return err
	}
	if i.kind() != syscalls.S_IFREG && i.kind() != syscalls.S_IFLNK {
		return 0
	}
	if n, err := i.WriteAt(mm.KernelBuf(data), 0); err != 0 || n != len(data) {
		return syscalls.ENOSPC
	}
	return 0
}

// devices are the nodes that the kernel makes by itself.
var devices = [...]struct {
	path         string
	major, minor uint32
}{
	{"/dev/null", memMajor, memNull},
	{"/dev/zero", memMajor, memZero},
	{"/dev/full", memMajor, memFull},
	{"/dev/console", 5, 1},
	{"/dev/hvc0", 229, 0}, {"/dev/hvc1", 229, 1}, {"/dev/hvc2", 229, 2}, {"/dev/hvc3", 229, 3},
	{"/dev/hvc4", 229, 4}, {"/dev/hvc5", 229, 5}, {"/dev/hvc6", 229, 6}, {"/dev/hvc7", 229, 7},
}

func makeDevices() (problem string) {
	w := Walk{Root}
	for _, dir := range [...]string{"/dev", "/tmp", "/proc"} {
		if err := w.Mkdir(Bytes(dir), 0o755); err != 0 && err != syscalls.EEXIST {
			return "no memory for /dev"
		}
	}
	for i := range devices {
		d := &devices[i]
		_, err := w.Mknod(Bytes(d.path), syscalls.S_IFCHR|0o600, MakeDev(d.major, d.minor))
		if err != 0 && err != syscalls.EEXIST {
			return "no memory for the devices"
		}
	}
	return ""
}
