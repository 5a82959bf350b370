// Package builder builds the guest: the kernel's image, its user programs and
// the initramfs, from source, with the go command alone. The same source
// gives the same bytes, wherever it lies.
//
// Begin with [Build]; how freestanding Go is compiled is in [Toolchain].
package builder

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sysindvm/images/ksym"
)

// Names of the artefacts, as files in the folder images.
const (
	KernelFile    = "kernel.img"
	InitramfsFile = "initramfs.cpio"
	AgentFile     = "agent.elf"
	SymbolsFile   = "kernel.sym"
	DebugFile     = "kernel.debug.gz"
)

// Artefact is one file that is built.
type Artefact struct {
	Name string
	Data []byte
}

// programs are the user programs, folders of guestkernel/user, by name.
var programs = []string{"agent", "demo", "sh"}

// Build builds everything from the module in the folder root.
func Build(root string) ([]Artefact, error) {
	t, err := NewToolchain(root)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.Images()
}

// Images builds everything.
func (t *Toolchain) Images() ([]Artefact, error) {
	kernel, err := t.Kernel()
	if err != nil {
		return nil, err
	}
	boot, err := t.Boot32()
	if err != nil {
		return nil, err
	}
	image, err := PVH(kernel, boot)
	if err != nil {
		return nil, err
	}
	symbols, err := Symbols(kernel)
	if err != nil {
		return nil, err
	}
	debug, err := Debug(kernel)
	if err != nil {
		return nil, err
	}
	users, err := t.Programs(true)
	if err != nil {
		return nil, err
	}
	return []Artefact{
		{KernelFile, image},
		{InitramfsFile, initramfs(users)},
		{AgentFile, users[0].Data},
		{SymbolsFile, symbols},
		{DebugFile, debug},
	}, nil
}

// initramfs is the archive with the programs.
func initramfs(programs []Artefact) []byte {
	var a Archive
	for _, dir := range []string{"bin", "dev", "etc", "proc", "tmp"} {
		a.Dir(dir)
	}
	for _, p := range programs {
		a.File("bin/"+p.Name, 0o755, p.Data)
	}
	a.File("etc/motd", 0o644, []byte(motd))
	return a.Bytes()
}

const motd = `Welcome to sysindvm, a small kernel with the system calls of Linux and one that
Linux never got: sys_indirect. The program demo shows it.
`

// Symbols is the table of the kernel's symbols, for package ksym.
func Symbols(kernel []byte) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(kernel))
	if err != nil {
		return nil, fmt.Errorf("the kernel: %w", err)
	}
	t, err := ksym.FromELF(f, sourceFile)
	if err != nil {
		return nil, fmt.Errorf("the kernel: %w", err)
	}
	return t.Encode(), nil
}

// sourceFile is where in the module a file is that the compiler names.
func sourceFile(name string) string {
	if file, ok := strings.CutPrefix(name, "runtime/"+overlayPrefix); ok {
		return "guestkernel/_rt/" + file
	}
	return strings.TrimPrefix(name, "sysindvm/")
}

// Write writes artefacts into a folder, those that differ from what is there.
func Write(dir string, all []Artefact) error {
	for _, a := range all {
		name := filepath.Join(dir, a.Name)
		if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, a.Data) {
			continue
		}
		if err := os.WriteFile(name, a.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
