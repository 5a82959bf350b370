//go:build freestanding

package arch

import "math/bits"

// The clock is the time-stamp counter. ns = (tsc-tsc0) * nsMult / 2^32.
var tsc0, nsMult uint64

// tscHz asks CPUID for the counter's frequency: leaf 0x40000010, which
// hypervisors share (EAX in kHz), else leaf 0x15 (SDM 2A, CPUID).
func tscHz() uint64 {
	if _, _, c, _ := Cpuid(1, 0); c>>31 != 0 {
		if a, _, _, _ := Cpuid(0x40000000, 0); a >= 0x40000010 {
			if khz, _, _, _ := Cpuid(0x40000010, 0); khz != 0 {
				return uint64(khz) * 1000
			}
		}
	}
	if a, _, _, _ := Cpuid(0, 0); a >= 0x15 {
		if den, num, hz, _ := Cpuid(0x15, 0); den != 0 && num != 0 && hz != 0 {
			return uint64(hz) * uint64(num) / uint64(den)
		}
	}
	return 0
}

func initClock() {
	hz := tscHz()
	if hz == 0 {
		// A millisecond of the APIC timer.
		const ticks = apicHz / 1000
		Store32(lapic+lapicTimer, lvtMasked|VectorTimer)
		Store32(lapic+lapicInitial, 0xffffffff)
		t := rdtsc()
		for 0xffffffff-Load32(lapic+lapicCurrent) < ticks {
		}
		n := 0xffffffff - uint64(Load32(lapic+lapicCurrent))
		hz = (rdtsc() - t) * apicHz / n
		Store32(lapic+lapicInitial, 0)
	}
	nsMult = 1_000_000_000 << 32 / max(hz, 1)
	tsc0 = rdtsc()
}

// Now is the time since boot, in nanoseconds.
func Now() uint64 {
	hi, lo := bits.Mul64(rdtsc()-tsc0, nsMult)
	return hi<<32 | lo>>32
}
