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
	"slices"

	"sysindvm/images/ksym"
)

// Names of the artefacts, as files in the folder images.
const (
	KernelFile    = "kernel.img"
	InitramfsFile = "initramfs.cpio"
	AgentFile     = "agent.elf"
	Agent32File   = "agent32.elf"
	BenchFile     = "bench.elf"
	SymbolsFile   = "kernel.sym"
	DebugFile     = "kernel.debug.gz"

	// The same for i386.
	Kernel386File    = "kernel386.img"
	Initramfs386File = "initramfs386.cpio"
	Symbols386File   = "kernel386.sym"
	Debug386File     = "kernel386.debug.gz"
)

// Artefact is one file that is built.
type Artefact struct {
	Name string
	Data []byte
}

// programs are the user programs, folders of guestkernel/user, by name.
var programs = []string{"agent", "demo", "sh"}

// num32 is how many of them x86-64 has as 32-bit programs, too: with 32 behind
// their names.
const num32 = 2

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
	wide, err := bootable(t.Kernel, t.Boot32)
	if err != nil {
		return nil, err
	}
	narrow, err := bootable(t.Kernel386, t.Boot386)
	if err != nil {
		return nil, err
	}
	users, err := t.Programs(true)
	if err != nil {
		return nil, err
	}
	users32, err := t.Programs32(true)
	if err != nil {
		return nil, err
	}
	bench, err := t.Bench()
	if err != nil {
		return nil, err
	}
	all := slices.Clone(users)
	for _, p := range users32[:num32] {
		all = append(all, Artefact{p.Name + "32", p.Data})
	}
	return []Artefact{
		{KernelFile, wide.image},
		{InitramfsFile, initramfs(all)},
		{AgentFile, users[0].Data},
		{Agent32File, users32[0].Data},
		{BenchFile, bench},
		{SymbolsFile, wide.symbols},
		{DebugFile, wide.debug},
		{Kernel386File, narrow.image},
		{Initramfs386File, initramfs(users32)},
		{Symbols386File, narrow.symbols},
		{Debug386File, narrow.debug},
	}, nil
}

// built is what is made of one kernel.
type built struct{ image, symbols, debug []byte }

// bootable builds a kernel and its entry, and makes an image of them.
func bootable(kernel, entry func() ([]byte, error)) (b built, err error) {
	k, err := kernel()
	if err != nil {
		return b, err
	}
	e, err := entry()
	if err != nil {
		return b, err
	}
	if b.image, err = PVH(k, e); err != nil {
		return b, err
	}
	if b.symbols, err = Symbols(k); err != nil {
		return b, err
	}
	b.debug, err = Debug(k)
	return b, err
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
	t, err := ksym.FromELF(f, ksym.SourceFile)
	if err != nil {
		return nil, fmt.Errorf("the kernel: %w", err)
	}
	return t.Encode(), nil
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
