//go:build freestanding

package ulib

import "sysindvm/syscalls"

// Numbers of the calls that the programs make.
const (
	SysRead        = syscalls.SYS32_READ
	SysWrite       = syscalls.SYS32_WRITE
	SysOpen        = syscalls.SYS32_OPEN
	SysClose       = syscalls.SYS32_CLOSE
	SysMmap        = syscalls.SYS32_MMAP2
	SysMunmap      = syscalls.SYS32_MUNMAP
	SysRtSigaction = syscalls.SYS32_RT_SIGACTION
	SysIoctl       = syscalls.SYS32_IOCTL
	SysPipe        = syscalls.SYS32_PIPE
	SysDup2        = syscalls.SYS32_DUP2
	SysGetpid      = syscalls.SYS32_GETPID
	SysSocket      = syscalls.SYS32_SOCKET
	SysFork        = syscalls.SYS32_FORK
	SysExecve      = syscalls.SYS32_EXECVE
	SysExit        = syscalls.SYS32_EXIT
	SysWait4       = syscalls.SYS32_WAIT4
	SysUname       = syscalls.SYS32_UNAME
	SysFcntl       = syscalls.SYS32_FCNTL
	SysGetcwd      = syscalls.SYS32_GETCWD
	SysChdir       = syscalls.SYS32_CHDIR
	SysMkdir       = syscalls.SYS32_MKDIR
	SysRmdir       = syscalls.SYS32_RMDIR
	SysUnlink      = syscalls.SYS32_UNLINK
	SysReboot      = syscalls.SYS32_REBOOT
	SysGettid      = syscalls.SYS32_GETTID
	SysGetdents64  = syscalls.SYS32_GETDENTS64
	SysExitGroup   = syscalls.SYS32_EXIT_GROUP
	SysIndirect    = syscalls.SYS32_INDIRECT
)
