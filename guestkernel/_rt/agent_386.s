#include "textflag.h"

// What the agent needs beside Go: see agent_amd64.s.

#define SYS_GETTID	224
#define SYS_SIGRETURN	119
#define SYS_RT_SIGRETURN 173
#define SIGNALS		0x10019000	// wire.SignalsAddr
#define MAXSIGNALS	59		// wire.MaxSignals
#define RECORD		136		// wire.SignalSize
#define HEADER		24		// wire.SignalsHeader
#define NARROW		0x80000000	// wire.SignalI386

// onSignal has the signal in AX and the siginfo, or 0, in DX. It returns to
// what is on the stack only in name: which of the two ways back is right, DX
// says.
TEXT runtime·onSignal(SB),NOSPLIT|NOFRAME,$0
	MOVL	AX, BP
	MOVL	DX, SI
	MOVL	$SYS_GETTID, AX
	INT	$0x80
	MOVL	$SIGNALS, BX
	MOVL	$1, CX
	LOCK
	XADDL	CX, (BX)
	CMPL	CX, $MAXSIGNALS
	JAE	full
	IMULL	$RECORD, CX
	LEAL	HEADER(BX)(CX*1), DI
	MOVL	AX, (DI)
	ORL	$NARROW, BP
	MOVL	BP, 4(DI)
	TESTL	SI, SI
	JEQ	old
	ADDL	$8, DI
	MOVL	$32, CX			// RECORD-8 bytes
	CLD
	MOVL	SI, DX
	REP; MOVSL
	MOVL	DX, SI
full:
	TESTL	SI, SI
	JEQ	old
	ADDL	$4, SP
	MOVL	$SYS_RT_SIGRETURN, AX
	INT	$0x80
old:
	ADDL	$8, SP
	MOVL	$SYS_SIGRETURN, AX
	INT	$0x80
	UNDEF

TEXT runtime·sigReturn(SB),NOSPLIT|NOFRAME,$0
	UNDEF

// signalCode() (handler, restorer uintptr)
TEXT runtime·signalCode(SB),NOSPLIT,$0-8
	LEAL	runtime·onSignal(SB), AX
	MOVL	AX, handler+0(FP)
	LEAL	runtime·sigReturn(SB), AX
	MOVL	AX, restorer+4(FP)
	RET

// int80 is Syscall6.
TEXT runtime·int80(SB),NOSPLIT|NOFRAME,$0-32
	JMP	runtime·Syscall6(SB)

#define SYS_CLONE	120
#define CLONE_SETTLS	0x80000

// newThread(flags, top uintptr, g *[8]uintptr, arg uintptr) int: the new thread
// calls threadMain(arg), which does not return, with g for its stack. Its
// block and the description of its segment are at the top of the stack.
TEXT runtime·newThread(SB),NOSPLIT,$0-20
	MOVL	flags+0(FP), BX
	ORL	$CLONE_SETTLS, BX
	MOVL	top+4(FP), CX
	SUBL	$64, CX
	MOVL	g+8(FP), AX
	MOVL	AX, 32(CX)		// the block: g, and its own address
	LEAL	36(CX), DX
	MOVL	DX, 36(CX)
	MOVW	GS, AX
	MOVWLZX	AX, AX
	SHRL	$3, AX
	MOVL	AX, 40(CX)		// struct user_desc
	MOVL	DX, 44(CX)
	MOVL	$0xfffff, 48(CX)
	MOVL	$0x51, 52(CX)
	LEAL	40(CX), SI
	MOVL	arg+12(FP), AX
	MOVL	AX, 0(CX)
	XORL	DX, DX
	XORL	DI, DI
	MOVL	$SYS_CLONE, AX
	INT	$0x80
	TESTL	AX, AX
	JEQ	child
	MOVL	AX, ret+16(FP)
	RET
child:
	XORL	BP, BP
	CALL	runtime·threadMain(SB)
	UNDEF
