package fs

import "sysindvm/syscalls"

// Root is the root directory.
var Root *Inode

// Walk is where path names start and how they are walked: what a task's calls
// hand to every path operation. It is a value, made for one call, so that what
// the contexts DIRFD, LOOKUP and CREDS override is nobody else's. Its zero
// value but for Cwd is an ordinary path of root's.
type Walk struct {
	Cwd  *Inode         // where relative paths start: a directory, or any file for AT_EMPTY_PATH
	File *File          // what Cwd is if it is given by a descriptor
	Err  syscalls.Errno // if not 0, why relative paths start nowhere (DIRFD: EBADF, ENOTDIR)
	// At has AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH, and Resolve RESOLVE_* of
	// openat2(2).
	At      uint32
	Resolve uint64
	Cred
}

// StartAt makes relative paths start at an open file: if it is no directory,
// the walk will say so.
func (w *Walk) StartAt(f *File, err syscalls.Errno) {
	switch {
	case err != 0:
		w.Err = err
	case f.Inode == nil:
		w.File, w.Err = f, syscalls.ENOTDIR
	default:
		w.File, w.Cwd = f, f.Inode
	}
}

// Limits of path names, as Linux has them.
const (
	nameMax = 255
	PathMax = 4096 // the NUL among them
	// maxLinks is how many symbolic links one walk follows (MAXSYMLINKS).
	maxLinks = 40
)

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
	Slash bool   // the path ended in a slash: only a directory will do
	Inode *Inode // what is there; nil: nothing, or nobody has looked
}

// dots: the place is no name that could be made or removed.
func (at *Place) dots() bool {
	return len(at.Name) == 0 || string(at.Name) == "." || string(at.Name) == ".."
}

// What a walk does with the last name of a path.
const (
	leave    = iota // it does not even look: the name is to be made or removed
	noFollow        // a symbolic link is meant itself, unless a slash stands behind it
	follow
)

// todo are the rests of the paths that a walk comes back to after a symbolic
// link. A walk does not sleep, so there is one.
var todo [maxLinks][]byte

// walk goes along a path (path_resolution(7)). That the last name is not
// there is no error here.
func (w Walk) walk(path []byte, last int) (at Place, err syscalls.Errno) {
	if len(path) == 0 {
		return at, syscalls.ENOENT
	}
	if err := w.scope(); err != 0 {
		return at, err
	}
	at.Dir, path, err = w.begin(w.Cwd, path)
	links, depth := 0, 0
	for err == 0 {
		if err = w.Search(at.Dir); err != 0 {
			break
		}
		name, rest := component(path)
		slash := at.Slash || len(name) < len(path) || len(name) == 0
		if len(rest) == 0 && depth > 0 {
			depth--
			rest = todo[depth]
		}
		end := len(rest) == 0
		if end {
			at.Name, at.Slash = name, slash
			if last == leave {
				break
			}
		}
		var i *Inode
		i, err = w.lookup(at.Dir, name)
		switch {
		case end && err == syscalls.ENOENT:
			return at, 0
		case err != 0:
		case i.kind() == syscalls.S_IFLNK && (!end || last == follow || slash):
			if links++; links > maxLinks || w.Resolve&syscalls.RESOLVE_NO_SYMLINKS != 0 {
				return at, syscalls.ELOOP
			}
			if !end {
				todo[depth] = rest
				depth++
			}
			at.Dir, path, err = w.begin(at.Dir, i.target())
		case end:
			at.Inode = i
			return at, 0
		default:
			at.Dir, path = i, rest
		}
	}
	return at, err
}

// scope checks the flags that keep a walk below its start. With these the
// start must be good even if the path is absolute.
func (w *Walk) scope() syscalls.Errno {
	switch both := uint64(syscalls.RESOLVE_BENEATH | syscalls.RESOLVE_IN_ROOT); w.Resolve & both {
	case 0:
		return 0
	case both:
		return syscalls.EINVAL
	}
	return w.Err
}

// root is the directory that "/" means, and above which ".." does not lead.
func (w *Walk) root() *Inode {
	if w.Resolve&syscalls.RESOLVE_IN_ROOT != 0 {
		return w.Cwd
	}
	return Root
}

// begin is where a path starts that was found in dir: the directory, and the
// path from there on.
func (w *Walk) begin(dir *Inode, path []byte) (*Inode, []byte, syscalls.Errno) {
	switch {
	case len(path) == 0:
		return nil, nil, syscalls.ENOENT
	case path[0] == '/' && w.Resolve&syscalls.RESOLVE_BENEATH != 0:
		return nil, nil, syscalls.EXDEV
	case path[0] == '/':
		return w.root(), skipSlashes(path), 0
	case w.Err != 0 && dir == w.Cwd:
		return nil, nil, w.Err
	}
	return dir, path, 0
}

// lookup is what a name in a directory stands for.
func (w *Walk) lookup(dir *Inode, name []byte) (*Inode, syscalls.Errno) {
	switch {
	case len(name) == 0, string(name) == ".":
		return dir, 0
	case string(name) == "..":
		if dir == w.Cwd && w.Resolve&syscalls.RESOLVE_BENEATH != 0 {
			return nil, syscalls.EXDEV
		}
		if dir == w.root() {
			return dir, 0
		}
		return dir.Parent, 0
	case len(name) > nameMax:
		return nil, syscalls.ENAMETOOLONG
	}
	if c := dir.find(name); c != nil {
		return c, 0
	}
	return nil, syscalls.ENOENT
}

// target is where a symbolic link leads. It lies in one page.
func (i *Inode) target() []byte {
	p := i.page(0, false)
	if p == nil {
		return nil
	}
	return p[:i.Size]
}

// Lookup is what a path stands for. A symbolic link at its end is followed if
// followLast is set and w does not forbid it, or a slash stands behind it.
func (w Walk) Lookup(path []byte, followLast bool) (*Inode, syscalls.Errno) {
	if len(path) == 0 && w.At&syscalls.AT_EMPTY_PATH != 0 {
		return w.Cwd, w.Err
	}
	last := noFollow
	if followLast && w.At&syscalls.AT_SYMLINK_NOFOLLOW == 0 {
		last = follow
	}
	at, err := w.walk(path, last)
	if err != 0 {
		return nil, err
	}
	return at.found()
}

// found is the inode at a place to which the path leads.
func (at *Place) found() (*Inode, syscalls.Errno) {
	switch {
	case at.Inode == nil:
		return nil, syscalls.ENOENT
	case at.Slash && !at.Inode.IsDir():
		return nil, syscalls.ENOTDIR
	}
	return at.Inode, 0
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
