package vm

import "io"

const (
	uartBase = 0x3f8
	uartPin  = 4

	// Registers, by offset from the base (PC16550D, table II). Those at 0 and
	// 1 are the divisor's while LCR's bit 7 is set.
	uartData = 0
	uartIER  = 1
	uartIIR  = 2 // FCR when written
	uartLCR  = 3
	uartMCR  = 4
	uartLSR  = 5
	uartMSR  = 6
	uartSCR  = 7

	ierReceive  = 1 << 0
	ierTransmit = 1 << 1

	iirNone     = 0x01
	iirTransmit = 0x02
	iirReceive  = 0x04
	iirTimeout  = 0x0c // fewer characters than the trigger level, but some
	iirFIFO     = 0xc0

	fcrEnable = 1 << 0

	lcrDivisor = 1 << 7

	lsrData     = 1 << 0
	lsrTransmit = 1<<5 | 1<<6 // holding register and shift register are empty

	msrConnected = 1<<7 | 1<<5 | 1<<4 // carrier, data set ready, clear to send

	uartOutBuffer = 512
)

// fcrTrigger is the receive FIFO's trigger level by bits 7:6 of FCR.
var fcrTrigger = [4]int{1, 4, 8, 14}

// uart is a National PC16550D whose line takes no time: what is transmitted
// has gone at once, and what the host has queued is received as fast as the
// guest reads. There is no loopback.
type uart struct {
	out     io.Writer
	setLine func(asserted bool)
	log     func(format string, args ...any)

	in      []byte // from the host, not yet read by the guest
	pending []byte `save:"-"` // from the guest, not yet written to out
	broken  bool   `save:"-"` // a write to out has failed

	ier, fcr, lcr, mcr, scr byte
	divisor                 [2]byte
	transmitted             bool // the transmitter-empty interrupt is due
}

// queue gives the guest input.
func (u *uart) queue(b []byte) {
	u.in = append(u.in, b...)
	u.update()
}

// source is the interrupt of the highest priority that is due, as IIR has it.
func (u *uart) source() byte {
	switch {
	case u.ier&ierReceive != 0 && len(u.in) >= u.trigger():
		return iirReceive
	case u.ier&ierReceive != 0 && len(u.in) > 0:
		return iirTimeout
	case u.ier&ierTransmit != 0 && u.transmitted:
		return iirTransmit
	}
	return iirNone
}

func (u *uart) trigger() int {
	if u.fcr&fcrEnable == 0 {
		return 1
	}
	return fcrTrigger[u.fcr>>6]
}

func (u *uart) update() { u.setLine(u.source() != iirNone) }

func (u *uart) read(reg uint16) byte {
	if u.lcr&lcrDivisor != 0 && reg <= 1 {
		return u.divisor[reg]
	}
	var v byte
	switch reg {
	case uartData:
		if len(u.in) > 0 {
			v, u.in = u.in[0], u.in[1:]
			u.update()
		}
	case uartIER:
		v = u.ier
	case uartIIR:
		v = u.source()
		if v == iirTransmit {
			u.transmitted = false
			u.update()
		}
		if u.fcr&fcrEnable != 0 {
			v |= iirFIFO
		}
	case uartLCR:
		v = u.lcr
	case uartMCR:
		v = u.mcr
	case uartLSR:
		v = lsrTransmit
		if len(u.in) > 0 {
			v |= lsrData
		}
	case uartMSR:
		v = msrConnected
	case uartSCR:
		v = u.scr
	}
	return v
}

func (u *uart) write(reg uint16, v byte) {
	if u.lcr&lcrDivisor != 0 && reg <= 1 {
		u.divisor[reg] = v
		return
	}
	switch reg {
	case uartData:
		u.pending = append(u.pending, v)
		if v == '\n' || len(u.pending) >= uartOutBuffer {
			u.flush()
		}
		// The line falls and rises: the next character's interrupt is an
		// edge of its own.
		u.transmitted = false
		u.update()
		u.transmitted = true
		u.update()
	case uartIER:
		if v&ierTransmit != 0 && u.ier&ierTransmit == 0 {
			u.transmitted = true
		}
		u.ier = v & 0x0f
		u.update()
	case uartIIR:
		// Clearing the receive FIFO clears nothing: what the host has queued
		// counts as not yet arrived, so that a driver that starts late does
		// not lose it.
		u.fcr = v & 0xc9
		u.update()
	case uartLCR:
		u.lcr = v
	case uartMCR:
		u.mcr = v & 0x1f
	case uartSCR:
		u.scr = v
	}
}

// flush writes out what the guest has transmitted.
func (u *uart) flush() {
	if len(u.pending) == 0 {
		return
	}
	if u.out != nil && !u.broken {
		if _, err := u.out.Write(u.pending); err != nil {
			u.broken = true
			u.log("console: %v; what the guest writes from here on is lost", err)
		}
	}
	u.pending = u.pending[:0]
}
