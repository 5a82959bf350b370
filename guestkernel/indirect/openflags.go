//go:build freestanding

package indirect

import (
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// OPENFLAGS: every descriptor that the call creates gets these flags. They are
// looked at where a descriptor is installed (proc.Task.NewFD and the like).
//
//	u32 ctx, u32 flags
var openFlags = kind{
	name:  "openflags",
	words: 1,
	check: func(c *context) syscalls.Errno {
		if uint32(c[0]>>32)&^(syscalls.O_CLOEXEC|syscalls.O_NONBLOCK) != 0 {
			return syscalls.EINVAL
		}
		return 0
	},
	set: func(t *proc.Task, c *context, s *proc.Saved) syscalls.Errno {
		s.Old[0] = uint64(t.Ctx.OpenFlags)
		t.Ctx.OpenFlags = uint32(c[0] >> 32)
		return 0
	},
	restore: func(t *proc.Task, s *proc.Saved) { t.Ctx.OpenFlags = uint32(s.Old[0]) },
	show:    func(t *proc.Task) uint64 { return uint64(t.Ctx.OpenFlags) },
}
