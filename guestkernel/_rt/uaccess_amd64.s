#include "textflag.h"

#define USERTOP 0x7ffffffff000

// Access to user memory, the only one there is. Each instruction that may
// fault stands first in a function of its own, so that its address is a
// symbol; when the page fault handler can do nothing, it goes on at the fixup
// that fixups names for it. The callers have checked that the addresses are
// in user space.

// CopyUser(dst AX, src BX, n CX) left AX
TEXT runtime·CopyUser<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-32
	MOVQ	AX, DI
	MOVQ	BX, SI
	MOVQ	CX, DX
	SHRQ	$3, CX
	JMP	runtime·copyWords(SB)
TEXT runtime·copyWords(SB),NOSPLIT|NOFRAME,$0
	REP; MOVSQ
	MOVQ	DX, CX
	ANDL	$7, CX
	JMP	runtime·copyBytes(SB)
TEXT runtime·copyWordsFixup(SB),NOSPLIT|NOFRAME,$0
	// What is left of the words may be half accessible: go on bytewise.
	SHLQ	$3, CX
	ANDL	$7, DX
	ADDQ	DX, CX
	JMP	runtime·copyBytes(SB)
TEXT runtime·copyBytes(SB),NOSPLIT|NOFRAME,$0
	REP; MOVSB
	XORL	AX, AX
	RET
TEXT runtime·copyBytesFixup(SB),NOSPLIT|NOFRAME,$0
	MOVQ	CX, AX
	RET

// ClearUser(dst AX, n BX) left AX
TEXT runtime·ClearUser<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-24
	MOVQ	AX, DI
	MOVQ	BX, CX
	XORL	AX, AX
	JMP	runtime·clearBytes(SB)
TEXT runtime·clearBytes(SB),NOSPLIT|NOFRAME,$0
	REP; STOSB
	RET

// LoadUser64(addr AX) (v AX, ok BX) and LoadUser32 fault in their first
// instruction.
TEXT runtime·LoadUser64<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-17
	MOVQ	(AX), AX
	MOVL	$1, BX
	RET
TEXT runtime·LoadUser32<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-13
	MOVL	(AX), AX
	MOVL	$1, BX
	RET
TEXT runtime·loadFixup(SB),NOSPLIT|NOFRAME,$0
	XORL	AX, AX
	XORL	BX, BX
	RET

// SetContexts(ptrs AX, n BX, now CX, saved DI, fast SI, off R8) (done AX, top
// BX): see package arch. R15 is where a context is, R11 its first word, R12 its
// kind, and then where its words are, R13 what was there.
TEXT runtime·SetContexts<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-64
	MOVQ	AX, R9
	LEAQ	(AX)(BX*8), BX
	MOVQ	$(USERTOP-16), DX
	LEAQ	runtime·contextPtr(SB), R10	// the linker takes a loop of functions for recursion
	JMP	runtime·contextPtr(SB)
TEXT runtime·contextPtr(SB),NOSPLIT|NOFRAME,$0
	MOVQ	(AX), R15
	CMPQ	R15, DX
	JHI	stop
	JMP	runtime·contextWord(SB)
stop:
	JMP	runtime·contextStop(SB)
TEXT runtime·contextWord(SB),NOSPLIT|NOFRAME,$0
	MOVQ	(R15), R11
	MOVL	R11, R12
	CMPL	R12, $16
	JAE	stop
	TESTQ	R11, 0(SI)(R12*8)
	JNE	stop
	MOVQ	256(SI), R13
	BTQ	R12, R13
	JCS	more
	LEAQ	(R12)(R12*2), R12
	MOVQ	(CX)(R12*8), R13
	MOVQ	R11, (CX)(R12*8)
	LEAQ	(R8)(R12*8), R12
	MOVQ	R12, 0(DI)
	MOVQ	R13, 8(DI)
	ADDQ	$16, DI
	ADDQ	$8, AX
	CMPQ	AX, BX
	JEQ	stop
	JMP	R10
more:
	JMP	runtime·contextMore(SB)
stop:
	JMP	runtime·contextStop(SB)
TEXT runtime·contextMore(SB),NOSPLIT|NOFRAME,$0
	MOVQ	8(R15), R15
	TESTQ	R15, 128(SI)(R12*8)
	JNE	stop
	LEAQ	(R12)(R12*2), R12
	MOVQ	0(CX)(R12*8), R13
	MOVQ	R11, 0(CX)(R12*8)
	MOVQ	8(CX)(R12*8), R11
	MOVQ	R15, 8(CX)(R12*8)
	LEAQ	(R8)(R12*8), R12
	MOVQ	R12, 0(DI)
	MOVQ	R13, 8(DI)
	ADDQ	$8, R12
	MOVQ	R12, 16(DI)
	MOVQ	R11, 24(DI)
	ADDQ	$32, DI
	ADDQ	$8, AX
	CMPQ	AX, BX
	JEQ	stop
	JMP	R10
stop:
	JMP	runtime·contextStop(SB)
TEXT runtime·contextStop(SB),NOSPLIT|NOFRAME,$0
	SUBQ	R9, AX
	SHRQ	$3, AX
	MOVQ	DI, BX
	RET

DATA runtime·fixups+0(SB)/8, $runtime·copyWords(SB)
DATA runtime·fixups+8(SB)/8, $runtime·copyWordsFixup(SB)
DATA runtime·fixups+16(SB)/8, $runtime·copyBytes(SB)
DATA runtime·fixups+24(SB)/8, $runtime·copyBytesFixup(SB)
DATA runtime·fixups+32(SB)/8, $runtime·clearBytes(SB)
DATA runtime·fixups+40(SB)/8, $runtime·copyBytesFixup(SB)
DATA runtime·fixups+48(SB)/8, $runtime·LoadUser64<ABIInternal>(SB)
DATA runtime·fixups+56(SB)/8, $runtime·loadFixup(SB)
DATA runtime·fixups+64(SB)/8, $runtime·LoadUser32<ABIInternal>(SB)
DATA runtime·fixups+72(SB)/8, $runtime·loadFixup(SB)
DATA runtime·fixups+80(SB)/8, $runtime·contextPtr(SB)
DATA runtime·fixups+88(SB)/8, $runtime·contextStop(SB)
DATA runtime·fixups+96(SB)/8, $runtime·contextWord(SB)
DATA runtime·fixups+104(SB)/8, $runtime·contextStop(SB)
DATA runtime·fixups+112(SB)/8, $runtime·contextMore(SB)
DATA runtime·fixups+120(SB)/8, $runtime·contextStop(SB)
DATA runtime·fixups+128(SB)/8, $0
DATA runtime·fixups+136(SB)/8, $0
GLOBL runtime·fixups(SB), NOPTR|RODATA, $144

// Fixup(i AX) (at AX, to BX): entry i of the table; at is 0 at its end.
TEXT runtime·Fixup<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-24
	LEAQ	runtime·fixups(SB), CX
	SHLQ	$4, AX
	MOVQ	8(CX)(AX*1), BX
	MOVQ	0(CX)(AX*1), AX
	RET
