package vm

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// driver is a guest's driver of a console, with its rings where it likes.
type driver struct {
	*console
	mem      memory
	line     bool
	notified int
	logged   []string
}

const ringGap = 0x1000 // desc, avail, used of a queue: each on a page

func newDriver(t testing.TB, size uint32) *driver {
	d := &driver{mem: make(memory, 1<<20)}
	d.console = newConsole("console", d.mem, func(on bool) { d.line = on }, func() { d.notified++ },
		func(f string, _ ...any) { d.logged = append(d.logged, f) })
	d.start(t, size)
	return d
}

// start brings the device up as a driver does.
func (d *driver) start(t testing.TB, size uint32) {
	d.write(virtioStatus, 1)
	d.write(virtioStatus, 3)
	d.write(virtioDriverFeaturesSel, 1)
	d.write(virtioDriverFeatures, virtioVersion1)
	d.write(virtioStatus, 3|statusFeaturesOK)
	if d.read(virtioStatus)&statusFeaturesOK == 0 {
		t.Fatal("the features are not accepted")
	}
	for q := range uint32(2) {
		d.write(virtioQueueSel, q)
		d.write(virtioQueueNum, size)
		for i, reg := range []uint32{virtioQueueDesc, virtioQueueDriver, virtioQueueDevice} {
			d.write(reg, d.ring(q, i))
			d.write(reg+4, 0)
		}
		d.write(virtioQueueReady, 1)
	}
	d.write(virtioStatus, 3|statusFeaturesOK|statusDriverOK)
}

func (d *driver) ring(q uint32, i int) uint32 { return 0x10000 + q*3*ringGap + uint32(i)*ringGap }

func (d *driver) desc(q uint32, i int, addr uint64, n uint32, flags, next uint16) {
	b := d.mem[d.ring(q, 0)+uint32(i)*descSize:]
	le := binary.LittleEndian
	le.PutUint64(b, addr)
	le.PutUint32(b[8:], n)
	le.PutUint16(b[12:], flags)
	le.PutUint16(b[14:], next)
}

// offer makes a chain available.
func (d *driver) offer(q uint32, head uint16) {
	le := binary.LittleEndian
	a := d.mem[d.ring(q, 1):]
	idx := le.Uint16(a[2:])
	le.PutUint16(a[4+2*(uint32(idx)%d.queues[q].size):], head)
	le.PutUint16(a[2:], idx+1)
}

// used is the used ring's index and its last element.
func (d *driver) usedOf(q uint32) (idx uint16, head, n uint32) {
	le := binary.LittleEndian
	u := d.mem[d.ring(q, 2):]
	idx = le.Uint16(u[2:])
	e := u[4+8*(uint32(idx-1)%d.queues[q].size):]
	return idx, le.Uint32(e), le.Uint32(e[4:])
}

func TestConsoleTransmit(t *testing.T) {
	d := newDriver(t, 4)
	copy(d.mem[0x1000:], "hello ")
	copy(d.mem[0x2000:], "world")
	d.desc(1, 2, 0x1000, 6, descNext, 0)
	d.desc(1, 0, 0x2000, 5, 0, 0)
	for range 5 { // round the ring
		d.offer(1, 2)
		d.write(virtioQueueNotify, 1)
	}
	if want := strings.Repeat("hello world", 5); string(d.fromGuest) != want || d.notified != 5 {
		t.Errorf("%q, %d notifications", d.fromGuest, d.notified)
	}
	if idx, head, n := d.usedOf(1); idx != 5 || head != 2 || n != 0 {
		t.Errorf("used: %d chains, head %d, %d bytes", idx, head, n)
	}
	if !d.line || d.read(virtioInterruptStatus) != interruptUsed {
		t.Error("no interrupt")
	}
	d.write(virtioInterruptACK, interruptUsed)
	if d.line {
		t.Error("the interrupt stays")
	}
	d.mem[d.ring(1, 1)] = availNoInterrupt
	d.offer(1, 2)
	d.write(virtioQueueNotify, 1)
	if d.line {
		t.Error("an interrupt that the driver does not want")
	}
}

func TestConsoleReceive(t *testing.T) {
	d := newDriver(t, 4)
	d.toGuest = []byte("hello world")
	d.deliver() // no room yet
	d.desc(0, 0, 0x1000, 4, descWrite|descNext, 1)
	d.desc(0, 1, 0x2000, 4, descWrite, 0)
	d.offer(0, 0)
	d.write(virtioQueueNotify, 0)
	if idx, head, n := d.usedOf(0); idx != 1 || head != 0 || n != 8 || !d.line {
		t.Errorf("used: %d chains, head %d, %d bytes", idx, head, n)
	}
	if got := string(d.mem[0x1000:0x1004]) + string(d.mem[0x2000:0x2004]); got != "hello wo" {
		t.Errorf("%q", got)
	}
	d.offer(0, 0)
	d.write(virtioQueueNotify, 0)
	if _, _, n := d.usedOf(0); n != 3 || len(d.toGuest) != 0 {
		t.Errorf("%d bytes, then %q is left", n, d.toGuest)
	}
}

func TestConsoleFaults(t *testing.T) {
	for name, breakIt := range map[string]func(d *driver){
		"a chain that loops": func(d *driver) {
			d.desc(1, 0, 0x1000, 1, descNext, 0)
			d.offer(1, 0)
		},
		"a head outside the queue":  func(d *driver) { d.offer(1, 4) },
		"a next outside the queue":  func(d *driver) { d.desc(1, 0, 0, 1, descNext, 77); d.offer(1, 0) },
		"a buffer outside memory":   func(d *driver) { d.desc(1, 0, 1<<20-1, 2, 0, 0); d.offer(1, 0) },
		"an address that wraps":     func(d *driver) { d.desc(1, 0, 1<<64-1, 2, 0, 0); d.offer(1, 0) },
		"a writable one to send":    func(d *driver) { d.desc(1, 0, 0x1000, 1, descWrite, 0); d.offer(1, 0) },
		"a read-only one to fill":   func(d *driver) { d.desc(0, 0, 0x1000, 1, 0, 0); d.offer(0, 0); d.toGuest = []byte("x") },
		"an indirect descriptor":    func(d *driver) { d.desc(1, 0, 0x1000, 16, 4, 0); d.offer(1, 0) },
		"too many chains available": func(d *driver) { d.mem[d.ring(1, 1)+2] = 5 },
		"more than 4 MiB": func(d *driver) {
			d.fromGuest = make([]byte, maxChannel-1)
			d.desc(1, 0, 0x1000, 2, 0, 0)
			d.offer(1, 0)
		},
		"a queue of 3": func(d *driver) {
			d.write(virtioQueueReady, 0)
			d.write(virtioQueueNum, 3)
			d.write(virtioQueueReady, 1)
		},
		"a ring outside memory": func(d *driver) {
			d.write(virtioQueueReady, 0)
			d.write(virtioQueueDevice, 1<<20-4)
			d.write(virtioQueueReady, 1)
		},
		"a ring that is misaligned": func(d *driver) {
			d.write(virtioQueueReady, 0)
			d.write(virtioQueueDesc, 8)
			d.write(virtioQueueReady, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDriver(t, 4)
			breakIt(d)
			d.write(virtioQueueNotify, 0)
			d.write(virtioQueueNotify, 1)
			if d.read(virtioStatus)&statusNeedsReset == 0 || len(d.logged) != 1 || !d.line {
				t.Errorf("status %#x, log %q, line %v", d.read(virtioStatus), d.logged, d.line)
			}
			d.write(virtioQueueNotify, 1)
			d.write(virtioStatus, 15)
			if len(d.logged) != 1 || d.read(virtioStatus)&statusNeedsReset == 0 {
				t.Error("a device that needs a reset goes on")
			}
			d.write(virtioStatus, 0)
			if d.read(virtioStatus) != 0 || d.line || d.read(virtioQueueReady) != 0 {
				t.Error("a reset does not reset")
			}
		})
	}
}

func TestConsoleNegotiation(t *testing.T) {
	d := newDriver(t, 4)
	d.write(virtioDeviceFeaturesSel, 0)
	low := d.read(virtioDeviceFeatures)
	d.write(virtioDeviceFeaturesSel, 1)
	if high := d.read(virtioDeviceFeatures); low != 0 || high != 1 || d.read(virtioMagic) != virtioMagicValue {
		t.Errorf("features %#x, %#x", low, high)
	}
	d.write(virtioQueueSel, 2)
	d.write(virtioQueueNum, 4)
	if d.read(virtioQueueNumMax) != 0 || d.read(virtioSHMLen) != 0xffffffff || d.read(0x100) != 0 {
		t.Error("registers that are not there")
	}
	d.write(virtioStatus, 0)
	d.write(virtioDriverFeaturesSel, 0)
	d.write(virtioDriverFeatures, 1)
	d.write(virtioStatus, 3|statusFeaturesOK)
	if d.read(virtioStatus)&statusFeaturesOK != 0 {
		t.Error("features that were not offered are accepted")
	}
}

// FuzzVirtqueue gives the console rings with anything in them.
func FuzzVirtqueue(f *testing.F) {
	d := newDriver(f, 4)
	d.desc(1, 0, 0x1000, 6, descNext, 1)
	d.desc(1, 1, 0x1000, 6, 0, 0)
	d.offer(1, 0)
	f.Add(uint8(64), bytes.Clone(d.mem[0x10000:0x10040]), bytes.Clone(d.mem[0x11000:0x11010]), uint16(0x11))
	f.Fuzz(func(t *testing.T, size uint8, descs, avail []byte, used uint16) {
		d := newDriver(t, 4)
		for q := range uint32(2) {
			d.write(virtioQueueSel, q)
			d.write(virtioQueueReady, 0)
			d.write(virtioQueueNum, uint32(size))
			d.write(virtioQueueDevice, d.ring(q, 0)+uint32(used)) // may overlap the others
			copy(d.mem[d.ring(q, 0):d.ring(q, 1)], descs)
			copy(d.mem[d.ring(q, 1):d.ring(q, 2)], avail)
			d.write(virtioQueueReady, 1)
		}
		d.toGuest = bytes.Repeat([]byte{7}, 100)
		for range 3 {
			d.write(virtioQueueNotify, 1)
			d.write(virtioQueueNotify, 0)
		}
		if len(d.fromGuest) > maxChannel {
			t.Errorf("%d bytes from the guest", len(d.fromGuest))
		}
	})
}
