package script

import (
	"fmt"

	"sysindvm/syscalls"
)

// Memory that one task's calls are laid out in.
type arena struct {
	addr, size uint64 // where a call's data goes, from the start
	end        uint64 // the end of mapped memory, for @end
}

// maxData is how many bytes one call can read and write: a batch and its
// result must fit into a frame.
const maxData = 48 << 10

// encoder turns one call into numbers and memory. It is used twice: when a
// script is checked, with stand-ins for what is not known yet, and when it
// runs.
type encoder struct {
	abi   syscalls.ABI
	value func(name string, pos int) uint64 // of what has been bound
	mem   arena

	used uint64
	puts []put
	outs []out
	data int // bytes put and got so far
}

// put is memory that is written before the call.
type put struct {
	addr uint64
	data []byte
}

// out is memory that is read after the call and compared.
type out struct {
	name string // the argument's
	addr uint64
	size int
	typ  *syscalls.Type
	node *Node
	len  int // the number among the outs of the one with the length, or -1
}

// encoded is a call, ready to be made.
type encoded struct {
	nr    uint64
	args  [6]uint64
	does  uint64         // the number of what is really called: nr unless it is wrapped
	inner *syscalls.Call // as the table has it; made up for call(9999)
	at    [6]uint64      // its arguments, which are args unless it is wrapped
	puts  []put
	outs  []out
}

func (e *encoder) call(c *Call) (r encoded) {
	t, nr := lookup(c, e)
	r.inner = t
	r.at = e.arguments(c, t)
	r.nr, r.does, r.args = nr, nr, r.at
	if c.Indirect != nil {
		r.args = e.indirect(c.Indirect, nr, r.at)
		r.nr = syscalls.SYS_INDIRECT
	}
	r.puts, r.outs = e.puts, e.outs
	return r
}

func callNames() []string {
	names := []string{"call"}
	for i := range syscalls.Calls {
		names = append(names, syscalls.Calls[i].Name)
	}
	return names
}

// lookup finds the call in the table and its number.
func lookup(c *Call, e *encoder) (*syscalls.Call, uint64) {
	if c.Nr != nil {
		nr := e.number(c.Nr, nil)
		if len(c.Args) > 6 {
			fail(c.Args[6].Pos, "a call has at most 6 arguments")
		}
		t := &syscalls.Call{Name: fmt.Sprint("call ", nr), Result: &syscalls.Type{Kind: syscalls.Int}}
		for i, a := range c.Args {
			kind := syscalls.Hex
			if a.Kind == String {
				kind = syscalls.Path
			}
			t.Args = append(t.Args, syscalls.Arg{Name: fmt.Sprint("argument ", i+1), Type: &syscalls.Type{Kind: kind}})
		}
		return t, nr
	}
	t := syscalls.CallNamed(c.Name)
	if t == nil {
		fail(c.Pos, "no call is %s%s", c.Name, suggest(c.Name, callNames()))
	}
	nr := t.Nr[e.abi]
	if nr < 0 {
		fail(c.Pos, "there is no %s for this kind of task", c.Name)
	}
	return t, uint64(nr)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprint(n, " ", what, "s")
}

// arguments encodes the arguments of the call. Lengths come after what they
// measure, so numbers go first.
func (e *encoder) arguments(c *Call, t *syscalls.Call) (v [6]uint64) {
	if n := len(t.Args); len(c.Args) > n {
		fail(c.Args[n].Pos, "%s takes %s, here are %d", c.Name, plural(n, "argument"), len(c.Args))
	}
	for i, a := range c.Args {
		if typ := t.ArgType(i, v[:len(t.Args)]); a.Key != "" {
			fail(a.Pos, "the arguments of a call have no names, here is %s=", a.Key)
		} else if !typ.Kind.Pointer() {
			v[i] = e.scalar(a, typ)
		}
	}
	if least := t.NArgs(v[:min(len(c.Args), len(t.Args))]); len(c.Args) < least {
		fail(c.End-1, "%s takes %s, here are %d", c.Name, plural(least, "argument"), len(c.Args))
	}
	// The lengths that are themselves pointers, then all other pointers.
	lens := [6]int{-1, -1, -1, -1, -1, -1}
	for i, a := range c.Args {
		if typ := t.Args[i].Type; typ.Kind == syscalls.Len {
			v[i], lens[i] = e.lengthArg(a, t.Args[i].Name)
		}
	}
	for i, a := range c.Args {
		arg := &t.Args[i]
		if !arg.Type.Kind.Pointer() || arg.Type.Kind == syscalls.Len {
			continue
		}
		length, lenOut := 0, -1
		if n := int(arg.Len); n > 0 && n < len(c.Args) {
			length = int(min(v[n], 1<<40))
			if t.Args[n].Type.Kind == syscalls.Len {
				lenOut, length = lens[n], 0
				if a := c.Args[n]; a.Kind == List && len(a.List) == 1 {
					length = int(int32(e.number(lengthIn(a.List[0]), nil)))
				}
			}
		}
		v[i] = e.pointer(a, arg, length, lenOut)
	}
	return v
}

// lengthIn is the number that a length is before the call, of [16] or
// [16 => 2].
func lengthIn(n *Node) *Node {
	if n.Kind == Arrow {
		return n.List[0]
	}
	return n
}

// lengthArg encodes [16], a pointer to a length.
func (e *encoder) lengthArg(a *Node, name string) (addr uint64, out int) {
	if a.Kind != List {
		return e.address(a, name, "a length in brackets, [16]"), -1
	}
	if len(a.List) != 1 {
		fail(a.Pos, "%s is one length in brackets, [16]", name)
	}
	b := make([]byte, 4)
	syscalls.PutInt(b, 4, e.number(lengthIn(a.List[0]), nil))
	addr = e.put(a, b)
	want := a.List[0]
	if want.Kind == Arrow {
		want = want.List[1]
	}
	return addr, e.expect(name, addr, 4, &syscalls.Type{Kind: syscalls.Len}, want, -1)
}

// allConsts finds a constant wherever it is.
func allConsts(name string) (uint64, *syscalls.Set) {
	for _, s := range syscalls.AllSets {
		if v, ok := s.Find(name); ok {
			return v, s
		}
	}
	return 0, nil
}

func constNames(s *syscalls.Set) (names []string) {
	if s != nil {
		for _, c := range s.Consts {
			names = append(names, c.Name)
		}
		return names
	}
	for _, s := range syscalls.AllSets {
		names = append(names, constNames(s)...)
	}
	return names
}

// isConst says whether a name is written as constants are.
func isConst(name string) bool {
	for i := range len(name) {
		if name[i] >= 'a' && name[i] <= 'z' {
			return false
		}
	}
	return len(name) > 1
}

// constant is the value of a constant that stands where set is expected. A
// set that is nil takes all.
func constant(n *Node, name string, set *syscalls.Set) uint64 {
	if set != nil {
		if v, ok := set.Find(name); ok {
			return v
		}
	}
	v, other := allConsts(name)
	if other == nil {
		what := "constant"
		if set != nil {
			what = "of the " + set.Name
			return failConst(n, "none %s is %s%s", what, name, suggest(name, constNames(set)))
		}
		return failConst(n, "no %s is %s%s", what, name, suggest(name, constNames(nil)))
	}
	if set != nil {
		fail(n.Pos, "%s is not one of the %s but of the %s", name, set.Name, other.Name)
	}
	return v
}

func failConst(n *Node, format string, args ...any) uint64 {
	fail(n.Pos, format, args...)
	return 0
}

// number is the value of a node that is a number.
func (e *encoder) number(n *Node, set *syscalls.Set) uint64 {
	switch n.Kind {
	case Number:
		return n.Num
	case Name:
		if isConst(n.Name) {
			return constant(n, n.Name, set)
		}
		return e.value(n.Name, n.Pos)
	case Or:
		var v uint64
		for _, m := range n.List {
			v |= e.number(m, set)
		}
		return v
	case Function:
		if n.Name == "htons" && len(n.List) == 1 {
			return e.number(n.List[0], nil)
		}
	case AtEnd:
		return e.place(n.At, 0)
	}
	fail(n.Pos, "here must be a number, a constant or a bound name")
	return 0
}

// scalar encodes an argument that is no pointer.
func (e *encoder) scalar(n *Node, t *syscalls.Type) uint64 {
	if n.Kind == Or && t.Kind != syscalls.Flags && t.Kind != syscalls.Octal && t.Set != nil {
		fail(n.List[1].Pos, "the %s cannot be joined by |", t.Set.Name)
	}
	return e.number(n, t.Set)
}

// address encodes a pointer that is written as a number or a bound name.
func (e *encoder) address(n *Node, name, want string) uint64 {
	switch n.Kind {
	case Number, AtEnd:
		return e.number(n, nil)
	case Name:
		if !isConst(n.Name) {
			return e.value(n.Name, n.Pos)
		}
	}
	fail(n.Pos, "%s must be %s, or NULL, BADPTR or an address", name, want)
	return 0
}

// place is where something of that size goes that has a place of its own.
func (e *encoder) place(p *Place, size int) uint64 {
	if p.Whole {
		return e.mem.end - uint64(size)
	}
	return e.mem.end - p.Back
}

// alloc finds room for size bytes of what node says.
func (e *encoder) alloc(n *Node, size int) uint64 {
	if e.data += size; size < 0 || e.data > maxData {
		fail(n.Pos, "one call can have at most %d KiB of data", maxData>>10)
	}
	if n.At != nil {
		return e.place(n.At, size)
	}
	addr := e.mem.addr + e.used
	e.used += (uint64(size) + 15) &^ 15
	if e.used > e.mem.size {
		fail(n.Pos, "this call's data does not fit into the task's memory")
	}
	return addr
}

// put finds room for data and has it put there, as far as memory is mapped.
func (e *encoder) put(n *Node, data []byte) uint64 {
	addr := e.alloc(n, len(data))
	e.putAt(addr, data)
	return addr
}

func (e *encoder) putAt(addr uint64, data []byte) {
	if addr < e.mem.end {
		data = data[:min(uint64(len(data)), e.mem.end-addr)]
		e.puts = append(e.puts, put{addr, data})
	}
}

// expect has memory read and compared after the call.
func (e *encoder) expect(name string, addr uint64, size int, t *syscalls.Type, want *Node, length int) int {
	if addr >= e.mem.end {
		return -1
	}
	e.outs = append(e.outs, out{name, addr, int(min(uint64(size), e.mem.end-addr)), t, want, length})
	return len(e.outs) - 1
}

// room is memory for the kernel to write, all zero before.
func (e *encoder) room(n *Node, name string, size int, t *syscalls.Type, length int) uint64 {
	addr := e.alloc(n, size)
	e.putAt(addr, make([]byte, size))
	e.expect(name, addr, size, t, n, length)
	return addr
}

// wanted says how a pointer of each kind is written.
var wanted = map[syscalls.TypeKind]string{
	syscalls.Path:      `a path, "/x"`,
	syscalls.Strings:   `a list of strings, ["a", "b"]`,
	syscalls.BufIn:     `bytes, "x"`,
	syscalls.BufOut:    `a buffer, [out "x"] or [out ...]`,
	syscalls.FDPair:    `two descriptors, [out ?r, ?w]`,
	syscalls.Status:    `a wait status, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}]`,
	syscalls.SockIn:    `an address, {AF_INET, 127.0.0.1:80} or {AF_UNIX, "/x"}`,
	syscalls.SockOut:   `an address, {AF_INET, 127.0.0.1:80} or {AF_UNIX, "/x"}`,
	syscalls.StructIn:  `a structure, {a=1, ...}`,
	syscalls.StructOut: `a structure, {a=1, ...}`,
	syscalls.Array:     `a list of structures, [{a=1, ...}]`,
	syscalls.IovecIn:   `a list of pieces, ["a", "b"]`,
	syscalls.IovecOut:  `a list of pieces, [[out "a"], [out "b"]]`,
}

// pointer encodes an argument that is a pointer: it lays out what it points
// to.
func (e *encoder) pointer(n *Node, arg *syscalls.Arg, length, lenOut int) uint64 {
	t := arg.Type
	switch t.Kind {
	case syscalls.Path:
		if n.Kind == String && !n.Prefix {
			return e.put(n, append(n.Str[:len(n.Str):len(n.Str)], 0))
		}
	case syscalls.Strings:
		if n.Kind == List && !n.Out {
			return e.strings(n, arg.Name)
		}
	case syscalls.BufIn:
		if n.Kind == String && !n.Prefix {
			return e.put(n, n.Str)
		}
		if n.Kind == List && !n.Out {
			return e.put(n, e.ints(n))
		}
	case syscalls.BufOut:
		if n.Kind == String || n.Kind == Any || n.Kind == Regexp || n.Kind == List {
			return e.room(n, arg.Name, length, t, lenOut)
		}
	case syscalls.FDPair:
		if n.Kind == Any || n.Kind == List {
			if n.Kind == List && len(n.List) != 2 && !(len(n.List) == 1 && n.List[0].Kind == Any) {
				fail(n.Pos, "%s are two descriptors, [out ?r, ?w]", arg.Name)
			}
			return e.room(n, arg.Name, 8, t, -1)
		}
	case syscalls.Status:
		if n.Kind == Any || n.Kind == List && len(n.List) == 1 {
			return e.room(n, arg.Name, 4, t, -1)
		}
	case syscalls.SockIn:
		if n.Kind == Fields {
			return e.put(n, e.sockaddr(n))
		}
	case syscalls.SockOut:
		if n.Kind == Fields || n.Kind == Any {
			e.checkSockaddr(n)
			return e.room(n, arg.Name, length, t, lenOut)
		}
	case syscalls.StructIn:
		if n.Kind == Fields {
			b := make([]byte, t.Struct.Size[e.abi])
			e.structure(n, t.Struct, b, false)
			return e.put(n, b)
		}
	case syscalls.StructOut:
		if n.Kind == Fields || n.Kind == Any {
			checkFields(n, t.Struct)
			return e.room(n, arg.Name, int(t.Struct.Size[e.abi]), t, -1)
		}
	case syscalls.Array:
		if n.Kind == Any {
			return e.room(n, arg.Name, length*int(t.Struct.Size[e.abi]), t, -1)
		}
		if n.Kind == List {
			return e.array(n, arg, length)
		}
	case syscalls.IovecIn, syscalls.IovecOut:
		if n.Kind == List {
			return e.iovec(n, arg)
		}
	}
	return e.address(n, arg.Name, wanted[t.Kind])
}

// ints encodes [1, 2] as numbers of 4 bytes.
func (e *encoder) ints(n *Node) []byte {
	b := make([]byte, 4*len(n.List))
	for i, m := range n.List {
		syscalls.PutInt(b[4*i:], 4, e.number(m, nil))
	}
	return b
}

func (e *encoder) words(values []uint64) []byte {
	word := e.abi.WordSize()
	b := make([]byte, word*len(values))
	for i, v := range values {
		syscalls.PutInt(b[word*i:], word, v)
	}
	return b
}

func (e *encoder) strings(n *Node, name string) uint64 {
	var ptrs []uint64
	for _, m := range n.List {
		if m.Kind == String {
			ptrs = append(ptrs, e.put(m, append(m.Str[:len(m.Str):len(m.Str)], 0)))
		} else {
			ptrs = append(ptrs, e.address(m, name, "strings"))
		}
	}
	return e.put(n, e.words(append(ptrs, 0)))
}

func (e *encoder) iovec(n *Node, arg *syscalls.Arg) uint64 {
	var words []uint64
	for _, m := range n.List {
		base, length := m, (*Node)(nil)
		if m.Kind == Fields && len(m.List) == 2 {
			base, length = m.List[0], m.List[1]
		}
		size := 0
		switch {
		case length != nil:
			size = int(min(e.number(length, nil), 1<<40))
		case base.Kind == String:
			size = len(base.Str)
		case base.Kind == List && len(base.List) == 1 && base.List[0].Kind == String:
			size = len(base.List[0].Str)
		default:
			fail(m.Pos, "a piece is \"x\", [out \"x\"] or {iov_base=..., iov_len=...}")
		}
		kind := syscalls.BufIn
		if arg.Type.Kind == syscalls.IovecOut {
			kind = syscalls.BufOut
		}
		piece := syscalls.Arg{Name: arg.Name, Type: &syscalls.Type{Kind: kind}}
		words = append(words, e.pointer(base, &piece, size, -1), uint64(size))
	}
	return e.put(n, e.words(words))
}

// array encodes a list of structures in which the kernel writes some fields.
func (e *encoder) array(n *Node, arg *syscalls.Arg, length int) uint64 {
	s := arg.Type.Struct
	size := int(s.Size[e.abi])
	b := make([]byte, min(max(length, len(n.List)), maxData/size)*size)
	for i, m := range n.List {
		if m.Kind != Fields {
			fail(m.Pos, "%s is a list of structures, [{fd=3, events=POLLIN}]", arg.Name)
		}
		if (i+1)*size <= len(b) {
			e.structure(m, s, b[i*size:], true)
		}
	}
	addr := e.put(n, b)
	e.data += len(b)
	e.expect(arg.Name, addr, len(b), arg.Type, n, -1)
	return addr
}

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
			fail(m.Pos, "%s has no field %s%s", s.Name, m.Key, suggest(m.Key, fieldNames(s)))
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

// checkFields checks the names of the fields of a structure to be compared.
func checkFields(n *Node, s *syscalls.Struct) {
	named := 0
	for i, m := range n.List {
		if field(m, i, s) != nil {
			named++
		}
	}
	if n.Exact && named < len(s.Fields) {
		fail(n.Pos, "an exact %s names all its %s", s.Name, plural(len(s.Fields), "field"))
	}
}

// structure encodes the fields of a structure; of one in an array, those that
// the kernel does not write.
func (e *encoder) structure(n *Node, s *syscalls.Struct, b []byte, array bool) {
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
		default:
			f.Put(e.abi, b, e.number(m, f.Type.Set))
		}
	}
}

// A socket address is written {AF_INET, 127.0.0.1:80}, {AF_UNIX, "/x"},
// {AF_UNIX, @"x"}, or as strace writes it, with the names of the fields.
// addrParts finds the parts.
type addrParts struct {
	family, ip, port, path *Node
}

func parts(n *Node) (a addrParts) {
	for i, m := range n.List {
		switch {
		case m.Kind == Any && i > 0 && m.Key == "":
		case m.Key == "sa_family" || i == 0 && m.Key == "":
			a.family = m
		case m.Key == "sin_port":
			a.port = m
		case m.Key == "sin_addr" && m.Kind == Function && m.Name == "inet_addr" && len(m.List) == 1 && m.List[0].Kind == String:
			t := func() token { return lexNumber(string(m.List[0].Str)+" ", 0) }()
			if t.kind != tokIP {
				fail(m.Pos, "inet_addr needs an IPv4 address")
			}
			a.ip = &Node{Kind: IPv4, Pos: m.Pos, Str: t.str}
		case m.Key == "sin_addr" && m.Kind == Any, m.Kind == IPv4:
			a.ip = m
			if m.Kind == IPv4 && len(m.List) == 1 {
				a.port = m.List[0]
			}
		case m.Kind == String || m.Kind == Abstract:
			a.path = m
		default:
			fail(m.Pos, "an address is {AF_INET, 127.0.0.1:80}, {AF_UNIX, \"/x\"} or {AF_UNIX, @\"x\"}")
		}
	}
	if a.family == nil {
		fail(n.Pos, "an address begins with its family: {AF_UNIX, \"/x\"}")
	}
	if a.port != nil && a.port.Kind == Function && a.port.Name == "htons" && len(a.port.List) == 1 {
		a.port = a.port.List[0]
	}
	return a
}

func (e *encoder) sockaddr(n *Node) []byte {
	a := parts(n)
	family := e.number(a.family, &syscalls.SetFamily)
	b := make([]byte, 2, 112)
	syscalls.PutInt(b, 2, family)
	switch {
	case a.ip != nil || a.port != nil:
		b = append(b, make([]byte, 14)...)
		if a.port != nil {
			port := e.number(a.port, nil)
			if port > 0xffff {
				fail(a.port.Pos, "%d is no port", port)
			}
			b[2], b[3] = byte(port>>8), byte(port)
		}
		if a.ip != nil {
			copy(b[4:], a.ip.Str)
		}
	case a.path != nil && a.path.Kind == Abstract:
		b = append(append(b, 0), a.path.Str...)
	case a.path != nil:
		b = append(append(b, a.path.Str...), 0)
	}
	if len(b) > int(syscalls.StructSockaddrUn.Size[e.abi]) {
		fail(a.path.Pos, "the path of an address has at most 108 bytes")
	}
	return b
}

func (e *encoder) checkSockaddr(n *Node) {
	if n.Kind == Fields {
		a := parts(n)
		if a.family.Kind != Any && a.family.Kind != Bind {
			e.number(a.family, &syscalls.SetFamily)
		}
	}
}

// indirect encodes the contexts and gives the arguments of sys_indirect.
func (e *encoder) indirect(ind *Indirect, nr uint64, params [6]uint64) (args [6]uint64) {
	var ptrs []uint64
	for _, c := range ind.Items {
		ptrs = append(ptrs, e.context(c))
	}
	args[0], args[2] = nr, uint64(len(ptrs))
	at := &Node{Pos: ind.Pos}
	if len(ptrs) > 0 {
		args[1] = e.place1(ind.Ctxs, at, e.words(ptrs))
	} else if ind.Ctxs != nil {
		args[1] = e.number(ind.Ctxs, nil)
	}
	if ind.NCtxs != nil {
		args[2] = e.number(ind.NCtxs, nil)
	}
	args[3] = e.place1(ind.Params, at, e.words(params[:]))
	return args
}

// place1 puts data where to says, or anywhere if to is nil; if to is an
// address, nothing is put.
func (e *encoder) place1(to, at *Node, data []byte) uint64 {
	switch {
	case to == nil:
		return e.put(at, data)
	case to.Kind == AtEnd:
		return e.put(&Node{Pos: to.Pos, At: to.At}, data)
	}
	return e.address(to, "this", "a place, @end-8")
}

func (e *encoder) context(c *Context) uint64 {
	at := &Node{Pos: c.Pos, At: c.At}
	switch {
	case c.Ptr != nil:
		return e.address(c.Ptr, "a context", "NAME{...}, raw{...}")
	case c.Layout == nil:
		b := make([]byte, 4*len(c.Fields))
		for i, f := range c.Fields {
			if f.Key != "" && !(i == 0 && f.Key == "kind") {
				fail(f.Pos, "raw{...} is numbers of 32 bits, the kind first: there is no %s", f.Key)
			}
			syscalls.PutInt(b[4*i:], 4, e.number(f, nil))
		}
		return e.put(at, b)
	}
	b := make([]byte, c.Layout.Size)
	syscalls.PutInt(b, 4, uint64(c.Layout.Kind))
	l := c.Layout
	for i := range l.Fields {
		if l.Fields[i].Type.Set == &syscalls.SetDirFD {
			fdcwd := int64(syscalls.AT_FDCWD)
			l.Fields[i].Put(b, uint64(fdcwd))
		}
	}
	for i, n := range c.Fields {
		f := contextField(l, n, i)
		v := e.number(n, f.Type.Set)
		if f.Size == 4 && v>>32 != 0 && int64(v) != int64(int32(v)) {
			fail(n.Pos, "%s of %s has 32 bits", f.Name, l.Name)
		}
		f.Put(b, v)
	}
	return e.put(at, b)
}

// contextField finds the field by its name, or by its number among those that
// are not padding.
func contextField(l *syscalls.ContextLayout, n *Node, i int) *syscalls.Field {
	var names []string
	for j := range l.Fields {
		f := &l.Fields[j]
		names = append(names, f.Name)
		if n.Key == f.Name {
			return f
		}
		if n.Key == "" && !f.Zero {
			if i == 0 {
				return f
			}
			i--
		}
	}
	if n.Key == "" {
		fail(n.Pos, "too many fields for %s", l.Name)
	}
	fail(n.Pos, "%s has no field %s%s", l.Name, n.Key, suggest(n.Key, names))
	return nil
}
