package vm

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

const (
	// The PVH entry note (Xen, xen/include/public/elfnote.h).
	noteName        = "Xen"
	notePhys32Entry = 18

	maxProgramHeaders = 64
)

// kernelImage is a kernel as the loader has read it.
type kernelImage struct {
	entry uint32 // physical, in 32-bit protected mode
	// multiboot says that it is entered as Multiboot has it, and not as PVH.
	multiboot bool
	segments  []segment
}

// segment is one PT_LOAD: data, then zeros up to size.
type segment struct {
	addr, size uint64 // physical
	data       []byte
}

func (s segment) end() uint64 { return s.addr + s.size }

// parseKernel reads a kernel image: an x86 ELF file, of 32 or 64 bits, that
// has a PVH entry, or any file with a Multiboot header. Each error is one line
// that a person can act on. Only the program headers count; debug/elf is not
// asked to read the file because it insists on section headers, which a kernel
// image need not have.
func parseKernel(image []byte) (*kernelImage, error) {
	mb := findMultiboot(image)
	progs, err := programHeaders(image)
	if err != nil {
		if mb != nil {
			return mb.multiboot(image)
		}
		return nil, err
	}
	k := &kernelImage{}
	entry, err := k.load(image, progs)
	switch {
	case err != nil:
		return nil, err
	case entry >= 0:
		k.entry = uint32(entry)
		return k, k.checkEntry("PVH")
	case mb != nil:
		return mb.multiboot(image)
	}
	return nil, errors.New("the kernel has no PVH entry (the ELF note Xen, type 18) and no Multiboot header: for Linux, build a vmlinux with CONFIG_PVH=y")
}

// load reads the segments of an ELF file, and the PVH entry, -1 if there is
// none.
func (k *kernelImage) load(image []byte, progs []elf.Prog64) (entry int64, err error) {
	entry = -1
	for i, p := range progs {
		switch elf.ProgType(p.Type) {
		case elf.PT_LOAD, elf.PT_NOTE:
		default:
			continue
		}
		if p.Off > uint64(len(image)) || p.Filesz > uint64(len(image))-p.Off {
			return -1, fmt.Errorf("the file is truncated: program header %d wants %d bytes at %d of %d", i, p.Filesz, p.Off, len(image))
		}
		data := image[p.Off : p.Off+p.Filesz]
		if elf.ProgType(p.Type) == elf.PT_NOTE {
			if e, ok := phys32Entry(data, p.Align); ok {
				entry = int64(e)
			}
			continue
		}
		if p.Memsz == 0 {
			continue
		}
		if p.Filesz > p.Memsz {
			return -1, fmt.Errorf("program header %d has more bytes in the file (%d) than in memory (%d)", i, p.Filesz, p.Memsz)
		}
		if p.Paddr+p.Memsz < p.Paddr {
			return -1, fmt.Errorf("the segment of program header %d wraps round: %#x bytes at %#x", i, p.Memsz, p.Paddr)
		}
		k.segments = append(k.segments, segment{p.Paddr, p.Memsz, data})
	}
	if len(k.segments) == 0 {
		return -1, errors.New("the file has nothing to load: no PT_LOAD program header")
	}
	slices.SortFunc(k.segments, func(a, b segment) int { return cmp.Compare(a.addr, b.addr) })
	for i, s := range k.segments[1:] {
		if before := k.segments[i]; s.addr < before.end() {
			return -1, fmt.Errorf("segments overlap: %#x to %#x, and %#x to %#x", before.addr, before.end(), s.addr, s.end())
		}
	}
	return entry, nil
}

// checkEntry reports an entry that is in no segment.
func (k *kernelImage) checkEntry(what string) error {
	entry := uint64(k.entry)
	if !slices.ContainsFunc(k.segments, func(s segment) bool { return entry >= s.addr && entry < s.end() }) {
		return fmt.Errorf("the %s entry %#x is outside every segment", what, entry)
	}
	return nil
}

// programHeaders reads an ELF file's program headers, in 64-bit form.
func programHeaders(image []byte) ([]elf.Prog64, error) {
	if len(image) < elf.EI_NIDENT || !bytes.HasPrefix(image, []byte(elf.ELFMAG)) {
		if bytes.HasPrefix(image, []byte("MZ")) || len(image) > 0x206 && string(image[0x202:0x206]) == "HdrS" {
			return nil, errors.New("this is a bzImage: give the vmlinux it was made of (scripts/extract-vmlinux)")
		}
		return nil, errors.New("not an ELF file")
	}
	if elf.Data(image[elf.EI_DATA]) != elf.ELFDATA2LSB {
		return nil, errors.New("a big-endian ELF file: not for x86")
	}
	le := binary.LittleEndian
	var h elf.Header64
	size := 0
	class := elf.Class(image[elf.EI_CLASS])
	switch class {
	case elf.ELFCLASS64:
		if _, err := binary.Decode(image, le, &h); err != nil {
			return nil, errTruncatedHeader
		}
		size = binary.Size(elf.Prog64{})
	case elf.ELFCLASS32:
		var h32 elf.Header32
		if _, err := binary.Decode(image, le, &h32); err != nil {
			return nil, errTruncatedHeader
		}
		h = elf.Header64{Machine: h32.Machine, Phoff: uint64(h32.Phoff), Phentsize: h32.Phentsize, Phnum: h32.Phnum}
		size = binary.Size(elf.Prog32{})
	default:
		return nil, fmt.Errorf("an ELF file of unknown class %d", class)
	}
	if m := elf.Machine(h.Machine); m != elf.EM_386 && m != elf.EM_X86_64 {
		return nil, fmt.Errorf("an ELF file for %v: not for x86", m)
	}
	if h.Phnum > maxProgramHeaders {
		return nil, fmt.Errorf("%d program headers: at most %d are read", h.Phnum, maxProgramHeaders)
	}
	if h.Phnum > 0 && int(h.Phentsize) != size {
		return nil, fmt.Errorf("program headers of %d bytes: they have %d", h.Phentsize, size)
	}
	if n := uint64(h.Phnum) * uint64(size); h.Phoff > uint64(len(image)) || n > uint64(len(image))-h.Phoff {
		return nil, errors.New("the file is truncated: its program headers are not in it")
	}
	progs := make([]elf.Prog64, h.Phnum)
	for i := range progs {
		b := image[h.Phoff+uint64(i*size):]
		if class == elf.ELFCLASS64 {
			binary.Decode(b, le, &progs[i])
			continue
		}
		var p elf.Prog32
		binary.Decode(b, le, &p)
		progs[i] = elf.Prog64{
			Type: p.Type, Flags: p.Flags, Off: uint64(p.Off), Vaddr: uint64(p.Vaddr), Paddr: uint64(p.Paddr),
			Filesz: uint64(p.Filesz), Memsz: uint64(p.Memsz), Align: uint64(p.Align),
		}
	}
	return progs, nil
}

var errTruncatedHeader = errors.New("the file is truncated: its ELF header is not whole")

// phys32Entry finds the PVH entry among a segment's notes. Name and
// description are padded to 4 bytes, or to 8 where the segment says so.
func phys32Entry(b []byte, align uint64) (uint32, bool) {
	if align != 8 {
		align = 4
	}
	le := binary.LittleEndian
	padded := func(n uint32) uint64 { return (uint64(n) + align - 1) &^ (align - 1) }
	for len(b) >= 12 {
		nameSize, descSize, kind := le.Uint32(b), le.Uint32(b[4:]), le.Uint32(b[8:])
		// The header has 12 bytes and counts in the name's padding.
		desc := (12 + uint64(nameSize) + align - 1) &^ (align - 1)
		if desc > uint64(len(b)) || uint64(descSize) > uint64(len(b))-desc {
			return 0, false
		}
		name := bytes.TrimRight(b[12:12+uint64(nameSize)], "\x00")
		if kind == notePhys32Entry && string(name) == noteName && descSize >= 4 {
			return le.Uint32(b[desc:]), true
		}
		b = b[min(uint64(len(b)), desc+padded(descSize)):]
	}
	return 0, false
}
