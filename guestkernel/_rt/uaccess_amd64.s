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

// LoadContexts(ptrs AX, n BX, to CX) got AX copies n pointers, and the word
// that each points to: two words each. Where one is not to be had it stops,
// with the pointer in place if that was read, and 0 if it was not.
TEXT runtime·LoadContexts<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-32
	MOVQ	AX, SI
	LEAQ	(AX)(BX*8), R9
	MOVQ	CX, DI
	LEAQ	runtime·loadCtxPtr(SB), R10	// the linker takes a loop of functions for recursion
	MOVQ	$(USERTOP-8), DX
	CMPQ	SI, R9
	JEQ	loaded
	JMP	runtime·loadCtxPtr(SB)
loaded:
	XORL	AX, AX
	RET
TEXT runtime·loadCtxPtr(SB),NOSPLIT|NOFRAME,$0
	MOVQ	(SI), AX
	CMPQ	AX, DX
	JHI	far
	JMP	runtime·loadCtxWord(SB)
far:
	JMP	runtime·loadCtxFixup(SB)
TEXT runtime·loadCtxWord(SB),NOSPLIT|NOFRAME,$0
	MOVQ	(AX), BX
	MOVQ	AX, 0(DI)
	MOVQ	BX, 8(DI)
	ADDQ	$8, SI
	ADDQ	$16, DI
	CMPQ	SI, R9
	JEQ	all
	JMP	R10
all:
	MOVQ	DI, AX
	SUBQ	CX, AX
	SHRQ	$4, AX
	RET
TEXT runtime·loadPtrFixup(SB),NOSPLIT|NOFRAME,$0
	XORL	AX, AX
	JMP	runtime·loadCtxFixup(SB)
TEXT runtime·loadCtxFixup(SB),NOSPLIT|NOFRAME,$0
	MOVQ	AX, 0(DI)
	MOVQ	DI, AX
	SUBQ	CX, AX
	SHRQ	$4, AX
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
DATA runtime·fixups+80(SB)/8, $runtime·loadCtxPtr(SB)
DATA runtime·fixups+88(SB)/8, $runtime·loadPtrFixup(SB)
DATA runtime·fixups+96(SB)/8, $runtime·loadCtxWord(SB)
DATA runtime·fixups+104(SB)/8, $runtime·loadCtxFixup(SB)
DATA runtime·fixups+112(SB)/8, $0
DATA runtime·fixups+120(SB)/8, $0
GLOBL runtime·fixups(SB), NOPTR|RODATA, $128

// Fixup(i AX) (at AX, to BX): entry i of the table; at is 0 at its end.
TEXT runtime·Fixup<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-24
	LEAQ	runtime·fixups(SB), CX
	SHLQ	$4, AX
	MOVQ	8(CX)(AX*1), BX
	MOVQ	0(CX)(AX*1), AX
	RET
