package soft

import "encoding/binary"

// SSSE3 (SDM 1, 12.5): each instruction for MMX and for XMM registers.

// byteOp is an operation on vectors of 8 or 16 bytes.
type byteOp = func(r, a, b []byte, imm uint8)

func bytesOf(v vec) (b [16]byte) {
	binary.LittleEndian.PutUint64(b[:], v[0])
	binary.LittleEndian.PutUint64(b[8:], v[1])
	return b
}

func vecOf(b [16]byte) vec {
	return vec{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
}

// onBytes makes one of an operation for XMM registers.
func onBytes(op byteOp) vecOp {
	return func(_ *CPU, x, y vec, imm uint64) vec {
		a, b := bytesOf(x), bytesOf(y)
		var r [16]byte
		op(r[:], a[:], b[:], uint8(imm))
		return vecOf(r)
	}
}

// onHalf is one for MMX registers.
func onHalf(op byteOp) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		c.checkMMX()
		a, b := bytesOf(vec{c.loadMM(in, &in.dst)}), bytesOf(vec{c.loadMM(in, &in.src)})
		var r [16]byte
		op(r[:8], a[:8], b[:8], uint8(in.imm))
		c.setMM(in.dst.reg, vecOf(r)[0])
		c.toMMX()
	}
}

// both is the rows of an instruction.
func both(op, name, imm string, f byteOp) []row {
	return []row{
		{"NP.0F" + op, name, "Pq,Qq" + imm, onHalf(f), 0, nil},
		{"66.0F" + op, name, "Vdq,Wdq" + imm, of2(onBytes(f)), 0, nil},
	}
}

func i16(b []byte, i int) int64       { return int64(int16(binary.LittleEndian.Uint16(b[2*i:]))) }
func i32(b []byte, i int) int64       { return int64(int32(binary.LittleEndian.Uint32(b[4*i:]))) }
func put16(b []byte, i int, v int64)  { binary.LittleEndian.PutUint16(b[2*i:], uint16(v)) }
func put32(b []byte, i int, v int64)  { binary.LittleEndian.PutUint32(b[4*i:], uint32(v)) }
func saturate16(v int64) int64        { return max(min(v, 0x7fff), -0x8000) }
func plus(a, b int64) int64           { return a + b }
func minus(a, b int64) int64          { return a - b }
func plusSaturated(a, b int64) int64  { return saturate16(a + b) }
func minusSaturated(a, b int64) int64 { return saturate16(a - b) }
func mulRoundScale(a, b int64) int64  { return (a*b>>14 + 1) >> 1 }

// pairs16 makes an operation on neighbours: those of a give the lower half.
func pairs16(op func(a, b int64) int64) byteOp {
	return func(r, a, b []byte, _ uint8) {
		n := len(r) / 4
		for i := range n {
			put16(r, i, op(i16(a, 2*i), i16(a, 2*i+1)))
			put16(r, n+i, op(i16(b, 2*i), i16(b, 2*i+1)))
		}
	}
}

func pairs32(op func(a, b int64) int64) byteOp {
	return func(r, a, b []byte, _ uint8) {
		n := len(r) / 8
		for i := range n {
			put32(r, i, op(i32(a, 2*i), i32(a, 2*i+1)))
			put32(r, n+i, op(i32(b, 2*i), i32(b, 2*i+1)))
		}
	}
}

func opPSHUFB(r, a, b []byte, _ uint8) {
	for i, k := range b {
		if k&0x80 == 0 {
			r[i] = a[int(k)&(len(a)-1)]
		}
	}
}

func opPMADDUBSW(r, a, b []byte, _ uint8) {
	for i := range len(r) / 2 {
		put16(r, i, saturate16(int64(a[2*i])*int64(int8(b[2*i]))+int64(a[2*i+1])*int64(int8(b[2*i+1]))))
	}
}

// each makes an operation of one on signed lanes of n bytes.
func each(n int, op func(a, b int64) int64) byteOp {
	return func(r, a, b []byte, _ uint8) {
		for i := range len(r) / n {
			switch n {
			case 1:
				r[i] = byte(op(int64(int8(a[i])), int64(int8(b[i]))))
			case 2:
				put16(r, i, op(i16(a, i), i16(b, i)))
			case 4:
				put32(r, i, op(i32(a, i), i32(b, i)))
			}
		}
	}
}

func signOf(a, b int64) int64 {
	switch {
	case b < 0:
		return -a
	case b == 0:
		return 0
	}
	return a
}

func absolute(_, b int64) int64 { return max(b, -b) }

// opPALIGNR shifts b, with a above it, right by bytes.
func opPALIGNR(r, a, b []byte, imm uint8) {
	for i := range r {
		switch k := i + int(imm); {
		case k < len(b):
			r[i] = b[k]
		case k < 2*len(b):
			r[i] = a[k-len(b)]
		}
	}
}

var ssse3Table = concat(
	both("3800", "PSHUFB", "", opPSHUFB),
	both("3801", "PHADDW", "", pairs16(plus)), both("3802", "PHADDD", "", pairs32(plus)),
	both("3803", "PHADDSW", "", pairs16(plusSaturated)),
	both("3804", "PMADDUBSW", "", opPMADDUBSW),
	both("3805", "PHSUBW", "", pairs16(minus)), both("3806", "PHSUBD", "", pairs32(minus)),
	both("3807", "PHSUBSW", "", pairs16(minusSaturated)),
	both("3808", "PSIGNB", "", each(1, signOf)), both("3809", "PSIGNW", "", each(2, signOf)), both("380A", "PSIGND", "", each(4, signOf)),
	both("380B", "PMULHRSW", "", each(2, mulRoundScale)),
	both("381C", "PABSB", "", each(1, absolute)), both("381D", "PABSW", "", each(2, absolute)), both("381E", "PABSD", "", each(4, absolute)),
	both("3A0F", "PALIGNR", ",Ib", opPALIGNR),
)
