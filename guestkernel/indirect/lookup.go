//go:build freestanding

package indirect

import (
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// LOOKUP: how paths are walked. The flags are those that the *at calls take
// (AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH), and resolve is openat2(2)'s. They come
// on top of what the call says itself (proc.Task.Walk).
//
//	u32 ctx, u32 at_flags, u64 resolve
var lookup = kind{
	name:  "lookup",
	words: 2,
	allowed: proc.Context{
		syscalls.AT_SYMLINK_NOFOLLOW | syscalls.AT_EMPTY_PATH,
		syscalls.RESOLVE_NO_XDEV | syscalls.RESOLVE_NO_MAGICLINKS | syscalls.RESOLVE_NO_SYMLINKS |
			syscalls.RESOLVE_BENEATH | syscalls.RESOLVE_IN_ROOT | syscalls.RESOLVE_CACHED,
	},
}
