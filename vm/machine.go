// Package vm is the machine round a CPU: memory, PVH boot, the devices, and
// the host's side of the agent that runs in the guest. It is the same for
// every engine.
//
// The machine is synchronous. It has no goroutine of its own: whoever waits
// for something of the guest's runs the vCPU until it is there. On an engine
// with virtual time a run is therefore repeatable: what comes from the host
// reaches the guest only at the points where the host has called.
//
// The map of the machine:
//
//	0           RAM, 16 MiB to 3 GiB
//	0xd0000000  virtio-mmio consoles, 4 KiB each, I/O APIC pins from 5 on
//	0xfec00000  I/O APIC
//	0xfee00000  local APIC, whose timer counts at 1 GHz
//	port 0x20   two 8259A, whose inputs are the I/O APIC's first 16 pins
//	port 0x40   8254, input 0 of the 8259A, pin 2 of the I/O APIC
//	port 0x70   clock (MC146818)
//	port 0x3f8  16550 UART, COM1, pin 4
//	port 0xf4   exit: a write ends the machine, as a reset by port 0x64, 0x92
//	            or 0xcf9 does
//	port 0xf8   trace: records of system calls, if Config.Trace asks for them
//
// Whatever else is read, is all ones; that it is not there is logged, once.
// Begin with [Boot].
package vm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"sysindvm/cpu"
	"sysindvm/images"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/wire"
)

const (
	MinMemory     = 16 << 20
	MaxMemory     = cpu.MaxRAM
	MaxMemory386  = 896 << 20 // what the i386 kernel sees
	DefaultMemory = 64 << 20
	memoryStep    = 2 << 20

	DefaultTimeout = 30 * time.Second

	// Epoch is the guest's time of day at boot, in seconds: always that of
	// the RFC, 2007-06-29T21:49:52Z, so that runs can be compared.
	Epoch = 1183153792
)

// Config is what a machine is made of. Its zero value is a machine with the
// embedded kernel, on the best engine of this host.
type Config struct {
	// Engine runs the machine. If it is nil, [OpenEngine] with "auto" opens
	// it.
	Engine cpu.Engine
	// Memory is the size of RAM in bytes, a multiple of 2 MiB; 0 is
	// DefaultMemory.
	Memory int64
	// I386 has the embedded kernel and initramfs be those for i386: that kernel
	// has 32-bit programs only. It runs where the engine has paging in 32-bit
	// protected mode.
	I386 bool
	// Kernel and Initrd are a kernel, an ELF file with a PVH entry or any
	// file with a Multiboot (version 1) header, and an initramfs;
	// the embedded ones if they are nil. A Multiboot kernel gets no initramfs
	// but the one given: it could not do anything with the embedded one.
	Kernel, Initrd []byte
	// Append is put in front of the kernel's command line.
	Append string
	// Init is the path of the guest's first program: /bin/agent of the
	// embedded initramfs, for which [Machine.Task] asks, if it is empty and
	// Append says nothing else. With another kernel it is that kernel's choice.
	Init string
	// Console gets what the guest writes to its serial port; ConsoleIn is
	// what RunConsole reads input from. Both may be nil.
	Console   io.Writer
	ConsoleIn io.Reader
	// Trace, if it is not nil, is called whenever a system call in the guest
	// begins or returns and when a task ends, while the guest stands still: by
	// the embedded kernel, or one that knows the word trace of the command
	// line. mem reads what is mapped of the n bytes at addr of the task's
	// memory. It must not use the machine.
	Trace func(r wire.TraceRecord, mem func(addr uint64, n int) []byte)
	// Timeout is the longest that one call waits for the guest, in the host's
	// time; 0 is DefaultTimeout.
	Timeout time.Duration
	// Log gets one line for each thing that the host's user should know. It
	// may be nil.
	Log func(format string, args ...any)
}

// Machine is a virtual machine. Its methods are for one goroutine at a time.
type Machine struct {
	engine  cpu.Engine
	timeout time.Duration
	log     func(format string, args ...any)
	in      io.Reader

	ram     memory
	freeRAM func() error
	vcpu    cpu.VCPU
	helper  cpu.VCPU // a software vCPU over the same memory, or nil
	// repeater is the vCPU if its runs can be repeated, else nil.
	repeater cpu.Repeater

	lapic    *lapic
	ioapic   *ioapic
	pics     pics
	pit      *pit
	uart     *uart
	channels [wire.Channels]*console
	regions  []mmioRegion

	portRegions []portRegion
	others      []any           // devices that the machine does not know by name
	logged      map[string]bool // the messages that once has logged

	halted  bool          // the vCPU waits for an interrupt
	window  bool          // an interrupt window is asked for
	until   time.Duration // of the Run under way
	stopped error         // why nothing can run any more: usually a *StopError
	status  uint32        // what the guest wrote to the exit port, if exited
	exited  bool
	taken   uint64 // interrupts that the vCPU was given

	assisted uint64 // instructions that helper has executed for vcpu

	record recording

	agent  *agent.Client
	tracer *tracer // nil if nothing is traced
	i386   bool    // Config.I386

	mu     sync.Mutex // guards closed, against a kick from elsewhere
	closed bool
}

// Boot makes a machine with a kernel that is about to execute its first
// instruction. What fails later, in the guest, is reported by what waits for
// the guest.
func Boot(ctx context.Context, cfg Config) (_ *Machine, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if cfg.Memory, err = memorySize(cfg.Memory); err != nil {
		return nil, err
	}
	if cfg.Kernel == nil {
		if cfg.Kernel = images.Kernel(); cfg.I386 {
			cfg.Kernel = images.Kernel386()
		}
		if cfg.Init == "" && !strings.Contains(" "+cfg.Append, " init=") {
			cfg.Init = "/bin/agent"
		}
	}
	kernel, err := parseKernel(cfg.Kernel)
	if err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	if cfg.Initrd == nil && !kernel.multiboot {
		if cfg.Initrd = images.Initramfs(); cfg.I386 {
			cfg.Initrd = images.Initramfs386()
		}
	}
	if cfg.Engine == nil {
		if cfg.Engine, _, err = OpenEngineFor("auto", cfg.I386); err != nil {
			return nil, err
		}
	}
	if cfg.I386 && !cfg.Engine.Caps().Paging32 {
		return nil, fmt.Errorf("this host's %s has no paging in 32-bit protected mode, which the i386 kernel needs: use the engine soft", cfg.Engine.Name())
	}
	if cfg.I386 && cfg.Memory > MaxMemory386 {
		return nil, fmt.Errorf("memory of %d bytes: the i386 kernel can use 896 MiB at most", cfg.Memory)
	}
	m, err := newMachine(cfg)
	if err != nil {
		return nil, err
	}
	regs, err := loadKernel(m.ram, kernel, cfg.Initrd, commandLine(cfg))
	if err == nil {
		err = m.start(ctx, regs)
	}
	if err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// memorySize checks the size of RAM.
func memorySize(size int64) (int64, error) {
	size = cmp.Or(size, DefaultMemory)
	if size < MinMemory || size > MaxMemory || size%memoryStep != 0 {
		return 0, fmt.Errorf("memory of %d bytes: the size must be a multiple of 2 MiB, from 16 MiB to 3 GiB", size)
	}
	return size, nil
}

// commandLine is the kernel's command line.
func commandLine(cfg Config) string {
	var words []string
	if cfg.Append != "" {
		words = append(words, cfg.Append)
	}
	for n := range wire.Channels {
		// As Linux has it: Documentation/admin-guide/kernel-parameters.txt.
		words = append(words, fmt.Sprintf("virtio_mmio.device=4K@%#x:%d", virtioBase+uint64(n)*virtioSize, virtioPin+n))
	}
	words = append(words, cfg.Engine.Caps().Quirks...)
	if cfg.Trace != nil {
		words = append(words, "trace")
	}
	words = append(words, fmt.Sprintf("epoch=%d", Epoch))
	if cfg.Init != "" {
		words = append(words, "init="+cfg.Init)
	}
	return strings.Join(words, " ")
}

// newMachine makes a machine whose vCPU is in the reset state. cfg.Engine and
// cfg.Memory are set.
func newMachine(cfg Config) (*Machine, error) {
	m := &Machine{
		engine:  cfg.Engine,
		i386:    cfg.I386,
		timeout: cmp.Or(cfg.Timeout, DefaultTimeout),
		log:     cfg.Log,
		in:      cfg.ConsoleIn,
	}
	if m.log == nil {
		m.log = func(string, ...any) {}
	}
	ram, free, err := cpu.NewRAM(int(cfg.Memory))
	if err != nil {
		return nil, err
	}
	m.ram, m.freeRAM = ram, free
	m.vcpu, err = m.engine.NewVCPU(cpu.Config{RAM: ram, Bus: bus{m}, Log: m.log})
	if err != nil {
		free()
		return nil, err
	}
	m.repeater, _ = m.vcpu.(cpu.Repeater)
	m.lapic = newLAPIC(func() time.Duration { return m.vcpu.Now() }, m.log)
	m.lapic.nmi = m.nmi
	m.ioapic = newIOAPIC(m.lapic, m.log)
	m.pit = &pit{now: m.vcpu.Now, setIRQ0: func(on bool) { m.setIRQ(0, on) }}
	m.uart = &uart{out: cfg.Console, log: m.log, setLine: func(on bool) { m.setIRQ(uartPin, on) }}
	m.regions = []mmioRegion{{lapicBase, lapicSize, m.lapic}, {ioapicBase, ioapicSize, m.ioapic}}
	for n := range m.channels {
		pin := virtioPin + n
		m.channels[n] = newConsole(fmt.Sprintf("virtio console %d", n), m.ram,
			func(on bool) { m.setIRQ(pin, on) }, m.vcpu.Kick, m.log)
		m.touches(m.channels[n])
		m.regions = append(m.regions, mmioRegion{virtioBase + uint64(n)*virtioSize, virtioSize, m.channels[n]})
	}
	m.portRegions = m.ports()
	m.agent = agent.New(m)
	if cfg.Trace != nil {
		m.tracer = &tracer{m: m, f: cfg.Trace}
	}
	return m, nil
}

// Engine is the name of the engine that the machine runs on.
func (m *Machine) Engine() string { return m.engine.Name() }

// VCPU is the machine's vCPU, for a debugger or a trace to look at between
// runs.
func (m *Machine) VCPU() cpu.VCPU { return m.vcpu }

// RAM is guest-physical memory from address 0 up. It is gone after Close.
func (m *Machine) RAM() []byte { return m.ram }

// ExitStatus is what the guest has written to the exit port, and whether it
// has. This project's kernel writes 0 for a clean power-off; kernels made for
// QEMU's isa-debug-exit expect a status of v<<1|1 to come of it.
func (m *Machine) ExitStatus() (status uint32, exited bool) {
	return m.status, m.exited
}

func (m *Machine) powerOff(status uint32) {
	m.status, m.exited = status, true
	m.stopped = &StopError{Reason: PoweredOff, Detail: fmt.Sprintf("with status %d", status)}
	m.vcpu.Kick()
}

// kick interrupts a Run under way. It may be called from any goroutine, also
// when the machine has been closed meanwhile.
func (m *Machine) kick() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.vcpu.Kick()
	}
}

// Close gives back what the machine holds. The guest is not asked.
func (m *Machine) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed, m.stopped = true, errors.New("the machine is closed")
	m.uart.flush()
	if m.assisted > 0 {
		m.log("the software CPU has executed %d instructions for %s", m.assisted, m.engine.Name())
	}
	var errs []error
	if m.helper != nil {
		errs = append(errs, m.helper.Close())
	}
	errs = append(errs, m.vcpu.Close(), m.freeRAM())
	m.ram = nil
	return errors.Join(errs...)
}
