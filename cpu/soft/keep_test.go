package soft

import (
	"testing"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// SMEP and SMAP keep the kernel from user pages (SDM 3A, 4.6.1).
func TestUserPagesKept(t *testing.T) {
	const user, super = bare.Data, bare.Supervisor + bare.Data
	for _, tt := range []struct {
		name string
		cr4  uint64
		ac   bool
		ring uint8
		va   uint64
		acc  uint64
		code int // of the page fault, -1 for none
	}{
		{"nothing on", 0, false, 0, user, accFetch, -1},
		{"SMEP, fetch", cpu.CR4SMEP, false, 0, user, accFetch, pfPresent | accFetch},
		{"SMEP, fetch of the kernel's", cpu.CR4SMEP, false, 0, super, accFetch, -1},
		{"SMEP, read", cpu.CR4SMEP, false, 0, user, accRead, -1},
		{"SMEP, ring 3", cpu.CR4SMEP, false, 3, user, accFetch, -1},
		{"SMAP, read", cpu.CR4SMAP, false, 0, user, accRead, pfPresent},
		{"SMAP, write", cpu.CR4SMAP, false, 0, user, accWrite, pfPresent | accWrite},
		{"SMAP, fetch", cpu.CR4SMAP, false, 0, user, accFetch, -1},
		{"SMAP with AC", cpu.CR4SMAP, true, 0, user, accWrite, -1},
		{"SMAP with AC, a table", cpu.CR4SMAP, true, 0, user, accRead | accImplicit, pfPresent},
		{"SMAP, the kernel's", cpu.CR4SMAP, false, 0, super, accWrite, -1},
		{"SMAP, ring 3", cpu.CR4SMAP, false, 3, user, accWrite, -1},
	} {
		c := isaCPU(t)
		c.setCR4(c.cr4 | tt.cr4)
		if tt.ac {
			c.setFlags(c.flags() | cpu.FlagAC)
		}
		got := -1
		if c.protected(func() { c.translate(tt.va, tt.acc, tt.ring == 3) }) {
			if got = int(c.trap.code); c.trap.vector != vecPF {
				t.Errorf("%s: vector %d", tt.name, c.trap.vector)
			}
		}
		if c.broken != nil || got != tt.code {
			t.Errorf("%s: fault %#x, want %#x (%v)", tt.name, got, tt.code, c.broken)
		}
	}
}

// What AC has let into the TLB does not stay there without it.
func TestSMAPAndTLB(t *testing.T) {
	c := isaCPU(t)
	c.setCR4(c.cr4 | cpu.CR4SMAP)
	read := func() bool { return c.protected(func() { c.read64(bare.Data) }) }
	for i, step := range []struct {
		code  []byte
		fault bool
	}{
		{[]byte{0x90}, true},
		{[]byte{0x0f, 0x01, 0xcb}, false}, // STAC
		{[]byte{0x0f, 0x01, 0xca}, true},  // CLAC
		{[]byte{0x0f, 0x01, 0xcb}, false},
	} {
		if v := c.try(step.code...); v != -1 {
			t.Fatalf("step %d: exception %d", i, v)
		}
		if got := read(); got != step.fault {
			t.Errorf("step %d: a fault: %v", i, got)
		}
	}
}

// UMIP keeps from user mode where the kernel's tables are.
func TestUMIP(t *testing.T) {
	c := isaCPU(t)
	c.setCR4(c.cr4 | cpu.CR4UMIP)
	codes := [][]byte{{0x0f, 0x01, 0x03}, {0x0f, 0x01, 0x0b}, {0x0f, 0x01, 0xe0}, {0x0f, 0x00, 0xc0}, {0x0f, 0x00, 0xc8}}
	for _, code := range codes {
		c.r[rBX] = bare.Data
		c.seg[segSS].DPL = 0
		c.setMode()
		if v := c.try(code...); v != -1 {
			t.Errorf("% x in ring 0: exception %d", code, v)
		}
		c.seg[segSS].DPL = 3
		c.setMode()
		if v := c.try(code...); v != vecGP {
			t.Errorf("% x in ring 3: exception %d", code, v)
		}
	}
}
