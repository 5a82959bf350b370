package verify

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"sysindvm/images/builder"
)

func newToolchain(t *testing.T) *builder.Toolchain {
	tc, err := builder.NewToolchain(filepath.Join("..", ".."))
	if errors.Is(err, builder.ErrToolchain) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tc.Close)
	return tc
}

func check(t *testing.T, program []byte, mode Mode) *Report {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Check(f, mode)
	if err != nil {
		t.Fatal(err)
	}
	if r.Functions < 15 || r.Instructions < 400 {
		t.Errorf("only %d functions with %d instructions were looked at", r.Functions, r.Instructions)
	}
	t.Logf("%d functions, %d instructions", r.Functions, r.Instructions)
	return r
}

func TestKernel(t *testing.T) {
	tc := newToolchain(t)
	for name, build := range map[string]func() ([]byte, error){"x86-64": tc.Kernel, "i386": tc.Kernel386} {
		t.Run(name, func(t *testing.T) {
			kernel, err := build()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range check(t, kernel, Kernel).Findings {
				t.Error(f)
			}
		})
	}
}

func TestPrograms(t *testing.T) {
	tc := newToolchain(t)
	for name, build := range map[string]func(bool) ([]builder.Artefact, error){"x86-64": tc.Programs, "i386": tc.Programs32} {
		all, err := build(false)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			t.Run(name+"/"+p.Name, func(t *testing.T) {
				for _, f := range check(t, p.Data, User).Findings {
					t.Error(f)
				}
			})
		}
	}
}

// TestPlant: every kind of violation that links is found.
func TestPlant(t *testing.T) {
	all, err := newToolchain(t).Build("amd64", "-w -T 0x401000 -E runtime.ustart", "./images/verify/testdata/plant")
	if err != nil {
		t.Fatal(err)
	}
	r := check(t, all[0].Data, Kernel)
	for _, want := range []struct {
		kind  Kind
		where string
	}{
		{Initialiser, "main.init"},
		{Initialiser, "main..inittask"},
		{Frame, "main.big+"},
		{Register, "main.floats+"},
		{Instruction, "main.floats+"},
		{Instruction, "runtime.umain+"},
		{Deferred, "main.deferred+"},
	} {
		if !slices.ContainsFunc(r.Findings, func(f Finding) bool {
			return f.Kind == want.kind && (f.Where == want.where || len(f.Where) > len(want.where) && f.Where[:len(want.where)] == want.where)
		}) {
			t.Errorf("not found: %s: %s", want.where, want.kind)
		}
	}
	if t.Failed() {
		for _, f := range r.Findings {
			t.Log(f)
		}
	}
}

// The exceptions are for their functions, and for the instructions named.
func TestExceptions(t *testing.T) {
	for _, tt := range []struct {
		function string
		code     []byte
		want     int // findings
	}{
		{"runtime.Xsave", []byte{0x48, 0x0f, 0xae, 0x23}, 0},
		{"runtime.Xrstor", []byte{0x0f, 0xae, 0x2b}, 0},
		{"runtime.EnableXSAVE", []byte{0x0f, 0x01, 0xd1}, 0},
		{"runtime.Xsave", []byte{0x48, 0x0f, 0xae, 0x2b}, 1},
		{"runtime.Xsave", []byte{0x0f, 0xc7, 0x23}, 1}, // XSAVEC
		{"runtime.Switch", []byte{0x48, 0x0f, 0xae, 0x23}, 1},
		{"main.kmain", []byte{0x0f, 0x01, 0xd1}, 1},
	} {
		in, err := x86asm.Decode(tt.code, 64)
		if err != nil {
			t.Fatal(err)
		}
		c := checker{mode: Kernel, bits: 64}
		if c.interpretable(&function{name: tt.function}, tt.function, &in); len(c.Findings) != tt.want {
			t.Errorf("%v in %s: %v", in, tt.function, c.Findings)
		}
	}
}

// TestForeign: a program of ordinary Go is found out.
func TestForeign(t *testing.T) {
	name := filepath.Join(t.TempDir(), "build")
	cmd := exec.Command("go", "build", "-o", name, "sysindvm/images/build")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, msg)
	}
	program, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := check(t, program, User)
	for _, where := range []string{"runtime.mallocgc", "os.ReadFile"} {
		if !slices.Contains(r.Findings, Finding{Foreign, where, "is in the program"}) {
			t.Errorf("not found: %s", where)
		}
	}
}

func TestPackageOf(t *testing.T) {
	for name, want := range map[string]string{
		"runtime.mallocgc":       "runtime",
		"main.umain":             "main",
		"type:.eq.sysindvm/a.T":  "",
		"internal/abi.(*T).Size": "internal/abi",
		"memeqbody":              "memeqbody",
		"sysindvm/guestkernel/mm.(*Pool[go.shape.struct { a/b.c int }]).Get": "sysindvm/guestkernel/mm",
	} {
		if got := packageOf(name); got != want {
			t.Errorf("packageOf(%q) = %q, want %q", name, got, want)
		}
	}
}
