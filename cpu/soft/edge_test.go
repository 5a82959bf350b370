package soft_test

import (
	"encoding/binary"
	"testing"

	"sysindvm/cpu"
)

// A branch to an address that is not canonical faults where it stands, and so
// does one of a pair, after its first instruction: flags and count tell.
func TestBranchOutOfAddresses(t *testing.T) {
	const edge = 1<<47 - 0x1000 // the last page of the lower half
	for _, tt := range []struct {
		name  string
		code  []byte
		fault uint64 // how far in
	}{
		{"JMP", []byte{0x90, 0xe9, 0, 0x10, 0, 0}, 1},
		{"JZ", []byte{0x31, 0xc0, 0x90, 0x0f, 0x84, 0, 0x10, 0, 0}, 3},
		{"a pair", []byte{0x39, 0xc0, 0x0f, 0x84, 0, 0x10, 0, 0}, 2},
		{"CALL", []byte{0x90, 0xe8, 0, 0x10, 0, 0}, 1},
	} {
		m := newMachine(t, tt.code...)
		for at, v := range map[int]uint64{0x1000 + 8*255: 0x4007, 0x4000 + 8*511: 0x5007, 0x5000 + 8*511: 0x6007, 0x6000 + 8*511: codeAt | 7} {
			binary.LittleEndian.PutUint64(m.ram[at:], v)
		}
		m.set(t, cpu.Regs{RIP: edge, RSP: dataAt + 0x800})
		m.run(t, second, cpu.ExitShutdown) // no handlers: the fault ends it
		if got := m.regs(t).RIP; got != edge+tt.fault {
			t.Errorf("%s: faults at %#x, want %#x", tt.name, got, edge+tt.fault)
		}
	}
}
