//go:build freestanding

package sys

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls/wire"
)

// tracing says that the host is told of every call, by the word trace on the
// command line.
var tracing bool

// record is what the host is told; the kernel is not preempted.
var record wire.TraceRecord

// Trace begins to tell the host of calls and ends of tasks.
func Trace() {
	tracing = true
	proc.Ended = func(t *proc.Task, status int) { tell(t, wire.TraceEnd, uint64(status)) }
}

// callTraced is callSyscall for a kernel that is traced. A call that does not
// return is told of when it begins.
func callTraced(t *proc.Task, c *proc.Call) int64 {
	tell(t, wire.TraceEnter, 0)
	r := callSyscall(t, c)
	tell(t, wire.TraceReturn, uint64(r))
	return r
}

// tell writes a record of t's call to the host.
func tell(t *proc.Task, kind uint32, result uint64) {
	record = wire.TraceRecord{Kind: kind, PID: uint32(t.Pid), Root: t.Root, Nr: uint64(t.Call.Nr), Args: t.Call.Args, Result: result}
	arch.Outs(wire.TracePort, unsafe.Slice((*byte)(unsafe.Pointer(&record)), unsafe.Sizeof(record)))
}
