package kvm

import (
	"fmt"
	"unsafe"

	gokvm "github.com/bobuhiro11/gokvm/kvm"

	"sysindvm/cpu"
)

func (v *vcpu) Regs() (cpu.Regs, error) {
	r, err := gokvm.GetRegs(v.fd)
	if err != nil {
		return cpu.Regs{}, fmt.Errorf("KVM_GET_REGS: %w", err)
	}
	return cpu.Regs(*r), nil
}

func (v *vcpu) SetRegs(r cpu.Regs) error {
	v.regs = gokvm.Regs(r)
	v.stale = true
	if err := gokvm.SetRegs(v.fd, &v.regs); err != nil {
		return fmt.Errorf("KVM_SET_REGS: %w", err)
	}
	return nil
}

func (v *vcpu) Sregs() (cpu.Sregs, error) {
	s, err := gokvm.GetSregs(v.fd)
	if err != nil {
		return cpu.Sregs{}, fmt.Errorf("KVM_GET_SREGS: %w", err)
	}
	return cpu.Sregs{
		CS: segment(s.CS), DS: segment(s.DS), ES: segment(s.ES),
		FS: segment(s.FS), GS: segment(s.GS), SS: segment(s.SS),
		TR: segment(s.TR), LDT: segment(s.LDT),
		GDT: cpu.Table{Base: s.GDT.Base, Limit: s.GDT.Limit},
		IDT: cpu.Table{Base: s.IDT.Base, Limit: s.IDT.Limit},
		CR0: s.CR0, CR2: s.CR2, CR3: s.CR3, CR4: s.CR4, CR8: s.CR8,
		EFER: s.EFER, APICBase: s.ApicBase,
	}, nil
}

func (v *vcpu) SetSregs(s cpu.Sregs) error {
	v.sregs = gokvm.Sregs{
		CS: kvmSegment(s.CS), DS: kvmSegment(s.DS), ES: kvmSegment(s.ES),
		FS: kvmSegment(s.FS), GS: kvmSegment(s.GS), SS: kvmSegment(s.SS),
		TR: kvmSegment(s.TR), LDT: kvmSegment(s.LDT),
		GDT: gokvm.Descriptor{Base: s.GDT.Base, Limit: s.GDT.Limit},
		IDT: gokvm.Descriptor{Base: s.IDT.Base, Limit: s.IDT.Limit},
		CR0: s.CR0, CR2: s.CR2, CR3: s.CR3, CR4: s.CR4, CR8: s.CR8,
		EFER: s.EFER, ApicBase: s.APICBase,
	}
	v.stale = true
	v.run.CR8 = s.CR8 // KVM_RUN takes CR8 from there when the local APIC is ours
	if err := gokvm.SetSregs(v.fd, &v.sregs); err != nil {
		return fmt.Errorf("KVM_SET_SREGS: %w", err)
	}
	return nil
}

func segment(s gokvm.Segment) cpu.Segment {
	return cpu.Segment{
		Base: s.Base, Limit: s.Limit, Selector: s.Selector, Type: s.Typ, DPL: s.DPL,
		P: s.Present != 0, S: s.S != 0, DB: s.DB != 0, L: s.L != 0, G: s.G != 0, AVL: s.AVL != 0,
		Unusable: s.Unusable != 0,
	}
}

func kvmSegment(s cpu.Segment) gokvm.Segment {
	return gokvm.Segment{
		Base: s.Base, Limit: s.Limit, Selector: s.Selector, Typ: s.Type, DPL: s.DPL,
		Present: bit(s.P), S: bit(s.S), DB: bit(s.DB), L: bit(s.L), G: bit(s.G), AVL: bit(s.AVL),
		Unusable: bit(s.Unusable),
	}
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

func (v *vcpu) FPU() (cpu.FPU, error) {
	var x xsave
	if _, err := ioctl(v.fd, opGetXSave, unsafe.Pointer(&x)); err != nil {
		return cpu.FPU{}, fmt.Errorf("KVM_GET_XSAVE: %w", err)
	}
	xcr0, err := v.xcr0()
	f := cpu.FPU{
		ST: x.ST, XMM: x.XMM, FCW: x.FCW, FSW: x.FSW, FTW: x.FTW,
		FOP: x.FOP, FIP: x.FIP, FDP: x.FDP, MXCSR: x.MXCSR, XCR0: xcr0,
	}
	if x.inUse&xsaveAVX != 0 {
		f.YMM = x.YMM
	}
	return f, err
}

// xcr0 is XCR0 without its bit 0, which is always set; 0 where KVM does not have
// the register.
func (v *vcpu) xcr0() (uint64, error) {
	if !v.engine.hasXCR {
		return 0, nil
	}
	v.xcrs = gokvm.XCRS{}
	if err := gokvm.GetXCRS(v.fd, &v.xcrs); err != nil {
		return 0, fmt.Errorf("KVM_GET_XCRS: %w", err)
	}
	for _, x := range v.xcrs.Registers[:min(int(v.xcrs.NrXRCS), len(v.xcrs.Registers))] {
		if x.XRC == 0 {
			return x.Value &^ xsaveX87, nil
		}
	}
	return 0, nil
}

func (v *vcpu) setXCR0(val uint64) error {
	old, err := v.xcr0()
	if err != nil || old == val {
		return err
	}
	v.xcrs = gokvm.XCRS{NrXRCS: 1}
	v.xcrs.Registers[0].Value = val | xsaveX87
	if err := gokvm.SetXCRS(v.fd, &v.xcrs); err != nil {
		return fmt.Errorf("KVM_SET_XCRS of %#x: %w", val|xsaveX87, err)
	}
	return nil
}

func (v *vcpu) SetFPU(f cpu.FPU) error {
	var x xsave // read first for what is not in cpu.FPU
	if _, err := ioctl(v.fd, opGetXSave, unsafe.Pointer(&x)); err != nil {
		return fmt.Errorf("KVM_GET_XSAVE: %w", err)
	}
	x.ST, x.XMM, x.FCW, x.FSW, x.FTW = f.ST, f.XMM, f.FCW, f.FSW, f.FTW
	x.FOP, x.FIP, x.FDP, x.MXCSR = f.FOP, f.FIP, f.FDP, f.MXCSR
	x.inUse |= xsaveX87 | xsaveSSE
	if x.YMM = f.YMM; f.YMM != [16][16]byte{} {
		x.inUse |= xsaveAVX
	} else {
		x.inUse &^= xsaveAVX
	}
	if _, err := ioctl(v.fd, opSetXSave, unsafe.Pointer(&x)); err != nil {
		return fmt.Errorf("KVM_SET_XSAVE: %w", err)
	}
	return v.setXCR0(f.XCR0)
}

func (v *vcpu) MSR(index uint32) (uint64, error) {
	m := oneMSR{msrHeader{n: 1}, gokvm.MSREntry{Index: index}}
	if err := v.msr(opGetMSRs, &m); err != nil {
		return 0, err
	}
	return m.entry.Data, nil
}

func (v *vcpu) SetMSR(index uint32, val uint64) error {
	return v.msr(opSetMSRs, &oneMSR{msrHeader{n: 1}, gokvm.MSREntry{Index: index, Data: val}})
}

// msr gets or sets one MSR. KVM's answer is how many it did.
func (v *vcpu) msr(op uintptr, m *oneMSR) error {
	n, err := ioctl(v.fd, op, unsafe.Pointer(m))
	switch {
	case err != nil:
		return fmt.Errorf("MSR %#x: %w", m.entry.Index, err)
	case n != 1:
		return fmt.Errorf("MSR %#x, value %#x: %w", m.entry.Index, m.entry.Data, cpu.ErrMSR)
	}
	return nil
}
