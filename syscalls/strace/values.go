package strace

import (
	"fmt"
	"math/bits"
	"strings"

	"sysindvm/syscalls"
)

// Sockaddr writes a socket address.
func Sockaddr(b []byte) string {
	family := syscalls.GetInt(b, 2)
	switch {
	case family == syscalls.AF_INET && len(b) >= 8:
		return fmt.Sprintf("{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(\"%d.%d.%d.%d\")}",
			int(b[2])<<8|int(b[3]), b[4], b[5], b[6], b[7])
	case family == syscalls.AF_UNIX && len(b) == 2:
		return "{sa_family=AF_UNIX}"
	case family == syscalls.AF_UNIX && b[2] == 0:
		return "{sa_family=AF_UNIX, sun_path=@" + Quote(b[3:]) + "}"
	case family == syscalls.AF_UNIX:
		return "{sa_family=AF_UNIX, sun_path=" + Quote(CString(b[2:])) + "}"
	}
	name, ok := constant(&syscalls.SetFamily, family)
	if !ok {
		name = fmt.Sprintf("%#x", family)
	}
	if len(b) == 2 {
		return "{sa_family=" + name + "}"
	}
	return "{sa_family=" + name + ", sa_data=" + Quote(b[2:]) + "}"
}

// SignalName is the name of a signal: SIGINT, SIGRT_2, or its number.
func SignalName(n uint64) string {
	if name, ok := constant(&syscalls.SetSignal, n); ok {
		return name
	}
	switch {
	case n == 32:
		return "SIGRTMIN"
	case n > 32 && n <= 64:
		return fmt.Sprintf("SIGRT_%d", n-32)
	}
	return fmt.Sprint(n)
}

// Sigset writes a set of signals, bit n-1 signal n: [INT CHLD], or what is not
// in it where that is shorter, ~[KILL].
func Sigset(set uint64) string {
	sign := ""
	if bits.OnesCount64(set) > 32 {
		sign, set = "~", ^set
	}
	var names []string
	for ; set != 0; set &= set - 1 {
		names = append(names, strings.TrimPrefix(SignalName(uint64(bits.TrailingZeros64(set))+1), "SIG"))
	}
	return sign + "[" + strings.Join(names, " ") + "]"
}

// FDs writes an fd_set: [3 4].
func FDs(b []byte) string {
	var list []string
	for i, c := range b {
		for ; c != 0; c &= c - 1 {
			list = append(list, fmt.Sprint(8*i+bits.TrailingZeros8(c)))
		}
	}
	return "[" + strings.Join(list, " ") + "]"
}
