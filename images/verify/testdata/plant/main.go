//go:build freestanding

// A program with one of each violation that the verifier is to find.
package main

import (
	"math/bits"
	_ "unsafe"

	"sysindvm/guestkernel/user/ulib"
)

var five = 5

// dynamic needs an initialiser.
var dynamic = five + 1

var sink [4096]byte
var float, other float64
var word uint64

//go:linkname umain runtime.umain
func umain(sp uintptr) {
	sink[0] = byte(dynamic) + big(five)
	floats()
	deferred()
	word = uint64(bits.OnesCount64(word)) // POPCNT
	ulib.Exit(0)
}

//go:noinline
func big(n int) byte {
	var frame [4000]byte
	for i := range frame {
		frame[i] = sink[i%n]
	}
	return frame[n]
}

//go:noinline
func floats() { float, other = float*other+1, other/float }

//go:noinline
func deferred() {
	defer ulib.Print("done\n")
	sink[1]++
}

func main() {}
