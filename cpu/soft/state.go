package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// Regs implements [cpu.VCPU].
func (c *CPU) Regs() (cpu.Regs, error) {
	r := &c.r
	return cpu.Regs{
		RAX: r[rAX], RBX: r[rBX], RCX: r[rCX], RDX: r[rDX], RSI: r[rSI], RDI: r[rDI], RSP: r[rSP], RBP: r[rBP],
		R8: r[r8], R9: r[r9], R10: r[r10], R11: r[r11], R12: r[r12], R13: r[r13], R14: r[r14], R15: r[r15],
		RIP: r[rIP], RFLAGS: c.flags(),
	}, nil
}

// SetRegs implements [cpu.VCPU].
func (c *CPU) SetRegs(s cpu.Regs) error {
	c.r = [maxRegs]uint64{
		rAX: s.RAX, rBX: s.RBX, rCX: s.RCX, rDX: s.RDX, rSI: s.RSI, rDI: s.RDI, rSP: s.RSP, rBP: s.RBP,
		r8: s.R8, r9: s.R9, r10: s.R10, r11: s.R11, r12: s.R12, r13: s.R13, r14: s.R14, r15: s.R15,
		rIP: s.RIP,
	}
	c.setFlags(s.RFLAGS | cpu.FlagR1)
	c.halted = false
	return nil
}

// Sregs implements [cpu.VCPU].
func (c *CPU) Sregs() (cpu.Sregs, error) {
	s := &c.seg
	return cpu.Sregs{
		CS: s[segCS], DS: s[segDS], ES: s[segES], FS: s[segFS], GS: s[segGS], SS: s[segSS],
		TR: c.tr, LDT: c.ldt, GDT: c.gdt, IDT: c.idt,
		CR0: c.cr0, CR2: c.cr2, CR3: c.cr3, CR4: c.cr4, CR8: c.cr8,
		EFER: c.efer, APICBase: c.msr.apicBase,
	}, nil
}

// SetSregs implements [cpu.VCPU].
func (c *CPU) SetSregs(s cpu.Sregs) error {
	c.seg = [numSegs]cpu.Segment{segES: s.ES, segCS: s.CS, segSS: s.SS, segDS: s.DS, segFS: s.FS, segGS: s.GS}
	c.tr, c.ldt, c.gdt, c.idt = s.TR, s.LDT, s.GDT, s.IDT
	c.cr0, c.cr2, c.cr3, c.cr4, c.cr8 = s.CR0, s.CR2, s.CR3, s.CR4, s.CR8
	c.efer, c.msr.apicBase = s.EFER, s.APICBase
	if s.CR4&cpu.CR4OSXSAVE != 0 && c.ext.xcr0 == 0 {
		c.ext.xcr0 = xcrAll // which is part of FPU: this is what every system chooses
	}
	c.down, c.halted, c.shadow, c.shadowDB, c.bpHit = "", false, false, false, 0
	c.loadPDPTEs()
	c.setMode()
	c.flushTLB()
	return nil
}

// FPU implements [cpu.VCPU].
func (c *CPU) FPU() (cpu.FPU, error) {
	f := cpu.FPU{
		FCW: c.fpu.fcw, FSW: c.fpu.status(), FTW: c.fpu.ftw, FOP: c.fpu.fop,
		FIP: c.fpu.fip, FDP: c.fpu.fdp, MXCSR: c.mxcsr, XCR0: c.ext.xcr0 &^ xcrX87,
	}
	for i := range f.ST {
		st := c.fpu.st(uint8(i))
		binary.LittleEndian.PutUint64(f.ST[i][:], st.m)
		binary.LittleEndian.PutUint16(f.ST[i][8:], st.se)
	}
	for i, x := range c.xmm {
		binary.LittleEndian.PutUint64(f.XMM[i][:], x[0])
		binary.LittleEndian.PutUint64(f.XMM[i][8:], x[1])
		binary.LittleEndian.PutUint64(f.YMM[i][:], c.ymm[i][0])
		binary.LittleEndian.PutUint64(f.YMM[i][8:], c.ymm[i][1])
	}
	return f, nil
}

// SetFPU implements [cpu.VCPU].
func (c *CPU) SetFPU(f cpu.FPU) error {
	c.fpu = x87{fcw: f.FCW, ftw: f.FTW, fop: f.FOP, fip: f.FIP, fdp: f.FDP}
	c.fpu.setStatus(f.FSW)
	for i := range f.ST {
		c.fpu.reg[c.fpu.at(uint8(i))] = f80{binary.LittleEndian.Uint64(f.ST[i][:]), binary.LittleEndian.Uint16(f.ST[i][8:])}
	}
	c.mxcsr = f.MXCSR & mxcsrMask
	for i := range c.xmm {
		c.xmm[i][0] = binary.LittleEndian.Uint64(f.XMM[i][:])
		c.xmm[i][1] = binary.LittleEndian.Uint64(f.XMM[i][8:])
		c.ymm[i] = vec{binary.LittleEndian.Uint64(f.YMM[i][:]), binary.LittleEndian.Uint64(f.YMM[i][8:])}
	}
	if v := f.XCR0 & xcrAll; v&xcrVectors != xcrAVX {
		c.ext.xcr0 = v
	}
	return nil
}

// MSR implements [cpu.VCPU].
func (c *CPU) MSR(index uint32) (uint64, error) {
	if v, ok := c.readMSR(index); ok {
		return v, nil
	}
	return 0, cpu.ErrMSR
}

// SetMSR implements [cpu.VCPU].
func (c *CPU) SetMSR(index uint32, v uint64) error {
	if c.writeMSR(index, v) {
		return nil
	}
	return cpu.ErrMSR
}
