// Package ksym puts names to the addresses in a kernel's panic: function,
// offset, file and line, inlined calls included.
//
// A [Table] comes from the kernel's ELF file with DWARF ([FromELF]) or from
// the compact form of the same that is kept in the repository ([Parse]).
// [Symbolise] puts it between a console and its reader.
package ksym

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
)

// Frame is a place in the source.
type Frame struct {
	Func string
	File string
	Line int
}

// Location is what an address means.
type Location struct {
	Func   string // the function that the linker knows
	Offset uint64 // of the address in it
	// Frames are the place itself first; the last one is in Func, and those
	// before it are inlined into their successors. It may be empty, where the
	// line is not known.
	Frames []Frame
}

// String is the location on one line.
func (l Location) String() string {
	s := fmt.Sprintf("%s+%#x", l.Func, l.Offset)
	for i, f := range l.Frames {
		if i < len(l.Frames)-1 {
			s += fmt.Sprintf(" %s:%d, %s inlined at", f.File, f.Line, f.Func)
		} else {
			s += fmt.Sprintf(" %s:%d", f.File, f.Line)
		}
	}
	return s
}

// function is a function in memory.
type function struct {
	entry, size uint64
	name        string
}

// row says what the addresses from pc to the next row's are.
type row struct {
	pc     uint64
	frames []Frame
}

// Table is the symbols of one kernel. The zero value knows none.
type Table struct {
	funcs []function // by address, not overlapping
	rows  []row      // by address
}

// Lookup finds out what an address means. Give it a return address less one,
// to get the line of the call.
func (t *Table) Lookup(pc uint64) (Location, bool) {
	i := sort.Search(len(t.funcs), func(i int) bool { return t.funcs[i].entry > pc }) - 1
	if i < 0 || pc-t.funcs[i].entry >= t.funcs[i].size {
		return Location{}, false
	}
	l := Location{Func: t.funcs[i].name, Offset: pc - t.funcs[i].entry}
	if i := sort.Search(len(t.rows), func(i int) bool { return t.rows[i].pc > pc }) - 1; i >= 0 {
		l.Frames = t.rows[i].frames
	}
	return l, true
}

// Join makes one table of two; the addresses of low are below those of high.
func Join(low, high *Table) *Table {
	return &Table{slices.Concat(low.funcs, high.funcs), slices.Concat(low.rows, high.rows)}
}

const magic = "ksym1\n"

// Encode is the table in a compact form: the same table gives the same bytes.
func (t *Table) Encode() []byte {
	var names []string
	numbers := map[string]uint64{}
	number := func(s string) uint64 {
		n, ok := numbers[s]
		if !ok {
			n = uint64(len(names))
			numbers[s], names = n, append(names, s)
		}
		return n
	}
	var body []byte
	put := func(v uint64) { body = binary.AppendUvarint(body, v) }
	put(uint64(len(t.funcs)))
	pc := uint64(0)
	for _, f := range t.funcs {
		put(f.entry - pc)
		put(f.size)
		put(number(f.name))
		pc = f.entry
	}
	put(uint64(len(t.rows)))
	pc = 0
	for _, r := range t.rows {
		put(r.pc - pc)
		put(uint64(len(r.frames)))
		for _, f := range r.frames {
			put(number(f.Func))
			put(number(f.File))
			put(uint64(f.Line))
		}
		pc = r.pc
	}
	head := binary.AppendUvarint(nil, uint64(len(names)))
	for _, s := range names {
		head = binary.AppendUvarint(head, uint64(len(s)))
		head = append(head, s...)
	}
	var b bytes.Buffer
	b.WriteString(magic)
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	z.Write(head) // to memory: it cannot fail
	z.Write(body)
	z.Close()
	return b.Bytes()
}

var errFormat = errors.New("not a symbol table of a kernel, or a damaged one")

// Parse reads what [Table.Encode] has written.
func Parse(data []byte) (*Table, error) {
	body, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil, errFormat
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, errFormat
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, errFormat
	}
	d := decoder{b: raw}
	names := make([]string, d.count())
	for i := range names {
		names[i] = d.bytes(d.count())
	}
	name := func() string {
		if i := d.uint(); i < uint64(len(names)) {
			return names[i]
		}
		d.bad = true
		return ""
	}
	t := &Table{funcs: make([]function, d.count())}
	pc := uint64(0)
	for i := range t.funcs {
		pc += d.uint()
		t.funcs[i] = function{entry: pc, size: d.uint(), name: name()}
	}
	t.rows = make([]row, d.count())
	pc = 0
	for i := range t.rows {
		pc += d.uint()
		t.rows[i].pc = pc
		for range d.count() {
			t.rows[i].frames = append(t.rows[i].frames, Frame{Func: name(), File: name(), Line: int(d.uint())})
		}
	}
	if d.bad || len(d.b) > 0 {
		return nil, errFormat
	}
	return t, nil
}

// decoder reads numbers; once something is wrong, everything is zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || d.bad {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count is the number of things that follow, of a byte at least each.
func (d *decoder) count() int {
	v := d.uint()
	if v > uint64(len(d.b)) {
		d.bad = true
		return 0
	}
	return int(v)
}

func (d *decoder) bytes(n int) string {
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}
