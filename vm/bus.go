package vm

import (
	"encoding/binary"

	"sysindvm/syscalls/wire"
)

// mmioDevice is a device with 32-bit registers in memory.
type mmioDevice interface {
	read(off uint32) uint32
	write(off, v uint32)
}

type mmioRegion struct {
	base, size uint64
	dev        mmioDevice
}

// bus is what the vCPU reaches outside RAM: see [cpu.Bus]. Before each access the
// timers are brought up to date, so that it makes no difference to the guest
// when else they are.
type bus struct{ m *Machine }

func (b bus) In(port uint16, data []byte) {
	b.m.expire()
	for i := range data {
		data[i] = 0xff
		if dev := b.m.port(port + uint16(i)); dev != nil {
			data[i] = dev.in(port + uint16(i))
		}
	}
	b.m.recheck()
}

func (b bus) Out(port uint16, data []byte) {
	if port == exitPort {
		var v [8]byte
		copy(v[:], data)
		b.m.powerOff(binary.LittleEndian.Uint32(v[:]))
		return
	}
	if port == wire.TracePort && b.m.tracer != nil {
		b.m.tracer.write(data)
		return
	}
	b.m.expire()
	for i, v := range data {
		if dev := b.m.port(port + uint16(i)); dev != nil {
			dev.out(port+uint16(i), v)
		}
	}
	b.m.recheck()
}

// find is the device at an address, nil if there is none.
func (b bus) find(gpa uint64) (dev mmioDevice, off uint32) {
	for i := range b.m.regions {
		if r := &b.m.regions[i]; gpa-r.base < r.size {
			return r.dev, uint32(gpa - r.base)
		}
	}
	return nil, 0
}

// ReadMMIO reads registers. An access that is narrower than a register gets
// its part of it.
func (b bus) ReadMMIO(gpa uint64, data []byte) {
	b.m.expire()
	dev, off := b.find(gpa)
	var reg [4]byte
	for i := range data {
		if dev == nil {
			data[i] = 0xff
			continue
		}
		at := off + uint32(i)
		if i == 0 || at%4 == 0 {
			binary.LittleEndian.PutUint32(reg[:], dev.read(at&^3))
		}
		data[i] = reg[at%4]
	}
}

// WriteMMIO writes one register, or two with 8 bytes. No device here knows
// narrower or misaligned writes: they do nothing.
func (b bus) WriteMMIO(gpa uint64, data []byte) {
	b.m.expire()
	dev, off := b.find(gpa)
	if dev == nil || off%4 != 0 || len(data)%4 != 0 {
		return
	}
	for i := 0; i < len(data); i += 4 {
		dev.write(off+uint32(i), binary.LittleEndian.Uint32(data[i:]))
	}
	if dev == b.m.lapic && off == lapicSVR {
		b.m.ioapic.serviceAll() // what it refused while it was off
	}
	b.m.recheck()
}
