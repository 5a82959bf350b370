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

// MaxContexts is how many contexts one call may carry; more is E2BIG.
const MaxContexts = 16

// Field is one field of a context.
type Field struct {
	Name   string
	Offset uint8 // in bytes from the start of the context
	Size   uint8 // in bytes: 4 or 8
	Signed bool
	Zero   bool // padding, which must be zero
}

// ContextLayout is the layout of one kind of context: the same bytes for
// every ABI, little-endian, naturally aligned.
type ContextLayout struct {
	Kind   Kind
	Name   string
	Size   uint8 // in bytes
	Fields []Field
}
