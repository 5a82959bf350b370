package gdb

import (
	"encoding/binary"
	"fmt"
	"strings"

	"sysindvm/cpu"
)

// state is a vCPU's registers, as they are read and written in one go.
type state struct {
	r cpu.Regs
	s cpu.Sregs
	f cpu.FPU
}

func readState(v cpu.VCPU) (st state, err error) {
	if st.r, err = v.Regs(); err != nil {
		return st, err
	}
	if st.s, err = v.Sregs(); err != nil {
		return st, err
	}
	st.f, err = v.FPU()
	return st, err
}

func (st *state) write(v cpu.VCPU) error {
	if err := v.SetRegs(st.r); err != nil {
		return err
	}
	return v.SetFPU(st.f)
}

// register is one of the target description, in the order of its number.
type register struct {
	name, typ, feature string
	size               int // in bytes
	get                func(st *state, b []byte)
	set                func(st *state, b []byte) // nil: it cannot be changed here
}

// Features of a target description, which GDB knows by name.
const (
	core     = "org.gnu.gdb.i386.core"
	sse      = "org.gnu.gdb.i386.sse"
	avx      = "org.gnu.gdb.i386.avx"
	segments = "org.gnu.gdb.i386.segments"
)

// number is a register that is a number of the state's.
func number(name, typ string, size int, at func(st *state) *uint64) register {
	return register{name, typ, core, size,
		func(st *state, b []byte) {
			var w [8]byte
			binary.LittleEndian.PutUint64(w[:], *at(st))
			copy(b, w[:size])
		},
		func(st *state, b []byte) {
			var w [8]byte
			copy(w[:], b[:size])
			*at(st) = binary.LittleEndian.Uint64(w[:])
		}}
}

// fixed is a register that is shown only.
func fixed(name, typ, feature string, size int, value func(st *state) uint64) register {
	r := number(name, typ, size, func(st *state) *uint64 { v := value(st); return &v })
	r.feature, r.set = feature, nil
	return r
}

// general are the general registers in GDB's order, for both architectures.
var general = []struct {
	name, name32 string
	at           func(st *state) *uint64
}{
	{"rax", "eax", func(st *state) *uint64 { return &st.r.RAX }}, {"rbx", "ebx", func(st *state) *uint64 { return &st.r.RBX }},
	{"rcx", "ecx", func(st *state) *uint64 { return &st.r.RCX }}, {"rdx", "edx", func(st *state) *uint64 { return &st.r.RDX }},
	{"rsi", "esi", func(st *state) *uint64 { return &st.r.RSI }}, {"rdi", "edi", func(st *state) *uint64 { return &st.r.RDI }},
	{"rbp", "ebp", func(st *state) *uint64 { return &st.r.RBP }}, {"rsp", "esp", func(st *state) *uint64 { return &st.r.RSP }},
	{"r8", "", func(st *state) *uint64 { return &st.r.R8 }}, {"r9", "", func(st *state) *uint64 { return &st.r.R9 }},
	{"r10", "", func(st *state) *uint64 { return &st.r.R10 }}, {"r11", "", func(st *state) *uint64 { return &st.r.R11 }},
	{"r12", "", func(st *state) *uint64 { return &st.r.R12 }}, {"r13", "", func(st *state) *uint64 { return &st.r.R13 }},
	{"r14", "", func(st *state) *uint64 { return &st.r.R14 }}, {"r15", "", func(st *state) *uint64 { return &st.r.R15 }},
	{"rip", "eip", func(st *state) *uint64 { return &st.r.RIP }},
}

// order32 is the order in which GDB has i386's general registers.
var order32 = []string{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip"}

var pointers = map[string]string{"rip": "code_ptr", "rsp": "data_ptr", "rbp": "data_ptr", "eip": "code_ptr", "esp": "data_ptr", "ebp": "data_ptr"}

// registers are those of an architecture, by number.
func registers(i386 bool) (all []register) {
	if i386 {
		for _, name := range order32 {
			for _, g := range general {
				if g.name32 == name {
					all = append(all, number(name, typeOf(name, "int32"), 4, g.at))
				}
			}
		}
	} else {
		for _, g := range general {
			all = append(all, number(g.name, typeOf(g.name, "int64"), 8, g.at))
		}
	}
	all = append(all, number("eflags", "int32", 4, func(st *state) *uint64 { return &st.r.RFLAGS }))
	for _, s := range []struct {
		name string
		seg  func(st *state) *cpu.Segment
	}{
		{"cs", func(st *state) *cpu.Segment { return &st.s.CS }}, {"ss", func(st *state) *cpu.Segment { return &st.s.SS }},
		{"ds", func(st *state) *cpu.Segment { return &st.s.DS }}, {"es", func(st *state) *cpu.Segment { return &st.s.ES }},
		{"fs", func(st *state) *cpu.Segment { return &st.s.FS }}, {"gs", func(st *state) *cpu.Segment { return &st.s.GS }},
	} {
		all = append(all, fixed(s.name, "int32", core, 4, func(st *state) uint64 { return uint64(s.seg(st).Selector) }))
	}
	all = append(all, x87()...)
	return append(all, vectors(i386)...)
}

func typeOf(name, plain string) string {
	if t, ok := pointers[name]; ok {
		return t
	}
	return plain
}

func x87() (all []register) {
	for i := range 8 {
		all = append(all, register{fmt.Sprintf("st%d", i), "i387_ext", core, 10,
			func(st *state, b []byte) { copy(b, st.f.ST[i][:10]) },
			func(st *state, b []byte) { copy(st.f.ST[i][:10], b) }})
	}
	for _, f := range []struct {
		name  string
		value func(f *cpu.FPU) uint64
	}{
		{"fctrl", func(f *cpu.FPU) uint64 { return uint64(f.FCW) }}, {"fstat", func(f *cpu.FPU) uint64 { return uint64(f.FSW) }},
		{"ftag", func(f *cpu.FPU) uint64 { return uint64(f.FTW) }}, {"fiseg", func(f *cpu.FPU) uint64 { return 0 }},
		{"fioff", func(f *cpu.FPU) uint64 { return f.FIP }}, {"foseg", func(f *cpu.FPU) uint64 { return 0 }},
		{"fooff", func(f *cpu.FPU) uint64 { return f.FDP }}, {"fop", func(f *cpu.FPU) uint64 { return uint64(f.FOP) }},
	} {
		all = append(all, fixed(f.name, "int", core, 4, func(st *state) uint64 { return f.value(&st.f) }))
	}
	return all
}

func vectors(i386 bool) (all []register) {
	n := 16
	if i386 {
		n = 8
	}
	for i := range n {
		all = append(all, register{fmt.Sprintf("xmm%d", i), "uint128", sse, 16,
			func(st *state, b []byte) { copy(b, st.f.XMM[i][:]) },
			func(st *state, b []byte) { copy(st.f.XMM[i][:], b) }})
	}
	all = append(all, fixed("mxcsr", "int32", sse, 4, func(st *state) uint64 { return uint64(st.f.MXCSR) }))
	for i := range n { // of which GDB makes ymm0 and so on
		all = append(all, register{fmt.Sprintf("ymm%dh", i), "uint128", avx, 16,
			func(st *state, b []byte) { copy(b, st.f.YMM[i][:]) },
			func(st *state, b []byte) { copy(st.f.YMM[i][:], b) }})
	}
	if !i386 {
		all = append(all,
			fixed("fs_base", "int64", segments, 8, func(st *state) uint64 { return st.s.FS.Base }),
			fixed("gs_base", "int64", segments, 8, func(st *state) uint64 { return st.s.GS.Base }))
	}
	return all
}

// description is the target description (the GDB manual, appendix G).
func description(i386 bool, all []register) string {
	var b strings.Builder
	arch := "i386:x86-64"
	if i386 {
		arch = "i386"
	}
	fmt.Fprintf(&b, "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\"><architecture>%s</architecture>", arch)
	feature := ""
	for _, r := range all {
		if r.feature != feature {
			if feature != "" {
				b.WriteString("</feature>")
			}
			feature = r.feature
			fmt.Fprintf(&b, "<feature name=%q>", feature)
		}
		fmt.Fprintf(&b, "<reg name=%q bitsize=\"%d\" type=%q/>", r.name, 8*r.size, r.typ)
	}
	b.WriteString("</feature></target>")
	return b.String()
}
