package cpu

// What only some engines' vCPUs can do, for records and debuggers.

// Repeater is a vCPU that can be brought back to where it was, from where the
// same run gives the same again.
type Repeater interface {
	VCPU
	// AppendState appends the whole state, but for RAM, to b.
	AppendState(b []byte) []byte
	// LoadState sets the state to that at the beginning of b, and returns the
	// rest of b. What may be kept of RAM's contents is forgotten.
	LoadState(b []byte) (rest []byte, err error)
	// Written has a bit for each page of RAM: it is set if the guest has
	// written to the page since ForgetWritten.
	Written() []uint64
	// ForgetWritten clears Written, and does what Forget does.
	ForgetWritten()
	// Forget throws away all translations of addresses that the vCPU keeps.
	Forget()
}

// Breaker is a vCPU with breakpoints and watchpoints.
type Breaker interface {
	VCPU
	// SetBreakpoints has Run come back with ExitBreakpoint before it executes
	// an instruction at one of these linear addresses. The next Run executes
	// it, as it does the one at which the vCPU stands when they are set.
	SetBreakpoints(addrs []uint64)
	// SetWatchpoints has Run come back with ExitWatchpoint after an instruction
	// that has used such memory.
	SetWatchpoints([]Watchpoint)
}

// Watchpoint is memory to watch.
type Watchpoint struct {
	Addr, Size  uint64 // guest-physical, in RAM
	Read, Write bool
}
