package vm

import (
	"context"
	"errors"
	"fmt"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
)

// softEngine makes the engine that helps another out.
var softEngine = soft.New

var errNoHelper = errors.New("there is no software CPU to help out")

// maxBootSteps bounds the 32-bit part of a kernel where the engine cannot run
// it: entry code takes some thousand instructions.
const maxBootSteps = 50_000_000

// start brings the vCPU to the kernel's entry. Where the engine has no 32-bit
// protected mode, a software vCPU runs the kernel up to 64-bit mode.
func (m *Machine) start(ctx context.Context, regs cpu.Regs) error {
	if m.engine.Caps().Protected32 {
		return enter(m.vcpu, regs)
	}
	h, err := m.needHelper()
	if err != nil {
		return fmt.Errorf("this host's %s cannot run 32-bit protected mode, in which a kernel starts: %w", m.engine.Name(), err)
	}
	if err := enter(h, regs); err != nil {
		return err
	}
	h.SingleStep(true)
	for n := 0; ; n++ {
		s, err := h.Sregs()
		if err != nil {
			return err
		}
		if s.EFER&cpu.EFERLMA != 0 && s.CS.L {
			return move(m.vcpu, h)
		}
		if m.stopped != nil {
			return m.stopped
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		exit, err := h.Run(noDeadline)
		if err != nil {
			return err
		}
		if reason := exit.Reason; reason != cpu.ExitStep && reason != cpu.ExitKick || n >= maxBootSteps {
			r, err := h.Regs()
			if err != nil {
				return err
			}
			return fmt.Errorf("the kernel did not get to 64-bit mode: %v at %#x after %d instructions %s", reason, r.RIP, n, exit.Detail)
		}
	}
}

// needHelper makes a software vCPU over the machine's memory.
func (m *Machine) needHelper() (cpu.VCPU, error) {
	if m.helper != nil {
		return m.helper, nil
	}
	if softEngine == nil {
		return nil, errNoHelper
	}
	h, err := softEngine().NewVCPU(cpu.Config{RAM: m.ram, Bus: bus{m}, Log: m.log})
	if err != nil {
		return nil, err
	}
	m.helper = h
	return h, nil
}
