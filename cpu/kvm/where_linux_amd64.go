package kvm

import (
	"fmt"

	gokvm "github.com/bobuhiro11/gokvm/kvm"
	"golang.org/x/arch/x86/x86asm"

	"sysindvm/cpu"
)

// maxInstruction is the length of the longest instruction (SDM 2A, 2.3.11).
const maxInstruction = 15

// where says for people where the vCPU is: RIP, the bytes there, and what they
// mean.
func (v *vcpu) where() string {
	r, err := v.Regs()
	if err != nil {
		return err.Error()
	}
	s, err := v.Sregs()
	if err != nil {
		return err.Error()
	}
	mode := 16
	switch {
	case s.CS.L && s.EFER&cpu.EFERLMA != 0:
		mode = 64
	case s.CS.DB:
		mode = 32
	}
	at := fmt.Sprintf("RIP %#x, ring %d", r.RIP, s.SS.DPL)
	code := v.code(s.CS.Base + r.RIP)
	if len(code) == 0 {
		return at + ", no memory there"
	}
	inst, err := x86asm.Decode(code, mode)
	if err != nil || inst.Op == 0 {
		return fmt.Sprintf("%s: % x: unknown instruction", at, code)
	}
	return fmt.Sprintf("%s: % x: %s", at, code[:inst.Len], x86asm.GNUSyntax(inst, r.RIP, nil))
}

// code reads an instruction's bytes at a linear address, as far as they are in
// RAM.
func (v *vcpu) code(linear uint64) []byte {
	var code []byte
	for len(code) < maxInstruction {
		addr := linear + uint64(len(code))
		v.lookup = gokvm.Translation{LinearAddress: addr}
		if err := gokvm.Translate(v.fd, &v.lookup); err != nil || v.lookup.Valid == 0 {
			break
		}
		gpa := v.lookup.PhysicalAddress
		if gpa >= uint64(len(v.cfg.RAM)) {
			break
		}
		n := min(maxInstruction-len(code), int(cpu.PageSize-gpa%cpu.PageSize))
		code = append(code, v.cfg.RAM[gpa:gpa+uint64(n)]...)
	}
	return code
}
