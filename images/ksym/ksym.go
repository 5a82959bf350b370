// Package ksym puts names to the addresses that the guest kernel prints when
// it panics: the line "bt" and its hexadecimal numbers, first where it
// happened, then who called.
//
// A [Table] comes from the kernel's ELF file when the image is built, and from
// images.Symbols later.
package ksym

import (
	"bytes"
	"cmp"
	"debug/elf"
	"debug/gosym"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Table is the functions of a kernel, by address.
type Table struct{ funcs []function }

type function struct {
	name       string
	start, end uint64
	rows       []row
}

// row says where the code from an address on comes from.
type row struct {
	addr uint64
	file string
	line int
}

// Frame is one place in the source.
type Frame struct {
	Func   string
	Offset uint64 // from the function's start
	File   string
	Line   int
}

func (f Frame) String() string { return fmt.Sprintf("%s+%#x %s:%d", f.Func, f.Offset, f.File, f.Line) }

// FromELF reads the symbols of a linked program.
func FromELF(f *elf.File) (*Table, error) {
	text, pclntab := f.Section(".text"), f.Section(".gopclntab")
	if text == nil || pclntab == nil {
		return nil, errors.New("no sections .text and .gopclntab: not a Go program")
	}
	data, err := pclntab.Data()
	if err != nil {
		return nil, err
	}
	lines, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		return nil, err
	}
	t := &Table{}
	for _, fn := range lines.Funcs {
		g := function{name: fn.Name, start: fn.Entry, end: fn.End}
		for pc := fn.Entry; pc < fn.End; pc++ {
			file, line, _ := lines.PCToLine(pc)
			if n := len(g.rows); n == 0 || g.rows[n-1].file != file || g.rows[n-1].line != line {
				g.rows = append(g.rows, row{pc, file, line})
			}
		}
		t.funcs = append(t.funcs, g)
	}
	if len(t.funcs) == 0 {
		return nil, errors.New("no functions")
	}
	slices.SortFunc(t.funcs, func(a, b function) int { return cmp.Compare(a.start, b.start) })
	return t, nil
}

// Lookup finds the place of an address.
func (t *Table) Lookup(pc uint64) (Frame, bool) {
	i := sort.Search(len(t.funcs), func(i int) bool { return t.funcs[i].start > pc }) - 1
	if i < 0 || pc >= t.funcs[i].end {
		return Frame{}, false
	}
	f := &t.funcs[i]
	fr := Frame{Func: f.name, Offset: pc - f.start}
	if j := sort.Search(len(f.rows), func(j int) bool { return f.rows[j].addr > pc }) - 1; j >= 0 {
		fr.File, fr.Line = f.rows[j].file, f.rows[j].line
	}
	return fr, true
}

// Backtrace reads a line "bt" of the kernel's, and says of each address where
// it is, a line each; nil for any other line. The first address is where the
// kernel stopped, the others are return addresses, whose call is just before.
func (t *Table) Backtrace(line string) []string {
	words := strings.Fields(line)
	if len(words) < 2 || words[0] != "bt" {
		return nil
	}
	var out []string
	for i, w := range words[1:] {
		pc, err := strconv.ParseUint(w, 16, 64)
		if err != nil {
			return nil
		}
		at := pc
		if i > 0 {
			at--
		}
		text := "?"
		if f, ok := t.Lookup(at); ok {
			f.Offset += pc - at
			text = f.String()
		}
		out = append(out, fmt.Sprintf("%x %s", pc, text))
	}
	return out
}

// Annotate is a kernel's output with each backtrace explained.
func (t *Table) Annotate(log string) string {
	var b strings.Builder
	for line := range strings.Lines(log) {
		b.WriteString(line)
		for i, s := range t.Backtrace(line) {
			if i == 0 && !strings.HasSuffix(line, "\n") {
				b.WriteByte('\n')
			}
			b.WriteString("   " + s + "\n")
		}
	}
	return b.String()
}

// The encoding: the magic, then unsigned varints, and strings as a length and
// bytes.
//
//	number of files, and their names
//	number of functions, and of each
//	    start, as the distance from the start before; length; name
//	    number of rows, and of each
//	        address, as the distance from the row before; file; line
const magic = "ksym1\n"

// Encode is the table in its compact form.
func (t *Table) Encode() []byte {
	var files []string
	number := map[string]int{}
	for _, f := range t.funcs {
		for _, r := range f.rows {
			if _, ok := number[r.file]; !ok {
				number[r.file] = len(files)
				files = append(files, r.file)
			}
		}
	}
	b := []byte(magic)
	put := func(v uint64) { b = binary.AppendUvarint(b, v) }
	str := func(s string) { put(uint64(len(s))); b = append(b, s...) }
	put(uint64(len(files)))
	for _, f := range files {
		str(f)
	}
	put(uint64(len(t.funcs)))
	last := uint64(0)
	for _, f := range t.funcs {
		put(f.start - last)
		put(f.end - f.start)
		str(f.name)
		put(uint64(len(f.rows)))
		at := f.start
		for _, r := range f.rows {
			put(r.addr - at)
			put(uint64(number[r.file]))
			put(uint64(r.line))
			at = r.addr
		}
		last = f.start
	}
	return b
}

var errTable = errors.New("not a table of kernel symbols, or damaged")

// Parse reads what Encode has written.
func Parse(b []byte) (*Table, error) {
	r := bytes.NewReader(b)
	head := make([]byte, len(magic))
	if r.Read(head); string(head) != magic {
		return nil, errTable
	}
	bad := false
	get := func() uint64 {
		v, err := binary.ReadUvarint(r)
		bad = bad || err != nil
		return v
	}
	// count is a number of things of at least a byte each.
	count := func() int {
		n := get()
		if n > uint64(r.Len()) {
			bad = true
			return 0
		}
		return int(n)
	}
	str := func() string {
		s := make([]byte, count())
		r.Read(s)
		return string(s)
	}
	files := make([]string, count())
	for i := range files {
		files[i] = str()
	}
	t := &Table{funcs: make([]function, count())}
	last := uint64(0)
	for i := range t.funcs {
		f := &t.funcs[i]
		f.start = last + get()
		f.end = f.start + get()
		f.name = str()
		f.rows = make([]row, count())
		at := f.start
		for j := range f.rows {
			at += get()
			file, line := get(), get()
			if bad || file >= uint64(len(files)) {
				return nil, errTable
			}
			f.rows[j] = row{at, files[file], int(line)}
		}
		last = f.start
	}
	if bad || r.Len() != 0 {
		return nil, errTable
	}
	return t, nil
}
