package inspect

import (
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// What x86asm leaves out: a distance of 32 bits is signed.
func TestInstruction(t *testing.T) {
	v := &View{Kernel: &Kernel{funcs: []Func{{"guestkernel/sys.Enter", 0x1000, 0x1100}}, objects: []Func{{"guestkernel/proc.Lists", 0x2000, 0x2010}}}}
	for code, want := range map[string]string{
		"\x48\x8b\x80\xf8\xff\xff\xff": "mov rax, qword ptr [rax-0x8]",
		"\xe8\xeb\x0f\x00\x00":         "call sys.Enter",
		"\xe9\xec\x0f\x00\x00":         "jmp 0x1001 <sys.Enter+0x1>",
		"\x48\x8b\x05\xf1\x1f\x00\x00": "mov rax, qword ptr [rip+0x1ff1] <proc.Lists+0x8>",
	} {
		in, err := x86asm.Decode([]byte(code), 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.instruction(in, 0x10); got != want {
			t.Errorf("% x: %q, want %q", code, got, want)
		}
	}
}
