package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

// CPUID (SDM 2A): what is announced is what works.

const (
	// leaf 1, EDX
	featFPU, featTSC, featMSR, featPAE = 1 << 0, 1 << 4, 1 << 5, 1 << 6
	featPSE, featCX8, featAPIC         = 1 << 3, 1 << 8, 1 << 9
	featPGE, featCMOV, featPAT         = 1 << 13, 1 << 15, 1 << 16
	featCLFSH, featFXSR                = 1 << 19, 1 << 24
	featSSE, featSSE2                  = 1 << 25, 1 << 26
	featMMX                            = 1 << 23
	featSEP                            = 1 << 11
	// leaf 1, ECX
	featSSE3, featPCLMUL, featSSSE3      = 1 << 0, 1 << 1, 1 << 9
	featCX16, featPOPCNT, featHypervisor = 1 << 13, 1 << 23, 1 << 31
	featSSE41, featSSE42, featMOVBE      = 1 << 19, 1 << 20, 1 << 22
	featAES, featXSAVE, featOSXSAVE      = 1 << 25, 1 << 26, 1 << 27
	featRDRAND                           = 1 << 30
	featFMA, featAVX, featF16C           = 1 << 12, 1 << 28, 1 << 29
	// leaf 7, EBX
	featBMI1, featBMI2, featADX = 1 << 3, 1 << 8, 1 << 19
	featRDSEED                  = 1 << 18
	featAVX2                    = 1 << 5
	featSMEP, featSMAP          = 1 << 7, 1 << 20
	featUMIP                    = 1 << 2
	featNoFCS                   = 1 << 13 // the segments of x87 pointers are not kept
	// leaf 13, subleaf 1, EAX
	featXSAVEOPT, featXSAVEC, featXGETBV1 = 1 << 0, 1 << 1, 1 << 2
	// leaf 0x80000001
	featLAHF64, featLZCNT       = 1 << 0, 1 << 5 // ECX
	featSYSCALL, featNX, feat1G = 1 << 11, 1 << 20, 1 << 26
	featRDTSCP, featLM          = 1 << 27, 1 << 29
)

const (
	maxLeaf    = 13
	maxExtLeaf = 0x80000008
	maxHypLeaf = 0x40000010
)

func words(s string) (v [3]uint32) {
	for i := range v {
		v[i] = binary.LittleEndian.Uint32([]byte(s[4*i:]))
	}
	return v
}

// cpuid is leaf a, and subleaf sub of it: EAX, EBX, ECX, EDX.
func cpuid(a, sub uint32) (r [4]uint32) {
	const brand = "sysindvm software CPU                           "
	switch {
	case a == 0:
		v := words("GenuineIntel")
		return [4]uint32{maxLeaf, v[0], v[2], v[1]}
	case a == 1:
		const family = 6 << 8
		return [4]uint32{family, 8 << 8, // CLFLUSH line of 64 bytes
			featSSE3 | featPCLMUL | featSSSE3 | featCX16 | featSSE41 | featSSE42 | featMOVBE | featPOPCNT | featAES |
				featXSAVE | featRDRAND | featHypervisor | featFMA | featAVX | featF16C,
			featFPU | featPSE | featTSC | featMSR | featPAE | featCX8 | featAPIC | featSEP | featPGE | featCMOV | featPAT |
				featCLFSH | featMMX | featFXSR | featSSE | featSSE2}
	case a == 7 && sub == 0:
		return [4]uint32{0, featBMI1 | featAVX2 | featBMI2 | featADX | featRDSEED | featNoFCS | featSMEP | featSMAP, featUMIP, 0}
	case a == 13 && sub == 0:
		return [4]uint32{xcrAll, 0, uint32(xsaveLength(xcrAll)), 0}
	case a == 13 && sub == 1:
		return [4]uint32{featXSAVEOPT | featXSAVEC | featXGETBV1, 0, 0, 0}
	case a == 13 && sub == 2: // the AVX state
		return [4]uint32{ymmSize, xsaveSize, 0, 0}
	case a == 0x40000000:
		v := words("sysindvmsoft")
		return [4]uint32{maxHypLeaf, v[0], v[1], v[2]}
	case a == maxHypLeaf: // kHz of the TSC and of the APIC timer
		return [4]uint32{1_000_000, 1_000_000, 0, 0}
	case a == 0x80000000:
		return [4]uint32{maxExtLeaf, 0, 0, 0}
	case a == 0x80000001:
		return [4]uint32{0, 0, featLAHF64 | featLZCNT, featSYSCALL | featNX | feat1G | featRDTSCP | featLM}
	case a >= 0x80000002 && a <= 0x80000004:
		for i := range r {
			r[i] = binary.LittleEndian.Uint32([]byte(brand[(a-0x80000002)*16+uint32(i)*4:]))
		}
	case a == maxExtLeaf:
		return [4]uint32{48<<8 | physBits, 0, 0, 0} // linear and physical address bits
	}
	return r
}

func exCPUID(c *CPU, in *inst) {
	leaf := uint32(c.r[rAX])
	r := cpuid(leaf, uint32(c.r[rCX]))
	switch sub := uint32(c.r[rCX]); {
	case leaf == 1:
		if c.cr4&cpu.CR4OSXSAVE != 0 {
			r[2] |= featOSXSAVE
		}
		if c.msr.apicBase&apicOn == 0 {
			r[3] &^= featAPIC
		}
	case leaf == 13 && sub <= 1: // of what is enabled
		r[1] = uint32(xsaveLength(c.xcr0()))
	}
	c.r[rAX], c.r[rBX], c.r[rCX], c.r[rDX] = uint64(r[0]), uint64(r[1]), uint64(r[2]), uint64(r[3])
}
