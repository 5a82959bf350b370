package soft

import (
	"encoding/binary"
	"testing"

	"sysindvm/cpu"
	"sysindvm/cpu/soft/internal/native"
	"sysindvm/internal/hostcpu"
)

// Every opcode behind a VEX prefix, with everything that the prefix can say: what
// is an instruction here is one to the processor, and the other way round.
func TestVEXOpcodes(t *testing.T) {
	m, err := native.New()
	if err != nil {
		t.Skip("no oracle on this host: ", err)
	}
	defer m.Close()
	if lacks := hostcpu.Lacking(append([]string{"bmi1", "bmi2"}, native.Vectors...)...); lacks != "" {
		t.Skip("this host's processor lacks ", lacks)
	}
	beyond := hostcpu.Lacking("vaes", "vpclmulqdq") == ""
	for _, m.Narrow = range []bool{false, true} {
		g := newGenerator(*seed, &row{op: "00"})
		g.narrow = m.Narrow
		s := g.state(&row{})
		s.MXCSR, s.R[rDI], s.R[rCX], s.R[rDX] = 0x1f80, native.Data+0x410, 1, 1
		s.XMM[1], s.YMM[1] = vec{}, vec{}
		clear(m.Memory()[native.Data-native.Base:][:0x1000])
		differ, count := 0, 0
		vexCodes(func(code []byte) {
			d := decoder{b: code, long: !m.Narrow, bits: 64, seg: -1}
			if m.Narrow {
				d.bits, d.flat = 32, true
			}
			var in inst
			ours := d.decode(&in)
			if beyond && in.row == nil && code[2]&4 != 0 && (code[1]&31 == 2 && code[3] >= 0xdc && code[3] <= 0xdf || code[1]&31 == 3 && code[3] == 0x44) {
				return // VAES and VPCLMULQDQ of 256 bits, which CPUID does not announce here
			}
			if code[1]&31 == 3 && code[2] == 0x7d && code[3] <= 1 {
				return // VPERMQ and VPERMPD: AMD's processors ignore W, Intel's do not (SDM 2C)
			}
			n := int(in.len)
			if !ours {
				n = len(code)
			}
			theirs := m.Run(code[:n], s).Fault != signalOf[vecUD]
			if count++; ours != theirs {
				if differ++; differ < 20 {
					t.Errorf("narrow %v: % x: %v here, to the processor %v (%s)", m.Narrow, code, ours, theirs, disassemble(code, native.Code, !m.Narrow))
				}
			}
		})
		t.Logf("narrow %v: %d encodings, %d differ", m.Narrow, count, differ)
	}
}

// vexCodes makes the encodings: of a register, or of memory at RBX + RCX. What
// follows the instruction, or is its immediate, are NOPs.
func vexCodes(try func(code []byte)) {
	for mapNo := range byte(4) {
		for op := range 256 {
			for by := range 256 {
				if v := by >> 3 & 15; v != 15 && v != 10 { // no register named, and one
					continue
				}
				for _, modrm := range [][]byte{{0xc2, 0x90, 0x90}, {0x44, 0x0b, 0x40}} {
					for reg := range byte(8) {
						if group := mapNo == 1 && (op >= 0x71 && op <= 0x73 || op == 0xae) || mapNo == 2 && op == 0xf3; !group && reg != 0 {
							break
						}
						try([]byte{0xc4, 0xe0 | mapNo, byte(by), byte(op), modrm[0] | reg<<3, modrm[1], modrm[2], 0x90, 0x90, 0x90})
					}
				}
			}
		}
	}
}

// What is no instruction for its prefixes, though the opcode is one.
func TestVEXPrefixes(t *testing.T) {
	add := []byte{0xc5, 0xfc, 0x58, 0xc1} // vaddps %ymm1, %ymm0, %ymm0
	for _, prefix := range [][]byte{{}, {0x66}, {0xf2}, {0xf3}, {0xf0}, {0x48}, {0x2e}, {0x67}} {
		code := append(append([]byte{}, prefix...), add...)
		want := len(prefix) == 0 || prefix[0] == 0x2e || prefix[0] == 0x67
		var in inst
		if d := (decoder{b: code, long: true, bits: 64, seg: -1}); d.decode(&in) != want {
			t.Errorf("% x: an instruction: %v", code, !want)
		}
	}
	// Outside 64-bit mode a second byte that has memory for its operand makes them
	// LES and LDS.
	for _, tt := range []struct {
		code []byte
		want string
	}{{[]byte{0xc5, 0x38, 0x58, 0xc1}, "LDS"}, {[]byte{0xc4, 0x61, 0x7c, 0x58}, "LES"}, {add, "VADDPS"}} {
		var in inst
		if d := (decoder{b: tt.code, bits: 32, seg: -1}); !d.decode(&in) || in.row.name != tt.want {
			t.Errorf("% x: not %s", tt.code, tt.want)
		}
	}
	// A gather wants three different registers, and an index.
	for _, tt := range []struct {
		code []byte
		want bool
	}{
		{[]byte{0xc4, 0xe2, 0x69, 0x90, 0x04, 0x0b}, true},  // vpgatherdd %xmm2, (%rbx,%xmm1), %xmm0
		{[]byte{0xc4, 0xe2, 0x79, 0x90, 0x04, 0x0b}, false}, // %xmm0 twice
		{[]byte{0xc4, 0xe2, 0x69, 0x90, 0x14, 0x0b}, false},
		{[]byte{0xc4, 0xe2, 0x71, 0x90, 0x04, 0x0b}, false},
		{[]byte{0xc4, 0xe2, 0x69, 0x90, 0x03}, false}, // no SIB
	} {
		var in inst
		if d := (decoder{b: tt.code, long: true, bits: 64, seg: -1}); d.decode(&in) != tt.want {
			t.Errorf("% x: an instruction: %v", tt.code, !tt.want)
		}
	}
}

// What has to be on for AVX, and which exception says that it is not.
func TestAVXEnabled(t *testing.T) {
	codes := [][]byte{
		{0xc5, 0xfc, 0x58, 0xc1}, {0xc5, 0xf8, 0x77}, {0xc5, 0xfd, 0x6f, 0x03}, {0xc4, 0xe2, 0x69, 0x90, 0x04, 0x0b},
		{0xc4, 0xe2, 0x71, 0x98, 0xc2}, {0xc4, 0xe2, 0x7d, 0x13, 0x03}, {0xc5, 0xf8, 0xae, 0x13}, {0xc5, 0xf9, 0x6e, 0xc0},
	}
	for _, tt := range []struct {
		name  string
		setup func(*CPU)
		want  int
	}{
		{"all on", func(*CPU) {}, -1},
		{"CR0.EM and no CR4.OSFXSR, which are for SSE", func(c *CPU) { c.cr0 |= cpu.CR0EM; c.cr4 &^= cpu.CR4OSFXSR }, -1},
		{"no CR4.OSXSAVE", func(c *CPU) { c.cr4 &^= cpu.CR4OSXSAVE }, vecUD},
		{"XCR0 without AVX", func(c *CPU) { c.ext.xcr0 = xcrX87 | xcrSSE }, vecUD},
		{"CR0.TS", func(c *CPU) { c.cr0 |= cpu.CR0TS }, vecNM},
		{"CR0.TS, but no XCR0", func(c *CPU) { c.cr0 |= cpu.CR0TS; c.ext.xcr0 = 0 }, vecUD},
	} {
		for _, code := range codes {
			c := isaCPU(t)
			c.r[rBX], c.r[rCX] = 0x20000, 0
			c.xmm[1], c.xmm[2] = vec{}, vec{}
			tt.setup(c)
			for i := range c.ram[0x20000:0x20004] {
				c.ram[0x20000+i] = []byte{0x80, 0x1f, 0, 0}[i]
			}
			if v := c.try(code...); v != tt.want {
				t.Errorf("%s: % x: exception %d, want %d", tt.name, code, v, tt.want)
			}
		}
	}
}

// Real mode has no VEX prefix, 16-bit protected mode has: for instructions on
// general registers as well.
func TestVEXInRealMode(t *testing.T) {
	for _, code := range [][]byte{{0xc5, 0xf8, 0x77}, {0xc4, 0xe2, 0x78, 0xf2, 0xc1}, {0xc5, 0xfc, 0x58, 0xc1}} {
		for _, pe := range []uint64{0, cpu.CR0PE} {
			c := isaCPU(t)
			s, _ := c.Sregs()
			s.CS.L, s.CS.DB = false, false
			s.EFER, s.CR0 = 0, pe|cpu.CR0NE
			if err := c.SetSregs(s); err != nil {
				t.Fatal(err)
			}
			want := -1
			if pe == 0 {
				want = vecUD
			}
			if v := c.try(code...); v != want {
				t.Errorf("CR0.PE %d: % x: exception %d, want %d", pe, code, v, want)
			}
		}
	}
}

// Memory must be aligned for some, and for no other.
func TestAVXAlignment(t *testing.T) {
	for _, tt := range []struct {
		code []byte
		want uint64 // the alignment, in bytes
	}{
		{[]byte{0xc5, 0xfc, 0x28, 0x03}, 32}, {[]byte{0xc5, 0xf8, 0x28, 0x03}, 16}, {[]byte{0xc5, 0xfc, 0x29, 0x03}, 32}, // vmovaps
		{[]byte{0xc5, 0xfd, 0x6f, 0x03}, 32}, {[]byte{0xc5, 0xf9, 0x7f, 0x03}, 16}, // vmovdqa
		{[]byte{0xc5, 0xfc, 0x2b, 0x03}, 32}, {[]byte{0xc5, 0xfd, 0xe7, 0x03}, 32}, {[]byte{0xc4, 0xe2, 0x7d, 0x2a, 0x03}, 32}, // vmovnt
		{[]byte{0xc5, 0xfc, 0x10, 0x03}, 1}, {[]byte{0xc5, 0xfe, 0x7f, 0x03}, 1}, // vmovups, vmovdqu
		{[]byte{0xc5, 0xfc, 0x58, 0x03}, 1}, {[]byte{0xc5, 0xf9, 0xef, 0x03}, 1}, {[]byte{0xc4, 0xe2, 0x7d, 0x18, 0x03}, 1}, // vaddps, vpxor, vbroadcastss
	} {
		for _, at := range []uint64{0x20000, 0x20001, 0x20008, 0x20010} {
			c := isaCPU(t)
			c.r[rBX] = at
			want := -1
			if at%tt.want != 0 {
				want = vecGP
			}
			if v := c.try(tt.code...); v != want {
				t.Errorf("% x at %#x: exception %d, want %d", tt.code, at, v, want)
			}
		}
	}
}

// A store of 256 bits that faults in its second page has written nothing in its
// first; one under a mask does not fault where the mask is clear.
func TestAVXStoreFaults(t *testing.T) {
	c := isaCPU(t)
	const hole = 2 << 20 // behind the RAM
	table := c.cr3
	for range 2 {
		table = binary.LittleEndian.Uint64(c.ram[table:]) &^ pageMask
	}
	clear(c.ram[table+8:][:8]) // the entry of the directory
	c.flushTLB()
	if !c.protected(func() { c.read64(hole) }) {
		t.Fatalf("%#x is mapped", hole)
	}
	c.r[rBX] = hole - 16
	for _, tt := range []struct {
		code []byte
		mask vec
		want int
	}{
		{[]byte{0xc5, 0xfc, 0x11, 0x03}, vec{}, vecPF},                 // vmovups %ymm0, (%rbx)
		{[]byte{0xc4, 0xe2, 0x75, 0x2e, 0x03}, vec{}, -1},              // vmaskmovps %ymm0, %ymm1, (%rbx)
		{[]byte{0xc4, 0xe2, 0x75, 0x2c, 0x03}, vec{}, -1},              // and from there
		{[]byte{0xc4, 0xe2, 0x75, 0x2e, 0x03}, vec{1 << 63}, vecPF},    // the mask's upper half
		{[]byte{0xc4, 0xe2, 0xf5, 0x8e, 0x03}, vec{1 << 31}, -1},       // vpmaskmovq: the quadword's top bit
		{[]byte{0xc4, 0xe2, 0xf5, 0x8c, 0x03}, vec{0, 1 << 63}, vecPF}, // a load
		{[]byte{0xc4, 0xe2, 0x71, 0x2e, 0x43, 0x10}, vec{1 << 31}, -1}, // 128 bits: the upper half does not count
	} {
		c.xmm[0], c.ymm[0] = vec{1, 1}, vec{1, 1}
		c.xmm[1], c.ymm[1] = vec{}, tt.mask
		if tt.want == -1 {
			c.xmm[0] = vec{}
		}
		if v := c.try(tt.code...); v != tt.want {
			t.Errorf("% x with a mask of %x: exception %d, want %d", tt.code, tt.mask, v, tt.want)
		}
		if got := [16]byte(c.ram[hole-16:]); tt.want != -1 && got != [16]byte{} {
			t.Errorf("% x has written %x", tt.code, got)
		}
	}
}

// What the oracle does not judge: approximations, which each processor has of
// its own, and MXCSR.
func TestAVXApproximations(t *testing.T) {
	c := isaCPU(t)
	reset := func() {
		for i := range 3 {
			c.xmm[i] = vec{0x40400000_40000000 + uint64(i)<<20, 0x41200000_3f000000}
			c.ymm[i] = vec{0x42c80000_3e800000, 0x3f800000_40a00000 + uint64(i)<<21}
		}
	}
	each := func(v vec, op laneOp) (r vec) {
		for i := range v {
			r[i] = op(c, nil, 0, v[i]&0xffffffff) | op(c, nil, 0, v[i]>>32)<<32
		}
		return r
	}
	for _, tt := range []struct {
		op    byte
		exact laneOp
	}{{0x53, rcp}, {0x52, rsqrt}} {
		reset()
		if v := c.try(0xc5, 0xfc, tt.op, 0xc2); v >= 0 || c.xmm[0] != each(c.xmm[2], tt.exact) || c.ymm[0] != each(c.ymm[2], tt.exact) {
			t.Errorf("%#x, 256 bits: exception %d, %x %x", tt.op, v, c.xmm[0], c.ymm[0])
		}
		reset()
		if v := c.try(0xc5, 0xf8, tt.op, 0xc2); v >= 0 || c.xmm[0] != each(c.xmm[2], tt.exact) || c.ymm[0] != (vec{}) {
			t.Errorf("%#x, 128 bits: exception %d, %x %x", tt.op, v, c.xmm[0], c.ymm[0])
		}
		reset()
		want := insertLow(c.xmm[1], tt.exact(c, nil, 0, c.xmm[2][0]&0xffffffff), 32)
		if v := c.try(0xc5, 0xf2, tt.op, 0xc2); v >= 0 || c.xmm[0] != want || c.ymm[0] != (vec{}) {
			t.Errorf("%#x, scalar: exception %d, %x %x, want %x", tt.op, v, c.xmm[0], c.ymm[0], want)
		}
	}
	c.r[rBX], c.mxcsr = 0x20000, 0x1fa0
	if v := c.try(0xc5, 0xf8, 0xae, 0x1b); v >= 0 || binary.LittleEndian.Uint32(c.ram[0x20000:]) != 0x1fa0 {
		t.Errorf("VSTMXCSR: exception %d, %x", v, c.ram[0x20000:0x20004])
	}
	c.mxcsr = 0
	if v := c.try(0xc5, 0xf8, 0xae, 0x13); v >= 0 || c.mxcsr != 0x1fa0 {
		t.Errorf("VLDMXCSR: exception %d, %#x", v, c.mxcsr)
	}
	c.ram[0x20003] = 1
	if v := c.try(0xc5, 0xf8, 0xae, 0x13); v != vecGP {
		t.Errorf("VLDMXCSR of a reserved bit: exception %d", v)
	}
}

// A gather's addresses have the address size, and wrap in it; the lanes are
// loaded in order, so that a fault leaves those before it.
func TestGatherAddresses(t *testing.T) {
	c := isaCPU(t)
	for i := range uint32(64) {
		binary.LittleEndian.PutUint32(c.ram[0x20000+4*i:], 1000+i)
	}
	set := func() {
		c.r[rBX] = 0xffff_ffff_0002_0010
		c.xmm[0], c.ymm[0] = vec{}, vec{7, 7}
		c.xmm[1] = vec{0x00000001_fffffffc, 0x7fffffff_00000003} // 1, -4; 2^31-1, 3
		c.xmm[2], c.ymm[2] = vec{1<<63 | 1<<31, 1 << 31}, vec{9, 9}
	}
	set()
	if v := c.try(0x67, 0xc4, 0xe2, 0x69, 0x90, 0x04, 0x8b); v >= 0 { // vpgatherdd %xmm2, (%ebx,%xmm1,4), %xmm0
		t.Fatalf("exception %d", v)
	}
	if want := (vec{1005<<32 | 1000, 1007}); c.xmm[0] != want || c.ymm[0] != (vec{}) || c.xmm[2] != (vec{}) || c.ymm[2] != (vec{}) {
		t.Errorf("%d %d, mask %x %x", c.xmm[0], c.ymm[0], c.xmm[2], c.ymm[2])
	}
	set()
	c.r[rBX] = 0x20010
	c.xmm[1][1] = 1 << 31 // -2^31: in the upper half of the address space
	if v := c.try(0xc4, 0xe2, 0x69, 0x90, 0x04, 0x8b); v != vecPF {
		t.Fatalf("exception %d", v)
	}
	if want := (vec{1005<<32 | 1000, 0}); c.xmm[0] != want || c.ymm[0] != (vec{7, 7}) || c.xmm[2] != (vec{0, 1 << 31}) {
		t.Errorf("after a fault: %d %d, mask %x", c.xmm[0], c.ymm[0], c.xmm[2])
	}
}
