package equivalence

// Rows are the calls, those of one context together, as they came. Years and
// versions are those of syscalls(2) and of the kernels' releases.
var Rows = []Row{
	{Call: "pipe2", Year: 2008, Version: "2.6.27", Base: "pipe", Contexts: "OPENFLAGS"},
	{Call: "lsetxattr, lgetxattr, llistxattr, lremovexattr", Year: 2002, Version: "2.4.18", Base: "setxattr, ...", Contexts: "LOOKUP", Missing: "no extended attributes"},
	{Call: "fsetxattr, fgetxattr, flistxattr, fremovexattr", Year: 2002, Version: "2.4.18", Base: "setxattr, ...", Contexts: "DIRFD, LOOKUP", Missing: "no extended attributes"},
	{Call: "fstatfs", Year: 1994, Version: "1.0", Base: "statfs", Contexts: "DIRFD, LOOKUP", Missing: "no statfs"},
	{Call: "semtimedop", Year: 2002, Version: "2.4.22", Base: "semop", Contexts: "TIMEOUT", Missing: "no System V semaphores"},
	{Call: "mq_timedsend, mq_timedreceive", Year: 2004, Version: "2.6.6", Base: "mq_send, mq_receive", Contexts: "TIMEOUT", Missing: "no message queues"},
	{Call: "io_pgetevents", Year: 2018, Version: "4.18", Base: "io_getevents", Contexts: "SIGMASK", Missing: "no asynchronous I/O"},
	{Call: "quotactl_fd", Year: 2021, Version: "5.14", Base: "quotactl", Contexts: "DIRFD, LOOKUP", Missing: "no quotas"},
	{Call: "clock_adjtime", Year: 2011, Version: "2.6.39", Base: "adjtimex", Contexts: "none of the ten", Missing: "the clock is not adjusted"},
	{Call: "readv, writev, sendmmsg", Year: 1996, Version: "2.0", Base: "read, write, sendmsg", Contexts: "none of the ten", Missing: "a vector of calls is no context"},
	{Call: "clock_nanosleep", Year: 2003, Version: "2.6", Base: "nanosleep", Contexts: "none of the ten", Missing: "which clock is meant is no context"},
}
