package vm

import (
	"testing"
	"time"
)

// newAPICs makes an enabled local APIC and an I/O APIC on a clock that the
// test turns.
func newAPICs(t *testing.T, now *time.Duration) (*lapic, *ioapic) {
	a := newLAPIC(func() time.Duration { return *now }, t.Logf)
	a.write(lapicSVR, svrEnable|0xff)
	return a, newIOAPIC(a, t.Logf)
}

// take delivers what is pending, if it is the vector wanted; -1 is nothing.
func take(t *testing.T, a *lapic, want int) {
	t.Helper()
	v, ok := a.pending()
	switch {
	case ok && int(v) != want, !ok && want >= 0:
		t.Errorf("pending %d, %v; want %d", v, ok, want)
	case ok:
		a.acknowledge(v)
	}
}

func TestTimerOneShot(t *testing.T) {
	var now time.Duration
	a, _ := newAPICs(t, &now)
	a.write(lapicDivide, 0x3) // by 16
	a.write(lapicLVTTimer, 0x30)
	a.write(lapicInitCount, 100)
	if d := a.deadline(); d != 1600 {
		t.Errorf("deadline %d", d)
	}
	now = 800
	if c := a.read(lapicCurCount); c != 50 {
		t.Errorf("count %d half way", c)
	}
	a.write(lapicDivide, 0xb) // by 1 from here on
	if d := a.deadline(); d != 850 {
		t.Errorf("deadline %d after a change of the divisor", d)
	}
	a.expire()
	take(t, a, -1)
	now = 900
	a.expire()
	take(t, a, 0x30)
	if c := a.read(lapicCurCount); c != 0 || a.deadline() != noDeadline {
		t.Errorf("count %d, deadline %d when it is over", c, a.deadline())
	}
	a.write(lapicInitCount, 100)
	a.write(lapicInitCount, 0)
	if a.deadline() != noDeadline {
		t.Error("a count of 0 does not stop the timer")
	}
}

func TestTimerPeriodic(t *testing.T) {
	var now time.Duration
	a, _ := newAPICs(t, &now)
	a.write(lapicDivide, 0xb)
	a.write(lapicLVTTimer, lvtTimerPeriod|0x30)
	a.write(lapicInitCount, 100)
	for _, at := range []time.Duration{100, 200, 350} { // one is late
		now = at
		a.expire()
		take(t, a, 0x30)
		a.write(lapicEOI, 0)
	}
	if d := a.deadline(); d != 400 {
		t.Errorf("deadline %d after a late look", d)
	}
	if c := a.read(lapicCurCount); c != 50 {
		t.Errorf("count %d", c)
	}
	a.write(lapicLVTTimer, lvtMasked|lvtTimerPeriod|0x30)
	if a.deadline() != noDeadline {
		t.Error("a masked timer has a deadline")
	}
	now = 1000
	a.expire()
	take(t, a, -1)
	a.write(lapicLVTTimer, lvtTimerPeriod|0x30)
	if d := a.deadline(); d != 1100 {
		t.Errorf("deadline %d after it was masked", d)
	}
	a.write(lapicLVTTimer, 2<<17|0x30)
	if a.deadline() != noDeadline {
		t.Error("TSC-deadline mode is not there, and yet the timer runs")
	}
}

func TestDivide(t *testing.T) {
	var now time.Duration
	a, _ := newAPICs(t, &now)
	for code, want := range map[uint32]time.Duration{0: 2, 1: 4, 2: 8, 3: 16, 8: 32, 9: 64, 10: 128, 11: 1} {
		if a.write(lapicDivide, code); a.tick() != want {
			t.Errorf("divide configuration %#x: %d, want %d", code, a.tick(), want)
		}
	}
}

func TestPriorities(t *testing.T) {
	var now time.Duration
	a, _ := newAPICs(t, &now)
	self := func(v uint32) { a.write(lapicICRLow, 1<<18|v) }
	self(0x41)
	self(0x52)
	take(t, a, 0x52)
	self(0x51)
	take(t, a, -1) // of the same class as 0x52
	if p := a.read(lapicPPR); p != 0x50 {
		t.Errorf("PPR %#x", p)
	}
	self(0x60)
	take(t, a, 0x60)
	a.write(lapicEOI, 0)
	a.write(lapicEOI, 0)
	take(t, a, 0x51)
	a.write(lapicEOI, 0)
	a.write(lapicTPR, 0x40)
	take(t, a, -1)
	if irr := a.read(lapicIRR + 0x20); irr != 1<<1 {
		t.Errorf("IRR word 2: %#x", irr)
	}
	a.write(lapicTPR, 0x3f)
	take(t, a, 0x41)
	if isr := a.read(lapicISR + 0x20); isr != 1<<1 {
		t.Errorf("ISR word 2: %#x", isr)
	}
	a.write(lapicEOI, 0)
	a.write(lapicEOI, 0) // one too many
	take(t, a, -1)
}

func TestLAPICErrors(t *testing.T) {
	var now time.Duration
	a, _ := newAPICs(t, &now)
	a.write(lapicLVTError, 0xf0)
	a.write(lapicICRLow, 1<<18|5)
	take(t, a, 0xf0)
	a.write(lapicESR, 0)
	if e := a.read(lapicESR); e != esrSendVector {
		t.Errorf("ESR %#x", e)
	}
	a.write(lapicEOI, 0)
	a.write(lapicSVR, 0xff)
	if a.accept(0x80, false) || a.read(lapicLVTError)&lvtMasked == 0 {
		t.Error("an APIC that is off takes interrupts")
	}
	a.write(lapicSVR, svrEnable|0xff)
	a.write(lapicICRHigh, 5<<24) // another APIC
	a.write(lapicICRLow, 0x80)
	a.write(lapicICRLow, 3<<18|0x80)    // all others
	a.write(lapicICRLow, 1<<18|4<<8|32) // an NMI
	take(t, a, -1)
	a.write(lapicLDR, 2<<24)
	a.write(lapicICRHigh, 2<<24)
	a.write(lapicICRLow, 1<<11|0x80)
	take(t, a, 0x80)
	a.write(lapicDFR, 0x0fffffff)
	if !a.addressed(0x02, true) || a.addressed(0x12, true) || a.addressed(0x01, true) {
		t.Error("the cluster model")
	}
}

func redirect(io *ioapic, pin int, v uint64) {
	for half := range uint32(2) {
		io.write(ioapicSelect, ioapicRedirect+2*uint32(pin)+half)
		io.write(ioapicWindow, uint32(v>>(32*half)))
	}
}

func TestIOAPICEdge(t *testing.T) {
	var now time.Duration
	a, io := newAPICs(t, &now)
	redirect(io, 4, redirMasked|0x44)
	io.setLine(4, true)
	redirect(io, 4, 0x44) // the edge is lost
	take(t, a, -1)
	io.setLine(4, true) // no edge
	take(t, a, -1)
	io.setLine(4, false)
	io.setLine(4, true)
	take(t, a, 0x44)
	a.write(lapicEOI, 0)
	take(t, a, -1)
	redirect(io, 4, 7<<56|0x44) // another APIC's
	io.setLine(4, false)
	io.setLine(4, true)
	redirect(io, 4, 4<<8|0x44) // an NMI
	io.setLine(4, false)
	io.setLine(4, true)
	take(t, a, -1)
}

func TestIOAPICLevel(t *testing.T) {
	var now time.Duration
	a, io := newAPICs(t, &now)
	io.setLine(5, true)
	redirect(io, 5, redirLevel|0x55)
	take(t, a, 0x55)
	io.write(ioapicSelect, ioapicRedirect+10)
	if e := io.read(ioapicWindow); e != redirLevel|redirRemoteIRR|0x55 {
		t.Errorf("redirection entry %#x", e)
	}
	if tmr := a.read(lapicTMR + 0x20); tmr != 1<<(0x55-0x40) {
		t.Errorf("TMR %#x", tmr)
	}
	io.setLine(5, false)
	io.setLine(5, true)
	take(t, a, -1)
	a.write(lapicEOI, 0)
	take(t, a, 0x55) // the line is still up
	io.setLine(5, false)
	a.write(lapicEOI, 0)
	take(t, a, -1)
	a.write(lapicSVR, 0xff)
	io.setLine(5, true) // refused
	a.write(lapicSVR, svrEnable|0xff)
	io.serviceAll()
	take(t, a, 0x55)
}

func TestIOAPICRegisters(t *testing.T) {
	var now time.Duration
	_, io := newAPICs(t, &now)
	io.write(ioapicSelect, ioapicVersion)
	if v := io.read(ioapicWindow); v != 0x170011 {
		t.Errorf("version %#x", v)
	}
	for sel := range uint32(256) {
		io.write(ioapicSelect, sel)
		io.write(ioapicWindow, 0xffffffff)
		io.read(ioapicWindow)
	}
	io.write(ioapicSelect, ioapicID)
	if v := io.read(ioapicWindow); v != 0x0f000000 {
		t.Errorf("ID %#x", v)
	}
}
