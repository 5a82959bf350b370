// Package native executes single instructions on the host's own processor. It
// is the oracle of cpu/soft's tests, and works on linux/amd64.
package native

// Where things are: a piece of the host's address space that the tests map in
// the guest at the same place.
const (
	Base = 0x100000 // of all that is mapped
	Data = 0x104000 // for the instruction's operands
	Code = 0x10c000 // of the instruction
	Size = 0x10000
)

// State is what an instruction works on.
type State struct {
	R     [16]uint64 // in the order of their encoding
	Flags uint64
	Fault uint64 // the signal that the instruction was answered with
	FX
	YMM [16][2]uint64 // the upper halves; zero where the processor has no AVX
}

// Vectors are the features, as Linux names them, that instructions with a VEX
// prefix are of.
var Vectors = []string{"avx", "avx2", "fma", "f16c"}

// FX is the image of FXSAVE64 (SDM 1, 10.5.1).
type FX struct {
	FCW, FSW    uint16
	FTW         uint8
	_           uint8
	FOP         uint16
	FIP, FDP    uint64
	MXCSR, Mask uint32
	ST          [8][2]uint64
	XMM         [16][2]uint64
	_           [96]byte
}
