#include "textflag.h"

// Machine primitives. ABIInternal: arguments in AX BX CX DI SI R8 R9 R10 R11,
// results in the same registers. R14 is g, X15 is zero.

TEXT runtime·Outb<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-3
	MOVL	AX, DX
	MOVL	BX, AX
	OUTB
	RET
TEXT runtime·Inb<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-9
	MOVL	AX, DX
	XORL	AX, AX
	INB
	RET
// Outs(port AX, p BX, n CX)
TEXT runtime·Outs<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-24
	MOVL	AX, DX
	MOVQ	BX, SI
	REP; OUTSB
	RET
TEXT runtime·Rdmsr<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-16
	MOVL	AX, CX
	RDMSR
	SHLQ	$32, DX
	MOVL	AX, AX
	ORQ	DX, AX
	RET
TEXT runtime·Wrmsr<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-16
	MOVL	AX, CX
	MOVQ	BX, AX
	MOVQ	BX, DX
	SHRQ	$32, DX
	WRMSR
	RET
TEXT runtime·Cpuid<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-24
	MOVL	BX, CX
	CPUID
	MOVL	DX, DI
	RET
TEXT runtime·ReadCR2<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	CR2, AX
	RET
TEXT runtime·ReadCR3<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	CR3, AX
	RET
TEXT runtime·WriteCR3<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	AX, CR3
	RET
TEXT runtime·Invlpg<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	INVLPG	(AX)
	RET
// Lgdt(p AX, cs BX, ds CX): loads the GDT and reloads CS by a far return.
TEXT runtime·Lgdt<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-12
	LGDT	(AX)
	MOVW	CX, SS
	XORL	CX, CX
	MOVW	CX, DS
	MOVW	CX, ES
	MOVW	CX, FS
	MOVW	CX, GS
	MOVWLZX	BX, BX
	POPQ	DX		// our return address
	PUSHQ	BX
	PUSHQ	DX
	RETFQ			// far return to the caller
TEXT runtime·Lidt<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	LIDT	(AX)
	RET
TEXT runtime·Ltr<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-2
	LTR	AX
	RET
// Idle waits for an interrupt and lets it in. The shadow of STI keeps one
// that waits already from coming before the HLT.
TEXT runtime·Idle<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-0
	STI
	HLT
	CLI
	RET
// ReadSegs(s AX): the selectors of user mode; null where the kernel's is left.
TEXT runtime·ReadSegs<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	MOVW	DS, CX
	MOVW	CX, 0(AX)
	MOVW	ES, CX
	MOVW	CX, 2(AX)
	MOVW	FS, CX
	MOVW	CX, 4(AX)
	MOVW	GS, CX
	MOVW	CX, 6(AX)
	RET
// LoadSegs(s AX): each is null or fit to be loaded.
TEXT runtime·LoadSegs<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	MOVW	0(AX), CX
	MOVW	CX, DS
	MOVW	2(AX), CX
	MOVW	CX, ES
	MOVW	4(AX), CX
	MOVW	CX, FS
	MOVW	6(AX), CX
	MOVW	CX, GS
	RET
TEXT runtime·Rdtsc<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	RET
TEXT runtime·Fxsave<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	FXSAVE64	(AX)
	RET
TEXT runtime·Fxrstor<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	FXRSTOR64	(AX)
	MOVUPS	runtime·zero16(SB), X15
	RET
// Xsave and Xrstor: the x87, SSE and AVX states (arch.FPU).
TEXT runtime·Xsave<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	AX, BX
	MOVL	$7, AX
	XORL	DX, DX
	XSAVE64	(BX)
	RET
TEXT runtime·Xrstor<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	AX, BX
	MOVL	$7, AX
	XORL	DX, DX
	XRSTOR64	(BX)
	MOVUPS	runtime·zero16(SB), X15
	RET
// EnableXSAVE(components AX): CR4.OSXSAVE, then XCR0.
TEXT runtime·EnableXSAVE<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-4
	MOVQ	CR4, BX
	ORL	$0x40000, BX
	MOVQ	BX, CR4
	XORL	CX, CX
	XORL	DX, DX
	XSETBV
	RET
TEXT runtime·KernelEnd<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	LEAQ	runtime·end(SB), AX
	RET
TEXT runtime·TextEnd<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	LEAQ	runtime·etext(SB), AX
	RET
TEXT runtime·Vector<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-16
	LEAQ	runtime·vectab(SB), CX
	MOVQ	(CX)(AX*8), AX
	RET
TEXT runtime·SyscallEntry<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	LEAQ	runtime·syscallEntry(SB), AX
	RET
TEXT runtime·UserStart<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	LEAQ	runtime·userStart(SB), AX
	RET

// Switch(from AX, to BX). Everything but SP, BP and R14 is dead across a call
// in ABIInternal.
TEXT runtime·Switch<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-16
	MOVQ	SP, 40(AX)
	MOVQ	BP, 48(AX)
	MOVQ	40(BX), SP
	MOVQ	48(BX), BP
	MOVQ	BX, R14
	MOVQ	BX, runtime·curg(SB)
	RET

// StartThread(g AX, fn BX): prepares g so that Switch to it calls fn.
TEXT runtime·StartThread<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-16
	MOVQ	8(AX), CX		// StackHi
	LEAQ	-280(CX), CX		// leave room for the first trap frame
	LEAQ	runtime·threadStart(SB), DX
	MOVQ	DX, 0(CX)
	MOVQ	BX, 8(CX)
	MOVQ	CX, 40(AX)
	MOVQ	$0, 48(AX)
	RET
TEXT runtime·threadStart(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	POPQ	DX			// closure
	CALL	(DX)
	HLT
