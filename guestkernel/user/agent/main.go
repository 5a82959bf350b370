//go:build freestanding

// The agent makes system calls for the host: see package wire for the
// protocol. It is the guest's first process, and runs on a Linux host as an
// ordinary one, where it inherits its channels.
//
// Begin with umain, then serve; ops.go has the operations.
package main

import (
	"unsafe"

	"sysindvm/guestkernel/user/ulib"
	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// task is what a task needs for itself. A child of fork has its own copy of all,
// a thread has the one of its channel.
type task struct {
	in       [wire.HeaderSize + wire.MaxPayload]byte
	have     int // bytes of in that have come
	out      [wire.HeaderSize + wire.MaxPayload]byte
	outLen   int  // bytes of out's payload
	channel  int  // the number of this task's channel
	thread   bool // it is a thread of the task that made it
	slots    [wire.MaxSlots]uint64
	numSlots int
}

var (
	tasks    [wire.Channels]task
	inherits bool // the channels are all open, as a Linux host has made them
	guest    bool // the monitor is the guest's first process
)

//go:linkname umain runtime.umain
func umain(uintptr) {
	inherits = ulib.Call(ulib.SysFcntl, wire.HostFD, syscalls.F_GETFD, 0) >= 0
	guest = !inherits && ulib.Call(ulib.SysGetpid, 0, 0, 0) == 1
	if openChannel(0) < 0 {
		die("agent: no channel to the host: neither descriptor 960 nor /dev/hvc0\n")
	}
	const prot, flags = syscalls.PROT_READ | syscalls.PROT_WRITE, syscalls.MAP_FIXED | syscalls.MAP_ANONYMOUS | syscalls.MAP_PRIVATE
	if ulib.Syscall6(ulib.SysMmap, wire.ArenaAddr, wire.ArenaSize, prot, flags, ^uintptr(0), 0) != wire.ArenaAddr {
		die("agent: no memory for the arena\n")
	}
	handler, restorer := signalCode()
	head, _ := arena(wire.SignalsAddr, wire.SignalsHeader)
	wire.PutUint64(head[8:], uint64(handler))
	wire.PutUint64(head[16:], uint64(restorer))
	// A script may write to a pipe without readers: that is EPIPE. A kernel
	// without signals refuses this, and does not need it.
	ulib.Syscall6(ulib.SysRtSigaction, syscalls.SIGPIPE, uintptr(unsafe.Pointer(&ignore)), 0, 8, 0, 0)
	tasks[0].serve()
}

// signalCode gives the addresses of the handler of signals that scripts can
// set, and of what it returns to.
//
//go:linkname signalCode runtime.signalCode
func signalCode() (handler, restorer uintptr)

// ignore is struct sigaction with the handler SIG_IGN.
var ignore = [4]uint64{1}

func main() {}

func die(why string) {
	ulib.Write(2, ulib.Bytes(why))
	ulib.Exit(1)
}

// end ends the task, and the machine with the guest's first one, as ulib.End.
func (t *task) end(status int) {
	if status == 0 && guest && t.channel == 0 {
		ulib.PowerOff()
	}
	if t.thread {
		ulib.Call(ulib.SysExit, uintptr(status), 0, 0)
	}
	ulib.Exit(status)
}

var hvcPath = [...]byte{'/', 'd', 'e', 'v', '/', 'h', 'v', 'c', '0', 0}

// openChannel makes channel n's descriptor, if it is not inherited. It is not
// for programs that the task executes.
func openChannel(n int) int {
	if !inherits {
		hvcPath[8] = '0' + byte(n)
		fd := ulib.Call(ulib.SysOpen, ulib.Addr(hvcPath[:]), syscalls.O_RDWR, 0)
		if fd < 0 {
			return fd
		}
		r := ulib.Call(ulib.SysDup2, uintptr(fd), wire.HostFD+uintptr(n), 0)
		ulib.Close(fd)
		if r < 0 {
			return r
		}
	}
	return ulib.Call(ulib.SysFcntl, wire.HostFD+uintptr(n), syscalls.F_SETFD, syscalls.FD_CLOEXEC)
}

// serve is a task's life: it says hello, and does one batch after another
// until the host closes the channel.
func (t *task) serve() {
	wire.PutUint32(t.out[wire.HeaderSize:], uint32(ulib.Call(ulib.SysGettid, 0, 0, 0)))
	wire.PutUint32(t.out[wire.HeaderSize+4:], uint32(unsafe.Sizeof(uintptr(0))))
	wire.PutUint64(t.out[wire.HeaderSize+8:], wire.ArenaAddr)
	wire.PutUint64(t.out[wire.HeaderSize+16:], wire.ArenaSize)
	t.outLen = 24
	t.send(wire.Hello, 0)
	for {
		h := t.receive()
		if t.channel == 0 {
			reap()
		}
		t.outLen = 0
		if h.Type != wire.Batch {
			t.malformed(0, "not a batch")
			t.send(wire.Error, h.Seq)
			continue
		}
		if t.do(h) {
			t.send(wire.Result, h.Seq)
		} else {
			t.send(wire.Error, h.Seq)
		}
	}
}

// receive waits for a frame; its payload is in in, behind the header.
func (t *task) receive() wire.Header {
	t.fill(wire.HeaderSize)
	h, ok := wire.ParseHeader(t.in[:wire.HeaderSize])
	if !ok {
		// Where the next frame would begin, nobody knows.
		t.malformed(0, "not a frame of this version of the protocol")
		t.send(wire.Error, h.Seq)
		t.end(1)
	}
	t.fill(wire.HeaderSize + int(h.Len))
	t.have = 0
	return h
}

// fill reads until there are n bytes in in.
func (t *task) fill(n int) {
	for t.have < n {
		switch r := ulib.Read(wire.HostFD+t.channel, t.in[t.have:n]); {
		case r > 0:
			t.have += r
		case r == 0:
			t.end(0)
		case r != -int(syscalls.EINTR):
			t.end(1)
		}
	}
}

// send writes a frame whose payload is in out.
func (t *task) send(kind uint8, seq uint32) {
	wire.Header{Type: kind, Version: wire.Version, Seq: seq, Len: uint32(t.outLen)}.Put(t.out[:])
	if !ulib.Write(wire.HostFD+t.channel, t.out[:wire.HeaderSize+t.outLen]) {
		t.end(1)
	}
}

// reap lets the children of the monitor go that have ended, on the guest's
// first process those that no one else is left to wait for, too. How the last
// ones have ended is kept where the host can read it.
func reap() {
	ended, _ := arena(wire.EndedAddr, 8+8*wire.MaxEnded)
	for {
		status := uint32(0)
		pid := int(ulib.Syscall6(ulib.SysWait4, ^uintptr(0), uintptr(unsafe.Pointer(&status)), syscalls.WNOHANG, 0, 0, 0))
		if pid <= 0 {
			return
		}
		n := wire.Uint64(ended)
		wire.PutUint64(ended[8+8*(n%wire.MaxEnded):], uint64(status)<<32|uint64(uint32(pid)))
		wire.PutUint64(ended, n+1)
	}
}
