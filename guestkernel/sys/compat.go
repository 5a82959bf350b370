//go:build freestanding

package sys

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/indirect"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// System calls of 32-bit programs, by INT 0x80, from 32-bit and from 64-bit
// code: the numbers are i386's, arguments have 32 bits, and structures that
// differ are translated. The handlers are those of x86-64: what they are given
// is made by the one table of calls, package syscalls', which has the layouts
// of both. A structure is translated into user memory of the thread's that the
// program does not know of: its stack may be small, or used up.

// compatMax is one more than the highest number of the i386 table that counts.
const compatMax = 512

// compatRow is the row of syscalls.Calls for each i386 number, and one more;
// 0 for none. compatNative is the number of x86-64 for it, compatOwn the handler
// of a call that has no row, or needs more than that.
var (
	compatRow    [compatMax]uint16
	compatNative [compatMax]uint16
	compatOwn    [compatMax]func(x *compat, a *args) int64
)

// newer are the calls that only i386 has and whose structures are, but for
// their layout, those of a call of x86-64.
var newer = [...]struct{ nr, native uint16 }{
	{syscalls.SYS32_STAT64, syscalls.SYS_STAT}, {syscalls.SYS32_LSTAT64, syscalls.SYS_LSTAT},
	{syscalls.SYS32_FSTAT64, syscalls.SYS_FSTAT}, {syscalls.SYS32_FSTATAT64, syscalls.SYS_NEWFSTATAT},
	{syscalls.SYS32_FCNTL64, syscalls.SYS_FCNTL},
	{syscalls.SYS32_CLOCK_GETTIME64, syscalls.SYS_CLOCK_GETTIME},
	{syscalls.SYS32_CLOCK_SETTIME64, syscalls.SYS_CLOCK_SETTIME},
	{syscalls.SYS32_CLOCK_GETRES_TIME64, syscalls.SYS_CLOCK_GETRES},
	{syscalls.SYS32_CLOCK_NANOSLEEP_TIME64, syscalls.SYS_CLOCK_NANOSLEEP},
	{syscalls.SYS32_TIMERFD_GETTIME64, syscalls.SYS_TIMERFD_GETTIME},
	{syscalls.SYS32_TIMERFD_SETTIME64, syscalls.SYS_TIMERFD_SETTIME},
	{syscalls.SYS32_UTIMENSAT_TIME64, syscalls.SYS_UTIMENSAT},
	{syscalls.SYS32_PSELECT6_TIME64, syscalls.SYS_PSELECT6}, {syscalls.SYS32_PPOLL_TIME64, syscalls.SYS_PPOLL},
	{syscalls.SYS32_RT_SIGTIMEDWAIT_TIME64, syscalls.SYS_RT_SIGTIMEDWAIT},
	{syscalls.SYS32_FUTEX_TIME64, syscalls.SYS_FUTEX}, {syscalls.SYS32_SEMTIMEDOP_TIME64, syscalls.SYS_SEMTIMEDOP},
	{syscalls.SYS32_TIMER_SETTIME64, syscalls.SYS_TIMER_SETTIME}, {syscalls.SYS32_TIMER_GETTIME64, syscalls.SYS_TIMER_GETTIME},
}

// InitCompat is called at boot.
func InitCompat() {
	for i := range syscalls.Calls {
		c := &syscalls.Calls[i]
		if nr := c.Nr[syscalls.I386]; nr >= 0 && nr < compatMax {
			compatRow[nr], compatNative[nr] = uint16(i+1), uint16(c.Nr[syscalls.AMD64])
		}
	}
	for _, n := range &newer {
		compatNative[n.nr] = n.native
	}
	for i := range compatCalls {
		compatOwn[compatCalls[i].nr] = compatCalls[i].call
	}
	for i := range compatIDs {
		compatOwn[compatIDs[i].nr] = compatIDs[i].call
	}
}

// EnterCompat is a system call by INT 0x80, in the trap frame f.
func EnterCompat(t *proc.Task, f *arch.TrapFrame) {
	c := &t.Call
	nr := uint64(uint32(f.AX))
	c.Nr = int64(nr)
	for i, r := range [...]uint64{f.BX, f.CX, f.DX, f.SI, f.DI, f.BP} {
		c.Args[i] = uint64(uint32(r))
	}
	// phase: system call
	t.Deadlines.Begin()
	local := compat{t: t, out: &t.Compat.Args}
	x := onStack(&local)
	t.Narrow = true
	r := x.traced(c)
	t.Narrow = false
	f.AX = uint64(r)
	if r == -int64(syscalls.EINTR) && t.Pending {
		t.Interrupt(x.restart, nr)
	}
	// phase: return
	t.Call.Nr = -1
}

// EnterSysenter is a system call by SYSENTER, of the code that arch.Vsyscall is:
// the sixth argument lies on the caller's stack.
func EnterSysenter(t *proc.Task, f *arch.TrapFrame) {
	v, ok := arch.LoadUser32(uintptr(f.RSP))
	if !ok {
		f.AX = uint64(fail(syscalls.EFAULT))
		return
	}
	f.BP, f.Vector = uint64(v), arch.VectorCompat
	EnterCompat(t, f)
}

// onStack is p, which the compiler then does not move to a heap: there is
// none, a kernel stack stays where it is, and no one keeps p.
func onStack[T any](p *T) *T {
	v := uintptr(unsafe.Pointer(p))
	return (*T)(arch.Ptr(v))
}

// compat is one call being translated.
type compat struct {
	t       *proc.Task
	low, at uint64 // the scratch memory that is free; 0 before any is used
	restart proc.Restart
	row     *syscalls.Call
	in      *args
	out     *args
	cmd     uint64 // if not 0, takes the place of the translated call's second argument
}

// traced is call, of which the host is told if it wants to be.
func (x *compat) traced(c *proc.Call) int64 {
	if !tracing {
		return x.call(c)
	}
	tell(x.t, wire.TraceEnter|wire.TraceI386, 0)
	r := x.call(c)
	tell(x.t, wire.TraceReturn|wire.TraceI386, uint64(r))
	return r
}

// call makes a system call of i386's: compat_call_syscall of the RFC.
func (x *compat) call(c *proc.Call) int64 {
	nr := uint64(c.Nr)
	switch {
	case nr == syscalls.SYS_INDIRECT && !NoIndirect:
		return x.indirect(&c.Args)
	case !isCompat(nr):
		return fail(syscalls.ENOSYS)
	case compatOwn[nr] != nil:
		return compatOwn[nr](x, &c.Args)
	}
	return x.byRow(nr, &c.Args)
}

// isCompat reports whether i386 has a call.
func isCompat(nr uint64) bool {
	return nr < compatMax && (compatRow[nr] != 0 || compatOwn[nr] != nil)
}

// byRow makes the call of the row for an i386 number.
func (x *compat) byRow(nr uint64, a *args) int64 {
	x.row = &syscalls.Calls[compatRow[nr]-1]
	return x.native(uint64(compatNative[nr]), a)
}

// native makes the x86-64 call of the row with translated arguments.
func (x *compat) native(nr uint64, in *args) int64 {
	h := lookup(nr)
	if h == nil {
		return fail(syscalls.ENOSYS)
	}
	x.in = in
	*x.out = *in
	if err := x.enter(); err != 0 {
		return fail(err)
	}
	if x.cmd != 0 {
		x.out[1] = x.cmd
	}
	x.t.Compat.Nr = int64(nr)
	x.restart = restart(&x.t.Compat)
	r := h(x.t, x.out)
	if err := x.leave(r); err != 0 && r >= 0 {
		return fail(err)
	}
	return r
}

// refusedCompat are the calls that may not be wrapped, by i386's numbers.
func refusedCompat(nr uint64) bool {
	switch nr {
	case syscalls.SYS_INDIRECT, syscalls.SYS32_FORK, syscalls.SYS32_VFORK, syscalls.SYS32_CLONE,
		syscalls.SYS32_CLONE3, syscalls.SYS32_RT_SIGRETURN, syscalls.SYS32_SIGRETURN:
		return true
	}
	return false
}

// indirect is sys_indirect of a 32-bit caller: pointers and parameters have 32
// bits, the contexts are the same bytes.
func (x *compat) indirect(a *args) int64 {
	// phase: enter
	nr := uint64(uint32(a[0]))
	if refusedCompat(nr) {
		return fail(syscalls.EINVAL)
	}
	if !isCompat(nr) {
		return fail(syscalls.ENOSYS)
	}
	n := uint32(a[2])
	if n > syscalls.MaxContexts {
		return fail(syscalls.E2BIG)
	}
	// What cannot be read becomes an address that indirect.Call cannot read either:
	// it says which of several errors comes first.
	ctxs, err := x.widen(a[1], int(n), nowhere)
	if err != 0 {
		return fail(err)
	}
	params, err := x.widen(a[3], 6, 0)
	if err != 0 {
		params = nowhere
	}
	return indirect.Call(x.t, nr, ctxs, uint64(n), params, func(t *proc.Task, _ *args) int64 { return x.call(&t.Wrap.Inner) })
}

// room takes n bytes of the thread's scratch memory, aligned to 16, and gives
// their address: nowhere if there are not as many left.
func (x *compat) room(n uint64) uint64 {
	if x.at == 0 {
		x.t.Scratch = x.t.Space.Scratch(x.t.Scratch)
		if x.low = x.t.Scratch; x.low == 0 {
			return nowhere
		}
		x.at = x.low + mm.ScratchSize
	}
	if n > x.at-x.low {
		return nowhere
	}
	x.at = (x.at - n) &^ 15
	return x.at
}

// nowhere is an address at which no program has memory: EFAULT to whoever uses it.
const nowhere = arch.UserTop

// widen copies n words of 32 bits at addr to n words of 64 bits, and gives their
// address. A word that cannot be read is EFAULT, or, if instead is not 0, becomes
// that.
func (x *compat) widen(addr uint64, n int, instead uint64) (uint64, syscalls.Errno) {
	if n == 0 {
		return addr, 0
	}
	to := x.room(8 * uint64(n))
	for i := range uint64(n) {
		v, ok := arch.LoadUser32(uintptr(addr + 4*i))
		w := uint64(v)
		switch {
		case !ok && instead == 0:
			return 0, syscalls.EFAULT
		case !ok:
			w = instead
		}
		if r := putWord(to+8*i, w); r != 0 {
			return 0, syscalls.EFAULT
		}
	}
	return to, 0
}

// split are calls whose argument of 64 bits is two on i386: the number of the
// first.
var split = [...]struct {
	nr  uint64
	arg int
}{
	{syscalls.SYS_PREAD64, 3}, {syscalls.SYS_PWRITE64, 3}, {syscalls.SYS_PREADV, 3}, {syscalls.SYS_PWRITEV, 3},
	{syscalls.SYS_PREADV2, 3}, {syscalls.SYS_PWRITEV2, 3},
}

// enter translates the arguments.
func (x *compat) enter() syscalls.Errno {
	for i := range x.row.Args {
		t := x.row.ArgType(i, x.in[:len(x.row.Args)])
		v := x.in[i]
		switch {
		case t.Kind == syscalls.Int || t.Kind == syscalls.FD:
			v = uint64(int64(int32(v)))
		case v == 0 || !t.Kind.Pointer():
		default:
			var err syscalls.Errno
			if v, err = x.pointer(t, v, i); err != 0 {
				return err
			}
		}
		x.out[i] = v
	}
	for _, s := range split {
		if int16(s.nr) == x.row.Nr[syscalls.AMD64] {
			x.out[s.arg] = x.in[s.arg] | x.in[s.arg+1]<<32
		}
	}
	return 0
}

// leave translates what the call has written.
func (x *compat) leave(r int64) syscalls.Errno {
	for i := range x.row.Args {
		t := x.row.ArgType(i, x.in[:len(x.row.Args)])
		if x.in[i] == 0 || x.out[i] == x.in[i] || !t.Kind.Out() {
			continue
		}
		if err := x.back(t, i, r); err != 0 {
			return err
		}
	}
	return 0
}

// pointer translates what argument i points to, if it differs, and gives the
// address of the translation.
func (x *compat) pointer(t *syscalls.Type, addr uint64, i int) (uint64, syscalls.Errno) {
	switch t.Kind {
	case syscalls.Strings:
		return x.strings(addr)
	case syscalls.IovecIn, syscalls.IovecOut:
		return x.iovec(addr, x.count(i))
	case syscalls.MsgIn, syscalls.MsgOut:
		return x.message(addr, t.Kind == syscalls.MsgIn)
	case syscalls.StructIn, syscalls.StructOut, syscalls.StructIO, syscalls.NumIn, syscalls.NumOut, syscalls.NumIO:
		return x.structs(t, addr, 1)
	case syscalls.Array:
		return x.structs(t, addr, min(x.count(i), maxCompat))
	}
	return addr, 0
}

// maxCompat is how many elements of an array are translated; what has more
// than that is refused by the call itself.
const maxCompat = 1024

// count is how many elements argument i has.
func (x *compat) count(i int) int {
	n := x.row.Args[i].Len
	if n == 0 {
		return 1
	}
	return int(max(int32(x.in[n]), 0))
}

// structBuf is a structure of either side. None of those that differ is larger.
type structBuf [256]byte

// layout is the structure that a type points to; nil if it is the same for
// both.
func layout(t *syscalls.Type) *syscalls.Struct {
	if same(t.Struct) {
		return nil
	}
	return t.Struct
}

// same reports whether a structure is the same bytes for both.
func same(s *syscalls.Struct) bool {
	if s.Size[0] != s.Size[1] {
		return false
	}
	if s.Union {
		return true
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.At[0] != f.At[1] || f.Type.Kind == syscalls.Sub && !same(f.Type.Struct) {
			return false
		}
	}
	return true
}

// structs translates n structures. Of those that the kernel writes, what is
// there already comes along, as far as it can be read.
func (x *compat) structs(t *syscalls.Type, addr uint64, n int) (uint64, syscalls.Errno) {
	s := layout(t)
	if s == nil {
		return addr, 0
	}
	narrow, wide := uint64(s.Size[syscalls.I386]), uint64(s.Size[syscalls.AMD64])
	to := x.room(wide * uint64(n))
	for i := range uint64(n) {
		var from, b structBuf
		_, err := mm.UserBuf(uintptr(addr+i*narrow), int(narrow)).Read(0, from[:narrow])
		if err != 0 && !t.Kind.Out() {
			return 0, err
		}
		translate(s, from[:], b[:], syscalls.I386, syscalls.AMD64)
		if _, err := mm.UserBuf(uintptr(to+i*wide), int(wide)).Write(0, b[:wide]); err != 0 {
			return 0, err
		}
	}
	return to, 0
}

// translate copies the fields of a structure from one layout to the other.
func translate(s *syscalls.Struct, from, to []byte, fromABI, toABI syscalls.ABI) {
	for i := range s.Fields {
		f := &s.Fields[i]
		a, b := f.At[fromABI], f.At[toABI]
		switch k := f.Type.Kind; {
		case k == syscalls.Chars, k == syscalls.Sub && f.Type.Struct.Union:
			copy(to[b.Off:b.Off+b.Size], from[a.Off:a.Off+a.Size])
		case k == syscalls.Sub:
			translate(f.Type.Struct, from[a.Off:], to[b.Off:], fromABI, toABI)
		default:
			f.Put(toABI, to, f.Get(fromABI, from))
		}
	}
}

// overflows reports whether a structure has a size or a position that is too large
// for 32 bits, which is EOVERFLOW (stat(2), fcntl(2)). A lock's length that is too
// large is no error: it becomes the largest that there is.
func overflows(s *syscalls.Struct, b []byte) bool {
	const most = 1<<31 - 1
	get := func(i int) uint64 { return s.Fields[i].Get(syscalls.AMD64, b) }
	switch s {
	case &syscalls.StructStat:
		const ino, nlink, size = 1, 2, 7
		return get(ino) >= 1<<32 || get(nlink) >= 1<<16 || get(size) > most
	case &syscalls.StructFlock:
		const start, length = 2, 3
		if get(length) > most {
			s.Fields[length].Put(syscalls.AMD64, b, most)
		}
		return get(start) > most
	}
	return false
}

// back translates what the call has written into the translation of argument
// i.
func (x *compat) back(t *syscalls.Type, i int, r int64) syscalls.Errno {
	n := 1
	switch t.Kind {
	case syscalls.MsgOut:
		return x.messageBack(x.in[i], x.out[i], r)
	case syscalls.Array:
		n = min(x.count(i), maxCompat)
	case syscalls.StructOut, syscalls.StructIO, syscalls.NumOut, syscalls.NumIO:
	default:
		return 0
	}
	s := layout(t)
	narrow, wide := uint64(s.Size[syscalls.I386]), uint64(s.Size[syscalls.AMD64])
	for j := range uint64(n) {
		var from, b structBuf
		if _, err := mm.UserBuf(uintptr(x.out[i]+j*wide), int(wide)).Read(0, from[:wide]); err != 0 {
			return err
		}
		if overflows(s, from[:]) {
			return syscalls.EOVERFLOW
		}
		translate(s, from[:], b[:], syscalls.AMD64, syscalls.I386)
		if s == &syscalls.StructStat64 {
			const ino, oldIno = 88, 12 // which has it once more, where programs of before looked
			copy(b[oldIno:oldIno+4], b[ino:])
		}
		if _, err := mm.UserBuf(uintptr(x.in[i]+j*narrow), int(narrow)).Write(0, b[:narrow]); err != 0 {
			return err
		}
	}
	return 0
}

// strings translates a list of pointers that ends with a null one.
func (x *compat) strings(addr uint64) (uint64, syscalls.Errno) {
	n := 0
	for ; ; n++ {
		v, ok := arch.LoadUser32(uintptr(addr) + uintptr(4*n))
		switch {
		case !ok:
			return nowhere, 0 // EFAULT, but the call's other errors come first
		case n == 4*maxCompat:
			return 0, syscalls.E2BIG
		}
		if v == 0 {
			break
		}
	}
	return x.widen(addr, n+1, 0)
}

// iovec translates pieces: an address and a length are two words each. A length
// is signed, as it is for 64 bits.
func (x *compat) iovec(addr uint64, n int) (uint64, syscalls.Errno) {
	if n > maxCompat {
		return addr, 0 // too many, which the call says itself
	}
	for i := range uint64(n) {
		if v, ok := arch.LoadUser32(uintptr(addr + 8*i + 4)); ok && int32(v) < 0 {
			return 0, syscalls.EINVAL
		}
	}
	return x.widen(addr, 2*n, 0)
}
