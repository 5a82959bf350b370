package builder

import (
	"bytes"
	"fmt"
)

// Archive is a cpio archive in the format "newc", which initramfs are (Linux,
// Documentation/driver-api/early-userspace/buffer-format.rst). It depends on
// the files alone: no times, no owners.
type Archive struct {
	buf bytes.Buffer
	ino int
}

const (
	modeDir  = 0o040000
	modeFile = 0o100000
)

// Dir adds a directory, after the one that it is in.
func (a *Archive) Dir(name string) { a.add(name, modeDir|0o755, 2, nil) }

// File adds a file with its permissions.
func (a *Archive) File(name string, perm uint32, data []byte) { a.add(name, modeFile|perm, 1, data) }

func (a *Archive) add(name string, mode uint32, links int, data []byte) {
	a.ino++
	// ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor
	// rdevminor namesize check
	fmt.Fprintf(&a.buf, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		a.ino, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
	a.pad()
	a.buf.Write(data)
	a.pad()
}

func (a *Archive) pad() { a.buf.Write(make([]byte, -a.buf.Len()&3)) }

// Bytes ends the archive and returns it.
func (a *Archive) Bytes() []byte {
	a.add("TRAILER!!!", 0, 1, nil)
	return a.buf.Bytes()
}
