package vm

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"sysindvm/cpu/soft"
)

// A kernel of someone else's: Multiboot, 32-bit paging, 8259A, 8254, clock.
// testdata/pc.S is its source.
func TestMultibootKernel(t *testing.T) {
	image, err := os.ReadFile("testdata/pc.img")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	m, err := Boot(t.Context(), Config{Engine: soft.New(), Kernel: image, Append: "hello", Console: &out, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if info := binary.LittleEndian.Uint32(m.ram[bootInfo:]); info&mbInfoModules != 0 {
		t.Errorf("it has got a module that nobody gave: flags %#x", info)
	}
	if kib := binary.LittleEndian.Uint16(m.ram[biosMemory:]); kib != 639 {
		t.Errorf("the BIOS's data area: %d KiB", kib)
	}
	status, err := m.RunConsole(t.Context())
	if err != nil || status != 42 {
		t.Fatalf("status %d, %v\n%s", status, err, out.String())
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 6 || lines[0] != "a Multiboot kernel" || !strings.HasPrefix(lines[1], "hello ") ||
		lines[2] != "63" || lines[3] != "07" || lines[4] != "....." {
		t.Errorf("%q", lines)
	}
	if now := m.vcpu.Now(); now < 50*time.Millisecond || now > 51*time.Millisecond {
		t.Errorf("five ticks of 100 Hz took %v", now)
	}
}

// mbImage is a raw image with a Multiboot header at its beginning.
func mbImage(flags uint32, words ...uint32) []byte {
	var b bytes.Buffer
	for _, w := range append([]uint32{mbHeaderMagic, flags, -(mbHeaderMagic + flags)}, words...) {
		binary.Write(&b, binary.LittleEndian, w)
	}
	b.Write(make([]byte, 64))
	return b.Bytes()
}

func TestMultibootErrors(t *testing.T) {
	const at = 0x100000
	for _, c := range []struct {
		name  string
		image []byte
		want  string // empty: it is taken
	}{
		{"right", mbImage(mbAddresses, at, at, 0, 0, at+32), ""},
		{"graphics", mbImage(mbAddresses|mbVideo, at, at, 0, 0, at), "graphics"},
		{"unknown flags", mbImage(mbAddresses|1<<5, at, at, 0, 0, at), "does not have"},
		{"header before the file", mbImage(mbAddresses, at, at+16, 0, 0, at), "cannot be"},
		{"header too far in", mbImage(mbAddresses, at+16, at, 0, 0, at), "cannot be"},
		{"truncated", mbImage(mbAddresses, at, at, at+4096, 0, at), "truncated"},
		{"end before its beginning", mbImage(mbAddresses, at, at, at-1, 0, at), "truncated"},
		{"entry elsewhere", mbImage(mbAddresses, at, at, 0, 0, at+4096), "outside every segment"},
		{"outside memory", mbImage(mbAddresses, 0xf0000000, 0xf0000000, 0, 0, 0xf0000000), "more memory"},
		{"on the boot information", mbImage(mbAddresses, bootInfo, bootInfo, 0, 0, bootInfo), "overlaps"},
		{"neither ELF nor addresses", mbImage(0), "not an ELF file"},
		{"wrong sum", append([]byte{0x02, 0xb0, 0xad, 0x1b, 0, 0, 1, 0, 0, 0, 0, 0}, make([]byte, 64)...), "not an ELF file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			regs, err := loadImage(make(memory, MinMemory), c.image, []byte("x"), "y")
			switch {
			case c.want == "" && (err != nil || regs.RAX != mbLoaderMagic || regs.RIP != at+32):
				t.Errorf("%+v, %v", regs, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n")):
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// An ELF file without a PVH note, whose entry is a virtual address.
func TestMultibootELF(t *testing.T) {
	const virt, phys = 0xc0100000, 0x100000
	var b bytes.Buffer
	le := binary.LittleEndian
	h := elf.Header32{Type: 2, Machine: uint16(elf.EM_386), Version: 1, Entry: virt + 12, Phoff: 52, Ehsize: 52, Phentsize: 32, Phnum: 1}
	copy(h.Ident[:], "\x7fELF\x01\x01\x01")
	binary.Write(&b, le, h)
	body := mbImage(mbMemory)
	binary.Write(&b, le, elf.Prog32{Type: uint32(elf.PT_LOAD), Off: 84, Vaddr: virt, Paddr: phys, Filesz: uint32(len(body)), Memsz: uint32(len(body)), Flags: 5})
	b.Write(body)
	mem := make(memory, MinMemory)
	regs, err := loadImage(mem, b.Bytes(), []byte("module"), "words")
	if err != nil || regs.RIP != phys+12 || regs.RBX != bootInfo {
		t.Fatalf("%+v, %v", regs, err)
	}
	info := mem[bootInfo:]
	if upper := le.Uint32(info[8:]); upper != (MinMemory-1<<20)>>10 {
		t.Errorf("mem_upper %d", upper)
	}
	mod := mem[le.Uint32(info[24:]):]
	if from, to := le.Uint32(mod), le.Uint32(mod[4:]); string(mem[from:to]) != "module" {
		t.Errorf("module at %#x to %#x", from, to)
	}
	if cmd := mem[le.Uint32(info[16:]):]; !bytes.HasPrefix(cmd, []byte("words\x00")) {
		t.Errorf("command line %q", cmd[:8])
	}
}

func TestPIC(t *testing.T) {
	var p pics
	for _, w := range [][2]uint16{{0x20, 0x11}, {0xa0, 0x11}, {0x21, 0x20}, {0xa1, 0x28}, {0x21, 4}, {0xa1, 2}, {0x21, 1}, {0xa1, 1}, {0x21, 0}, {0xa1, 0}} {
		p.out(w[0], byte(w[1]))
	}
	ack := func(want byte) {
		t.Helper()
		if !p.output() {
			t.Fatalf("no interrupt; want %#x", want)
		}
		if v := p.acknowledge(); v != want {
			t.Errorf("vector %#x, want %#x", v, want)
		}
	}
	p.setLine(4, true)
	p.setLine(1, true)
	ack(0x21) // the lower input goes first
	if p.output() {
		t.Error("a lower priority interrupts a higher one")
	}
	p.out(0x20, 0x20)
	ack(0x24)
	p.setLine(10, true) // by way of input 2, which goes before 4
	ack(0x2a)
	p.out(0xa0, 0x20)
	p.out(0x20, 0x20)
	p.out(0x20, 0x20)
	p.setLine(10, true) // still: no edge
	if p.output() {
		t.Error("an input that stays interrupts again")
	}
	p.setLine(10, false)
	p.out(0xa1, 0xff)
	p.setLine(10, true)
	if p.output() {
		t.Error("a masked input interrupts")
	}
	p.out(0xa1, 0)
	ack(0x2a)
	p.out(0x20, 0x0b)
	if isr := p.in(0x20); isr != 1<<cascade {
		t.Errorf("in service %#x", isr)
	}
}

func TestPIT(t *testing.T) {
	now := time.Duration(0)
	irqs := 0
	p := &pit{now: func() time.Duration { return now }, setIRQ0: func(on bool) {
		if on {
			irqs++
		}
	}}
	if d := p.deadline(); d != noDeadline {
		t.Errorf("deadline %v before it is set", d)
	}
	p.out(0x43, 0x36) // channel 0, both bytes, mode 3
	p.out(0x40, 0xa9)
	p.out(0x40, 0x04) // 1193: 1000.15 Hz
	irqs = 0
	for want := 1; want <= 1000; want++ {
		now = p.deadline()
		p.expire()
		if irqs != want {
			t.Fatalf("%d interrupts at %v, want %d", irqs, now, want)
		}
	}
	if d := now - 1000*time.Second*1193/pitHz; d < 0 || d > time.Microsecond {
		t.Errorf("1000 periods took %v", now)
	}
	// A countdown on channel 2, as those have it who measure the CPU's speed.
	p.out(speakerPort, 0)
	p.out(0x43, 0xb0)
	p.out(0x42, 0xff)
	p.out(0x42, 0xff)
	p.out(speakerPort, 1)
	if p.in(speakerPort)&0x20 != 0 {
		t.Error("the output is high at once")
	}
	now += 27 * time.Millisecond
	p.out(0x43, 0x80) // latch
	n := uint16(p.in(0x42)) | uint16(p.in(0x42))<<8
	if want := uint16(0xffff - 27*pitHz/1000); n < want-2 || n > want+2 {
		t.Errorf("count %d, want %d", n, want)
	}
	now += 28 * time.Millisecond
	if p.in(speakerPort)&0x20 == 0 {
		t.Error("the output is still low after 55 ms")
	}
}
