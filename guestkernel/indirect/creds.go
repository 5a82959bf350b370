//go:build freestanding

package indirect

import (
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// CREDS: the identity for file access (proc.Task.FSCred). The ids must be the
// task's own, or the task privileged, else EPERM: the rule of setfsuid(2). It is
// judged by the task's real state, not by another CREDS of the chain, and
// restoring asks nobody. No id is changed, so that who may signal the task, and
// what getuid and access(2) see, stay as they are.
//
//	u32 ctx, u32 fsuid, u32 fsgid, u32 zero
var creds = kind{
	name:    "creds",
	words:   2,
	allowed: proc.Context{0xffffffff, 0xffffffff},
	more: func(t *proc.Task, c *proc.Context) syscalls.Errno {
		uid, gid := uint32(c[0]>>32), uint32(c[1])
		switch {
		case uid == proc.NoID || gid == proc.NoID:
			return syscalls.EINVAL
		case !t.OwnUID(uid) || !t.OwnGID(gid):
			return syscalls.EPERM
		}
		return 0
	},
}
