package inspect

import (
	"debug/dwarf"
	"fmt"
	"strconv"
	"strings"
)

// Value is an object in the machine's memory, with its type.
type Value struct {
	// Name is the expression that leads to it.
	Name string
	// Addr is its virtual address, 0 for one that is nowhere: a cast.
	Addr uint64
	Type dwarf.Type
	view *View
	raw  []byte // of one that is nowhere
}

// Size is its size, in bytes.
func (x Value) Size() int { return int(max(x.Type.Size(), 0)) }

// TypeName is its type in Go's words, without the paths of packages.
func (x Value) TypeName() string { return typeName(x.Type) }

func typeName(t dwarf.Type) string {
	s := t.Common().Name
	if s == "" {
		s = t.String()
	}
	for {
		i := strings.LastIndexByte(s, '/')
		if i < 0 {
			return s
		}
		j := strings.LastIndexAny(s[:i], "*[] {;")
		s = s[:j+1] + s[i+1:]
	}
}

// bytes is the value itself.
func (x Value) bytes() ([]byte, error) {
	const most = 1 << 20
	switch n := x.Size(); {
	case x.raw != nil:
		return x.raw, nil
	case n > most:
		return nil, fmt.Errorf("%s is too large to be looked at as a whole: %d bytes", x.Name, n)
	default:
		b := make([]byte, n)
		if !x.view.Read(x.Addr, b) {
			return nil, fmt.Errorf("%s: nothing is mapped at %#x", x.Name, x.Addr)
		}
		return b, nil
	}
}

// base is a type without its names.
func base(t dwarf.Type) dwarf.Type {
	for {
		td, ok := t.(*dwarf.TypedefType)
		if !ok {
			return t
		}
		t = td.Type
	}
}

// Uint is the value of a number, a boolean, a pointer or an address.
func (x Value) Uint() (uint64, error) {
	switch base(x.Type).(type) {
	case *dwarf.StructType, *dwarf.ArrayType:
		return 0, fmt.Errorf("%s is no number but a %s", x.Name, x.TypeName())
	}
	b, err := x.bytes()
	if err != nil {
		return 0, err
	}
	switch len(b) {
	case 1, 2, 4, 8:
		return x.view.uint(b), nil
	}
	return 0, fmt.Errorf("%s is no number but a %s", x.Name, x.TypeName())
}

// Elem is what a pointer points to.
func (x Value) Elem() (Value, error) {
	p, ok := base(x.Type).(*dwarf.PtrType)
	if !ok {
		return Value{}, fmt.Errorf("%s is no pointer but a %s", x.Name, x.TypeName())
	}
	at, err := x.Uint()
	if err != nil {
		return Value{}, err
	}
	if at == 0 {
		return Value{}, fmt.Errorf("%s is nil", x.Name)
	}
	return Value{Name: x.Name, Addr: at, Type: p.Type, view: x.view}, nil
}

// through follows pointers.
func (x Value) through() (Value, error) {
	for {
		if _, ok := base(x.Type).(*dwarf.PtrType); !ok {
			return x, nil
		}
		next, err := x.Elem()
		if err != nil {
			return Value{}, err
		}
		x = next
	}
}

// Field is a field of a structure, or of the one that x points to: by its name,
// in whatever case, or by that of a field of an embedded structure.
func (x Value) Field(name string) (Value, error) {
	s, err := x.through()
	if err != nil {
		return Value{}, err
	}
	st, ok := base(s.Type).(*dwarf.StructType)
	if !ok {
		return Value{}, fmt.Errorf("%s has no fields: it is a %s", x.Name, x.TypeName())
	}
	if f, ok := s.field(st, name); ok {
		return f, nil
	}
	var have []string
	for _, f := range st.Field {
		have = append(have, f.Name)
	}
	return Value{}, fmt.Errorf("%s has no field %s: there are %s", x.Name, name, strings.Join(have, ", "))
}

// field looks for a field in a structure, and then in those embedded in it.
func (x Value) field(st *dwarf.StructType, name string) (Value, bool) {
	for _, exact := range []bool{true, false} {
		for _, f := range st.Field {
			if f.Name == name || !exact && strings.EqualFold(f.Name, name) {
				return x.part(f), true
			}
		}
	}
	for _, f := range st.Field {
		inner, ok := base(f.Type).(*dwarf.StructType)
		if !ok || f.Name != typeName(f.Type)[strings.LastIndexByte(typeName(f.Type), '.')+1:] {
			continue
		}
		if v, ok := x.part(f).field(inner, name); ok {
			return v, true
		}
	}
	return Value{}, false
}

func (x Value) part(f *dwarf.StructField) Value {
	v := Value{Name: x.Name + "." + f.Name, Type: f.Type, view: x.view}
	if x.raw != nil {
		v.raw = x.raw[f.ByteOffset : f.ByteOffset+f.Type.Size()]
	} else {
		v.Addr = x.Addr + uint64(f.ByteOffset)
	}
	return v
}

// Index is an element of an array, a slice, or what a pointer to one leads to.
func (x Value) Index(i int) (Value, error) {
	s, err := x.through()
	if err != nil {
		return Value{}, err
	}
	name := fmt.Sprintf("%s[%d]", x.Name, i)
	switch t := base(s.Type).(type) {
	case *dwarf.ArrayType:
		if i < 0 || int64(i) >= t.Count {
			return Value{}, fmt.Errorf("%s: there are %d", name, t.Count)
		}
		v := Value{Name: name, Type: t.Type, view: x.view, Addr: s.Addr + uint64(i)*uint64(t.Type.Size())}
		if s.raw != nil {
			v.Addr, v.raw = 0, s.raw[int64(i)*t.Type.Size():][:t.Type.Size()]
		}
		return v, nil
	case *dwarf.StructType:
		if elem, at, n, ok := s.slice(t); ok {
			if i < 0 || uint64(i) >= n {
				return Value{}, fmt.Errorf("%s: there are %d", name, n)
			}
			return Value{Name: name, Type: elem, view: x.view, Addr: at + uint64(i)*uint64(elem.Size())}, nil
		}
	}
	return Value{}, fmt.Errorf("%s has no elements: it is a %s", x.Name, x.TypeName())
}

// slice takes a Go slice apart.
func (x Value) slice(t *dwarf.StructType) (elem dwarf.Type, at, n uint64, ok bool) {
	if !strings.HasPrefix(t.StructName, "[]") || len(t.Field) != 3 {
		return nil, 0, 0, false
	}
	p, ok := base(t.Field[0].Type).(*dwarf.PtrType)
	if !ok {
		return nil, 0, 0, false
	}
	at, err1 := x.part(t.Field[0]).Uint()
	n, err2 := x.part(t.Field[1]).Uint()
	return p.Type, at, n, err1 == nil && err2 == nil
}

// Len is how many elements an array or a slice has; -1 for what is neither.
func (x Value) Len() int {
	switch t := base(x.Type).(type) {
	case *dwarf.ArrayType:
		return int(t.Count)
	case *dwarf.StructType:
		if _, _, n, ok := x.slice(t); ok {
			return int(min(n, 1<<30))
		}
	}
	return -1
}

// String is the value in Go's notation, modes of files in octal, structures to a depth of three, long
// arrays cut, a run of equal elements as one.
func (x Value) String() string { return x.format(3) }

const maxElems = 16

func (x Value) format(depth int) string {
	switch t := base(x.Type).(type) {
	case *dwarf.StructType:
		if t.StructName == "string" {
			return x.text(t)
		}
		if elem, at, n, ok := x.slice(t); ok {
			return x.elements(int(min(n, 1<<20)), depth, func(i int) Value {
				return Value{Type: elem, Addr: at + uint64(i)*uint64(elem.Size()), view: x.view}
			})
		}
		return x.structure(t, depth)
	case *dwarf.ArrayType:
		if s, ok := x.cstring(t); ok {
			return s
		}
		return x.elements(int(t.Count), depth, func(i int) Value {
			v, _ := x.Index(i)
			return v
		})
	}
	u, err := x.Uint()
	if err != nil {
		return "?"
	}
	return x.scalar(u)
}

// scalar is a number, by its type.
func (x Value) scalar(u uint64) string {
	switch t := base(x.Type).(type) {
	case *dwarf.BoolType:
		return strconv.FormatBool(u != 0)
	case *dwarf.IntType:
		bits := 64 - 8*uint(min(max(t.ByteSize, 1), 8))
		return strconv.FormatInt(int64(u<<bits)>>bits, 10)
	case *dwarf.PtrType:
		if u == 0 {
			return "nil"
		}
		return fmt.Sprintf("%#x", u)
	case *dwarf.FuncType:
		return x.view.Where(u)
	}
	if strings.HasSuffix(x.Name, "Umask") || strings.HasSuffix(x.Name, "Mode") {
		return fmt.Sprintf("%#o", u)
	}
	if u > 9 {
		return fmt.Sprintf("%#x", u)
	}
	return strconv.FormatUint(u, 10)
}

func (x Value) structure(t *dwarf.StructType, depth int) string {
	if depth == 0 {
		return "{...}"
	}
	var parts []string
	for _, f := range t.Field {
		if f.Name != "_" {
			parts = append(parts, f.Name+":"+x.part(f).format(depth-1))
		}
	}
	return "{" + strings.Join(parts, " ") + "}"
}

func (x Value) elements(n, depth int, at func(i int) Value) string {
	if depth == 0 && n > 0 {
		return "[...]"
	}
	var parts []string
	for i := 0; i < n; {
		if len(parts) == maxElems {
			parts = append(parts, "...")
			break
		}
		s := at(i).format(depth - 1)
		same := 1
		for i+same < n && same < 4096 && at(i+same).format(depth-1) == s {
			same++
		}
		if same > 2 {
			parts = append(parts, fmt.Sprintf("%s x%d", s, same))
		} else {
			parts = append(parts, s)
			same = 1
		}
		i += same
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// text is a Go string.
func (x Value) text(t *dwarf.StructType) string {
	at, err1 := x.part(t.Field[0]).Uint()
	n, err2 := x.part(t.Field[1]).Uint()
	b := make([]byte, min(n, 256))
	if err1 != nil || err2 != nil || !x.view.Read(at, b) {
		return "?"
	}
	return strconv.Quote(string(b))
}

// cstring is an array of bytes that is text up to a 0, and zero from there on.
func (x Value) cstring(t *dwarf.ArrayType) (string, bool) {
	if t.Type.Size() != 1 || t.Count < 4 {
		return "", false
	}
	b, err := x.bytes()
	if err != nil {
		return "", false
	}
	s := strings.TrimRight(string(b), "\x00")
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return "", false
		}
	}
	return strconv.Quote(s), true
}

// At names the part of x at an offset in bytes: "Ctx[7][0]" of a task. It is
// the offset itself where there is none.
func (x Value) At(off uint64) string { return partAt(x.Type, off) }

func partAt(t dwarf.Type, off uint64) string {
	switch b := base(t).(type) {
	case *dwarf.StructType:
		for _, f := range b.Field {
			if at := uint64(f.ByteOffset); off >= at && off-at < uint64(f.Type.Size()) {
				rest := partAt(f.Type, off-at)
				if strings.HasPrefix(rest, "[") || rest == "" {
					return f.Name + rest
				}
				return f.Name + "." + rest
			}
		}
	case *dwarf.ArrayType:
		if size := uint64(b.Type.Size()); size > 0 && off < size*uint64(b.Count) {
			rest := partAt(b.Type, off%size)
			if rest != "" && !strings.HasPrefix(rest, "[") {
				rest = "." + rest
			}
			return fmt.Sprintf("[%d]%s", off/size, rest)
		}
	}
	if off == 0 {
		return ""
	}
	return fmt.Sprintf("+%d", off)
}
