//go:build freestanding

package main

// What needs the processor and little memory.

// integer is a loop of shifts, sums and a branch, all in registers.
func integer() (sum uint64) {
	x := uint64(88172645463325252)
	for range 4_000_000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		if x&1 != 0 {
			sum += x
		}
	}
	return sum
}

const fibOf = 31

// fib makes calls: some 4 million of them.
//
//go:noinline
func fib(n uint64) uint64 {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

// fnv is FNV-1a of 64 bits over text.
func fnv() uint64 {
	text := data[:1<<16]
	fillText(text)
	h := uint64(14695981039346656037)
	for range 128 {
		for _, b := range text {
			h = (h ^ uint64(b)) * 1099511628211
		}
	}
	return h
}

const order = 128

type square [order][order]float64

var ma, mb, mc square

// matrix multiplies matrices.
func matrix() (sum uint64) {
	for i := range order {
		for j := range order {
			ma[i][j] = float64(i+1) / float64(j+2)
			mb[i][j] = float64(j+1) * 0.75 / float64(i+3)
		}
	}
	product(&mc, &ma, &mb)
	product(&ma, &mc, &mb)
	for i := range order {
		s := 0.0
		for j := range order {
			s += ma[i][j]
		}
		sum = sum*31 + uint64(s*1024)
	}
	return sum
}

func product(to, a, b *square) {
	for i := range order {
		for j := range order {
			s := 0.0
			for k := range order {
				s += a[i][k] * b[k][j]
			}
			to[i][j] = s
		}
	}
}
