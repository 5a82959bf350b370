package gdb

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"sysindvm/cpu/soft"
	"sysindvm/vm"
	"sysindvm/vm/inspect"
	"sysindvm/vm/record"
)

// debugger is the other end of a session.
type debugger struct {
	t    *testing.T
	conn net.Conn
	r    reader
}

// attach serves a target to a debugger of the test's.
func attach(t *testing.T, target Target, i386 bool) *debugger {
	t.Helper()
	here, there := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- Serve(t.Context(), there, target, i386) }()
	t.Cleanup(func() {
		here.Close()
		if err := <-done; err != nil && !strings.Contains(err.Error(), "closed pipe") {
			t.Errorf("Serve: %v", err)
		}
	})
	here.SetDeadline(time.Now().Add(30 * time.Second))
	d := &debugger{t: t, conn: here, r: reader{bufio.NewReader(here), func(bool) {}}}
	d.say("QStartNoAckMode")
	return d
}

// say sends a packet and gives the answer.
func (d *debugger) say(packet string) string {
	d.t.Helper()
	if _, err := d.conn.Write(frame(packet)); err != nil {
		d.t.Fatal(err)
	}
	a, err := d.r.next()
	if err != nil {
		d.t.Fatalf("%s: %v", packet, err)
	}
	return a
}

// replay is a record of a boot.
func replay(t *testing.T, i386 bool) *Replay {
	t.Helper()
	m, err := vm.Boot(t.Context(), vm.Config{Engine: soft.New(), I386: i386, Init: "/bin/demo", Console: io.Discard, Append: "quiet"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	rec, err := record.Start(m, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.RunConsole(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := rec.Stop()
	if err != nil {
		t.Fatal(err)
	}
	p, err := record.NewReplay(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return NewReplay(p)
}

func kernel(t *testing.T, i386 bool) *inspect.Kernel {
	t.Helper()
	open := inspect.AMD64
	if i386 {
		open = inspect.I386
	}
	k, err := open()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Breakpoints, steps and the way back, of a record.
func TestReplay(t *testing.T) {
	for name, i386 := range map[string]bool{"x86-64": false, "i386": true} {
		t.Run(name, func(t *testing.T) {
			r := replay(t, i386)
			d := attach(t, r, i386)
			f, err := kernel(t, i386).FuncNamed("indirect.Call")
			if err != nil {
				t.Fatal(err)
			}
			pc := 16
			if i386 {
				pc = 8
			}
			at := func() uint64 {
				b, _ := hex.DecodeString(d.say(fmt.Sprintf("p%x", pc)))
				v := uint64(0)
				for i := len(b) - 1; i >= 0; i-- {
					v = v<<8 | uint64(b[i])
				}
				return v
			}
			start := at()
			d.say(fmt.Sprintf("Z0,%x,1", f.Entry))
			var moments []uint64
			for range 3 {
				if a := d.say("vCont;c"); !strings.Contains(a, "swbreak") || at() != f.Entry {
					t.Fatalf("%s at %#x", a, at())
				}
				moments = append(moments, r.p.Now())
			}
			if a := d.say("s"); !strings.HasPrefix(a, "T05") || at() == f.Entry {
				t.Errorf("a step: %s at %#x", a, at())
			}
			if a := d.say("bs"); !strings.HasPrefix(a, "T05") || at() != f.Entry || r.p.Now() != moments[2] {
				t.Errorf("a step back: %s at %#x", a, at())
			}
			for i := 1; i >= 0; i-- {
				if a := d.say("bc"); !strings.Contains(a, "swbreak") || r.p.Now() != moments[i] {
					t.Errorf("back: %s at %d, not %d", a, r.p.Now(), moments[i])
				}
			}
			if a := d.say("bc"); !strings.Contains(a, "replaylog:begin") || at() != start {
				t.Errorf("to the beginning: %s at %#x", a, at())
			}
			d.say(fmt.Sprintf("z0,%x,1", f.Entry))
			if a := d.say("c"); !strings.Contains(a, "replaylog:end") {
				t.Errorf("to the end: %s", a)
			}
			if a := d.say("M200000,1:00"); a != "E01" {
				t.Errorf("a record was changed: %s", a)
			}
		})
	}
}

// A machine that runs: its memory and registers can be changed, it can be
// interrupted, and it ends.
func TestLive(t *testing.T) {
	m, err := vm.Boot(t.Context(), vm.Config{Engine: soft.New(), Init: "/bin/demo", Console: io.Discard, Append: "quiet"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	d := attach(t, NewLive(m), false)
	d.say("qSupported:error-message+")
	f, _ := kernel(t, false).FuncNamed("sys.sysGetpid")
	d.say(fmt.Sprintf("Z1,%x,1", f.Entry))
	if a := d.say("c"); !strings.Contains(a, "swbreak") {
		t.Fatal(a)
	}
	// RAX, and a byte of the kernel's data.
	if a := d.say("P0=8877665544332211"); a != "OK" || d.say("p0") != "8877665544332211" {
		t.Errorf("RAX: %s %s", a, d.say("p0"))
	}
	sp := d.say("p7")
	b, _ := hex.DecodeString(sp)
	addr := uint64(0)
	for i := 7; i >= 0; i-- {
		addr = addr<<8 | uint64(b[i])
	}
	where := fmt.Sprintf("%x,2", addr-64)
	if a := d.say("M" + where + ":a55a"); a != "OK" || d.say("m"+where) != "a55a" {
		t.Errorf("memory: %s %s", a, d.say("m"+where))
	}
	// Who next writes there?
	if a := d.say("Z2," + where); a != "OK" {
		t.Fatal(a)
	}
	d.say(fmt.Sprintf("z1,%x,1", f.Entry))
	if a := d.say("c"); !strings.Contains(a, fmt.Sprintf("watch:%x;", addr-64)) {
		t.Errorf("a watchpoint: %s", a)
	}
	d.say("z2," + where)
	for _, packet := range []string{"bc", "bs", "pffff", "P0=zz", "mzz", "m0", "G0", "M0,2:00"} {
		if a := d.say(packet); !strings.HasPrefix(a, "E.") {
			t.Errorf("%s: %q", packet, a)
		}
	}
	for _, packet := range []string{"vUnknown", "Z9,0,1"} {
		if a := d.say(packet); a != "" {
			t.Errorf("%s, which there is not: %q", packet, a)
		}
	}
	text := ""
	a := d.say("c")
	for strings.HasPrefix(a, "O") {
		b, _ := hex.DecodeString(a[1:])
		text += string(b)
		if a, err = d.r.next(); err != nil {
			t.Fatal(err)
		}
	}
	if a != "W00" || !strings.Contains(text, "powered off") {
		t.Errorf("the end: %s, %q", a, text)
	}
}

// spinning is a machine that does nothing else.
func spinning(t *testing.T) *vm.Machine {
	t.Helper()
	m, err := vm.Boot(t.Context(), vm.Config{Engine: soft.New(), Init: "/bin/sh", Console: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	copy(m.RAM()[0x1000:], "\xeb\xfe") // jmp .
	r, _ := m.VCPU().Regs()
	r.RIP = 0x1000
	if err := m.VCPU().SetRegs(r); err != nil {
		t.Fatal(err)
	}
	return m
}

// Ctrl-C stops a machine that spins.
func TestInterrupt(t *testing.T) {
	m := spinning(t)
	d := attach(t, NewLive(m), false)
	if _, err := d.conn.Write(frame("c")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	if _, err := d.conn.Write([]byte(interrupt)); err != nil {
		t.Fatal(err)
	}
	if a, err := d.r.next(); err != nil || !strings.HasPrefix(a, "T02") {
		t.Errorf("%s %v", a, err)
	}
}

// A debugger that hangs up ends the session, though the machine spins.
func TestHangUp(t *testing.T) {
	m := spinning(t)
	here, there := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- Serve(t.Context(), there, NewLive(m), false) }()
	here.Write(frame("QStartNoAckMode"))
	here.Read(make([]byte, 100))
	here.Read(make([]byte, 100))
	here.Write(frame("c"))
	time.Sleep(20 * time.Millisecond)
	here.Close()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the session does not end")
	}
}

// The description is XML, and as long as the packets of registers are.
func TestDescription(t *testing.T) {
	for _, i386 := range []bool{false, true} {
		regs := registers(i386)
		var target struct {
			Feature []struct {
				Reg []struct {
					Name    string `xml:"name,attr"`
					Bitsize int    `xml:"bitsize,attr"`
				} `xml:"reg"`
			} `xml:"feature"`
		}
		if err := xml.Unmarshal([]byte(description(i386, regs)), &target); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range target.Feature {
			for _, r := range f.Reg {
				if r.Name != regs[n].name || r.Bitsize != 8*regs[n].size {
					t.Errorf("%+v is not %+v", r, regs[n])
				}
				n++
			}
		}
		if n != len(regs) {
			t.Errorf("%d registers of %d", n, len(regs))
		}
	}
}

func TestPackets(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		ok       bool
	}{
		{"$g#67", "g", true},
		{"++$g#67", "g", true},
		{"$g#00$?#3f", "?", false},
		{"$X}\x03#d8", "X#", true},
		{"\x03", interrupt, true},
	} {
		good := true
		r := reader{bufio.NewReader(strings.NewReader(tt.in)), func(ok bool) { good = good && ok }}
		if got, err := r.next(); err != nil || got != tt.want || good != tt.ok {
			t.Errorf("%q: %q %v %v", tt.in, got, good, err)
		}
	}
	for _, text := range []string{"", "plain", "$#}*\x03", strings.Repeat("x", 5000)} {
		r := reader{bufio.NewReader(bytes.NewReader(frame(text))), func(bool) {}}
		if got, err := r.next(); err != nil || got != text {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
}

func FuzzPackets(f *testing.F) {
	f.Add([]byte("$g#67$m0,10#00$Z0,ffffffff80200000,1#00"))
	f.Add([]byte("$vCont;s#b8\x03$bc#c5$qRcmd,68656c70#fc$P0=00#00"))
	m, err := vm.Boot(context.Background(), vm.Config{Engine: soft.New(), Append: "quiet"})
	if err != nil {
		f.Fatal(err)
	}
	defer m.Close()
	f.Fuzz(func(t *testing.T, b []byte) {
		r := reader{bufio.NewReader(bytes.NewReader(b)), func(bool) {}}
		view, err := inspect.For(m, false)
		if err != nil {
			t.Fatal(err)
		}
		here, there := net.Pipe()
		go io.Copy(io.Discard, here)
		defer here.Close()
		defer there.Close()
		s := &session{conn: there, t: NewLive(m), view: view, regs: registers(false), breaks: map[uint64]int{}, packets: make(chan string)}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
		defer cancel()
		for {
			p, err := r.next()
			if err != nil {
				return
			}
			if over, err := s.handle(ctx, p); over || err != nil {
				return
			}
		}
	})
}
