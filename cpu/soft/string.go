package soft

import "sysindvm/cpu"

// String instructions (SDM 1, 7.3.9), with their repeat prefixes. Each
// iteration counts as an instruction; between two of them the CPU may stop,
// with RIP still at the instruction, as it does for an interrupt.

// step is how far the index registers move.
func (c *CPU) step(n uint8) uint64 {
	if c.eflags&cpu.FlagDF != 0 {
		return -uint64(n / 8)
	}
	return uint64(n / 8)
}

// rSI and rDI as addresses. The destination's segment is always ES.
func (c *CPU) srcAddr(in *inst) uint64 { return c.r[rSI]&mask(in.addr) + c.base[in.seg] }
func (c *CPU) dstAddr(in *inst) uint64 { return c.r[rDI]&mask(in.addr) + c.base[segES] }

func (c *CPU) advance(in *inst, r uint8, by uint64) { c.setReg(r, c.r[r]+by, in.addr) }

// repeat does a string operation once, or as the prefix says. once reports
// whether a conditional repeat goes on.
func (c *CPU) repeat(in *inst, once func() bool) {
	if in.rep == 0 {
		once()
		return
	}
	if c.getReg(rCX, in.addr) == 0 {
		return
	}
	for {
		more := once()
		c.advance(in, rCX, ^uint64(0))
		if c.getReg(rCX, in.addr) == 0 || !more {
			return
		}
		if c.count+1 >= c.stop { // the run loop counts the last one
			c.r[rIP] = c.start
			return
		}
		c.count++
	}
}

func exMOVS(c *CPU, in *inst) {
	n := in.dst.n
	if c.bulk(in, n, true) {
		return
	}
	c.repeat(in, func() bool {
		c.write(c.dstAddr(in), c.read(c.srcAddr(in), n), n)
		c.advance(in, rSI, c.step(n))
		c.advance(in, rDI, c.step(n))
		return true
	})
}

func exSTOS(c *CPU, in *inst) {
	n := in.dst.n
	if c.bulk(in, n, false) {
		return
	}
	c.repeat(in, func() bool {
		c.write(c.dstAddr(in), c.r[rAX], n)
		c.advance(in, rDI, c.step(n))
		return true
	})
}

// bulk does as many iterations of REP MOVS or REP STOS at once as stay in one
// page of RAM on each side, forwards; false if it is none. The rest is left
// to the next execution of the same instruction.
func (c *CPU) bulk(in *inst, n uint8, move bool) bool {
	count := c.getReg(rCX, in.addr)
	if in.rep == 0 || in.addr == 16 || count < 4 || c.eflags&cpu.FlagDF != 0 || c.stop <= c.count+1 {
		return false
	}
	size := uint64(n / 8)
	dst, src := c.dstAddr(in), c.srcAddr(in)
	k := min(count, c.stop-c.count-1, (pageSize-dst&pageMask)/size)
	if move {
		k = min(k, (pageSize-src&pageMask)/size)
	}
	w := &c.tlbW[dst>>12&(tlbSize-1)]
	r := &c.tlbR[src>>12&(tlbSize-1)]
	if k < 2 || w.tag != dst>>12|c.utag || move && r.tag != src>>12|c.utag {
		return false
	}
	to := w.page[dst&pageMask:][:k*size]
	if move {
		from := r.page[src&pageMask:][:k*size]
		if a, b := dst&pageMask, src&pageMask; w.page == r.page && a > b && a < b+k*size {
			return false // the copy feeds on itself
		}
		copy(to, from)
		c.advance(in, rSI, k*size)
	} else {
		fill(to, c.r[rAX], size)
	}
	c.advance(in, rDI, k*size)
	c.advance(in, rCX, -k)
	c.count += k - 1
	if k != count {
		c.r[rIP] = c.start
	}
	return true
}

// fill repeats the low size bytes of v.
func fill(b []byte, v, size uint64) {
	if v&mask(uint8(8*size)) == 0 {
		clear(b)
		return
	}
	for i := range b {
		b[i] = byte(v >> (8 * (uint64(i) % size)))
	}
}

func exLODS(c *CPU, in *inst) {
	c.repeat(in, func() bool {
		c.setReg(rAX, c.read(c.srcAddr(in), in.dst.n), in.dst.n)
		c.advance(in, rSI, c.step(in.dst.n))
		return true
	})
}

// goesOn is the condition of REPE and REPNE.
func (c *CPU) goesOn(in *inst) bool { return c.zf() == (in.rep == 0xf3) }

func exSCAS(c *CPU, in *inst) {
	n := in.dst.n
	c.repeat(in, func() bool {
		a, b := c.getReg(rAX, n), c.read(c.dstAddr(in), n)
		c.cmpFlags(a, b, n)
		c.advance(in, rDI, c.step(n))
		return c.goesOn(in)
	})
}

func exCMPS(c *CPU, in *inst) {
	n := in.dst.n
	c.repeat(in, func() bool {
		a, b := c.read(c.srcAddr(in), n), c.read(c.dstAddr(in), n)
		c.cmpFlags(a, b, n)
		c.advance(in, rSI, c.step(n))
		c.advance(in, rDI, c.step(n))
		return c.goesOn(in)
	})
}

func exINS(c *CPU, in *inst) {
	n := in.dst.n
	c.checkIO(n)
	c.repeat(in, func() bool {
		a := c.dstAddr(in)
		c.probeWrite(a, n)
		c.write(a, c.portIn(uint16(c.r[rDX]), n), n)
		c.advance(in, rDI, c.step(n))
		return true
	})
}

func exOUTS(c *CPU, in *inst) {
	n := in.dst.n
	c.checkIO(n)
	c.repeat(in, func() bool {
		c.portOut(uint16(c.r[rDX]), c.read(c.srcAddr(in), n), n)
		c.advance(in, rSI, c.step(n))
		return true
	})
}
