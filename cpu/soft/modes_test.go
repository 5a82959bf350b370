package soft_test

import (
	_ "embed"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
)

//go:embed testdata/modes.bin
var modes []byte

// Real mode and protected mode, from the reset's segments on: interrupts,
// 16-bit addresses, limits, decimal arithmetic, selectors, breakpoints. The
// program is testdata/modes.S; QEMU has the same results, but for limits, which
// it does not check.
func TestModes(t *testing.T) {
	want := []struct {
		what string
		v    byte
	}{
		{"INT in real mode", 0x21}, {"16-bit address", 0x5a}, {"32-bit operand and address in 16-bit code", 0x12},
		{"far call", 0xfa}, {"divide error", 0xd0}, {"limit in real mode", 0x13}, {"LES and REP MOVSB", 'd'},
		{"DAA", 0x14}, {"DAA's carry", 1}, {"DAS", 0x88}, {"AAA: AL", 7}, {"AAA: AH", 4}, {"AAM: AH", 6}, {"AAD", 63},
		{"AAS: AL", 5}, {"AAS: AH", 1}, {"BOUND", 5}, {"limit", 13}, {"its error code", 0}, {"null selector", 13},
		{"expand-down", 13}, {"LAR", 0x93}, {"LSL", 0xff}, {"VERW of code", 0}, {"ARPL", 0x13},
		{"16-bit code in protected mode", 0x16}, {"single step", 0x40}, {"instruction breakpoint", 1},
		{"data breakpoint", 2}, {"SYSENTER", 0x6f},
	}
	m := &machine{ram: make([]byte, ramSize)}
	const at = 0x8000
	copy(m.ram[at:], modes)
	v, err := soft.New().NewVCPU(cpu.Config{RAM: m.ram, Bus: &m.bus, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	m.VCPU = v
	s, err := v.Sregs()
	if err != nil {
		t.Fatal(err)
	}
	s.CS.Base, s.CS.Selector = 0, 0
	if err := v.SetSregs(s); err != nil {
		t.Fatal(err)
	}
	if err := v.SetRegs(cpu.Regs{RIP: at}); err != nil {
		t.Fatal(err)
	}
	e, err := v.Run(second)
	if err != nil || e.Reason != cpu.ExitHalt {
		t.Errorf("%+v, %v at %#x", e, err, m.regs(t).RIP)
	}
	got := m.ram[0x800:][:len(want)]
	for i, w := range want {
		if got[i] != w.v {
			t.Errorf("%d, %s: %#x, want %#x", i, w.what, got[i], w.v)
		}
	}
	if d := cmp.Diff(hex.EncodeToString(got), hex.EncodeToString(m.bus.out.Bytes())); d != "" {
		t.Errorf("at the port (-memory +port):\n%s", d)
	}
}
