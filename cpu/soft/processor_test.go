package soft

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/soft/internal/native"
	"sysindvm/internal/hostcpu"
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
	"VLDMXCSR": true, "VSTMXCSR": true, // see TestAVXApproximations, and for these:
	"RCPPS": true, "RCPSS": true, "RSQRTPS": true, "RSQRTSS": true, "VRCPPS": true, "VRCPSS": true, "VRSQRTPS": true, "VRSQRTSS": true,
}

// notNarrow are those that it cannot judge in compatibility mode: they leave the
// straight line, or change segments.
var notNarrow = map[string]bool{
	"JMPF": true, "CALLF": true, "INTO": true, "LES": true, "LDS": true, "LSS": true, "LFS": true, "LGS": true,
	"ARPL": true, "BOUND": true, "SYSENTER": true, "SYSEXIT": true,
}

// rowsToTry are the rows that the oracle can judge; narrow, in compatibility
// mode.
func rowsToTry(narrow bool) (rs []*row) {
	tables := [][]row{aluTable(), integerTable, sseTable, avxTable, x87Table, bmiTable}
	if narrow {
		tables = append(tables, legacyTable)
	}
	for _, t := range tables {
		for i := range t {
			r := &t[i]
			if r.plan == nil { // one that was made for this
				r.plan = &plan{parseForms(r.args), waysOf(r.name)}
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
	if lacks := hostcpu.Lacking(native.Vectors...); lacks != "" {
		t.Logf("the instructions with a VEX prefix are left out: this host lacks %s", lacks)
		rows = slices.DeleteFunc(rows, func(r *row) bool { return r.op[0] == 'V' })
	}
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
	case (got.Fault == signalOf[vecUD] || got.Fault == signalOf[vecGP]) && g.row.attr&vsib == 0:
		return caseSame // the registers were not looked at: only a gather's are changed
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
	for i, v := range s.YMM {
		add("ymm%d %016x %016x", i, v[0], v[1])
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
	c.ymm = s.YMM
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
	s.YMM = c.ymm
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
