package builder

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// Debug makes the file for debuggers of a kernel's ELF file: its sections,
// symbols and DWARF, without the contents of memory, which the machine has. The
// file is compressed, so that the zeros in their place take no room.
func Debug(kernel []byte) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(kernel))
	if err != nil {
		return nil, fmt.Errorf("the kernel: %w", err)
	}
	le := binary.LittleEndian
	// Where the section headers are, and how long one is (ELF, figure 1-3).
	var table uint64
	var size uint16
	if f.Class == elf.ELFCLASS64 {
		table, size = le.Uint64(kernel[40:]), le.Uint16(kernel[58:])
	} else {
		table, size = uint64(le.Uint32(kernel[32:])), le.Uint16(kernel[46:])
	}
	out := bytes.Clone(kernel)
	for i, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_NULL {
			continue
		}
		clear(out[s.Offset : s.Offset+s.FileSize])
		le.PutUint32(out[table+uint64(i)*uint64(size)+4:], uint32(elf.SHT_NOBITS))
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	z.Write(out) // to memory: it cannot fail
	z.Close()
	return packed.Bytes(), nil
}
