package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// Quick ways of SSE: moves, and arithmetic on doubles where the host's own
// does the same (see hostWill).

// sse reports whether SSE instructions may be executed.
func (c *CPU) sse() bool {
	return c.cr0&(cpu.CR0EM|cpu.CR0TS) == 0 && c.cr4&cpu.CR4OSFXSR != 0
}

const xmmMask = 15 // spares the check of an index

func movXX(c *CPU, in *inst) *inst {
	if !c.sse() {
		return nil
	}
	c.xmm[in.dst.reg&xmmMask] = c.xmm[in.src.reg&xmmMask]
	return in.then
}

func xorXX(c *CPU, in *inst) *inst {
	if !c.sse() {
		return nil
	}
	a, b := &c.xmm[in.dst.reg&xmmMask], &c.xmm[in.src.reg&xmmMask]
	a[0], a[1] = a[0]^b[0], a[1]^b[1]
	return in.then
}

func movsdXX(c *CPU, in *inst) *inst {
	if !c.sse() {
		return nil
	}
	c.xmm[in.dst.reg&xmmMask][0] = c.xmm[in.src.reg&xmmMask][0]
	return in.then
}

// ---- memory: what is loaded clears the rest of the register

func movqXM(c *CPU, in *inst) *inst {
	v, ok := c.load64(c.ea64(in))
	if !ok || !c.sse() {
		return nil
	}
	c.xmm[in.dst.reg&xmmMask] = vec{v}
	return in.then
}

func movqMX(c *CPU, in *inst) *inst {
	if !c.sse() || !c.store64(c.ea64(in), c.xmm[in.src.reg&xmmMask][0]) {
		return nil
	}
	return in.then
}

func movdXM(c *CPU, in *inst) *inst {
	v, ok := c.load32(c.ea64(in))
	if !ok || !c.sse() {
		return nil
	}
	c.xmm[in.dst.reg&xmmMask] = vec{v}
	return in.then
}

func movdMX(c *CPU, in *inst) *inst {
	if !c.sse() || !c.store32(c.ea64(in), c.xmm[in.src.reg&xmmMask][0]) {
		return nil
	}
	return in.then
}

func movuXM(c *CPU, in *inst) *inst {
	f, at, ok := c.readable(c.ea64(in), 16)
	if !ok || !c.sse() {
		return nil
	}
	c.xmm[in.dst.reg&xmmMask] = vec{binary.LittleEndian.Uint64(f[at:]), binary.LittleEndian.Uint64(f[at+8:])}
	return in.then
}

func movuMX(c *CPU, in *inst) *inst {
	f, at, ok := c.writable(c.ea64(in), 16)
	if !ok || !c.sse() {
		return nil
	}
	v := &c.xmm[in.src.reg&xmmMask]
	binary.LittleEndian.PutUint64(f[at:], v[0])
	binary.LittleEndian.PutUint64(f[at+8:], v[1])
	return in.then
}

// ---- arithmetic

// doubles reports whether the host's arithmetic will do.
func (c *CPU) doubles() bool { return c.hostWill() && c.sse() }

// exactSum reports whether the host's result r of plain numbers is that of the
// instruction: no overflow, no underflow. A zero is exact in a sum.
func exactSum(a, b, r uint64) bool {
	return plain64(a) && plain64(b) && (r>>52&0x7ff-2 < 0x7fd || r<<1 == 0)
}

// exactProduct is exactSum for products and quotients.
func exactProduct(a, b, r uint64) bool {
	return plain64(a) && plain64(b) && r>>52&0x7ff-2 < 0x7fd
}

func addsdXX(c *CPU, in *inst) *inst {
	a, b := &c.xmm[in.dst.reg&xmmMask][0], c.xmm[in.src.reg&xmmMask][0]
	r := b64(f64(*a) + f64(b))
	if !c.doubles() || !exactSum(*a, b, r) {
		return nil
	}
	*a = r
	return in.then
}

func addsdXM(c *CPU, in *inst) *inst {
	a := &c.xmm[in.dst.reg&xmmMask][0]
	b, ok := c.load64(c.ea64(in))
	r := b64(f64(*a) + f64(b))
	if !ok || !c.doubles() || !exactSum(*a, b, r) {
		return nil
	}
	*a = r
	return in.then
}

func subsdXX(c *CPU, in *inst) *inst {
	a, b := &c.xmm[in.dst.reg&xmmMask][0], c.xmm[in.src.reg&xmmMask][0]
	r := b64(f64(*a) - f64(b))
	if !c.doubles() || !exactSum(*a, b, r) {
		return nil
	}
	*a = r
	return in.then
}

func subsdXM(c *CPU, in *inst) *inst {
	a := &c.xmm[in.dst.reg&xmmMask][0]
	b, ok := c.load64(c.ea64(in))
	r := b64(f64(*a) - f64(b))
	if !ok || !c.doubles() || !exactSum(*a, b, r) {
		return nil
	}
	*a = r
	return in.then
}

func mulsdXX(c *CPU, in *inst) *inst {
	a, b := &c.xmm[in.dst.reg&xmmMask][0], c.xmm[in.src.reg&xmmMask][0]
	r := b64(f64(*a) * f64(b))
	if !c.doubles() || !exactProduct(*a, b, r) {
		return nil
	}
	*a = r
	return in.then
}

func mulsdXM(c *CPU, in *inst) *inst {
	a := &c.xmm[in.dst.reg&xmmMask][0]
	b, ok := c.load64(c.ea64(in))
	r := b64(f64(*a) * f64(b))
	if !ok || !c.doubles() || !exactProduct(*a, b, r) {
		return nil
	}
	*a = r
	return in.then
}

func divsdXX(c *CPU, in *inst) *inst {
	a, b := &c.xmm[in.dst.reg&xmmMask][0], c.xmm[in.src.reg&xmmMask][0]
	r := b64(f64(*a) / f64(b))
	if !c.doubles() || !exactProduct(*a, b, r) {
		return nil
	}
	*a = r
	return in.then
}

func divsdXM(c *CPU, in *inst) *inst {
	a := &c.xmm[in.dst.reg&xmmMask][0]
	b, ok := c.load64(c.ea64(in))
	r := b64(f64(*a) / f64(b))
	if !ok || !c.doubles() || !exactProduct(*a, b, r) {
		return nil
	}
	*a = r
	return in.then
}

// comisd compares plain numbers, which raises nothing.
func (c *CPU) comisd(in *inst, a, b uint64) *inst {
	f := c.eflags &^ arithFlags
	switch x, y := f64(a), f64(b); {
	case x == y:
		f |= cpu.FlagZF
	case x < y:
		f |= cpu.FlagCF
	}
	c.lazy, c.eflags = false, f
	return in.then
}

func comisdXX(c *CPU, in *inst) *inst {
	a, b := c.xmm[in.dst.reg&xmmMask][0], c.xmm[in.src.reg&xmmMask][0]
	if !c.doubles() || !plain64(a) || !plain64(b) {
		return nil
	}
	return c.comisd(in, a, b)
}

func comisdXM(c *CPU, in *inst) *inst {
	a := c.xmm[in.dst.reg&xmmMask][0]
	b, ok := c.load64(c.ea64(in))
	if !ok || !c.doubles() || !plain64(a) || !plain64(b) {
		return nil
	}
	return c.comisd(in, a, b)
}
