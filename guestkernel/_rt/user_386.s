#include "textflag.h"

// The user side: the entry of a program, and the system call.

// A thread's block: Go finds g before the word that GS points to, which holds
// its own address.
GLOBL runtime·utls(SB), NOPTR, $8
GLOBL runtime·udesc(SB), NOPTR, $16 // struct user_desc

#define SYS_SET_THREAD_AREA	243
#define DESC_FLAGS		0x51 // 32 bits, in pages, useable

TEXT runtime·ustart(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	LEAL	runtime·dwarfKeep(SB), AX	// for the linker's DWARF only
	MOVL	SP, SI
	LEAL	runtime·ug(SB), CX
	LEAL	-60000(SP), AX
	MOVL	AX, 8(CX)
	LEAL	runtime·utls+4(SB), DX
	MOVL	CX, -4(DX)
	MOVL	DX, 0(DX)
	LEAL	runtime·udesc(SB), BX
	MOVL	$-1, 0(BX)
	MOVL	DX, 4(BX)
	MOVL	$0xfffff, 8(BX)
	MOVL	$DESC_FLAGS, 12(BX)
	MOVL	$SYS_SET_THREAD_AREA, AX
	INT	$0x80
	MOVL	0(BX), AX
	SHLL	$3, AX
	ORL	$3, AX
	MOVW	AX, GS
	XORL	BP, BP
	SUBL	$16, SP
	MOVL	SI, 0(SP)
	CALL	runtime·umain(SB)
	UNDEF

// Syscall6(n, a, b, c, d, e, f uintptr) uintptr
TEXT runtime·Syscall6(SB),NOSPLIT,$0-32
	MOVL	n+0(FP), AX
	MOVL	a+4(FP), BX
	MOVL	b+8(FP), CX
	MOVL	c+12(FP), DX
	MOVL	d+16(FP), SI
	MOVL	e+20(FP), DI
	MOVL	f+24(FP), BP
	INT	$0x80
	MOVL	AX, ret+28(FP)
	RET
