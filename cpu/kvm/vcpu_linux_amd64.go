package kvm

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	gokvm "github.com/bobuhiro11/gokvm/kvm"
	"golang.org/x/sys/unix"

	"sysindvm/cpu"
)

// vcpu is a VM with one vCPU.
type vcpu struct {
	engine  *engine
	cfg     cpu.Config
	vm, fd  uintptr
	runMem  []byte         // struct kvm_run and the data of port I/O
	run     *gokvm.RunData // the same
	runWord *uint32        // its first word, for atomic access
	start   time.Time
	tscHz   uint64
	closers []func() error

	// Arguments of gokvm's functions must be on the heap: see ioctl.
	region gokvm.UserspaceMemoryRegion
	regs   gokvm.Regs
	sregs  gokvm.Sregs
	cpuid  gokvm.CPUID
	events gokvm.VCPUEvents
	xcrs   gokvm.XCRS
	lookup gokvm.Translation

	// stale: registers were set since KVM_RUN last filled in struct kvm_run.
	stale bool
	// unfinished: the last exit was a port or memory access, which KVM
	// completes when it is entered again (api.rst, section 5, the note about
	// KVM_EXIT_IO and others).
	unfinished bool
	wantWindow bool
	stepping   bool

	timer    *time.Timer
	timerFor time.Duration // what it is set to

	kicked atomic.Bool
	tid    atomic.Int64  // the thread that is in Run, or 0
	wake   chan struct{} // ends a Sleep

	mapped sync.Mutex // held while struct kvm_run is used by another thread, or unmapped
}

// Run drives KVM_RUN until there is something for the machine. Port and
// memory accesses are answered by the bus on the way.
func (v *vcpu) Run(until time.Duration) (cpu.Exit, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	v.tid.Store(int64(unix.Gettid()))
	defer v.tid.Store(0)
	v.setTimer(until)

	for {
		// In this order: who interrupts sets kicked first and immediate_exit
		// after it, so that one of the two is seen.
		atomic.AndUint32(v.runWord, ^uint32(runImmediateExit))
		reason := v.due(until)
		switch {
		case reason != 0 && v.unfinished:
			atomic.OrUint32(v.runWord, runImmediateExit) // finish the instruction, no more
		case reason != 0:
			if reason == cpu.ExitKick {
				v.kicked.Store(false)
			}
			return cpu.Exit{Reason: reason}, nil
		}
		// 0 arguments, so no pointer for gokvm.Ioctl to hide.
		_, err := gokvm.Ioctl(v.fd, opRun, 0)
		v.stale = false
		if err == unix.EINTR {
			finished := v.unfinished
			v.unfinished = false
			if finished && v.stepping {
				return cpu.Exit{Reason: cpu.ExitStep}, nil
			}
			continue
		}
		if err != nil {
			return cpu.Exit{}, fmt.Errorf("KVM_RUN: %w", err)
		}
		if v.access() {
			v.unfinished = true
			continue
		}
		v.unfinished = false
		return v.exit()
	}
}

// due says why Run should come back without entering the guest, 0 if there is
// no reason.
func (v *vcpu) due(until time.Duration) cpu.ExitReason {
	switch {
	case v.stepping && v.unfinished:
		// An interpreting KVM would go on to the next instruction.
		return cpu.ExitStep
	case v.kicked.Load():
		return cpu.ExitKick
	case v.Now() >= until:
		return cpu.ExitTime
	case v.wantWindow && !v.unfinished && v.InterruptReady():
		return cpu.ExitInterruptWindow
	}
	return 0
}

// access deals with the exits that the machine need not see, port and memory
// accesses above all; false if the exit was another.
func (v *vcpu) access() bool {
	switch gokvm.ExitType(v.run.ExitReason) {
	case gokvm.EXITIO:
		direction, size, port, count, offset := v.run.IO()
		for ; count > 0; count-- {
			data := v.runMem[offset : offset+size]
			if direction == gokvm.EXITIOIN {
				v.cfg.Bus.In(uint16(port), data)
			} else {
				v.cfg.Bus.Out(uint16(port), data)
			}
			offset += size
		}
	case gokvm.EXITMMIO:
		data := (*[8]byte)(unsafe.Pointer(&v.run.Data[mmioData]))
		n, write := uint32(v.run.Data[mmioLen]), v.run.Data[mmioLen]>>32&0xff != 0
		v.mmio(v.run.Data[mmioAddr], data[:min(n, 8)], write)
	case gokvm.EXITSETTPR:
		// The guest lowered CR8, which is in struct kvm_run now.
	default:
		return false
	}
	return true
}

// mmio passes a memory access to the bus in pieces of 8, 4, 2 and 1 bytes:
// KVM cuts an access in two at the end of a page, into lengths of any kind.
func (v *vcpu) mmio(gpa uint64, data []byte, write bool) {
	for size := 8; size > 0; size /= 2 {
		if len(data) < size {
			continue
		}
		if write {
			v.cfg.Bus.WriteMMIO(gpa, data[:size])
		} else {
			v.cfg.Bus.ReadMMIO(gpa, data[:size])
		}
		gpa, data = gpa+uint64(size), data[size:]
	}
}

// plainExits are the exits that need no more than another name.
var plainExits = map[gokvm.ExitType]cpu.ExitReason{
	gokvm.EXITHLT:           cpu.ExitHalt,
	gokvm.EXITIRQWINDOWOPEN: cpu.ExitInterruptWindow,
	gokvm.EXITDEBUG:         cpu.ExitStep,
}

// exit maps an exit of KVM onto one of ours (api.rst, section 5).
func (v *vcpu) exit() (cpu.Exit, error) {
	why := gokvm.ExitType(v.run.ExitReason)
	if reason, ok := plainExits[why]; ok {
		return cpu.Exit{Reason: reason}, nil
	}
	switch why {
	case gokvm.EXITSHUTDOWN:
		return cpu.Exit{Reason: cpu.ExitShutdown, Detail: "triple fault, " + v.where()}, nil
	case gokvm.EXITINTERNALERROR:
		if sub := uint32(v.run.Data[0]); sub != internalErrorEmulation {
			return cpu.Exit{}, fmt.Errorf("KVM internal error %d, %s", sub, v.where())
		}
		return v.emulationExit()
	case gokvm.EXITFAILENTRY:
		return cpu.Exit{}, fmt.Errorf("the processor refused to enter the guest, reason %#x, %s", v.run.Data[0], v.where())
	}
	return cpu.Exit{}, fmt.Errorf("unexpected KVM exit %d, %s", why, v.where())
}

// emulationExit is for an instruction in ring 0 that KVM would have to
// interpret and cannot. KVM has queued a #UD as well, in case nobody helps;
// setting the registers takes it back, so that whoever executes the
// instruction in KVM's place can simply go on (handle_emulation_failure in
// Linux's arch/x86/kvm/x86.c, and api.rst, KVM_SET_REGS).
func (v *vcpu) emulationExit() (cpu.Exit, error) {
	detail := v.where()
	r, err := v.Regs()
	if err == nil {
		err = v.SetRegs(r)
	}
	return cpu.Exit{Reason: cpu.ExitEmulation, Detail: detail}, err
}

// setTimer makes sure that somebody interrupts the vCPU at guest time until.
func (v *vcpu) setTimer(until time.Duration) {
	switch {
	case v.timer == nil:
		v.timer = time.AfterFunc(until-v.Now(), v.interrupt)
	case v.timerFor != until:
		v.timer.Reset(until - v.Now())
	}
	v.timerFor = until
}

// interrupt makes KVM_RUN come back at once, whether it is under way or about
// to be entered: a signal ends the former, immediate_exit the latter. The
// signal is the one that the Go runtime sends its own threads; a stray one
// does nothing.
func (v *vcpu) interrupt() {
	v.mapped.Lock()
	defer v.mapped.Unlock()
	if v.runWord == nil {
		return
	}
	atomic.OrUint32(v.runWord, runImmediateExit)
	if tid := v.tid.Load(); tid != 0 {
		unix.Tgkill(os.Getpid(), int(tid), unix.SIGURG)
	}
}

func (v *vcpu) Kick() {
	v.kicked.Store(true)
	v.interrupt()
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

func (v *vcpu) Now() time.Duration { return time.Since(v.start) }

func (v *vcpu) TSCHz() uint64 { return v.tscHz }

func (v *vcpu) Sleep(until time.Duration) {
	for !v.kicked.Load() {
		d := until - v.Now()
		if d <= 0 {
			return
		}
		timer := time.NewTimer(d)
		select {
		case <-v.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (v *vcpu) InterruptReady() bool {
	if !v.stale {
		return v.run.ReadyForInterruptInjection != 0
	}
	r, err := v.Regs()
	if err != nil || r.RFLAGS&cpu.FlagIF == 0 {
		return false
	}
	if err := gokvm.GetVCPUEvents(v.fd, &v.events); err != nil {
		return false
	}
	return v.events.I.Inject == 0 && v.events.I.Shadow == 0
}

func (v *vcpu) Interrupt(vector uint8) error {
	if !v.InterruptReady() {
		return cpu.ErrNotReady
	}
	irq := uint32(vector)
	if _, err := ioctl(v.fd, opInterrupt, unsafe.Pointer(&irq)); err != nil {
		return fmt.Errorf("KVM_INTERRUPT: %w", err)
	}
	v.stale = true
	return nil
}

func (v *vcpu) NMI() error {
	if _, err := ioctl(v.fd, opNMI, nil); err != nil {
		return fmt.Errorf("KVM_NMI: %w", err)
	}
	return nil
}

func (v *vcpu) InterruptWindow(want bool) {
	v.wantWindow = want
	if want {
		atomic.OrUint32(v.runWord, runRequestWindow)
	} else {
		atomic.AndUint32(v.runWord, ^uint32(runRequestWindow))
	}
}

func (v *vcpu) SingleStep(on bool) {
	v.stepping = on
	var d guestDebug
	if on {
		d.control = debugEnable | debugSingleStep
	}
	if _, err := ioctl(v.fd, opSetGuestDebug, unsafe.Pointer(&d)); err != nil && v.cfg.Log != nil {
		v.cfg.Log("kvm: no single steps: KVM_SET_GUEST_DEBUG: %v", err)
	}
}

// Instructions is 0: KVM does not count.
func (v *vcpu) Instructions() uint64 { return 0 }

func (v *vcpu) Close() error {
	if v.timer != nil {
		v.timer.Stop()
	}
	v.mapped.Lock()
	v.runWord = nil
	v.mapped.Unlock()
	var errs []error
	for i := len(v.closers) - 1; i >= 0; i-- {
		errs = append(errs, v.closers[i]())
	}
	v.closers = nil
	return errors.Join(errs...)
}
