package soft

import "golang.org/x/arch/x86/x86asm"

// disassemble is an instruction as people read it.
func disassemble(b []byte, pc uint64, long bool) string {
	mode := 32
	if long {
		mode = 64
	}
	in, err := x86asm.Decode(b, mode)
	if err != nil || in.Op == 0 {
		return "(unknown)"
	}
	return x86asm.GNUSyntax(in, pc, nil)
}
