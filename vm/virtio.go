package vm

const (
	virtioBase = 0xd0000000
	virtioSize = 0x1000 // of each device
	virtioPin  = 5      // of the first

	// Registers of the MMIO transport (virtio 1.2, 4.2.2).
	virtioMagic             = 0x000
	virtioVersion           = 0x004
	virtioDeviceID          = 0x008
	virtioVendorID          = 0x00c
	virtioDeviceFeatures    = 0x010
	virtioDeviceFeaturesSel = 0x014
	virtioDriverFeatures    = 0x020
	virtioDriverFeaturesSel = 0x024
	virtioQueueSel          = 0x030
	virtioQueueNumMax       = 0x034
	virtioQueueNum          = 0x038
	virtioQueueReady        = 0x044
	virtioQueueNotify       = 0x050
	virtioInterruptStatus   = 0x060
	virtioInterruptACK      = 0x064
	virtioStatus            = 0x070
	virtioQueueDesc         = 0x080 // low half, then high half, as the next two
	virtioQueueDriver       = 0x090
	virtioQueueDevice       = 0x0a0
	virtioSHMLen            = 0x0b0 // to 0x0bc: all ones, there is no shared memory
	virtioSHMEnd            = 0x0c0

	virtioMagicValue = 0x74726976
	virtioVendor     = 0x53595331
	virtioConsoleID  = 3

	// Feature bit 32, VIRTIO_F_VERSION_1, is the only one: bit 0 of word 1.
	virtioVersion1 = 1 << 0

	// Device status (virtio 1.2, 2.1).
	statusDriverOK   = 4
	statusFeaturesOK = 8
	statusNeedsReset = 64

	// Interrupt status.
	interruptUsed   = 1 << 0
	interruptConfig = 1 << 1

	queueReceive  = 0 // virtio 1.2, 5.3.2
	queueTransmit = 1

	// maxChannel is how many bytes from the guest wait for the host at most,
	// and the other way round.
	maxChannel = 4 << 20
)

// console is a virtio console (virtio 1.2, 5.3) behind the MMIO transport, with
// one port: a stream of bytes each way between the guest and the host.
//
// A guest that breaks the rules of virtio gets DEVICE_NEEDS_RESET, a line in
// the log, and no more service until it resets the device.
type console struct {
	name    string
	setLine func(asserted bool)
	notify  func() // there are new bytes for the host
	log     func(format string, args ...any)

	fromGuest, toGuest []byte

	queues             [2]virtqueue
	queueSel           uint32
	devSel, drvSel     uint32
	drvFeatures        [2]uint32
	status, interrupts uint32
}

func newConsole(name string, mem memory, setLine func(bool), notify func(), log func(string, ...any)) *console {
	c := &console{name: name, setLine: setLine, notify: notify, log: log}
	c.queues[queueReceive].mem, c.queues[queueTransmit].mem = mem, mem
	return c
}

func (c *console) reset() {
	for i := range c.queues {
		c.queues[i] = virtqueue{mem: c.queues[i].mem, touch: c.queues[i].touch}
	}
	c.queueSel, c.devSel, c.drvSel = 0, 0, 0
	c.drvFeatures = [2]uint32{}
	c.status = 0
	c.interrupt(0)
}

// interrupt sets the interrupt status; the line follows it.
func (c *console) interrupt(status uint32) {
	c.interrupts = status
	c.setLine(status != 0)
}

// fault is what becomes of a device whose driver breaks the rules.
func (c *console) fault(err any) {
	c.log("%s: %v; the device needs a reset", c.name, err)
	c.status |= statusNeedsReset
	c.interrupt(c.interrupts | interruptConfig)
}

// usable says whether a queue is to be looked at.
func (c *console) usable(q *virtqueue) bool {
	return q.ready && c.status&(statusDriverOK|statusNeedsReset) == statusDriverOK
}

// transmit takes what the guest has sent.
func (c *console) transmit() {
	q := &c.queues[queueTransmit]
	chains := uint32(0)
	for chains < q.size && c.usable(q) {
		head, bufs, ok, err := q.next(false)
		if err != nil {
			c.fault(err)
			return
		}
		if !ok {
			break
		}
		for _, b := range bufs {
			if len(b) > maxChannel-len(c.fromGuest) {
				c.fault("more than 4 MiB wait to be read")
				return
			}
			c.fromGuest = append(c.fromGuest, b...)
		}
		q.done(head, 0)
		chains++
	}
	if chains == 0 {
		return
	}
	if q.wantsInterrupt() {
		c.interrupt(c.interrupts | interruptUsed)
	}
	c.notify()
}

// deliver gives the guest what the host has sent, as far as it has made room.
func (c *console) deliver() {
	q := &c.queues[queueReceive]
	chains := uint32(0)
	for chains < q.size && len(c.toGuest) > 0 && c.usable(q) {
		head, bufs, ok, err := q.next(true)
		if err != nil {
			c.fault(err)
			return
		}
		if !ok {
			break
		}
		total := 0
		for _, b := range bufs {
			n := copy(b, c.toGuest)
			c.toGuest = c.toGuest[n:]
			total += n
		}
		q.done(head, uint32(total))
		chains++
	}
	if chains > 0 && q.wantsInterrupt() {
		c.interrupt(c.interrupts | interruptUsed)
	}
}

// read gives the register at an offset. The console's configuration space is
// zero: its fields belong to features that are not offered.
func (c *console) read(off uint32) uint32 {
	switch off {
	case virtioMagic:
		return virtioMagicValue
	case virtioVersion:
		return 2
	case virtioDeviceID:
		return virtioConsoleID
	case virtioVendorID:
		return virtioVendor
	case virtioDeviceFeatures:
		if c.devSel == 1 {
			return virtioVersion1
		}
	case virtioQueueNumMax:
		if c.queueSel < uint32(len(c.queues)) {
			return maxQueue
		}
	case virtioQueueReady:
		if c.queueSel < uint32(len(c.queues)) && c.queues[c.queueSel].ready {
			return 1
		}
	case virtioInterruptStatus:
		return c.interrupts
	case virtioStatus:
		return c.status
	}
	if off >= virtioSHMLen && off < virtioSHMEnd {
		return 0xffffffff
	}
	return 0
}

// write sets the register at an offset.
func (c *console) write(off, v uint32) {
	switch off {
	case virtioDeviceFeaturesSel:
		c.devSel = v
	case virtioDriverFeaturesSel:
		c.drvSel = v
	case virtioDriverFeatures:
		if c.status&statusFeaturesOK == 0 && c.drvSel < uint32(len(c.drvFeatures)) {
			c.drvFeatures[c.drvSel] = v
		}
	case virtioQueueSel:
		c.queueSel = v
	case virtioQueueNotify:
		switch v {
		case queueReceive:
			c.deliver()
		case queueTransmit:
			c.transmit()
		}
	case virtioInterruptACK:
		c.interrupt(c.interrupts &^ v)
	case virtioStatus:
		c.setStatus(v)
	default:
		if c.queueSel < uint32(len(c.queues)) {
			c.writeQueue(&c.queues[c.queueSel], off, v)
		}
	}
}

func (c *console) setStatus(v uint32) {
	if v == 0 {
		c.reset()
		return
	}
	if c.drvFeatures != [2]uint32{1: virtioVersion1} {
		v &^= statusFeaturesOK // virtio 1.2, 2.2.2: the subset is not accepted
	}
	c.status = v&0xff&^statusNeedsReset | c.status&statusNeedsReset
	// Work that came before DRIVER_OK is done now.
	c.transmit()
	c.deliver()
}

// writeQueue sets a register of the selected queue. While the queue is ready
// only QueueReady can be written (virtio 1.2, 4.2.2.2).
func (c *console) writeQueue(q *virtqueue, off, v uint32) {
	if off == virtioQueueReady {
		if v&1 == 0 {
			q.ready = false
		} else if !q.ready {
			if err := q.enable(); err != nil {
				c.fault(err)
			}
		}
		return
	}
	if q.ready {
		return
	}
	switch off {
	case virtioQueueNum:
		q.size = v
	case virtioQueueDesc:
		setLow(&q.desc, v)
	case virtioQueueDesc + 4:
		setHigh(&q.desc, v)
	case virtioQueueDriver:
		setLow(&q.avail, v)
	case virtioQueueDriver + 4:
		setHigh(&q.avail, v)
	case virtioQueueDevice:
		setLow(&q.used, v)
	case virtioQueueDevice + 4:
		setHigh(&q.used, v)
	}
}

func setLow(p *uint64, v uint32)  { *p = *p&^0xffffffff | uint64(v) }
func setHigh(p *uint64, v uint32) { *p = *p&0xffffffff | uint64(v)<<32 }
