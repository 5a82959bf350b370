//go:build !imagesapart

package images

import _ "embed"

//go:embed kernel.img
var kernel []byte

//go:embed kernel.sym
var symbols []byte

//go:embed kernel386.img
var kernel386 []byte

//go:embed kernel386.sym
var symbols386 []byte

//go:embed kernel.debug.gz
var debug []byte

//go:embed kernel386.debug.gz
var debug386 []byte

//go:embed initramfs.cpio
var initramfs []byte

//go:embed initramfs386.cpio
var initramfs386 []byte

//go:embed agent.elf
var agent []byte

//go:embed agent32.elf
var agent32 []byte

//go:embed bench.elf
var bench []byte
