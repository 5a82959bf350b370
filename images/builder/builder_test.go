package builder

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReproducible builds everything again, from a copy of the source in
// another place, and compares it with what is embedded.
func TestReproducible(t *testing.T) {
	root := copySource(t)
	all, err := Build(root)
	if errors.Is(err, ErrToolchain) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		want, err := os.ReadFile(filepath.Join("..", a.Name))
		if err != nil {
			t.Fatal(err)
		}
		if at := differ(a.Data, want); at >= 0 {
			t.Errorf("%s: built %d bytes, the embedded file has %d, and byte %d differs: run go generate ./images", a.Name, len(a.Data), len(want), at)
		}
		if bytes.Contains(a.Data, []byte(root)) {
			t.Errorf("%s has the name of a folder in it: %s", a.Name, root)
		}
	}
}

// differ is the first byte that differs, -1 if none does.
func differ(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// copySource copies what the guest is built of.
func copySource(t *testing.T) string {
	top := filepath.Join("..", "..")
	root := t.TempDir()
	for _, dir := range []string{"guestkernel", "syscalls"} {
		if err := os.CopyFS(filepath.Join(root, dir), os.DirFS(filepath.Join(top, dir))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join(top, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, file), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestUsable(t *testing.T) {
	cache := filepath.Join("/home", "u", "go", "pkg", "mod")
	tests := []struct {
		goroot, version, modcache string
		want                      string
	}{
		{"/opt/go", GoVersion, cache, ""},
		{"/opt/go", GoVersion, "", ""},
		{filepath.Join(cache, "golang.org", "toolchain@v0.0.1-go1.26.8.linux-amd64"), GoVersion, cache, "module cache"},
		{"/opt/go", "go1.25.0", cache, "it is go1.25.0"},
	}
	for _, tt := range tests {
		err := usable(tt.goroot, tt.version, tt.modcache)
		if tt.want == "" {
			if err != nil {
				t.Errorf("usable(%q, %q) = %v", tt.goroot, tt.version, err)
			}
			continue
		}
		if !errors.Is(err, ErrToolchain) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("usable(%q, %q) = %v, want %q", tt.goroot, tt.version, err, tt.want)
		}
	}
}

func TestArchive(t *testing.T) {
	var a Archive
	a.Dir("bin")
	a.File("bin/x", 0o755, []byte("hello"))
	const want = "070701" + "00000001" + "000041ed" + "00000000" + "00000000" + "00000002" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000000" + "00000000" + "00000004" + "00000000" + "bin\x00" + "\x00\x00" +
		"070701" + "00000002" + "000081ed" + "00000000" + "00000000" + "00000001" + "00000000" + "00000005" +
		"00000000" + "00000000" + "00000000" + "00000000" + "00000006" + "00000000" + "bin/x\x00" + "hello\x00\x00\x00" +
		"070701" + "00000003" + "00000000" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000000" + "00000000" + "0000000b" + "00000000" + "TRAILER!!!\x00" + "\x00\x00\x00"
	if got := string(a.Bytes()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestPVHRefuses: what is not a pair of linked programs is an error.
func TestPVHRefuses(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("\x7fELF"), bytes.Repeat([]byte{0x7f}, 100)} {
		if _, err := PVH(b, b); err == nil {
			t.Errorf("PVH(%q) is no error", b)
		}
	}
}
