#include "textflag.h"

// func call(code uintptr)
// The code keeps the stack pointer and the direction flag, and nothing else.
TEXT ·call(SB), NOSPLIT, $16-8
	MOVQ BP, 8(SP)
	MOVQ code+0(FP), AX
	CALL AX
	MOVQ 8(SP), BP
	RET
