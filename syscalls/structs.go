package syscalls

// Structures, with their layouts for both ABIs.
var (
	// StructStat is what stat, lstat and fstat fill in; on i386 these are the old
	// calls newstat and so on, not stat64.
	StructStat = Struct{Name: "stat", Size: [2]uint16{144, 64}, Fields: []StructField{
		{Name: "st_dev", Type: &tHexNumber, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "st_ino", Type: &tUint, At: [2]Place{{8, 8}, {4, 4}}},
		{Name: "st_nlink", Type: &tUint, At: [2]Place{{16, 8}, {10, 2}}},
		{Name: "st_mode", Type: &tMode, At: [2]Place{{24, 4}, {8, 2}}},
		{Name: "st_uid", Type: &tUint, At: [2]Place{{28, 4}, {12, 2}}},
		{Name: "st_gid", Type: &tUint, At: [2]Place{{32, 4}, {14, 2}}},
		{Name: "st_rdev", Type: &tHexNumber, At: [2]Place{{40, 8}, {16, 4}}},
		{Name: "st_size", Type: &tInt, At: [2]Place{{48, 8}, {20, 4}}},
		{Name: "st_blksize", Type: &tInt, At: [2]Place{{56, 8}, {24, 4}}},
		{Name: "st_blocks", Type: &tInt, At: [2]Place{{64, 8}, {28, 4}}},
		{Name: "st_atime", Type: &tInt, At: [2]Place{{72, 8}, {32, 4}}},
		{Name: "st_atime_nsec", Type: &tInt, At: [2]Place{{80, 8}, {36, 4}}},
		{Name: "st_mtime", Type: &tInt, At: [2]Place{{88, 8}, {40, 4}}},
		{Name: "st_mtime_nsec", Type: &tInt, At: [2]Place{{96, 8}, {44, 4}}},
		{Name: "st_ctime", Type: &tInt, At: [2]Place{{104, 8}, {48, 4}}},
		{Name: "st_ctime_nsec", Type: &tInt, At: [2]Place{{112, 8}, {52, 4}}},
	}}
	// StructStat64 is the same in its i386 form of stat64, lstat64, fstat64 and
	// fstatat64.
	StructStat64 = Struct{Name: "stat", Size: [2]uint16{144, 96}, Fields: []StructField{
		{Name: "st_dev", Type: &tHexNumber, At: [2]Place{{0, 8}, {0, 8}}},
		{Name: "st_ino", Type: &tUint, At: [2]Place{{8, 8}, {88, 8}}},
		{Name: "st_nlink", Type: &tUint, At: [2]Place{{16, 8}, {20, 4}}},
		{Name: "st_mode", Type: &tMode, At: [2]Place{{24, 4}, {16, 4}}},
		{Name: "st_uid", Type: &tUint, At: [2]Place{{28, 4}, {24, 4}}},
		{Name: "st_gid", Type: &tUint, At: [2]Place{{32, 4}, {28, 4}}},
		{Name: "st_rdev", Type: &tHexNumber, At: [2]Place{{40, 8}, {32, 8}}},
		{Name: "st_size", Type: &tInt, At: [2]Place{{48, 8}, {44, 8}}},
		{Name: "st_blksize", Type: &tInt, At: [2]Place{{56, 8}, {52, 4}}},
		{Name: "st_blocks", Type: &tInt, At: [2]Place{{64, 8}, {56, 8}}},
		{Name: "st_atime", Type: &tInt, At: [2]Place{{72, 8}, {64, 4}}},
		{Name: "st_atime_nsec", Type: &tInt, At: [2]Place{{80, 8}, {68, 4}}},
		{Name: "st_mtime", Type: &tInt, At: [2]Place{{88, 8}, {72, 4}}},
		{Name: "st_mtime_nsec", Type: &tInt, At: [2]Place{{96, 8}, {76, 4}}},
		{Name: "st_ctime", Type: &tInt, At: [2]Place{{104, 8}, {80, 4}}},
		{Name: "st_ctime_nsec", Type: &tInt, At: [2]Place{{112, 8}, {84, 4}}},
	}}
	// StructStatx is what statx fills in.
	StructStatx = Struct{Name: "statx", Size: [2]uint16{256, 256}, Fields: []StructField{
		{Name: "stx_mask", Type: &tHexNumber, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "stx_blksize", Type: &tUint, At: [2]Place{{4, 4}, {4, 4}}},
		{Name: "stx_nlink", Type: &tUint, At: [2]Place{{16, 4}, {16, 4}}},
		{Name: "stx_uid", Type: &tUint, At: [2]Place{{20, 4}, {20, 4}}},
		{Name: "stx_gid", Type: &tUint, At: [2]Place{{24, 4}, {24, 4}}},
		{Name: "stx_mode", Type: &tMode, At: [2]Place{{28, 2}, {28, 2}}},
		{Name: "stx_ino", Type: &tUint, At: [2]Place{{32, 8}, {32, 8}}},
		{Name: "stx_size", Type: &tUint, At: [2]Place{{40, 8}, {40, 8}}},
		{Name: "stx_blocks", Type: &tUint, At: [2]Place{{48, 8}, {48, 8}}},
		{Name: "stx_atime", Type: &tInt, At: [2]Place{{64, 8}, {64, 8}}},
		{Name: "stx_atime_nsec", Type: &tUint, At: [2]Place{{72, 4}, {72, 4}}},
		{Name: "stx_ctime", Type: &tInt, At: [2]Place{{96, 8}, {96, 8}}},
		{Name: "stx_mtime", Type: &tInt, At: [2]Place{{112, 8}, {112, 8}}},
		{Name: "stx_mtime_nsec", Type: &tUint, At: [2]Place{{120, 4}, {120, 4}}},
		{Name: "stx_rdev_major", Type: &tUint, At: [2]Place{{128, 4}, {128, 4}}},
		{Name: "stx_rdev_minor", Type: &tUint, At: [2]Place{{132, 4}, {132, 4}}},
	}}
	// StructTimespec is a time in nanoseconds.
	StructTimespec = Struct{Name: "timespec", Size: [2]uint16{16, 8}, Fields: []StructField{
		{Name: "tv_sec", Type: &tInt, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "tv_nsec", Type: &tInt, At: [2]Place{{8, 8}, {4, 4}}},
	}}
	// StructTimeval is a time in microseconds.
	StructTimeval = Struct{Name: "timeval", Size: [2]uint16{16, 8}, Fields: []StructField{
		{Name: "tv_sec", Type: &tInt, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "tv_usec", Type: &tInt, At: [2]Place{{8, 8}, {4, 4}}},
	}}
	// StructTimezone is gettimeofday's forgotten half.
	StructTimezone = Struct{Name: "timezone", Size: [2]uint16{8, 8}, Fields: []StructField{
		{Name: "tz_minuteswest", Type: &tInt, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "tz_dsttime", Type: &tInt, At: [2]Place{{4, 4}, {4, 4}}},
	}}
	// StructTimespec64 is the same with 64 bits for the seconds; what lies behind
	// the nanoseconds on i386 does not count.
	StructTimespec64 = Struct{Name: "timespec", Size: [2]uint16{16, 16}, Fields: []StructField{
		{Name: "tv_sec", Type: &tInt, At: [2]Place{{0, 8}, {0, 8}}},
		{Name: "tv_nsec", Type: &tInt, At: [2]Place{{8, 8}, {8, 4}}},
	}}
	StructTimespecs64 = Struct{Name: "timespec[2]", Size: [2]uint16{32, 32}, Fields: []StructField{
		{Name: "atime_sec", Type: &tInt, At: [2]Place{{0, 8}, {0, 8}}},
		{Name: "atime_nsec", Type: &tUtimeNsec, At: [2]Place{{8, 8}, {8, 4}}},
		{Name: "mtime_sec", Type: &tInt, At: [2]Place{{16, 8}, {16, 8}}},
		{Name: "mtime_nsec", Type: &tUtimeNsec, At: [2]Place{{24, 8}, {24, 4}}},
	}}
	StructItimerspec64 = Struct{Name: "itimerspec", Size: [2]uint16{32, 32}, Fields: []StructField{
		{Name: "it_interval", Type: &tTimespec64, At: [2]Place{{0, 16}, {0, 16}}},
		{Name: "it_value", Type: &tTimespec64, At: [2]Place{{16, 16}, {16, 16}}},
	}}
	// StructTimespecs and StructTimevals are two times: of access and of
	// modification. A tv_nsec may be UTIME_NOW or UTIME_OMIT.
	StructTimespecs = Struct{Name: "timespec[2]", Size: [2]uint16{32, 16}, Fields: []StructField{
		{Name: "atime_sec", Type: &tInt, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "atime_nsec", Type: &tUtimeNsec, At: [2]Place{{8, 8}, {4, 4}}},
		{Name: "mtime_sec", Type: &tInt, At: [2]Place{{16, 8}, {8, 4}}},
		{Name: "mtime_nsec", Type: &tUtimeNsec, At: [2]Place{{24, 8}, {12, 4}}},
	}}
	StructTimevals = Struct{Name: "timeval[2]", Size: [2]uint16{32, 16}, Fields: []StructField{
		{Name: "atime_sec", Type: &tInt, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "atime_usec", Type: &tInt, At: [2]Place{{8, 8}, {4, 4}}},
		{Name: "mtime_sec", Type: &tInt, At: [2]Place{{16, 8}, {8, 4}}},
		{Name: "mtime_usec", Type: &tInt, At: [2]Place{{24, 8}, {12, 4}}},
	}}
	// StructUtimbuf is utime's two times, in seconds.
	StructUtimbuf = Struct{Name: "utimbuf", Size: [2]uint16{16, 8}, Fields: []StructField{
		{Name: "actime", Type: &tInt, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "modtime", Type: &tInt, At: [2]Place{{8, 8}, {4, 4}}},
	}}
	// StructItimerspec is a timer's setting.
	StructItimerspec = Struct{Name: "itimerspec", Size: [2]uint16{32, 16}, Fields: []StructField{
		{Name: "it_interval", Type: &tTimespec, At: [2]Place{{0, 16}, {0, 8}}},
		{Name: "it_value", Type: &tTimespec, At: [2]Place{{16, 16}, {8, 8}}},
	}}
	// StructItimerval is the same in microseconds.
	StructItimerval = Struct{Name: "itimerval", Size: [2]uint16{32, 16}, Fields: []StructField{
		{Name: "it_interval", Type: &tTimeval, At: [2]Place{{0, 16}, {0, 8}}},
		{Name: "it_value", Type: &tTimeval, At: [2]Place{{16, 16}, {8, 8}}},
	}}
	// StructFlock is a lock on a part of a file.
	StructFlock = Struct{Name: "flock", Size: [2]uint16{32, 16}, Fields: []StructField{
		{Name: "l_type", Type: &tLockType, At: [2]Place{{0, 2}, {0, 2}}},
		{Name: "l_whence", Type: &tWhence, At: [2]Place{{2, 2}, {2, 2}}},
		{Name: "l_start", Type: &tInt, At: [2]Place{{8, 8}, {4, 4}}},
		{Name: "l_len", Type: &tInt, At: [2]Place{{16, 8}, {8, 4}}},
		{Name: "l_pid", Type: &tInt, At: [2]Place{{24, 4}, {12, 4}}},
	}}
	// StructFlock64 is the same in its i386 form of fcntl64.
	StructFlock64 = Struct{Name: "flock", Size: [2]uint16{32, 24}, Fields: []StructField{
		{Name: "l_type", Type: &tLockType, At: [2]Place{{0, 2}, {0, 2}}},
		{Name: "l_whence", Type: &tWhence, At: [2]Place{{2, 2}, {2, 2}}},
		{Name: "l_start", Type: &tInt, At: [2]Place{{8, 8}, {4, 8}}},
		{Name: "l_len", Type: &tInt, At: [2]Place{{16, 8}, {12, 8}}},
		{Name: "l_pid", Type: &tInt, At: [2]Place{{24, 4}, {20, 4}}},
	}}
	// StructOffset and StructTime are numbers that a pointer points to.
	StructOffset = Struct{Name: "offset", Size: [2]uint16{8, 8}, Fields: []StructField{
		{Name: "offset", Type: &tInt, At: [2]Place{{0, 8}, {0, 8}}},
	}}
	StructTime = Struct{Name: "time", Size: [2]uint16{8, 4}, Fields: []StructField{
		{Name: "time", Type: &tInt, At: [2]Place{{0, 8}, {0, 4}}},
	}}
	// StructCPUMask is the first CPUs of a set.
	StructCPUMask = Struct{Name: "cpumask", Size: [2]uint16{8, 4}, Fields: []StructField{
		{Name: "cpumask", Type: &tHexNumber, At: [2]Place{{0, 8}, {0, 4}}},
	}}
	// StructInt is an int that a pointer points to.
	StructInt = Struct{Name: "int", Size: [2]uint16{4, 4}, Fields: []StructField{
		{Name: "int", Type: &tInt, At: [2]Place{{0, 4}, {0, 4}}},
	}}
	// StructSiginfo is what a signal's handler is told, as far as kill, a
	// child's end, a fault and sigqueue fill it in: see sigaction(2).
	StructSiginfo = Struct{Name: "siginfo", Size: [2]uint16{128, 128}, Fields: []StructField{
		{Name: "si_signo", Type: &tSignal, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "si_errno", Type: &tInt, At: [2]Place{{4, 4}, {4, 4}}},
		{Name: "si_code", Type: &tSigCode, At: [2]Place{{8, 4}, {8, 4}}},
		{Name: "si_pid", Type: &tInt, At: [2]Place{{16, 4}, {12, 4}}},
		{Name: "si_uid", Type: &tUint, At: [2]Place{{20, 4}, {16, 4}}},
		{Name: "si_status", Type: &tInt, At: [2]Place{{24, 4}, {20, 4}}},
		{Name: "si_int", Type: &tInt, At: [2]Place{{24, 4}, {20, 4}}},
		{Name: "si_addr", Type: &tHex, At: [2]Place{{16, 8}, {12, 4}}},
	}}
	// StructID is one user or group id, and StructIDs the first of a list.
	StructID = Struct{Name: "id", Size: [2]uint16{4, 4}, Fields: []StructField{
		{Name: "id", Type: &tUint, At: [2]Place{{0, 4}, {0, 4}}},
	}}
	StructIDs = Struct{Name: "ids", Size: [2]uint16{16, 16}, Fields: []StructField{
		{Name: "id1", Type: &tUint, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "id2", Type: &tUint, At: [2]Place{{4, 4}, {4, 4}}},
		{Name: "id3", Type: &tUint, At: [2]Place{{8, 4}, {8, 4}}},
		{Name: "id4", Type: &tUint, At: [2]Place{{12, 4}, {12, 4}}},
	}}
	// StructOpenHow is openat2's.
	StructOpenHow = Struct{Name: "open_how", Size: [2]uint16{24, 24}, Fields: []StructField{
		{Name: "flags", Type: &tOpenFlags, At: [2]Place{{0, 8}, {0, 8}}},
		{Name: "mode", Type: &tMode, At: [2]Place{{8, 8}, {8, 8}}},
		{Name: "resolve", Type: &tResolve, At: [2]Place{{16, 8}, {16, 8}}},
	}}
	// StructUcred is who is at the other end of a socket.
	StructUcred = Struct{Name: "ucred", Size: [2]uint16{12, 12}, Fields: []StructField{
		{Name: "pid", Type: &tInt, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "uid", Type: &tUint, At: [2]Place{{4, 4}, {4, 4}}},
		{Name: "gid", Type: &tUint, At: [2]Place{{8, 4}, {8, 4}}},
	}}
	// StructPollfd is one descriptor for poll.
	StructPollfd = Struct{Name: "pollfd", Size: [2]uint16{8, 8}, Fields: []StructField{
		{Name: "fd", Type: &tFD, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "events", Type: &tPoll, At: [2]Place{{4, 2}, {4, 2}}},
		{Name: "revents", Type: &tPoll, At: [2]Place{{6, 2}, {6, 2}}, Out: true},
	}}
	// StructSembuf is one operation of semop.
	StructSembuf = Struct{Name: "sembuf", Size: [2]uint16{6, 6}, Fields: []StructField{
		{Name: "sem_num", Type: &tUint, At: [2]Place{{0, 2}, {0, 2}}},
		{Name: "sem_op", Type: &tInt, At: [2]Place{{2, 2}, {2, 2}}},
		{Name: "sem_flg", Type: &tSemFlags, At: [2]Place{{4, 2}, {4, 2}}},
	}}
	// StructIPCPerm is whose a set of semaphores is.
	StructIPCPerm = Struct{Name: "ipc_perm", Size: [2]uint16{48, 36}, Fields: []StructField{
		{Name: "key", Type: &tHexNumber, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "uid", Type: &tUint, At: [2]Place{{4, 4}, {4, 4}}},
		{Name: "gid", Type: &tUint, At: [2]Place{{8, 4}, {8, 4}}},
		{Name: "cuid", Type: &tUint, At: [2]Place{{12, 4}, {12, 4}}},
		{Name: "cgid", Type: &tUint, At: [2]Place{{16, 4}, {16, 4}}},
		{Name: "mode", Type: &tMode, At: [2]Place{{20, 4}, {20, 4}}},
	}}
	// StructSemid is a set of semaphores.
	StructSemid = Struct{Name: "semid_ds", Size: [2]uint16{104, 64}, Fields: []StructField{
		{Name: "sem_perm", Type: &tIPCPerm, At: [2]Place{{0, 48}, {0, 36}}},
		{Name: "sem_otime", Type: &tUint, At: [2]Place{{48, 8}, {36, 4}}},
		{Name: "sem_ctime", Type: &tUint, At: [2]Place{{64, 8}, {44, 4}}},
		{Name: "sem_nsems", Type: &tUint, At: [2]Place{{80, 8}, {52, 4}}},
	}}
	// StructUtsname is what uname tells.
	StructUtsname = Struct{Name: "utsname", Size: [2]uint16{390, 390}, Fields: []StructField{
		{Name: "sysname", Type: &tChars, At: [2]Place{{0, 65}, {0, 65}}},
		{Name: "nodename", Type: &tChars, At: [2]Place{{65, 65}, {65, 65}}},
		{Name: "release", Type: &tChars, At: [2]Place{{130, 65}, {130, 65}}},
		{Name: "version", Type: &tChars, At: [2]Place{{195, 65}, {195, 65}}},
		{Name: "machine", Type: &tChars, At: [2]Place{{260, 65}, {260, 65}}},
		{Name: "domainname", Type: &tChars, At: [2]Place{{325, 65}, {325, 65}}},
	}}
	// StructIovec is one buffer of readv and writev.
	StructIovec = Struct{Name: "iovec", Size: [2]uint16{16, 8}, Fields: []StructField{
		{Name: "iov_base", Type: &tHex, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "iov_len", Type: &tUint, At: [2]Place{{8, 8}, {4, 4}}},
	}}
	// StructMsghdr is a message with address and control data.
	StructMsghdr = Struct{Name: "msghdr", Size: [2]uint16{56, 28}, Fields: []StructField{
		{Name: "msg_name", Type: &tHex, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "msg_namelen", Type: &tUint, At: [2]Place{{8, 4}, {4, 4}}},
		{Name: "msg_iov", Type: &tHex, At: [2]Place{{16, 8}, {8, 4}}},
		{Name: "msg_iovlen", Type: &tUint, At: [2]Place{{24, 8}, {12, 4}}},
		{Name: "msg_control", Type: &tHex, At: [2]Place{{32, 8}, {16, 4}}},
		{Name: "msg_controllen", Type: &tUint, At: [2]Place{{40, 8}, {20, 4}}},
		{Name: "msg_flags", Type: &tMsg, At: [2]Place{{48, 4}, {24, 4}}},
	}}
	// StructSockaddrIn is an IPv4 address; port and address are big-endian.
	StructSockaddrIn = Struct{Name: "sockaddr_in", Size: [2]uint16{16, 16}, Fields: []StructField{
		{Name: "sin_family", Type: &tFamily, At: [2]Place{{0, 2}, {0, 2}}},
		{Name: "sin_port", Type: &tUint, At: [2]Place{{2, 2}, {2, 2}}},
		{Name: "sin_addr", Type: &tHex, At: [2]Place{{4, 4}, {4, 4}}},
	}}
	// StructSockaddrUn is an address in the file system.
	StructSockaddrUn = Struct{Name: "sockaddr_un", Size: [2]uint16{110, 110}, Fields: []StructField{
		{Name: "sun_family", Type: &tFamily, At: [2]Place{{0, 2}, {0, 2}}},
		{Name: "sun_path", Type: &tChars, At: [2]Place{{2, 108}, {2, 108}}},
	}}
	// StructRlimit64 is a resource limit.
	StructRlimit64 = Struct{Name: "rlimit64", Size: [2]uint16{16, 16}, Fields: []StructField{
		{Name: "rlim_cur", Type: &tUint, At: [2]Place{{0, 8}, {0, 8}}},
		{Name: "rlim_max", Type: &tUint, At: [2]Place{{8, 8}, {8, 8}}},
	}}
	// StructRlimit is the same as getrlimit has it.
	StructRlimit = Struct{Name: "rlimit", Size: [2]uint16{16, 8}, Fields: []StructField{
		{Name: "rlim_cur", Type: &tUint, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "rlim_max", Type: &tUint, At: [2]Place{{8, 8}, {4, 4}}},
	}}
	// StructRusage is what a process has used.
	StructRusage = Struct{Name: "rusage", Size: [2]uint16{144, 72}, Fields: []StructField{
		{Name: "ru_utime", Type: &tTimeval, At: [2]Place{{0, 16}, {0, 8}}},
		{Name: "ru_stime", Type: &tTimeval, At: [2]Place{{16, 16}, {8, 8}}},
		{Name: "ru_maxrss", Type: &tInt, At: [2]Place{{32, 8}, {16, 4}}},
		{Name: "ru_ixrss", Type: &tInt, At: [2]Place{{40, 8}, {20, 4}}},
		{Name: "ru_idrss", Type: &tInt, At: [2]Place{{48, 8}, {24, 4}}},
		{Name: "ru_isrss", Type: &tInt, At: [2]Place{{56, 8}, {28, 4}}},
		{Name: "ru_minflt", Type: &tInt, At: [2]Place{{64, 8}, {32, 4}}},
		{Name: "ru_majflt", Type: &tInt, At: [2]Place{{72, 8}, {36, 4}}},
		{Name: "ru_nswap", Type: &tInt, At: [2]Place{{80, 8}, {40, 4}}},
		{Name: "ru_inblock", Type: &tInt, At: [2]Place{{88, 8}, {44, 4}}},
		{Name: "ru_oublock", Type: &tInt, At: [2]Place{{96, 8}, {48, 4}}},
		{Name: "ru_msgsnd", Type: &tInt, At: [2]Place{{104, 8}, {52, 4}}},
		{Name: "ru_msgrcv", Type: &tInt, At: [2]Place{{112, 8}, {56, 4}}},
		{Name: "ru_nsignals", Type: &tInt, At: [2]Place{{120, 8}, {60, 4}}},
		{Name: "ru_nvcsw", Type: &tInt, At: [2]Place{{128, 8}, {64, 4}}},
		{Name: "ru_nivcsw", Type: &tInt, At: [2]Place{{136, 8}, {68, 4}}},
	}}
	// StructTms is the same in ticks of 10 ms.
	StructTms = Struct{Name: "tms", Size: [2]uint16{32, 16}, Fields: []StructField{
		{Name: "tms_utime", Type: &tInt, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "tms_stime", Type: &tInt, At: [2]Place{{8, 8}, {4, 4}}},
		{Name: "tms_cutime", Type: &tInt, At: [2]Place{{16, 8}, {8, 4}}},
		{Name: "tms_cstime", Type: &tInt, At: [2]Place{{24, 8}, {12, 4}}},
	}}
	// StructSigevent says how a timer makes itself heard.
	StructSigevent = Struct{Name: "sigevent", Size: [2]uint16{64, 64}, Fields: []StructField{
		{Name: "sigev_value", Type: &tHex, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "sigev_signo", Type: &tSignal, At: [2]Place{{8, 4}, {4, 4}}},
		{Name: "sigev_notify", Type: &tSigev, At: [2]Place{{12, 4}, {8, 4}}},
		{Name: "sigev_notify_thread_id", Type: &tInt, At: [2]Place{{16, 4}, {12, 4}}},
	}}
	// StructSchedParam is a priority.
	StructSchedParam = Struct{Name: "sched_param", Size: [2]uint16{4, 4}, Fields: []StructField{
		{Name: "sched_priority", Type: &tInt, At: [2]Place{{0, 4}, {0, 4}}},
	}}
	// StructUserDesc is a segment, as set_thread_area of i386 has it.
	StructUserDesc = Struct{Name: "user_desc", Size: [2]uint16{16, 16}, Fields: []StructField{
		{Name: "entry_number", Type: &tInt, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "base_addr", Type: &tHex, At: [2]Place{{4, 4}, {4, 4}}},
		{Name: "limit", Type: &tHexNumber, At: [2]Place{{8, 4}, {8, 4}}},
		{Name: "flags", Type: &tHexNumber, At: [2]Place{{12, 4}, {12, 4}}},
	}}
	// StructSysinfo is what sysinfo tells, as far as anyone here asks.
	StructSysinfo = Struct{Name: "sysinfo", Size: [2]uint16{112, 64}, Fields: []StructField{
		{Name: "uptime", Type: &tInt, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "load1", Type: &tUint, At: [2]Place{{8, 8}, {4, 4}}},
		{Name: "load5", Type: &tUint, At: [2]Place{{16, 8}, {8, 4}}},
		{Name: "load15", Type: &tUint, At: [2]Place{{24, 8}, {12, 4}}},
		{Name: "totalram", Type: &tUint, At: [2]Place{{32, 8}, {16, 4}}},
		{Name: "freeram", Type: &tUint, At: [2]Place{{40, 8}, {20, 4}}},
		{Name: "sharedram", Type: &tUint, At: [2]Place{{48, 8}, {24, 4}}},
		{Name: "bufferram", Type: &tUint, At: [2]Place{{56, 8}, {28, 4}}},
		{Name: "totalswap", Type: &tUint, At: [2]Place{{64, 8}, {32, 4}}},
		{Name: "freeswap", Type: &tUint, At: [2]Place{{72, 8}, {36, 4}}},
		{Name: "procs", Type: &tUint, At: [2]Place{{80, 2}, {40, 2}}},
		{Name: "totalhigh", Type: &tUint, At: [2]Place{{88, 8}, {44, 4}}},
		{Name: "freehigh", Type: &tUint, At: [2]Place{{96, 8}, {48, 4}}},
		{Name: "mem_unit", Type: &tUint, At: [2]Place{{104, 4}, {52, 4}}},
	}}
	// StructSigaction is the kernel's sigaction, not the C library's.
	StructSigaction = Struct{Name: "sigaction", Size: [2]uint16{32, 20}, Fields: []StructField{
		{Name: "sa_handler", Type: &tSigHandler, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "sa_flags", Type: &tSigFlags, At: [2]Place{{8, 8}, {4, 4}}},
		{Name: "sa_restorer", Type: &tHex, At: [2]Place{{16, 8}, {8, 4}}},
		{Name: "sa_mask", Type: &tSigset, At: [2]Place{{24, 8}, {12, 8}}},
	}}
	// StructStack is a signal stack.
	StructStack = Struct{Name: "stack", Size: [2]uint16{24, 12}, Fields: []StructField{
		{Name: "ss_sp", Type: &tHex, At: [2]Place{{0, 8}, {0, 4}}},
		{Name: "ss_flags", Type: &tStackFlags, At: [2]Place{{8, 4}, {4, 4}}},
		{Name: "ss_size", Type: &tUint, At: [2]Place{{16, 8}, {8, 4}}},
	}}
	// StructEpollEvent is packed on x86.
	StructEpollEvent = Struct{Name: "epoll_event", Size: [2]uint16{12, 12}, Fields: []StructField{
		{Name: "events", Type: &tEpoll, At: [2]Place{{0, 4}, {0, 4}}, Out: true},
		{Name: "data", Type: &tEpollData, At: [2]Place{{4, 8}, {4, 8}}, Out: true},
	}}
	// StructEpollData is a union.
	StructEpollData = Struct{Name: "epoll_data", Size: [2]uint16{8, 8}, Union: true, Fields: []StructField{
		{Name: "u64", Type: &tHexNumber, At: [2]Place{{0, 8}, {0, 8}}},
		{Name: "u32", Type: &tUint, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "fd", Type: &tFD, At: [2]Place{{0, 4}, {0, 4}}},
		{Name: "ptr", Type: &tHex, At: [2]Place{{0, 8}, {0, 4}}},
	}}
)

// Structs are all structures.
var Structs = [...]*Struct{
	&StructStat,
	&StructStat64,
	&StructStatx,
	&StructTimespec,
	&StructTimespec64,
	&StructTimespecs64,
	&StructItimerspec64,
	&StructTimeval,
	&StructTimezone,
	&StructTimespecs,
	&StructTimevals,
	&StructUtimbuf,
	&StructID,
	&StructIDs,
	&StructOpenHow,
	&StructItimerspec,
	&StructItimerval,
	&StructFlock,
	&StructFlock64,
	&StructOffset,
	&StructTime,
	&StructInt,
	&StructCPUMask,
	&StructSiginfo,
	&StructUcred,
	&StructPollfd,
	&StructSembuf,
	&StructIPCPerm,
	&StructSemid,
	&StructUtsname,
	&StructIovec,
	&StructMsghdr,
	&StructSockaddrIn,
	&StructSockaddrUn,
	&StructRlimit64,
	&StructRlimit,
	&StructUserDesc,
	&StructRusage,
	&StructTms,
	&StructSigevent,
	&StructSchedParam,
	&StructSysinfo,
	&StructSigaction,
	&StructStack,
	&StructEpollEvent,
	&StructEpollData,
}

// Types of pointers to structures.
var (
	tStatOut         = Type{Kind: StructOut, Struct: &StructStat}
	tTimespecIn      = Type{Kind: StructIn, Struct: &StructTimespec}
	tStatxOut        = Type{Kind: StructOut, Struct: &StructStatx}
	tTimespecOut     = Type{Kind: StructOut, Struct: &StructTimespec}
	tTimevalOut      = Type{Kind: StructOut, Struct: &StructTimeval}
	tTimezoneOut     = Type{Kind: StructOut, Struct: &StructTimezone}
	tTimespecsIn     = Type{Kind: StructIn, Struct: &StructTimespecs}
	tTimevalsIn      = Type{Kind: StructIn, Struct: &StructTimevals}
	tUtimbufIn       = Type{Kind: StructIn, Struct: &StructUtimbuf}
	tOpenHowIn       = Type{Kind: StructIn, Struct: &StructOpenHow}
	tIDs             = Type{Kind: StructIn, Struct: &StructIDs}
	tIDOut           = Type{Kind: StructOut, Struct: &StructID}
	tIDsOut          = Type{Kind: StructOut, Struct: &StructIDs}
	tItimerspecIn    = Type{Kind: StructIn, Struct: &StructItimerspec}
	tItimerspecOut   = Type{Kind: StructOut, Struct: &StructItimerspec}
	tPollArray       = Type{Kind: Array, Struct: &StructPollfd}
	tSembufs         = Type{Kind: Array, Struct: &StructSembuf}
	tIPCPerm         = Type{Kind: Sub, Struct: &StructIPCPerm}
	tSemidIn         = Type{Kind: StructIn, Struct: &StructSemid}
	tSemidOut        = Type{Kind: StructOut, Struct: &StructSemid}
	tUtsnameOut      = Type{Kind: StructOut, Struct: &StructUtsname}
	tTimespec        = Type{Kind: Sub, Struct: &StructTimespec}
	tTimespec64      = Type{Kind: Sub, Struct: &StructTimespec64}
	tStat64Out       = Type{Kind: StructOut, Struct: &StructStat64}
	tTimespec64In    = Type{Kind: StructIn, Struct: &StructTimespec64}
	tTimespec64Out   = Type{Kind: StructOut, Struct: &StructTimespec64}
	tTimespec64IO    = Type{Kind: StructIO, Struct: &StructTimespec64}
	tTimespecs64In   = Type{Kind: StructIn, Struct: &StructTimespecs64}
	tItimerspec64In  = Type{Kind: StructIn, Struct: &StructItimerspec64}
	tItimerspec64Out = Type{Kind: StructOut, Struct: &StructItimerspec64}
	tTimeval         = Type{Kind: Sub, Struct: &StructTimeval}
	tEpollData       = Type{Kind: Sub, Struct: &StructEpollData}
	tTimespecIO      = Type{Kind: StructIO, Struct: &StructTimespec}
	tTimevalIO       = Type{Kind: StructIO, Struct: &StructTimeval}
	tItimervalIn     = Type{Kind: StructIn, Struct: &StructItimerval}
	tItimervalOut    = Type{Kind: StructOut, Struct: &StructItimerval}
	tFlockIn         = Type{Kind: StructIn, Struct: &StructFlock}
	tFlockIO         = Type{Kind: StructIO, Struct: &StructFlock}
	tFlock64In       = Type{Kind: StructIn, Struct: &StructFlock64}
	tFlock64IO       = Type{Kind: StructIO, Struct: &StructFlock64}
	tOffsetIO        = Type{Kind: NumIO, Struct: &StructOffset}
	tOffsetOut       = Type{Kind: NumOut, Struct: &StructOffset}
	tTimeOut         = Type{Kind: NumOut, Struct: &StructTime}
	tIntOut          = Type{Kind: NumOut, Struct: &StructInt}
	tMaskOut         = Type{Kind: NumOut, Struct: &StructCPUMask}
	tSiginfoIn       = Type{Kind: StructIn, Struct: &StructSiginfo}
	tSiginfoOut      = Type{Kind: StructOut, Struct: &StructSiginfo}
	tRlimitIn        = Type{Kind: StructIn, Struct: &StructRlimit64}
	tRlimitOut       = Type{Kind: StructOut, Struct: &StructRlimit64}
	tUserDescIO      = Type{Kind: StructIO, Struct: &StructUserDesc}
	tOldRlimitOut    = Type{Kind: StructOut, Struct: &StructRlimit}
	tOldRlimitIn     = Type{Kind: StructIn, Struct: &StructRlimit}
	tRusageOut       = Type{Kind: StructOut, Struct: &StructRusage}
	tTmsOut          = Type{Kind: StructOut, Struct: &StructTms}
	tSigeventIn      = Type{Kind: StructIn, Struct: &StructSigevent}
	tSchedParamIn    = Type{Kind: StructIn, Struct: &StructSchedParam}
	tSchedParamOut   = Type{Kind: StructOut, Struct: &StructSchedParam}
	tMaskIn          = Type{Kind: NumIn, Struct: &StructCPUMask}
	tSysinfoOut      = Type{Kind: StructOut, Struct: &StructSysinfo}
	tSigactionIn     = Type{Kind: StructIn, Struct: &StructSigaction}
	tSigactionOut    = Type{Kind: StructOut, Struct: &StructSigaction}
	tStackIn         = Type{Kind: StructIn, Struct: &StructStack}
	tStackOut        = Type{Kind: StructOut, Struct: &StructStack}
	tEpollIn         = Type{Kind: StructIn, Struct: &StructEpollEvent}
	tEpollArray      = Type{Kind: Array, Struct: &StructEpollEvent}
)
