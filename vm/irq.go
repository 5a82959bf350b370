package vm

import "time"

// timerPin is the I/O APIC's pin of the 8254, which is input 0 of the 8259A.
const timerPin = 2

// setIRQ drives an interrupt line: a pin of the I/O APIC, and, of the first 16,
// an input of the 8259A, too. Guests use one or the other.
func (m *Machine) setIRQ(irq int, asserted bool) {
	if irq < 16 {
		m.pics.setLine(irq, asserted)
	}
	if irq == 0 {
		irq = timerPin
	}
	m.ioapic.setLine(irq, asserted)
}

// due is an interrupt for the vCPU; calling source takes it, and gives its
// vector. What comes by the local APIC goes before the 8259A's.
func (m *Machine) due() (source func() uint8, ok bool) {
	if vector, ok := m.lapic.pending(); ok {
		return func() uint8 { m.lapic.acknowledge(vector); return vector }, true
	}
	if m.lapic.extINT() && m.pics.output() {
		return m.pics.acknowledge, true
	}
	return nil, false
}

// nmi sends the vCPU a non-maskable interrupt.
func (m *Machine) nmi() {
	if err := m.vcpu.NMI(); err != nil {
		m.once("an NMI is lost: " + err.Error())
		return
	}
	m.halted = false
}

// deadline is when a timer next wants the vCPU to come back.
func (m *Machine) deadline() time.Duration {
	d := m.lapic.deadline()
	if m.pitHeard() {
		d = min(d, m.pit.deadline())
	}
	return d
}

// expire has the timers send what is due.
func (m *Machine) expire() {
	m.lapic.expire()
	m.pit.expire()
}

// pitHeard reports whether anyone would hear of the 8254's interrupt: if not,
// time need not stop for it.
func (m *Machine) pitHeard() bool {
	c := &m.pics.chip[0]
	return m.ioapic.redir[timerPin]&redirMasked == 0 || m.lapic.extINT() && c.ready && c.imr&1 == 0
}
