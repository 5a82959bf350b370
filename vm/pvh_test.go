package vm

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"sysindvm/cpu"
)

// testKernel is an ELF file with one segment of code at 1 MiB, and the PVH
// note. change may spoil it.
func testKernel(class elf.Class, code []byte, change func(h *elf.Header64, progs []elf.Prog64)) []byte {
	const dataAt = 0x200
	note := binary.LittleEndian.AppendUint32(nil, 4)
	for _, v := range []uint32{8, notePhys32Entry, 'X' | 'e'<<8 | 'n'<<16, 0x100000, 0} {
		note = binary.LittleEndian.AppendUint32(note, v)
	}
	h := elf.Header64{Machine: uint16(elf.EM_X86_64), Phoff: 64, Phentsize: 56, Phnum: 2}
	progs := []elf.Prog64{
		{Type: uint32(elf.PT_NOTE), Off: dataAt, Filesz: uint64(len(note)), Align: 4},
		{Type: uint32(elf.PT_LOAD), Off: dataAt + uint64(len(note)), Paddr: 0x100000, Filesz: uint64(len(code)), Memsz: uint64(len(code)) + 16},
	}
	if class == elf.ELFCLASS32 {
		h.Machine, h.Phentsize = uint16(elf.EM_386), 32
	}
	if change != nil {
		change(&h, progs)
	}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA] = byte(class), byte(elf.ELFDATA2LSB)
	var b bytes.Buffer
	if class == elf.ELFCLASS32 {
		binary.Write(&b, binary.LittleEndian, elf.Header32{Ident: h.Ident, Machine: h.Machine, Phoff: uint32(h.Phoff), Phentsize: h.Phentsize, Phnum: h.Phnum})
	} else {
		binary.Write(&b, binary.LittleEndian, h)
	}
	b.Write(make([]byte, 64-b.Len()))
	for _, p := range progs {
		if class == elf.ELFCLASS32 {
			binary.Write(&b, binary.LittleEndian, elf.Prog32{Type: p.Type, Off: uint32(p.Off), Paddr: uint32(p.Paddr),
				Filesz: uint32(p.Filesz), Memsz: uint32(p.Memsz), Align: uint32(p.Align)})
		} else {
			binary.Write(&b, binary.LittleEndian, p)
		}
	}
	b.Write(make([]byte, dataAt-b.Len()))
	b.Write(note)
	b.Write(code)
	return b.Bytes()
}

// loadImage parses a kernel image and puts it into memory, as Boot does.
func loadImage(mem memory, image, initrd []byte, cmdline string) (cpu.Regs, error) {
	k, err := parseKernel(image)
	if err != nil {
		return cpu.Regs{}, err
	}
	return loadKernel(mem, k, initrd, cmdline)
}

func TestLoadPVH(t *testing.T) {
	for _, class := range []elf.Class{elf.ELFCLASS64, elf.ELFCLASS32} {
		mem := make(memory, MinMemory)
		copy(mem[0x100000:], bytes.Repeat([]byte{0xff}, 100))
		regs, err := loadImage(mem, testKernel(class, []byte("code"), nil), []byte("initramfs"), "a b=c")
		if err != nil {
			t.Fatal(class, err)
		}
		if regs.RIP != 0x100000 || regs.RBX != bootInfo || string(mem[0x100000:0x100014]) != "code"+strings.Repeat("\x00", 16) || mem[0x100014] != 0xff {
			t.Errorf("%v: entry %#x, memory %q", class, regs.RIP, mem[0x100000:0x100015])
		}
		le := binary.LittleEndian
		info := mem[bootInfo:]
		if le.Uint32(info) != 0x336ec578 || le.Uint32(info[4:]) != 1 || le.Uint32(info[12:]) != 1 || le.Uint32(info[48:]) != 1 {
			t.Errorf("start info % x", info[:56])
		}
		mod := mem[le.Uint64(info[16:]):]
		at, n := le.Uint64(mod), le.Uint64(mod[8:])
		if at != MinMemory-4096 || string(mem[at:at+n]) != "initramfs" {
			t.Errorf("module of %d bytes at %#x", n, at)
		}
		if cmd := mem[le.Uint64(info[24:]):]; string(cmd[:6]) != "a b=c\x00" {
			t.Errorf("command line %q", cmd[:6])
		}
		if mm := mem[le.Uint64(info[40:]):]; le.Uint64(mm) != 0 || le.Uint64(mm[8:]) != MinMemory || le.Uint32(mm[16:]) != 1 {
			t.Errorf("memory map % x", mm[:24])
		}
	}
}

func TestBadKernels(t *testing.T) {
	spoil := func(change func(h *elf.Header64, p []elf.Prog64)) []byte {
		return testKernel(elf.ELFCLASS64, []byte("code"), change)
	}
	big := spoil(nil)
	big[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	class := spoil(nil)
	class[elf.EI_CLASS] = 9
	badNote := spoil(nil)
	binary.LittleEndian.PutUint32(badNote[0x200:], 0xfffffff0)
	for name, tc := range map[string]struct {
		image []byte
		want  string
	}{
		"empty":            {nil, "not an ELF file"},
		"text":             {[]byte("#!/bin/sh\nexit 0\n"), "not an ELF file"},
		"bzImage":          {append([]byte("MZ"), make([]byte, 600)...), "bzImage"},
		"big-endian":       {big, "big-endian"},
		"class":            {class, "unknown class 9"},
		"short header":     {spoil(nil)[:40], "its ELF header is not whole"},
		"short programs":   {spoil(nil)[:100], "its program headers are not in it"},
		"short data":       {spoil(nil)[:0x21a], "program header 1 wants 4 bytes at 536 of 538"},
		"machine":          {spoil(func(h *elf.Header64, _ []elf.Prog64) { h.Machine = uint16(elf.EM_AARCH64) }), "EM_AARCH64: not for x86"},
		"header size":      {spoil(func(h *elf.Header64, _ []elf.Prog64) { h.Phentsize = 8 }), "program headers of 8 bytes"},
		"header count":     {spoil(func(h *elf.Header64, _ []elf.Prog64) { h.Phnum = 1000 }), "1000 program headers"},
		"header offset":    {spoil(func(h *elf.Header64, _ []elf.Prog64) { h.Phoff = 1 << 63 }), "its program headers are not in it"},
		"nothing to load":  {spoil(func(_ *elf.Header64, p []elf.Prog64) { p[1].Type = 0 }), "nothing to load"},
		"no note":          {spoil(func(_ *elf.Header64, p []elf.Prog64) { p[0].Type = 0 }), "no PVH entry"},
		"note of nonsense": {badNote, "no PVH entry"},
		"wraps":            {spoil(func(_ *elf.Header64, p []elf.Prog64) { p[1].Paddr = 1<<64 - 1 }), "wraps round"},
		"more in the file": {spoil(func(_ *elf.Header64, p []elf.Prog64) { p[1].Memsz = 3 }), "more bytes in the file"},
		"overlap": {spoil(func(_ *elf.Header64, p []elf.Prog64) {
			p[0] = p[1]
			p[0].Paddr += 4
		}), "segments overlap: 0x100000 to 0x100014, and 0x100004"},
		"entry elsewhere": {spoil(func(_ *elf.Header64, p []elf.Prog64) { p[1].Paddr = 0x200000 }), "entry 0x100000 is outside"},
		"outside memory":  {spoil(func(_ *elf.Header64, p []elf.Prog64) { p[1].Memsz = 1 << 40 }), "outside memory"},
		"boot information": {spoil(func(_ *elf.Header64, p []elf.Prog64) {
			p[1].Paddr, p[1].Memsz = 0x5000, 0x100000
		}), "overlaps the boot information"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadImage(make(memory, MinMemory), tc.image, nil, "")
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v; want %q", err, tc.want)
			}
		})
	}
}

func TestLoadPVHLimits(t *testing.T) {
	k := testKernel(elf.ELFCLASS64, []byte("code"), nil)
	mem := make(memory, MinMemory)
	if _, err := loadImage(mem, k, make([]byte, MinMemory), ""); err == nil || !strings.Contains(err.Error(), "more memory") {
		t.Errorf("an initramfs that does not fit: %v", err)
	}
	if _, err := loadImage(mem, k, nil, strings.Repeat("x", maxCmdline)); err != nil {
		t.Errorf("the longest command line: %v", err)
	}
	if _, err := loadImage(mem, k, nil, strings.Repeat("x", maxCmdline+1)); err == nil || !strings.Contains(err.Error(), "command line") {
		t.Errorf("a command line that is too long: %v", err)
	}
}

func TestBoot(t *testing.T) {
	e := &fakeEngine{}
	m, err := Boot(t.Context(), Config{Engine: e, Kernel: testKernel(elf.ELFCLASS64, []byte("code"), nil), Append: "quiet", Init: "/agent"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	v := e.vcpu
	if v.regs.RIP != 0x100000 || v.regs.RBX != bootInfo || v.regs.RFLAGS != 2 || v.sregs.CR0 != cpu.CR0PE|cpu.CR0ET ||
		!v.sregs.CS.DB || v.sregs.CS.L || v.sregs.CS.Limit != 0xffffffff || v.sregs.SS.Base != 0 {
		t.Errorf("entered with %+v %+v", v.regs, v.sregs)
	}
	line, _, _ := strings.Cut(string(m.RAM()[bootCmdline:bootEnd]), "\x00")
	if !strings.HasPrefix(line, "quiet virtio_mmio.device=4K@0xd0000000:5 virtio_mmio.device=4K@0xd0001000:6 ") ||
		!strings.HasSuffix(line, "virtio_mmio.device=4K@0xd0007000:12 quirk epoch=1183153792 init=/agent") {
		t.Errorf("command line %q", line)
	}
	if len(m.RAM()) != DefaultMemory {
		t.Errorf("%d bytes of RAM", len(m.RAM()))
	}
}

func TestBootMemory(t *testing.T) {
	for _, size := range []int64{-1, 1, MinMemory - memoryStep, MinMemory + 4096, MaxMemory + memoryStep, 1 << 62} {
		if _, err := Boot(t.Context(), Config{Engine: &fakeEngine{}, Memory: size}); err == nil || !strings.Contains(err.Error(), "multiple of 2 MiB") {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// Where the engine lacks protected mode, another vCPU takes the kernel to
// 64-bit mode, and its state goes over.
func TestBootHelper(t *testing.T) {
	defer func(f func() cpu.Engine) { softEngine = f }(softEngine)
	cfg := Config{Engine: &fakeEngine{no32: true}, Kernel: testKernel(elf.ELFCLASS64, []byte("code"), nil)}
	softEngine = nil
	if _, err := Boot(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "32-bit protected mode") {
		t.Errorf("without a helper: %v", err)
	}
	steps := 0
	h := &fakeEngine{program: func(v *fakeCPU) cpu.Exit {
		if steps++; steps == 1 && (!v.step || v.regs.RIP != 0x100000) {
			t.Error("the helper does not step from the entry")
		}
		if steps == 10 {
			v.sregs.EFER, v.sregs.CS.L, v.regs.RIP = cpu.EFERLMA, true, 0x1234
		}
		return cpu.Exit{Reason: cpu.ExitStep}
	}}
	softEngine = func() cpu.Engine { return h }
	e := &fakeEngine{no32: true}
	cfg.Engine = e
	m, err := Boot(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if e.vcpu.regs.RIP != 0x1234 || e.vcpu.sregs.EFER != cpu.EFERLMA || steps != 10 {
		t.Errorf("after %d steps: %+v", steps, e.vcpu.regs)
	}
	h.program = (*fakeCPU).halt
	if _, err := Boot(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "did not get to 64-bit mode: halt") {
		t.Errorf("a kernel that halts in 32-bit mode: %v", err)
	}
}

// FuzzLoadELF: whatever the file, loading it ends, and an error is one line.
func FuzzLoadELF(f *testing.F) {
	for _, class := range []elf.Class{elf.ELFCLASS64, elf.ELFCLASS32} {
		f.Add(testKernel(class, []byte("code"), nil))
	}
	mem := make(memory, MinMemory)
	f.Fuzz(func(t *testing.T, image []byte) {
		if _, err := loadImage(mem, image, []byte("x"), "y"); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q", err)
		}
	})
}
