// Package boot reads what the boot loader hands over by PVH (Xen's
// public/arch-x86/hvm/start_info.h) and the words of the command line.
package boot

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
)

// startInfo is hvm_start_info, version 1.
type startInfo struct {
	magic, version, flags, modules uint32
	modlist, cmdline, rsdp, memmap uint64
	memmapEntries, _               uint32
}

type module struct{ addr, size, cmdline, _ uint64 }

type memmapEntry struct {
	addr, size uint64
	kind, _    uint32
}

const (
	startMagic = 0x336ec578
	memRAM     = 1
)

// Info is what there is of the machine.
type Info struct {
	RAMEnd           uint64 // the end of the RAM that the kernel is in
	Initrd, InitrdSz uint64 // physical; 0 if there is none
	Cmdline          []byte
}

// Read reads the start info at physical address pa. kernelEnd is the end of
// the image. It fails, with a reason, if the loader is not a PVH one.
func Read(pa, kernelEnd uint64, info *Info) (problem string) {
	si := (*startInfo)(arch.Virt(pa))
	switch {
	case si.magic != startMagic:
		return "the start info has a wrong magic number: boot by PVH"
	case si.version < 1 || si.memmapEntries == 0:
		return "the start info has no memory map"
	}
	for i := range uint64(si.memmapEntries) {
		e := (*memmapEntry)(arch.Virt(si.memmap + i*uint64(unsafe.Sizeof(memmapEntry{}))))
		if e.kind == memRAM && e.addr <= kernelEnd && kernelEnd < e.addr+e.size {
			info.RAMEnd = e.addr + e.size
		}
	}
	if info.RAMEnd == 0 {
		return "the memory map does not have the memory that the kernel is in"
	}
	if si.modules > 0 {
		m := (*module)(arch.Virt(si.modlist))
		info.Initrd, info.InitrdSz = m.addr, m.size
	}
	if si.cmdline != 0 {
		p := (*[1 << 20]byte)(arch.Virt(si.cmdline))
		n := 0
		for n < MaxCmdline && p[n] != 0 {
			n++
		}
		info.Cmdline = p[:n]
	}
	return ""
}

// MaxCmdline is how much of a command line is read, in bytes.
const MaxCmdline = 4096

// Words calls f for each word of the command line, with what stands after
// its first '=', until f returns false.
func Words(cmdline []byte, f func(key, val []byte) bool) {
	for i := 0; i < len(cmdline); {
		j := i
		for j < len(cmdline) && cmdline[j] != ' ' {
			j++
		}
		if w := cmdline[i:j]; len(w) > 0 {
			k := 0
			for k < len(w) && w[k] != '=' {
				k++
			}
			if !f(w[:k], w[min(k+1, len(w)):]) {
				return
			}
		}
		i = j + 1
	}
}

// Number reads a decimal or 0x number with an optional suffix K, M or G, and
// says how many bytes of b it took: 0 if there is none.
func Number(b []byte) (v uint64, n int) {
	base := uint64(10)
	if len(b) > 2 && b[0] == '0' && b[1]|0x20 == 'x' {
		base, n = 16, 2
	}
	start := n
	for ; n < len(b); n++ {
		d := uint64(99)
		switch c := b[n] | 0x20; {
		case b[n] >= '0' && b[n] <= '9':
			d = uint64(b[n] - '0')
		case c >= 'a' && c <= 'f':
			d = uint64(c-'a') + 10
		}
		if d >= base {
			break
		}
		v = v*base + d
	}
	if n == start {
		return 0, 0
	}
	if n < len(b) {
		switch b[n] | 0x20 {
		case 'k':
			return v << 10, n + 1
		case 'm':
			return v << 20, n + 1
		case 'g':
			return v << 30, n + 1
		}
	}
	return v, n
}

// Mmio reads the argument of virtio_mmio.device=SIZE@ADDRESS:IRQ, as Linux
// has it.
func Mmio(b []byte) (addr uint64, irq int, ok bool) {
	_, n := Number(b)
	if n == 0 || n >= len(b) || b[n] != '@' {
		return 0, 0, false
	}
	b = b[n+1:]
	addr, n = Number(b)
	if n == 0 || n >= len(b) || b[n] != ':' {
		return 0, 0, false
	}
	v, m := Number(b[n+1:])
	return addr, int(v), m != 0 && v < 24
}
