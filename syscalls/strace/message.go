package strace

import (
	"fmt"
	"strings"

	"sysindvm/syscalls"
)

// message writes a msghdr with what it points to. Of one that was received,
// length is how many bytes have come.
func (p *Printer) message(addr uint64, received bool, length int) (string, bool) {
	s := &syscalls.StructMsghdr
	b := p.read(addr, int(s.Size[p.ABI]))
	if len(b) < int(s.Size[p.ABI]) {
		return "", false
	}
	get := func(name string) uint64 { return s.Field(name).Get(p.ABI, b) }
	var list []string
	add := func(name, text string) { list = append(list, name+"="+text) }

	add("msg_name", p.or(&syscalls.Type{Kind: syscalls.SockIn}, get("msg_name"), int(min(get("msg_namelen"), 128))))
	add("msg_namelen", fmt.Sprint(get("msg_namelen")))
	iov, n := get("msg_iov"), int(min(get("msg_iovlen"), 1<<20))
	text := address(iov)
	if iov != 0 {
		if t, ok := p.iovec(iov, n, received, length); ok {
			text = t
		}
	}
	add("msg_iov", text)
	add("msg_iovlen", fmt.Sprint(n))
	if c := get("msg_control"); c != 0 && get("msg_controllen") > 0 {
		text := address(c)
		if b := p.read(c, int(min(get("msg_controllen"), 1<<16))); len(b) > 0 {
			text = Control(p.ABI, b)
		}
		add("msg_control", text)
	}
	add("msg_controllen", fmt.Sprint(get("msg_controllen")))
	add("msg_flags", p.Field(s.Field("msg_flags"), b))
	return "{" + strings.Join(list, ", ") + "}", true
}

// or writes what addr points to, or addr.
func (p *Printer) or(t *syscalls.Type, addr uint64, length int) string {
	if addr != 0 {
		if text, ok := p.pointer(t, addr, length); ok {
			return text
		}
	}
	return address(addr)
}

// iovec writes n pieces; of received ones, only the bytes that have come.
func (p *Printer) iovec(addr uint64, n int, received bool, length int) (string, bool) {
	word := p.ABI.WordSize()
	var list []string
	for i := range min(n, maxElements) {
		b := p.read(addr+uint64(2*i*word), 2*word)
		if len(b) < 2*word {
			return "", false
		}
		base, size := syscalls.GetInt(b, word), syscalls.GetInt(b[word:], word)
		shown := int(min(size, 1<<20))
		if received {
			shown = min(shown, length)
			length -= shown
		}
		list = append(list, fmt.Sprintf("{iov_base=%s, iov_len=%d}", p.or(&syscalls.Type{Kind: syscalls.BufIn}, base, shown), size))
	}
	if n > maxElements {
		list = append(list, "...")
	}
	return "[" + strings.Join(list, ", ") + "]", true
}

// Control writes control messages: see cmsg(3).
func Control(abi syscalls.ABI, b []byte) string {
	word := abi.WordSize()
	header := word + 8
	var list []string
	for len(b) >= header && len(list) < maxElements {
		size := int(min(syscalls.GetInt(b, word), uint64(len(b))))
		if size < header {
			break
		}
		p := Printer{ABI: abi}
		level, typ := syscalls.GetInt(b[word:], 4), syscalls.GetInt(b[word+4:], 4)
		text := fmt.Sprintf("{cmsg_len=%d, cmsg_level=%s, cmsg_type=", size, p.Value(&syscalls.Type{Kind: syscalls.Enum, Set: &syscalls.SetSockLevel}, level, 4))
		data := b[header:size]
		switch {
		case level == syscalls.SOL_SOCKET && typ == syscalls.SCM_RIGHTS:
			var fds []string
			for i := 0; i+4 <= len(data); i += 4 {
				fds = append(fds, fmt.Sprint(int32(syscalls.GetInt(data[i:], 4))))
			}
			text += "SCM_RIGHTS, cmsg_data=[" + strings.Join(fds, ", ") + "]}"
		case level == syscalls.SOL_SOCKET && typ == syscalls.SCM_CREDENTIALS && len(data) >= 12:
			text += fmt.Sprintf("SCM_CREDENTIALS, cmsg_data={pid=%d, uid=%d, gid=%d}}",
				int32(syscalls.GetInt(data, 4)), syscalls.GetInt(data[4:], 4), syscalls.GetInt(data[8:], 4))
		default:
			text += fmt.Sprintf("%#x, cmsg_data=%s}", typ, Quote(data))
		}
		list = append(list, text)
		b = b[min(len(b), (size+word-1)&^(word-1)):]
	}
	return "[" + strings.Join(list, ", ") + "]"
}
