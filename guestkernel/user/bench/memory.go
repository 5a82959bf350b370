//go:build freestanding

package main

import "unsafe"

// What works on memory.

// What the programs work on, one after the other. Pages of data and other are
// not in the same places of a TLB, which a copy would make useless.
var (
	area struct {
		data  [1 << 20]byte
		apart [5 << 12]byte
		other [1 << 20]byte
	}
	data, other = &area.data, &area.other
	numbers     [1 << 17]uint32
)

// fillText fills b with bytes that a test can make again.
func fillText(b []byte) {
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
}

// digest is Adler-32 of some of the bytes, so that it costs little.
func digest(b []byte) uint64 {
	s, t := uint32(1), uint32(0)
	for i := 0; i < len(b); i += 61 {
		s = (s + uint32(b[i])) % 65521
		t = (t + s) % 65521
	}
	return uint64(t)<<16 | uint64(s)
}

//go:linkname movsb runtime.movsb
func movsb(to, from unsafe.Pointer, n uintptr)

// copyString copies a MiB to and fro with REP MOVSB.
func copyString() uint64 {
	fillText(data[:])
	for i := range 96 {
		n := uintptr(len(data) - i)
		movsb(unsafe.Pointer(other), unsafe.Pointer(data), n)
		movsb(unsafe.Pointer(&data[i]), unsafe.Pointer(other), n)
	}
	return digest(data[:])
}

// copyLoop copies words by a loop.
func copyLoop() uint64 {
	fillText(data[:])
	from := (*[len(data) / 8]uint64)(unsafe.Pointer(data))
	to := (*[len(data) / 8]uint64)(unsafe.Pointer(other))
	for i := range 64 {
		for j := range from {
			to[j] = from[j]
		}
		other[i]++
		from, to = to, from
	}
	return digest(data[:])
}

// sieve finds the primes below a million, by Eratosthenes.
func sieve() uint64 {
	const below = 1_000_000
	clear(data[:])
	for n := 2; n*n < below; n++ {
		if data[n] == 0 {
			for m := n * n; m < below; m += n {
				data[m] = 1
			}
		}
	}
	primes := uint64(0)
	for _, v := range data[2:below] {
		primes += uint64(1 - v)
	}
	return primes
}

// sort sorts numbers by quicksort, and small pieces by insertion.
func sort() (sum uint64) {
	x := uint32(7)
	for i := range numbers {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		numbers[i] = x
	}
	quick(numbers[:])
	for i, v := range &numbers {
		if i > 0 && v < numbers[i-1] {
			return 0
		}
		sum = sum*31 + uint64(v)
	}
	return sum
}

func quick(a []uint32) {
	for len(a) > 12 {
		pivot := a[len(a)/2]
		i, j := 0, len(a)-1
		for i <= j {
			for a[i] < pivot {
				i++
			}
			for a[j] > pivot {
				j--
			}
			if i <= j {
				a[i], a[j] = a[j], a[i]
				i++
				j--
			}
		}
		quick(a[:j+1])
		a = a[i:]
	}
	for i := 1; i < len(a); i++ {
		v, j := a[i], i
		for ; j > 0 && a[j-1] > v; j-- {
			a[j] = a[j-1]
		}
		a[j] = v
	}
}
