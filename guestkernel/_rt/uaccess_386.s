#include "textflag.h"

// Access to user memory, the only one there is: see uaccess_amd64.s.

// CopyUser(dst, src, n) left
TEXT runtime·CopyUser(SB),NOSPLIT|NOFRAME,$0-16
	MOVL	dst+0(FP), DI
	MOVL	src+4(FP), SI
	MOVL	n+8(FP), CX
	MOVL	CX, DX
	SHRL	$2, CX
	JMP	runtime·copyWords(SB)
TEXT runtime·copyWords(SB),NOSPLIT|NOFRAME,$0
	REP; MOVSL
	MOVL	DX, CX
	ANDL	$3, CX
	JMP	runtime·copyBytes(SB)
TEXT runtime·copyWordsFixup(SB),NOSPLIT|NOFRAME,$0
	// What is left of the words may be half accessible: go on bytewise.
	SHLL	$2, CX
	ANDL	$3, DX
	ADDL	DX, CX
	JMP	runtime·copyBytes(SB)
TEXT runtime·copyBytes(SB),NOSPLIT|NOFRAME,$0
	REP; MOVSB
	MOVL	$0, 16(SP)
	RET
TEXT runtime·copyBytesFixup(SB),NOSPLIT|NOFRAME,$0
	MOVL	CX, 16(SP)
	RET

// ClearUser(dst, n) left
TEXT runtime·ClearUser(SB),NOSPLIT|NOFRAME,$0-12
	MOVL	dst+0(FP), DI
	MOVL	n+4(FP), CX
	XORL	AX, AX
	JMP	runtime·clearBytes(SB)
TEXT runtime·clearBytes(SB),NOSPLIT|NOFRAME,$0
	REP; STOSB
	MOVL	$0, 12(SP)
	RET
TEXT runtime·clearBytesFixup(SB),NOSPLIT|NOFRAME,$0
	MOVL	CX, 12(SP)
	RET

// LoadUser64(addr) (v uint64, ok bool)
TEXT runtime·LoadUser64(SB),NOSPLIT|NOFRAME,$0-13
	MOVL	addr+0(FP), AX
	JMP	runtime·loadLow(SB)
TEXT runtime·loadLow(SB),NOSPLIT|NOFRAME,$0
	MOVL	0(AX), CX
	JMP	runtime·loadHigh(SB)
TEXT runtime·loadHigh(SB),NOSPLIT|NOFRAME,$0
	MOVL	4(AX), DX
	MOVL	CX, 8(SP)
	MOVL	DX, 12(SP)
	MOVB	$1, 16(SP)
	RET
TEXT runtime·load64Fixup(SB),NOSPLIT|NOFRAME,$0
	XORL	AX, AX
	MOVL	AX, 8(SP)
	MOVL	AX, 12(SP)
	MOVB	AX, 16(SP)
	RET

// LoadUser32(addr) (v uint32, ok bool)
TEXT runtime·LoadUser32(SB),NOSPLIT|NOFRAME,$0-9
	MOVL	addr+0(FP), AX
	JMP	runtime·load32(SB)
TEXT runtime·load32(SB),NOSPLIT|NOFRAME,$0
	MOVL	0(AX), AX
	MOVL	AX, 8(SP)
	MOVB	$1, 12(SP)
	RET
TEXT runtime·load32Fixup(SB),NOSPLIT|NOFRAME,$0
	XORL	AX, AX
	MOVL	AX, 8(SP)
	MOVB	AX, 12(SP)
	RET

DATA runtime·fixups+0(SB)/4, $runtime·copyWords(SB)
DATA runtime·fixups+4(SB)/4, $runtime·copyWordsFixup(SB)
DATA runtime·fixups+8(SB)/4, $runtime·copyBytes(SB)
DATA runtime·fixups+12(SB)/4, $runtime·copyBytesFixup(SB)
DATA runtime·fixups+16(SB)/4, $runtime·clearBytes(SB)
DATA runtime·fixups+20(SB)/4, $runtime·clearBytesFixup(SB)
DATA runtime·fixups+24(SB)/4, $runtime·loadLow(SB)
DATA runtime·fixups+28(SB)/4, $runtime·load64Fixup(SB)
DATA runtime·fixups+32(SB)/4, $runtime·loadHigh(SB)
DATA runtime·fixups+36(SB)/4, $runtime·load64Fixup(SB)
DATA runtime·fixups+40(SB)/4, $runtime·load32(SB)
DATA runtime·fixups+44(SB)/4, $runtime·load32Fixup(SB)
DATA runtime·fixups+48(SB)/4, $0
DATA runtime·fixups+52(SB)/4, $0
GLOBL runtime·fixups(SB), NOPTR|RODATA, $56

// Fixup(i) (at, to): entry i of the table; at is 0 at its end.
TEXT runtime·Fixup(SB),NOSPLIT|NOFRAME,$0-12
	MOVL	i+0(FP), AX
	LEAL	runtime·fixups(SB), CX
	MOVL	0(CX)(AX*8), DX
	MOVL	DX, at+4(FP)
	MOVL	4(CX)(AX*8), DX
	MOVL	DX, to+8(FP)
	RET
