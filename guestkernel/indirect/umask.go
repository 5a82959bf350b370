//go:build freestanding

package indirect

import "sysindvm/guestkernel/proc"

// UMASK: the file-creation mask. It is looked at where the mode of a new file
// is made (proc.Task.NewMode). umask(2) itself changes the process's mask, and
// not this one.
//
//	u32 ctx, u32 mask
var umask = kind{
	name:    "umask",
	words:   1,
	allowed: proc.Context{0o7777},
}
