package soft_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// A page fault is the same, to the bit, whether it is found before the
// instruction or by it, which a data breakpoint anywhere has it be.
func TestFaultsFoundBefore(t *testing.T) {
	const va, pml4, pdpt, pd, pt = 1 << 39, 0x1000 + 8, 0x71000, 0x72000, 0x73000
	codes := map[string]string{
		"mov (%rbx), %eax": "\x8b\x03", "mov %eax, (%rbx)": "\x89\x03", "mov %al, (%rbx)": "\x88\x03", "movb $1, (%rbx)": "\xc6\x03\x01",
		"movzx (%rbx), %eax": "\x0f\xb6\x03", "movsx (%rbx), %eax": "\x0f\xbf\x03", "movslq (%rbx), %rax": "\x48\x63\x03", "cmovb (%rbx), %eax": "\x0f\x42\x03",
		"add %eax, (%rbx)": "\x01\x03", "addb $1, (%rbx)": "\x80\x03\x01", "adc (%rbx), %eax": "\x13\x03", "sub (%rbx), %eax": "\x2b\x03",
		"sbb %ax, (%rbx)": "\x66\x19\x03", "and %rax, (%rbx)": "\x48\x21\x03", "or %al, (%rbx)": "\x08\x03", "xor (%rbx), %al": "\x32\x03",
		"cmp %eax, (%rbx)": "\x39\x03", "test %eax, (%rbx)": "\x85\x03", "testb $1, (%rbx)": "\xf6\x03\x01", "imul (%rbx), %eax": "\x0f\xaf\x03",
		"mul by imul (%rbx)": "\xf7\x2b", "incl (%rbx)": "\xff\x03", "decb (%rbx)": "\xfe\x0b", "negl (%rbx)": "\xf7\x1b", "notl (%rbx)": "\xf7\x13",
		"mov (%rbx), %ds": "\x8e\x1b", "mov %ds, (%rbx)": "\x8c\x1b", "lock incl (%rbx)": "\xf0\xff\x03", "across pages": "\x8b\x83\xfe\x0f\x00\x00",
	}
	for name, code := range codes {
		for _, e := range []uint64{0, 1, 3, 5, 7, 7 | 1<<51, 7 | 1<<63} { // the PTE: not there, rights, reserved
			for _, wp := range []uint64{0, cpu.CR0WP} {
				var all [2]string
				var ram [2][]byte
				for i := range all {
					m := newBare(t, []byte("\x0f\x23\xfe"+code+"\xf4"), cpu.Regs{RBX: va, RSI: uint64(i) * (1 | 1<<16), RAX: bare.DataSel})
					s, err := m.Sregs()
					if err != nil {
						t.Fatal(err)
					}
					s.CR0 = s.CR0&^cpu.CR0WP | wp
					if err := m.SetSregs(s); err != nil {
						t.Fatal(err)
					}
					for at, v := range map[int]uint64{pml4: pdpt | 7, pdpt: pd | 7, pd: pt | 7, pt: bare.Data | e, pt + 8: 0} {
						binary.LittleEndian.PutUint64(m.ram[at:], v)
					}
					m.run(t, second, cpu.ExitHalt)
					s, err = m.Sregs()
					if err != nil {
						t.Fatal(err)
					}
					r := m.regs(t)
					r.RSI = 0
					trap, err := bare.ReadTrap(m.ram, r)
					all[i] = fmt.Sprintf("%+v %v, CR2 %#x, %d instructions, %+v", trap, err, s.CR2, m.Instructions(), r)
					ram[i] = m.ram
				}
				if d := cmp.Diff(all[1], all[0]); d != "" {
					t.Errorf("%s, PTE %#x, WP %#x: (-by it +before)\n%s", name, e, wp, d)
				}
				if !bytes.Equal(ram[0], ram[1]) {
					t.Errorf("%s, PTE %#x, WP %#x: memory differs", name, e, wp)
				}
			}
		}
	}
}
