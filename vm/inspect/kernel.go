// Package inspect looks into a machine by the kernel's own DWARF: typed values
// of kernel objects by name, functions and source lines of addresses and the
// other way round, call stacks, disassembly with symbols, page tables.
//
// A [Kernel] is what the debug information says, the same for all machines; a
// [View] is a Kernel with the memory and registers of one machine that stands
// still. Begin with [New] and [View.Eval]:
//
//	v, err := inspect.New(m)
//	umask, err := v.Eval("current.FS.Umask")
package inspect

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"sync"

	"sysindvm/images"
	"sysindvm/images/ksym"
)

// Kernel is what a kernel's debug information says.
type Kernel struct {
	order   binary.ByteOrder
	ptr     int // size of a pointer, in bytes
	dw      *dwarf.Data
	symbols *ksym.Table
	funcs   []Func            // by address
	objects []Func            // variables, by address
	lines   []row             // by address
	stmts   map[Line][]uint64 // where statements of a line begin
	frames  []frameRow        // by address
	globals map[string]global
	types   map[string]dwarf.Offset
}

// Func is a function of the kernel. Its code is at the addresses from Entry up
// to, but not including, End.
type Func struct {
	Name       string // with the package's path from the module on: guestkernel/sys.Enter
	Entry, End uint64
}

// Line is a line of the kernel's source; File is a path in the repository.
type Line struct {
	File string
	Line int
}

func (l Line) String() string { return fmt.Sprintf("%s:%d", l.File, l.Line) }

// row is an entry of the line table.
type row struct {
	addr uint64
	line Line
	stmt bool
}

type global struct {
	addr uint64
	typ  dwarf.Offset
}

var (
	amd64 = sync.OnceValues(func() (*Kernel, error) { return Open(images.Debug()) })
	i386  = sync.OnceValues(func() (*Kernel, error) { return Open(images.Debug386()) })
)

// AMD64 is the embedded x86-64 kernel; I386 is the other one.
func AMD64() (*Kernel, error) { return amd64() }

// I386 is the embedded i386 kernel.
func I386() (*Kernel, error) { return i386() }

// Open reads the debug information of a kernel's ELF file.
func Open(file []byte) (*Kernel, error) {
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("the kernel's debug information: %w", err)
	}
	k := &Kernel{order: f.ByteOrder, ptr: 8, stmts: map[Line][]uint64{}, globals: map[string]global{}, types: map[string]dwarf.Offset{}}
	if f.Class == elf.ELFCLASS32 {
		k.ptr = 4
	}
	if k.dw, err = f.DWARF(); err != nil {
		return nil, fmt.Errorf("the kernel's debug information: %w", err)
	}
	if k.symbols, err = ksym.FromELF(f, ksym.SourceFile); err != nil {
		return nil, fmt.Errorf("the kernel's debug information: %w", err)
	}
	if err := k.readSymbols(f); err != nil {
		return nil, err
	}
	if err := k.readFrames(f); err != nil {
		return nil, err
	}
	return k, k.readTree()
}

// readSymbols fills in the functions.
func (k *Kernel) readSymbols(f *elf.File) error {
	syms, err := f.Symbols()
	if err != nil {
		return fmt.Errorf("the kernel's symbols: %w", err)
	}
	for _, s := range syms {
		f := Func{short(s.Name), s.Value, s.Value + s.Size}
		switch typ := elf.ST_TYPE(s.Info); {
		case s.Size == 0:
		case typ == elf.STT_FUNC:
			k.funcs = append(k.funcs, f)
		case typ == elf.STT_OBJECT:
			k.objects = append(k.objects, f)
		}
	}
	for _, all := range [][]Func{k.funcs, k.objects} {
		slices.SortFunc(all, func(a, b Func) int { return cmpUint(a.Entry, b.Entry) })
	}
	return nil
}

// Symbol names what is at an address, a function or a variable, without the
// folder of its package, and says how far into it the address is; "" for
// neither.
func (k *Kernel) Symbol(addr uint64) (name string, off uint64) {
	f, ok := within(k.funcs, addr)
	if !ok {
		if f, ok = within(k.objects, addr); !ok {
			return "", 0
		}
	}
	return strings.TrimPrefix(f.Name, "guestkernel/"), addr - f.Entry
}

// within finds the one of several ranges, by address, that an address is in.
func within(all []Func, addr uint64) (Func, bool) {
	i := sort.Search(len(all), func(i int) bool { return all[i].Entry > addr }) - 1
	if i < 0 || addr >= all[i].End {
		return Func{}, false
	}
	return all[i], true
}

const module = "sysindvm/"

// short is a linker's name without the module's path.
func short(name string) string { return strings.ReplaceAll(name, module, "") }

func cmpUint(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// readTree fills in globals, types and lines.
func (k *Kernel) readTree() error {
	r := k.dw.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			return fmt.Errorf("the kernel's debug information: %w", err)
		}
		if e == nil {
			break
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		name = short(name)
		switch e.Tag {
		case dwarf.TagCompileUnit:
			if err := k.readLines(e); err != nil {
				return err
			}
			continue
		case dwarf.TagVariable:
			if addr, ok := k.staticAddr(e); ok {
				typ, _ := e.Val(dwarf.AttrType).(dwarf.Offset)
				enter(k.globals, name, global{addr, typ})
			}
		case dwarf.TagTypedef, dwarf.TagStructType, dwarf.TagBaseType, dwarf.TagPointerType:
			enter(k.types, name, e.Offset)
		}
		if e.Tag == dwarf.TagSubprogram {
			r.SkipChildren()
		}
	}
	sort.SliceStable(k.lines, func(i, j int) bool { return k.lines[i].addr < k.lines[j].addr })
	for l := range k.stmts {
		slices.Sort(k.stmts[l])
		k.stmts[l] = slices.Compact(k.stmts[l])
	}
	return nil
}

// enter enters a thing under its name, and under that without the folders of
// its package's path.
func enter[T any](table map[string]T, name string, thing T) {
	if strings.ContainsAny(name, "*[]{} ") {
		return
	}
	table[name] = thing
	table[name[strings.LastIndexByte(name, '/')+1:]] = thing
}

// staticAddr is where a variable lies, if that is one address.
func (k *Kernel) staticAddr(e *dwarf.Entry) (uint64, bool) {
	const opAddr = 3 // DW_OP_addr (DWARF 5, 2.5.1.1)
	loc, _ := e.Val(dwarf.AttrLocation).([]byte)
	if len(loc) != 1+k.ptr || loc[0] != opAddr {
		return 0, false
	}
	return k.uint(loc[1:]), true
}

// readLines adds a unit's line table.
func (k *Kernel) readLines(cu *dwarf.Entry) error {
	lr, err := k.dw.LineReader(cu)
	if err != nil || lr == nil {
		return err
	}
	var last Line
	for {
		var e dwarf.LineEntry
		if err := lr.Next(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("the kernel's line table: %w", err)
		}
		l := Line{}
		if !e.EndSequence && e.File != nil {
			l = Line{ksym.SourceFile(e.File.Name), e.Line}
		}
		k.lines = append(k.lines, row{e.Address, l, e.IsStmt})
		if e.IsStmt && l != last && l.Line > 0 {
			k.stmts[l] = append(k.stmts[l], e.Address)
		}
		last = l
	}
}

func (k *Kernel) uint(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(k.order.Uint16(b))
	case 4:
		return uint64(k.order.Uint32(b))
	}
	return k.order.Uint64(b)
}

// Func is the function that an address is in; false outside the kernel's code.
func (k *Kernel) Func(pc uint64) (Func, bool) {
	return within(k.funcs, pc)
}

// FuncNamed is a function by its name, of which the beginning may be missing:
// sys.Enter.
func (k *Kernel) FuncNamed(name string) (Func, error) {
	var found []Func
	for _, f := range k.funcs {
		if f.Name == name {
			return f, nil
		}
		if strings.HasSuffix(f.Name, "/"+name) || strings.HasSuffix(f.Name, "."+name) {
			found = append(found, f)
		}
	}
	switch len(found) {
	case 0:
		return Func{}, fmt.Errorf("the kernel has no function %s", name)
	case 1:
		return found[0], nil
	}
	return Func{}, fmt.Errorf("%s may be %s or %s", name, found[0].Name, found[1].Name)
}

// Line is the source line of an address; false if it is not known.
func (k *Kernel) Line(pc uint64) (Line, bool) {
	i := sort.Search(len(k.lines), func(i int) bool { return k.lines[i].addr > pc }) - 1
	if i < 0 || k.lines[i].line.Line == 0 {
		return Line{}, false
	}
	return k.lines[i].line, true
}

// Statements are the addresses at which a statement of a source line begins,
// in order: several if the line was inlined into several functions.
func (k *Kernel) Statements(l Line) []uint64 { return k.stmts[l] }

// Frames is a place in the source, and those into which it was inlined,
// innermost first: see package ksym.
func (k *Kernel) Frames(pc uint64) []ksym.Frame {
	l, ok := k.symbols.Lookup(pc)
	if !ok {
		return nil
	}
	frames := slices.Clone(l.Frames)
	for i := range frames {
		frames[i].Func = short(frames[i].Func)
	}
	return frames
}

// Funcs are all functions of the kernel, by address. They are not to be
// changed.
func (k *Kernel) Funcs() []Func { return k.funcs }
