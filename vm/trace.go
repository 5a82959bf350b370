package vm

import "sysindvm/syscalls/wire"

// tracer is the device behind wire.TracePort: it puts records together.
type tracer struct {
	m   *Machine
	f   func(r wire.TraceRecord, mem func(addr uint64, n int) []byte)
	buf [wire.TraceSize]byte
	n   int
}

func (t *tracer) write(b []byte) {
	for len(b) > 0 {
		n := copy(t.buf[t.n:], b)
		b = b[n:]
		if t.n += n; t.n < len(t.buf) {
			return
		}
		t.n = 0
		r := wire.ParseTrace(t.buf[:])
		t.f(r, func(addr uint64, n int) []byte { return t.m.userMemory(r.Root, addr, n) })
	}
}

// userMemory reads what is mapped of n bytes of a user address space, up to
// the first page that is not.
func (m *Machine) userMemory(root, addr uint64, n int) (b []byte) {
	const page, top = 4096, 1 << 47
	for n > 0 && addr < top {
		at, ok := m.translate(root, addr, !m.i386)
		size := min(uint64(n), page-addr%page)
		if !ok || at > uint64(len(m.ram)) || size > uint64(len(m.ram))-at {
			break
		}
		b = append(b, m.ram[at:at+size]...)
		addr += size
		n -= int(size)
	}
	return b
}
