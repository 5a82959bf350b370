package soft

import (
	"errors"

	"sysindvm/cpu"
)

// Exceptions and interrupts (SDM 3A, chapter 6).

const (
	vecDE  = 0
	vecDB  = 1
	vecNMI = 2
	vecBP  = 3
	vecOF  = 4
	vecUD  = 6
	vecNM  = 7
	vecDF  = 8
	vecTS  = 10
	vecNP  = 11
	vecSS  = 12
	vecGP  = 13
	vecPF  = 14
	vecMF  = 16
	vecAC  = 17
	vecXM  = 19
)

// exception is one exception or interrupt on its way.
type exception struct {
	vector   uint8
	hasCode  bool
	software bool // INT n: RIP is behind the instruction, the gate's DPL counts
	fault    bool // of #DB: the instruction has not been executed, and RF is set for it
	external bool
	code     uint64
}

// errException unwinds the instruction that raised an exception.
var errException = errors.New("exception")

func (c *CPU) raiseTrap(e exception) {
	c.r[rIP] = c.start
	c.trap = e
	panic(errException)
}

func (c *CPU) raise(v uint8, code uint64) {
	c.raiseTrap(exception{vector: v, hasCode: true, code: code})
}

func (c *CPU) raiseNoCode(v uint8) { c.raiseTrap(exception{vector: v}) }

func (c *CPU) gp(code uint64) { c.raise(vecGP, code) }

// ud raises #UD for an encoding that the engine does not have.
func (c *CPU) ud(b []byte) {
	c.undefined(b)
	c.raiseNoCode(vecUD)
}

func exUD(c *CPU, in *inst) { c.raiseNoCode(vecUD) }

// contributory: a second one of these while the first is delivered is a
// double fault (SDM 3A, table 6-5).
func contributory(v uint8) bool {
	return v == vecDE || v >= vecTS && v <= vecGP
}

// deliver brings the CPU to the handler of e; what goes wrong on the way is
// delivered in its place, up to the triple fault.
func (c *CPU) deliver(e exception) {
	for {
		before := *c.snapshot()
		if !c.protected(func() { c.enter(e) }) || c.broken != nil {
			return
		}
		c.restore(&before)
		second := c.trap
		switch {
		case e.vector == vecDF && !e.external:
			c.shutdown("triple fault: exception %d while a double fault was delivered, at rip %#x", second.vector, c.r[rIP])
			return
		case !e.external && !e.software && (contributory(e.vector) && contributory(second.vector) ||
			e.vector == vecPF && (second.vector == vecPF || contributory(second.vector))):
			c.logf("soft: exception %d while exception %d was delivered, at rip %#x: double fault", second.vector, e.vector, c.r[rIP])
			second = exception{vector: vecDF, hasCode: true}
		}
		e = second
	}
}

// frame is what a delivery changes before it can fail.
type frame struct {
	r    [maxRegs]uint64
	seg  [numSegs]cpu.Segment
	cpl  uint8
	utag uint64
	base [numSegs]uint64
	long bool
}

func (c *CPU) snapshot() *frame {
	return &frame{c.r, c.seg, c.cpl, c.utag, c.base, c.long}
}

func (c *CPU) restore(f *frame) {
	c.r, c.seg, c.cpl, c.utag, c.base, c.long = f.r, f.seg, f.cpl, f.utag, f.base, f.long
}

// enter goes through the gate of a vector.
func (c *CPU) enter(e exception) {
	c.start = c.r[rIP]
	switch {
	case c.real():
		c.enterReal(e)
	case c.efer&cpu.EFERLMA != 0:
		c.enter64(e)
	default:
		c.enter32(e)
	}
	if e.vector == vecDB && !e.software {
		c.dr[7] &^= dr7GD
	}
	c.halted = false
	c.stop = c.count
}

// gateError is the error code that names the IDT entry (SDM 3A, 6.13).
func gateError(e exception) uint64 {
	code := uint64(e.vector)<<3 | 2
	if !e.software {
		code |= 1
	}
	return code
}

const (
	gateInterrupt = 14
	gateTrap      = 15
)

// checkGate checks type, rights and presence of an IDT entry.
func (c *CPU) checkGate(e exception, gate uint64) {
	code := gateError(e)
	if t := gate >> 40 & 31; t != gateInterrupt && t != gateTrap {
		c.gp(code)
	}
	if e.software && uint8(gate>>45&3) < c.cpl {
		c.gp(code)
	}
	if gate>>47&1 == 0 {
		c.raise(vecNP, code)
	}
}

// enter64 delivers in long mode (SDM 3A, 6.14).
func (c *CPU) enter64(e exception) {
	at := uint64(e.vector) * 16
	if at+15 > uint64(c.idt.Limit) {
		c.gp(gateError(e))
	}
	gate, high := c.systemRead(c.idt.Base+at, 8), c.systemRead(c.idt.Base+at+8, 8)
	c.checkGate(e, gate)
	target := gate&0xffff | gate>>48<<16 | high<<32
	cs, dpl := c.codeSegment(uint16(gate>>16), e)
	if !cs.L || cs.DB {
		c.gp(uint64(cs.Selector) &^ 3)
	}
	flags, oldCS, oldSS := c.savedFlags(e), c.seg[segCS].Selector, c.seg[segSS].Selector
	oldSP, oldIP, oldCPL := c.r[rSP], c.r[rIP], c.cpl
	sp := oldSP
	switch ist := gate >> 32 & 7; {
	case ist != 0:
		sp = c.systemRead(c.tr.Base+28+ist*8, 8)
	case dpl < oldCPL:
		sp = c.systemRead(c.tr.Base+4+uint64(dpl)*8, 8)
	}
	if !canonical(sp) {
		c.raise(vecSS, 0)
	}
	c.seg[segCS] = cs
	if dpl < oldCPL {
		c.seg[segSS] = cpu.Segment{Selector: uint16(dpl), DPL: dpl, P: true, S: true, Type: 3, Unusable: true}
	}
	c.setMode()
	c.long = true
	c.r[rSP] = sp &^ 15
	for _, v := range [...]uint64{uint64(oldSS), oldSP, flags, uint64(oldCS), oldIP} {
		c.push(v, 64)
	}
	if e.hasCode {
		c.push(e.code, 64)
	}
	c.afterGate(gate, target)
}

// enter32 delivers in protected mode through a 32-bit gate (SDM 3A, 6.12.1).
func (c *CPU) enter32(e exception) {
	at := uint64(e.vector) * 8
	if at+7 > uint64(c.idt.Limit) {
		c.gp(gateError(e))
	}
	gate := c.systemRead(c.idt.Base+at, 8)
	c.checkGate(e, gate)
	target := gate&0xffff | gate>>48<<16
	cs, dpl := c.codeSegment(uint16(gate>>16), e)
	flags, oldCS, oldSS := c.savedFlags(e), c.seg[segCS].Selector, c.seg[segSS].Selector
	oldSP, oldIP, oldCPL := c.r[rSP], c.r[rIP], c.cpl
	if dpl < oldCPL {
		esp, ss := c.systemRead(c.tr.Base+4+uint64(dpl)*8, 4), c.systemRead(c.tr.Base+8+uint64(dpl)*8, 2)
		c.seg[segCS] = cs
		c.seg[segSS] = c.descriptor(uint16(ss), vecTS)
		c.setMode()
		c.setReg(rSP, esp, c.stackSize())
		c.push(uint64(oldSS), 32)
		c.push(oldSP, 32)
	}
	c.seg[segCS] = cs
	c.setMode()
	c.push(flags, 32)
	c.push(uint64(oldCS), 32)
	c.push(oldIP, 32)
	if e.hasCode {
		c.push(e.code, 32)
	}
	c.afterGate(gate, target)
}

// savedFlags is RFLAGS as a handler finds it: with RF set for a fault, so that
// a breakpoint does not hit again (SDM 3B, 17.3.1.1).
func (c *CPU) savedFlags(e exception) uint64 {
	f := c.flags()
	if !e.external && !e.software && (e.vector != vecDB || e.fault) && e.vector != vecDF {
		f |= cpu.FlagRF
	}
	return f
}

// codeSegment is the code segment of a gate and the ring it leads to.
func (c *CPU) codeSegment(sel uint16, e exception) (cpu.Segment, uint8) {
	if sel&^3 == 0 {
		c.gp(b2u(!e.software))
	}
	s := c.descriptor(sel, vecGP)
	if !s.S || s.Type&8 == 0 || s.DPL > c.cpl {
		c.gp(uint64(sel) &^ 3)
	}
	dpl := s.DPL
	if s.Type&4 != 0 { // conforming
		dpl = c.cpl
	}
	s.Selector = sel&^3 | uint16(dpl)
	return s, dpl
}

// afterGate clears the flags that a gate clears, and jumps.
func (c *CPU) afterGate(gate, target uint64) {
	f := c.flags() &^ (cpu.FlagTF | cpu.FlagNT | cpu.FlagRF | cpu.FlagVM)
	if gate>>40&31 == gateInterrupt {
		f &^= cpu.FlagIF
	}
	c.setFlags(f)
	c.r[rIP] = target
	c.shadow, c.shadowDB = false, false
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// softInt is INT n and its kin.
func (c *CPU) softInt(v uint8) { c.trapTo(exception{vector: v, software: true}) }

// trapTo goes to a handler: the return address is behind the instruction. A
// fault on the way is the instruction's own. No single-step trap follows.
func (c *CPU) trapTo(e exception) {
	start, before := c.start, *c.snapshot()
	if c.protected(func() { c.enter(e) }) {
		c.restore(&before)
		c.start = start
		c.raiseTrap(c.trap)
	}
	c.traced = false
}

func exINT3(c *CPU, in *inst) { c.softInt(vecBP) }
func exINT(c *CPU, in *inst)  { c.softInt(uint8(in.imm)) }

func exINTO(c *CPU, in *inst) {
	if c.of() {
		c.softInt(vecOF)
	}
}

// exIRET returns from a handler (SDM 2A, IRET).
func exIRET(c *CPU, in *inst) {
	c.inNMI = false // even if it faults
	if c.real() {
		c.iretReal(in)
		return
	}
	n := in.size
	step := uint64(n / 8)
	ip, cs, flags := c.peek(0, n), c.peek(step, n), c.peek(2*step, n)
	outer := uint8(cs&3) > c.cpl
	switch {
	case uint8(cs&3) < c.cpl:
		c.gp(cs & 0xfffc)
	case c.flags()&cpu.FlagNT != 0:
		c.gp(0) // a task return, which there is not
	}
	var sp, ss uint64
	if outer || c.long {
		sp, ss = c.peek(3*step, n), c.peek(4*step, n)
	}
	code := c.returnCode(uint16(cs))
	to64 := code.L && c.efer&cpu.EFERLMA != 0
	if to64 && !canonical(ip) {
		c.gp(0)
	}
	may := uint64(arithFlags | cpu.FlagTF | cpu.FlagDF | cpu.FlagNT | cpu.FlagRF | cpu.FlagAC | cpu.FlagID)
	if c.cpl <= c.iopl() {
		may |= cpu.FlagIF
	}
	if c.cpl == 0 {
		may |= cpu.FlagIOPL
	}
	if outer || c.long {
		stack := c.returnStack(uint16(ss), uint8(cs&3), to64)
		c.seg[segCS], c.seg[segSS] = code, stack
		c.setMode()
		c.setReg(rSP, sp, max(c.stackSize(), 32))
		c.dropPrivilege()
	} else {
		c.drop(3 * step)
		c.seg[segCS] = code
		c.setMode()
	}
	c.r[rIP] = ip
	c.setFlags(c.flags()&^(may&mask(n)) | flags&may&mask(n))
}

// returnCode is the code segment of a far return.
func (c *CPU) returnCode(sel uint16) cpu.Segment {
	if sel&^3 == 0 {
		c.gp(0)
	}
	s := c.descriptor(sel, vecGP)
	rpl := uint8(sel & 3)
	if !s.S || s.Type&8 == 0 || s.Type&4 == 0 && s.DPL != rpl || s.Type&4 != 0 && s.DPL > rpl {
		c.gp(uint64(sel) &^ 3)
	}
	return s
}

// returnStack is the stack segment of a far return to ring rpl.
func (c *CPU) returnStack(sel uint16, rpl uint8, to64 bool) cpu.Segment {
	if sel&^3 == 0 {
		if !to64 || rpl == 3 {
			c.gp(0)
		}
		return cpu.Segment{Selector: sel, DPL: rpl, P: true, S: true, Type: 3, Unusable: true}
	}
	s := c.descriptor(sel, vecSS)
	if uint8(sel&3) != rpl || !s.S || s.Type&8 != 0 || s.Type&2 == 0 || s.DPL != rpl {
		c.gp(uint64(sel) &^ 3)
	}
	return s
}

// dropPrivilege makes data segments that the outer ring may not have null.
func (c *CPU) dropPrivilege() {
	dropped := false
	for _, i := range [...]int{segES, segDS, segFS, segGS} {
		s := &c.seg[i]
		if s.Selector&^3 != 0 && s.DPL < c.cpl && (s.Type&8 == 0 || s.Type&4 == 0) {
			*s = cpu.Segment{Unusable: true, Base: s.Base}
			dropped = true
		}
	}
	if dropped {
		c.setMode()
	}
}
