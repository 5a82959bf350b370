package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestReproducible builds the program again and compares it with what is
// embedded.
func TestReproducible(t *testing.T) {
	program, glue, err := compile("..")
	if errors.Is(err, errToolchain) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.Open(filepath.Join("..", "site", "machine.wasm.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	embeddedGlue, err := os.ReadFile(filepath.Join("..", "site", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	const again = "run go generate ./web/playground"
	if !bytes.Equal(program, embedded) {
		t.Errorf("machine.wasm: built %d bytes, the embedded file has %d, and they differ: %s", len(program), len(embedded), again)
	}
	if !bytes.Equal(glue, embeddedGlue) {
		t.Errorf("wasm_exec.js is not this Go's: %s", again)
	}
	if dir, err := filepath.Abs(".."); err == nil && bytes.Contains(program, []byte(dir)) {
		t.Errorf("machine.wasm has the name of a folder in it: %s", dir)
	}
}
