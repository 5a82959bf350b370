package soft

import (
	"hash/crc32"
	"math/bits"

	"sysindvm/cpu"
)

// SSE4.2 (SDM 1, 12.11): string comparison, CRC32 and PCMPGTQ.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func exCRC32(c *CPU, in *inst) {
	v, sum := c.load(in, &in.src), uint32(c.r[in.dst.reg])
	for range in.src.n / 8 {
		sum = castagnoli[byte(sum)^byte(v)] ^ sum>>8
		v >>= 8
	}
	c.r[in.dst.reg] = uint64(sum)
}

// Fields of the immediate of a string comparison (SDM 1, 4.1 of volume 2B).
const (
	strWords  = 1 << 0
	strSigned = 1 << 1
	strNegate = 1 << 4
	strMasked = 1 << 5 // only where the second string is
	strHigh   = 1 << 6 // the highest index, or a mask of whole elements
)

// aggregates of the immediate, bits 3:2
const (
	strAny = iota
	strRanges
	strEach
	strOrdered
)

// stringElements takes a string apart.
func stringElements(v vec, imm uint64) (e []int64) {
	b := bytesOf(v)
	for i := 0; i < 16; i++ {
		switch imm & (strWords | strSigned) {
		case 0:
			e = append(e, int64(b[i]))
		case strSigned:
			e = append(e, int64(int8(b[i])))
		default:
			x := i16(b[:], i/2)
			if imm&strSigned == 0 {
				x &= 0xffff
			}
			e = append(e, x)
			i++
		}
	}
	return e
}

// implicitLength ends a string at its first zero.
func implicitLength(e []int64) int {
	for i, v := range e {
		if v == 0 {
			return i
		}
	}
	return len(e)
}

// explicitLength is that in a register: its magnitude, at most all.
func explicitLength(v uint64, n uint8, all int) int {
	x := int64(sext(v, n))
	if x < 0 {
		x = -x
	}
	if x < 0 || x > int64(all) {
		return all
	}
	return int(x)
}

// compareStrings is the mask of IntRes2 (SDM 2B, 4.1.4).
func compareStrings(a, b []int64, la, lb int, imm uint64) (r uint32) {
	n := len(a)
	for j := range n {
		hit := false
		switch imm >> 2 & 3 {
		case strAny:
			for i := range la {
				hit = hit || j < lb && a[i] == b[j]
			}
		case strRanges:
			for i := 0; i+1 < la; i += 2 {
				hit = hit || j < lb && a[i] <= b[j] && b[j] <= a[i+1]
			}
		case strEach:
			hit = j < la && j < lb && a[j] == b[j] || j >= la && j >= lb
		case strOrdered:
			hit = true
			for i := 0; i < la && j+i < n; i++ {
				hit = hit && j+i < lb && a[i] == b[j+i]
			}
		}
		if imm&strNegate != 0 && (imm&strMasked == 0 || j < lb) {
			hit = !hit
		}
		if hit {
			r |= 1 << j
		}
	}
	return r
}

// exPCMPSTR makes the four instructions: with lengths in EAX and EDX or up to a
// zero, and with an index or a mask for result.
func exPCMPSTR(explicit, index bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkSSE(in)
		a, b := stringElements(c.xmm[in.dst.reg], in.imm), stringElements(c.loadX(in, &in.src), in.imm)
		n := len(a)
		la, lb := 0, 0
		if explicit {
			w := max(in.size, 32)
			la, lb = explicitLength(c.r[rAX], w, n), explicitLength(c.r[rDX], w, n)
		} else {
			la, lb = implicitLength(a), implicitLength(b)
		}
		r := compareStrings(a, b, la, lb, in.imm)
		switch {
		case index && r == 0:
			c.r[rCX] = uint64(n)
		case index && in.imm&strHigh != 0:
			c.r[rCX] = uint64(31 - bits.LeadingZeros32(r))
		case index:
			c.r[rCX] = uint64(bits.TrailingZeros32(r))
		case in.imm&strHigh == 0:
			c.xmm[0] = vec{uint64(r)}
		default:
			size := uint(128 / n)
			c.xmm[0] = vec{}
			for i := range uint(n) {
				if r>>i&1 != 0 {
					at := i * size
					c.xmm[0][at/64] |= mask(uint8(size)) << (at % 64)
				}
			}
		}
		if in.vex && !index {
			c.ymm[0] = vec{}
		}
		var f uint64
		for _, x := range [...]struct {
			on   bool
			flag uint64
		}{{r != 0, cpu.FlagCF}, {lb < n, cpu.FlagZF}, {la < n, cpu.FlagSF}, {r&1 != 0, cpu.FlagOF}} {
			if x.on {
				f |= x.flag
			}
		}
		c.lazy = false
		c.eflags = c.eflags&^arithFlags | f
	}
}

var sse42Table = []row{
	{"66.0F3837", "PCMPGTQ", "Vdq,Wdq", packed(64, greater(64)), 0, nil},
	{"66.0F3A60", "PCMPESTRM", "Vdq,Wdq,Ib", exPCMPSTR(true, false), 0, nil}, {"66.0F3A61", "PCMPESTRI", "Vdq,Wdq,Ib", exPCMPSTR(true, true), 0, nil},
	{"66.0F3A62", "PCMPISTRM", "Vdq,Wdq,Ib", exPCMPSTR(false, false), 0, nil}, {"66.0F3A63", "PCMPISTRI", "Vdq,Wdq,Ib", exPCMPSTR(false, true), 0, nil},
	{"F2.0F38F0", "CRC32", "Gy,Eb", exCRC32, 0, nil}, {"F2.0F38F1", "CRC32", "Gy,Ev", exCRC32, 0, nil},
}
