package vm

import (
	"errors"
	"fmt"

	"sysindvm/cpu"
	"sysindvm/cpu/kvm"
)

// OpenEngine opens the engine of that name: "kvm", "soft", or "auto", which is
// kvm where the guest would run on the processor in every ring, else soft. It
// says why it took which.
func OpenEngine(name string) (e cpu.Engine, why string, err error) {
	switch name {
	case "soft":
		e, err = openSoft()
		return e, "asked for", err
	case "kvm":
		e, err = kvm.Open("")
		return e, "asked for", err
	case "auto", "":
	default:
		return nil, "", fmt.Errorf("there is no engine %q: kvm, soft or auto", name)
	}
	report := kvm.ProbeQuick("")
	switch {
	case report.Err != nil:
		why = report.Err.Error()
	case !report.Native():
		why = "this host's KVM does not run a guest natively in every ring"
	default:
		if e, err = kvm.Open(""); err == nil {
			return e, "this host's KVM runs a guest natively", nil
		}
		why = err.Error()
	}
	e, err = openSoft()
	return e, why, err
}

// OpenEngineFor is OpenEngine for an i386 kernel, if i386 is set: "auto" takes
// an engine that has paging in 32-bit protected mode.
func OpenEngineFor(name string, i386 bool) (e cpu.Engine, why string, err error) {
	e, why, err = OpenEngine(name)
	if err != nil || !i386 || name != "auto" || e.Caps().Paging32 {
		return e, why, err
	}
	e, err = openSoft()
	return e, "this host's KVM has no paging in 32-bit protected mode", err
}

func openSoft() (cpu.Engine, error) {
	if softEngine == nil {
		return nil, errors.New("the software CPU is not part of this program")
	}
	return softEngine(), nil
}
