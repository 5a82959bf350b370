//go:build freestanding

// Package sys is the system calls: one table, and handlers that read like
// their man pages, grouped by subject. Begin with [Enter] and the table.
package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/indirect"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// args are a system call's arguments, in the task's own memory.
type args = [6]uint64

// handler carries a call out and returns its result, or a negative errno.
type handler func(t *proc.Task, a *args) int64

// table is the x86-64 system-call table.
var table = [...]handler{
	syscalls.SYS_READ:            sysRead,
	syscalls.SYS_WRITE:           sysWrite,
	syscalls.SYS_OPEN:            sysOpen,
	syscalls.SYS_CLOSE:           sysClose,
	syscalls.SYS_STAT:            sysStat,
	syscalls.SYS_FSTAT:           sysFstat,
	syscalls.SYS_LSTAT:           sysLstat,
	syscalls.SYS_POLL:            sysPoll,
	syscalls.SYS_LSEEK:           sysLseek,
	syscalls.SYS_MMAP:            sysMmap,
	syscalls.SYS_MPROTECT:        sysMprotect,
	syscalls.SYS_MUNMAP:          sysMunmap,
	syscalls.SYS_BRK:             sysBrk,
	syscalls.SYS_PIPE:            sysPipe,
	syscalls.SYS_SCHED_YIELD:     sysSchedYield,
	syscalls.SYS_DUP:             sysDup,
	syscalls.SYS_DUP2:            sysDup2,
	syscalls.SYS_NANOSLEEP:       sysNanosleep,
	syscalls.SYS_CLOCK_GETRES:    sysClockGetres,
	syscalls.SYS_CLOCK_NANOSLEEP: sysClockNanosleep,
	syscalls.SYS_GETPID:          sysGetpid,
	syscalls.SYS_SOCKET:          sysSocket,
	syscalls.SYS_CONNECT:         sysConnect,
	syscalls.SYS_ACCEPT:          sysAccept,
	syscalls.SYS_SENDTO:          sysSendto,
	syscalls.SYS_RECVFROM:        sysRecvfrom,
	syscalls.SYS_SHUTDOWN:        sysShutdown,
	syscalls.SYS_BIND:            sysBind,
	syscalls.SYS_LISTEN:          sysListen,
	syscalls.SYS_GETSOCKNAME:     sysGetsockname,
	syscalls.SYS_GETPEERNAME:     sysGetpeername,
	syscalls.SYS_SOCKETPAIR:      sysSocketpair,
	syscalls.SYS_SETSOCKOPT:      sysSetsockopt,
	syscalls.SYS_GETSOCKOPT:      sysGetsockopt,
	syscalls.SYS_FORK:            sysFork,
	syscalls.SYS_EXECVE:          sysExecve,
	syscalls.SYS_EXIT:            sysExit,
	syscalls.SYS_WAIT4:           sysWait4,
	syscalls.SYS_UNAME:           sysUname,
	syscalls.SYS_FCNTL:           sysFcntl,
	syscalls.SYS_GETCWD:          sysGetcwd,
	syscalls.SYS_CHDIR:           sysChdir,
	syscalls.SYS_MKDIR:           sysMkdir,
	syscalls.SYS_RMDIR:           sysRmdir,
	syscalls.SYS_CREAT:           sysCreat,
	syscalls.SYS_UNLINK:          sysUnlink,
	syscalls.SYS_RENAME:          sysRename,
	syscalls.SYS_LINK:            sysLink,
	syscalls.SYS_SYMLINK:         sysSymlink,
	syscalls.SYS_READLINK:        sysReadlink,
	syscalls.SYS_ACCESS:          sysAccess,
	syscalls.SYS_CHMOD:           sysChmod,
	syscalls.SYS_FCHMOD:          sysFchmod,
	syscalls.SYS_TRUNCATE:        sysTruncate,
	syscalls.SYS_FTRUNCATE:       sysFtruncate,
	syscalls.SYS_PREAD64:         sysPread64,
	syscalls.SYS_PWRITE64:        sysPwrite64,
	syscalls.SYS_UMASK:           sysUmask,
	syscalls.SYS_GETUID:          sysGetuid,
	syscalls.SYS_GETGID:          sysGetgid,
	syscalls.SYS_GETEUID:         sysGeteuid,
	syscalls.SYS_GETEGID:         sysGetegid,
	syscalls.SYS_GETPPID:         sysGetppid,
	syscalls.SYS_GETPGRP:         sysGetpgrp,
	syscalls.SYS_ARCH_PRCTL:      sysArchPrctl,
	syscalls.SYS_REBOOT:          sysReboot,
	syscalls.SYS_GETTID:          sysGettid,
	syscalls.SYS_GETDENTS64:      sysGetdents64,
	syscalls.SYS_GETDENTS:        sysGetdents,
	syscalls.SYS_CLOCK_GETTIME:   sysClockGettime,
	syscalls.SYS_READV:           sysReadv,
	syscalls.SYS_WRITEV:          sysWritev,
	syscalls.SYS_PREADV:          sysPreadv,
	syscalls.SYS_PWRITEV:         sysPwritev,
	syscalls.SYS_PREADV2:         sysPreadv2,
	syscalls.SYS_PWRITEV2:        sysPwritev2,
	syscalls.SYS_SETUID:          sysSetuid,
	syscalls.SYS_SETGID:          sysSetgid,
	syscalls.SYS_SETREUID:        sysSetreuid,
	syscalls.SYS_SETREGID:        sysSetregid,
	syscalls.SYS_SETRESUID:       sysSetresuid,
	syscalls.SYS_SETRESGID:       sysSetresgid,
	syscalls.SYS_GETRESUID:       sysGetresuid,
	syscalls.SYS_GETRESGID:       sysGetresgid,
	syscalls.SYS_SETFSUID:        sysSetfsuid,
	syscalls.SYS_SETFSGID:        sysSetfsgid,
	syscalls.SYS_GETGROUPS:       sysGetgroups,
	syscalls.SYS_SETGROUPS:       sysSetgroups,
	syscalls.SYS_DUP3:            sysDup3,
	syscalls.SYS_PIPE2:           sysPipe2,
	syscalls.SYS_ACCEPT4:         sysAccept4,
	syscalls.SYS_PPOLL:           sysPpoll,
	syscalls.SYS_SELECT:          sysSelect,
	syscalls.SYS_PSELECT6:        sysPselect6,
	syscalls.SYS_EXIT_GROUP:      sysExitGroup,
	syscalls.SYS_OPENAT:          sysOpenat,
	syscalls.SYS_MKDIRAT:         sysMkdirat,
	syscalls.SYS_MKNOD:           sysMknod,
	syscalls.SYS_MKNODAT:         sysMknodat,
	syscalls.SYS_CHOWN:           sysChown,
	syscalls.SYS_LCHOWN:          sysLchown,
	syscalls.SYS_FCHOWN:          sysFchown,
	syscalls.SYS_FCHOWNAT:        sysFchownat,
	syscalls.SYS_NEWFSTATAT:      sysNewfstatat,
	syscalls.SYS_UNLINKAT:        sysUnlinkat,
	syscalls.SYS_RENAMEAT:        sysRenameat,
	syscalls.SYS_RENAMEAT2:       sysRenameat2,
	syscalls.SYS_LINKAT:          sysLinkat,
	syscalls.SYS_SYMLINKAT:       sysSymlinkat,
	syscalls.SYS_READLINKAT:      sysReadlinkat,
	syscalls.SYS_FCHMODAT:        sysFchmodat,
	syscalls.SYS_FCHMODAT2:       sysFchmodat2,
	syscalls.SYS_FACCESSAT:       sysFaccessat,
	syscalls.SYS_FACCESSAT2:      sysFaccessat2,
	syscalls.SYS_UTIMENSAT:       sysUtimensat,
	syscalls.SYS_FUTIMESAT:       sysFutimesat,
	syscalls.SYS_UTIMES:          sysUtimes,
	syscalls.SYS_UTIME:           sysUtime,
	syscalls.SYS_OPENAT2:         sysOpenat2,
	syscalls.SYS_FCHDIR:          sysFchdir,

	syscalls.SYS_SEMGET:     sysSemget,
	syscalls.SYS_SEMOP:      sysSemop,
	syscalls.SYS_SEMCTL:     sysSemctl,
	syscalls.SYS_SEMTIMEDOP: sysSemtimedop,

	syscalls.SYS_SETXATTR:     sysSetxattr,
	syscalls.SYS_LSETXATTR:    sysLsetxattr,
	syscalls.SYS_FSETXATTR:    sysFsetxattr,
	syscalls.SYS_GETXATTR:     sysGetxattr,
	syscalls.SYS_LGETXATTR:    sysLgetxattr,
	syscalls.SYS_FGETXATTR:    sysFgetxattr,
	syscalls.SYS_LISTXATTR:    sysListxattr,
	syscalls.SYS_LLISTXATTR:   sysLlistxattr,
	syscalls.SYS_FLISTXATTR:   sysFlistxattr,
	syscalls.SYS_REMOVEXATTR:  sysRemovexattr,
	syscalls.SYS_LREMOVEXATTR: sysLremovexattr,
	syscalls.SYS_FREMOVEXATTR: sysFremovexattr,

	syscalls.SYS_SENDMSG:           sysSendmsg,
	syscalls.SYS_RECVMSG:           sysRecvmsg,
	syscalls.SYS_SENDMMSG:          sysSendmmsg,
	syscalls.SYS_RECVMMSG:          sysRecvmmsg,
	syscalls.SYS_INOTIFY_INIT:      sysInotifyInit,
	syscalls.SYS_INOTIFY_INIT1:     sysInotifyInit1,
	syscalls.SYS_INOTIFY_ADD_WATCH: sysInotifyAddWatch,
	syscalls.SYS_INOTIFY_RM_WATCH:  sysInotifyRmWatch,
	syscalls.SYS_EPOLL_CREATE:      sysEpollCreate,
	syscalls.SYS_EPOLL_CREATE1:     sysEpollCreate1,
	syscalls.SYS_EPOLL_CTL:         sysEpollCtl,
	syscalls.SYS_EPOLL_WAIT:        sysEpollWait,
	syscalls.SYS_EPOLL_PWAIT:       sysEpollPwait,
	syscalls.SYS_EPOLL_PWAIT2:      sysEpollPwait2,
	syscalls.SYS_EVENTFD:           sysEventfd,
	syscalls.SYS_EVENTFD2:          sysEventfd2,
	syscalls.SYS_TIMERFD_CREATE:    sysTimerfdCreate,
	syscalls.SYS_TIMERFD_SETTIME:   sysTimerfdSettime,
	syscalls.SYS_TIMERFD_GETTIME:   sysTimerfdGettime,
	syscalls.SYS_MEMFD_CREATE:      sysMemfdCreate,
	syscalls.SYS_GETRANDOM:         sysGetrandom,
	syscalls.SYS_CLOSE_RANGE:       sysCloseRange,
	syscalls.SYS_FALLOCATE:         sysFallocate,
	syscalls.SYS_STATX:             sysStatx,
	syscalls.SYS_EXECVEAT:          sysExecveat,
	syscalls.SYS_SENDFILE:          sysSendfile,
	syscalls.SYS_COPY_FILE_RANGE:   sysCopyFileRange,

	syscalls.SYS_RT_SIGACTION:      sysRtSigaction,
	syscalls.SYS_RT_SIGPROCMASK:    sysRtSigprocmask,
	syscalls.SYS_RT_SIGRETURN:      sysRtSigreturn,
	syscalls.SYS_RT_SIGPENDING:     sysRtSigpending,
	syscalls.SYS_RT_SIGSUSPEND:     sysRtSigsuspend,
	syscalls.SYS_RT_SIGTIMEDWAIT:   sysRtSigtimedwait,
	syscalls.SYS_RT_SIGQUEUEINFO:   sysRtSigqueueinfo,
	syscalls.SYS_RT_TGSIGQUEUEINFO: sysRtTgsigqueueinfo,
	syscalls.SYS_SIGALTSTACK:       sysSigaltstack,
	syscalls.SYS_PAUSE:             sysPause,
	syscalls.SYS_SIGNALFD:          sysSignalfd,
	syscalls.SYS_SIGNALFD4:         sysSignalfd4,
	syscalls.SYS_KILL:              sysKill,
	syscalls.SYS_TKILL:             sysTkill,
	syscalls.SYS_TGKILL:            sysTgkill,
	syscalls.SYS_ALARM:             sysAlarm,
	syscalls.SYS_SETITIMER:         sysSetitimer,
	syscalls.SYS_GETITIMER:         sysGetitimer,

	syscalls.SYS_TIME:              sysTime,
	syscalls.SYS_GETRLIMIT:         sysGetrlimit,
	syscalls.SYS_PRLIMIT64:         sysPrlimit64,
	syscalls.SYS_SCHED_GETAFFINITY: sysSchedGetaffinity,
	syscalls.SYS_MADVISE:           sysMadvise,

	syscalls.SYS_CLONE:           sysClone,
	syscalls.SYS_CLONE3:          sysClone3,
	syscalls.SYS_VFORK:           sysVfork,
	syscalls.SYS_WAITID:          sysWaitid,
	syscalls.SYS_SET_TID_ADDRESS: sysSetTidAddress,
	syscalls.SYS_SET_ROBUST_LIST: sysSetRobustList,
	syscalls.SYS_GET_ROBUST_LIST: sysGetRobustList,
	syscalls.SYS_FUTEX:           sysFutex,

	syscalls.SYS_SETPGID: sysSetpgid,
	syscalls.SYS_GETPGID: sysGetpgid,
	syscalls.SYS_SETSID:  sysSetsid,
	syscalls.SYS_GETSID:  sysGetsid,

	syscalls.SYS_MREMAP:    sysMremap,
	syscalls.SYS_MINCORE:   sysMincore,
	syscalls.SYS_MSYNC:     sysMsync,
	syscalls.SYS_MLOCK:     sysMlock,
	syscalls.SYS_MUNLOCK:   sysMlock,
	syscalls.SYS_FLOCK:     sysFlock,
	syscalls.SYS_FSYNC:     sysFsync,
	syscalls.SYS_FDATASYNC: sysFsync,
	syscalls.SYS_SYNC:      sysSync,
	syscalls.SYS_SPLICE:    sysSplice,

	syscalls.SYS_GETTIMEOFDAY:     sysGettimeofday,
	syscalls.SYS_TIMER_CREATE:     sysTimerCreate,
	syscalls.SYS_TIMER_SETTIME:    sysTimerSettime,
	syscalls.SYS_TIMER_GETTIME:    sysTimerGettime,
	syscalls.SYS_TIMER_GETOVERRUN: sysTimerGetoverrun,
	syscalls.SYS_TIMER_DELETE:     sysTimerDelete,

	syscalls.SYS_SETRLIMIT:              sysSetrlimit,
	syscalls.SYS_GETRUSAGE:              sysGetrusage,
	syscalls.SYS_TIMES:                  sysTimes,
	syscalls.SYS_SYSINFO:                sysSysinfo,
	syscalls.SYS_GETCPU:                 sysGetcpu,
	syscalls.SYS_GETPRIORITY:            sysGetpriority,
	syscalls.SYS_SETPRIORITY:            sysSetpriority,
	syscalls.SYS_SCHED_SETAFFINITY:      sysSchedSetaffinity,
	syscalls.SYS_SCHED_GETSCHEDULER:     sysSchedGetscheduler,
	syscalls.SYS_SCHED_SETSCHEDULER:     sysSchedSetscheduler,
	syscalls.SYS_SCHED_GETPARAM:         sysSchedGetparam,
	syscalls.SYS_SCHED_SETPARAM:         sysSchedSetparam,
	syscalls.SYS_SCHED_GET_PRIORITY_MAX: sysSchedPriorityMax,
	syscalls.SYS_SCHED_GET_PRIORITY_MIN: sysSchedPriorityMin,
	syscalls.SYS_MEMBARRIER:             sysMembarrier,
	syscalls.SYS_PRCTL:                  sysPrctl,
}

// NoIndirect is set by the word noindirect on the command line: the kernel
// without the patch.
var NoIndirect bool

// lookup is the handler of a call; nil if there is none.
func lookup(nr uint64) handler {
	switch {
	case nr < uint64(len(table)):
		return table[nr]
	case nr == syscalls.SYS_INDIRECT && !NoIndirect:
		return sysIndirect // not in the table, which it looks into itself
	}
	return nil
}

// Enter is a system call from user mode, in the trap frame f.
func Enter(t *proc.Task, f *arch.TrapFrame) {
	c := &t.Call
	c.Nr = int64(f.AX)
	c.Args = f.Args()
	nr := f.AX
	// phase: system call
	t.Deadlines.Begin()
	call := callSyscall
	if tracing {
		call = callTraced
	}
	r := call(t, c)
	f.AX = uint64(r)
	if r == -int64(syscalls.EINTR) && t.Pending {
		if c.Nr == syscalls.SYS_INDIRECT {
			c = &t.Wrap.Inner
		}
		t.Interrupt(restart(c), nr)
	}
	// phase: return
	t.Call.Nr = -1
}

// callSyscall makes a system call of the native ABI.
func callSyscall(t *proc.Task, c *proc.Call) int64 {
	h := lookup(uint64(c.Nr))
	if h == nil {
		return -int64(syscalls.ENOSYS)
	}
	return h(t, &c.Args)
}

// sysIndirect is sys_indirect(nr, ctxs, nctxs, params). What the RFC calls
// call_system_call is the wrapped call's own handler.
func sysIndirect(t *proc.Task, a *args) int64 {
	// phase: enter
	nr := uint64(uint32(a[0]))
	if indirect.Refused(nr) {
		return -int64(syscalls.EINVAL)
	}
	h := lookup(nr)
	if h == nil {
		return -int64(syscalls.ENOSYS)
	}
	return indirect.Call(t, nr, a[1], a[2], a[3], h)
}

// result is the usual end of a handler.
func result(n int, err syscalls.Errno) int64 {
	if err != 0 {
		return -int64(err)
	}
	return int64(n)
}

// fail is a handler's end by an error.
func fail(err syscalls.Errno) int64 { return -int64(err) }
