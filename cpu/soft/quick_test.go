package soft_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/arch/x86/x86asm"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
)

// A loop of random instructions runs by the quick ways, with pairs and dead
// flags, and is held against the same loop executed one by one, at random
// moments: registers, flags, memory and counts are the same.
func TestQuickRuns(t *testing.T) {
	loops := 400
	if testing.Short() {
		loops = 100
	}
	seen := map[string]bool{}
	for seed := range uint64(loops) {
		rng := rand.New(rand.NewPCG(seed, 3))
		sameOneByOne(t, rng, randomLoop(rng), 200, 64, seen)
	}
	for _, name := range soft.Several() {
		if !testing.Short() && !seen[name] {
			t.Errorf("no loop had the way %s", name)
		}
	}
}

// sameOneByOne runs a loop, stops at random moments not more than step
// instructions apart, and compares with the same loop executed one by one.
// The code is for a mode of so many bits. Seen gets the ways that it had.
func sameOneByOne(t *testing.T, rng *rand.Rand, code []byte, step, bits int, seen map[string]bool) {
	t.Helper()
	quick, exact := newMachine(t, code...), newMachine(t, code...)
	if bits == 32 {
		quick.narrow(t)
		exact.narrow(t)
	}
	start := cpu.Regs{RBX: dataAt, RSP: dataAt + 0x800, RBP: dataAt + 0x400}
	for _, r := range []*uint64{&start.RAX, &start.RCX, &start.RDX, &start.RSI, &start.RDI, &start.R8, &start.R9} {
		*r = rng.Uint64() >> rng.IntN(64)
	}
	quick.set(t, start)
	exact.set(t, start)
	exact.SingleStep(true)
	for range 5 {
		until := quick.Now() + time.Duration(1+rng.IntN(step))
		quick.run(t, until, cpu.ExitTime)
		for exact.Now() < quick.Now() {
			exact.run(t, until, cpu.ExitStep)
		}
		if diff := cmp.Diff(exact.regs(t), quick.regs(t)); diff != "" {
			t.Fatalf("after %d instructions (-one by one +quick):\n%s\n%s", quick.Instructions(), diff, listing(code, bits))
		}
		if !bytes.Equal(exact.ram, quick.ram) {
			t.Fatalf("after %d instructions: memory differs\n%s", quick.Instructions(), listing(code, bits))
		}
	}
	quick.VCPU.(*soft.CPU).Ways(seen)
}

// Every way of two instructions is taken, and does what they do one by one.
func TestFusedWays(t *testing.T) {
	for n, f := range soft.Fusions() {
		seen := map[string]bool{}
		for seed := range uint64(6) {
			rng := rand.New(rand.NewPCG(seed, uint64(n)))
			first, second := encode(rng, f.First), encode(rng, f.Second)
			if first == nil || second == nil {
				t.Fatalf("no encoding for %s or %s", f.First, f.Second)
			}
			code := slices.Concat(first, second)
			switch f.Second {
			case "ret64": // of a function that begins with the first, and is called
				if f.First == "popR64" {
					code = slices.Concat([]byte{0xe8, 2, 0, 0, 0, 0xeb, byte(len(first) + len(second) + 1), 0x56}, first, second)
				} else {
					code = slices.Concat([]byte{0xe8, 2, 0, 0, 0, 0xeb, byte(len(first) + len(second))}, first, second)
				}
			case "addRR", "subRI", "incR": // whose flags are wanted
				code = append(code, 0x0f, 0x92, 0xc0) // setb %al
			case "call64": // of what pops the return address
				code = append(code, 0x5a)
			}
			code = append(code, 0x01, 0xc2) // add %eax, %edx: flags before it are dead
			for i, r := range regs {        // lest shifts leave nothing
				code = append(code, 0x48, 0x8d, 0x44|r<<3, regs[(i+1)%5]<<3|r, 0x55)
			}
			back := -(len(code) + 5)
			code = append(code, 0xe9, byte(back), 0xff, 0xff, 0xff)
			sameOneByOne(t, rng, code, 120, 64, seen)
		}
		if !seen[f.Both] {
			t.Errorf("%s is not the way of %s and %s", f.Both, f.First, f.Second)
		}
	}
}

// encode is an instruction that has a way of that name.
func encode(rng *rand.Rand, way string) []byte {
	r, s := regs[rng.IntN(5)], regs[rng.IntN(5)]
	rex := []byte{0x48, 0x40}[rng.IntN(2)]
	imm, disp := byte(1+rng.IntN(100)), byte(rng.IntN(15)*8)
	rr := 0xc0 | s<<3 | r
	if way, cc, ok := strings.Cut(way, "cmp"); ok && way == "" {
		branch := []byte{0x70 | map[string]byte{"b": 2, "e": 4, "be": 6, "l": 12, "le": 14}[cc[2:]] | byte(rng.IntN(2)), 0}
		if cc[:2] == "RI" {
			return append([]byte{rex, 0x83, 0xf8 | r, imm}, branch...)
		}
		return append([]byte{rex, 0x39, rr}, branch...)
	}
	return map[string][]byte{
		"movRR": {rex, 0x89, rr}, "movRI": {rex, 0xc7, 0xc0 | r, imm, disp, 1, 0}, "leaRM": {rex, 0x8d, 0x44 | r<<3, s<<3 | r, disp},
		"movzxRB": {rex, 0x0f, 0xb6, 0xc0 | r<<3 | s&3}, "negRdead": {rex, 0xf7, 0xd8 | r},
		"shlRIdead": {rex, 0xc1, 0xe0 | r, imm&15 + 1}, "shrRIdead": {rex, 0xc1, 0xe8 | r, imm&15 + 1}, "rolRIdead": {rex, 0xc1, 0xc0 | r, imm&15 + 1},
		"andRRdead": {rex, 0x21, rr}, "addRRdead": {rex, 0x01, rr}, "xorRRdead": {rex, 0x31, rr}, "addRR": {rex, 0x01, rr},
		"addRIdead": {rex, 0x83, 0xc0 | r, imm}, "subRIdead": {rex, 0x83, 0xe8 | r, imm}, "addRI": {rex, 0x83, 0xc0 | r, imm}, "subRI": {rex, 0x83, 0xe8 | r, imm},
		"incRdead": {rex, 0xff, 0xc0 | r}, "decRdead": {rex, 0xff, 0xc8 | r}, "incR": {rex, 0xff, 0xc0 | r},
		"imulRRdead": {rex, 0x0f, 0xaf, 0xc0 | r<<3 | s}, "imulRRIdead": {rex, 0x6b, 0xc0 | r<<3 | s, imm},
		"testRI": {rex, 0xf7, 0xc0 | r, imm, 0, 0, 0}, "cmovE": {rex, 0x0f, 0x44, 0xc0 | r<<3 | s}, "testRRe": {rex, 0x85, rr, 0x74 | imm&1, 0},
		"pushR64": {0x50 | r}, "popR64": {0x58 | r}, "ret64": {0xc3}, "call64": {0xe8, 0, 0, 0, 0},
		"movRM64": {0x48, 0x8b, 0x43 | r<<3, disp}, "movMR64": {0x48, 0x89, 0x43 | r<<3, disp}, "movRM32": {0x8b, 0x43 | r<<3, disp}, "movMR32": {0x89, 0x43 | r<<3, disp},
		"movzxRM8": {0x0f, 0xb6, 0x43 | r<<3, disp}, "movMB": {0x88, 0x43 | r&3<<3, disp}, "movMI8": {0xc6, 0x43, disp, imm},
	}[way]
}

func listing(code []byte, bits int) (s string) {
	for at := 0; at < len(code); {
		in, err := x86asm.Decode(code[at:], bits)
		if err != nil {
			return s
		}
		s += fmt.Sprintf("%#x: %v\n", codeAt+at, in)
		at += in.Len
	}
	return s
}

// randomLoop is some parts, with branches among them, and a jump back.
func randomLoop(rng *rand.Rand) []byte {
	// Of few kinds, so that every two of them are neighbours in some loop.
	g := generator{rng, rng.Perm(kinds)[:3+rng.IntN(3)], rng.Perm(8)[:2], rng.Perm(followers)[:3], rng.Perm(16)[:2]}
	var parts []part
	for range 4 + rng.IntN(20) {
		parts = append(parts, g.part())
		if rng.IntN(2) == 0 {
			parts = append(parts, g.follower())
		}
	}
	// A branch goes a few parts forward; its operand is the last byte.
	at, size := make([]int, len(parts)), 0
	for i, p := range parts {
		at[i], size = size, size+len(p.code)
	}
	var code []byte
	for i, p := range parts {
		if code = append(code, p.code...); p.branch {
			to := min(i+1+rng.IntN(4), len(parts)-1)
			code[len(code)-1] = byte(max(at[to]-len(code), 0))
		}
	}
	back := -(len(code) + 5)
	return append(code, 0xe9, byte(back), byte(back>>8), 0xff, 0xff)
}

// part is one instruction or some, the last of which may be a branch.
type part struct {
	code   []byte
	branch bool
}

var regs = []byte{0, 1, 2, 6, 7} // RBX, RSP and RBP stay

// generator makes the parts of one loop.
type generator struct {
	*rand.Rand
	kinds, ops, followers, conditions []int
}

const kinds, followers = 32, 10

// part is mostly one instruction: of two registers, of a register and memory at
// RBX, with an immediate, of flags.
func (rng generator) part() part {
	r, s := regs[rng.IntN(5)], regs[rng.IntN(5)]
	rex := []byte{0x48, 0x40}[rng.IntN(2)]
	op := byte(rng.ops[rng.IntN(len(rng.ops))]) << 3
	imm, disp := byte(rng.Uint32()), byte(rng.IntN(15)*8)
	one := func(b ...byte) part { return part{b, false} }
	switch rng.kinds[rng.IntN(len(rng.kinds))] {
	case 0:
		return one(rex, op|1, 0xc0|s<<3|r) // op r, r
	case 1:
		return one(rex, op|3, 0x43|r<<3, disp) // op r, m
	case 2:
		return one(rex, op|1, 0x43|r<<3, disp) // op m, r
	case 3:
		return one(rex, 0x83, 0xc0|op|r, imm) // op r, imm8
	case 4:
		return one(rex, 0x83, 0x43|op, disp, imm) // op m, imm8
	case 5:
		return one(rex, 0xc1, 0xc0|[]byte{0, 8, 32, 40, 56}[rng.ops[rng.IntN(2)]%5]|r, imm) // shifts by imm8
	case 6:
		return one(rex, 0xd3, 0xe0|byte(rng.IntN(2))<<3|r) // by CL
	case 7:
		return one(rex, 0xff, 0xc0|byte(rng.IntN(2))<<3|r) // INC, DEC
	case 8:
		return one(rex, 0xf7, 0xd0|byte(rng.IntN(2))<<3|r) // NOT, NEG
	case 9:
		return one(rex, 0x85, 0xc0|s<<3|r) // TEST
	case 10:
		return one(rex, 0x0f, 0x40|byte(rng.conditions[rng.IntN(2)]), 0xc0|r<<3|s) // CMOVcc
	case 11:
		return one(rex, 0x0f, 0x90|byte(rng.IntN(16)), 0xc0|r) // SETcc
	case 12:
		return one(rex, 0x0f, 0xaf, 0xc0|r<<3|s) // IMUL
	case 13:
		return one(rex, 0x38|byte(rng.IntN(2))<<1, 0xc0|r<<3|s) // CMP of bytes
	case 14:
		return part{[]byte{0x70 | byte(rng.IntN(16)), 0}, true} // Jcc
	case 15, 16:
		return one(rex, 0x89, 0xc0|s<<3|r) // MOV r, r
	case 17:
		return one(rex, 0x8b, 0x43|r<<3, disp) // MOV r, m
	case 18:
		return one(rex, 0x89, 0x43|r<<3, disp) // MOV m, r
	case 19:
		return one(0x88, 0x43|r&3<<3, disp) // MOV m8, r8
	case 20:
		return one(0x0f, 0xb6, 0x43|r<<3, disp) // MOVZX r, m8
	case 21:
		return one(0xc6, 0x43, disp, imm) // MOV m8, imm8
	case 22:
		return one(rex, 0x8d, 0x44|r<<3, s<<3|r, disp) // LEA
	case 23:
		return one(0x84, 0x03) // TEST m8, AL, as compilers look for a nil pointer
	case 24:
		return one(rex, 0xc7, 0xc0|r, imm, disp, 1, 0) // MOV r, imm
	case 25:
		return one(rex, 0x0f, 0xb6, 0xc0|r<<3|s&3) // MOVZX r, r8
	case 26:
		return one(rex, 0x69, 0xc0|r<<3|s, imm, disp, 1, 0) // IMUL r, r, imm
	case 27:
		return one(rex, 0x0f, 0xaf, 0x43|r<<3, disp) // IMUL r, m
	case 28:
		return one(0xf6, 0x43, disp, imm) // TEST m8, imm8
	case 29:
		return one(0x50|r, 0x50|s, rex, 0x89, 0xc0|s<<3|r, 0x58|s, 0x58|r) // PUSH, PUSH, MOV, POP, POP
	case 30:
		return one(0x0f, 0x1f, 0x40, 0) // NOP
	}
	// A function, and calls of it: what a call and a return come after.
	call := [][]byte{nil, {rex, 0x89, 0xc0 | s<<3 | r}, {rex, 0x83, 0xc0 | r, imm}}[rng.IntN(3)]
	body := [][]byte{nil, {rex, 0x83, 0xc0 | r, imm}, {0x50 | r, rex, 0x83, 0xc0 | s, imm, 0x58 | s}}[rng.IntN(3)]
	code := append(call, 0xe8, 2, 0, 0, 0, 0xeb, byte(len(body)+1))
	return one(append(append(code, body...), 0xc3)...)
}

// follower is a comparison and a branch.
func (rng generator) follower() part {
	r, s := regs[rng.IntN(5)], regs[rng.IntN(5)]
	rex := []byte{0x48, 0x40}[rng.IntN(2)]
	imm, disp, cc := byte(rng.Uint32()), byte(rng.IntN(15)*8), 0x70|byte(rng.conditions[rng.IntN(2)])
	branch := func(b ...byte) part { return part{append(b, cc, 0), true} }
	switch rng.followers[rng.IntN(len(rng.followers))] {
	case 0:
		return branch(rex, 0x39, 0xc0|s<<3|r) // CMP r, r
	case 1:
		return branch(rex, 0x83, 0xf8|r, imm) // CMP r, imm8
	case 2:
		return branch(rex, 0x85, 0xc0|s<<3|r) // TEST
	case 3:
		return branch(rex, 0x3b, 0x43|r<<3, disp) // CMP r, m
	case 4:
		return branch(rex, []byte{0x01, 0x21, 0x29, 0x09}[rng.IntN(4)], 0xc0|s<<3|r) // ADD, AND, SUB, OR
	case 5:
		return branch(rex, 0x83, []byte{0xc0, 0xe0, 0xe8}[rng.IntN(3)]|r, imm)
	case 6:
		return branch(rex, 0xf7, 0xc0|r, imm, 0, disp, 0) // TEST r, imm
	case 7:
		return branch(rex, 0x83, 0x7b, disp, imm) // CMP m, imm8
	case 8:
		return branch(0xf6, 0x43, disp, imm) // TEST m8, imm8
	}
	return branch(rex, 0xff, 0xc0|byte(rng.IntN(2))<<3|r) // INC, DEC
}
