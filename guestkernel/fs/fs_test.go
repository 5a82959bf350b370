//go:build !freestanding

package fs

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

var thread sched.Thread

// heap is memory that does not move: a Buf is an address, which the garbage
// collector does not see.
func heap(n int) []byte {
	b := make([]byte, n)
	kept = append(kept, b)
	return b
}

func heapOf(s string) []byte {
	b := heap(len(s))
	copy(b, s)
	return b
}

var kept [][]byte

// archive makes a cpio archive of names and contents; a name that ends in a
// slash is a directory, a content that begins with -> is a link.
func archive(files ...string) []byte {
	var b bytes.Buffer
	put := func(name string, mode int, data string) {
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
			1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0)
		b.WriteString(name + "\x00")
		b.Write(make([]byte, -b.Len()&3))
		b.WriteString(data)
		b.Write(make([]byte, -b.Len()&3))
	}
	for i := 0; i < len(files); i += 2 {
		name, data := files[i], files[i+1]
		switch link, isLink := strings.CutPrefix(data, "->"); {
		case strings.HasSuffix(name, "/"):
			put(strings.TrimSuffix(name, "/"), 0o40755, "")
		case isLink:
			put(name, 0o120777, link)
		default:
			put(name, 0o100644, data)
		}
	}
	put("TRAILER!!!", 0, "")
	return heapOf(b.String())
}

// boot makes a fresh file system.
func boot(t testing.TB, files ...string) Walk {
	t.Helper()
	mm.Init(mm.PageSize, arch.HostMemory)
	charDevices = [len(charDevices)]charDevice{}
	sched.HostInit(&thread)
	arch.HostSwitch = nil
	if problem := Boot(archive(files...)); problem != "" {
		t.Fatal(problem)
	}
	return Walk{Cwd: Root}
}

func (w Walk) open(t testing.TB, path string, flags uint32) *File {
	t.Helper()
	f, err := w.Open(Bytes(path), flags, 0o644)
	if err != 0 {
		t.Fatalf("open %s: %s", path, err.Name())
	}
	return f
}

func TestPaths(t *testing.T) {
	w := boot(t, "d/", "", "d/e/", "", "d/f", "data", "l", "->d/f", "ld", "->d", "loop", "->loop", "dangling", "->none", "d/up", "->../l")
	long := strings.Repeat("x", 256)
	for _, tt := range []struct {
		path   string
		follow bool
		err    syscalls.Errno
	}{
		{"", true, syscalls.ENOENT}, {"/", true, 0}, {"///", true, 0}, {".", true, 0}, {"..", true, 0},
		{"d/f", true, 0}, {"/d/./e/../f", true, 0}, {"d/f/", true, syscalls.ENOTDIR}, {"d/f/x", true, syscalls.ENOTDIR},
		{"d/f/..", true, syscalls.ENOTDIR}, {"none", true, syscalls.ENOENT}, {"none/x", true, syscalls.ENOENT},
		{"d/", true, 0}, {"l", true, 0}, {"l", false, 0}, {"l/", true, syscalls.ENOTDIR}, {"ld/f", true, 0}, {"ld/", false, 0},
		{"d/up", true, 0}, {"loop", true, syscalls.ELOOP}, {"loop", false, 0}, {"loop/x", true, syscalls.ELOOP},
		{"dangling", true, syscalls.ENOENT}, {"dangling", false, 0},
		{long, true, syscalls.ENAMETOOLONG}, {long[:255], true, syscalls.ENOENT},
	} {
		if _, err := w.Lookup(Bytes(tt.path), tt.follow); err != tt.err {
			t.Errorf("%.20q, follow %v: %s, want %s", tt.path, tt.follow, err.Name(), tt.err.Name())
		}
	}
}

func TestOpen(t *testing.T) {
	for _, tt := range []struct {
		path  string
		flags uint32
		err   syscalls.Errno
	}{
		{"f", syscalls.O_RDONLY, 0}, {"none", syscalls.O_RDONLY, syscalls.ENOENT},
		{"f", syscalls.O_CREAT | syscalls.O_EXCL, syscalls.EEXIST}, {"new", syscalls.O_CREAT | syscalls.O_EXCL, 0},
		{"d", syscalls.O_RDONLY, 0}, {"d", syscalls.O_WRONLY, syscalls.EISDIR}, {"d", syscalls.O_CREAT, syscalls.EISDIR},
		{"f", syscalls.O_DIRECTORY, syscalls.ENOTDIR}, {"d", syscalls.O_DIRECTORY, 0},
		{"l", syscalls.O_NOFOLLOW, syscalls.ELOOP}, {"l", syscalls.O_RDONLY, 0},
		{"new/", syscalls.O_CREAT, syscalls.EISDIR}, {"none/new", syscalls.O_CREAT, syscalls.ENOENT},
		{"f/new", syscalls.O_CREAT, syscalls.ENOTDIR}, {"/dev/null", syscalls.O_RDWR, 0},
		{"/dev/console", syscalls.O_RDWR, syscalls.ENXIO}, {"/", syscalls.O_RDONLY, 0},
	} {
		w := boot(t, "f", "data", "d/", "", "l", "->f")
		if _, err := w.Open(Bytes(tt.path), tt.flags, 0o644); err != tt.err {
			t.Errorf("%s, flags %#o: %s, want %s", tt.path, tt.flags, err.Name(), tt.err.Name())
		}
	}
}

func TestNames(t *testing.T) {
	w := boot(t, "f", "", "d/", "", "d/x", "")
	for _, tt := range []struct {
		what string
		got  syscalls.Errno
		want syscalls.Errno
	}{
		{"mkdir over a file", w.Mkdir(Bytes("f"), 0o755), syscalls.EEXIST},
		{"mkdir", w.Mkdir(Bytes("d/new/"), 0o755), 0},
		{"mkdir of .", w.Mkdir(Bytes("d/."), 0o755), syscalls.EEXIST},
		{"mkdir without a parent", w.Mkdir(Bytes("none/x"), 0o755), syscalls.ENOENT},
		{"rmdir of a full one", w.Rmdir(Bytes("d")), syscalls.ENOTEMPTY},
		{"rmdir of a file", w.Rmdir(Bytes("f")), syscalls.ENOTDIR},
		{"rmdir of .", w.Rmdir(Bytes("d/.")), syscalls.EINVAL},
		{"rmdir of ..", w.Rmdir(Bytes("d/..")), syscalls.ENOTEMPTY},
		{"rmdir of the root", w.Rmdir(Bytes("/")), syscalls.EBUSY},
		{"rmdir", w.Rmdir(Bytes("d/new")), 0},
		{"unlink of a directory", w.Unlink(Bytes("d")), syscalls.EISDIR},
		{"unlink with a slash", w.Unlink(Bytes("f/")), syscalls.ENOTDIR},
		{"unlink", w.Unlink(Bytes("d/x")), 0},
		{"unlink again", w.Unlink(Bytes("d/x")), syscalls.ENOENT},
		{"rmdir, empty now", w.Rmdir(Bytes("d/")), 0},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, tt.got.Name(), tt.want.Name())
		}
	}
}

func TestRegularFiles(t *testing.T) {
	w := boot(t)
	frames, inodes := mm.Used(), Inodes()
	f := w.open(t, "/tmp/x", syscalls.O_RDWR|syscalls.O_CREAT)
	f.Lseek(3*mm.PageSize-2, syscalls.SEEK_SET)
	if n, err := f.Write(mm.KernelBuf(heapOf("abcd"))); n != 4 || err != 0 {
		t.Fatalf("%d, %s", n, err.Name())
	}
	var st [StatSize]byte
	f.PutStat(&st)
	if f.Inode.Size != 3*mm.PageSize+2 || f.Inode.pages != 2 {
		t.Errorf("%d bytes in %d pages", f.Inode.Size, f.Inode.pages)
	}
	got := heap(8)
	f.Lseek(-6, syscalls.SEEK_END)
	if n, _ := f.Read(mm.KernelBuf(got)); n != 6 || string(got[:n]) != "\x00\x00abcd" {
		t.Errorf("%d bytes, %q", n, got[:n])
	}
	if n, err := f.Read(mm.KernelBuf(got)); n != 0 || err != 0 {
		t.Errorf("at the end: %d, %s", n, err.Name())
	}
	g := w.open(t, "/tmp/x", syscalls.O_WRONLY|syscalls.O_APPEND)
	g.Write(mm.KernelBuf(heapOf("!")))
	if g.Pos != 3*mm.PageSize+3 {
		t.Errorf("after an append at %d", g.Pos)
	}
	if _, err := g.Read(mm.KernelBuf(got)); err != syscalls.EBADF {
		t.Errorf("read of a write-only file: %s", err.Name())
	}
	h := w.open(t, "/tmp/x", syscalls.O_RDWR|syscalls.O_TRUNC)
	if f.Inode.Size != 0 || f.Inode.pages != 0 {
		t.Error("O_TRUNC leaves something")
	}
	w.Unlink(Bytes("/tmp/x"))
	f.Write(mm.KernelBuf(heapOf("still there")))
	for _, f := range []*File{f, g, h} {
		f.Unref()
	}
	if Inodes() != inodes || mm.Used() != frames {
		t.Errorf("%d inodes and %d frames are left", Inodes()-inodes, mm.Used()-frames)
	}
}

func TestGetcwd(t *testing.T) {
	w := boot(t, "a/", "", "a/b/", "")
	i, _ := w.Lookup(Bytes("a/b"), true)
	b := make([]byte, 16)
	if at, err := PathOf(i, b); err != 0 || string(b[at:]) != "/a/b" {
		t.Errorf("%q, %s", b[at:], err.Name())
	}
	if at, err := PathOf(Root, b); err != 0 || string(b[at:]) != "/" {
		t.Errorf("%q, %s", b[at:], err.Name())
	}
	if _, err := PathOf(i, b[:3]); err != syscalls.ERANGE {
		t.Error(err.Name())
	}
	i.Ref()
	w.Rmdir(Bytes("a/b"))
	if _, err := PathOf(i, b); err != syscalls.ENOENT {
		t.Error(err.Name())
	}
}

func TestFDTable(t *testing.T) {
	w := boot(t, "f", "")
	ft := NewFDTable()
	f := w.open(t, "f", syscalls.O_RDONLY)
	for want := range 3 {
		fd, err := ft.Reserve(0)
		if fd != want || err != 0 {
			t.Fatalf("%d, %s", fd, err.Name())
		}
		ft.Publish(fd, f.Ref(), fd == 1)
	}
	if fd, _ := ft.Reserve(10); fd != 10 {
		t.Errorf("F_DUPFD gives %d", fd)
	}
	if _, err := ft.Get(10); err != syscalls.EBADF {
		t.Error("a reserved descriptor can be used")
	}
	if err := ft.Replace(10, f, false); err != syscalls.EBUSY {
		t.Error(err.Name())
	}
	ft.Unreserve(10)
	c := ft.Clone()
	c.CloseOnExec()
	if _, err := c.Get(1); err != syscalls.EBADF {
		t.Error("close-on-exec is not")
	}
	if _, err := ft.Get(1); err != 0 || !ft.Cloexec(1) {
		t.Error("the parent's descriptor went too")
	}
	if err := ft.Close(1); err != 0 || ft.Cloexec(1) {
		t.Error("FD_CLOEXEC outlives its descriptor")
	}
	if fd, _ := ft.Reserve(0); fd != 1 {
		t.Errorf("the lowest free one is %d", fd)
	}
	ft.Unreserve(1)
	n := 0
	for _, err := ft.Reserve(0); err == 0; _, err = ft.Reserve(0) {
		n++
	}
	if n != MaxFD-2 {
		t.Errorf("%d more, want %d", n, MaxFD-2)
	}
	files := OpenFiles()
	c.Release()
	f.Unref()
	ft.Close(0)
	ft.Close(2)
	if OpenFiles() != files-1 {
		t.Errorf("%d files, %d before", OpenFiles(), files)
	}
}

func TestPipe(t *testing.T) {
	boot(t)
	frames := mm.Used()
	r, w, err := NewPipe(syscalls.O_NONBLOCK)
	if err != 0 {
		t.Fatal(err.Name())
	}
	buf := heap(RingSize)
	read := func(n int) (int, syscalls.Errno) { return r.Read(mm.KernelBuf(buf[:n])) }
	write := func(n int) (int, syscalls.Errno) { return w.Write(mm.KernelBuf(buf[:n])) }
	for _, tt := range []struct {
		what string
		do   func(int) (int, syscalls.Errno)
		n    int
		want int
		err  syscalls.Errno
	}{
		{"read of an empty pipe", read, 1, 0, syscalls.EAGAIN},
		{"read of nothing", read, 0, 0, 0},
		{"fill", write, RingSize - 100, RingSize - 100, 0},
		{"atomic: all or nothing", write, 101, 0, syscalls.EAGAIN},
		{"not atomic: what fits", write, PipeBuf + 1, 100, 0},
		{"write to a full pipe", write, 1, 0, syscalls.EAGAIN},
		{"drain", read, RingSize, RingSize, 0},
	} {
		if n, err := tt.do(tt.n); n != tt.want || err != tt.err {
			t.Errorf("%s: %d, %s; want %d, %s", tt.what, n, err.Name(), tt.want, tt.err.Name())
		}
	}
	if ev := w.Ops.Poll(w, nil); ev&syscalls.POLLOUT == 0 {
		t.Errorf("poll of the empty pipe: %#x", ev)
	}
	write(3)
	w.Unref()
	if ev := r.Ops.Poll(r, nil); ev&(syscalls.POLLIN|syscalls.POLLHUP) != syscalls.POLLIN|syscalls.POLLHUP {
		t.Errorf("poll without a writer: %#x", ev)
	}
	if n, err := read(10); n != 3 || err != 0 {
		t.Errorf("%d, %s", n, err.Name())
	}
	if n, err := read(10); n != 0 || err != 0 {
		t.Errorf("without a writer: %d, %s; want the end", n, err.Name())
	}
	r.Unref()
	if Pipes() != 0 || mm.Used() != frames {
		t.Errorf("%d pipes and %d frames are left", Pipes(), mm.Used()-frames)
	}
	r, w, _ = NewPipe(0)
	r.Unref()
	if _, err := write(1); err != syscalls.EPIPE {
		t.Errorf("without a reader: %s", err.Name())
	}
	w.Unref()
}

// A blocked read goes on when somebody writes.
func TestPipeBlocks(t *testing.T) {
	boot(t)
	r, w, _ := NewPipe(0)
	switched := 0
	arch.HostSwitch = func() {
		switched++
		w.Write(mm.KernelBuf(heapOf("go")))
	}
	b := heap(2)
	if n, err := r.Read(mm.KernelBuf(b)); n != 2 || err != 0 || string(b) != "go" || switched != 1 {
		t.Errorf("%d, %s, %q, switched %d times", n, err.Name(), b, switched)
	}
}

func TestDevices(t *testing.T) {
	w := boot(t)
	b := heap(3)
	for _, tt := range []struct {
		name        string
		read, write int
		err         syscalls.Errno
	}{
		{"/dev/null", 0, 3, 0}, {"/dev/zero", 3, 3, 0}, {"/dev/full", 3, 0, syscalls.ENOSPC},
	} {
		f := w.open(t, tt.name, syscalls.O_RDWR)
		if n, err := f.Read(mm.KernelBuf(b)); n != tt.read || err != 0 {
			t.Errorf("%s: read %d, %s", tt.name, n, err.Name())
		}
		if n, err := f.Write(mm.KernelBuf(b)); n != tt.write || err != tt.err {
			t.Errorf("%s: write %d, %s", tt.name, n, err.Name())
		}
	}
}

// Whatever the archive: no panic, and an answer.
func FuzzCpio(f *testing.F) {
	f.Add(archive("a/", "", "a/b", "contents", "c", "->a/b"))
	f.Add([]byte("070701"))
	f.Fuzz(func(t *testing.T, a []byte) {
		kept = nil
		mm.Init(mm.PageSize, arch.HostMemory)
		charDevices = [len(charDevices)]charDevice{}
		sched.HostInit(&thread)
		if Boot(heapOf(string(a))) == "" && Root == nil {
			t.Fatal("no root")
		}
	})
}
