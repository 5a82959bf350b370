package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// MXCSR, and FXSAVE and FXRSTOR (SDM 1, 10.2.3 and 10.5).

const mxcsrMask = 0xffff

func (c *CPU) checkSSE() {
	switch {
	case c.cr0&cpu.CR0EM != 0, c.cr4&cpu.CR4OSFXSR == 0:
		c.raiseNoCode(vecUD)
	case c.cr0&cpu.CR0TS != 0:
		c.raiseNoCode(vecNM)
	}
}

func exLDMXCSR(c *CPU, in *inst) {
	c.checkSSE()
	v := uint32(c.read32(c.ea(in)))
	if v&^mxcsrMask != 0 {
		c.gp(0)
	}
	c.mxcsr = v
}

func exSTMXCSR(c *CPU, in *inst) {
	c.checkSSE()
	c.write32(c.ea(in), uint64(c.mxcsr))
}

const fxsaveSize = 512

// exFXSAVE stores the state (SDM 1, 10.5.1), as 64-bit mode has it.
func exFXSAVE(c *CPU, in *inst) {
	c.checkFPU()
	a := c.ea(in)
	if a&15 != 0 {
		c.gp(0)
	}
	var b [416]byte
	le := binary.LittleEndian
	le.PutUint16(b[0:], c.fpu.fcw)
	le.PutUint16(b[2:], c.fpu.status())
	b[4] = c.fpu.ftw
	le.PutUint16(b[6:], c.fpu.fop)
	le.PutUint64(b[8:], c.fpu.fip)
	le.PutUint64(b[16:], c.fpu.fdp)
	le.PutUint32(b[24:], c.mxcsr)
	le.PutUint32(b[28:], mxcsrMask)
	for i := range 8 {
		st := c.fpu.st(uint8(i))
		le.PutUint64(b[32+16*i:], st.m)
		le.PutUint16(b[40+16*i:], st.se)
	}
	n := c.numXMM()
	for i := range n {
		le.PutUint64(b[160+16*i:], c.xmm[i][0])
		le.PutUint64(b[168+16*i:], c.xmm[i][1])
	}
	c.probeWrite(a, 64)
	c.probeWrite(a+uint64(len(b))-8, 64)
	for i := 0; i < 160+16*n; i += 8 {
		c.write64(a+uint64(i), le.Uint64(b[i:]))
	}
}

func exFXRSTOR(c *CPU, in *inst) {
	c.checkFPU()
	a := c.ea(in)
	if a&15 != 0 {
		c.gp(0)
	}
	var b [416]byte
	le := binary.LittleEndian
	n := c.numXMM()
	for i := 0; i < 160+16*n; i += 8 {
		le.PutUint64(b[i:], c.read64(a+uint64(i)))
	}
	mxcsr := le.Uint32(b[24:])
	if mxcsr&^mxcsrMask != 0 {
		c.gp(0)
	}
	c.mxcsr = mxcsr
	f := &c.fpu
	f.fcw, f.ftw, f.fop = le.Uint16(b[0:]), b[4], le.Uint16(b[6:])&0x7ff
	f.fip, f.fdp = le.Uint64(b[8:]), le.Uint64(b[16:])
	f.setStatus(le.Uint16(b[2:]))
	f.setControl(f.fcw)
	for i := range 8 {
		f.reg[f.at(uint8(i))] = f80{le.Uint64(b[32+16*i:]), le.Uint16(b[40+16*i:])}
	}
	for i := range n {
		c.xmm[i] = [2]uint64{le.Uint64(b[160+16*i:]), le.Uint64(b[168+16*i:])}
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
