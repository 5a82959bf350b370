package vm

import "fmt"

const (
	// exitPort is where QEMU has its isa-debug-exit device.
	exitPort = 0xf4

	kbdData    = 0x60
	kbdCommand = 0x64
	fastA20    = 0x92
	resetPort  = 0xcf9
	delayPort  = 0x80 // written to for the time that it takes
)

// portDevice is a device behind ports, a byte each.
type portDevice interface {
	in(port uint16) byte
	out(port uint16, v byte)
}

type portRegion struct {
	base, size uint16
	dev        portDevice
}

// ports are the machine's devices behind ports.
func (m *Machine) ports() []portRegion {
	reset := &resets{m: m}
	clock := newCMOS(m.vcpu.Now, len(m.ram))
	m.others = []any{reset, clock}
	return []portRegion{
		{uartBase, 8, uartPorts{m.uart}},
		{pic1Base, 2, &m.pics}, {pic2Base, 2, &m.pics}, {elcrBase, 2, &m.pics},
		{pitBase, 4, m.pit}, {speakerPort, 1, m.pit},
		{cmosBase, 2, clock},
		{kbdData, 1, reset}, {kbdCommand, 1, reset}, {fastA20, 1, reset}, {resetPort, 1, reset},
		{delayPort, 1, nothing{}},
	}
}

// port is the device at a port, nil if there is none.
func (m *Machine) port(port uint16) portDevice {
	for i := range m.portRegions {
		if r := &m.portRegions[i]; port-r.base < r.size {
			return r.dev
		}
	}
	m.once(fmt.Sprintf("port %#x: nothing is there", port))
	return nil
}

// maxOnce is how many different messages once keeps in mind; it drops further
// ones.
const maxOnce = 64

// once logs a message of something that a guest may do again and again, the
// first time only.
func (m *Machine) once(what string) {
	if len(m.logged) < maxOnce && !m.logged[what] {
		if m.logged == nil {
			m.logged = map[string]bool{}
		}
		m.logged[what] = true
		m.log("%s", what)
	}
}

// uartPorts is the UART at its ports.
type uartPorts struct{ *uart }

func (u uartPorts) in(port uint16) byte     { return u.read(port - uartBase) }
func (u uartPorts) out(port uint16, v byte) { u.write(port-uartBase, v) }

type nothing struct{}

func (nothing) in(uint16) byte   { return 0 }
func (nothing) out(uint16, byte) {}

// resets are the ways by which software resets a PC: the keyboard controller
// (8042, command 0xfe), port 0x92 and port 0xcf9. There is no keyboard. A reset
// ends the machine, as a clean power-off does.
type resets struct {
	m   *Machine
	a20 byte
}

const (
	kbdReset  = 0xfe
	kbdStatus = 1<<4 | 1<<2 // not locked, the self-test has passed, nothing to read
	cf9Reset  = 1 << 2
)

func (r *resets) in(port uint16) byte {
	switch port {
	case kbdCommand:
		return kbdStatus
	case fastA20:
		return r.a20 | 1<<1 // A20 is open
	}
	return 0
}

func (r *resets) out(port uint16, v byte) {
	switch {
	case port == kbdCommand && v == kbdReset, port == fastA20 && v&1 != 0, port == resetPort && v&cf9Reset != 0:
		r.m.log("the guest has reset the machine (port %#x): it ends", port)
		r.m.powerOff(0)
	case port == fastA20:
		r.a20 = v
	case port == kbdCommand:
		r.m.once(fmt.Sprintf("keyboard controller: command %#x is not there", v))
	}
}
