package wire

// TracePort is the I/O port to which a kernel with the word trace on its
// command line writes a TraceRecord, byte by byte, whenever a system call
// begins or returns and when a task ends. The host takes a record while the
// guest stands still, so that it can read the task's memory there and then.
const TracePort = 0xf8

// What a TraceRecord tells of.
const (
	TraceEnter = iota + 1
	TraceReturn
	TraceEnd // Result is the status as wait4 reports it
)

// TraceI386 is added to TraceEnter and TraceReturn for a 32-bit call, whose
// number is i386's.
const TraceI386 = 1 << 8

// TraceRecord is one event; all numbers are little-endian.
type TraceRecord struct {
	Kind   uint32
	PID    uint32
	Root   uint64 // the physical address of the task's page table
	Nr     uint64
	Args   [6]uint64
	Result uint64
}

// TraceSize is the size of a TraceRecord in bytes.
const TraceSize = 80

// ParseTrace reads a record from TraceSize bytes.
func ParseTrace(b []byte) (r TraceRecord) {
	_ = b[TraceSize-1]
	r.Kind, r.PID = Uint32(b), Uint32(b[4:])
	r.Root, r.Nr = Uint64(b[8:]), Uint64(b[16:])
	for i := range r.Args {
		r.Args[i] = Uint64(b[24+8*i:])
	}
	r.Result = Uint64(b[72:])
	return r
}
