package fs

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Inode is a file of the file system in memory: a directory, a regular file,
// a symbolic link, a device, or the name of a socket.
type Inode struct {
	Ino      uint64
	Mode     uint32 // type and permissions, inode(7)
	Nlink    uint32
	UID, GID uint32
	Rdev     uint64 // of a device: MakeDev
	Size     uint64 // in bytes
	Atime    int64  // when it was made, or what utimes set: reads leave it alone; ns since 1970
	Mtime    int64
	Ctime    int64
	Parent   *Inode         // of a directory, which is a user of it
	Sock     unsafe.Pointer // the socket that has the name, or a FIFO's pipe

	watches *inWatch // inotify
	locks   *lock
	xattrs  *Xattr
	tmpfile bool    // O_TMPFILE: has no name yet, and may get one
	entries *dirent // of a directory, in order of creation
	lastPos int64   // of a directory: the highest position that an entry had
	root    uint64  // of a file or link: the frame of its topmost table
	levels  uint8   // how many levels of tables there are: as many as the last page needs
	pages   uint64  // how many pages there are
	refs    int
	writers int // descriptions of a regular file that may write
}

// Written reports whether the file is open for writing: then it is no program
// to run (ETXTBSY).
func (i *Inode) Written() bool { return i.writers > 0 }

// dirent is a name in a directory.
type dirent struct {
	next  *dirent
	inode *Inode
	pos   int64 // what stands in d_off of the entry before: it grows along the list
	n     uint8
	name  [nameMax]byte
}

// A table has perPage frames: of pages on the lowest level, of tables above it. By
// four levels a file has at most 256 TiB.
const (
	perPage     = mm.PageSize / 8
	maxLevels   = 4
	maxFileSize = 1 << (9*maxLevels + 12)
)

type table [perPage]uint64

func tableAt(pa uint64) *table { return (*table)(arch.Virt(pa)) }

var (
	inodes  mm.Pool[Inode]
	dirents mm.Pool[dirent]
	lastIno uint64
)

// Inodes is how many inodes there are.
func Inodes() int { return inodes.Used() }

func newInode(mode uint32) *Inode {
	i := inodes.Get()
	if i != nil {
		lastIno++
		i.Ino, i.Mode = lastIno, mode
		i.Atime = Now()
		i.Mtime, i.Ctime = i.Atime, i.Atime
	}
	return i
}

// Ref adds a user that is not a name.
func (i *Inode) Ref() *Inode {
	i.refs++
	return i
}

// Unref takes one away. Without users and names the inode is freed.
func (i *Inode) Unref() {
	i.refs--
	i.drop()
}

// drop frees i if nobody needs it any more, and then perhaps the directory
// that it was in, and so on.
func (i *Inode) drop() {
	for i != nil && i.refs == 0 && i.Nlink == 0 {
		parent := i.Parent
		i.gone()
		i.resize(0)
		i.freeXattrs()
		inodes.Put(i)
		if i = parent; i != nil {
			i.refs--
		}
	}
}

// changed and modified note when the inode, or its contents, were changed.
func (i *Inode) changed()  { i.Ctime = Now() }
func (i *Inode) modified() { i.Mtime = Now(); i.Ctime = i.Mtime }

func (i *Inode) kind() uint32    { return i.Mode & syscalls.S_IFMT }
func (i *Inode) IsDir() bool     { return i.kind() == syscalls.S_IFDIR }
func (i *Inode) IsRegular() bool { return i.kind() == syscalls.S_IFREG }

// find is the inode of a name in a directory; nil if there is none.
func (i *Inode) find(name []byte) *Inode {
	if d := i.entry(name); d != nil {
		return (*d).inode
	}
	return nil
}

// entry is where the link to a name's entry is; nil if there is none.
func (i *Inode) entry(name []byte) **dirent {
	for p := &i.entries; *p != nil; p = &(*p).next {
		if string((*p).name[:(*p).n]) == string(name) {
			return p
		}
	}
	return nil
}

// link gives inode c a name in directory i.
func (i *Inode) link(name []byte, c *Inode) syscalls.Errno {
	d := dirents.Get()
	if d == nil {
		return syscalls.ENOSPC
	}
	d.n, d.inode = uint8(copy(d.name[:], name)), c
	i.add(d)
	return 0
}

// unlink takes a name, which is there, out of directory i.
func (i *Inode) unlink(name []byte) {
	d := i.take(name)
	c := d.inode
	dirents.Put(d)
	c.drop()
}

// add appends an entry to directory i.
func (i *Inode) add(d *dirent) {
	i.lastPos++
	d.pos, d.next = i.lastPos, nil
	p := &i.entries
	for *p != nil {
		p = &(*p).next
	}
	*p = d
	c := d.inode
	c.Nlink++
	if c.IsDir() {
		if c.Parent != nil {
			c.Parent.Unref()
		}
		c.Parent = i.Ref()
		c.Nlink++ // its "."
		i.Nlink++ // its ".."
	}
	i.modified()
	c.changed()
}

// take takes the entry of a name, which is there, out of directory i.
func (i *Inode) take(name []byte) *dirent {
	p := i.entry(name)
	d := *p
	*p = d.next
	c := d.inode
	c.Nlink--
	if c.IsDir() {
		c.Nlink--
		i.Nlink--
	}
	i.modified()
	c.changed()
	return d
}

// create makes a new inode with a name in directory i.
func (i *Inode) create(name []byte, mode uint32) (*Inode, syscalls.Errno) {
	if i.Nlink == 0 {
		return nil, syscalls.ENOENT // the directory was removed
	}
	c := newInode(mode)
	if c == nil {
		return nil, syscalls.ENOSPC
	}
	if err := i.link(name, c); err != 0 {
		c.drop()
		return nil, err
	}
	return c, 0
}

// ---- contents

// page is the frame of page n of the file; nil if it is a hole, or if alloc is
// set and memory is full.
func (i *Inode) page(n uint64, alloc bool) *mm.Page {
	e, _ := i.slot(n, alloc)
	if e == nil {
		return nil
	}
	hole := *e == 0
	if !i.grow(e, alloc) {
		return nil
	}
	if hole {
		i.pages++
	}
	return (*mm.Page)(arch.Virt(*e))
}

// slot is the place in a table that has the frame of page n, 0 for a hole. If there
// is no such table and alloc is not set, or memory is full, it is nil, and there is
// none for any page of the aligned group of span pages that n is in.
func (i *Inode) slot(n uint64, alloc bool) (e *uint64, span uint64) {
	for n>>(9*i.levels) != 0 || i.levels == 0 {
		if !alloc || i.levels == maxLevels || !i.raise() {
			return nil, 1 << (9 * maxLevels)
		}
	}
	e = &i.root
	for l := i.levels; l > 0; l-- {
		if !i.grow(e, alloc) {
			return nil, 1 << (9 * l)
		}
		e = &tableAt(*e)[n>>(9*(l-1))%perPage]
	}
	return e, 1
}

// raise adds a level of tables on top of the others; false if memory is full.
func (i *Inode) raise() bool {
	if i.root != 0 {
		top := mm.Alloc()
		if top == 0 {
			return false
		}
		tableAt(top)[0] = i.root
		i.root = top
	}
	i.levels++
	return true
}

// grow puts a frame where there is none yet; false if there still is none.
func (i *Inode) grow(e *uint64, alloc bool) bool {
	if *e == 0 && alloc {
		*e = mm.Alloc()
	}
	return *e != 0
}

// ReadAt reads from the file's contents; at the end it gives 0 bytes.
func (i *Inode) ReadAt(b mm.Buf, pos int64) (int, syscalls.Errno) {
	if pos < 0 || uint64(pos) >= i.Size {
		return 0, 0
	}
	want := int(min(uint64(b.Len()), i.Size-uint64(pos)))
	done := 0
	for done < want {
		at := uint64(pos) + uint64(done)
		p := i.page(at/mm.PageSize, false)
		if p == nil {
			p = &zeroPage
		}
		off := int(at % mm.PageSize)
		n, err := b.Write(done, p[off:min(mm.PageSize, off+want-done)])
		done += n
		if err != 0 {
			if done > 0 {
				return done, 0
			}
			return 0, err
		}
	}
	return done, 0
}

var zeroPage mm.Page

// WriteAt writes to the file's contents and makes it longer if need be.
func (i *Inode) WriteAt(b mm.Buf, pos int64) (int, syscalls.Errno) {
	switch {
	case b.Len() == 0:
		return 0, 0
	case pos < 0:
		return 0, syscalls.EINVAL
	case pos >= maxFileSize:
		return 0, syscalls.EFBIG
	}
	want := int(min(int64(b.Len()), maxFileSize-pos))
	done := 0
	err := syscalls.Errno(0)
	for done < want && err == 0 {
		at := uint64(pos) + uint64(done)
		p := i.page(at/mm.PageSize, true)
		if p == nil {
			err = syscalls.ENOSPC
			break
		}
		off := int(at % mm.PageSize)
		var n int
		n, err = b.Read(done, p[off:min(mm.PageSize, off+want-done)])
		done += n
		i.Size = max(i.Size, at+uint64(n))
	}
	i.modified()
	if done > 0 {
		return done, 0
	}
	return 0, err
}

// truncate makes the file size bytes long (truncate(2)).
func (i *Inode) truncate(size uint64) {
	i.resize(size)
	i.modified()
}

func (i *Inode) resize(size uint64) {
	if i.root != 0 && (size < i.Size || size == 0) { // a write that failed leaves an empty file with pages
		i.free((size + mm.PageSize - 1) / mm.PageSize)
		if off := size % mm.PageSize; off != 0 {
			if p := i.page(size/mm.PageSize, false); p != nil {
				clear(p[off:])
			}
		}
	}
	i.Size = size
}

// free frees the frames of the pages from keep on, and the tables that are
// then empty.
func (i *Inode) free(keep uint64) {
	i.freeTable(&i.root, i.levels, 0, keep)
	if i.root == 0 {
		i.levels = 0
	}
}

// freeTable is free for one table, *e, of a level from 1 on, which begins with page
// first of the file.
func (i *Inode) freeTable(e *uint64, level uint8, first, keep uint64) {
	t := tableAt(*e)
	for n := range t {
		size := uint64(1) << (9 * (level - 1))
		at := first + uint64(n)*size
		switch {
		case t[n] == 0, at+size <= keep:
		case level > 1:
			i.freeTable(&t[n], level-1, at, keep)
		default:
			mm.Free(t[n])
			t[n] = 0
			i.pages--
		}
	}
	if first >= keep {
		mm.Free(*e)
		*e = 0
	}
}

// ---- the operations of open regular files and directories

type ramFile struct{}

var ramOps ramFile

func (*ramFile) Read(f *File, io IO) (int, syscalls.Errno)  { return f.Inode.ReadAt(io.Buf, io.Pos) }
func (*ramFile) Write(f *File, io IO) (int, syscalls.Errno) { return f.Inode.WriteAt(io.Buf, io.Pos) }
func (*ramFile) Close(f *File)                              {}
func (*ramFile) Seekable() bool                             { return true }

// Poll: a file is always ready.
func (*ramFile) Poll(f *File, pt *PollTable) uint16 {
	return syscalls.POLLIN | syscalls.POLLOUT | pollRdNorm | pollWrNorm
}

const (
	pollRdNorm = 0x40
	pollWrNorm = 0x100
)
