package vm

// The two interrupt controllers of a PC, Intel 8259A, the second at input 2 of
// the first.
const (
	pic1Base = 0x20
	pic2Base = 0xa0
	elcrBase = 0x4d0
	cascade  = 2

	// Command words (8259A, "Programming the 8259A").
	icw1       = 1 << 4
	icw1Level  = 1 << 3
	icw1Single = 1 << 1
	icw1ICW4   = 1 << 0
	icw4Auto   = 1 << 1 // automatic end of interrupt
	ocw3       = 1 << 3

	spuriousIRQ = 7
)

// pic is one 8259A, with fixed priorities. Before it has had its four words of
// initialisation it asks for nothing.
type pic struct {
	irr, isr, imr byte
	line          byte // the inputs
	level         byte // those that are level-triggered (ELCR)
	base          byte // the vector of input 0
	step          int  // of the initialisation: which word comes next; 0 none
	icw4          bool
	auto          bool
	ready         bool
	readISR       bool
}

// pics are both, and what the CPU sees of them.
type pics struct {
	chip [2]pic
}

// setLine drives an input, 0 to 15.
func (p *pics) setLine(irq int, asserted bool) {
	c := &p.chip[irq>>3]
	bit := byte(1) << (irq & 7)
	switch {
	case !asserted:
		c.line &^= bit
		if c.level&bit != 0 {
			c.irr &^= bit
		}
	case c.level&bit != 0 || c.line&bit == 0:
		c.line |= bit
		c.irr |= bit
	}
}

// highest is the input of the highest priority that may interrupt now; -1 for
// none.
func (c *pic) highest() int {
	if !c.ready {
		return -1
	}
	due := c.irr &^ c.imr
	for i := range 8 {
		bit := byte(1) << i
		if c.isr&bit != 0 {
			return -1
		}
		if due&bit != 0 {
			return i
		}
	}
	return -1
}

// output is the first chip's: an interrupt is due.
func (p *pics) output() bool {
	p.cascade()
	return p.chip[0].highest() >= 0
}

// cascade passes the second chip's output to the first.
func (p *pics) cascade() {
	if p.chip[1].highest() >= 0 {
		p.chip[0].irr |= 1 << cascade
	} else {
		p.chip[0].irr &^= 1 << cascade
	}
}

// acknowledge is the CPU taking the interrupt: it gives its vector.
func (p *pics) acknowledge() byte {
	p.cascade()
	c := &p.chip[0]
	i := c.highest()
	if i < 0 {
		return c.base + spuriousIRQ
	}
	c.take(i)
	if i != cascade {
		return c.base + byte(i)
	}
	c = &p.chip[1]
	if i = c.highest(); i < 0 {
		return c.base + spuriousIRQ
	}
	c.take(i)
	return c.base + byte(i)
}

// take moves an input's request into service.
func (c *pic) take(i int) {
	bit := byte(1) << i
	if c.level&bit == 0 {
		c.irr &^= bit
	}
	if !c.auto {
		c.isr |= bit
	}
}

func (p *pics) in(port uint16) byte {
	c, reg := p.reg(port)
	switch {
	case port >= elcrBase:
		return p.chip[port-elcrBase].level
	case reg == 1:
		return c.imr
	case c.readISR:
		return c.isr
	}
	p.cascade()
	return c.irr
}

func (p *pics) reg(port uint16) (c *pic, reg uint16) { return &p.chip[port>>7&1], port & 1 }

func (p *pics) out(port uint16, v byte) {
	c, reg := p.reg(port)
	switch {
	case port == elcrBase:
		p.chip[0].level = v &^ 0x07 // timer, keyboard and cascade are edges
	case port == elcrBase+1:
		p.chip[1].level = v &^ 0x21
	case reg == 1:
		c.data(v)
	case v&icw1 != 0:
		*c = pic{line: c.line, level: c.level, step: 2, icw4: v&icw1ICW4 != 0}
		if v&icw1Single != 0 {
			c.step = 3 // there is no word about the cascade
		}
		if v&icw1Level != 0 {
			c.level = 0xff
		}
	case v&ocw3 != 0:
		if v&2 != 0 {
			c.readISR = v&1 != 0
		}
	default:
		c.endOfInterrupt(v)
	}
}

// data is the second register: the words of initialisation, then the mask.
func (c *pic) data(v byte) {
	switch c.step {
	case 2:
		c.base, c.step = v&0xf8, 3
		return
	case 3:
		c.step = 4
		if !c.icw4 {
			c.step, c.ready = 0, true
		}
		return
	case 4:
		c.auto, c.step, c.ready = v&icw4Auto != 0, 0, true
		return
	}
	c.imr = v
}

// endOfInterrupt carries out OCW2: of the highest in service, or of the one
// that is named.
func (c *pic) endOfInterrupt(v byte) {
	switch v >> 5 {
	case 1, 5:
		c.isr &= c.isr - 1
	case 3, 7:
		c.isr &^= 1 << (v & 7)
	}
}
