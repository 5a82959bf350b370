package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// XSAVE and its like (SDM 1, chapter 13), for the x87, SSE and AVX states, which
// are all there are; and random numbers.

// extState is state of extensions that is a CPU's own.
type extState struct {
	xcr0 uint64 // bit 0 goes without saying
	seed uint64 // of RDRAND and RDSEED

	env floatEnv `save:"-"` // of the SSE instruction that executes
}

const (
	xcrX87     = 1 << 0
	xcrSSE     = 1 << 1
	xcrAVX     = 1 << 2
	xcrVectors = xcrSSE | xcrAVX
	xcrAll     = xcrX87 | xcrVectors

	xsaveSize = fxsaveSize + 64 // with the header
	ymmSize   = 16 * 16         // of the AVX state, which comes next in either format
	xcompact  = 1 << 63
)

func (c *CPU) xcr0() uint64 { return c.ext.xcr0 | xcrX87 }

func (c *CPU) checkXSAVE() {
	if c.cr4&cpu.CR4OSXSAVE == 0 {
		c.raiseNoCode(vecUD)
	}
	if c.cr0&cpu.CR0TS != 0 {
		c.raiseNoCode(vecNM)
	}
}

// components is what an instruction is about: those in EDX:EAX that are
// enabled.
func (c *CPU) components() uint64 {
	return (c.r[rDX]<<32 | c.r[rAX]&0xffffffff) & c.xcr0()
}

func exXGETBV(c *CPU, in *inst) {
	if c.cr4&cpu.CR4OSXSAVE == 0 {
		c.raiseNoCode(vecUD)
	}
	switch uint32(c.r[rCX]) {
	case 0, 1: // 1: of these, which are in use
		c.r[rAX], c.r[rDX] = c.xcr0(), 0
	default:
		c.gp(0)
	}
}

func exXSETBV(c *CPU, in *inst) {
	if c.cr4&cpu.CR4OSXSAVE == 0 {
		c.raiseNoCode(vecUD)
	}
	c.privileged()
	v := c.r[rDX]<<32 | c.r[rAX]&0xffffffff
	if uint32(c.r[rCX]) != 0 || v&xcrX87 == 0 || v&^xcrAll != 0 || v&xcrVectors == xcrAVX {
		c.gp(0)
	}
	c.ext.xcr0 = v
}

// exXSAVE is XSAVE, XSAVEOPT, and XSAVEC. All states count as in use.
func exXSAVE(compact bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkXSAVE()
		a, rfbm := c.ea(in), c.components()
		if a&63 != 0 {
			c.gp(0)
		}
		c.probeWrite(a, 64)
		c.probeWrite(a+xsaveLength(rfbm)-8, 64)
		b := c.fxImage(in.size == 64)
		part := func(from, to int) {
			for i := from; i < to; i += 8 {
				c.write64(a+uint64(i), binary.LittleEndian.Uint64(b[i:]))
			}
		}
		if rfbm&xcrX87 != 0 {
			part(0, 24)
			part(32, 160)
		}
		if rfbm&xcrSSE != 0 || rfbm&xcrAVX != 0 && !compact {
			part(24, 32) // MXCSR
		}
		if rfbm&xcrSSE != 0 {
			part(160, 160+16*c.numXMM())
		}
		if rfbm&xcrAVX != 0 {
			c.saveYMM(a + xsaveSize)
		}
		if compact {
			c.write64(a+fxsaveSize, rfbm)
			c.write64(a+fxsaveSize+8, xcompact|rfbm)
			return
		}
		c.write64(a+fxsaveSize, c.read64(a+fxsaveSize)&^rfbm|rfbm)
	}
}

// xsaveLength is how long the area is for the components given.
func xsaveLength(components uint64) uint64 {
	if components&xcrAVX != 0 {
		return xsaveSize + ymmSize
	}
	return xsaveSize
}

func (c *CPU) saveYMM(a uint64) {
	for i, v := range c.ymm[:c.numXMM()] {
		c.write64(a+uint64(16*i), v[0])
		c.write64(a+uint64(16*i)+8, v[1])
	}
}

func exXRSTOR(c *CPU, in *inst) {
	c.checkXSAVE()
	a, rfbm := c.ea(in), c.components()
	if a&63 != 0 {
		c.gp(0)
	}
	var h [8]uint64
	for i := range h {
		h[i] = c.read64(a + fxsaveSize + uint64(8*i))
	}
	bv, comp := h[0], h[1]
	for _, v := range h[2:] {
		if v != 0 {
			c.gp(0)
		}
	}
	compact := comp&xcompact != 0
	if bv&^c.xcr0() != 0 || !compact && comp != 0 || compact && (comp&^(xcompact|c.xcr0()) != 0 || bv&^comp != 0) {
		c.gp(0)
	}
	b := c.readFX(a)
	mxcsr := binary.LittleEndian.Uint32(b[24:])
	loadCSR := rfbm&xcrVectors != 0 && !compact || rfbm&bv&xcrSSE != 0
	if loadCSR && mxcsr&^mxcsrMask != 0 {
		c.gp(0)
	}
	var ymm [16]vec
	if rfbm&bv&xcrAVX != 0 {
		for i := range c.numXMM() {
			at := a + xsaveSize + uint64(16*i)
			ymm[i] = vec{c.read64(at), c.read64(at + 8)}
		}
	}
	if rfbm&xcrX87 != 0 {
		if bv&xcrX87 != 0 {
			c.setX87(b[:], in.size == 64)
		} else {
			c.fpu = x87{}
			c.fpu.reset()
		}
	}
	if loadCSR {
		c.mxcsr = mxcsr
	} else if rfbm&xcrSSE != 0 {
		c.mxcsr = 0x1f80
	}
	if rfbm&xcrAVX != 0 {
		copy(c.ymm[:c.numXMM()], ymm[:])
	}
	if rfbm&xcrSSE != 0 {
		for i := range c.numXMM() {
			c.xmm[i] = vec{}
			if bv&xcrSSE != 0 {
				c.xmm[i] = vec{binary.LittleEndian.Uint64(b[160+16*i:]), binary.LittleEndian.Uint64(b[168+16*i:])}
			}
		}
	}
}

// ---- random numbers

// SeedRandom seeds RDRAND and RDSEED. What they give is made of the seed and
// the virtual time, so that the same run has the same numbers.
func (c *CPU) SeedRandom(seed uint64) { c.ext.seed = seed }

// random is one number of the sequence: SplitMix64's function of the time.
func (c *CPU) random() uint64 {
	z := c.ext.seed + (uint64(c.Now())+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func exRDRAND(c *CPU, in *inst) {
	c.store(in, &in.dst, c.random())
	c.lazy = false
	c.eflags = c.eflags&^arithFlags | cpu.FlagCF
}

// exRDSEED differs in its numbers only.
func exRDSEED(c *CPU, in *inst) {
	c.store(in, &in.dst, ^c.random())
	c.lazy = false
	c.eflags = c.eflags&^arithFlags | cpu.FlagCF
}

var xsaveTable = []row{
	{"NP.0FAE/4", "XSAVE", "Mv", exXSAVE(false), memOnly, nil}, {"NP.0FAE/6", "XSAVEOPT", "Mv", exXSAVE(false), memOnly, nil},
	{"NP.0FC7/4", "XSAVEC", "Mv", exXSAVE(true), memOnly, nil}, {"NP.0FAE/5", "XRSTOR", "Mv", exXRSTOR, memOnly, nil},
	{"NP.0F01/D0", "XGETBV", "", exXGETBV, 0, nil}, {"NP.0F01/D1", "XSETBV", "", exXSETBV, 0, nil},
	{"N6.0FC7/6", "RDRAND", "Ev", exRDRAND, regOnly, nil}, {"N6.0FC7/7", "RDSEED", "Ev", exRDSEED, regOnly, nil},
}
