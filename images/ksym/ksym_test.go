package ksym_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
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

// TestEmbedded: the entry of the embedded kernel has its name in the embedded
// table.
func TestEmbedded(t *testing.T) {
	entry := binary.LittleEndian.Uint64(images.Kernel()[24:]) // e_entry
	f, ok := embedded(t).Lookup(entry)
	if !ok || f.Func != "runtime.kstart" || f.Offset != 0 || !strings.HasSuffix(f.File, "entry_amd64.s") || f.Line == 0 {
		t.Errorf("the entry %#x is %+v", entry, f)
	}
}

// TestAgainstELF: the table says of every function's first and last byte what
// the kernel's ELF file says.
func TestAgainstELF(t *testing.T) {
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
	built, err := ksym.FromELF(f)
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
	n := 0
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Size == 0 {
			continue
		}
		for _, pc := range []uint64{s.Value, s.Value + s.Size - 1} {
			want, _ := built.Lookup(pc)
			if got, ok := table.Lookup(pc); !ok || got != want || got.Func != s.Name {
				t.Errorf("%#x in %s is %+v, before encoding %+v", pc, s.Name, got, want)
			}
		}
		n++
	}
	if n < 100 {
		t.Errorf("only %d functions", n)
	}
}

func TestAnnotate(t *testing.T) {
	table := embedded(t)
	entry := binary.LittleEndian.Uint64(images.Kernel()[24:])
	f, _ := table.Lookup(entry + 7)
	before, _ := table.Lookup(entry + 6)
	in := fmt.Sprintf("hello\nbt %x %x 1234\nregs 1 2\nbt\nbt zz\nbt %x", entry+7, entry+7, entry)
	first, _ := table.Lookup(entry)
	want := fmt.Sprintf("hello\nbt %[1]x %[1]x 1234\n   %[1]x %[2]v\n   %[1]x %[3]s+0x7 %[4]s:%[5]d\n   1234 ?\nregs 1 2\nbt\nbt zz\nbt %[6]x\n   %[6]x %[7]v\n",
		entry+7, f, before.Func, before.File, before.Line, entry, first)
	if got := table.Annotate(in); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
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
	f.Add([]byte("ksym1\n\x00\x01\x05\x03\x01f\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if table, err := ksym.Parse(b); err == nil {
			table.Annotate("bt 0 5 6 ffffffffffffffff")
		}
	})
}
