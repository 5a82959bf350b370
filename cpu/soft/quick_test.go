package soft_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/arch/x86/x86asm"

	"sysindvm/cpu"
)

// A loop of random instructions runs by the quick ways, with pairs and dead
// flags, and is held against the same loop executed one by one, at random
// moments: registers, flags, memory and counts are the same.
func TestQuickRuns(t *testing.T) {
	loops := 300
	if testing.Short() {
		loops = 30
	}
	for seed := range uint64(loops) {
		rng := rand.New(rand.NewPCG(seed, 3))
		code := randomLoop(rng)
		quick, exact := newMachine(t, code...), newMachine(t, code...)
		start := cpu.Regs{RBX: dataAt, RSP: dataAt + 0x800, RBP: dataAt + 0x400}
		for _, r := range []*uint64{&start.RAX, &start.RCX, &start.RDX, &start.RSI, &start.RDI, &start.R8, &start.R9} {
			*r = rng.Uint64() >> rng.IntN(64)
		}
		quick.set(t, start)
		exact.set(t, start)
		exact.SingleStep(true)
		for range 20 {
			until := quick.Now() + time.Duration(1+rng.IntN(200))
			quick.run(t, until, cpu.ExitTime)
			for exact.Now() < quick.Now() {
				exact.run(t, until, cpu.ExitStep)
			}
			if diff := cmp.Diff(exact.regs(t), quick.regs(t)); diff != "" {
				t.Fatalf("seed %d, after %d instructions (-one by one +quick):\n%s\n%s", seed, quick.Instructions(), diff, listing(code))
			}
			if !bytes.Equal(exact.ram, quick.ram) {
				t.Fatalf("seed %d, after %d instructions: memory differs\n%s", seed, quick.Instructions(), listing(code))
			}
		}
	}
}

func listing(code []byte) (s string) {
	for at := 0; at < len(code); {
		in, err := x86asm.Decode(code[at:], 64)
		if err != nil {
			return s
		}
		s += fmt.Sprintf("%#x: %v\n", codeAt+at, in)
		at += in.Len
	}
	return s
}

// randomLoop is some instructions, with branches among them, and a jump back.
func randomLoop(rng *rand.Rand) []byte {
	var parts [][]byte
	for range 4 + rng.IntN(40) {
		parts = append(parts, randomPart(rng))
	}
	// A branch goes a few parts forward; its operand is the last byte.
	at, size := make([]int, len(parts)), 0
	for i, p := range parts {
		at[i], size = size, size+len(p)
	}
	for i, p := range parts {
		if p[0]&0xf0 == 0x70 {
			to := min(i+1+rng.IntN(4), len(parts)-1)
			p[1] = byte(max(at[to]-at[i]-2, 0))
		}
	}
	code := bytes.Join(parts, nil)
	back := -(len(code) + 5)
	return append(code, 0xe9, byte(back), byte(back>>8), 0xff, 0xff)
}

// randomPart is one instruction: of two registers, of a register and memory at
// RBX, with an immediate, of flags. RBX, RSP and RBP stay.
func randomPart(rng *rand.Rand) []byte {
	regs := []byte{0, 1, 2, 6, 7}
	r, s := regs[rng.IntN(5)], regs[rng.IntN(5)]
	rex := []byte{0x48, 0x40}[rng.IntN(2)]
	op := byte(rng.IntN(8)) << 3
	imm, disp := byte(rng.Uint32()), byte(rng.IntN(15)*8)
	switch rng.IntN(16) {
	case 0:
		return []byte{rex, op | 1, 0xc0 | s<<3 | r} // op r, r
	case 1:
		return []byte{rex, op | 3, 0x43 | r<<3, disp} // op r, m
	case 2:
		return []byte{rex, op | 1, 0x43 | r<<3, disp} // op m, r
	case 3:
		return []byte{rex, 0x83, 0xc0 | op | r, imm} // op r, imm8
	case 4:
		return []byte{rex, 0x83, 0x43 | op, disp, imm} // op m, imm8
	case 5:
		return []byte{rex, 0xc1, 0xc0 | []byte{0, 8, 32, 40, 56}[rng.IntN(5)] | r, imm} // shifts by imm8
	case 6:
		return []byte{rex, 0xd3, 0xe0 | byte(rng.IntN(2))<<3 | r} // by CL
	case 7:
		return []byte{rex, 0xff, 0xc0 | byte(rng.IntN(2))<<3 | r} // INC, DEC
	case 8:
		return []byte{rex, 0xf7, 0xd0 | byte(rng.IntN(2))<<3 | r} // NOT, NEG
	case 9:
		return []byte{rex, 0x85, 0xc0 | s<<3 | r} // TEST
	case 10:
		return []byte{rex, 0x0f, 0x40 | byte(rng.IntN(16)), 0xc0 | r<<3 | s} // CMOVcc
	case 11:
		return []byte{rex, 0x0f, 0x90 | byte(rng.IntN(16)), 0xc0 | r} // SETcc
	case 12:
		return []byte{rex, 0x0f, 0xaf, 0xc0 | r<<3 | s} // IMUL
	case 13:
		return []byte{rex, 0x38 | byte(rng.IntN(2))<<1, 0xc0 | r<<3 | s} // CMP of bytes
	}
	return []byte{0x70 | byte(rng.IntN(16)), 0} // Jcc
}
