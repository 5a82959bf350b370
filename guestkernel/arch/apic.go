//go:build freestanding

package arch

// The local APIC (SDM 3A, ch. 10), for its timer, and the I/O APIC (82093AA),
// which brings the devices' interrupts.

const (
	lapicPhys  = 0xfee00000
	ioapicPhys = 0xfec00000

	lapicEOI     = 0x0b0
	lapicSVR     = 0x0f0
	lapicTimer   = 0x320
	lapicInitial = 0x380
	lapicCurrent = 0x390
	lapicDivide  = 0x3e0

	svrEnable   = 1 << 8
	lvtMasked   = 1 << 16
	divideBy1   = 0xb
	redirMasked = 1 << 16
)

var lapic, ioapic uintptr

// apicHz is the frequency of the APIC timer's clock: 1 GHz in QEMU, in KVM
// and in this project's machine.
const apicHz = 1_000_000_000

// Load32 and Store32 touch a device register.
func Load32(addr uintptr) uint32     { return *(*uint32)(Ptr(addr)) }
func Store32(addr uintptr, v uint32) { *(*uint32)(Ptr(addr)) = v }

// InitAPIC turns the local APIC on and measures the clock against it.
func InitAPIC(alloc func() uint64) {
	lapic = Ioremap(lapicPhys, alloc)
	ioapic = Ioremap(ioapicPhys, alloc)
	Outb(0x21, 0xff) // the 8259s of a PC stay silent
	Outb(0xa1, 0xff)
	Store32(lapic+lapicSVR, svrEnable|VectorSpurious)
	Store32(lapic+lapicDivide, divideBy1)
	initClock()
	Store32(lapic+lapicTimer, VectorTimer)
}

// EnableIRQ routes a pin of the I/O APIC to vector VectorIRQ+pin, edge
// triggered.
func EnableIRQ(pin int) {
	reg := uint32(0x10 + 2*pin)
	Store32(ioapic, reg+1)
	Store32(ioapic+0x10, 0)
	Store32(ioapic, reg)
	Store32(ioapic+0x10, uint32(VectorIRQ+pin))
}

// EndOfInterrupt tells the local APIC that an interrupt was handled.
func EndOfInterrupt() { Store32(lapic+lapicEOI, 0) }

// armed is when the timer will fire, in ns since boot; ^0 for never.
var armed = ^uint64(0)

// SetTimer makes the timer interrupt at the time given, in ns since boot;
// ^uint64(0) for never. One interrupt comes for each setting.
func SetTimer(at uint64) {
	if at == armed {
		return
	}
	armed = at
	if at == ^uint64(0) {
		Store32(lapic+lapicInitial, 0)
		return
	}
	now := Now()
	d := uint64(1)
	if at > now {
		d = min(at-now, 1<<32-1)
	}
	Store32(lapic+lapicInitial, uint32(d))
}

// TimerFired is called at each timer interrupt: the timer is off now.
func TimerFired() { armed = ^uint64(0) }

// Armed is when the timer will fire.
func Armed() uint64 { return armed }
