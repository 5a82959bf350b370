package fs

import "sysindvm/syscalls"

// Root is the root directory.
var Root *Inode

// Walk is where path names start: what a task's calls hand to every path
// operation. (The contexts DIRFD, LOOKUP and CREDS belong here.)
type Walk struct {
	Cwd *Inode
}

// maxNested is how deep symbolic links may lie in one another.
const maxNested = 8

// component cuts the first name off a path: what stands before the next
// slash, and what comes after, without leading slashes.
func component(path []byte) (name, rest []byte) {
	n := 0
	for n < len(path) && path[n] != '/' {
		n++
	}
	return path[:n], skipSlashes(path[n:])
}

func skipSlashes(p []byte) []byte {
	for len(p) > 0 && p[0] == '/' {
		p = p[1:]
	}
	return p
}

// Place is where a path ends: the directory and the last name in it. Name is
// empty for the root itself, and may be "." or "..".
type Place struct {
	Dir   *Inode
	Name  []byte
	Slash bool // the path ended in a slash: only a directory will do
}

// Parent walks all but the last name of a path (path_resolution(7)).
func (w Walk) Parent(path []byte) (Place, syscalls.Errno) {
	if len(path) == 0 {
		return Place{}, syscalls.ENOENT
	}
	return parent(w.Cwd, path, 0)
}

func parent(dir *Inode, path []byte, nested int) (Place, syscalls.Errno) {
	if path[0] == '/' {
		dir, path = Root, skipSlashes(path)
	}
	for {
		name, rest := component(path)
		if len(name) > nameMax {
			return Place{}, syscalls.ENAMETOOLONG
		}
		if len(rest) == 0 {
			return Place{dir, name, len(name) < len(path) || len(name) == 0}, 0
		}
		next, err := step(dir, name, nested)
		if err != 0 {
			return Place{}, err
		}
		dir, path = next, rest
	}
}

// step goes from a directory to what a name in it stands for, through
// symbolic links.
func step(dir *Inode, name []byte, nested int) (*Inode, syscalls.Errno) {
	i, err := dir.Lookup(name)
	if err != 0 || i.kind() != syscalls.S_IFLNK {
		return i, err
	}
	return follow(dir, i, nested)
}

// Lookup is what a name in a directory stands for.
func (i *Inode) Lookup(name []byte) (*Inode, syscalls.Errno) {
	switch {
	case !i.IsDir():
		return nil, syscalls.ENOTDIR
	case string(name) == "." || len(name) == 0:
		return i, 0
	case string(name) == "..":
		return i.Parent, 0
	}
	if c := i.find(name); c != nil {
		return c, 0
	}
	return nil, syscalls.ENOENT
}

// follow is what a symbolic link in dir leads to. Its target lies in one page.
func follow(dir, link *Inode, nested int) (*Inode, syscalls.Errno) {
	if nested == maxNested {
		return nil, syscalls.ELOOP
	}
	p := link.page(0, false)
	if p == nil {
		return nil, syscalls.ENOENT
	}
	at, err := parent(dir, p[:link.Size], nested+1)
	if err != 0 {
		return nil, err
	}
	return step(at.Dir, at.Name, nested+1)
}

// Lookup is what a path stands for. A symbolic link at its end is followed if
// follow is set, or a slash stands behind it.
func (w Walk) Lookup(path []byte, followLast bool) (*Inode, syscalls.Errno) {
	at, err := w.Parent(path)
	if err != 0 {
		return nil, err
	}
	i, err := at.Dir.Lookup(at.Name)
	if err != 0 {
		return nil, err
	}
	if i.kind() == syscalls.S_IFLNK && (followLast || at.Slash) {
		if i, err = follow(at.Dir, i, 0); err != 0 {
			return nil, err
		}
	}
	if at.Slash && !i.IsDir() {
		return nil, syscalls.ENOTDIR
	}
	return i, 0
}

func dots(name []byte) bool {
	return len(name) == 0 || string(name) == "." || string(name) == ".."
}

// Open is open(2): mode is that of a new file, the umask taken off.
func (w Walk) Open(path []byte, flags, mode uint32) (*File, syscalls.Errno) {
	if f, err, mine := openProc(path, flags); mine {
		return f, err
	}
	i, err := w.openInode(path, flags, mode)
	if err != 0 {
		return nil, err
	}
	acc := flags & syscalls.O_ACCMODE
	switch {
	case i.kind() == syscalls.S_IFLNK:
		return nil, syscalls.ELOOP
	case i.IsDir() && (acc != syscalls.O_RDONLY || flags&syscalls.O_CREAT != 0):
		return nil, syscalls.EISDIR
	case flags&syscalls.O_DIRECTORY != 0 && !i.IsDir():
		return nil, syscalls.ENOTDIR
	case i.kind() == syscalls.S_IFSOCK:
		return nil, syscalls.ENXIO
	}
	ops := FileOps(&ramOps)
	if i.kind() == syscalls.S_IFCHR {
		d := findChar(i.Rdev)
		if d == nil {
			return nil, syscalls.ENXIO
		}
		if err := d.open(i.Rdev); err != 0 {
			return nil, err
		}
		ops = d.ops
	}
	f := NewFile(ops, flags&(syscalls.O_ACCMODE|syscalls.O_APPEND|syscalls.O_NONBLOCK|syscalls.O_DIRECTORY|syscalls.O_LARGEFILE))
	if f == nil {
		return nil, syscalls.ENFILE
	}
	f.Inode = i.Ref()
	if flags&syscalls.O_TRUNC != 0 && i.IsRegular() && acc != syscalls.O_RDONLY {
		i.truncate(0)
	}
	return f, 0
}

// openInode finds the file to open, or makes it.
func (w Walk) openInode(path []byte, flags, mode uint32) (*Inode, syscalls.Errno) {
	if flags&syscalls.O_CREAT == 0 {
		return w.Lookup(path, flags&syscalls.O_NOFOLLOW == 0)
	}
	at, err := w.Parent(path)
	if err != 0 {
		return nil, err
	}
	switch i, err := at.Dir.Lookup(at.Name); {
	case err == 0 && flags&syscalls.O_EXCL != 0:
		return nil, syscalls.EEXIST
	case err == 0 && at.Slash:
		return nil, syscalls.EISDIR
	case err == 0:
		return w.Lookup(path, flags&syscalls.O_NOFOLLOW == 0)
	case err != syscalls.ENOENT:
		return i, err
	case at.Slash:
		return nil, syscalls.EISDIR
	}
	return at.Dir.create(at.Name, syscalls.S_IFREG|mode&0o7777)
}

// newPlace is a path at which something shall be made.
func (w Walk) newPlace(path []byte) (Place, syscalls.Errno) {
	at, err := w.Parent(path)
	if err != 0 {
		return at, err
	}
	if _, err := at.Dir.Lookup(at.Name); err != syscalls.ENOENT {
		if err == 0 {
			err = syscalls.EEXIST
		}
		return at, err
	}
	return at, 0
}

// Mkdir is mkdir(2).
func (w Walk) Mkdir(path []byte, mode uint32) syscalls.Errno {
	at, err := w.newPlace(path)
	if err != 0 {
		return err
	}
	_, err = at.Dir.create(at.Name, syscalls.S_IFDIR|mode&0o1777)
	return err
}

// Mknod makes an inode of any other type: a device, or the name of a socket.
func (w Walk) Mknod(path []byte, mode uint32, rdev uint64) (*Inode, syscalls.Errno) {
	at, err := w.newPlace(path)
	if err != 0 {
		return nil, err
	}
	if at.Slash {
		return nil, syscalls.ENOENT
	}
	i, err := at.Dir.create(at.Name, mode)
	if err == 0 {
		i.Rdev = rdev
	}
	return i, err
}

// Rmdir is rmdir(2).
func (w Walk) Rmdir(path []byte) syscalls.Errno {
	at, err := w.Parent(path)
	if err != 0 {
		return err
	}
	switch {
	case len(at.Name) == 0:
		return syscalls.EBUSY
	case string(at.Name) == ".":
		return syscalls.EINVAL
	case string(at.Name) == "..":
		return syscalls.ENOTEMPTY
	}
	i, err := at.Dir.Lookup(at.Name)
	switch {
	case err != 0:
		return err
	case !i.IsDir():
		return syscalls.ENOTDIR
	case i.entries != nil:
		return syscalls.ENOTEMPTY
	}
	at.Dir.unlink(at.Name)
	return 0
}

// Unlink is unlink(2).
func (w Walk) Unlink(path []byte) syscalls.Errno {
	at, err := w.Parent(path)
	if err != 0 {
		return err
	}
	if dots(at.Name) {
		return syscalls.EISDIR
	}
	i, err := at.Dir.Lookup(at.Name)
	switch {
	case err != 0:
		return err
	case i.IsDir():
		return syscalls.EISDIR
	case at.Slash:
		return syscalls.ENOTDIR
	}
	at.Dir.unlink(at.Name)
	return 0
}

// PathOf writes the path of directory i at the end of b and returns where it
// begins; ENOENT if the directory was removed, ERANGE if b is too small.
func PathOf(i *Inode, b []byte) (int, syscalls.Errno) {
	at := len(b)
	if i == Root {
		if at--; at < 0 {
			return 0, syscalls.ERANGE
		}
		b[at] = '/'
		return at, 0
	}
	for i != Root {
		if i.Nlink == 0 {
			return 0, syscalls.ENOENT
		}
		d := i.Parent.entries
		for d.inode != i {
			d = d.next
		}
		n := int(d.n)
		if at < n+1 {
			return 0, syscalls.ERANGE
		}
		at -= n + 1
		b[at] = '/'
		copy(b[at+1:], d.name[:n])
		i = i.Parent
	}
	return at, 0
}
