//go:build freestanding

package arch

// What some hosts' KVM does otherwise than the SDM says (kvm_pvm: ring 3 runs
// natively, ring 0 in an emulator).

// FixTrap undoes such differences in a trap frame.
//
// SYSCALL in ring 3 sets RIP, RCX and R11 but stays in ring 3, so that the
// fetch at LSTAR faults. The frame becomes the one that syscallEntry would
// have made. No program can bring this about otherwise: a jump to LSTAR from
// user mode looks the same, and is then a system call, which it was free to
// make anyway.
func FixTrap(f *TrapFrame) {
	if f.Vector == VectorPF && f.RIP == lstar && f.FromUser() {
		f.Vector, f.RIP, f.RFLAGS = VectorSyscall, f.CX, f.R11
		return
	}
	// INT n is an undefined instruction there; nowhere else is it one.
	const intN, selector, idt = 0xcd, 8, 2
	if f.Vector == VectorUD && f.FromUser() {
		v, ok := LoadUser32(uintptr(f.RIP))
		switch n := uint64(v >> 8 & 0xff); {
		case !ok || v&0xff != intN:
		case n == VectorCompat:
			f.Vector, f.RIP = VectorCompat, f.RIP+2
		default:
			f.Vector, f.Error = VectorGP, n*selector|idt
		}
	}
}
