package soft

import (
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"strings"

	"sysindvm/cpu"
	"sysindvm/cpu/soft/internal/native"
)

// A generator makes random instructions of the table's rows.
type generator struct {
	*rand.Rand
	row    *row
	code   []byte
	in     inst
	before native.State
	turn   int
	good   bool
	narrow bool // in compatibility mode
}

// newGenerator makes one for a row; the same seed and row give the same cases
// on every host.
func newGenerator(seed uint64, r *row) *generator {
	h := fnv.New64a()
	io.WriteString(h, r.op+" "+r.name+" "+r.args)
	return &generator{Rand: rand.New(rand.NewPCG(seed, h.Sum64())), row: r}
}

func (g *generator) String() string {
	code := g.code[:g.in.len]
	return fmt.Sprintf("%s %s (% x) %s", g.row.name, g.row.args, code, disassemble(code, native.Code, !g.narrow))
}

// again is how many cases there are of one instruction.
const again = 4

// next makes the next instruction, or keeps the one that there is; false if
// that one is no good.
func (g *generator) next() bool {
	if g.turn++; g.turn%again == 1 {
		g.code = g.random(g.row)
		d := decoder{b: g.code, long: !g.narrow, bits: 64, seg: -1}
		if g.narrow {
			d.bits, d.flat = 32, true
		}
		in := &g.in
		bit := strings.HasPrefix(g.row.name, "BT")
		g.good = d.decode(in) && in.row.name == g.row.name && // the random prefix did not make another of it
			!(bit && in.dst.kind == opMem && (in.src.reg == rBX || in.src.reg == rSP || in.src.reg == rBP)) // nor is the bit far outside the memory
	}
	return g.good
}

// operands that bring out the corners.
var corners = []uint64{0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
	0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0x0123456789abcdef}

func (g *generator) value() uint64 {
	switch g.IntN(3) {
	case 0:
		return corners[g.IntN(len(corners))]
	case 1:
		return g.Uint64() >> g.IntN(64)
	}
	return g.Uint64()
}

// float bit patterns, for lanes of 32 or 64 bits.
func (g *generator) lanes() uint64 {
	f32 := []uint32{0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00001, 0x7f800001, 0xffc12345, 1, 0x007fffff, 0x4f000000, 0xcf000000, 0x3f000000, 0x40200000}
	f64 := []uint64{0, 1 << 63, 0x3ff0000000000000, 0xbff8000000000000, 0x7ff0000000000000, 0xfff0000000000000,
		0x7ff8000000000001, 0x7ff0000000000001, 0xfff8123456789abc, 1, 0x41e0000000000000, 0x43e0000000000000, 0x4004000000000000}
	switch g.IntN(4) {
	case 0:
		return uint64(f32[g.IntN(len(f32))]) | uint64(f32[g.IntN(len(f32))])<<32
	case 1:
		return f64[g.IntN(len(f64))]
	case 2:
		return g.value()
	}
	return uint64(0x3f000000+g.Uint32()&0x3ffffff) | uint64(0x3fe00000+g.Uint32()&0x7fffff)<<32
}

// state is a random one; RBX, RSP and R9 make addresses in the data.
func (g *generator) state(r *row) (s native.State) {
	for i := range s.R {
		s.R[i] = g.value()
		if strings.HasPrefix(r.name, "BT") {
			s.R[i] = uint64(g.IntN(4000) - 2000)
		}
	}
	s.R[rBX], s.R[rSP], s.R[rBP] = native.Data+0x400, native.Data+0x800, native.Data+0x800
	s.R[r9] = uint64(g.IntN(32))
	if strings.HasPrefix(r.name, "MASKMOV") || r.name == "VMASKMOVDQU" {
		s.R[rDI] = native.Data + 0x410
	}
	if r.name == "XLAT" {
		s.R[rAX] &= 0xff
	}
	for i := range s.XMM {
		s.XMM[i] = [2]uint64{g.lanes(), g.lanes()}
	}
	for i := range s.YMM {
		s.YMM[i] = [2]uint64{g.lanes(), g.lanes()}
	}
	if r.attr&vsib != 0 {
		g.indexes(&s)
	}
	s.Flags = g.Uint64()&arithFlags | cpu.FlagR1 | cpu.FlagIF
	s.MXCSR = g.mxcsr()
	g.x87(&s.FX)
	if g.narrow {
		narrowed(&s)
		s.FIP, s.FDP = s.FIP&(1<<32-1), s.FDP&(1<<32-1)
	}
	return s
}

// indexes makes of the vector register that a gather has for its index numbers
// that make addresses in the data, and rarely others.
func (g *generator) indexes(s *native.State) {
	index := func() uint64 {
		if g.IntN(64) == 0 && !g.narrow {
			return 0xffffffff80000000 | uint64(g.IntN(1<<30)) // in the kernel's half of the address space
		}
		return uint64(g.IntN(512)-256) >> g.in.scale
	}
	for _, v := range [...]*[2]uint64{&s.XMM[g.in.imm2&15], &s.YMM[g.in.imm2&15]} {
		for i := range v {
			if v[i] = index(); g.row.op[len(g.row.op)-1]&1 == 0 { // of 32 bits
				v[i] = v[i]&0xffffffff | index()<<32
			}
		}
	}
}

// narrowed takes from a state what 32-bit code does not have.
func narrowed(s *native.State) {
	for i := range s.R {
		if s.R[i] &= 1<<32 - 1; i >= 8 {
			s.R[i] = 0
		}
	}
}

// mxcsr is often what programs have, often anything.
func (g *generator) mxcsr() uint32 {
	switch g.IntN(4) {
	case 0:
		return 0x1f80
	case 1:
		return 0x1fa0
	case 2:
		return 0x1f80 | g.Uint32()&0xe07f
	}
	return g.Uint32() & 0xffff
}

// x87 makes a state of the FPU, mostly without a pending exception.
func (g *generator) x87(f *native.FX) {
	switch g.IntN(4) {
	case 0:
		f.FCW = 0x37f
	case 1:
		f.FCW = 0x7f | uint16(g.Uint32())&0xf00
	default:
		f.FCW = uint16(g.Uint32())&0xf3f | 0x40
	}
	f.FSW = uint16(g.Uint32())
	if g.IntN(8) != 0 {
		f.FSW &= f.FCW | 0x7fc0
	}
	f.FSW &^= 0x8080
	if f.FSW&^f.FCW&0x3f != 0 {
		f.FSW |= 0x8080
	}
	f.FTW = 0xff
	if g.IntN(4) == 0 {
		f.FTW = uint8(g.Uint32())
	}
	f.FIP, f.FDP, f.FOP = g.Uint64()>>17, g.Uint64()>>17, uint16(g.IntN(0x800))
	near := g.IntN(0x8000)
	for i := range f.ST {
		f.ST[i] = g.float80(near)
	}
	if g.IntN(4) == 0 { // room for a push
		f.FTW &^= 1 << ((f.FSW>>11 + 7) & 7)
	}
}

// float80 is a number of 80 bits; many have exponents near the one given.
func (g *generator) float80(near int) [2]uint64 {
	m := g.Uint64()
	switch g.IntN(4) {
	case 0:
		m = m << g.IntN(64)
	case 1:
		m = []uint64{0, 1 << 63, 3 << 62, ^uint64(0), 1<<63 | 1, 3<<62 | 1, 1 << 62, 1, 1<<63 | 1<<11, 1<<63 | 1<<10, 1<<63 | 3<<10, 1<<63 | 1<<40, 1<<63 | 1<<39}[g.IntN(13)]
	}
	if g.IntN(20) != 0 {
		m |= 1 << 63
	}
	e := 0
	switch g.IntN(8) {
	case 0:
		e = []int{0, 1, 2, 0x7fff, 0x7ffe, 0x3fff, 0x3ffe, 0x7ffd}[g.IntN(8)]
	case 1:
		e = 0x3fff + g.IntN(70)
	case 2:
		e = g.IntN(0x8000)
	case 3:
		e = []int{0x3fff, 0x3fff - 1022, 0x3fff - 126, 0x3fff + 127, 0x3fff + 1023}[g.IntN(5)] + g.IntN(80) - 60
	case 4:
		e = 0x3fff + g.IntN(8) - 4
	default:
		e = (near + g.IntN(140) - 70) & 0x7fff
	}
	if e == 0 && g.IntN(2) == 0 {
		m &= 1<<63 - 1
	}
	if e == 0 && g.IntN(3) == 0 {
		m = 0
	}
	return [2]uint64{m, uint64(e | g.IntN(2)<<15)}
}

// random is the bytes of an instruction of a row.
func (g *generator) random(r *row) (b []byte) {
	op := r.op
	if op[0] == 'V' {
		return g.vexCode(r)
	}
	var prefix byte
	if p, rest, ok := strings.Cut(op, "."); ok {
		op = rest
		prefix = map[string]byte{"66": 0x66, "F2": 0xf2, "F3": 0xf3}[p]
	} else if g.IntN(4) == 0 {
		prefix = 0x66
	}
	if prefix != 0 {
		b = append(b, prefix)
	}
	if g.IntN(2) == 0 && !g.narrow {
		rex := byte(0x40 | g.IntN(16))
		b = append(b, rex&^1) // REX.B would change the base
	}
	op, ext, _ := strings.Cut(op, "/")
	op, plus, isPlus := strings.Cut(op, "+")
	for ; op != ""; op = op[2:] {
		v := byte(0)
		fmt.Sscanf(op[:2], "%02X", &v)
		b = append(b, v)
	}
	if isPlus {
		b[len(b)-1] += byte(g.IntN(map[string]int{"r": 8, "c": 16}[plus]))
	}
	if modrm, ok := g.modrm(r, ext); ok {
		b = append(b, modrm...)
	}
	for range 8 { // more than any immediate
		b = append(b, byte(g.value()))
	}
	return b
}

// vexCode is code for one with a VEX prefix.
func (g *generator) vexCode(r *row) []byte {
	p, op, _ := strings.Cut(r.op, ".")
	pp := map[string]byte{"VNP": 0, "V66": 1, "VF3": 2, "VF2": 3}[p]
	m := byte(1)
	for i, prefix := range [...]string{"0F38", "0F3A", "0F"} {
		if len(op) > len(prefix)+1 && strings.HasPrefix(op, prefix) {
			m, op = [...]byte{2, 3, 1}[i], op[len(prefix):]
			break
		}
	}
	op, ext, _ := strings.Cut(op, "/")
	v := byte(0)
	fmt.Sscanf(op, "%02X", &v)
	var by byte // W, vvvv, L, pp
	named := strings.ContainsAny(r.args, "BH")
	if by = 0x78 | pp; named {
		by = byte(g.IntN(16))<<3 | pp
	}
	choose := func(bit byte, zero, one attr) {
		if r.attr&one != 0 || r.attr&zero == 0 && g.IntN(2) == 0 {
			by |= bit
		}
	}
	choose(0x80, vexW0, vexW1)
	choose(0x04, vexL0, vexL1)
	modrm, _ := g.modrm(r, ext)
	first := byte(0x60) // ~R, ~X and ~B
	if g.IntN(2) == 0 {
		first |= 0x80
	}
	if len(modrm) > 0 && modrm[0]>>6 == 3 {
		first ^= byte(g.IntN(2)) << 5
	}
	if r.attr&vsib != 0 {
		first ^= byte(g.IntN(2)) << 6
	}
	if g.narrow { // else it would be LES; and there are 8 registers
		first |= 0xe0 &^ (byte(g.IntN(2)) << 5)
		if !strings.ContainsAny(r.args, "GEB") {
			by ^= byte(g.IntN(2)) << 6 & -boolByte(named)
		} else if named {
			by |= 0x40
		}
	}
	b := []byte{0xc4, first | m, by, v}
	if m == 1 && by>>7 == 0 && first&0x60 == 0x60 && g.IntN(2) == 0 { // the short prefix
		b = []byte{0xc5, first&0x80 | by, v}
	}
	b = append(b, modrm...)
	return append(b, byte(g.value()), 0, 0, 0)
}

func boolByte(b bool) byte { return byte(signBit(b)) }

// modrm is ModRM and what belongs to it: a register, or RBX plus something.
func (g *generator) modrm(r *row, ext string) ([]byte, bool) {
	reg := byte(g.IntN(8))
	switch {
	case len(ext) == 2:
		v := byte(0)
		fmt.Sscanf(ext, "%02X", &v)
		return []byte{v}, true
	case ext != "":
		reg = ext[0] - '0'
	case !strings.ContainsAny(r.args, "EMGVWUFPQN"):
		return nil, false
	}
	memory := g.IntN(2) == 0
	if r.attr&memOnly != 0 || strings.Contains(r.args, "M") {
		memory = true
	}
	if r.attr&(regOnly|regMod) != 0 || strings.ContainsAny(r.args, "UFN") {
		memory = false
	}
	disp := byte(g.IntN(8) * 16)
	if r.op[0] == 'V' && g.IntN(4) != 0 { // mostly not aligned
		disp = byte(g.IntN(128))
	}
	switch {
	case r.attr&vsib != 0: // any index, and a scale
		return []byte{0x44 | reg<<3, 0x03 | byte(g.IntN(32))<<3, disp}, true
	case !memory:
		return []byte{0xc0 | reg<<3 | byte(g.IntN(8))}, true
	case g.IntN(4) == 0: // with the base RBP
		return []byte{0x45 | reg<<3, disp}, true
	}
	return []byte{0x43 | reg<<3, disp}, true
}
