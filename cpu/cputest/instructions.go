package cputest

import (
	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// Leaves and bits of CPUID that a guest of this project relies on.
const (
	ecxX2APIC      = 1 << 21
	ecxTSCDeadline = 1 << 24
	ecxHypervisor  = 1 << 31
	edxAPIC        = 1 << 9
	edxSyscall     = 1 << 11
	edxLongMode    = 1 << 29
)

// cpuid executes CPUID in the guest.
func (g *guest) cpuid(leaf uint32) (a, b, c, d uint32) {
	g.Helper()
	g.code(0x0f, 0xa2, 0xf4) // cpuid; hlt
	g.setRegs(cpu.Regs{RAX: uint64(leaf)})
	g.run(cpu.ExitHalt)
	r := g.regs()
	return uint32(r.RAX), uint32(r.RBX), uint32(r.RCX), uint32(r.RDX)
}

var instructionTests = []test{
	{name: "CPUID", run: func(g *guest) {
		_, b, c, d := g.cpuid(1)
		if c&(ecxX2APIC|ecxTSCDeadline) != 0 || c&ecxHypervisor == 0 || d&edxAPIC == 0 || b>>24 != 0 {
			g.Errorf("leaf 1: EBX %#x ECX %#x EDX %#x: want a hypervisor and local APIC 0, without x2APIC and TSC deadline", b, c, d)
		}
		if _, _, _, d = g.cpuid(0x80000001); d&edxLongMode == 0 || d&edxSyscall == 0 {
			g.Errorf("leaf 0x80000001: EDX %#x: want long mode and SYSCALL", d)
		}
		if a, _, _, _ := g.cpuid(0x40000000); a < 0x40000010 {
			g.Errorf("leaf 0x40000000: EAX %#x: want 0x40000010 or more", a)
		}
		a, b, _, _ := g.cpuid(0x40000010)
		g.same("leaf 0x40000010: TSC and local APIC frequency in kHz", []uint64{uint64(a), uint64(b)}, []uint64{g.v.TSCHz() / 1000, 1_000_000})
	}},
	{name: "MSRs from the guest", run: func(g *guest) {
		g.code(
			0x0f, 0x30, // wrmsr
			0xb9, 0x81, 0x00, 0x00, 0xc0, // mov $0xc0000081, %ecx: STAR
			0x31, 0xc0, 0x31, 0xd2, // xor %eax, %eax; xor %edx, %edx
			0x0f, 0x32, // rdmsr
			0xf4)
		g.setMSR(cpu.MSRSTAR, bare.STAR)
		g.setRegs(cpu.Regs{RCX: cpu.MSRLSTAR, RAX: 0x1234, RDX: 0xffff8000})
		g.run(cpu.ExitHalt)
		g.same("LSTAR", must[uint64](g)(g.v.MSR(cpu.MSRLSTAR)), uint64(0xffff8000_00001234))
		r := g.regs()
		g.same("STAR", r.RDX<<32|r.RAX, uint64(bare.STAR))
	}},
	{name: "CR8", run: func(g *guest) {
		g.code(
			0xb8, 5, 0, 0, 0, 0x44, 0x0f, 0x22, 0xc0, // mov $5, %eax; mov %rax, %cr8
			0xb8, 2, 0, 0, 0, 0x44, 0x0f, 0x22, 0xc0, // mov $2, %eax; mov %rax, %cr8
			0x44, 0x0f, 0x20, 0xc3, // mov %cr8, %rbx
			0xf4)
		g.run(cpu.ExitHalt)
		g.same("RBX and CR8", []uint64{g.regs().RBX, g.sregs().CR8}, []uint64{2, 2})
	}},
	{name: "SWAPGS", run: func(g *guest) {
		g.setMSR(cpu.MSRKernelGSBase, bare.Data)
		g.ram[bare.Data+8] = 42
		g.code(0x0f, 0x01, 0xf8, 0x65, 0x8b, 0x04, 0x25, 8, 0, 0, 0, 0xf4) // swapgs; mov %gs:8, %eax; hlt
		g.run(cpu.ExitHalt)
		g.same("RAX", g.regs().RAX, uint64(42))
		g.same("GS base", g.sregs().GS.Base, uint64(bare.Data))
	}},
	{name: "FXSAVE", run: func(g *guest) {
		g.must(g.v.SetFPU(cpu.FPU{FCW: 0x37f, MXCSR: 0x1f80, XMM: [16][16]byte{9: {9, 8, 7}}}))
		g.setRegs(cpu.Regs{RBX: bare.Data})
		g.code(0x48, 0x0f, 0xae, 0x03, 0xf4) // fxsave64 (%rbx); hlt
		g.run(cpu.ExitHalt)
		// XMM registers are at 160 of the image (SDM 1, table 10-2).
		g.same("XMM9 in memory", g.ram[bare.Data+160+9*16:][:4], []byte{9, 8, 7, 0})
	}},
	{name: "SSE in ring 0", needs: SSE, run: func(g *guest) {
		g.must(g.v.SetFPU(cpu.FPU{FCW: 0x37f, MXCSR: 0x1f80, XMM: [16][16]byte{{1, 2, 3}, {4, 2, 0}}}))
		g.code(0x0f, 0x57, 0xc1, 0xf4) // xorps %xmm1, %xmm0; hlt
		g.run(cpu.ExitHalt)
		g.same("XMM0", must[cpu.FPU](g)(g.v.FPU()).XMM[0], [16]byte{5, 0, 3})
	}},
	{name: "SSE in 32-bit code in ring 3", needs: SSE32, run: func(g *guest) {
		g.must(g.v.SetFPU(cpu.FPU{FCW: 0x37f, MXCSR: 0x1f80, XMM: [16][16]byte{{1, 2, 3}, {4, 2, 0}}}))
		g.ring3(0x0f, 0x57, 0xc1, 0x0f, 0x0b) // xorps %xmm1, %xmm0; ud2
		g.setRegs(cpu.Regs{RSP: bare.EnterRing3(g.ram, bare.User32Sel, cpu.FlagR1)})
		g.run(cpu.ExitHalt)
		g.same("XMM0", must[cpu.FPU](g)(g.v.FPU()).XMM[0], [16]byte{5, 0, 3})
	}},
	{name: "SSE in ring 3", run: func(g *guest) {
		g.must(g.v.SetFPU(cpu.FPU{FCW: 0x37f, MXCSR: 0x1f80, XMM: [16][16]byte{{1, 2, 3}, {4, 2, 0}}}))
		g.ring3(0x0f, 0x57, 0xc1, 0x0f, 0x0b) // xorps %xmm1, %xmm0; ud2
		g.run(cpu.ExitHalt)
		g.same("XMM0", must[cpu.FPU](g)(g.v.FPU()).XMM[0], [16]byte{5, 0, 3})
	}},
}
