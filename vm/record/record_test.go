package record

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/vm"
)

// boot makes a machine on soft.
func boot(t testing.TB, cfg vm.Config) *vm.Machine {
	t.Helper()
	cfg.Engine, cfg.Memory = soft.New(), cmp.Or(cfg.Memory, vm.MinMemory)
	m, err := vm.Boot(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

var seed = maphash.MakeSeed()

// digest is everything that a guest could tell one moment from another by.
func digest(t testing.TB, m *vm.Machine) uint64 {
	t.Helper()
	s, err := m.AppendState(nil)
	if err != nil {
		t.Fatal(err)
	}
	var h maphash.Hash
	h.SetSeed(seed)
	h.Write(s)
	h.Write(m.RAM())
	return h.Sum64()
}

// moment is one that the recorded machine has been at.
type moment struct {
	at     uint64
	digest uint64
}

// calls has tasks make calls, and notes moments between them.
func calls(t testing.TB, m *vm.Machine) (moments []moment) {
	t.Helper()
	ctx := t.Context()
	task, err := m.Task(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		if _, err := task.Indirect(ctx, []syscalls.Context{syscalls.OpenFlags(syscalls.O_CLOEXEC)},
			syscalls.SYS_SOCKET, syscalls.AF_INET, syscalls.SOCK_STREAM, 0); err != nil {
			t.Fatal(err)
		}
		if i == 20 { // so that time passes, too, in which nothing is executed
			if err := m.Advance(ctx, 50*time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		moments = append(moments, moment{m.VCPU().Instructions(), digest(t, m)})
	}
	return moments
}

// recorded is a record of calls, read from a file, with the moments at its
// inputs.
func recorded(t testing.TB, interval uint64) (*Record, []moment) {
	t.Helper()
	m := boot(t, vm.Config{Append: "quiet"})
	rec, err := Start(m, interval)
	if err != nil {
		t.Fatal(err)
	}
	moments := calls(t, m)
	r, err := rec.Stop()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if r, err = Read(&b); err != nil {
		t.Fatal(err)
	}
	return r, moments
}

func TestSeek(t *testing.T) {
	r, _ := recorded(t, 100_000)
	p, err := NewReplay(r)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if len(r.snaps) < 5 {
		t.Fatalf("%d snapshots: the test is of no use", len(r.snaps))
	}
	// Forwards, in one go and without a snapshot's help, to know what is right.
	random := rand.New(rand.NewPCG(1, 2))
	want := map[uint64]uint64{}
	for at := r.Start(); at < r.End(); at += 1 + random.Uint64N((r.End()-r.Start())/30) {
		if _, err := p.Forward(t.Context(), at, Stops{}); err != nil {
			t.Fatal(err)
		}
		if p.Now() != at {
			t.Fatalf("went to %d, not to %d", p.Now(), at)
		}
		want[at] = digest(t, p.Machine())
	}
	if err := p.Seek(t.Context(), r.End()); err != nil {
		t.Fatal(err)
	}
	for at, d := range want { // in a random order
		if err := p.Seek(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		if digest(t, p.Machine()) != d {
			t.Errorf("moment %d is another by Seek", at)
		}
	}
	if err := p.Seek(t.Context(), r.End()+1); err == nil || p.Now() > r.End() {
		t.Errorf("a moment after the end: %v", err)
	}
}

// What the recorded machine itself was at a moment, is what Seek brings back.
func TestSame(t *testing.T) {
	r, moments := recorded(t, 200_000)
	p, err := NewReplay(r)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Seek(t.Context(), r.End()); err != nil {
		t.Fatal(err)
	}
	last := moments[len(moments)-1]
	if last.at != r.End() {
		t.Fatalf("the run ended at %d, its record at %d", last.at, r.End())
	}
	// The host has taken the last reply since the guest stopped.
	for ; p.next < len(r.events); p.next++ {
		if err := p.m.Apply(r.events[p.next].input); err != nil {
			t.Fatal(err)
		}
	}
	if digest(t, p.Machine()) != last.digest {
		t.Error("the end of the record is not the end of the run")
	}
}

func TestStops(t *testing.T) {
	r, _ := recorded(t, 100_000)
	p, err := NewReplay(r)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx := t.Context()
	if err := p.Seek(ctx, r.End()*2/3); err != nil {
		t.Fatal(err)
	}
	pc := func() uint64 { regs, _ := p.Machine().VCPU().Regs(); return regs.RIP }
	s := Stops{Breakpoints: []uint64{pc()}}
	first := p.Now()
	var at []uint64
	for {
		exit, err := p.Forward(ctx, r.End(), s)
		if err != nil {
			t.Fatal(err)
		}
		if exit.Reason == 0 {
			break
		}
		if exit.Reason != cpu.ExitBreakpoint || pc() != s.Breakpoints[0] {
			t.Fatalf("stopped for %v at %#x", exit.Reason, pc())
		}
		at = append(at, p.Now())
	}
	if len(at) < 3 || at[0] <= first {
		t.Fatalf("stops %v after %d", at, first)
	}
	for i := len(at) - 1; i >= 0; i-- {
		exit, err := p.Backward(ctx, 0, s)
		if err != nil || exit.Reason != cpu.ExitBreakpoint || p.Now() != at[i] || pc() != s.Breakpoints[0] {
			t.Fatalf("backwards to %d %v %v, not to %d", p.Now(), exit.Reason, err, at[i])
		}
	}
	if _, err := p.Backward(ctx, 0, s); err != nil || p.Now() != first {
		t.Fatalf("backwards to %d %v, not to %d", p.Now(), err, first)
	}

	// Who has last written to the top of the stack?
	regs, _ := p.Machine().VCPU().Regs()
	sregs, _ := p.Machine().VCPU().Sregs()
	pa, ok := p.Machine().Translate(sregs.CR3, regs.RSP)
	if !ok {
		t.Fatal("the stack is not mapped")
	}
	word := func() string { return string(p.Machine().RAM()[pa : pa+8]) }
	now := word()
	for {
		exit, err := p.Backward(ctx, 0, Stops{Watchpoints: []cpu.Watchpoint{{Addr: pa, Size: 8, Write: true}}})
		if err != nil || exit.Reason != cpu.ExitWatchpoint {
			t.Fatalf("%v %v", exit.Reason, err)
		}
		before := word()
		if err := p.Seek(ctx, p.Now()+1); err != nil {
			t.Fatal(err)
		}
		if after := word(); after != now {
			t.Fatalf("the last write left %x, and there is %x", after, now)
		} else if after != before {
			break
		}
		if err := p.Seek(ctx, p.Now()-1); err != nil {
			t.Fatal(err)
		}
	}
}

// A program with timer interrupts, to which a terminal speaks.
func TestConsole(t *testing.T) {
	in, typed := io.Pipe()
	var out lockedBuffer
	m := boot(t, vm.Config{Append: "init=/bin/sh", Console: &out, ConsoleIn: in})
	rec, err := Start(m, 50_000)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for _, line := range []string{"echo one two\n", "demo\n", "exit\n"} {
			time.Sleep(20 * time.Millisecond)
			io.WriteString(typed, line)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := m.RunConsole(ctx); err != nil {
		t.Fatal(err)
	}
	r, _ := rec.Stop()
	want := digest(t, m)
	p, err := NewReplay(r)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Seek(t.Context(), r.End()); err != nil {
		t.Fatal(err)
	}
	if len(r.Inputs()) < 3 || digest(t, p.Machine()) != want {
		t.Errorf("%d inputs; the end is another", len(r.Inputs()))
	}
}

type lockedBuffer struct{ bytes.Buffer }

func TestBadFiles(t *testing.T) {
	r, _ := recorded(t, 0)
	var b bytes.Buffer
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	good := b.Bytes()
	change := func(at int, v byte) []byte {
		c := bytes.Clone(good)
		c[at] ^= v
		return c
	}
	for want, file := range map[string][]byte{
		"this is not a record of a run": []byte("#!/bin/sh\nexit 0\n and so on until it is longer than a header"),
		"the record is of version 3, and this program reads version 1: record the run again": change(8, 2),
		"the record is damaged: its checksum is wrong":                                       change(headerSize+100, 1),
		"the record is damaged": change(39, 1),
		"the record is cut off: it has 30 bytes of a header of 40":               good[:30],
		"the record is cut off: it has 1000 bytes of " + strconv.Itoa(len(good)): good[:1000],
	} {
		if _, err := Read(bytes.NewReader(file)); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	// Another build's machine.
	r.snaps[0].state[0] ^= 1
	if _, err := NewReplay(r); err == nil || !strings.Contains(err.Error(), "made by another version of this program") {
		t.Errorf("a state of another layout: %v", err)
	}
}

// A record that someone has changed, checksum and all, is refused or replayed
// with an error: never a panic, and never without an end.
func TestForged(t *testing.T) {
	r, _ := recorded(t, 0)
	good := r.encode()
	random := rand.New(rand.NewPCG(3, 4))
	refused, failed, ran := 0, 0, 0
	for range 100 {
		body := bytes.Clone(good)
		for range 1 + random.IntN(4) {
			// The beginning, where the numbers are, more often than the pages.
			at := random.IntN(len(body))
			if random.IntN(2) == 0 {
				at = random.IntN(min(len(body), 20_000))
			}
			body[at] = byte(random.Uint32())
		}
		d := decoder{b: body}
		r := d.record()
		if d.bad || len(d.b) > 0 {
			refused++
			continue
		}
		p, err := NewReplay(r)
		if err != nil {
			failed++
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if err := p.Seek(ctx, r.End()); err != nil {
			failed++
		} else {
			ran++
		}
		cancel()
		p.Close()
	}
	if refused == 0 || failed+ran == 0 {
		t.Errorf("%d refused, %d failed, %d ran: the test is of no use", refused, failed, ran)
	}
}

// What random changes seldom hit: numbers that are out of their bounds, each in a
// record that is otherwise whole.
func TestOutOfBounds(t *testing.T) {
	for name, forge := range map[string]func(r *Record){
		"a page outside of memory":  func(r *Record) { r.pages[0].number = uint32(r.Memory / cpu.PageSize) },
		"a page twice":              func(r *Record) { r.pages[1].number = r.pages[0].number },
		"a page of no snapshot":     func(r *Record) { r.pages[0].versions[0].snap = int32(len(r.snaps)) },
		"a version before itself":   func(r *Record) { r.pages[0].versions[0].base = -1 },
		"a page that is not whole":  func(r *Record) { r.pages[0].versions[0].data = []byte("short") },
		"an event after the end":    func(r *Record) { r.end = vm.Position{} },
		"no snapshot to begin with": func(r *Record) { r.events[0].snap = false },
	} {
		r, _ := recorded(t, 0)
		forge(r)
		d := decoder{b: r.encode()}
		if d.record(); !d.bad {
			t.Errorf("%s is no error", name)
		}
	}
}

// That a call blocks for good is known at once when it is recorded, too.
func TestIdle(t *testing.T) {
	m := boot(t, vm.Config{Append: "quiet"})
	rec, err := Start(m, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	task, err := m.Task(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b agent.Batch
	b.Call(syscalls.SYS_PAUSE)
	start := time.Now()
	if err := task.Do(t.Context(), &b); !errors.Is(err, agent.ErrIdle) || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	r, err := rec.Stop()
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewReplay(r)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Seek(t.Context(), r.End()); err != nil || digest(t, p.Machine()) != digest(t, m) {
		t.Errorf("the end is another: %v", err)
	}
}

func TestDiverged(t *testing.T) {
	r, _ := recorded(t, 100_000)
	r.snaps[0].state = bytes.Clone(r.snaps[0].state)
	for i := range r.events {
		if d := r.events[i].input.Data; len(d) > 0 {
			d[len(d)-1] ^= 1
		}
	}
	p, err := NewReplay(r)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Forward(t.Context(), r.End(), Stops{}); !errors.Is(err, vm.ErrDiverged) {
		t.Errorf("a record with other input: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	r := &Record{Memory: vm.MinMemory, interval: 1, index: map[uint32]int32{},
		events: []event{{snap: true}, {input: vm.Input{Channel: 1, Data: []byte("x")}}},
		snaps:  []snapshot{{state: []byte("s")}},
		pages:  []page{{number: 3, versions: []version{{data: make([]byte, cpu.PageSize)}}}},
	}
	f.Add(r.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		d := decoder{b: b}
		r := d.record()
		if d.bad {
			return
		}
		for i := range r.pages {
			for s := range r.snaps {
				r.pages[i].content(s, new([cpu.PageSize]byte))
			}
		}
	})
}
