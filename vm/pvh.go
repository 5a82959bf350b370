package vm

import (
	"encoding/binary"
	"fmt"

	"sysindvm/cpu"
)

// Where the boot information lies, and its formats (Xen,
// xen/include/public/arch-x86/hvm/start_info.h; the entry state is in
// docs/misc/pvh.pandoc).
const (
	bootInfo     = 0x6000 // struct hvm_start_info
	bootModules  = 0x6040 // struct hvm_modlist_entry
	bootMemmap   = 0x6080 // struct hvm_memmap_table_entry
	bootCmdline  = 0x7000
	bootEnd      = 0x8000
	maxCmdline   = bootEnd - bootCmdline - 1
	pvhMagic     = 0x336ec578
	memmapRAM    = 1
	apicBaseBoot = lapicBase | 1<<11 | 1<<8 // enabled, the bootstrap processor (SDM 3A, 10.4.4)
)

// loadKernel puts a kernel, its initramfs and its command line into memory as a
// PVH or Multiboot kernel expects them, and returns the registers with which it
// is entered.
func loadKernel(mem memory, k *kernelImage, initrd []byte, cmdline string) (regs cpu.Regs, err error) {
	if len(cmdline) > maxCmdline {
		return regs, fmt.Errorf("the kernel command line has %d bytes, at most %d fit", len(cmdline), maxCmdline)
	}
	size := uint64(len(mem))
	initrdSize := (uint64(len(initrd)) + cpu.PageSize - 1) &^ (cpu.PageSize - 1)
	last := k.segments[len(k.segments)-1]
	if last.end() > size {
		return regs, fmt.Errorf("kernel: the segment from %#x to %#x is outside memory, which ends at %#x: give the machine more memory", last.addr, last.end(), size)
	}
	if initrdSize > size-last.end() {
		return regs, fmt.Errorf("the initramfs of %d bytes does not fit behind the kernel, which ends at %#x of %#x: give the machine more memory", len(initrd), last.end(), size)
	}
	initrdAddr := size - initrdSize
	for _, s := range k.segments {
		if s.addr < bootEnd && s.end() > bootInfo {
			return regs, fmt.Errorf("kernel: the segment from %#x to %#x overlaps the boot information at %#x to %#x", s.addr, s.end(), bootInfo, bootEnd)
		}
		clear(mem[s.addr+uint64(copy(mem[s.addr:], s.data)) : s.end()])
	}
	copy(mem[initrdAddr:], initrd)
	copy(mem[bootCmdline:], cmdline)
	mem[bootCmdline+len(cmdline)] = 0

	if k.multiboot {
		multibootInfo(mem, initrdAddr, initrd)
		return multibootRegs(k.entry), nil
	}
	pvhInfo(mem, initrdAddr, initrd)
	return cpu.Regs{RIP: uint64(k.entry), RBX: bootInfo, RFLAGS: cpu.FlagR1}, nil
}

// pvhInfo writes the boot information of a PVH kernel.
func pvhInfo(mem memory, initrdAddr uint64, initrd []byte) {
	le := binary.LittleEndian
	info := mem[bootInfo:]
	le.PutUint32(info, pvhMagic)
	le.PutUint32(info[4:], 1) // version
	if len(initrd) > 0 {
		le.PutUint32(info[12:], 1) // nr_modules
		le.PutUint64(info[16:], bootModules)
		le.PutUint64(mem[bootModules:], initrdAddr)
		le.PutUint64(mem[bootModules+8:], uint64(len(initrd)))
	}
	le.PutUint64(info[24:], bootCmdline)
	le.PutUint64(info[40:], bootMemmap)
	le.PutUint32(info[48:], 1) // memmap_entries: address, size, type
	le.PutUint64(mem[bootMemmap:], 0)
	le.PutUint64(mem[bootMemmap+8:], uint64(len(mem)))
	le.PutUint32(mem[bootMemmap+16:], memmapRAM)
}

// enter gives a vCPU the state in which a PVH or Multiboot kernel is entered:
// 32-bit protected mode, flat segments, no paging, EBX pointing to the boot
// information.
func enter(v cpu.VCPU, regs cpu.Regs) error {
	s, err := v.Sregs()
	if err != nil {
		return err
	}
	data := cpu.Segment{Selector: 0x10, Limit: 0xffffffff, Type: 3, S: true, DB: true, P: true, G: true}
	code := data
	code.Selector, code.Type = 0x08, 11
	s.CS, s.DS, s.ES, s.FS, s.GS, s.SS = code, data, data, data, data, data
	s.TR = cpu.Segment{Selector: 0x18, Limit: 0x67, Type: 11, P: true} // a busy 32-bit TSS
	s.LDT = cpu.Segment{Unusable: true}
	s.GDT, s.IDT = cpu.Table{}, cpu.Table{}
	s.CR0, s.CR2, s.CR3, s.CR4, s.CR8 = cpu.CR0PE|cpu.CR0ET, 0, 0, 0, 0
	s.EFER = 0
	s.APICBase = apicBaseBoot
	if err := v.SetSregs(s); err != nil {
		return err
	}
	return v.SetRegs(regs)
}
