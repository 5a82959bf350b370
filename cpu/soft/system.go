package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// System instructions (SDM 3A, 2.8) and ports (SDM 1, chapter 18).

func (c *CPU) privileged() {
	if c.cpl != 0 {
		c.gp(0)
	}
}

func exPrivNOP(c *CPU, in *inst) { c.privileged() }

func exHLT(c *CPU, in *inst) {
	c.privileged()
	c.halted = true
	c.stop = c.count
}

func (c *CPU) checkIF() {
	if c.cpl > c.iopl() {
		c.gp(0)
	}
}

func exCLI(c *CPU, in *inst) {
	c.checkIF()
	c.eflags &^= cpu.FlagIF
}

func exSTI(c *CPU, in *inst) {
	c.checkIF()
	if c.eflags&cpu.FlagIF == 0 {
		c.eflags |= cpu.FlagIF
		c.shadow = true
		c.stop = c.count
	}
}

// ---- control registers

const cr4Known = cpu.CR4VME | cpu.CR4PVI | cpu.CR4TSD | cpu.CR4DE | cpu.CR4PSE | cpu.CR4PAE | cpu.CR4MCE |
	cpu.CR4PGE | cpu.CR4PCE | cpu.CR4OSFXSR | cpu.CR4OSXMMEXCPT | cpu.CR4OSXSAVE | cpu.CR4UMIP | cpu.CR4SMEP | cpu.CR4SMAP

func exMOVfromCR(c *CPU, in *inst) {
	c.privileged()
	var v uint64
	switch in.src.reg {
	case 0:
		v = c.cr0
	case 2:
		v = c.cr2
	case 3:
		v = c.cr3
	case 4:
		v = c.cr4
	case 8:
		v = c.cr8
	default:
		c.raiseNoCode(vecUD)
	}
	c.r[in.dst.reg] = v
}

func exMOVtoCR(c *CPU, in *inst) {
	c.privileged()
	v := c.r[in.src.reg]
	if !c.long {
		v &= 0xffffffff
	}
	switch in.dst.reg {
	case 0:
		c.setCR0(v)
	case 2:
		c.cr2 = v
	case 3:
		c.setCR3(v)
	case 4:
		c.setCR4(v)
	case 8:
		if v > 15 {
			c.gp(0)
		}
		c.cr8 = v
	default:
		c.raiseNoCode(vecUD)
	}
}

// setCR0 turns protection and paging on and off, and with paging and EFER.LME
// long mode (SDM 3A, 9.8.5).
func (c *CPU) setCR0(v uint64) {
	const known = cpu.CR0PE | cpu.CR0MP | cpu.CR0EM | cpu.CR0TS | cpu.CR0ET | cpu.CR0NE | cpu.CR0WP | cpu.CR0AM |
		cpu.CR0NW | cpu.CR0CD | cpu.CR0PG
	if v>>32 != 0 || v&cpu.CR0PG != 0 && v&cpu.CR0PE == 0 || v&cpu.CR0NW != 0 && v&cpu.CR0CD == 0 {
		c.gp(0)
	}
	v = v&known | cpu.CR0ET
	old, efer := c.cr0, c.efer
	if (c.cr0^v)&cpu.CR0PG != 0 {
		switch {
		case v&cpu.CR0PG == 0:
			if c.long {
				c.gp(0)
			}
			c.efer &^= cpu.EFERLMA
		case c.efer&cpu.EFERLME != 0:
			if c.cr4&cpu.CR4PAE == 0 || c.seg[segCS].L {
				c.gp(0)
			}
			c.efer |= cpu.EFERLMA
		}
	}
	if c.cr0 = v; !c.loadPDPTEs() {
		c.cr0, c.efer = old, efer
		c.gp(0)
	}
	c.setMode()
	c.flushTLB()
}

// setCR3 leaves everything as it is if it raises #GP, as setCR0 and setCR4 do.
func (c *CPU) setCR3(v uint64) {
	old := c.cr3
	if c.cr3 = v; !c.loadPDPTEs() || c.efer&cpu.EFERLMA != 0 && v>>physBits != 0 {
		c.cr3 = old
		c.gp(0)
	}
	c.flushTLB()
}

func (c *CPU) setCR4(v uint64) {
	if v&^cr4Known != 0 || c.efer&cpu.EFERLMA != 0 && v&cpu.CR4PAE == 0 {
		c.gp(0)
	}
	old := c.cr4
	if c.cr4 = v; !c.loadPDPTEs() {
		c.cr4 = old
		c.gp(0)
	}
	c.setTag()
	c.flushTLB()
}

// kept raises #GP if what an instruction tells is not for this ring (SDM 3A, 2.5,
// UMIP).
func (c *CPU) kept() {
	if c.cr4&cpu.CR4UMIP != 0 && c.cpl > 0 {
		c.gp(0)
	}
}

// exSTAC and exCLAC let ring 0 have user pages, in spite of SMAP, or not.
func exSTAC(c *CPU, in *inst) { c.allowUser(cpu.FlagAC) }
func exCLAC(c *CPU, in *inst) { c.allowUser(0) }

func (c *CPU) allowUser(ac uint64) {
	if c.cpl > 0 {
		c.raiseNoCode(vecUD)
	}
	c.setFlags(c.flags()&^cpu.FlagAC | ac)
}

func exCLTS(c *CPU, in *inst) {
	c.privileged()
	c.cr0 &^= cpu.CR0TS
}

func exSMSW(c *CPU, in *inst) {
	c.kept()
	if in.dst.kind == opMem {
		c.write16(c.ea(in), c.cr0)
		return
	}
	c.store(in, &in.dst, c.cr0)
}

// exLMSW can set PE but not clear it.
func exLMSW(c *CPU, in *inst) {
	c.privileged()
	v := c.load(in, &in.dst)
	c.setCR0(c.cr0&^0xe | v&0xf)
}

func exINVLPG(c *CPU, in *inst) {
	c.privileged()
	c.invlpg(c.linear(c.offset(in) + c.base[in.seg])) // not canonical: no fault
}

func exSWAPGS(c *CPU, in *inst) {
	c.privileged()
	c.seg[segGS].Base, c.msr.kernelGS = c.msr.kernelGS, c.seg[segGS].Base
	c.base[segGS] = c.seg[segGS].Base
}

func exRDTSC(c *CPU, in *inst) {
	if c.cr4&cpu.CR4TSD != 0 && c.cpl != 0 {
		c.gp(0)
	}
	t := c.tsc()
	c.r[rAX], c.r[rDX] = t&0xffffffff, t>>32
}

func exRDTSCP(c *CPU, in *inst) {
	exRDTSC(c, in)
	c.r[rCX] = c.msr.tscAux & 0xffffffff
}

// ---- ports

// checkIO: ring 3 may only with IOPL, or where the TSS's map allows it.
func (c *CPU) checkIO(n uint8) {
	if c.cr0&cpu.CR0PE == 0 || c.cpl <= c.iopl() {
		return
	}
	port := c.r[rDX] & 0xffff
	c.checkPort(port, n)
}

// checkPort looks at the I/O permission bit map of the TSS (SDM 1, 18.5.2).
func (c *CPU) checkPort(port uint64, n uint8) {
	if c.cr0&cpu.CR0PE == 0 || c.cpl <= c.iopl() {
		return
	}
	at := c.systemRead(c.tr.Base+102, 2) + port/8
	if c.tr.Unusable || at+1 > uint64(c.tr.Limit) {
		c.gp(0)
	}
	bits := c.systemRead(c.tr.Base+at, 2) >> (port & 7)
	if bits&mask(n/8) != 0 {
		c.gp(0)
	}
}

func (c *CPU) portIn(port uint16, n uint8) uint64 {
	var b [8]byte
	c.bus.In(port, b[:n/8])
	c.busDone()
	return binary.LittleEndian.Uint64(b[:])
}

func (c *CPU) portOut(port uint16, v uint64, n uint8) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	c.bus.Out(port, b[:n/8])
	c.busDone()
}

// port is the port that an operand names: an immediate byte, or DX.
func (c *CPU) port(in *inst, o *operand) uint64 {
	if o.kind == opImm {
		return in.imm & 0xff
	}
	return c.r[rDX] & 0xffff
}

func exIN(c *CPU, in *inst) {
	port := c.port(in, &in.src)
	c.checkPort(port, in.dst.n)
	c.store(in, &in.dst, c.portIn(uint16(port), in.dst.n))
}

func exOUT(c *CPU, in *inst) {
	port := c.port(in, &in.dst)
	c.checkPort(port, in.src.n)
	c.portOut(uint16(port), c.load(in, &in.src), in.src.n)
}

// busDone ends a bus access: the machine may have kicked, and written to RAM.
func (c *CPU) busDone() {
	c.stop = c.count
	c.newEpoch()
}
