#include "textflag.h"

// How the kernel is entered and left: at boot, by an exception or interrupt, by
// INT 0x80. A trap frame is the same for all of them (arch.TrapFrame).

#define KERNELDS	0x68
#define KERNELGS	0xd8

// Where Go finds what runs: g is before the word that GS points to, which holds
// its own address.
GLOBL runtime·threadBlock(SB), NOPTR, $8
// The GDT until arch.InitTraps: GS's entry, the second one, is all that counts.
GLOBL runtime·firstGDT(SB), NOPTR, $16
GLOBL runtime·firstGDTR(SB), NOPTR, $8
// The selectors of user mode, while the kernel runs: arch.Segs.
GLOBL runtime·userSegs(SB), NOPTR, $8

// kstart is the boot entry: paging is on, the kernel is mapped where it is
// linked, BX = start info.
TEXT runtime·kstart(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	LEAL	runtime·dwarfKeep(SB), AX	// for the linker's DWARF only
	LEAL	runtime·bootStack+16368(SB), SP
	LEAL	runtime·bootG(SB), CX
	LEAL	runtime·bootStack(SB), AX
	MOVL	AX, 0(CX)
	MOVL	SP, 4(CX)
	ADDL	$(928+512), AX
	MOVL	AX, 8(CX)
	MOVL	AX, 12(CX)
	MOVL	SP, 16(CX)
	MOVL	CX, runtime·threadBlock+0(SB)
	LEAL	runtime·threadBlock+4(SB), AX
	MOVL	AX, runtime·threadBlock+4(SB)
	// The descriptor: its base in three parts.
	LEAL	runtime·firstGDT(SB), DX
	MOVL	AX, CX
	SHLL	$16, CX
	ORL	$0xffff, CX
	MOVL	CX, 8(DX)
	MOVL	AX, CX
	SHRL	$16, CX
	ANDL	$0xff, CX
	ANDL	$0xff000000, AX
	ORL	AX, CX
	ORL	$0x00cf9300, CX
	MOVL	CX, 12(DX)
	LEAL	runtime·firstGDTR(SB), CX
	MOVW	$15, AX
	MOVW	AX, 0(CX)
	MOVL	DX, 2(CX)
	LGDT	(CX)
	MOVL	$8, AX
	MOVW	AX, GS
	XORL	AX, AX
	MOVW	AX, FS
	XORL	BP, BP
	SUBL	$16, SP
	MOVL	BX, 0(SP)
	CALL	runtime·kmain(SB)
	HLT

// compatEntry is INT 0x80's gate.
TEXT runtime·compatEntry(SB),NOSPLIT|NOFRAME,$0
	PUSHL	$0
	PUSHL	$128
	JMP	runtime·trapEntry(SB)

// sysenterEntry is where SYSENTER goes, of the code that arch.Vsyscall is: BP is
// the user's stack pointer, and what comes after has a fixed address. SP points
// to where the kernel stack is (arch.SetKernelStack). Of the flags, IF is clear.
TEXT runtime·sysenterEntry(SB),NOSPLIT|NOFRAME,$0
	MOVL	0(SP), SP
	PUSHL	$0x7b
	PUSHL	BP
	PUSHFL
	ORL	$0x200, 0(SP)
	PUSHL	$0x73
	PUSHL	$0xbffff009	// in arch.Vsyscall
	PUSHL	$2		// NT, TF, AC and DF are clear in the kernel
	POPFL
	PUSHL	$0
	PUSHL	$129
	JMP	runtime·trapEntry(SB)

// sysenterEntryAddr() uintptr
TEXT runtime·sysenterEntryAddr(SB),NOSPLIT|NOFRAME,$0-4
	LEAL	runtime·sysenterEntry(SB), AX
	MOVL	AX, ret+0(FP)
	RET

// compatEntryAddr() uintptr
TEXT runtime·compatEntryAddr(SB),NOSPLIT|NOFRAME,$0-4
	LEAL	runtime·compatEntry(SB), AX
	MOVL	AX, ret+0(FP)
	RET

// Offsets in the trap frame.
#define F_BP		0
#define F_DI		8
#define F_SI		16
#define F_DX		24
#define F_CX		32
#define F_BX		40
#define F_AX		48
#define F_VECTOR	56
#define F_ERROR		64
#define F_IP		72
#define F_CS		80
#define F_FLAGS		88
#define F_SP		96
#define F_SS		104
#define FRAME		112

// FILL makes the frame at F(SP), but for SP and SS, of the registers and of what
// is at H(SP): AX, vector, error code, and the CPU's EIP, CS and EFLAGS. It
// leaves 0 in AX.
#define FILL(F, H) \
	MOVL	BP, (F+F_BP)(SP); \
	MOVL	DI, (F+F_DI)(SP); \
	MOVL	SI, (F+F_SI)(SP); \
	MOVL	DX, (F+F_DX)(SP); \
	MOVL	CX, (F+F_CX)(SP); \
	MOVL	BX, (F+F_BX)(SP); \
	MOVL	(H+0)(SP), AX; \
	MOVL	(H+4)(SP), BX; \
	MOVL	(H+8)(SP), CX; \
	MOVL	(H+12)(SP), DX; \
	MOVWLZX	(H+16)(SP), SI; \
	MOVL	(H+20)(SP), DI; \
	MOVL	AX, (F+F_AX)(SP); \
	MOVL	BX, (F+F_VECTOR)(SP); \
	MOVL	CX, (F+F_ERROR)(SP); \
	MOVL	DX, (F+F_IP)(SP); \
	MOVL	SI, (F+F_CS)(SP); \
	MOVL	DI, (F+F_FLAGS)(SP); \
	XORL	AX, AX; \
	MOVL	AX, (F+F_BP+4)(SP); \
	MOVL	AX, (F+F_DI+4)(SP); \
	MOVL	AX, (F+F_SI+4)(SP); \
	MOVL	AX, (F+F_DX+4)(SP); \
	MOVL	AX, (F+F_CX+4)(SP); \
	MOVL	AX, (F+F_BX+4)(SP); \
	MOVL	AX, (F+F_AX+4)(SP); \
	MOVL	AX, (F+F_VECTOR+4)(SP); \
	MOVL	AX, (F+F_ERROR+4)(SP); \
	MOVL	AX, (F+F_IP+4)(SP); \
	MOVL	AX, (F+F_CS+4)(SP); \
	MOVL	AX, (F+F_FLAGS+4)(SP); \
	MOVL	AX, (F+F_SP+4)(SP); \
	MOVL	AX, (F+F_SS+4)(SP)

// trapEntry: 0(SP) = vector, 4(SP) = error code, then the CPU's frame. SS is the
// kernel's, the other segments are what the program has in them.
//
// From user mode the CPU begins below the place of the trap frame
// (arch.SetKernelStack), which is made of what it has pushed; then that is
// dropped. In the kernel the trap frame goes below it.
TEXT runtime·trapEntry(SB),NOSPLIT|NOFRAME,$0
	CLD
	PUSHL	AX
	TESTB	$3, 16(SP)
	JEQ	kern
	FILL(32, 0)
	MOVL	24(SP), CX
	MOVWLZX	28(SP), DX
	MOVL	CX, (32+F_SP)(SP)
	MOVL	DX, (32+F_SS)(SP)
	ADDL	$32, SP
	MOVW	DS, AX
	MOVW	ES, BX
	MOVL	$KERNELDS, CX
	MOVW	CX, DS
	MOVW	CX, ES
	MOVW	AX, runtime·userSegs+0(SB)
	MOVW	BX, runtime·userSegs+2(SB)
	MOVW	FS, AX
	MOVW	GS, BX
	MOVW	AX, runtime·userSegs+4(SB)
	MOVW	BX, runtime·userSegs+6(SB)
	MOVL	$KERNELGS, CX
	MOVW	CX, GS
	JMP	call
kern:
	SUBL	$FRAME, SP
	FILL(0, FRAME)
	LEAL	(FRAME+24)(SP), CX
	MOVL	CX, F_SP(SP)
	MOVL	$KERNELDS, F_SS(SP)
call:
	MOVL	SP, AX
	SUBL	$16, SP
	MOVL	AX, 0(SP)
	CALL	runtime·ktrap(SB)
	ADDL	$16, SP
	JMP	runtime·trapReturn(SB)

// userStart is where a thread begins that has never run: its trap frame is at
// SP, and ktrap sees to what has to be done before user mode.
TEXT runtime·userStart(SB),NOSPLIT|NOFRAME,$0
	MOVL	SP, AX
	XORL	BP, BP
	SUBL	$16, SP
	MOVL	AX, 0(SP)
	CALL	runtime·ktrap(SB)
	ADDL	$16, SP
	JMP	runtime·trapReturn(SB)

#define LOAD(F) \
	MOVL	(F+F_BP)(SP), BP; \
	MOVL	(F+F_DI)(SP), DI; \
	MOVL	(F+F_SI)(SP), SI; \
	MOVL	(F+F_DX)(SP), DX; \
	MOVL	(F+F_CX)(SP), CX; \
	MOVL	(F+F_BX)(SP), BX; \
	MOVL	(F+F_AX)(SP), AX

// trapReturn: the trap frame is at SP.
TEXT runtime·trapReturn(SB),NOSPLIT|NOFRAME,$0
	TESTB	$3, F_CS(SP)
	JEQ	kern
	PUSHL	F_SS(SP)
	PUSHL	(F_SP+4)(SP)
	PUSHL	(F_FLAGS+8)(SP)
	PUSHL	(F_CS+12)(SP)
	PUSHL	(F_IP+16)(SP)
	MOVW	runtime·userSegs+4(SB), AX
	MOVW	AX, FS
	MOVW	runtime·userSegs+6(SB), AX
	MOVW	AX, GS
	MOVW	runtime·userSegs+0(SB), AX
	MOVW	runtime·userSegs+2(SB), BX
	MOVW	AX, DS
	MOVW	BX, ES
	LOAD(20)
	IRETL
kern:
	// What IRET takes lies above the frame.
	MOVL	F_IP(SP), AX
	MOVL	F_CS(SP), BX
	MOVL	F_FLAGS(SP), CX
	MOVL	AX, (FRAME+12)(SP)
	MOVL	BX, (FRAME+16)(SP)
	MOVL	CX, (FRAME+20)(SP)
	LOAD(0)
	LEAL	(FRAME+12)(SP), SP
	IRETL

// EnterUser(tf): never returns
TEXT runtime·EnterUser(SB),NOSPLIT|NOFRAME,$0-4
	MOVL	tf+0(FP), SP
	JMP	runtime·trapReturn(SB)
