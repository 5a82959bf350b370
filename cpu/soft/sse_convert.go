package soft

// Conversions of SSE and AVX.

// intFrom makes a lane op that converts a signed integer of n bits.
func intFrom(n uint8) laneOp {
	return func(c *CPU, e *floatEnv, _, b uint64) uint64 {
		x := fromInt(int64(sext(b, n)))
		if x.kind == isZero {
			return 0
		}
		return e.pack(e.round(x.neg, x.exp, x.m, 0))
	}
}

// toIntOf makes a conversion to an integer of n bits.
func (c *CPU) toIntOf(e *floatEnv, v uint64, n uint8, truncate bool) uint64 {
	if truncate {
		e.mode = roundZero
	}
	return e.toInt(c.take(e.format, v), uint(n))
}

func exCVTSI2F(f format) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		src := in.second()
		v := c.load(in, src)
		if f == double && (src.n == 32 || v+1<<53 < 1<<54) { // which is exact
			c.setLow(in, b64(float64(int64(sext(v, src.n)))), 64)
			return
		}
		e := c.env(f)
		r := intFrom(src.n)(c, e, 0, v)
		c.settleSSE(e.flags)
		c.setLow(in, r, uint8(f.bits()))
	}
}

// toGeneral converts a scalar to a general register.
func toGeneral(f format, truncate bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		if f == double && truncate && c.mxcsr&(excP<<7) != 0 {
			v := c.loadX(in, &in.src)[0]
			if x := f64(v); plain64(v) && (x > -0x1p31 && x < 0x1p31 || in.dst.n == 64 && x > -0x1p63 && x < 0x1p63) {
				n := int64(x)
				if float64(n) != x {
					c.mxcsr |= excP
				}
				c.store(in, &in.dst, uint64(n))
				return
			}
		}
		e := c.env(f)
		r := c.toIntOf(e, c.loadX(in, &in.src)[0]&mask(uint8(f.bits())), in.dst.n, truncate)
		c.settleSSE(e.flags)
		c.store(in, &in.dst, r)
	}
}

// reformat converts from one format to another.
func (c *CPU) reformat(e *floatEnv, from format, v uint64) uint64 {
	x := c.take(from, v)
	e.denormals(x, num{})
	return e.pack(e.roundTo(x))
}

func exCVTSS2SD(c *CPU, in *inst) {
	c.checkSSE(in)
	v := c.loadX(in, in.second())[0] & 0xffffffff
	if plain32(v) {
		c.setLow(in, b64(float64(f32(v))), 64)
		return
	}
	e := c.env(double)
	r := c.reformat(e, single, v)
	c.settleSSE(e.flags)
	c.setLow(in, r, 64)
}

func exCVTSD2SS(c *CPU, in *inst) {
	c.checkSSE(in)
	e := c.env(single)
	r := c.reformat(e, double, c.loadX(in, in.second())[0])
	c.settleSSE(e.flags)
	c.setLow(in, r, 32)
}

// convert4 converts four 32-bit lanes.
func convert4(f format, op func(c *CPU, e *floatEnv, v uint64) uint64) func(*CPU, *inst) {
	return packedF1(f, func(c *CPU, e *floatEnv, _, b uint64) uint64 { return op(c, e, b) })
}

// widen makes two 64-bit lanes of two of 32, narrow the other way round.
func widen(op func(c *CPU, e *floatEnv, v uint64) uint64) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		e, v := c.env(double), c.loadX(in, &in.src)
		r := vec256{{op(c, e, v[0]&0xffffffff), op(c, e, v[0]>>32)}}
		if in.isWide() {
			r[1] = vec{op(c, e, v[1]&0xffffffff), op(c, e, v[1]>>32)}
		}
		c.settleSSE(e.flags)
		c.result256(in, r)
	}
}

func narrow(f format, op func(c *CPU, e *floatEnv, v uint64) uint64) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		e, v, r := c.env(f), c.source(in), vec{}
		for i := range r {
			if i == 0 || in.src.kind == opYMM || in.src.n == n256 {
				r[i] = op(c, e, v[i][0]) | op(c, e, v[i][1])<<32
			}
		}
		c.settleSSE(e.flags)
		c.setX(in, r)
	}
}

func toInt32(truncate bool) func(c *CPU, e *floatEnv, v uint64) uint64 {
	return func(c *CPU, e *floatEnv, v uint64) uint64 { return c.toIntOf(e, v, 32, truncate) }
}

func fromInt32(c *CPU, e *floatEnv, v uint64) uint64 { return intFrom(32)(c, e, 0, v) }

func fromSingle(c *CPU, e *floatEnv, v uint64) uint64 { return c.reformat(e, single, v) }
func fromDouble(c *CPU, e *floatEnv, v uint64) uint64 { return c.reformat(e, double, v) }
