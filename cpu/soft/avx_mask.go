package soft

// Memory under a mask: VMASKMOV and the gathers (SDM 2C). What the mask leaves
// out is not touched, and does not fault.

// maskLane says where in a register a lane is: in which half, in which quadword
// of it, and from which bit on.
type maskLane struct {
	half, word int
	shift      uint
}

// laneAt is the place of lane i, if lanes have n bits.
func laneAt(i, n int) maskLane { return maskLane{i * n / 128, i * n / 64 & 1, uint(i * n % 64)} }

func (l maskLane) of(v *vec256, n uint8) uint64 { return v[l.half][l.word] >> l.shift & mask(n) }

func (l maskLane) set(v *vec256, x uint64, n uint8) {
	w := &v[l.half][l.word]
	*w = *w&^(mask(n)<<l.shift) | x<<l.shift
}

// bitsOf is the width of a vector operand.
func (o *operand) bitsOf() int {
	if o.n == n256 {
		return 256
	}
	return int(o.n)
}

// exVMASKMOV moves lanes of n bits whose lane in the mask, the first source,
// has its top bit set. A load makes the others zero, a store leaves them.
func exVMASKMOV(n int) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkAVX()
		m, b := c.loadY(in, &in.src), uint8(n)
		a := c.ea(in)
		on := func(l maskLane) bool { return l.of(&m, b)>>(n-1) != 0 }
		if in.dst.kind != opMem {
			var r vec256
			for i := range in.dst.bitsOf() / n {
				if l := laneAt(i, n); on(l) {
					l.set(&r, c.read(a+uint64(i*n/8), b), b)
				}
			}
			c.setY(in, r)
			return
		}
		v := c.loadY(in, &in.third)
		for i := range in.dst.bitsOf() / n {
			if on(laneAt(i, n)) {
				c.probeWrite(a+uint64(i*n/8), b)
			}
		}
		for i := range in.dst.bitsOf() / n {
			if l := laneAt(i, n); on(l) {
				c.write(a+uint64(i*n/8), l.of(&v, b), b)
			}
		}
	}
}

// gather loads lanes of n bits, each from an address of its own with an index of
// k bits, where the mask's lane has its top bit set. After a fault the lanes
// before it have been loaded, and the mask has the other lanes only (SDM 2C,
// VGATHERDPS). Those keep all their bits, as on AMD's processors; Intel's fill
// them with the top bit.
func gather(n, k int) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkAVX()
		b, index := uint8(n), vec256{c.xmm[in.imm2&15], c.ymm[in.imm2&15]}
		d, m := in.dst.reg&15, in.third.reg&15
		r, todo := vec256{c.xmm[d], c.ymm[d]}, vec256{c.xmm[m], c.ymm[m]}
		count := in.dst.bitsOf() / n
		for i := range count {
			l := laneAt(i, n)
			if l.of(&todo, b)>>(n-1) != 0 {
				at := c.gathered(in, sext(laneAt(i, k).of(&index, uint8(k)), uint8(k)))
				l.set(&r, c.read(at, b), b)
			}
			l.set(&todo, 0, b)
			c.setY(in, r)
			c.xmm[m], c.ymm[m] = todo[0], todo[1]
		}
		switch in.dst.bitsOf() {
		case 64:
			r[0][1] = 0
			fallthrough
		case 128:
			r[1] = vec{}
		}
		c.setY(in, r)
		c.xmm[m], c.ymm[m] = vec{}, vec{}
	}
}

// gathered is the linear address of the lane with an index.
func (c *CPU) gathered(in *inst, index uint64) uint64 {
	a := c.r[in.base&regMask] + index<<(in.scale&3) + in.disp
	if in.addr != 64 {
		a &= mask(in.addr)
	}
	if !c.long && c.segmented {
		c.checkSegment(in, a)
	}
	return a + c.base[in.seg]
}
