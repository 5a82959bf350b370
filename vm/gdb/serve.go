package gdb

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"sysindvm/cpu"
	"sysindvm/vm/inspect"
)

// Serve speaks with one debugger until it detaches, ends the target, or hangs
// up. i386 says what the kernel is made for. The connection stays open.
func Serve(ctx context.Context, conn net.Conn, t Target, i386 bool) error {
	view, err := inspect.For(t.Machine(), i386)
	if err != nil {
		return err
	}
	s := &session{conn: conn, t: t, view: view, i386: i386, regs: registers(i386), acks: true,
		breaks: map[uint64]int{}, packets: make(chan string)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	failed := make(chan error, 1)
	go func() {
		failed <- s.read(ctx)
		cancel() // a target that runs stops: nobody is there any more
	}()
	for {
		select {
		case p := <-s.packets:
			over, err := s.handle(ctx, p)
			if over || err != nil && ctx.Err() == nil {
				return err
			}
		case err := <-failed:
			if errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		}
	}
}

// session is one debugger.
type session struct {
	conn    net.Conn
	t       Target
	view    *inspect.View
	i386    bool
	regs    []register
	acks    bool
	words   bool // the debugger takes errors in words
	packets chan string
	breaks  map[uint64]int // by address, how often it was set
	watches []watch
}

// watch is a watchpoint as GDB has set it, with the memory that it is of.
type watch struct {
	kind byte   // of its packet: 2 write, 3 read, 4 both
	addr uint64 // virtual
	size uint64
	at   cpu.Watchpoint
}

// read hands packets on, one at a time.
func (s *session) read(ctx context.Context) error {
	r := reader{bufio.NewReader(s.conn), func(ok bool) {
		if c := "-"; s.acks {
			if ok {
				c = "+"
			}
			io.WriteString(s.conn, c)
		}
	}}
	for {
		p, err := r.next()
		if err != nil {
			return err
		}
		select {
		case s.packets <- p:
		case <-ctx.Done():
			return ctx.Err()
		}
		if p == "QStartNoAckMode" {
			s.acks = false
		}
	}
}

func (s *session) send(data string) error {
	_, err := s.conn.Write(frame(data))
	return err
}

// command is what answers a packet that begins with its name. It gets the rest,
// and gives the answer.
type command struct {
	prefix string
	do     func(s *session, ctx context.Context, arg string) (string, error)
}

// commands are those of the protocol that there are, longer names first; GDB
// takes an empty answer to others as that there are none.
var commands []command

func init() {
	run := func(step, back bool) func(*session, context.Context, string) (string, error) {
		return func(s *session, ctx context.Context, _ string) (string, error) { return s.resume(ctx, step, back) }
	}
	say := func(text string) func(*session, context.Context, string) (string, error) {
		return func(*session, context.Context, string) (string, error) { return text, nil }
	}
	commands = []command{
		{"QStartNoAckMode", say("OK")},
		{"qSupported", (*session).supported},
		{"qXfer:features:read:target.xml:", (*session).features},
		{"qAttached", say("1")},
		{"qfThreadInfo", say("m1")},
		{"qsThreadInfo", say("l")},
		{"qC", say("QC1")},
		{"qRcmd,", (*session).monitor},
		{"vCont?", say("vCont;c;C;s;S")},
		{"vCont;", (*session).vCont},
		{"?", say("T05thread:1;")},
		{"H", say("OK")},
		{"T", say("OK")},
		{"g", (*session).readAll},
		{"G", (*session).writeAll},
		{"p", (*session).readOne},
		{"P", (*session).writeOne},
		{"m", (*session).readMemory},
		{"M", (*session).writeMemory},
		{"Z", (*session).set},
		{"z", (*session).clear},
		{"c", run(false, false)},
		{"C", run(false, false)},
		{"s", run(true, false)},
		{"S", run(true, false)},
		{"bc", run(false, true)},
		{"bs", run(true, true)},
	}
}

// handle answers a packet; over says that the debugger has gone.
func (s *session) handle(ctx context.Context, p string) (over bool, err error) {
	switch p {
	case "D", "D;1":
		return true, s.send("OK")
	case "k", "vKill;1":
		return true, nil
	case interrupt:
		return false, nil // nothing runs
	}
	for _, c := range commands {
		arg, ok := strings.CutPrefix(p, c.prefix)
		if !ok {
			continue
		}
		answer, err := c.do(s, ctx, arg)
		if err != nil {
			answer = "E01"
			if s.words {
				answer = "E." + err.Error()
			}
		}
		return false, s.send(answer)
	}
	return false, s.send("")
}

func (s *session) supported(_ context.Context, arg string) (string, error) {
	s.words = strings.Contains(arg, "error-message+")
	text := fmt.Sprintf("PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;swbreak+;hwbreak+;vContSupported+;error-message+", maxPacket)
	if s.t.Fixed() {
		text += ";ReverseStep+;ReverseContinue+"
	}
	return text, nil
}

// features is a piece of the target description: offset,length.
func (s *session) features(_ context.Context, arg string) (string, error) {
	off, n, err := pair(arg)
	if err != nil {
		return "", err
	}
	text := description(s.i386, s.regs)
	if off >= uint64(len(text)) {
		return "l", nil
	}
	text = text[off:]
	if n < uint64(len(text)) {
		return "m" + text[:n], nil
	}
	return "l" + text, nil
}

// pair reads two numbers in hexadecimal, with a comma between them.
func pair(arg string) (a, b uint64, err error) {
	x, y, ok := strings.Cut(arg, ",")
	a, err1 := strconv.ParseUint(x, 16, 64)
	b, err2 := strconv.ParseUint(y, 16, 64)
	if !ok || err1 != nil || err2 != nil {
		return 0, 0, fmt.Errorf("%q: two numbers were expected", arg)
	}
	return a, b, nil
}

// ---- registers

func (s *session) readAll(_ context.Context, _ string) (string, error) {
	st, err := readState(s.t.Machine().VCPU())
	if err != nil {
		return "", err
	}
	var all []byte
	for i := range s.regs {
		b := make([]byte, s.regs[i].size)
		s.regs[i].get(&st, b)
		all = append(all, b...)
	}
	return hex.EncodeToString(all), nil
}

func (s *session) writeAll(_ context.Context, arg string) (string, error) {
	b, err := hex.DecodeString(arg)
	if err != nil {
		return "", fmt.Errorf("registers: %w", err)
	}
	return s.change(func(st *state) error {
		for i := range s.regs {
			r := &s.regs[i]
			if len(b) < r.size {
				return nil
			}
			if r.set != nil {
				r.set(st, b)
			}
			b = b[r.size:]
		}
		return nil
	})
}

func (s *session) readOne(_ context.Context, arg string) (string, error) {
	n, err := strconv.ParseUint(arg, 16, 16)
	if err != nil || n >= uint64(len(s.regs)) {
		return "", fmt.Errorf("there is no register %q", arg)
	}
	st, err := readState(s.t.Machine().VCPU())
	if err != nil {
		return "", err
	}
	b := make([]byte, s.regs[n].size)
	s.regs[n].get(&st, b)
	return hex.EncodeToString(b), nil
}

func (s *session) writeOne(_ context.Context, arg string) (string, error) {
	no, text, _ := strings.Cut(arg, "=")
	n, err := strconv.ParseUint(no, 16, 16)
	b, err2 := hex.DecodeString(text)
	if err != nil || err2 != nil || n >= uint64(len(s.regs)) || len(b) < s.regs[n].size {
		return "", fmt.Errorf("P%s: a register and its value were expected", arg)
	}
	if s.regs[n].set == nil {
		return "", fmt.Errorf("%s cannot be changed", s.regs[n].name)
	}
	return s.change(func(st *state) error {
		s.regs[n].set(st, b)
		return nil
	})
}

// change writes registers back after f has changed them.
func (s *session) change(f func(st *state) error) (string, error) {
	if s.t.Fixed() {
		return "", errFixed
	}
	st, err := readState(s.t.Machine().VCPU())
	if err != nil {
		return "", err
	}
	if err := f(&st); err != nil {
		return "", err
	}
	return "OK", st.write(s.t.Machine().VCPU())
}

// ---- memory

func (s *session) readMemory(_ context.Context, arg string) (string, error) {
	addr, n, err := pair(arg)
	if err != nil {
		return "", err
	}
	b := make([]byte, min(n, maxPacket/2-16))
	for len(b) > 0 && !s.view.Read(addr, b) { // what can be read of it
		b = b[:len(b)-int(min(uint64(len(b)), max((addr+uint64(len(b)))%cpu.PageSize, 1)))]
	}
	if len(b) == 0 && n > 0 {
		return "", fmt.Errorf("nothing is mapped at %#x", addr)
	}
	return hex.EncodeToString(b), nil
}

func (s *session) writeMemory(_ context.Context, arg string) (string, error) {
	where, text, _ := strings.Cut(arg, ":")
	addr, n, err := pair(where)
	if err != nil {
		return "", err
	}
	b, err := hex.DecodeString(text)
	if err != nil || uint64(len(b)) != n {
		return "", fmt.Errorf("M: %d bytes were expected", n)
	}
	if s.t.Fixed() {
		return "", errFixed
	}
	for i := range b {
		pa, ok := s.view.Physical(addr + uint64(i))
		if !ok {
			return "", fmt.Errorf("nothing is mapped at %#x", addr+uint64(i))
		}
		s.t.Machine().RAM()[pa] = b[i]
	}
	return "OK", nil
}

// ---- breakpoints and watchpoints

// point takes apart kind,address,size.
func point(arg string) (kind byte, addr, size uint64, err error) {
	if len(arg) < 2 || arg[1] != ',' {
		return 0, 0, 0, fmt.Errorf("%q: a kind, an address and a size were expected", arg)
	}
	rest, _, _ := strings.Cut(arg[2:], ";")
	addr, size, err = pair(rest)
	return arg[0], addr, size, err
}

const maxPoints = 1000

func (s *session) set(_ context.Context, arg string) (string, error) {
	kind, addr, size, err := point(arg)
	switch {
	case err != nil:
		return "", err
	case len(s.breaks)+len(s.watches) >= maxPoints:
		return "", fmt.Errorf("there are %d breakpoints already", maxPoints)
	case kind == '0' || kind == '1':
		s.breaks[addr]++
		return "OK", nil
	case kind > '4' || !s.t.CanWatch():
		return "", nil
	}
	pa, ok := s.view.Physical(addr)
	if last, ok2 := s.view.Physical(addr + max(size, 1) - 1); !ok || !ok2 || last-pa != max(size, 1)-1 {
		return "", fmt.Errorf("%#x: nothing is mapped there, or not in one piece", addr)
	}
	s.watches = append(s.watches, watch{kind, addr, size,
		cpu.Watchpoint{Addr: pa, Size: max(size, 1), Read: kind != '2', Write: kind != '3'}})
	return "OK", nil
}

func (s *session) clear(_ context.Context, arg string) (string, error) {
	kind, addr, size, err := point(arg)
	if err != nil {
		return "", err
	}
	if kind == '0' || kind == '1' {
		if s.breaks[addr]--; s.breaks[addr] <= 0 {
			delete(s.breaks, addr)
		}
		return "OK", nil
	}
	for i, w := range s.watches {
		if w.kind == kind && w.addr == addr && w.size == size {
			s.watches = append(s.watches[:i], s.watches[i+1:]...)
			break
		}
	}
	return "OK", nil
}

// ---- running

// vCont is resume with an action for each thread, of which there is one.
func (s *session) vCont(ctx context.Context, arg string) (string, error) {
	return s.resume(ctx, strings.HasPrefix(strings.ToLower(arg), "s"), false)
}

// resume steps or goes on, forwards or backwards, until something stops the
// target or the debugger does.
func (s *session) resume(ctx context.Context, step, back bool) (string, error) {
	if back && !s.t.Fixed() {
		return "", errors.New("only a record goes backwards")
	}
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		stop Stop
		err  error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		if step {
			r.stop, r.err = s.t.Step(run, back)
		} else {
			r.stop, r.err = s.t.Continue(run, s.stops(), back)
		}
		done <- r
	}()
	for {
		select {
		case r := <-done:
			if r.err != nil {
				return "", r.err
			}
			return s.report(r.stop)
		case p := <-s.packets:
			if p == interrupt {
				cancel()
			}
		case <-ctx.Done():
			<-done
			return "", ctx.Err()
		}
	}
}

func (s *session) stops() (all Stops) {
	for addr := range s.breaks {
		all.Breakpoints = append(all.Breakpoints, addr)
	}
	for _, w := range s.watches {
		all.Watchpoints = append(all.Watchpoints, w.at)
	}
	return all
}

// report is the answer that says why the target stands still.
func (s *session) report(stop Stop) (string, error) {
	const trapped, at = "T05", "thread:1;"
	switch stop.Reason {
	case Breakpoint:
		return trapped + "swbreak:;" + at, nil
	case Watchpoint:
		for _, w := range s.watches {
			if w.at == stop.Watchpoint {
				return fmt.Sprintf("%s%s:%x;%s", trapped, [...]string{"watch", "rwatch", "awatch"}[w.kind-'2'], w.addr, at), nil
			}
		}
	case Interrupted:
		return "T02" + at, nil
	case Begin:
		return trapped + "replaylog:begin;" + at, nil
	case End:
		return trapped + "replaylog:end;" + at, nil
	case Exited:
		if err := s.send("O" + hex.EncodeToString([]byte(stop.Detail+"\n"))); err != nil {
			return "", err
		}
		return "W00", nil
	}
	return trapped + at, nil
}
