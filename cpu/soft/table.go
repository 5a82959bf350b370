package soft

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// row is one encoding: the one table of the engine is made of these.
type row struct {
	// op is the opcode in hexadecimal, as in the SDM: an optional mandatory
	// prefix (NP, 66, F2, F3; with a V before it for VEX) and a dot, the opcode
	// bytes, then "+r" for a register in the last three bits, "+c" for a condition
	// in the last four, "/n" for an extension in ModRM.reg, "/xx" for one in the
	// whole of ModRM.
	op   string
	name string // mnemonic
	args string // operands, in the notation of SDM 2D, A.2
	exec func(*CPU, *inst)
	attr attr

	*plan
}

// plan is what is made of a row at the start.
type plan struct {
	forms []form
	*rowWays
}

// rowWays are the quick ways of a mnemonic.
type rowWays struct {
	quick  []quickForm[quick]    // by form
	narrow []quickForm[quick]    // what 32-bit code has in place of those
	pairs  []quickForm[pairWays] // of the first of a pair
	dead   []quickForm[quick]    // of those whose flags are dead
}

// attr is what is special about an encoding.
type attr uint32

const (
	no64     attr = 1 << iota // invalid in 64-bit mode
	only64                    // valid in 64-bit mode only
	def64                     // operand size 64 bits by default in 64-bit mode
	near64                    // the same, and the prefix 66 is ignored
	force64                   // operand size 64 bits always in 64-bit mode
	lockable                  // may have a LOCK prefix, with a memory destination
	noMem                     // ModRM names registers whatever its mod says
	prefixed                  // the prefix 66 belongs to the opcode
	memOnly                   // group entry for memory operands
	regOnly                   // group entry for register operands
	regMod                    // ModRM must name a register
	ends                      // goes elsewhere than to the next instruction, or may
	vexL0                     // VEX.L must be 0
	vexL1                     // it must be 1; without either it says the width x, or is ignored
	vexW0                     // VEX.W must be 0
	vexW1                     // it must be 1; without either it is ignored, or the operand size
	vsib                      // the index is a vector register (SDM 2A, 2.3.12)
)

// form is one operand in the table, taken apart.
type form struct {
	kind  byte
	n     uint8 // bits, if width is fixed
	width width
}

type width uint8

const (
	widthFixed width = iota
	widthV           // 16, 32 or 64 bits, by the operand size
	widthZ           // 16 or 32
	widthY           // 32 or 64
	widthX           // 128 or 256, by VEX.L
	widthX2          // half of that
	widthX4
	widthX8
)

// entry is what the decoder finds for an opcode byte.
type entry struct {
	row   *row
	no64  *row // outside 64-bit mode, if that is another
	modrm bool
	// by ModRM.reg, for memory [0] and registers [1]; by the whole of ModRM.
	group *[2][8]*row
	exact map[uint8]*row
	// with VEX: the row for ModRM that names a register, where there is one of its own
	reg *row
}

// pick chooses among the rows of one opcode byte.
func (e *entry) pick(modrm uint8) *row {
	if r := e.exact[modrm]; r != nil {
		return r
	}
	if e.group != nil {
		k := 0
		if modrm>>6 == 3 {
			k = 1
		}
		return e.group[k][modrm>>3&7]
	}
	if e.reg != nil && modrm>>6 == 3 {
		return e.reg
	}
	return e.row
}

// opmap has an entry for each prefix column and opcode byte.
type opmap [4][256]*entry

var oneByte, twoByte, map38, map3A opmap

// Size letters of operands.
var widths = map[string]form{
	"b": {n: 8}, "w": {n: 16}, "d": {n: 32}, "q": {n: 64}, "t": {n: 80}, "dq": {n: 128}, "s": {n: 32},
	"v": {width: widthV}, "z": {width: widthZ}, "y": {width: widthY}, "": {width: widthV},
	"qq": {n: n256}, "x": {width: widthX}, "x2": {width: widthX2}, "x4": {width: widthX4}, "x8": {width: widthX8},
}

func parseForms(args string) (fs []form) {
	if args == "" {
		return nil
	}
	for _, a := range strings.Split(args, ",") {
		switch a {
		case "1":
			fs = append(fs, form{kind: '1'})
			continue
		case "CL":
			fs = append(fs, form{kind: 'c'})
			continue
		case "DX":
			fs = append(fs, form{kind: 'd'})
			continue
		}
		f, ok := widths[a[1:]]
		if !ok {
			panic("soft: operand " + a)
		}
		f.kind = a[0]
		fs = append(fs, f)
	}
	return fs
}

// enterTables makes the decoder of the tables, when the first CPU is made.
var enterTables = sync.OnceFunc(func() {
	b := builder{forms: map[string][]form{}, ways: map[string]*rowWays{}}
	for n, t := range tables {
		plans := make([]plan, len(t))
		for i := range t {
			if n >= firstEnding && n <= lastEnding {
				t[i].attr |= ends
			}
			t[i].plan = &plans[i]
			b.enter(&t[i])
		}
	}
	enterFusions()
})

// builder has what is the same for many rows, so that the start of a program is
// not spent on making it again.
type builder struct {
	forms   map[string][]form   // by args
	ways    map[string]*rowWays // by mnemonic
	entries []entry             // to be given out
	maps    [4]*opmap
}

// once makes what a key stands for the first time that it is asked for.
func once[T any](made map[string]T, key string, f func(string) T) T {
	v, ok := made[key]
	if !ok {
		v = f(key)
		made[key] = v
	}
	return v
}

// entry gives out a new entry.
func (b *builder) entry() *entry {
	if len(b.entries) == 0 {
		b.entries = make([]entry, 256)
	}
	e := &b.entries[0]
	b.entries = b.entries[1:]
	return e
}

var (
	allColumns = []int{0, 1, 2, 3}
	columns    = map[string][]int{"NP": {0}, "66": {1}, "F3": {2}, "F2": {3}, "N6": {0, 1}} // by mandatory prefix
)

// enter puts a row where the decoder looks.
func (b *builder) enter(r *row) {
	r.forms = once(b.forms, r.args, parseForms)
	name := r.name
	if len(r.forms) > 2 {
		name += "3"
	}
	r.rowWays = once(b.ways, name, waysOf)
	op, vex := strings.CutPrefix(r.op, "V")
	cols := allColumns
	if p, rest, ok := strings.Cut(op, "."); ok {
		op = rest
		cols = columns[p]
		if p == "66" {
			r.attr |= prefixed
		}
	}
	ms := append(b.maps[:0], &oneByte)
	for i, prefix := range [...]string{"0F38", "0F3A", "0F"} {
		if len(op) > 2 && strings.HasPrefix(op, prefix) {
			op = op[len(prefix):]
			ms[0] = [...]*opmap{&map38, &map3A, &twoByte}[i]
			if vex {
				ms = r.vexMaps(ms[:0], [...]int{2, 3, 1}[i])
			}
			break
		}
	}
	code, err := strconv.ParseUint(op[:2], 16, 8)
	if err != nil {
		panic(fmt.Sprintf("soft: opcode %q", r.op))
	}
	n := 1
	switch op[2:] {
	case "+r":
		n = 8
	case "+c":
		n = 16
	}
	for i := range n {
		for _, col := range cols {
			for _, m := range ms {
				p := &m[col][int(code)+i]
				if *p == nil {
					*p = b.entry()
				}
				r.enterAt(*p, op[2:])
			}
		}
	}
}

func (r *row) enterAt(e *entry, ext string) {
	for _, f := range r.forms {
		if strings.IndexByte("EMRGCDSVWUFPQN", f.kind) >= 0 {
			e.modrm = true
		}
	}
	x, ok := strings.CutPrefix(ext, "/")
	if !ok {
		switch {
		case r.op[0] == 'V' && r.attr&regOnly != 0:
			e.reg = r
		case e.row != nil && r.attr&no64 != 0:
			e.no64 = r
		case e.row != nil && e.row.attr&no64 != 0:
			e.row, e.no64 = r, e.row
		default:
			e.row = r
		}
		return
	}
	e.modrm = true
	v, err := strconv.ParseUint(x, 16, 8)
	if err != nil {
		panic(fmt.Sprintf("soft: extension of %q", r.op))
	}
	if len(x) == 2 {
		if e.exact == nil {
			e.exact = map[uint8]*row{}
		}
		e.exact[uint8(v)] = r
		return
	}
	if e.group == nil {
		e.group = new([2][8]*row)
	}
	if r.attr&regOnly == 0 {
		e.group[0][v] = r
	}
	if r.attr&memOnly == 0 {
		e.group[1][v] = r
	}
}
