//go:build freestanding

package indirect

import (
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// OPENFLAGS: every descriptor that the call creates gets these flags. They are
// looked at where a descriptor comes to be (proc.Task.NewFD and its like).
//
//	u32 ctx, u32 flags
var openFlags = kind{
	name:    "openflags",
	words:   1,
	allowed: proc.Context{syscalls.O_CLOEXEC | syscalls.O_NONBLOCK},
}
