package inspect

import (
	"fmt"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"sysindvm/cpu"
)

// Inst is an instruction in memory.
type Inst struct {
	Addr  uint64
	Bytes []byte
	Text  string // in the notation of the SDM, addresses with names
}

// maxInst is the longest instruction (SDM 2A, 2.3.11).
const maxInst = 15

// Disassemble reads n instructions from an address on, in the mode that the CPU
// is in. What is no instruction is a byte: ".byte 0x06"; the list ends where
// nothing is mapped.
func (v *View) Disassemble(addr uint64, n int) []Inst {
	s, err := v.m.VCPU().Sregs()
	if err != nil {
		return nil
	}
	mode := 16
	switch {
	case s.EFER&cpu.EFERLMA != 0 && s.CS.L:
		mode = 64
	case s.CS.DB:
		mode = 32
	}
	var all []Inst
	for ; n > 0; n-- {
		var b [maxInst]byte
		have := maxInst
		for have > 0 && !v.Read(addr, b[:have]) {
			have--
		}
		if have == 0 {
			break
		}
		in, err := x86asm.Decode(b[:have], mode)
		text := fmt.Sprintf(".byte %#02x", b[0])
		if err == nil && in.Op != 0 && in.Len > 0 {
			text = strings.ToLower(x86asm.IntelSyntax(in, addr, v.symbol))
		} else {
			in.Len = 1
		}
		all = append(all, Inst{addr, append([]byte(nil), b[:in.Len]...), text})
		addr += uint64(in.Len)
	}
	return all
}

// symbol names the function that an address begins, or a variable.
func (v *View) symbol(addr uint64) (string, uint64) {
	if f, ok := v.Func(addr); ok {
		return f.Name, f.Entry
	}
	return "", 0
}
