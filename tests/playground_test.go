package tests

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The playground's command: what is wrong gets a line, and a site that is
// written is there.
func TestPlayground(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		stderr string
	}{
		{"neither", nil, 2, "--http ADDR"},
		{"both", []string{"--http", "localhost:0", "--out", dir}, 2, "--http ADDR"},
		{"port in use", []string{"--http", taken.Addr().String()}, 2, taken.Addr().String()},
		{"no port", []string{"--http", "localhost"}, 2, "missing port"},
		{"no folder", []string{"--out", file}, 2, "is not a folder"},
		{"folder that cannot be", []string{"--out", filepath.Join(file, "x")}, 2, "cannot be written"},
		{"folder", []string{"--out", filepath.Join(dir, "a", "b")}, 0, "written"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, stderr, status := sysindvm(t, append([]string{"playground"}, tt.args...)...)
			if status != tt.status || !strings.Contains(stderr, tt.stderr) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("status %d: %s", status, stderr)
			}
		})
	}
	if st, err := os.Stat(filepath.Join(dir, "a", "b", "index.html")); err != nil || st.Size() == 0 {
		t.Errorf("index.html: %v", err)
	}
}

// The page is served until the program is interrupted.
func TestPlaygroundServes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process is not interrupted there")
	}
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, "playground", "--http", "localhost:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, _ := bufio.NewReader(out).ReadString('\n')
	r, err := http.Get(strings.TrimSpace(address))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil || !strings.Contains(string(b), "<title>sysindvm playground</title>") {
		t.Errorf("%s, %v: %s", r.Status, err, b)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("interrupted: %v", err)
	}
}
