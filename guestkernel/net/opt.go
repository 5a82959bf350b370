package net

import "sysindvm/syscalls"

// Options of SOL_SOCKET that package syscalls has no names for, and of
// IPPROTO_TCP (tcp(7)).
const (
	soDontroute = 5
	soBroadcast = 6
	soOOBInline = 10
	soPriority  = 12
	soLinger    = 13
	tcpNodelay  = 1
)

// The options that are on or off, in Socket.opts. None of them but the first
// two changes anything here.
const (
	optReuseAddr = 1 << iota
	optReusePort
	optKeepalive
	optBroadcast
	optDontroute
	optOOBInline
	optDebug
	optNodelay
)

const (
	defaultBuf = 212992 // net.core.wmem_default
	maxBuf     = 212992 // net.core.wmem_max
	minSndbuf  = 4608
	minRcvbuf  = 2304
)

// flag is the bit of an option that is on or off; 0 if it is none.
func flag(opt uint32) uint32 {
	switch opt {
	case syscalls.SO_REUSEADDR:
		return optReuseAddr
	case syscalls.SO_REUSEPORT:
		return optReusePort
	case syscalls.SO_KEEPALIVE:
		return optKeepalive
	case soBroadcast:
		return optBroadcast
	case soDontroute:
		return optDontroute
	case soOOBInline:
		return optOOBInline
	case syscalls.SO_DEBUG:
		return optDebug
	}
	return 0
}

// OptSize is how many bytes an option of SetOpt takes; an error if there is
// no such option.
func (s *Socket) OptSize(level, opt uint32) (int, syscalls.Errno) {
	switch {
	case level == syscalls.SOL_SOCKET && opt == soLinger:
		return 8, 0
	case level == syscalls.SOL_SOCKET:
		return 4, 0
	case !s.inet():
		return 0, syscalls.EOPNOTSUPP
	case s.tcp() && level == syscalls.IPPROTO_TCP:
		return 4, 0
	}
	return 0, syscalls.ENOPROTOOPT
}

// SetOpt is setsockopt(2). v2 is the second half of an option of 8 bytes.
func (s *Socket) SetOpt(level, opt uint32, v, v2 int32) syscalls.Errno {
	bit := flag(opt)
	if level != syscalls.SOL_SOCKET {
		if opt != tcpNodelay {
			return syscalls.ENOPROTOOPT
		}
		bit = optNodelay
	}
	if bit != 0 {
		s.opts &^= bit
		if v != 0 {
			s.opts |= bit
		}
		return 0
	}
	switch opt {
	case syscalls.SO_SNDBUF:
		s.sndbuf = max(min(v, maxBuf)*2, minSndbuf)
	case syscalls.SO_RCVBUF:
		s.rcvbuf = max(min(v, maxBuf)*2, minRcvbuf)
	case soLinger:
		s.lingerOn, s.lingerValue = 0, v2
		if v != 0 {
			s.lingerOn = 1
		}
	case soPriority:
	default:
		return syscalls.ENOPROTOOPT
	}
	return 0
}

// GetOpt is getsockopt(2); n is how many bytes the option has.
func (s *Socket) GetOpt(level, opt uint32) (v, v2 int32, n int, err syscalls.Errno) {
	if _, err := s.OptSize(level, opt); err != 0 {
		return 0, 0, 0, err
	}
	bit := flag(opt)
	if level != syscalls.SOL_SOCKET {
		if opt != tcpNodelay {
			return 0, 0, 0, syscalls.ENOPROTOOPT
		}
		bit = optNodelay
	}
	n = 4
	switch {
	case bit != 0:
		if s.opts&bit != 0 {
			v = 1
		}
		return v, 0, n, 0
	}
	switch opt {
	case syscalls.SO_TYPE:
		v = int32(s.kind)
	case syscalls.SO_ERROR:
		v = int32(s.takeErr())
	case syscalls.SO_ACCEPTCONN:
		if s.st == listening {
			v = 1
		}
	case syscalls.SO_DOMAIN:
		v = int32(s.family)
	case syscalls.SO_PROTOCOL:
		v = int32(s.protocol)
	case syscalls.SO_SNDBUF:
		v = s.sndbuf
	case syscalls.SO_RCVBUF:
		v = s.rcvbuf
	case soLinger:
		v, v2, n = s.lingerOn, s.lingerValue, 8
	case soPriority:
	default:
		return 0, 0, 0, syscalls.ENOPROTOOPT
	}
	return v, v2, n, 0
}
