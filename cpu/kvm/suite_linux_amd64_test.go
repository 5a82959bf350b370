package kvm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
	"sysindvm/cpu/cputest"
)

// host opens the host's KVM, and says what it lacks. Without one the test is
// skipped.
func host(t *testing.T) (*engine, map[string]string) {
	t.Helper()
	e, err := open("")
	if err != nil {
		t.Skip(err)
	}
	lacks := make(map[string]string)
	for _, l := range e.report().Lines() {
		if !l.OK {
			lacks[l.Feature] = "this host's KVM lacks it: " + l.Note
		}
	}
	return e, lacks
}

func TestSuite(t *testing.T) {
	e, lacks := host(t)
	cputest.Run(t, e, cpu.NewRAM, lacks)
}

func TestProbe(t *testing.T) {
	host(t)
	begin := time.Now()
	r := Probe("")
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("the probe took %v", d)
	} else {
		t.Logf("the probe took %v", d)
	}
	if !r.LongMode || r.APIVersion != apiVersion || r.Ring0Rate == 0 {
		t.Errorf("no guest can run: %+v", r)
	}
	begin = time.Now()
	quick := ProbeQuick("")
	t.Logf("the quick probe took %v", time.Since(begin))
	if quick.Native() != r.Native() {
		t.Errorf("Native: %v by the quick probe, %v by the other", quick.Native(), r.Native())
	}
	for _, l := range r.Lines() {
		t.Logf("%-26s %-5v %s", l.Feature, l.OK, l.Note)
	}
}

// newVCPU makes a vCPU that is about to execute code in ring 0.
func newVCPU(t *testing.T, e *engine, code ...byte) *vcpu {
	t.Helper()
	ram, free, err := cpu.NewRAM(bare.RAMSize)
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.start(trial{code: code}, ram)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v.Close()
		free()
	})
	return v
}

func TestEmulationFailure(t *testing.T) {
	e, lacks := host(t)
	if _, ok := lacks[cputest.IntRing0]; !ok {
		t.Skip("this host's KVM has no instruction in ring 0 that it cannot execute")
	}
	v := newVCPU(t, e, 0xcd, 0x80, 0xf4) // int $0x80; hlt
	exit, err := v.Run(time.Hour)
	want := cpu.Exit{Reason: cpu.ExitEmulation, Detail: "RIP 0x40000, ring 0: cd 80: int $0x80"}
	if err != nil || exit != want {
		t.Fatalf("Run: %+v, %v; want %+v", exit, err, want)
	}
	// When somebody has helped, KVM goes on as if nothing had happened.
	copy(v.cfg.RAM[bare.Code:], []byte{0x90, 0x90}) // nop; nop
	if exit, err = v.Run(time.Hour); err != nil || exit.Reason != cpu.ExitHalt {
		t.Errorf("Run: %+v, %v; want a halt", exit, err)
	}
	if r, err := v.Regs(); err != nil || r.RIP != bare.Code+3 {
		t.Errorf("halted at RIP %#x, %v", r.RIP, err)
	}
}

func TestWhere(t *testing.T) {
	e, _ := host(t)
	v := newVCPU(t, e)
	s, err := v.Sregs()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		rip  uint64
		code []byte
		want string
	}{
		{bare.Code, []byte{0x0f, 0x57, 0xff}, "RIP 0x40000, ring 0: 0f 57 ff: xorps %xmm7,%xmm7"},
		{bare.Code, []byte{0x0f, 0x01, 0xca}, "RIP 0x40000, ring 0: 0f 01 ca 00 00 00 00 00 00 00 00 00 00 00 00: unknown instruction"},
		{bare.RAMSize - 1, []byte{0x90}, "RIP 0x7ffff, ring 0: 90: nop"},
		{bare.Unmapped, nil, "RIP 0x200000000, ring 0, no memory there"},
		{bare.RAMSize, nil, "RIP 0x80000, ring 0, no memory there"},
	} {
		clear(v.cfg.RAM[bare.Code:][:maxInstruction])
		if tt.code != nil {
			copy(v.cfg.RAM[tt.rip:], tt.code)
		}
		if err := v.SetRegs(cpu.Regs{RIP: tt.rip, RFLAGS: cpu.FlagR1}); err != nil {
			t.Fatal(err)
		}
		if got := v.where(); got != tt.want {
			t.Errorf("where: %q, want %q", got, tt.want)
		}
	}
	s.CS.L, s.CS.DB = false, true
	if err := v.SetSregs(s); err != nil {
		t.Fatal(err)
	}
	copy(v.cfg.RAM[bare.Code:], []byte{0x40})
	if err := v.SetRegs(cpu.Regs{RIP: bare.Code, RFLAGS: cpu.FlagR1}); err != nil {
		t.Fatal(err)
	}
	if got, want := v.where(), "RIP 0x40000, ring 0: 40: inc %eax"; got != want {
		t.Errorf("where in 32-bit code: %q, want %q", got, want)
	}
}

func TestKickAfterClose(t *testing.T) {
	e, _ := host(t)
	v := newVCPU(t, e, 0xeb, 0xfe)
	if _, err := v.Run(v.Now() + time.Millisecond); err != nil {
		t.Fatal(err)
	}
	v.setTimer(v.Now()) // fires about when Close runs
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	v.Kick()
	if err := v.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

func TestBadRAM(t *testing.T) {
	e, _ := host(t)
	ram, free, err := cpu.NewRAM(2 * cpu.PageSize)
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	for _, bad := range [][]byte{nil, ram[:100], ram[1 : 1+cpu.PageSize]} {
		if v, err := e.NewVCPU(cpu.Config{RAM: bad, Bus: nobody{}}); err == nil {
			v.Close()
			t.Errorf("NewVCPU takes RAM of %d bytes", len(bad))
		} else if !strings.Contains(err.Error(), "guest RAM") {
			t.Errorf("NewVCPU: %v", err)
		} else if v != nil {
			t.Error("NewVCPU: a vCPU and an error")
		}
	}
}

func TestGoAllocatedRAM(t *testing.T) {
	e, _ := host(t)
	buf := make([]byte, bare.RAMSize+cpu.PageSize)
	ram := alignToPage(buf)[:bare.RAMSize]
	v, err := e.start(trial{code: movEAX42}, ram)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if exit, err := v.Run(time.Hour); err != nil || exit.Reason != cpu.ExitHalt || !halted42(v, exit) {
		t.Errorf("Run: %+v, %v", exit, err)
	}
}

func TestResetState(t *testing.T) {
	e, _ := host(t)
	ram, free, err := cpu.NewRAM(cpu.PageSize)
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	v, err := e.NewVCPU(cpu.Config{RAM: ram, Bus: nobody{}})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	r, err := v.Regs()
	if err != nil {
		t.Fatal(err)
	}
	s, err := v.Sregs()
	if err != nil {
		t.Fatal(err)
	}
	// SDM 3A, table 10-1.
	got := []uint64{r.RIP, r.RFLAGS, s.CS.Base, uint64(s.CS.Selector), s.CR0 & cpu.CR0PE, s.EFER}
	if diff := cmp.Diff([]uint64{0xfff0, cpu.FlagR1, 0xffff0000, 0xf000, 0, 0}, got); diff != "" {
		t.Errorf("RIP, RFLAGS, CS base and selector, CR0.PE, EFER (-want +got):\n%s", diff)
	}
	if _, err := v.MSR(0xdeadbeef); !errors.Is(err, cpu.ErrMSR) {
		t.Errorf("MSR: %v", err)
	}
}

// Every exit is a trip to the kernel and back, and to the bus.
func BenchmarkPortOut(b *testing.B) {
	benchmarkLoop(b, 0xe6, 0x80, 0xff, 0xc9, 0x75, 0xfa, 0xf4) // 1: out %al, $0x80; dec %ecx; jnz 1b; hlt
}

// BenchmarkRing0 is the loop alone.
func BenchmarkRing0(b *testing.B) {
	benchmarkLoop(b, 0xff, 0xc9, 0x75, 0xfc, 0xf4) // 1: dec %ecx; jnz 1b; hlt
}

func benchmarkLoop(b *testing.B, code ...byte) {
	e, err := open("")
	if err != nil {
		b.Skip(err)
	}
	ram, free, err := cpu.NewRAM(bare.RAMSize)
	if err != nil {
		b.Fatal(err)
	}
	defer free()
	v, err := e.start(trial{code: code}, ram)
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	if err := v.SetRegs(cpu.Regs{RIP: bare.Code, RCX: uint64(b.N), RFLAGS: cpu.FlagR1}); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if exit, err := v.Run(time.Hour); err != nil || exit.Reason != cpu.ExitHalt {
		b.Fatalf("Run: %+v, %v", exit, err)
	}
}
