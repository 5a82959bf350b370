package soft

import (
	"testing"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// isaCPU is a CPU in 64-bit mode with memory mapped as it is.
func isaCPU(t testing.TB) *CPU {
	t.Helper()
	ram := make([]byte, 2<<20)
	v, err := New().NewVCPU(cpu.Config{RAM: ram, Bus: silence{}})
	if err != nil {
		t.Fatal(err)
	}
	s := bare.LongMode(ram)
	s.CR0 |= cpu.CR0NE
	s.CR4 |= cpu.CR4OSXSAVE
	if err := v.SetSregs(s); err != nil {
		t.Fatal(err)
	}
	return v.(*CPU)
}

// silence is a bus where nothing answers.
type silence struct{}

func (silence) In(uint16, []byte)        {}
func (silence) Out(uint16, []byte)       {}
func (silence) ReadMMIO(uint64, []byte)  {}
func (silence) WriteMMIO(uint64, []byte) {}

// try executes one instruction, and returns the exception it raised, or -1.
func (c *CPU) try(code ...byte) int {
	const at = 0x100000
	copy(c.ram[at:], code)
	c.r[rIP] = at
	c.newEpoch()
	if c.protected(func() {
		c.start = c.r[rIP]
		in := c.fetch()
		c.r[rIP] += uint64(in.len)
		in.exec(c, in)
	}) {
		return int(c.trap.vector)
	}
	c.count++
	return -1
}

func TestRandomNumbers(t *testing.T) {
	run := func(seed uint64) (out [4]uint64) {
		c := isaCPU(t)
		c.SeedRandom(seed)
		for i := range out {
			if v := c.try(0x48, 0x0f, 0xc7, 0xf0|byte(i&1<<3)); v >= 0 || c.flags()&arithFlags != cpu.FlagCF {
				t.Fatalf("exception %d, flags %#x", v, c.flags())
			}
			out[i] = c.r[rAX]
		}
		return out
	}
	a, b := run(1), run(1)
	if a != b {
		t.Errorf("the same seed: %x and %x", a, b)
	}
	if b = run(2); a == b || a[0] == a[2] || a[1] == a[3] {
		t.Errorf("%x and, with another seed, %x", a, b)
	}
}

func TestXSAVE(t *testing.T) {
	const area = 0x20000
	c := isaCPU(t)
	c.cr4 &^= cpu.CR4OSXSAVE
	c.r[rBX], c.r[rAX], c.r[rDX], c.r[rCX] = area, 3, 0, 0
	for _, code := range [][]byte{{0x0f, 0x01, 0xd0}, {0x0f, 0x01, 0xd1}, {0x0f, 0xae, 0x23}, {0x0f, 0xae, 0x2b}} {
		if v := c.try(code...); v != vecUD {
			t.Errorf("% x without CR4.OSXSAVE: exception %d", code, v)
		}
	}
	c.cr4 |= cpu.CR4OSXSAVE
	set := func(v uint64) int {
		c.r[rAX], c.r[rDX], c.r[rCX] = v&0xffffffff, v>>32, 0
		return c.try(0x0f, 0x01, 0xd1)
	}
	for _, v := range []uint64{0, 2, 4, 5, 15, 1 << 63} {
		if set(v) != vecGP {
			t.Errorf("XSETBV of %#x is no #GP", v)
		}
	}
	// What the components take, and whether AVX can be used, go by XCR0.
	for _, tt := range []struct {
		xcr0, size uint64
		avx        int
	}{{3, 576, vecUD}, {7, 832, -1}} {
		if set(tt.xcr0) >= 0 || c.try(0x0f, 0x01, 0xd0) >= 0 || c.r[rAX] != tt.xcr0 || c.r[rDX] != 0 {
			t.Errorf("XSETBV of %d, XGETBV: %#x:%#x", tt.xcr0, c.r[rDX], c.r[rAX])
		}
		for sub := range uint64(2) {
			if c.r[rAX], c.r[rCX] = 13, sub; c.try(0x0f, 0xa2) >= 0 || c.r[rBX] != tt.size {
				t.Errorf("XCR0 %d: CPUID 13, %d: %d bytes", tt.xcr0, sub, c.r[rBX])
			}
		}
		if v := c.try(0xc5, 0xf8, 0x77); v != tt.avx {
			t.Errorf("XCR0 %d: VZEROUPPER: exception %d", tt.xcr0, v)
		}
	}
	c.r[rBX], c.r[rAX], c.r[rDX], c.r[rCX] = area, 7, 0, 0
	c.fpu.reset()
	c.fpu.push(f80{1 << 63, 0x3fff})
	c.xmm[3], c.ymm[15] = vec{7, 8}, vec{9, 10}
	c.mxcsr = 0x1fa0
	for _, compact := range []bool{false, true} {
		clear(c.ram[area : area+1024])
		save := []byte{0x48, 0x0f, 0xae, 0x23}
		if compact {
			save = []byte{0x48, 0x0f, 0xc7, 0x23}
		}
		want, upper, fpu := c.xmm, c.ymm, c.fpu
		if v := c.try(save...); v >= 0 {
			t.Fatalf("exception %d", v)
		}
		c.xmm, c.ymm, c.fpu, c.mxcsr = [16]vec{}, [16]vec{}, x87{}, 0
		if v := c.try(0x48, 0x0f, 0xae, 0x2b); v >= 0 {
			t.Fatalf("exception %d", v)
		}
		if fpu.fip, fpu.fop, fpu.work = c.fpu.fip, c.fpu.fop, c.fpu.work; c.xmm != want || c.ymm != upper || c.fpu != fpu || c.mxcsr != 0x1fa0 {
			t.Errorf("compact %v: %v %+v %#x", compact, c.xmm, c.fpu, c.mxcsr)
		}
	}
	// What the header does not have becomes what it is initially.
	c.ram[area+fxsaveSize] = 0
	if v := c.try(0x48, 0x0f, 0xae, 0x2b); v >= 0 || c.xmm != [16]vec{} || c.ymm != [16]vec{} || c.fpu.fcw != fcwInit || c.fpu.ftw != 0 || c.mxcsr != 0x1f80 {
		t.Errorf("exception %d: %v %+v %#x", v, c.xmm, c.fpu, c.mxcsr)
	}
}

// With CR4.OSXMMEXCPT a floating-point exception is #XM, without it #UD, and
// with CR0.NE one of the x87 is #MF, at the next instruction that waits.
func TestUnmaskedExceptions(t *testing.T) {
	c := isaCPU(t)
	c.mxcsr = 0x1f80 &^ (excZ << 7)
	c.xmm[0], c.xmm[1] = vec{0x3f800000}, vec{}
	divss := []byte{0xf3, 0x0f, 0x5e, 0xc1}
	if v := c.try(divss...); v != vecXM || c.mxcsr&excAll != excZ || c.xmm[0][0] != 0x3f800000 {
		t.Errorf("exception %d, mxcsr %#x, xmm0 %#x", v, c.mxcsr, c.xmm[0][0])
	}
	c.cr4 &^= cpu.CR4OSXMMEXCPT
	if v := c.try(divss...); v != vecUD {
		t.Errorf("exception %d", v)
	}
	c.fpu.reset()
	c.fpu.fcw &^= excZ
	for _, code := range [][]byte{{0xd9, 0xe8}, {0xd9, 0xee}, {0xde, 0xf9}} { // fld1; fldz; fdivp
		if v := c.try(code...); v >= 0 {
			t.Fatalf("% x: exception %d", code, v)
		}
	}
	for _, tt := range []struct {
		code []byte
		want int
	}{{[]byte{0xdf, 0xe0}, -1}, {[]byte{0xd9, 0xe8}, vecMF}, {[]byte{0x9b}, vecMF}, {[]byte{0x0f, 0x6f, 0xc1}, vecMF},
		{[]byte{0xdb, 0xe2}, -1}, {[]byte{0x9b}, -1}} { // fnstsw; fld1; fwait; movq; fnclex; fwait
		if v := c.try(tt.code...); v != tt.want {
			t.Errorf("% x: exception %d, want %d", tt.code, v, tt.want)
		}
	}
}

// What CPUID announces and what the table has: they go together.
func TestCPUIDIsTrue(t *testing.T) {
	has := func(name string) bool {
		for _, tab := range tables {
			for _, r := range tab {
				if r.name == name {
					return true
				}
			}
		}
		return false
	}
	leaf1, leaf7, ext := cpuid(1, 0), cpuid(7, 0), cpuid(0x80000001, 0)
	for _, f := range []struct {
		on    bool
		names []string
	}{
		{leaf1[3]&(1<<0) != 0, []string{"FADD", "FSIN", "FBSTP", "FNSAVE"}}, {leaf1[3]&(1<<23) != 0, []string{"PMADDWD", "EMMS"}},
		{leaf1[2]&(1<<0) != 0, []string{"HADDPS", "LDDQU", "FISTTP"}}, {leaf1[2]&(1<<1) != 0, []string{"PCLMULQDQ"}},
		{leaf1[2]&(1<<9) != 0, []string{"PSHUFB", "PALIGNR"}}, {leaf1[2]&(1<<19) != 0, []string{"PTEST", "DPPS", "MPSADBW"}},
		{leaf1[2]&(1<<20) != 0, []string{"PCMPESTRI", "CRC32", "PCMPGTQ"}}, {leaf1[2]&(1<<22) != 0, []string{"MOVBE"}},
		{leaf1[2]&(1<<23) != 0, []string{"POPCNT"}}, {leaf1[2]&(1<<25) != 0, []string{"AESENC", "AESKEYGENASSIST"}},
		{leaf1[2]&(1<<26) != 0, []string{"XSAVE", "XRSTOR", "XSETBV", "XGETBV"}}, {leaf1[2]&(1<<30) != 0, []string{"RDRAND"}},
		{leaf7[1]&(1<<3) != 0, []string{"ANDN", "BEXTR", "BLSI", "BLSR", "BLSMSK", "TZCNT"}},
		{leaf7[1]&(1<<8) != 0, []string{"BZHI", "MULX", "PDEP", "PEXT", "RORX", "SARX", "SHLX", "SHRX"}},
		{leaf7[1]&(1<<18) != 0, []string{"RDSEED"}}, {leaf7[1]&(1<<19) != 0, []string{"ADCX", "ADOX"}},
		{ext[2]&(1<<5) != 0, []string{"LZCNT"}},
		{leaf1[2]&(1<<12) != 0, []string{"VFMADD231PD", "VFNMSUB132SS", "VFMSUBADD213PS"}},
		{leaf1[2]&(1<<28) != 0, []string{"VADDPS", "VZEROUPPER", "VPERM2F128", "VMASKMOVPD", "VPCMPISTRM", "VAESENC"}},
		{leaf1[2]&(1<<29) != 0, []string{"VCVTPH2PS", "VCVTPS2PH"}},
		{leaf7[1]&(1<<5) != 0, []string{"VPBROADCASTB", "VPGATHERQQ", "VPERMD", "VPSRAVD", "VPMASKMOVQ", "VPERM2I128"}},
	} {
		for _, name := range f.names {
			if has(name) != f.on {
				t.Errorf("%s: in the table %v, in CPUID %v", name, has(name), f.on)
			}
		}
	}
}

// The AVX state, and what of it is enabled, goes to another CPU with the rest.
func TestAVXStateMoves(t *testing.T) {
	a, b := isaCPU(t), isaCPU(t)
	a.ext.xcr0 = xcrAll
	for i := range a.ymm {
		a.xmm[i], a.ymm[i] = vec{uint64(i), 1}, vec{uint64(i) << 32, 2}
	}
	for _, xcr0 := range []uint64{xcrAll, xcrX87 | xcrSSE, xcrX87} {
		a.ext.xcr0 = xcr0
		s, err := cpu.GetState(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := cpu.SetState(b, s); err != nil {
			t.Fatal(err)
		}
		if b.xmm != a.xmm || b.ymm != a.ymm || b.xcr0() != xcr0 {
			t.Errorf("XCR0 %d: %x %x %d", xcr0, b.xmm, b.ymm, b.xcr0())
		}
	}
}
