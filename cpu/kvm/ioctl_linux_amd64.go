package kvm

import (
	"unsafe"

	gokvm "github.com/bobuhiro11/gokvm/kvm"
	"golang.org/x/sys/unix"
)

// The structures, the numbers and most calls are gokvm's. Its functions turn
// pointers into uintptr a call too early for the compiler to see, so whatever
// is passed to them must be on the heap, where it does not move: here that is
// always a field of vcpu or engine.
//
// The calls below are our own because gokvm lacks them (XSAVE), or has them
// in a way that does not serve: its Run hides EINTR, InjectInterrupt passes
// the vector where the kernel wants a pointer, GetMSRs and SetMSRs drop the
// count that says whether the MSR exists, SingleStep sets hardware
// breakpoints too.
var (
	opRun           = gokvm.IIO(0x80)
	opInterrupt     = gokvm.IIOW(0x86, unsafe.Sizeof(uint32(0)))
	opGetMSRs       = gokvm.IIOWR(0x88, unsafe.Sizeof(msrHeader{}))
	opSetMSRs       = gokvm.IIOW(0x89, unsafe.Sizeof(msrHeader{}))
	opNMI           = gokvm.IIO(0x9a)
	opSetGuestDebug = gokvm.IIOW(0x9b, unsafe.Sizeof(guestDebug{}))
	opGetXSave      = gokvm.IIOR(0xa4, unsafe.Sizeof(xsave{}))
	opSetXSave      = gokvm.IIOW(0xa5, unsafe.Sizeof(xsave{}))
)

// ioctl does one ioctl with a pointer argument, kept valid as unsafe.Pointer's
// rule (4) says.
func ioctl(fd, op uintptr, arg unsafe.Pointer) (int, error) {
	n, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, op, uintptr(arg))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// retry repeats a call that a signal interrupted: the Go runtime sends itself
// signals all the time, and KVM_CREATE_VM is one of those that mind.
func retry(call func() (uintptr, error)) (uintptr, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}

// msrHeader is struct kvm_msrs without its entries (api.rst, KVM_GET_MSRS).
type msrHeader struct{ n, _ uint32 }

// oneMSR is struct kvm_msrs with one entry.
type oneMSR struct {
	msrHeader
	entry gokvm.MSREntry
}

// xsave is struct kvm_xsave (api.rst, KVM_GET_XSAVE): an FXSAVE64 image (SDM 1,
// 10.5.1), the XSAVE header (13.4.2), and what we only hand through.
//
// KVM_GET_FPU would be simpler, but it leaves out MXCSR, and what KVM_SET_FPU
// sets is lost where the processor has the registers marked as unused.
type xsave struct {
	FCW       uint16
	FSW       uint16
	FTW       uint8
	_         uint8
	FOP       uint16
	FIP       uint64
	FDP       uint64
	MXCSR     uint32
	MXCSRMask uint32
	ST        [8][16]byte
	XMM       [16][16]byte
	_         [96]byte
	inUse     uint64 // XSTATE_BV
	_         [56]byte
	YMM       [16][16]byte // where CPUID leaf 13 has it on every processor
	_         [4096 - 832]byte
}

// Bits of xsave.inUse.
const (
	xsaveX87 = 1 << 0
	xsaveSSE = 1 << 1
	xsaveAVX = 1 << 2
)

// guestDebug is struct kvm_guest_debug (api.rst, KVM_SET_GUEST_DEBUG).
type guestDebug struct {
	control  uint32
	_        uint32
	debugReg [8]uint64
}

// Bits of guestDebug.control.
const (
	debugEnable     = 1 << 0
	debugSingleStep = 1 << 1
)

// runWord is the first word of struct kvm_run (api.rst, section 5), which
// other threads change while the kernel looks: byte 0 is
// request_interrupt_window, byte 1 immediate_exit.
const (
	runRequestWindow = 1 << 0
	runImmediateExit = 1 << 8
)

// Exit reasons and subreasons that gokvm does not name, and the fields of
// struct kvm_run's union, counted in words of gokvm.RunData.Data.
const (
	internalErrorEmulation = 1 // KVM_INTERNAL_ERROR_EMULATION

	mmioAddr, mmioData, mmioLen = 0, 1, 2
)
