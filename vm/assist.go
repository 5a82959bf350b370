package vm

import (
	"fmt"

	"sysindvm/cpu"
)

// A hypervisor that interprets some of its guest's code (cpu/kvm says which do)
// may lack an instruction. Then a software vCPU, the machine's helper, gets the
// state of the machine's own, executes that one instruction on the same memory,
// and gives the state back.

// Assisted is how many instructions the software CPU has executed because the
// machine's engine could not.
func (m *Machine) Assisted() uint64 { return m.assisted }

// assist executes the one instruction that the engine cannot, which is
// described by detail, on a software vCPU.
func (m *Machine) assist(detail string) error {
	h, err := m.needHelper()
	if err != nil {
		return err
	}
	if err := move(h, m.vcpu); err != nil {
		return err
	}
	if err := moveClock(h, m.vcpu); err != nil {
		return err
	}
	h.SingleStep(true)
	exit, err := h.Run(noDeadline)
	if err != nil {
		return err
	}
	switch exit.Reason {
	case cpu.ExitStep, cpu.ExitKick:
	default:
		return fmt.Errorf("the software CPU: %v %s", exit.Reason, exit.Detail)
	}
	m.assisted++
	m.once(fmt.Sprintf("%s cannot execute this, the software CPU does: %s", m.engine.Name(), detail))
	return move(m.vcpu, h)
}

// move gives one vCPU the state of another.
func move(to, from cpu.VCPU) error {
	s, err := cpu.GetState(from)
	if err != nil {
		return err
	}
	return cpu.SetState(to, s)
}

// moveClock gives one vCPU the time-stamp counter of another, and TSC_AUX: what
// RDTSC and RDTSCP read. They are no part of move's state.
func moveClock(to, from cpu.VCPU) error {
	for _, i := range []uint32{cpu.MSRTSC, cpu.MSRTSCAux} {
		v, err := from.MSR(i)
		if err == nil {
			err = to.SetMSR(i, v)
		}
		if err != nil {
			return fmt.Errorf("MSR %#x: %w", i, err)
		}
	}
	return nil
}
