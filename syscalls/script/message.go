package script

import (
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
)

// A message of sendmsg and recvmsg is written as strace writes it, with the
// fields that matter:
//
//	{msg_name={AF_UNIX, "/x"}, msg_iov=["x"],
//	 msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3]}]}
//
// Lengths that are not written follow from what they measure. In a message
// that is received, msg_namelen and msg_controllen are before => after.

// tControl is the type of the control data of a received message, which only
// a message has.
var tControl = &syscalls.Type{Kind: syscalls.NumTypes}

// defaultName is the room for a sender's address if msg_namelen is not given.
const defaultName = 110

// message encodes a msghdr with all it points to.
func (e *encoder) message(n *Node, arg *syscalls.Arg) uint64 {
	s := &syscalls.StructMsghdr
	f := messageFields(n)
	hdr := make([]byte, s.Size[e.abi])
	addr := e.alloc(n, len(hdr))
	set := func(name string, v uint64) { s.Field(name).Put(e.abi, hdr, v) }
	// after has a field compared, and says which out that is.
	after := func(name string, want *Node) int {
		fd := s.Field(name)
		return e.expect(arg.Name+"."+name, addr+uint64(fd.At[e.abi].Off), int(fd.At[e.abi].Size), fd.Type, want, -1)
	}
	out := arg.Type.Kind == syscalls.MsgOut
	anything := &Node{Kind: Any, Pos: n.Pos}

	if name := f["msg_name"]; name != nil && name.Kind != Any {
		size, want := defaultName, anything
		if l := f["msg_namelen"]; l != nil {
			before, later := sides(l)
			size = int(min(e.number(before, nil), maxData))
			if later != nil {
				want = later
			}
		}
		kind, length := syscalls.SockIn, -1
		if out {
			kind, length = syscalls.SockOut, after("msg_namelen", want)
		} else if f["msg_namelen"] == nil && name.Kind == Fields {
			size = len(e.sockaddr(name))
		}
		set("msg_name", e.pointer(name, &syscalls.Arg{Name: arg.Name + ".msg_name", Type: &syscalls.Type{Kind: kind}}, size, length))
		set("msg_namelen", uint64(size))
	}
	if iov := f["msg_iov"]; iov != nil && iov.Kind != Any {
		kind := syscalls.IovecIn
		if out {
			kind = syscalls.IovecOut
		}
		set("msg_iov", e.pointer(iov, &syscalls.Arg{Name: arg.Name + ".msg_iov", Type: &syscalls.Type{Kind: kind}}, 0, -1))
		set("msg_iovlen", uint64(len(iov.List)))
	}
	if l := f["msg_iovlen"]; l != nil && l.Kind != Any {
		set("msg_iovlen", e.number(l, nil))
	}
	if c := f["msg_control"]; c != nil && c.Kind != Any {
		at, size := e.control(c, f["msg_controllen"], arg.Name, out, after)
		set("msg_control", at)
		set("msg_controllen", uint64(size))
	}
	if m := f["msg_flags"]; m != nil && m.Kind != Any {
		if out {
			after("msg_flags", m)
		} else {
			set("msg_flags", e.number(m, &syscalls.SetMsg))
		}
	}
	e.putAt(addr, hdr)
	return addr
}

// messageFields are the fields of a message by their names.
func messageFields(n *Node) map[string]*Node {
	fields := map[string]*Node{}
	for i, m := range n.List {
		if m.Kind == Any && m.Key == "" {
			continue
		}
		fields[field(m, i, &syscalls.StructMsghdr).Name] = m
	}
	return fields
}

// control lays out the control data of a message: to be sent, or room for what
// is received.
func (e *encoder) control(c, length *Node, name string, out bool, after func(string, *Node) int) (addr uint64, size int) {
	if c.Kind != List {
		if length != nil {
			before, _ := sides(length)
			size = int(min(e.number(before, nil), maxData))
		}
		return e.address(c, "msg_control", "a list of control messages, [{cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3]}]"), size
	}
	var b []byte
	for _, m := range c.List {
		if m.Kind == Any {
			continue
		}
		b = append(b, e.cmsg(m, out)...)
	}
	size = len(b)
	want := &Node{Kind: Any, Pos: c.Pos}
	if length != nil {
		before, later := sides(length)
		if size = int(min(e.number(before, nil), maxData)); later != nil {
			want = later
		}
	}
	if !out {
		return e.put(c, b), size
	}
	i := after("msg_controllen", want)
	return e.room(c, name+".msg_control", size, tControl, i), size
}

// cmsgSizes are the size of a control message's header, and to what it is
// aligned: CMSG_LEN and CMSG_ALIGN of cmsg(3).
func cmsgSizes(abi syscalls.ABI) (header, align int) {
	word := abi.WordSize()
	return word + 8, word
}

// cmsgParts finds the parts of a control message.
func cmsgParts(n *Node) (length, level, typ, data *Node) {
	if n.Kind != Fields {
		fail(n.Pos, "a control message is {cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3]}")
	}
	names := []string{"cmsg_len", "cmsg_level", "cmsg_type", "cmsg_data"}
	parts := make([]*Node, len(names))
	for i, m := range n.List {
		if m.Kind == Any && m.Key == "" {
			continue
		}
		at := -1
		for j, name := range names {
			if m.Key == name || m.Key == "" && i == j {
				at = j
			}
		}
		if at < 0 {
			fail(m.KeyPos, "a control message has no %s%s", m.Key, suggest(m.Key, names))
		}
		parts[at] = m
	}
	return parts[0], parts[1], parts[2], parts[3]
}

// cmsg encodes one control message. Of one that is to be received only the
// size counts: a name to bind is a descriptor.
func (e *encoder) cmsg(n *Node, out bool) []byte {
	length, level, typ, data := cmsgParts(n)
	header, align := cmsgSizes(e.abi)
	b := make([]byte, header)
	var payload []byte
	switch {
	case data == nil || data.Kind == Any:
		payload = make([]byte, 4)
	case data.Kind == String:
		payload = data.Str
	case data.Kind == Fields:
		payload = make([]byte, syscalls.StructUcred.Size[e.abi])
		if out {
			checkFields(data, &syscalls.StructUcred)
		} else {
			e.structure(data, &syscalls.StructUcred, payload, false)
		}
	case data.Kind == List && out:
		payload = make([]byte, 4*len(data.List))
	case data.Kind == List:
		payload = e.ints(data)
	default:
		fail(data.Pos, "cmsg_data is a list of descriptors, [3, 4], a structure {pid=...}, or bytes")
	}
	b = append(b, payload...)
	word := e.abi.WordSize()
	syscalls.PutInt(b, word, uint64(len(b)))
	if out {
		return append(b, make([]byte, -len(b)&(align-1))...)
	}
	if length != nil && length.Kind != Any {
		syscalls.PutInt(b, word, e.number(length, nil))
	}
	if level != nil {
		syscalls.PutInt(b[word:], 4, e.number(level, &syscalls.SetSockLevel))
	}
	if typ != nil {
		syscalls.PutInt(b[word+4:], 4, e.number(typ, &syscalls.SetCmsgType))
	}
	return append(b, make([]byte, -len(b)&(align-1))...)
}

// control compares the control data that has come.
func (m *matcher) control(name string, n *Node, b []byte) {
	header, align := cmsgSizes(m.abi)
	word := m.abi.WordSize()
	for i, what := range n.List {
		if what.Kind == Any {
			return
		}
		at := fmt.Sprintf("%s[%d]", name, i)
		if len(b) < header {
			m.differ(what, at, what.String(), "no control message")
			return
		}
		size := int(min(syscalls.GetInt(b, word), uint64(len(b))))
		if size < header {
			m.differ(what, at, what.String(), fmt.Sprintf("a control message of %d bytes", size))
			return
		}
		m.cmsg(at, what, b[:size])
		b = b[min(len(b), (size+align-1)&^(align-1)):]
	}
	if len(b) >= header {
		m.differ(n, name, fmt.Sprintf("%d control messages", len(n.List)), "one more: "+strace.Control(m.abi, b))
	}
}

func (m *matcher) cmsg(name string, n *Node, b []byte) {
	word := m.abi.WordSize()
	length, level, typ, data := cmsgParts(n)
	header, _ := cmsgSizes(m.abi)
	for _, c := range []struct {
		what string
		n    *Node
		got  uint64
		size int
		set  *syscalls.Set
	}{
		{"cmsg_len", length, syscalls.GetInt(b, word), word, nil},
		{"cmsg_level", level, syscalls.GetInt(b[word:], 4), 4, &syscalls.SetSockLevel},
		{"cmsg_type", typ, syscalls.GetInt(b[word+4:], 4), 4, &syscalls.SetCmsgType},
	} {
		if c.n != nil && !m.number(c.n, c.got, c.size, c.set) {
			m.differ(c.n, name+"."+c.what, c.n.String(), fmt.Sprint(c.got))
		}
	}
	switch b = b[header:]; {
	case data == nil:
	case data.Kind == Fields && len(b) >= int(syscalls.StructUcred.Size[m.abi]):
		m.fields(&strace.Printer{ABI: m.abi}, name+".cmsg_data", data, &syscalls.StructUcred, b, false)
	default:
		m.buffer(name+".cmsg_data", data, b)
	}
}
