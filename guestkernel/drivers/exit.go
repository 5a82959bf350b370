//go:build freestanding

package drivers

import "sysindvm/guestkernel/arch"

// Exit statuses that the kernel gives the machine.
const (
	ExitOK     = 0
	ExitPanic  = 1
	ExitFailed = 2 // no init, no memory: the boot failed
)

// PowerOff ends the machine by the exit port (QEMU's isa-debug-exit), and
// where there is none, stops.
func PowerOff(status uint8) {
	const port = 0xf4
	arch.Outb(port, status)
	for {
		arch.Outb(0x64, 0xfe) // the keyboard controller's reset line
		arch.Idle()
	}
}
