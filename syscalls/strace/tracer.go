package strace

import (
	"fmt"
	"io"
	"strings"

	"sysindvm/syscalls"
)

// Tracer prints the calls of several processes as they begin and return, as
// strace -f does: a call is written in one line, or, where another process
// comes between, in two, with <unfinished ...> and <... resumed>.
type Tracer struct {
	Out io.Writer
	// PIDs has every line begin with the process's number, as strace -f -o
	// does; else a line does only while there are several processes.
	PIDs bool
	// MaxString is how many bytes of a string are written; 32 if it is 0.
	MaxString int
	// Wants says whether a call is written; all are if it is nil. Of a wrapped
	// call it is asked about the call itself.
	Wants func(c *syscalls.Call) bool

	procs map[int]*traced
	held  *traced // in a call of which nothing has been written yet
}

// traced is a process that is traced.
type traced struct {
	pid    int
	abi    syscalls.ABI
	in     bool // a call
	quiet  bool // which is not written
	cut    bool // and is written as unfinished
	call   *syscalls.Call
	at     [6]uint64
	head   string // of its line, with the first next arguments
	next   int
	before map[uint64][]byte // what its arguments pointed to, if it writes them, too
}

// resultColumn is where strace has the = of a result.
const resultColumn = 40

// Enter tells of a call that begins, by the ABI that it has; mem reads the
// process's memory.
func (t *Tracer) Enter(pid int, abi syscalls.ABI, nr uint64, args [6]uint64, mem func(addr uint64, n int) []byte) {
	if t.procs == nil {
		t.procs = map[int]*traced{}
	}
	p := t.procs[pid]
	if p == nil {
		p = &traced{pid: pid}
		t.procs[pid] = p
	}
	t.interrupt(p)
	var b strings.Builder
	pr := &Printer{ABI: abi, Mem: mem, MaxString: t.MaxString}
	*p = traced{pid: pid, abi: abi, in: true}
	if abi == syscalls.I386 {
		b.WriteString("i386 ")
	}
	p.call, p.at = pr.begin(&b, nr, &args)
	if t.Wants != nil && !t.Wants(p.call) {
		p.quiet = true
		return
	}
	p.remember(pr)
	p.next = pr.some(&b, p.call, p.at[:], 0, 0, true)
	p.head = b.String()
	t.held = p
}

// Return tells of a call that returns.
func (t *Tracer) Return(pid int, value int64, mem func(addr uint64, n int) []byte) {
	p := t.procs[pid]
	if p == nil || !p.in {
		return
	}
	p.in = false
	if p.quiet {
		return
	}
	t.interrupt(p)
	pr := &Printer{ABI: p.abi, Mem: mem, MaxString: t.MaxString}
	if p.before != nil {
		pr.Before = func(addr uint64, n int) []byte { return p.before[addr][:min(n, len(p.before[addr]))] }
	}
	var b strings.Builder
	b.WriteString(p.begun())
	pr.some(&b, p.call, p.at[:], value, p.next, false)
	b.WriteByte(')')
	t.held = nil
	t.result(pid, b.String(), pr.Result(p.call, p.at[:], value))
}

// begun is how the line begins that has the result.
func (p *traced) begun() string {
	if p.cut {
		return "<... " + p.call.Name + " resumed>"
	}
	return p.head
}

// End tells of a process's end; status is as wait4 reports it.
func (t *Tracer) End(pid int, status uint32) {
	p := t.procs[pid]
	if p == nil {
		return
	}
	t.interrupt(p)
	if p.in && !p.quiet { // it does not return
		t.held = nil
		t.result(pid, strings.TrimSuffix(p.begun(), ", ")+")", "?")
	}
	how := fmt.Sprintf("exited with %d", status>>8&0xff)
	if sig := status & 0x7f; sig != 0 {
		how = "killed by " + SignalName(uint64(sig))
	}
	t.line(pid, "+++ "+how+" +++")
	delete(t.procs, pid)
}

// Flush writes what has begun and not ended.
func (t *Tracer) Flush() { t.interrupt(nil) }

// interrupt writes the call that is held as unfinished, unless it is p's.
func (t *Tracer) interrupt(p *traced) {
	if h := t.held; h != nil && h != p {
		h.cut = true
		t.line(h.pid, h.head+" <unfinished ...>")
		t.held = nil
	}
}

func (t *Tracer) line(pid int, text string) { io.WriteString(t.Out, t.prefix(pid)+text+"\n") }

// result writes the line with the result of a call.
func (t *Tracer) result(pid int, call, result string) {
	call = t.prefix(pid) + call
	fmt.Fprintf(t.Out, "%-*s = %s\n", resultColumn-1, call, result)
}

func (t *Tracer) prefix(pid int) string {
	switch {
	case t.PIDs:
		return fmt.Sprintf("%-5d ", pid)
	case len(t.procs) > 1:
		return fmt.Sprintf("[pid %5d] ", pid)
	}
	return ""
}

// remember keeps what the arguments point to that the call reads and writes.
func (p *traced) remember(pr *Printer) {
	mem := pr.Mem
	keep := *pr
	keep.Mem = func(addr uint64, n int) []byte {
		b := mem(addr, n)
		if len(b) > len(p.before[addr]) {
			p.before[addr] = append([]byte(nil), b...)
		}
		return b
	}
	for i := range p.call.NArgs(p.at[:]) {
		if typ := p.call.ArgType(i, p.at[:]); typ.Kind.InOut() {
			if p.before == nil {
				p.before = map[uint64][]byte{}
			}
			keep.argument(p.call, i, typ, p.at[:], 0)
		}
	}
}
