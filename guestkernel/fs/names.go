package fs

import (
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// The calls that make, remove and move names.

// create makes a new inode at a place where nothing is.
func (w Walk) create(at *Place, mode uint32) (*Inode, syscalls.Errno) {
	if err := w.mayCreate(at.Dir); err != 0 {
		return nil, err
	}
	i, err := at.Dir.create(at.Name, mode)
	if err != 0 {
		return nil, err
	}
	w.own(i, at.Dir)
	at.Dir.named(syscalls.IN_CREATE, 0, at.Name, i)
	return i, 0
}

// own gives a new inode in dir its owner.
func (w *Walk) own(i, dir *Inode) {
	i.UID, i.GID = w.UID, w.GID
	if dir.Mode&syscalls.S_ISGID != 0 {
		i.GID = dir.GID
		i.Mode |= syscalls.S_ISGID & dir.Mode * b2u(i.IsDir())
	}
}

func b2u(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// place is a path whose last name shall be made, removed or moved; a symbolic
// link there is meant itself.
func (w Walk) place(path []byte) (Place, syscalls.Errno) {
	at, err := w.walk(path, leave)
	if err != 0 {
		return at, err
	}
	at.Inode, err = w.lookup(at.Dir, at.Name)
	if err == syscalls.ENOENT {
		err = 0
	}
	return at, err
}

// newPlace is a path at which something shall be made; a slash may stand
// behind the name of a directory only.
func (w Walk) newPlace(path []byte, dir bool) (Place, syscalls.Errno) {
	at, err := w.place(path)
	switch {
	case err != 0:
		return at, err
	case at.Inode != nil:
		return at, syscalls.EEXIST
	case at.Slash && !dir:
		return at, syscalls.ENOENT
	}
	return at, 0
}

// Mkdir is mkdir(2).
func (w Walk) Mkdir(path []byte, mode uint32) syscalls.Errno {
	at, err := w.newPlace(path, true)
	if err != 0 {
		return err
	}
	_, err = w.create(&at, syscalls.S_IFDIR|mode&0o1777)
	return err
}

// Mknod makes an inode of any other type: a device, or the name of a socket.
func (w Walk) Mknod(path []byte, mode uint32, rdev uint64) (*Inode, syscalls.Errno) {
	at, err := w.newPlace(path, false)
	if err != 0 {
		return nil, err
	}
	kind := mode & syscalls.S_IFMT
	white := kind == syscalls.S_IFCHR && rdev == 0 // no device, but a mark that overlayfs uses
	if w.UID != 0 && !white && (kind == syscalls.S_IFCHR || kind == syscalls.S_IFBLK) {
		return nil, syscalls.EPERM
	}
	i, err := w.create(&at, mode)
	if err == 0 {
		i.Rdev = rdev
	}
	return i, err
}

// Symlink is symlink(2): target is as long as a path may be.
func (w Walk) Symlink(target, path []byte) syscalls.Errno {
	switch {
	case len(target) == 0:
		return syscalls.ENOENT
	case len(target) >= PathMax:
		return syscalls.ENAMETOOLONG
	}
	at, err := w.newPlace(path, false)
	if err != 0 {
		return err
	}
	i, err := w.create(&at, syscalls.S_IFLNK|0o777)
	if err != 0 {
		return err
	}
	if _, err = i.WriteAt(mm.KernelBuf(target), 0); err != 0 {
		at.Dir.unlink(at.Name)
	}
	return err
}

// Readlink is readlink(2): it does not add a NUL.
func (w Walk) Readlink(path []byte, b mm.Buf) (int, syscalls.Errno) {
	i, err := w.Lookup(path, false)
	switch {
	case err != 0:
		return 0, err
	case i.kind() != syscalls.S_IFLNK && len(path) == 0:
		return 0, syscalls.ENOENT
	case i.kind() != syscalls.S_IFLNK:
		return 0, syscalls.EINVAL
	}
	t := i.target()
	return b.Write(0, t[:min(len(t), b.Len())])
}

// Link is link(2): the new name, which to walks, is for the inode that the
// old one stands for. A symbolic link gets a second name itself, unless
// followLast is set (AT_SYMLINK_FOLLOW).
func (w Walk) Link(old []byte, followLast bool, to Walk, path []byte) syscalls.Errno {
	if len(old) == 0 && w.UID != 0 {
		return syscalls.ENOENT // only root names what it has a descriptor of
	}
	i, err := w.Lookup(old, followLast)
	if err != 0 {
		return err
	}
	at, err := to.newPlace(path, false)
	if err != 0 {
		return err
	}
	if err := to.mayCreate(at.Dir); err != 0 {
		return err
	}
	switch {
	case i.IsDir():
		return syscalls.EPERM
	case i.Nlink == 0 && !i.tmpfile:
		return syscalls.ENOENT
	}
	i.tmpfile = false
	if err := at.Dir.link(at.Name, i); err != 0 {
		return err
	}
	i.happened(syscalls.IN_ATTRIB)
	at.Dir.named(syscalls.IN_CREATE, 0, at.Name, i)
	return 0
}

// Unlink is unlink(2).
func (w Walk) Unlink(path []byte) syscalls.Errno {
	at, err := w.place(path)
	switch {
	case err != 0:
		return err
	case at.dots():
		return syscalls.EISDIR
	case at.Inode == nil:
		return syscalls.ENOENT
	case at.Slash && at.Inode.IsDir():
		return syscalls.EISDIR
	case at.Slash:
		return syscalls.ENOTDIR
	}
	if err := w.mayDelete(at.Dir, at.Inode, false); err != 0 {
		return err
	}
	at.remove()
	return 0
}

// Rmdir is rmdir(2).
func (w Walk) Rmdir(path []byte) syscalls.Errno {
	at, err := w.place(path)
	switch {
	case err != 0:
		return err
	case len(at.Name) == 0:
		return syscalls.EBUSY
	case string(at.Name) == ".":
		return syscalls.EINVAL
	case string(at.Name) == "..":
		return syscalls.ENOTEMPTY
	case at.Inode == nil:
		return syscalls.ENOENT
	}
	if err := w.mayDelete(at.Dir, at.Inode, true); err != 0 {
		return err
	}
	if at.Inode.entries != nil {
		return syscalls.ENOTEMPTY
	}
	at.remove()
	return 0
}

// remove takes away the name that is there.
func (at *Place) remove() {
	isDir := at.Inode.isDir()
	if isDir == 0 {
		at.Inode.tell(syscalls.IN_ATTRIB, 0, nil)
	}
	at.Dir.unlink(at.Name) // what follows may be its end
	at.Dir.tell(syscalls.IN_DELETE|isDir, 0, at.Name)
}

// Rename is renameat2(2): to walks the new path, and flags are RENAME_NOREPLACE
// and RENAME_EXCHANGE, or 0 for rename(2).
func (w Walk) Rename(old []byte, to Walk, path []byte, flags uint32) syscalls.Errno {
	keep, exchange := flags&syscalls.RENAME_NOREPLACE != 0, flags&syscalls.RENAME_EXCHANGE != 0
	if flags&^(syscalls.RENAME_NOREPLACE|syscalls.RENAME_EXCHANGE) != 0 || keep && exchange {
		return syscalls.EINVAL
	}
	from, err := w.place(old)
	if err != 0 {
		return err
	}
	at, err := to.place(path)
	switch {
	case err != 0:
		return err
	case from.dots():
		return syscalls.EBUSY
	case at.dots() && keep:
		return syscalls.EEXIST
	case at.dots():
		return syscalls.EBUSY
	case from.Inode == nil:
		return syscalls.ENOENT
	}
	if err := w.mayRename(&from, &at, keep, exchange); err != 0 || from.Inode == at.Inode {
		return err
	}
	if exchange {
		from.exchange(&at)
		return 0
	}
	victim := at.Inode
	if victim != nil {
		victim.Ref()
		at.Dir.unlink(at.Name)
	}
	d := from.Dir.take(from.Name)
	d.n = uint8(copy(d.name[:], at.Name))
	at.Dir.add(d)
	from.moved(&at)
	if victim != nil {
		if !victim.IsDir() {
			victim.tell(syscalls.IN_ATTRIB, 0, nil)
		}
		victim.Unref()
	}
	return 0
}

// exchange gives what two names stand for each other's place.
func (at *Place) exchange(o *Place) {
	d, e := at.Dir.take(at.Name), o.Dir.take(o.Name)
	d.inode, e.inode = e.inode, d.inode
	at.Dir.add(d)
	o.Dir.add(e)
	at.moved(o)
	o.moved(at)
}

// moved announces that what was here is now there.
func (at *Place) moved(to *Place) {
	cookies++
	at.Dir.named(syscalls.IN_MOVED_FROM, cookies, at.Name, at.Inode)
	to.Dir.named(syscalls.IN_MOVED_TO, cookies, to.Name, at.Inode)
	at.Inode.tell(syscalls.IN_MOVE_SELF|at.Inode.isDir(), 0, nil)
}

// mayRename is everything that can be wrong with moving what is at from.
func (w Walk) mayRename(from, at *Place, keep, exchange bool) syscalls.Errno {
	i, victim := from.Inode, at.Inode
	switch {
	case keep && victim != nil:
		return syscalls.EEXIST
	case exchange && victim == nil:
		return syscalls.ENOENT
	case !i.IsDir() && (from.Slash || at.Slash && !exchange),
		exchange && !victim.IsDir() && at.Slash:
		return syscalls.ENOTDIR
	case i.IsDir() && i.holds(at.Dir), exchange && victim.IsDir() && victim.holds(from.Dir):
		return syscalls.EINVAL
	case victim != nil && victim.IsDir() && victim.holds(from.Dir):
		return syscalls.ENOTEMPTY
	case i == victim:
		return 0
	}
	if err := w.mayDelete(from.Dir, i, i.IsDir()); err != 0 {
		return err
	}
	if victim == nil {
		if err := w.mayCreate(at.Dir); err != 0 {
			return err
		}
	} else {
		asDir := i.IsDir()
		if exchange {
			asDir = victim.IsDir()
		}
		if err := w.mayDelete(at.Dir, victim, asDir); err != 0 {
			return err
		}
	}
	if i.IsDir() && from.Dir != at.Dir {
		if err := w.Permission(i, mayWrite); err != 0 { // its ".." changes
			return err
		}
	}
	if exchange {
		if victim.IsDir() && from.Dir != at.Dir {
			return w.Permission(victim, mayWrite)
		}
		return 0
	}
	if victim != nil && victim.entries != nil {
		return syscalls.ENOTEMPTY
	}
	return 0
}

// holds: directory i is dir, or dir lies in it.
func (i *Inode) holds(dir *Inode) bool {
	for dir != i && dir != dir.Parent {
		dir = dir.Parent
	}
	return dir == i
}
