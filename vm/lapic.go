package vm

import (
	"math"
	"math/bits"
	"time"
)

// lapicBase is where the local APIC is: its reset address, which the guest
// cannot move.
const (
	lapicBase = 0xfee00000
	lapicSize = 0x1000
)

// Registers of the local APIC, by offset (SDM 3A, table 10-1).
const (
	lapicID         = 0x020
	lapicVersion    = 0x030
	lapicTPR        = 0x080
	lapicPPR        = 0x0a0
	lapicEOI        = 0x0b0
	lapicLDR        = 0x0d0
	lapicDFR        = 0x0e0
	lapicSVR        = 0x0f0
	lapicISR        = 0x100
	lapicTMR        = 0x180
	lapicIRR        = 0x200
	lapicESR        = 0x280
	lapicICRLow     = 0x300
	lapicICRHigh    = 0x310
	lapicLVTTimer   = 0x320
	lapicLVTThermal = 0x330
	lapicLVTPerf    = 0x340
	lapicLVTLINT0   = 0x350
	lapicLVTLINT1   = 0x360
	lapicLVTError   = 0x370
	lapicInitCount  = 0x380
	lapicCurCount   = 0x390
	lapicDivide     = 0x3e0
)

const (
	lapicVersionValue = 0x00050014 // an integrated APIC with six LVT entries (SDM 3A, 10.4.8)

	svrEnable = 1 << 8 // SDM 3A, 10.9

	lvtMasked       = 1 << 16 // SDM 3A, 10.5.1
	lvtTimerMode    = 3 << 17
	lvtTimerOneShot = 0 << 17
	lvtTimerPeriod  = 1 << 17
	lvtWritable     = 0x1a7ff // vector, delivery mode, polarity, trigger, mask
	lvtTimerBits    = 0x300ff | lvtTimerMode

	// Error status register (SDM 3A, 10.5.3).
	esrSendVector     = 1 << 5
	esrReceiveVector  = 1 << 6
	esrBadRegister    = 1 << 7
	firstLegalVector  = 16
	deliveryFixed     = 0
	deliveryLowestPri = 1
	deliveryNMI       = 4
)

// noDeadline is the guest time of what will never happen.
const noDeadline = time.Duration(math.MaxInt64)

// lapic is the local APIC of the one CPU (SDM 3A, chapter 10), in xAPIC mode.
// Its timer counts at 1 GHz of guest time. What the guest writes to CR8 is not
// seen here: a kernel for this machine sets its priority in TPR.
type lapic struct {
	now func() time.Duration
	// eoi is told the vector of each level-triggered interrupt that the guest
	// has ended, for the I/O APIC (SDM 3A, 10.8.5).
	eoi func(vector uint8)
	// nmi sends the CPU a non-maskable interrupt.
	nmi func()
	log func(format string, args ...any)

	id, tpr, ldr, dfr, svr uint32
	esr, esrPending        uint32
	icr                    [2]uint32
	lvt                    [6]uint32 // from lapicLVTTimer on, in the order of their offsets
	isr, tmr, irr          [8]uint32 // one bit a vector

	initCount, divide uint32
	start             time.Duration // when the count was last initCount
	counting          bool
}

func newLAPIC(now func() time.Duration, log func(string, ...any)) *lapic {
	a := &lapic{now: now, eoi: func(uint8) {}, nmi: func() {}, log: log, dfr: math.MaxUint32, svr: 0xff}
	for i := range a.lvt {
		a.lvt[i] = lvtMasked
	}
	return a
}

func (a *lapic) enabled() bool { return a.svr&svrEnable != 0 }

// highest is the highest vector of a 256-bit register, -1 if none is set.
func highest(r *[8]uint32) int {
	for i := len(r) - 1; i >= 0; i-- {
		if r[i] != 0 {
			return i*32 + bits.Len32(r[i]) - 1
		}
	}
	return -1
}

// ppr is the processor priority (SDM 3A, 10.8.3.1).
func (a *lapic) ppr() uint32 {
	if v := highest(&a.isr); v >= 0 && uint32(v)>>4 > a.tpr>>4 {
		return uint32(v) &^ 15
	}
	return a.tpr
}

// pending is the interrupt that is to be delivered to the CPU now, if any.
func (a *lapic) pending() (vector uint8, ok bool) {
	v := highest(&a.irr)
	if v < 0 || uint32(v)>>4 <= a.ppr()>>4 {
		return 0, false
	}
	return uint8(v), true
}

// acknowledge moves a pending interrupt into service.
func (a *lapic) acknowledge(vector uint8) {
	a.irr[vector/32] &^= 1 << (vector % 32)
	a.isr[vector/32] |= 1 << (vector % 32)
}

// accept takes an interrupt from a pin, the timer or an IPI. It is false if
// the APIC is off by software and takes none (SDM 3A, 10.4.7.2).
func (a *lapic) accept(vector uint8, level bool) bool {
	if !a.enabled() {
		return false
	}
	if vector < firstLegalVector {
		a.fail(esrReceiveVector)
		return true
	}
	bit := uint32(1) << (vector % 32)
	a.irr[vector/32] |= bit
	if level {
		a.tmr[vector/32] |= bit
	} else {
		a.tmr[vector/32] &^= bit
	}
	return true
}

// fail records an error and raises the error interrupt.
func (a *lapic) fail(bit uint32) {
	a.esrPending |= bit
	lvt := &a.lvt[(lapicLVTError-lapicLVTTimer)/0x10]
	if *lvt&lvtMasked == 0 && uint8(*lvt) >= firstLegalVector {
		a.accept(uint8(*lvt), false)
	}
}

// addressed says whether a destination means this APIC (SDM 3A, 10.6.2).
func (a *lapic) addressed(dest uint8, logical bool) bool {
	if dest == 0xff {
		return true
	}
	if !logical {
		return uint32(dest) == a.id>>24
	}
	mine := uint8(a.ldr >> 24)
	if a.dfr>>28 == 0 { // the cluster model
		return dest>>4 == mine>>4 && dest&mine&15 != 0
	}
	return dest&mine != 0
}

// period is how long the timer counts from its initial count to zero.
func (a *lapic) period() time.Duration {
	return time.Duration(a.initCount) * a.tick()
}

// tick is how long one count takes (SDM 3A, figure 10-10).
func (a *lapic) tick() time.Duration {
	code := a.divide&3 | a.divide>>1&4
	return 1 << ((code + 1) & 7)
}

// mode is the timer's mode, in place in its LVT entry.
// extINT reports whether the 8259A's output reaches the CPU: through an APIC
// that has not been switched on, or by LINT0 in mode ExtINT (SDM 3A, 10.5.1).
func (a *lapic) extINT() bool {
	const mode, extINT = 7 << 8, 7 << 8
	lint0 := a.lvt[(lapicLVTLINT0-lapicLVTTimer)/0x10]
	return !a.enabled() || lint0&lvtMasked == 0 && lint0&mode == extINT
}

func (a *lapic) mode() uint32 { return a.lvt[0] & lvtTimerMode }

// deadline is the guest time at which the timer will interrupt, noDeadline if
// it will not.
func (a *lapic) deadline() time.Duration {
	if !a.counting || a.lvt[0]&lvtMasked != 0 {
		return noDeadline
	}
	return a.start + a.period()
}

// currentCount is what the count has come down to.
func (a *lapic) currentCount() uint32 {
	if !a.counting {
		return 0
	}
	elapsed := (a.now() - a.start) / a.tick()
	if a.mode() == lvtTimerPeriod {
		elapsed %= time.Duration(a.initCount)
	}
	return uint32(max(0, time.Duration(a.initCount)-elapsed))
}

// expire raises the timer's interrupt if its time has come.
func (a *lapic) expire() {
	if !a.counting {
		return
	}
	late := a.now() - a.start
	if late < a.period() {
		return
	}
	if a.mode() == lvtTimerPeriod {
		a.start += late - late%a.period()
	} else {
		a.counting = false
	}
	if a.lvt[0]&lvtMasked == 0 {
		a.accept(uint8(a.lvt[0]), false)
	}
}

// read gives the register at an offset.
func (a *lapic) read(off uint32) uint32 {
	switch off {
	case lapicID:
		return a.id
	case lapicVersion:
		return lapicVersionValue
	case lapicTPR:
		return a.tpr
	case lapicPPR:
		return a.ppr()
	case lapicLDR:
		return a.ldr
	case lapicDFR:
		return a.dfr
	case lapicSVR:
		return a.svr
	case lapicESR:
		return a.esr
	case lapicICRLow, lapicICRHigh:
		return a.icr[(off-lapicICRLow)/0x10]
	case lapicLVTTimer, lapicLVTThermal, lapicLVTPerf, lapicLVTLINT0, lapicLVTLINT1, lapicLVTError:
		return a.lvt[(off-lapicLVTTimer)/0x10]
	case lapicInitCount:
		return a.initCount
	case lapicCurCount:
		a.expire()
		return a.currentCount()
	case lapicDivide:
		return a.divide
	}
	switch {
	case off >= lapicISR && off < lapicTMR:
		return a.isr[(off-lapicISR)/0x10]
	case off >= lapicTMR && off < lapicIRR:
		return a.tmr[(off-lapicTMR)/0x10]
	case off >= lapicIRR && off < lapicESR:
		return a.irr[(off-lapicIRR)/0x10]
	}
	return 0
}

// write sets the register at an offset.
func (a *lapic) write(off, v uint32) {
	switch off {
	case lapicID:
		a.id = v & 0xff000000
	case lapicTPR:
		a.tpr = v & 0xff
	case lapicEOI:
		a.endOfInterrupt()
	case lapicLDR:
		a.ldr = v & 0xff000000
	case lapicDFR:
		a.dfr = v | 0x0fffffff
	case lapicSVR:
		a.svr = v & 0x1ff
		if !a.enabled() {
			for i := range a.lvt {
				a.lvt[i] |= lvtMasked
			}
		}
	case lapicESR:
		a.esr, a.esrPending = a.esrPending, 0
	case lapicICRHigh:
		a.icr[1] = v & 0xff000000
	case lapicICRLow:
		a.icr[0] = v & 0xccfff
		a.sendIPI()
	case lapicLVTTimer:
		a.expire()
		a.writeLVT(0, v&lvtTimerBits)
	case lapicLVTThermal, lapicLVTPerf, lapicLVTLINT0, lapicLVTLINT1, lapicLVTError:
		a.writeLVT((off-lapicLVTTimer)/0x10, v&lvtWritable)
	case lapicInitCount:
		a.initCount = v
		a.start, a.counting = a.now(), v != 0 && a.mode() <= lvtTimerPeriod
	case lapicDivide:
		a.rebase(func() { a.divide = v & 0xb })
	case lapicVersion, lapicPPR, lapicCurCount:
		// Read only.
	default:
		if off < lapicISR || off >= lapicESR {
			a.fail(esrBadRegister)
		}
	}
}

// rebase changes the timer's divisor and lets it count on from where it is.
func (a *lapic) rebase(change func()) {
	a.expire()
	count := a.currentCount()
	change()
	if a.counting {
		a.start = a.now() - time.Duration(a.initCount-count)*a.tick()
	}
}

func (a *lapic) writeLVT(i, v uint32) {
	if !a.enabled() {
		v |= lvtMasked
	}
	if i == 0 && v&lvtTimerMode > lvtTimerPeriod {
		// TSC-deadline mode, which CPUID does not offer here, or reserved.
		a.log("local APIC: timer mode %d is not there; the timer is off", v&lvtTimerMode>>17)
		a.counting = false
	}
	a.lvt[i] = v
}

// endOfInterrupt ends the interrupt in service of the highest priority.
func (a *lapic) endOfInterrupt() {
	v := highest(&a.isr)
	if v < 0 {
		return
	}
	bit := uint32(1) << (v % 32)
	a.isr[v/32] &^= bit
	if a.tmr[v/32]&bit != 0 {
		a.eoi(uint8(v))
	}
}

// sendIPI does what a write of the interrupt command register asks for (SDM
// 3A, 10.6.1). The only CPU there is to interrupt is this one.
func (a *lapic) sendIPI() {
	low := a.icr[0]
	switch low >> 18 & 3 { // destination shorthand
	case 0:
		if !a.addressed(uint8(a.icr[1]>>24), low>>11&1 != 0) {
			return
		}
	case 3: // all others
		return
	}
	switch mode := low >> 8 & 7; mode {
	case deliveryFixed, deliveryLowestPri:
		if uint8(low) < firstLegalVector {
			a.fail(esrSendVector)
			return
		}
		a.accept(uint8(low), false)
	case deliveryNMI:
		a.nmi()
	default:
		a.log("local APIC: an IPI of delivery mode %d to the only CPU is ignored", mode)
	}
}
