package cpu

import (
	"testing"
	"unsafe"
)

func TestNewRAM(t *testing.T) {
	for _, size := range []int{PageSize, 64 << 20} {
		ram, free, err := NewRAM(size)
		if err != nil {
			t.Fatal(err)
		}
		if len(ram) != size || uintptr(unsafe.Pointer(&ram[0]))%PageSize != 0 {
			t.Errorf("NewRAM(%d): %d bytes at %p", size, len(ram), &ram[0])
		}
		ram[0], ram[size-1] = 1, 2
		if err := free(); err != nil {
			t.Error(err)
		}
	}
}

func TestNewRAMSize(t *testing.T) {
	for _, size := range []int{-PageSize, 0, 1, PageSize + 1, -1 << 31} {
		if ram, _, err := NewRAM(size); err == nil {
			t.Errorf("NewRAM(%d): %d bytes, want an error", size, len(ram))
		}
	}
}
