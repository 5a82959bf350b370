package soft_test

import (
	"encoding/binary"
	"testing"

	"sysindvm/cpu"
)

// What has been jumped to is looked for again after the translation of its
// address has changed, by INVLPG or MOV to CR3, and after a write to it.
func TestJumpsElsewhere(t *testing.T) {
	const (
		far, here, there = 0x400000, 0x30000, 0x31000 // far is one of them
		tables           = 0x5000
	)
	for _, tc := range []struct{ name, change string }{
		{"INVLPG", "\x4c\x89\x03\x0f\x01\x3e"},          // mov %r8, (%rbx); invlpg (%rsi)
		{"CR3", "\x4c\x89\x03\x0f\x20\xd8\x0f\x22\xd8"}, // mov %r8, (%rbx); mov %cr3, %rax; mov %rax, %cr3
		{"write", "\xc6\x07\x83"},                       // movb $0x83, (%rdi): what is added
		{"nothing", ""},
	} {
		call := "\xff\xd6" // call *%rsi
		code := call + call + call + tc.change + call + "\xf4"
		m := newMachine(t, []byte(code)...)
		copy(m.ram[here:], "\x83\xc1\x01\xc3")  // add $1, %ecx; ret
		copy(m.ram[there:], "\x83\xc1\x10\xc3") // add $16, %ecx; ret
		put := func(at int, v uint64) { binary.LittleEndian.PutUint64(m.ram[at:], v) }
		put(0x3000+8*2, tables|7)
		put(tables, here|7)
		want := uint32(3 + 16)
		r := cpu.Regs{RBX: tables, RSI: far, R8: there | 7, RDI: here}
		switch tc.name {
		case "write":
			r.RDI, want = here+2, 1<<32-0x7d+3
		case "nothing":
			want = 4
		}
		m.set(t, r)
		m.run(t, 1<<40, cpu.ExitHalt)
		if got := uint32(m.regs(t).RCX); got != want {
			t.Errorf("%s: ECX = %#x, want %#x", tc.name, got, want)
		}
	}
}
