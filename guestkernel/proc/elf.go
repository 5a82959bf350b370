//go:build freestanding

package proc

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

const maxSegs = 16

// elfHeader and progHeader are those of ELF-64 (System V ABI, chapter 4 and 5),
// which those of ELF-32 are made.
type elfHeader struct {
	ident                      [16]byte
	kind, machine              uint16
	version                    uint32
	entry, phoff, shoff        uint64
	flags                      uint32
	ehsize, phentsize, phnum   uint16
	shentsize, shnum, shstrndx uint16
}

type progHeader struct {
	kind, flags                                uint32
	offset, vaddr, paddr, filesz, memsz, align uint64
}

type elfHeader32 struct {
	ident                      [16]byte
	kind, machine              uint16
	version                    uint32
	entry, phoff, shoff        uint32
	flags                      uint32
	ehsize, phentsize, phnum   uint16
	shentsize, shnum, shstrndx uint16
}

type progHeader32 struct {
	kind, offset, vaddr, paddr, filesz, memsz, flags, align uint32
}

const (
	etEXEC, etDYN           = 2, 3
	em386, emX8664          = 3, 62
	class32, class64        = 1, 2
	ptLoad                  = 1
	ptInterp                = 3
	pfX, pfW, pfR           = 1, 2, 4
	maxFileOff              = 1 << 40
	phSize32         uint16 = uint16(unsafe.Sizeof(progHeader32{}))
	phSize64         uint16 = uint16(unsafe.Sizeof(progHeader{}))
)

// readAt fills b from the file at off: ENOEXEC if it is too short.
func readAt(f *fs.Inode, off uint64, b []byte) syscalls.Errno {
	n, err := f.ReadAt(mm.KernelBuf(b), int64(off))
	switch {
	case err != 0:
		return err
	case n != len(b):
		return syscalls.ENOEXEC
	}
	return 0
}

// readHeaders reads and checks the ELF headers of the program that is to be in s.
func readHeaders(s *mm.Space, f *fs.Inode) syscalls.Errno {
	if err := readHeader(s, f); err != 0 {
		return err
	}
	h := &image.hdr
	if h.kind != etEXEC || // static, not position-independent
		h.phnum == 0 || h.phnum > maxSegs || h.phoff > maxFileOff {
		return syscalls.ENOEXEC
	}
	if err := readSegments(s, f); err != 0 {
		return err
	}
	end := uint64(0)
	limit := s.StackTop() - mm.StackLimit
	for i := range image.segs[:h.phnum] {
		p := &image.segs[i]
		switch p.kind {
		case ptInterp:
			return syscalls.ENOEXEC // dynamic programs need a loader that is not there
		case ptLoad:
			if p.filesz > p.memsz || p.vaddr < arch.UserBottom || p.vaddr < end ||
				p.memsz > limit || p.vaddr > limit-p.memsz || p.offset > maxFileOff {
				return syscalls.ENOEXEC
			}
			end = p.vaddr + p.memsz
		}
	}
	if end == 0 {
		return syscalls.ENOEXEC
	}
	return 0
}

// readHeader reads the file's header into image.hdr.
func readHeader(s *mm.Space, f *fs.Inode) syscalls.Errno {
	h := &image.hdr
	b := unsafe.Slice((*byte)(unsafe.Pointer(h)), unsafe.Sizeof(*h))
	n := unsafe.Sizeof(elfHeader32{})
	if err := readAt(f, 0, b[:n]); err != 0 {
		return err
	}
	if h.ident[0] != 0x7f || h.ident[1] != 'E' || h.ident[2] != 'L' || h.ident[3] != 'F' || h.ident[5] != 1 {
		return syscalls.ENOEXEC
	}
	switch {
	case h.ident[4] == class32 && h.machine == em386:
		s.Narrow()
		n := *(*elfHeader32)(unsafe.Pointer(h))
		h.entry, h.phoff, h.phentsize, h.phnum = uint64(n.entry), uint64(n.phoff), n.phentsize, n.phnum
		if h.phentsize != phSize32 {
			return syscalls.ENOEXEC
		}
	case h.ident[4] == class64 && h.machine == emX8664 && arch.Has64:
		if err := readAt(f, uint64(n), b[n:]); err != 0 {
			return err
		}
		if h.phentsize != phSize64 {
			return syscalls.ENOEXEC
		}
	default:
		return syscalls.ENOEXEC
	}
	return 0
}

// readSegments reads the program headers into image.segs.
func readSegments(s *mm.Space, f *fs.Inode) syscalls.Errno {
	h := &image.hdr
	b := unsafe.Slice((*byte)(unsafe.Pointer(&image.segs)), unsafe.Sizeof(image.segs))
	if err := readAt(f, h.phoff, b[:h.phnum*h.phentsize]); err != 0 || !s.IsNarrow() {
		return err
	}
	// In place, from the last one on: the new ones are larger.
	for i := int(h.phnum) - 1; i >= 0; i-- {
		n := *(*progHeader32)(unsafe.Pointer(&b[i*int(phSize32)]))
		image.segs[i] = progHeader{
			kind: n.kind, flags: n.flags, offset: uint64(n.offset), vaddr: uint64(n.vaddr),
			filesz: uint64(n.filesz), memsz: uint64(n.memsz),
		}
	}
	return 0
}

// loadSegment maps one segment and reads it. Its first page may be the last
// one of the segment before, which ended at prev.
func loadSegment(s *mm.Space, f *fs.Inode, p *progHeader, prev uint64) syscalls.Errno {
	lo := p.vaddr &^ (mm.PageSize - 1)
	hi := (p.vaddr + p.memsz + mm.PageSize - 1) &^ (mm.PageSize - 1)
	lo = max(lo, (prev+mm.PageSize-1)&^(mm.PageSize-1))
	prot := uint8(0)
	if p.flags&pfR != 0 {
		prot |= syscalls.PROT_READ
	}
	if p.flags&pfW != 0 {
		prot |= syscalls.PROT_WRITE
	}
	if p.flags&pfX != 0 {
		prot |= syscalls.PROT_EXEC
	}
	if hi > lo {
		if _, err := s.Map(lo, hi-lo, prot, syscalls.MAP_PRIVATE|syscalls.MAP_FIXED); err != 0 {
			return err
		}
	}
	for done := uint64(0); done < p.filesz; {
		n := min(p.filesz-done, mm.PageSize)
		b := image.buf[:n]
		if err := readAt(f, p.offset+done, b); err != 0 {
			return err
		}
		if err := s.WriteAt(p.vaddr+done, b); err != 0 {
			return err
		}
		done += n
	}
	return 0
}
