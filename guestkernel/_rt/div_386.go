package runtime

// Division of 64 bits, which a 386 does not have: of what it has, or, where the
// divisor has more than 32 bits and the quotient fewer, by shifts and
// subtraction.

func divide(n, d uint64) (q, r uint64) {
	if d == 0 {
		trapDivide()
	}
	if d>>32 == 0 {
		high, rest := uint32(n>>32)/uint32(d), uint32(n>>32)%uint32(d)
		low, rest := divideLong(rest, uint32(n), uint32(d))
		return uint64(high)<<32 | uint64(low), uint64(rest)
	}
	r = n >> 32
	for i := 31; i >= 0; i-- {
		top := r >> 63
		r = r<<1 | n>>uint(i)&1
		if top != 0 || r >= d {
			r -= d
			q |= 1 << uint(i)
		}
	}
	return q, r
}

// divideLong divides 64 bits, of which high is less than d (DIV; mem_386.s).
func divideLong(high, low, d uint32) (q, r uint32)

func trapDivide() { panicdivide() }

func panicdivide()

func uint64div(n, d uint64) uint64 { q, _ := divide(n, d); return q }
func uint64mod(n, d uint64) uint64 { _, r := divide(n, d); return r }

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

func int64div(n, d int64) int64 {
	q, _ := divide(magnitude(n), magnitude(d))
	if n < 0 != (d < 0) {
		return -int64(q)
	}
	return int64(q)
}

func int64mod(n, d int64) int64 {
	_, r := divide(magnitude(n), magnitude(d))
	if n < 0 {
		return -int64(r)
	}
	return int64(r)
}
