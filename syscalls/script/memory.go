package script

import (
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/strace"
)

// Named memory, mem f = [1], lies at the end of the part of the arena that is
// the monitor's. No task is the monitor, so it is at the same address in all:
// shared by threads, a copy in a child.
const maxMemory = 16 << 10

// memoryBase is where named memory begins.
func memoryBase(addr, size uint64) uint64 {
	a := taskArena(addr, size, 0)
	return a.addr + a.size - maxMemory
}

// memoryBytes are the bytes that a value of named memory has: a string's, or
// the numbers of 4 bytes of [1, 2].
func (e *encoder) memoryBytes(n *Node) []byte {
	switch {
	case n.Kind == String && !n.Prefix:
		return n.Str
	case n.Kind == List && !n.Out && !n.Not:
		return e.ints(n)
	}
	fail(n.Pos, "memory is \"bytes\" or numbers of 32 bits, [1, 2]")
	return nil
}

// memorySize is how many bytes a value to compare with has, at least.
func memorySize(n *Node) int {
	switch n.Kind {
	case String:
		return len(n.Str)
	case List:
		return 4 * len(n.List)
	}
	fail(n.Pos, "memory is compared with \"bytes\", \"a prefix\"... or numbers of 32 bits, [1, ?n]")
	return 0
}

// memory writes named memory, or compares it.
func (r *runner) memory(s *Step, t *task) {
	if t.call != nil {
		panic(failing("mem", "task "+s.Task+" between its calls", "it is in a call"))
	}
	if s.MemCheck {
		r.compareMemory(s, t)
		return
	}
	e := &encoder{value: r.lookup}
	data := e.memoryBytes(s.MemValue)
	addr, ok := r.mem[s.Mem]
	if !ok {
		addr = memoryBase(t.Arena, t.ArenaSize) + r.memUsed
		r.memUsed += (uint64(len(data)) + 15) &^ 15
		if r.memUsed > maxMemory {
			panic(failing("mem", fmt.Sprintf("at most %d bytes of named memory", maxMemory), fmt.Sprintf("%d", r.memUsed)))
		}
		r.mem[s.Mem], r.vars[s.Mem] = addr, addr
	}
	check(t.Put(r.ctx, addr, data))
	r.note(s.Task, "mem "+s.Mem+" = "+s.MemValue.String())
}

func (r *runner) compareMemory(s *Step, t *task) {
	addr, ok := r.mem[s.Mem]
	if !ok {
		panic(missing(s.Mem))
	}
	var b agent.Batch
	g := b.Get(addr, memorySize(s.MemValue))
	check(t.Do(r.ctx, &b))
	m := &matcher{value: r.lookup, bind: func(name string, v uint64) { r.vars[name] = v }}
	m.buffer("mem "+s.Mem, s.MemValue, b.Bytes(g))
	r.note(s.Task, "mem "+s.Mem+" == "+memoryText(s.MemValue, b.Bytes(g)))
	if m.diffs = r.update(s, m.diffs); len(m.diffs) > 0 {
		panic(stop{diffs: m.diffs})
	}
}

// memoryText writes memory in the form that the line has.
func memoryText(n *Node, b []byte) string {
	if n.Kind != List {
		return strace.Quote(b)
	}
	var words []*Node
	for i := 0; i+4 <= len(b); i += 4 {
		words = append(words, &Node{Kind: Number, Num: uint64(int32(syscalls.GetInt(b[i:], 4)))})
	}
	return (&Node{Kind: List, List: words}).String()
}
