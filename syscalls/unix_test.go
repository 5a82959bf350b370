//go:build linux && amd64

package syscalls

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// unixConstants are the numeric constants of golang.org/x/sys/unix, as written
// in some files of its source.
func unixConstants(t *testing.T, files ...string) map[string]string {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "golang.org/x/sys/unix").Output()
	if err != nil {
		t.Skip("the source of golang.org/x/sys is not at hand: ", err)
	}
	m := map[string]string{}
	for _, f := range files {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(out)), f), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok {
				for i, name := range v.Names {
					if i < len(v.Values) {
						if lit, ok := v.Values[i].(*ast.BasicLit); ok {
							m[name.Name] = lit.Value
						}
					}
				}
			}
			return true
		})
	}
	return m
}

func parseLit(s string) (v uint64) {
	base := uint64(10)
	if rest, ok := strings.CutPrefix(s, "0x"); ok {
		base, s = 16, rest
	}
	for _, r := range s {
		v = v*base + uint64(strings.IndexRune("0123456789abcdef", r))
	}
	return v
}

// TestAgainstUnix compares numbers and constants with golang.org/x/sys/unix.
func TestAgainstUnix(t *testing.T) {
	m := unixConstants(t, "zerrors_linux.go", "zerrors_linux_amd64.go", "zsysnum_linux_amd64.go", "ztypes_linux.go")
	for name, lit := range unixConstants(t, "zerrors_linux_386.go") {
		if strings.HasPrefix(name, "F_") && strings.HasSuffix(name, "64") {
			m[name] = lit // of i386 only: elsewhere they are other names of F_GETLK and so on
		}
	}
	numbers := [...]map[string]string{AMD64: m, I386: unixConstants(t, "zsysnum_linux_386.go")}
	// The other name of a call's number on i386.
	other := map[string]string{
		"mmap": "mmap2", "sendfile": "sendfile64", "getrlimit": "ugetrlimit", "select": "_newselect", "oldselect": "select",
	}
	for _, n := range strings.Fields("getuid getgid geteuid getegid setuid setgid setreuid setregid setresuid setresgid getresuid getresgid setfsuid setfsgid getgroups setgroups chown fchown lchown") {
		other[n] = n + "32"
	}
	for i := range Calls {
		c := &Calls[i]
		for abi, nr := range c.Nr {
			name := c.Name
			if o := other[name]; ABI(abi) == I386 && o != "" {
				name = o
			}
			switch lit, ok := numbers[abi]["SYS_"+strings.ToUpper(name)]; {
			case nr < 0 || c.Name == "indirect":
			case !ok:
				t.Errorf("ABI %d: unix knows no %s", abi, name)
			case parseLit(lit) != uint64(nr):
				t.Errorf("ABI %d: %s is %d, unix says %s", abi, name, nr, lit)
			}
		}
	}
	compared := 0
	for _, s := range AllSets {
		for _, c := range s.Consts {
			// unix.O_LARGEFILE is what a 64-bit program needs: 0.
			if lit, ok := m[c.Name]; ok && c.Name != "O_LARGEFILE" {
				compared++
				if parseLit(lit) != c.Value {
					t.Errorf("%s is %#x, unix says %s", c.Name, c.Value, lit)
				}
			}
		}
	}
	if compared < 180 {
		t.Errorf("only %d constants were compared", compared)
	}
}

// TestStructs compares the layouts for x86-64 with those of unix, and all of
// them with reason.
func TestStructs(t *testing.T) {
	for _, c := range []struct {
		s      *Struct
		value  any
		fields string // ours=theirs
	}{
		{&StructStat, unix.Stat_t{}, "st_dev=Dev st_ino=Ino st_nlink=Nlink st_mode=Mode st_uid=Uid st_gid=Gid st_rdev=Rdev st_size=Size st_blksize=Blksize st_blocks=Blocks st_atime=Atim st_mtime=Mtim st_ctime=Ctim"},
		{&StructTimespec, unix.Timespec{}, "tv_sec=Sec tv_nsec=Nsec"},
		{&StructTimeval, unix.Timeval{}, "tv_sec=Sec tv_usec=Usec"},
		{&StructPollfd, unix.PollFd{}, "fd=Fd events=Events revents=Revents"},
		{&StructUtsname, unix.Utsname{}, "sysname=Sysname nodename=Nodename release=Release version=Version machine=Machine domainname=Domainname"},
		{&StructIovec, unix.Iovec{}, "iov_base=Base iov_len=Len"},
		{&StructMsghdr, unix.Msghdr{}, "msg_name=Name msg_namelen=Namelen msg_iov=Iov msg_iovlen=Iovlen msg_control=Control msg_controllen=Controllen msg_flags=Flags"},
		{&StructSockaddrIn, unix.RawSockaddrInet4{}, "sin_family=Family sin_port=Port sin_addr=Addr"},
		{&StructSockaddrUn, unix.RawSockaddrUnix{}, "sun_family=Family sun_path=Path"},
		{&StructRlimit64, unix.Rlimit{}, "rlim_cur=Cur rlim_max=Max"},
		{&StructSysinfo, unix.Sysinfo_t{}, "uptime=Uptime totalram=Totalram freeram=Freeram procs=Procs"},
		{&StructItimerspec, unix.ItimerSpec{}, "it_interval=Interval it_value=Value"},
		{&StructEpollEvent, unix.EpollEvent{}, "events=Events data=Fd"},
	} {
		typ := reflect.TypeOf(c.value)
		if int(c.s.Size[AMD64]) != int(typ.Size()) {
			t.Errorf("%s: size %d, unix says %d", c.s.Name, c.s.Size[AMD64], typ.Size())
		}
		for _, pair := range strings.Fields(c.fields) {
			ours, theirs, _ := strings.Cut(pair, "=")
			f := c.s.Field(ours)
			g, ok := typ.FieldByName(theirs)
			if f == nil || !ok {
				t.Errorf("%s: no field %s", c.s.Name, pair)
				continue
			}
			if int(f.At[AMD64].Off) != int(g.Offset) {
				t.Errorf("%s.%s at %d, unix says %d", c.s.Name, ours, f.At[AMD64].Off, g.Offset)
			}
		}
	}
	for _, s := range Structs {
		for abi := range s.Size {
			end := uint16(0)
			for _, f := range s.Fields {
				at := f.At[abi]
				// siginfo has a union in it, epoll_data is one.
				apart := s != &StructStat && s != &StructStat64 && s != &StructSiginfo && s != &StructEpollData
				if apart && at.Off < end || at.Off+at.Size > s.Size[abi] {
					t.Errorf("%s.%s, ABI %d: at %d to %d", s.Name, f.Name, abi, at.Off, at.Off+at.Size)
				}
				end = at.Off + at.Size
			}
		}
	}
}
