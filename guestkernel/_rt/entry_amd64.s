#include "textflag.h"

// How the kernel is entered and left: at boot, by an exception or interrupt,
// by SYSCALL. A trap frame is the same for all of them (arch.TrapFrame).

GLOBL runtime·zero16(SB), NOPTR|RODATA, $16
GLOBL runtime·userSP(SB), NOPTR, $8

// kstart is the boot entry: long mode, higher half mapped, DI = start info.
TEXT runtime·kstart(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	LEAQ	runtime·dwarfKeep(SB), AX	// for the linker's DWARF only
	LEAQ	runtime·bootStack+16368(SB), SP	// with room for kmain to spill its argument
	LEAQ	runtime·bootG(SB), R14
	LEAQ	runtime·bootStack(SB), AX
	MOVQ	AX, 0(R14)
	MOVQ	SP, 8(R14)
	ADDQ	$(928+512), AX
	MOVQ	AX, 16(R14)
	MOVQ	AX, 24(R14)
	MOVQ	SP, 32(R14)
	MOVQ	R14, runtime·curg(SB)
	MOVUPS	runtime·zero16(SB), X15
	XORL	BP, BP
	MOVQ	DI, AX
	CALL	runtime·kmain<ABIInternal>(SB)
	HLT

// syscallEntry is where LSTAR points. Interrupts are off (FMASK). There is one
// CPU, so that globals serve where others need SWAPGS.
//
// 1. The user's stack pointer is saved and the task's kernel stack taken.
// 2. The rest of an interrupt's frame is made up, with vector 256.
TEXT runtime·syscallEntry(SB),NOSPLIT|NOFRAME,$0
	MOVQ	SP, runtime·userSP(SB)
	MOVQ	runtime·curg(SB), SP
	MOVQ	32(SP), SP		// g.KTop
	PUSHQ	$0x2b
	PUSHQ	runtime·userSP(SB)
	PUSHQ	R11
	PUSHQ	$0x33
	PUSHQ	CX
	PUSHQ	$0
	PUSHQ	$0x100
	JMP	runtime·trapEntry(SB)

// compatEntry is INT 0x80's gate.
TEXT runtime·compatEntry(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	$0
	PUSHQ	$128
	JMP	runtime·trapEntry(SB)

// sysenterEntry is where SYSENTER goes, of the code that arch.Vsyscall is: BP is
// the user's stack pointer, and what comes after has a fixed address. SP points
// to where the kernel stack is (arch.SetKernelStack). Of the flags, IF is clear.
TEXT runtime·sysenterEntry(SB),NOSPLIT|NOFRAME,$0
	MOVQ	0(SP), SP
	PUSHQ	$0x2b
	MOVL	BP, BP
	PUSHQ	BP
	PUSHFQ
	ORQ	$0x200, 0(SP)
	PUSHQ	$0x23
	PUSHQ	$0
	MOVL	$0xffffe009, 0(SP)	// in arch.Vsyscall
	PUSHQ	$2			// NT, TF, AC and DF are clear in the kernel
	POPFQ
	PUSHQ	$0
	PUSHQ	$129
	JMP	runtime·trapEntry(SB)

// sysenterEntryAddr() AX
TEXT runtime·sysenterEntryAddr<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	LEAQ	runtime·sysenterEntry(SB), AX
	RET

// compatEntryAddr() AX
TEXT runtime·compatEntryAddr<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	LEAQ	runtime·compatEntry(SB), AX
	RET

// trapEntry: 0(SP) = vector, 8(SP) = error code, then the CPU's frame.
//
// 1. The general registers, and those of the X registers that compiled kernel
//    code touches (the verifier sees to it that there are no others).
// 2. What Go code expects: X15 = 0, DF clear, R14 = g.
// 3. ktrap(frame); then the way back.
TEXT runtime·trapEntry(SB),NOSPLIT|NOFRAME,$0
	PUSHQ	AX
	PUSHQ	BX
	PUSHQ	CX
	PUSHQ	DX
	PUSHQ	SI
	PUSHQ	DI
	PUSHQ	BP
	PUSHQ	R8
	PUSHQ	R9
	PUSHQ	R10
	PUSHQ	R11
	PUSHQ	R12
	PUSHQ	R13
	PUSHQ	R14
	PUSHQ	R15
	LEAQ	-48(SP), SP
	MOVUPS	X0, 0(SP)
	MOVUPS	X14, 16(SP)
	MOVUPS	X15, 32(SP)
	MOVUPS	runtime·zero16(SB), X15
	CLD
	MOVQ	runtime·curg(SB), R14
	MOVQ	SP, AX
	TESTB	$3, 192(SP)		// CS: from user mode the chain of frames ends here
	JEQ	kern
	XORL	BP, BP
kern:
	LEAQ	-16(SP), SP		// room for ktrap to spill its argument
	CALL	runtime·ktrap<ABIInternal>(SB)
	LEAQ	16(SP), SP
	JMP	runtime·trapReturn(SB)

// userStart is where a thread begins that has never run: its trap frame is at
// SP, and ktrap sees to what has to be done before user mode.
TEXT runtime·userStart(SB),NOSPLIT|NOFRAME,$0
	MOVUPS	runtime·zero16(SB), X15
	MOVQ	runtime·curg(SB), R14
	MOVQ	SP, AX
	XORL	BP, BP
	LEAQ	-16(SP), SP
	CALL	runtime·ktrap<ABIInternal>(SB)
	LEAQ	16(SP), SP
	JMP	runtime·trapReturn(SB)

// trapReturn: the trap frame is at SP.
TEXT runtime·trapReturn(SB),NOSPLIT|NOFRAME,$0
	MOVUPS	0(SP), X0
	MOVUPS	16(SP), X14
	MOVUPS	32(SP), X15
	LEAQ	48(SP), SP
	POPQ	R15
	POPQ	R14
	POPQ	R13
	POPQ	R12
	POPQ	R11
	POPQ	R10
	POPQ	R9
	POPQ	R8
	POPQ	BP
	POPQ	DI
	POPQ	SI
	POPQ	DX
	POPQ	CX
	POPQ	BX
	POPQ	AX
	CMPQ	0(SP), $0x100
	JNE	iret
	CMPB	runtime·useSysret(SB), $0
	JEQ	iret
	// SYSRET with a RIP that is not canonical faults in ring 0 on Intel CPUs,
	// on the user's stack: such a frame goes by IRETQ.
	MOVQ	16(SP), CX
	MOVQ	$0x7fffffffefff, R11
	CMPQ	CX, R11
	JHI	iret
	MOVQ	32(SP), R11
	MOVQ	40(SP), SP
	BYTE	$0x48; SYSRET
iret:
	LEAQ	16(SP), SP
	IRETQ

// EnterUser(tf AX): never returns
TEXT runtime·EnterUser<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	AX, SP
	JMP	runtime·trapReturn(SB)
