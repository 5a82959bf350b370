package script

import (
	"bytes"
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
)

// Diff is a difference between what a line says and what came back.
type Diff struct {
	What      string // result, an argument's name, restore
	Want, Got string

	edit *edit // what would make the line right; nil for nothing
}

// edit is a change of a line.
type edit struct {
	pos, end int
	text     string
}

// matcher compares values with patterns.
type matcher struct {
	abi   syscalls.ABI
	value func(name string, pos int) uint64
	bind  func(name string, v uint64)
	diffs []Diff
}

// differ notes a difference at n, which is nil where nothing in the line could
// be changed to make it right. got is written as in a script.
func (m *matcher) differ(n *Node, what, want, got string) {
	d := Diff{What: what, Want: want, Got: got}
	if n != nil && n.End > n.Pos {
		d.edit = &edit{n.Pos, n.End, got}
	}
	m.diffs = append(m.diffs, d)
}

// number says whether v, a number of size bytes, is what n says.
func (m *matcher) number(n *Node, v uint64, size int, set *syscalls.Set) bool {
	switch n.Kind {
	case Any:
		return true
	case Bind:
		m.bind(n.Name, v)
		return true
	case Range:
		return int64(v) >= int64(n.Num) && int64(v) <= int64(n.High)
	case AtLeast:
		return int64(v) >= int64(n.Num)
	}
	e := encoder{value: m.value}
	want := e.number(n, set)
	mask := ^uint64(0) >> (64 - 8*uint(size))
	return v&mask == want&mask
}

// result1 notes that the result of a line is not what it says.
func (m *matcher) result1(s *Step, want string, v int64, t *syscalls.Type) {
	d := Diff{What: "result", Want: want, Got: resultText(v, t)}
	if s.Bind == "" || v >= 0 || v < -4095 {
		d.edit = &edit{s.resultPos, s.resultEnd, " = " + resultSource(v, t)}
	}
	m.diffs = append(m.diffs, d)
}

// resultSource is a result as a script says it.
func resultSource(v int64, t *syscalls.Type) string {
	if v < 0 && v >= -4095 {
		if name := syscalls.Errno(-v).Name(); name != "" {
			return "-1 " + name
		}
	}
	p := strace.Printer{}
	return p.Value(t, uint64(v), 8)
}

// numberText is what a number is expected to be: FD_CLOEXEC (1).
func (m *matcher) numberText(n *Node, t *syscalls.Type) string {
	text := n.String()
	if n.Kind == Name || n.Kind == Or {
		e := encoder{value: m.value}
		text += fmt.Sprintf(" (%s)", plain(e.number(n, t.Set), t))
	}
	return text
}

func plain(v uint64, t *syscalls.Type) string {
	switch t.Kind {
	case syscalls.Octal:
		return fmt.Sprintf("%#o", v)
	case syscalls.Flags, syscalls.Hex:
		if v > 9 {
			return fmt.Sprintf("%#x", v)
		}
	}
	return fmt.Sprint(int64(v))
}

func resultText(v int64, t *syscalls.Type) string {
	if v < 0 && v >= -4095 {
		return strace.Errno(syscalls.Errno(-v))
	}
	text := plain(uint64(v), t)
	if t.Kind == syscalls.Flags && v != 0 {
		text = fmt.Sprintf("%s (%s)", strace.FlagNames(t.Set, uint64(v)), text)
	}
	return text
}

// outs compares the memory that the call has written.
func (m *matcher) outs(enc *encoded, data [][]byte, result int64) {
	for i, o := range enc.outs {
		m.out(enc, o, data[i], data, result)
	}
}

func (m *matcher) out(enc *encoded, o out, b []byte, all [][]byte, result int64) {
	p := &strace.Printer{ABI: m.abi}
	short := func(size int) bool { return len(b) < size }
	switch n := o.node; o.typ.Kind {
	case syscalls.BufOut:
		if enc.inner.Result.Kind == syscalls.Uint && o.len < 0 {
			b = b[:min(len(b), max(0, int(min(result, maxData))-o.skip))]
		}
		m.buffer(o.name, n, cut(b, o, all))
	case syscalls.FDPair:
		if n.Kind == Any || n.List[0].Kind == Any && len(n.List) == 1 || short(8) {
			return
		}
		for i, what := range n.List {
			v := signed32(b[4*i:])
			if !m.number(what, v, 4, nil) {
				m.differ(what, fmt.Sprintf("%s[%d]", o.name, i), what.String(), fmt.Sprint(int64(v)))
			}
		}
	case syscalls.Status:
		if n.Kind == Any || short(4) {
			return
		}
		m.status(o.name, n.List[0], uint32(syscalls.GetInt(b, 4)))
	case syscalls.Len:
		if short(4) {
			return
		}
		if v := signed32(b); !m.number(n, v, 4, nil) {
			m.differ(n, o.name, n.String(), fmt.Sprint(int64(v)))
		}
	case syscalls.SockOut:
		if n.Kind == Fields {
			m.sockaddr(o.name, n, cut(b, o, all))
		}
	case syscalls.NumOut, syscalls.NumIO:
		f := &o.typ.Struct.Fields[0]
		if short(int(o.typ.Struct.Size[m.abi])) {
			return
		}
		if v := f.Get(m.abi, b); !m.number(n, v, int(f.At[m.abi].Size), f.Type.Set) {
			m.differ(n, o.name, n.String(), p.Field(f, b))
		}
	case syscalls.SigsetOut:
		m.sigset(o.name, n, b)
	case syscalls.FDSet:
		m.fdSet(o.name, n, b)
	case tControl.Kind:
		m.control(o.name, n, cut(b, o, all))
	case syscalls.StructOut, syscalls.StructIO:
		if n.Kind == Fields && !short(int(o.typ.Struct.Size[m.abi])) {
			m.fields(p, o.name, n, o.typ.Struct, b, false)
		}
	case syscalls.Array:
		size := int(o.typ.Struct.Size[m.abi])
		for i, what := range n.List {
			if (i+1)*size <= len(b) {
				m.fields(p, fmt.Sprintf("%s[%d]", o.name, i), what, o.typ.Struct, b[i*size:], true)
			}
		}
	default: // a number, as a field of a message
		if v := syscalls.GetInt(b, len(b)); !m.number(n, v, len(b), o.typ.Set) {
			m.differ(n, o.name, n.String(), p.Value(o.typ, v, uint8(len(b))))
		}
	}
}

// cut cuts b to the length that another argument gives.
func cut(b []byte, o out, all [][]byte) []byte {
	if o.len < 0 || o.len >= len(all) || len(all[o.len]) < 4 {
		return b
	}
	return b[:min(uint64(len(b)), syscalls.GetInt(all[o.len], len(all[o.len])))]
}

func signed32(b []byte) uint64 { return uint64(int32(syscalls.GetInt(b, 4))) }

// buffer compares bytes with "x", "x"..., /x/, numbers, or a list of one of
// these.
func (m *matcher) buffer(name string, n *Node, got []byte) {
	if n.Kind == List {
		if len(n.List) == 1 && (n.List[0].Kind == String || n.List[0].Kind == Any || n.List[0].Kind == Regexp) {
			m.buffer(name, n.List[0], got)
			return
		}
		for i, what := range n.List {
			if 4*i+4 > len(got) {
				m.differ(nil, fmt.Sprintf("%s[%d]", name, i), what.String(), "nothing")
				return
			}
			if v := signed32(got[4*i:]); !m.number(what, v, 4, nil) {
				m.differ(what, fmt.Sprintf("%s[%d]", name, i), what.String(), fmt.Sprint(int64(v)))
			}
		}
		return
	}
	ok := true
	switch n.Kind {
	case String:
		// getcwd's count has the final zero, what strace prints has not.
		ok = bytes.Equal(got, n.Str) || bytes.Equal(got, append(n.Str[:len(n.Str):len(n.Str)], 0)) ||
			n.Prefix && bytes.HasPrefix(got, n.Str)
	case Regexp:
		ok = n.Re.Match(got)
	}
	if !ok {
		m.differ(n, name, n.String(), strace.Quote(got))
	}
}

func (m *matcher) status(name string, n *Node, got uint32) {
	if n.Kind == Cond {
		e := encoder{value: m.value}
		want := uint32(conds[n.Num].status(e.number(n.List[0], nil)))
		if want != got {
			m.differ(n, name, strace.Status(want), strace.Status(got))
		}
		return
	}
	if !m.number(n, uint64(got), 4, nil) {
		m.differ(n, name, n.String(), strace.Status(got))
	}
}

// fields compares the fields of a structure that are named; in an array, only
// those that the kernel writes.
func (m *matcher) fields(p *strace.Printer, name string, n *Node, s *syscalls.Struct, b []byte, array bool) {
	for i, what := range n.List {
		f := field(what, i, s)
		if f == nil || array && !f.Out {
			continue
		}
		at := f.At[m.abi]
		part := b[at.Off : at.Off+at.Size]
		switch {
		case f.Type.Kind == syscalls.Chars:
			m.buffer(name+"."+f.Name, what, strace.CString(part))
			continue
		case f.Type.Kind == syscalls.Sigset:
			m.sigset(name+"."+f.Name, what, part)
			continue
		case f.Type.Kind == syscalls.Sub && what.Kind == Fields:
			m.fields(p, name+"."+f.Name, what, f.Type.Struct, part, false)
			continue
		}
		if !m.number(what, f.Get(m.abi, b), int(f.At[m.abi].Size), f.Type.Set) {
			m.differ(what, name+"."+f.Name, what.String(), p.Field(f, b))
		}
	}
}
