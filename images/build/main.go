// Build builds the guest's images into the folder that it is run in. It is
// what `go generate ./images` runs. The kernel with DWARF, for a debugger, is
// too large for the repository and goes to out/kernel.elf of the module.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"sysindvm/images/builder"
)

func main() {
	module := flag.String("module", "..", "the module's `folder`")
	debug := flag.Bool("debug", false, "build for a debugger, nothing optimised or inlined: not what belongs into the repository")
	flag.Parse()
	if err := build(*module, *debug); err != nil {
		fmt.Fprintln(os.Stderr, "images/build:", err)
		os.Exit(1)
	}
}

func build(module string, debug bool) error {
	t, err := builder.NewToolchain(module)
	if err != nil {
		return err
	}
	defer t.Close()
	t.Debug = debug
	all, err := t.Images()
	if err != nil {
		return err
	}
	kernel, err := t.Kernel()
	if err != nil {
		return err
	}
	out := filepath.Join(module, "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := builder.Write(out, []builder.Artefact{{Name: "kernel.elf", Data: kernel}}); err != nil {
		return err
	}
	if err := builder.Write(".", all); err != nil {
		return err
	}
	for _, a := range all {
		fmt.Printf("%-16s %7d bytes\n", a.Name, len(a.Data))
	}
	return nil
}
