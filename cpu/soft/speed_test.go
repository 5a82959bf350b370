package soft_test

import (
	"testing"

	"sysindvm/cpu"
)

// loops are what the inner loop is measured by: so many times some bytes, and
// dec %rcx; jnz.
var loops = []struct {
	name         string
	instructions int // in the body
	body         []byte
}{
	{"DecJnz", 0, nil},
	{"Add", 4, []byte{0x48, 0x01, 0xc2, 0x48, 0x01, 0xd6, 0x48, 0x31, 0xf7, 0x48, 0x01, 0xf8}}, // each needs the one before
	// mov (%rbx), %rdx; ...: of different registers
	{"Load", 4, []byte{0x48, 0x8b, 0x13, 0x48, 0x8b, 0x73, 8, 0x48, 0x8b, 0x7b, 16, 0x48, 0x8b, 0x43, 24}},
	// mov (%rbx), %rbx: RBX points to where it is kept itself
	{"LoadDependent", 4, []byte{0x48, 0x8b, 0x1b, 0x48, 0x8b, 0x1b, 0x48, 0x8b, 0x1b, 0x48, 0x8b, 0x1b}},
	// mov %rdx, 8(%rbx); ...
	{"Store", 4, []byte{0x48, 0x89, 0x53, 8, 0x48, 0x89, 0x73, 16, 0x48, 0x89, 0x7b, 24, 0x48, 0x89, 0x43, 32}},
	// mov (%rbx,%rcx,8), %rax; add %rax, %rdx; mov %rdx, (%rbx,%rcx,8)
	{"LoadAddStore", 3, []byte{0x48, 0x8b, 0x04, 0xcb, 0x48, 0x01, 0xc2, 0x48, 0x89, 0x14, 0xcb}},
	{"CallRet", 3, []byte{0xe8, 2, 0, 0, 0, 0xeb, 1, 0xc3}}, // call 1f; jmp 2f; 1: ret; 2:
}

func loop(t testing.TB, body []byte) *machine {
	code := append(append([]byte{}, body...), 0x48, 0xff, 0xc9, 0x0f, 0x85)
	back := -(len(code) + 4)
	m := newMachine(t, append(code, byte(back), byte(back>>8), 0xff, 0xff, 0xf4)...)
	m.ram[dataAt], m.ram[dataAt+1], m.ram[dataAt+2] = byte(dataAt&0xff), byte(dataAt>>8&0xff), byte(dataAt>>16&0xff)
	return m
}

func spin(t testing.TB, m *machine, times uint64) {
	m.set(t, cpu.Regs{RBX: dataAt, RSP: dataAt + 0x800, RCX: times})
	m.run(t, 1<<62, cpu.ExitHalt)
}

// ns/inst is what the instructions of a body take, and MIPS is of all.
func BenchmarkLoop(b *testing.B) {
	for _, l := range loops {
		b.Run(l.name, func(b *testing.B) {
			const times = 100_000
			m := loop(b, l.body)
			spin(b, m, 1)
			before := m.Instructions()
			for b.Loop() {
				spin(b, m, times)
			}
			all := float64(m.Instructions() - before)
			b.ReportMetric(all/b.Elapsed().Seconds()/1e6, "MIPS")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/all, "ns/inst")
		})
	}
}

// Nothing is allocated while the guest runs what it has run before.
func TestNoAllocation(t *testing.T) {
	for _, l := range loops {
		m := loop(t, l.body)
		spin(t, m, 100)
		if n := testing.AllocsPerRun(10, func() { spin(t, m, 30_000) }); n != 0 {
			t.Errorf("%s: %v allocations", l.name, n)
		}
	}
}
