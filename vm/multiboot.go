package vm

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"

	"sysindvm/cpu"
)

// Multiboot, version 1 (gnu.org/software/grub/manual/multiboot): a header in
// the first 8 KiB of a kernel, and a table that EBX points to when it is
// entered.
const (
	mbHeaderMagic = 0x1badb002
	mbLoaderMagic = 0x2badb002
	mbSearch      = 8192

	mbPageAlign = 1 << 0 // of modules
	mbMemory    = 1 << 1 // the table must have the memory's size
	mbVideo     = 1 << 2
	mbAddresses = 1 << 16 // the header says where to load the file
	mbMustKnow  = 0xffff

	// The table's fields, by its flags.
	mbInfoMemory  = 1 << 0
	mbInfoCmdline = 1 << 2
	mbInfoModules = 1 << 3
	mbInfoMap     = 1 << 6
	mbInfoLoader  = 1 << 9

	mbModules = bootInfo + 0x80
	mbMap     = bootInfo + 0xa0
	mbName    = bootInfo + 0x100
	mbName0   = "sysindvm"

	lowMemory  = 0x9fc00 // below this a PC has RAM; above it, up to 1 MiB, nothing is promised
	highMemory = 1 << 20
)

// mbHeader is the header, and where in the file it is.
type mbHeader struct {
	at                                   int
	flags                                uint32
	header, load, loadEnd, bssEnd, entry uint32
}

// findMultiboot finds the header; nil if there is none.
func findMultiboot(image []byte) *mbHeader {
	le := binary.LittleEndian
	for at := 0; at+12 <= min(len(image), mbSearch); at += 4 {
		magic, flags, sum := le.Uint32(image[at:]), le.Uint32(image[at+4:]), le.Uint32(image[at+8:])
		if magic != mbHeaderMagic || magic+flags+sum != 0 {
			continue
		}
		h := &mbHeader{at: at, flags: flags}
		if flags&mbAddresses != 0 && at+32 <= len(image) {
			for i, p := range []*uint32{&h.header, &h.load, &h.loadEnd, &h.bssEnd, &h.entry} {
				*p = le.Uint32(image[at+12+4*i:])
			}
		}
		return h
	}
	return nil
}

// multiboot reads the image that has the header.
func (h *mbHeader) multiboot(image []byte) (*kernelImage, error) {
	if unknown := h.flags & mbMustKnow &^ (mbPageAlign | mbMemory | mbVideo); unknown != 0 {
		return nil, fmt.Errorf("the Multiboot header asks for what this machine does not have (flags %#x)", unknown)
	}
	if h.flags&mbVideo != 0 {
		return nil, errors.New("the Multiboot header asks for graphics: this machine has none")
	}
	if h.flags&mbAddresses == 0 {
		return h.elf(image)
	}
	skip := int64(h.header) - int64(h.load)
	from := int64(h.at) - skip
	if skip < 0 || from < 0 {
		return nil, fmt.Errorf("the Multiboot header at %d of the file is to be at %#x, and the file's beginning at %#x: that cannot be", h.at, h.header, h.load)
	}
	data := image[from:]
	if h.loadEnd != 0 {
		n := int64(h.loadEnd) - int64(h.load)
		if n < 0 || n > int64(len(data)) {
			return nil, fmt.Errorf("the file is truncated: its Multiboot header wants %d bytes at %d of %d", n, from, len(image))
		}
		data = data[:n]
	}
	s := segment{addr: uint64(h.load), size: uint64(len(data)), data: data}
	if h.bssEnd != 0 {
		s.size = max(s.size, uint64(h.bssEnd)-min(uint64(h.bssEnd), s.addr))
	}
	k := &kernelImage{entry: h.entry, segments: []segment{s}, multiboot: true}
	return k, k.checkEntry("Multiboot")
}

// elf reads an ELF file that has no addresses in its Multiboot header.
func (h *mbHeader) elf(image []byte) (*kernelImage, error) {
	progs, err := programHeaders(image)
	if err != nil {
		return nil, err
	}
	k := &kernelImage{multiboot: true}
	if _, err := k.load(image, progs); err != nil {
		return nil, err
	}
	entry := elfEntry(image)
	k.entry = uint32(entry)
	for _, p := range progs { // it is a virtual address
		if elf.ProgType(p.Type) == elf.PT_LOAD && entry-p.Vaddr < p.Memsz {
			k.entry = uint32(entry - p.Vaddr + p.Paddr)
		}
	}
	return k, k.checkEntry("Multiboot")
}

// elfEntry is e_entry of an ELF file whose header has been read.
func elfEntry(image []byte) uint64 {
	if elf.Class(image[elf.EI_CLASS]) == elf.ELFCLASS64 {
		return binary.LittleEndian.Uint64(image[24:])
	}
	return uint64(binary.LittleEndian.Uint32(image[24:]))
}

// The words of the BIOS's data area in which kernels look for the end of low
// memory: the segment of the extended data area, which follows it, and its size
// in KiB.
const (
	biosEBDA   = 0x40e
	biosMemory = 0x413
)

// multibootInfo writes the table that the kernel gets.
func multibootInfo(mem memory, initrdAddr uint64, initrd []byte) {
	le := binary.LittleEndian
	info := mem[bootInfo:]
	flags := uint32(mbInfoMemory | mbInfoCmdline | mbInfoMap | mbInfoLoader)
	le.PutUint16(mem[biosEBDA:], lowMemory>>4)
	le.PutUint16(mem[biosMemory:], lowMemory>>10)
	le.PutUint32(info[4:], lowMemory>>10)
	le.PutUint32(info[8:], uint32((len(mem)-highMemory)>>10))
	le.PutUint32(info[16:], bootCmdline)
	if len(initrd) > 0 {
		flags |= mbInfoModules
		le.PutUint32(info[20:], 1)
		le.PutUint32(info[24:], mbModules)
		le.PutUint32(mem[mbModules:], uint32(initrdAddr))
		le.PutUint32(mem[mbModules+4:], uint32(initrdAddr)+uint32(len(initrd)))
	}
	at := mbMap
	for _, r := range [][2]uint64{{0, lowMemory}, {highMemory, uint64(len(mem)) - highMemory}} {
		le.PutUint32(mem[at:], 20) // of what follows
		le.PutUint64(mem[at+4:], r[0])
		le.PutUint64(mem[at+12:], r[1])
		le.PutUint32(mem[at+20:], memmapRAM)
		at += 24
	}
	le.PutUint32(info[44:], uint32(at-mbMap))
	le.PutUint32(info[48:], mbMap)
	copy(mem[mbName:], mbName0+"\x00")
	le.PutUint32(info[64:], mbName)
	le.PutUint32(info, flags)
}

// multibootRegs are the registers of a Multiboot kernel's entry.
func multibootRegs(entry uint32) cpu.Regs {
	return cpu.Regs{RIP: uint64(entry), RAX: mbLoaderMagic, RBX: bootInfo, RFLAGS: cpu.FlagR1}
}
