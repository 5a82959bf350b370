//go:build freestanding

package sys

import (
	"unsafe"

	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

// Messages of sendmsg and recvmsg: their header, their pieces and their control
// messages differ between 32 and 64 bits.

// compatMsg is a 32-bit msghdr, wideMsg the other.
type compatMsg struct{ name, namelen, iov, iovlen, control, controllen, flags uint32 }

type wideMsg struct {
	name            uint64
	namelen, _      uint32
	iov, iovlen     uint64
	control, ctllen uint64
	flags, _        uint32
}

func (m *compatMsg) bytes() []byte { return (*[28]byte)(unsafe.Pointer(m))[:] }
func (m *wideMsg) bytes() []byte   { return (*[56]byte)(unsafe.Pointer(m))[:] }

// Sizes of a control message's header, and what it is aligned to (cmsg(3)).
const (
	cmsgNarrow, alignNarrow = 12, 4
	cmsgWide, alignWide     = 16, 8
	maxControl              = 4096
)

func align(n, to uint64) uint64 { return (n + to - 1) &^ (to - 1) }

// message translates a msghdr with its pieces and, if it is sent, its control
// messages.
func (x *compat) message(addr uint64, sent bool) (uint64, syscalls.Errno) {
	var m compatMsg
	if _, err := mm.UserBuf(uintptr(addr), 28).Read(0, m.bytes()); err != 0 {
		return 0, err
	}
	w := wideMsg{name: uint64(m.name), namelen: m.namelen, iov: uint64(m.iov), iovlen: uint64(m.iovlen), control: uint64(m.control), ctllen: uint64(m.controllen), flags: m.flags}
	var err syscalls.Errno
	if w.iov, err = x.iovec(w.iov, int(min(m.iovlen, maxCompat+1))); err != 0 {
		return 0, err
	}
	if m.control != 0 && m.controllen > 0 {
		if m.controllen > maxControl {
			return 0, syscalls.ENOBUFS
		}
		if sent {
			w.control, w.ctllen, err = x.controlIn(w.control, w.ctllen)
		} else {
			// Room for as many: each is larger by 4, and by what it is aligned to.
			w.ctllen = w.ctllen + w.ctllen/cmsgNarrow*8 + 8
			w.control = x.room(w.ctllen)
		}
		if err != 0 {
			return 0, err
		}
	}
	to := x.room(56)
	_, err = mm.UserBuf(uintptr(to), 56).Write(0, w.bytes())
	return to, err
}

// compatCmsg is a control message's header.
type compatCmsg struct {
	len         uint64
	level, kind uint32
}

// readCmsg reads a header of either width.
func readCmsg(addr uint64, wide bool) (c compatCmsg, err syscalls.Errno) {
	var b [cmsgWide]byte
	if !wide {
		_, err = mm.UserBuf(uintptr(addr), cmsgNarrow).Read(0, b[:cmsgNarrow])
		return compatCmsg{syscalls.GetInt(b[:], 4), uint32(syscalls.GetInt(b[4:], 4)), uint32(syscalls.GetInt(b[8:], 4))}, err
	}
	_, err = mm.UserBuf(uintptr(addr), cmsgWide).Read(0, b[:])
	return compatCmsg{syscalls.GetInt(b[:], 8), uint32(syscalls.GetInt(b[8:], 4)), uint32(syscalls.GetInt(b[12:], 4))}, err
}

func writeCmsg(addr uint64, c compatCmsg, wide bool) syscalls.Errno {
	var b [cmsgWide]byte
	n := cmsgNarrow
	syscalls.PutInt(b[:], 4, c.len)
	if wide {
		n = cmsgWide
	}
	put32(b[n-8:], c.level)
	put32(b[n-4:], c.kind)
	_, err := mm.UserBuf(uintptr(addr), n).Write(0, b[:n])
	return err
}

// copyUser copies n bytes of user memory, a page's worth at most.
func copyUser(to, from, n uint64) syscalls.Errno {
	var b [256]byte
	for n > 0 {
		k := min(n, uint64(len(b)))
		if _, err := mm.UserBuf(uintptr(from), int(k)).Read(0, b[:k]); err != 0 {
			return err
		}
		if _, err := mm.UserBuf(uintptr(to), int(k)).Write(0, b[:k]); err != 0 {
			return err
		}
		to, from, n = to+k, from+k, n-k
	}
	return 0
}

// controlIn translates the control messages of a message that is sent.
func (x *compat) controlIn(addr, size uint64) (to, n uint64, err syscalls.Errno) {
	to = x.room(size + size/cmsgNarrow*8 + 8)
	// As on Linux, what is behind the first one is another, be it too short.
	for off := uint64(0); size >= cmsgNarrow && off < size; {
		c, err := readCmsg(addr+off, false)
		if err != 0 {
			return 0, 0, err
		}
		if c.len < cmsgNarrow || c.len > size-off {
			return 0, 0, syscalls.EINVAL
		}
		data := c.len - cmsgNarrow
		if err := copyUser(to+n+cmsgWide, addr+off+cmsgNarrow, data); err != 0 {
			return 0, 0, err
		}
		off += align(c.len, alignNarrow)
		c.len = data + cmsgWide
		if err := writeCmsg(to+n, c, true); err != 0 {
			return 0, 0, err
		}
		n += align(c.len, alignWide)
	}
	return to, n, 0
}

// messageBack translates what recvmsg has filled in.
func (x *compat) messageBack(to, from uint64, r int64) syscalls.Errno {
	var m compatMsg
	var w wideMsg
	if _, err := mm.UserBuf(uintptr(to), 28).Read(0, m.bytes()); err != 0 {
		return err
	}
	if _, err := mm.UserBuf(uintptr(from), 56).Read(0, w.bytes()); err != 0 || r < 0 {
		return err
	}
	room, n := uint64(m.controllen), uint64(0)
	for off := uint64(0); m.control != 0 && off+cmsgWide <= w.ctllen; {
		c, err := readCmsg(w.control+off, true)
		if err != 0 {
			return err
		}
		if c.len < cmsgWide || c.len > w.ctllen-off {
			break
		}
		data := c.len - cmsgWide
		off += align(c.len, alignWide)
		if n+cmsgNarrow+data > room {
			w.flags |= syscalls.MSG_CTRUNC
			break
		}
		if err := copyUser(uint64(m.control)+n+cmsgNarrow, w.control+off-align(c.len, alignWide)+cmsgWide, data); err != 0 {
			return err
		}
		c.len = data + cmsgNarrow
		if err := writeCmsg(uint64(m.control)+n, c, false); err != 0 {
			return err
		}
		n = min(n+align(c.len, alignNarrow), room)
	}
	m.namelen, m.controllen, m.flags = w.namelen, uint32(n), w.flags
	_, err := mm.UserBuf(uintptr(to), 28).Write(0, m.bytes())
	return err
}
