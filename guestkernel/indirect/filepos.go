//go:build freestanding

package indirect

import "sysindvm/guestkernel/proc"

// FILEPOS: reads and writes are at this position, and the file's own position,
// which all its descriptors share, is neither used nor moved. A file without
// positions is ESPIPE and a negative one EINVAL, as for pread(2), but only when
// the call comes to read or write (proc.Task.How).
//
//	u32 ctx, u32 zero, s64 pos
var filePos = kind{
	name:    "filepos",
	words:   2,
	allowed: proc.Context{0, 1<<64 - 1},
}
