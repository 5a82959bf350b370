package script

import (
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
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
	// slot finds a name that an earlier call of the same batch will bind; it
	// may be nil.
	slot func(name string) (agent.Slot, bool)
	mem  arena

	direct bool          // the call's own arguments can be results of others
	slots  [6]agent.Slot // as encoded has them
	used   uint64
	puts   []put
	outs   []out
	data   int // bytes put and got so far
	skip   int // of the pieces of a vector that are being laid out: see out
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
	skip int // of a piece of several: the bytes in the pieces before it
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
	// slots are the arguments that are results of earlier calls of the same
	// batch: one more than the slot, 0 for none.
	slots [6]agent.Slot
	data  int // bytes in and out
}

func (e *encoder) call(c *Call) (r encoded) {
	t, nr := lookup(c, e)
	r.inner = t
	e.direct = c.Indirect == nil && e.slot != nil
	r.at = e.arguments(c, t)
	r.nr, r.does, r.args = nr, nr, r.at
	if c.Indirect != nil {
		r.args = e.indirect(c.Indirect, nr, r.at)
		r.nr = syscalls.SYS_INDIRECT
	}
	r.puts, r.outs, r.slots = e.puts, e.outs, e.slots
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
	t := callNamed(c.Name)
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

func are(n int) string {
	switch n {
	case 0:
		return "is none"
	case 1:
		return "is 1"
	}
	return fmt.Sprint("are ", n)
}

// fewest are calls of which strace leaves out arguments that do not count, and
// how many there are at least. Those left out are 0.
var fewest = map[string]int{"futex": 3, "ioctl": 2, "clone": 2}

// arguments encodes the arguments of the call. Lengths come after what they
// measure, so numbers go first.
func (e *encoder) arguments(c *Call, t *syscalls.Call) (v [6]uint64) {
	if n := len(t.Args); len(c.Args) > n {
		fail(c.Args[n].Pos, "%s takes %s, here %s", c.Name, plural(n, "argument"), are(len(c.Args)))
	}
	for i, a := range c.Args {
		if typ := t.ArgType(i, v[:len(t.Args)]); a.Key != "" {
			fail(a.KeyPos, "the arguments of a call have no names, here is %s=", a.Key)
		} else if !typ.Kind.Pointer() && !e.fromSlot(i, a, typ) {
			v[i] = e.scalar(a, typ)
		}
	}
	least := t.NArgs(v[:min(len(c.Args), len(t.Args))])
	if n, ok := fewest[t.Name]; ok {
		least = min(least, n)
	}
	if len(c.Args) < least {
		fail(c.End-1, "%s takes %s, here %s", c.Name, plural(least, "argument"), are(len(c.Args)))
	}
	if e.abi == syscalls.I386 {
		halves(t, &v)
	}
	// The lengths that are themselves pointers, then all other pointers.
	lens := [6]int{-1, -1, -1, -1, -1, -1}
	for i, a := range c.Args {
		if typ := t.Args[i].Type; typ.Kind == syscalls.Len {
			v[i], lens[i] = e.lengthArg(a, t.Args[i].Name)
		}
	}
	for i, a := range c.Args {
		arg := t.Args[i]
		if arg.Type = t.ArgType(i, v[:len(t.Args)]); !arg.Type.Kind.Pointer() || arg.Type.Kind == syscalls.Len {
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
		v[i] = e.pointer(a, &arg, length, lenOut)
	}
	return v
}

// halves puts the high half of a 64-bit argument where i386 has it: in the next
// one.
func halves(t *syscalls.Call, v *[6]uint64) {
	switch t.Name {
	case "pread64", "pwrite64":
		v[4] = v[3] >> 32
	case "fallocate":
		v[3], v[4], v[5] = v[2]>>32, v[3], v[3]>>32
	case "preadv", "pwritev", "preadv2", "pwritev2":
		v[4] |= v[3] >> 32
	}
}

// fromSlot says whether argument i is a descriptor that an earlier call of the
// same batch will return.
func (e *encoder) fromSlot(i int, a *Node, t *syscalls.Type) bool {
	if !e.direct || a.Kind != Name || t.Kind != syscalls.FD || isConst(a.Name) {
		return false
	}
	s, ok := e.slot(a.Name)
	if ok {
		e.slots[i] = s + 1
	}
	return ok
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

// calls is the table by name.
var calls = func() map[string]*syscalls.Call {
	m := map[string]*syscalls.Call{}
	for i := range syscalls.Calls {
		m[syscalls.Calls[i].Name] = &syscalls.Calls[i]
	}
	return m
}()

func callNamed(name string) *syscalls.Call { return calls[name] }

// namedConst is a constant and the first set that has it.
type namedConst struct {
	value uint64
	set   *syscalls.Set
}

var consts = func() map[string]namedConst {
	m := map[string]namedConst{}
	for _, s := range syscalls.AllSets {
		for _, c := range s.Consts {
			if _, ok := m[c.Name]; !ok {
				m[c.Name] = namedConst{c.Value, s}
			}
		}
	}
	return m
}()

// allConsts finds a constant wherever it is.
func allConsts(name string) (uint64, *syscalls.Set) {
	c := consts[name]
	return c.value, c.set
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
	e.outs = append(e.outs, out{name: name, addr: addr, size: int(min(uint64(size), e.mem.end-addr)), typ: t, node: want, len: length, skip: e.skip})
	return len(e.outs) - 1
}

// zeroes is what room begins as. Nothing writes to it.
var zeroes [maxData]byte

// room is memory for the kernel to write, all zero before.
func (e *encoder) room(n *Node, name string, size int, t *syscalls.Type, length int) uint64 {
	addr := e.alloc(n, size)
	e.putAt(addr, zeroes[:size])
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
	syscalls.StructIO:  `a structure, {a=1, ...}, or before and after it, {a=1} => {a=2}`,
	syscalls.NumIn:     `a number in brackets, [5]`,
	syscalls.NumOut:    `a number in brackets, [5]`,
	syscalls.NumIO:     `a number in brackets, [5], or before and after it, [5] => [6]`,
	syscalls.SigsetIn:  `a set of signals, [INT CHLD] or ~[]`,
	syscalls.SigsetOut: `a set of signals, [INT CHLD] or ~[]`,
	syscalls.FDSet:     `a set of descriptors, [3 4], or before and after it, [3 4] => [3]`,
	syscalls.MsgIn:     `a message, {msg_iov=["x"]}`,
	syscalls.MsgOut:    `a message, {msg_iov=[[out "x"]]}`,
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
			if t.Struct == &syscalls.StructSigaction {
				e.sigaction(b)
			}
			return e.put(n, b)
		}
	case syscalls.StructOut:
		if n.Kind == Fields || n.Kind == Any {
			checkFields(n, t.Struct)
			return e.room(n, arg.Name, int(t.Struct.Size[e.abi]), t, -1)
		}
	case syscalls.Array:
		if n.Kind == Any || n.Kind == List && dots(n) {
			return e.room(n, arg.Name, length*int(t.Struct.Size[e.abi]), t, -1)
		}
		if n.Kind == List {
			return e.array(n, arg, length)
		}
	case syscalls.IovecIn, syscalls.IovecOut:
		if n.Kind == List {
			return e.iovec(n, arg)
		}
	case syscalls.StructIO:
		if before, after := sides(n); before.Kind == Fields && (after == nil || after.Kind == Fields || after.Kind == Any) {
			return e.structIO(n, before, after, arg)
		}
	case syscalls.NumIn, syscalls.NumOut, syscalls.NumIO:
		if addr, ok := e.pointed(n, arg); ok {
			return addr
		}
	case syscalls.SigsetIn:
		if n.Kind == List {
			return e.put(n, e.sigset(n))
		}
	case syscalls.SigsetOut:
		if n.Kind == List || n.Kind == Any {
			if n.Kind == List && !dots(n) {
				e.sigset(n)
			}
			return e.room(n, arg.Name, 8, t, -1)
		}
	case syscalls.FDSet:
		if before, after := sides(n); before.Kind == List && (after == nil || after.Kind == List || after.Kind == Any) {
			return e.fdSet(n, before, after, arg)
		}
	case syscalls.MsgIn, syscalls.MsgOut:
		if n.Kind == Fields {
			return e.message(n, arg)
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
	defer func() { e.skip = 0 }()
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
		piece := syscalls.Arg{Name: fmt.Sprintf("%s[%d]", arg.Name, len(words)/2), Type: &syscalls.Type{Kind: kind}}
		words = append(words, e.pointer(base, &piece, size, -1), uint64(size))
		e.skip += size
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

// fits reports whether a number, with or without a sign, has at most size bytes.
func fits(v uint64, size int) bool {
	bits := 8 * size
	return size >= 8 || v>>bits == 0 || int64(v)>>(bits-1) == -1
}
