package soft_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
)

// bus is a bus on which nothing answers but what a test sets.
type bus struct {
	mmio map[uint64]uint64
	out  bytes.Buffer
}

func (b *bus) In(port uint16, d []byte)  { ones(d) }
func (b *bus) Out(port uint16, d []byte) { b.out.Write(d) }
func (b *bus) ReadMMIO(a uint64, d []byte) {
	v, ok := b.mmio[a]
	if !ok {
		ones(d)
		return
	}
	for i := range d {
		d[i] = byte(v >> (8 * i))
	}
}

func (b *bus) WriteMMIO(a uint64, d []byte) {
	if b.mmio == nil {
		return
	}
	var v uint64
	for i := range d {
		v |= uint64(d[i]) << (8 * i)
	}
	b.mmio[a] = v
}

func ones(d []byte) {
	for i := range d {
		d[i] = 0xff
	}
}

const (
	ramSize = 2 << 20
	codeAt  = 0x10000
	stackAt = 0x80000
	dataAt  = 0x20000
)

// machine is 64-bit code in ring 0, with all of RAM and some of what is above
// it mapped one to one by 2 MiB pages.
type machine struct {
	cpu.VCPU
	ram []byte
	bus bus
	log []string
}

func newMachine(t testing.TB, code ...byte) *machine {
	t.Helper()
	m := &machine{ram: make([]byte, ramSize)}
	copy(m.ram[codeAt:], code)
	put := func(at int, v uint64) { binary.LittleEndian.PutUint64(m.ram[at:], v) }
	put(0x1000, 0x2007)
	put(0x2000, 0x3007)
	for i := range 512 {
		put(0x3000+8*i, uint64(i)<<21|0x87)
	}
	put(0x2000+3*8, 0xc0000000|0x87) // and the last of the first four GiB, for devices
	v, err := soft.New().NewVCPU(cpu.Config{RAM: m.ram, Bus: &m.bus, Log: func(f string, a ...any) {
		m.log = append(m.log, fmt.Sprintf(f, a...))
	}})
	if err != nil {
		t.Fatal(err)
	}
	m.VCPU = v
	s, err := v.Sregs()
	if err != nil {
		t.Fatal(err)
	}
	s.CR0, s.CR3 = cpu.CR0PE|cpu.CR0PG|cpu.CR0ET|cpu.CR0WP, 0x1000
	s.CR4 = cpu.CR4PAE | cpu.CR4OSFXSR
	s.EFER = cpu.EFERLME | cpu.EFERLMA | cpu.EFERSCE | cpu.EFERNXE
	s.CS = cpu.Segment{Limit: 0xffffffff, Selector: 8, Type: 11, P: true, S: true, L: true, G: true}
	s.SS = cpu.Segment{Limit: 0xffffffff, Selector: 16, Type: 3, P: true, S: true, DB: true, G: true}
	s.DS, s.ES = s.SS, s.SS
	s.IDT.Limit = 0
	if err := v.SetSregs(s); err != nil {
		t.Fatal(err)
	}
	m.set(t, cpu.Regs{})
	return m
}

func (m *machine) set(t testing.TB, r cpu.Regs) {
	t.Helper()
	if r.RIP == 0 {
		r.RIP = codeAt
	}
	if r.RSP == 0 {
		r.RSP = stackAt
	}
	r.RFLAGS |= cpu.FlagR1
	if err := m.SetRegs(r); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) regs(t testing.TB) cpu.Regs {
	t.Helper()
	r, err := m.Regs()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// run runs to the reason wanted.
func (m *machine) run(t testing.TB, until time.Duration, want cpu.ExitReason) cpu.Exit {
	t.Helper()
	e, err := m.Run(until)
	if err != nil || e.Reason != want {
		t.Fatalf("exit %v (%s), %v; want %v", e.Reason, e.Detail, err, want)
	}
	return e
}

const second = time.Second

const arith = cpu.FlagCF | cpu.FlagPF | cpu.FlagAF | cpu.FlagZF | cpu.FlagSF | cpu.FlagOF

// One instruction and a HLT: registers and flags before and after.
func TestInstructions(t *testing.T) {
	for _, tt := range []struct {
		name     string
		code     string
		in, want cpu.Regs // RIP and RSP are not compared; RFLAGS: the arithmetic ones
		mask     uint64   // the flags that are defined; all arithmetic ones if 0
	}{
		{"ADD carries", "\x48\x01\xd8", cpu.Regs{RAX: 1 << 63, RBX: 1 << 63}, cpu.Regs{RBX: 1 << 63, RFLAGS: cpu.FlagCF | cpu.FlagOF | cpu.FlagZF | cpu.FlagPF}, 0},
		{"ADD of 32 bits clears the upper half", "\x01\xd8", cpu.Regs{RAX: 0xffffffff_ffffffff, RBX: 1}, cpu.Regs{RBX: 1, RFLAGS: cpu.FlagCF | cpu.FlagZF | cpu.FlagPF | cpu.FlagAF}, 0},
		{"ADD of 8 bits leaves the rest", "\x00\xdc", cpu.Regs{RAX: 0x1234, RBX: 0xf0}, cpu.Regs{RAX: 0x0234, RBX: 0xf0, RFLAGS: cpu.FlagCF}, 0},
		{"SUB borrows", "\x48\x29\xd8", cpu.Regs{RAX: 0, RBX: 1}, cpu.Regs{RAX: ^uint64(0), RBX: 1, RFLAGS: cpu.FlagCF | cpu.FlagSF | cpu.FlagPF | cpu.FlagAF}, 0},
		{"ADC takes CF", "\x48\x11\xd8", cpu.Regs{RAX: 5, RBX: 6, RFLAGS: cpu.FlagCF}, cpu.Regs{RAX: 12, RBX: 6, RFLAGS: cpu.FlagPF}, 0},
		{"SBB of itself spreads CF", "\x48\x19\xc0", cpu.Regs{RAX: 7, RFLAGS: cpu.FlagCF}, cpu.Regs{RAX: ^uint64(0), RFLAGS: cpu.FlagCF | cpu.FlagSF | cpu.FlagPF | cpu.FlagAF}, 0},
		{"INC leaves CF", "\x48\xff\xc0", cpu.Regs{RAX: ^uint64(0), RFLAGS: cpu.FlagCF}, cpu.Regs{RFLAGS: cpu.FlagCF | cpu.FlagZF | cpu.FlagPF | cpu.FlagAF}, 0},
		{"DEC overflows", "\x48\xff\xc8", cpu.Regs{RAX: 1 << 63}, cpu.Regs{RAX: 1<<63 - 1, RFLAGS: cpu.FlagOF | cpu.FlagPF | cpu.FlagAF}, 0},
		{"NEG of zero", "\x48\xf7\xd8", cpu.Regs{}, cpu.Regs{RFLAGS: cpu.FlagZF | cpu.FlagPF}, 0},
		{"MUL wide", "\x48\xf7\xe3", cpu.Regs{RAX: 1 << 63, RBX: 4}, cpu.Regs{RBX: 4, RDX: 2, RFLAGS: cpu.FlagCF | cpu.FlagOF}, cpu.FlagCF | cpu.FlagOF},
		{"IMUL narrow", "\x48\x0f\xaf\xc3", cpu.Regs{RAX: ^uint64(1), RBX: 3}, cpu.Regs{RAX: ^uint64(5), RBX: 3}, cpu.FlagCF | cpu.FlagOF},
		{"IMUL by an immediate", "\x6b\xc3\xfe", cpu.Regs{RBX: 7}, cpu.Regs{RAX: 0xfffffff2, RBX: 7}, cpu.FlagCF | cpu.FlagOF},
		{"DIV", "\x48\xf7\xf3", cpu.Regs{RDX: 1, RAX: 0, RBX: 3}, cpu.Regs{RAX: 0x5555555555555555, RDX: 1, RBX: 3}, cpu.FlagIF},
		{"IDIV of a negative", "\x48\xf7\xfb", cpu.Regs{RDX: ^uint64(0), RAX: ^uint64(6), RBX: 2}, cpu.Regs{RAX: ^uint64(2), RDX: ^uint64(0), RBX: 2}, cpu.FlagIF},
		{"SHL by 1", "\x48\xd1\xe0", cpu.Regs{RAX: 0xc000000000000000}, cpu.Regs{RAX: 1 << 63, RFLAGS: cpu.FlagCF | cpu.FlagSF | cpu.FlagPF}, arith &^ cpu.FlagAF},
		{"SHR to nothing", "\x48\xd3\xe8", cpu.Regs{RAX: 1, RCX: 1}, cpu.Regs{RCX: 1, RFLAGS: cpu.FlagCF | cpu.FlagZF | cpu.FlagPF}, arith &^ cpu.FlagAF},
		{"SAR keeps the sign", "\x48\xc1\xf8\x04", cpu.Regs{RAX: 1 << 63}, cpu.Regs{RAX: 0xf800000000000000, RFLAGS: cpu.FlagSF | cpu.FlagPF}, arith &^ (cpu.FlagAF | cpu.FlagOF)},
		{"shift by zero leaves flags", "\x48\xd3\xe0", cpu.Regs{RAX: 1, RFLAGS: cpu.FlagCF | cpu.FlagOF}, cpu.Regs{RAX: 1, RFLAGS: cpu.FlagCF | cpu.FlagOF}, 0},
		{"ROL", "\xc0\xc0\x04", cpu.Regs{RAX: 0x12}, cpu.Regs{RAX: 0x21, RFLAGS: cpu.FlagCF}, cpu.FlagCF},
		{"RCR through CF", "\xd0\xd8", cpu.Regs{RAX: 2, RFLAGS: cpu.FlagCF}, cpu.Regs{RAX: 0x81}, cpu.FlagCF},
		{"SHLD", "\x48\x0f\xa4\xd8\x08", cpu.Regs{RAX: 0xff, RBX: 0xab << 56}, cpu.Regs{RAX: 0xffab, RBX: 0xab << 56}, cpu.FlagCF | cpu.FlagZF},
		{"BSF", "\x48\x0f\xbc\xc3", cpu.Regs{RAX: 9, RBX: 0x100}, cpu.Regs{RAX: 8, RBX: 0x100}, cpu.FlagZF},
		{"BSF of zero leaves", "\x48\x0f\xbc\xc3", cpu.Regs{RAX: 9}, cpu.Regs{RAX: 9, RFLAGS: cpu.FlagZF}, cpu.FlagZF},
		{"BTS", "\x48\x0f\xab\xd8", cpu.Regs{RBX: 65}, cpu.Regs{RAX: 2, RBX: 65}, cpu.FlagCF},
		{"BSWAP", "\x48\x0f\xc8", cpu.Regs{RAX: 0x0102030405060708}, cpu.Regs{RAX: 0x0807060504030201}, 0},
		{"CMPXCHG equal", "\x48\x0f\xb1\xcb", cpu.Regs{RAX: 5, RBX: 5, RCX: 7}, cpu.Regs{RAX: 5, RBX: 7, RCX: 7, RFLAGS: cpu.FlagZF | cpu.FlagPF}, 0},
		{"CMPXCHG different", "\x48\x0f\xb1\xcb", cpu.Regs{RAX: 5, RBX: 6, RCX: 7}, cpu.Regs{RAX: 6, RBX: 6, RCX: 7, RFLAGS: cpu.FlagCF | cpu.FlagSF | cpu.FlagPF | cpu.FlagAF}, 0},
		{"XADD", "\x48\x0f\xc1\xd8", cpu.Regs{RAX: 5, RBX: 6}, cpu.Regs{RAX: 11, RBX: 5}, 0},
		{"MOVSX", "\x48\x0f\xbe\xc3", cpu.Regs{RBX: 0x80}, cpu.Regs{RAX: ^uint64(0x7f), RBX: 0x80}, 0},
		{"CMOV not taken still clears the upper half", "\x0f\x44\xc3", cpu.Regs{RAX: ^uint64(0), RBX: 1}, cpu.Regs{RAX: 0xffffffff, RBX: 1}, 0},
		{"SETcc", "\x0f\x92\xc0", cpu.Regs{RAX: 0x100, RFLAGS: cpu.FlagCF}, cpu.Regs{RAX: 0x101, RFLAGS: cpu.FlagCF}, 0},
		{"CQO", "\x48\x99", cpu.Regs{RAX: 1 << 63}, cpu.Regs{RAX: 1 << 63, RDX: ^uint64(0)}, 0},
		{"LEA", "\x48\x8d\x44\x8b\x10", cpu.Regs{RBX: 0x100, RCX: 3}, cpu.Regs{RAX: 0x11c, RBX: 0x100, RCX: 3}, 0},
		{"LEA RIP-relative", "\x48\x8d\x05\x09\x00\x00\x00", cpu.Regs{}, cpu.Regs{RAX: codeAt + 16}, 0},
		{"AH", "\xb4\x12", cpu.Regs{RAX: 0xffff}, cpu.Regs{RAX: 0x12ff}, 0},
		{"SPL with REX", "\x40\xb6\x12", cpu.Regs{RSI: 0xffff}, cpu.Regs{RSI: 0xff12}, 0},
		{"XCHG R8 is no NOP", "\x49\x90", cpu.Regs{RAX: 1, R8: 2}, cpu.Regs{RAX: 2, R8: 1}, 0},
		{"MOVQ to XMM and back", "\x66\x48\x0f\x6e\xc3\x66\x48\x0f\x7e\xc0", cpu.Regs{RBX: 77}, cpu.Regs{RAX: 77, RBX: 77}, 0},
		{"CVTSI2SD, ADDSD, CVTTSD2SI", "\xf2\x48\x0f\x2a\xc3\xf2\x0f\x58\xc0\xf2\x48\x0f\x2c\xc0", cpu.Regs{RBX: 21}, cpu.Regs{RAX: 42, RBX: 21}, 0},
		{"PCMPEQB, PMOVMSKB", "\x66\x0f\x74\xc0\x66\x0f\xd7\xc0", cpu.Regs{}, cpu.Regs{RAX: 0xffff}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t, append([]byte(tt.code), 0xf4)...)
			m.set(t, tt.in)
			m.run(t, second, cpu.ExitHalt)
			got := m.regs(t)
			if tt.mask == 0 {
				tt.mask = arith
			}
			got.RIP, got.RSP = 0, 0
			got.RFLAGS &= tt.mask
			tt.want.RFLAGS &= tt.mask
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestSelfModifyingCode(t *testing.T) {
	m := newMachine(t,
		0xb1, 2, // mov $2, %cl
		0xfe, 0xc0, // 1: inc %al
		0xc6, 0x05, 0xf7, 0xff, 0xff, 0xff, 0x90, // movb $0x90, 1b(%rip): a nop
		0xc6, 0x05, 0xf1, 0xff, 0xff, 0xff, 0x90, // movb $0x90, 1b+1(%rip)
		0xfe, 0xc9, // dec %cl
		0x75, 0xec, // jnz 1b
		0xf4)
	m.run(t, second, cpu.ExitHalt)
	if r := m.regs(t); r.RAX != 1 {
		t.Errorf("the instruction ran %d times, want once", r.RAX)
	}
}

func TestInstructionAcrossPages(t *testing.T) {
	m := newMachine(t)
	const at = codeAt + 0x1000 - 3
	copy(m.ram[at:], "\x48\xb8\x88\x77\x66\x55\x44\x33\x22\x11\xf4") // movabs
	for range 2 {
		m.set(t, cpu.Regs{RIP: at})
		m.run(t, second, cpu.ExitHalt)
		if r := m.regs(t); r.RAX != 0x1122334455667788 {
			t.Errorf("RAX %#x", r.RAX)
		}
	}
}

// A string instruction that faults in the middle has done what it has done,
// and can go on.
func TestStringRestarts(t *testing.T) {
	m := newMachine(t, 0xf3, 0xa4, 0xf4) // rep movsb; hlt
	for i := range 100 {
		m.ram[dataAt+i] = byte(i)
	}
	const end = 512 << 21 // where the mapping ends
	m.set(t, cpu.Regs{RSI: dataAt, RDI: ramSize - 40, RCX: 30})
	m.run(t, second, cpu.ExitHalt)
	if r := m.regs(t); r.RCX != 0 || r.RSI != dataAt+30 || !bytes.Equal(m.ram[ramSize-40:ramSize-10], m.ram[dataAt:dataAt+30]) {
		t.Errorf("RCX %d, RSI %#x", r.RCX, r.RSI)
	}
	m.set(t, cpu.Regs{RSI: end - 10, RDI: dataAt, RCX: 30})
	e := m.run(t, second, cpu.ExitShutdown) // no handlers: the fault ends it
	if r := m.regs(t); r.RCX != 20 || r.RSI != end || r.RIP != codeAt {
		t.Errorf("RCX %d, RSI %#x, RIP %#x after the fault", r.RCX, r.RSI, r.RIP)
	}
	if s, _ := m.Sregs(); s.CR2 != end || !strings.Contains(e.Detail, "triple fault") {
		t.Errorf("CR2 %#x, %q", s.CR2, e.Detail)
	}
}

// Time is instructions, of a REP its iterations; a run ends when it is up.
func TestBudget(t *testing.T) {
	for name, code := range map[string][]byte{
		"spin":     {0xfa, 0xeb, 0xfe},       // cli; jmp .
		"rep":      {0xf3, 0xaa, 0xeb, 0xfc}, // rep stosb; jmp .-2
		"faulting": {0x0f, 0x0b},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, code...)
			m.set(t, cpu.Regs{RCX: 1 << 40, RDI: dataAt})
			if name == "faulting" {
				m.run(t, second, cpu.ExitShutdown)
				return
			}
			for _, until := range []time.Duration{10, 1000, 1001, 77777} {
				if name == "rep" {
					m.set(t, cpu.Regs{RCX: 1 << 40, RDI: dataAt, RAX: 0x41})
				}
				m.run(t, until, cpu.ExitTime)
				if n := m.Instructions(); n != uint64(until) || m.Now() != until {
					t.Errorf("%d instructions, now %v, want %d", n, m.Now(), until)
				}
			}
		})
	}
}

func TestSleepAdvancesTime(t *testing.T) {
	m := newMachine(t, 0x0f, 0x31, 0xf4) // rdtsc; hlt
	m.Sleep(12345)
	m.run(t, second, cpu.ExitHalt)
	if r := m.regs(t); r.RAX != 12345 {
		t.Errorf("TSC %d", r.RAX)
	}
}

func TestDeterminism(t *testing.T) {
	run := func() (uint64, cpu.State) {
		m := newMachine(t)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 4096 {
			m.ram[codeAt+i] = byte(r.Uint32())
		}
		for range 50 {
			if e, err := m.Run(m.Now() + 1000); err != nil || e.Reason == cpu.ExitShutdown {
				break
			}
		}
		s, err := cpu.GetState(m)
		if err != nil {
			t.Fatal(err)
		}
		return m.Instructions(), s
	}
	n1, s1 := run()
	n2, s2 := run()
	if d := cmp.Diff(s1, s2); n1 != n2 || d != "" {
		t.Errorf("%d and %d instructions:\n%s", n1, n2, d)
	}
}

func TestUnknownInstructionIsLogged(t *testing.T) {
	m := newMachine(t, 0x0f, 0xaa) // rsm, which there is not
	for range 2 {
		m.set(t, cpu.Regs{})
		m.run(t, second, cpu.ExitShutdown)
		s, _ := m.Sregs()
		m.SetSregs(s)
	}
	n := 0
	for _, l := range m.log {
		if strings.Contains(l, "#UD at 0x10000: 0f aa") && strings.Contains(l, "rsm") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("logged %d times, want once:\n%s", n, strings.Join(m.log, "\n"))
	}
}

// A read-modify-write of a device's register.
func TestDeviceReadModifyWrite(t *testing.T) {
	m := newMachine(t, 0x01, 0x03, 0x67, 0x8b, 0x0b, 0xf4) // add %eax, (%rbx); mov (%ebx), %ecx; hlt
	const reg = 0xd0000010
	m.bus.mmio = map[uint64]uint64{reg: 40}
	m.set(t, cpu.Regs{RAX: 2, RBX: reg})
	m.run(t, second, cpu.ExitHalt)
	if v := m.bus.mmio[reg]; v != 42 || m.regs(t).RCX != 42 {
		t.Errorf("the register is %d, read as %d", v, m.regs(t).RCX)
	}
}

// Whatever is executed, through whatever page tables: no panic, and no run
// beyond its time.
func FuzzRun(f *testing.F) {
	const long, protected, paged, real = 0, 1, 2, 3
	f.Add([]byte("\x48\x01\xd8\xf3\xa4\x0f\x05\xcf"), []byte("\x07\x20\x00\x00\x00\x00\x00\x00"), uint8(long))
	f.Add([]byte("\x0f\x22\xd8\x0f\x01\x10\xea\x00"), []byte{}, uint8(protected))
	f.Add([]byte("\x0f\x23\xc0\x0f\x34\x62\x03\xcf"), []byte("\x67\x20\x00\x00\x00\x00\x00\x00"), uint8(paged))
	f.Add([]byte("\xcd\x21\x8e\xd8\xc4\x07\xcb\xf3\xa5"), []byte("\x00\x80\x00\x00"), uint8(real))
	const avx = 4 // with AVX enabled: gathers, stores under a mask, conversions, vzeroall
	f.Add([]byte("\xc4\xe2\x69\x90\x04\x0b\xc4\xe2\x75\x2e\x06\xc5\xfd\xe7\x06\xc4\xe2\xed\x98\x06\xf4"), []byte{}, uint8(long|avx))
	f.Add([]byte("\xc5\xfc\x11\x07\xc4\xe3\x7d\x1d\x07\x03\xc5\xfc\x77\x0f\xae\x20\x0f\xae\x28\xc5\xf8\x77"), []byte("\x67\x20\x00\x00\x00\x00\x00\x00"), uint8(paged|avx))
	f.Fuzz(func(t *testing.T, code, tables []byte, mode uint8) {
		enabled := mode&avx != 0
		m := newMachine(t, code...)
		copy(m.ram[0x1000:0x4000], tables)
		s, _ := m.Sregs()
		s.IDT = cpu.Table{Base: 0x5000, Limit: 0xfff}
		s.GDT = cpu.Table{Base: 0x4000, Limit: 0xff}
		if mode &= 3; mode != long {
			s.CS.L, s.CS.DB = false, true
			s.EFER, s.CR4 = 0, 0
			if mode != paged {
				s.CR0 &^= cpu.CR0PG
			}
			if mode == real {
				s.CR0 &^= cpu.CR0PE
				s.CS.DB, s.CS.Limit, s.SS.DB = false, 0xffff, false
			}
		}
		if enabled {
			s.CR4 |= cpu.CR4OSXSAVE
		}
		copy(m.ram[0x4000:0x5000], code)
		copy(m.ram[0x5000:0x6000], tables)
		m.SetSregs(s)
		m.set(t, cpu.Regs{RAX: 0x3000, RCX: 1 << 20, RSI: dataAt, RDI: dataAt + 64})
		for range 4 {
			limit := m.Now() + 2000
			e, err := m.Run(limit)
			if err != nil {
				t.Fatal(err)
			}
			if m.Now() > limit+1 {
				t.Fatalf("ran to %v, limit %v", m.Now(), limit)
			}
			if e.Reason == cpu.ExitShutdown {
				break
			}
		}
	})
}
