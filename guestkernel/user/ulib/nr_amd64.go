//go:build freestanding

package ulib

import "sysindvm/syscalls"

// Numbers of the calls that the programs make.
const (
	SysRead        = syscalls.SYS_READ
	SysWrite       = syscalls.SYS_WRITE
	SysOpen        = syscalls.SYS_OPEN
	SysClose       = syscalls.SYS_CLOSE
	SysMmap        = syscalls.SYS_MMAP
	SysMunmap      = syscalls.SYS_MUNMAP
	SysRtSigaction = syscalls.SYS_RT_SIGACTION
	SysIoctl       = syscalls.SYS_IOCTL
	SysPipe        = syscalls.SYS_PIPE
	SysDup2        = syscalls.SYS_DUP2
	SysGetpid      = syscalls.SYS_GETPID
	SysSocket      = syscalls.SYS_SOCKET
	SysFork        = syscalls.SYS_FORK
	SysExecve      = syscalls.SYS_EXECVE
	SysExit        = syscalls.SYS_EXIT
	SysWait4       = syscalls.SYS_WAIT4
	SysUname       = syscalls.SYS_UNAME
	SysFcntl       = syscalls.SYS_FCNTL
	SysGetcwd      = syscalls.SYS_GETCWD
	SysChdir       = syscalls.SYS_CHDIR
	SysMkdir       = syscalls.SYS_MKDIR
	SysRmdir       = syscalls.SYS_RMDIR
	SysUnlink      = syscalls.SYS_UNLINK
	SysReboot      = syscalls.SYS_REBOOT
	SysGettid      = syscalls.SYS_GETTID
	SysGetdents64  = syscalls.SYS_GETDENTS64
	SysExitGroup   = syscalls.SYS_EXIT_GROUP
	SysIndirect    = syscalls.SYS_INDIRECT
)
