package syscalls

// Arg is an argument of a call.
type Arg struct {
	Name string
	Type *Type
	// Len is the number of the argument that gives the length of what this
	// one points to, in bytes or elements; 0 for none (it is never the first).
	Len uint8
	// When, if not 0, says that the argument counts only if the one before it
	// has one of these bits, as open's mode counts only with O_CREAT.
	When uint32
}

// Variant is what the last argument and the result of a call are for one
// value of the argument before the last. Last is nil if there is no last
// argument then.
type Variant struct {
	Value  uint64
	Last   *Type
	Result *Type
}

// Call describes a system call.
type Call struct {
	Name     string
	Nr       [2]int16 // by ABI; -1 if the ABI does not have it
	Args     []Arg
	Result   *Type
	Variants []Variant
}

// openCreates are the flags with which open takes a mode.
const openCreates = O_CREAT | O_TMPFILE&^O_DIRECTORY

// Calls is the one table of system calls.
var Calls = [...]Call{
	{"read", [2]int16{SYS_READ, SYS32_READ}, []Arg{{"fd", &tFD, 0, 0}, {"buf", &tBufOut, 2, 0}, {"count", &tUint, 0, 0}}, &tUint, nil},
	{"write", [2]int16{SYS_WRITE, SYS32_WRITE}, []Arg{{"fd", &tFD, 0, 0}, {"buf", &tBufIn, 2, 0}, {"count", &tUint, 0, 0}}, &tUint, nil},
	{"open", [2]int16{SYS_OPEN, SYS32_OPEN}, []Arg{{"path", &tPath, 0, 0}, {"flags", &tOpenFlags, 0, 0}, {"mode", &tMode, 0, openCreates}}, &tFD, nil},
	{"close", [2]int16{SYS_CLOSE, SYS32_CLOSE}, []Arg{{"fd", &tFD, 0, 0}}, &tInt, nil},
	{"stat", [2]int16{SYS_STAT, SYS32_STAT}, []Arg{{"path", &tPath, 0, 0}, {"statbuf", &tStatOut, 0, 0}}, &tInt, nil},
	{"fstat", [2]int16{SYS_FSTAT, SYS32_FSTAT}, []Arg{{"fd", &tFD, 0, 0}, {"statbuf", &tStatOut, 0, 0}}, &tInt, nil},
	{"lstat", [2]int16{SYS_LSTAT, SYS32_LSTAT}, []Arg{{"path", &tPath, 0, 0}, {"statbuf", &tStatOut, 0, 0}}, &tInt, nil},
	{"poll", [2]int16{SYS_POLL, SYS32_POLL}, []Arg{{"fds", &tPollArray, 1, 0}, {"nfds", &tUint, 0, 0}, {"timeout", &tInt, 0, 0}}, &tInt, nil},
	{"lseek", [2]int16{SYS_LSEEK, SYS32_LSEEK}, []Arg{{"fd", &tFD, 0, 0}, {"offset", &tInt, 0, 0}, {"whence", &tWhence, 0, 0}}, &tInt, nil},
	{"mmap", [2]int16{SYS_MMAP, SYS32_MMAP2}, []Arg{{"addr", &tHex, 0, 0}, {"length", &tUint, 0, 0}, {"prot", &tProt, 0, 0}, {"flags", &tMap, 0, 0}, {"fd", &tFD, 0, 0}, {"offset", &tUint, 0, 0}}, &tHex, nil},
	{"mprotect", [2]int16{SYS_MPROTECT, SYS32_MPROTECT}, []Arg{{"addr", &tHex, 0, 0}, {"length", &tUint, 0, 0}, {"prot", &tProt, 0, 0}}, &tInt, nil},
	{"munmap", [2]int16{SYS_MUNMAP, SYS32_MUNMAP}, []Arg{{"addr", &tHex, 0, 0}, {"length", &tUint, 0, 0}}, &tInt, nil},
	{"brk", [2]int16{SYS_BRK, SYS32_BRK}, []Arg{{"addr", &tHex, 0, 0}}, &tHex, nil},
	{"rt_sigaction", [2]int16{SYS_RT_SIGACTION, SYS32_RT_SIGACTION}, []Arg{{"sig", &tSignal, 0, 0}, {"act", &tSigactionIn, 0, 0}, {"oact", &tSigactionOut, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tInt, nil},
	{"rt_sigprocmask", [2]int16{SYS_RT_SIGPROCMASK, SYS32_RT_SIGPROCMASK}, []Arg{{"how", &tSigHow, 0, 0}, {"set", &tSigsetIn, 0, 0}, {"oset", &tSigsetOut, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tInt, nil},
	{"rt_sigreturn", [2]int16{SYS_RT_SIGRETURN, SYS32_RT_SIGRETURN}, nil, &tInt, nil},
	{"ioctl", [2]int16{SYS_IOCTL, SYS32_IOCTL}, []Arg{{"fd", &tFD, 0, 0}, {"request", &tHex, 0, 0}, {"arg", &tHex, 0, 0}}, &tInt, nil},
	{"pread64", [2]int16{SYS_PREAD64, SYS32_PREAD64}, []Arg{{"fd", &tFD, 0, 0}, {"buf", &tBufOut, 2, 0}, {"count", &tUint, 0, 0}, {"offset", &tInt, 0, 0}}, &tUint, nil},
	{"pwrite64", [2]int16{SYS_PWRITE64, SYS32_PWRITE64}, []Arg{{"fd", &tFD, 0, 0}, {"buf", &tBufIn, 2, 0}, {"count", &tUint, 0, 0}, {"offset", &tInt, 0, 0}}, &tUint, nil},
	{"readv", [2]int16{SYS_READV, SYS32_READV}, []Arg{{"fd", &tFD, 0, 0}, {"iov", &tIovecOut, 2, 0}, {"iovcnt", &tUint, 0, 0}}, &tUint, nil},
	{"writev", [2]int16{SYS_WRITEV, SYS32_WRITEV}, []Arg{{"fd", &tFD, 0, 0}, {"iov", &tIovecIn, 2, 0}, {"iovcnt", &tUint, 0, 0}}, &tUint, nil},
	{"access", [2]int16{SYS_ACCESS, SYS32_ACCESS}, []Arg{{"path", &tPath, 0, 0}, {"mode", &tAccess, 0, 0}}, &tInt, nil},
	{"pipe", [2]int16{SYS_PIPE, SYS32_PIPE}, []Arg{{"fds", &tFDPair, 0, 0}}, &tInt, nil},
	{"select", [2]int16{SYS_SELECT, SYS32__NEWSELECT}, []Arg{{"nfds", &tInt, 0, 0}, {"readfds", &tFDSet, 0, 0}, {"writefds", &tFDSet, 0, 0}, {"exceptfds", &tFDSet, 0, 0}, {"timeout", &tTimevalIO, 0, 0}}, &tInt, nil},
	{"sched_yield", [2]int16{SYS_SCHED_YIELD, SYS32_SCHED_YIELD}, nil, &tInt, nil},
	{"dup", [2]int16{SYS_DUP, SYS32_DUP}, []Arg{{"oldfd", &tFD, 0, 0}}, &tFD, nil},
	{"dup2", [2]int16{SYS_DUP2, SYS32_DUP2}, []Arg{{"oldfd", &tFD, 0, 0}, {"newfd", &tFD, 0, 0}}, &tFD, nil},
	{"pause", [2]int16{SYS_PAUSE, SYS32_PAUSE}, nil, &tInt, nil},
	{"nanosleep", [2]int16{SYS_NANOSLEEP, SYS32_NANOSLEEP}, []Arg{{"req", &tTimespecIn, 0, 0}, {"rem", &tTimespecOut, 0, 0}}, &tInt, nil},
	{"alarm", [2]int16{SYS_ALARM, SYS32_ALARM}, []Arg{{"seconds", &tUint, 0, 0}}, &tUint, nil},
	{"getpid", [2]int16{SYS_GETPID, SYS32_GETPID}, nil, &tInt, nil},
	{"socket", [2]int16{SYS_SOCKET, SYS32_SOCKET}, []Arg{{"domain", &tFamily, 0, 0}, {"type", &tSockType, 0, 0}, {"protocol", &tProtocol, 0, 0}}, &tFD, nil},
	{"connect", [2]int16{SYS_CONNECT, SYS32_CONNECT}, []Arg{{"fd", &tFD, 0, 0}, {"addr", &tSockIn, 2, 0}, {"addrlen", &tUint, 0, 0}}, &tInt, nil},
	{"accept", [2]int16{SYS_ACCEPT, -1}, []Arg{{"fd", &tFD, 0, 0}, {"addr", &tSockOut, 2, 0}, {"addrlen", &tLen, 0, 0}}, &tFD, nil},
	{"sendto", [2]int16{SYS_SENDTO, SYS32_SENDTO}, []Arg{{"fd", &tFD, 0, 0}, {"buf", &tBufIn, 2, 0}, {"len", &tUint, 0, 0}, {"flags", &tMsg, 0, 0}, {"addr", &tSockIn, 5, 0}, {"addrlen", &tUint, 0, 0}}, &tUint, nil},
	{"recvfrom", [2]int16{SYS_RECVFROM, SYS32_RECVFROM}, []Arg{{"fd", &tFD, 0, 0}, {"buf", &tBufOut, 2, 0}, {"len", &tUint, 0, 0}, {"flags", &tMsg, 0, 0}, {"addr", &tSockOut, 5, 0}, {"addrlen", &tLen, 0, 0}}, &tUint, nil},
	{"sendmsg", [2]int16{SYS_SENDMSG, SYS32_SENDMSG}, []Arg{{"fd", &tFD, 0, 0}, {"msg", &tMsgIn, 0, 0}, {"flags", &tMsg, 0, 0}}, &tUint, nil},
	{"recvmsg", [2]int16{SYS_RECVMSG, SYS32_RECVMSG}, []Arg{{"fd", &tFD, 0, 0}, {"msg", &tMsgOut, 0, 0}, {"flags", &tMsg, 0, 0}}, &tUint, nil},
	{"shutdown", [2]int16{SYS_SHUTDOWN, SYS32_SHUTDOWN}, []Arg{{"fd", &tFD, 0, 0}, {"how", &tShut, 0, 0}}, &tInt, nil},
	{"bind", [2]int16{SYS_BIND, SYS32_BIND}, []Arg{{"fd", &tFD, 0, 0}, {"addr", &tSockIn, 2, 0}, {"addrlen", &tUint, 0, 0}}, &tInt, nil},
	{"listen", [2]int16{SYS_LISTEN, SYS32_LISTEN}, []Arg{{"fd", &tFD, 0, 0}, {"backlog", &tInt, 0, 0}}, &tInt, nil},
	{"getsockname", [2]int16{SYS_GETSOCKNAME, SYS32_GETSOCKNAME}, []Arg{{"fd", &tFD, 0, 0}, {"addr", &tSockOut, 2, 0}, {"addrlen", &tLen, 0, 0}}, &tInt, nil},
	{"getpeername", [2]int16{SYS_GETPEERNAME, SYS32_GETPEERNAME}, []Arg{{"fd", &tFD, 0, 0}, {"addr", &tSockOut, 2, 0}, {"addrlen", &tLen, 0, 0}}, &tInt, nil},
	{"socketpair", [2]int16{SYS_SOCKETPAIR, SYS32_SOCKETPAIR}, []Arg{{"domain", &tFamily, 0, 0}, {"type", &tSockType, 0, 0}, {"protocol", &tInt, 0, 0}, {"fds", &tFDPair, 0, 0}}, &tInt, nil},
	{"setsockopt", [2]int16{SYS_SETSOCKOPT, SYS32_SETSOCKOPT}, []Arg{{"fd", &tFD, 0, 0}, {"level", &tSockLevel, 0, 0}, {"optname", &tSockOpt, 0, 0}, {"optval", &tBufIn, 4, 0}, {"optlen", &tUint, 0, 0}}, &tInt, nil},
	{"getsockopt", [2]int16{SYS_GETSOCKOPT, SYS32_GETSOCKOPT}, []Arg{{"fd", &tFD, 0, 0}, {"level", &tSockLevel, 0, 0}, {"optname", &tSockOpt, 0, 0}, {"optval", &tBufOut, 4, 0}, {"optlen", &tLen, 0, 0}}, &tInt, nil},
	{"clone", [2]int16{SYS_CLONE, SYS32_CLONE}, []Arg{{"flags", &tClone, 0, 0}, {"stack", &tHex, 0, 0}, {"parent_tid", &tHex, 0, 0}, {"child_tid", &tHex, 0, 0}, {"tls", &tHex, 0, 0}}, &tInt, nil},
	{"fork", [2]int16{SYS_FORK, SYS32_FORK}, nil, &tInt, nil},
	{"vfork", [2]int16{SYS_VFORK, SYS32_VFORK}, nil, &tInt, nil},
	{"execve", [2]int16{SYS_EXECVE, SYS32_EXECVE}, []Arg{{"path", &tPath, 0, 0}, {"argv", &tStrings, 0, 0}, {"envp", &tStrings, 0, 0}}, &tInt, nil},
	{"exit", [2]int16{SYS_EXIT, SYS32_EXIT}, []Arg{{"status", &tInt, 0, 0}}, &tInt, nil},
	{"wait4", [2]int16{SYS_WAIT4, SYS32_WAIT4}, []Arg{{"pid", &tInt, 0, 0}, {"wstatus", &tStatus, 0, 0}, {"options", &tWait, 0, 0}, {"rusage", &tRusageOut, 0, 0}}, &tInt, nil},
	{"kill", [2]int16{SYS_KILL, SYS32_KILL}, []Arg{{"pid", &tInt, 0, 0}, {"sig", &tSignal, 0, 0}}, &tInt, nil},
	{"uname", [2]int16{SYS_UNAME, SYS32_UNAME}, []Arg{{"buf", &tUtsnameOut, 0, 0}}, &tInt, nil},
	{"fcntl", [2]int16{SYS_FCNTL, SYS32_FCNTL}, []Arg{{"fd", &tFD, 0, 0}, {"cmd", &tFcntl, 0, 0}, {"arg", &tInt, 0, 0}}, &tInt, []Variant{
		{F_DUPFD, &tFD, &tFD},
		{F_DUPFD_CLOEXEC, &tFD, &tFD},
		{F_GETFD, nil, &tFDFlags},
		{F_SETFD, &tFDFlags, &tInt},
		{F_GETFL, nil, &tOpenFlags},
		{F_SETFL, &tOpenFlags, &tInt},
		{F_GETOWN, nil, &tInt},
		{F_GETPIPE_SZ, nil, &tInt},
		{F_GETLK, &tFlockIO, &tInt},
		{F_SETLK, &tFlockIn, &tInt},
		{F_SETLKW, &tFlockIn, &tInt},
		{F_GETLK64, &tFlock64IO, &tInt},
		{F_SETLK64, &tFlock64In, &tInt},
		{F_SETLKW64, &tFlock64In, &tInt},
		{F_OFD_GETLK, &tFlock64IO, &tInt},
		{F_OFD_SETLK, &tFlock64In, &tInt},
		{F_OFD_SETLKW, &tFlock64In, &tInt},
	}},
	{"fsync", [2]int16{SYS_FSYNC, SYS32_FSYNC}, []Arg{{"fd", &tFD, 0, 0}}, &tInt, nil},
	{"fdatasync", [2]int16{SYS_FDATASYNC, SYS32_FDATASYNC}, []Arg{{"fd", &tFD, 0, 0}}, &tInt, nil},
	{"truncate", [2]int16{SYS_TRUNCATE, SYS32_TRUNCATE}, []Arg{{"path", &tPath, 0, 0}, {"length", &tInt, 0, 0}}, &tInt, nil},
	{"ftruncate", [2]int16{SYS_FTRUNCATE, SYS32_FTRUNCATE}, []Arg{{"fd", &tFD, 0, 0}, {"length", &tInt, 0, 0}}, &tInt, nil},
	{"getdents", [2]int16{SYS_GETDENTS, SYS32_GETDENTS}, []Arg{{"fd", &tFD, 0, 0}, {"dirp", &tBufOut, 2, 0}, {"count", &tUint, 0, 0}}, &tUint, nil},
	{"getcwd", [2]int16{SYS_GETCWD, SYS32_GETCWD}, []Arg{{"buf", &tBufOut, 1, 0}, {"size", &tUint, 0, 0}}, &tUint, nil},
	{"chdir", [2]int16{SYS_CHDIR, SYS32_CHDIR}, []Arg{{"path", &tPath, 0, 0}}, &tInt, nil},
	{"fchdir", [2]int16{SYS_FCHDIR, SYS32_FCHDIR}, []Arg{{"fd", &tFD, 0, 0}}, &tInt, nil},
	{"rename", [2]int16{SYS_RENAME, SYS32_RENAME}, []Arg{{"oldpath", &tPath, 0, 0}, {"newpath", &tPath, 0, 0}}, &tInt, nil},
	{"mkdir", [2]int16{SYS_MKDIR, SYS32_MKDIR}, []Arg{{"path", &tPath, 0, 0}, {"mode", &tMode, 0, 0}}, &tInt, nil},
	{"rmdir", [2]int16{SYS_RMDIR, SYS32_RMDIR}, []Arg{{"path", &tPath, 0, 0}}, &tInt, nil},
	{"creat", [2]int16{SYS_CREAT, SYS32_CREAT}, []Arg{{"path", &tPath, 0, 0}, {"mode", &tMode, 0, 0}}, &tFD, nil},
	{"link", [2]int16{SYS_LINK, SYS32_LINK}, []Arg{{"oldpath", &tPath, 0, 0}, {"newpath", &tPath, 0, 0}}, &tInt, nil},
	{"unlink", [2]int16{SYS_UNLINK, SYS32_UNLINK}, []Arg{{"path", &tPath, 0, 0}}, &tInt, nil},
	{"symlink", [2]int16{SYS_SYMLINK, SYS32_SYMLINK}, []Arg{{"target", &tPath, 0, 0}, {"linkpath", &tPath, 0, 0}}, &tInt, nil},
	{"readlink", [2]int16{SYS_READLINK, SYS32_READLINK}, []Arg{{"path", &tPath, 0, 0}, {"buf", &tBufOut, 2, 0}, {"bufsiz", &tUint, 0, 0}}, &tUint, nil},
	{"chmod", [2]int16{SYS_CHMOD, SYS32_CHMOD}, []Arg{{"path", &tPath, 0, 0}, {"mode", &tMode, 0, 0}}, &tInt, nil},
	{"fchmod", [2]int16{SYS_FCHMOD, SYS32_FCHMOD}, []Arg{{"fd", &tFD, 0, 0}, {"mode", &tMode, 0, 0}}, &tInt, nil},
	{"chown", [2]int16{SYS_CHOWN, SYS32_CHOWN32}, []Arg{{"path", &tPath, 0, 0}, {"owner", &tUint, 0, 0}, {"group", &tUint, 0, 0}}, &tInt, nil},
	{"fchown", [2]int16{SYS_FCHOWN, SYS32_FCHOWN32}, []Arg{{"fd", &tFD, 0, 0}, {"owner", &tUint, 0, 0}, {"group", &tUint, 0, 0}}, &tInt, nil},
	{"lchown", [2]int16{SYS_LCHOWN, SYS32_LCHOWN32}, []Arg{{"path", &tPath, 0, 0}, {"owner", &tUint, 0, 0}, {"group", &tUint, 0, 0}}, &tInt, nil},
	{"umask", [2]int16{SYS_UMASK, SYS32_UMASK}, []Arg{{"mask", &tMode, 0, 0}}, &tMode, nil},
	{"gettimeofday", [2]int16{SYS_GETTIMEOFDAY, SYS32_GETTIMEOFDAY}, []Arg{{"tv", &tTimevalOut, 0, 0}, {"tz", &tTimezoneOut, 0, 0}}, &tInt, nil},
	{"sysinfo", [2]int16{SYS_SYSINFO, SYS32_SYSINFO}, []Arg{{"info", &tSysinfoOut, 0, 0}}, &tInt, nil},
	{"getuid", [2]int16{SYS_GETUID, SYS32_GETUID32}, nil, &tUint, nil},
	{"getgid", [2]int16{SYS_GETGID, SYS32_GETGID32}, nil, &tUint, nil},
	{"setuid", [2]int16{SYS_SETUID, SYS32_SETUID32}, []Arg{{"uid", &tUint, 0, 0}}, &tInt, nil},
	{"setgid", [2]int16{SYS_SETGID, SYS32_SETGID32}, []Arg{{"gid", &tUint, 0, 0}}, &tInt, nil},
	{"geteuid", [2]int16{SYS_GETEUID, SYS32_GETEUID32}, nil, &tUint, nil},
	{"getegid", [2]int16{SYS_GETEGID, SYS32_GETEGID32}, nil, &tUint, nil},
	{"setpgid", [2]int16{SYS_SETPGID, SYS32_SETPGID}, []Arg{{"pid", &tInt, 0, 0}, {"pgid", &tInt, 0, 0}}, &tInt, nil},
	{"getppid", [2]int16{SYS_GETPPID, SYS32_GETPPID}, nil, &tInt, nil},
	{"getpgrp", [2]int16{SYS_GETPGRP, SYS32_GETPGRP}, nil, &tInt, nil},
	{"setsid", [2]int16{SYS_SETSID, SYS32_SETSID}, nil, &tInt, nil},
	{"setreuid", [2]int16{SYS_SETREUID, SYS32_SETREUID32}, []Arg{{"ruid", &tUint, 0, 0}, {"euid", &tUint, 0, 0}}, &tInt, nil},
	{"setregid", [2]int16{SYS_SETREGID, SYS32_SETREGID32}, []Arg{{"rgid", &tUint, 0, 0}, {"egid", &tUint, 0, 0}}, &tInt, nil},
	{"setresuid", [2]int16{SYS_SETRESUID, SYS32_SETRESUID32}, []Arg{{"ruid", &tUint, 0, 0}, {"euid", &tUint, 0, 0}, {"suid", &tUint, 0, 0}}, &tInt, nil},
	{"setresgid", [2]int16{SYS_SETRESGID, SYS32_SETRESGID32}, []Arg{{"rgid", &tUint, 0, 0}, {"egid", &tUint, 0, 0}, {"sgid", &tUint, 0, 0}}, &tInt, nil},
	{"getpgid", [2]int16{SYS_GETPGID, SYS32_GETPGID}, []Arg{{"pid", &tInt, 0, 0}}, &tInt, nil},
	{"setfsuid", [2]int16{SYS_SETFSUID, SYS32_SETFSUID32}, []Arg{{"uid", &tUint, 0, 0}}, &tUint, nil},
	{"setfsgid", [2]int16{SYS_SETFSGID, SYS32_SETFSGID32}, []Arg{{"gid", &tUint, 0, 0}}, &tUint, nil},
	{"getsid", [2]int16{SYS_GETSID, SYS32_GETSID}, []Arg{{"pid", &tInt, 0, 0}}, &tInt, nil},
	{"rt_sigpending", [2]int16{SYS_RT_SIGPENDING, SYS32_RT_SIGPENDING}, []Arg{{"set", &tSigsetOut, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tInt, nil},
	{"rt_sigsuspend", [2]int16{SYS_RT_SIGSUSPEND, SYS32_RT_SIGSUSPEND}, []Arg{{"set", &tSigsetIn, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tInt, nil},
	{"sigaltstack", [2]int16{SYS_SIGALTSTACK, SYS32_SIGALTSTACK}, []Arg{{"ss", &tStackIn, 0, 0}, {"old_ss", &tStackOut, 0, 0}}, &tInt, nil},
	{"mknod", [2]int16{SYS_MKNOD, SYS32_MKNOD}, []Arg{{"path", &tPath, 0, 0}, {"mode", &tMode, 0, 0}, {"dev", &tHex, 0, 0}}, &tInt, nil},
	{"arch_prctl", [2]int16{SYS_ARCH_PRCTL, SYS32_ARCH_PRCTL}, []Arg{{"code", &tArchPrctl, 0, 0}, {"addr", &tHex, 0, 0}}, &tInt, nil},
	{"chroot", [2]int16{SYS_CHROOT, SYS32_CHROOT}, []Arg{{"path", &tPath, 0, 0}}, &tInt, nil},
	{"sync", [2]int16{SYS_SYNC, SYS32_SYNC}, nil, &tInt, nil},
	{"mount", [2]int16{SYS_MOUNT, SYS32_MOUNT}, []Arg{{"source", &tPath, 0, 0}, {"target", &tPath, 0, 0}, {"fstype", &tPath, 0, 0}, {"flags", &tHex, 0, 0}, {"data", &tHex, 0, 0}}, &tInt, nil},
	{"reboot", [2]int16{SYS_REBOOT, SYS32_REBOOT}, []Arg{{"magic", &tRebootMagic, 0, 0}, {"magic2", &tRebootMagic, 0, 0}, {"cmd", &tReboot, 0, 0}, {"arg", &tHex, 0, 0}}, &tInt, nil},
	{"gettid", [2]int16{SYS_GETTID, SYS32_GETTID}, nil, &tInt, nil},
	{"tkill", [2]int16{SYS_TKILL, SYS32_TKILL}, []Arg{{"tid", &tInt, 0, 0}, {"sig", &tSignal, 0, 0}}, &tInt, nil},
	{"time", [2]int16{SYS_TIME, SYS32_TIME}, []Arg{{"tloc", &tTimeOut, 0, 0}}, &tInt, nil},
	{"semget", [2]int16{SYS_SEMGET, SYS32_SEMGET}, []Arg{{"key", &tIPCKey, 0, 0}, {"nsems", &tInt, 0, 0}, {"semflg", &tIPCFlags, 0, 0}}, &tInt, nil},
	{"semop", [2]int16{SYS_SEMOP, -1}, []Arg{{"semid", &tInt, 0, 0}, {"sops", &tSembufs, 2, 0}, {"nsops", &tUint, 0, 0}}, &tInt, nil},
	{"semctl", [2]int16{SYS_SEMCTL, SYS32_SEMCTL}, []Arg{{"semid", &tInt, 0, 0}, {"semnum", &tInt, 0, 0}, {"cmd", &tSemctl, 0, 0}, {"arg", &tHex, 0, 0}}, &tInt, []Variant{
		{IPC_STAT, &tSemidOut, &tInt},
		{IPC_SET, &tSemidIn, &tInt},
	}},
	{"semtimedop", [2]int16{SYS_SEMTIMEDOP, -1}, []Arg{{"semid", &tInt, 0, 0}, {"sops", &tSembufs, 2, 0}, {"nsops", &tUint, 0, 0}, {"timeout", &tTimespecIn, 0, 0}}, &tInt, nil},
	{"semtimedop_time64", [2]int16{-1, SYS32_SEMTIMEDOP_TIME64}, []Arg{{"semid", &tInt, 0, 0}, {"sops", &tSembufs, 2, 0}, {"nsops", &tUint, 0, 0}, {"timeout", &tTimespec64In, 0, 0}}, &tInt, nil},
	{"setxattr", [2]int16{SYS_SETXATTR, SYS32_SETXATTR}, []Arg{{"path", &tPath, 0, 0}, {"name", &tPath, 0, 0}, {"value", &tBufIn, 3, 0}, {"size", &tUint, 0, 0}, {"flags", &tXattr, 0, 0}}, &tInt, nil},
	{"lsetxattr", [2]int16{SYS_LSETXATTR, SYS32_LSETXATTR}, []Arg{{"path", &tPath, 0, 0}, {"name", &tPath, 0, 0}, {"value", &tBufIn, 3, 0}, {"size", &tUint, 0, 0}, {"flags", &tXattr, 0, 0}}, &tInt, nil},
	{"fsetxattr", [2]int16{SYS_FSETXATTR, SYS32_FSETXATTR}, []Arg{{"fd", &tFD, 0, 0}, {"name", &tPath, 0, 0}, {"value", &tBufIn, 3, 0}, {"size", &tUint, 0, 0}, {"flags", &tXattr, 0, 0}}, &tInt, nil},
	{"getxattr", [2]int16{SYS_GETXATTR, SYS32_GETXATTR}, []Arg{{"path", &tPath, 0, 0}, {"name", &tPath, 0, 0}, {"value", &tBufOut, 3, 0}, {"size", &tUint, 0, 0}}, &tUint, nil},
	{"lgetxattr", [2]int16{SYS_LGETXATTR, SYS32_LGETXATTR}, []Arg{{"path", &tPath, 0, 0}, {"name", &tPath, 0, 0}, {"value", &tBufOut, 3, 0}, {"size", &tUint, 0, 0}}, &tUint, nil},
	{"fgetxattr", [2]int16{SYS_FGETXATTR, SYS32_FGETXATTR}, []Arg{{"fd", &tFD, 0, 0}, {"name", &tPath, 0, 0}, {"value", &tBufOut, 3, 0}, {"size", &tUint, 0, 0}}, &tUint, nil},
	{"listxattr", [2]int16{SYS_LISTXATTR, SYS32_LISTXATTR}, []Arg{{"path", &tPath, 0, 0}, {"list", &tBufOut, 2, 0}, {"size", &tUint, 0, 0}}, &tUint, nil},
	{"llistxattr", [2]int16{SYS_LLISTXATTR, SYS32_LLISTXATTR}, []Arg{{"path", &tPath, 0, 0}, {"list", &tBufOut, 2, 0}, {"size", &tUint, 0, 0}}, &tUint, nil},
	{"flistxattr", [2]int16{SYS_FLISTXATTR, SYS32_FLISTXATTR}, []Arg{{"fd", &tFD, 0, 0}, {"list", &tBufOut, 2, 0}, {"size", &tUint, 0, 0}}, &tUint, nil},
	{"removexattr", [2]int16{SYS_REMOVEXATTR, SYS32_REMOVEXATTR}, []Arg{{"path", &tPath, 0, 0}, {"name", &tPath, 0, 0}}, &tInt, nil},
	{"lremovexattr", [2]int16{SYS_LREMOVEXATTR, SYS32_LREMOVEXATTR}, []Arg{{"path", &tPath, 0, 0}, {"name", &tPath, 0, 0}}, &tInt, nil},
	{"fremovexattr", [2]int16{SYS_FREMOVEXATTR, SYS32_FREMOVEXATTR}, []Arg{{"fd", &tFD, 0, 0}, {"name", &tPath, 0, 0}}, &tInt, nil},
	{"futex", [2]int16{SYS_FUTEX, SYS32_FUTEX}, []Arg{{"uaddr", &tHex, 0, 0}, {"op", &tFutexOp, 0, 0}, {"val", &tUint, 0, 0}, {"timeout", &tTimespecIn, 0, 0}, {"uaddr2", &tHex, 0, 0}, {"val3", &tUint, 0, 0}}, &tInt, nil},
	{"epoll_create", [2]int16{SYS_EPOLL_CREATE, SYS32_EPOLL_CREATE}, []Arg{{"size", &tInt, 0, 0}}, &tFD, nil},
	{"getdents64", [2]int16{SYS_GETDENTS64, SYS32_GETDENTS64}, []Arg{{"fd", &tFD, 0, 0}, {"dirp", &tBufOut, 2, 0}, {"count", &tUint, 0, 0}}, &tUint, nil},
	{"set_tid_address", [2]int16{SYS_SET_TID_ADDRESS, SYS32_SET_TID_ADDRESS}, []Arg{{"tidptr", &tHex, 0, 0}}, &tInt, nil},
	{"clock_settime", [2]int16{SYS_CLOCK_SETTIME, SYS32_CLOCK_SETTIME}, []Arg{{"clockid", &tClock, 0, 0}, {"tp", &tTimespecIn, 0, 0}}, &tInt, nil},
	{"clock_gettime", [2]int16{SYS_CLOCK_GETTIME, SYS32_CLOCK_GETTIME}, []Arg{{"clockid", &tClock, 0, 0}, {"tp", &tTimespecOut, 0, 0}}, &tInt, nil},
	{"clock_getres", [2]int16{SYS_CLOCK_GETRES, SYS32_CLOCK_GETRES}, []Arg{{"clockid", &tClock, 0, 0}, {"res", &tTimespecOut, 0, 0}}, &tInt, nil},
	{"clock_nanosleep", [2]int16{SYS_CLOCK_NANOSLEEP, SYS32_CLOCK_NANOSLEEP}, []Arg{{"clockid", &tClock, 0, 0}, {"flags", &tTimerFlags, 0, 0}, {"req", &tTimespecIn, 0, 0}, {"rem", &tTimespecOut, 0, 0}}, &tInt, nil},
	{"exit_group", [2]int16{SYS_EXIT_GROUP, SYS32_EXIT_GROUP}, []Arg{{"status", &tInt, 0, 0}}, &tInt, nil},
	{"epoll_wait", [2]int16{SYS_EPOLL_WAIT, SYS32_EPOLL_WAIT}, []Arg{{"epfd", &tFD, 0, 0}, {"events", &tEpollArray, 2, 0}, {"maxevents", &tInt, 0, 0}, {"timeout", &tInt, 0, 0}}, &tInt, nil},
	{"epoll_ctl", [2]int16{SYS_EPOLL_CTL, SYS32_EPOLL_CTL}, []Arg{{"epfd", &tFD, 0, 0}, {"op", &tEpollOp, 0, 0}, {"fd", &tFD, 0, 0}, {"event", &tEpollIn, 0, 0}}, &tInt, nil},
	{"tgkill", [2]int16{SYS_TGKILL, SYS32_TGKILL}, []Arg{{"tgid", &tInt, 0, 0}, {"tid", &tInt, 0, 0}, {"sig", &tSignal, 0, 0}}, &tInt, nil},
	{"inotify_init", [2]int16{SYS_INOTIFY_INIT, SYS32_INOTIFY_INIT}, nil, &tFD, nil},
	{"inotify_add_watch", [2]int16{SYS_INOTIFY_ADD_WATCH, SYS32_INOTIFY_ADD_WATCH}, []Arg{{"fd", &tFD, 0, 0}, {"path", &tPath, 0, 0}, {"mask", &tInMask, 0, 0}}, &tInt, nil},
	{"inotify_rm_watch", [2]int16{SYS_INOTIFY_RM_WATCH, SYS32_INOTIFY_RM_WATCH}, []Arg{{"fd", &tFD, 0, 0}, {"wd", &tInt, 0, 0}}, &tInt, nil},
	{"openat", [2]int16{SYS_OPENAT, SYS32_OPENAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"flags", &tOpenFlags, 0, 0}, {"mode", &tMode, 0, openCreates}}, &tFD, nil},
	{"mkdirat", [2]int16{SYS_MKDIRAT, SYS32_MKDIRAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"mode", &tMode, 0, 0}}, &tInt, nil},
	{"mknodat", [2]int16{SYS_MKNODAT, SYS32_MKNODAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"mode", &tMode, 0, 0}, {"dev", &tHex, 0, 0}}, &tInt, nil},
	{"fchownat", [2]int16{SYS_FCHOWNAT, SYS32_FCHOWNAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"owner", &tUint, 0, 0}, {"group", &tUint, 0, 0}, {"flags", &tAtFlags, 0, 0}}, &tInt, nil},
	{"newfstatat", [2]int16{SYS_NEWFSTATAT, -1}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"statbuf", &tStatOut, 0, 0}, {"flags", &tAtFlags, 0, 0}}, &tInt, nil},
	{"unlinkat", [2]int16{SYS_UNLINKAT, SYS32_UNLINKAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"flags", &tAtFlags, 0, 0}}, &tInt, nil},
	{"renameat", [2]int16{SYS_RENAMEAT, SYS32_RENAMEAT}, []Arg{{"olddirfd", &tDirFD, 0, 0}, {"oldpath", &tPath, 0, 0}, {"newdirfd", &tDirFD, 0, 0}, {"newpath", &tPath, 0, 0}}, &tInt, nil},
	{"linkat", [2]int16{SYS_LINKAT, SYS32_LINKAT}, []Arg{{"olddirfd", &tDirFD, 0, 0}, {"oldpath", &tPath, 0, 0}, {"newdirfd", &tDirFD, 0, 0}, {"newpath", &tPath, 0, 0}, {"flags", &tAtFlags, 0, 0}}, &tInt, nil},
	{"symlinkat", [2]int16{SYS_SYMLINKAT, SYS32_SYMLINKAT}, []Arg{{"target", &tPath, 0, 0}, {"newdirfd", &tDirFD, 0, 0}, {"linkpath", &tPath, 0, 0}}, &tInt, nil},
	{"readlinkat", [2]int16{SYS_READLINKAT, SYS32_READLINKAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"buf", &tBufOut, 3, 0}, {"bufsiz", &tUint, 0, 0}}, &tUint, nil},
	{"fchmodat", [2]int16{SYS_FCHMODAT, SYS32_FCHMODAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"mode", &tMode, 0, 0}}, &tInt, nil},
	{"faccessat", [2]int16{SYS_FACCESSAT, SYS32_FACCESSAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"mode", &tAccess, 0, 0}}, &tInt, nil},
	{"ppoll", [2]int16{SYS_PPOLL, SYS32_PPOLL}, []Arg{{"fds", &tPollArray, 1, 0}, {"nfds", &tUint, 0, 0}, {"tmo", &tTimespecIn, 0, 0}, {"sigmask", &tSigsetIn, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tInt, nil},
	{"set_robust_list", [2]int16{SYS_SET_ROBUST_LIST, SYS32_SET_ROBUST_LIST}, []Arg{{"head", &tHex, 0, 0}, {"len", &tUint, 0, 0}}, &tInt, nil},
	{"epoll_pwait", [2]int16{SYS_EPOLL_PWAIT, SYS32_EPOLL_PWAIT}, []Arg{{"epfd", &tFD, 0, 0}, {"events", &tEpollArray, 2, 0}, {"maxevents", &tInt, 0, 0}, {"timeout", &tInt, 0, 0}, {"sigmask", &tSigsetIn, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tInt, nil},
	{"signalfd", [2]int16{SYS_SIGNALFD, SYS32_SIGNALFD}, []Arg{{"fd", &tFD, 0, 0}, {"mask", &tSigsetIn, 0, 0}, {"sizemask", &tUint, 0, 0}}, &tFD, nil},
	{"timerfd_create", [2]int16{SYS_TIMERFD_CREATE, SYS32_TIMERFD_CREATE}, []Arg{{"clockid", &tClock, 0, 0}, {"flags", &tTimerFD, 0, 0}}, &tFD, nil},
	{"eventfd", [2]int16{SYS_EVENTFD, SYS32_EVENTFD}, []Arg{{"initval", &tUint, 0, 0}}, &tFD, nil},
	{"timerfd_settime", [2]int16{SYS_TIMERFD_SETTIME, SYS32_TIMERFD_SETTIME}, []Arg{{"fd", &tFD, 0, 0}, {"flags", &tTimerFlags, 0, 0}, {"new", &tItimerspecIn, 0, 0}, {"old", &tItimerspecOut, 0, 0}}, &tInt, nil},
	{"timerfd_gettime", [2]int16{SYS_TIMERFD_GETTIME, SYS32_TIMERFD_GETTIME}, []Arg{{"fd", &tFD, 0, 0}, {"curr", &tItimerspecOut, 0, 0}}, &tInt, nil},
	{"accept4", [2]int16{SYS_ACCEPT4, SYS32_ACCEPT4}, []Arg{{"fd", &tFD, 0, 0}, {"addr", &tSockOut, 2, 0}, {"addrlen", &tLen, 0, 0}, {"flags", &tSockFlags, 0, 0}}, &tFD, nil},
	{"signalfd4", [2]int16{SYS_SIGNALFD4, SYS32_SIGNALFD4}, []Arg{{"fd", &tFD, 0, 0}, {"mask", &tSigsetIn, 0, 0}, {"sizemask", &tUint, 0, 0}, {"flags", &tSignalFD, 0, 0}}, &tFD, nil},
	{"eventfd2", [2]int16{SYS_EVENTFD2, SYS32_EVENTFD2}, []Arg{{"initval", &tUint, 0, 0}, {"flags", &tEventFD, 0, 0}}, &tFD, nil},
	{"epoll_create1", [2]int16{SYS_EPOLL_CREATE1, SYS32_EPOLL_CREATE1}, []Arg{{"flags", &tEpollCreate, 0, 0}}, &tFD, nil},
	{"dup3", [2]int16{SYS_DUP3, SYS32_DUP3}, []Arg{{"oldfd", &tFD, 0, 0}, {"newfd", &tFD, 0, 0}, {"flags", &tDupFlags, 0, 0}}, &tFD, nil},
	{"pipe2", [2]int16{SYS_PIPE2, SYS32_PIPE2}, []Arg{{"fds", &tFDPair, 0, 0}, {"flags", &tPipeFlags, 0, 0}}, &tInt, nil},
	{"inotify_init1", [2]int16{SYS_INOTIFY_INIT1, SYS32_INOTIFY_INIT1}, []Arg{{"flags", &tInotify, 0, 0}}, &tFD, nil},
	{"preadv", [2]int16{SYS_PREADV, SYS32_PREADV}, []Arg{{"fd", &tFD, 0, 0}, {"iov", &tIovecOut, 2, 0}, {"iovcnt", &tUint, 0, 0}, {"pos_l", &tUint, 0, 0}, {"pos_h", &tUint, 0, 0}}, &tUint, nil},
	{"pwritev", [2]int16{SYS_PWRITEV, SYS32_PWRITEV}, []Arg{{"fd", &tFD, 0, 0}, {"iov", &tIovecIn, 2, 0}, {"iovcnt", &tUint, 0, 0}, {"pos_l", &tUint, 0, 0}, {"pos_h", &tUint, 0, 0}}, &tUint, nil},
	{"prlimit64", [2]int16{SYS_PRLIMIT64, SYS32_PRLIMIT64}, []Arg{{"pid", &tInt, 0, 0}, {"resource", &tResource, 0, 0}, {"new", &tRlimitIn, 0, 0}, {"old", &tRlimitOut, 0, 0}}, &tInt, nil},
	{"getrandom", [2]int16{SYS_GETRANDOM, SYS32_GETRANDOM}, []Arg{{"buf", &tBufOut, 1, 0}, {"buflen", &tUint, 0, 0}, {"flags", &tGetRandom, 0, 0}}, &tUint, nil},
	{"memfd_create", [2]int16{SYS_MEMFD_CREATE, SYS32_MEMFD_CREATE}, []Arg{{"name", &tPath, 0, 0}, {"flags", &tMemFD, 0, 0}}, &tFD, nil},
	{"execveat", [2]int16{SYS_EXECVEAT, SYS32_EXECVEAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"argv", &tStrings, 0, 0}, {"envp", &tStrings, 0, 0}, {"flags", &tAtFlags, 0, 0}}, &tInt, nil},
	{"preadv2", [2]int16{SYS_PREADV2, SYS32_PREADV2}, []Arg{{"fd", &tFD, 0, 0}, {"iov", &tIovecOut, 2, 0}, {"iovcnt", &tUint, 0, 0}, {"pos_l", &tUint, 0, 0}, {"pos_h", &tUint, 0, 0}, {"flags", &tRWFlags, 0, 0}}, &tUint, nil},
	{"pwritev2", [2]int16{SYS_PWRITEV2, SYS32_PWRITEV2}, []Arg{{"fd", &tFD, 0, 0}, {"iov", &tIovecIn, 2, 0}, {"iovcnt", &tUint, 0, 0}, {"pos_l", &tUint, 0, 0}, {"pos_h", &tUint, 0, 0}, {"flags", &tRWFlags, 0, 0}}, &tUint, nil},
	{"clone3", [2]int16{SYS_CLONE3, SYS32_CLONE3}, []Arg{{"args", &tHex, 0, 0}, {"size", &tUint, 0, 0}}, &tInt, nil},
	{"renameat2", [2]int16{SYS_RENAMEAT2, SYS32_RENAMEAT2}, []Arg{{"olddirfd", &tDirFD, 0, 0}, {"oldpath", &tPath, 0, 0}, {"newdirfd", &tDirFD, 0, 0}, {"newpath", &tPath, 0, 0}, {"flags", &tRename, 0, 0}}, &tInt, nil},
	{"faccessat2", [2]int16{SYS_FACCESSAT2, SYS32_FACCESSAT2}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"mode", &tAccess, 0, 0}, {"flags", &tAccessFlags, 0, 0}}, &tInt, nil},
	{"fchmodat2", [2]int16{SYS_FCHMODAT2, SYS32_FCHMODAT2}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"mode", &tMode, 0, 0}, {"flags", &tAtFlags, 0, 0}}, &tInt, nil},
	{"openat2", [2]int16{SYS_OPENAT2, SYS32_OPENAT2}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"how", &tOpenHowIn, 0, 0}, {"size", &tUint, 0, 0}}, &tFD, nil},
	{"utime", [2]int16{SYS_UTIME, SYS32_UTIME}, []Arg{{"path", &tPath, 0, 0}, {"times", &tUtimbufIn, 0, 0}}, &tInt, nil},
	{"utimes", [2]int16{SYS_UTIMES, SYS32_UTIMES}, []Arg{{"path", &tPath, 0, 0}, {"times", &tTimevalsIn, 0, 0}}, &tInt, nil},
	{"futimesat", [2]int16{SYS_FUTIMESAT, SYS32_FUTIMESAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"times", &tTimevalsIn, 0, 0}}, &tInt, nil},
	{"utimensat", [2]int16{SYS_UTIMENSAT, SYS32_UTIMENSAT}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"times", &tTimespecsIn, 0, 0}, {"flags", &tAtFlags, 0, 0}}, &tInt, nil},
	{"getgroups", [2]int16{SYS_GETGROUPS, SYS32_GETGROUPS32}, []Arg{{"size", &tInt, 0, 0}, {"list", &tIDsOut, 0, 0}}, &tInt, nil},
	{"setgroups", [2]int16{SYS_SETGROUPS, SYS32_SETGROUPS32}, []Arg{{"size", &tUint, 0, 0}, {"list", &tIDs, 0, 0}}, &tInt, nil},
	{"getresuid", [2]int16{SYS_GETRESUID, SYS32_GETRESUID32}, []Arg{{"ruid", &tIDOut, 0, 0}, {"euid", &tIDOut, 0, 0}, {"suid", &tIDOut, 0, 0}}, &tInt, nil},
	{"getresgid", [2]int16{SYS_GETRESGID, SYS32_GETRESGID32}, []Arg{{"rgid", &tIDOut, 0, 0}, {"egid", &tIDOut, 0, 0}, {"sgid", &tIDOut, 0, 0}}, &tInt, nil},
	{"pselect6", [2]int16{SYS_PSELECT6, SYS32_PSELECT6}, []Arg{{"nfds", &tInt, 0, 0}, {"readfds", &tFDSet, 0, 0}, {"writefds", &tFDSet, 0, 0}, {"exceptfds", &tFDSet, 0, 0}, {"timeout", &tTimespecIO, 0, 0}, {"sigmask", &tHex, 0, 0}}, &tInt, nil},
	{"madvise", [2]int16{SYS_MADVISE, SYS32_MADVISE}, []Arg{{"addr", &tHex, 0, 0}, {"length", &tUint, 0, 0}, {"advice", &tAdvice, 0, 0}}, &tInt, nil},
	{"sched_getaffinity", [2]int16{SYS_SCHED_GETAFFINITY, SYS32_SCHED_GETAFFINITY}, []Arg{{"pid", &tInt, 0, 0}, {"size", &tUint, 0, 0}, {"mask", &tMaskOut, 0, 0}}, &tInt, nil},
	{"getrlimit", [2]int16{SYS_GETRLIMIT, SYS32_UGETRLIMIT}, []Arg{{"resource", &tResource, 0, 0}, {"rlim", &tOldRlimitOut, 0, 0}}, &tInt, nil},
	{"rt_sigtimedwait", [2]int16{SYS_RT_SIGTIMEDWAIT, SYS32_RT_SIGTIMEDWAIT}, []Arg{{"set", &tSigsetIn, 0, 0}, {"info", &tSiginfoOut, 0, 0}, {"timeout", &tTimespecIn, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tSignal, nil},
	{"rt_sigqueueinfo", [2]int16{SYS_RT_SIGQUEUEINFO, SYS32_RT_SIGQUEUEINFO}, []Arg{{"tgid", &tInt, 0, 0}, {"sig", &tSignal, 0, 0}, {"info", &tSiginfoIn, 0, 0}}, &tInt, nil},
	{"rt_tgsigqueueinfo", [2]int16{SYS_RT_TGSIGQUEUEINFO, SYS32_RT_TGSIGQUEUEINFO}, []Arg{{"tgid", &tInt, 0, 0}, {"tid", &tInt, 0, 0}, {"sig", &tSignal, 0, 0}, {"info", &tSiginfoIn, 0, 0}}, &tInt, nil},
	{"waitid", [2]int16{SYS_WAITID, SYS32_WAITID}, []Arg{{"idtype", &tIDType, 0, 0}, {"id", &tInt, 0, 0}, {"info", &tSiginfoOut, 0, 0}, {"options", &tWait, 0, 0}, {"rusage", &tRusageOut, 0, 0}}, &tInt, nil},
	{"setitimer", [2]int16{SYS_SETITIMER, SYS32_SETITIMER}, []Arg{{"which", &tItimer, 0, 0}, {"new", &tItimervalIn, 0, 0}, {"old", &tItimervalOut, 0, 0}}, &tInt, nil},
	{"getitimer", [2]int16{SYS_GETITIMER, SYS32_GETITIMER}, []Arg{{"which", &tItimer, 0, 0}, {"curr", &tItimervalOut, 0, 0}}, &tInt, nil},
	{"get_robust_list", [2]int16{SYS_GET_ROBUST_LIST, SYS32_GET_ROBUST_LIST}, []Arg{{"pid", &tInt, 0, 0}, {"head", &tHex, 0, 0}, {"len", &tHex, 0, 0}}, &tInt, nil},
	{"epoll_pwait2", [2]int16{SYS_EPOLL_PWAIT2, SYS32_EPOLL_PWAIT2}, []Arg{{"epfd", &tFD, 0, 0}, {"events", &tEpollArray, 2, 0}, {"maxevents", &tInt, 0, 0}, {"timeout", &tTimespec64In, 0, 0}, {"sigmask", &tSigsetIn, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tInt, nil},
	{"close_range", [2]int16{SYS_CLOSE_RANGE, SYS32_CLOSE_RANGE}, []Arg{{"first", &tUint, 0, 0}, {"last", &tUint, 0, 0}, {"flags", &tCloseRange, 0, 0}}, &tInt, nil},
	{"fallocate", [2]int16{SYS_FALLOCATE, SYS32_FALLOCATE}, []Arg{{"fd", &tFD, 0, 0}, {"mode", &tFalloc, 0, 0}, {"offset", &tInt, 0, 0}, {"len", &tInt, 0, 0}}, &tInt, nil},
	{"sendfile", [2]int16{SYS_SENDFILE, SYS32_SENDFILE64}, []Arg{{"out_fd", &tFD, 0, 0}, {"in_fd", &tFD, 0, 0}, {"offset", &tOffsetIO, 0, 0}, {"count", &tUint, 0, 0}}, &tUint, nil},
	{"copy_file_range", [2]int16{SYS_COPY_FILE_RANGE, SYS32_COPY_FILE_RANGE}, []Arg{{"fd_in", &tFD, 0, 0}, {"off_in", &tOffsetIO, 0, 0}, {"fd_out", &tFD, 0, 0}, {"off_out", &tOffsetIO, 0, 0}, {"len", &tUint, 0, 0}, {"flags", &tUint, 0, 0}}, &tUint, nil},
	{"statx", [2]int16{SYS_STATX, SYS32_STATX}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"flags", &tAtFlags, 0, 0}, {"mask", &tHex, 0, 0}, {"statx", &tStatxOut, 0, 0}}, &tInt, nil},
	{"recvmmsg", [2]int16{SYS_RECVMMSG, SYS32_RECVMMSG}, []Arg{{"fd", &tFD, 0, 0}, {"msgvec", &tHex, 0, 0}, {"vlen", &tUint, 0, 0}, {"flags", &tMsg, 0, 0}, {"timeout", &tTimespecIn, 0, 0}}, &tInt, nil},
	{"sendmmsg", [2]int16{SYS_SENDMMSG, SYS32_SENDMMSG}, []Arg{{"fd", &tFD, 0, 0}, {"msgvec", &tHex, 0, 0}, {"vlen", &tUint, 0, 0}, {"flags", &tMsg, 0, 0}}, &tInt, nil},
	// Those that only i386 has: the same with times, sizes and inode numbers of
	// 64 bits.
	{"waitpid", [2]int16{-1, SYS32_WAITPID}, []Arg{{"pid", &tInt, 0, 0}, {"wstatus", &tStatus, 0, 0}, {"options", &tWait, 0, 0}}, &tInt, nil},
	{"_llseek", [2]int16{-1, SYS32__LLSEEK}, []Arg{{"fd", &tFD, 0, 0}, {"offset_high", &tUint, 0, 0}, {"offset_low", &tUint, 0, 0}, {"result", &tOffsetOut, 0, 0}, {"whence", &tWhence, 0, 0}}, &tInt, nil},
	{"truncate64", [2]int16{-1, SYS32_TRUNCATE64}, []Arg{{"path", &tPath, 0, 0}, {"length_low", &tUint, 0, 0}, {"length_high", &tUint, 0, 0}}, &tInt, nil},
	{"ftruncate64", [2]int16{-1, SYS32_FTRUNCATE64}, []Arg{{"fd", &tFD, 0, 0}, {"length_low", &tUint, 0, 0}, {"length_high", &tUint, 0, 0}}, &tInt, nil},
	{"set_thread_area", [2]int16{-1, SYS32_SET_THREAD_AREA}, []Arg{{"u_info", &tUserDescIO, 0, 0}}, &tInt, nil},
	{"get_thread_area", [2]int16{-1, SYS32_GET_THREAD_AREA}, []Arg{{"u_info", &tUserDescIO, 0, 0}}, &tInt, nil},
	{"sigreturn", [2]int16{-1, SYS32_SIGRETURN}, nil, &tHex, nil},
	{"signal", [2]int16{-1, SYS32_SIGNAL}, []Arg{{"sig", &tSignal, 0, 0}, {"handler", &tHex, 0, 0}}, &tHex, nil},
	{"sigaction", [2]int16{-1, SYS32_SIGACTION}, []Arg{{"sig", &tSignal, 0, 0}, {"act", &tHex, 0, 0}, {"oact", &tHex, 0, 0}}, &tInt, nil},
	{"sigprocmask", [2]int16{-1, SYS32_SIGPROCMASK}, []Arg{{"how", &tSigHow, 0, 0}, {"set", &tHex, 0, 0}, {"oset", &tHex, 0, 0}}, &tInt, nil},
	{"sigpending", [2]int16{-1, SYS32_SIGPENDING}, []Arg{{"set", &tHex, 0, 0}}, &tInt, nil},
	{"sigsuspend", [2]int16{-1, SYS32_SIGSUSPEND}, []Arg{{"unused1", &tHex, 0, 0}, {"unused2", &tHex, 0, 0}, {"mask", &tHex, 0, 0}}, &tInt, nil},
	{"sgetmask", [2]int16{-1, SYS32_SGETMASK}, nil, &tHex, nil},
	{"ssetmask", [2]int16{-1, SYS32_SSETMASK}, []Arg{{"mask", &tHex, 0, 0}}, &tHex, nil},
	{"oldselect", [2]int16{-1, SYS32_SELECT}, []Arg{{"args", &tHex, 0, 0}}, &tInt, nil},
	{"recvmmsg_time64", [2]int16{-1, SYS32_RECVMMSG_TIME64}, []Arg{{"fd", &tFD, 0, 0}, {"msgvec", &tHex, 0, 0}, {"vlen", &tUint, 0, 0}, {"flags", &tMsg, 0, 0}, {"timeout", &tTimespec64In, 0, 0}}, &tInt, nil},
	{"stat64", [2]int16{-1, SYS32_STAT64}, []Arg{{"path", &tPath, 0, 0}, {"statbuf", &tStat64Out, 0, 0}}, &tInt, nil},
	{"lstat64", [2]int16{-1, SYS32_LSTAT64}, []Arg{{"path", &tPath, 0, 0}, {"statbuf", &tStat64Out, 0, 0}}, &tInt, nil},
	{"fstat64", [2]int16{-1, SYS32_FSTAT64}, []Arg{{"fd", &tFD, 0, 0}, {"statbuf", &tStat64Out, 0, 0}}, &tInt, nil},
	{"fstatat64", [2]int16{-1, SYS32_FSTATAT64}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"statbuf", &tStat64Out, 0, 0}, {"flags", &tAtFlags, 0, 0}}, &tInt, nil},
	{"fcntl64", [2]int16{-1, SYS32_FCNTL64}, []Arg{{"fd", &tFD, 0, 0}, {"cmd", &tFcntl, 0, 0}, {"arg", &tInt, 0, 0}}, &tInt, []Variant{
		{F_DUPFD, &tFD, &tFD},
		{F_DUPFD_CLOEXEC, &tFD, &tFD},
		{F_GETFD, nil, &tFDFlags},
		{F_SETFD, &tFDFlags, &tInt},
		{F_GETFL, nil, &tOpenFlags},
		{F_SETFL, &tOpenFlags, &tInt},
		{F_GETOWN, nil, &tInt},
		{F_GETPIPE_SZ, nil, &tInt},
		{F_GETLK, &tFlockIO, &tInt},
		{F_SETLK, &tFlockIn, &tInt},
		{F_SETLKW, &tFlockIn, &tInt},
		{F_GETLK64, &tFlock64IO, &tInt},
		{F_SETLK64, &tFlock64In, &tInt},
		{F_SETLKW64, &tFlock64In, &tInt},
		{F_OFD_GETLK, &tFlock64IO, &tInt},
		{F_OFD_SETLK, &tFlock64In, &tInt},
		{F_OFD_SETLKW, &tFlock64In, &tInt},
	}},
	{"mremap", [2]int16{SYS_MREMAP, SYS32_MREMAP}, []Arg{{"old", &tHex, 0, 0}, {"old_size", &tUint, 0, 0}, {"new_size", &tUint, 0, 0}, {"flags", &tMremap, 0, 0}, {"new", &tHex, 0, 0}}, &tHex, nil},
	{"mincore", [2]int16{SYS_MINCORE, SYS32_MINCORE}, []Arg{{"addr", &tHex, 0, 0}, {"length", &tUint, 0, 0}, {"vec", &tHex, 0, 0}}, &tInt, nil},
	{"msync", [2]int16{SYS_MSYNC, SYS32_MSYNC}, []Arg{{"addr", &tHex, 0, 0}, {"length", &tUint, 0, 0}, {"flags", &tMsync, 0, 0}}, &tInt, nil},
	{"mlock", [2]int16{SYS_MLOCK, SYS32_MLOCK}, []Arg{{"addr", &tHex, 0, 0}, {"length", &tUint, 0, 0}}, &tInt, nil},
	{"munlock", [2]int16{SYS_MUNLOCK, SYS32_MUNLOCK}, []Arg{{"addr", &tHex, 0, 0}, {"length", &tUint, 0, 0}}, &tInt, nil},
	{"flock", [2]int16{SYS_FLOCK, SYS32_FLOCK}, []Arg{{"fd", &tFD, 0, 0}, {"operation", &tFlock, 0, 0}}, &tInt, nil},
	{"splice", [2]int16{SYS_SPLICE, SYS32_SPLICE}, []Arg{{"fd_in", &tFD, 0, 0}, {"off_in", &tOffsetIO, 0, 0}, {"fd_out", &tFD, 0, 0}, {"off_out", &tOffsetIO, 0, 0}, {"len", &tUint, 0, 0}, {"flags", &tSplice, 0, 0}}, &tUint, nil},
	{"timer_create", [2]int16{SYS_TIMER_CREATE, SYS32_TIMER_CREATE}, []Arg{{"clockid", &tClock, 0, 0}, {"sevp", &tSigeventIn, 0, 0}, {"timerid", &tIntOut, 0, 0}}, &tInt, nil},
	{"timer_settime", [2]int16{SYS_TIMER_SETTIME, SYS32_TIMER_SETTIME}, []Arg{{"timerid", &tInt, 0, 0}, {"flags", &tTimerFlags, 0, 0}, {"new", &tItimerspecIn, 0, 0}, {"old", &tItimerspecOut, 0, 0}}, &tInt, nil},
	{"timer_gettime", [2]int16{SYS_TIMER_GETTIME, SYS32_TIMER_GETTIME}, []Arg{{"timerid", &tInt, 0, 0}, {"curr", &tItimerspecOut, 0, 0}}, &tInt, nil},
	{"timer_getoverrun", [2]int16{SYS_TIMER_GETOVERRUN, SYS32_TIMER_GETOVERRUN}, []Arg{{"timerid", &tInt, 0, 0}}, &tInt, nil},
	{"timer_delete", [2]int16{SYS_TIMER_DELETE, SYS32_TIMER_DELETE}, []Arg{{"timerid", &tInt, 0, 0}}, &tInt, nil},
	{"setrlimit", [2]int16{SYS_SETRLIMIT, SYS32_SETRLIMIT}, []Arg{{"resource", &tResource, 0, 0}, {"rlim", &tOldRlimitIn, 0, 0}}, &tInt, nil},
	{"getrusage", [2]int16{SYS_GETRUSAGE, SYS32_GETRUSAGE}, []Arg{{"who", &tWho, 0, 0}, {"usage", &tRusageOut, 0, 0}}, &tInt, nil},
	{"times", [2]int16{SYS_TIMES, SYS32_TIMES}, []Arg{{"buf", &tTmsOut, 0, 0}}, &tInt, nil},
	{"getcpu", [2]int16{SYS_GETCPU, SYS32_GETCPU}, []Arg{{"cpu", &tIntOut, 0, 0}, {"node", &tIntOut, 0, 0}, {"tcache", &tHex, 0, 0}}, &tInt, nil},
	{"getpriority", [2]int16{SYS_GETPRIORITY, SYS32_GETPRIORITY}, []Arg{{"which", &tPrio, 0, 0}, {"who", &tInt, 0, 0}}, &tInt, nil},
	{"setpriority", [2]int16{SYS_SETPRIORITY, SYS32_SETPRIORITY}, []Arg{{"which", &tPrio, 0, 0}, {"who", &tInt, 0, 0}, {"prio", &tInt, 0, 0}}, &tInt, nil},
	{"sched_setaffinity", [2]int16{SYS_SCHED_SETAFFINITY, SYS32_SCHED_SETAFFINITY}, []Arg{{"pid", &tInt, 0, 0}, {"size", &tUint, 0, 0}, {"mask", &tMaskIn, 0, 0}}, &tInt, nil},
	{"sched_getscheduler", [2]int16{SYS_SCHED_GETSCHEDULER, SYS32_SCHED_GETSCHEDULER}, []Arg{{"pid", &tInt, 0, 0}}, &tInt, nil},
	{"sched_setscheduler", [2]int16{SYS_SCHED_SETSCHEDULER, SYS32_SCHED_SETSCHEDULER}, []Arg{{"pid", &tInt, 0, 0}, {"policy", &tSched, 0, 0}, {"param", &tSchedParamIn, 0, 0}}, &tInt, nil},
	{"sched_getparam", [2]int16{SYS_SCHED_GETPARAM, SYS32_SCHED_GETPARAM}, []Arg{{"pid", &tInt, 0, 0}, {"param", &tSchedParamOut, 0, 0}}, &tInt, nil},
	{"sched_setparam", [2]int16{SYS_SCHED_SETPARAM, SYS32_SCHED_SETPARAM}, []Arg{{"pid", &tInt, 0, 0}, {"param", &tSchedParamIn, 0, 0}}, &tInt, nil},
	{"sched_get_priority_max", [2]int16{SYS_SCHED_GET_PRIORITY_MAX, SYS32_SCHED_GET_PRIORITY_MAX}, []Arg{{"policy", &tSched, 0, 0}}, &tInt, nil},
	{"sched_get_priority_min", [2]int16{SYS_SCHED_GET_PRIORITY_MIN, SYS32_SCHED_GET_PRIORITY_MIN}, []Arg{{"policy", &tSched, 0, 0}}, &tInt, nil},
	{"membarrier", [2]int16{SYS_MEMBARRIER, SYS32_MEMBARRIER}, []Arg{{"cmd", &tMembarrier, 0, 0}, {"flags", &tHex, 0, 0}, {"cpu", &tInt, 0, 0}}, &tInt, nil},
	{"prctl", [2]int16{SYS_PRCTL, SYS32_PRCTL}, []Arg{{"option", &tPrctl, 0, 0}, {"arg2", &tHex, 0, 0}, {"arg3", &tHex, 0, 0}, {"arg4", &tHex, 0, 0}, {"arg5", &tHex, 0, 0}}, &tInt, nil},
	{"timer_settime64", [2]int16{-1, SYS32_TIMER_SETTIME64}, []Arg{{"timerid", &tInt, 0, 0}, {"flags", &tTimerFlags, 0, 0}, {"new", &tItimerspec64In, 0, 0}, {"old", &tItimerspec64Out, 0, 0}}, &tInt, nil},
	{"timer_gettime64", [2]int16{-1, SYS32_TIMER_GETTIME64}, []Arg{{"timerid", &tInt, 0, 0}, {"curr", &tItimerspec64Out, 0, 0}}, &tInt, nil},
	{"clock_gettime64", [2]int16{-1, SYS32_CLOCK_GETTIME64}, []Arg{{"clockid", &tClock, 0, 0}, {"tp", &tTimespec64Out, 0, 0}}, &tInt, nil},
	{"clock_settime64", [2]int16{-1, SYS32_CLOCK_SETTIME64}, []Arg{{"clockid", &tClock, 0, 0}, {"tp", &tTimespec64In, 0, 0}}, &tInt, nil},
	{"clock_getres_time64", [2]int16{-1, SYS32_CLOCK_GETRES_TIME64}, []Arg{{"clockid", &tClock, 0, 0}, {"res", &tTimespec64Out, 0, 0}}, &tInt, nil},
	{"clock_nanosleep_time64", [2]int16{-1, SYS32_CLOCK_NANOSLEEP_TIME64}, []Arg{{"clockid", &tClock, 0, 0}, {"flags", &tTimerFlags, 0, 0}, {"req", &tTimespec64In, 0, 0}, {"rem", &tTimespec64Out, 0, 0}}, &tInt, nil},
	{"timerfd_gettime64", [2]int16{-1, SYS32_TIMERFD_GETTIME64}, []Arg{{"fd", &tFD, 0, 0}, {"curr", &tItimerspec64Out, 0, 0}}, &tInt, nil},
	{"timerfd_settime64", [2]int16{-1, SYS32_TIMERFD_SETTIME64}, []Arg{{"fd", &tFD, 0, 0}, {"flags", &tTimerFlags, 0, 0}, {"new", &tItimerspec64In, 0, 0}, {"old", &tItimerspec64Out, 0, 0}}, &tInt, nil},
	{"utimensat_time64", [2]int16{-1, SYS32_UTIMENSAT_TIME64}, []Arg{{"dirfd", &tDirFD, 0, 0}, {"path", &tPath, 0, 0}, {"times", &tTimespecs64In, 0, 0}, {"flags", &tAtFlags, 0, 0}}, &tInt, nil},
	{"pselect6_time64", [2]int16{-1, SYS32_PSELECT6_TIME64}, []Arg{{"nfds", &tInt, 0, 0}, {"readfds", &tFDSet, 0, 0}, {"writefds", &tFDSet, 0, 0}, {"exceptfds", &tFDSet, 0, 0}, {"timeout", &tTimespec64IO, 0, 0}, {"sigmask", &tHex, 0, 0}}, &tInt, nil},
	{"ppoll_time64", [2]int16{-1, SYS32_PPOLL_TIME64}, []Arg{{"fds", &tPollArray, 1, 0}, {"nfds", &tUint, 0, 0}, {"tmo", &tTimespec64In, 0, 0}, {"sigmask", &tSigsetIn, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tInt, nil},
	{"rt_sigtimedwait_time64", [2]int16{-1, SYS32_RT_SIGTIMEDWAIT_TIME64}, []Arg{{"set", &tSigsetIn, 0, 0}, {"info", &tSiginfoOut, 0, 0}, {"timeout", &tTimespec64In, 0, 0}, {"sigsetsize", &tUint, 0, 0}}, &tSignal, nil},
	{"futex_time64", [2]int16{-1, SYS32_FUTEX_TIME64}, []Arg{{"uaddr", &tHex, 0, 0}, {"op", &tFutexOp, 0, 0}, {"val", &tUint, 0, 0}, {"timeout", &tTimespec64In, 0, 0}, {"uaddr2", &tHex, 0, 0}, {"val3", &tUint, 0, 0}}, &tInt, nil},
	{"indirect", [2]int16{SYS_INDIRECT, SYS32_INDIRECT}, []Arg{{"nr", &tUint, 0, 0}, {"ctxs", &tHex, 0, 0}, {"nctxs", &tUint, 0, 0}, {"params", &tHex, 0, 0}}, &tHex, nil},
}

// CallNamed is the call of that name, nil if there is none.
func CallNamed(name string) *Call {
	for i := range Calls {
		if Calls[i].Name == name {
			return &Calls[i]
		}
	}
	return nil
}

// CallNumbered is the call of that number, nil if the table has none.
func CallNumbered(abi ABI, nr uint64) *Call {
	for i := range Calls {
		if n := Calls[i].Nr[abi]; n >= 0 && uint64(n) == nr {
			return &Calls[i]
		}
	}
	return nil
}

// variant is the variant of the call with these arguments, nil if it has none.
func (c *Call) variant(args []uint64) *Variant {
	if len(c.Variants) == 0 {
		return nil
	}
	for i := range c.Variants {
		if by := len(c.Args) - 2; by < len(args) && c.Variants[i].Value == args[by]&0xffffffff {
			return &c.Variants[i]
		}
	}
	return nil
}

// NArgs is how many of the call's arguments count, given the values of the
// arguments up to that: open's mode does not without O_CREAT.
func (c *Call) NArgs(args []uint64) int {
	n := len(c.Args)
	if n < 2 {
		return n
	}
	if v := c.variant(args); v != nil && v.Last == nil {
		return n - 1
	}
	if last := &c.Args[n-1]; last.When != 0 && n-2 < len(args) && args[n-2]&uint64(last.When) == 0 {
		return n - 1
	}
	return n
}

// ArgType is the type of argument i, given the values of those before it.
func (c *Call) ArgType(i int, args []uint64) *Type {
	if v := c.variant(args); v != nil && v.Last != nil && i == len(c.Args)-1 {
		return v.Last
	}
	return c.Args[i].Type
}

// ResultType is the type of the result of the call with these arguments.
func (c *Call) ResultType(args []uint64) *Type {
	if v := c.variant(args); v != nil {
		return v.Result
	}
	return c.Result
}
