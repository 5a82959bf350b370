package native

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
	"sysindvm/internal/hostcpu"
)

const (
	before   = Base          // a State to load
	after    = Base + 0x1000 // the State that was left
	hostRSP  = Base + 0x2000
	hostCSR  = Base + 0x2008
	codeOff  = Code - Base
	prologue = Code - 0x400
	narrow   = Code - 0x800 // the prologue of compatibility mode
	epilogue = Code + 0x400
	handlers = Code + 0x800
	pointer  = Base + 0x2010 // to the epilogue
	farCode  = Base + 0x2020 // far pointer to Code, in compatibility mode
	farBack  = Base + 0x2030 // and to the epilogue, in 64-bit mode
)

// Linux's selectors of user mode.
const (
	userCS32 = 0x23
	userDS   = 0x2b
	userCS   = 0x33
)

// Machine executes instructions. There can be only one at a time.
type Machine struct {
	// Narrow has Load and Again be of compatibility mode: 32-bit code under a
	// 64-bit kernel.
	Narrow bool

	mem []byte
	old [len(signals)]sigaction
}

// signals are those that an instruction's faults come as.
var signals = [...]unix.Signal{unix.SIGFPE, unix.SIGSEGV, unix.SIGILL, unix.SIGBUS, unix.SIGTRAP}

// sigaction is the kernel's struct sigaction.
type sigaction struct {
	handler, flags, restorer, mask uint64
}

func rtSigaction(sig unix.Signal, act, old *sigaction) error {
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

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
	avx := hostcpu.Lacking(Vectors...) == ""
	code := loadState(avx)
	for len(code) < Code-prologue {
		code = append(code, 0x90)
	}
	copy(m.mem[prologue-Base:], code)
	copy(m.mem[narrow-Base:], append(append(loadSegments(), loadState(avx)...), absolute([]byte{0xff}, 5, farCode)...))
	far := func(at, to uint64, selector uint16) {
		binary.LittleEndian.PutUint32(m.mem[at-Base:], uint32(to))
		binary.LittleEndian.PutUint16(m.mem[at-Base+4:], selector)
	}
	far(farCode, Code, userCS32)
	far(farBack, epilogue, userCS)
	copy(m.mem[epilogue-Base:], saveState(avx))
	for i, sig := range signals {
		if err := rtSigaction(sig, nil, &m.old[i]); err != nil {
			return nil, fmt.Errorf("the handler of signal %d: %w", sig, err)
		}
		at := handlers + 64*uint64(i)
		copy(m.mem[at-Base:], handler(m.old[i].handler))
		act := m.old[i]
		act.handler = at
		if err := rtSigaction(sig, &act, nil); err != nil {
			return nil, fmt.Errorf("a handler for signal %d: %w", sig, err)
		}
	}
	return m, nil
}

// Close unmaps it.
func (m *Machine) Close() error {
	for i, sig := range signals {
		if err := rtSigaction(sig, &m.old[i], nil); err != nil {
			return err
		}
	}
	return unix.MunmapPtr(unsafe.Pointer(&m.mem[0]), Size)
}

// Memory is the machine's memory, from Base.
func (m *Machine) Memory() []byte { return m.mem }

// Run executes one instruction, which goes on to the next or faults, and
// returns what it leaves.
func (m *Machine) Run(code []byte, s State) State {
	m.Load(code)
	return m.Again(s)
}

// Load sets the instruction that Again executes.
func (m *Machine) Load(code []byte) {
	to := m.mem[codeOff:]
	n := copy(to, code)
	if m.Narrow {
		copy(to[n:], []byte{0xff, 0x2d}) // ljmp *farBack
		binary.LittleEndian.PutUint32(to[n+2:], farBack)
		return
	}
	copy(to[n:], []byte{0xff, 0x24, 0x25}) // jmp *pointer
	binary.LittleEndian.PutUint32(to[n+3:], pointer)
	binary.LittleEndian.PutUint64(m.mem[pointer-Base:], epilogue)
}

// Again executes the instruction that was loaded.
func (m *Machine) Again(s State) State {
	*(*State)(unsafe.Pointer(&m.mem[before-Base])) = s
	(*State)(unsafe.Pointer(&m.mem[after-Base])).Fault = 0
	if m.Narrow {
		call(narrow)
	} else {
		call(prologue)
	}
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
	faultOff = uint64(unsafe.Offsetof(State{}.Fault))
	fxOff    = uint64(unsafe.Offsetof(State{}.FX))
	ymmOff   = uint64(unsafe.Offsetof(State{}.YMM))
)

// loadSegments is machine code that loads the segments that 64-bit mode does
// without.
func loadSegments() []byte {
	return []byte{0xb8, userDS, 0, 0, 0, 0x8e, 0xd8, 0x8e, 0xc0} // mov $userDS, %eax; mov %eax, %ds and %es
}

// upperHalf is VINSERTF128 (0x18), to the upper half of a YMM register, or
// VEXTRACTF128 (0x19), from there.
func upperHalf(op byte, i int, addr uint64) []byte {
	prefix := []byte{0xc4, 0xe3 &^ byte(i>>3<<7), 0x7d, op}
	if op == 0x18 {
		prefix[2] = 0x05 | byte(^i&15)<<3 // the lower half is the register's own
	}
	return append(absolute(prefix, i, addr), 1)
}

// loadState is machine code that loads the state.
func loadState(avx bool) (code []byte) {
	emit := func(reg int, addr uint64, op ...byte) { code = append(code, absolute(op, reg, addr)...) }
	emit(rSP, hostRSP, 0x48, 0x89)          // mov %rsp, hostRSP
	emit(3, hostCSR, 0x0f, 0xae)            // stmxcsr hostCSR
	emit(1, before+fxOff, 0x48, 0x0f, 0xae) // fxrstor64
	for i := range 16 {
		if avx {
			code = append(code, upperHalf(0x18, i, before+ymmOff+uint64(16*i))...)
		}
	}
	emit(6, before+flagsOff, 0xff) // push
	code = append(code, 0x9d)      // popf
	for i := range 16 {
		emit(i, before+uint64(8*i), 0x48, 0x8b) // mov
	}
	return code
}

// saveState is machine code that saves the state and returns.
func saveState(avx bool) (code []byte) {
	emit := func(reg int, addr uint64, op ...byte) { code = append(code, absolute(op, reg, addr)...) }
	for i := range 16 {
		emit(i, after+uint64(8*i), 0x48, 0x89)
	}
	emit(rSP, hostRSP, 0x48, 0x8b)
	code = append(code, 0x9c) // pushf
	emit(0, after+flagsOff, 0x8f)
	emit(0, after+fxOff, 0x48, 0x0f, 0xae)
	for i := range 16 {
		if avx {
			code = append(code, upperHalf(0x19, i, after+ymmOff+uint64(16*i))...)
		}
	}
	if avx {
		code = append(code, 0xc5, 0xf8, 0x77) // vzeroupper
	}
	code = append(code, 0xdb, 0xe3) // fninit
	emit(2, hostCSR, 0x0f, 0xae)
	code = append(code, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0) // xor %eax, %eax; mov %eax, %ds and %es
	return append(code, 0xfc, 0xc3)                         // cld; ret
}

// handler is a signal handler: at the instruction it goes on with saveState,
// anywhere else with the handler that was there before.
func handler(old uint64) (code []byte) {
	const rip, cs = 168, 184 // in struct ucontext
	code = append(code, 0x48, 0x81, 0xba)
	code = binary.LittleEndian.AppendUint32(code, rip)
	code = binary.LittleEndian.AppendUint32(code, Code)
	code = append(code, 0x74, 12, 0x48, 0xb8) // je; mov old, %rax
	code = binary.LittleEndian.AppendUint64(code, old)
	code = append(code, 0xff, 0xe0)                                   // jmp *%rax
	code = append(code, absolute([]byte{0x89}, 7, after+faultOff)...) // mov %edi
	code = append(code, 0x48, 0xc7, 0x82)                             // movq epilogue, rip(%rdx)
	code = binary.LittleEndian.AppendUint32(code, rip)
	code = binary.LittleEndian.AppendUint32(code, epilogue)
	code = append(code, 0x66, 0xc7, 0x82) // movw userCS, cs(%rdx)
	code = binary.LittleEndian.AppendUint32(code, cs)
	return append(code, userCS, 0, 0xc3)
}
