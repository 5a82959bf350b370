#include "textflag.h"

// Machine primitives. ABI0: arguments and results are on the stack.

#define KERNELGS	0xd8

TEXT runtime·Outb(SB),NOSPLIT|NOFRAME,$0-3
	MOVWLZX	port+0(FP), DX
	MOVB	v+2(FP), AX
	OUTB
	RET
TEXT runtime·Inb(SB),NOSPLIT|NOFRAME,$0-5
	MOVWLZX	port+0(FP), DX
	XORL	AX, AX
	INB
	MOVB	AX, ret+4(FP)
	RET
TEXT runtime·Outs(SB),NOSPLIT|NOFRAME,$0-12
	MOVWLZX	port+0(FP), DX
	MOVL	p+4(FP), SI
	MOVL	n+8(FP), CX
	REP; OUTSB
	RET
TEXT runtime·Rdmsr(SB),NOSPLIT|NOFRAME,$0-12
	MOVL	msr+0(FP), CX
	RDMSR
	MOVL	AX, ret_lo+4(FP)
	MOVL	DX, ret_hi+8(FP)
	RET
TEXT runtime·Wrmsr(SB),NOSPLIT|NOFRAME,$0-12
	MOVL	msr+0(FP), CX
	MOVL	v_lo+4(FP), AX
	MOVL	v_hi+8(FP), DX
	WRMSR
	RET
TEXT runtime·Cpuid(SB),NOSPLIT|NOFRAME,$0-24
	MOVL	leaf+0(FP), AX
	MOVL	sub+4(FP), CX
	CPUID
	MOVL	AX, a+8(FP)
	MOVL	BX, b+12(FP)
	MOVL	CX, c+16(FP)
	MOVL	DX, d+20(FP)
	RET
TEXT runtime·ReadCR2(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	CR2, AX
	MOVL	AX, ret+0(FP)
	RET
TEXT runtime·ReadCR3(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	CR3, AX
	MOVL	AX, ret+0(FP)
	RET
TEXT runtime·WriteCR3(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	v+0(FP), AX
	MOVL	AX, CR3
	RET
TEXT runtime·Invlpg(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	v+0(FP), AX
	INVLPG	(AX)
	RET
// Lgdt(p, cs, ds): loads the GDT and reloads CS by a far return.
TEXT runtime·Lgdt(SB),NOSPLIT|NOFRAME,$0-8
	MOVL	p+0(FP), AX
	MOVWLZX	cs+4(FP), BX
	MOVWLZX	ds+6(FP), CX
	LGDT	(AX)
	MOVW	CX, SS
	MOVW	CX, DS
	MOVW	CX, ES
	MOVL	$KERNELGS, CX
	MOVW	CX, GS
	POPL	DX		// our return address
	PUSHL	BX
	PUSHL	DX
	RETFL			// far return to the caller
TEXT runtime·Lidt(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	p+0(FP), AX
	LIDT	(AX)
	RET
TEXT runtime·Ltr(SB),NOSPLIT|NOFRAME,$0-2
	MOVWLZX	sel+0(FP), AX
	LTR	AX
	RET
// Idle waits for an interrupt and lets it in. The shadow of STI keeps one
// that waits already from coming before the HLT.
TEXT runtime·Idle(SB),NOSPLIT|NOFRAME,$0-0
	STI
	HLT
	CLI
	RET
// ReadSegs(s) and LoadSegs(s): the selectors of user mode, which the CPU has
// only there.
TEXT runtime·ReadSegs(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	s+0(FP), DX
	MOVL	runtime·userSegs+0(SB), AX
	MOVL	AX, 0(DX)
	MOVL	runtime·userSegs+4(SB), AX
	MOVL	AX, 4(DX)
	RET
TEXT runtime·LoadSegs(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	s+0(FP), DX
	MOVL	0(DX), AX
	MOVL	AX, runtime·userSegs+0(SB)
	MOVL	4(DX), AX
	MOVL	AX, runtime·userSegs+4(SB)
	RET
TEXT runtime·Rdtsc(SB),NOSPLIT|NOFRAME,$0-8
	RDTSC
	MOVL	AX, ret_lo+0(FP)
	MOVL	DX, ret_hi+4(FP)
	RET
TEXT runtime·Fxsave(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	p+0(FP), AX
	FXSAVE	(AX)
	RET
TEXT runtime·Fxrstor(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	p+0(FP), AX
	FXRSTOR	(AX)
	RET
// Xsave and Xrstor: the x87, SSE and AVX states (arch.FPU).
TEXT runtime·Xsave(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	p+0(FP), BX
	MOVL	$7, AX
	XORL	DX, DX
	XSAVE	(BX)
	RET
TEXT runtime·Xrstor(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	p+0(FP), BX
	MOVL	$7, AX
	XORL	DX, DX
	XRSTOR	(BX)
	RET
// EnableXSAVE(components): CR4.OSXSAVE, then XCR0.
TEXT runtime·EnableXSAVE(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	CR4, BX
	ORL	$0x40000, BX
	MOVL	BX, CR4
	MOVL	components+0(FP), AX
	XORL	CX, CX
	XORL	DX, DX
	XSETBV
	RET
TEXT runtime·KernelEnd(SB),NOSPLIT|NOFRAME,$0-4
	LEAL	runtime·end(SB), AX
	MOVL	AX, ret+0(FP)
	RET
TEXT runtime·TextEnd(SB),NOSPLIT|NOFRAME,$0-4
	LEAL	runtime·etext(SB), AX
	MOVL	AX, ret+0(FP)
	RET
TEXT runtime·ThreadBlock(SB),NOSPLIT|NOFRAME,$0-4
	LEAL	runtime·threadBlock+4(SB), AX
	MOVL	AX, ret+0(FP)
	RET
TEXT runtime·Vector(SB),NOSPLIT|NOFRAME,$0-8
	MOVL	i+0(FP), AX
	LEAL	runtime·vectab(SB), CX
	MOVL	(CX)(AX*4), AX
	MOVL	AX, ret+4(FP)
	RET
TEXT runtime·UserStart(SB),NOSPLIT|NOFRAME,$0-4
	LEAL	runtime·userStart(SB), AX
	MOVL	AX, ret+0(FP)
	RET

// Switch(from, to). Everything but SP is dead across a call in ABI0.
TEXT runtime·Switch(SB),NOSPLIT|NOFRAME,$0-8
	MOVL	from+0(FP), AX
	MOVL	to+4(FP), BX
	MOVL	SP, 20(AX)
	MOVL	20(BX), SP
	MOVL	BX, runtime·threadBlock+0(SB)
	RET

// StartThread(g, fn): prepares g so that Switch to it calls fn.
TEXT runtime·StartThread(SB),NOSPLIT|NOFRAME,$0-8
	MOVL	g+0(FP), AX
	MOVL	fn+4(FP), BX
	MOVL	4(AX), CX		// StackHi
	LEAL	-192(CX), CX		// leave room for the first trap frame
	LEAL	runtime·threadStart(SB), DX
	MOVL	DX, 0(CX)
	MOVL	BX, 4(CX)
	MOVL	CX, 20(AX)
	MOVL	$0, 24(AX)
	RET
TEXT runtime·threadStart(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	POPL	DX			// closure
	MOVL	0(DX), AX
	CALL	AX
	HLT
