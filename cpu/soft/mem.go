package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// Reading and writing of linear addresses, with the rights of the current
// ring. A hit in the TLB is the fast path; everything else, page borders and
// devices among it, goes by slowRead and slowWrite.

func (c *CPU) read8(va uint64) uint64 {
	e := &c.tlbR[va>>12&(tlbSize-1)]
	if e.tag == va>>12|c.utag {
		return uint64(e.page[va&pageMask])
	}
	return c.slowRead(va, 1)
}

func (c *CPU) read16(va uint64) uint64 {
	e := &c.tlbR[va>>12&(tlbSize-1)]
	if o := va & pageMask; e.tag == va>>12|c.utag && o <= pageSize-2 {
		return uint64(binary.LittleEndian.Uint16(e.page[o:]))
	}
	return c.slowRead(va, 2)
}

func (c *CPU) read32(va uint64) uint64 {
	e := &c.tlbR[va>>12&(tlbSize-1)]
	if o := va & pageMask; e.tag == va>>12|c.utag && o <= pageSize-4 {
		return uint64(binary.LittleEndian.Uint32(e.page[o:]))
	}
	return c.slowRead(va, 4)
}

func (c *CPU) read64(va uint64) uint64 {
	e := &c.tlbR[va>>12&(tlbSize-1)]
	if o := va & pageMask; e.tag == va>>12|c.utag && o <= pageSize-8 {
		return binary.LittleEndian.Uint64(e.page[o:])
	}
	return c.slowRead(va, 8)
}

// read reads n bits.
func (c *CPU) read(va uint64, n uint8) uint64 {
	switch n {
	case 64:
		return c.read64(va)
	case 32:
		return c.read32(va)
	case 16:
		return c.read16(va)
	}
	return c.read8(va)
}

func (c *CPU) write8(va, v uint64) {
	e := &c.tlbW[va>>12&(tlbSize-1)]
	if e.tag == va>>12|c.utag {
		e.page[va&pageMask] = byte(v)
		return
	}
	c.slowWrite(va, v, 1)
}

func (c *CPU) write16(va, v uint64) {
	e := &c.tlbW[va>>12&(tlbSize-1)]
	if o := va & pageMask; e.tag == va>>12|c.utag && o <= pageSize-2 {
		binary.LittleEndian.PutUint16(e.page[o:], uint16(v))
		return
	}
	c.slowWrite(va, v, 2)
}

func (c *CPU) write32(va, v uint64) {
	e := &c.tlbW[va>>12&(tlbSize-1)]
	if o := va & pageMask; e.tag == va>>12|c.utag && o <= pageSize-4 {
		binary.LittleEndian.PutUint32(e.page[o:], uint32(v))
		return
	}
	c.slowWrite(va, v, 4)
}

func (c *CPU) write64(va, v uint64) {
	e := &c.tlbW[va>>12&(tlbSize-1)]
	if o := va & pageMask; e.tag == va>>12|c.utag && o <= pageSize-8 {
		binary.LittleEndian.PutUint64(e.page[o:], v)
		return
	}
	c.slowWrite(va, v, 8)
}

// write writes n bits.
func (c *CPU) write(va, v uint64, n uint8) {
	switch n {
	case 64:
		c.write64(va, v)
	case 32:
		c.write32(va, v)
	case 16:
		c.write16(va, v)
	default:
		c.write8(va, v)
	}
}

// linear cuts an address to 32 bits outside 64-bit mode.
func (c *CPU) linear(va uint64) uint64 {
	if !c.long {
		va &= 0xffffffff
	}
	return va
}

// slowRead reads n bytes; both pages are checked before the bytes are read.
func (c *CPU) slowRead(va uint64, n uint64) (v uint64) {
	va = c.linear(va)
	if c.bpData {
		c.watch(va, n, false)
	}
	pa := c.translate(va, accRead, c.cpl == 3)
	if first := pageSize - va&pageMask; first < n {
		pb := c.translate(c.linear(va+first), accRead, c.cpl == 3)
		return c.physRead(pa, first) | c.physRead(pb, n-first)<<(8*first)
	}
	if c.enterable(va, pa, c.debug.reads) {
		e := &c.tlbR[va>>12&(tlbSize-1)]
		*e = tlbEntry{va>>12 | c.utag, c.ramPage(pa)}
	}
	return c.physRead(pa, n)
}

// enterable reports whether a page may be in a TLB: it is in RAM, and nobody wants
// to know of each access.
func (c *CPU) enterable(va, pa uint64, watched map[uint64]bool) bool {
	return c.inRAM(pa&^pageMask, pageSize) && !c.watched(va) && !watched[pa/pageSize]
}

// slowWrite writes n bytes; both pages are checked before anything is written.
func (c *CPU) slowWrite(va, v, n uint64) {
	va = c.linear(va)
	pa := c.translate(va, accWrite, c.cpl == 3)
	if c.bpData {
		c.watch(va, n, true)
	}
	if first := pageSize - va&pageMask; first < n {
		pb := c.translate(c.linear(va+first), accWrite, c.cpl == 3)
		c.physWrite(pa, v, first)
		c.physWrite(pb, v>>(8*first), n-first)
		return
	}
	if c.enterable(va, pa, c.debug.writes) && c.code[pa/pageSize] == nil {
		e := &c.tlbW[va>>12&(tlbSize-1)]
		*e = tlbEntry{va>>12 | c.utag, c.ramPage(pa)}
	}
	c.physWrite(pa, v, n)
}

// probeWrite raises the fault that a write of n bits would.
func (c *CPU) probeWrite(va uint64, n uint8) {
	last := va + uint64(n/8) - 1
	if e := &c.tlbW[va>>12&(tlbSize-1)]; e.tag == va>>12|c.utag && va>>12 == last>>12 {
		return
	}
	c.translate(c.linear(va), accWrite, c.cpl == 3)
	if va>>12 != last>>12 {
		c.translate(c.linear(last), accWrite, c.cpl == 3)
	}
}

// physRead reads n bytes, which lie in one page, of RAM or a device.
func (c *CPU) physRead(pa, n uint64) (v uint64) {
	if c.inRAM(pa, n) {
		v = number(c.ram[pa:][:n])
		if c.debug.reads != nil {
			c.used(c.debug.reads, pa, n, false)
		}
		return v
	}
	c.access = [8]byte{}
	c.device(n, func(b []byte, i uint64) { c.bus.ReadMMIO(pa+i, b) })
	return binary.LittleEndian.Uint64(c.access[:])
}

// number is that of up to 8 bytes.
func number(b []byte) (v uint64) {
	switch len(b) {
	case 8:
		return binary.LittleEndian.Uint64(b)
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	for i, b := range b {
		v |= uint64(b) << (8 * i)
	}
	return v
}

func (c *CPU) physWrite(pa, v, n uint64) {
	if c.inRAM(pa, n) {
		switch to := c.ram[pa:][:n]; n {
		case 8:
			binary.LittleEndian.PutUint64(to, v)
		case 4:
			binary.LittleEndian.PutUint32(to, uint32(v))
		default:
			for i := range to {
				to[i] = byte(v >> (8 * i))
			}
		}
		if c.debug.writes != nil {
			c.used(c.debug.writes, pa, n, true)
		}
		c.written(pa)
		return
	}
	binary.LittleEndian.PutUint64(c.access[:], v)
	c.device(n, func(b []byte, i uint64) { c.bus.WriteMMIO(pa+i, b) })
}

// device makes bus accesses of 1, 2, 4 or 8 bytes of an access of size bytes,
// which are in c.access.
func (c *CPU) device(size uint64, access func(b []byte, i uint64)) {
	b := c.access[:size]
	for i := 0; i < len(b); {
		n := 8
		for n > len(b)-i {
			n /= 2
		}
		access(b[i:i+n], uint64(i))
		i += n
	}
	c.busDone()
}

// systemLinear is an address of a descriptor table or TSS: it has 64 bits also
// while 32-bit code runs in long mode.
func (c *CPU) systemLinear(va uint64) uint64 {
	if c.efer&cpu.EFERLMA == 0 {
		va &= 0xffffffff
	}
	return va
}

// systemRead reads with the rights of ring 0: descriptor tables, TSS.
func (c *CPU) systemRead(va uint64, n uint64) (v uint64) {
	va = c.systemLinear(va)
	if va&pageMask <= pageSize-n {
		e, tag := &c.tlbR[va>>12&(tlbSize-1)], va>>12|c.systemTag()
		if e.tag != tag {
			pa := c.translate(va, accRead|accImplicit, false)
			if !c.enterable(va, pa, c.debug.reads) {
				return c.physRead(pa, n)
			}
			*e = tlbEntry{tag, c.ramPage(pa)}
		}
		return number(e.page[va&pageMask:][:n])
	}
	for i := uint64(0); i < n; i++ {
		pa := c.translate(c.systemLinear(va+i), accRead|accImplicit, false)
		v |= c.physRead(pa, 1) << (8 * i)
	}
	return v
}

func (c *CPU) systemWrite(va, v, n uint64) {
	if va = c.systemLinear(va); va&pageMask <= pageSize-n {
		c.physWrite(c.translate(va, accWrite|accImplicit, false), v, n)
		return
	}
	for i := uint64(0); i < n; i++ {
		pa := c.translate(c.systemLinear(va+i), accWrite|accImplicit, false)
		c.physWrite(pa, v>>(8*i), 1)
	}
}
