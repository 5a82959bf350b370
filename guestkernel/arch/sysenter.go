//go:build freestanding

package arch

import "unsafe"

// Vsyscall is the code by which 32-bit programs may make system calls. Each has it
// in a page above its stack and, where there is SYSENTER, its address from the
// auxiliary vector (AT_SYSINFO). It is Linux's __kernel_vsyscall: SYSENTER does not
// say where it was executed, so that the kernel returns to a fixed place, the first
// pop, whose address the entry code has. The INT 0x80 before that is for calls that
// are made again after a signal.
//
//	push ecx; push edx; push ebp; mov ebp, esp; sysenter; int 0x80
//	pop ebp; pop edx; pop ecx; ret
//
// Behind it is what a signal handler returns to if sigaction was given no restorer:
// a call of sigreturn at OldRestorer, one of rt_sigreturn at NewRestorer.
//
//	pop eax; mov eax, 119; int 0x80
//	mov eax, 173; int 0x80
const Vsyscall = "\x51\x52\x55\x89\xe5\x0f\x34\xcd\x80\x5d\x5a\x59\xc3" + "\x90\x90\x90" +
	"\x58\xb8\x77\x00\x00\x00\xcd\x80" + "\xb8\xad\x00\x00\x00\xcd\x80"

// Where in Vsyscall they begin, in bytes.
const (
	OldRestorer = 16
	NewRestorer = 24
)

// sysenterStack is what SP points into after SYSENTER: to the address of the
// kernel stack. What is below it is for a single step at that very moment.
var sysenterStack struct {
	_   [16]uintptr
	top uintptr
}

// HasSysenter says that there is SYSENTER, for 32-bit code, on this CPU.
var HasSysenter bool

// initSysenter sets the MSRs (SDM 2B, SYSENTER). AMD's processors have it in
// legacy mode only.
func initSysenter() {
	const (
		msrCS, msrESP, msrEIP = 0x174, 0x175, 0x176

		sep  = 1 << 11
		genu = 0x756e6547 // of GenuineIntel
	)
	_, vendor, _, _ := Cpuid(0, 0)
	if _, _, _, d := Cpuid(1, 0); d&sep == 0 || Has64 && vendor != genu {
		return
	}
	HasSysenter = true
	Wrmsr(msrCS, KernelCS)
	Wrmsr(msrESP, uint64(uintptr(unsafe.Pointer(&sysenterStack.top))))
	Wrmsr(msrEIP, uint64(sysenterEntry()))
}
