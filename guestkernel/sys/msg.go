//go:build freestanding

package sys

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/net"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// sendmsg(2), recvmsg(2) and those that do several at once.

// msghdr is struct msghdr.
type msghdr struct {
	name              uint64
	namelen, _        uint32
	iov, iovlen       uint64
	control, controln uint64
	flags, _          uint32
}

const (
	msghdrSize  = 56
	mmsghdrSize = 64 // with the length behind it
	mmsgLen     = 56

	offNamelen  = 8
	offControln = 40
	offFlags    = 48
)

// readMsghdr copies one in.
func readMsghdr(addr uint64, h *msghdr) syscalls.Errno {
	b := (*[msghdrSize]byte)(unsafe.Pointer(h))
	if _, err := mm.UserBuf(uintptr(addr), len(b)).Read(0, b[:]); err != 0 {
		return err
	}
	if h.name == 0 {
		h.namelen = 0
	}
	switch {
	case int32(h.namelen) < 0:
		return syscalls.EINVAL
	case h.iovlen > mm.MaxVec:
		return syscalls.EMSGSIZE
	}
	h.namelen = min(h.namelen, net.AddrMax)
	return 0
}

// sysSendmsg is sendmsg(2).
func sysSendmsg(t *proc.Task, a *args) int64 {
	s, f, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	f.Ref()
	n, err := sendmsg(t, s, f, a[1], uint32(a[2]))
	f.Unref()
	return result(n, err)
}

func sendmsg(t *proc.Task, s *net.Socket, f *fs.File, addr uint64, flags uint32) (n int, err syscalls.Errno) {
	var h msghdr
	if err := readMsghdr(addr, &h); err != 0 {
		return 0, err
	}
	var to *net.Addr
	if h.name != 0 {
		if to, err = newAddr(h.name, uint64(h.namelen)); err != 0 {
			return 0, err
		}
	}
	v, err := mm.NewVec(uintptr(h.iov), h.iovlen, maxIO)
	if err == 0 {
		var r *net.Rights
		if r, err = sentRights(t, s, &h); err == 0 {
			n, err = s.Send(v.Buf(), flags, to, t.Walk(), r, nonblocking(f))
			sigpipe(t, f, err, flags)
			if r != nil && !r.Sent {
				r.Free()
			}
		}
		v.Free()
	}
	if to != nil {
		addrs.Put(to)
	}
	return n, err
}

// cmsg is struct cmsghdr; its data follow.
type cmsg struct {
	len         uint64
	level, kind uint32
}

const cmsgSize = 16

// sentRights are the files of the control data of a message to be sent: nil
// for none.
func sentRights(t *proc.Task, s *net.Socket, h *msghdr) (r *net.Rights, err syscalls.Errno) {
	if h.controln > 1<<31-1 {
		return nil, syscalls.ENOBUFS
	}
	for at := uint64(0); err == 0 && h.controln >= at+cmsgSize; {
		var c cmsg
		b := (*[cmsgSize]byte)(unsafe.Pointer(&c))
		if _, err = mm.UserBuf(uintptr(h.control+at), len(b)).Read(0, b[:]); err != 0 {
			break
		}
		if c.len < cmsgSize || c.len > h.controln-at {
			err = syscalls.EINVAL
			break
		}
		if c.level == syscalls.SOL_SOCKET && s.Unix() {
			switch c.kind {
			case syscalls.SCM_RIGHTS:
				if r == nil {
					if r = net.NewRights(); r == nil {
						return nil, syscalls.ENOBUFS
					}
				}
				err = addRights(t, r, h.control+at+cmsgSize, (c.len-cmsgSize)/4)
			case syscalls.SCM_CREDENTIALS:
				err = checkUcred(t, h.control+at+cmsgSize, c.len-cmsgSize)
			default:
				err = syscalls.EINVAL
			}
		}
		at += (c.len + 7) &^ 7
	}
	if r != nil && (err != 0 || r.N == 0) {
		r.Free()
		r = nil
	}
	return r, err
}

// addRights takes n descriptors.
func addRights(t *proc.Task, r *net.Rights, addr, n uint64) syscalls.Errno {
	if n > net.MaxRights {
		return syscalls.EINVAL
	}
	for i := range n {
		fd, ok := arch.LoadUser32(uintptr(addr + i*4))
		if !ok {
			return syscalls.EFAULT
		}
		f, err := t.AnyFile(uint64(fd))
		if err != 0 {
			return err
		}
		if err := r.Add(f.Ref()); err != 0 {
			return err
		}
	}
	return 0
}

// checkUcred refuses credentials that are not the sender's; nobody is told of
// those that are.
func checkUcred(t *proc.Task, addr, n uint64) syscalls.Errno {
	var id [3]uint32
	if n != uint64(len(id))*4 {
		return syscalls.EINVAL
	}
	for i := range id {
		v, ok := arch.LoadUser32(uintptr(addr) + uintptr(i)*4)
		if !ok {
			return syscalls.EFAULT
		}
		id[i] = v
	}
	if int(id[0]) != t.Pid && !t.Privileged() || !t.OwnUID(id[1]) || !t.OwnGID(id[2]) {
		return syscalls.EPERM
	}
	return 0
}

// sysRecvmsg is recvmsg(2).
func sysRecvmsg(t *proc.Task, a *args) int64 {
	s, f, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	f.Ref()
	n, err := recvmsg(t, s, f, a[1], uint32(a[2]))
	f.Unref()
	return result(n, err)
}

// metas are what calls under way are told.
var metas mm.Pool[net.Meta]

func recvmsg(t *proc.Task, s *net.Socket, f *fs.File, addr uint64, flags uint32) (n int, err syscalls.Errno) {
	var h msghdr
	if err := readMsghdr(addr, &h); err != 0 {
		return 0, err
	}
	if h.controln >= cmsgSize+4 && s.Unix() {
		// The context's O_NONBLOCK would be that of the sender's descriptors,
		// too.
		if err := t.SharesDescription(); err != 0 {
			return 0, err
		}
	}
	from, m := addrs.Get(), metas.Get()
	v, err := mm.NewVec(uintptr(h.iov), h.iovlen, maxIO)
	if err == 0 && (from == nil || m == nil) {
		v.Free()
		err = syscalls.ENOBUFS
	}
	if err == 0 {
		n, err = s.Recv(v.Buf(), flags, from, m, nonblocking(f))
		v.Free()
		if err == 0 {
			err = finishRecv(t, addr, &h, from, m, flags)
		}
		m.Rights.Free()
	}
	if from != nil {
		addrs.Put(from)
	}
	if m != nil {
		metas.Put(m)
	}
	return n, err
}

// finishRecv writes what a received message has besides its bytes.
func finishRecv(t *proc.Task, addr uint64, h *msghdr, from *net.Addr, m *net.Meta, flags uint32) syscalls.Errno {
	out := flags & syscalls.MSG_CMSG_CLOEXEC
	if m.Trunc {
		out |= syscalls.MSG_TRUNC
	}
	used, all := uint64(0), true
	if m.Rights != nil {
		if used, all = putRights(t, h, m.Rights, flags); !all {
			out |= syscalls.MSG_CTRUNC
		}
	}
	if h.name != 0 {
		n := min(int(h.namelen), from.N)
		if _, err := mm.UserBuf(uintptr(h.name), n).Write(0, from.B[:n]); err != 0 {
			return err
		}
		if err := putInt(addr+offNamelen, int32(from.N)); err != 0 {
			return err
		}
	}
	if err := putInt(addr+offFlags, int32(out)); err != 0 {
		return err
	}
	if putWord(addr+offControln, used) != 0 {
		return syscalls.EFAULT
	}
	return 0
}

// putRights gives the files of a message descriptors, as many as there is room
// for, and reports how many bytes of control data that makes. Those that get
// none stay in r. FDSLOT has a number for one only.
func putRights(t *proc.Task, h *msghdr, r *net.Rights, flags uint32) (used uint64, all bool) {
	open := uint32(0)
	if flags&syscalls.MSG_CMSG_CLOEXEC != 0 {
		open = syscalls.O_CLOEXEC
	}
	room := 0
	if h.controln > cmsgSize {
		room = int(min((h.controln-cmsgSize)/4, net.MaxRights))
	}
	if _, set := t.Slot(); set && r.N > 1 {
		room = 0
	}
	n := 0
	for ; n < min(room, r.N); n++ {
		fd, err := t.ReserveFD(0)
		if err != 0 {
			break
		}
		if putInt(h.control+cmsgSize+uint64(n)*4, int32(fd)) != 0 {
			t.UnreserveFD(fd)
			break
		}
		if t.PublishFD(fd, r.Files[n].Ref(), open) != 0 {
			break
		}
	}
	if n > 0 {
		c := cmsg{cmsgSize + uint64(n)*4, syscalls.SOL_SOCKET, syscalls.SCM_RIGHTS}
		b := (*[cmsgSize]byte)(unsafe.Pointer(&c))
		mm.UserBuf(uintptr(h.control), len(b)).Write(0, b[:])
		used = min((c.len+7)&^7, h.controln)
	}
	return used, n == r.N
}

// sysSendmmsg is sendmmsg(2): an error counts only before the first message.
func sysSendmmsg(t *proc.Task, a *args) int64 {
	s, f, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	f.Ref()
	done := uint64(0)
	for ; done < min(uint64(uint32(a[2])), mm.MaxVec); done++ {
		at := a[1] + done*mmsghdrSize
		var n int
		if n, err = sendmsg(t, s, f, at, uint32(a[3])); err == 0 {
			err = putInt(at+mmsgLen, int32(n))
		}
		if err != 0 {
			break
		}
	}
	f.Unref()
	if done > 0 {
		err = 0
	}
	return result(int(done), err)
}

// sysRecvmmsg is recvmmsg(2), whose timeout is looked at after each message
// only: it does not end a wait (BUGS). The context TIMEOUT does.
func sysRecvmmsg(t *proc.Task, a *args) int64 {
	until, err := relative(a[4])
	if err != 0 {
		return fail(err)
	}
	s, f, err := sock(t, a[0])
	if err != 0 {
		return fail(err)
	}
	const waitForOne = 0x10000
	flags := uint32(a[3])
	f.Ref()
	done := uint64(0)
	for ; done < min(uint64(uint32(a[2])), mm.MaxVec); done++ {
		at := a[1] + done*mmsghdrSize
		var n int
		if n, err = recvmsg(t, s, f, at, flags&^waitForOne); err == 0 {
			err = putInt(at+mmsgLen, int32(n))
		}
		if err != 0 {
			break
		}
		if flags&waitForOne != 0 {
			flags |= syscalls.MSG_DONTWAIT
		}
		if a[4] != 0 && left(until) == 0 {
			done++
			break
		}
	}
	f.Unref()
	if done > 0 {
		err = 0
	}
	if a[4] != 0 && err == 0 {
		putTimespec(a[4], left(until))
	}
	return result(int(done), err)
}
