//go:build freestanding

package main

// SHA-256 (FIPS 180-4) of a text, in plain Go.

var shaK [64]uint32

// roots fills shaK and the first state: the fractions of the cube roots of the first primes, and of the
// square roots.
func roots(h *[8]uint32) {
	n := 0
	for p := uint64(2); n < len(shaK); p++ {
		if !prime(p) {
			continue
		}
		shaK[n] = fraction(p, 3)
		if n < len(h) {
			h[n] = fraction(p, 2)
		}
		n++
	}
}

func prime(p uint64) bool {
	for d := uint64(2); d*d <= p; d++ {
		if p%d == 0 {
			return false
		}
	}
	return true
}

// fraction is the first 32 bits of the fraction of the root of p: by bits,
// from the top.
func fraction(p uint64, degree int) uint32 {
	var root uint64 // with 32 bits of fraction
	for bit := uint64(1) << 36; bit > 0; bit >>= 1 {
		if atMost(root|bit, p, degree) {
			root |= bit
		}
	}
	return uint32(root)
}

// atMost reports whether r to the power degree is at most p, where r has 32
// bits of fraction. Products have 128 bits.
func atMost(r, p uint64, degree int) bool {
	hi, lo := mul64(r, r)
	if degree == 2 {
		return hi < p || hi == p && lo == 0
	}
	// (hi, lo) * r has 96 bits of fraction: what is above them must be less than p.
	h1, l1 := mul64(lo, r)
	h2, l2 := mul64(hi, r)
	mid := l2 + h1
	if mid < l2 {
		h2++
	}
	whole := h2<<32 | mid>>32
	return whole < p || whole == p && mid<<32 == 0 && l1 == 0
}

func mul64(a, b uint64) (hi, lo uint64) {
	const low = 1<<32 - 1
	p := a & low * (b & low)
	q := a>>32*(b&low) + p>>32
	r := a&low*(b>>32) + q&low
	return a>>32*(b>>32) + q>>32 + r>>32, a * b
}

func rotate(x uint32, n uint) uint32 { return x>>n | x<<(32-n) }

// block takes 64 bytes into the hash.
func block(h *[8]uint32, p []byte) {
	var w [64]uint32
	for i := range 16 {
		w[i] = uint32(p[4*i])<<24 | uint32(p[4*i+1])<<16 | uint32(p[4*i+2])<<8 | uint32(p[4*i+3])
	}
	for i := 16; i < 64; i++ {
		x, y := w[i-15], w[i-2]
		w[i] = w[i-16] + w[i-7] + (rotate(x, 7) ^ rotate(x, 18) ^ x>>3) + (rotate(y, 17) ^ rotate(y, 19) ^ y>>10)
	}
	a, b, c, d, e, f, g, k := h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]
	for i := range 64 {
		t := k + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (e&f ^ ^e&g) + shaK[i] + w[i]
		u := (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + (a&b ^ a&c ^ b&c)
		a, b, c, d, e, f, g, k = t+u, a, b, c, d+t, e, f, g
	}
	for i, v := range [8]uint32{a, b, c, d, e, f, g, k} {
		h[i] += v
	}
}

// sha256 is the first 64 bits of the hash of a text of a whole number of
// blocks.
func sha256() uint64 {
	var h [8]uint32
	roots(&h)
	text := data[:1<<19]
	fillText(text)
	for i := 0; i < len(text); i += 64 {
		block(&h, text[i:i+64])
	}
	var last [64]byte // the padding
	last[0] = 0x80
	for i := range 8 {
		last[56+i] = byte(uint64(len(text)) * 8 >> (56 - 8*i))
	}
	block(&h, last[:])
	return uint64(h[0])<<32 | uint64(h[1])
}
