//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/syscalls"
)

// MaxGroups is how many supplementary groups a task has at most.
const MaxGroups = 32

// NoID is no user and no group.
const NoID = ^uint32(0)

// IDs are the four user ids, or the four group ids, of a task
// (credentials(7)): the FS one is for file access, and follows the effective
// one unless setfsuid(2) says otherwise.
type IDs struct{ Real, Effective, Saved, FS uint32 }

// own: id is one of these.
func (i *IDs) own(id uint32) bool {
	return id == i.Real || id == i.Effective || id == i.Saved || id == i.FS
}

// Creds are a task's identity. Whoever has the effective user id 0 is
// privileged.
type Creds struct {
	NoNewPrivs  bool // prctl(2): execve gives no rights
	User, Group IDs
	groups      [MaxGroups]uint32
	numGroups   int
}

// Privileged: the effective user is root.
func (c *Creds) Privileged() bool { return c.User.Effective == 0 }

// OwnUID and OwnGID: the task may access files as such a user, or group.
func (c *Creds) OwnUID(id uint32) bool { return c.Privileged() || c.User.own(id) }
func (c *Creds) OwnGID(id uint32) bool { return c.Privileged() || c.Group.own(id) }

// Groups are the supplementary groups.
func (c *Creds) Groups() []uint32 { return c.groups[:c.numGroups] }

// SetGroups makes room for n supplementary groups, which the caller fills in.
func (c *Creds) SetGroups(n int) []uint32 {
	c.numGroups = n
	return c.groups[:n]
}

// FSCred is on whose behalf the task accesses files: here the context CREDS is
// looked at.
func (t *Task) FSCred() fs.Cred {
	if c := &t.Ctx[syscalls.CtxCreds]; c[0] != 0 {
		return fs.Cred{UID: uint32(c[0] >> 32), GID: uint32(c[1]), Groups: t.Groups()}
	}
	return fs.Cred{UID: t.User.FS, GID: t.Group.FS, Groups: t.Groups()}
}

// RealCred is on whose behalf access(2) asks.
func (t *Task) RealCred() fs.Cred {
	return fs.Cred{UID: t.User.Real, GID: t.Group.Real, Groups: t.Groups()}
}

// Set is setuid(2), or setgid(2).
func (i *IDs) Set(id uint32, privileged bool) syscalls.Errno {
	switch {
	case id == NoID:
		return syscalls.EINVAL
	case privileged:
		*i = IDs{id, id, id, id}
	case id == i.Real || id == i.Saved:
		i.Effective, i.FS = id, id
	default:
		return syscalls.EPERM
	}
	return 0
}

// SetRE is setreuid(2), or setregid(2): NoID leaves an id alone.
func (i *IDs) SetRE(r, e uint32, privileged bool) syscalls.Errno {
	if !privileged && (r != NoID && r != i.Real && r != i.Effective ||
		e != NoID && e != i.Real && e != i.Effective && e != i.Saved) {
		return syscalls.EPERM
	}
	old := i.Real
	set(&i.Real, r)
	set(&i.Effective, e)
	if r != NoID || e != NoID && e != old {
		i.Saved = i.Effective
	}
	i.FS = i.Effective
	return 0
}

// SetRES is setresuid(2), or setresgid(2).
func (i *IDs) SetRES(r, e, s uint32, privileged bool) syscalls.Errno {
	for _, id := range [...]uint32{r, e, s} {
		if !privileged && id != NoID && id != i.Real && id != i.Effective && id != i.Saved {
			return syscalls.EPERM
		}
	}
	set(&i.Real, r)
	set(&i.Effective, e)
	set(&i.Saved, s)
	i.FS = i.Effective
	return 0
}

func set(id *uint32, to uint32) {
	if to != NoID {
		*id = to
	}
}

// SetFS is setfsuid(2), or setfsgid(2), which report no errors but return the
// id that was.
func (i *IDs) SetFS(id uint32, privileged bool) uint32 {
	old := i.FS
	if id != NoID && (privileged || i.own(id)) {
		i.FS = id
	}
	return old
}

// become takes the owner of a program that is set-user-ID, and the same for
// the group.
func (c *Creds) become(f *fs.Inode) {
	if f.Mode&syscalls.S_ISUID != 0 && !c.NoNewPrivs {
		c.User.Effective = f.UID
	}
	if f.Mode&(syscalls.S_ISGID|syscalls.S_IXGRP) == syscalls.S_ISGID|syscalls.S_IXGRP && !c.NoNewPrivs {
		c.Group.Effective = f.GID
	}
	c.User.Saved, c.User.FS = c.User.Effective, c.User.Effective
	c.Group.Saved, c.Group.FS = c.Group.Effective, c.Group.Effective
}

// secure is AT_SECURE of getauxval(3): the program runs with more rights than
// whoever started it.
func (c *Creds) secure() uint64 {
	if c.User.Real != c.User.Effective || c.Group.Real != c.Group.Effective {
		return 1
	}
	return 0
}
