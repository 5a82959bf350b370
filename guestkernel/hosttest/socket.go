//go:build !freestanding

package hosttest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"sysindvm/syscalls"
)

// socketCall makes the calls of package net.
func (r *runner) socketCall(w []string) (string, []int) {
	s := r.sys
	fd := func(i int) int { return r.fd(w[i]) }
	flags := func(i int) int {
		if i < len(w) {
			return value(w[i])
		}
		return 0
	}
	switch w[0] {
	case "socket":
		return fdOr(s.Socket(value(w[1]), value(w[2]), flags(3)))
	case "socketpair":
		a, b, err := s.Socketpair(value(w[1]), value(w[2]), flags(3))
		return errno(err), []int{a, b}
	case "bind":
		return errno(s.Bind(fd(1), r.addr(w[2]))), nil
	case "listen":
		return errno(s.Listen(fd(1), value(w[2]))), nil
	case "connect":
		return errno(s.Connect(fd(1), r.addr(w[2]))), nil
	case "accept":
		n, a := s.Accept(fd(1))
		if n < 0 {
			return errno(n), nil
		}
		return "fd from " + r.showAddr(a), []int{n}
	case "send":
		return errno(s.Send(fd(1), []byte(text(w[2])), flags(3)|syscalls.MSG_NOSIGNAL, nil)), nil
	case "sendto":
		return errno(s.Send(fd(1), []byte(text(w[2])), flags(4)|syscalls.MSG_NOSIGNAL, r.addr(w[3]))), nil
	case "recv", "recvfrom":
		b := make([]byte, value(w[2]))
		n, from := s.Recv(fd(1), b, flags(3))
		if n < 0 {
			return errno(n), nil
		}
		out := show(b[:min(n, len(b))])
		if n > len(b) {
			out += fmt.Sprintf(" of %d", n)
		}
		if w[0] == "recvfrom" {
			out += " from " + r.showAddr(from)
		}
		return out, nil
	case "shutdown":
		return errno(s.Shutdown(fd(1), value(w[2]))), nil
	case "name", "peername":
		a, err := s.Name(fd(1), w[0] == "peername")
		if err < 0 {
			return errno(err), nil
		}
		return r.showAddr(a), nil
	case "port":
		a, err := s.Name(fd(1), false)
		if err < 0 || len(a) < 4 {
			return errno(err), nil
		}
		return "port", []int{int(a[2])<<8 | int(a[3])}
	case "getopt":
		return errno(s.GetOpt(fd(1), value(w[2]), value(w[3]))), nil
	case "setopt":
		return errno(s.SetOpt(fd(1), value(w[2]), value(w[3]), value(w[4]))), nil
	}
	panic("hosttest: no call " + w[0])
}

func fdOr(n int) (string, []int) {
	if n < 0 {
		return errno(n), nil
	}
	return "fd", []int{n}
}

// abstract begins the abstract names of AF_UNIX, which all of a host shares.
const abstract = "\x00sysindvm-hosttest-"

// addr is the address of "unix:path", "unix:@name", "1.2.3.4:port", "unspec",
// or "raw:n", which has a family and n bytes.
func (r *runner) addr(s string) Addr {
	kind, rest, _ := strings.Cut(s, ":")
	switch kind {
	case "unspec":
		return make(Addr, 16)
	case "unix":
		name := text(rest)
		switch {
		case name == "":
			return Addr{syscalls.AF_UNIX, 0}
		case name[0] == '@':
			name = abstract + name[1:]
		default:
			name += "\x00"
		}
		return append(Addr{syscalls.AF_UNIX, 0}, name...)
	case "raw":
		return append(Addr{syscalls.AF_INET, 0}, make([]byte, value(rest))...)
	}
	a := make(Addr, 16)
	a[0] = syscalls.AF_INET
	port := r.fd(rest)
	a[2], a[3] = byte(port>>8), byte(port)
	for i, part := range strings.Split(kind, ".") {
		n, _ := strconv.Atoi(part)
		a[4+i] = byte(n)
	}
	return a
}

// showAddr writes an address as addr reads it, a port by its variable.
func (r *runner) showAddr(a Addr) string {
	switch {
	case len(a) == 0:
		return "none"
	case a[0] == syscalls.AF_UNIX && len(a) == 2:
		return "unix:"
	case a[0] == syscalls.AF_UNIX && bytes.HasPrefix(a[2:], []byte(abstract)):
		return "unix:@" + string(a[2+len(abstract):])
	case a[0] == syscalls.AF_UNIX && a[2] == 0:
		return fmt.Sprintf("unix:auto*%d", len(a))
	case a[0] == syscalls.AF_UNIX:
		return "unix:" + strings.TrimSuffix(string(a[2:]), "\x00")
	}
	port := int(a[2])<<8 | int(a[3])
	name := "?"
	for v, n := range r.vars {
		if n == port {
			name = v
		}
	}
	if port == 0 {
		name = "0"
	}
	return fmt.Sprintf("%d.%d.%d.%d:%s", a[4], a[5], a[6], a[7], name)
}
