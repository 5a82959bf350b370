package script

import (
	"slices"
	"strings"

	"sysindvm/syscalls"
)

func fieldNames(s *syscalls.Struct) (names []string) {
	for i := range s.Fields {
		names = append(names, s.Fields[i].Name)
	}
	return names
}

// field is the field that node m, number i of a structure's, is about; nil
// for a ... .
func field(m *Node, i int, s *syscalls.Struct) *syscalls.StructField {
	if m.Key != "" {
		f := s.Field(m.Key)
		if f == nil {
			fail(m.KeyPos, "%s has no field %s%s", s.Name, m.Key, suggest(m.Key, fieldNames(s)))
		}
		return f
	}
	if m.Kind == Any {
		return nil
	}
	if i >= len(s.Fields) {
		fail(m.Pos, "%s has %s only", s.Name, plural(len(s.Fields), "field"))
	}
	return &s.Fields[i]
}

// checkOnce fails if a field is named twice.
func checkOnce(list []*Node) {
	for i, m := range list {
		if m.Key != "" && slices.ContainsFunc(list[:i], func(o *Node) bool { return o.Key == m.Key }) {
			fail(m.KeyPos, "%s stands here twice", m.Key)
		}
	}
}

// failSigset fails because a constant stands for a set of signals.
func failSigset(n *Node, field string) {
	name := strings.TrimPrefix(n.Name, "SIG")
	if signalNumber(name) == 0 {
		name = "INT CHLD"
	}
	fail(n.Pos, "%s is a set of signals: [%s]", field, name)
}

// checkFields checks the names of the fields of a structure to be compared.
func checkFields(n *Node, s *syscalls.Struct) {
	named := 0
	checkOnce(n.List)
	for i, m := range n.List {
		if f := field(m, i, s); f != nil {
			named++
			if f.Type.Kind == syscalls.Sub && m.Kind == Fields {
				checkFields(m, f.Type.Struct)
			}
		}
	}
	if n.Exact && named < len(s.Fields) {
		fail(n.Pos, "an exact %s names all its %s", s.Name, plural(len(s.Fields), "field"))
	}
}

// sides are the two sides of before => after; without an arrow, after is nil.
func sides(n *Node) (before, after *Node) {
	if n.Kind == Arrow {
		return n.List[0], n.List[1]
	}
	return n, nil
}

// structIO encodes a structure that the kernel reads and writes.
func (e *encoder) structIO(n, before, after *Node, arg *syscalls.Arg) uint64 {
	s := arg.Type.Struct
	b := make([]byte, s.Size[e.abi])
	e.structure(before, s, b, false)
	addr := e.put(n, b)
	if after != nil {
		if after.Kind == Fields {
			checkFields(after, s)
		}
		e.expect(arg.Name, addr, len(b), arg.Type, after, -1)
	}
	return addr
}

// pointed encodes [5], [5 => 6] and [5] => [6]: a pointer to a number.
func (e *encoder) pointed(n *Node, arg *syscalls.Arg) (addr uint64, ok bool) {
	f := &arg.Type.Struct.Fields[0]
	b := make([]byte, arg.Type.Struct.Size[e.abi])
	before, after := sides(n)
	one := func(n *Node) *Node {
		if n.Kind == List && len(n.List) == 1 {
			return n.List[0]
		}
		return nil
	}
	if inner := one(n); inner != nil {
		if before, after = sides(inner); after == nil && arg.Type.Kind != syscalls.NumIn {
			after = before
		}
	} else if after != nil {
		before, after = one(before), one(after)
	} else if n.Kind == Any && arg.Type.Kind == syscalls.NumOut {
		after = n
	} else {
		before = nil // NULL, or another address
	}
	if before == nil {
		return 0, false
	}
	if arg.Type.Kind != syscalls.NumOut {
		f.Put(e.abi, b, e.number(before, f.Type.Set))
	}
	addr = e.put(n, b)
	if after != nil {
		e.expect(arg.Name, addr, len(b), arg.Type, after, -1)
	}
	return addr, true
}

// structure encodes the fields of a structure; of one in an array, those that
// the kernel does not write.
func (e *encoder) structure(n *Node, s *syscalls.Struct, b []byte, array bool) {
	checkOnce(n.List)
	for i, m := range n.List {
		f := field(m, i, s)
		switch {
		case f == nil || array && f.Out:
		case f.Type.Kind == syscalls.Chars:
			if m.Kind != String {
				fail(m.Pos, "%s is a string", f.Name)
			}
			at := f.At[e.abi]
			copy(b[at.Off:at.Off+at.Size], m.Str)
		case f.Type.Kind == syscalls.Sigset && m.Kind == List:
			copy(b[f.At[e.abi].Off:], e.sigset(m))
		case f.Type.Kind == syscalls.Sigset && m.Kind == Name && isConst(m.Name):
			failSigset(m, f.Name)
		case f.Type.Kind == syscalls.Sub && m.Kind == Fields:
			e.structure(m, f.Type.Struct, b[f.At[e.abi].Off:], false)
		case f.Type.Kind == syscalls.Sub && f.Type.Struct.Fields[0].At[e.abi] != (syscalls.Place{Size: f.At[e.abi].Size}):
			fail(m.Pos, "%s is a structure, {%s=...}", f.Name, f.Type.Struct.Fields[0].Name)
		default:
			v := e.number(m, f.Type.Set)
			if size := int(f.At[e.abi].Size); m.Kind == Number && !fits(v, size) {
				fail(m.Pos, "%s has %s, which this number does not fit into", f.Name, plural(size, "byte"))
			}
			f.Put(e.abi, b, v)
		}
	}
}
