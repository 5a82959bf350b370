#include "textflag.h"

// What the linker wants of a 386 program that has only the boot stub in it.

TEXT runtime·mapinitnoop(SB),NOSPLIT|NOFRAME,$0-0
	RET
TEXT runtime·morestack(SB),NOSPLIT|NOFRAME,$0-0
	UNDEF
TEXT runtime·morestack_noctxt(SB),NOSPLIT|NOFRAME,$0-0
	UNDEF
TEXT runtime·trapPanic(SB),NOSPLIT|NOFRAME,$0-0
	UNDEF
