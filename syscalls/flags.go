package syscalls

// open(2).
const (
	O_RDONLY    = 0
	O_WRONLY    = 1
	O_RDWR      = 2
	O_ACCMODE   = 3
	O_CREAT     = 0x40
	O_EXCL      = 0x80
	O_NOCTTY    = 0x100
	O_TRUNC     = 0x200
	O_APPEND    = 0x400
	O_NONBLOCK  = 0x800
	O_DSYNC     = 0x1000
	O_ASYNC     = 0x2000
	O_DIRECT    = 0x4000
	O_LARGEFILE = 0x8000
	O_DIRECTORY = 0x10000
	O_NOFOLLOW  = 0x20000
	O_NOATIME   = 0x40000
	O_CLOEXEC   = 0x80000
	O_SYNC      = 0x101000
	O_PATH      = 0x200000
	O_TMPFILE   = 0x410000
)

// fcntl(2).
const (
	F_DUPFD  = 0
	F_GETFD  = 1
	F_SETFD  = 2
	F_GETFL  = 3
	F_SETFL  = 4
	F_GETLK  = 5
	F_SETLK  = 6
	F_SETLKW = 7
	F_SETOWN = 8
	F_GETOWN = 9

	// Of i386 only: F_GETLK and so on with positions of 64 bits.
	F_GETLK64  = 12
	F_SETLK64  = 13
	F_SETLKW64 = 14

	// Locks of a description, not of a process.
	F_OFD_GETLK  = 36
	F_OFD_SETLK  = 37
	F_OFD_SETLKW = 38

	F_DUPFD_CLOEXEC = 0x406
	F_SETPIPE_SZ    = 0x407
	F_GETPIPE_SZ    = 0x408
	FD_CLOEXEC      = 1
)

// lseek(2).
const (
	SEEK_SET  = 0
	SEEK_CUR  = 1
	SEEK_END  = 2
	SEEK_DATA = 3
	SEEK_HOLE = 4
)

// inode(7): file types and mode bits.
const (
	S_IFMT   = 0xf000
	S_IFSOCK = 0xc000
	S_IFLNK  = 0xa000
	S_IFREG  = 0x8000
	S_IFBLK  = 0x6000
	S_IFDIR  = 0x4000
	S_IFCHR  = 0x2000
	S_IFIFO  = 0x1000
	S_ISUID  = 0x800
	S_ISGID  = 0x400
	S_ISVTX  = 0x200
	S_IRWXU  = 0x1c0
	S_IRUSR  = 0x100
	S_IWUSR  = 0x80
	S_IXUSR  = 0x40
	S_IRWXG  = 0x38
	S_IRGRP  = 0x20
	S_IWGRP  = 0x10
	S_IXGRP  = 8
	S_IRWXO  = 7
	S_IROTH  = 4
	S_IWOTH  = 2
	S_IXOTH  = 1
)

// openat(2) and others.
const (
	AT_FDCWD            = -100
	AT_SYMLINK_NOFOLLOW = 0x100
	AT_REMOVEDIR        = 0x200
	AT_SYMLINK_FOLLOW   = 0x400
	AT_EMPTY_PATH       = 0x1000
	AT_EACCESS          = 0x200
	AT_NO_AUTOMOUNT     = 0x800
	AT_STATX_SYNC_TYPE  = 0x6000

	CLOSE_RANGE_UNSHARE = 2
	CLOSE_RANGE_CLOEXEC = 4

	FALLOC_FL_KEEP_SIZE  = 1
	FALLOC_FL_PUNCH_HOLE = 2
	FALLOC_FL_ZERO_RANGE = 0x10

	RENAME_NOREPLACE = 1
	RENAME_EXCHANGE  = 2
	RENAME_WHITEOUT  = 4
	UTIME_NOW        = 0x3fffffff
	UTIME_OMIT       = 0x3ffffffe
)

// openat2(2).
const (
	RESOLVE_NO_XDEV       = 1
	RESOLVE_NO_MAGICLINKS = 2
	RESOLVE_NO_SYMLINKS   = 4
	RESOLVE_BENEATH       = 8
	RESOLVE_IN_ROOT       = 0x10
	RESOLVE_CACHED        = 0x20
)

// preadv2(2).
const (
	RWF_HIPRI  = 1
	RWF_DSYNC  = 2
	RWF_SYNC   = 4
	RWF_NOWAIT = 8
	RWF_APPEND = 0x10
)

// socket(2).
const (
	AF_UNSPEC      = 0
	AF_UNIX        = 1
	AF_INET        = 2
	AF_INET6       = 0xa
	AF_NETLINK     = 0x10
	AF_PACKET      = 0x11
	SOCK_STREAM    = 1
	SOCK_DGRAM     = 2
	SOCK_RAW       = 3
	SOCK_SEQPACKET = 5
	SOCK_CLOEXEC   = 0x80000
	SOCK_NONBLOCK  = 0x800
	IPPROTO_IP     = 0
	IPPROTO_ICMP   = 1
	IPPROTO_TCP    = 6
	IPPROTO_UDP    = 0x11
)

// send(2), recv(2), shutdown(2).
const (
	MSG_OOB          = 1
	MSG_PEEK         = 2
	MSG_DONTROUTE    = 4
	MSG_CTRUNC       = 8
	MSG_TRUNC        = 0x20
	MSG_DONTWAIT     = 0x40
	MSG_EOR          = 0x80
	MSG_WAITALL      = 0x100
	MSG_NOSIGNAL     = 0x4000
	MSG_CMSG_CLOEXEC = 0x40000000
	SHUT_RD          = 0
	SHUT_WR          = 1
	SHUT_RDWR        = 2
)

// socket(7).
const (
	SOL_SOCKET      = 1
	SO_DEBUG        = 1
	SO_REUSEADDR    = 2
	SO_TYPE         = 3
	SO_ERROR        = 4
	SO_SNDBUF       = 7
	SO_RCVBUF       = 8
	SO_KEEPALIVE    = 9
	SO_ACCEPTCONN   = 0x1e
	SO_DOMAIN       = 0x27
	SO_PROTOCOL     = 0x26
	SO_REUSEPORT    = 0xf
	SCM_RIGHTS      = 1
	SCM_CREDENTIALS = 2
	SOMAXCONN       = 0x1000
)

// poll(2).
const (
	POLLIN     = 1
	POLLPRI    = 2
	POLLOUT    = 4
	POLLERR    = 8
	POLLHUP    = 0x10
	POLLNVAL   = 0x20
	POLLRDNORM = 0x40
	POLLRDBAND = 0x80
	POLLWRNORM = 0x100
	POLLWRBAND = 0x200
	POLLMSG    = 0x400
	POLLRDHUP  = 0x2000
)

// mmap(2).
const (
	PROT_NONE           = 0
	PROT_READ           = 1
	PROT_WRITE          = 2
	PROT_EXEC           = 4
	MAP_SHARED          = 1
	MAP_PRIVATE         = 2
	MAP_FIXED           = 0x10
	MAP_ANONYMOUS       = 0x20
	MAP_GROWSDOWN       = 0x100
	MAP_NORESERVE       = 0x4000
	MAP_POPULATE        = 0x8000
	MAP_STACK           = 0x20000
	MAP_HUGETLB         = 0x40000
	MAP_FIXED_NOREPLACE = 0x100000
)

// clock_gettime(2).
const (
	CLOCK_REALTIME           = 0
	CLOCK_MONOTONIC          = 1
	CLOCK_PROCESS_CPUTIME_ID = 2
	CLOCK_THREAD_CPUTIME_ID  = 3
	CLOCK_MONOTONIC_RAW      = 4
	CLOCK_REALTIME_COARSE    = 5
	CLOCK_MONOTONIC_COARSE   = 6
	CLOCK_BOOTTIME           = 7
)

// wait4(2).
const (
	WNOHANG    = 1
	WUNTRACED  = 2
	WCONTINUED = 8
)

// clone(2).
const (
	CLONE_VM             = 0x100
	CLONE_FS             = 0x200
	CLONE_FILES          = 0x400
	CLONE_SIGHAND        = 0x800
	CLONE_PIDFD          = 0x1000
	CLONE_VFORK          = 0x4000
	CLONE_PARENT         = 0x8000
	CLONE_THREAD         = 0x10000
	CLONE_SYSVSEM        = 0x40000
	CLONE_SETTLS         = 0x80000
	CLONE_PARENT_SETTID  = 0x100000
	CLONE_CHILD_CLEARTID = 0x200000
	CLONE_DETACHED       = 0x400000
	CLONE_UNTRACED       = 0x800000
	CLONE_CHILD_SETTID   = 0x1000000
	CLONE_IO             = 0x80000000
	CLONE_CLEAR_SIGHAND  = 0x100000000
)

// arch_prctl(2).
const (
	ARCH_SET_GS = 0x1001
	ARCH_SET_FS = 0x1002
	ARCH_GET_FS = 0x1003
	ARCH_GET_GS = 0x1004
)

// reboot(2).
const (
	LINUX_REBOOT_MAGIC1        = 0xfee1dead
	LINUX_REBOOT_MAGIC2        = 0x28121969
	LINUX_REBOOT_CMD_RESTART   = 0x1234567
	LINUX_REBOOT_CMD_HALT      = 0xcdef0123
	LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc
	LINUX_REBOOT_CMD_CAD_ON    = 0x89abcdef
	LINUX_REBOOT_CMD_CAD_OFF   = 0
)

// access(2).
const (
	F_OK = 0
	X_OK = 1
	W_OK = 2
	R_OK = 4
)

// clock_nanosleep(2).
const TIMER_ABSTIME = 1

// epoll(7).
const (
	EPOLL_CLOEXEC  = O_CLOEXEC
	EPOLL_CTL_ADD  = 1
	EPOLL_CTL_DEL  = 2
	EPOLL_CTL_MOD  = 3
	EPOLLIN        = 1
	EPOLLPRI       = 2
	EPOLLOUT       = 4
	EPOLLERR       = 8
	EPOLLHUP       = 0x10
	EPOLLRDNORM    = 0x40
	EPOLLRDBAND    = 0x80
	EPOLLWRNORM    = 0x100
	EPOLLWRBAND    = 0x200
	EPOLLMSG       = 0x400
	EPOLLRDHUP     = 0x2000
	EPOLLEXCLUSIVE = 1 << 28
	EPOLLWAKEUP    = 1 << 29
	EPOLLONESHOT   = 1 << 30
	EPOLLET        = 1 << 31
)

// eventfd(2), timerfd_create(2), memfd_create(2), getrandom(2), inotify(7).
const (
	EFD_SEMAPHORE     = 1
	EFD_NONBLOCK      = O_NONBLOCK
	EFD_CLOEXEC       = O_CLOEXEC
	TFD_NONBLOCK      = O_NONBLOCK
	TFD_CLOEXEC       = O_CLOEXEC
	SFD_NONBLOCK      = O_NONBLOCK
	SFD_CLOEXEC       = O_CLOEXEC
	IN_NONBLOCK       = O_NONBLOCK
	IN_CLOEXEC        = O_CLOEXEC
	MFD_CLOEXEC       = 1
	MFD_ALLOW_SEALING = 2
	GRND_NONBLOCK     = 1
	GRND_RANDOM       = 2
)

// inotify(7).
const (
	IN_ACCESS        = 1
	IN_MODIFY        = 2
	IN_ATTRIB        = 4
	IN_CLOSE_WRITE   = 8
	IN_CLOSE_NOWRITE = 0x10
	IN_OPEN          = 0x20
	IN_MOVED_FROM    = 0x40
	IN_MOVED_TO      = 0x80
	IN_CREATE        = 0x100
	IN_DELETE        = 0x200
	IN_DELETE_SELF   = 0x400
	IN_MOVE_SELF     = 0x800
	IN_ALL_EVENTS    = 0xfff
	IN_Q_OVERFLOW    = 0x4000
	IN_IGNORED       = 0x8000
	IN_ONLYDIR       = 0x1000000
	IN_DONT_FOLLOW   = 0x2000000
	IN_EXCL_UNLINK   = 0x4000000
	IN_MASK_CREATE   = 0x10000000
	IN_MASK_ADD      = 0x20000000
	IN_ISDIR         = 0x40000000
	IN_ONESHOT       = 1 << 31
)

// sigaction(2), sigprocmask(2).
const (
	SIG_BLOCK   = 0
	SIG_UNBLOCK = 1
	SIG_SETMASK = 2
)

// Signals of x86, signal(7).
const (
	SIGHUP    = 1
	SIGINT    = 2
	SIGQUIT   = 3
	SIGILL    = 4
	SIGTRAP   = 5
	SIGABRT   = 6
	SIGBUS    = 7
	SIGFPE    = 8
	SIGKILL   = 9
	SIGUSR1   = 10
	SIGSEGV   = 11
	SIGUSR2   = 12
	SIGPIPE   = 13
	SIGALRM   = 14
	SIGTERM   = 15
	SIGSTKFLT = 16
	SIGCHLD   = 17
	SIGCONT   = 18
	SIGSTOP   = 19
	SIGTSTP   = 20
	SIGTTIN   = 21
	SIGTTOU   = 22
	SIGURG    = 23
	SIGXCPU   = 24
	SIGXFSZ   = 25
	SIGVTALRM = 26
	SIGPROF   = 27
	SIGWINCH  = 28
	SIGIO     = 29
	SIGPWR    = 30
	SIGSYS    = 31
)

// sigaction(2), sigaltstack(2) and the si_code of siginfo.
const (
	SIG_DFL = 0
	SIG_IGN = 1

	SA_NOCLDSTOP = 0x1
	SA_NOCLDWAIT = 0x2
	SA_SIGINFO   = 0x4
	SA_RESTORER  = 0x4000000
	SA_ONSTACK   = 0x8000000
	SA_RESTART   = 0x10000000
	SA_NODEFER   = 0x40000000
	SA_RESETHAND = 0x80000000

	NumSignals = 64
	SigsetSize = 8 // bytes of the kernel's sigset_t

	SS_ONSTACK    = 0x1
	SS_DISABLE    = 0x2
	SS_AUTODISARM = 0x80000000

	SI_USER   = 0
	SI_KERNEL = 0x80
	SI_QUEUE  = -1
	SI_TIMER  = -2
	SI_TKILL  = -6

	TRAP_BRKPT = 1
	TRAP_TRACE = 2
	ILL_ILLOPN = 2
	FPE_INTDIV = 1
	FPE_FLTDIV = 3
	FPE_FLTOVF = 4
	FPE_FLTUND = 5
	FPE_FLTRES = 6
	FPE_FLTINV = 7
	BUS_ADRALN = 1
	BUS_ADRERR = 2

	CLD_EXITED    = 1
	CLD_KILLED    = 2
	CLD_DUMPED    = 3
	CLD_TRAPPED   = 4
	CLD_STOPPED   = 5
	CLD_CONTINUED = 6
	SEGV_MAPERR   = 1
	SEGV_ACCERR   = 2
)

// fcntl(2): locks.
const (
	F_RDLCK = 0
	F_WRLCK = 1
	F_UNLCK = 2
)

// getrlimit(2).
const (
	RLIMIT_CPU        = 0
	RLIMIT_FSIZE      = 1
	RLIMIT_DATA       = 2
	RLIMIT_STACK      = 3
	RLIMIT_CORE       = 4
	RLIMIT_RSS        = 5
	RLIMIT_NPROC      = 6
	RLIMIT_NOFILE     = 7
	RLIMIT_MEMLOCK    = 8
	RLIMIT_AS         = 9
	RLIMIT_LOCKS      = 10
	RLIMIT_SIGPENDING = 11
	RLIMIT_MSGQUEUE   = 12
	RLIMIT_NICE       = 13
	RLIMIT_RTPRIO     = 14
	RLIMIT_RTTIME     = 15
)

// futex(2).
const (
	FUTEX_WAIT           = 0
	FUTEX_WAKE           = 1
	FUTEX_REQUEUE        = 3
	FUTEX_CMP_REQUEUE    = 4
	FUTEX_WAKE_OP        = 5
	FUTEX_LOCK_PI        = 6
	FUTEX_UNLOCK_PI      = 7
	FUTEX_WAIT_BITSET    = 9
	FUTEX_WAKE_BITSET    = 10
	FUTEX_PRIVATE_FLAG   = 0x80
	FUTEX_CLOCK_REALTIME = 0x100
)

// waitid(2), whose WSTOPPED is WUNTRACED.
const (
	P_ALL   = 0
	P_PID   = 1
	P_PGID  = 2
	WEXITED = 4
	WNOWAIT = 0x1000000
)

// getitimer(2).
const (
	ITIMER_REAL    = 0
	ITIMER_VIRTUAL = 1
	ITIMER_PROF    = 2
)

// madvise(2).
const (
	MADV_NORMAL     = 0
	MADV_RANDOM     = 1
	MADV_SEQUENTIAL = 2
	MADV_WILLNEED   = 3
	MADV_DONTNEED   = 4
	MADV_FREE       = 8
	MADV_HUGEPAGE   = 14
	MADV_NOHUGEPAGE = 15
	MADV_COLLAPSE   = 25
)

// Constants of calls about memory, locks, scheduling and a process's own state
// (mremap(2), msync(2), flock(2), sched(7), getrusage(2), getpriority(2),
// prctl(2), sigevent(7), membarrier(2)).
const (
	MREMAP_MAYMOVE   = 1
	MREMAP_FIXED     = 2
	MREMAP_DONTUNMAP = 4

	MS_ASYNC      = 1
	MS_INVALIDATE = 2
	MS_SYNC       = 4

	LOCK_SH = 1
	LOCK_EX = 2
	LOCK_NB = 4
	LOCK_UN = 8

	SCHED_NORMAL        = 0
	SCHED_FIFO          = 1
	SCHED_RR            = 2
	SCHED_BATCH         = 3
	SCHED_IDLE          = 5
	SCHED_DEADLINE      = 6
	SCHED_RESET_ON_FORK = 0x40000000

	RUSAGE_SELF     = 0
	RUSAGE_CHILDREN = ^uint64(0)
	RUSAGE_THREAD   = 1

	PRIO_PROCESS = 0
	PRIO_PGRP    = 1
	PRIO_USER    = 2

	SIGEV_SIGNAL    = 0
	SIGEV_NONE      = 1
	SIGEV_THREAD_ID = 4

	PR_SET_PDEATHSIG       = 1
	PR_GET_PDEATHSIG       = 2
	PR_GET_DUMPABLE        = 3
	PR_SET_DUMPABLE        = 4
	PR_SET_NAME            = 15
	PR_GET_NAME            = 16
	PR_SET_CHILD_SUBREAPER = 36
	PR_GET_CHILD_SUBREAPER = 37
	PR_SET_NO_NEW_PRIVS    = 38
	PR_GET_NO_NEW_PRIVS    = 39

	MEMBARRIER_CMD_QUERY                      = 0
	MEMBARRIER_CMD_GLOBAL                     = 1
	MEMBARRIER_CMD_GLOBAL_EXPEDITED           = 2
	MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED  = 4
	MEMBARRIER_CMD_PRIVATE_EXPEDITED          = 8
	MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 16

	SPLICE_F_MOVE     = 1
	SPLICE_F_NONBLOCK = 2
	SPLICE_F_MORE     = 4
	SPLICE_F_GIFT     = 8
)

// setxattr(2), and the limits of xattr(7).
const (
	XATTR_CREATE   = 1
	XATTR_REPLACE  = 2
	XATTR_NAME_MAX = 255
	XATTR_SIZE_MAX = 65536
	XATTR_LIST_MAX = 65536
)

// System V semaphores: semget(2), semop(2), semctl(2).
const (
	IPC_PRIVATE = 0
	IPC_CREAT   = 0x200
	IPC_EXCL    = 0x400
	IPC_NOWAIT  = 0x800
	SEM_UNDO    = 0x1000

	IPC_RMID = 0
	IPC_SET  = 1
	IPC_STAT = 2
	GETPID   = 11
	GETVAL   = 12
	GETALL   = 13
	GETNCNT  = 14
	GETZCNT  = 15
	SETVAL   = 16
	SETALL   = 17
)
