package soft_test

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
	"sysindvm/cpu/soft"
)

// newBare makes a 64-bit guest with handlers, about to execute code in ring 0.
func newBare(t *testing.T, code []byte, r cpu.Regs) *machine {
	t.Helper()
	m := &machine{ram: make([]byte, ramSize)}
	s := bare.LongMode(m.ram)
	copy(m.ram[bare.Code:], code)
	v, err := soft.New().NewVCPU(cpu.Config{RAM: m.ram, Bus: &m.bus, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	m.VCPU = v
	if err := v.SetSregs(s); err != nil {
		t.Fatal(err)
	}
	r.RIP, r.RSP = bare.Code, bare.Stack0
	m.set(t, r)
	return m
}

// debugEvent is what a handler of #DB finds: where, from the code's start on,
// the low bits of DR6, and whether RF is set.
type debugEvent struct {
	at, dr6 uint64
	rf      bool
}

const (
	hit0 = 1 << 0 // of DR6
	hit1 = 1 << 1
	bd   = 1 << 13
	bs   = 1 << 14

	events = bare.Data + 8
)

// debugHandler notes an event, sets RF for its return, and clears DR6.
const debugHandler = "\x50\x53" + // push %rax; push %rbx
	"\x48\x8b\x1c\x25\x00\x00\x06\x00" + // mov bare.Data, %rbx
	"\x48\x8b\x44\x24\x10\x48\x89\x03" + // mov 16(%rsp), %rax; mov %rax, (%rbx)
	"\x0f\x21\xf0\x48\x89\x43\x08" + // mov %dr6, %rax; mov %rax, 8(%rbx)
	"\x48\x8b\x44\x24\x20\x48\x89\x43\x10" + // mov 32(%rsp), %rax; mov %rax, 16(%rbx)
	"\x48\x83\xc3\x18\x48\x89\x1c\x25\x00\x00\x06\x00" + // add $24, %rbx; mov %rbx, bare.Data
	"\x81\x4c\x24\x20\x00\x00\x01\x00" + // orl $0x10000, 32(%rsp)
	"\x31\xc0\x0f\x23\xf0" + // xor %eax, %eax; mov %rax, %dr6
	"\x5b\x58\x48\xcf" // pop %rbx; pop %rax; iretq

// Debug exceptions (SDM 3B, 17.3): which come, where, with what in DR6 and RF.
func TestDebugExceptions(t *testing.T) {
	const (
		setDRs = "\x0f\x23\xc7\x0f\x23\xfe" // mov %rdi, %dr0; mov %rsi, %dr7
		setDR6 = "\x0f\x23\xf2"             // mov %rdx, %dr6
		movSS  = "\x8e\xd0"                 // mov %eax, %ss
		movSSm = "\x8e\x13"                 // mov (%rbx), %ss
		nop    = "\x90"
		int1   = "\xf1"
		int3   = "\xcc" // the end

		place   = bare.Data + 0x800
		execute = 1           // DR7, for DR0
		access  = 1 | 0xf<<16 // 4 bytes
		gd      = 1 << 13
	)
	for _, tc := range []struct {
		name, code         string
		flags              uint64
		rdi, rsi, rdx, rbx uint64
		want               []debugEvent
	}{
		{"single steps", nop + nop + int3, cpu.FlagTF, 0, 0, 0, 0, []debugEvent{{1, bs, false}, {2, bs, false}}},
		{"a breakpoint at the next instruction, RF from before", setDRs + nop + int3, cpu.FlagRF, bare.Code + 6, execute, 0, 0,
			[]debugEvent{{6, hit0, false}}},
		{"DR6: hits are those of this one, the rest stays", setDRs + setDR6 + nop + int3, 0, bare.Code + 9, execute, bs | hit1, 0,
			[]debugEvent{{9, bs | hit0, false}}},
		{"a breakpoint after MOV SS", setDRs + movSS + nop + nop + int3, 0, bare.Code + 8, execute, 0, 0, nil},
		{"MOV SS is not stepped", movSS + nop + int3, cpu.FlagTF, 0, 0, 0, 0, []debugEvent{{3, bs, false}}},
		{"INT1 is not stepped", movSS + int1 + nop + int3, cpu.FlagTF, 0, 0, 0, 0, []debugEvent{{3, 0, false}, {4, bs, false}}},
		{"data of MOV SS, then NOP", setDRs + movSSm + nop + int3, 0, place, access, 0, place, []debugEvent{{9, hit0, false}}},
		{"data of MOV SS, then INT1", setDRs + movSSm + int1 + int3, 0, place, access, 0, place, []debugEvent{{9, hit0, false}}},
		{"general detect", setDRs + "\x0f\x21\xf8" + int3, 0, 0, gd, 0, 0, []debugEvent{{6, bd, true}}}, // mov %dr7, %rax
		{"SYSCALL that masks TF is not stepped", "\x0f\x05" + nop + int3, cpu.FlagTF, 0, 0, 0, 0, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newBare(t, []byte(tc.code), cpu.Regs{RAX: bare.DataSel, RDI: tc.rdi, RSI: tc.rsi, RDX: tc.rdx, RBX: tc.rbx, RFLAGS: tc.flags})
			copy(m.ram[bare.Code3:], debugHandler)
			bare.SetGate(m.ram, 1, bare.Code3, 0)
			binary.LittleEndian.PutUint64(m.ram[bare.Data:], events)
			binary.LittleEndian.PutUint16(m.ram[place:], bare.DataSel)
			for msr, v := range map[uint32]uint64{cpu.MSRSTAR: bare.STAR, cpu.MSRLSTAR: bare.Code + 2, cpu.MSRFMASK: cpu.FlagTF} {
				if err := m.SetMSR(msr, v); err != nil {
					t.Fatal(err)
				}
			}
			m.run(t, second, cpu.ExitHalt)
			if trap, err := bare.ReadTrap(m.ram, m.regs(t)); err != nil || trap.Vector != 3 {
				t.Errorf("it ended with %+v, %v", trap, err)
			}
			var got []debugEvent
			for at := uint64(events); at < binary.LittleEndian.Uint64(m.ram[bare.Data:]); at += 24 {
				word := func(i uint64) uint64 { return binary.LittleEndian.Uint64(m.ram[at+8*i:]) }
				got = append(got, debugEvent{word(0) - bare.Code, word(1) & 0xe00f, word(2)&cpu.FlagRF != 0})
			}
			if d := cmp.Diff(tc.want, got, cmp.AllowUnexported(debugEvent{})); d != "" {
				t.Error(d)
			}
		})
	}
}

// Bits of paging-structure entries that must be 0 (SDM 3A, 4.5), and some that
// need not.
func TestReservedBits(t *testing.T) {
	const (
		va         = 1 << 39 // by the second entry of the PML4
		pml4       = 0x1000 + 8
		pdpt       = 0x71000
		pd         = 0x72000
		pt         = 0x73000
		rwx, large = 7, 0x80
		ok         = 0
		bad        = 1 | 8 // P, RSVD
	)
	for _, tc := range []struct {
		name  string
		entry uint64
		bits  uint64
		want  uint64
	}{
		{"none", pt, 0, ok},
		{"PTE: ignored bits", pt, 0x7ff << 52, ok},
		{"PTE: highest address bit", pt, 1 << 39, ok},
		{"PTE: address bit 40", pt, 1 << 40, bad},
		{"PTE: address bit 51", pt, 1 << 51, bad},
		{"PTE: NX without EFER.NXE", pt, 1 << 63, bad},
		{"PDE: address bit 40", pd, 1 << 40, bad},
		{"PDE: NX without EFER.NXE", pd, 1 << 63, bad},
		{"PDE of 2 MiB: bit 12 is PAT", pd, large | 1<<12, ok},
		{"PDE of 2 MiB: bit 13", pd, large | 1<<13, bad},
		{"PDE of 2 MiB: bit 20", pd, large | 1<<20, bad},
		{"PDPTE: address bit 51", pdpt, 1 << 51, bad},
		{"PDPTE of 1 GiB", pdpt, large, ok},
		{"PDPTE of 1 GiB: bit 13", pdpt, large | 1<<13, bad},
		{"PDPTE of 1 GiB: bit 29", pdpt, large | 1<<29, bad},
		{"PML4E: PS", pml4, large, bad},
		{"PML4E: address bit 40", pml4, 1 << 40, bad},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newBare(t, []byte{0x8b, 0x03, 0xf4}, cpu.Regs{RBX: va}) // mov (%rbx), %eax; hlt
			put := func(at, v uint64) {
				if at == tc.entry {
					if tc.bits&large != 0 && at != pml4 {
						v = rwx // the page at 0
					}
					v |= tc.bits
				}
				binary.LittleEndian.PutUint64(m.ram[at:], v)
			}
			put(pml4, pdpt|rwx)
			put(pdpt, pd|rwx)
			put(pd, pt|rwx)
			put(pt, bare.Data|rwx)
			m.run(t, second, cpu.ExitHalt)
			trap, err := bare.ReadTrap(m.ram, m.regs(t))
			switch {
			case tc.want == ok && m.regs(t).RIP != bare.Code+3:
				t.Errorf("%+v, %v", trap, err)
			case tc.want != ok && (err != nil || trap.Vector != 14 || trap.Error != tc.want):
				t.Errorf("%+v, %v, want a page fault with error code %#x", trap, err, tc.want)
			}
		})
	}
}

// An address that is not canonical is a stack fault if it is one of the stack
// segment's (SDM 2A, 3.1.1.16).
func TestNonCanonical(t *testing.T) {
	const bad = 1 << 63
	for _, tc := range []struct {
		name, code string
		r          cpu.Regs
		vector     uint8
	}{
		{"(%rbx)", "\x8b\x03", cpu.Regs{RBX: bad}, 13},
		{"(%rbp)", "\x8b\x45\x00", cpu.Regs{RBP: bad}, 12},
		{"(%rsp)", "\x8b\x04\x24", cpu.Regs{RSP: bad}, 12},
		{"%ds:(%rbp) is %ss: all the same", "\x3e\x8b\x45\x00", cpu.Regs{RBP: bad}, 12},
		{"push", "\x50", cpu.Regs{RSP: bad}, 12},
		{"pop", "\x58", cpu.Regs{RSP: bad}, 12},
		{"ret", "\xc3", cpu.Regs{RSP: bad}, 12},
		{"lea (%rbp)", "\x48\x8d\x45\x00\xcc", cpu.Regs{RBP: bad}, 3},
		{"invlpg (%rbp)", "\x0f\x01\x7d\x00\xcc", cpu.Regs{RBP: bad}, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newBare(t, []byte(tc.code), cpu.Regs{})
			tc.r.RIP = bare.Code
			m.set(t, tc.r)
			binary.LittleEndian.PutUint64(m.ram[0x8000+36:], bare.Stack0) // IST1, for the stack is none
			for _, v := range []int{3, 12, 13} {
				m.ram[0x7000+16*v+4] = 1
			}
			m.run(t, second, cpu.ExitHalt)
			if trap, err := bare.ReadTrap(m.ram, m.regs(t)); err != nil || trap.Vector != tc.vector || trap.Error != 0 {
				t.Errorf("%+v, %v, want vector %d", trap, err, tc.vector)
			}
		})
	}
}

// What system instructions refuse in ring 0.
func TestRefused(t *testing.T) {
	const descriptor = bare.Data + 0x10 // of 16 bytes, in a GDT of its own
	for _, tc := range []struct {
		name, code string
		r          cpu.Regs
		high       uint32 // bits 63 to 32 of the descriptor's base
		vector     uint8
	}{
		{"RDPMC: there are no counters", "\x0f\x33\xcc", cpu.Regs{}, 0, 13},
		{"LTR", "\x0f\x00\xd8\xcc", cpu.Regs{RAX: 0x10}, 0, 3},
		{"LTR, a base that is not canonical", "\x0f\x00\xd8\xcc", cpu.Regs{RAX: 0x10}, 1 << 31, 13},
		{"WRMSR of IA32_APIC_BASE", "\x0f\x30\xcc", cpu.Regs{RCX: cpu.MSRAPICBase, RAX: 0xfee00900}, 0, 3},
		{"the same with the x2APIC, which there is not", "\x0f\x30\xcc", cpu.Regs{RCX: cpu.MSRAPICBase, RAX: 0xfee00d00}, 0, 13},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newBare(t, []byte(tc.code), cpu.Regs{})
			s, err := m.Sregs()
			if err != nil {
				t.Fatal(err)
			}
			gdt := m.ram[bare.Data:]
			copy(gdt[8:], m.ram[s.GDT.Base+bare.CodeSel:][:8]) // for the handlers
			const tss = 0x89 << 40                             // available, of 64 bits; its limit, 0x67
			binary.LittleEndian.PutUint64(m.ram[descriptor:], tss|0x67)
			binary.LittleEndian.PutUint64(m.ram[descriptor+8:], uint64(tc.high))
			s.GDT = cpu.Table{Base: bare.Data, Limit: 0x1f}
			if err := m.SetSregs(s); err != nil {
				t.Fatal(err)
			}
			tc.r.RIP, tc.r.RSP = bare.Code, bare.Stack0
			m.set(t, tc.r)
			m.run(t, second, cpu.ExitHalt)
			if trap, err := bare.ReadTrap(m.ram, m.regs(t)); err != nil || trap.Vector != tc.vector {
				t.Errorf("%+v, %v, want vector %d", trap, err, tc.vector)
			}
		})
	}
}

// CPUID has the local APIC only while IA32_APIC_BASE says that it is on.
func TestCPUIDOfAPIC(t *testing.T) {
	const featAPIC = 1 << 9
	for _, on := range []bool{true, false} {
		m := newBare(t, []byte("\x0f\xa2\xf4"), cpu.Regs{RAX: 1}) // cpuid; hlt
		base := uint64(0xfee00100)
		if on {
			base |= 1 << 11
		}
		if err := m.SetMSR(cpu.MSRAPICBase, base); err != nil {
			t.Fatal(err)
		}
		m.run(t, second, cpu.ExitHalt)
		if got := m.regs(t).RDX&featAPIC != 0; got != on {
			t.Errorf("with IA32_APIC_BASE %#x CPUID.APIC is %v", base, got)
		}
	}
}

// While an NMI is handled, others wait for its IRET, and are one.
func TestNMIWaits(t *testing.T) {
	m := newBare(t, []byte("\x48\xff\xc0\xf4"), cpu.Regs{}) // inc %rax; hlt
	copy(m.ram[bare.Code3:], "\xff\xc3\xf4\x48\xcf")        // inc %ebx; hlt; iretq
	bare.SetGate(m.ram, 2, bare.Code3, 0)
	nmi := func() {
		if err := m.NMI(); err != nil {
			t.Fatal(err)
		}
	}
	nmi()
	m.run(t, second, cpu.ExitHalt)
	nmi()
	nmi()
	m.run(t, second, cpu.ExitHalt)
	if r := m.regs(t); r.RBX != 2 || r.RAX != 0 {
		t.Errorf("after the second: RBX %d, RAX %d", r.RBX, r.RAX)
	}
	m.run(t, second, cpu.ExitHalt)
	if r := m.regs(t); r.RBX != 2 || r.RAX != 1 || r.RSP != bare.Stack0 {
		t.Errorf("at the end: RBX %d, RAX %d", r.RBX, r.RAX)
	}
}

// PAE paging: page-directory-pointer entries are read when CR3 is loaded, and
// checked then.
func TestPDPTEs(t *testing.T) {
	const table, pd = 0x71000, 0x72000
	for _, tc := range []struct {
		name string
		code string
		bits uint64
		want cpu.ExitReason
	}{
		{"kept", "\x8b\x03\xf4", 0, cpu.ExitHalt},                                    // mov (%ebx), %eax; hlt
		{"loaded anew", "\x0f\x20\xd8\x0f\x22\xd8\x8b\x03\xf4", 0, cpu.ExitShutdown}, // mov %cr3, %eax; mov %eax, %cr3
		{"a bit that must be 0", "\x0f\x20\xd8\x0f\x22\xd8\xf4", 1 | 1<<1, cpu.ExitShutdown},
		{"a bit that may be 1", "\x0f\x20\xd8\x0f\x22\xd8\xf4", 1 | 1<<3, cpu.ExitHalt},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newBare(t, []byte(tc.code), cpu.Regs{})
			s := bare.Protected32(m.ram)
			copy(m.ram[bare.Code:], tc.code)
			put := func(at, v uint64) { binary.LittleEndian.PutUint64(m.ram[at:], v) }
			for i := range uint64(4) {
				put(table+8*i, pd|1)
			}
			put(pd, 0x83) // 2 MiB at 0
			s.CR0 |= cpu.CR0PG
			s.CR3, s.CR4 = table, cpu.CR4PAE
			if err := m.SetSregs(s); err != nil {
				t.Fatal(err)
			}
			m.set(t, cpu.Regs{RIP: bare.Code, RSP: bare.Stack0, RBX: 1 << 30})
			put(table+8, tc.bits)
			if tc.bits != 0 {
				put(table+8, pd|tc.bits)
			}
			m.run(t, second, tc.want)
		})
	}
}
