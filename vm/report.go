package vm

import (
	"encoding/binary"
	"fmt"
	"strings"

	"sysindvm/cpu"
	"sysindvm/images"
)

// Report is what the vCPU is doing, for people, in lines: where it is, its
// registers, and, in the kernel, the calls that led there, with names if it is
// the embedded kernel. It can be asked for when the machine has stopped, and
// not when it is closed.
func (m *Machine) Report() string {
	if m.ram == nil {
		return ""
	}
	r, err := m.vcpu.Regs()
	if err != nil {
		return err.Error() + "\n"
	}
	s, err := m.vcpu.Sregs()
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the vCPU is %s, at %v of guest time\n", m.where(), m.vcpu.Now())
	for i, reg := range []struct {
		name  string
		value uint64
	}{
		{"RAX", r.RAX}, {"RBX", r.RBX}, {"RCX", r.RCX}, {"RDX", r.RDX}, {"RSI", r.RSI}, {"RDI", r.RDI},
		{"RBP", r.RBP}, {"RSP", r.RSP}, {"R8", r.R8}, {"R9", r.R9}, {"R10", r.R10}, {"R11", r.R11},
		{"R12", r.R12}, {"R13", r.R13}, {"R14", r.R14}, {"R15", r.R15}, {"RFLAGS", r.RFLAGS}, {"CR3", s.CR3},
	} {
		end := " "
		if i%6 == 5 {
			end = "\n"
		}
		fmt.Fprintf(&b, "  %-3s %016x%s", reg.name, reg.value, end)
	}
	if s.SS.DPL == 0 {
		b.WriteString(m.kernelStack(s.CR3, r.RIP, r.RBP, r.RSP, s.EFER&cpu.EFERLMA != 0))
	}
	return b.String()
}

// maxStack is how many calls a report shows.
const maxStack = 24

// kernelStack is the calls that frame pointers lead to from bp, the innermost
// at pc. The kernel's code keeps frame pointers, but for the i386 kernel's: of
// that it is whatever above sp may be a return address.
func (m *Machine) kernelStack(root, pc, bp, sp uint64, wide bool) string {
	b := "    " + Symbol(pc) + "\n"
	if !wide {
		return b + m.kernelStack386(root, sp)
	}
	for range maxStack {
		next, ok1 := m.kernelWord(root, bp)
		ret, ok2 := m.kernelWord(root, bp+8)
		if !ok1 || !ok2 {
			break
		}
		b += "    " + Symbol(ret-1) + "\n"
		if next <= bp {
			break
		}
		bp = next
	}
	return b
}

// kernelStack386 is what above sp may be a return address: what is in a
// function of the kernel, and not its start.
func (m *Machine) kernelStack386(root, sp uint64) (b string) {
	const kernel, most = 0xc0000000, 4096
	for n, end := 0, sp+most; sp >= kernel && sp < end && sp%4 == 0 && n < maxStack; sp += 4 {
		at, ok := m.translate(root, sp, false)
		if !ok || at+4 > uint64(len(m.ram)) {
			break
		}
		ret := uint64(binary.LittleEndian.Uint32(m.ram[at:]))
		if l, ok := images.SymbolTable().Lookup(ret); ok && l.Offset > 0 {
			b += "    " + Symbol(ret-1) + "\n"
			n++
		}
	}
	return b
}

// kernelWord reads 8 bytes of the kernel's half of the address space.
func (m *Machine) kernelWord(root, addr uint64) (uint64, bool) {
	if addr>>63 == 0 || addr&7 != 0 {
		return 0, false
	}
	at, ok := m.translate(root, addr, true)
	if !ok {
		return 0, false
	}
	return m.physWord(at)
}

// translate finds the physical address of a virtual one, by the page tables at
// root, 4-level (wide) or PAE (SDM 3A, 4.5 and 4.4).
func (m *Machine) translate(root, addr uint64, wide bool) (uint64, bool) {
	const present, large, address = 1, 1 << 7, 0x000f_ffff_ffff_f000
	at, top := root&address, 39
	if !wide {
		if addr>>32 != 0 {
			return 0, false
		}
		top = 30
	}
	for shift := top; shift >= 12; shift -= 9 {
		e, ok := m.physWord(at + addr>>shift&0x1ff*8)
		if !ok || e&present == 0 {
			return 0, false
		}
		if at = e & address; shift == 12 || e&large != 0 && shift < top {
			below := uint64(1)<<shift - 1
			return at&^below | addr&below, true
		}
	}
	return 0, false
}

func (m *Machine) physWord(at uint64) (uint64, bool) {
	if n := uint64(len(m.ram)); n < 8 || at > n-8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(m.ram[at:]), true
}

// Symbol names an address of the embedded kernel: its function, file and line,
// as far as they are known. Of a return address, give it one less.
func Symbol(addr uint64) string {
	if l, ok := images.SymbolTable().Lookup(addr); ok {
		return l.String()
	}
	return fmt.Sprintf("%#x", addr)
}
