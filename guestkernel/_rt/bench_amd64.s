#include "textflag.h"

// For the program that measures: what memmove does not use forwards.

// movsb(to AX, from BX, n CX)
TEXT runtime·movsb<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-24
	MOVQ	AX, DI
	MOVQ	BX, SI
	REP; MOVSB
	RET
