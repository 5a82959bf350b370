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
			text = v.instruction(in, addr)
		} else {
			in.Len = 1
		}
		all = append(all, Inst{addr, append([]byte(nil), b[:in.Len]...), text})
		addr += uint64(in.Len)
	}
	return all
}

// instruction writes an instruction with names for the addresses in it: a call
// or jump to a function has the function's name in the place of the address; the
// name of any other place, <name+0x8>, stands behind the instruction.
func (v *View) instruction(in x86asm.Inst, addr uint64) string {
	next := addr + uint64(in.Len)
	var targets []uint64
	for i, a := range in.Args {
		switch a := a.(type) {
		case x86asm.Rel:
			targets = append(targets, next+uint64(int64(a)))
		case x86asm.Mem:
			if in.Mode == 64 && a.Disp > 1<<31-1 && a.Disp < 1<<32 {
				a.Disp = int64(int32(a.Disp)) // which x86asm leaves out
				in.Args[i] = a
			}
			switch {
			case a.Base == x86asm.RIP:
				targets = append(targets, next+uint64(a.Disp))
			case a.Base == 0:
				targets = append(targets, uint64(a.Disp))
			}
		}
	}
	text := strings.ToLower(x86asm.IntelSyntax(in, addr, func(uint64) (string, uint64) { return "", 0 }))
	for _, at := range targets {
		name, off := v.Symbol(at)
		switch where := fmt.Sprintf("%#x", at); {
		case name == "":
		case off == 0 && strings.HasSuffix(text, " "+where):
			text = strings.TrimSuffix(text, where) + name
		case off == 0:
			text += " <" + name + ">"
		default:
			text += fmt.Sprintf(" <%s+%#x>", name, off)
		}
	}
	return text
}
