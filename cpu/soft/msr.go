package soft

import "sysindvm/cpu"

// Model-specific registers (SDM 4, chapter 2).

// msrPlace is where an MSR's value is, for those that are just kept.
func (c *CPU) msrPlace(i uint32) *uint64 {
	m := &c.msr
	switch i {
	case cpu.MSRSysenterCS:
		return &m.sysenterCS
	case cpu.MSRSysenterESP:
		return &m.sysenterESP
	case cpu.MSRSysenterEIP:
		return &m.sysEIP
	case cpu.MSRPAT:
		return &m.pat
	case cpu.MSRSTAR:
		return &m.star
	case cpu.MSRLSTAR:
		return &m.lstar
	case cpu.MSRCSTAR:
		return &m.cstar
	case cpu.MSRFMASK:
		return &m.fmask
	case cpu.MSRKernelGSBase:
		return &m.kernelGS
	case cpu.MSRTSCAux:
		return &m.tscAux
	case cpu.MSRMiscEnable:
		return &m.misc
	case cpu.MSRFSBase:
		return &c.seg[segFS].Base
	case cpu.MSRGSBase:
		return &c.seg[segGS].Base
	case cpu.MSRAPICBase:
		return &m.apicBase
	}
	return nil
}

func (c *CPU) readMSR(i uint32) (uint64, bool) {
	switch i {
	case cpu.MSRTSC:
		return c.tsc(), true
	case cpu.MSREFER:
		return c.efer, true
	}
	if p := c.msrPlace(i); p != nil {
		return *p, true
	}
	return 0, false
}

// writeMSR is false where the MSR or the value is not valid.
func (c *CPU) writeMSR(i uint32, v uint64) bool {
	switch i {
	case cpu.MSRTSC:
		c.msr.tscOffset = v - c.count - c.skew
		return true
	case cpu.MSREFER:
		return c.setEFER(v)
	case cpu.MSRLSTAR, cpu.MSRCSTAR, cpu.MSRFSBase, cpu.MSRGSBase, cpu.MSRKernelGSBase:
		if !canonical(v) {
			return false
		}
	case cpu.MSRFMASK, cpu.MSRTSCAux:
		v &= 0xffffffff
	case cpu.MSRAPICBase:
		if v&^apicBaseBits != 0 {
			return false
		}
	}
	p := c.msrPlace(i)
	if p == nil {
		return false
	}
	*p = v
	c.base[segFS], c.base[segGS] = c.seg[segFS].Base, c.seg[segGS].Base
	return true
}

func (c *CPU) setEFER(v uint64) bool {
	const known = cpu.EFERSCE | cpu.EFERLME | cpu.EFERLMA | cpu.EFERNXE
	if v&^known != 0 || c.cr0&cpu.CR0PG != 0 && (v^c.efer)&cpu.EFERLME != 0 {
		return false
	}
	c.efer = v&^cpu.EFERLMA | c.efer&cpu.EFERLMA
	c.flushTLB()
	return true
}

// Bits of IA32_APIC_BASE (SDM 3A, 11.4.4): there is no x2APIC mode.
const (
	apicBSP      = 1 << 8
	apicOn       = 1 << 11
	apicBaseBits = apicBSP | apicOn | (1<<physBits-1)&^pageMask
)

// exRDPMC finds none: there are no performance counters.
func exRDPMC(c *CPU, in *inst) { c.gp(0) }

func exRDMSR(c *CPU, in *inst) {
	c.privileged()
	v, ok := c.readMSR(uint32(c.r[rCX]))
	if !ok {
		c.gp(0)
	}
	c.r[rAX], c.r[rDX] = v&0xffffffff, v>>32
}

func exWRMSR(c *CPU, in *inst) {
	c.privileged()
	if !c.writeMSR(uint32(c.r[rCX]), c.r[rDX]<<32|c.r[rAX]&0xffffffff) {
		c.gp(0)
	}
}
