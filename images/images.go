// Package images has the guest, built: the kernel with its symbols, the
// initramfs with the user programs, the same for i386, and the agent by itself,
// for a Linux host.
//
// They are made of guestkernel by images/build:
//
//	go generate ./images
package images

import (
	"bytes"
	"compress/gzip"
	"io"
	"sync"

	"sysindvm/images/ksym"
)

//go:generate go run ./build

// Kernel is the kernel's image: an ELF file with a PVH entry. Like the others
// it is not to be changed.
func Kernel() []byte { return kernel }

// Kernel386 is the i386 kernel's image.
func Kernel386() []byte { return kernel386 }

// Symbols is the table of the kernel's symbols, for package ksym, Symbols386
// that of the i386 kernel's.
func Symbols() []byte    { return symbols }
func Symbols386() []byte { return symbols386 }

// SymbolTable is both tables in one: the kernels are at different addresses.
var SymbolTable = sync.OnceValue(func() *ksym.Table {
	t, err := ksym.Parse(symbols)
	if symbols386 == nil && err == nil {
		return t // see apart.go
	}
	t386, err386 := ksym.Parse(symbols386)
	if err != nil || err386 != nil {
		return &ksym.Table{} // knows no names; the tests would have found out
	}
	return ksym.Join(t386, t)
})

// Debug is the kernel's ELF file for debuggers: its symbols and DWARF, without
// code and data; Debug386 is that of the i386 kernel. Like the others they are
// not to be changed.
var (
	Debug    = sync.OnceValue(func() []byte { return unpack(debug) })
	Debug386 = sync.OnceValue(func() []byte { return unpack(debug386) })
)

func unpack(packed []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil // the tests would have found out
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	return b
}

// Initramfs is the kernel's root file system: a cpio archive.
func Initramfs() []byte { return initramfs }

// Initramfs386 is the i386 kernel's.
func Initramfs386() []byte { return initramfs386 }

// Agent is the agent's program: a static ELF file for x86-64 Linux.
func Agent() []byte { return agent }

// Agent32 is the agent's program as a 32-bit one: it makes every call as i386
// has it.
func Agent32() []byte { return agent32 }

// Bench is the program that package vm/vmbench measures with: a static ELF
// file for x86-64 Linux.
func Bench() []byte { return bench }
