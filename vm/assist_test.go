package vm

import (
	"encoding/binary"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
	"sysindvm/cpu/kvm"
)

// An instruction that the engine cannot execute is executed by a helper.
func TestAssist(t *testing.T) {
	defer func(f func() cpu.Engine) { softEngine = f }(softEngine)
	softEngine = func() cpu.Engine {
		return &fakeEngine{program: func(v *fakeCPU) cpu.Exit {
			if !v.step || v.msrs[cpu.MSRTSC] != 1234 {
				t.Errorf("the helper: stepping %v, MSRs %v", v.step, v.msrs)
			}
			v.regs.RIP += 3
			v.fpu.MXCSR = 0x1f80
			v.msrs[cpu.MSRSTAR] = 9
			return cpu.Exit{Reason: cpu.ExitStep}
		}}
	}
	var logged []string
	log := func(f string, _ ...any) { logged = append(logged, f) }
	m, v := newFake(t, Config{Log: log}, func(v *fakeCPU) cpu.Exit {
		if v.regs.RIP < 0x1000+6 {
			return cpu.Exit{Reason: cpu.ExitEmulation, Detail: "xyz"}
		}
		return v.halt()
	})
	v.regs.RIP, v.regs.RFLAGS, v.msrs[cpu.MSRTSC] = 0x1000, cpu.FlagIF, 1234
	if err := m.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v.regs.RIP != 0x1006 || v.fpu.MXCSR != 0x1f80 || v.msrs[cpu.MSRSTAR] != 9 {
		t.Errorf("%+v", v.regs)
	}
	if m.Assisted() != 2 || len(logged) != 1 {
		t.Errorf("%d instructions, logged %q", m.Assisted(), logged)
	}
}

// assisted is code of ring 0 whose instructions a KVM that interprets ring 0
// does not know, each followed by one that it does.
var assisted = []struct{ name, code string }{
	{"popcnt %rcx, %rax", "\xf3\x48\x0f\xb8\xc1"},
	{"movq %rcx, %xmm1", "\x66\x48\x0f\x6e\xc9"},
	{"pxor %xmm1, %xmm2", "\x66\x0f\xef\xd1"},
	{"pcmpeqb %xmm2, %xmm3", "\x66\x0f\x74\xda"},
	{"cvtsi2sd %rcx, %xmm4", "\xf2\x48\x0f\x2a\xe1"},
	{"sqrtsd %xmm4, %xmm5", "\xf2\x0f\x51\xec"}, // inexact: a flag of MXCSR
	{"fldpi", "\xd9\xeb"},
	{"fldt 0x60100", "\xdb\x2c\x25\x00\x01\x06\x00"},
	{"lock cmpxchg16b 0x60010", "\xf0\x48\x0f\xc7\x0c\x25\x10\x00\x06\x00"},
	{"movd %xmm1, 0x60020", "\x66\x0f\x7e\x0c\x25\x20\x00\x06\x00"},
	{"pushfq", "\x9c"},
	{"int3", "\xcc"}, // whose handler is an IRETQ
	{"vpaddb %ymm2, %ymm1, %ymm6", "\xc5\xf5\xfc\xf2"},
	{"vinserti128 $1, %xmm1, %ymm6, %ymm7", "\xc4\xe3\x4d\x38\xf9\x01"},
	{"crc32 %rcx, %rsi", "\xf2\x48\x0f\x38\xf1\xf1"},
}

// What the helper makes of an engine's state is what the software CPU makes of
// its own, in all registers, and counted.
func TestAssistOnEngines(t *testing.T) {
	states := map[string]cpu.State{}
	engines(t, func(t *testing.T, e cpu.Engine) {
		code := "\x48\xb9\xef\xcd\xab\x89\x67\x45\x23\x01" // movabs $0x0123456789abcdef, %rcx
		for _, a := range assisted {
			code += a.code + "\x48\xff\xc7" // inc %rdi
		}
		m := newBare(t, e, Config{}, []byte(code+"\xf4"), []byte("\x48\xcf")) // hlt; iretq
		bare.SetGate(m.ram, 3, bare.Code3, 0)
		for i := range 0x200 {
			m.ram[bare.Data+i] = byte(i * 7)
		}
		sregs, err := m.vcpu.Sregs()
		if err == nil {
			sregs.CR4 |= cpu.CR4OSXSAVE
			err = m.vcpu.SetSregs(sregs)
		}
		if err == nil {
			err = m.vcpu.SetFPU(cpu.FPU{FCW: 0x37f, MXCSR: 0x1f80, XCR0: 6, YMM: [16][16]byte{1: {3, 5, 7}}})
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.RunConsole(t.Context()); err == nil || !strings.Contains(err.Error(), "halted with interrupts off") {
			t.Fatal(err)
		}
		s, err := cpu.GetState(m.vcpu)
		if err != nil {
			t.Fatal(err)
		}
		if s.Regs.RDI != uint64(len(assisted)) {
			t.Errorf("%d instructions of %d", s.Regs.RDI, len(assisted))
		}
		if e.Name() == "kvm" && !kvm.ProbeQuick("").Native() && m.Assisted() == 0 {
			t.Error("none is counted")
		}
		t.Logf("%d by the software CPU", m.Assisted())
		states[e.Name()] = comparison(s, m.ram)
	})
	if k, ok := states["kvm"]; ok {
		if d := cmp.Diff(states["soft"], k); d != "" {
			t.Errorf("soft (-) and kvm (+):\n%s", d)
		}
	}
}

// comparison leaves out what engines may keep otherwise, the hidden parts of
// segments and where the x87 was, and puts in what was stored.
func comparison(s cpu.State, ram []byte) cpu.State {
	s.Sregs = cpu.Sregs{CR0: s.Sregs.CR0, CR2: s.Sregs.CR2, CR3: s.Sregs.CR3, CR4: s.Sregs.CR4}
	s.FPU.FIP, s.FPU.FDP, s.FPU.FOP = 0, 0, 0
	s.MSRs = maps.Clone(s.MSRs)
	for i := uint32(0); i < 0x40; i += 8 {
		s.MSRs[bare.Data+i] = binary.LittleEndian.Uint64(ram[bare.Data+i:])
	}
	return s
}
