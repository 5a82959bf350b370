//go:build freestanding

package arch

import "unsafe"

// Switch gives the CPU from one thread to another.
func Switch(from, to *G) { switchTo(from, to) }

// StartThread prepares g so that the first Switch to it calls fn, which does
// not return.
func StartThread(g *G, fn func()) { startThread(g, fn) }

// UserFrame is the trap frame at the top of g's kernel stack, through which
// the thread last entered the kernel from user mode.
func (g *G) UserFrame() *TrapFrame {
	return (*TrapFrame)(Ptr(g.KTop - unsafe.Sizeof(TrapFrame{})))
}

// ReturnToUser prepares g so that the first Switch to it loads g.UserFrame, as
// after an interrupt: signals may wait already, and others for the CPU.
func (g *G) ReturnToUser() {
	g.SP = g.KTop - unsafe.Sizeof(TrapFrame{}) - unsafe.Sizeof(g.SP)
	g.BP = 0
	*(*uintptr)(Ptr(g.SP)) = userStart()
	g.UserFrame().Vector = VectorSpurious
}
