#include "textflag.h"

// The user side: the entry of a program, and the system call.

TEXT runtime·ustart(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	LEAQ	runtime·dwarfKeep(SB), AX	// for the linker's DWARF only
	LEAQ	runtime·ug(SB), R14
	MOVQ	SP, AX
	LEAQ	-60000(SP), CX
	MOVQ	CX, 16(R14)
	MOVUPS	runtime·zero16(SB), X15
	XORL	BP, BP
	LEAQ	-16(SP), SP	// room for umain to spill its argument
	CALL	runtime·umain<ABIInternal>(SB)
	UD2

// Syscall6(n AX, a BX, b CX, c DI, d SI, e R8, f R9) AX
TEXT runtime·Syscall6<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-64
	MOVQ	DI, DX		// c
	MOVQ	BX, DI		// a
	MOVQ	SI, R10		// d
	MOVQ	CX, SI		// b
	SYSCALL			// e and f are in R8 and R9 already
	RET
