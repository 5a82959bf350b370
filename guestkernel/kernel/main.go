//go:build freestanding

// The guest kernel. main boots it: memory, traps, interrupts, the file system
// from the initramfs, and the first program.
//
// Begin here; then read trap (trap.go), package sys for the system calls,
// package proc for what a task is, and package indirect for what this kernel
// is about.
package main

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/boot"
	"sysindvm/guestkernel/drivers"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/indirect"
	"sysindvm/guestkernel/klog"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/net"
	"sysindvm/guestkernel/proc"
	"sysindvm/guestkernel/sched"
	"sysindvm/guestkernel/sys"
)

var info boot.Info

// options are what the command line asks for.
var options struct {
	sysret  bool
	noXSAVE bool
	init    []byte
}

// kmain is where the entry code arrives: paging with the boot page table, one
// CPU, interrupts off. startInfo is PVH's, a physical address.
//
//go:linkname kmain runtime.kmain
func kmain(startInfo uintptr) {
	sched.Boot()
	drivers.InitUART()
	if problem := boot.Read(uint64(startInfo), arch.KernelEnd(), &info); problem != "" {
		fail(problem)
	}
	info.RAMEnd = min(info.RAMEnd, arch.MaxRAM)
	options.init = fs.Bytes("/bin/sh")
	boot.Words(info.Cmdline, option)
	klog.Msg("sysindvm kernel: ").D(int64(info.RAMEnd >> 20)).S(" MiB").End()

	lo, hi := freeMemory()
	mm.Init(lo, hi)
	arch.InitTraps(options.sysret)
	if !options.noXSAVE {
		arch.InitFPU()
	}
	arch.InitPaging(info.RAMEnd, mm.Alloc)
	arch.InitAPIC(mm.Alloc)
	drivers.EnableUART()
	drivers.Register()
	indirect.Init()
	net.Init()
	sys.InitCompat()
	startInit()
	sched.Run()
}

// option handles one word of the command line. Unknown ones are for others.
func option(key, val []byte) bool {
	switch string(key) {
	case "quiet":
		klog.Quiet = true
	case "sysret":
		options.sysret = true
	case "noxsave":
		options.noXSAVE = true
	case "noindirect":
		sys.NoIndirect = true
	case "plain":
		indirect.Plain = true
	case "bug":
		if !indirect.SetBug(val) {
			klog.Msg("bug: there is none named ").B(val).Always()
		}
	case "trace":
		sys.Trace()
	case "init":
		options.init = val
	case "epoch":
		fs.Epoch, _ = boot.Number(val)
	case "virtio_mmio.device":
		if addr, irq, ok := boot.Mmio(val); ok {
			drivers.AddHVC(addr, irq)
		} else {
			klog.Msg("virtio_mmio.device: not SIZE@ADDRESS:IRQ: ").B(val).Always()
		}
	}
	return true
}

// freeMemory is what the page allocator gets: from the end of the image to the
// end of RAM, without the initramfs, whichever end it is at.
func freeMemory() (lo, hi uint64) {
	lo, hi = arch.KernelEnd(), info.RAMEnd
	start, end := info.Initrd, info.Initrd+info.InitrdSz
	switch {
	case info.InitrdSz == 0 || end <= lo || start >= hi:
	case end < start || end > hi:
		fail("the initramfs is not all in memory")
	case start-lo > hi-end:
		hi = start
	default:
		lo = end
	}
	if hi < lo+4<<20 {
		fail("less than 4 MiB of memory are free: give the machine more")
	}
	return lo, hi
}

// startInit makes the root file system and the first process.
func startInit() {
	if info.InitrdSz == 0 {
		fail("there is no initramfs: boot with one")
	}
	proc.InitExited, proc.InitFailed = initExited, initFailed
	fs.ProcRead = procRead
	if problem := fs.Boot(initrd()); problem != "" {
		fail(problem)
	}
	if err := proc.StartInit(options.init); err != 0 {
		klog.Msg("init ").B(options.init).S(": ").S(err.Name()).Always()
		fail("the first program cannot be started")
	}
}

func initExited(status int) {
	klog.Msg("init has ended, status 0x").X(uint64(status)).S(": power off").End()
	if status != 0 {
		drivers.PowerOff(drivers.ExitFailed)
	}
	drivers.PowerOff(drivers.ExitOK)
}

// fail ends a boot that cannot go on.
func fail(why string) {
	klog.Msg("boot failed: ").S(why).Always()
	drivers.PowerOff(drivers.ExitFailed)
}

func main() {}

// initrd is the initramfs, where the loader put it.
func initrd() []byte {
	return unsafe.Slice((*byte)(arch.Virt(info.Initrd)), info.InitrdSz)
}

// procRead is what is in a task's files in /proc.
func procRead(pid int, file fs.ProcFile, b []byte) int {
	t := proc.Current()
	if pid != 0 {
		t = proc.Find(pid)
	}
	switch {
	case t == nil:
		return -1
	case file == fs.ProcCounters:
		return counters(b)
	case file == fs.ProcIndirect:
		return indirect.Show(t, b)
	case file == fs.ProcStack:
		return t.ShowStack(b)
	case file == fs.ProcStat:
		return t.ShowStat(b)
	}
	return t.ShowSyscall(b)
}

// counters is /proc/counters.
func counters(b []byte) int {
	c := mm.NewCounts(b)
	mm.Count(&c)
	fs.Count(&c)
	net.Count(&c)
	proc.Count(&c)
	sys.Count(&c)
	return c.Len()
}

func initFailed() { fail("the first program cannot be started") }
