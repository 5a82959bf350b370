//go:build freestanding

package arch

import _ "unsafe" // go:linkname

// Callers goes up a kernel stack, from return address to return address. There
// are no frame pointers on i386: it takes for one what is an address behind a
// CALL. Of what earlier calls have left behind, some may be among them.
type Callers struct{ at, hi uintptr }

// Init begins with the innermost function, whose stack pointer is given; hi is
// the stack's end, 0 if it is not known.
func (c *Callers) Init(sp, bp, hi uintptr) {
	const some = 1024
	if hi == 0 {
		hi = sp + some
	}
	*c = Callers{(sp + 3) &^ 3, hi}
}

// Next is the next return address.
func (c *Callers) Next() (pc uintptr, ok bool) {
	for ; c.at < c.hi && c.at >= KernelBase; c.at += 4 {
		if pc = *(*uintptr)(Ptr(c.at)); behindCall(pc) {
			c.at += 4
			return pc, true
		}
	}
	return 0, false
}

// behindCall reports whether there is a CALL before pc (SDM 2A).
func behindCall(pc uintptr) bool {
	if pc < KernelBase+8 || pc > textEnd() {
		return false
	}
	b := (*[8]byte)(Ptr(pc - 8))
	const direct, indirect, reg, mask = 0xe8, 0xff, 2 << 3, 7 << 3
	return b[3] == direct || b[6] == indirect && b[7]&mask == reg ||
		b[5] == indirect && b[6]&mask == reg || b[2] == indirect && b[3]&mask == reg
}

//go:linkname textEnd runtime.TextEnd
func textEnd() uintptr
