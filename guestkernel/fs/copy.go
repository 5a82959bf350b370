package fs

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Copy copies at most n bytes from one file to another by way of a page of
// memory (sendfile(2), copy_file_range(2)). Where how uses a position, it
// moves; else the file's own does.
func Copy(in *File, from *How, out *File, to *How, n int) (done int, err syscalls.Errno) {
	switch {
	case !in.Ops.Seekable():
		return 0, syscalls.EINVAL
	case out.Flags&syscalls.O_APPEND != 0:
		return 0, syscalls.EINVAL
	}
	if err := in.May(false, *from); err != 0 {
		return 0, err
	}
	if err := out.May(true, *to); err != 0 {
		return 0, err
	}
	pa := mm.Alloc()
	if pa == 0 {
		return 0, syscalls.ENOMEM
	}
	in.Ref() // over the sleeps
	out.Ref()
	page := (*mm.Page)(arch.Virt(pa))
	start := from.Pos
	if !from.UsePos {
		start = in.Pos
	}
	for done < n {
		m := 0
		b := mm.KernelBuf(page[:min(len(page), n-done)])
		if m, err = in.ReadHow(b, How{UsePos: true, Pos: start + int64(done)}); m == 0 || err != 0 {
			break
		}
		w := 0
		w, err = out.WriteHow(b.Slice(0, m), *to)
		done += w
		to.Pos += int64(w)
		if err != 0 || w < m {
			break
		}
	}
	mm.Free(pa)
	if from.UsePos {
		from.Pos += int64(done)
	} else {
		in.Pos = start + int64(done)
	}
	in.Unref()
	out.Unref()
	if done > 0 {
		err = 0
	}
	return done, err
}

// NewMemFD makes a regular file that has no name (memfd_create(2)).
func NewMemFD(mode uint32, c Cred) (*File, syscalls.Errno) {
	i := newInode(syscalls.S_IFREG | mode)
	if i == nil {
		return nil, syscalls.ENOMEM
	}
	i.UID, i.GID = c.UID, c.GID
	i.Ref() // until the description has it
	f, err := i.open(syscalls.O_RDWR | syscalls.O_LARGEFILE)
	i.Unref()
	return f, err
}

// Modes of fallocate(2).
const (
	fallocKeepSize  = 1
	fallocPunchHole = 2
	fallocZeroRange = 0x10
)

// Fallocate is fallocate(2).
func (f *File) Fallocate(mode uint32, off, n int64) syscalls.Errno {
	i := f.Inode
	switch {
	case off < 0 || n <= 0:
		return syscalls.EINVAL
	case mode&^(fallocKeepSize|fallocPunchHole|fallocZeroRange) != 0,
		mode&fallocPunchHole != 0 && mode != fallocPunchHole|fallocKeepSize:
		return syscalls.EOPNOTSUPP
	case !f.writable():
		return syscalls.EBADF
	case i == nil || i.kind() == syscalls.S_IFIFO:
		return syscalls.ESPIPE
	case i.IsDir():
		return syscalls.EISDIR
	case !i.IsRegular():
		return syscalls.ENODEV
	case off > maxFileSize || n > maxFileSize-off:
		return syscalls.EFBIG
	}
	if mode&(fallocPunchHole|fallocZeroRange) != 0 {
		i.zero(uint64(off), min(uint64(off+n), i.Size))
	}
	if end := uint64(off + n); mode&fallocKeepSize == 0 && end > i.Size {
		i.Size = end
	}
	i.modified()
	return 0
}

// zero clears what is in [at, end).
func (i *Inode) zero(at, end uint64) {
	for at < end {
		e, span := i.slot(at/mm.PageSize, false)
		if e == nil { // a hole, and so are all pages of the group
			at = (at/mm.PageSize&^(span-1) + span) * mm.PageSize
			continue
		}
		off := at % mm.PageSize
		n := min(mm.PageSize-off, end-at)
		if *e != 0 {
			clear((*mm.Page)(arch.Virt(*e))[off : off+n])
		}
		at += n
	}
}

// StatxSize is the size of struct statx, in bytes.
const StatxSize = 256

// Statx makes struct statx (statx(2)) of struct stat: the basic fields.
func Statx(from *[StatSize]byte, b *[StatxSize]byte) {
	const basic, blksize = 0x7ff, 4096
	*b = [StatxSize]byte{}
	put32(b[0x00:], basic)
	put32(b[0x04:], blksize)
	copy(b[0x10:0x14], from[16:20])                 // stx_nlink
	copy(b[0x14:0x1c], from[28:36])                 // stx_uid, stx_gid
	copy(b[0x1c:0x1e], from[24:26])                 // stx_mode
	copy(b[0x20:0x28], from[8:16])                  // stx_ino
	copy(b[0x28:0x30], from[48:56])                 // stx_size
	copy(b[0x30:0x38], from[64:72])                 // stx_blocks
	for n, to := range [...]int{0x40, 0x70, 0x60} { // stx_atime, stx_mtime, stx_ctime
		copy(b[to:to+8], from[72+16*n:])
		copy(b[to+8:to+12], from[80+16*n:])
	}
	rdev := syscalls.GetInt(from[40:], 8)
	put32(b[0x80:], major(rdev))
	put32(b[0x84:], Minor(rdev))
	dev := syscalls.GetInt(from[0:], 8)
	put32(b[0x88:], major(dev))
	put32(b[0x8c:], Minor(dev))
}
