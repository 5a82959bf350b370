package vm

import "time"

// The clock and the battery-backed memory of a PC, Motorola MC146818.
const (
	cmosBase = 0x70

	cmosSeconds = 0x00
	cmosMinutes = 0x02
	cmosHours   = 0x04
	cmosWeekday = 0x06
	cmosDay     = 0x07
	cmosMonth   = 0x08
	cmosYear    = 0x09
	cmosA       = 0x0a
	cmosB       = 0x0b
	cmosC       = 0x0c
	cmosD       = 0x0d
	cmosCentury = 0x32

	cmosB24     = 1 << 1 // 24 hours
	cmosBBinary = 1 << 2
	cmosDValid  = 1 << 7
)

// cmos is the clock, which can be read and not set, with no interrupts.
type cmos struct {
	now   func() time.Duration
	index byte
	mem   [128]byte
}

// newCMOS makes one that tells of so much memory, as a BIOS would.
func newCMOS(now func() time.Duration, memory int) *cmos {
	c := &cmos{now: now}
	c.mem[cmosA], c.mem[cmosB], c.mem[cmosD] = 0x26, cmosB24, cmosDValid
	word := func(at, v int) { c.mem[at], c.mem[at+1] = byte(v), byte(v>>8) }
	word(0x15, 640)
	extended := min((memory-1<<20)>>10, 0xffff)
	word(0x17, extended)
	word(0x30, extended)
	word(0x34, min(max(memory-16<<20, 0)>>16, 0xffff))
	return c
}

func (c *cmos) in(port uint16) byte {
	if port == cmosBase {
		return 0xff
	}
	t := time.Unix(Epoch, 0).UTC().Add(c.now())
	v := 0
	switch c.index {
	case cmosSeconds:
		v = t.Second()
	case cmosMinutes:
		v = t.Minute()
	case cmosHours:
		v = t.Hour()
		if c.mem[cmosB]&cmosB24 == 0 {
			return c.encode((v+11)%12+1) | byte(v/12)<<7
		}
	case cmosWeekday:
		v = int(t.Weekday()) + 1
	case cmosDay:
		v = t.Day()
	case cmosMonth:
		v = int(t.Month())
	case cmosYear:
		v = t.Year() % 100
	case cmosCentury:
		v = t.Year() / 100
	case cmosC:
		return 0
	default:
		return c.mem[c.index]
	}
	return c.encode(v)
}

func (c *cmos) encode(v int) byte {
	if c.mem[cmosB]&cmosBBinary != 0 {
		return byte(v)
	}
	return byte(v/10<<4 | v%10)
}

func (c *cmos) out(port uint16, v byte) {
	switch {
	case port == cmosBase:
		c.index = v & 0x7f // bit 7 is NMI's mask
	case c.index == cmosC || c.index == cmosD:
	case c.index == cmosA:
		c.mem[cmosA] = v &^ (1 << 7)
	default:
		c.mem[c.index] = v
	}
}
