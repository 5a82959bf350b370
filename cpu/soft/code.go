package soft

import (
	"bytes"
	"slices"
)

// Decoded instructions, by physical page. A write to a page that has some
// throws them away, and until then finds no entry in the write TLB, so that
// every such write comes by here.

//
// The host may write to RAM too, between two runs and in a bus access. So a
// page is compared with what was decoded before it is first fetched from
// after such a time: an epoch.

type codePage struct {
	epoch uint64 // in which bytes was last compared with RAM; 0 for one that was thrown away
	bits  uint8  // of the mode that it was decoded for
	flat  bool
	insts []*inst
	at    [pageSize]uint16 // id of the instruction there: an index into insts, plus 1
	bytes [pageSize]byte
}

// written is called after a write to RAM that did not go by the write TLB.
func (c *CPU) written(pa uint64) {
	c.wrote[pa/pageSize/64] |= 1 << (pa / pageSize % 64)
	if p := c.code[pa/pageSize]; p != nil {
		p.epoch = 0
		c.code[pa/pageSize] = nil
		c.fetchPage = nil
		c.stop = c.count // the rest of a decoded run may be stale
	}
}

// page makes the code page for RAM offset off.
func (c *CPU) page(off uint64) *codePage {
	old := c.code[off/pageSize]
	p := old
	if p != nil && (p.bits != c.bits || p.flat != c.flat) {
		p = nil
	}
	if p != nil && p.epoch != c.epoch && !bytes.Equal(p.bytes[:], c.ram[off:off+pageSize]) {
		p = nil
	}
	if p == nil {
		if old != nil {
			old.epoch = 0
		}
		p = &codePage{bits: c.bits, flat: c.flat, insts: make([]*inst, 0, 64)}
		copy(p.bytes[:], c.ram[off:])
		c.code[off/pageSize] = p
		c.flushWrites()
	}
	p.epoch = c.epoch
	return p
}

// fetch finds the first of the run of decoded instructions at RIP.
func (c *CPU) fetch() *inst {
	va := c.linear(c.r[rIP] + c.base[segCS])
	if p := c.fetchPage; p != nil && c.fetchTag == va>>12 {
		if i := uint(p.at[va&pageMask]); i != 0 {
			return p.insts[i-1]
		}
	}
	return c.fetchSlow(va)
}

// fetchSlow is fetch where the page is another, or the instruction new.
func (c *CPU) fetchSlow(va uint64) *inst {
	if c.fetchPage == nil || c.fetchTag != va>>12 {
		e := &c.tlbX[va>>12&(tlbSize-1)]
		if (e.tag != va>>12|c.utag || !c.current(e.code)) && !c.fetchFrom(e, va) {
			return c.fetchApart(va)
		}
		c.fetchPage, c.fetchTag = e.code, va>>12
		c.r[rBase] = va&^pageMask - c.base[segCS]
	}
	p := c.fetchPage
	if i := uint(p.at[va&pageMask]); i != 0 {
		return p.insts[i-1]
	}
	return c.fetchNew(va)
}

// maxRun is how many instructions a run has at most.
const maxRun = 32

// maxTwice is how many instructions a page has before none is decoded again
// for another run: a loop's end is often come to first, by a jump, and belongs
// to the loop's run all the same.
const maxTwice = 2048

// fetchNew decodes a run. It goes on where a jump goes, if that is in the page.
func (c *CPU) fetchNew(va uint64) *inst {
	p := c.fetchPage
	run := &c.decoded
	n := 0
	for off := va & pageMask; n < maxRun && off < pageSize && (n == 0 || p.at[off] == 0 || len(p.insts) < maxTwice); n++ {
		in := &run[n]
		if !c.decode(in, p.bytes[off:]) {
			break // crosses the page's end, or is none
		}
		if c.debug.offsets != nil && c.arm(in, off) {
			in.place(off)
			if n == 0 {
				n++
			}
			break
		}
		in.place(off)
		off += uint64(in.len)
		if in.jumps() && in.ways[1].off < pageSize {
			off = in.ways[1].off
		} else if in.row.attr&ends != 0 {
			n++
			break
		}
	}
	if n == 0 {
		if b := p.bytes[va&pageMask:]; len(b) >= maxInst {
			c.ud(b)
		}
		return c.fetchApart(va)
	}
	d := decoder{long: c.long, flat: c.flat}
	d.forgetFlags(run[:n])
	run[n] = inst{quick: onward}
	run[n].place(uint64(run[n-1].off) + uint64(run[n-1].len))
	if n > 1 {
		d.pair(&run[n-2], &run[n-1])
	}
	return p.keep(run[:n+1])
}

// keep keeps a run, and what stands behind it.
func (p *codePage) keep(run []inst) *inst {
	run = slices.Clone(run)
	for i := range run {
		in := &run[i]
		p.insts = append(p.insts, in)
		in.run = uint8(len(run) - 1 - i)
		for n := range in.ways {
			in.ways[n].run, in.ways[n].id = unknown, uint32(len(p.insts)<<1|n)
		}
		if in.run == 0 {
			break
		}
		in.next = &run[i+1]
		if at := &p.at[in.off]; *at == 0 {
			*at = uint16(len(p.insts))
		}
	}
	for i := len(run) - 2; i >= 0; i-- {
		in := &run[i]
		if in.then = in.next; in.then.idle() {
			in.then = in.then.then
		}
		if in.jumps() && i < len(run)-2 {
			in.quick = nop // its run goes on where it jumps to
		}
	}
	fuse(run)
	return &run[0]
}

// idle reports whether an instruction does nothing, and need not be gone to.
func (in *inst) idle() bool {
	return in.row != nil && (in.isNOP() || in.jumps() && in.run > 1)
}

func (in *inst) isNOP() bool {
	return in.row.name == "NOP" && (in.dst.kind == opMem || in.dst.reg == rAX)
}

// jumps reports whether an instruction jumps, and does nothing else that its run
// would see.
func (in *inst) jumps() bool {
	return in.row.name == "JMP" && in.dst.kind == opImm && in.near
}

// jump is where a linear address has led to. It is a TLB of the places that code
// goes to from other pages, and spares a look into that for fetches.
type jump struct {
	va   uint64
	when uint64 // what invalidated was, with the tag's bits
	in   *inst
	page *codePage
}

const numJumps = 512

// landAt finds the first of the run at RIP, as fetch does.
func (c *CPU) landAt() *inst {
	va := c.linear(c.r[rIP] + c.base[segCS])
	j, when := &c.jumps[(va^va>>9)&(numJumps-1)], c.invalidated|c.utag
	if j.va == va && j.when == when && c.current(j.page) {
		c.fetchPage, c.fetchTag = j.page, va>>12
		c.r[rBase] = va&^pageMask - c.base[segCS]
		return j.in
	}
	in := c.fetch()
	if c.fetchPage != nil {
		*j = jump{va, when, in, c.fetchPage}
	}
	return in
}

// current reports whether a code page is as RAM is, and of this mode.
func (c *CPU) current(p *codePage) bool {
	return p.epoch == c.epoch && p.bits == c.bits && p.flat == c.flat
}

// fetchFrom enters the page of va into the TLB; false if it is not RAM.
func (c *CPU) fetchFrom(e *codeEntry, va uint64) bool {
	if e.tag != va>>12|c.utag {
		pa := c.translate(va, accFetch, c.cpl == 3)
		if !c.inRAM(pa&^pageMask, pageSize) {
			return false
		}
		*e = codeEntry{tag: va>>12 | c.utag, off: pa &^ pageMask}
	}
	e.code = c.page(e.off)
	return true
}

// fetchApart decodes an instruction that crosses a page, or is not in RAM. It
// is not kept.
func (c *CPU) fetchApart(va uint64) *inst {
	c.fetchPage, c.r[rBase] = nil, c.r[rIP] // it is a page of its own
	b, n := &c.apartBytes, 0
	for ; n < len(b); n++ {
		at := c.linear(va + uint64(n))
		if n > 0 && at&pageMask != 0 || n == 0 {
			// the same page as the byte before, or the first
		} else if c.decode(&c.apart, b[:n]) {
			return c.armApart(va) // it ended before the page did
		}
		b[n] = byte(c.physRead(c.translate(at, accFetch, c.cpl == 3), 1))
	}
	if !c.decode(&c.apart, b[:n]) {
		c.ud(b[:n])
	}
	return c.armApart(va)
}

// newEpoch is called when the host may have written to RAM.
func (c *CPU) newEpoch() {
	c.epoch++
	c.fetchPage = nil
	c.stop = c.count // the rest of a run may be stale
}
