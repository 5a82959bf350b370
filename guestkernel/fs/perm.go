package fs

import "sysindvm/syscalls"

// Cred is on whose behalf a path is walked: fsuid and fsgid
// (credentials(7)). The zero value is root, who may do everything.
type Cred struct {
	UID, GID uint32
	Groups   []uint32 // the supplementary ones
}

// in: c is in a group.
func (c *Cred) in(gid uint32) bool {
	if c.GID == gid {
		return true
	}
	for _, g := range c.Groups {
		if g == gid {
			return true
		}
	}
	return false
}

// What permission asks for: the bits of one class of the mode.
const (
	mayExec  = 1
	mayWrite = 2
	mayRead  = 4
)

// Permission says whether c may do with i what want says (R_OK, W_OK, X_OK of
// access(2), which are the bits of the mode): EACCES if not. Root may all but
// execute a file that is executable for nobody.
func (c Cred) Permission(i *Inode, want uint32) syscalls.Errno {
	granted := i.Mode & 7
	switch {
	case c.UID == 0:
		granted = mayRead | mayWrite | mayExec
		if !i.IsDir() && i.Mode&0o111 == 0 {
			granted = mayRead | mayWrite
		}
	case c.UID == i.UID:
		granted = i.Mode >> 6 & 7
	case c.in(i.GID):
		granted = i.Mode >> 3 & 7
	}
	if want&^granted != 0 {
		return syscalls.EACCES
	}
	return 0
}

// Search says whether c may look for a name in dir, or make it the working
// directory.
func (c Cred) Search(dir *Inode) syscalls.Errno {
	if !dir.IsDir() {
		return syscalls.ENOTDIR
	}
	return c.Permission(dir, mayExec)
}

// mayCreate says whether c may make a name in dir.
func (c Cred) mayCreate(dir *Inode) syscalls.Errno {
	if dir.Nlink == 0 {
		return syscalls.ENOENT // the directory was removed
	}
	return c.Permission(dir, mayWrite|mayExec)
}

// mayDelete says whether c may take i's name out of dir, as one of a
// directory or of something else.
func (c Cred) mayDelete(dir, i *Inode, asDir bool) syscalls.Errno {
	if err := c.Permission(dir, mayWrite|mayExec); err != 0 {
		return err
	}
	switch {
	case dir.Mode&syscalls.S_ISVTX != 0 && !c.owns(i) && !c.owns(dir):
		return syscalls.EPERM
	case asDir && !i.IsDir():
		return syscalls.ENOTDIR
	case !asDir && i.IsDir():
		return syscalls.EISDIR
	}
	return 0
}

// owns: c may change what only a file's owner may.
func (c Cred) owns(i *Inode) bool { return c.UID == 0 || c.UID == i.UID }
