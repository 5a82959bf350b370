#include "textflag.h"

// What the compiler calls: memory primitives, and the traps at which Go code
// ends. ABI0: arguments and results are on the stack.

TEXT runtime·mapinitnoop(SB),NOSPLIT,$0-0
	RET

// memmove(to, from unsafe.Pointer, n uintptr)
TEXT runtime·memmove(SB),NOSPLIT,$0-12
	MOVL	to+0(FP), DI
	MOVL	from+4(FP), SI
	MOVL	n+8(FP), CX
	MOVL	DI, DX
	SUBL	SI, DX
	CMPL	DX, CX
	JCS	back
	MOVL	CX, DX
	SHRL	$2, CX
	REP; MOVSL
	MOVL	DX, CX
	ANDL	$3, CX
	REP; MOVSB
	RET
back:
	TESTL	DX, DX
	JEQ	done
	LEAL	-1(DI)(CX*1), DI
	LEAL	-1(SI)(CX*1), SI
	STD
	REP; MOVSB
	CLD
done:
	RET

// memclrNoHeapPointers(p unsafe.Pointer, n uintptr)
TEXT runtime·memclrNoHeapPointers(SB),NOSPLIT,$0-8
	MOVL	p+0(FP), DI
	MOVL	n+4(FP), DX
	XORL	AX, AX
	MOVL	DX, CX
	SHRL	$2, CX
	REP; STOSL
	MOVL	DX, CX
	ANDL	$3, CX
	REP; STOSB
	RET

// memequal(a, b unsafe.Pointer, n uintptr) bool, with n in a closure
TEXT runtime·memequal_varlen(SB),NOSPLIT,$0-9
	MOVL	a+0(FP), SI
	MOVL	b+4(FP), DI
	MOVL	4(DX), CX
	CMPL	AX, AX			// equal, if there is nothing to compare
	REP; CMPSB
	SETEQ	ret+8(FP)
	RET
TEXT runtime·memequal(SB),NOSPLIT,$0-13
	MOVL	a+0(FP), SI
	MOVL	b+4(FP), DI
	MOVL	n+8(FP), CX
	CMPL	AX, AX
	REP; CMPSB
	SETEQ	ret+12(FP)
	RET

// divideLong(high, low, d uint32) (q, r uint32)
TEXT runtime·divideLong(SB),NOSPLIT,$0-20
	MOVL	high+0(FP), DX
	MOVL	low+4(FP), AX
	DIVL	d+8(FP)
	MOVL	AX, q+12(FP)
	MOVL	DX, r+16(FP)
	RET

// ---------------------------------------------------------------- traps

#define TRAP(name, code) \
TEXT name(SB),NOSPLIT|NOFRAME,$0-0; \
	PUSHL	$code; \
	JMP	runtime·trapcommon(SB)

TRAP(runtime·panicBounds, 1)
TRAP(runtime·panicExtend, 1)
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
TRAP(runtime·morestack, 4)
TRAP(runtime·morestack_noctxt, 4)

GLOBL runtime·tregs(SB), NOPTR, $144
GLOBL runtime·tstack(SB), NOPTR, $8192
GLOBL runtime·tg(SB), NOPTR, $64

// 0(SP) = code, 4(SP) = PC after the call. The words of Regs have 64 bits.
TEXT runtime·trapcommon(SB),NOSPLIT|NOFRAME,$0-0
	MOVL	AX, runtime·tregs+0(SB)
	MOVL	CX, runtime·tregs+8(SB)
	MOVL	DX, runtime·tregs+16(SB)
	MOVL	BX, runtime·tregs+24(SB)
	LEAL	8(SP), AX
	MOVL	AX, runtime·tregs+32(SB)
	MOVL	BP, runtime·tregs+40(SB)
	MOVL	SI, runtime·tregs+48(SB)
	MOVL	DI, runtime·tregs+56(SB)
	MOVL	0(SP), AX
	MOVL	AX, runtime·tregs+128(SB)
	MOVL	4(SP), AX
	MOVL	AX, runtime·tregs+136(SB)
	LEAL	runtime·tg(SB), AX		// guard 0: never overflows by the check
	MOVL	0(GS), CX
	MOVL	AX, -4(CX)
	LEAL	runtime·tstack+8176(SB), SP
	LEAL	runtime·tregs(SB), AX
	MOVL	AX, 0(SP)
	XORL	BP, BP
	CALL	runtime·kpanic(SB)
	HLT

// ---------------------------------------------------------------- Duff's devices
//
// The compiler jumps into the midst of them: 128 words, each one an instruction
// of one byte, or four of ten.

#define X4(a)	a; a; a; a
#define X16(a)	X4(a); X4(a); X4(a); X4(a)
#define X128(a)	X16(a); X16(a); X16(a); X16(a); X16(a); X16(a); X16(a); X16(a)

// duffzero: AX is 0, DI the place.
TEXT runtime·duffzero(SB),NOSPLIT|NOFRAME,$0-0
	X128(STOSL)
	RET

#define COPY	MOVL (SI), CX; ADDL $4, SI; MOVL CX, (DI); ADDL $4, DI

// duffcopy: from SI to DI.
TEXT runtime·duffcopy(SB),NOSPLIT|NOFRAME,$0-0
	X128(COPY)
	RET
