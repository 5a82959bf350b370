package soft

import (
	"fmt"
	"sync/atomic"
	"time"

	"sysindvm/cpu"
)

type engine struct{}

// New returns the engine.
func New() cpu.Engine { return engine{} }

func (engine) Name() string { return "soft" }

func (engine) Caps() cpu.Caps { return cpu.Caps{Protected32: true, Paging32: true, VirtualTime: true} }

func (engine) NewVCPU(cfg cpu.Config) (cpu.VCPU, error) {
	if len(cfg.RAM)%pageSize != 0 || uint64(len(cfg.RAM)) > 3<<30 || cfg.Bus == nil {
		return nil, fmt.Errorf("soft: RAM of %d bytes: want a multiple of %d, at most 3 GiB, and a bus", len(cfg.RAM), pageSize)
	}
	enterTables()
	c := &CPU{wrote: make([]uint64, (len(cfg.RAM)/pageSize+63)/64), ram: cfg.RAM, bus: cfg.Bus, log: cfg.Log, code: make([]*codePage, len(cfg.RAM)/pageSize)}
	c.landing.quick = land
	c.epoch, c.invalidated = 1, 1
	c.reset()
	return c, nil
}

// Numbers of the general registers, as they are encoded, and of three more that
// addresses can be made of: one that is always zero, RIP, and what RIP would be
// at the beginning of the page.
const (
	rAX = iota
	rCX
	rDX
	rBX
	rSP
	rBP
	rSI
	rDI
	r8
	r9
	r10
	r11
	r12
	r13
	r14
	r15
	rZero
	rIP
	rBase // where the page begins that is executed
	numRegs

	maxRegs = 32 // so that no number of 5 bits is out of range
)

// Segment registers, as they are encoded.
const (
	segES = iota
	segCS
	segSS
	segDS
	segFS
	segGS
	numSegs
)

// CPU is the state of one CPU. r[rIP] is the address of the next instruction
// while one executes, and of that to execute between two.
type CPU struct {
	r [maxRegs]uint64

	// Arithmetic flags, in force if lazy is set: see flags.go. Otherwise they
	// are in eflags with the others.
	lazy bool
	kind uint8 `save:"-"` // how they follow from x and y
	sh   uint8 // 64 less the size of the operands in bits
	x, y uint64

	eflags uint64

	ram   []byte `save:"-"`
	count uint64 // instructions completed
	stop  uint64 `save:"-"` // the inner loop ends when count gets here
	// runEnd is what count will be at the end of the run under way.
	runEnd uint64 `save:"-"`
	ipMask uint64 `save:"-"` // of an address in code: 64 bits or 32

	// What the mode makes of the segment registers.
	base      [numSegs]uint64 `save:"-"` // added to an address: 0 for most in 64-bit mode
	long      bool            `save:"-"` // 64-bit mode: long mode, and CS.L
	bits      uint8           `save:"-"` // default address size, and but for 64 operand size: 16, 32, 64
	segmented bool            `save:"-"` // a segment has a limit that matters
	flat      bool            `save:"-"` // 32-bit code, whose segments but FS and GS are all of the address space
	cpl       uint8           `save:"-"`
	utag      uint64          `save:"-"` // TLB tag bits of the ring

	tlbR, tlbW [tlbSize]tlbEntry  `save:"-"`
	tlbX       [tlbSize]codeEntry `save:"-"`

	jumps       [numJumps]jump `save:"-"`
	invalidated uint64         `save:"-"` // how often jumps has become void

	fetchTag  uint64 `save:"-"` // tag of the page that fetchPage is for
	fetchPage *codePage
	landing   inst   `save:"-"` // between two runs: see land
	from      uint32 `save:"-"` // which way has led there: see way

	start uint64    `save:"-"` // address of the instruction that executes
	trap  exception `save:"-"`
	// faulted is set if trap is of the instruction at RIP, which has not panicked.
	faulted bool `save:"-"`

	xmm   [16]vec
	ymm   [16]vec // the upper halves of the YMM registers
	fpu   x87
	mxcsr uint32
	ext   extState

	seg      [numSegs]cpu.Segment
	tr, ldt  cpu.Segment
	gdt, idt cpu.Table
	cr0, cr2 uint64
	cr3, cr4 uint64
	pdpte    [4]uint64 // of PAE paging
	cr8      uint64
	efer     uint64
	dr       [8]uint64
	msr      msrs

	code       []*codePage      // by frame number
	epoch      uint64           `save:"-"`
	decoded    [maxRun + 1]inst `save:"-"` // the run that is being decoded
	apart      inst             `save:"-"` // an instruction that is not kept
	apartBytes [maxInst]byte    `save:"-"`

	wrote []uint64 `save:"-"` // a bit for each page of RAM: written since ForgetWritten
	debug debugger `save:"-"`

	skew     uint64 // ns that Sleep has added
	pending  int    // an external interrupt to deliver, or -1
	nmi      bool   // a non-maskable interrupt to deliver
	inNMI    bool   // none is delivered before the next IRET
	window   bool   // InterruptWindow
	stepping bool   `save:"-"` // SingleStep
	shadow   bool   // no interrupt before the next instruction (SDM 3A, 6.8.3)
	shadowDB bool   // nor a debug exception: it was MOV SS or POP SS
	halted   bool
	down     string      // why the CPU is shut down
	broken   error       // the engine itself has failed
	kicked   atomic.Bool `save:"-"`
	access   [8]byte     `save:"-"` // of a device

	bpExec, bpData bool   `save:"-"` // a breakpoint of that kind is set
	bpHit          uint64 // data breakpoints that were hit and not yet delivered, as DR6 has them
	traced         bool   `save:"-"` // a single-step trap follows the instruction

	bus    cpu.Bus
	log    func(string, ...any)
	logged map[uint64]bool
}

// msrs are the MSRs that have a place of their own nowhere else.
type msrs struct {
	star, lstar, cstar, fmask       uint64
	sysenterCS, sysenterESP, sysEIP uint64
	kernelGS, pat, apicBase, misc   uint64
	tscOffset, tscAux               uint64
}

const patReset = 0x0007040600070406

// reset is the state after power-up (SDM 3A, 10.1.1).
func (c *CPU) reset() {
	c.r = [maxRegs]uint64{rDX: 0x600, rIP: 0xfff0}
	c.eflags = cpu.FlagR1
	c.cr0 = cpu.CR0ET | cpu.CR0NW | cpu.CR0CD
	data := cpu.Segment{Limit: 0xffff, Type: 3, P: true, S: true}
	for i := range c.seg {
		c.seg[i] = data
	}
	c.seg[segCS] = cpu.Segment{Base: 0xffff0000, Limit: 0xffff, Selector: 0xf000, Type: 11, P: true, S: true}
	c.tr = cpu.Segment{Limit: 0xffff, Type: 11, P: true}
	c.ldt = cpu.Segment{Limit: 0xffff, Type: 2, P: true}
	c.gdt.Limit, c.idt.Limit = 0xffff, 0xffff
	c.mxcsr = 0x1f80
	c.fpu = x87{fcw: 0x40}
	c.msr.pat, c.msr.apicBase = patReset, 0xfee00900
	c.dr[6], c.dr[7] = 0xffff0ff0, 0x400
	c.pending = -1
	c.setMode()
}

// setMode derives what is kept of the mode, after a change to a segment
// register, a control register or EFER.
func (c *CPU) setMode() {
	lma := c.efer&cpu.EFERLMA != 0
	c.long = lma && c.seg[segCS].L
	switch {
	case c.long:
		c.bits = 64
	case c.seg[segCS].DB:
		c.bits = 32
	default:
		c.bits = 16
	}
	c.ipMask = 0xffffffff
	if c.long {
		c.ipMask = ^uint64(0)
	}
	c.cpl = c.seg[segSS].DPL
	if c.cr0&cpu.CR0PE == 0 {
		c.cpl = 0
	}
	c.setTag()
	c.segmented = false
	for i := range c.base {
		c.segmented = c.segmented || !c.long && !flat(&c.seg[i])
		c.base[i] = c.seg[i].Base
		if c.long && i < segFS {
			c.base[i] = 0
		}
	}
	c.flat = c.bits == 32 && c.seg[segSS].DB
	for i := range segFS {
		c.flat = c.flat && flat(&c.seg[i]) && c.base[i] == 0
	}
	c.fetchPage = nil
	c.stop = c.count
}

// Now implements [cpu.VCPU].
func (c *CPU) Now() time.Duration { return time.Duration(c.count + c.skew) }

// Sleep implements [cpu.VCPU]: virtual time jumps.
func (c *CPU) Sleep(until time.Duration) {
	if until > c.Now() {
		c.skew += uint64(until - c.Now())
	}
}

// TSCHz implements [cpu.VCPU].
func (c *CPU) TSCHz() uint64 { return 1_000_000_000 }

func (c *CPU) tsc() uint64 { return c.count + c.skew + c.msr.tscOffset }

// Kick implements [cpu.VCPU].
func (c *CPU) Kick() { c.kicked.Store(true) }

// Instructions implements [cpu.VCPU].
func (c *CPU) Instructions() uint64 { return c.count }

// InterruptReady implements [cpu.VCPU].
func (c *CPU) InterruptReady() bool {
	return c.pending < 0 && !c.shadow && c.eflags&cpu.FlagIF != 0 && c.down == ""
}

// Interrupt implements [cpu.VCPU].
func (c *CPU) Interrupt(vector uint8) error {
	if !c.InterruptReady() {
		return cpu.ErrNotReady
	}
	c.pending, c.halted = int(vector), false
	return nil
}

// NMI implements [cpu.VCPU].
func (c *CPU) NMI() error {
	c.nmi, c.halted = true, false
	c.stop = c.count
	return nil
}

// InterruptWindow implements [cpu.VCPU].
func (c *CPU) InterruptWindow(want bool) { c.window = want }

// SingleStep implements [cpu.VCPU].
func (c *CPU) SingleStep(on bool) { c.stepping = on }

// Close implements [cpu.VCPU].
func (c *CPU) Close() error { return nil }

func (c *CPU) logf(format string, args ...any) {
	if c.log != nil {
		c.log(format, args...)
	}
}
