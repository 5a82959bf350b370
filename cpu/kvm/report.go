package kvm

import "fmt"

// Report is what a host's KVM can do, as tiny guests found it: see [Probe].
type Report struct {
	// Err is why there is no usable KVM; the rest is zero then.
	Err error

	APIVersion  int
	LongMode    bool // 64-bit code in ring 0 runs, and its HLT comes out
	Protected32 bool // 32-bit protected mode runs
	Ring3       bool // IRETQ enters ring 3, and an exception there comes back
	Syscall     bool // SYSCALL from ring 3 arrives in ring 0
	Sysret      bool // SYSRET returns to ring 3
	Int80       bool // INT 0x80 from ring 3 arrives in ring 0
	SSE         bool // SSE arithmetic works in ring 0
	XSave       bool // XGETBV works in ring 0, and so XSAVE can
	Interrupts  bool // an interrupt goes in and its IRETQ comes back
	SingleStep  bool // one instruction at a time
	// Ring0Rate is about how many instructions a second ring 0 executes, 0 if
	// it executes none.
	Ring0Rate float64
}

// slowRing0 is the rate below which ring 0 is certainly interpreted: some ten
// times more than interpreting KVMs reach, some ten times less than processors.
const slowRing0 = 50e6

// Native reports whether the guest runs on the processor in every ring, with
// nothing missing: where it does, this engine is the better one.
func (r Report) Native() bool {
	return r.Err == nil && r.LongMode && r.Protected32 && r.Ring3 && r.Syscall && r.Sysret &&
		r.Int80 && r.SSE && r.Interrupts && r.Ring0Rate >= slowRing0
}

// quirks are the words for the guest kernel's command line: see cpu.Caps.
func (r Report) quirks() []string {
	if r.Sysret {
		return []string{"sysret"}
	}
	return nil
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
		{"ring 3 by IRETQ", r.Ring3, "no user programs"},
		{"SYSCALL", r.Syscall, "it stays in ring 3: the kernel takes system calls from the page fault"},
		{"SYSRET", r.Sysret, "the kernel returns to user mode by IRETQ"},
		{"INT 0x80", r.Int80, "the kernel takes i386 system calls from #UD"},
		{"SSE in ring 0", r.SSE, "the kernel keeps to integer instructions"},
		{"XSAVE in ring 0", r.XSave, "no AVX for user programs"},
		{"interrupts", r.Interrupts, "no timer, no preemption"},
		{"single step", r.SingleStep, "the debugger cannot step"},
	} {
		if l.OK {
			l.Note = ""
		}
		lines = append(lines, l)
	}
	note := fmt.Sprintf("about %.3g instructions a second", r.Ring0Rate)
	if r.Ring0Rate < slowRing0 {
		note += ": ring 0 is interpreted"
	}
	return append(lines, Line{"ring 0 at full speed", r.Ring0Rate >= slowRing0, note})
}
