//go:build freestanding

package indirect

import "sysindvm/guestkernel/proc"

// DIRFD: relative paths start at this directory, and the second path of a call
// that has two (rename, link) at fd2. AT_FDCWD is the working directory as
// usual. The descriptor is looked at only when a relative path is walked
// (proc.Task.Walk), as that of openat(2) is: EBADF, ENOTDIR.
//
//	u32 ctx, s32 fd, s32 fd2, u32 zero
var dirfd = kind{
	name:    "dirfd",
	words:   2,
	allowed: proc.Context{0xffffffff, 0xffffffff},
}
