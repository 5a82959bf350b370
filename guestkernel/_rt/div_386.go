package runtime

// Division of 64 bits, which a 386 does not have. By shifts and subtraction:
// what uses it is not in a hurry.

func divide(n, d uint64) (q, r uint64) {
	if d == 0 {
		trapDivide()
	}
	if n>>32 == 0 && d>>32 == 0 {
		return uint64(uint32(n) / uint32(d)), uint64(uint32(n) % uint32(d))
	}
	for i := 63; i >= 0; i-- {
		top := r >> 63
		r = r<<1 | n>>uint(i)&1
		if top != 0 || r >= d {
			r -= d
			q |= 1 << uint(i)
		}
	}
	return q, r
}

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
