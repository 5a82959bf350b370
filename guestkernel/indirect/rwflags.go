//go:build freestanding

package indirect

import (
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// RWFLAGS: the flags of this one read or write, as preadv2(2) takes them: they
// come on top of the call's own (proc.Task.How).
//
//	u32 ctx, u32 flags
var rwFlags = kind{
	name:  "rwflags",
	words: 1,
	allowed: proc.Context{syscalls.RWF_HIPRI | syscalls.RWF_DSYNC | syscalls.RWF_SYNC |
		syscalls.RWF_NOWAIT | syscalls.RWF_APPEND},
}
