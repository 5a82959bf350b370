// Package images has the guest, built: the kernel with its symbols, the
// initramfs with the user programs, and the agent by itself, for a Linux host.
//
// They are made of guestkernel by images/build:
//
//	go generate ./images
package images

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"sync"

	"sysindvm/images/ksym"
)

//go:generate go run ./build

//go:embed kernel.img
var kernel []byte

//go:embed kernel.sym
var symbols []byte

//go:embed kernel.debug.gz
var debug []byte

//go:embed initramfs.cpio
var initramfs []byte

//go:embed agent.elf
var agent []byte

// Kernel is the kernel's image: an ELF file with a PVH entry. Like the others
// it is not to be changed.
func Kernel() []byte { return kernel }

// Symbols is the table of the kernel's symbols, for package ksym.
func Symbols() []byte { return symbols }

// SymbolTable is that table.
var SymbolTable = sync.OnceValue(func() *ksym.Table {
	t, err := ksym.Parse(symbols)
	if err != nil {
		return &ksym.Table{} // knows no names; the tests would have found out
	}
	return t
})

// Debug is the kernel's ELF file for debuggers: its symbols and DWARF, without
// code and data. Like the others it is not to be changed.
var Debug = sync.OnceValue(func() []byte {
	z, err := gzip.NewReader(bytes.NewReader(debug))
	if err != nil {
		return nil // the tests would have found out
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	return b
})

// Initramfs is the kernel's root file system: a cpio archive.
func Initramfs() []byte { return initramfs }

// Agent is the agent's program: a static ELF file for x86-64 Linux.
func Agent() []byte { return agent }
