package kvm

import "fmt"

// Report is what a host's KVM can do, as tiny guests found it: see [Probe].
type Report struct {
	// Err is why there is no usable KVM; the rest is zero then.
	Err error

	APIVersion  int
	LongMode    bool // 64-bit code in ring 0 runs, and its HLT comes out
	Protected32 bool // 32-bit protected mode runs, and gets to long mode
	Paging32    bool // 32-bit protected mode with paging runs
	User32      bool // 32-bit code runs in ring 3 of a 64-bit guest
	Ring3       bool // IRETQ enters ring 3, and an exception there comes back
	Syscall     bool // SYSCALL from ring 3 arrives in ring 0
	Sysret      bool // SYSRET returns to 64-bit code in ring 3
	Sysret32    bool // SYSRET returns to 32-bit code in ring 3
	Int80       bool // INT 0x80 from ring 3 arrives in ring 0
	IntRing0    bool // INT n in ring 0
	SSE         bool // SSE arithmetic works in ring 0
	SSE32       bool // SSE arithmetic works in 32-bit code in ring 3
	XSave       bool // XGETBV, XSETBV, XSAVE and XRSTOR work in ring 0
	Interrupts  bool // an interrupt goes in and its IRETQ comes back
	SingleStep  bool // one instruction at a time
	TSCFrom0    bool // the time-stamp counter starts at 0 with the vCPU
	// About how many instructions a second are executed in ring 0, in ring 3,
	// and in ring 3 by 32-bit code.
	Ring0Rate, Ring3Rate, User32Rate float64
}

// nativeRate is the rate below which code is certainly interpreted: some ten
// times more than interpreting KVMs reach, some ten times less than processors.
const nativeRate = 50e6

// Native reports whether the guest runs on the processor in every ring, with
// nothing missing: where it does, this engine is certainly the better one.
func (r Report) Native() bool {
	for _, l := range r.Lines() {
		if !l.OK {
			return false
		}
	}
	return true
}

// quirks are the words for the guest kernel's command line: see cpu.Caps.
func (r Report) quirks() []string {
	var words []string
	if r.Sysret {
		words = append(words, "sysret")
	}
	if !r.XSave {
		words = append(words, "noxsave")
	}
	return words
}

// Line is one line of a report, for people.
type Line struct {
	Feature string
	OK      bool
	// Note says more: the value, or what follows from the lack of it.
	Note string
}

// Lines is the report for people.
func (r Report) Lines() []Line {
	if r.Err != nil {
		return []Line{{"KVM", false, r.Err.Error()}}
	}
	lines := []Line{{"KVM", true, fmt.Sprintf("API version %d", r.APIVersion)}}
	for _, l := range []Line{
		{"64-bit ring 0", r.LongMode, "no guest can run"},
		{"32-bit protected mode", r.Protected32, "the machine enters long mode on the guest's behalf; 32-bit kernels need the soft engine"},
		{"32-bit paging", r.Paging32, "no i386 kernels: the soft engine runs them"},
		{"32-bit code in ring 3", r.User32, "no i386 programs"},
		{"ring 3 by IRETQ", r.Ring3, "no user programs"},
		{"SYSCALL", r.Syscall, "it stays in ring 3: the kernel takes system calls from the page fault"},
		{"SYSRET", r.Sysret, "the kernel returns to user mode by IRETQ"},
		{"SYSRET to 32-bit code", r.Sysret32, "the kernel returns to i386 programs by IRETQ"},
		{"INT 0x80", r.Int80, "the kernel takes i386 system calls from #UD"},
		{"INT n in ring 0", r.IntRing0, "the kernel must not use it"},
		{"SSE in ring 0", r.SSE, "the kernel keeps to integer instructions"},
		{"SSE in 32-bit code", r.SSE32, "i386 programs cannot use floating point"},
		{"XSAVE in ring 0", r.XSave, "no AVX for user programs"},
		{"interrupts", r.Interrupts, "no timer, no preemption"},
		{"TSC from 0", r.TSCFrom0, "it is the host's: a guest must count from its first reading"},
		{"single step", r.SingleStep, "the debugger cannot step"},
	} {
		if l.OK {
			l.Note = ""
		}
		lines = append(lines, l)
	}
	for _, l := range []struct {
		feature string
		rate    float64
	}{
		{"ring 0 at full speed", r.Ring0Rate},
		{"ring 3 at full speed", r.Ring3Rate},
		{"32-bit code at full speed", r.User32Rate},
	} {
		native := l.rate >= nativeRate
		note := fmt.Sprintf("about %.1f million instructions a second", l.rate/1e6)
		if !native {
			note += ": it is interpreted"
		}
		lines = append(lines, Line{l.feature, native, note})
	}
	return lines
}
