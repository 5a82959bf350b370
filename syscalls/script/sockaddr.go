package script

import (
	"bytes"
	"net/netip"
	"slices"

	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
)

// A socket address is written {AF_INET, 127.0.0.1:80}, {AF_UNIX, "/x"},
// {AF_UNIX, @"x"}, or as strace writes it, with the names of the fields.
// addrParts finds the parts.
type addrParts struct {
	family, ip, port, path *Node
}

// addrKeys are the names of the fields.
var addrKeys = []string{"sa_family", "sin_port", "sin_addr", "sun_path"}

func parts(n *Node) (a addrParts) {
	for i, m := range n.List {
		switch {
		case m.Kind == Any && i > 0 && m.Key == "":
		case m.Key == "sa_family" || i == 0 && m.Key == "" && m.Kind != IPv4 && m.Kind != String && m.Kind != Abstract:
			a.family = m
		case m.Key == "sin_port":
			a.port = m
		case m.Key == "sin_addr" && m.Kind == Function && m.Name == "inet_addr" && len(m.List) == 1 && m.List[0].Kind == String:
			ip, err := netip.ParseAddr(string(m.List[0].Str))
			if err != nil || !ip.Is4() {
				fail(m.List[0].Pos, "%q is no IPv4 address", m.List[0].Str)
			}
			a.ip = &Node{Kind: IPv4, Pos: m.Pos, Str: ip.AsSlice()}
		case m.Key == "sin_addr" && m.Kind == Any, m.Kind == IPv4:
			a.ip = m
			if m.Kind == IPv4 && len(m.List) == 1 {
				a.port = m.List[0]
			}
		case m.Kind == String || m.Kind == Abstract:
			a.path = m
		case m.Key != "" && !slices.Contains(addrKeys, m.Key):
			fail(m.KeyPos, "an address has no field %s%s", m.Key, suggest(m.Key, addrKeys))
		default:
			fail(m.Pos, "an address is {AF_INET, 127.0.0.1:80}, {AF_UNIX, \"/x\"} or {AF_UNIX, @\"x\"}")
		}
	}
	if a.family == nil {
		fail(n.Pos, "an address begins with its family: {AF_UNIX, \"/x\"}")
	}
	if a.port != nil && a.port.Kind == Function && a.port.Name == "htons" && len(a.port.List) == 1 {
		a.port = a.port.List[0]
	}
	return a
}

func (e *encoder) sockaddr(n *Node) []byte {
	a := parts(n)
	family := e.number(a.family, &syscalls.SetFamily)
	b := make([]byte, 2, 112)
	syscalls.PutInt(b, 2, family)
	switch {
	case a.ip != nil || a.port != nil:
		b = append(b, make([]byte, 14)...)
		if a.port != nil {
			port := e.number(a.port, nil)
			if port > 0xffff {
				fail(a.port.Pos, "%d is no port", port)
			}
			b[2], b[3] = byte(port>>8), byte(port)
		}
		if a.ip != nil {
			copy(b[4:], a.ip.Str)
		}
	case a.path != nil && a.path.Kind == Abstract:
		b = append(append(b, 0), a.path.Str...)
	case a.path != nil:
		b = append(append(b, a.path.Str...), 0)
	}
	if len(b) > int(syscalls.StructSockaddrUn.Size[e.abi]) {
		fail(a.path.Pos, "the path of an address has at most 108 bytes")
	}
	return b
}

func (e *encoder) checkSockaddr(n *Node) {
	if n.Kind == Fields {
		a := parts(n)
		if a.family.Kind != Any && a.family.Kind != Bind {
			e.number(a.family, &syscalls.SetFamily)
		}
	}
}

func (m *matcher) sockaddr(name string, n *Node, b []byte) {
	a := parts(n)
	ok := len(b) >= 2 && m.number(a.family, syscalls.GetInt(b, 2), 2, &syscalls.SetFamily)
	if a.ip != nil && a.ip.Kind == IPv4 {
		ok = ok && len(b) >= 8 && bytes.Equal(b[4:8], a.ip.Str)
	}
	if a.port != nil && ok {
		ok = len(b) >= 4 && m.number(a.port, uint64(b[2])<<8|uint64(b[3]), 2, nil)
	}
	if a.path != nil && ok {
		got := b[2:]
		switch {
		case a.path.Kind == Any:
		case a.path.Kind == Abstract:
			ok = len(got) > 0 && got[0] == 0 && bytes.Equal(got[1:], a.path.Str)
		default:
			ok = bytes.Equal(strace.CString(got), a.path.Str)
		}
	}
	if !ok {
		m.differ(n, name, n.String(), strace.Sockaddr(append(b, make([]byte, max(0, 2-len(b)))...)))
	}
}
