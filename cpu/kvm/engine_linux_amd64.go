package kvm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
	"unsafe"

	gokvm "github.com/bobuhiro11/gokvm/kvm"
	"golang.org/x/sys/unix"

	"sysindvm/cpu"
)

// apiVersion is the only one there has been since Linux 2.6.22 (api.rst,
// KVM_GET_API_VERSION).
const apiVersion = 12

// tssAddr is where KVM puts three pages of its own on Intel processors that
// need them: out of the way of RAM and of the machine's devices (api.rst,
// KVM_SET_TSS_ADDR).
const tssAddr = 0xfffbd000

// needed are the capabilities without which this engine cannot work.
var needed = []gokvm.Capability{
	gokvm.CapUserMemory, gokvm.CapSetTSSAddr, gokvm.CapEXTCPUID, gokvm.CapVCPUEvents, gokvm.CapXSave,
	gokvm.CapImmediateExit,
}

// engine is an open /dev/kvm.
type engine struct {
	dev     *os.File
	cpuid   gokvm.CPUID
	runSize int  // of struct kvm_run and what follows it
	hasXCR  bool // KVM_GET_XCRS and KVM_SET_XCRS are there
	// report is what the probe found, made when first asked for.
	report func() Report
}

// Open opens the KVM device; path "" is [DefaultPath]. An error is one line
// that says what is wrong and what can be done.
func Open(path string) (cpu.Engine, error) {
	e, err := open(path)
	if err != nil {
		return nil, err
	}
	return e, nil
}

func open(path string) (*engine, error) {
	if path == "" {
		path = DefaultPath
	}
	dev, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, explainOpen(path, err)
	}
	e := &engine{dev: dev}
	e.report = sync.OnceValue(func() Report { return probe(e, false) })
	if err := e.check(); err != nil {
		dev.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// explainOpen makes of an error of open(2) what the user should know.
func explainOpen(path string, err error) error {
	var why string
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "no such device: this host has no KVM, or its kernel module is not loaded (modprobe kvm_intel or kvm_amd)"
	case errors.Is(err, fs.ErrPermission):
		why = "permission denied: join the group that owns it (sudo usermod -aG kvm $USER, then log in again)"
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		why = "no driver behind it: virtualisation may be off in the firmware"
	default:
		return fmt.Errorf("cannot open KVM: %w", err)
	}
	return fmt.Errorf("%s: %s; the soft engine needs no KVM: %w", path, why, errOf(err))
}

// errOf is the error inside a *fs.PathError, whose path and operation would
// only repeat what the line says already.
func errOf(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// check makes sure that what was opened is a KVM with all that it takes.
func (e *engine) check() error {
	fd := e.dev.Fd()
	version, err := gokvm.GetAPIVersion(fd)
	if err != nil {
		return fmt.Errorf("not a KVM device: KVM_GET_API_VERSION: %w", err)
	}
	if version != apiVersion {
		return fmt.Errorf("KVM API version %d, this program knows %d only", version, apiVersion)
	}
	for _, c := range needed {
		if n, err := gokvm.CheckExtension(fd, c); err != nil || n == 0 {
			return fmt.Errorf("this host's KVM is too old: it lacks %v", c)
		}
	}
	n, err := gokvm.CheckExtension(fd, gokvm.CapXCRS)
	e.hasXCR = err == nil && n > 0
	size, err := gokvm.GetVCPUMMmapSize(fd)
	if err != nil {
		return fmt.Errorf("KVM_GET_VCPU_MMAP_SIZE: %w", err)
	}
	if size < unsafe.Sizeof(gokvm.RunData{}) {
		return fmt.Errorf("KVM_GET_VCPU_MMAP_SIZE: %d bytes are too few", size)
	}
	e.runSize = int(size)
	const most = 256 // KVM_MAX_CPUID_ENTRIES
	e.cpuid = gokvm.CPUID{Nent: most, Entries: make([]gokvm.CPUIDEntry2, most)}
	if err := gokvm.GetSupportedCPUID(fd, &e.cpuid); err != nil {
		return fmt.Errorf("KVM_GET_SUPPORTED_CPUID: %w", err)
	}
	return nil
}

func (e *engine) Name() string { return "kvm" }

// Caps runs the probe when called for the first time.
func (e *engine) Caps() cpu.Caps {
	r := e.report()
	return cpu.Caps{Protected32: r.Protected32, Paging32: r.Paging32, Quirks: r.quirks()}
}

func (e *engine) NewVCPU(cfg cpu.Config) (cpu.VCPU, error) {
	v, err := e.newVCPU(cfg)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (e *engine) newVCPU(cfg cpu.Config) (_ *vcpu, err error) {
	if n := len(cfg.RAM); n == 0 || n%cpu.PageSize != 0 || uint64(n) > cpu.MaxRAM || uintptr(unsafe.Pointer(&cfg.RAM[0]))%cpu.PageSize != 0 {
		return nil, fmt.Errorf("kvm: guest RAM of %d bytes: it must be whole, aligned pages and at most %d bytes", n, uint64(cpu.MaxRAM))
	}
	v := &vcpu{engine: e, cfg: cfg, stale: true, wake: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			v.Close()
			err = fmt.Errorf("kvm: %w", err)
		}
	}()
	if v.vm, err = retry(func() (uintptr, error) { return gokvm.CreateVM(e.dev.Fd()) }); err != nil {
		return nil, fmt.Errorf("KVM_CREATE_VM: %w", err)
	}
	v.closers = append(v.closers, func() error { return unix.Close(int(v.vm)) })
	if err = gokvm.SetTSSAddr(v.vm, tssAddr); err != nil {
		return nil, fmt.Errorf("KVM_SET_TSS_ADDR: %w", err)
	}
	v.region = gokvm.UserspaceMemoryRegion{
		MemorySize:    uint64(len(cfg.RAM)),
		UserspaceAddr: uint64(uintptr(unsafe.Pointer(&cfg.RAM[0]))),
	}
	if err = gokvm.SetUserMemoryRegion(v.vm, &v.region); err != nil {
		return nil, fmt.Errorf("KVM_SET_USER_MEMORY_REGION: %w", err)
	}
	if v.fd, err = retry(func() (uintptr, error) { return gokvm.CreateVCPU(v.vm, 0) }); err != nil {
		return nil, fmt.Errorf("KVM_CREATE_VCPU: %w", err)
	}
	v.start = time.Now() // KVM starts the TSC from 0 when it makes the vCPU
	v.closers = append(v.closers, func() error { return unix.Close(int(v.fd)) })
	if v.runMem, err = unix.Mmap(int(v.fd), 0, e.runSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, fmt.Errorf("mmap of struct kvm_run: %w", err)
	}
	v.closers = append(v.closers, func() error { return unix.Munmap(v.runMem) })
	v.run = (*gokvm.RunData)(unsafe.Pointer(&v.runMem[0]))
	v.runWord = (*uint32)(unsafe.Pointer(&v.runMem[0]))
	if v.tscHz, err = v.measureTSC(); err != nil {
		return nil, err
	}
	v.cpuid = guestCPUID(e.cpuid, v.tscHz)
	if err = gokvm.SetCPUID2(v.fd, &v.cpuid); err != nil {
		return nil, fmt.Errorf("KVM_SET_CPUID2: %w", err)
	}
	return v, nil
}

// measureTSC asks KVM for the guest's TSC frequency, and where it does not
// know counts for a few milliseconds.
func (v *vcpu) measureTSC() (hz uint64, err error) {
	if khz, err := gokvm.GetTSCKHz(v.fd); err == nil && khz != 0 {
		return khz * 1000, nil
	}
	t0 := time.Now()
	c0, err := v.MSR(cpu.MSRTSC)
	if err != nil {
		return 0, err
	}
	time.Sleep(5 * time.Millisecond)
	c1, err := v.MSR(cpu.MSRTSC)
	if err != nil {
		return 0, err
	}
	return uint64(float64(c1-c0) / time.Since(t0).Seconds()), nil
}
