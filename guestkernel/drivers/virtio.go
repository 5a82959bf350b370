//go:build freestanding

package drivers

import (
	"sync/atomic"
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// The virtio transport by memory-mapped registers, and split virtqueues
// (Virtual I/O Device Version 1.2, 4.2 and 2.7). Only what the console needs:
// version 2, no features but VIRTIO_F_VERSION_1.

// Registers (4.2.2).
const (
	vMagic           = 0x000
	vVersion         = 0x004
	vDeviceID        = 0x008
	vDeviceFeatures  = 0x010
	vDeviceFeatSel   = 0x014
	vDriverFeatures  = 0x020
	vDriverFeatSel   = 0x024
	vQueueSel        = 0x030
	vQueueNumMax     = 0x034
	vQueueNum        = 0x038
	vQueueReady      = 0x044
	vQueueNotify     = 0x050
	vInterruptStatus = 0x060
	vInterruptACK    = 0x064
	vStatus          = 0x070
	vQueueDesc       = 0x080
	vQueueDriver     = 0x090
	vQueueDevice     = 0x0a0

	virtioMagic = 0x74726976

	statusAcknowledge = 1
	statusDriver      = 2
	statusDriverOK    = 4
	statusFeaturesOK  = 8
	statusFailed      = 128
)

// queueSize is the number of descriptors of each queue. A queue's three parts
// and its buffers' addresses fit one frame with room to spare.
const queueSize = 8

type desc struct {
	addr        uint64
	len         uint32
	flags, next uint16
}

const (
	descNext  = 1
	descWrite = 2 // the device writes it
)

// ring is a virtqueue in memory (2.7.5 to 2.7.8).
type ring struct {
	desc  [queueSize]desc
	avail struct {
		flags uint16
		idx   uint16
		ring  [queueSize]uint16
		_     uint16
	}
	_    [108]byte // the used ring is aligned to 4
	used struct {
		flags uint16
		idx   uint16
		ring  [queueSize]struct{ id, len uint32 }
	}
}

const (
	availNoInterrupt = 1
	usedNoNotify     = 1
)

// queue is the driver's view of a ring.
type queue struct {
	*ring
	index    uint32
	lastUsed uint16
	bufs     [queueSize]uint64 // physical addresses of the descriptors' frames
}

// The indices are shared with the device. 16-bit atomics do not exist: the
// index is the upper half of an aligned word whose lower half, the flags, has
// one writer too.
func loadIdx(flags *uint16) uint16 {
	return uint16(atomic.LoadUint32((*uint32)(unsafe.Pointer(flags))) >> 16)
}

func (q *queue) usedIdx() uint16 { return loadIdx(&q.used.flags) }

// offer makes descriptor d available to the device.
func (q *queue) offer(d uint16) {
	q.avail.ring[q.avail.idx%queueSize] = d
	v := uint32(q.avail.flags) | uint32(q.avail.idx+1)<<16
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&q.avail.flags)), v)
}

// notify tells the device about new buffers, unless it said that it looks
// by itself.
func (q *queue) notify(base uintptr) {
	if atomic.LoadUint32((*uint32)(unsafe.Pointer(&q.used.flags)))&usedNoNotify == 0 {
		arch.Store32(base+vQueueNotify, q.index)
	}
}

// setup gives the queue memory for its ring and n buffers, and shows it to
// the device.
func (q *queue) setup(base uintptr, index uint32, n int) syscalls.Errno {
	pa := mm.Alloc()
	if pa == 0 {
		return syscalls.ENOMEM
	}
	q.ring, q.index = (*ring)(arch.Virt(pa)), index
	for i := range n {
		if q.bufs[i] = mm.Alloc(); q.bufs[i] == 0 {
			return syscalls.ENOMEM
		}
	}
	arch.Store32(base+vQueueSel, index)
	if arch.Load32(base+vQueueNumMax) < queueSize {
		return syscalls.EIO
	}
	arch.Store32(base+vQueueNum, queueSize)
	set := func(reg uintptr, pa uint64) {
		arch.Store32(base+reg, uint32(pa))
		arch.Store32(base+reg+4, uint32(pa>>32))
	}
	set(vQueueDesc, pa+uint64(unsafe.Offsetof(q.ring.desc)))
	set(vQueueDriver, pa+uint64(unsafe.Offsetof(q.ring.avail)))
	set(vQueueDevice, pa+uint64(unsafe.Offsetof(q.ring.used)))
	arch.Store32(base+vQueueReady, 1)
	return 0
}

// virtioStart brings a device of the kind wanted to the point where its
// queues can be set up.
func virtioStart(base uintptr, deviceID uint32) syscalls.Errno {
	if arch.Load32(base+vMagic) != virtioMagic || arch.Load32(base+vVersion) != 2 ||
		arch.Load32(base+vDeviceID) != deviceID {
		return syscalls.ENODEV
	}
	arch.Store32(base+vStatus, 0)
	arch.Store32(base+vStatus, statusAcknowledge|statusDriver)
	arch.Store32(base+vDeviceFeatSel, 1)
	const version1 = 1 // bit 32
	if arch.Load32(base+vDeviceFeatures)&version1 == 0 {
		arch.Store32(base+vStatus, statusFailed)
		return syscalls.ENODEV
	}
	arch.Store32(base+vDriverFeatSel, 0)
	arch.Store32(base+vDriverFeatures, 0)
	arch.Store32(base+vDriverFeatSel, 1)
	arch.Store32(base+vDriverFeatures, version1)
	arch.Store32(base+vStatus, statusAcknowledge|statusDriver|statusFeaturesOK)
	if arch.Load32(base+vStatus)&statusFeaturesOK == 0 {
		return syscalls.ENODEV
	}
	return 0
}
