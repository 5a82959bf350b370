package fs

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Extended attributes (xattr(7)): pairs of a name and a value that an inode has
// on a list, in the order in which they came. There are the namespaces user,
// trusted and security; the system's own, access control lists, there are not.
//
// A value has at most XATTR_SIZE_MAX bytes, an inode as many attributes as
// listxattr can name in XATTR_LIST_MAX bytes: ENOSPC beyond that, and when
// memory is full.

// Xattr is one of them. It is made before it is known whether the inode may
// have it, so that nothing is changed when the value cannot be read.
type Xattr struct {
	next  *Xattr
	size  uint32
	n     uint8
	name  [syscalls.XATTR_NAME_MAX]byte
	small [xattrSmall]byte // the value, or, if it is longer:
	pages [syscalls.XATTR_SIZE_MAX / mm.PageSize]uint64
}

// xattrSmall is how long a value is at most that has no frames of its own.
const xattrSmall = 128

var xattrs mm.Pool[Xattr]

// NewXattr makes one with a copy of the value, which is not longer than
// XATTR_SIZE_MAX.
func NewXattr(name []byte, value mm.Buf) (*Xattr, syscalls.Errno) {
	x := xattrs.Get()
	if x == nil {
		return nil, syscalls.ENOSPC
	}
	x.n, x.size = uint8(copy(x.name[:], name)), uint32(value.Len())
	for off := 0; off < value.Len(); {
		if p := &x.pages[off/mm.PageSize]; x.size > xattrSmall {
			if *p = mm.Alloc(); *p == 0 {
				x.Free()
				return nil, syscalls.ENOSPC
			}
		}
		b := x.piece(off)
		if _, err := value.Read(off, b); err != 0 {
			x.Free()
			return nil, err
		}
		off += len(b)
	}
	return x, 0
}

// piece is the part of the value from off on that lies in one piece.
func (x *Xattr) piece(off int) []byte {
	if x.size <= xattrSmall {
		return x.small[off:x.size]
	}
	p := (*mm.Page)(arch.Virt(x.pages[off/mm.PageSize]))
	return p[off%mm.PageSize : min(mm.PageSize, off%mm.PageSize+int(x.size)-off)]
}

// Free frees one that no inode has.
func (x *Xattr) Free() {
	for _, pa := range x.pages {
		if pa != 0 {
			mm.Free(pa)
		}
	}
	xattrs.Put(x)
}

// freeXattrs frees all that the inode has.
func (i *Inode) freeXattrs() {
	for i.xattrs != nil {
		x := i.xattrs
		i.xattrs = x.next
		x.Free()
	}
}

// xattr is where the link to an attribute is; nil stands there if there is none.
func (i *Inode) xattr(name []byte) **Xattr {
	p := &i.xattrs
	for *p != nil && string((*p).name[:(*p).n]) != string(name) {
		p = &(*p).next
	}
	return p
}

// XattrFile is the file that a path stands for in the calls about attributes.
// By a descriptor, and an empty path, it is nil for a file without an inode,
// and O_PATH descriptors are refused, as setxattrat(2) does.
func (w *Walk) XattrFile(path []byte) (*Inode, syscalls.Errno) {
	switch {
	case len(path) > 0 || w.At&syscalls.AT_EMPTY_PATH == 0 || w.File == nil:
		return w.Lookup(path, true)
	case w.File.Flags&syscalls.O_PATH != 0:
		return nil, syscalls.EBADF
	}
	return w.File.Inode, 0
}

// The namespaces. What a name begins with says who may do what.
const (
	xattrUser     = "user."
	xattrTrusted  = "trusted."
	xattrSecurity = "security."
	xattrSystem   = "system."
)

func hasPrefix(name []byte, prefix string) bool {
	return len(name) >= len(prefix) && string(name[:len(prefix)]) == prefix
}

// xattrAccess says whether c may do what want says with an attribute. admin is
// the privilege that has nothing to do with files (CAP_SYS_ADMIN). i is nil for
// a file without an inode.
func (c Cred) xattrAccess(i *Inode, name []byte, want uint32, admin bool) syscalls.Errno {
	write := want == mayWrite
	refused := syscalls.ENODATA
	if write {
		refused = syscalls.EPERM
	}
	switch {
	case hasPrefix(name, xattrSystem):
		return 0
	case hasPrefix(name, xattrSecurity):
		if write && !admin {
			return refused
		}
		return 0
	case hasPrefix(name, xattrTrusted):
		if !admin {
			return refused
		}
		return 0
	case hasPrefix(name, xattrUser):
		if i == nil || !i.IsRegular() && !i.IsDir() {
			return refused
		}
		if write && i.IsDir() && i.Mode&syscalls.S_ISVTX != 0 && !c.owns(i) {
			return refused
		}
	}
	if i == nil {
		return 0
	}
	return c.Permission(i, want)
}

// hasXattrs: there can be attributes.
func (i *Inode) hasXattrs() bool { return i != nil && i != &procInode }

// xattrName says whether i can have an attribute of that name. It is asked
// after xattrAccess.
func (i *Inode) xattrName(name []byte) syscalls.Errno {
	if !i.hasXattrs() {
		return syscalls.EOPNOTSUPP
	}
	for _, ns := range [...]string{xattrUser, xattrTrusted, xattrSecurity} {
		switch {
		case !hasPrefix(name, ns):
		case len(name) == len(ns):
			return syscalls.EINVAL
		default:
			return 0
		}
	}
	return syscalls.EOPNOTSUPP
}

// SetXattr is setxattr(2): flags are XATTR_CREATE, XATTR_REPLACE. If it
// succeeds, x is the inode's.
func (c Cred) SetXattr(i *Inode, x *Xattr, flags uint32, admin bool) syscalls.Errno {
	name := x.name[:x.n]
	if err := c.xattrAccess(i, name, mayWrite, admin); err != 0 {
		return err
	}
	if err := i.xattrName(name); err != 0 {
		return err
	}
	// Programs have no capabilities here, which execve would have to honour.
	if string(name) == "security.capability" {
		return syscalls.EOPNOTSUPP
	}
	p := i.xattr(name)
	old := *p
	switch {
	case old == nil && flags&syscalls.XATTR_REPLACE != 0:
		return syscalls.ENODATA
	case old == nil:
		if i.xattrNames(true)+len(name)+1 > syscalls.XATTR_LIST_MAX {
			return syscalls.ENOSPC
		}
	case flags&syscalls.XATTR_CREATE != 0:
		return syscalls.EEXIST
	default:
		x.next = old.next
		old.Free()
	}
	*p = x
	i.changed()
	i.happened(syscalls.IN_ATTRIB)
	return 0
}

// RemoveXattr is removexattr(2).
func (c Cred) RemoveXattr(i *Inode, name []byte, admin bool) syscalls.Errno {
	if err := c.xattrAccess(i, name, mayWrite, admin); err != 0 {
		return err
	}
	if err := i.xattrName(name); err != 0 {
		return err
	}
	p := i.xattr(name)
	x := *p
	if x == nil {
		return syscalls.ENODATA
	}
	*p = x.next
	x.Free()
	i.changed()
	i.happened(syscalls.IN_ATTRIB)
	return 0
}

// GetXattr is getxattr(2): the value's length, and the value in b unless b is
// empty.
func (c Cred) GetXattr(i *Inode, name []byte, b mm.Buf, admin bool) (int, syscalls.Errno) {
	if err := c.xattrAccess(i, name, mayRead, admin); err != 0 {
		return 0, err
	}
	if err := i.xattrName(name); err != 0 {
		return 0, err
	}
	x := *i.xattr(name)
	if x == nil {
		return 0, syscalls.ENODATA
	}
	size := int(x.size)
	switch {
	case b.Len() == 0:
		return size, 0
	case size > b.Len():
		return 0, syscalls.ERANGE
	}
	for off := 0; off < size; {
		n, err := b.Write(off, x.piece(off))
		if err != 0 {
			return 0, err
		}
		off += n
	}
	return size, 0
}

// xattrNames is how long the list of names is, with those of trusted
// attributes or without.
func (i *Inode) xattrNames(admin bool) (n int) {
	for x := i.xattrs; x != nil; x = x.next {
		if x.listed(admin) {
			n += int(x.n) + 1
		}
	}
	return n
}

func (x *Xattr) listed(admin bool) bool { return admin || !hasPrefix(x.name[:x.n], xattrTrusted) }

// ListXattr is listxattr(2): the length of the list of names, each with a zero
// behind it, and the list in b unless b is empty.
func (i *Inode) ListXattr(b mm.Buf, admin bool) (int, syscalls.Errno) {
	if !i.hasXattrs() {
		return 0, 0
	}
	size := i.xattrNames(admin)
	switch {
	case b.Len() == 0:
		return size, 0
	case size > b.Len():
		return 0, syscalls.ERANGE
	}
	off := 0
	for x := i.xattrs; x != nil; x = x.next {
		if !x.listed(admin) {
			continue
		}
		_, err := b.Write(off, x.name[:x.n])
		if err == 0 {
			off += int(x.n)
			_, err = b.Write(off, zeroPage[:1])
			off++
		}
		if err != 0 {
			return 0, err
		}
	}
	return size, 0
}
