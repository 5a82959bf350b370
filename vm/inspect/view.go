package inspect

import (
	"fmt"

	"sysindvm/cpu"
	"sysindvm/vm"
)

// View is a kernel in a machine that stands still. It reads the machine anew
// whenever it is asked; whoever runs the machine need not tell it.
type View struct {
	*Kernel
	m *vm.Machine
}

// New looks into a machine that runs one of the embedded kernels: the one whose
// mode its CPU is in.
func New(m *vm.Machine) (*View, error) {
	s, err := m.VCPU().Sregs()
	if err != nil {
		return nil, err
	}
	return For(m, s.EFER&cpu.EFERLMA == 0)
}

// For looks into a machine whose CPU may not have come to the kernel yet, of
// which it is known whether that is the i386 one.
func For(m *vm.Machine, i386 bool) (*View, error) {
	open := AMD64
	if i386 {
		open = I386
	}
	k, err := open()
	if err != nil {
		return nil, err
	}
	return &View{k, m}, nil
}

// I386 reports whether the kernel is the i386 one.
func (v *View) I386() bool { return v.ptr == 4 }

// Machine is what the view looks into.
func (v *View) Machine() *vm.Machine { return v.m }

// Regs are the general registers; nil cannot be: the error says why.
func (v *View) Regs() (cpu.Regs, error) { return v.m.VCPU().Regs() }

// Read copies memory at a virtual address of the address space in force;
// false if a part of it is not there.
func (v *View) Read(addr uint64, b []byte) bool {
	for len(b) > 0 {
		pa, ok := v.Physical(addr)
		ram := v.m.RAM()
		n := min(uint64(len(b)), cpu.PageSize-addr%cpu.PageSize)
		if !ok || pa+n > uint64(len(ram)) {
			return false
		}
		copy(b[:n], ram[pa:])
		b, addr = b[n:], addr+n
	}
	return true
}

// Physical is the guest-physical address, in RAM, of a virtual one in the address
// space in force; false where there is none. Before the kernel has paging, its
// addresses are what they will be.
func (v *View) Physical(addr uint64) (uint64, bool) {
	s, err := v.m.VCPU().Sregs()
	if err != nil {
		return 0, false
	}
	pa, ok := addr, true
	switch link := v.linkBase(); {
	case s.CR0&cpu.CR0PG != 0:
		pa, ok = v.m.Translate(s.CR3, addr)
	case addr >= link:
		pa = addr - link
	}
	return pa, ok && pa < uint64(len(v.m.RAM()))
}

// word reads a pointer-sized number.
func (v *View) word(addr uint64) (uint64, bool) {
	var b [8]byte
	if !v.Read(addr, b[:v.ptr]) {
		return 0, false
	}
	return v.uint(b[:v.ptr]), true
}

// UserMode reports whether the CPU is in user mode.
func (v *View) UserMode() bool {
	s, err := v.m.VCPU().Sregs()
	return err == nil && s.SS.DPL == 3
}

// Where is an address in words: function, file and line.
func (v *View) Where(pc uint64) string {
	f, ok := v.Func(pc)
	if !ok {
		if pc < v.kernelBase() {
			return fmt.Sprintf("user mode %#x", pc)
		}
		return fmt.Sprintf("%#x", pc)
	}
	s := fmt.Sprintf("%s+%#x", f.Name, pc-f.Entry)
	if l, ok := v.Line(pc); ok {
		s += " " + l.String()
	}
	return s
}

// linkBase is the virtual address of physical address 0, as the kernel's code has
// it.
func (v *View) linkBase() uint64 {
	if v.ptr == 8 {
		return 0xffffffff80000000
	}
	return 0xc0000000
}

// kernelBase is where the kernel's part of the address space begins.
func (v *View) kernelBase() uint64 {
	if v.ptr == 8 {
		return 1 << 63
	}
	return 0xc0000000
}
