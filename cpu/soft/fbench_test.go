package soft

import "testing"

// What floating-point instructions cost, apart from fetching them.
func BenchmarkFloat(b *testing.B) {
	for _, bb := range []struct {
		name string
		code []byte
	}{
		{"ADDSD", []byte{0xf2, 0x0f, 0x58, 0xc1}}, {"MULSD", []byte{0xf2, 0x0f, 0x59, 0xc1}}, {"ADDPS", []byte{0x0f, 0x58, 0xc1}},
		{"COMISD", []byte{0x66, 0x0f, 0x2f, 0xc1}}, {"CVTSI2SD", []byte{0xf2, 0x48, 0x0f, 0x2a, 0xc0}}, {"CVTTSD2SI", []byte{0xf2, 0x48, 0x0f, 0x2c, 0xc1}},
		{"CVTSS2SD", []byte{0xf3, 0x0f, 0x5a, 0xc1}}, {"PADDD", []byte{0x66, 0x0f, 0xfe, 0xc1}}, {"PXOR", []byte{0x66, 0x0f, 0xef, 0xc1}},
		{"PSHUFB", []byte{0x66, 0x0f, 0x38, 0x00, 0xc1}}, {"AESENC", []byte{0x66, 0x0f, 0x38, 0xdc, 0xc1}},
		{"FADD", []byte{0xd8, 0xc1}}, {"FSQRT", []byte{0xd9, 0xfa}}, {"FSIN", []byte{0xd9, 0xfe}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			c := isaCPU(b)
			var in inst
			if !c.decode(&in, bb.code) {
				b.Fatal("no such instruction")
			}
			c.mxcsr = 0x1fa0
			c.fpu.reset()
			for i := range 8 {
				c.fpu.push(f80{1<<63 | uint64(i)<<40, 0x3fff})
			}
			for b.Loop() {
				c.xmm[0], c.xmm[1] = vec{0x3ff3333333333333, 0x3ff3333333333333}, vec{0x3ff1c71c71c71c72, 5}
				in.exec(c, &in)
			}
		})
	}
}
