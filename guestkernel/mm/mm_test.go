//go:build !freestanding

package mm

import (
	"bytes"
	"testing"

	"sysindvm/guestkernel/arch"
	"sysindvm/syscalls"
)

const (
	rw      = syscalls.PROT_READ | syscalls.PROT_WRITE
	private = syscalls.MAP_PRIVATE | syscalls.MAP_ANONYMOUS
	fixed   = private | syscalls.MAP_FIXED
	at      = 0x400000
)

// read is what s has at an address; nil where there is no page.
func (s *Space) read(va uint64, n int) []byte {
	e := s.entry(va, false)
	if e == nil || *e&arch.PTEPresent == 0 {
		return nil
	}
	p := (*Page)(arch.Virt(*e & arch.PTEAddr))
	return p[va%PageSize:][:n]
}

func TestFrames(t *testing.T) {
	Init(PageSize, 64*PageSize)
	total := Total()
	var all []uint64
	for pa := Alloc(); pa != 0; pa = Alloc() {
		(*Page)(arch.Virt(pa))[7] = 7
		all = append(all, pa)
	}
	if len(all) != total || Used() != total {
		t.Errorf("%d frames, used %d, of %d", len(all), Used(), total)
	}
	for _, pa := range all {
		Free(pa)
	}
	if pa := Alloc(); Used() != 1 || (*Page)(arch.Virt(pa))[7] != 0 {
		t.Error("a frame comes back with what was in it")
	}
}

func TestPool(t *testing.T) {
	var p Pool[[3]uint64]
	seen := map[*[3]uint64]bool{}
	for range 1000 {
		e := p.Get()
		if seen[e] || *e != [3]uint64{} {
			t.Fatal("an object twice, or not zero")
		}
		seen[e] = true
		*e = [3]uint64{1, 2, 3}
	}
	for e := range seen {
		p.Put(e)
	}
	if e := p.Get(); !seen[e] || *e != [3]uint64{} || p.Used() != 1 {
		t.Errorf("used %d, %v", p.Used(), *e)
	}
}

func TestMap(t *testing.T) {
	Init(PageSize, arch.HostMemory)
	for _, tt := range []struct {
		name  string
		addr  uint64
		n     uint64
		flags uint32
		want  uint64
		err   syscalls.Errno
	}{
		{"no length", 0, 0, private, 0, syscalls.EINVAL},
		{"neither shared nor private", 0, 1, syscalls.MAP_ANONYMOUS, 0, syscalls.EINVAL},
		{"too long", 0, 1 << 60, private, 0, syscalls.ENOMEM},
		{"fixed, not aligned", at + 1, 1, fixed, 0, syscalls.EINVAL},
		{"fixed, too low", 0x1000, 1, fixed, 0, syscalls.EPERM},
		{"fixed, past the end", arch.UserTop - PageSize, 2 * PageSize, fixed, 0, syscalls.ENOMEM},
		{"fixed", at, 1, fixed, at, 0},
		{"fixed over it", at, 1, fixed, at, 0},
		{"not over it", at, 1, fixed | syscalls.MAP_FIXED_NOREPLACE, 0, syscalls.EEXIST},
		{"a hint that is free", at + 0x10000, 1, private, at + 0x10000, 0},
		{"a hint that is not", at, 1, private, arch.Layout.MmapTop - PageSize, 0},
		{"below the one before", 0, 2 * PageSize, private, arch.Layout.MmapTop - 3*PageSize, 0},
	} {
		if tt.name == "no length" {
			space = NewSpace()
		}
		got, err := space.Map(tt.addr, tt.n, rw, tt.flags)
		if got != tt.want || err != tt.err {
			t.Errorf("%s: %#x, %v; want %#x, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}

var space *Space

func TestFaults(t *testing.T) {
	Init(PageSize, arch.HostMemory)
	s := NewSpace()
	s.Map(at, 2*PageSize, rw, fixed)
	s.Map(at+2*PageSize, PageSize, syscalls.PROT_READ, fixed)
	s.Map(arch.Layout.StackTop-PageSize, PageSize, rw, fixed|syscalls.MAP_GROWSDOWN)
	for _, tt := range []struct {
		name        string
		va          uint64
		write, exec bool
		want        bool
	}{
		{"nothing there", at - 1, false, false, false},
		{"nil", 0, false, false, false},
		{"read", at, false, false, true},
		{"write", at + PageSize, true, false, true},
		{"execute", at, false, true, false},
		{"write what is to be read", at + 2*PageSize, true, false, false},
		{"the stack grows", arch.Layout.StackTop - 100*PageSize, true, false, true},
		{"but not for ever", arch.Layout.StackTop - StackLimit - PageSize, true, false, false},
		{"the kernel", 1 << 63, false, false, false},
	} {
		if got := s.Fault(tt.va, tt.write, tt.exec); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	used := Used()
	if err := s.Unmap(at, 3*PageSize); err != 0 || Used() != used-2 {
		t.Errorf("unmap: %v, %d frames freed", err, used-Used())
	}
	if s.Fault(at, false, false) {
		t.Error("a page of what was unmapped")
	}
}

// After a fork both have the same bytes, in one frame, until one writes.
func TestForkCopiesOnWrite(t *testing.T) {
	Init(PageSize, arch.HostMemory)
	before := Used()
	a := NewSpace()
	a.Map(at, 4*PageSize, rw, fixed)
	a.Map(at+8*PageSize, PageSize, rw, syscalls.MAP_SHARED|syscalls.MAP_ANONYMOUS|syscalls.MAP_FIXED)
	a.WriteAt(at+100, []byte("parent"))
	used := Used()
	b := a.Fork()
	if *a.entry(at, false) != *b.entry(at, false) || *a.entry(at, false)&arch.PTEWrite != 0 {
		t.Error("the page is not shared for reading")
	}
	if Used() >= 2*used {
		t.Errorf("%d frames after the fork, %d before: it copies", Used(), used)
	}
	if !b.Fault(at, true, false) {
		t.Fatal("the child cannot write")
	}
	copy(b.read(at+100, 6), "child!")
	if !bytes.Equal(a.read(at+100, 6), []byte("parent")) {
		t.Error("the parent sees what the child wrote")
	}
	if !a.Fault(at, true, false) || *a.entry(at, false)&arch.PTEWrite == 0 {
		t.Error("the parent, alone with the page, cannot write it")
	}
	a.WriteAt(at+8*PageSize, []byte("both"))
	if !bytes.Equal(b.read(at+8*PageSize, 4), []byte("both")) {
		t.Error("shared memory is not")
	}
	a.Release()
	b.Release()
	if Used() != before {
		t.Errorf("%d frames are left", Used()-before)
	}
}

// What is mapped but not touched costs nothing, however large it is.
func TestHugeAreas(t *testing.T) {
	Init(PageSize, arch.HostMemory)
	s := NewSpace()
	const huge = 100 << 40
	addr, err := s.Map(0, huge, rw, private)
	if err != 0 {
		t.Fatal(err)
	}
	s.WriteAt(addr+huge/2, []byte("here"))
	c := s.Fork()
	if !bytes.Equal(c.read(addr+huge/2, 4), []byte("here")) {
		t.Error("the child has not got the one page that there is")
	}
	if err := s.Protect(addr, huge, syscalls.PROT_READ); err != 0 || s.Fault(addr, true, false) {
		t.Error(err)
	}
	used := Used()
	if err := s.Unmap(addr, huge); err != 0 {
		t.Error(err)
	}
	if c.Release(); Used() >= used {
		t.Error("nothing was freed")
	}
}

// Memory in which calls are translated: out of a 32-bit program's reach, its own
// in each thread, and nothing of it in a child.
func TestScratch(t *testing.T) {
	Init(PageSize, arch.HostMemory)
	before := Used()
	s := NewSpace()
	s.Narrow()
	one, two := s.Scratch(0), s.Scratch(0)
	if one < 1<<32 || two < 1<<32 || one == two || s.Scratch(one) != one || s.Scratch(two) != two {
		t.Fatalf("%#x %#x", one, two)
	}
	if !s.Fault(one, true, false) || !s.Fault(one+ScratchSize-1, true, false) || s.Fault(one, false, true) {
		t.Error("it cannot be written, or it can be executed")
	}
	if err := s.Unmap(one, ScratchSize); err == 0 {
		t.Error("a 32-bit program has unmapped it")
	}
	c := s.Fork()
	if c.isScratch(one) || c.read(one, 1) != nil {
		t.Error("a child has it")
	}
	c.Release()
	s.EndScratch(one)
	s.EndScratch(one)
	if s.isScratch(one) || !s.isScratch(two) || s.Scratch(one) == 0 {
		t.Error("the wrong one has been given back")
	}
	s.Release()
	if Used() != before {
		t.Errorf("%d frames are lost", Used()-before)
	}
	// A 64-bit program may unmap it: then there is another.
	s = NewSpace()
	one = s.Scratch(0)
	if err := s.Unmap(one+PageSize, PageSize); err != 0 {
		t.Fatal(err)
	}
	if two := s.Scratch(one); two == 0 || two == one {
		t.Errorf("%#x after %#x", two, one)
	}
	s.EndScratch(one)
	s.Release()
}

func TestProtect(t *testing.T) {
	Init(PageSize, arch.HostMemory)
	s := NewSpace()
	s.Map(at, 4*PageSize, rw, fixed)
	s.WriteAt(at, make([]byte, 4*PageSize))
	if err := s.Protect(at+PageSize, 2*PageSize, syscalls.PROT_READ); err != 0 {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, false, true} {
		if got := s.Fault(at+uint64(i)*PageSize, true, false); got != want {
			t.Errorf("page %d: writable %v", i, got)
		}
	}
	if err := s.Protect(at, 5*PageSize, rw); err != syscalls.ENOMEM {
		t.Errorf("past the end: %v", err)
	}
}

func TestBrk(t *testing.T) {
	Init(PageSize, arch.HostMemory)
	s := NewSpace()
	s.SetBrkStart(at + 1)
	start := s.Brk(0)
	if start != at+PageSize {
		t.Fatalf("the heap begins at %#x", start)
	}
	if got := s.Brk(start + 10000); got != start+10000 || !s.Fault(start+9999, true, false) || s.Fault(start+3*PageSize, true, false) {
		t.Errorf("grown to %#x", got)
	}
	if got := s.Brk(start + 1); got != start+1 || s.Fault(start+PageSize, true, false) {
		t.Errorf("shrunk to %#x", got)
	}
	s.Map(start+4*PageSize, PageSize, rw, fixed)
	if got := s.Brk(start + 6*PageSize); got != start+1 {
		t.Errorf("grown into what is mapped: %#x", got)
	}
}

var heap [14]byte

func TestBuf(t *testing.T) {
	// A Buf is an address: what it means must not move.
	k, got := heap[:10], heap[10:14]
	copy(k, "0123456789")
	b := KernelBuf(k)
	if n, err := b.Read(3, got); n != 4 || err != 0 || string(got) != "3456" {
		t.Errorf("%d, %v, %q", n, err, got)
	}
	if n, err := b.Write(8, []byte("xyz")); n != 0 || err != syscalls.EFAULT {
		t.Errorf("past the end: %d, %v", n, err)
	}
	if n, err := b.Slice(2, 100).Write(0, []byte("ab")); n != 2 || err != 0 || string(k) != "01ab456789" {
		t.Errorf("%d, %v, %q", n, err, k)
	}
	for _, r := range [][2]uintptr{{arch.UserTop, 1}, {arch.UserTop - 1, 2}, {^uintptr(0), 2}, {1, ^uintptr(0)}} {
		if UserRange(r[0], r[1]) {
			t.Errorf("%#x is user space", r)
		}
	}
}
