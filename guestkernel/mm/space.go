package mm

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/syscalls"
)

// area is a range of a user address space, [start, end), all of whose pages
// are treated alike. A page of it gets a frame when it is first touched.
type area struct {
	start, end uint64
	prot       uint8   // PROT_*
	shared     bool    // MAP_SHARED: a child of fork has the same frames
	grows      bool    // the stack: grows down to its limit
	fixed      bool    // a shared file that was not opened for writing: PROT_WRITE cannot be had
	scratch    bool    // of Scratch: no child of fork has it
	file       Backing // nil for anonymous memory
	page       uint64  // of the file, the first
	next       *area   // in order of address
}

var areas Pool[area]

// Space is a user address space: its areas and its page table. The upper part
// of the page table is the kernel's and the same in all of them.
type Space struct {
	root     uint64
	areas    *area
	brkStart uint64
	brk      uint64
	users    int
	layout   *arch.Layouts
}

var spaces Pool[Space]

// StackLimit is how far the stack grows on demand, in bytes.
const StackLimit = 8 << 20

// Narrow makes s, which is empty, the memory of a 32-bit program.
func (s *Space) Narrow() { s.layout = &arch.Layout32 }

// IsNarrow reports whether it is that.
func (s *Space) IsNarrow() bool { return s.layout == &arch.Layout32 }

// StackTop is where the stack begins.
func (s *Space) StackTop() uint64 { return s.layout.StackTop }

// NewSpace makes an empty address space with one user; nil if memory is full.
func NewSpace() *Space {
	s := spaces.Get()
	if s == nil {
		return nil
	}
	if s.root = Alloc(); s.root == 0 {
		spaces.Put(s)
		return nil
	}
	if !arch.InitRoot(s.root, Alloc) {
		freeTables(s.root, arch.TopLevel)
		spaces.Put(s)
		return nil
	}
	s.users, s.layout = 1, &arch.Layout
	return s
}

// Activate makes s the address space of the CPU.
func (s *Space) Activate() { arch.SetRoot(s.root) }

// Use adds a user.
func (s *Space) Use() { s.users++ }

// Release takes a user from s. The last one frees it, and must not run on it
// any more.
func (s *Space) Release() {
	if s.users--; s.users > 0 {
		return
	}
	for a := s.areas; a != nil; {
		next := a.next
		a.free()
		a = next
	}
	freeTables(s.root, arch.TopLevel)
	spaces.Put(s)
}

// freeTables frees the user part of a tree of page tables, and its frames.
func freeTables(pa uint64, level int) {
	t := arch.Table(pa)
	n := len(t)
	if level == arch.TopLevel {
		n = arch.UserEntries
	}
	for i := range n {
		e := t[i]
		switch {
		case e&arch.PTEPresent == 0:
		case level == 0:
			Free(e & arch.PTEAddr)
		default:
			freeTables(e&arch.PTEAddr, level-1)
		}
	}
	Free(pa)
}

// entry finds the last-level entry for va, making tables on the way if alloc
// is set. It is nil if there is none, or no memory.
func (s *Space) entry(va uint64, alloc bool) *uint64 {
	t := arch.Table(s.root)
	for l := arch.TopLevel; l > 0; l-- {
		e := &t[arch.Index(va, l)]
		if *e&arch.PTEPresent == 0 {
			if !alloc {
				return nil
			}
			pa := Alloc()
			if pa == 0 {
				return nil
			}
			*e = pa | arch.PTEPresent | arch.PTEWrite | arch.PTEUser
		}
		t = arch.Table(*e)
	}
	return &t[arch.Index(va, 0)]
}

// lookup finds the last-level entry for va. Where there is none, span is how
// much around va has none: an address range may be far larger than what is
// mapped of it, and must not be gone through page by page.
func (s *Space) lookup(va uint64) (e *uint64, span uint64) {
	t := arch.Table(s.root)
	for l := arch.TopLevel; l > 0; l-- {
		e := t[arch.Index(va, l)]
		if e&arch.PTEPresent == 0 {
			return nil, PageSize << (9 * l)
		}
		t = arch.Table(e)
	}
	return &t[arch.Index(va, 0)], PageSize
}

// present calls f for each page of [lo, hi) that has a frame, until it returns
// false, and reports whether it never did.
func (s *Space) present(lo, hi uint64, f func(va uint64, e *uint64) bool) bool {
	for va := lo; va < hi; {
		e, span := s.lookup(va)
		if e != nil && *e&arch.PTEPresent != 0 && !f(va, e) {
			return false
		}
		va = va&^(span-1) + span
	}
	return true
}

func pteFlags(prot uint8) uint64 {
	f := uint64(arch.PTEPresent | arch.PTEUser)
	if prot&syscalls.PROT_WRITE != 0 {
		f |= arch.PTEWrite
	}
	if prot&syscalls.PROT_EXEC == 0 {
		f |= arch.PTENoExec()
	}
	return f
}

// Backing is a file that is mapped.
type Backing interface {
	// Frame is the frame of a page, made if there is a hole; 0 behind the end,
	// or if memory is full.
	Frame(page uint64) uint64
	// Mapped and Unmapped add a user, and take one away.
	Mapped()
	Unmapped()
}

// free gives an area back that is on no list any more.
func (a *area) free() {
	if a.file != nil {
		a.file.Unmapped()
	}
	areas.Put(a)
}

// frame is a new frame for the page of a file that is mapped at va; one that
// must not be written if the mapping is private.
func (a *area) frame(va uint64) (pa uint64, ok bool) {
	pa = a.file.Frame(a.page + (va-a.start)/PageSize)
	return pa, pa != 0 && Ref(pa)
}

// BehindFile reports whether an access to va, which could not be mended, was one
// to a page that its file does not have.
func (s *Space) BehindFile(va uint64, write bool) bool {
	a := s.find(va)
	return a != nil && a.file != nil && a.prot != syscalls.PROT_NONE && !(write && a.prot&syscalls.PROT_WRITE == 0)
}

// find is the area that va is in.
func (s *Space) find(va uint64) *area {
	for a := s.areas; a != nil && a.start <= va; a = a.next {
		if va < a.end {
			return a
		}
	}
	return nil
}

// growStack extends the stack's area down to va, if it may.
func (s *Space) growStack(va uint64) *area {
	var before *area
	for a := s.areas; a != nil; a = a.next {
		if a.start > va {
			if !a.grows || a.end-va > StackLimit || before != nil && before.end+PageSize > va&^(PageSize-1) {
				return nil
			}
			a.start = va &^ (PageSize - 1)
			return a
		}
		before = a
	}
	return nil
}

// Fault mends a page fault at va, if the access is one that the areas allow:
// it maps a new page, or makes the task's own copy of one that it shares
// since a fork. It reports whether the access can be tried again.
func (s *Space) Fault(va uint64, write, exec bool) bool {
	if va < arch.UserBottom || va >= arch.UserTop {
		return false
	}
	a := s.find(va)
	if a == nil {
		if a = s.growStack(va); a == nil {
			return false
		}
	}
	switch {
	case write && a.prot&syscalls.PROT_WRITE == 0,
		exec && a.prot&syscalls.PROT_EXEC == 0,
		a.prot == syscalls.PROT_NONE:
		return false
	}
	e := s.entry(va, true)
	if e == nil {
		return false
	}
	if *e&arch.PTEPresent == 0 && a.file != nil {
		pa, ok := a.frame(va)
		if !ok {
			return false
		}
		*e = pa | pteFlags(a.prot)
		if !a.shared {
			*e &^= arch.PTEWrite
		}
	}
	if *e&arch.PTEPresent == 0 {
		pa := Alloc()
		if pa == 0 {
			return false
		}
		*e = pa | pteFlags(a.prot)
		return true
	}
	if write && *e&arch.PTEWrite == 0 {
		return s.ownCopy(e, va, a)
	}
	arch.Invlpg(uintptr(va)) // an entry that has been given rights since
	return true
}

// ownCopy ends the sharing of a page that fork left with parent and child.
func (s *Space) ownCopy(e *uint64, va uint64, a *area) bool {
	old := *e & arch.PTEAddr
	if a.shared || Refs(old) == 1 {
		*e = old | pteFlags(a.prot)
	} else {
		pa := Alloc()
		if pa == 0 {
			return false
		}
		*(*Page)(arch.Virt(pa)) = *(*Page)(arch.Virt(old))
		Free(old)
		*e = pa | pteFlags(a.prot)
	}
	arch.Invlpg(uintptr(va))
	return true
}

// Fork makes a copy of the current address space: the same areas, the same
// frames, copied when one side writes. nil if memory is full.
func (s *Space) Fork() *Space {
	c := NewSpace()
	if c == nil {
		return nil
	}
	c.brkStart, c.brk, c.layout = s.brkStart, s.brk, s.layout
	tail := &c.areas
	for a := s.areas; a != nil; a = a.next {
		if a.scratch {
			continue
		}
		b := areas.Get()
		if b == nil {
			c.Release()
			return nil
		}
		*b = *a
		b.next = nil
		if b.file != nil {
			b.file.Mapped()
		}
		*tail, tail = b, &b.next
		if !s.share(c, a) {
			c.Release()
			return nil
		}
	}
	s.Activate() // drop translations that still allow writing
	return c
}

// share gives c the frames of one area of s.
func (s *Space) share(c *Space, a *area) bool {
	return s.present(a.start, a.end, func(va uint64, e *uint64) bool {
		d := c.entry(va, true)
		if d == nil || !Ref(*e&arch.PTEAddr) {
			return false
		}
		if !a.shared {
			*e &^= arch.PTEWrite
		}
		*d = *e
		return true
	})
}

// WriteAt copies b into s at va, making pages as needed, whatever the rights
// of the area: it is how a new program gets its memory.
func (s *Space) WriteAt(va uint64, b []byte) syscalls.Errno {
	for len(b) > 0 {
		p := s.page(va)
		if p == nil {
			return syscalls.ENOMEM
		}
		n := copy(p[va%PageSize:], b)
		b, va = b[n:], va+uint64(n)
	}
	return 0
}

// page is the page of s that va is in, made if need be; nil if there is no
// memory or no area.
func (s *Space) page(va uint64) *Page {
	a := s.find(va)
	if a == nil {
		if a = s.growStack(va); a == nil {
			return nil
		}
	}
	e := s.entry(va, true)
	if e == nil {
		return nil
	}
	if *e&arch.PTEPresent == 0 {
		pa := Alloc()
		if pa == 0 {
			return nil
		}
		*e = pa | pteFlags(a.prot)
	}
	return (*Page)(arch.Virt(*e & arch.PTEAddr))
}

// Mapped reports whether there is anything at an address, be it not
// accessible.
func (s *Space) Mapped(va uint64) bool { return s.find(va) != nil }

// SharedFrame is the frame of a page that is there, and whether other address
// spaces can have the same (MAP_SHARED).
func (s *Space) SharedFrame(va uint64) (pa uint64, shared bool) {
	a := s.find(va)
	if a == nil || !a.shared {
		return 0, false
	}
	e, _ := s.lookup(va)
	if e == nil {
		return 0, false
	}
	return *e & arch.PTEAddr, true
}

// Root is the physical address of the page table.
func (s *Space) Root() uint64 { return s.root }
