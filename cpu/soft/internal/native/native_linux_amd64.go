package native

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where things are: a piece of the host's address space that the tests map in
// the guest at the same place.
const (
	Base = 0x100000 // of all that is mapped
	Data = 0x104000 // for the instruction's operands
	Code = 0x10c000 // of the instruction
	Size = 0x10000

	before   = Base          // a State to load
	after    = Base + 0x1000 // the State that was left
	hostRSP  = Base + 0x2000
	hostCSR  = Base + 0x2008
	codeOff  = Code - Base
	prologue = Code - 0x400
)

// State is what an instruction works on.
type State struct {
	R     [16]uint64 // in the order of their encoding
	Flags uint64
	MXCSR uint64
	XMM   [16][2]uint64
}

// Machine executes instructions. There can be only one at a time.
type Machine struct{ mem []byte }

// call runs machine code.
func call(code uintptr)

// New maps the memory.
func New() (*Machine, error) {
	p, err := unix.MmapPtr(-1, 0, unsafe.Add(nil, Base), Size, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED_NOREPLACE)
	if err != nil {
		return nil, fmt.Errorf("mapping executable memory at %#x: %w", Base, err)
	}
	m := &Machine{mem: unsafe.Slice((*byte)(p), Size)}
	copy(m.mem[prologue-Base:], loadState())
	return m, nil
}

// Close unmaps it.
func (m *Machine) Close() error { return unix.MunmapPtr(unsafe.Pointer(&m.mem[0]), Size) }

// Memory is the machine's memory, from Base.
func (m *Machine) Memory() []byte { return m.mem }

// Run executes one instruction that goes on to the next, and returns what it
// leaves. It must not fault.
func (m *Machine) Run(code []byte, s State) State {
	copy(m.mem[codeOff:], code)
	copy(m.mem[codeOff+len(code):], saveState())
	*(*State)(unsafe.Pointer(&m.mem[before-Base])) = s
	call(prologue)
	return *(*State)(unsafe.Pointer(&m.mem[after-Base]))
}

// absolute is an instruction's ModRM, SIB and 32-bit address.
func absolute(op []byte, reg int, addr uint64) []byte {
	if op[0]&0xf0 == 0x40 {
		op[0] |= byte(reg >> 3 << 2)
	}
	return binary.LittleEndian.AppendUint32(append(op, byte(reg&7<<3|4), 0x25), uint32(addr))
}

const (
	rSP      = 4
	flagsOff = uint64(unsafe.Offsetof(State{}.Flags))
	csrOff   = uint64(unsafe.Offsetof(State{}.MXCSR))
	xmmOff   = uint64(unsafe.Offsetof(State{}.XMM))
)

// loadState is machine code that loads the state, and falls into the
// instruction.
func loadState() (code []byte) {
	emit := func(reg int, addr uint64, op ...byte) { code = append(code, absolute(op, reg, addr)...) }
	emit(rSP, hostRSP, 0x48, 0x89)     // mov %rsp, hostRSP
	emit(3, hostCSR, 0x0f, 0xae)       // stmxcsr hostCSR
	emit(2, before+csrOff, 0x0f, 0xae) // ldmxcsr
	emit(6, before+flagsOff, 0xff)     // push
	code = append(code, 0x9d)          // popf
	for i := range 16 {
		emit(i, before+xmmOff+uint64(16*i), 0x40, 0x0f, 0x10) // movups
	}
	for i := range 16 {
		emit(i, before+uint64(8*i), 0x48, 0x8b) // mov
	}
	for len(code) < Code-prologue {
		code = append(code, 0x90)
	}
	return code
}

// saveState is machine code that saves the state and returns.
func saveState() (code []byte) {
	emit := func(reg int, addr uint64, op ...byte) { code = append(code, absolute(op, reg, addr)...) }
	for i := range 16 {
		emit(i, after+uint64(8*i), 0x48, 0x89)
	}
	emit(rSP, hostRSP, 0x48, 0x8b)
	code = append(code, 0x9c) // pushf
	emit(0, after+flagsOff, 0x8f)
	for i := range 16 {
		emit(i, after+xmmOff+uint64(16*i), 0x40, 0x0f, 0x11)
	}
	emit(3, after+csrOff, 0x0f, 0xae)
	emit(2, hostCSR, 0x0f, 0xae)
	return append(code, 0xfc, 0xc3) // cld; ret
}
