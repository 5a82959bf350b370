// Package syscalls is the Linux system-call interface of this project, once,
// for the guest kernel and the host alike: numbers, errors, flags, structures,
// the contexts of sys_indirect, and one table that says of each call what its
// arguments are. It is freestanding-safe: no allocation, no initialisers, no
// imports. Sub-packages that only a host can use print, parse and run calls.
//
// Begin with [Calls] and, for sys_indirect, with [Kind].
package syscalls

// Kind is the kind of a context: the u32 that each context begins with.
type Kind uint32

// Kinds of context. They are never renumbered.
const (
	CtxOpenFlags Kind = iota
	CtxSigmask
	CtxDirfd
	CtxLookup
	CtxFilepos
	CtxRWFlags
	CtxTimeout
	CtxUmask
	CtxCreds
	CtxFDSlot

	NumKinds
)

const (
	// MaxContexts is how many contexts one call may carry; more is E2BIG.
	MaxContexts = 16
	// MaxContextSize is the size of the largest context, with room to grow.
	MaxContextSize = 32
	// TimeoutAbsolute is the flag of a TIMEOUT context that makes its time a
	// point in time and not a duration; bits 8 to 15 of the flags say by
	// which clock.
	TimeoutAbsolute = 1
)

// Field is one field of a context.
type Field struct {
	Name   string
	Offset uint8 // in bytes from the start of the context
	Size   uint8 // in bytes: 4 or 8
	Signed bool
	Zero   bool   // padding, which must be zero
	Allow  uint64 // the bits that may be set; any for a field that is not flags
	Type   *Type  // how the field is written
}

// ContextLayout is the layout of one kind of context: the same bytes for
// every ABI, little-endian, naturally aligned.
type ContextLayout struct {
	Kind   Kind
	Name   string
	Size   uint8   // in bytes
	Fields []Field // what follows the u32 ctx
}

const anyBits = ^uint64(0)

// ContextLayouts are the layouts of all kinds, by kind.
var ContextLayouts = [NumKinds]ContextLayout{
	CtxOpenFlags: {CtxOpenFlags, "OPENFLAGS", 8, []Field{
		{Name: "flags", Offset: 4, Size: 4, Allow: O_CLOEXEC | O_NONBLOCK, Type: &tCtxOpenFlags},
	}},
	CtxSigmask: {CtxSigmask, "SIGMASK", 16, []Field{
		{Name: "zero", Offset: 4, Size: 4, Zero: true, Type: &tHex},
		{Name: "mask", Offset: 8, Size: 8, Allow: anyBits, Type: &tSigset},
	}},
	CtxDirfd: {CtxDirfd, "DIRFD", 16, []Field{
		{Name: "fd", Offset: 4, Size: 4, Signed: true, Allow: anyBits, Type: &tDirFD},
		{Name: "fd2", Offset: 8, Size: 4, Signed: true, Allow: anyBits, Type: &tDirFD},
		{Name: "zero", Offset: 12, Size: 4, Zero: true, Type: &tHex},
	}},
	CtxLookup: {CtxLookup, "LOOKUP", 16, []Field{
		{Name: "at_flags", Offset: 4, Size: 4, Allow: AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, Type: &tAtFlags},
		{Name: "resolve", Offset: 8, Size: 8, Allow: 0x3f, Type: &tResolve},
	}},
	CtxFilepos: {CtxFilepos, "FILEPOS", 16, []Field{
		{Name: "zero", Offset: 4, Size: 4, Zero: true, Type: &tHex},
		{Name: "pos", Offset: 8, Size: 8, Signed: true, Allow: anyBits, Type: &tInt},
	}},
	CtxRWFlags: {CtxRWFlags, "RWFLAGS", 8, []Field{
		{Name: "flags", Offset: 4, Size: 4, Allow: 0x1f, Type: &tRWFlags},
	}},
	CtxTimeout: {CtxTimeout, "TIMEOUT", 24, []Field{
		{Name: "flags", Offset: 4, Size: 4, Allow: 0xff<<8 | TimeoutAbsolute, Type: &tHex},
		{Name: "sec", Offset: 8, Size: 8, Signed: true, Allow: anyBits, Type: &tInt},
		{Name: "nsec", Offset: 16, Size: 8, Signed: true, Allow: anyBits, Type: &tInt},
	}},
	CtxUmask: {CtxUmask, "UMASK", 8, []Field{
		{Name: "mask", Offset: 4, Size: 4, Allow: 0o7777, Type: &tMode},
	}},
	CtxCreds: {CtxCreds, "CREDS", 16, []Field{
		{Name: "fsuid", Offset: 4, Size: 4, Allow: anyBits, Type: &tUint},
		{Name: "fsgid", Offset: 8, Size: 4, Allow: anyBits, Type: &tUint},
		{Name: "zero", Offset: 12, Size: 4, Zero: true, Type: &tHex},
	}},
	CtxFDSlot: {CtxFDSlot, "FDSLOT", 8, []Field{
		{Name: "fd", Offset: 4, Size: 4, Signed: true, Allow: anyBits, Type: &tFD},
	}},
}

// LayoutOf is the layout of a kind, nil if the kind is unknown.
func LayoutOf(k Kind) *ContextLayout {
	if k >= NumKinds {
		return nil
	}
	return &ContextLayouts[k]
}

// LayoutNamed is the layout of the kind of that name, nil if there is none.
func LayoutNamed(name string) *ContextLayout {
	for i := range ContextLayouts {
		if ContextLayouts[i].Name == name {
			return &ContextLayouts[i]
		}
	}
	return nil
}

// Get reads the field from a context's bytes, sign-extended if it is signed.
func (f *Field) Get(b []byte) uint64 { return getInt(b[f.Offset:], int(f.Size), f.Signed) }

// Put writes the field into a context's bytes.
func (f *Field) Put(b []byte, v uint64) { PutInt(b[f.Offset:], int(f.Size), v) }

// Valid says whether the fields of the context in b, which has the layout's
// size, are valid: no padding that is not zero, no flag outside its set.
func (l *ContextLayout) Valid(b []byte) bool {
	for i := range l.Fields {
		f := &l.Fields[i]
		v := getInt(b[f.Offset:], int(f.Size), false)
		if v&^f.Allow != 0 {
			return false
		}
	}
	return true
}

// Context is one context as the kernel reads it: a value of fixed size, to be
// made by one of the functions below.
type Context struct {
	b [MaxContextSize]byte
	n int
}

// Bytes is the context as it lies in user memory.
func (c *Context) Bytes() []byte { return c.b[:c.n] }

// Kind is the context's kind.
func (c *Context) Kind() Kind { return Kind(getInt(c.b[:], 4, false)) }

// Field gives the context's field number i, as [ContextLayout] counts them.
func (c *Context) Field(i int) uint64 { return ContextLayouts[c.Kind()].Fields[i].Get(c.b[:]) }

// MakeContext encodes a context of a known kind from the values of its
// fields, in the layout's order. Fields beyond the values given are zero.
func MakeContext(k Kind, values ...uint64) Context {
	var c Context
	l := &ContextLayouts[k]
	c.n = int(l.Size)
	PutInt(c.b[:], 4, uint64(k))
	for i, v := range values {
		l.Fields[i].Put(c.b[:], v)
	}
	return c
}

// OpenFlags is the context that gives every descriptor which the call makes
// these flags: O_CLOEXEC, O_NONBLOCK.
func OpenFlags(flags uint32) Context { return MakeContext(CtxOpenFlags, uint64(flags)) }

// Sigmask is the context of a signal mask.
func Sigmask(mask uint64) Context { return MakeContext(CtxSigmask, 0, mask) }

// Dirfd is the context of the directories where relative paths start.
func Dirfd(fd, fd2 int32) Context { return MakeContext(CtxDirfd, uint64(fd), uint64(fd2)) }

// Lookup is the context of how paths are walked.
func Lookup(atFlags uint32, resolve uint64) Context {
	return MakeContext(CtxLookup, uint64(atFlags), resolve)
}

// Filepos is the context of the position of reads and writes.
func Filepos(pos int64) Context { return MakeContext(CtxFilepos, 0, uint64(pos)) }

// RWFlags is the context of the flags of one read or write.
func RWFlags(flags uint32) Context { return MakeContext(CtxRWFlags, uint64(flags)) }

// Timeout is the context of the longest that a call may block.
func Timeout(flags uint32, sec, nsec int64) Context {
	return MakeContext(CtxTimeout, uint64(flags), uint64(sec), uint64(nsec))
}

// Umask is the context of the file-creation mask.
func Umask(mask uint32) Context { return MakeContext(CtxUmask, uint64(mask)) }

// Creds is the context of the identity for file access.
func Creds(fsuid, fsgid uint32) Context {
	return MakeContext(CtxCreds, uint64(fsuid), uint64(fsgid))
}

// FDSlot is the context of the number that the new descriptor gets.
func FDSlot(fd int32) Context { return MakeContext(CtxFDSlot, uint64(fd)) }

// PutInt stores the low size bytes of v, little-endian.
func PutInt(b []byte, size int, v uint64) {
	for i := range size {
		b[i] = byte(v >> (8 * i))
	}
}

// GetInt reads a little-endian number of size bytes.
func GetInt(b []byte, size int) uint64 { return getInt(b, size, false) }

func getInt(b []byte, size int, signed bool) uint64 {
	var v uint64
	for i := range size {
		v |= uint64(b[i]) << (8 * i)
	}
	if signed && size < 8 {
		shift := 64 - 8*uint(size)
		v = uint64(int64(v<<shift) >> shift)
	}
	return v
}
