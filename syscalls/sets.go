package syscalls

// Sets of constants that arguments are made of. In a set of flags a constant
// of several bits comes before those that are part of it.
var (
	SetCtxOpenFlags = Set{Name: "OPENFLAGS", Consts: []Constant{
		{"O_NONBLOCK", O_NONBLOCK}, {"O_CLOEXEC", O_CLOEXEC},
	}}
	SetOpenFlags = Set{Name: "open flags", Mask: O_ACCMODE, Consts: []Constant{
		{"O_RDONLY", O_RDONLY}, {"O_WRONLY", O_WRONLY}, {"O_RDWR", O_RDWR}, {"O_CREAT", O_CREAT},
		{"O_EXCL", O_EXCL}, {"O_NOCTTY", O_NOCTTY}, {"O_TRUNC", O_TRUNC}, {"O_APPEND", O_APPEND},
		{"O_NONBLOCK", O_NONBLOCK}, {"O_SYNC", O_SYNC}, {"O_DSYNC", O_DSYNC}, {"O_ASYNC", O_ASYNC},
		{"O_DIRECT", O_DIRECT}, {"O_LARGEFILE", O_LARGEFILE}, {"O_TMPFILE", O_TMPFILE},
		{"O_DIRECTORY", O_DIRECTORY}, {"O_NOFOLLOW", O_NOFOLLOW}, {"O_NOATIME", O_NOATIME},
		{"O_CLOEXEC", O_CLOEXEC}, {"O_PATH", O_PATH},
	}}
	SetFDFlags = Set{Name: "descriptor flags", Consts: []Constant{
		{"FD_CLOEXEC", FD_CLOEXEC},
	}}
	SetFcntl = Set{Name: "fcntl commands", Consts: []Constant{
		{"F_DUPFD", F_DUPFD}, {"F_GETFD", F_GETFD}, {"F_SETFD", F_SETFD}, {"F_GETFL", F_GETFL},
		{"F_SETFL", F_SETFL}, {"F_GETLK", F_GETLK}, {"F_SETLK", F_SETLK}, {"F_SETLKW", F_SETLKW},
		{"F_GETLK64", F_GETLK64}, {"F_SETLK64", F_SETLK64}, {"F_SETLKW64", F_SETLKW64},
		{"F_OFD_GETLK", F_OFD_GETLK}, {"F_OFD_SETLK", F_OFD_SETLK}, {"F_OFD_SETLKW", F_OFD_SETLKW},
		{"F_SETOWN", F_SETOWN}, {"F_GETOWN", F_GETOWN}, {"F_DUPFD_CLOEXEC", F_DUPFD_CLOEXEC},
		{"F_SETPIPE_SZ", F_SETPIPE_SZ}, {"F_GETPIPE_SZ", F_GETPIPE_SZ},
	}}
	SetDupFlags = Set{Name: "dup3 flags", Consts: []Constant{
		{"O_CLOEXEC", O_CLOEXEC},
	}}
	SetPipeFlags = Set{Name: "pipe2 flags", Consts: []Constant{
		{"O_NONBLOCK", O_NONBLOCK}, {"O_DIRECT", O_DIRECT}, {"O_CLOEXEC", O_CLOEXEC},
	}}
	SetWhence = Set{Name: "whence", Consts: []Constant{
		{"SEEK_SET", SEEK_SET}, {"SEEK_CUR", SEEK_CUR}, {"SEEK_END", SEEK_END}, {"SEEK_DATA", SEEK_DATA},
		{"SEEK_HOLE", SEEK_HOLE},
	}}
	SetMode = Set{Name: "S_*", Mask: S_IFMT, Consts: []Constant{
		{"S_IFREG", S_IFREG}, {"S_IFDIR", S_IFDIR}, {"S_IFCHR", S_IFCHR}, {"S_IFBLK", S_IFBLK},
		{"S_IFIFO", S_IFIFO}, {"S_IFLNK", S_IFLNK}, {"S_IFSOCK", S_IFSOCK}, {"S_ISUID", S_ISUID},
		{"S_ISGID", S_ISGID}, {"S_ISVTX", S_ISVTX},
	}}
	SetAccess = Set{Name: "access modes", Consts: []Constant{
		{"F_OK", F_OK}, {"R_OK", R_OK}, {"W_OK", W_OK}, {"X_OK", X_OK},
	}}
	SetAtFlags = Set{Name: "AT_*", Consts: []Constant{
		{"AT_SYMLINK_NOFOLLOW", AT_SYMLINK_NOFOLLOW}, {"AT_REMOVEDIR", AT_REMOVEDIR},
		{"AT_SYMLINK_FOLLOW", AT_SYMLINK_FOLLOW}, {"AT_EMPTY_PATH", AT_EMPTY_PATH},
	}}
	SetAccessFlags = Set{Name: "faccessat2 flags", Consts: []Constant{
		{"AT_SYMLINK_NOFOLLOW", AT_SYMLINK_NOFOLLOW}, {"AT_EACCESS", AT_EACCESS},
		{"AT_EMPTY_PATH", AT_EMPTY_PATH},
	}}
	SetCloseRange = Set{Name: "CLOSE_RANGE_*", Consts: []Constant{
		{"CLOSE_RANGE_UNSHARE", CLOSE_RANGE_UNSHARE}, {"CLOSE_RANGE_CLOEXEC", CLOSE_RANGE_CLOEXEC},
	}}
	SetFalloc = Set{Name: "FALLOC_FL_*", Consts: []Constant{
		{"FALLOC_FL_KEEP_SIZE", FALLOC_FL_KEEP_SIZE}, {"FALLOC_FL_PUNCH_HOLE", FALLOC_FL_PUNCH_HOLE},
		{"FALLOC_FL_ZERO_RANGE", FALLOC_FL_ZERO_RANGE},
	}}
	SetRename = Set{Name: "RENAME_*", Consts: []Constant{
		{"RENAME_NOREPLACE", RENAME_NOREPLACE}, {"RENAME_EXCHANGE", RENAME_EXCHANGE},
		{"RENAME_WHITEOUT", RENAME_WHITEOUT},
	}}
	SetResolve = Set{Name: "RESOLVE_*", Consts: []Constant{
		{"RESOLVE_NO_XDEV", RESOLVE_NO_XDEV}, {"RESOLVE_NO_MAGICLINKS", RESOLVE_NO_MAGICLINKS},
		{"RESOLVE_NO_SYMLINKS", RESOLVE_NO_SYMLINKS}, {"RESOLVE_BENEATH", RESOLVE_BENEATH},
		{"RESOLVE_IN_ROOT", RESOLVE_IN_ROOT}, {"RESOLVE_CACHED", RESOLVE_CACHED},
	}}
	SetRWFlags = Set{Name: "RWF_*", Consts: []Constant{
		{"RWF_HIPRI", RWF_HIPRI}, {"RWF_DSYNC", RWF_DSYNC}, {"RWF_SYNC", RWF_SYNC},
		{"RWF_NOWAIT", RWF_NOWAIT}, {"RWF_APPEND", RWF_APPEND},
	}}
	SetFamily = Set{Name: "AF_*", Consts: []Constant{
		{"AF_UNSPEC", AF_UNSPEC}, {"AF_UNIX", AF_UNIX}, {"AF_INET", AF_INET}, {"AF_INET6", AF_INET6},
		{"AF_NETLINK", AF_NETLINK}, {"AF_PACKET", AF_PACKET},
	}}
	SetSockType = Set{Name: "socket types", Mask: 0xf, Consts: []Constant{
		{"SOCK_STREAM", SOCK_STREAM}, {"SOCK_DGRAM", SOCK_DGRAM}, {"SOCK_RAW", SOCK_RAW},
		{"SOCK_SEQPACKET", SOCK_SEQPACKET}, {"SOCK_NONBLOCK", SOCK_NONBLOCK},
		{"SOCK_CLOEXEC", SOCK_CLOEXEC},
	}}
	SetSockFlags = Set{Name: "accept4 flags", Consts: []Constant{
		{"SOCK_NONBLOCK", SOCK_NONBLOCK}, {"SOCK_CLOEXEC", SOCK_CLOEXEC},
	}}
	SetProtocol = Set{Name: "IPPROTO_*", Consts: []Constant{
		{"IPPROTO_IP", IPPROTO_IP}, {"IPPROTO_ICMP", IPPROTO_ICMP}, {"IPPROTO_TCP", IPPROTO_TCP},
		{"IPPROTO_UDP", IPPROTO_UDP},
	}}
	SetMsg = Set{Name: "MSG_*", Consts: []Constant{
		{"MSG_OOB", MSG_OOB}, {"MSG_PEEK", MSG_PEEK}, {"MSG_DONTROUTE", MSG_DONTROUTE},
		{"MSG_CTRUNC", MSG_CTRUNC}, {"MSG_TRUNC", MSG_TRUNC}, {"MSG_DONTWAIT", MSG_DONTWAIT},
		{"MSG_EOR", MSG_EOR}, {"MSG_WAITALL", MSG_WAITALL}, {"MSG_NOSIGNAL", MSG_NOSIGNAL},
		{"MSG_CMSG_CLOEXEC", MSG_CMSG_CLOEXEC},
	}}
	SetShut = Set{Name: "SHUT_*", Consts: []Constant{
		{"SHUT_RD", SHUT_RD}, {"SHUT_WR", SHUT_WR}, {"SHUT_RDWR", SHUT_RDWR},
	}}
	SetSockLevel = Set{Name: "socket option levels", Consts: []Constant{
		{"SOL_SOCKET", SOL_SOCKET}, {"IPPROTO_TCP", IPPROTO_TCP}, {"IPPROTO_UDP", IPPROTO_UDP},
	}}
	SetSockOpt = Set{Name: "SO_*", Consts: []Constant{
		{"SO_DEBUG", SO_DEBUG}, {"SO_REUSEADDR", SO_REUSEADDR}, {"SO_TYPE", SO_TYPE},
		{"SO_ERROR", SO_ERROR}, {"SO_SNDBUF", SO_SNDBUF}, {"SO_RCVBUF", SO_RCVBUF},
		{"SO_KEEPALIVE", SO_KEEPALIVE}, {"SO_REUSEPORT", SO_REUSEPORT}, {"SO_ACCEPTCONN", SO_ACCEPTCONN},
		{"SO_PROTOCOL", SO_PROTOCOL}, {"SO_DOMAIN", SO_DOMAIN},
	}}
	SetPoll = Set{Name: "POLL*", Consts: []Constant{
		{"POLLIN", POLLIN}, {"POLLPRI", POLLPRI}, {"POLLOUT", POLLOUT}, {"POLLERR", POLLERR},
		{"POLLHUP", POLLHUP}, {"POLLNVAL", POLLNVAL}, {"POLLRDNORM", POLLRDNORM},
		{"POLLRDBAND", POLLRDBAND}, {"POLLWRNORM", POLLWRNORM}, {"POLLWRBAND", POLLWRBAND},
		{"POLLMSG", POLLMSG}, {"POLLRDHUP", POLLRDHUP},
	}}
	SetProt = Set{Name: "PROT_*", Consts: []Constant{
		{"PROT_NONE", PROT_NONE}, {"PROT_READ", PROT_READ}, {"PROT_WRITE", PROT_WRITE},
		{"PROT_EXEC", PROT_EXEC},
	}}
	SetMap = Set{Name: "MAP_*", Mask: 3, Consts: []Constant{
		{"MAP_SHARED", MAP_SHARED}, {"MAP_PRIVATE", MAP_PRIVATE}, {"MAP_FIXED", MAP_FIXED},
		{"MAP_ANONYMOUS", MAP_ANONYMOUS}, {"MAP_GROWSDOWN", MAP_GROWSDOWN},
		{"MAP_NORESERVE", MAP_NORESERVE}, {"MAP_POPULATE", MAP_POPULATE}, {"MAP_STACK", MAP_STACK},
		{"MAP_HUGETLB", MAP_HUGETLB}, {"MAP_FIXED_NOREPLACE", MAP_FIXED_NOREPLACE},
	}}
	SetClock = Set{Name: "CLOCK_*", Consts: []Constant{
		{"CLOCK_REALTIME", CLOCK_REALTIME}, {"CLOCK_MONOTONIC", CLOCK_MONOTONIC},
		{"CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID},
		{"CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID},
		{"CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW}, {"CLOCK_REALTIME_COARSE", CLOCK_REALTIME_COARSE},
		{"CLOCK_MONOTONIC_COARSE", CLOCK_MONOTONIC_COARSE}, {"CLOCK_BOOTTIME", CLOCK_BOOTTIME},
	}}
	SetTimerFlags = Set{Name: "timer flags", Consts: []Constant{
		{"TIMER_ABSTIME", TIMER_ABSTIME},
	}}
	SetWait = Set{Name: "wait options", Consts: []Constant{
		{"WNOHANG", WNOHANG}, {"WUNTRACED", WUNTRACED}, {"WCONTINUED", WCONTINUED},
		{"WEXITED", WEXITED}, {"WNOWAIT", WNOWAIT},
	}}
	SetClone = Set{Name: "CLONE_*", Mask: 0xff, Consts: []Constant{
		{"SIGCHLD", SIGCHLD}, {"CLONE_VM", CLONE_VM}, {"CLONE_FS", CLONE_FS},
		{"CLONE_FILES", CLONE_FILES}, {"CLONE_SIGHAND", CLONE_SIGHAND}, {"CLONE_VFORK", CLONE_VFORK},
		{"CLONE_PARENT", CLONE_PARENT}, {"CLONE_THREAD", CLONE_THREAD}, {"CLONE_SYSVSEM", CLONE_SYSVSEM}, {"CLONE_SETTLS", CLONE_SETTLS},
		{"CLONE_PARENT_SETTID", CLONE_PARENT_SETTID}, {"CLONE_CHILD_CLEARTID", CLONE_CHILD_CLEARTID},
		{"CLONE_CHILD_SETTID", CLONE_CHILD_SETTID},
	}}
	SetArchPrctl = Set{Name: "ARCH_*", Consts: []Constant{
		{"ARCH_SET_GS", ARCH_SET_GS}, {"ARCH_SET_FS", ARCH_SET_FS}, {"ARCH_GET_FS", ARCH_GET_FS},
		{"ARCH_GET_GS", ARCH_GET_GS},
	}}
	SetRebootMagic = Set{Name: "reboot magic numbers", Consts: []Constant{
		{"LINUX_REBOOT_MAGIC1", LINUX_REBOOT_MAGIC1}, {"LINUX_REBOOT_MAGIC2", LINUX_REBOOT_MAGIC2},
	}}
	SetReboot = Set{Name: "reboot commands", Consts: []Constant{
		{"LINUX_REBOOT_CMD_RESTART", LINUX_REBOOT_CMD_RESTART},
		{"LINUX_REBOOT_CMD_HALT", LINUX_REBOOT_CMD_HALT},
		{"LINUX_REBOOT_CMD_POWER_OFF", LINUX_REBOOT_CMD_POWER_OFF},
		{"LINUX_REBOOT_CMD_CAD_ON", LINUX_REBOOT_CMD_CAD_ON},
		{"LINUX_REBOOT_CMD_CAD_OFF", LINUX_REBOOT_CMD_CAD_OFF},
	}}
	SetSignal = Set{Name: "SIG*", Consts: []Constant{
		{"SIGHUP", SIGHUP}, {"SIGINT", SIGINT}, {"SIGQUIT", SIGQUIT}, {"SIGILL", SIGILL},
		{"SIGTRAP", SIGTRAP}, {"SIGABRT", SIGABRT}, {"SIGBUS", SIGBUS}, {"SIGFPE", SIGFPE},
		{"SIGKILL", SIGKILL}, {"SIGUSR1", SIGUSR1}, {"SIGSEGV", SIGSEGV}, {"SIGUSR2", SIGUSR2},
		{"SIGPIPE", SIGPIPE}, {"SIGALRM", SIGALRM}, {"SIGTERM", SIGTERM}, {"SIGSTKFLT", SIGSTKFLT},
		{"SIGCHLD", SIGCHLD}, {"SIGCONT", SIGCONT}, {"SIGSTOP", SIGSTOP}, {"SIGTSTP", SIGTSTP},
		{"SIGTTIN", SIGTTIN}, {"SIGTTOU", SIGTTOU}, {"SIGURG", SIGURG}, {"SIGXCPU", SIGXCPU},
		{"SIGXFSZ", SIGXFSZ}, {"SIGVTALRM", SIGVTALRM}, {"SIGPROF", SIGPROF}, {"SIGWINCH", SIGWINCH},
		{"SIGIO", SIGIO}, {"SIGPWR", SIGPWR}, {"SIGSYS", SIGSYS},
	}}
	SetSigHow = Set{Name: "sigprocmask operations", Consts: []Constant{
		{"SIG_BLOCK", SIG_BLOCK}, {"SIG_UNBLOCK", SIG_UNBLOCK}, {"SIG_SETMASK", SIG_SETMASK},
	}}
	SetSigHandler = Set{Name: "SIG_*", Consts: []Constant{
		{"SIG_DFL", SIG_DFL}, {"SIG_IGN", SIG_IGN},
	}}
	SetSigFlags = Set{Name: "SA_*", Consts: []Constant{
		{"SA_NOCLDSTOP", SA_NOCLDSTOP}, {"SA_NOCLDWAIT", SA_NOCLDWAIT}, {"SA_SIGINFO", SA_SIGINFO},
		{"SA_RESTORER", SA_RESTORER}, {"SA_ONSTACK", SA_ONSTACK}, {"SA_RESTART", SA_RESTART},
		{"SA_NODEFER", SA_NODEFER}, {"SA_RESETHAND", SA_RESETHAND},
	}}
	SetStackFlags = Set{Name: "SS_*", Consts: []Constant{
		{"SS_ONSTACK", SS_ONSTACK}, {"SS_DISABLE", SS_DISABLE}, {"SS_AUTODISARM", SS_AUTODISARM},
	}}
	SetSigCode = Set{Name: "si_code values", Consts: []Constant{
		{"SI_USER", SI_USER}, {"SI_KERNEL", SI_KERNEL}, {"SI_QUEUE", 1<<64 - 1}, {"SI_TIMER", 1<<64 - 2},
		{"SI_TKILL", 1<<64 - 6}, {"CLD_EXITED", CLD_EXITED}, {"CLD_KILLED", CLD_KILLED},
		{"CLD_DUMPED", CLD_DUMPED}, {"CLD_STOPPED", CLD_STOPPED}, {"CLD_CONTINUED", CLD_CONTINUED},
		{"SEGV_MAPERR", SEGV_MAPERR}, {"SEGV_ACCERR", SEGV_ACCERR},
	}}
	SetLockType = Set{Name: "lock types", Consts: []Constant{
		{"F_RDLCK", F_RDLCK}, {"F_WRLCK", F_WRLCK}, {"F_UNLCK", F_UNLCK},
	}}
	SetCmsgType = Set{Name: "SCM_*", Consts: []Constant{
		{"SCM_RIGHTS", SCM_RIGHTS}, {"SCM_CREDENTIALS", SCM_CREDENTIALS},
	}}
	SetResource = Set{Name: "RLIMIT_*", Consts: []Constant{
		{"RLIMIT_CPU", RLIMIT_CPU}, {"RLIMIT_FSIZE", RLIMIT_FSIZE}, {"RLIMIT_DATA", RLIMIT_DATA},
		{"RLIMIT_STACK", RLIMIT_STACK}, {"RLIMIT_CORE", RLIMIT_CORE}, {"RLIMIT_RSS", RLIMIT_RSS},
		{"RLIMIT_NPROC", RLIMIT_NPROC}, {"RLIMIT_NOFILE", RLIMIT_NOFILE},
		{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_AS", RLIMIT_AS}, {"RLIMIT_LOCKS", RLIMIT_LOCKS},
		{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
		{"RLIMIT_NICE", RLIMIT_NICE}, {"RLIMIT_RTPRIO", RLIMIT_RTPRIO}, {"RLIMIT_RTTIME", RLIMIT_RTTIME},
	}}
	SetFutexOp = Set{Name: "futex operations", Mask: 0xff, Consts: []Constant{
		{"FUTEX_WAIT", FUTEX_WAIT}, {"FUTEX_WAIT_PRIVATE", FUTEX_WAIT | FUTEX_PRIVATE_FLAG},
		{"FUTEX_WAKE", FUTEX_WAKE}, {"FUTEX_WAKE_PRIVATE", FUTEX_WAKE | FUTEX_PRIVATE_FLAG},
		{"FUTEX_REQUEUE", FUTEX_REQUEUE}, {"FUTEX_REQUEUE_PRIVATE", FUTEX_REQUEUE | FUTEX_PRIVATE_FLAG},
		{"FUTEX_CMP_REQUEUE", FUTEX_CMP_REQUEUE}, {"FUTEX_CMP_REQUEUE_PRIVATE", FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG},
		{"FUTEX_WAKE_OP", FUTEX_WAKE_OP}, {"FUTEX_WAKE_OP_PRIVATE", FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG},
		{"FUTEX_LOCK_PI", FUTEX_LOCK_PI}, {"FUTEX_LOCK_PI_PRIVATE", FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG},
		{"FUTEX_UNLOCK_PI", FUTEX_UNLOCK_PI}, {"FUTEX_UNLOCK_PI_PRIVATE", FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG},
		{"FUTEX_WAIT_BITSET", FUTEX_WAIT_BITSET}, {"FUTEX_WAIT_BITSET_PRIVATE", FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG},
		{"FUTEX_WAKE_BITSET", FUTEX_WAKE_BITSET}, {"FUTEX_WAKE_BITSET_PRIVATE", FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG},
		{"FUTEX_PRIVATE_FLAG", FUTEX_PRIVATE_FLAG}, {"FUTEX_CLOCK_REALTIME", FUTEX_CLOCK_REALTIME},
	}}
	SetAdvice = Set{Name: "MADV_*", Consts: []Constant{
		{"MADV_NORMAL", MADV_NORMAL}, {"MADV_RANDOM", MADV_RANDOM}, {"MADV_SEQUENTIAL", MADV_SEQUENTIAL},
		{"MADV_WILLNEED", MADV_WILLNEED}, {"MADV_DONTNEED", MADV_DONTNEED}, {"MADV_FREE", MADV_FREE},
		{"MADV_HUGEPAGE", MADV_HUGEPAGE}, {"MADV_NOHUGEPAGE", MADV_NOHUGEPAGE}, {"MADV_COLLAPSE", MADV_COLLAPSE},
	}}
	SetIDType = Set{Name: "P_*", Consts: []Constant{{"P_ALL", P_ALL}, {"P_PID", P_PID}, {"P_PGID", P_PGID}}}
	SetMremap = Set{Name: "mremap flags", Consts: []Constant{
		{"MREMAP_MAYMOVE", MREMAP_MAYMOVE},
		{"MREMAP_FIXED", MREMAP_FIXED},
		{"MREMAP_DONTUNMAP", MREMAP_DONTUNMAP},
	}}
	SetMsync = Set{Name: "msync flags", Consts: []Constant{
		{"MS_ASYNC", MS_ASYNC},
		{"MS_INVALIDATE", MS_INVALIDATE},
		{"MS_SYNC", MS_SYNC},
	}}
	SetFlock = Set{Name: "LOCK_*", Consts: []Constant{
		{"LOCK_SH", LOCK_SH},
		{"LOCK_EX", LOCK_EX},
		{"LOCK_NB", LOCK_NB},
		{"LOCK_UN", LOCK_UN},
	}}
	SetSched = Set{Name: "SCHED_*", Consts: []Constant{
		{"SCHED_NORMAL", SCHED_NORMAL},
		{"SCHED_FIFO", SCHED_FIFO},
		{"SCHED_RR", SCHED_RR},
		{"SCHED_BATCH", SCHED_BATCH},
		{"SCHED_IDLE", SCHED_IDLE},
		{"SCHED_DEADLINE", SCHED_DEADLINE},
	}}
	SetRusage = Set{Name: "RUSAGE_*", Consts: []Constant{
		{"RUSAGE_SELF", RUSAGE_SELF},
		{"RUSAGE_CHILDREN", RUSAGE_CHILDREN},
		{"RUSAGE_THREAD", RUSAGE_THREAD},
	}}
	SetPrio = Set{Name: "PRIO_*", Consts: []Constant{
		{"PRIO_PROCESS", PRIO_PROCESS},
		{"PRIO_PGRP", PRIO_PGRP},
		{"PRIO_USER", PRIO_USER},
	}}
	SetSigev = Set{Name: "SIGEV_*", Consts: []Constant{
		{"SIGEV_SIGNAL", SIGEV_SIGNAL},
		{"SIGEV_NONE", SIGEV_NONE},
		{"SIGEV_THREAD_ID", SIGEV_THREAD_ID},
	}}
	SetPrctl = Set{Name: "PR_*", Consts: []Constant{
		{"PR_SET_PDEATHSIG", PR_SET_PDEATHSIG},
		{"PR_GET_PDEATHSIG", PR_GET_PDEATHSIG},
		{"PR_GET_DUMPABLE", PR_GET_DUMPABLE},
		{"PR_SET_DUMPABLE", PR_SET_DUMPABLE},
		{"PR_SET_NAME", PR_SET_NAME},
		{"PR_GET_NAME", PR_GET_NAME},
		{"PR_SET_CHILD_SUBREAPER", PR_SET_CHILD_SUBREAPER},
		{"PR_GET_CHILD_SUBREAPER", PR_GET_CHILD_SUBREAPER},
		{"PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS},
		{"PR_GET_NO_NEW_PRIVS", PR_GET_NO_NEW_PRIVS},
	}}
	SetMembarrier = Set{Name: "MEMBARRIER_CMD_*", Consts: []Constant{
		{"MEMBARRIER_CMD_QUERY", MEMBARRIER_CMD_QUERY},
		{"MEMBARRIER_CMD_GLOBAL", MEMBARRIER_CMD_GLOBAL},
		{"MEMBARRIER_CMD_GLOBAL_EXPEDITED", MEMBARRIER_CMD_GLOBAL_EXPEDITED},
		{"MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED", MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED},
		{"MEMBARRIER_CMD_PRIVATE_EXPEDITED", MEMBARRIER_CMD_PRIVATE_EXPEDITED},
		{"MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED", MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED},
	}}
	SetIPCKey   = Set{Name: "keys", Consts: []Constant{{"IPC_PRIVATE", IPC_PRIVATE}}}
	SetIPCFlags = Set{Name: "semget flags", Consts: []Constant{{"IPC_CREAT", IPC_CREAT}, {"IPC_EXCL", IPC_EXCL}}}
	SetSemFlags = Set{Name: "semop flags", Consts: []Constant{{"SEM_UNDO", SEM_UNDO}, {"IPC_NOWAIT", IPC_NOWAIT}}}
	SetSemctl   = Set{Name: "semctl commands", Consts: []Constant{
		{"IPC_RMID", IPC_RMID}, {"IPC_SET", IPC_SET}, {"IPC_STAT", IPC_STAT}, {"GETPID", GETPID}, {"GETVAL", GETVAL},
		{"GETALL", GETALL}, {"GETNCNT", GETNCNT}, {"GETZCNT", GETZCNT}, {"SETVAL", SETVAL}, {"SETALL", SETALL},
	}}
	SetXattr = Set{Name: "XATTR_*", Consts: []Constant{
		{"XATTR_CREATE", XATTR_CREATE}, {"XATTR_REPLACE", XATTR_REPLACE},
	}}
	SetSplice = Set{Name: "splice flags", Consts: []Constant{
		{"SPLICE_F_MOVE", SPLICE_F_MOVE},
		{"SPLICE_F_NONBLOCK", SPLICE_F_NONBLOCK},
		{"SPLICE_F_MORE", SPLICE_F_MORE},
		{"SPLICE_F_GIFT", SPLICE_F_GIFT},
	}}
	SetItimer = Set{Name: "ITIMER_*", Consts: []Constant{
		{"ITIMER_REAL", ITIMER_REAL}, {"ITIMER_VIRTUAL", ITIMER_VIRTUAL}, {"ITIMER_PROF", ITIMER_PROF},
	}}
	SetEpollCreate = Set{Name: "epoll_create1 flags", Consts: []Constant{
		{"EPOLL_CLOEXEC", EPOLL_CLOEXEC},
	}}
	SetEpollOp = Set{Name: "EPOLL_CTL_*", Consts: []Constant{
		{"EPOLL_CTL_ADD", EPOLL_CTL_ADD}, {"EPOLL_CTL_DEL", EPOLL_CTL_DEL},
		{"EPOLL_CTL_MOD", EPOLL_CTL_MOD},
	}}
	SetEpoll = Set{Name: "EPOLL*", Consts: []Constant{
		{"EPOLLIN", EPOLLIN}, {"EPOLLPRI", EPOLLPRI}, {"EPOLLOUT", EPOLLOUT}, {"EPOLLERR", EPOLLERR},
		{"EPOLLHUP", EPOLLHUP}, {"EPOLLRDNORM", EPOLLRDNORM}, {"EPOLLRDBAND", EPOLLRDBAND},
		{"EPOLLWRNORM", EPOLLWRNORM}, {"EPOLLWRBAND", EPOLLWRBAND}, {"EPOLLMSG", EPOLLMSG},
		{"EPOLLRDHUP", EPOLLRDHUP}, {"EPOLLEXCLUSIVE", EPOLLEXCLUSIVE}, {"EPOLLWAKEUP", EPOLLWAKEUP},
		{"EPOLLONESHOT", EPOLLONESHOT}, {"EPOLLET", EPOLLET},
	}}
	SetEventFD = Set{Name: "EFD_*", Consts: []Constant{
		{"EFD_SEMAPHORE", EFD_SEMAPHORE}, {"EFD_NONBLOCK", EFD_NONBLOCK}, {"EFD_CLOEXEC", EFD_CLOEXEC},
	}}
	SetTimerFD = Set{Name: "TFD_*", Consts: []Constant{
		{"TFD_NONBLOCK", TFD_NONBLOCK}, {"TFD_CLOEXEC", TFD_CLOEXEC},
	}}
	SetSignalFD = Set{Name: "SFD_*", Consts: []Constant{
		{"SFD_NONBLOCK", SFD_NONBLOCK}, {"SFD_CLOEXEC", SFD_CLOEXEC},
	}}
	SetMemFD = Set{Name: "MFD_*", Consts: []Constant{
		{"MFD_CLOEXEC", MFD_CLOEXEC}, {"MFD_ALLOW_SEALING", MFD_ALLOW_SEALING},
	}}
	SetInotify = Set{Name: "inotify_init1 flags", Consts: []Constant{
		{"IN_NONBLOCK", IN_NONBLOCK}, {"IN_CLOEXEC", IN_CLOEXEC},
	}}
	SetInMask = Set{Name: "inotify events", Consts: []Constant{
		{"IN_ALL_EVENTS", IN_ALL_EVENTS}, {"IN_ACCESS", IN_ACCESS}, {"IN_MODIFY", IN_MODIFY},
		{"IN_ATTRIB", IN_ATTRIB}, {"IN_CLOSE_WRITE", IN_CLOSE_WRITE}, {"IN_CLOSE_NOWRITE", IN_CLOSE_NOWRITE},
		{"IN_OPEN", IN_OPEN}, {"IN_MOVED_FROM", IN_MOVED_FROM}, {"IN_MOVED_TO", IN_MOVED_TO},
		{"IN_CREATE", IN_CREATE}, {"IN_DELETE", IN_DELETE}, {"IN_DELETE_SELF", IN_DELETE_SELF},
		{"IN_MOVE_SELF", IN_MOVE_SELF}, {"IN_ONLYDIR", IN_ONLYDIR}, {"IN_DONT_FOLLOW", IN_DONT_FOLLOW},
		{"IN_EXCL_UNLINK", IN_EXCL_UNLINK}, {"IN_MASK_CREATE", IN_MASK_CREATE},
		{"IN_MASK_ADD", IN_MASK_ADD}, {"IN_ISDIR", IN_ISDIR}, {"IN_ONESHOT", IN_ONESHOT},
	}}
	SetGetRandom = Set{Name: "GRND_*", Consts: []Constant{
		{"GRND_NONBLOCK", GRND_NONBLOCK}, {"GRND_RANDOM", GRND_RANDOM},
	}}
	SetUtimeNsec = Set{Name: "UTIME_*", Consts: []Constant{
		{"UTIME_NOW", UTIME_NOW}, {"UTIME_OMIT", UTIME_OMIT},
	}}
	SetDirFD = Set{Name: "AT_*", Consts: []Constant{{"AT_FDCWD", 1<<64 - 100}}}
)

// AllSets are all sets, for those who look up a name wherever it stands.
var AllSets = [...]*Set{
	&SetCtxOpenFlags,
	&SetOpenFlags,
	&SetFDFlags,
	&SetFcntl,
	&SetDupFlags,
	&SetPipeFlags,
	&SetWhence,
	&SetMode,
	&SetAccess,
	&SetAtFlags,
	&SetAccessFlags,
	&SetCloseRange,
	&SetFalloc,
	&SetRename,
	&SetResolve,
	&SetMremap,
	&SetMsync,
	&SetFlock,
	&SetSched,
	&SetRusage,
	&SetPrio,
	&SetSigev,
	&SetPrctl,
	&SetMembarrier,
	&SetIPCKey,
	&SetIPCFlags,
	&SetSemFlags,
	&SetSemctl,
	&SetXattr,
	&SetSplice,
	&SetRWFlags,
	&SetFamily,
	&SetSockType,
	&SetSockFlags,
	&SetProtocol,
	&SetMsg,
	&SetShut,
	&SetSockLevel,
	&SetSockOpt,
	&SetPoll,
	&SetProt,
	&SetMap,
	&SetClock,
	&SetTimerFlags,
	&SetWait,
	&SetClone,
	&SetArchPrctl,
	&SetRebootMagic,
	&SetReboot,
	&SetSignal,
	&SetSigHow,
	&SetSigHandler,
	&SetSigFlags,
	&SetStackFlags,
	&SetSigCode,
	&SetLockType,
	&SetCmsgType,
	&SetResource,
	&SetFutexOp,
	&SetItimer,
	&SetIDType,
	&SetAdvice,
	&SetEpollCreate,
	&SetEpollOp,
	&SetEpoll,
	&SetEventFD,
	&SetTimerFD,
	&SetSignalFD,
	&SetMemFD,
	&SetInotify,
	&SetInMask,
	&SetGetRandom,
	&SetUtimeNsec,
	&SetDirFD,
}

// Find is the constant of that name.
func (s *Set) Find(name string) (value uint64, ok bool) {
	for i := range s.Consts {
		if s.Consts[i].Name == name {
			return s.Consts[i].Value, true
		}
	}
	return 0, false
}
