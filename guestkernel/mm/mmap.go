package mm

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/syscalls"
)

func pageUp(v uint64) uint64 { return (v + PageSize - 1) &^ (PageSize - 1) }

// Map is mmap(2) for anonymous memory. addr is a hint unless flags has
// MAP_FIXED; the result is where the memory is.
func (s *Space) Map(addr, length uint64, prot uint8, flags uint32) (uint64, syscalls.Errno) {
	const kinds = syscalls.MAP_SHARED | syscalls.MAP_PRIVATE
	fixed := flags&(syscalls.MAP_FIXED|syscalls.MAP_FIXED_NOREPLACE) != 0
	switch k := flags & kinds; {
	case length == 0, k != syscalls.MAP_SHARED && k != syscalls.MAP_PRIVATE:
		return 0, syscalls.EINVAL
	case length > s.layout.End:
		return 0, syscalls.ENOMEM
	case fixed && addr%PageSize != 0:
		return 0, syscalls.EINVAL
	}
	length = pageUp(length)
	addr = pageUp(addr)
	switch {
	case fixed:
		if addr < arch.UserBottom {
			return 0, syscalls.EPERM
		}
		if addr > s.layout.End-length {
			return 0, syscalls.ENOMEM
		}
		if flags&syscalls.MAP_FIXED_NOREPLACE != 0 && !s.vacant(addr, addr+length) {
			return 0, syscalls.EEXIST
		}
		if err := s.Unmap(addr, length); err != 0 {
			return 0, err
		}
	case addr >= arch.UserBottom && addr <= s.layout.MmapTop-min(length, s.layout.MmapTop) && s.vacant(addr, addr+length):
	default:
		if addr = s.hole(length, s.layout.MmapTop); addr == 0 {
			return 0, syscalls.ENOMEM
		}
	}
	a := areas.Get()
	if a == nil {
		return 0, syscalls.ENOMEM
	}
	a.start, a.end, a.prot = addr, addr+length, prot
	a.shared = flags&syscalls.MAP_SHARED != 0
	a.grows = flags&syscalls.MAP_GROWSDOWN != 0
	s.insert(a)
	// Shared pages must exist before a fork can share them.
	if a.shared || flags&syscalls.MAP_POPULATE != 0 {
		for va := a.start; va < a.end; va += PageSize {
			if s.page(va) == nil {
				s.Unmap(addr, length)
				return 0, syscalls.ENOMEM
			}
		}
	}
	return addr, 0
}

// MapFile is mmap(2) for a file, from one of its pages on. fixed: it is shared,
// and cannot be written later either.
func (s *Space) MapFile(addr, length uint64, prot uint8, flags uint32, f Backing, page uint64, fixed bool) (uint64, syscalls.Errno) {
	// Its frames are the file's, which come with the first access.
	at, err := s.Map(addr, length, prot, flags&^(syscalls.MAP_SHARED|syscalls.MAP_POPULATE)|syscalls.MAP_PRIVATE)
	if err != 0 {
		return 0, err
	}
	a := s.find(at)
	f.Mapped()
	a.file, a.page, a.fixed = f, page, fixed
	a.shared = flags&syscalls.MAP_SHARED != 0
	return at, 0
}

// Remap is mremap(2). The range to be moved is one area, or in one.
func (s *Space) Remap(addr, old, length, flags, to uint64) (uint64, syscalls.Errno) {
	const mayMove, fixed = 1, 2
	old, length = pageUp(old), pageUp(length)
	switch {
	case addr%PageSize != 0, length == 0, old > s.layout.End, flags&^(mayMove|fixed) != 0,
		flags&fixed != 0 && (flags&mayMove == 0 || to%PageSize != 0 || to < arch.UserBottom || length > s.layout.End ||
			to > s.layout.End-length || to < addr+old && addr < to+length), old == 0:
		return 0, syscalls.EINVAL
	}
	a := s.find(addr)
	switch {
	case a == nil || a.end-addr < old:
		return 0, syscalls.EFAULT
	case length > s.layout.End:
		return 0, syscalls.ENOMEM
	}
	if length < old {
		if err := s.Unmap(addr+length, old-length); err != 0 {
			return 0, err
		}
		old, a = length, s.find(addr)
	}
	switch {
	case flags&fixed != 0:
		if err := s.Unmap(to, length); err != 0 {
			return 0, err
		}
	case length == old:
		return addr, 0
	case addr+old == a.end && addr+length <= s.layout.End && s.vacant(a.end, addr+length):
		if a.shared && a.file == nil {
			return 0, syscalls.ENOMEM // its pages would have to be found by those who share them
		}
		a.end = addr + length
		return addr, 0
	case flags&mayMove == 0:
		return 0, syscalls.ENOMEM
	default:
		if to = s.hole(length, s.layout.MmapTop); to == 0 {
			return 0, syscalls.ENOMEM
		}
	}
	if a.shared && a.file == nil && length > old {
		return 0, syscalls.ENOMEM
	}
	if !s.splitAt(addr) || !s.splitAt(addr+old) {
		return 0, syscalls.ENOMEM
	}
	a = s.find(addr)
	b := areas.Get()
	if b == nil {
		return 0, syscalls.ENOMEM
	}
	*b = *a
	if b.file != nil {
		b.file.Mapped()
	}
	b.start, b.end, b.grows = to, to+length, false
	s.insert(b)
	moved := s.present(addr, addr+old, func(va uint64, e *uint64) bool {
		n := s.entry(to+va-addr, true)
		if n == nil {
			return false
		}
		*n, *e = *e, 0
		arch.Invlpg(uintptr(va))
		return true
	})
	if !moved { // what has not been moved is lost, as when there is no memory for it
		s.Unmap(addr, old)
		return 0, syscalls.ENOMEM
	}
	return to, s.Unmap(addr, old)
}

// Present reports whether the page at va has a frame.
func (s *Space) Present(va uint64) bool {
	e, _ := s.lookup(va)
	return e != nil && *e&arch.PTEPresent != 0
}

// Covers is ENOMEM if not all of [lo, hi) is mapped.
func (s *Space) Covers(lo, hi uint64) syscalls.Errno {
	for va := lo; va < hi; {
		a := s.find(va)
		if a == nil {
			return syscalls.ENOMEM
		}
		va = a.end
	}
	return 0
}

// vacant reports whether no area touches [lo, hi).
func (s *Space) vacant(lo, hi uint64) bool {
	for a := s.areas; a != nil && a.start < hi; a = a.next {
		if a.end > lo {
			return false
		}
	}
	return true
}

// Hole32 finds the highest free range that a 32-bit pointer can name; 0 if
// there is none.
func (s *Space) Hole32(length uint64) uint64 { return s.hole(pageUp(length), arch.Layout32.MmapTop) }

// hole finds the highest free range below top; 0 if there is none.
func (s *Space) hole(length, top uint64) uint64 {
	best, lo := uint64(0), uint64(arch.UserBottom)
	for a := s.areas; ; a = a.next {
		hi := top
		if a != nil {
			hi = min(hi, a.start)
		}
		if hi > lo && hi-lo >= length {
			best = hi - length
		}
		if a == nil || a.end >= top {
			return best
		}
		lo = a.end
	}
}

// ScratchSize is the size of the memory that Scratch gives.
const ScratchSize = 128 << 10

// Scratch gives a thread the memory in which its 32-bit system calls are
// translated: at is the address that it got the last time, or 0. If that memory has
// gone, the program may have unmapped it, there is other one; the result is 0 if
// there is no room. It is user memory that the program does not know of.
// EndScratch gives it back.
func (s *Space) Scratch(at uint64) uint64 {
	if s.isScratch(at) {
		return at
	}
	at = s.hole(ScratchSize, s.layout.ScratchTop)
	if at == 0 {
		return 0
	}
	a := areas.Get()
	if a == nil {
		return 0
	}
	a.start, a.end, a.prot, a.scratch = at, at+ScratchSize, syscalls.PROT_READ|syscalls.PROT_WRITE, true
	s.insert(a)
	return at
}

// EndScratch gives back what Scratch has given.
func (s *Space) EndScratch(at uint64) {
	if !s.isScratch(at) {
		return
	}
	s.drop(at, at+ScratchSize)
	p := &s.areas
	for (*p).start != at {
		p = &(*p).next
	}
	a := *p
	*p = a.next
	a.free()
}

func (s *Space) isScratch(at uint64) bool {
	a := s.find(at)
	return a != nil && a.scratch && a.start == at && a.end == at+ScratchSize
}

func (s *Space) insert(a *area) {
	p := &s.areas
	for *p != nil && (*p).start < a.start {
		p = &(*p).next
	}
	a.next, *p = *p, a
}

// splitAt makes va the border of two areas, if it lies inside one. It fails
// for want of memory.
func (s *Space) splitAt(va uint64) bool {
	a := s.find(va)
	if a == nil || a.start == va {
		return true
	}
	b := areas.Get()
	if b == nil {
		return false
	}
	*b = *a
	if b.file != nil {
		b.file.Mapped()
		b.page += (va - a.start) / PageSize
	}
	a.end, b.start = va, va
	b.grows = false
	a.next = b
	return true
}

// Unmap is munmap(2).
func (s *Space) Unmap(addr, length uint64) syscalls.Errno {
	if addr%PageSize != 0 || length == 0 || length > s.layout.End || addr > s.layout.End-pageUp(length) {
		return syscalls.EINVAL
	}
	end := addr + pageUp(length)
	if !s.splitAt(addr) || !s.splitAt(end) {
		return syscalls.ENOMEM
	}
	for p := &s.areas; *p != nil && (*p).start < end; {
		a := *p
		if a.start < addr {
			p = &a.next
			continue
		}
		s.drop(a.start, a.end)
		*p = a.next
		a.free()
	}
	return 0
}

// drop frees the pages of [lo, hi).
func (s *Space) drop(lo, hi uint64) {
	s.present(lo, hi, func(va uint64, e *uint64) bool {
		Free(*e & arch.PTEAddr)
		*e = 0
		arch.Invlpg(uintptr(va))
		return true
	})
}

// Discard makes private memory in [lo, hi) zero, and gives its frames back:
// MADV_DONTNEED of madvise(2). Shared memory stays as it is.
func (s *Space) Discard(lo, hi uint64) syscalls.Errno {
	for va := lo; va < hi; {
		a := s.find(va)
		if a == nil {
			return syscalls.ENOMEM
		}
		if !a.shared {
			s.drop(va, min(a.end, hi))
		}
		va = a.end
	}
	return 0
}

// Protect is mprotect(2).
func (s *Space) Protect(addr, length uint64, prot uint8) syscalls.Errno {
	if addr%PageSize != 0 {
		return syscalls.EINVAL
	}
	if length > s.layout.End || addr > s.layout.End-pageUp(length) {
		return syscalls.ENOMEM
	}
	end := addr + pageUp(length)
	for va := addr; va < end; {
		a := s.find(va)
		if a == nil {
			return syscalls.ENOMEM // as Linux has it, what comes before is changed or not
		}
		if a.fixed && prot&syscalls.PROT_WRITE != 0 {
			return syscalls.EACCES
		}
		va = a.end
	}
	if addr == end {
		return 0
	}
	if !s.splitAt(addr) || !s.splitAt(end) {
		return syscalls.ENOMEM
	}
	for a := s.areas; a != nil && a.start < end; a = a.next {
		if a.start >= addr {
			a.prot = prot
			s.reprotect(a)
		}
	}
	return 0
}

// reprotect gives the pages of an area its rights, as far as they are not
// shared with another task: Fault sees to those.
func (s *Space) reprotect(a *area) {
	s.present(a.start, a.end, func(va uint64, e *uint64) bool {
		pa, f := *e&arch.PTEAddr, pteFlags(a.prot)
		if !a.shared && Refs(pa) > 1 {
			f &^= arch.PTEWrite
		}
		if a.prot == syscalls.PROT_NONE {
			f &^= arch.PTEUser
		}
		*e = pa | f
		arch.Invlpg(uintptr(va))
		return true
	})
}

// SetBrkStart says where the heap begins: behind the program's data.
func (s *Space) SetBrkStart(addr uint64) {
	s.brkStart = pageUp(addr)
	s.brk = s.brkStart
}

// Brk is brk(2): it moves the end of the heap to addr, and returns where the
// end is then, unchanged if it could not be moved.
func (s *Space) Brk(addr uint64) uint64 {
	if addr < s.brkStart || addr >= s.layout.End {
		return s.brk
	}
	old, end := pageUp(s.brk), pageUp(addr)
	switch {
	case end > old:
		if !s.vacant(old, end) {
			return s.brk
		}
		if a := s.find(old - 1); a != nil && old > s.brkStart {
			a.end = end
		} else if _, err := s.Map(old, end-old, syscalls.PROT_READ|syscalls.PROT_WRITE,
			syscalls.MAP_PRIVATE|syscalls.MAP_FIXED); err != 0 {
			return s.brk
		}
	case end < old:
		if s.Unmap(end, old-end) != 0 {
			return s.brk
		}
	}
	s.brk = addr
	return addr
}
