package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// The x87 registers are kept, saved and restored; of its instructions there
// are those that manage them.

type x87 struct {
	st            [8][16]byte // ST(0) first
	fcw, fsw, fop uint16
	ftw           uint8
	fip, fdp      uint64
}

const mxcsrMask = 0xffff

// checkFPU raises what keeps an FPU instruction from running: #NM for a task
// switch since, #UD without the operating system's support of SSE.
func (c *CPU) checkFPU() {
	if c.cr0&(cpu.CR0EM|cpu.CR0TS) != 0 {
		c.raiseNoCode(vecNM)
	}
}

func (c *CPU) checkSSE() {
	switch {
	case c.cr0&cpu.CR0EM != 0, c.cr4&cpu.CR4OSFXSR == 0:
		c.raiseNoCode(vecUD)
	case c.cr0&cpu.CR0TS != 0:
		c.raiseNoCode(vecNM)
	}
}

func exFNINIT(c *CPU, in *inst) {
	c.checkFPU()
	c.fpu.fcw, c.fpu.fsw, c.fpu.ftw, c.fpu.fop = 0x37f, 0, 0, 0
	c.fpu.fip, c.fpu.fdp = 0, 0
}

func exFNCLEX(c *CPU, in *inst) {
	c.checkFPU()
	c.fpu.fsw &= 0x7f00
}

func exFWAIT(c *CPU, in *inst) {
	if c.cr0&(cpu.CR0TS|cpu.CR0MP) == cpu.CR0TS|cpu.CR0MP {
		c.raiseNoCode(vecNM)
	}
}

func exEMMS(c *CPU, in *inst) {
	c.checkFPU()
	c.fpu.ftw = 0
}

func exFNSTCW(c *CPU, in *inst) {
	c.checkFPU()
	c.write16(c.ea(in), uint64(c.fpu.fcw))
}

func exFLDCW(c *CPU, in *inst) {
	c.checkFPU()
	c.fpu.fcw = uint16(c.read16(c.ea(in)))
}

func exFNSTSW(c *CPU, in *inst) {
	c.checkFPU()
	if in.dst.kind == opMem {
		c.write16(c.ea(in), uint64(c.fpu.fsw))
		return
	}
	c.setReg(rAX, uint64(c.fpu.fsw), 16)
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
	le.PutUint16(b[2:], c.fpu.fsw)
	b[4] = c.fpu.ftw
	le.PutUint16(b[6:], c.fpu.fop)
	le.PutUint64(b[8:], c.fpu.fip)
	le.PutUint64(b[16:], c.fpu.fdp)
	le.PutUint32(b[24:], c.mxcsr)
	le.PutUint32(b[28:], mxcsrMask)
	for i, st := range c.fpu.st {
		copy(b[32+16*i:], st[:10])
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
	c.fpu = x87{fcw: le.Uint16(b[0:]), fsw: le.Uint16(b[2:]), ftw: b[4], fop: le.Uint16(b[6:]),
		fip: le.Uint64(b[8:]), fdp: le.Uint64(b[16:])}
	for i := range c.fpu.st {
		copy(c.fpu.st[i][:10], b[32+16*i:])
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
	{"9B", "FWAIT", "", exFWAIT, 0, nil},
	{"D9/5", "FLDCW", "Mw", exFLDCW, memOnly, nil},
	{"D9/7", "FNSTCW", "Mw", exFNSTCW, memOnly, nil},
	{"DB/E2", "FNCLEX", "", exFNCLEX, 0, nil},
	{"DB/E3", "FNINIT", "", exFNINIT, 0, nil},
	{"DD/7", "FNSTSW", "Mw", exFNSTSW, memOnly, nil},
	{"DF/E0", "FNSTSW", "", exFNSTSW, 0, nil},
	{"NP.0F77", "EMMS", "", exEMMS, 0, nil},
	{"NP.0FAE/0", "FXSAVE", "Mv", exFXSAVE, memOnly, nil},
	{"NP.0FAE/1", "FXRSTOR", "Mv", exFXRSTOR, memOnly, nil},
	{"NP.0FAE/2", "LDMXCSR", "Md", exLDMXCSR, memOnly, nil},
	{"NP.0FAE/3", "STMXCSR", "Md", exSTMXCSR, memOnly, nil},
}
