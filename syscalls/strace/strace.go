// Package strace writes system calls as strace(1) does, and calls through
// sys_indirect as
//
//	indirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, 0) = 3
//
// What is an argument and what a flag comes from the table of package
// syscalls. Begin with [Printer.Call].
package strace

import (
	"fmt"
	"strings"

	"sysindvm/syscalls"
)

// Printer writes calls. Its zero value writes x86-64 calls, with addresses
// where there would be memory to look at.
type Printer struct {
	ABI syscalls.ABI
	// Mem reads n bytes of the task's memory, or as many as can be read.
	Mem func(addr uint64, n int) []byte
	// MaxString is how many bytes of a string are written; 32 if it is 0.
	MaxString int
	// Before, if it is not nil, reads memory as it was before the call. What
	// the call has changed is written before => after then.
	Before func(addr uint64, n int) []byte
}

// maxElements is how many elements of an array are written.
const maxElements = 16

// Call writes a call that has returned.
func (p *Printer) Call(nr uint64, args [6]uint64, result int64) string {
	var b strings.Builder
	c, at := p.begin(&b, nr, &args)
	p.arguments(&b, c, at[:], result, false)
	b.WriteString(") = ")
	b.WriteString(p.Result(c, at[:], result))
	return b.String()
}

// Unfinished writes a call that is under way, up to the first argument that
// is only known when it has returned.
func (p *Printer) Unfinished(nr uint64, args [6]uint64) string {
	var b strings.Builder
	c, at := p.begin(&b, nr, &args)
	p.arguments(&b, c, at[:], 0, true)
	b.WriteString(" <unfinished ...>")
	return b.String()
}

// Resumed writes the end of a call that Unfinished has begun.
func (p *Printer) Resumed(nr uint64, args [6]uint64, result int64) string {
	var b strings.Builder
	c, at := p.begin(&b, nr, &args)
	b.Reset()
	fmt.Fprintf(&b, "<... %s resumed>) = %s", c.Name, p.Result(c, at[:], result))
	return b.String()
}

// begin writes the contexts of a call through sys_indirect, if it is one, and
// the call's name, and gives what is really called.
func (p *Printer) begin(b *strings.Builder, nr uint64, args *[6]uint64) (*syscalls.Call, [6]uint64) {
	c := syscalls.CallNumbered(p.ABI, nr)
	at := *args
	if c != nil && c.Name == "indirect" {
		if text, inner, params, ok := p.indirect(args); ok {
			b.WriteString(text)
			c, nr, at = syscalls.CallNumbered(p.ABI, inner), inner, params
		}
	}
	if c == nil {
		c = p.unknown(nr)
	}
	b.WriteString(c.Name)
	b.WriteByte('(')
	return c, at
}

// unknown makes up a row for a number that the table lacks.
func (p *Printer) unknown(nr uint64) *syscalls.Call {
	c := &syscalls.Call{Name: fmt.Sprintf("syscall_%#x", nr), Result: &syscalls.Type{Kind: syscalls.Int}}
	for range 6 {
		c.Args = append(c.Args, syscalls.Arg{Type: &syscalls.Type{Kind: syscalls.Hex, Number: true}})
	}
	return c
}

// indirect writes the contexts; not ok if they or the params cannot be read.
func (p *Printer) indirect(args *[6]uint64) (text string, nr uint64, params [6]uint64, ok bool) {
	word := p.ABI.WordSize()
	n := int(uint32(args[2]))
	if n > syscalls.MaxContexts {
		return
	}
	raw, ptrs := p.read(args[3], 6*word), p.read(args[1], n*word)
	if len(raw) < 6*word || len(ptrs) < n*word {
		return
	}
	for i := range params {
		params[i] = syscalls.GetInt(raw[i*word:], word)
	}
	var list []string
	for i := range n {
		list = append(list, p.context(syscalls.GetInt(ptrs[i*word:], word)))
	}
	return "indirect(" + strings.Join(list, ", ") + ") ", uint64(uint32(args[0])), params, true
}

func (p *Printer) context(addr uint64) string {
	head := p.read(addr, 4)
	if len(head) < 4 {
		return address(addr)
	}
	kind := syscalls.GetInt(head, 4)
	l := syscalls.LayoutOf(syscalls.Kind(kind))
	if l == nil {
		return fmt.Sprintf("raw{%d}", kind)
	}
	b := p.read(addr, int(l.Size))
	if len(b) < int(l.Size) {
		return address(addr)
	}
	return Context(l, b)
}

// Context writes a context, its bytes given: OPENFLAGS{O_CLOEXEC}. There must be
// as many as the layout says.
func Context(l *syscalls.ContextLayout, b []byte) string {
	var p Printer
	var fields []string
	for i := range l.Fields {
		f := &l.Fields[i]
		v := f.Get(b)
		text := p.Value(f.Type, v, f.Size)
		switch {
		case f.Zero && v == 0:
			continue
		case len(l.Fields) > 1:
			text = f.Name + "=" + text
		}
		fields = append(fields, text)
	}
	return l.Name + "{" + strings.Join(fields, ", ") + "}"
}

func (p *Printer) read(addr uint64, n int) []byte {
	if p.Mem == nil || n <= 0 || addr == 0 {
		return nil
	}
	b := p.Mem(addr, n)
	return b[:min(n, len(b))]
}

// arguments writes the arguments that count. With entry, it stops at the
// first that the kernel is still to write.
func (p *Printer) arguments(b *strings.Builder, c *syscalls.Call, args []uint64, result int64, entry bool) {
	p.some(b, c, args, result, 0, entry)
}

// some writes the arguments from one on, and gives the number of the first
// that it has not written.
func (p *Printer) some(b *strings.Builder, c *syscalls.Call, args []uint64, result int64, from int, entry bool) int {
	n := c.NArgs(args)
	for i := from; i < n; i++ {
		if i > from {
			b.WriteString(", ")
		}
		t := c.ArgType(i, args)
		if entry && t.Kind.Out() && args[i] != 0 {
			return i
		}
		b.WriteString(p.argument(c, i, t, args, result))
	}
	return n
}

func (p *Printer) argument(c *syscalls.Call, i int, t *syscalls.Type, args []uint64, result int64) string {
	v := args[i]
	if !t.Kind.Pointer() {
		return p.Value(t, v, 4)
	}
	if v == 0 {
		return "NULL"
	}
	failed := result < 0 && result >= -4095
	if failed && t.Kind.Out() && t.Kind != syscalls.Array {
		return address(v)
	}
	length := 0
	if n := c.Args[i].Len; n != 0 {
		length = int(min(args[n], 1<<20))
		if c.Args[n].Type.Kind == syscalls.Len {
			length = 0
			if b := p.read(args[n], 4); len(b) == 4 {
				length = int(min(syscalls.GetInt(b, 4), 1<<12))
			}
		} else if t.Kind == syscalls.BufOut && c.Result.Kind == syscalls.Uint {
			if length == 0 && result > 0 {
				return address(v) // it was only asked how long it is
			}
			length = int(min(uint64(length), uint64(result)))
		}
	}
	switch t.Kind {
	case syscalls.IovecOut:
		if s, ok := p.iovec(v, length, true, int(min(result, 1<<20))); ok {
			return s
		}
		return address(v)
	case syscalls.MsgOut:
		length = int(min(result, 1<<20))
	case syscalls.Array:
		if filled(t.Struct) && !failed {
			length = min(length, int(min(result, 1<<20)))
		}
	}
	s, ok := p.pointer(t, v, length)
	if !ok {
		return address(v)
	}
	if t.Kind.InOut() && p.Before != nil {
		// What was there before the call.
		before := *p
		before.Mem, before.Before = p.Before, nil
		if b, ok := before.pointer(t, v, length); ok && b != s {
			return b + " => " + s
		}
	}
	return s
}

// filled says whether the kernel writes all of a structure of an array, so that
// as many count as the call has returned.
func filled(s *syscalls.Struct) bool {
	for i := range s.Fields {
		if !s.Fields[i].Out {
			return false
		}
	}
	return true
}

// pointer writes what the address v points to.
func (p *Printer) pointer(t *syscalls.Type, v uint64, length int) (string, bool) {
	word := p.ABI.WordSize()
	switch t.Kind {
	case syscalls.Path:
		return p.cstring(v)
	case syscalls.Strings:
		var list []string
		for i := range maxElements {
			b := p.read(v+uint64(i*word), word)
			if len(b) < word {
				return "", false
			}
			a := syscalls.GetInt(b, word)
			if a == 0 {
				break
			}
			s, ok := p.cstring(a)
			if !ok {
				s = address(a)
			}
			list = append(list, s)
		}
		return "[" + strings.Join(list, ", ") + "]", true
	case syscalls.BufIn, syscalls.BufOut:
		limit := p.maxString()
		b := p.read(v, min(length, limit))
		if len(b) < min(length, limit) {
			return "", false
		}
		s := Quote(b)
		if length > limit {
			s += "..."
		}
		return s, true
	case syscalls.FDPair:
		b := p.read(v, 8)
		if len(b) < 8 {
			return "", false
		}
		return fmt.Sprintf("[%d, %d]", int32(syscalls.GetInt(b, 4)), int32(syscalls.GetInt(b[4:], 4))), true
	case syscalls.Status:
		b := p.read(v, 4)
		if len(b) < 4 {
			return "", false
		}
		return "[" + Status(uint32(syscalls.GetInt(b, 4))) + "]", true
	case syscalls.Len:
		b := p.read(v, 4)
		if len(b) < 4 {
			return "", false
		}
		return fmt.Sprintf("[%d]", syscalls.GetInt(b, 4)), true
	case syscalls.SockIn, syscalls.SockOut:
		b := p.read(v, length)
		if len(b) < 2 {
			return "", false
		}
		return Sockaddr(b), true
	case syscalls.StructIn, syscalls.StructOut:
		return p.structure(t.Struct, v, 0)
	case syscalls.Array:
		var list []string
		for i := range min(length, maxElements) {
			s, ok := p.structure(t.Struct, v, i)
			if !ok {
				return "", false
			}
			list = append(list, s)
		}
		if length > maxElements {
			list = append(list, "...")
		}
		return "[" + strings.Join(list, ", ") + "]", true
	case syscalls.IovecIn, syscalls.IovecOut:
		return p.iovec(v, length, false, 0)
	case syscalls.NumIn, syscalls.NumOut, syscalls.NumIO:
		b := p.read(v, int(t.Struct.Size[p.ABI]))
		if len(b) < int(t.Struct.Size[p.ABI]) {
			return "", false
		}
		return "[" + p.Field(&t.Struct.Fields[0], b) + "]", true
	case syscalls.StructIO:
		return p.structure(t.Struct, v, 0)
	case syscalls.SigsetIn, syscalls.SigsetOut:
		b := p.read(v, 8)
		if len(b) < 8 {
			return "", false
		}
		return Sigset(syscalls.GetInt(b, 8)), true
	case syscalls.FDSet:
		// Most callers have no more than that of it.
		if b := p.read(v, 128); len(b) > 0 {
			return FDs(b), true
		}
	case syscalls.MsgIn, syscalls.MsgOut:
		return p.message(v, t.Kind == syscalls.MsgOut, length)
	}
	return "", false
}

func (p *Printer) structure(s *syscalls.Struct, addr uint64, index int) (string, bool) {
	size := int(s.Size[p.ABI])
	b := p.read(addr+uint64(index*size), size)
	if len(b) < size {
		return "", false
	}
	return p.fields(s, b), true
}

// fields writes a structure. Of a union, which has its fields at one place,
// it writes the first.
func (p *Printer) fields(s *syscalls.Struct, b []byte) string {
	var fields []string
	end := -1
	for i := range s.Fields {
		f := &s.Fields[i]
		if at := f.At[p.ABI]; int(at.Off) > end {
			fields = append(fields, f.Name+"="+p.Field(f, b))
			end = int(at.Off+at.Size) - 1
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// Field writes one field of the structure in b.
func (p *Printer) Field(f *syscalls.StructField, b []byte) string {
	if f.Type.Kind == syscalls.Chars {
		at := f.At[p.ABI]
		return Quote(CString(b[at.Off : at.Off+at.Size]))
	}
	if f.Type.Kind == syscalls.Sigset {
		return Sigset(f.Get(p.ABI, b))
	}
	if f.Type.Kind == syscalls.Sub {
		return p.fields(f.Type.Struct, b[f.At[p.ABI].Off:])
	}
	return p.Value(f.Type, f.Get(p.ABI, b), uint8(f.At[p.ABI].Size))
}

// cstring writes the string at addr, cut at MaxString as a path never is.
func (p *Printer) cstring(addr uint64) (string, bool) {
	const longest = 4096
	b := p.read(addr, longest)
	if s := CString(b); len(s) < len(b) {
		return Quote(s), true
	}
	return "", false
}

func (p *Printer) maxString() int {
	if p.MaxString == 0 {
		return 32
	}
	return p.MaxString
}

// Value writes a number of that type; size is what it has in memory.
func (p *Printer) Value(t *syscalls.Type, v uint64, size uint8) string {
	switch t.Kind {
	case syscalls.Flags:
		return FlagNames(t.Set, v&0xffffffff)
	case syscalls.Enum:
		if name, ok := constant(t.Set, v&0xffffffff); ok {
			return name
		}
		if t.Set == &syscalls.SetSignal {
			return SignalName(v & 0xffffffff)
		}
		return fmt.Sprintf("%#x /* %s? */", v&0xffffffff, t.Set.Name)
	case syscalls.FD:
		if t.Set != nil {
			if name, ok := constant(t.Set, uint64(int64(int32(v)))); ok {
				return name
			}
		}
		return fmt.Sprint(int32(v))
	case syscalls.Octal:
		return mode(v)
	case syscalls.Sigset:
		return Sigset(v)
	case syscalls.Int:
		if t.Set != nil {
			if name, ok := constant(t.Set, uint64(int64(int32(v)))); ok {
				return name
			}
		}
		if size == 4 && v>>32 == 0 && int32(v) < 0 {
			return fmt.Sprint(int32(v))
		}
		return fmt.Sprint(int64(v))
	case syscalls.Uint:
		return fmt.Sprint(v)
	}
	if t.Set != nil {
		if name, ok := constant(t.Set, v); ok {
			return name
		}
	}
	if t.Number && v == 0 {
		return "0"
	}
	return address(v)
}

// Result writes the result of a call with these arguments.
func (p *Printer) Result(c *syscalls.Call, args []uint64, result int64) string {
	if result < 0 && result >= -4095 {
		return Errno(syscalls.Errno(-result))
	}
	t := c.ResultType(args)
	if t.Kind == syscalls.Flags && result != 0 {
		return fmt.Sprintf("%#x (flags %s)", result, FlagNames(t.Set, uint64(result)))
	}
	if t.Kind == syscalls.Flags {
		return "0"
	}
	return p.Value(t, uint64(result), 8)
}

// Errno writes a failure: -1 EBADF (Bad file descriptor).
func Errno(e syscalls.Errno) string {
	if e.Name() == "" {
		return fmt.Sprintf("-1 (errno %d)", e)
	}
	text := e.Text()
	return fmt.Sprintf("-1 %s (%s)", e.Name(), strings.ToUpper(text[:1])+text[1:])
}

func address(v uint64) string {
	if v == 0 {
		return "NULL"
	}
	return fmt.Sprintf("%#x", v)
}

func mode(v uint64) string {
	if name, ok := constant(&syscalls.SetMode, v&syscalls.S_IFMT); ok && v&syscalls.S_IFMT != 0 {
		return fmt.Sprintf("%s|%#04o", name, v&^syscalls.S_IFMT)
	}
	if v == 0 {
		return "000"
	}
	return fmt.Sprintf("%#03o", v)
}

func constant(s *syscalls.Set, v uint64) (string, bool) {
	for _, c := range s.Consts {
		if c.Value == v {
			return c.Name, true
		}
	}
	return "", false
}

// FlagNames writes flags as their names joined by |, and what has no name as
// a number at the end.
func FlagNames(s *syscalls.Set, v uint64) string {
	var names []string
	if s.Mask != 0 {
		if name, ok := constant(s, v&s.Mask); ok {
			names = append(names, name)
			v &^= s.Mask
		}
	} else if v == 0 {
		if name, ok := constant(s, 0); ok {
			return name
		}
	}
	for _, c := range s.Consts {
		if c.Value != 0 && c.Value&s.Mask == 0 && v&c.Value == c.Value {
			names = append(names, c.Name)
			v &^= c.Value
		}
	}
	switch {
	case s == &syscalls.SetIPCFlags:
		names = append(names, mode(v)) // who may do what
	case v != 0:
		names = append(names, fmt.Sprintf("%#x", v))
	}
	if len(names) == 0 {
		return "0"
	}
	return strings.Join(names, "|")
}

// Status writes a wait status.
func Status(s uint32) string {
	sig := s & 0x7f
	switch {
	case s == 0xffff:
		return "{WIFCONTINUED(s)}"
	case s&0xff == 0x7f:
		return fmt.Sprintf("{WIFSTOPPED(s) && WSTOPSIG(s) == %s}", SignalName(uint64(s>>8&0xff)))
	case sig != 0:
		return fmt.Sprintf("{WIFSIGNALED(s) && WTERMSIG(s) == %s}", SignalName(uint64(sig)))
	}
	return fmt.Sprintf("{WIFEXITED(s) && WEXITSTATUS(s) == %d}", s>>8&0xff)
}

// CString is b up to its first zero.
func CString(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

var escapes = map[byte]string{
	'\n': `\n`, '\t': `\t`, '\r': `\r`, '\v': `\v`, '\f': `\f`, '"': `\"`, '\\': `\\`,
}

// Quote writes a string as strace does: what is not printable ASCII as an
// octal escape, as short as what follows allows.
func Quote(b []byte) string {
	var s strings.Builder
	s.WriteByte('"')
	for i, c := range b {
		switch e, ok := escapes[c]; {
		case ok:
			s.WriteString(e)
		case c >= ' ' && c < 0x7f:
			s.WriteByte(c)
		case i+1 < len(b) && b[i+1] >= '0' && b[i+1] <= '9':
			fmt.Fprintf(&s, `\%03o`, c)
		default:
			fmt.Fprintf(&s, `\%o`, c)
		}
	}
	s.WriteByte('"')
	return s.String()
}
