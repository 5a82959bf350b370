#include "textflag.h"

// What the compiler calls: memory primitives, and the traps at which Go code
// ends. ABIInternal: arguments in AX BX CX DI SI R8 R9, results likewise.

TEXT runtime·mapinitnoop<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-0
	RET

// memmove(to AX, from BX, n CX)
TEXT runtime·memmove<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-24
	MOVQ	AX, DI
	MOVQ	BX, SI
	MOVQ	DI, DX
	SUBQ	SI, DX
	CMPQ	DX, CX
	JCS	back
	MOVQ	CX, DX
	SHRQ	$3, CX
	REP; MOVSQ
	MOVQ	DX, CX
	ANDL	$7, CX
	REP; MOVSB
	RET
back:
	TESTQ	DX, DX
	JEQ	done
	LEAQ	-1(DI)(CX*1), DI
	LEAQ	-1(SI)(CX*1), SI
	STD
	REP; MOVSB
	CLD
done:
	RET

// memclrNoHeapPointers(p AX, n BX)
TEXT runtime·memclrNoHeapPointers<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-16
	MOVQ	AX, DI
	MOVQ	BX, CX
	XORL	AX, AX
	SHRQ	$3, CX
	REP; STOSQ
	MOVQ	BX, CX
	ANDL	$7, CX
	REP; STOSB
	RET

// memequal(a AX, b BX, n CX) bool
TEXT runtime·memequal_varlen<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-17
	MOVQ	8(DX), CX
	JMP	runtime·memequal<ABIInternal>(SB)
TEXT runtime·memequal<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-25
	CMPQ	CX, $8
	JCS	small
loop8:
	MOVQ	(AX), SI
	CMPQ	SI, (BX)
	JNE	neq
	ADDQ	$8, AX
	ADDQ	$8, BX
	SUBQ	$8, CX
	CMPQ	CX, $8
	JCC	loop8
small:
	TESTQ	CX, CX
	JEQ	eq
loop1:
	MOVB	(AX), SI
	CMPB	SI, (BX)
	JNE	neq
	INCQ	AX
	INCQ	BX
	DECQ	CX
	JNE	loop1
eq:
	MOVL	$1, AX
	RET
neq:
	XORL	AX, AX
	RET

// ---------------------------------------------------------------- traps

#define TRAP(name, code) \
TEXT name<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-0; \
	PUSHQ	$code; \
	JMP	runtime·trapcommon(SB)

TRAP(runtime·panicBounds, 1)
TRAP(runtime·panicdivide, 2)
TRAP(runtime·panicshift, 3)
TRAP(runtime·panicwrap, 5)
TRAP(runtime·panicunsafeslicelen, 6)
TRAP(runtime·panicunsafeslicenilptr, 6)
TRAP(runtime·panicunsafestringlen, 6)
TRAP(runtime·panicunsafestringnilptr, 6)
TRAP(runtime·panicdottypeE, 7)
TRAP(runtime·panicdottypeI, 7)
TRAP(runtime·panicnildottype, 7)
TRAP(runtime·panicoverflow, 8)
TRAP(runtime·panicrangestate, 9)
TRAP(runtime·trapPanic, 10)
TRAP(runtime·deferreturn, 11)

// morestack is called as ABI0.
TEXT runtime·morestack(SB),NOSPLIT|NOFRAME,$0-0
	PUSHQ	$4
	JMP	runtime·trapcommon(SB)
TEXT runtime·morestack_noctxt(SB),NOSPLIT|NOFRAME,$0-0
	PUSHQ	$4
	JMP	runtime·trapcommon(SB)

GLOBL runtime·tregs(SB), NOPTR, $144
GLOBL runtime·tstack(SB), NOPTR, $8192
GLOBL runtime·tg(SB), NOPTR, $64

// 0(SP) = code, 8(SP) = PC after the call
TEXT runtime·trapcommon(SB),NOSPLIT|NOFRAME,$0-0
	MOVQ	AX, runtime·tregs+0(SB)
	MOVQ	CX, runtime·tregs+8(SB)
	MOVQ	DX, runtime·tregs+16(SB)
	MOVQ	BX, runtime·tregs+24(SB)
	LEAQ	16(SP), AX
	MOVQ	AX, runtime·tregs+32(SB)
	MOVQ	BP, runtime·tregs+40(SB)
	MOVQ	SI, runtime·tregs+48(SB)
	MOVQ	DI, runtime·tregs+56(SB)
	MOVQ	R8, runtime·tregs+64(SB)
	MOVQ	R9, runtime·tregs+72(SB)
	MOVQ	R10, runtime·tregs+80(SB)
	MOVQ	R11, runtime·tregs+88(SB)
	MOVQ	R12, runtime·tregs+96(SB)
	MOVQ	R13, runtime·tregs+104(SB)
	MOVQ	R14, runtime·tregs+112(SB)
	MOVQ	R15, runtime·tregs+120(SB)
	MOVQ	0(SP), AX
	MOVQ	AX, runtime·tregs+128(SB)
	MOVQ	8(SP), AX
	MOVQ	AX, runtime·tregs+136(SB)
	LEAQ	runtime·tg(SB), R14		// guard 0: never overflows by the check
	LEAQ	runtime·tstack+8176(SB), SP	// with room for kpanic to spill its argument
	LEAQ	runtime·tregs(SB), AX
	XORL	BP, BP
	CALL	runtime·kpanic<ABIInternal>(SB)
	HLT
