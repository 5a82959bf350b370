//go:build freestanding

package drivers

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// hvc is a virtio console (Virtual I/O Device Version 1.2, 5.3): a stream of
// bytes both ways, /dev/hvcN. It is set up when it is first opened.
type hvc struct {
	phys   uint64
	irq    int
	base   uintptr // 0 until set up
	rx, tx queue
	rxOff  uint32 // how much of the oldest received buffer was read
	wait   sched.WaitQueue
}

const (
	consoleID = 3
	maxHVC    = 8
	rxBuffers = 4
	txBuffers = 4
)

var hvcs [maxHVC]hvc
var numHVC int

// AddHVC makes the console whose registers are at physical address phys known.
func AddHVC(phys uint64, irq int) {
	if numHVC < maxHVC {
		hvcs[numHVC].phys, hvcs[numHVC].irq = phys, irq
		numHVC++
	}
}

// open sets the device up, once.
func (h *hvc) open() syscalls.Errno {
	switch {
	case h.phys == 0:
		return syscalls.ENXIO
	case h.base != 0:
		return 0
	}
	base := arch.Ioremap(h.phys, mm.Alloc)
	if err := virtioStart(base, consoleID); err != 0 {
		return err
	}
	if err := h.rx.setup(base, 0, rxBuffers); err != 0 {
		return err
	}
	if err := h.tx.setup(base, 1, txBuffers); err != 0 {
		return err
	}
	h.tx.avail.flags = availNoInterrupt
	for i := range uint16(rxBuffers) {
		h.rx.desc[i] = desc{addr: h.rx.bufs[i], len: mm.PageSize, flags: descWrite}
		h.rx.offer(i)
	}
	arch.EnableIRQ(h.irq)
	arch.Store32(base+vStatus, statusAcknowledge|statusDriver|statusFeaturesOK|statusDriverOK)
	h.base = base
	h.rx.notify(base)
	return 0
}

// ready reports whether there is something to read.
func (h *hvc) ready() bool { return h.base != 0 && h.rx.usedIdx() != h.rx.lastUsed }

// read takes what was received, up to the size of b; it sleeps until there is
// something.
func (h *hvc) read(b mm.Buf, nonblock bool) (int, syscalls.Errno) {
	for !h.ready() {
		if nonblock {
			return 0, syscalls.EAGAIN
		}
		switch h.wait.Sleep(sched.Never) {
		case sched.Interrupted:
			return 0, syscalls.EINTR
		case sched.TimedOut:
			return 0, syscalls.ETIMEDOUT
		}
	}
	done := 0
	for done < b.Len() && h.ready() {
		u := h.rx.used.ring[h.rx.lastUsed%queueSize]
		if u.id >= rxBuffers || u.len > mm.PageSize {
			return done, syscalls.EIO
		}
		page := (*mm.Page)(arch.Virt(h.rx.bufs[u.id]))
		src := page[min(h.rxOff, u.len):u.len]
		src = src[:min(len(src), b.Len()-done)]
		n, err := b.Write(done, src)
		done += n
		if h.rxOff += uint32(n); h.rxOff >= u.len {
			h.rxOff = 0
			h.rx.lastUsed++
			h.rx.offer(uint16(u.id))
		}
		if err != 0 {
			if done == 0 {
				return 0, err
			}
			break
		}
	}
	h.rx.notify(h.base)
	return done, 0
}

// drained reports whether the device has taken everything.
func (h *hvc) drained() bool { return h.tx.usedIdx() == h.tx.avail.idx }

// write sends all of b.
func (h *hvc) write(b mm.Buf, nonblock bool) (int, syscalls.Errno) {
	done := 0
	for done < b.Len() {
		for !h.drained() {
			if nonblock {
				return done, syscalls.EAGAIN
			}
			h.tx.avail.flags = 0
			why := h.wait.Sleep(sched.Never)
			h.tx.avail.flags = availNoInterrupt
			switch why {
			case sched.Interrupted:
				return done, syscalls.EINTR
			case sched.TimedOut:
				return done, syscalls.ETIMEDOUT
			}
		}
		n, err := h.fill(b, done)
		if n > 0 {
			h.tx.offer(0)
			h.tx.notify(h.base)
			done += n
		}
		if err != 0 {
			if done == 0 {
				return 0, err
			}
			break
		}
	}
	// Who writes here waits for an answer next: what else there is to do comes
	// first, so that the answer finds the others where they are going.
	sched.Yield()
	return done, 0
}

// fill copies as much of b as the transmit buffers take, from off on, into a
// chain of descriptors.
func (h *hvc) fill(b mm.Buf, off int) (total int, err syscalls.Errno) {
	for i := range uint16(txBuffers) {
		page := (*mm.Page)(arch.Virt(h.tx.bufs[i]))
		n := min(len(page), b.Len()-off-total)
		n, err = b.Read(off+total, page[:n])
		total += n
		h.tx.desc[i] = desc{addr: h.tx.bufs[i], len: uint32(n), flags: descNext, next: i + 1}
		if err != 0 || off+total == b.Len() || i == txBuffers-1 {
			h.tx.desc[i].flags = 0
			break
		}
	}
	return total, err
}

// interrupt is called when the device has used buffers.
func (h *hvc) interrupt() {
	arch.Store32(h.base+vInterruptACK, arch.Load32(h.base+vInterruptStatus))
	h.wait.WakeAll()
}

// Interrupt handles the interrupt of a pin of the I/O APIC.
func Interrupt(pin int) {
	if pin == uartIRQ {
		ttyInterrupt()
		return
	}
	for i := range hvcs[:numHVC] {
		if h := &hvcs[i]; h.irq == pin && h.base != 0 {
			h.interrupt()
		}
	}
}
