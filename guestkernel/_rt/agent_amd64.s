#include "textflag.h"

// What the agent needs beside Go.

// The handler of signals that scripts can set, and what it returns to. The
// handler runs on whatever stack the task has, in the midst of anything, and
// so is no Go: rt_sigreturn gives all registers back.

#define SYS_GETTID	186
#define SYS_SIGRETURN	15
#define SIGNALS		0x10019000	// wire.SignalsAddr
#define MAXSIGNALS	59		// wire.MaxSignals
#define RECORD		136		// wire.SignalSize
#define HEADER		24		// wire.SignalsHeader

// onSignal(signo DI, siginfo SI, ucontext DX) notes who has had a signal, and
// its siginfo, in the next record. See package wire.
TEXT runtime·onSignal(SB),NOSPLIT|NOFRAME,$0
	MOVL	DI, R8
	MOVL	$SYS_GETTID, AX
	SYSCALL
	MOVL	$SIGNALS, BX
	MOVL	$1, CX
	LOCK
	XADDQ	CX, (BX)
	CMPQ	CX, $MAXSIGNALS
	JAE	full
	IMULQ	$RECORD, CX
	LEAQ	HEADER(BX)(CX*1), DI
	MOVL	AX, (DI)
	MOVL	R8, 4(DI)
	ADDQ	$8, DI
	MOVL	$16, CX			// RECORD-8 bytes
	CLD
	REP; MOVSQ
full:
	RET

TEXT runtime·sigReturn(SB),NOSPLIT|NOFRAME,$0
	MOVL	$SYS_SIGRETURN, AX
	SYSCALL
	UD2

// signalCode() (handler AX, restorer BX)
TEXT runtime·signalCode<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-16
	LEAQ	runtime·onSignal(SB), AX
	LEAQ	runtime·sigReturn(SB), BX
	RET

// int80(n AX, a BX, b CX, c DI, d SI, e R8, f R9) AX is a system call as a
// 32-bit program makes it, from 64-bit code.
TEXT runtime·int80<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-64
	PUSHQ	BP
	MOVQ	DI, DX		// c
	MOVQ	R9, BP		// f
	MOVQ	R8, DI		// e; a, b and d are in BX, CX and SI already
	INT	$0x80
	POPQ	BP
	RET

#define SYS_CLONE	56

// newThread(flags AX, top BX, g CX, arg DI) AX: the new thread calls
// threadMain(arg), which does not return, with g for its stack.
TEXT runtime·newThread<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-40
	MOVQ	CX, R12
	MOVQ	DI, R13
	MOVQ	AX, DI
	MOVQ	BX, SI
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	MOVL	$SYS_CLONE, AX
	SYSCALL
	TESTQ	AX, AX
	JEQ	child
	RET
child:
	MOVQ	R12, R14
	MOVUPS	runtime·zero16(SB), X15
	XORL	BP, BP
	MOVQ	R13, AX
	LEAQ	-16(SP), SP	// room for threadMain to spill its argument
	CALL	runtime·threadMain<ABIInternal>(SB)
	UD2
