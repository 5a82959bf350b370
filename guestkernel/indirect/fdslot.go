//go:build freestanding

package indirect

import "sysindvm/guestkernel/proc"

// FDSLOT: the number that the one new descriptor gets; what was there is
// closed, as dup2(2) does (proc.Task.ReserveFD). A number that no descriptor
// can have is EBADF, and a call that makes two descriptors cannot have one
// number: EINVAL, and nothing is made.
//
//	u32 ctx, s32 fd
var fdSlot = kind{
	name:    "fdslot",
	words:   1,
	allowed: proc.Context{0xffffffff},
}
