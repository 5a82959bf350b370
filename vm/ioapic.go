package vm

const (
	ioapicBase = 0xfec00000
	ioapicSize = 0x1000
	ioapicPins = 24

	// The two registers that the guest sees, by offset (82093AA, 3.1).
	ioapicSelect = 0x00
	ioapicWindow = 0x10

	// Registers behind the window (82093AA, 3.2).
	ioapicID       = 0x00
	ioapicVersion  = 0x01
	ioapicArb      = 0x02
	ioapicRedirect = 0x10 // two a pin

	ioapicVersionValue = 0x11 | (ioapicPins-1)<<16

	// Redirection entries (82093AA, 3.2.4).
	redirLogical   = 1 << 11
	redirRemoteIRR = 1 << 14
	redirLevel     = 1 << 15
	redirMasked    = 1 << 16
	redirWritable  = 0xff<<56 | 0x1afff // all but delivery status and remote IRR
)

// ioapic is Intel's 82093AA I/O APIC. Its pins are driven by setLine, where
// true means asserted whatever polarity the guest has chosen.
type ioapic struct {
	apic *lapic
	log  func(format string, args ...any)

	sel, id uint32
	redir   [ioapicPins]uint64
	line    [ioapicPins]bool
}

func newIOAPIC(apic *lapic, log func(string, ...any)) *ioapic {
	io := &ioapic{apic: apic, log: log}
	for i := range io.redir {
		io.redir[i] = redirMasked
	}
	apic.eoi = io.endOfInterrupt
	return io
}

// setLine drives a pin.
func (io *ioapic) setLine(pin int, asserted bool) {
	rising := asserted && !io.line[pin]
	io.line[pin] = asserted
	if io.redir[pin]&redirLevel != 0 {
		io.service(pin)
	} else if rising && io.redir[pin]&redirMasked == 0 {
		// An edge on a masked pin is lost (82093AA, 3.2.4, bit 16).
		io.send(pin, false)
	}
}

// service delivers a level-triggered pin's interrupt if it is due.
func (io *ioapic) service(pin int) {
	const blocked = redirMasked | redirRemoteIRR
	if e := io.redir[pin]; io.line[pin] && e&redirLevel != 0 && e&blocked == 0 && io.send(pin, true) {
		io.redir[pin] |= redirRemoteIRR
	}
}

// serviceAll looks at all level-triggered pins: the local APIC may now take
// what it refused before.
func (io *ioapic) serviceAll() {
	for pin := range io.redir {
		io.service(pin)
	}
}

// send delivers a pin's interrupt to the local APIC, and says whether it was
// accepted.
func (io *ioapic) send(pin int, level bool) bool {
	e := io.redir[pin]
	if mode := e >> 8 & 7; mode != deliveryFixed && mode != deliveryLowestPri {
		io.log("I/O APIC: pin %d: delivery mode %d is not there; the interrupt is lost", pin, mode)
		return false
	}
	return io.apic.addressed(uint8(e>>56), e&redirLogical != 0) && io.apic.accept(uint8(e), level)
}

// endOfInterrupt hears that the guest has ended a level-triggered interrupt.
func (io *ioapic) endOfInterrupt(vector uint8) {
	for pin := range io.redir {
		if e := io.redir[pin]; uint8(e) == vector && e&redirRemoteIRR != 0 {
			io.redir[pin] &^= redirRemoteIRR
			io.service(pin)
		}
	}
}

// read gives the register at an offset.
func (io *ioapic) read(off uint32) uint32 {
	switch off {
	case ioapicSelect:
		return io.sel
	case ioapicWindow:
		switch {
		case io.sel == ioapicID || io.sel == ioapicArb:
			return io.id
		case io.sel == ioapicVersion:
			return ioapicVersionValue
		case io.sel >= ioapicRedirect && io.sel < ioapicRedirect+2*ioapicPins:
			n := io.sel - ioapicRedirect
			return uint32(io.redir[n/2] >> (32 * (n % 2)))
		}
	}
	return 0
}

// write sets the register at an offset.
func (io *ioapic) write(off, v uint32) {
	switch off {
	case ioapicSelect:
		io.sel = v & 0xff
	case ioapicWindow:
		switch {
		case io.sel == ioapicID:
			io.id = v & 0x0f000000
		case io.sel >= ioapicRedirect && io.sel < ioapicRedirect+2*ioapicPins:
			n := io.sel - ioapicRedirect
			io.writeRedirect(int(n/2), 32*(n%2), v)
		}
	}
}

func (io *ioapic) writeRedirect(pin int, shift, v uint32) {
	e := &io.redir[pin]
	mask := uint64(0xffffffff) << shift & redirWritable
	*e = *e&^mask | uint64(v)<<shift&mask
	if *e&redirLevel == 0 {
		*e &^= redirRemoteIRR
	}
	io.service(pin)
}
