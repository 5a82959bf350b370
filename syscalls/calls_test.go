package syscalls

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestCalls(t *testing.T) {
	seen := [2]map[int16]string{{}, {}}
	names := map[string]bool{}
	for i := range Calls {
		c := &Calls[i]
		if names[c.Name] {
			t.Errorf("%s is in the table twice", c.Name)
		}
		names[c.Name] = true
		for abi, nr := range c.Nr {
			if nr < 0 {
				continue
			}
			if other := seen[abi][nr]; other != "" {
				t.Errorf("ABI %d: %s and %s have number %d", abi, c.Name, other, nr)
			}
			seen[abi][nr] = c.Name
			if got := CallNumbered(ABI(abi), uint64(nr)); got != c {
				t.Errorf("CallNumbered(%d, %d) = %v", abi, nr, got)
			}
		}
		if CallNamed(c.Name) != c {
			t.Errorf("CallNamed(%q) finds another", c.Name)
		}
		if len(c.Args) > 6 {
			t.Errorf("%s has %d arguments", c.Name, len(c.Args))
		}
		for j, a := range c.Args {
			if a.Type == nil || a.Name == "" {
				t.Errorf("%s: argument %d has no type or name", c.Name, j)
				continue
			}
			checkType(t, c.Name+"."+a.Name, a.Type)
			needsLen := false
			switch a.Type.Kind {
			case BufIn, BufOut, SockIn, SockOut, Array, IovecIn, IovecOut:
				needsLen = true
			}
			if needsLen != (a.Len != 0) {
				t.Errorf("%s.%s: length argument %d", c.Name, a.Name, a.Len)
			}
			if a.Len != 0 {
				if int(a.Len) >= len(c.Args) || int(a.Len) <= j {
					t.Fatalf("%s.%s: its length is argument %d", c.Name, a.Name, a.Len)
				}
				switch k := c.Args[a.Len].Type.Kind; k {
				case Int, Uint, Len:
				default:
					t.Errorf("%s.%s: its length is of kind %d", c.Name, a.Name, k)
				}
			}
		}
		checkType(t, c.Name, c.Result)
	}
}

func checkType(t *testing.T, where string, typ *Type) {
	t.Helper()
	switch typ.Kind {
	case Flags, Enum:
		if typ.Set == nil {
			t.Errorf("%s: no set", where)
		}
	case StructIn, StructOut, Array:
		if typ.Struct == nil {
			t.Errorf("%s: no structure", where)
		}
	}
}

func TestVariants(t *testing.T) {
	open, fcntl := CallNamed("open"), CallNamed("fcntl")
	for _, c := range []struct {
		call *Call
		args []uint64
		n    int
		last *Type
		res  *Type
	}{
		{open, []uint64{0, O_RDONLY}, 2, &tOpenFlags, &tFD},
		{open, []uint64{0, O_RDWR | O_CREAT, 0}, 3, &tMode, &tFD},
		{open, []uint64{0, O_RDWR | O_DIRECTORY, 0}, 2, &tOpenFlags, &tFD},
		{open, []uint64{0, O_RDWR | O_TMPFILE, 0}, 3, &tMode, &tFD},
		{fcntl, []uint64{3, F_GETFD}, 2, &tFcntl, &tFDFlags},
		{fcntl, []uint64{3, F_SETFL, 0}, 3, &tOpenFlags, &tInt},
		{fcntl, []uint64{3, F_DUPFD, 0}, 3, &tFD, &tFD},
		{fcntl, []uint64{3, 77, 0}, 3, &tInt, &tInt},
	} {
		n := c.call.NArgs(c.args)
		if n != c.n {
			t.Errorf("%s%v: %d arguments, want %d", c.call.Name, c.args, n, c.n)
			continue
		}
		if got := c.call.ArgType(n-1, c.args); got != c.last {
			t.Errorf("%s%v: last argument %+v", c.call.Name, c.args, got)
		}
		if got := c.call.ResultType(c.args); got != c.res {
			t.Errorf("%s%v: result %+v", c.call.Name, c.args, got)
		}
	}
}

func TestSets(t *testing.T) {
	for _, s := range AllSets {
		seen := map[string]bool{}
		for _, c := range s.Consts {
			if seen[c.Name] {
				t.Errorf("%s: %s twice", s.Name, c.Name)
			}
			seen[c.Name] = true
			if v, ok := s.Find(c.Name); !ok || v != c.Value {
				t.Errorf("%s: Find(%s) = %#x, %v", s.Name, c.Name, v, ok)
			}
		}
	}
}

// TestNumbers32 compares the i386 numbers with the x86-64 ones by name: the
// calls since 2020 have one number for both.
func TestNumbers32(t *testing.T) {
	src, err := os.ReadFile("numbers.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\tSYS_(\w+) += (\d+)$`).FindAllStringSubmatch(string(src), -1) {
		if nr, _ := strconv.Atoi(m[2]); nr < 424 {
			continue
		}
		if !strings.Contains(strings.Join(strings.Fields(string(src)), " "), "SYS32_"+m[1]+" = "+m[2]) {
			t.Errorf("%s is %s in one table only", m[1], m[2])
		}
	}
}

func TestContextLayouts(t *testing.T) {
	for k := range NumKinds {
		l := LayoutOf(k)
		if l.Kind != k || LayoutNamed(l.Name) != l {
			t.Errorf("kind %d: %+v", k, l)
		}
		end := uint8(4)
		for _, f := range l.Fields {
			if f.Offset != end || f.Offset%f.Size != 0 {
				t.Errorf("%s.%s at %d: want %d, aligned", l.Name, f.Name, f.Offset, end)
			}
			if f.Zero != (f.Allow == 0) {
				t.Errorf("%s.%s: Zero %v, Allow %#x", l.Name, f.Name, f.Zero, f.Allow)
			}
			end = f.Offset + f.Size
		}
		if end != l.Size || l.Size > MaxContextSize {
			t.Errorf("%s: size %d, fields end at %d", l.Name, l.Size, end)
		}
	}
	if LayoutOf(NumKinds) != nil || LayoutNamed("NOSUCH") != nil {
		t.Error("there is a layout of an unknown kind")
	}
}

func TestContext(t *testing.T) {
	for _, c := range []struct {
		got  Context
		want string
	}{
		{OpenFlags(O_CLOEXEC), "\x00\x00\x00\x00\x00\x00\x08\x00"},
		{Sigmask(1), "\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"},
		{Dirfd(AT_FDCWD, -1), "\x02\x00\x00\x00\x9c\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"},
		{Lookup(0x100, 4), "\x03\x00\x00\x00\x00\x01\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00"},
		{Filepos(-2), "\x04\x00\x00\x00\x00\x00\x00\x00\xfe\xff\xff\xff\xff\xff\xff\xff"},
		{RWFlags(8), "\x05\x00\x00\x00\x08\x00\x00\x00"},
		{Timeout(1, 2, 3), "\x06\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00"},
		{Umask(0o22), "\x07\x00\x00\x00\x12\x00\x00\x00"},
		{Creds(5, 6), "\x08\x00\x00\x00\x05\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"},
		{FDSlot(9), "\x09\x00\x00\x00\x09\x00\x00\x00"},
	} {
		if string(c.got.Bytes()) != c.want {
			t.Errorf("%s: % x, want % x", LayoutOf(c.got.Kind()).Name, c.got.Bytes(), c.want)
		}
		if !LayoutOf(c.got.Kind()).Valid(c.got.Bytes()) {
			t.Errorf("% x is not valid", c.got.Bytes())
		}
	}
	if c := Filepos(-2); int64(c.Field(1)) != -2 {
		t.Errorf("Field of FILEPOS: %#x", c.Field(1))
	}
	for _, bad := range []Context{
		OpenFlags(1 << 31), MakeContext(CtxFilepos, 1), MakeContext(CtxDirfd, 0, 0, 1),
		RWFlags(1 << 20), Umask(0o10000), Timeout(2, 0, 0), Lookup(1, 0), Lookup(0, 1<<40),
	} {
		if LayoutOf(bad.Kind()).Valid(bad.Bytes()) {
			t.Errorf("% x is valid", bad.Bytes())
		}
	}
}
