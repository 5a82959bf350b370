package arch

// User space: programs are 32-bit ones, there are no others.
var (
	Layout   = Layouts{End: UserTop, StackTop: UserTop - PageSize, MmapTop: 0xb7000000, ScratchTop: 0xb7000000}
	Layout32 = Layouts{End: UserTop, StackTop: UserTop - PageSize, MmapTop: 0xb7000000, ScratchTop: 0xb7000000}
)

// Has64 says that there are 64-bit programs.
const Has64 = false

// UserTop is the first address above user space.
const UserTop = 0xc0000000

// Levels of the page-table tree above the last (PAE; SDM 3A, 4.4): a table
// entry of level n covers 1<<(12+9n) bytes. The root has four entries, of which
// the first UserEntries are user space's.
const (
	TopLevel    = 2
	UserEntries = 3
)
