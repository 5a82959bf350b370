//go:build freestanding

package proc

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Limits of execve.
const (
	maxArgs    = mm.PageSize / 8  // strings of argv, and of envp
	maxArgSize = 32 * mm.PageSize // bytes of one string (MAX_ARG_STRLEN)
)

// image is a program being loaded. There is one: exec does not sleep.
var image struct {
	hdr  elfHeader
	segs [maxSegs]progHeader
	buf  mm.Page
	phdr uint64 // where the program headers are in memory, 0 if nowhere
	argv *[maxArgs]uint64
	envp *[maxArgs]uint64
	sp   uint64 // of the new stack
	argc int
	envc int
	word [1]uint64
	aux  [38]uint64
}

// Exec replaces the current task's program by the one in file f. argv and
// envp are user addresses of the old program's, 0 for none.
//
// Nothing of the task is changed before the point of no return, after which
// nothing fails; pointOfNoReturn is called there.
func (t *Task) Exec(f *fs.Inode, name []byte, argv, envp uint64, pointOfNoReturn func(*Task)) syscalls.Errno {
	s := mm.NewSpace()
	if s == nil {
		return syscalls.ENOMEM
	}
	err := readHeaders(s, f)
	if err == 0 {
		err = t.load(s, f, name, argv, envp)
	}
	if err != 0 {
		s.Release()
		return err
	}
	entry, sp := image.hdr.entry, image.sp // alone may sleep
	if t.Proc.threads > 1 {
		if err := t.alone(); err != 0 {
			s.Release()
			return err
		}
	}
	if t.FDs.Shared() {
		own := t.FDs.Clone()
		if own == nil {
			s.Release()
			return syscalls.ENOMEM
		}
		t.FDs.Release()
		t.FDs = own
	}
	pointOfNoReturn(t)
	t.become(f)
	t.leaveFutexes()
	t.Proc.resetActions()
	t.Proc.dropTimers()
	t.Proc.hasExeced = true
	t.Alt = AltStack{}
	old := t.Space
	t.Space, t.Root = s, s.Root()
	s.Activate()
	if old != nil {
		old.EndScratch(t.Scratch)
		old.Release()
	}
	t.Scratch = 0
	t.vforkDone()
	t.FDs.CloseOnExec()
	t.setName(name)
	t.FPU.Init()
	t.FPU.Restore()
	u := t.G.UserFrame()
	*u = arch.TrapFrame{
		RIP: entry, CS: arch.UserCS, RFLAGS: 0x202, RSP: sp, SS: arch.UserDS,
		Vector: arch.VectorSyscall,
	}
	t.Segs = arch.Segs{}
	if s.IsNarrow() {
		t.Segs = arch.Segs32
		u.CS, u.Vector = arch.UserCS32, arch.VectorCompat
	}
	t.Segs.Load()
	return 0
}

// setName keeps the last part of the program's path.
func (t *Task) setName(path []byte) {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			path = path[i+1:]
			break
		}
	}
	t.Name = [16]byte{}
	copy(t.Name[:15], path)
}

// load builds the new program's memory in s.
func (t *Task) load(s *mm.Space, f *fs.Inode, name []byte, argv, envp uint64) syscalls.Errno {
	image.phdr = 0
	end := uint64(0)
	for i := range image.segs[:image.hdr.phnum] {
		p := &image.segs[i]
		if p.kind != ptLoad {
			continue
		}
		if err := loadSegment(s, f, p, end); err != 0 {
			return err
		}
		if h := &image.hdr; h.phoff >= p.offset && h.phoff < p.offset+p.filesz {
			image.phdr = p.vaddr + h.phoff - p.offset
		}
		end = p.vaddr + p.memsz
	}
	s.SetBrkStart(end)
	const initial = 128 << 10
	if _, err := s.Map(s.StackTop()-initial, initial, syscalls.PROT_READ|syscalls.PROT_WRITE,
		syscalls.MAP_PRIVATE|syscalls.MAP_FIXED|syscalls.MAP_GROWSDOWN); err != 0 {
		return err
	}
	if s.IsNarrow() {
		if err := vsyscall(s); err != 0 {
			return err
		}
	}
	a, e := mm.Alloc(), mm.Alloc()
	err := syscalls.ENOMEM
	if a != 0 && e != 0 {
		image.argv = (*[maxArgs]uint64)(arch.Virt(a))
		image.envp = (*[maxArgs]uint64)(arch.Virt(e))
		after := t.Creds
		after.become(f)
		err = buildStack(s, name, argv, envp, &after, t.Space == nil)
	}
	if a != 0 {
		mm.Free(a)
	}
	if e != 0 {
		mm.Free(e)
	}
	return err
}

// push puts bytes on the new stack and returns where they are.
func push(s *mm.Space, b []byte) (uint64, syscalls.Errno) {
	if image.sp-uint64(len(b)) < s.StackTop()-mm.StackLimit/4 {
		return 0, syscalls.E2BIG
	}
	image.sp -= uint64(len(b))
	return image.sp, s.WriteAt(image.sp, b)
}

// copyStrings copies the strings of a null-terminated array of pointers to
// the new stack and leaves their addresses in to.
func copyStrings(s *mm.Space, list uint64, to *[maxArgs]uint64) (n int, err syscalls.Errno) {
	for ; list != 0; n++ {
		p, ok := arch.LoadUser64(uintptr(list + uint64(n)*8))
		if !ok {
			return 0, syscalls.EFAULT
		}
		if p == 0 {
			break
		}
		if n == maxArgs-1 {
			return 0, syscalls.E2BIG
		}
		if to[n], err = copyString(s, p); err != 0 {
			return 0, err
		}
	}
	return n, 0
}

// copyString copies a string, whose length is not known, a piece at a time
// below the stack, and then lowers the stack to it.
func copyString(s *mm.Space, p uint64) (uint64, syscalls.Errno) {
	n := uint64(0)
	for {
		c, ok := strLen(p + n)
		if !ok {
			return 0, syscalls.EFAULT
		}
		n += uint64(c)
		if n > maxArgSize {
			return 0, syscalls.E2BIG
		}
		if c < strChunk {
			break
		}
	}
	n++ // the NUL
	if image.sp-n < s.StackTop()-mm.StackLimit/4 {
		return 0, syscalls.E2BIG
	}
	image.sp -= n
	for done := uint64(0); done < n; {
		b := image.buf[:min(n-done, mm.PageSize)]
		if _, err := mm.UserBuf(uintptr(p+done), len(b)).Read(0, b); err != 0 {
			return 0, err
		}
		if done+uint64(len(b)) == n {
			b[len(b)-1] = 0 // another thread may have changed the string
		}
		if err := s.WriteAt(image.sp+done, b); err != 0 {
			return 0, err
		}
		done += uint64(len(b))
	}
	return image.sp, 0
}

const strChunk = 64

// strLen counts the bytes before a NUL, up to strChunk.
func strLen(p uint64) (n int, ok bool) {
	b := image.buf[:strChunk]
	// Not past the page: what comes after may not be mapped.
	b = b[:min(strChunk, mm.PageSize-int(p%mm.PageSize))]
	if _, err := mm.UserBuf(uintptr(p), len(b)).Read(0, b); err != 0 {
		return 0, false
	}
	for i, c := range b {
		if c == 0 {
			return i, true
		}
	}
	if len(b) < strChunk { // go on with the next page
		m, ok := strLen(p + uint64(len(b)))
		return min(len(b)+m, strChunk), ok
	}
	return strChunk, true
}

// vsyscall gives a 32-bit program the page above its stack by whose code it may
// make system calls, and handlers of signals return.
func vsyscall(s *mm.Space) syscalls.Errno {
	at := s.StackTop()
	if _, err := s.Map(at, mm.PageSize, syscalls.PROT_READ|syscalls.PROT_EXEC, syscalls.MAP_PRIVATE|syscalls.MAP_FIXED); err != 0 {
		return err
	}
	return s.WriteAt(at, fs.Bytes(arch.Vsyscall))
}

// Entries of the auxiliary vector (getauxval(3)).
const (
	atNull, atPhdr, atPhent, atPhnum, atPagesz = 0, 3, 4, 5, 6
	atBase, atFlags, atEntry, atUID, atEUID    = 7, 8, 9, 11, 12
	atGID, atEGID, atHwcap, atClktck, atSecure = 13, 14, 16, 17, 23
	atRandom, atExecfn, atSysinfo              = 25, 31, 32
	atMinSigStack                              = 51
)

// buildStack lays out the initial stack (System V ABI, AMD64, 3.4.1; Intel386,
// chapter 3): argc, argv, envp, the auxiliary vector, and above them the strings.
func buildStack(s *mm.Space, name []byte, argv, envp uint64, c *Creds, first bool) (err syscalls.Errno) {
	image.sp = s.StackTop()
	var zero [8]byte
	if _, err = push(s, zero[:]); err != 0 {
		return err
	}
	if _, err = push(s, zero[:1]); err != 0 {
		return err
	}
	execfn, err := push(s, name)
	if err != 0 {
		return err
	}
	if image.argc, err = copyStrings(s, argv, image.argv); err != 0 {
		return err
	}
	if image.envc, err = copyStrings(s, envp, image.envp); err != 0 {
		return err
	}
	if image.argc == 0 {
		// A program always has argv[0] (execve(2), NOTES): an empty string,
		// or for the first program, which nobody gives any, its path.
		image.argc, image.argv[0] = 1, execfn+uint64(len(name))
		if first {
			image.argv[0] = execfn
		}
	}
	image.sp &^= 15
	random, err := push(s, RandomBytes()[:])
	if err != 0 {
		return err
	}
	h := &image.hdr
	aux := &image.aux
	*aux = [...]uint64{
		atPhdr, image.phdr, atPhent, uint64(h.phentsize), atPhnum, uint64(h.phnum),
		atPagesz, mm.PageSize, atBase, 0, atFlags, 0, atEntry, h.entry,
		atUID, uint64(c.User.Real), atEUID, uint64(c.User.Effective),
		atGID, uint64(c.Group.Real), atEGID, uint64(c.Group.Effective), atSecure, c.secure(),
		atClktck, 100,
		atHwcap, arch.Hwcap(), atMinSigStack, minSigStack(), atRandom, random, atExecfn, execfn, atNull, 0, atNull, 0,
	}
	if s.IsNarrow() && arch.HasSysenter {
		aux[len(aux)-4], aux[len(aux)-3] = atSysinfo, s.StackTop()
	}
	words := 1 + image.argc + 1 + image.envc + 1 + len(aux)
	size := 8
	if s.IsNarrow() {
		size = 4
	}
	image.sp -= uint64(words * size)
	image.sp &^= 15
	at := image.sp
	put := func(w []uint64) {
		p := unsafe.Pointer(unsafe.SliceData(w))
		if size == 4 {
			for i, v := range w {
				*(*uint32)(unsafe.Add(p, 4*i)) = uint32(v)
			}
		}
		if err == 0 {
			err = s.WriteAt(at, unsafe.Slice((*byte)(p), len(w)*size))
		}
		at += uint64(len(w) * size)
	}
	image.word[0] = uint64(image.argc)
	put(image.word[:])
	image.argv[image.argc], image.envp[image.envc] = 0, 0
	put(image.argv[:image.argc+1])
	put(image.envp[:image.envc+1])
	put(aux[:])
	return err
}

var seed uint64 = 0x9e3779b97f4a7c15

var random [16]byte

// RandomBytes is AT_RANDOM's, and getrandom(2)'s: from the clock, so that a run in virtual time
// can be repeated.
func RandomBytes() *[16]byte {
	for i := range random {
		seed ^= arch.Now()
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		random[i] = byte(seed >> 24)
	}
	return &random
}
