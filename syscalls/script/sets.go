package script

import (
	"strconv"
	"strings"

	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
)

// maxFDSet is the size of an fd_set, in bytes: descriptors 0 to 1023.
const maxFDSet = 128

// dots says whether a list is [...].
func dots(n *Node) bool { return len(n.List) == 1 && n.List[0].Kind == Any }

// signalNumber is the number of a signal's name, with or without SIG; 0 for
// one that there is not. Those from 32 on are RTMIN, RT_1, RT_2 and so on.
func signalNumber(name string) uint64 {
	name = strings.TrimPrefix(name, "SIG")
	if v, ok := syscalls.SetSignal.Find("SIG" + name); ok {
		return v
	}
	if name == "RTMIN" {
		return 32
	}
	if rest, ok := strings.CutPrefix(name, "RT_"); ok {
		if n, err := strconv.ParseUint(rest, 10, 8); err == nil && n < 33 {
			return 32 + n
		}
	}
	return 0
}

// sigset encodes [INT CHLD], or ~[INT] for all others, as the kernel's set of
// 64 bits: bit n-1 is signal n.
func (e *encoder) sigset(n *Node) []byte {
	var set uint64
	for _, m := range n.List {
		v := uint64(0)
		if m.Kind == Name && isConst(m.Name) {
			if v = signalNumber(m.Name); v == 0 {
				fail(m.Pos, "no signal is %s%s", m.Name, suggest("SIG"+strings.TrimPrefix(m.Name, "SIG"), constNames(&syscalls.SetSignal)))
			}
		} else {
			v = e.number(m, nil)
		}
		if v < 1 || v > 64 {
			if m.Kind == Name && !isConst(m.Name) {
				continue // while a script is checked, a name has no value
			}
			fail(m.Pos, "%d is no signal: they go from 1 to 64", v)
		}
		set |= 1 << (v - 1)
	}
	if n.Not {
		set = ^set
	}
	b := make([]byte, 8)
	syscalls.PutInt(b, 8, set)
	return b
}

// sigset compares a set of signals; what a script need not say, as [...].
func (m *matcher) sigset(name string, n *Node, b []byte) {
	if n.Kind == Any || n.Kind == List && dots(n) || len(b) < 8 {
		return
	}
	got := syscalls.GetInt(b, 8)
	if n.Kind != List {
		if !m.number(n, got, 8, nil) {
			m.differ(n, name, n.String(), strace.Sigset(got))
		}
		return
	}
	e := encoder{value: m.value}
	if want := syscalls.GetInt(e.sigset(n), 8); want != got {
		m.differ(n, name, n.String(), strace.Sigset(got))
	}
}

// fdBits encodes [3 4] as an fd_set.
func (e *encoder) fdBits(n *Node) []byte {
	b := make([]byte, maxFDSet)
	for _, m := range n.List {
		fd := e.number(m, nil)
		if fd >= 8*maxFDSet {
			fail(m.Pos, "%d cannot be in a set of descriptors: they go from 0 to %d", int64(fd), 8*maxFDSet-1)
		}
		b[fd/8] |= 1 << (fd % 8)
	}
	return b
}

func (e *encoder) fdSet(n, before, after *Node, arg *syscalls.Arg) uint64 {
	addr := e.put(n, e.fdBits(before))
	if after != nil {
		if after.Kind == List && !dots(after) {
			e.fdBits(after)
		}
		e.data += maxFDSet
		e.expect(arg.Name, addr, maxFDSet, arg.Type, after, -1)
	}
	return addr
}

func (m *matcher) fdSet(name string, n *Node, b []byte) {
	if n.Kind == Any || dots(n) || len(b) < maxFDSet {
		return
	}
	e := encoder{value: m.value}
	if want := e.fdBits(n); string(want) != string(b) {
		m.differ(n, name, n.String(), strace.FDs(b))
	}
}
