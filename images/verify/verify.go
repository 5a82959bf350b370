// Package verify checks linked freestanding programs for what compiles and
// links but would fail when it runs: see [Check].
package verify

import (
	"cmp"
	"debug/elf"
	"debug/gosym"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// Mode is where a program runs.
type Mode int

const (
	User   Mode = iota
	Kernel      // may be interpreted, and entered with another program's registers
)

// Kind is a kind of finding.
type Kind string

const (
	// Initialiser is a variable or function that is set up by code at start:
	// nothing runs it.
	Initialiser Kind = "initialiser that never runs"
	// Foreign is a function that needs the run time of ordinary Go.
	Foreign Kind = "function that needs Go's run time"
	// Deferred is a function with a defer: it would not be done on a panic,
	// and takes X registers.
	Deferred Kind = "defer"
	// Instruction is one that not every KVM can interpret.
	Instruction Kind = "instruction that some KVM hosts cannot interpret"
	// Register is an X register that the kernel's entry does not save.
	Register Kind = "X register that is not saved at the kernel's entry"
	// Frame is a stack frame of more than MaxFrame bytes.
	Frame Kind = "large stack frame"
	// Undecodable is code that cannot be read.
	Undecodable Kind = "code that cannot be decoded"
)

// MaxFrame is the largest stack frame, in bytes: a kernel stack has 16 KiB.
const MaxFrame = 2048

// Finding is something that is wrong.
type Finding struct {
	Kind  Kind
	Where string
	What  string
}

func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Where, f.Kind, f.What) }

// Report is the result of a check.
type Report struct {
	Functions, Instructions int // that were looked at
	Findings                []Finding
}

// packages are those of the standard library that need no run time.
var packages = map[string]bool{
	"unsafe": true, "math/bits": true, "sync/atomic": true, "cmp": true, "unicode/utf8": true,
	"internal/abi": true, "internal/runtime/atomic": true,
}

// instructions are those that compiled code and the kernel's assembly may use:
// Linux's interpreter (arch/x86/kvm/emulate.c) has them. Conditional jumps,
// moves and sets come on top.
var instructions = words(`ADD ADC SUB SBB AND OR XOR CMP TEST NOT NEG INC DEC MUL IMUL DIV IDIV
	MOV MOVZX MOVSX MOVSXD LEA PUSH POP PUSHFD POPFD PUSHFQ POPFQ CALL JMP RET LRET LEAVE XCHG XADD CMPXCHG CMPXCHG8B
	SHL SHR SAR ROL ROR RCL RCR SHLD SHRD BT BTS BTR BTC BSF BSR BSWAP CWD CDQ CQO CBW CWDE CDQE
	MOVSB MOVSW MOVSD MOVSQ STOSB STOSW STOSD STOSQ CMPSB OUTSB CLD STD NOP PAUSE UD2
	CLI STI HLT INT IRETD IRETQ IN OUT RDMSR WRMSR RDTSC CPUID LGDT LIDT LTR INVLPG CLTS WBINVD
	MFENCE LFENCE SFENCE FXSAVE FXRSTOR FXSAVE64 FXRSTOR64 MOVUPS MOVAPS MOVDQU MOVDQA MOVNTI SWAPGS`)

// exceptions are instructions that are there for some hosts only, and not used
// on the others: by function.
var exceptions = map[string]map[string]bool{
	"runtime.trapReturn":  words("SYSRET"),
	"runtime.EnableXSAVE": words("XSETBV"),
	"runtime.Xsave":       words("XSAVE XSAVE64"),
	"runtime.Xrstor":      words("XRSTOR XRSTOR64"),
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// function is one function of the program.
type function struct {
	name      string
	addr, end uint64
}

type checker struct {
	mode  Mode
	bits  int        // 32 or 64: of the code
	funcs []function // by address
	text  *elf.Section
	code  []byte
	lines *gosym.Table
	Report
}

// Check looks at a linked program with symbols. Whatever the linker has left
// in it is taken to be used.
func Check(f *elf.File, mode Mode) (*Report, error) {
	c := &checker{mode: mode, bits: 64, text: f.Section(".text")}
	if f.Machine == elf.EM_386 {
		c.bits = 32
	}
	pclntab := f.Section(".gopclntab")
	if c.text == nil || pclntab == nil {
		return nil, errors.New("no sections .text and .gopclntab: not a Go program")
	}
	table, err := pclntab.Data()
	if err != nil {
		return nil, err
	}
	if c.lines, err = gosym.NewTable(nil, gosym.NewLineTable(table, c.text.Addr)); err != nil {
		return nil, err
	}
	if c.code, err = c.text.Data(); err != nil {
		return nil, err
	}
	symbols, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	c.symbols(symbols)
	if len(c.funcs) == 0 {
		return nil, errors.New("no functions among the symbols")
	}
	for _, fn := range c.funcs {
		c.function(fn)
	}
	return &c.Report, nil
}

func (c *checker) add(kind Kind, where, format string, args ...any) {
	c.Findings = append(c.Findings, Finding{kind, where, fmt.Sprintf(format, args...)})
}

// symbols collects the functions, and finds initialisers.
func (c *checker) symbols(symbols []elf.Symbol) {
	for _, s := range symbols {
		if strings.HasSuffix(s.Name, "..inittask") {
			c.add(Initialiser, s.Name, "the package is to be initialised")
		}
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Size == 0 || s.Value < c.text.Addr || s.Value+s.Size > c.text.Addr+c.text.Size {
			continue
		}
		c.funcs = append(c.funcs, function{s.Name, s.Value, s.Value + s.Size})
		if n := s.Name; strings.HasSuffix(n, ".init") || strings.Contains(n, ".init.") && !strings.Contains(n, ".init.func") {
			c.add(Initialiser, n, "a function that runs at start")
		}
	}
	slices.SortFunc(c.funcs, func(a, b function) int {
		if a.addr != b.addr {
			return cmp.Compare(a.addr, b.addr)
		}
		return strings.Compare(a.name, b.name)
	})
	c.funcs = slices.CompactFunc(c.funcs, func(a, b function) bool { return a.addr == b.addr })
}

// find is the function at an address.
func (c *checker) find(addr uint64) *function {
	i := sort.Search(len(c.funcs), func(i int) bool { return c.funcs[i].addr > addr }) - 1
	if i < 0 || addr >= c.funcs[i].end {
		return nil
	}
	return &c.funcs[i]
}

// foreign says whether a function is one of ordinary Go's: of a package that
// is not among those that are known, or of the standard package runtime, which
// ours was to replace. Our files are named zz_; a few functions are the
// module's own, under a name that the run time knows.
func (c *checker) foreign(f *function) bool {
	pkg := packageOf(f.name)
	if pkg == "runtime" {
		file, _, _ := c.lines.PCToLine(f.addr)
		return !strings.HasPrefix(path.Base(file), "zz_") && !strings.HasPrefix(file, "sysindvm/")
	}
	return pkg != "" && pkg != "main" && !strings.HasPrefix(pkg, "sysindvm/") && !packages[pkg]
}

// packageOf is the package of a linker symbol's name; empty for what the
// compiler has made for a type.
func packageOf(name string) string {
	name, _, _ = strings.Cut(name, "[") // type arguments
	if strings.HasPrefix(name, "type:") || strings.HasPrefix(name, "go:") {
		return ""
	}
	slash := strings.LastIndex(name, "/") + 1
	pkg, _, _ := strings.Cut(name[slash:], ".")
	return name[:slash] + pkg
}

// function looks at the code of one function.
func (c *checker) function(f function) {
	c.Functions++
	if c.foreign(&f) {
		c.add(Foreign, f.name, "is in the program")
	}
	for pc := f.addr; pc < f.end; {
		b := c.code[pc-c.text.Addr : f.end-c.text.Addr]
		where := fmt.Sprintf("%s+%#x", f.name, pc-f.addr)
		in, err := x86asm.Decode(b, c.bits)
		if err != nil || in.Op == 0 {
			c.add(Undecodable, where, "% x", b[:min(len(b), 8)])
			pc++
			continue
		}
		next := pc + uint64(in.Len)
		if b[0] != 0xcc { // not what the linker fills up with
			c.Instructions++
			c.calls(&f, where, &in, next)
			c.frame(where, &in)
			if c.mode == Kernel {
				c.interpretable(&f, where, &in)
				c.registers(where, &in)
			}
		}
		pc = next
	}
}

// calls looks at where an instruction goes.
func (c *checker) calls(f *function, where string, in *x86asm.Inst, next uint64) {
	for _, a := range in.Args {
		r, ok := a.(x86asm.Rel)
		if !ok {
			continue
		}
		to := c.find(next + uint64(int64(r)))
		switch {
		case to == nil:
			c.add(Undecodable, where, "a jump out of the program: %v", in)
		case to.addr == f.addr:
		case strings.HasPrefix(to.name, "runtime.defer"):
			c.add(Deferred, where, "calls %s", to.name)
		case c.foreign(to):
			c.add(Foreign, where, "calls %s", to.name)
		}
	}
}

// frame looks at what makes room on the stack.
func (c *checker) frame(where string, in *x86asm.Inst) {
	if in.Args[0] != x86asm.RSP && in.Args[0] != x86asm.ESP {
		return
	}
	n, ok := in.Args[1].(x86asm.Imm)
	if in.Op == x86asm.ADD {
		n = -n
	} else if in.Op != x86asm.SUB {
		return
	}
	if ok && n > MaxFrame {
		c.add(Frame, where, "%d bytes", n)
	}
}

// interpretable looks whether KVM can interpret an instruction.
func (c *checker) interpretable(f *function, where string, in *x86asm.Inst) {
	op := in.Op.String()
	if instructions[op] || exceptions[f.name][op] ||
		strings.HasPrefix(op, "J") || strings.HasPrefix(op, "SET") || strings.HasPrefix(op, "CMOV") {
		return
	}
	c.add(Instruction, where, "%v", in)
}

// registers looks at the X registers that an instruction names.
func (c *checker) registers(where string, in *x86asm.Inst) {
	for _, a := range in.Args {
		r, ok := a.(x86asm.Reg)
		saved := c.bits == 64 && (r == x86asm.X0 || r == x86asm.X14 || r == x86asm.X15)
		if ok && r >= x86asm.X0 && r <= x86asm.X15 && !saved {
			c.add(Register, where, "%v", in)
		}
	}
}
