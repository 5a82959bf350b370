package soft

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/soft/internal/native"
)

// The host's own processor is the oracle for what instructions do to
// registers, flags and memory.

// undefined says which flags an instruction leaves undefined, whatever its
// operands (SDM 1, appendix A).
var undefinedFlags = map[string]uint64{
	"ANDN": cpu.FlagAF | cpu.FlagPF, "BEXTR": cpu.FlagAF | cpu.FlagPF | cpu.FlagSF, "BLSR": cpu.FlagAF | cpu.FlagPF,
	"BLSMSK": cpu.FlagAF | cpu.FlagPF, "BLSI": cpu.FlagAF | cpu.FlagPF, "BZHI": cpu.FlagAF | cpu.FlagPF,
	"TZCNT": arithFlags &^ (cpu.FlagCF | cpu.FlagZF), "LZCNT": arithFlags &^ (cpu.FlagCF | cpu.FlagZF),
	"DAA": cpu.FlagOF, "DAS": cpu.FlagOF,
	"AAA": arithFlags &^ (cpu.FlagCF | cpu.FlagAF), "AAS": arithFlags &^ (cpu.FlagCF | cpu.FlagAF),
	"AAM": cpu.FlagOF | cpu.FlagAF | cpu.FlagCF, "AAD": cpu.FlagOF | cpu.FlagAF | cpu.FlagCF,
	"AND": cpu.FlagAF, "OR": cpu.FlagAF, "XOR": cpu.FlagAF, "TEST": cpu.FlagAF,
	"MUL":  cpu.FlagSF | cpu.FlagZF | cpu.FlagAF | cpu.FlagPF,
	"IMUL": cpu.FlagSF | cpu.FlagZF | cpu.FlagAF | cpu.FlagPF,
	"DIV":  arithFlags, "IDIV": arithFlags,
	"BT": bitFlags, "BTS": bitFlags, "BTR": bitFlags, "BTC": bitFlags,
	"BSF": arithFlags &^ cpu.FlagZF, "BSR": arithFlags &^ cpu.FlagZF,
	"SHL": cpu.FlagAF, "SHR": cpu.FlagAF, "SAR": cpu.FlagAF, "SHLD": cpu.FlagAF, "SHRD": cpu.FlagAF,
}

const bitFlags = cpu.FlagOF | cpu.FlagSF | cpu.FlagAF | cpu.FlagPF

// undefinedBy is what a shift's count leaves undefined besides: flags, and
// whether the result is too.
func undefinedBy(name string, count, n uint64) (flags uint64, result bool) {
	if count &= 63; n != 64 {
		count &= 31
	}
	switch name {
	case "ROL", "ROR", "RCL", "RCR", "SHR", "SHL", "SAR":
		if count > 1 {
			flags |= cpu.FlagOF
		}
		if count >= n {
			flags |= cpu.FlagCF
		}
	case "SHLD", "SHRD":
		if count > 1 {
			flags |= cpu.FlagOF
		}
		if count > n {
			flags, result = arithFlags, true
		}
	}
	return flags, result
}

// notNative are instructions that the oracle cannot judge: they leave the
// straight line, need ring 0, or depend on the host.
var notNative = map[string]bool{
	"LSL": true, "LAR": true, "VERR": true, "VERW": true,
	"PUSHF": true, "POPF": true, "ENTER": true, "UD1": true, "UD2": true, "SLDT": true, "STR": true, "SMSW": true,
	"FXSAVE": true, "FXRSTOR": true, "STMXCSR": true, "LDMXCSR": true, "FWAIT": true,
	"RCPPS": true, "RCPSS": true, "RSQRTPS": true, "RSQRTSS": true, // see TestApproximations
}

// notNarrow are those that it cannot judge in compatibility mode: they leave the
// straight line, or change segments.
var notNarrow = map[string]bool{
	"JMPF": true, "CALLF": true, "INTO": true, "LES": true, "LDS": true, "LSS": true, "LFS": true, "LGS": true,
	"ARPL": true, "BOUND": true, "SYSENTER": true, "SYSEXIT": true,
}

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
			d.bits = 32
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
	if strings.HasPrefix(r.name, "MASKMOV") {
		s.R[rDI] = native.Data + 0x410
	}
	if r.name == "XLAT" {
		s.R[rAX] &= 0xff
	}
	for i := range s.XMM {
		s.XMM[i] = [2]uint64{g.lanes(), g.lanes()}
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
	m := map[string]byte{"0F38": 2, "0F3A": 3}[op[:4]]
	op, ext, _ := strings.Cut(op[4:], "/")
	v := byte(0)
	fmt.Sscanf(op, "%02X", &v)
	b := []byte{0xc4, 0x60 | byte(g.IntN(2))<<7 | m, byte(g.IntN(32))<<3&^4 | pp, v}
	if g.narrow { // else it would be LES; and there are 8 registers
		b[1] |= 0x80
		b[2] = b[2]&^0x80 | 0x40
	}
	modrm, _ := g.modrm(r, ext)
	b = append(b, modrm...)
	return append(b, byte(g.value()), 0, 0, 0)
}

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
	switch {
	case !memory:
		return []byte{0xc0 | reg<<3 | byte(g.IntN(8))}, true
	case g.IntN(4) == 0: // with the base RBP
		return []byte{0x45 | reg<<3, disp}, true
	}
	return []byte{0x43 | reg<<3, disp}, true
}

// rowsToTry are the rows that the oracle can judge; narrow, in compatibility
// mode.
func rowsToTry(narrow bool) (rs []*row) {
	tables := [][]row{aluTable(), integerTable, sseTable, x87Table, bmiTable}
	if narrow {
		tables = append(tables, legacyTable)
	}
	for _, t := range tables {
		for i := range t {
			r := &t[i]
			if r.plan == nil { // one that was made for this
				r.plan = &plan{forms: parseForms(r.args)}
			}
			popSegment := r.name == "POP" && r.args == ""
			if narrow && (notNarrow[r.name] || popSegment) || !narrow && r.attr&no64 != 0 || narrow && r.attr&only64 != 0 {
				continue
			}
			if !notNative[r.name] && !strings.ContainsAny(r.args, "OS") && !strings.HasPrefix(r.op, "0FA0") &&
				!strings.HasPrefix(r.op, "0FA1") && !strings.HasPrefix(r.op, "0FA8") && !strings.HasPrefix(r.op, "0FA9") {
				rs = append(rs, r)
			}
		}
	}
	return rs
}

var (
	cases  = flag.Int("soft.cases", 0, "cases to hold against the host's processor, spread over all instructions")
	seed   = flag.Uint64("soft.seed", 1, "seed of the cases")
	only   = flag.String("soft.only", "", "try only rows whose mnemonic this regular expression matches")
	report = flag.Bool("soft.report", false, "say of every mnemonic how many cases there were, and how many differ")
)

func TestAgainstProcessor(t *testing.T) {
	for name, narrow := range map[string]bool{"64-bit": false, "compatibility": true} {
		t.Run(name, func(t *testing.T) { againstProcessor(t, narrow) })
	}
}

func againstProcessor(t *testing.T, narrow bool) {
	m, err := native.New()
	if err != nil {
		t.Skip("no oracle on this host: ", err)
	}
	defer m.Close()
	m.Narrow = narrow
	want := regexp.MustCompile(*only)
	rows := slices.DeleteFunc(rowsToTry(narrow), func(r *row) bool { return !want.MatchString(r.name) })
	rounds := 100
	switch {
	case *cases > 0:
		rounds = max(*cases/len(rows), 1)
	case testing.Short():
		rounds = 20
	}
	type tally struct{ cases, differ, lastBit int }
	total, by := tally{}, map[string]*tally{}
	b := newBench(t)
	if narrow {
		b.compatibility()
	}
	for _, r := range rows {
		n := by[r.name]
		if n == nil {
			n = &tally{}
			by[r.name] = n
		}
		g := newGenerator(*seed, r)
		g.narrow = narrow
		said := false
		for range rounds {
			switch v, diff := b.compare(m, g); v {
			case caseSame:
				n.cases++
			case caseNear:
				n.cases++
				n.lastBit++
			case caseDiffers:
				n.cases++
				n.differ++
				if !said && total.differ < 100 {
					t.Errorf("%s", diff)
				}
				said = true
			}
		}
	}
	for _, n := range by {
		total.cases += n.cases
		total.differ += n.differ
		total.lastBit += n.lastBit
	}
	t.Logf("seed %d: %d rows of the table, %d cases compared, %d differ; of transcendental functions, %d differ in the last bit or C1 alone",
		*seed, len(rows), total.cases, total.differ, total.lastBit)
	if *report {
		for _, name := range slices.Sorted(maps.Keys(by)) {
			t.Logf("%-12s %9d cases, %d differ, %d in the last bit", name, by[name].cases, by[name].differ, by[name].lastBit)
		}
	}
}

// bench is a CPU whose RAM has the oracle's memory in the same place.
type bench struct {
	*CPU
	mem  []byte // from native.Base
	data []byte

	start []byte // data before the case
}

func newBench(t *testing.T) *bench {
	t.Helper()
	c := isaCPU(t)
	b := &bench{CPU: c, mem: c.ram[native.Base:][:native.Size]}
	b.data = b.mem[native.Data-native.Base:][:0x1000]
	return b
}

// compatibility has the CPU be in compatibility mode.
func (b *bench) compatibility() {
	s, _ := b.Sregs()
	s.CS.L, s.CS.DB = false, true
	for _, seg := range []*cpu.Segment{&s.CS, &s.SS, &s.DS, &s.ES} {
		seg.Base, seg.Limit, seg.G, seg.P, seg.S, seg.Unusable = 0, 1<<32-1, true, true, true, false
	}
	s.SS.DB, s.DS.DB = true, true
	s.DS.Type, s.ES.Type = 3, 3
	// What PUSH has to push: Linux's of user mode.
	s.CS.Selector, s.SS.Selector, s.DS.Selector, s.ES.Selector = 0x23, 0x2b, 0x2b, 0x2b
	if err := b.SetSregs(s); err != nil {
		panic(err)
	}
}

// verdict is what comes of a case.
type verdict int

const (
	noCase verdict = iota // the architecture leaves the result open
	caseSame
	caseNear
	caseDiffers
)

// prepare makes the next case, and is false where there is none.
func (b *bench) prepare(g *generator) bool {
	if !g.next() {
		return false
	}
	if g.turn%again == 1 {
		for _, off := range [...]int{0x300, 0x700} {
			for i := 0; i < 0x200; i += 8 {
				binary.LittleEndian.PutUint64(b.data[off+i:], g.lanes())
			}
		}
	}
	g.before = g.state(g.row)
	return true
}

// compare executes one random instruction on both, and says how they differ.
func (b *bench) compare(m *native.Machine, g *generator) (v verdict, diff string) {
	if !b.prepare(g) {
		return noCase, ""
	}
	memory := m.Memory()[native.Data-native.Base:][:len(b.data)]
	start := append(b.start[:0], b.data...)
	b.start = start
	mine := b.one(&g.in, g.before, g.turn%2 == 0)
	if g.turn%again == 1 {
		m.Load(g.code[:g.in.len])
	}
	var got, want native.State
	for range 3 { // an interrupt may make the processor forget what FIP and FDP were
		copy(memory, start)
		got, want = mine, m.Again(g.before)
		if v = g.judge(&got, &want); v == noCase {
			copy(b.data, memory)
			return v, ""
		}
		if !bytes.Equal(memory, b.data) {
			v = caseDiffers
		}
		if v != caseDiffers {
			break
		}
	}
	if v == caseDiffers {
		diff = fmt.Sprintf("%s: before:\n%s(-processor +soft):\n%s", g, strings.Join(lines(g.before, nil), ""),
			cmp.Diff(lines(want, memory), lines(got, b.data)))
		copy(b.data, memory)
	}
	return v, diff
}

// judge compares what is defined of two results, after taking from both what
// is not.
func (g *generator) judge(got, want *native.State) verdict {
	mask, ok := g.defined()
	if !ok {
		return noCase
	}
	for _, s := range [...]*native.State{got, want} {
		if g.narrow {
			narrowed(s)
		}
		s.Flags &= mask
		s.FX = visible(s.FX)
	}
	if want.FDP == 0 { // an interrupt made the processor forget it
		got.FDP = 0
	}
	switch {
	case got.Fault != want.Fault:
		return caseDiffers
	case got.Fault == signalOf[vecUD] || got.Fault == signalOf[vecGP]:
		return caseSame // the registers were not looked at
	case *got == *want:
		return caseSame
	case transcendental(g.row) && nearly(&got.FX, &want.FX) && *got == *want:
		return caseNear
	}
	return caseDiffers
}

// defined is the flags that the instruction leaves defined; ok is false if its
// result is not.
func (g *generator) defined() (mask uint64, ok bool) {
	r, in := g.row, &g.in
	mask = uint64(arithFlags) &^ undefinedFlags[r.name]
	if n := len(r.forms); n > 1 {
		count := g.before.R[rCX]
		if r.forms[n-1].kind != 'c' {
			count = in.imm
		}
		flags, result := undefinedBy(r.name, count, uint64(in.dst.n))
		if result {
			return 0, false
		}
		mask &^= flags
	}
	return mask, r.name != "BSWAP" || in.size != 16
}

func transcendental(r *row) bool {
	return slices.ContainsFunc(x87TransTable, func(x row) bool { return x.op == r.op && x.name == r.name })
}

// nearly makes results that differ in the last bit the same, and C1 with them.
// FYL2XP1 may differ by 2, where its operand is out of range.
func nearly(a, b *native.FX) bool {
	near := true
	for i := range a.ST {
		x, y := &a.ST[i], &b.ST[i]
		if *x == *y {
			continue
		}
		// The significand goes on where the exponent changes, with one bit less.
		m, n := x[0]<<1>>1|x[1]<<63, y[0]<<1>>1|y[1]<<63
		if d := int64(m - n); d < -2 || d > 2 || x[1]>>15 != y[1]>>15 {
			near = false
			continue
		}
		*x = *y
	}
	for _, f := range [...]*native.FX{a, b} {
		f.FSW &^= fswC1
		if near { // the last bit may be what makes a denormal of it
			f.FSW &^= excU
		}
	}
	return near
}

// lines is a state, and what of memory is not zero, as people read it.
func lines(s native.State, memory []byte) (out []string) {
	add := func(f string, a ...any) { out = append(out, fmt.Sprintf(f+"\n", a...)) }
	add("fault %d flags %#x mxcsr %#x fcw %#x fsw %#x top %d ftw %08b fip %x fdp %x fop %x", s.Fault, s.Flags, s.MXCSR, s.FCW, s.FSW, s.FSW>>11&7, s.FTW, s.FIP, s.FDP, s.FOP)
	for i, v := range s.R {
		add("r%d %#x", i, v)
	}
	for i, v := range s.ST {
		add("st%d %04x %016x", i, v[1], v[0])
	}
	for i, v := range s.XMM {
		add("xmm%d %016x %016x", i, v[0], v[1])
	}
	for i := 0; i+8 <= len(memory); i += 8 {
		add("%#x: %016x", native.Data+i, binary.LittleEndian.Uint64(memory[i:]))
	}
	return out
}

// signalOf is the signal that Linux makes of an exception.
var signalOf = map[int]uint64{-1: 0, vecDE: 8, vecUD: 4, vecGP: 11, vecPF: 11, vecMF: 8, vecXM: 8}

// visible is what of the floating-point state is compared.
func visible(f native.FX) native.FX {
	if f.FSW&fswES == 0 { // then AMD's processors do not tell
		f.FIP, f.FDP, f.FOP = 0, 0, 0
	}
	return native.FX{FCW: f.FCW, FSW: f.FSW, FTW: f.FTW, FIP: f.FIP, FDP: f.FDP, FOP: f.FOP, MXCSR: f.MXCSR, ST: f.ST, XMM: f.XMM}
}

// one executes an instruction at native.Code, by its quick way or not. Fault is
// what Linux would make of an exception.
func (c *CPU) one(in *inst, s native.State, quickly bool) native.State {
	copy(c.r[:16], s.R[:])
	c.r[rIP] = native.Code
	c.setFlags(s.Flags)
	c.setFX(&s.FX)
	vector := -1
	if c.protected(func() {
		if quickly {
			quick := *in
			quick.place(0)
			c.r[rBase] = c.r[rIP]
			quick.run, quick.then, c.runEnd, c.stop = 1, &c.landing, c.count+1, c.count+2
			if quick.quick(c, &quick) == nil {
				c.exactly(&quick)
			}
			return
		}
		c.start = c.r[rIP]
		c.r[rIP] += uint64(in.len)
		in.exec(c, in)
	}) {
		vector = int(c.trap.vector)
	}
	if c.broken != nil {
		panic(c.broken)
	}
	s.Flags, s.Fault = c.flags(), signalOf[vector]
	c.getFX(&s.FX)
	copy(s.R[:], c.r[:16])
	return s
}

func (c *CPU) setFX(f *native.FX) {
	c.xmm, c.mxcsr = f.XMM, f.MXCSR
	c.fpu = x87{fcw: f.FCW, ftw: f.FTW, fop: f.FOP, fip: f.FIP, fdp: f.FDP}
	c.fpu.setStatus(f.FSW)
	for i, st := range f.ST {
		c.fpu.reg[c.fpu.at(uint8(i))] = f80{st[0], uint16(st[1])}
	}
}

func (c *CPU) getFX(f *native.FX) {
	f.XMM, f.MXCSR = c.xmm, c.mxcsr
	x := &c.fpu
	f.FCW, f.FSW, f.FTW, f.FOP, f.FIP, f.FDP = x.fcw, x.status(), x.ftw, x.fop, x.fip, x.fdp
	for i := range f.ST {
		v := x.st(uint8(i))
		f.ST[i] = [2]uint64{v.m, uint64(v.se)}
	}
}
