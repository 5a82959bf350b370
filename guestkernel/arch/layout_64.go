//go:build !386

package arch

// User space, of 64-bit and of 32-bit programs.
var (
	Layout   = Layouts{End: UserTop, StackTop: UserTop - PageSize, MmapTop: 0x7fff00000000, ScratchTop: 0x7fff00000000}
	Layout32 = Layouts{End: 0xfffff000, StackTop: 0xffffe000, MmapTop: 0xf7000000, ScratchTop: 1 << 33}
)

// Has64 says that there are 64-bit programs.
const Has64 = true

// UserTop is the first address above user space.
const UserTop = 0x7ffffffff000

// Levels of the page-table tree above the last: a table entry of level n
// covers 1<<(12+9n) bytes. Of the root's entries the first UserEntries are user
// space's.
const (
	TopLevel    = 3
	UserEntries = 256
)
