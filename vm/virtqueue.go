package vm

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxQueue is the most entries that a virtqueue can have here.
const maxQueue = 64

const (
	descNext  = 1 << 0 // virtio 1.2, 2.7.5
	descWrite = 1 << 1

	availNoInterrupt = 1 << 0 // virtio 1.2, 2.7.6

	descSize = 16
)

// virtqueue is a split virtqueue (virtio 1.2, 2.7). The rings lie in guest
// memory and hold whatever the guest has put there: everything in them is
// checked at each use, and a chain is never longer than the queue.
type virtqueue struct {
	mem   memory               `save:"-"`
	touch func(addr, n uint64) // is told what is written; it may be nil

	size              uint32
	desc, avail, used uint64
	ready             bool

	lastAvail, usedIdx uint16

	descs, availRing, usedRing []byte `save:"-"` // while ready
}

var (
	errRingsOutside = errors.New("a ring is outside memory")
	errRingsAlign   = errors.New("a ring is misaligned")
)

// enable makes the queue ready with the size and the addresses that the guest
// has set.
func (q *virtqueue) enable() error {
	if q.size == 0 || q.size > maxQueue || q.size&(q.size-1) != 0 {
		return fmt.Errorf("a queue of %d entries: the size must be a power of two up to %d", q.size, maxQueue)
	}
	if q.desc%16 != 0 || q.avail%2 != 0 || q.used%4 != 0 {
		return errRingsAlign
	}
	if err := q.rings(); err != nil {
		return err
	}
	q.ready, q.lastAvail, q.usedIdx = true, 0, 0
	return nil
}

// rings finds the rings in memory.
func (q *virtqueue) rings() error {
	n := uint64(q.size)
	var ok [3]bool
	q.descs, ok[0] = q.mem.slice(q.desc, n*descSize)
	q.availRing, ok[1] = q.mem.slice(q.avail, 4+2*n)
	q.usedRing, ok[2] = q.mem.slice(q.used, 4+8*n)
	if ok != [3]bool{true, true, true} {
		return errRingsOutside
	}
	return nil
}

// wrote tells of n bytes that were written.
func (q *virtqueue) wrote(addr, n uint64) {
	if q.touch != nil {
		q.touch(addr, n)
	}
}

// next takes the next chain that the guest has made available: its head, and
// its buffers, all of which must be writable by the device, or none. It is not
// ok if there is no chain.
func (q *virtqueue) next(writable bool) (head uint16, bufs [][]byte, ok bool, err error) {
	le := binary.LittleEndian
	waiting := le.Uint16(q.availRing[2:]) - q.lastAvail
	if waiting == 0 {
		return 0, nil, false, nil
	}
	if uint32(waiting) > q.size {
		return 0, nil, false, fmt.Errorf("%d chains available in a queue of %d", waiting, q.size)
	}
	head = le.Uint16(q.availRing[4+2*(uint32(q.lastAvail)%q.size):])
	for i := head; ; {
		if uint32(i) >= q.size {
			return 0, nil, false, fmt.Errorf("descriptor %d in a queue of %d", i, q.size)
		}
		if uint32(len(bufs)) == q.size {
			return 0, nil, false, errors.New("a chain of descriptors that is longer than the queue")
		}
		d := q.descs[uint32(i)*descSize:][:descSize]
		addr, n, flags := le.Uint64(d), le.Uint32(d[8:]), le.Uint16(d[12:])
		if flags&^descNext != 0 && flags&^descNext != descWrite || (flags&descWrite != 0) != writable {
			return 0, nil, false, fmt.Errorf("descriptor %d has flags %#x", i, flags)
		}
		b, inside := q.mem.slice(addr, uint64(n))
		if !inside {
			return 0, nil, false, fmt.Errorf("descriptor %d is outside memory: %#x bytes at %#x", i, n, addr)
		}
		bufs = append(bufs, b)
		if writable {
			q.wrote(addr, uint64(n))
		}
		if flags&descNext == 0 {
			break
		}
		i = le.Uint16(d[14:])
	}
	q.lastAvail++
	return head, bufs, true, nil
}

// done gives a chain back to the guest, n bytes of it written.
func (q *virtqueue) done(head uint16, n uint32) {
	le := binary.LittleEndian
	at := 4 + 8*(uint32(q.usedIdx)%q.size)
	e := q.usedRing[at:]
	q.wrote(q.used, 4)
	q.wrote(q.used+uint64(at), 8)
	le.PutUint32(e, uint32(head))
	le.PutUint32(e[4:], n)
	q.usedIdx++
	le.PutUint16(q.usedRing[2:], q.usedIdx)
}

// wantsInterrupt says whether the guest wants to hear of chains given back.
func (q *virtqueue) wantsInterrupt() bool {
	return binary.LittleEndian.Uint16(q.availRing)&availNoInterrupt == 0
}
