package vm

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
	"sysindvm/syscalls/agent"
)

func TestOpenEngine(t *testing.T) {
	if _, _, err := OpenEngine("bochs"); err == nil || !strings.Contains(err.Error(), `no engine "bochs": kvm, soft or auto`) {
		t.Errorf("%v", err)
	}
	defer func(f func() cpu.Engine) { softEngine = f }(softEngine)
	softEngine = func() cpu.Engine { return &fakeEngine{} }
	for _, name := range []string{"soft", "auto"} {
		if e, why, err := OpenEngine(name); e == nil || why == "" || err != nil {
			t.Errorf("%s: %v, %q, %v", name, e, why, err)
		}
	}
}

// engines runs a test on each engine that this host has.
func engines(t *testing.T, test func(t *testing.T, e cpu.Engine)) {
	for _, name := range []string{"kvm", "soft"} {
		if name == "soft" && softEngine == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			e, _, err := OpenEngine(name)
			if err != nil {
				t.Skip(err)
			}
			test(t, e)
		})
	}
}

// newBare makes a machine with a 64-bit guest of a few bytes, and a handler of
// interrupt 0x40.
func newBare(t *testing.T, e cpu.Engine, cfg Config, code, handler []byte) *Machine {
	t.Helper()
	cfg.Engine, cfg.Memory, cfg.Log = e, MinMemory, t.Logf
	m, err := newMachine(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	s := bare.LongMode(m.ram)
	copy(m.ram[bare.Code:], code)
	copy(m.ram[bare.Code3:], handler)
	bare.SetGate(m.ram, 0x40, bare.Code3, 0)
	if err := m.vcpu.SetSregs(s); err != nil {
		t.Fatal(err)
	}
	if err := m.vcpu.SetRegs(cpu.Regs{RIP: bare.Code, RSP: bare.Stack0, RFLAGS: cpu.FlagR1}); err != nil {
		t.Fatal(err)
	}
	return m
}

// apicOn is code that points RBX to the local APIC, turns it on and has the
// timer count nanoseconds.
const apicOn = "\xbb\x00\x00\xe0\xfe" + // mov $0xfee00000, %ebx
	"\xc7\x83\xf0\x00\x00\x00\xff\x01\x00\x00" + // movl $0x1ff, SVR(%rbx)
	"\xc7\x83\xe0\x03\x00\x00\x0b\x00\x00\x00" + // movl $0xb, divide(%rbx)
	"\xc7\x83\x20\x03\x00\x00\x40\x00\x00\x00" // movl $0x40, LVT timer(%rbx)

const endInterrupt = "\xc7\x83\xb0\x00\x00\x00\x00\x00\x00\x00" + // movl $0, EOI(%rbx)
	"\x48\xcf" // iretq

// The guest sleeps until its timer wakes it, prints and powers off.
func TestTimerOnEngines(t *testing.T) {
	engines(t, func(t *testing.T, e cpu.Engine) {
		var out strings.Builder
		m := newBare(t, e, Config{Console: &out}, []byte(apicOn+
			"\xc7\x83\x80\x03\x00\x00\x40\x42\x0f\x00"+ // movl $1000000, initial count(%rbx)
			"\xfb\xf4"+ // sti; hlt
			"\x66\xba\xf8\x03\xb0!\xee"+ // mov $0x3f8, %dx; mov $'!', %al; out %al, (%dx)
			"\xb0\x07\xe6\xf4"+ // mov $7, %al; out %al, $0xf4
			"\x0f\x0b"), []byte(endInterrupt)) // ud2
		status, err := m.RunConsole(t.Context())
		if err != nil || status != 7 || out.String() != "!" {
			t.Errorf("status %d, %v, output %q", status, err, &out)
		}
		if now := m.vcpu.Now(); now < time.Millisecond {
			t.Errorf("it is over at %v", now)
		}
	})
}

// A guest that spins is interrupted by its timer, and what waits for it by the
// host's.
func TestSpinOnEngines(t *testing.T) {
	engines(t, func(t *testing.T, e cpu.Engine) {
		m := newBare(t, e, Config{Timeout: 500 * time.Millisecond}, []byte(apicOn+
			"\xc7\x83\x80\x03\x00\x00\xa0\x86\x01\x00"+ // movl $100000, initial count(%rbx)
			"\xfb"+ // sti
			"\x83\xf9\x01\x75\xfb"+ // 1: cmp $1, %ecx; jne 1b
			"\xfa\xeb\xfe"), // cli; 2: jmp 2b
			[]byte("\xff\xc1"+endInterrupt)) // inc %ecx
		_, err := m.Recv(t.Context(), 0, make([]byte, 1))
		if err == nil || !strings.Contains(err.Error(), "nothing in 500ms") || !strings.Contains(err.Error(), "interrupts off") {
			t.Errorf("%v", err)
		}
		if r, err := m.vcpu.Regs(); err != nil || r.RCX != 1 {
			t.Errorf("%d interrupts, %v", r.RCX, err)
		}
	})
}

// A guest that the host's input wakes, through the I/O APIC.
func TestInputOnEngines(t *testing.T) {
	engines(t, func(t *testing.T, e cpu.Engine) {
		m := newBare(t, e, Config{}, []byte(apicOn+
			"\xb9\x00\x00\xc0\xfe"+ // mov $0xfec00000, %ecx
			"\xc7\x01\x18\x00\x00\x00"+ // movl $0x18, (%rcx): pin 4
			"\xc7\x41\x10\x40\x00\x00\x00"+ // movl $0x40, 0x10(%rcx)
			"\x66\xba\xf9\x03\xb0\x01\xee"+ // mov $0x3f9, %dx; mov $1, %al; out %al, (%dx)
			"\xfb\xf4"+ // sti; hlt
			"\x66\xba\xf8\x03\xec\xe6\xf4"+ // mov $0x3f8, %dx; in (%dx), %al; out %al, $0xf4
			"\x0f\x0b"), []byte(endInterrupt))
		if err := m.run(t.Context(), noDeadline, "it", never); !errors.Is(err, agent.ErrIdle) {
			t.Fatal(err)
		}
		m.in = strings.NewReader("A")
		status, err := m.RunConsole(t.Context())
		if err != nil || status != 'A' {
			t.Errorf("status %d, %v", status, err)
		}
	})
}

// The guest sends itself a non-maskable interrupt, with interrupts off.
func TestNMIOnEngines(t *testing.T) {
	engines(t, func(t *testing.T, e cpu.Engine) {
		m := newBare(t, e, Config{}, []byte(apicOn+
			"\xc7\x83\x00\x03\x00\x00\x00\x44\x04\x00"+ // movl $0x44400, ICR(%rbx): NMI to itself
			"\x83\xf9\x01\x75\xfb"+ // 1: cmp $1, %ecx; jne 1b
			"\xb0\x09\xe6\xf4"+ // mov $9, %al; out %al, $0xf4
			"\x0f\x0b"), []byte("\xff\xc1\x48\xcf")) // inc %ecx; iretq
		bare.SetGate(m.ram, 2, bare.Code3, 0)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // without an NMI it would spin for ever
		defer cancel()
		if status, err := m.RunConsole(ctx); err != nil || status != 9 {
			t.Errorf("status %d, %v", status, err)
		}
	})
}
