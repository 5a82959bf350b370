package fs

import (
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Getdents64 is getdents64(2): it writes entries of directory f into b. The
// file's position is 0 at ".", 1 at "..", and then grows with the entries: one
// that stays is neither left out nor seen twice because others come and go.
func (f *File) Getdents64(b mm.Buf) (int, syscalls.Errno) {
	if f.Inode == nil || !f.Inode.IsDir() {
		return 0, syscalls.ENOTDIR
	}
	if f.Inode.Nlink == 0 {
		return 0, syscalls.ENOENT
	}
	done := 0
	for {
		i, name, next := f.Inode.after(f.Pos)
		if i == nil {
			return done, 0
		}
		n, err := putDirent(b, done, i, name, next)
		if n == 0 || err != 0 {
			if done > 0 {
				return done, 0
			}
			if err == 0 {
				err = syscalls.EINVAL // there is no room for one
			}
			return 0, err
		}
		done += n
		f.Pos = next
	}
}

var dotNames = [...]byte{'.', '.'}

// after is the first entry of a directory whose position is at least pos, and
// the position that comes next.
func (i *Inode) after(pos int64) (*Inode, []byte, int64) {
	switch pos {
	case 0:
		return i, dotNames[:1], 1
	case 1:
		return i.Parent, dotNames[:], 2
	}
	for d := i.entries; d != nil; d = d.next {
		if at := firstPos + d.pos; at >= pos {
			return d.inode, d.name[:d.n], at + 1
		}
	}
	return nil, nil, 0
}

// firstPos is the position before that of the first entry, whose own number
// is 1.
const firstPos = 1

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
