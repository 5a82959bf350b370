//go:build freestanding

// boot32 is the 32-bit PVH entry of the kernel image: it builds the boot page
// tables (the first GiB at 0 and at -2 GiB), turns long mode on and jumps to
// the kernel. The code is boot_386.s in the replacement runtime.
package main

import _ "unsafe"

//go:linkname kpanic runtime.kpanic
func kpanic(r *[18]uint64) {
	for {
	}
}

func main() {}
