package kvm

import gokvm "github.com/bobuhiro11/gokvm/kvm"

// Leaves that are removed: what they describe is not this machine's (the
// host's topology) or needs what this engine does not offer (performance
// counters, KVM's paravirtual devices). See SDM 2A, CPUID.
var hiddenLeaves = map[uint32]bool{
	0x05: true, // MONITOR/MWAIT
	0x0a: true, // performance monitoring
	0x0b: true, // extended topology
	0x1f: true, // extended topology, version 2

	gokvm.CPUIDSignature: true, // ours is added below
	gokvm.CPUIDFeatures:  true,
	leafTiming:           true,
}

// leafTiming has the frequencies of the TSC (EAX) and of the local APIC's bus
// (EBX) in kHz; a convention of VMware's that QEMU and Linux know too.
const leafTiming = 0x40000010

// apicBusKHz is the frequency at which the machine's local APIC counts.
const apicBusKHz = 1_000_000

// Bits of leaf 1.
const (
	ecxMonitor     = 1 << 3
	ecxX2APIC      = 1 << 21
	ecxTSCDeadline = 1 << 24
	ecxHypervisor  = 1 << 31
	edxAPIC        = 1 << 9
	edxHTT         = 1 << 28
)

// guestCPUID makes what the guest sees of what KVM supports: one processor,
// with the machine's own local APIC.
func guestCPUID(host gokvm.CPUID, tscHz uint64) gokvm.CPUID {
	var out []gokvm.CPUIDEntry2
	for _, e := range host.Entries {
		if hiddenLeaves[e.Function] {
			continue
		}
		switch e.Function {
		case 1:
			e.Ebx = e.Ebx&0xffff | 1<<16 // local APIC 0 of 1
			e.Ecx = e.Ecx&^(ecxMonitor|ecxX2APIC|ecxTSCDeadline) | ecxHypervisor
			e.Edx = e.Edx&^edxHTT | edxAPIC
		case 0x8000001e: // AMD: extended APIC ID, and topology
			e.Eax, e.Ebx, e.Ecx = 0, 0, 0
		}
		out = append(out, e)
	}
	out = append(out,
		// "KVMKVMKVM\0\0\0" (Documentation/virt/kvm/x86/cpuid.rst), with no features.
		gokvm.CPUIDEntry2{Function: gokvm.CPUIDSignature, Eax: leafTiming, Ebx: 0x4b4d564b, Ecx: 0x564b4d56, Edx: 0x4d},
		gokvm.CPUIDEntry2{Function: gokvm.CPUIDFeatures},
		gokvm.CPUIDEntry2{Function: leafTiming, Eax: uint32(tscHz / 1000), Ebx: apicBusKHz},
	)
	return gokvm.CPUID{Nent: uint32(len(out)), Entries: out}
}
