package script

import (
	"bytes"
	"fmt"
	"strings"

	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
)

// Diff is a difference between what a line says and what came back.
type Diff struct {
	What      string // result, an argument's name, restore
	Want, Got string
}

// matcher compares values with patterns.
type matcher struct {
	abi   syscalls.ABI
	value func(name string, pos int) uint64
	bind  func(name string, v uint64)
	diffs []Diff
}

func (m *matcher) differ(what, want, got string) {
	m.diffs = append(m.diffs, Diff{what, want, got})
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

// result compares the result of a call.
func (m *matcher) result(n *Node, v int64, t *syscalls.Type) {
	if v < 0 && v >= -4095 || !m.number(n, uint64(v), 8, t.Set) {
		m.differ("result", m.numberText(n, t), resultText(v, t))
	}
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
			b = b[:min(uint64(len(b)), uint64(result))]
		}
		m.buffer(o.name, n, cut(b, o, all))
	case syscalls.FDPair:
		if n.Kind == Any || n.List[0].Kind == Any && len(n.List) == 1 || short(8) {
			return
		}
		for i, what := range n.List {
			v := signed32(b[4*i:])
			if !m.number(what, v, 4, nil) {
				m.differ(fmt.Sprintf("%s[%d]", o.name, i), what.String(), fmt.Sprint(int64(v)))
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
			m.differ(o.name, "["+n.String()+"]", fmt.Sprintf("[%d]", int64(v)))
		}
	case syscalls.SockOut:
		if n.Kind == Fields {
			m.sockaddr(o.name, n, cut(b, o, all))
		}
	case syscalls.StructOut:
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
	}
}

// cut cuts b to the length that another argument gives.
func cut(b []byte, o out, all [][]byte) []byte {
	if o.len < 0 || o.len >= len(all) || len(all[o.len]) < 4 {
		return b
	}
	return b[:min(uint64(len(b)), syscalls.GetInt(all[o.len], 4))]
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
				m.differ(fmt.Sprintf("%s[%d]", name, i), what.String(), "nothing")
				return
			}
			if v := signed32(got[4*i:]); !m.number(what, v, 4, nil) {
				m.differ(fmt.Sprintf("%s[%d]", name, i), what.String(), fmt.Sprint(int64(v)))
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
		m.differ(name, n.String(), strace.Quote(got))
	}
}

func (m *matcher) status(name string, n *Node, got uint32) {
	if n.Kind == Cond {
		e := encoder{value: m.value}
		want := uint32(conds[n.Num].status(e.number(n.List[0], nil)))
		if want != got {
			m.differ(name, strace.Status(want), strace.Status(got))
		}
		return
	}
	if !m.number(n, uint64(got), 4, nil) {
		m.differ(name, n.String(), strace.Status(got))
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
		if f.Type.Kind == syscalls.Chars {
			at := f.At[m.abi]
			m.buffer(name+"."+f.Name, what, strace.CString(b[at.Off:at.Off+at.Size]))
			continue
		}
		if !m.number(what, f.Get(m.abi, b), int(f.At[m.abi].Size), f.Type.Set) {
			m.differ(name+"."+f.Name, what.String(), p.Field(f, b))
		}
	}
}

func (m *matcher) sockaddr(name string, n *Node, b []byte) {
	a := parts(n)
	ok := len(b) >= 2 && m.number(a.family, syscalls.GetInt(b, 2), 2, &syscalls.SetFamily)
	if a.ip != nil && a.ip.Kind == IPv4 {
		ok = ok && len(b) >= 8 && bytes.Equal(b[4:8], a.ip.Str)
	}
	if a.port != nil && ok {
		ok = len(b) >= 4 && m.number(a.port, uint64(b[2])<<8|uint64(b[3]), 2, nil)
	}
	if a.path != nil && ok {
		got := b[2:]
		switch {
		case a.path.Kind == Any:
		case a.path.Kind == Abstract:
			ok = len(got) > 0 && got[0] == 0 && bytes.Equal(got[1:], a.path.Str)
		default:
			ok = bytes.Equal(strace.CString(got), a.path.Str)
		}
	}
	if !ok {
		m.differ(name, n.String(), strace.Sockaddr(append(b, make([]byte, max(0, 2-len(b)))...)))
	}
}

// String writes the value as a script does.
func (n *Node) String() string {
	text := ""
	switch n.Kind {
	case Number:
		switch {
		case n.Name != "":
			text = n.Name
		case n.Num > 1<<32 && int64(n.Num) > 0:
			text = fmt.Sprintf("%#x", n.Num)
		default:
			text = fmt.Sprint(int64(n.Num))
		}
	case Name:
		text = n.Name
	case Or:
		text = join(n.List, "|")
	case String:
		text = strace.Quote(n.Str)
		if n.Prefix {
			text += "..."
		}
	case Any:
		text = "..."
	case Bind:
		text = "?" + n.Name
	case List:
		text = "[" + join(n.List, ", ") + "]"
		if n.Out {
			text = "[out " + text[1:]
		}
	case Fields:
		text = "{" + join(n.List, ", ") + "}"
		if n.Exact {
			text = "exact" + text
		}
	case Range:
		text = fmt.Sprintf("%d..%d", int64(n.Num), int64(n.High))
	case AtLeast:
		text = fmt.Sprintf(">= %d", int64(n.Num))
	case Regexp:
		text = "/" + n.Re.String() + "/"
	case IPv4:
		text = fmt.Sprintf("%d.%d.%d.%d", n.Str[0], n.Str[1], n.Str[2], n.Str[3])
		if len(n.List) > 0 {
			text += ":" + n.List[0].String()
		}
	case Abstract:
		text = "@" + strace.Quote(n.Str)
	case Function:
		text = n.Name + "(" + join(n.List, ", ") + ")"
	case Cond:
		text = "{" + strings.NewReplacer("&&", " && ", "==", " == ").Replace(conds[n.Num].form) + n.List[0].String() + "}"
	case Arrow:
		text = join(n.List, " => ")
	}
	if n.Key != "" {
		text = n.Key + "=" + text
	}
	if n.At != nil {
		text += n.At.String()
	}
	return text
}

func (p *Place) String() string {
	if p.Whole {
		return "@end"
	}
	return fmt.Sprintf("@end-%d", p.Back)
}

func join(list []*Node, sep string) string {
	var texts []string
	for _, n := range list {
		texts = append(texts, n.String())
	}
	return strings.Join(texts, sep)
}
