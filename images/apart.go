//go:build imagesapart

package images

// The program of the web page (package web/playground) is built without the
// images: they come to it as files of their own, so that it is the same
// whatever becomes of the kernel, and sysindvm does not carry them twice.
var kernel, symbols, initramfs []byte

// What no page asks for.
var kernel386, symbols386, initramfs386, agent, agent32, bench, debug, debug386 []byte

// Provide says what the kernel, its symbols and its initramfs are. It is to be
// called once, before anything else here is.
func Provide(kernelImage, kernelSymbols, cpio []byte) {
	kernel, symbols, initramfs = kernelImage, kernelSymbols, cpio
}
