package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// MXCSR, and FXSAVE and FXRSTOR (SDM 1, 10.2.3 and 10.5).

const mxcsrMask = 0xffff

// checkSSE raises what keeps an instruction of SSE or AVX from running.
func (c *CPU) checkSSE(in *inst) {
	switch {
	case in.vex:
		c.checkAVX()
	case c.cr0&cpu.CR0EM != 0, c.cr4&cpu.CR4OSFXSR == 0:
		c.raiseNoCode(vecUD)
	case c.cr0&cpu.CR0TS != 0:
		c.raiseNoCode(vecNM)
	}
}

func exLDMXCSR(c *CPU, in *inst) {
	c.checkSSE(in)
	v := uint32(c.read32(c.ea(in)))
	if v&^mxcsrMask != 0 {
		c.gp(0)
	}
	c.mxcsr = v
}

func exSTMXCSR(c *CPU, in *inst) {
	c.checkSSE(in)
	c.write32(c.ea(in), uint64(c.mxcsr))
}

const fxsaveSize = 512

// fxImage is the state as FXSAVE stores it (SDM 1, 10.5.1), as 64-bit mode has
// it; wide is with REX.W. The segments of the pointers are not kept.
func (c *CPU) fxImage(wide bool) (b [416]byte) {
	le := binary.LittleEndian
	f := &c.fpu
	le.PutUint16(b[0:], f.fcw)
	le.PutUint16(b[2:], f.status())
	b[4] = f.ftw
	le.PutUint16(b[6:], f.fop)
	if wide {
		le.PutUint64(b[8:], f.fip)
		le.PutUint64(b[16:], f.fdp)
	} else {
		le.PutUint32(b[8:], uint32(f.fip))
		le.PutUint32(b[16:], uint32(f.fdp))
	}
	le.PutUint32(b[24:], c.mxcsr)
	le.PutUint32(b[28:], mxcsrMask)
	for i := range 8 {
		st := f.st(uint8(i))
		le.PutUint64(b[32+16*i:], st.m)
		le.PutUint16(b[40+16*i:], st.se)
	}
	for i, x := range c.xmm {
		le.PutUint64(b[160+16*i:], x[0])
		le.PutUint64(b[168+16*i:], x[1])
	}
	return b
}

func exFXSAVE(c *CPU, in *inst) {
	c.checkFPU()
	a := c.ea(in)
	if a&15 != 0 {
		c.gp(0)
	}
	b := c.fxImage(in.size == 64)
	c.probeWrite(a, 64)
	c.probeWrite(a+uint64(len(b))-8, 64)
	for i := 0; i < 160+16*c.numXMM(); i += 8 {
		c.write64(a+uint64(i), binary.LittleEndian.Uint64(b[i:]))
	}
}

// readFX reads the image.
func (c *CPU) readFX(a uint64) (b [416]byte) {
	for i := 0; i < 160+16*c.numXMM(); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], c.read64(a+uint64(i)))
	}
	return b
}

// setX87 takes the x87 state from an image.
func (c *CPU) setX87(b []byte, wide bool) {
	le := binary.LittleEndian
	f := &c.fpu
	f.ftw, f.fop = b[4], le.Uint16(b[6:])&0x7ff
	f.fip, f.fdp = le.Uint64(b[8:]), le.Uint64(b[16:])
	if !wide {
		f.fip, f.fdp = f.fip&0xffffffff, f.fdp&0xffffffff
	}
	f.setStatus(le.Uint16(b[2:]))
	f.setControl(le.Uint16(b[0:]))
	for i := range 8 {
		f.reg[f.at(uint8(i))] = f80{le.Uint64(b[32+16*i:]), le.Uint16(b[40+16*i:])}
	}
}

func exFXRSTOR(c *CPU, in *inst) {
	c.checkFPU()
	a := c.ea(in)
	if a&15 != 0 {
		c.gp(0)
	}
	b := c.readFX(a)
	mxcsr := binary.LittleEndian.Uint32(b[24:])
	if mxcsr&^mxcsrMask != 0 {
		c.gp(0)
	}
	c.mxcsr = mxcsr
	c.setX87(b[:], in.size == 64)
	for i := range c.numXMM() {
		c.xmm[i] = vec{binary.LittleEndian.Uint64(b[160+16*i:]), binary.LittleEndian.Uint64(b[168+16*i:])}
	}
}

// numXMM is how many XMM registers there are in this mode.
func (c *CPU) numXMM() int {
	if c.long {
		return 16
	}
	return 8
}

var fpuTable = []row{
	{"NP.0FAE/0", "FXSAVE", "Mv", exFXSAVE, memOnly, nil},
	{"NP.0FAE/1", "FXRSTOR", "Mv", exFXRSTOR, memOnly, nil},
	{"NP.0FAE/2", "LDMXCSR", "Md", exLDMXCSR, memOnly, nil},
	{"NP.0FAE/3", "STMXCSR", "Md", exSTMXCSR, memOnly, nil},
}
