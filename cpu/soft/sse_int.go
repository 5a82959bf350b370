package soft

// Packed integers.

// lanes applies op to each lane of n bits of a and b.
func lanes(a, b vec, n uint, op func(a, b uint64) uint64) (r vec) {
	m := ^uint64(0) >> (64 - n)
	for i := range r {
		for s := uint(0); s < 64; s += n {
			r[i] |= op(a[i]>>s&m, b[i]>>s&m) & m << s
		}
	}
	return r
}

// packed is a row's function for an operation on lanes of n bits.
func packed(n uint, op func(a, b uint64) uint64) func(*CPU, *inst) {
	return of2(func(_ *CPU, a, b vec, _ uint64) vec { return lanes(a, b, n, op) })
}

func add(a, b uint64) uint64 { return a + b }
func sub(a, b uint64) uint64 { return a - b }

func equal(a, b uint64) uint64 {
	if a == b {
		return ^uint64(0)
	}
	return 0
}

// greater compares signed numbers of n bits.
func greater(n uint8) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 {
		if int64(sext(a, n)) > int64(sext(b, n)) {
			return ^uint64(0)
		}
		return 0
	}
}

// Operations on all the lanes of 64 bits at once, for those that matter: with
// the top bit of each lane in high.
const (
	high8, high16, high32 = 0x8080808080808080, 0x8000800080008000, 0x8000000080000000
)

func addLanes(high uint64) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 { return (a&^high + b&^high) ^ (a^b)&high }
}

func subLanes(high uint64) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 { return (a | high - b&^high) ^ ^(a^b)&high }
}

// equalLanes makes ones of lanes of n bits that are the same.
func equalLanes(high uint64, n uint) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 {
		x := a ^ b
		x = ^((x&^high + ^high) | x) & high // the top bit of those that are
		return x - x>>(n-1) | x
	}
}

func clampS(v int64, n uint8) uint64 {
	top := int64(1)<<(n-1) - 1
	return uint64(max(min(v, top), -top-1))
}

func clampU(v int64, n uint8) uint64 { return uint64(max(min(v, int64(mask(n))), 0)) }

func addS(n uint8) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 { return clampS(int64(sext(a, n))+int64(sext(b, n)), n) }
}
func subS(n uint8) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 { return clampS(int64(sext(a, n))-int64(sext(b, n)), n) }
}
func addU(n uint8) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 { return clampU(int64(a)+int64(b), n) }
}
func subU(n uint8) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 { return clampU(int64(a)-int64(b), n) }
}

func minS16(a, b uint64) uint64  { return uint64(min(int64(sext(a, 16)), int64(sext(b, 16)))) }
func maxS16(a, b uint64) uint64  { return uint64(max(int64(sext(a, 16)), int64(sext(b, 16)))) }
func minU(a, b uint64) uint64    { return min(a, b) }
func maxU(a, b uint64) uint64    { return max(a, b) }
func average(a, b uint64) uint64 { return (a + b + 1) >> 1 }

func mulLow16(a, b uint64) uint64   { return a * b }
func mulHigh16(a, b uint64) uint64  { return sext(a, 16) * sext(b, 16) >> 16 }
func mulHighU16(a, b uint64) uint64 { return a * b >> 16 }
func mulU32(a, b uint64) uint64     { return a & 0xffffffff * (b & 0xffffffff) }

// mulAddPairs is PMADDWD's sum of two products.
func mulAddPairs(a, b uint64) uint64 {
	return sext(a, 16)*sext(b, 16) + sext(a>>16, 16)*sext(b>>16, 16)
}

// sumDiff is PSADBW's sum of eight differences.
func sumDiff(a, b uint64) (sum uint64) {
	for s := 0; s < 64; s += 8 {
		x, y := int64(a>>s&0xff), int64(b>>s&0xff)
		sum += uint64(max(x-y, y-x))
	}
	return sum
}

// shifted is a shift of lanes of n bits by a count: that of the low quadword of
// the source, or an immediate. (One of 0x80 or more is as good sign-extended.)
func shifted(n uint, op func(v, count uint64) uint64) func(*CPU, *inst) {
	return of2(func(_ *CPU, a, b vec, _ uint64) vec {
		return lanes(a, vec{}, n, func(v, _ uint64) uint64 { return op(v, b[0]) })
	})
}

func shl(n uint64) func(v, k uint64) uint64 {
	return func(v, k uint64) uint64 {
		if k >= n {
			return 0
		}
		return v << k
	}
}
func shr(n uint64) func(v, k uint64) uint64 {
	return func(v, k uint64) uint64 {
		if k >= n {
			return 0
		}
		return v >> k
	}
}
func sar(n uint8) func(v, k uint64) uint64 {
	return func(v, k uint64) uint64 { return uint64(int64(sext(v, n)) >> min(k, uint64(n)-1)) }
}

// exPSLLDQ and exPSRLDQ shift the whole register by bytes.
var exPSLLDQ = of2(func(_ *CPU, a, _ vec, imm uint64) vec {
	switch k := imm & 0xff * 8; {
	case k >= 128:
		return vec{}
	case k >= 64:
		return vec{0, a[0] << (k - 64)}
	default:
		return vec{a[0] << k, a[1]<<k | a[0]>>(64-k)}
	}
})

var exPSRLDQ = of2(func(_ *CPU, a, _ vec, imm uint64) vec {
	switch k := imm & 0xff * 8; {
	case k >= 128:
		return vec{}
	case k >= 64:
		return vec{a[1] >> (k - 64), 0}
	default:
		return vec{a[0]>>k | a[1]<<(64-k), a[1] >> k}
	}
})

// unpack interleaves lanes of n bits of one half of a and b.
func unpack(n uint, half int) func(*CPU, *inst) {
	return of2(func(_ *CPU, x, y vec, _ uint64) (r vec) {
		a, b := x[half], y[half]
		if n == 64 {
			return vec{a, b}
		}
		m := ^uint64(0) >> (64 - n)
		for i := uint(0); i < 64/n; i++ {
			pair := a>>(i*n)&m | b>>(i*n)&m<<n
			at := i * 2 * n
			r[at/64] |= pair << (at % 64)
		}
		return r
	})
}

// pack narrows lanes of n bits of a and b by a clamp.
func pack(n uint8, clamp func(v int64, n uint8) uint64) func(*CPU, *inst) {
	return of2(func(_ *CPU, a, b vec, _ uint64) (r vec) {
		for i, v := range [...]vec{a, b} {
			for j := range 128 / uint(n) {
				at := j * uint(n)
				x := clamp(int64(sext(v[at/64]>>(at%64), n)), n/2) & mask(n/2)
				r[i] |= x << (j * uint(n) / 2)
			}
		}
		return r
	})
}

// shuffle picks four lanes by the immediate.
func shuffle4(v func(i uint64) uint64, imm uint64) (out [4]uint64) {
	for i := range out {
		out[i] = v(imm >> (2 * i) & 3)
	}
	return out
}

func (v vec4) lane(i uint64) uint64 { return uint64(v[i]) }

type vec4 [4]uint32

func split(v vec) vec4 {
	return vec4{uint32(v[0]), uint32(v[0] >> 32), uint32(v[1]), uint32(v[1] >> 32)}
}

func (v vec4) join() vec {
	return vec{uint64(v[0]) | uint64(v[1])<<32, uint64(v[2]) | uint64(v[3])<<32}
}

var exPSHUFD = of1(func(_ *CPU, _, b vec, imm uint64) vec {
	o := shuffle4(split(b).lane, imm)
	return vec{o[0] | o[1]<<32, o[2] | o[3]<<32}
})

// shuffleWords is PSHUFLW (half 0) and PSHUFHW (half 1).
func shuffleWords(half int) func(*CPU, *inst) {
	return of1(func(_ *CPU, _, v vec, imm uint64) vec {
		h := v[half]
		o := shuffle4(func(i uint64) uint64 { return h >> (16 * i) & 0xffff }, imm)
		v[half] = o[0] | o[1]<<16 | o[2]<<32 | o[3]<<48
		return v
	})
}

func exPMOVMSKB(c *CPU, in *inst) {
	c.checkSSE(in)
	const gather = 0x0002040810204081 // brings the top bits of eight bytes together
	v := c.xmm[in.src.reg&15]
	m := v[0]&high8*gather>>56 | v[1]&high8*gather>>56<<8
	if in.src.kind == opYMM {
		v = c.ymm[in.src.reg&15]
		m |= (v[0]&high8*gather>>56 | v[1]&high8*gather>>56<<8) << 16
	}
	c.store(in, &in.dst, m)
}

func exPEXTRW(c *CPU, in *inst) {
	c.checkSSE(in)
	i := in.imm & 7
	c.store(in, &in.dst, c.xmm[in.src.reg][i/4]>>(i%4*16)&0xffff)
}

func exPINSRW(c *CPU, in *inst) {
	c.checkSSE(in)
	i, w, r := in.imm&7, c.loadWord(in, in.second()), c.first(in)
	r[i/4] = r[i/4]&^(0xffff<<(i%4*16)) | w<<(i%4*16)
	c.setX(in, r)
}

var sseIntTable = []row{
	{"66.0F60", "PUNPCKLBW", "Vdq,Wdq", unpack(8, 0), 0, nil}, {"66.0F61", "PUNPCKLWD", "Vdq,Wdq", unpack(16, 0), 0, nil},
	{"66.0F62", "PUNPCKLDQ", "Vdq,Wdq", unpack(32, 0), 0, nil}, {"66.0F6C", "PUNPCKLQDQ", "Vdq,Wdq", unpack(64, 0), 0, nil},
	{"66.0F68", "PUNPCKHBW", "Vdq,Wdq", unpack(8, 1), 0, nil}, {"66.0F69", "PUNPCKHWD", "Vdq,Wdq", unpack(16, 1), 0, nil},
	{"66.0F6A", "PUNPCKHDQ", "Vdq,Wdq", unpack(32, 1), 0, nil}, {"66.0F6D", "PUNPCKHQDQ", "Vdq,Wdq", unpack(64, 1), 0, nil},
	{"66.0F63", "PACKSSWB", "Vdq,Wdq", pack(16, clampS), 0, nil}, {"66.0F67", "PACKUSWB", "Vdq,Wdq", pack(16, clampU), 0, nil},
	{"66.0F6B", "PACKSSDW", "Vdq,Wdq", pack(32, clampS), 0, nil},
	{"66.0F64", "PCMPGTB", "Vdq,Wdq", packed(8, greater(8)), 0, nil}, {"66.0F65", "PCMPGTW", "Vdq,Wdq", packed(16, greater(16)), 0, nil},
	{"66.0F66", "PCMPGTD", "Vdq,Wdq", packed(32, greater(32)), 0, nil},
	{"66.0F74", "PCMPEQB", "Vdq,Wdq", bitwise(equalLanes(high8, 8)), 0, nil}, {"66.0F75", "PCMPEQW", "Vdq,Wdq", bitwise(equalLanes(high16, 16)), 0, nil},
	{"66.0F76", "PCMPEQD", "Vdq,Wdq", bitwise(equalLanes(high32, 32)), 0, nil},
	{"66.0F70", "PSHUFD", "Vdq,Wdq,Ib", exPSHUFD, 0, nil},
	{"F2.0F70", "PSHUFLW", "Vdq,Wdq,Ib", shuffleWords(0), 0, nil}, {"F3.0F70", "PSHUFHW", "Vdq,Wdq,Ib", shuffleWords(1), 0, nil},
	{"66.0F71/2", "PSRLW", "Udq,Ib", shifted(16, shr(16)), regOnly, nil}, {"66.0F71/4", "PSRAW", "Udq,Ib", shifted(16, sar(16)), regOnly, nil},
	{"66.0F71/6", "PSLLW", "Udq,Ib", shifted(16, shl(16)), regOnly, nil},
	{"66.0F72/2", "PSRLD", "Udq,Ib", shifted(32, shr(32)), regOnly, nil}, {"66.0F72/4", "PSRAD", "Udq,Ib", shifted(32, sar(32)), regOnly, nil},
	{"66.0F72/6", "PSLLD", "Udq,Ib", shifted(32, shl(32)), regOnly, nil},
	{"66.0F73/2", "PSRLQ", "Udq,Ib", shifted(64, shr(64)), regOnly, nil}, {"66.0F73/6", "PSLLQ", "Udq,Ib", shifted(64, shl(64)), regOnly, nil},
	{"66.0F73/3", "PSRLDQ", "Udq,Ib", exPSRLDQ, regOnly, nil}, {"66.0F73/7", "PSLLDQ", "Udq,Ib", exPSLLDQ, regOnly, nil},
	{"66.0FD1", "PSRLW", "Vdq,Wdq", shifted(16, shr(16)), 0, nil}, {"66.0FD2", "PSRLD", "Vdq,Wdq", shifted(32, shr(32)), 0, nil},
	{"66.0FD3", "PSRLQ", "Vdq,Wdq", shifted(64, shr(64)), 0, nil}, {"66.0FE1", "PSRAW", "Vdq,Wdq", shifted(16, sar(16)), 0, nil},
	{"66.0FE2", "PSRAD", "Vdq,Wdq", shifted(32, sar(32)), 0, nil}, {"66.0FF1", "PSLLW", "Vdq,Wdq", shifted(16, shl(16)), 0, nil},
	{"66.0FF2", "PSLLD", "Vdq,Wdq", shifted(32, shl(32)), 0, nil}, {"66.0FF3", "PSLLQ", "Vdq,Wdq", shifted(64, shl(64)), 0, nil},
	{"66.0FC4", "PINSRW", "Vdq,Ed,Ib", exPINSRW, 0, nil}, {"66.0FC5", "PEXTRW", "Gd,Udq,Ib", exPEXTRW, regMod, nil},
	{"66.0FD4", "PADDQ", "Vdq,Wdq", bitwise(add), 0, nil}, {"66.0FFC", "PADDB", "Vdq,Wdq", bitwise(addLanes(high8)), 0, nil},
	{"66.0FFD", "PADDW", "Vdq,Wdq", bitwise(addLanes(high16)), 0, nil}, {"66.0FFE", "PADDD", "Vdq,Wdq", bitwise(addLanes(high32)), 0, nil},
	{"66.0FF8", "PSUBB", "Vdq,Wdq", bitwise(subLanes(high8)), 0, nil}, {"66.0FF9", "PSUBW", "Vdq,Wdq", bitwise(subLanes(high16)), 0, nil},
	{"66.0FFA", "PSUBD", "Vdq,Wdq", bitwise(subLanes(high32)), 0, nil}, {"66.0FFB", "PSUBQ", "Vdq,Wdq", bitwise(sub), 0, nil},
	{"66.0FD8", "PSUBUSB", "Vdq,Wdq", packed(8, subU(8)), 0, nil}, {"66.0FD9", "PSUBUSW", "Vdq,Wdq", packed(16, subU(16)), 0, nil},
	{"66.0FDC", "PADDUSB", "Vdq,Wdq", packed(8, addU(8)), 0, nil}, {"66.0FDD", "PADDUSW", "Vdq,Wdq", packed(16, addU(16)), 0, nil},
	{"66.0FE8", "PSUBSB", "Vdq,Wdq", packed(8, subS(8)), 0, nil}, {"66.0FE9", "PSUBSW", "Vdq,Wdq", packed(16, subS(16)), 0, nil},
	{"66.0FEC", "PADDSB", "Vdq,Wdq", packed(8, addS(8)), 0, nil}, {"66.0FED", "PADDSW", "Vdq,Wdq", packed(16, addS(16)), 0, nil},
	{"66.0FDA", "PMINUB", "Vdq,Wdq", packed(8, minU), 0, nil},
	{"66.0FDE", "PMAXUB", "Vdq,Wdq", packed(8, maxU), 0, nil},
	{"66.0FEA", "PMINSW", "Vdq,Wdq", packed(16, minS16), 0, nil}, {"66.0FEE", "PMAXSW", "Vdq,Wdq", packed(16, maxS16), 0, nil},
	{"66.0FE0", "PAVGB", "Vdq,Wdq", packed(8, average), 0, nil}, {"66.0FE3", "PAVGW", "Vdq,Wdq", packed(16, average), 0, nil},
	{"66.0FD5", "PMULLW", "Vdq,Wdq", packed(16, mulLow16), 0, nil}, {"66.0FE5", "PMULHW", "Vdq,Wdq", packed(16, mulHigh16), 0, nil},
	{"66.0FE4", "PMULHUW", "Vdq,Wdq", packed(16, mulHighU16), 0, nil}, {"66.0FF4", "PMULUDQ", "Vdq,Wdq", packed(64, mulU32), 0, nil},
	{"66.0FF5", "PMADDWD", "Vdq,Wdq", packed(32, mulAddPairs), 0, nil}, {"66.0FF6", "PSADBW", "Vdq,Wdq", packed(64, sumDiff), 0, nil},
	{"66.0FD7", "PMOVMSKB", "Gd,Udq", exPMOVMSKB, regMod, nil},
}
