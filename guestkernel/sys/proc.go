//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/drivers"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/klog"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

func sysGetpid(t *proc.Task, a *args) int64  { return int64(t.Tgid()) }
func sysGetpgrp(t *proc.Task, a *args) int64 { return int64(t.Proc.Leader.PGrp) }

// sysGetppid is getppid(2); the first process has no parent.
func sysGetppid(t *proc.Task, a *args) int64 {
	if p := t.Proc.Leader.Parent; p != nil {
		return int64(p.Pid)
	}
	return 0
}

// sysExecve is execve(2).
func sysExecve(t *proc.Task, a *args) int64 { return execve(t, t.Walk(), a[0], a[1], a[2]) }

func execve(t *proc.Task, w fs.Walk, addr, argv, envp uint64) int64 {
	path, err := t.Path(addr)
	if err != 0 {
		return fail(err)
	}
	f, err := proc.OpenExec(w, path)
	if err != 0 {
		return fail(err)
	}
	err = t.Exec(f, path, argv, envp, (*proc.Task).Restore)
	f.Unref()
	if err != 0 {
		return fail(err)
	}
	// The new program's registers are all as the frame has them.
	return 0
}

// sysSchedYield is sched_yield(2).
func sysSchedYield(t *proc.Task, a *args) int64 {
	sched.Yield()
	return 0
}

// sysArchPrctl is arch_prctl(2).
func sysArchPrctl(t *proc.Task, a *args) int64 {
	switch a[0] {
	case syscalls.ARCH_SET_FS, syscalls.ARCH_SET_GS:
		if a[1] >= arch.UserTop {
			return fail(syscalls.EPERM)
		}
		t.Segs.Save()
		if a[0] == syscalls.ARCH_SET_FS {
			t.Segs.FSBase, t.Segs.FS = a[1], 0
		} else {
			t.Segs.GSBase, t.Segs.GS = a[1], 0
		}
		t.Segs.Load()
		return 0
	case syscalls.ARCH_GET_FS:
		return putWord(a[1], t.Segs.FSBase)
	case syscalls.ARCH_GET_GS:
		return putWord(a[1], t.Segs.GSBase)
	}
	return fail(syscalls.EINVAL)
}

// putWord stores a word at a user address.
func putWord(addr, v uint64) int64 {
	var b [8]byte
	put64(b[:], v)
	_, err := mm.UserBuf(uintptr(addr), 8).Write(0, b[:])
	return result(0, err)
}

func put32(b []byte, v uint32) {
	_ = b[3]
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
}

func put64(b []byte, v uint64) {
	put32(b, uint32(v))
	put32(b[4:], uint32(v>>32))
}

// sysUname is uname(2).
func sysUname(t *proc.Task, a *args) int64 {
	const field = 65
	var b [6 * field]byte
	for i, s := range [...]string{"Linux", "sysindvm", "6.1.0-sysindvm", "#1 sys_indirect", "x86_64", "(none)"} {
		copy(b[i*field:], s)
	}
	_, err := mm.UserBuf(uintptr(a[0]), len(b)).Write(0, b[:])
	return result(0, err)
}

// sysReboot is reboot(2): it powers the machine off.
func sysReboot(t *proc.Task, a *args) int64 {
	switch uint32(a[1]) {
	case syscalls.LINUX_REBOOT_MAGIC2, 85072278, 369367448, 537993216:
	default:
		return fail(syscalls.EINVAL)
	}
	if uint32(a[0]) != syscalls.LINUX_REBOOT_MAGIC1 {
		return fail(syscalls.EINVAL)
	}
	switch uint32(a[2]) {
	case syscalls.LINUX_REBOOT_CMD_POWER_OFF, syscalls.LINUX_REBOOT_CMD_HALT, syscalls.LINUX_REBOOT_CMD_RESTART:
		klog.Msg("power off").End()
		drivers.PowerOff(drivers.ExitOK)
	case syscalls.LINUX_REBOOT_CMD_CAD_ON, syscalls.LINUX_REBOOT_CMD_CAD_OFF:
		return 0
	}
	return fail(syscalls.EINVAL)
}
