package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// Quick ways of AVX: moves, and the exclusive or that clears a register.

// avx reports whether instructions with a VEX prefix may be executed.
func (c *CPU) avx() bool {
	return c.cr4&cpu.CR4OSXSAVE != 0 && c.ext.xcr0&xcrVectors == xcrVectors && c.cr0&cpu.CR0TS == 0
}

func movYY(c *CPU, in *inst) bool {
	if !c.avx() {
		return exactly(c, in)
	}
	d, s := in.dst.reg&xmmMask, in.src.reg&xmmMask
	c.xmm[d], c.ymm[d] = c.xmm[s], c.ymm[s]
	return false
}

func vmovXX(c *CPU, in *inst) bool {
	if !c.avx() {
		return exactly(c, in)
	}
	d := in.dst.reg & xmmMask
	c.xmm[d], c.ymm[d] = c.xmm[in.src.reg&xmmMask], vec{}
	return false
}

func vmovXM(c *CPU, in *inst) bool {
	at, ok := c.readable(c.ea64(in), 16)
	if !ok || !c.avx() {
		return exactly(c, in)
	}
	d := in.dst.reg & xmmMask
	c.xmm[d], c.ymm[d] = c.ramVec(at), vec{}
	return false
}

func vmovMX(c *CPU, in *inst) bool {
	at, ok := c.writable(c.ea64(in), 16)
	if !ok || !c.avx() {
		return exactly(c, in)
	}
	c.putVec(at, &c.xmm[in.src.reg&xmmMask])
	return false
}

func movYM(c *CPU, in *inst) bool {
	at, ok := c.readable(c.ea64(in), 32)
	if !ok || !c.avx() {
		return exactly(c, in)
	}
	d := in.dst.reg & xmmMask
	c.xmm[d], c.ymm[d] = c.ramVec(at), c.ramVec(at+16)
	return false
}

func movMY(c *CPU, in *inst) bool {
	at, ok := c.writable(c.ea64(in), 32)
	if !ok || !c.avx() {
		return exactly(c, in)
	}
	s := in.src.reg & xmmMask
	c.putVec(at, &c.xmm[s])
	c.putVec(at+16, &c.ymm[s])
	return false
}

func (c *CPU) ramVec(at uint64) vec {
	return vec{binary.LittleEndian.Uint64(c.ram[at:]), binary.LittleEndian.Uint64(c.ram[at+8:])}
}

func (c *CPU) putVec(at uint64, v *vec) {
	binary.LittleEndian.PutUint64(c.ram[at:], v[0])
	binary.LittleEndian.PutUint64(c.ram[at+8:], v[1])
}

// Moves that want alignment.
func vmovaXM(c *CPU, in *inst) bool { return in.quickAligned(c, 16, vmovXM) }
func vmovaMX(c *CPU, in *inst) bool { return in.quickAligned(c, 16, vmovMX) }
func movaYM(c *CPU, in *inst) bool  { return in.quickAligned(c, 32, movYM) }
func movaMY(c *CPU, in *inst) bool  { return in.quickAligned(c, 32, movMY) }

func (in *inst) quickAligned(c *CPU, n uint64, way quick) bool {
	if c.ea64(in)&(n-1) != 0 {
		return exactly(c, in)
	}
	return way(c, in)
}

// vxor is VPXOR and the like of registers; the third operand is not part of a
// form.
func vxor(c *CPU, in *inst) bool {
	if in.third.kind == opMem || !c.avx() {
		return exactly(c, in)
	}
	d, a, b := in.dst.reg&xmmMask, in.src.reg&xmmMask, in.third.reg&xmmMask
	low := vec{c.xmm[a][0] ^ c.xmm[b][0], c.xmm[a][1] ^ c.xmm[b][1]}
	high := vec{}
	if in.isWide() {
		high = vec{c.ymm[a][0] ^ c.ymm[b][0], c.ymm[a][1] ^ c.ymm[b][1]}
	}
	c.xmm[d], c.ymm[d] = low, high
	return false
}
