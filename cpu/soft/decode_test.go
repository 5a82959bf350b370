package soft

import (
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// The decoder against x86asm, which is good enough to be held against, but
// wrong or ignorant in places: see disagreements.

// family is the name that this package gives to a mnemonic of x86asm's.
func family(op string) string {
	if f, ok := families[op]; ok {
		return f
	}
	for prefix, f := range map[string]string{"CMOV": "CMOVcc", "SET": "SETcc", "PREFETCH": "PREFETCH"} {
		if strings.HasPrefix(op, prefix) {
			return f
		}
	}
	return op
}

var families = func() map[string]string {
	m := map[string]string{
		"INT": "INT", "LCALL": "CALLF", "LJMP": "JMPF", "LRET": "RETF", "ICEBP": "INT1", "XLATB": "XLAT",
		"JCXZ": "JCXZ", "JECXZ": "JCXZ", "JRCXZ": "JCXZ", "PAUSE": "NOP", "MOVNTI": "MOVNTI",
		"FXSAVE64": "FXSAVE", "FXRSTOR64": "FXRSTOR",
		"XSAVE64": "XSAVE", "XSAVEOPT64": "XSAVEOPT", "XSAVEC64": "XSAVEC", "XRSTOR64": "XRSTOR", "CMPXCHG16B": "CMPXCHG8B", "MOVQ": "MOVQ",
		"CWDE": "CBW", "CDQE": "CBW", "CDQ": "CWD", "CQO": "CWD", "MOVSD_XMM": "MOVSD", "CMPSD_XMM": "CMPSD",
		"PINSRQ": "PINSRD", "PEXTRQ": "PEXTRD", "VPCMPESTRI64": "VPCMPESTRI", "VPCMPESTRM64": "VPCMPESTRM", "MOVHLPS": "MOVLPS", "MOVLHPS": "MOVHPS",
	}
	for _, s := range []string{"MOVS", "CMPS", "STOS", "LODS", "SCAS", "INS", "OUTS"} {
		for _, w := range []string{"B", "W", "D", "Q"} {
			m[s+w] = s
		}
	}
	for _, s := range []string{"PUSHF", "POPF", "IRET", "PUSHA", "POPA", "SYSRET"} {
		m[s+"D"], m[s+"Q"], m[s] = s, s, s
	}
	m["PUSHAD"], m["POPAD"] = "PUSHA", "POPA"
	for _, c := range strings.Fields("A AE B BE E G GE L LE NE NO NP NS O P S") {
		m["J"+c] = "Jcc"
	}
	return m
}()

// theirs is x86asm's opinion: "" if it has none.
func theirs(b []byte) (name string, n int) {
	in, err := x86asm.Decode(b, 64)
	if err != nil || in.Op == 0 {
		return "", 0
	}
	name = in.Op.String()
	switch {
	case in.Op == x86asm.MOVSD && opByte(b) == 0xa5, in.Op == x86asm.CMPSD && opByte(b) == 0xa7:
		name = strings.TrimSuffix(name, "D")
	case name == "INT" && b[in.Len-1] == 0xcc && opByte(b) == 0xcc:
		name = "INT3"
	case name == "MOVSD_XMM", name == "CMPSD_XMM":
		return families[name], in.Len
	}
	return family(name), in.Len
}

// opByte is the opcode behind the prefixes, 0x0f for the two-byte ones.
func opByte(b []byte) byte {
	d := decoder{b: b, long: true, seg: -1}
	return d.prefixes()
}

func ours(b []byte) (name string, n int) {
	d := decoder{b: b, long: true, seg: -1}
	var in inst
	if !d.decode(&in) {
		return "", 0
	}
	return in.row.name, int(in.len)
}

// same names the same instruction though both names are right.
var same = map[string]string{
	"MOVD MOVQ": "", "MOVQ MOVD": "", "NOP XCHG": "", "XCHG NOP": "", "UD1 UD2": "",
	"MOV MOVQ": "", "MOVSXD MOVSX": "", "PREFETCH PREFETCHW": "", "PREFETCH NOP": "", "MOVD MOV": "",
}

// disagreement is why the two may differ on an encoding: "" if they may not.
// Where it is said of x86asm, we are right.
func disagreement(b []byte, our, their string) string {
	d := decoder{b: b, long: true, seg: -1}
	op := d.prefixes()
	second := byte(0)
	if op == 0x0f {
		second = d.byte()
	}
	reg := d.byte() >> 3 & 7
	switch {
	case d.lock:
		return "LOCK where it is not allowed: x86asm does not mind"
	case op == 0x0f && (second >= 0x18 && second <= 0x1f || second == 0x0d):
		return "hints and reserved NOPs, ENDBR: x86asm knows only some"
	case op == 0x0f && second >= 0x20 && second <= 0x23 && our == "MOV":
		return "moves to and from control registers ignore ModRM.mod: x86asm does not"
	case op == 0x0f && (second == 0x24 || second == 0x26) && our == "":
		return "test registers are gone: not for x86asm"
	case op == 0x0f && second == 0xc7 && (reg == 7 && their == "" || our == ""):
		return "RDSEED: unknown to x86asm; VMX, and XSAVEC with a prefix: not in the table"
	case their == "" && (op == 0xf6 || op == 0xf7) && reg == 1, their == "" && op >= 0xc0 && op <= 0xd3 && reg == 6:
		return "aliases of TEST and SHL: unknown to x86asm"
	case op == 0x0f && second == 0xae && their == "":
		return "fences with any ModRM.rm: x86asm wants 0"
	case op == 0x0f && second == 0xb9:
		return "UD1 has a ModRM byte: not for x86asm"
	case op == 0x0f && second == 0x01 && our == "":
		return "VMX, SVM and more: not in the table"
	case op == 0x0f && second == 0x01 && (our == "STAC" || our == "CLAC"):
		return "STAC and CLAC: unknown to x86asm"
	case our == "" && (op == 0x62 || op == 0x0f && (second == 0x38 || second == 0x3a)):
		return "AVX-512, SHA and more: not in the table"
	case op == 0xc4 || op == 0xc5:
		return vexDisagreement(b, our, their)
	case our == "" && op == 0x0f && (d.rep != 0 || d.opsize) && overlooked[second]:
		return "a prefix makes it another instruction, or none: x86asm overlooks it"
	case our == "" && op == 0x0f && d.opsize && (second == 0x12 || second == 0x13 || second == 0x16 || second == 0x17):
		return "MOVLPD and MOVHPD between registers: there are none, but for x86asm"
	case op == 0x8e && our == "":
		return "MOV to segment registers 6 and 7: x86asm gives them names"
	case op >= 0xd8 && op <= 0xdf && their == "":
		return "instructions of the 8087 and 287, and aliases: unknown to x86asm"
	}
	return ""
}

// vexDisagreement is disagreement for a VEX prefix.
func vexDisagreement(b []byte, our, their string) string {
	d := decoder{b: b, long: true, seg: -1}
	d.vex(d.prefixes())
	var in inst
	whole := decoder{b: b, long: true, seg: -1}
	switch {
	case our == "" && (d.hasREX || d.opsize || d.rep != 0):
		return "a prefix before VEX: x86asm does not mind"
	case our == "" && d.vvvv != 0:
		return "VEX.vvvv names a register that there is none of: x86asm does not look"
	case strings.HasPrefix(our, "VZERO") && our == their:
		return "VZEROUPPER and VZEROALL have no ModRM: x86asm takes one"
	case our == "" && (strings.HasPrefix(their, "VGATHER") || strings.HasPrefix(their, "VPGATHER")):
		return "gathers with a register twice, or without an index: x86asm does not mind"
	case our == "" && d.vexL && (strings.HasPrefix(their, "VAES") || their == "VPCLMULQDQ"):
		return "VAES and VPCLMULQDQ of 256 bits: not in the table"
	case our == "":
		for _, set := range strings.Fields("VPDP VPMADD52 VSM3 VSM4 VGF2P8 VSHA VBCST VCVTNE") {
			if strings.HasPrefix(their, set) {
				return "AVX-VNNI, IFMA, SM3, SM4, GFNI and more: not in the table"
			}
		}
	case their == "" && whole.decode(&in):
		w, l := d.rex&8 != 0, d.vexL
		if w && in.row.attr&(vexW0|vexW1) == 0 || l && in.row.attr&(vexL0|vexL1) == 0 {
			return "W that is ignored, L of scalars: x86asm wants 0"
		}
	}
	return ""
}

// overlooked are second opcode bytes whose rows want a certain prefix, or none.
var overlooked = map[byte]bool{0x2b: true, 0x52: true, 0x53: true, 0x77: true, 0xae: true, 0xc3: true}

// unimplemented are the mnemonics of x86asm's that the table has not got.
var unimplemented = map[string]bool{}

func init() {
	for _, s := range strings.Fields(`
		CLFLUSHOPT INVPCID MONITOR MWAIT XSAVES XSAVES64 XRSTORS XRSTORS64 RDFSBASE RDGSBASE WRFSBASE
		WRGSBASE RSM XABORT XBEGIN XEND XTEST
		UD0 GETSEC`) {
		unimplemented[s] = true
	}
}

// lacking reports whether x86asm's mnemonic belongs to a part of the
// architecture that the engine leaves out.
func lacking(name string, b []byte) bool {
	switch {
	case unimplemented[name]:
		return true
	case strings.HasPrefix(name, "K"): // AVX-512
		return true
	}
	return false
}

// compareDecoders holds the two against each other at the start of b; it
// returns what is wrong, and how far to go on.
func compareDecoders(b []byte) (problem string, n int) {
	name, n := ours(b)
	want, m := theirs(b)
	switch {
	case name == "" && want == "":
		return "", 1
	case name == "" && (lacking(want, b) || disagreement(b, name, want) != ""):
		return "", m
	case want == "" && disagreement(b, name, want) != "":
		return "", n
	}
	if _, ok := same[name+" "+want]; (name != want && !ok || n != m) && disagreement(b, name, want) == "" {
		return fmt.Sprintf("% x: %q of %d bytes, x86asm has %q of %d", b[:min(len(b), maxInst)], name, n, want, m), max(n, m, 1)
	}
	return "", n
}

func TestDecoderOnRealCode(t *testing.T) {
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(name)
	if err != nil || f.Machine != elf.EM_X86_64 {
		t.Skip("this test's program is no x86-64 ELF file, whose code could be decoded")
	}
	defer f.Close()
	code, err := f.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	n, bad := 0, 0
	for len(code) >= maxInst && bad < 20 {
		problem, step := compareDecoders(code)
		if problem != "" {
			t.Error(problem)
			bad++
		}
		code = code[step:]
		n++
	}
	t.Logf("%d instructions", n)
}

func TestDecoderOnRandomBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(2007, 6))
	bad := 0
	for range 300_000 {
		var b [maxInst]byte
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		// Prefixes as assemblers put them, and more of the larger maps.
		n := 0
		if r.IntN(3) == 0 {
			b[n] = [...]byte{0x66, 0xf2, 0xf3, 0x64}[r.IntN(4)]
			n++
		}
		if r.IntN(3) == 0 {
			b[n] = 0x40 | byte(r.IntN(16))
			n++
		}
		if r.IntN(4) == 0 {
			b[0], b[1] = 0xc5, b[1]|0x78
			if r.IntN(2) == 0 {
				b[0], b[1] = 0xc4, b[1]&0xe0|byte(1+r.IntN(3))
			}
		} else if r.IntN(2) == 0 {
			b[n] = 0x0f
		} else if b[n]&0xf0 == 0x40 || isPrefix(b[n]) {
			continue
		}
		if problem, _ := compareDecoders(b[:]); problem != "" {
			t.Error(problem)
			if bad++; bad == 20 {
				t.Fatal("and so on")
			}
		}
	}
}

// Whatever the bytes: no panic, and never more of them than there are.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x48\x01\xd8"), true)
	f.Add([]byte("\x66\x0f\x6f\x05\x00\x00\x00\x00"), false)
	f.Add([]byte("\xc4\xe2\x69\x90\x04\x0b"), true)
	f.Add([]byte("\xc4\xe3\x69\x4a\x05\x00\x00\x00\x00\x30"), true)
	f.Add([]byte("\xc5\xf8\x77"), false)
	f.Add([]byte("\xc5\x38\x58\xc1"), false)
	f.Fuzz(func(t *testing.T, b []byte, long bool) {
		d := decoder{b: b, long: long, seg: -1}
		var in inst
		if d.decode(&in) && (int(in.len) > len(b) || in.len > maxInst || in.len == 0) {
			t.Fatalf("% x: %d bytes", b, in.len)
		}
	})
}
