package vm

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"sysindvm/cpu"
	"sysindvm/syscalls/agent"
)

func never() bool { return false }

func TestIdle(t *testing.T) {
	m, v := newFake(t, Config{}, (*fakeCPU).halt)
	v.regs.RFLAGS = cpu.FlagIF
	if _, err := m.Recv(t.Context(), 0, make([]byte, 1)); !errors.Is(err, agent.ErrIdle) {
		t.Errorf("a guest that sleeps: %v", err)
	}
	if err := m.Settle(t.Context()); err != nil {
		t.Errorf("Settle: %v", err)
	}
	if err := m.Advance(t.Context(), time.Second); err != nil || v.now != time.Second {
		t.Errorf("Advance: now %v, %v", v.now, err)
	}
}

func TestStops(t *testing.T) {
	for name, tc := range map[string]struct {
		program func(v *fakeCPU) cpu.Exit
		want    StopReason
	}{
		"dead":      {(*fakeCPU).halt, HaltedDead},
		"shutdown":  {func(*fakeCPU) cpu.Exit { return cpu.Exit{Reason: cpu.ExitShutdown, Detail: "x"} }, Shutdown},
		"emulation": {func(*fakeCPU) cpu.Exit { return cpu.Exit{Reason: cpu.ExitEmulation} }, Failed},
		"off": {func(v *fakeCPU) cpu.Exit {
			v.cfg.Bus.Out(exitPort, []byte{7, 1})
			return cpu.Exit{Reason: cpu.ExitKick}
		}, PoweredOff},
	} {
		t.Run(name, func(t *testing.T) {
			defer func(f func() cpu.Engine) { softEngine = f }(softEngine)
			softEngine = nil
			m, _ := newFake(t, Config{}, tc.program)
			_, err := m.Recv(t.Context(), 1, make([]byte, 1))
			var stop *StopError
			if !errors.As(err, &stop) || stop.Reason != tc.want {
				t.Errorf("%v", err)
			}
			status, exited := m.ExitStatus()
			if exited != (tc.want == PoweredOff) || exited && status != 0x107 {
				t.Errorf("exit status %#x, %v", status, exited)
			}
			if err := m.Settle(t.Context()); !errors.As(err, &stop) {
				t.Errorf("a machine that has stopped settles: %v", err)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	spin := func(*fakeCPU) cpu.Exit { return cpu.Exit{Reason: cpu.ExitKick} }
	m, v := newFake(t, Config{Timeout: time.Millisecond}, spin)
	v.regs.RIP = 0x1234
	_, err := m.Recv(t.Context(), 3, make([]byte, 1))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "channel 3") ||
		!strings.Contains(err.Error(), "RIP 0x1234 in ring 0, interrupts off") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m, _ = newFake(t, Config{}, func(*fakeCPU) cpu.Exit { cancel(); return cpu.Exit{Reason: cpu.ExitKick} })
	if err := m.run(ctx, noDeadline, "it", never); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// The guest enables its local APIC, arms the timer for 5 ms, halts; has
// interrupts off when the next is due, and gets that through the window.
func TestTimerInterrupt(t *testing.T) {
	step := 0
	m, v := newFake(t, Config{}, func(v *fakeCPU) cpu.Exit {
		step++
		switch step {
		case 1:
			v.write32(lapicBase+lapicSVR, svrEnable|0xff)
			v.write32(lapicBase+lapicDivide, 0xb) // by 1
			v.write32(lapicBase+lapicLVTTimer, 0x40)
			v.write32(lapicBase+lapicInitCount, 5e6)
			if !v.kicked.Load() {
				t.Error("arming the timer did not end the run that was to be longer")
			}
			return v.halt()
		case 2: // in the handler
			if v.now != 5*time.Millisecond {
				t.Errorf("the timer's interrupt came at %v", v.now)
			}
			v.regs.RFLAGS = 0
			v.write32(lapicBase+lapicEOI, 0)
			v.write32(lapicBase+lapicInitCount, 1e6)
			v.now += 2 * time.Millisecond
			return cpu.Exit{Reason: cpu.ExitTime}
		case 3:
			if !v.window {
				t.Error("no interrupt window was asked for")
			}
			v.regs.RFLAGS = cpu.FlagIF
			return cpu.Exit{Reason: cpu.ExitInterruptWindow}
		}
		if v.window {
			t.Error("the interrupt window was not withdrawn")
		}
		v.write32(lapicBase+lapicEOI, 0)
		return v.halt()
	})
	v.regs.RFLAGS = cpu.FlagIF
	if err := m.run(t.Context(), noDeadline, "it", never); !errors.Is(err, agent.ErrIdle) {
		t.Fatal(err)
	}
	if !slices.Equal(v.taken, []uint8{0x40, 0x40}) {
		t.Errorf("interrupts %#x", v.taken)
	}
}

func TestSettleDoesNotWait(t *testing.T) {
	m, v := newFake(t, Config{}, func(v *fakeCPU) cpu.Exit {
		v.write32(lapicBase+lapicSVR, svrEnable|0xff)
		v.write32(lapicBase+lapicLVTTimer, 0x40)
		v.write32(lapicBase+lapicInitCount, 5e6)
		return v.halt()
	})
	v.regs.RFLAGS = cpu.FlagIF
	if err := m.Settle(t.Context()); err != nil || v.now != 0 {
		t.Errorf("%v at %v", err, v.now)
	}
	if err := m.Advance(t.Context(), time.Millisecond); err != nil || v.now != time.Millisecond || len(v.taken) != 0 {
		t.Errorf("%v at %v, interrupts %v", err, v.now, v.taken)
	}
}

func TestHaltedNotReady(t *testing.T) {
	m, v := newFake(t, Config{}, func(v *fakeCPU) cpu.Exit {
		v.shadow = true
		v.write32(lapicBase+lapicSVR, svrEnable|0xff)
		v.write32(lapicBase+lapicICRLow, 1<<18|0x40)
		return v.halt()
	})
	v.regs.RFLAGS = cpu.FlagIF
	var stop *StopError
	if err := m.Settle(t.Context()); !errors.As(err, &stop) || stop.Reason != Failed {
		t.Errorf("%v", err)
	}
}

// typist gives its reader a byte at a time.
type typist struct{ s string }

func (r *typist) Read(b []byte) (int, error) {
	if r.s == "" {
		return 0, io.EOF
	}
	time.Sleep(time.Millisecond)
	b[0], r.s = r.s[0], r.s[1:]
	return 1, nil
}

// The guest echoes what is typed until a q.
func TestRunConsole(t *testing.T) {
	var out strings.Builder
	step := 0
	m, v := newFake(t, Config{Console: &out, ConsoleIn: &typist{"abcq"}}, func(v *fakeCPU) cpu.Exit {
		step++
		if step == 1 {
			v.write32(lapicBase+lapicSVR, svrEnable|0xff)
			v.write32(ioapicBase, ioapicRedirect+2*uartPin)
			v.write32(ioapicBase+ioapicWindow, 0x44)
			v.cfg.Bus.Out(uartBase+uartIER, []byte{ierReceive})
			return v.halt()
		}
		for {
			var b [1]byte
			if v.cfg.Bus.In(uartBase+uartLSR, b[:]); b[0]&lsrData == 0 {
				break
			}
			v.cfg.Bus.In(uartBase, b[:])
			v.cfg.Bus.Out(uartBase, b[:])
			if b[0] == 'q' {
				v.cfg.Bus.Out(exitPort, []byte{3})
				return cpu.Exit{Reason: cpu.ExitKick}
			}
		}
		v.write32(lapicBase+lapicEOI, 0)
		return v.halt()
	})
	v.regs.RFLAGS = cpu.FlagIF
	status, err := m.RunConsole(t.Context())
	if err != nil || status != 3 || out.String() != "abcq" {
		t.Errorf("status %d, %v, output %q", status, err, &out)
	}
}

func TestRunConsoleEnds(t *testing.T) {
	m, v := newFake(t, Config{ConsoleIn: strings.NewReader("x")}, (*fakeCPU).halt)
	v.regs.RFLAGS = cpu.FlagIF
	if _, err := m.RunConsole(t.Context()); !errors.Is(err, agent.ErrIdle) {
		t.Errorf("asleep with no more input: %v", err)
	}
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	m, v = newFake(t, Config{ConsoleIn: r}, (*fakeCPU).halt)
	v.regs.RFLAGS = cpu.FlagIF
	if _, err := m.RunConsole(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("asleep, waiting for input: %v", err)
	}
}

// The guest sends back what it gets on channel 2, in upper case, and goes to
// sleep for input: Recv brings both about.
func TestChannel(t *testing.T) {
	var d *driver
	m, v := newFake(t, Config{}, func(v *fakeCPU) cpu.Exit {
		if len(v.taken) == 0 {
			v.write32(lapicBase+lapicSVR, svrEnable|0xff)
			v.write32(ioapicBase, ioapicRedirect+2*(virtioPin+2))
			v.write32(ioapicBase+ioapicWindow, 0x50)
			return v.halt()
		}
		v.write32(virtioBase+2*virtioSize+virtioInterruptACK, interruptUsed)
		v.write32(lapicBase+lapicEOI, 0)
		_, _, n := d.usedOf(0)
		copy(d.mem[0x2000:], bytes.ToUpper(d.mem[0x1000:0x1000+n]))
		d.desc(1, 0, 0x2000, n, 0, 0)
		d.offer(0, 0)
		d.offer(1, 0)
		d.mem[d.ring(1, 1)] = availNoInterrupt
		v.write32(virtioBase+2*virtioSize+virtioQueueNotify, 1)
		if !v.kicked.Load() {
			t.Error("bytes for the host do not end the run")
		}
		return v.halt()
	})
	v.regs.RFLAGS = cpu.FlagIF
	d = &driver{console: m.channels[2], mem: m.ram}
	d.start(t, 4)
	d.desc(0, 0, 0x1000, 64, descWrite, 0)
	d.offer(0, 0)
	if err := m.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := m.Send(t.Context(), 2, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 3)
		for _, want := range []string{"HEL", "LO"} {
			if n, err := m.Recv(t.Context(), 2, b); err != nil || string(b[:n]) != want {
				t.Errorf("%q, %v; want %q", b[:n], err, want)
			}
		}
		if _, err := m.Recv(t.Context(), 2, b); !errors.Is(err, agent.ErrIdle) {
			t.Errorf("%v", err)
		}
	}
	if err := m.Send(t.Context(), 2, make([]byte, maxChannel+1)); err == nil {
		t.Error("more than 4 MiB can be sent")
	}
}

func TestClosed(t *testing.T) {
	m, _ := newFake(t, Config{}, (*fakeCPU).halt)
	m.Close()
	if err := m.Send(t.Context(), 0, []byte("x")); err == nil {
		t.Error("a closed machine takes bytes")
	}
	if _, err := m.Recv(t.Context(), 0, make([]byte, 1)); err == nil {
		t.Error("a closed machine gives bytes")
	}
	m.kick()
	if err := m.Send(t.Context(), 8, nil); err == nil {
		t.Error("channel 8 exists")
	}
}

func TestUnclaimed(t *testing.T) {
	m, _ := newFake(t, Config{}, (*fakeCPU).halt)
	b := []byte{1, 2, 3, 4}
	bus{m}.In(0x2f0, b)
	if !slices.Equal(b, []byte{255, 255, 255, 255}) {
		t.Errorf("port 0x2f0: % x", b)
	}
	b = []byte{1, 2, 3, 4}
	bus{m}.ReadMMIO(0xd0008000, b)
	bus{m}.WriteMMIO(0xd0008000, b)
	if !slices.Equal(b, []byte{255, 255, 255, 255}) {
		t.Errorf("behind the consoles: % x", b)
	}
	w := make([]byte, 8)
	bus{m}.ReadMMIO(virtioBase, w)
	if string(w[:4]) != "virt" || w[4] != 2 {
		t.Errorf("8 bytes of virtio registers: %q", w)
	}
	bus{m}.ReadMMIO(virtioBase+1, w[:1])
	if w[0] != 'i' {
		t.Errorf("one byte of a register: %q", w[0])
	}
}
