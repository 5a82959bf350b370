//go:build freestanding

package arch

// Vectors (SDM 3A, 6.3.1). Those from VectorIRQ on are the pins of the I/O
// APIC; VectorSyscall is made up by the entry code.
const (
	VectorDE       = 0
	VectorDB       = 1
	VectorNMI      = 2
	VectorBP       = 3
	VectorUD       = 6
	VectorDF       = 8
	VectorSS       = 12
	VectorGP       = 13
	VectorPF       = 14
	VectorMF       = 16
	VectorAC       = 17
	VectorXM       = 19
	VectorIRQ      = 32
	VectorTimer    = 62
	VectorSpurious = 63
	numVectors     = 64
	VectorCompat   = 128 // INT 0x80
	VectorSysenter = 129 // made up by the entry code, as VectorSyscall is
	VectorSyscall  = 256
)

// Bits of a page fault's error code (SDM 3A, 4.7).
const (
	FaultPresent = 1 << 0
	FaultWrite   = 1 << 1
	FaultUser    = 1 << 2
	FaultFetch   = 1 << 4
)
