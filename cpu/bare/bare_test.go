package bare

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
)

// The descriptors that every 64-bit kernel has, as numbers.
func TestGDT(t *testing.T) {
	ram := make([]byte, RAMSize)
	s := LongMode(ram)
	got := make([]uint64, (int(s.GDT.Limit)+1)/8)
	for i := range got {
		got[i] = binary.LittleEndian.Uint64(ram[s.GDT.Base+8*uint64(i):])
	}
	want := []uint64{
		0,
		0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff, // ring 0: code, data
		0x00cf_9b00_0000_ffff,                        // 32-bit code
		0x00cf_fb00_0000_ffff, 0x00cf_f300_0000_ffff, // ring 3: 32-bit code, data
		0x00af_fb00_0000_ffff,    // 64-bit code
		0x0000_8b00_8000_0067, 0, // TSS
		0x00cf_1300_0000_ffff, // not present
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("GDT (-want +got):\n%s", diff)
	}
}

func TestReadTrap(t *testing.T) {
	ram := make([]byte, RAMSize)
	frame := []uint64{14, 7, 0x1234, UserCode, 2, Stack3, UserSS}
	rsp := uint64(Stack0 - 8*len(frame))
	for i, q := range frame {
		put(ram, rsp+8*uint64(i), q)
	}
	got, err := ReadTrap(ram, cpu.Regs{RIP: handlers + 8*14 + 3, RSP: rsp})
	want := Trap{Vector: 14, Error: 7, RIP: 0x1234, CS: UserCode, RFLAGS: 2, RSP: Stack3, SS: UserSS}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("ReadTrap: %v (-want +got):\n%s", err, diff)
	}
	for _, r := range []cpu.Regs{
		{RIP: Code, RSP: rsp}, {RIP: handlers, RSP: Stack0}, {RIP: handlers, RSP: 1 << 60}, {RIP: handlers, RSP: rsp + 1},
	} {
		if trap, err := ReadTrap(ram, r); err == nil {
			t.Errorf("ReadTrap at %#x, stack %#x: %+v, want an error", r.RIP, r.RSP, trap)
		}
	}
}
