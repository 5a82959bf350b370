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
		name := a[cpioHeader : cpioHeader+nameLen]
		for i, c := range name {
			if (c == 0) != (i == len(name)-1) {
				return "initramfs: a name does not end where it should"
			}
		}
		name = skipSlashes(name[:len(name)-1])
		if string(name) == "TRAILER!!!" {
			return ""
		}
		if err := unpackOne(name, uint32(mode), MakeDev(uint32(major), uint32(minor)), a[data:data+size]); err != 0 {
			return unpackProblem(err)
		}
		a = a[min(next, uint64(len(a))):]
	}
}

func unpackProblem(err syscalls.Errno) string {
	switch err {
	case syscalls.ENOSPC:
		return "initramfs: it does not fit into memory"
	case syscalls.EEXIST:
		return "initramfs: a file is to be where a directory is"
	case syscalls.ENOTDIR:
		return "initramfs: a file is to be in what is no directory"
	case syscalls.EINVAL:
		return "initramfs: a file is of a type that there is not"
	case syscalls.ENAMETOOLONG:
		return "initramfs: a name, or where a symbolic link leads, is too long"
	}
	return "initramfs: a file cannot be made"
}

// unpackOne makes one file of an archive, and the directories that it is in.
// A directory may be there already; another file is replaced.
func unpackOne(name []byte, mode uint32, rdev uint64, data []byte) syscalls.Errno {
	w := Walk{Cwd: Root}
	if err := unpackParents(name); err != 0 || len(name) == 0 || string(name) == "." {
		return err
	}
	switch kind := mode & syscalls.S_IFMT; kind {
	case syscalls.S_IFDIR:
		if err := w.Mkdir(name, mode); err != 0 && err != syscalls.EEXIST {
			return err
		}
		i, err := w.Lookup(name, true)
		if err == 0 && !i.IsDir() {
			err = syscalls.ENOTDIR
		}
		return err
	case syscalls.S_IFLNK:
		if len(data) == 0 || len(data) >= PathMax {
			return syscalls.ENAMETOOLONG
		}
	case syscalls.S_IFREG, syscalls.S_IFCHR, syscalls.S_IFBLK, syscalls.S_IFIFO, syscalls.S_IFSOCK:
	default:
		return syscalls.EINVAL
	}
	if old, err := w.Lookup(name, false); err == 0 && !old.IsDir() {
		if err := w.Unlink(name); err != 0 {
			return err
		}
	}
	i, err := w.Mknod(name, mode&(syscalls.S_IFMT|0o7777), rdev)
	if err != 0 || i.kind() != syscalls.S_IFREG && i.kind() != syscalls.S_IFLNK {
		return err
	}
	if n, err := i.WriteAt(mm.KernelBuf(data), 0); err != 0 || n != len(data) {
		return syscalls.ENOSPC
	}
	return 0
}

// unpackParents makes the directories that a path leads through and that the
// archive has not named before.
func unpackParents(path []byte) syscalls.Errno {
	for n, c := range path {
		if c != '/' || n+1 == len(path) {
			continue
		}
		err := (Walk{Cwd: Root}).Mkdir(path[:n], 0o755)
		if err != 0 && err != syscalls.EEXIST {
			return err
		}
	}
	return 0
}

// devices are the nodes that the kernel makes by itself.
var devices = [...]struct {
	path         string
	perm         uint32
	major, minor uint32
}{
	{"/dev/null", 0o666, memMajor, memNull},
	{"/dev/zero", 0o666, memMajor, memZero},
	{"/dev/full", 0o666, memMajor, memFull},
	{"/dev/console", 0o600, 5, 1},
	{"/dev/hvc0", 0o600, 229, 0}, {"/dev/hvc1", 0o600, 229, 1},
	{"/dev/hvc2", 0o600, 229, 2}, {"/dev/hvc3", 0o600, 229, 3},
	{"/dev/hvc4", 0o600, 229, 4}, {"/dev/hvc5", 0o600, 229, 5},
	{"/dev/hvc6", 0o600, 229, 6}, {"/dev/hvc7", 0o600, 229, 7},
}

func makeDevices() (problem string) {
	w := Walk{Cwd: Root}
	for _, dir := range [...]string{"/dev", "/tmp", "/proc"} {
		mode := uint32(0o755)
		if dir == "/tmp" {
			mode = 0o1777
		}
		if err := w.Mkdir(Bytes(dir), mode); err != 0 && err != syscalls.EEXIST {
			return "no memory for /dev"
		}
	}
	for i := range devices {
		d := &devices[i]
		_, err := w.Mknod(Bytes(d.path), syscalls.S_IFCHR|d.perm, MakeDev(d.major, d.minor))
		if err != 0 && err != syscalls.EEXIST {
			return "no memory for the devices"
		}
	}
	return ""
}
