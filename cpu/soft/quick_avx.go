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

func movYY(c *CPU, in *inst) *inst {
	if !c.avx() {
		return nil
	}
	d, s := in.dst.reg&xmmMask, in.src.reg&xmmMask
	c.xmm[d], c.ymm[d] = c.xmm[s], c.ymm[s]
	return in.then
}

func vmovXX(c *CPU, in *inst) *inst {
	if !c.avx() {
		return nil
	}
	d := in.dst.reg & xmmMask
	c.xmm[d], c.ymm[d] = c.xmm[in.src.reg&xmmMask], vec{}
	return in.then
}

func vmovXM(c *CPU, in *inst) *inst {
	f, at, ok := c.readable(c.ea64(in), 16)
	if !ok || !c.avx() {
		return nil
	}
	d := in.dst.reg & xmmMask
	c.xmm[d], c.ymm[d] = f.vec(at), vec{}
	return in.then
}

func vmovMX(c *CPU, in *inst) *inst {
	f, at, ok := c.writable(c.ea64(in), 16)
	if !ok || !c.avx() {
		return nil
	}
	f.putVec(at, &c.xmm[in.src.reg&xmmMask])
	return in.then
}

func movYM(c *CPU, in *inst) *inst {
	f, at, ok := c.readable(c.ea64(in), 32)
	if !ok || !c.avx() {
		return nil
	}
	d := in.dst.reg & xmmMask
	c.xmm[d], c.ymm[d] = f.vec(at), f.vec(at+16)
	return in.then
}

func movMY(c *CPU, in *inst) *inst {
	f, at, ok := c.writable(c.ea64(in), 32)
	if !ok || !c.avx() {
		return nil
	}
	s := in.src.reg & xmmMask
	f.putVec(at, &c.xmm[s])
	f.putVec(at+16, &c.ymm[s])
	return in.then
}

func (f *ramPage) vec(at uint64) vec {
	return vec{binary.LittleEndian.Uint64(f[at:]), binary.LittleEndian.Uint64(f[at+8:])}
}

func (f *ramPage) putVec(at uint64, v *vec) {
	binary.LittleEndian.PutUint64(f[at:], v[0])
	binary.LittleEndian.PutUint64(f[at+8:], v[1])
}

// Moves that want alignment.
func vmovaXM(c *CPU, in *inst) *inst { return in.quickAligned(c, 16, vmovXM) }
func vmovaMX(c *CPU, in *inst) *inst { return in.quickAligned(c, 16, vmovMX) }
func movaYM(c *CPU, in *inst) *inst  { return in.quickAligned(c, 32, movYM) }
func movaMY(c *CPU, in *inst) *inst  { return in.quickAligned(c, 32, movMY) }

func (in *inst) quickAligned(c *CPU, n uint64, way quick) *inst {
	if c.ea64(in)&(n-1) != 0 {
		return nil
	}
	return way(c, in)
}

// vxor is VPXOR and the like of registers; the third operand is not part of a
// form.
func vxor(c *CPU, in *inst) *inst {
	if in.third.kind == opMem || !c.avx() {
		return nil
	}
	d, a, b := in.dst.reg&xmmMask, in.src.reg&xmmMask, in.third.reg&xmmMask
	low := vec{c.xmm[a][0] ^ c.xmm[b][0], c.xmm[a][1] ^ c.xmm[b][1]}
	high := vec{}
	if in.isWide() {
		high = vec{c.ymm[a][0] ^ c.ymm[b][0], c.ymm[a][1] ^ c.ymm[b][1]}
	}
	c.xmm[d], c.ymm[d] = low, high
	return in.then
}
