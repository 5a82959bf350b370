//go:build freestanding

package main

import (
	"sysindvm/guestkernel/user/ulib"
	"sysindvm/syscalls"
)

// What the kernel does for a program.

// calls makes the shortest system call.
func calls() (sum uint64) {
	first := ulib.Call(ulib.SysGetpid, 0, 0, 0)
	for range 50_000 {
		sum += uint64(1 + ulib.Call(ulib.SysGetpid, 0, 0, 0) - first)
	}
	return sum
}

// faults maps memory, touches each page of it, and unmaps it.
func faults() (sum uint64) {
	const pages, size = 64, 64 * 4096
	for range 128 {
		at := ulib.Syscall6(ulib.SysMmap, 0, size, syscalls.PROT_READ|syscalls.PROT_WRITE,
			syscalls.MAP_PRIVATE|syscalls.MAP_ANONYMOUS, ^uintptr(0), 0)
		if int(at) < 0 && int(at) >= -4095 {
			return 0
		}
		b := ulib.Memory(at, size)
		for i := range pages {
			b[i*4096]++
			sum += uint64(b[i*4096])
		}
		if ulib.Call(ulib.SysMunmap, at, size, 0) != 0 {
			return 0
		}
	}
	return sum
}
