package syscalls

// Sets of constants, and the types of arguments that take them.
var (
	SetCtxOpenFlags = Set{Name: "OPENFLAGS", Consts: []Constant{
		{"O_NONBLOCK", O_NONBLOCK}, {"O_CLOEXEC", O_CLOEXEC},
	}}
	SetDirFD   = Set{Name: "directory", Consts: []Constant{{"AT_FDCWD", 1<<64 - 100}}}
	SetAtFlags = Set{Name: "AT_*", Consts: []Constant{
		{"AT_SYMLINK_NOFOLLOW", AT_SYMLINK_NOFOLLOW}, {"AT_REMOVEDIR", AT_REMOVEDIR},
		{"AT_SYMLINK_FOLLOW", AT_SYMLINK_FOLLOW}, {"AT_EMPTY_PATH", AT_EMPTY_PATH},
	}}
	SetResolve = Set{Name: "RESOLVE_*", Consts: []Constant{
		{"RESOLVE_NO_XDEV", RESOLVE_NO_XDEV}, {"RESOLVE_NO_MAGICLINKS", RESOLVE_NO_MAGICLINKS},
		{"RESOLVE_NO_SYMLINKS", RESOLVE_NO_SYMLINKS}, {"RESOLVE_BENEATH", RESOLVE_BENEATH},
		{"RESOLVE_IN_ROOT", RESOLVE_IN_ROOT}, {"RESOLVE_CACHED", RESOLVE_CACHED},
	}}
	SetRWFlags = Set{Name: "RWF_*", Consts: []Constant{
		{"RWF_HIPRI", RWF_HIPRI}, {"RWF_DSYNC", RWF_DSYNC}, {"RWF_SYNC", RWF_SYNC},
		{"RWF_NOWAIT", RWF_NOWAIT}, {"RWF_APPEND", RWF_APPEND},
	}}

	tCtxOpenFlags = Type{Kind: Flags, Set: &SetCtxOpenFlags}
	tDirFD        = Type{Kind: FD, Set: &SetDirFD}
	tAtFlags      = Type{Kind: Flags, Set: &SetAtFlags}
	tResolve      = Type{Kind: Flags, Set: &SetResolve}
	tRWFlags      = Type{Kind: Flags, Set: &SetRWFlags}
)
