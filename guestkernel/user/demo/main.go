//go:build freestanding

// The demo shows sys_indirect at work, the example of the RFC first: it makes
// calls and prints each as strace would.
//
// Begin with umain, which is the demo from top to bottom.
package main

import (
	"unsafe"

	"sysindvm/guestkernel/user/ulib"
	"sysindvm/syscalls"
)

//go:linkname umain runtime.umain
func umain(uintptr) {
	ulib.Print("A call without any context: is there sys_indirect?\n")
	if report("sys_indirect(SYS_getpid, {}, 0, {})", wrap(ulib.SysGetpid, 0, &noArgs)) < 0 {
		ulib.Print("No: this kernel is one without it.\n")
		ulib.End(1)
	}

	ulib.Print("\nThe example of the RFC: a socket that is close-on-exec from birth.\n")
	fd := indirect(syscalls.O_CLOEXEC, &socket)
	if fd >= 0 {
		getfd(fd, syscalls.FD_CLOEXEC)
		closeFD(fd)

		ulib.Print("\nThe context held for that call alone.\n")
		fd = direct(&socket)
		getfd(fd, 0)
		closeFD(fd)
	} else {
		expect(fd, -int(syscalls.ENOSYS)) // a kernel without sockets
	}

	ulib.Print("\nA call that makes two descriptors, and another flag: what pipe2 is for.\n")
	made := indirect(syscalls.O_CLOEXEC|syscalls.O_NONBLOCK, &pipe)
	expect(made, 0)
	if made == 0 {
		r, w := int(fds[0]), int(fds[1])
		getfd(r, syscalls.FD_CLOEXEC)
		getfd(w, syscalls.FD_CLOEXEC)
		readEmpty(r)
		closeFD(r)
		closeFD(w)
	}

	ulib.Print("\nWhat is wrong is refused, and nothing is done.\n")
	expect(indirect(1<<31, &pipe), -int(syscalls.EINVAL))
	contexts[0] = nil
	expect(report("sys_indirect(SYS_pipe, {NULL}, 1, {fds})", wrap(pipe.nr, 1, &pipe.args)), -int(syscalls.EFAULT))
	contexts[0] = &openFlags
	openFlags[0] = 99
	expect(report("sys_indirect(SYS_pipe, {{ctx=99}}, 1, {fds})", wrap(pipe.nr, 1, &pipe.args)), -int(syscalls.EINVAL))
	openFlags[0] = uint32(syscalls.CtxOpenFlags)
	expect(report("sys_indirect(SYS_pipe, ..., 17, {fds})", wrap(pipe.nr, syscalls.MaxContexts+1, &pipe.args)), -int(syscalls.E2BIG))
	expect(report("sys_indirect(SYS_fork, {OPENFLAGS{}}, 1, {})", wrap(ulib.SysFork, 1, &noArgs)), -int(syscalls.EINVAL))
	expect(report("sys_indirect(9999, {OPENFLAGS{}}, 1, {})", wrap(9999, 1, &noArgs)), -int(syscalls.ENOSYS))

	if wrong == 0 {
		ulib.Print("\nAll as it should be.\n")
		ulib.End(0)
	}
	out.S("\n").D(wrong).S(" results are not what they should be.\n").Flush(1)
	ulib.End(1)
}

func main() {}

// wrong counts the results that were not expected.
var wrong int

var out ulib.Text

// call is a system call that the demo makes, directly or wrapped.
type call struct {
	nr   int
	name string
	text string // its arguments
	args [6]uintptr
}

var (
	socket = call{ulib.SysSocket, "socket", "AF_INET, SOCK_STREAM, 0", [6]uintptr{syscalls.AF_INET, syscalls.SOCK_STREAM, 0}}
	pipe   = call{ulib.SysPipe, "pipe", "fds", [6]uintptr{}}
	noArgs [6]uintptr

	fds [2]int32

	// openFlags is struct { u32 ctx; u32 flags; }, and contexts the array of
	// pointers to contexts.
	openFlags = [2]uint32{uint32(syscalls.CtxOpenFlags), 0}
	contexts  = [syscalls.MaxContexts + 1]*[2]uint32{&openFlags}
)

// wrap is sys_indirect with the first n contexts.
func wrap(nr, n int, args *[6]uintptr) int {
	pipe.args[0] = uintptr(unsafe.Pointer(&fds))
	return int(ulib.Syscall6(ulib.SysIndirect, uintptr(nr), uintptr(unsafe.Pointer(&contexts)), uintptr(n),
		uintptr(unsafe.Pointer(args)), 0, 0))
}

// indirect makes a call under OPENFLAGS, and prints it.
func indirect(flags uint32, c *call) int {
	openFlags[1] = flags
	r := wrap(c.nr, 1, &c.args)
	out.S("sys_indirect(SYS_").S(c.name).S(", {OPENFLAGS{")
	rest := flags
	if flags&syscalls.O_CLOEXEC != 0 {
		out.S("O_CLOEXEC")
		rest &^= syscalls.O_CLOEXEC
	}
	if flags&syscalls.O_NONBLOCK != 0 {
		if rest != flags {
			out.S("|")
		}
		out.S("O_NONBLOCK")
		rest &^= syscalls.O_NONBLOCK
	}
	if rest != 0 {
		out.X(uint64(rest))
	}
	out.S("}}, 1, {").S(c.text).S("})")
	return result(c, r)
}

// direct makes a call as it is, and prints it.
func direct(c *call) int {
	r := int(ulib.Syscall6(uintptr(c.nr), c.args[0], c.args[1], c.args[2], 0, 0, 0))
	out.S(c.name).S("(").S(c.text).S(")")
	return result(c, r)
}

// result prints a call's result.
func result(c *call, r int) int {
	if c == &pipe && r == 0 {
		out.S(" = 0 fds=[").D(int(fds[0])).S(", ").D(int(fds[1])).S("]\n").Flush(1)
		return 0
	}
	return report("", r)
}

func report(text string, r int) int {
	out.S(text).S(" = ").Result(r).S("\n").Flush(1)
	return r
}

// expect counts a result that is not what it should be.
func expect(got, want int) {
	if got != want {
		wrong++
		out.S("\t... but it should be ").Result(want).S("\n").Flush(1)
	}
}

// getfd prints a descriptor's flags.
func getfd(fd, want int) {
	r := ulib.Call(ulib.SysFcntl, uintptr(fd), syscalls.F_GETFD, 0)
	out.S("fcntl(").D(fd).S(", F_GETFD) = ")
	if r == syscalls.FD_CLOEXEC {
		out.S("FD_CLOEXEC (1)")
	} else {
		out.Result(r)
	}
	out.S("\n").Flush(1)
	expect(r, want)
}

func closeFD(fd int) {
	out.S("close(").D(fd).S(")")
	expect(report("", ulib.Close(fd)), 0)
}

var buf [16]byte

// readEmpty reads from a pipe with nothing in it, which must not block.
func readEmpty(fd int) {
	out.S("read(").D(fd).S(", buf, 16)")
	expect(report("", ulib.Read(fd, buf[:])), -int(syscalls.EAGAIN))
}
