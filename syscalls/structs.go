package syscalls

// Structures, with their layouts for both ABIs.
var (
	// StructStat is what stat, lstat and fstat fill in; on i386 these are the old
	// calls newstat and so on, not stat64.
	StructStat = Struct{Name: "stat", Size: [2]uint16{144, 64}, Fields: []StructField{
		{"st_dev", &tHex, [2]Place{{0, 8}, {0, 4}}},
		{"st_ino", &tUint, [2]Place{{8, 8}, {4, 4}}},
		{"st_nlink", &tUint, [2]Place{{16, 8}, {10, 2}}},
		{"st_mode", &tMode, [2]Place{{24, 4}, {8, 2}}},
		{"st_uid", &tUint, [2]Place{{28, 4}, {12, 2}}},
		{"st_gid", &tUint, [2]Place{{32, 4}, {14, 2}}},
		{"st_rdev", &tHex, [2]Place{{40, 8}, {16, 4}}},
		{"st_size", &tInt, [2]Place{{48, 8}, {20, 4}}},
		{"st_blksize", &tInt, [2]Place{{56, 8}, {24, 4}}},
		{"st_blocks", &tInt, [2]Place{{64, 8}, {28, 4}}},
		{"st_atime", &tInt, [2]Place{{72, 8}, {32, 4}}},
		{"st_atime_nsec", &tInt, [2]Place{{80, 8}, {36, 4}}},
		{"st_mtime", &tInt, [2]Place{{88, 8}, {40, 4}}},
		{"st_mtime_nsec", &tInt, [2]Place{{96, 8}, {44, 4}}},
		{"st_ctime", &tInt, [2]Place{{104, 8}, {48, 4}}},
		{"st_ctime_nsec", &tInt, [2]Place{{112, 8}, {52, 4}}},
	}}
	// StructTimespec is a time in nanoseconds.
	StructTimespec = Struct{Name: "timespec", Size: [2]uint16{16, 8}, Fields: []StructField{
		{"tv_sec", &tInt, [2]Place{{0, 8}, {0, 4}}},
		{"tv_nsec", &tInt, [2]Place{{8, 8}, {4, 4}}},
	}}
	// StructTimeval is a time in microseconds.
	StructTimeval = Struct{Name: "timeval", Size: [2]uint16{16, 8}, Fields: []StructField{
		{"tv_sec", &tInt, [2]Place{{0, 8}, {0, 4}}},
		{"tv_usec", &tInt, [2]Place{{8, 8}, {4, 4}}},
	}}
	// StructTimezone is gettimeofday's forgotten half.
	StructTimezone = Struct{Name: "timezone", Size: [2]uint16{8, 8}, Fields: []StructField{
		{"tz_minuteswest", &tInt, [2]Place{{0, 4}, {0, 4}}},
		{"tz_dsttime", &tInt, [2]Place{{4, 4}, {4, 4}}},
	}}
	// StructItimerspec is a timer's setting.
	StructItimerspec = Struct{Name: "itimerspec", Size: [2]uint16{32, 16}, Fields: []StructField{
		{"it_interval_sec", &tInt, [2]Place{{0, 8}, {0, 4}}},
		{"it_interval_nsec", &tInt, [2]Place{{8, 8}, {4, 4}}},
		{"it_value_sec", &tInt, [2]Place{{16, 8}, {8, 4}}},
		{"it_value_nsec", &tInt, [2]Place{{24, 8}, {12, 4}}},
	}}
	// StructPollfd is one descriptor for poll.
	StructPollfd = Struct{Name: "pollfd", Size: [2]uint16{8, 8}, Fields: []StructField{
		{"fd", &tFD, [2]Place{{0, 4}, {0, 4}}},
		{"events", &tPoll, [2]Place{{4, 2}, {4, 2}}},
		{"revents", &tPoll, [2]Place{{6, 2}, {6, 2}}},
	}}
	// StructUtsname is what uname tells.
	StructUtsname = Struct{Name: "utsname", Size: [2]uint16{390, 390}, Fields: []StructField{
		{"sysname", &tChars, [2]Place{{0, 65}, {0, 65}}},
		{"nodename", &tChars, [2]Place{{65, 65}, {65, 65}}},
		{"release", &tChars, [2]Place{{130, 65}, {130, 65}}},
		{"version", &tChars, [2]Place{{195, 65}, {195, 65}}},
		{"machine", &tChars, [2]Place{{260, 65}, {260, 65}}},
		{"domainname", &tChars, [2]Place{{325, 65}, {325, 65}}},
	}}
	// StructIovec is one buffer of readv and writev.
	StructIovec = Struct{Name: "iovec", Size: [2]uint16{16, 8}, Fields: []StructField{
		{"iov_base", &tHex, [2]Place{{0, 8}, {0, 4}}},
		{"iov_len", &tUint, [2]Place{{8, 8}, {4, 4}}},
	}}
	// StructMsghdr is a message with address and control data.
	StructMsghdr = Struct{Name: "msghdr", Size: [2]uint16{56, 28}, Fields: []StructField{
		{"msg_name", &tHex, [2]Place{{0, 8}, {0, 4}}},
		{"msg_namelen", &tUint, [2]Place{{8, 4}, {4, 4}}},
		{"msg_iov", &tHex, [2]Place{{16, 8}, {8, 4}}},
		{"msg_iovlen", &tUint, [2]Place{{24, 8}, {12, 4}}},
		{"msg_control", &tHex, [2]Place{{32, 8}, {16, 4}}},
		{"msg_controllen", &tUint, [2]Place{{40, 8}, {20, 4}}},
		{"msg_flags", &tMsg, [2]Place{{48, 4}, {24, 4}}},
	}}
	// StructSockaddrIn is an IPv4 address; port and address are big-endian.
	StructSockaddrIn = Struct{Name: "sockaddr_in", Size: [2]uint16{16, 16}, Fields: []StructField{
		{"sin_family", &tFamily, [2]Place{{0, 2}, {0, 2}}},
		{"sin_port", &tUint, [2]Place{{2, 2}, {2, 2}}},
		{"sin_addr", &tHex, [2]Place{{4, 4}, {4, 4}}},
	}}
	// StructSockaddrUn is an address in the file system.
	StructSockaddrUn = Struct{Name: "sockaddr_un", Size: [2]uint16{110, 110}, Fields: []StructField{
		{"sun_family", &tFamily, [2]Place{{0, 2}, {0, 2}}},
		{"sun_path", &tChars, [2]Place{{2, 108}, {2, 108}}},
	}}
	// StructRlimit64 is a resource limit.
	StructRlimit64 = Struct{Name: "rlimit64", Size: [2]uint16{16, 16}, Fields: []StructField{
		{"rlim_cur", &tUint, [2]Place{{0, 8}, {0, 8}}},
		{"rlim_max", &tUint, [2]Place{{8, 8}, {8, 8}}},
	}}
	// StructSysinfo is what sysinfo tells, as far as anyone here asks.
	StructSysinfo = Struct{Name: "sysinfo", Size: [2]uint16{112, 64}, Fields: []StructField{
		{"uptime", &tInt, [2]Place{{0, 8}, {0, 4}}},
		{"totalram", &tUint, [2]Place{{32, 8}, {16, 4}}},
		{"freeram", &tUint, [2]Place{{40, 8}, {20, 4}}},
		{"procs", &tUint, [2]Place{{80, 2}, {40, 2}}},
	}}
	// StructSigaction is the kernel's sigaction, not the C library's.
	StructSigaction = Struct{Name: "sigaction", Size: [2]uint16{32, 20}, Fields: []StructField{
		{"sa_handler", &tHex, [2]Place{{0, 8}, {0, 4}}},
		{"sa_flags", &tHex, [2]Place{{8, 8}, {4, 4}}},
		{"sa_restorer", &tHex, [2]Place{{16, 8}, {8, 4}}},
		{"sa_mask", &tHex, [2]Place{{24, 8}, {12, 8}}},
	}}
	// StructSigset is a set of signals: bit n-1 is signal n.
	StructSigset = Struct{Name: "sigset", Size: [2]uint16{8, 8}, Fields: []StructField{
		{"bits", &tHex, [2]Place{{0, 8}, {0, 8}}},
	}}
	// StructStack is a signal stack.
	StructStack = Struct{Name: "stack", Size: [2]uint16{24, 12}, Fields: []StructField{
		{"ss_sp", &tHex, [2]Place{{0, 8}, {0, 4}}},
		{"ss_flags", &tInt, [2]Place{{8, 4}, {4, 4}}},
		{"ss_size", &tUint, [2]Place{{16, 8}, {8, 4}}},
	}}
	// StructEpollEvent is packed on x86.
	StructEpollEvent = Struct{Name: "epoll_event", Size: [2]uint16{12, 12}, Fields: []StructField{
		{"events", &tEpoll, [2]Place{{0, 4}, {0, 4}}},
		{"data", &tHex, [2]Place{{4, 8}, {4, 8}}},
	}}
)

// Structs are all structures.
var Structs = [...]*Struct{
	&StructStat,
	&StructTimespec,
	&StructTimeval,
	&StructTimezone,
	&StructItimerspec,
	&StructPollfd,
	&StructUtsname,
	&StructIovec,
	&StructMsghdr,
	&StructSockaddrIn,
	&StructSockaddrUn,
	&StructRlimit64,
	&StructSysinfo,
	&StructSigaction,
	&StructSigset,
	&StructStack,
	&StructEpollEvent,
}

// Types of pointers to structures.
var (
	tStatOut       = Type{Kind: StructOut, Struct: &StructStat}
	tTimespecIn    = Type{Kind: StructIn, Struct: &StructTimespec}
	tTimespecOut   = Type{Kind: StructOut, Struct: &StructTimespec}
	tTimevalOut    = Type{Kind: StructOut, Struct: &StructTimeval}
	tTimezoneOut   = Type{Kind: StructOut, Struct: &StructTimezone}
	tItimerspecIn  = Type{Kind: StructIn, Struct: &StructItimerspec}
	tItimerspecOut = Type{Kind: StructOut, Struct: &StructItimerspec}
	tPollArray     = Type{Kind: Array, Struct: &StructPollfd}
	tUtsnameOut    = Type{Kind: StructOut, Struct: &StructUtsname}
	tMsghdrIn      = Type{Kind: StructIn, Struct: &StructMsghdr}
	tRlimitIn      = Type{Kind: StructIn, Struct: &StructRlimit64}
	tRlimitOut     = Type{Kind: StructOut, Struct: &StructRlimit64}
	tSysinfoOut    = Type{Kind: StructOut, Struct: &StructSysinfo}
	tSigactionIn   = Type{Kind: StructIn, Struct: &StructSigaction}
	tSigactionOut  = Type{Kind: StructOut, Struct: &StructSigaction}
	tSigsetIn      = Type{Kind: StructIn, Struct: &StructSigset}
	tSigsetOut     = Type{Kind: StructOut, Struct: &StructSigset}
	tStackIn       = Type{Kind: StructIn, Struct: &StructStack}
	tStackOut      = Type{Kind: StructOut, Struct: &StructStack}
	tEpollIn       = Type{Kind: StructIn, Struct: &StructEpollEvent}
	tEpollArray    = Type{Kind: Array, Struct: &StructEpollEvent}
)
