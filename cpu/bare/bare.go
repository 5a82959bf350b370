// Package bare sets up the smallest guests there are: page tables, descriptor
// tables and a few bytes of machine code in RAM, with nothing to boot. Engines
// are probed and tested with them.
//
// Any exception or interrupt that a guest does not handle itself ends in a HLT
// with the vector on top of the stack: see [ReadTrap].
package bare

import (
	"encoding/binary"
	"fmt"

	"sysindvm/cpu"
)

// Where things are in guest-physical memory, which is mapped at the same
// virtual addresses: the first 4 GiB, readable, writable and executable in
// every ring.
const (
	pml4     = 0x1000
	pdpt     = 0x2000
	pd       = 0x3000 // four of them
	idt      = 0x7000
	tss      = 0x8000
	gdt      = 0x9000
	handlers = 0xa000

	Stack0 = 0x20000 // top of the stack of ring 0
	Stack3 = 0x30000 // top of the stack of ring 3
	Code   = 0x40000 // for the guest's own code
	Code3  = 0x50000 // for code of ring 3
	Data   = 0x60000
	// PageDir32 is a page directory for a 32-bit guest that turns on paging
	// with CR4.PSE: all of memory, mapped as it is.
	PageDir32 = 0x70000
	// RAMSize is enough for all of these.
	RAMSize = 0x80000

	// Supervisor is where the first GiB is mapped once more, for ring 0 only.
	Supervisor = 4 << 30
	// Unmapped is an address where nothing is.
	Unmapped = 8 << 30
)

// Selectors, in the order that SYSCALL and SYSRET want (SDM 3A, 5.8.8).
const (
	CodeSel    = 0x08
	DataSel    = 0x10
	Code32Sel  = 0x18
	User32Sel  = 0x20 | 3
	UserSS     = 0x28 | 3
	UserCode   = 0x30 | 3
	tssSel     = 0x38
	tssLimit   = 0x67
	NotPresent = 0x48 // data, not present
	gdtEntries = 10
)

// STAR makes SYSCALL enter CodeSel and SYSRET return to UserCode.
const STAR = (User32Sel&^3)<<48 | CodeSel<<32

// Flags of page-table entries (SDM 3A, 4.5).
const (
	pageP = 1 << 0
	pageW = 1 << 1
	pageU = 1 << 2
	pageS = 1 << 7
)

const gib = 1 << 30

// LongMode writes the tables of a 64-bit guest into RAM, and returns the
// system registers that go with them. The guest starts in ring 0.
func LongMode(ram []byte) cpu.Sregs {
	const rwx = pageP | pageW | pageU
	put(ram, pml4, pdpt|rwx)
	for g := uint64(0); g < 4; g++ {
		put(ram, pdpt+8*g, pd+0x1000*g|rwx)
		for i := uint64(0); i < 512; i++ {
			put(ram, pd+0x1000*g+8*i, g*gib+i<<21|rwx|pageS)
		}
	}
	put(ram, pdpt+8*Supervisor/gib, pd|pageP|pageW)

	for v := uint64(0); v < 256; v++ {
		h := handlers + 8*v
		copy(ram[h:], []byte{
			0x6a, byte(v), // push $v
			0xf4,       // hlt
			0xeb, 0xfd, // jmp to the hlt
		})
		SetGate(ram, uint8(v), h, 0)
	}
	SetGate(ram, 3, handlers+8*3, 3)
	SetGate(ram, 0x80, handlers+8*0x80, 3)

	binary.LittleEndian.PutUint64(ram[tss+4:], Stack0)        // RSP0 (SDM 3A, 8.7)
	binary.LittleEndian.PutUint16(ram[tss+0x66:], tssLimit+1) // no I/O permission map

	s := cpu.Sregs{
		CS: segment(CodeSel, 0xb, 0), SS: segment(DataSel, 3, 0),
		DS: segment(DataSel, 3, 0), ES: segment(DataSel, 3, 0),
		FS: segment(DataSel, 3, 0), GS: segment(DataSel, 3, 0),
		TR:  cpu.Segment{Base: tss, Limit: tssLimit, Selector: tssSel, Type: 0xb, P: true},
		LDT: cpu.Segment{Unusable: true},
		GDT: cpu.Table{Base: gdt, Limit: gdtEntries*8 - 1},
		IDT: cpu.Table{Base: idt, Limit: 256*16 - 1},
		CR0: cpu.CR0PE | cpu.CR0MP | cpu.CR0ET | cpu.CR0NE | cpu.CR0WP | cpu.CR0PG,
		CR3: pml4, CR4: cpu.CR4PAE | cpu.CR4OSFXSR | cpu.CR4OSXMMEXCPT,
		EFER:     cpu.EFERSCE | cpu.EFERLME | cpu.EFERLMA,
		APICBase: 0xfee00000 | 1<<11 | 1<<8,
	}
	absent := segment(NotPresent, 3, 0)
	absent.P = false
	for i, d := range [gdtEntries]uint64{
		CodeSel / 8:    descriptor(s.CS),
		DataSel / 8:    descriptor(s.SS),
		Code32Sel / 8:  descriptor(code32(Code32Sel, 0)),
		User32Sel / 8:  descriptor(code32(User32Sel, 3)),
		UserSS / 8:     descriptor(segment(UserSS, 3, 3)),
		UserCode / 8:   descriptor(segment(UserCode, 0xb, 3)),
		tssSel / 8:     descriptor(s.TR),
		NotPresent / 8: descriptor(absent),
	} {
		put(ram, gdt+8*uint64(i), d)
	}
	return s
}

// Protected32 is like LongMode for a 32-bit guest, without paging. It has no
// handlers: an exception ends in a shutdown.
func Protected32(ram []byte) cpu.Sregs {
	s := LongMode(ram)
	s.CS = code32(Code32Sel, 0)
	s.IDT.Limit = 0
	s.CR0 &^= cpu.CR0PG
	s.CR3, s.CR4, s.EFER = PageDir32, 0, 0
	for i := uint32(0); i < 1024; i++ {
		binary.LittleEndian.PutUint32(ram[PageDir32+4*i:], i<<22|pageP|pageW|pageU|pageS)
	}
	return s
}

// segment is a flat segment; typ 0xb is 64-bit code, 3 is data.
func segment(sel uint16, typ, dpl uint8) cpu.Segment {
	code := typ&8 != 0
	return cpu.Segment{
		Limit: 0xffffffff, Selector: sel, Type: typ, DPL: dpl,
		P: true, S: true, G: true, L: code, DB: !code,
	}
}

func code32(sel uint16, dpl uint8) cpu.Segment {
	s := segment(sel, 0xb, dpl)
	s.L, s.DB = false, true
	return s
}

// descriptor packs a segment (SDM 3A, 3.4.5). The base is below 4 GiB.
func descriptor(s cpu.Segment) uint64 {
	limit := uint64(s.Limit)
	if s.G {
		limit >>= 12
	}
	d := limit&0xffff | limit>>16<<48 | s.Base&0xffffff<<16 | s.Base>>24<<56 |
		uint64(s.Type)<<40 | uint64(s.DPL)<<45
	for _, f := range []struct {
		on  bool
		bit int
	}{{s.S, 44}, {s.P, 47}, {s.AVL, 52}, {s.L, 53}, {s.DB, 54}, {s.G, 55}} {
		if f.on {
			d |= 1 << f.bit
		}
	}
	return d
}

// SetGate points an interrupt vector at a handler in ring 0; dpl is the ring
// from which INT may call it (SDM 3A, 6.14.1).
func SetGate(ram []byte, vector uint8, handler uint64, dpl uint8) {
	at := idt + 16*uint64(vector)
	put(ram, at, handler&0xffff|CodeSel<<16|(0x8e|uint64(dpl)<<5)<<40|handler>>16&0xffff<<48)
	put(ram, at+8, handler>>32)
}

// EnterRing3 makes an IRETQ with RSP at the address it returns go to ring 3,
// at Code3 with the stack Stack3. The selector cs is UserCode or User32Sel.
func EnterRing3(ram []byte, cs, rflags uint64) (rsp uint64) {
	rsp = Stack0 - 5*8
	for i, q := range []uint64{Code3, cs, rflags, Stack3, UserSS} {
		put(ram, rsp+8*uint64(i), q)
	}
	return rsp
}

// Trap is an exception or interrupt as the processor pushed it (SDM 3A, 6.14.2).
type Trap struct {
	Vector                   uint8
	Error                    uint64 // 0 if it has none
	RIP, CS, RFLAGS, RSP, SS uint64
}

// hasError has a bit for each exception that pushes an error code (SDM 3A,
// table 6-1).
const hasError = 1<<8 | 1<<10 | 1<<11 | 1<<12 | 1<<13 | 1<<14 | 1<<17 | 1<<21

// ReadTrap reads what a guest stopped with: its registers after the HLT of the
// handlers that LongMode sets up.
func ReadTrap(ram []byte, r cpu.Regs) (Trap, error) {
	if r.RIP < handlers || r.RIP >= handlers+8*256 {
		return Trap{}, fmt.Errorf("not in a trap handler: RIP %#x", r.RIP)
	}
	if r.RSP < Stack0-0x1000 || r.RSP > Stack0-6*8 || r.RSP%8 != 0 {
		return Trap{}, fmt.Errorf("not on the stack of ring 0: RSP %#x", r.RSP)
	}
	rsp := r.RSP
	pop := func() uint64 {
		rsp += 8
		return binary.LittleEndian.Uint64(ram[rsp-8:])
	}
	t := Trap{Vector: uint8(pop())}
	if t.Vector < 32 && hasError>>t.Vector&1 != 0 {
		t.Error = pop()
	}
	t.RIP, t.CS, t.RFLAGS, t.RSP, t.SS = pop(), pop(), pop(), pop(), pop()
	return t, nil
}

func put(ram []byte, addr, val uint64) { binary.LittleEndian.PutUint64(ram[addr:], val) }
