package ksym_test

import (
	"bytes"
	"debug/elf"
	"debug/gosym"
	"encoding/binary"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sysindvm/images"
	"sysindvm/images/builder"
	"sysindvm/images/ksym"
)

func embedded(t *testing.T) *ksym.Table {
	t.Helper()
	table, err := ksym.Parse(images.Symbols())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// kernelELF builds the kernel.
func kernelELF(t *testing.T) *elf.File {
	t.Helper()
	tc, err := builder.NewToolchain(filepath.Join("..", ".."))
	if errors.Is(err, builder.ErrToolchain) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tc.Close)
	kernel, err := tc.Kernel()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(kernel))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestEmbedded: the entry of the embedded kernel has its name in the embedded
// table, and a place in the module's source.
func TestEmbedded(t *testing.T) {
	entry := binary.LittleEndian.Uint64(images.Kernel()[24:]) // e_entry
	l, ok := embedded(t).Lookup(entry)
	if !ok || l.Func != "runtime.kstart" || l.Offset != 0 || len(l.Frames) != 1 ||
		l.Frames[0].File != "guestkernel/_rt/entry_amd64.s" || l.Frames[0].Line == 0 {
		t.Errorf("the entry %#x is %+v", entry, l)
	}
}

// TestAgainstELF: encoded and parsed again, the table says of every byte of
// code what the kernel's ELF file says.
func TestAgainstELF(t *testing.T) {
	f := kernelELF(t)
	built, err := ksym.FromELF(f, func(name string) string { return name })
	if err != nil {
		t.Fatal(err)
	}
	table, err := ksym.Parse(built.Encode())
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	inlined := 0
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Size == 0 {
			continue
		}
		for pc := s.Value; pc < s.Value+s.Size; pc++ {
			want, _ := built.Lookup(pc)
			got, ok := table.Lookup(pc)
			if !ok || !reflect.DeepEqual(got, want) || got.Func != s.Name || got.Offset != pc-s.Value {
				t.Fatalf("%#x in %s is %+v, before encoding %+v", pc, s.Name, got, want)
			}
			if n := len(got.Frames); n > 1 {
				inlined++
			}
			if n := len(got.Frames); n > 0 && got.Frames[n-1].Func != s.Name {
				t.Fatalf("%#x in %s is %+v: the last frame is not in the function", pc, s.Name, got)
			}
		}
	}
	if inlined < 1000 {
		t.Errorf("only %d bytes of inlined code", inlined)
	}
}

// TestAgainstPclntab: files and lines are those of the table that the Go
// linker makes by itself.
func TestAgainstPclntab(t *testing.T) {
	f := kernelELF(t)
	table, err := ksym.FromELF(f, func(name string) string { return name })
	if err != nil {
		t.Fatal(err)
	}
	data, err := f.Section(".gopclntab").Data()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := gosym.NewTable(nil, gosym.NewLineTable(data, f.Section(".text").Addr))
	if err != nil {
		t.Fatal(err)
	}
	for _, fn := range lines.Funcs {
		for pc := fn.Entry; pc < fn.End; pc++ {
			file, line, _ := lines.PCToLine(pc)
			l, ok := table.Lookup(pc)
			if !ok || len(l.Frames) == 0 {
				continue // padding behind the function
			}
			if at := l.Frames[0]; at.File != file || at.Line != line {
				t.Fatalf("%#x in %s is %+v, not %s:%d", pc, fn.Name, l, file, line)
			}
		}
	}
}

// A table made by hand, of which the test knows what it says.
func handmade(t *testing.T) *ksym.Table {
	t.Helper()
	table, err := ksym.Parse(ksym.Handmade())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

const (
	panicText = "hello\nkernel panic: index out of range \nregs 1 2\nbt 1008 1020 1234\nbye\n"
	panicSays = "hello\nkernel panic: index out of range \nregs 1 2\nbt 1008 1020 1234\n" +
		"   1008 main.f+0x8 a.go:10\n" +
		"   1020 main.f+0x20 b.go:3, main.g inlined at a.go:11\n" +
		"   1234 ?\nbye\n"
	// What failed is the instruction itself, at the beginning of g.
	exceptionText = "kernel panic: exception 14 error 0x0 address 0x8\nbt 1010 1010\n"
	exceptionSays = exceptionText +
		"   1010 main.f+0x10 b.go:3, main.g inlined at a.go:11\n" +
		"   1010 main.f+0x10 a.go:10\n"
)

func TestAnnotate(t *testing.T) {
	table := handmade(t)
	for _, tt := range []struct{ in, want string }{
		{panicText, panicSays},
		{exceptionText, exceptionSays},
		{panicText + exceptionText, panicSays + exceptionSays},
		{"bt 1001", "bt 1001\n   1001 main.f+0x1 a.go:10\n"},
		{"bt\nbt zz\nbut 1001\n", "bt\nbt zz\nbut 1001\n"},
	} {
		if got := table.Annotate(tt.in); got != tt.want {
			t.Errorf("%q: got\n%s\nwant\n%s", tt.in, got, tt.want)
		}
	}
}

// A report is text, whatever the guest has written.
func TestReport(t *testing.T) {
	table := handmade(t)
	for _, tt := range []struct{ in, want string }{
		{panicText, panicSays},
		{"\x1b[2Jä\t\x00\xff\r\n", "\\x1b[2Jä\t\\x00\\xff\\r\n"},
		{strings.Repeat("x", 100) + strings.Repeat("y", 64<<10), "...\n" + strings.Repeat("y", 64<<10) + "\n"},
	} {
		if got := table.Report(tt.in); got != tt.want {
			t.Errorf("%.100q: got\n%.100s\nwant\n%.100s", tt.in, got, tt.want)
		}
	}
}

// TestSymbolise: however the output is cut into pieces, and with what is no
// line yet passed on at once.
func TestSymbolise(t *testing.T) {
	table := handmade(t)
	for n := 1; n < len(panicText); n++ {
		var b strings.Builder
		w := ksym.Symbolise(&b, func() *ksym.Table { return table })
		for piece := range slices.Chunk([]byte(panicText), n) {
			if _, err := w.Write(piece); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(b.String(), string(piece)) && !strings.Contains(b.String(), "main.f") {
				t.Fatalf("pieces of %d bytes: %q is not passed on", n, piece)
			}
		}
		if b.String() != panicSays {
			t.Errorf("pieces of %d bytes: got\n%s", n, b.String())
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := images.Symbols()
	for n := 0; n < len(good); n += 1 + n/50 {
		if _, err := ksym.Parse(good[:n]); err == nil {
			t.Errorf("the first %d bytes of a table are taken for a table", n)
		}
	}
	if _, err := ksym.Parse(append(bytes.Clone(good), 0)); err == nil {
		t.Error("a table with a byte too much is taken")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(images.Symbols()[:200])
	f.Add(ksym.Handmade())
	f.Fuzz(func(t *testing.T, b []byte) {
		if table, err := ksym.Parse(b); err == nil {
			table.Annotate("bt 0 5 6 ffffffffffffffff")
		}
	})
}
