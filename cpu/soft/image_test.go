package soft

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"sysindvm/cpu/soft/internal/native"
	"sysindvm/internal/hostcpu"
)

// FXSAVE, FXRSTOR, XSAVE and XRSTOR against the host's processor.
func TestStateImages(t *testing.T) {
	m, err := native.New()
	if err != nil {
		t.Skip("no oracle on this host: ", err)
	}
	defer m.Close()
	c, all := newBench(t), xcrAll
	if lacks := hostcpu.Lacking(native.Vectors...); lacks != "" {
		t.Logf("the AVX state is left out: this host lacks %s", lacks)
		all &^= xcrAVX
	}
	size := int(xsaveLength(uint64(all)))
	g := &generator{Rand: rand.New(rand.NewPCG(*seed, 3))}
	forms := []struct {
		name string
		code []byte // with (%rbx)
	}{
		{"FXSAVE", []byte{0x0f, 0xae, 0x03}}, {"FXSAVE64", []byte{0x48, 0x0f, 0xae, 0x03}},
		{"FXRSTOR", []byte{0x0f, 0xae, 0x0b}}, {"FXRSTOR64", []byte{0x48, 0x0f, 0xae, 0x0b}},
		{"XSAVE", []byte{0x0f, 0xae, 0x23}}, {"XSAVE64", []byte{0x48, 0x0f, 0xae, 0x23}},
		{"XRSTOR", []byte{0x0f, 0xae, 0x2b}}, {"XRSTOR64", []byte{0x48, 0x0f, 0xae, 0x2b}},
	}
	if hostcpu.Lacking("xsavec") == "" {
		forms = append(forms, forms[0], forms[0])
		forms[8].name, forms[8].code = "XSAVEC", []byte{0x0f, 0xc7, 0x23}
		forms[9].name, forms[9].code = "XSAVEC64", []byte{0x48, 0x0f, 0xc7, 0x23}
	}
	for range 20000 {
		f := forms[g.IntN(len(forms))]
		s := g.state(&row{})
		s.R[rAX], s.R[rDX] = uint64(g.IntN(all+1)), 0
		data := c.data
		image := data[0x400:][:size]
		for i := 0; i < len(image); i += 8 {
			binary.LittleEndian.PutUint64(image[i:], g.Uint64())
		}
		le := binary.LittleEndian
		var fx native.FX
		g.x87(&fx)
		le.PutUint16(image[0:], uint16(g.Uint32()))
		le.PutUint16(image[2:], uint16(g.Uint32()))
		le.PutUint64(image[8:], fx.FIP)
		le.PutUint64(image[16:], fx.FDP)
		le.PutUint32(image[24:], g.Uint32()&0xffff)
		if g.IntN(20) == 0 {
			le.PutUint32(image[24:], g.Uint32()&^(1<<17)) // which AMD's processors have
		}
		for i := fxsaveSize; i < xsaveSize; i += 8 {
			le.PutUint64(image[i:], 0)
		}
		image[fxsaveSize] = byte(g.IntN(all + 1))
		if f.name[:2] == "XR" && len(forms) > 8 && g.IntN(2) == 0 { // compacted
			comp := byte(g.IntN(all + 1))
			if image[fxsaveSize+8], image[fxsaveSize+15] = comp, 0x80; g.IntN(8) != 0 {
				image[fxsaveSize] &= comp
			}
		}
		switch g.IntN(20) {
		case 0:
			image[fxsaveSize+8+g.IntN(8)] = 1
		case 1:
			s.R[rBX] += uint64(g.IntN(64))
		}
		copy(m.Memory()[native.Data-native.Base:], data)
		before := bytes.Clone(image)
		var in inst
		if d := (decoder{b: f.code, long: true, seg: -1}); !d.decode(&in) {
			t.Fatal(f.name)
		}
		got, want := c.one(&in, s, true), m.Run(f.code, s)
		if want.Fault != got.Fault {
			t.Fatalf("%s: signal %d, and %d here: rbx %#x, image % x", f.name, want.Fault, got.Fault, s.R[rBX], before)
		}
		if want.Fault != 0 {
			continue
		}
		at := s.R[rBX] - native.Data
		image, theirs := data[at:][:size], m.Memory()[native.Data-native.Base:][at:][:size]
		for _, b := range [...][]byte{image, theirs} {
			if f.name[:2] == "XS" {
				b[fxsaveSize] = 0 // which states are in use
			}
			copy(b[28:32], "\x00\x00\x00\x00") // the mask of MXCSR
			if s.FSW&fswES == 0 {
				copy(b[6:24], make([]byte, 18)) // the pointers, which AMD's processors keep to themselves
			}
			copy(b[12:16], "\x00\x00\x00\x00")
			copy(b[20:24], "\x00\x00\x00\x00")
			if f.name[0] == 'X' { // XSAVE leaves what it does not save
				copy(b[6:24], make([]byte, 18))
			}
		}
		if !bytes.Equal(image, theirs) {
			t.Fatalf("%s: processor and soft:\n% x\n% x", f.name, theirs, image)
		}
		a, b := visible(got.FX), visible(want.FX)
		if a.FSW&fswES != 0 {
			a.FIP, a.FDP, b.FIP, b.FDP = a.FIP&0xffffffff, a.FDP&0xffffffff, b.FIP&0xffffffff, b.FDP&0xffffffff
		}
		if got.YMM != want.YMM || a != b && !(f.name[0] == 'X' && s.R[rAX]&1 == 0) {
			t.Fatalf("%s of %x, rax %d: processor and soft:\n%s\n%s", f.name, before, s.R[rAX], lines(want, nil), lines(got, nil))
		}
	}
}

// RCPSS and RSQRTSS: within the bound of the architecture, and what is no
// number like the host's processor has it.
func TestApproximations(t *testing.T) {
	for exp := uint64(1); exp < 255; exp += 3 {
		for m := uint64(0); m < 1<<23; m += 997 {
			v := exp<<23 | m
			x := float64(f32(v))
			for _, f := range [...]struct {
				name  string
				got   uint64
				exact float64
			}{{"rcp", rcp(nil, nil, 0, v), 1 / x}, {"rsqrt", rsqrt(nil, nil, 0, v), 1 / math.Sqrt(x)}} {
				if f.exact <= 0x1p-126 && f.got == 0 {
					continue
				}
				if e := math.Abs(float64(f32(f.got))/f.exact - 1); e > 1.5*0x1p-12 {
					t.Fatalf("%s(%g) = %g, off by 2^%.2f", f.name, x, f32(f.got), math.Log2(e))
				}
			}
		}
	}
	m, err := native.New()
	if err != nil {
		t.Skip("no oracle on this host: ", err)
	}
	defer m.Close()
	for op, f := range map[byte]func(*CPU, *floatEnv, uint64, uint64) uint64{0x53: rcp, 0x52: rsqrt} {
		for _, v := range []uint64{0, 1 << 31, 1, 1<<31 | 1, 0x7fffff, 0x807fffff, 0x7f800000, 0xff800000, 0x7f800001, 0xffc00001, 0x7f7fffff} {
			s := native.State{}
			s.MXCSR, s.FCW, s.R[rSP] = 0x1f80, fcwInit, native.Data+0x800
			s.XMM[1][0] = v
			s = m.Run([]byte{0xf3, 0x0f, op, 0xc1}, s)
			if got := f(nil, nil, 0, v); got != s.XMM[0][0] && (v != 0x7f7fffff || op == 0x53) {
				t.Errorf("0f %02x of %08x: %08x, the processor has %08x", op, v, got, s.XMM[0][0])
			}
		}
	}
}
