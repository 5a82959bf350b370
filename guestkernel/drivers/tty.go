//go:build freestanding

package drivers

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// tty is /dev/console: the serial port as a stream of bytes both ways. There
// is no line discipline: what is typed is read as it comes.
type tty struct {
	buf     [1024]byte
	head, n int
	wait    sched.WaitQueue
	line    [64]byte // what is on its way out
}

var console tty

// ttyInterrupt takes what the port has received.
func ttyInterrupt() {
	for {
		c, ok := UARTRead()
		if !ok {
			break
		}
		if console.n < len(console.buf) { // what is too much is lost
			console.buf[(console.head+console.n)%len(console.buf)] = c
			console.n++
		}
	}
	console.wait.WakeAll()
}

func (t *tty) Seekable() bool   { return false }
func (t *tty) Close(f *fs.File) {}

func (t *tty) Read(f *fs.File, io fs.IO) (int, syscalls.Errno) {
	for t.n == 0 && io.Buf.Len() > 0 {
		if io.Nonblock {
			return 0, syscalls.EAGAIN
		}
		if err := fs.Wait(&t.wait); err != 0 {
			return 0, err
		}
	}
	done := 0
	for t.n > 0 && done < io.Buf.Len() {
		if _, err := io.Buf.Write(done, t.buf[t.head:t.head+1]); err != 0 {
			if done > 0 {
				break
			}
			return 0, err
		}
		t.head = (t.head + 1) % len(t.buf)
		t.n--
		done++
	}
	return done, 0
}

func (t *tty) Write(f *fs.File, io fs.IO) (int, syscalls.Errno) {
	for done := 0; done < io.Buf.Len(); {
		n, err := io.Buf.Read(done, t.line[:min(len(t.line), io.Buf.Len()-done)])
		UARTWrite(t.line[:n])
		done += n
		if err != 0 {
			if done > 0 {
				return done, 0
			}
			return 0, err
		}
	}
	return io.Buf.Len(), 0
}

func (t *tty) Poll(f *fs.File, pt *fs.PollTable) uint16 {
	pt.Add(&t.wait)
	if t.n > 0 {
		return syscalls.POLLIN | syscalls.POLLOUT
	}
	return syscalls.POLLOUT
}

// hvcOps are the operations of /dev/hvcN.
type hvcOps struct{}

func (*hvcOps) Seekable() bool   { return false }
func (*hvcOps) Close(f *fs.File) {}

func hvcOf(f *fs.File) *hvc { return &hvcs[fs.Minor(f.Inode.Rdev)] }

func (*hvcOps) Read(f *fs.File, io fs.IO) (int, syscalls.Errno) {
	return hvcOf(f).read(io.Buf, io.Nonblock)
}

func (*hvcOps) Write(f *fs.File, io fs.IO) (int, syscalls.Errno) {
	return hvcOf(f).write(io.Buf, io.Nonblock)
}

func (*hvcOps) Poll(f *fs.File, pt *fs.PollTable) uint16 {
	h := hvcOf(f)
	pt.Add(&h.wait)
	ev := uint16(syscalls.POLLOUT)
	if h.ready() {
		ev |= syscalls.POLLIN
	}
	return ev
}

var hvcFiles hvcOps

// Major numbers of Linux's for the same devices (devices.txt).
const (
	majorConsole = 5
	majorHVC     = 229
)

// Register makes the consoles known to the file system.
func Register() {
	fs.RegisterChar(majorConsole, &console, func(uint64) syscalls.Errno { return 0 })
	fs.RegisterChar(majorHVC, &hvcFiles, func(dev uint64) syscalls.Errno {
		if fs.Minor(dev) >= maxHVC {
			return syscalls.ENXIO
		}
		return hvcs[fs.Minor(dev)].open()
	})
}
