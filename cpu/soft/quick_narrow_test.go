package soft_test

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
)

// narrow has the machine be in compatibility mode.
func (m *machine) narrow(t testing.TB) {
	t.Helper()
	s, err := m.Sregs()
	if err != nil {
		t.Fatal(err)
	}
	s.CS.L, s.CS.DB = false, true
	if err := m.SetSregs(s); err != nil {
		t.Fatal(err)
	}
}

// The same as TestQuickRuns in 32-bit code, to which the REX prefixes of these
// loops are INC and DEC of EAX; and between those loops' instructions, what has
// ways of its own there. Upper halves of registers are not zero at first.
func TestQuickRunsNarrow(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 4))
		sameOneByOne(t, rng, randomLoop(rng), 200, 32, seen)
		sameOneByOne(t, rng, narrowLoop(rng), 200, 32, seen)
	}
	for _, name := range append(soft.Narrow(), "movRM32", "movMR32", "addM", "leaRM", "cmpMt", "movzxRM8") {
		if !seen[name] {
			t.Errorf("no loop had the way %s", name)
		}
	}
}

// narrowLoop is parts in any order, and a jump back.
func narrowLoop(rng *rand.Rand) (code []byte) {
	here := func(off int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(codeAt+len(code)+off)) }
	for range 4 + rng.IntN(8) {
		r, s := regs[rng.IntN(5)], regs[rng.IntN(5)]
		imm, disp := byte(rng.Uint32()), byte(rng.IntN(15)*8)
		switch rng.IntN(9) {
		case 0: // PUSH r; POP s
			code = append(code, 0x50|r, 0x58|s)
		case 1: // PUSH imm8; PUSH m; POP r; POP s
			code = append(code, 0x6a, imm, 0xff, 0x73, disp, 0x58|r, 0x58|s)
		case 2: // PUSH EBP; MOV EBP, ESP; LEAVE
			code = append(code, 0x55, 0x89, 0xe5, 0xc9)
		case 3: // CALL 1f; JMP 2f; 1: RET; 2:
			code = append(code, 0xe8, 2, 0, 0, 0, 0xeb, 1, 0xc3)
		case 4: // MOV r, 1f; CALL r; JMP 2f; 1: RET; 2:
			code = append(append(append(code, 0xb8|r), here(9)...), 0xff, 0xd0|r, 0xeb, 1, 0xc3)
		case 5: // MOV m, 1f; CALL m; JMP 2f; 1: RET; 2:
			code = append(append(append(code, 0xc7, 0x43, disp), here(12)...), 0xff, 0x53, disp, 0xeb, 1, 0xc3)
		case 6: // MOV r, 1f; JMP r; 1:
			code = append(append(append(code, 0xb8|r), here(7)...), 0xff, 0xe0|r)
		case 7: // MOV m, 1f; JMP m; 1:
			code = append(append(append(code, 0xc7, 0x43, disp), here(10)...), 0xff, 0x63, disp)
		case 8: // MOV ECX, some; MOV ESI, EBX; LEA EDI, m; REP MOVSB, MOVSD, STOSB or STOSD
			code = append(code, 0xb9, imm&63, 0, 0, 0, 0x89, 0xde, 0x8d, 0x7b, disp, 0xf3, []byte{0xa4, 0xa5, 0xaa, 0xab}[rng.IntN(4)])
		}
	}
	back := -(len(code) + 5)
	return append(code, 0xe9, byte(back), byte(back>>8), 0xff, 0xff)
}

// An address is cut to 32 bits, whatever is in the upper halves of registers and
// whether the sum of its parts has more. What 64-bit code has in the TLB above
// 4 GiB is not found by it.
func TestNarrowAddresses(t *testing.T) {
	const high, gdt, tables, there = 1 << 32, 0x7000, 0x5000, 0x10000
	for _, tc := range []struct {
		name string
		code []byte
		regs cpu.Regs
	}{
		{"upper half of the base", []byte{0x8b, 0x03}, cpu.Regs{RBX: high + dataAt}},
		{"sum of base and index", []byte{0x8b, 0x04, 0x33}, cpu.Regs{RBX: dataAt + 0x100, RSI: high - 0x100}},
		{"scaled index", []byte{0x8b, 0x04, 0xb3}, cpu.Regs{RBX: dataAt + 0x100, RSI: high - 0x40, R8: 4*high + dataAt}},
		{"negative displacement", []byte{0x8b, 0x43, 0x80}, cpu.Regs{RBX: dataAt + 0x80}},
		{"displacement in the upper half", []byte{0x8b, 0x83, 0, 0, 0, 0x80}, cpu.Regs{RBX: dataAt + 1<<31}},
		{"with a carry", []byte{0x8b, 0x83, 0, 0, 2, 0xc0}, cpu.Regs{RBX: 1 << 30}},
		{"stack", []byte{0x58, 0x50}, cpu.Regs{RSP: high + dataAt}}, // POP EAX; PUSH EAX
		{"REP LODS of one", []byte{0x89, 0xde, 0x31, 0xc9, 0x41, 0xf3, 0xad}, cpu.Regs{RBX: high + dataAt}},
	} {
		// MOV EAX, [R8]; PUSH 8; PUSH narrow; RETFQ; narrow: ...; ADD EDX, EAX; JMP narrow
		code := []byte{0x41, 0x8b, 0, 0x6a, 8, 0x68, 0, 0, 1, 0, 0x48, 0xcb}
		code[6] = byte(len(code))
		code = append(append(code, tc.code...), 1, 0xc2, 0xeb, byte(-len(tc.code)-4))
		m := newMachine(t, code...)
		put := func(at int, v uint64) { binary.LittleEndian.PutUint64(m.ram[at:], v) }
		put(gdt+8, 0x00cf9b000000ffff) // 32-bit code
		put(0x2000+4*8, tables|7)      // what is above 4 GiB is elsewhere,
		put(0x2000+16*8, tables|7)     // and above 16 GiB
		put(tables, tables+0x1000|7)
		for i := range 128 {
			put(tables+0x1000+8*i, uint64(i)<<12+there|7)
		}
		put(dataAt, 0x1234)
		put(dataAt+there, 0x9999)
		s, err := m.Sregs()
		if err != nil {
			t.Fatal(err)
		}
		s.GDT = cpu.Table{Base: gdt, Limit: 15}
		if err := m.SetSregs(s); err != nil {
			t.Fatal(err)
		}
		tc.regs.R8 = cmp.Or(tc.regs.R8, high+dataAt)
		m.set(t, tc.regs)
		m.run(t, 100, cpu.ExitTime)
		if r := m.regs(t); r.RDX == 0 || r.RDX%0x1234 != 0 || r.RIP < codeAt+12 {
			t.Errorf("%s: a sum of %#x at %#x, want a multiple of 0x1234", tc.name, r.RDX, r.RIP)
		}
	}
}
