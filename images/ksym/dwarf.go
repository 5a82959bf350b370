package ksym

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
)

// FromELF reads the table of a kernel from its ELF file, which needs symbols
// and DWARF. rename says what to call a source file.
func FromELF(f *elf.File, rename func(string) string) (*Table, error) {
	syms, err := f.Symbols()
	if err != nil {
		return nil, fmt.Errorf("symbols: %w", err)
	}
	d, err := f.DWARF()
	if err != nil {
		return nil, fmt.Errorf("DWARF: %w", err)
	}
	t := &Table{funcs: functions(syms)}
	r := reader{d: d, rename: rename, names: map[dwarf.Offset]string{}}
	if err := r.read(); err != nil {
		return nil, fmt.Errorf("DWARF: %w", err)
	}
	t.rows = r.rows(t.funcs)
	return t, nil
}

// functions are the functions among symbols, without aliases.
func functions(syms []elf.Symbol) []function {
	var out []function
	for _, s := range syms {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Size > 0 {
			out = append(out, function{s.Value, s.Size, s.Name})
		}
	}
	slices.SortStableFunc(out, func(a, b function) int {
		if a.entry < b.entry {
			return -1
		} else if a.entry > b.entry {
			return 1
		}
		return 0
	})
	return slices.CompactFunc(out, func(a, b function) bool { return a.entry == b.entry })
}

// line is a row of the line table.
type line struct {
	pc   uint64
	file string
	line int
	end  bool // nothing is known from here on
}

// inlined is a call that was inlined: a part of the code that is another
// function's.
type inlined struct {
	lo, hi uint64
	depth  int
	name   string
	call   Frame // where the call is; its Func is not set
}

// reader collects what DWARF says.
type reader struct {
	d       *dwarf.Data
	rename  func(string) string
	names   map[dwarf.Offset]string // of functions, by where they are described
	lines   []line
	inlines []inlined
}

func (r *reader) read() error {
	dr := r.d.Reader()
	for {
		cu, err := dr.Next()
		if err != nil {
			return err
		}
		if cu == nil {
			return nil
		}
		if cu.Tag != dwarf.TagCompileUnit {
			dr.SkipChildren()
			continue
		}
		files, err := r.readLines(cu)
		if err != nil {
			return err
		}
		if cu.Children {
			if err := r.readTree(dr, files); err != nil {
				return err
			}
		}
	}
}

// readLines reads the line table of a unit and returns its files.
func (r *reader) readLines(cu *dwarf.Entry) ([]*dwarf.LineFile, error) {
	lr, err := r.d.LineReader(cu)
	if err != nil || lr == nil {
		return nil, err
	}
	for {
		var e dwarf.LineEntry
		if err := lr.Next(&e); err == io.EOF {
			return lr.Files(), nil
		} else if err != nil {
			return nil, err
		}
		l := line{pc: e.Address, line: e.Line, end: e.EndSequence}
		if e.File != nil {
			l.file = r.rename(e.File.Name)
		}
		r.lines = append(r.lines, l)
	}
}

// readTree reads the children of the entry that was read last.
func (r *reader) readTree(dr *dwarf.Reader, files []*dwarf.LineFile) error {
	depth, inlinedAt := 1, []int{} // the levels at which inlined calls are open
	for depth > 0 {
		e, err := dr.Next()
		if err != nil {
			return err
		}
		if e == nil {
			return nil
		}
		if e.Tag == 0 {
			depth--
			if n := len(inlinedAt); n > 0 && inlinedAt[n-1] == depth {
				inlinedAt = inlinedAt[:n-1]
			}
			continue
		}
		if e.Tag == dwarf.TagInlinedSubroutine {
			if err := r.inline(e, len(inlinedAt), files); err != nil {
				return err
			}
			if e.Children {
				inlinedAt = append(inlinedAt, depth)
			}
		}
		if e.Children {
			depth++
		}
	}
	return nil
}

// inline records an inlined call.
func (r *reader) inline(e *dwarf.Entry, depth int, files []*dwarf.LineFile) error {
	ranges, err := r.d.Ranges(e)
	if err != nil {
		return err
	}
	origin, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
	if !ok {
		return nil
	}
	name, err := r.name(origin)
	if err != nil {
		return err
	}
	in := inlined{depth: depth, name: name}
	if n, ok := e.Val(dwarf.AttrCallLine).(int64); ok {
		in.call.Line = int(n)
	}
	if n, ok := e.Val(dwarf.AttrCallFile).(int64); ok && n >= 0 && n < int64(len(files)) && files[n] != nil {
		in.call.File = r.rename(files[n].Name)
	}
	for _, lh := range ranges {
		in.lo, in.hi = lh[0], lh[1]
		r.inlines = append(r.inlines, in)
	}
	return nil
}

// name is the name of the function that is described at off.
func (r *reader) name(off dwarf.Offset) (string, error) {
	if s, ok := r.names[off]; ok {
		return s, nil
	}
	dr := r.d.Reader()
	dr.Seek(off)
	e, err := dr.Next()
	if err != nil {
		return "", err
	}
	s, _ := e.Val(dwarf.AttrName).(string)
	r.names[off] = s
	return s, nil
}

// rows makes the table of what was read: between two addresses at which
// anything changes, everything is the same.
func (r *reader) rows(funcs []function) []row {
	sort.SliceStable(r.lines, func(i, j int) bool {
		if r.lines[i].pc != r.lines[j].pc {
			return r.lines[i].pc < r.lines[j].pc
		}
		return r.lines[i].end && !r.lines[j].end
	})
	sort.SliceStable(r.inlines, func(i, j int) bool { return r.inlines[i].lo < r.inlines[j].lo })

	var rows []row
	nl, ni := 0, 0
	for _, f := range funcs {
		end := f.entry + f.size
		cuts := []uint64{f.entry, end}
		for nl < len(r.lines) && r.lines[nl].pc < f.entry {
			nl++
		}
		for i := nl; i < len(r.lines) && r.lines[i].pc < end; i++ {
			cuts = append(cuts, r.lines[i].pc)
		}
		for ni < len(r.inlines) && r.inlines[ni].lo < f.entry {
			ni++
		}
		last := ni
		for ; last < len(r.inlines) && r.inlines[last].lo < end; last++ {
			cuts = append(cuts, r.inlines[last].lo, min(end, r.inlines[last].hi))
		}
		slices.Sort(cuts)
		cuts = slices.Compact(cuts)
		for _, pc := range cuts[:len(cuts)-1] {
			frames := r.frames(f.name, pc, r.inlines[ni:last])
			if len(rows) == 0 || !slices.Equal(rows[len(rows)-1].frames, frames) {
				rows = append(rows, row{pc, frames})
			}
		}
	}
	return rows
}

// frames is what is at pc, innermost first.
func (r *reader) frames(name string, pc uint64, inlines []inlined) []Frame {
	i := sort.Search(len(r.lines), func(i int) bool { return r.lines[i].pc > pc }) - 1
	if i < 0 || r.lines[i].end || r.lines[i].line == 0 {
		return nil
	}
	var calls []inlined
	for _, in := range inlines {
		if pc >= in.lo && pc < in.hi {
			calls = append(calls, in)
		}
	}
	slices.SortStableFunc(calls, func(a, b inlined) int { return b.depth - a.depth })
	at := Frame{File: r.lines[i].file, Line: r.lines[i].line}
	var out []Frame
	for _, c := range calls {
		at.Func = c.name
		out = append(out, at)
		at = c.call
	}
	at.Func = name
	return append(out, at)
}

// OverlayPrefix begins the names that the files of our runtime have among
// those of package runtime: names of their own, so that none of the standard
// files is meant.
const OverlayPrefix = "zz_"

// SourceFile is where in the repository a file is that the compiler names.
func SourceFile(name string) string {
	if file, ok := strings.CutPrefix(name, "runtime/"+OverlayPrefix); ok {
		return "guestkernel/_rt/" + file
	}
	return strings.TrimPrefix(name, "sysindvm/")
}
