//go:build freestanding

package main

import (
	_ "unsafe"

	"sysindvm/guestkernel/user/ulib"
)

//go:linkname umain runtime.umain
func umain(sp uintptr) { ulib.End(0) }

func main() {}
