//go:build freestanding

// Package drivers has the drivers of the machine's few devices: the 16550
// serial port, the virtio consoles, and the exit port. Each is one file.
package drivers

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/klog"
)

// The serial port COM1, a 16550 (National Semiconductor PC16550D).
const (
	com1    = 0x3f8
	uartIRQ = 4

	regData = 0 // RBR and THR
	regIER  = 1
	regFCR  = 2
	regLCR  = 3
	regMCR  = 4
	regLSR  = 5

	lsrReady = 1 << 0 // a byte was received
	lsrEmpty = 1 << 5 // the transmitter takes bytes
	fifo     = 16     // bytes that the transmitter takes then
)

// InitUART sets the port up and makes it the log's.
func InitUART() {
	arch.Outb(com1+regIER, 0)
	arch.Outb(com1+regLCR, 3) // 8 bits, no parity
	arch.Outb(com1+regFCR, 7) // FIFOs on and empty
	arch.Outb(com1+regMCR, 0xb)
	klog.Sink = UARTWrite
}

// UARTWrite sends bytes; it waits, for a bounded time, where the transmitter
// is full.
func UARTWrite(b []byte) {
	for len(b) > 0 {
		for range 1 << 16 {
			if arch.Inb(com1+regLSR)&lsrEmpty != 0 {
				break
			}
		}
		n := min(len(b), fifo)
		arch.Outs(com1+regData, b[:n])
		b = b[n:]
	}
}

// EnableUART turns its interrupt on.
func EnableUART() {
	arch.EnableIRQ(uartIRQ)
	arch.Outb(com1+regIER, 1)
}

// UARTRead takes a received byte, if there is one.
func UARTRead() (c byte, ok bool) {
	if arch.Inb(com1+regLSR)&lsrReady == 0 {
		return 0, false
	}
	return arch.Inb(com1 + regData), true
}
