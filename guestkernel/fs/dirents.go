package fs

import (
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Getdents64 is getdents64(2): it writes entries of directory f into b. The
// file's position counts entries, "." and ".." first.
func (f *File) Getdents64(b mm.Buf) (int, syscalls.Errno) {
	if f.Inode == nil || !f.Inode.IsDir() {
		return 0, syscalls.ENOTDIR
	}
	if f.Inode.Nlink == 0 {
		return 0, syscalls.ENOENT
	}
	done := 0
	for {
		i, name := f.Inode.nth(f.Pos)
		if i == nil {
			return done, 0
		}
		n, err := putDirent(b, done, i, name, f.Pos+1)
		if n == 0 || err != 0 {
			if done > 0 {
				return done, 0
			}
			return 0, max(err, syscalls.EINVAL)
		}
		done += n
		f.Pos++
	}
}

var dotNames = [...]byte{'.', '.'}

// nth is entry n of a directory.
func (i *Inode) nth(n int64) (*Inode, []byte) {
	switch n {
	case 0:
		return i, dotNames[:1]
	case 1:
		return i.Parent, dotNames[:]
	}
	d := i.entries
	for n -= 2; d != nil && n > 0; n-- {
		d = d.next
	}
	if d == nil {
		return nil, nil
	}
	return d.inode, d.name[:d.n]
}

// putDirent writes struct linux_dirent64 at off: 0 if there is no room.
func putDirent(b mm.Buf, off int, i *Inode, name []byte, next int64) (int, syscalls.Errno) {
	const header = 19
	var e [(header + nameMax + 1 + 7) &^ 7]byte
	size := (header + len(name) + 1 + 7) &^ 7
	if size > b.Len()-off {
		return 0, 0
	}
	put64(e[0:], i.Ino)
	put64(e[8:], uint64(next))
	put16(e[16:], uint16(size))
	e[18] = byte(i.kind() >> 12) // DT_ is the type of the mode
	copy(e[header:], name)
	_, err := b.Write(off, e[:size])
	return size, err
}
