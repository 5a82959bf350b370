//go:build freestanding

// Package ulib is what the guest's own user programs have instead of a C
// library: the system call, and text on a descriptor. Such a program is a
// package main that has umain:
//
//	//go:linkname umain runtime.umain
//	func umain(sp uintptr) { ...; ulib.Exit(0) }
//
// sp is where argc lies on the initial stack; see [Args].
package ulib

import (
	"unsafe"

	"sysindvm/syscalls"
)

// Syscall6 is a system call: a negative errno, as uintptr, is an error.
//
//go:linkname Syscall6 runtime.Syscall6
func Syscall6(nr, a, b, c, d, e, f uintptr) uintptr

// Call is a system call of at most three arguments: a negative errno is an
// error.
func Call(nr int, a, b, c uintptr) int { return int(Syscall6(uintptr(nr), a, b, c, 0, 0, 0)) }

// Addr is the address of b's bytes.
func Addr(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// StrAddr is the address of a string's bytes. Where the kernel wants a string
// it must end with a NUL, "/dev/null\x00".
func StrAddr(s string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(s))) }

// Memory is the n bytes that lie at an address.
func Memory(at uintptr, n int) []byte { return unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), n) }

// Bytes is a string as bytes, which are only read.
func Bytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// Open is open(2) of a path that ends with a NUL.
func Open(path string, flags int) int {
	return Call(SysOpen, StrAddr(path), uintptr(flags), 0)
}

// Close is close(2).
func Close(fd int) int { return Call(SysClose, uintptr(fd), 0, 0) }

// Read is read(2).
func Read(fd int, b []byte) int {
	return Call(SysRead, uintptr(fd), Addr(b), uintptr(len(b)))
}

// Write writes all of b, and says whether it could.
func Write(fd int, b []byte) bool {
	for len(b) > 0 {
		n := Call(SysWrite, uintptr(fd), Addr(b), uintptr(len(b)))
		switch {
		case n > 0:
			b = b[n:]
		case n != -int(syscalls.EINTR):
			return false
		}
	}
	return true
}

// Print writes s to standard output.
func Print(s string) { Write(1, Bytes(s)) }

// Exit ends the program.
func Exit(status int) {
	for {
		Call(SysExitGroup, uintptr(status), 0, 0)
	}
}

// End ends the program, and the machine with its first process. A status
// that is not 0 is left to the kernel to report.
func End(status int) {
	if status == 0 && Call(SysGetpid, 0, 0, 0) == 1 {
		PowerOff()
	}
	Exit(status)
}

// PowerOff is reboot(2) with the command to power off. It returns where that
// is not allowed.
func PowerOff() {
	Call(SysReboot, syscalls.LINUX_REBOOT_MAGIC1, syscalls.LINUX_REBOOT_MAGIC2, syscalls.LINUX_REBOOT_CMD_POWER_OFF)
}

// kpanic is where a failed check of Go's ends: an index out of range and the
// like, by the number that the runtime has for it.
//
//go:linkname kpanic runtime.kpanic
func kpanic(regs *[18]uint64) {
	last.S("panic in a user program: check ").D(int(regs[16])).S(" failed at ").X(regs[17]).S("\n").Flush(2)
	Exit(134) // as a shell reports SIGABRT
}

var last Text // words

// Args are the program's arguments: argument i, without its NUL, nil behind
// the last.
type Args struct{ sp *[1 << 16]*[1 << 20]byte }

// ArgsAt finds the arguments by the stack pointer that umain gets.
func ArgsAt(sp uintptr) Args { return Args{*(**[1 << 16]*[1 << 20]byte)(unsafe.Pointer(&sp))} }

// Arg is argument i.
func (a Args) Arg(i int) []byte {
	if p := a.sp[1+i]; p != nil {
		return p[:CLen(p[:])]
	}
	return nil
}

// CLen is the length of the C string in b.
func CLen(b []byte) int {
	for i, c := range b {
		if c == 0 {
			return i
		}
	}
	return len(b)
}
