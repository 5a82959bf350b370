package vm

import (
	"math/bits"
	"time"
)

// The interval timer of a PC, Intel 8254: channel 0 is input 0 of the
// interrupt controllers, channel 2 the loudspeaker's.
const (
	pitBase = 0x40
	pitHz   = 1193182

	speakerPort = 0x61
)

// pitChannel is one counter.
type pitChannel struct {
	mode   byte
	access byte          // which bytes are read and written: 1 low, 2 high, 3 both
	bcd    bool          // not kept: counts are binary
	reload uint32        // 1 to 65536
	start  time.Duration // when it was loaded
	loaded bool
	low    byte // the low byte of a count that is being written
	second bool // the next write is the high byte's
	latch  []byte
	flip   bool // the next read is the high byte's
	fired  uint64
}

// pit is the 8254.
type pit struct {
	now     func() time.Duration
	setIRQ0 func(asserted bool)
	ch      [3]pitChannel
	gate    byte // port 0x61
}

// ticks is how many clocks have passed since a channel was loaded.
func (p *pit) ticks(c *pitChannel) uint64 {
	hi, lo := bits.Mul64(uint64(p.now()-c.start), pitHz)
	q, _ := bits.Div64(hi, lo, uint64(time.Second))
	return q
}

// at is when so many clocks have passed.
func (c *pitChannel) at(ticks uint64) time.Duration {
	hi, lo := bits.Mul64(ticks, uint64(time.Second))
	q, r := bits.Div64(hi, lo, pitHz)
	if r > 0 {
		q++
	}
	return c.start + time.Duration(q)
}

func (c *pitChannel) periodic() bool { return c.mode == 2 || c.mode == 3 }

// count is what a channel's counter holds.
func (p *pit) count(c *pitChannel) uint16 {
	if !c.loaded {
		return 0
	}
	t := p.ticks(c)
	switch {
	case c.mode == 3:
		return uint16(c.reload - uint32(2*t%uint64(c.reload)))
	case c.periodic():
		return uint16(c.reload - uint32(t%uint64(c.reload)))
	}
	return uint16(uint64(c.reload) - t)
}

// output is a channel's output pin.
func (p *pit) output(c *pitChannel) bool {
	if !c.loaded {
		return c.mode != 0
	}
	t := p.ticks(c)
	switch c.mode {
	case 3:
		return t%uint64(c.reload) < uint64(c.reload+1)/2
	case 2:
		return t%uint64(c.reload) != uint64(c.reload)-1
	}
	return t >= uint64(c.reload)
}

// due is how often channel 0 should have interrupted since it was loaded.
func (p *pit) due() uint64 {
	c := &p.ch[0]
	if !c.loaded {
		return 0
	}
	n := p.ticks(c) / uint64(c.reload)
	if !c.periodic() {
		n = min(n, 1)
	}
	return n
}

// deadline is when channel 0 interrupts next; noDeadline if it does not.
func (p *pit) deadline() time.Duration {
	c := &p.ch[0]
	if !c.loaded || !c.periodic() && c.fired > 0 {
		return noDeadline
	}
	return c.at((c.fired + 1) * uint64(c.reload))
}

// expire sends the interrupt that is due. Those that were missed meanwhile are
// one, as on the real pin.
func (p *pit) expire() {
	if n := p.due(); n > p.ch[0].fired {
		p.ch[0].fired = n
		p.setIRQ0(false)
		p.setIRQ0(true)
	}
}

func (p *pit) in(port uint16) byte {
	if port == speakerPort {
		v := p.gate & 0x0f
		if p.output(&p.ch[2]) {
			v |= 1 << 5
		}
		return v | byte(p.now()/(15*time.Microsecond)&1)<<4 // refresh toggles
	}
	if port == pitBase+3 {
		return 0xff
	}
	c := &p.ch[port-pitBase]
	if len(c.latch) > 0 {
		v := c.latch[0]
		c.latch = c.latch[1:]
		return v
	}
	n := p.count(c)
	switch {
	case c.access == 2 || c.access == 3 && c.flip:
		c.flip = false
		return byte(n >> 8)
	}
	c.flip = c.access == 3
	return byte(n)
}

func (p *pit) out(port uint16, v byte) {
	switch {
	case port == speakerPort:
		if v&1 != 0 && p.gate&1 == 0 && p.ch[2].loaded {
			p.ch[2].start = p.now() // the gate starts it anew
		}
		p.gate = v
	case port == pitBase+3:
		p.control(v)
	default:
		p.write(port-pitBase, v)
	}
}

// control is the control word, the latch command and the read-back command.
func (p *pit) control(v byte) {
	if v>>6 == 3 {
		for i := range p.ch {
			if v>>(i+1)&1 == 0 {
				continue
			}
			c := &p.ch[i]
			if v&(1<<4) == 0 { // status
				s := c.access<<4 | c.mode<<1
				if p.output(c) {
					s |= 1 << 7
				}
				if !c.loaded {
					s |= 1 << 6
				}
				c.latch = append(c.latch[:0], s)
			}
			if v&(1<<5) == 0 {
				p.latchCount(c)
			}
		}
		return
	}
	c := &p.ch[v>>6]
	if v>>4&3 == 0 {
		if len(c.latch) == 0 {
			p.latchCount(c)
		}
		return
	}
	mode := v >> 1 & 7
	if mode > 5 {
		mode -= 4 // modes 2 and 3 have two codes
	}
	*c = pitChannel{mode: mode, access: v >> 4 & 3, bcd: v&1 != 0}
	if c == &p.ch[0] {
		p.setIRQ0(false)
	}
}

func (p *pit) latchCount(c *pitChannel) {
	n := p.count(c)
	if c.access != 2 {
		c.latch = append(c.latch, byte(n))
	}
	if c.access != 1 {
		c.latch = append(c.latch, byte(n>>8))
	}
}

// write is a byte of a channel's count.
func (p *pit) write(channel uint16, v byte) {
	c := &p.ch[channel]
	n := uint32(v)
	switch c.access {
	case 2:
		n <<= 8
	case 3:
		if !c.second {
			c.low, c.second = v, true
			return
		}
		c.second = false
		n = n<<8 | uint32(c.low)
	}
	if n == 0 {
		n = 1 << 16
	}
	c.reload, c.start, c.loaded, c.fired = n, p.now(), true, 0
	if channel == 0 {
		p.setIRQ0(false)
	}
}
