package builder

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
)

// kernelBase is where a kernel sees physical address 0.
var kernelBase = map[elf.Machine]uint64{elf.EM_X86_64: 0xffffffff80000000, elf.EM_386: 0xc0000000}

// The PVH entry note (Xen, xen/include/public/elfnote.h).
const (
	noteName        = "Xen\x00"
	notePhys32Entry = 18
)

const pageSize = 4096

// dropped are the sections that nobody reads in memory.
var dropped = map[string]bool{
	".gopclntab": true, ".typelink": true, ".itablink": true, ".go.buildinfo": true,
	".note.go.buildid": true, ".note.gnu.build-id": true,
}

// segment is something to load: data, then zeros up to size.
type segment struct {
	vaddr, paddr, size uint64
	flags              uint32
	data               []byte
}

// PVH makes a bootable image of the kernel's ELF file and of that of the
// 32-bit entry code, which is loaded at the addresses it is linked at.
func PVH(kernel, boot32 []byte) ([]byte, error) {
	kf, err := elf.NewFile(bytes.NewReader(kernel))
	if err != nil {
		return nil, fmt.Errorf("the kernel: %w", err)
	}
	bf, err := elf.NewFile(bytes.NewReader(boot32))
	if err != nil {
		return nil, fmt.Errorf("the 32-bit entry: %w", err)
	}
	ks, err := segments(kf, kernelBase[kf.Machine])
	if err != nil {
		return nil, fmt.Errorf("the kernel: %w", err)
	}
	bs, err := segments(bf, 0)
	if err != nil {
		return nil, fmt.Errorf("the 32-bit entry: %w", err)
	}
	if err := patchEntry(bf, bs, kf.Entry); err != nil {
		return nil, fmt.Errorf("the 32-bit entry: %w", err)
	}
	return writeImage(kf.Class, bf.Entry, kf.Entry, append(bs, ks...)), nil
}

// segments are a file's segments, without what is dropped at their ends.
func segments(f *elf.File, base uint64) ([]segment, error) {
	var all []segment
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		lo, hi, end := ^uint64(0), uint64(0), uint64(0) // end is where the file's data end
		for _, s := range f.Sections {
			if s.Flags&elf.SHF_ALLOC == 0 || s.Size == 0 || dropped[s.Name] || s.Addr < p.Vaddr || s.Addr+s.Size > p.Vaddr+p.Memsz {
				continue
			}
			lo, hi = min(lo, s.Addr), max(hi, s.Addr+s.Size)
			if s.Type != elf.SHT_NOBITS {
				end = max(end, s.Addr+s.Size)
			}
		}
		if hi == 0 {
			continue
		}
		g := segment{vaddr: lo, paddr: lo - base, size: hi - lo, flags: uint32(p.Flags)}
		if end > lo {
			g.data = make([]byte, end-lo)
			if _, err := p.ReadAt(g.data, int64(lo-p.Vaddr)); err != nil {
				return nil, err
			}
		}
		all = append(all, g)
	}
	return all, nil
}

// patchEntry tells the 32-bit code where the kernel's entry is.
func patchEntry(f *elf.File, segs []segment, entry uint64) error {
	const name = "runtime.kentry"
	symbols, err := f.Symbols()
	if err != nil {
		return err
	}
	for _, y := range symbols {
		if y.Name != name {
			continue
		}
		for _, s := range segs {
			if off := y.Value - s.vaddr; y.Value >= s.vaddr && off+8 <= uint64(len(s.data)) {
				binary.LittleEndian.PutUint64(s.data[off:], entry)
				return nil
			}
		}
	}
	return errors.New("no variable " + name + " with a value")
}

// writeImage writes the ELF file: its header, the program headers, the note,
// and the segments' pages.
func writeImage(class elf.Class, entry32, entry uint64, segs []segment) []byte {
	headerSize, progSize := 64, 56
	if class == elf.ELFCLASS32 {
		headerSize, progSize = 52, 32
	}
	var note bytes.Buffer
	le := binary.LittleEndian
	binary.Write(&note, le, []uint32{uint32(len(noteName)), 8, notePhys32Entry})
	note.WriteString(noteName)
	binary.Write(&note, le, entry32)

	var o bytes.Buffer
	writeHeader(&o, class, entry, headerSize, progSize, 1+len(segs))
	noteSize := uint64(note.Len())
	noteAt := uint64(headerSize + progSize*(1+len(segs)))
	writeProg(&o, class, elf.Prog64{Type: uint32(elf.PT_NOTE), Off: noteAt, Filesz: noteSize, Memsz: noteSize, Align: 4})
	// A segment lies in the file at its address modulo the page size.
	at := (noteAt + noteSize + pageSize - 1) &^ (pageSize - 1)
	offsets := make([]uint64, len(segs))
	for i, s := range segs {
		offsets[i] = at + s.vaddr%pageSize
		at = (offsets[i] + uint64(len(s.data)) + pageSize - 1) &^ (pageSize - 1)
		writeProg(&o, class, elf.Prog64{
			Type: uint32(elf.PT_LOAD), Flags: s.flags, Off: offsets[i], Vaddr: s.vaddr, Paddr: s.paddr,
			Filesz: uint64(len(s.data)), Memsz: s.size, Align: pageSize,
		})
	}
	o.Write(note.Bytes())
	for i, s := range segs {
		o.Write(make([]byte, offsets[i]-uint64(o.Len())))
		o.Write(s.data)
	}
	return o.Bytes()
}

func writeHeader(o *bytes.Buffer, class elf.Class, entry uint64, headerSize, progSize, progs int) {
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: entry,
		Phoff: uint64(headerSize), Ehsize: uint16(headerSize), Phentsize: uint16(progSize), Phnum: uint16(progs),
	}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(class), byte(elf.ELFDATA2LSB), 1
	if class != elf.ELFCLASS32 {
		binary.Write(o, binary.LittleEndian, h)
		return
	}
	binary.Write(o, binary.LittleEndian, elf.Header32{
		Ident: h.Ident, Type: h.Type, Machine: uint16(elf.EM_386), Version: 1, Entry: uint32(entry),
		Phoff: uint32(h.Phoff), Ehsize: h.Ehsize, Phentsize: h.Phentsize, Phnum: h.Phnum,
	})
}

func writeProg(o *bytes.Buffer, class elf.Class, p elf.Prog64) {
	if class != elf.ELFCLASS32 {
		binary.Write(o, binary.LittleEndian, p)
		return
	}
	binary.Write(o, binary.LittleEndian, elf.Prog32{
		Type: p.Type, Off: uint32(p.Off), Vaddr: uint32(p.Vaddr), Paddr: uint32(p.Paddr),
		Filesz: uint32(p.Filesz), Memsz: uint32(p.Memsz), Flags: p.Flags, Align: uint32(p.Align),
	})
}
