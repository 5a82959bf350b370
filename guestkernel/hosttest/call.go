//go:build !freestanding

package hosttest

import (
	"fmt"
	"strings"

	"sysindvm/syscalls"
)

// sets are where the names of constants come from.
var sets = []*syscalls.Set{
	&syscalls.SetOpenFlags, &syscalls.SetWhence, &syscalls.SetAccess, &syscalls.SetResolve,
	&syscalls.SetFamily, &syscalls.SetSockType, &syscalls.SetMsg, &syscalls.SetSockOpt,
	&syscalls.SetPoll, &syscalls.SetShut, &syscalls.SetSockLevel, &syscalls.SetProtocol,
}

// value is a number or names of constants joined by |.
func value(s string) int {
	v := uint64(0)
next:
	for name := range strings.SplitSeq(s, "|") {
		if name[0] >= '0' && name[0] <= '9' || name[0] == '-' {
			v |= uint64(number(name))
			continue
		}
		for _, set := range sets {
			if c, ok := set.Find(name); ok {
				v |= c
				continue next
			}
		}
		panic("hosttest: no constant " + name)
	}
	return int(v)
}

// errno is the name of a negative result, or the number.
func errno(n int) string {
	if n < 0 {
		return syscalls.Errno(-n).Name()
	}
	return fmt.Sprint(n)
}

// call makes a call. It returns what is compared, and the values that a
// variable may get.
func (r *runner) call(w []string) (string, []int) {
	arg := func(i int) string {
		if i < len(w) {
			return w[i]
		}
		panic("hosttest: too few arguments: " + r.at)
	}
	opt := func(i int, none string) string {
		if i < len(w) {
			return w[i]
		}
		return none
	}
	fd := func(i int) int { return r.fd(arg(i)) }
	s := r.sys
	fresh := func(n int) (string, []int) {
		if n < 0 {
			return errno(n), nil
		}
		return "fd", []int{n}
	}
	data := func(n int, b []byte) (string, []int) {
		if n < 0 {
			return errno(n), nil
		}
		return show(b[:min(n, len(b))]), nil
	}
	plain := func(n int) (string, []int) { return errno(n), nil }
	how := func(i int) How {
		if i < len(w) {
			return How{UsePos: true, Pos: int64(value(w[i]))}
		}
		return How{}
	}
	switch w[0] {
	case "open":
		return fresh(s.Open(text(arg(1)), uint32(value(arg(2))), octal(opt(3, "0"))))
	case "openat2":
		return fresh(s.Openat2(fd(1), text(arg(2)), uint32(value(arg(3))), uint64(value(arg(4)))))
	case "close":
		return plain(s.Close(fd(1)))
	case "dup":
		return fresh(s.Dup(fd(1)))
	case "setfl":
		return plain(s.SetFlags(fd(1), uint32(value(arg(2)))))
	case "read", "pread":
		b := make([]byte, value(arg(2)))
		return data(s.Read(fd(1), b, how(3)), b)
	case "write", "pwrite":
		return plain(s.Write(fd(1), []byte(text(arg(2))), how(3)))
	case "lseek":
		return plain(s.Lseek(fd(1), int64(value(arg(2))), value(arg(3))))
	case "ftruncate":
		return plain(s.Ftruncate(fd(1), int64(value(arg(2)))))
	case "pipe":
		a, b, err := s.Pipe(uint32(value(opt(1, "0"))))
		return errno(err), []int{a, b}
	case "poll":
		return r.poll(w[1:])
	case "ls":
		names, err := s.Names(fd(1), value(opt(2, "65536")))
		if err < 0 {
			return errno(err), nil
		}
		if len(names) == 0 {
			return "nothing", nil
		}
		return strings.Join(names, " "), nil
	case "stat", "lstat":
		return stat(s.Stat(text(arg(1)), w[0] == "stat"))
	case "fstat":
		return stat(s.Fstat(fd(1)))
	case "mkdir":
		return plain(s.Mkdir(text(arg(1)), octal(opt(2, "755"))))
	case "rmdir":
		return plain(s.Rmdir(text(arg(1))))
	case "unlink":
		return plain(s.Unlink(text(arg(1))))
	case "chmod":
		return plain(s.Chmod(text(arg(1)), octal(arg(2))))
	case "chown":
		return plain(s.Chown(text(arg(1)), value(arg(2)), value(arg(3))))
	case "truncate":
		return plain(s.Truncate(text(arg(1)), int64(value(arg(2)))))
	case "access":
		return plain(s.Access(text(arg(1)), uint32(value(arg(2)))))
	case "rename", "renamekeep":
		return plain(s.Rename(text(arg(1)), text(arg(2)), w[0] == "renamekeep"))
	case "link", "linkfollow":
		return plain(s.Link(text(arg(1)), text(arg(2)), w[0] == "linkfollow"))
	case "symlink":
		return plain(s.Symlink(text(arg(1)), text(arg(2))))
	case "readlink":
		t, err := s.Readlink(text(arg(1)))
		if err < 0 {
			return errno(err), nil
		}
		return show([]byte(t)), nil
	case "become":
		s.Become(value(arg(1)), value(arg(2)))
		return "0", nil
	}
	return r.socketCall(w)
}

// stat leaves out of directories what depends on the kind of file system.
func stat(st Stat, err int) (string, []int) {
	if err < 0 {
		return errno(err), nil
	}
	if st.Mode&syscalls.S_IFMT == syscalls.S_IFDIR {
		return fmt.Sprintf("%o uid %d gid %d", st.Mode, st.UID, st.GID), nil
	}
	return fmt.Sprintf("%o nlink %d uid %d gid %d size %d", st.Mode, st.Nlink, st.UID, st.GID, st.Size), nil
}

// poll is "poll fd EVENTS fd EVENTS ... [ms]"; the result has the descriptors
// that have events.
func (r *runner) poll(w []string) (string, []int) {
	var fds []PollFD
	ms := 0
	for len(w) > 1 {
		fds = append(fds, PollFD{FD: r.fd(w[0]), Events: uint16(value(w[1]))})
		w = w[2:]
	}
	if len(w) == 1 {
		ms = value(w[0])
	}
	if n := r.sys.Poll(fds, ms); n <= 0 {
		return errno(n), nil
	}
	var out []string
	for _, p := range fds {
		ev := []string{}
		for _, c := range syscalls.SetPoll.Consts {
			if p.Revents&uint16(c.Value) != 0 {
				ev = append(ev, c.Name)
			}
		}
		out = append(out, "["+strings.Join(ev, "|")+"]")
	}
	return strings.Join(out, " "), nil
}
