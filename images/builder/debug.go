package builder

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// Debug makes the file for debuggers of the kernel's ELF file: its sections,
// symbols and DWARF, without the contents of memory, which the machine has; the
// file is compressed.
func Debug(kernel []byte) ([]byte, error) {
	const headerSize, sectionSize = 64, 64
	le := binary.LittleEndian
	var h elf.Header64
	if err := binary.Read(bytes.NewReader(kernel), le, &h); err != nil {
		return nil, fmt.Errorf("the kernel: %w", err)
	}
	// The program headers stay where they are, behind the header.
	end := h.Phoff + uint64(h.Phentsize)*uint64(h.Phnum)
	if h.Shentsize != sectionSize || h.Phoff < headerSize || end > uint64(len(kernel)) ||
		h.Shoff+uint64(h.Shnum)*sectionSize > uint64(len(kernel)) {
		return nil, fmt.Errorf("the kernel: headers of an unknown size")
	}
	sections := make([]elf.Section64, h.Shnum)
	if err := binary.Read(bytes.NewReader(kernel[h.Shoff:]), le, &sections); err != nil {
		return nil, fmt.Errorf("the kernel: %w", err)
	}
	out := bytes.NewBuffer(make([]byte, end))
	for i := range sections {
		s := &sections[i]
		switch {
		case s.Type == uint32(elf.SHT_NULL), s.Type == uint32(elf.SHT_NOBITS):
		case s.Flags&uint64(elf.SHF_ALLOC) != 0:
			s.Type = uint32(elf.SHT_NOBITS)
		default:
			if s.Off > uint64(len(kernel)) || s.Size > uint64(len(kernel))-s.Off {
				return nil, fmt.Errorf("the kernel: section %d is outside the file", i)
			}
			data := kernel[s.Off : s.Off+s.Size]
			out.Write(make([]byte, -out.Len()&15))
			s.Off = uint64(out.Len())
			out.Write(data)
		}
	}
	out.Write(make([]byte, -out.Len()&15))
	h.Shoff = uint64(out.Len())
	binary.Write(out, le, sections)
	b := out.Bytes()
	var head bytes.Buffer
	binary.Write(&head, le, h)
	copy(b, head.Bytes())
	copy(b[headerSize:end], kernel[headerSize:end])

	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	z.Write(b) // to memory: it cannot fail
	z.Close()
	return packed.Bytes(), nil
}
