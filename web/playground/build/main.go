// Build builds the playground's program into the folder site: it is what
// `go generate ./web/playground` runs.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sysindvm/images/builder"
)

// errToolchain says that this machine's Go is not the one to build it with:
// another gives other bytes.
var errToolchain = errors.New("the playground's program is built with " + builder.GoVersion)

func main() {
	if err := build("."); err != nil {
		fmt.Fprintln(os.Stderr, "web/playground/build:", err)
		os.Exit(1)
	}
}

// build writes the site's built files. dir is the folder of package playground.
func build(dir string) error {
	program, glue, err := compile(dir)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	z.Write(program)
	z.Close()
	site := filepath.Join(dir, "site")
	if err := os.WriteFile(filepath.Join(site, "machine.wasm.gz"), packed.Bytes(), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(site, "wasm_exec.js"), glue, 0o644); err != nil {
		return err
	}
	fmt.Printf("machine.wasm.gz  %7d bytes, %d unpacked\n", packed.Len(), len(program))
	return nil
}

// compile builds the program, and reads the JavaScript that Go has for such
// programs.
func compile(dir string) (program, glue []byte, err error) {
	out, err := exec.Command("go", "env", "GOVERSION", "GOROOT").Output()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: go env: %v", errToolchain, err)
	}
	version, goroot, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if version != builder.GoVersion {
		return nil, nil, fmt.Errorf("%w, and this Go is %s: install that from https://go.dev/dl/ and put it into PATH", errToolchain, version)
	}
	tmp, err := os.MkdirTemp("", "sysindvm-playground-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(tmp)
	file := filepath.Join(tmp, "machine.wasm")
	cmd := exec.Command(filepath.Join(goroot, "bin", "go"), "build", "-tags", "imagesapart", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -buildid=", "-o", file, "./wasm")
	cmd.Dir = dir
	// What a person has set for other builds may not change this one.
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOWASM=", "CGO_ENABLED=0", "GOENV=off", "GOROOT="+goroot,
		"GOTOOLCHAIN=local", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off", "GODEBUG=", "GOWORK=off")
	if msg, err := cmd.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("go build: %w\n%s", err, msg)
	}
	if program, err = os.ReadFile(file); err != nil {
		return nil, nil, err
	}
	glue, err = os.ReadFile(filepath.Join(goroot, "lib", "wasm", "wasm_exec.js"))
	return program, glue, err
}
