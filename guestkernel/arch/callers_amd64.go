//go:build freestanding

package arch

// Callers goes up a kernel stack, from return address to return address: the
// kernel's code keeps frame pointers.
type Callers struct{ bp, lo, hi uintptr }

// Init begins with the innermost function, whose stack and frame pointer are
// given; hi is the stack's end, 0 if it is not known.
func (c *Callers) Init(sp, bp, hi uintptr) { *c = Callers{bp, sp, hi - 16} }

// Next is the next return address.
func (c *Callers) Next() (pc uintptr, ok bool) {
	if c.bp < c.lo || c.bp > c.hi || c.bp < uintptr(DirectMap) || c.bp&7 != 0 {
		return 0, false
	}
	f := (*[2]uintptr)(Ptr(c.bp))
	c.bp = f[0]
	return f[1], true
}
