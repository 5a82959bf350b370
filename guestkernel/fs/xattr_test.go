//go:build !freestanding

package fs

import (
	"bytes"
	"fmt"
	"testing"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/syscalls"
)

var xattrRoot Cred

func setXattr(i *Inode, name string, value []byte, flags uint32) syscalls.Errno {
	x, err := NewXattr([]byte(name), mm.KernelBuf(value))
	if err != 0 {
		return err
	}
	if err = xattrRoot.SetXattr(i, x, flags, true); err != 0 {
		x.Free()
	}
	return err
}

// What a script cannot hold: values of all lengths up to the longest come back
// as they went in, and all memory comes back with the inode.
func TestXattrValues(t *testing.T) {
	mm.Init(mm.PageSize, arch.HostMemory)
	i := newInode(syscalls.S_IFREG | 0o644).Ref()
	used := xattrs.Used()
	frames := mm.Used()
	for n, size := range []int{0, 1, xattrSmall, xattrSmall + 1, mm.PageSize - 1, mm.PageSize, mm.PageSize + 1, 20000, syscalls.XATTR_SIZE_MAX} {
		want := make([]byte, size)
		for j := range want {
			want[j] = byte(j*7 + j>>8 + n)
		}
		// As a new one, and in the place of one of another length.
		for _, name := range []string{fmt.Sprint("user.", n), "user.same"} {
			if err := setXattr(i, name, want, 0); err != 0 {
				t.Fatalf("set %s of %d bytes: %v", name, size, err)
			}
			got := make([]byte, syscalls.XATTR_SIZE_MAX)
			if l, err := xattrRoot.GetXattr(i, []byte(name), mm.KernelBuf(got), true); err != 0 || !bytes.Equal(got[:l], want) {
				t.Errorf("get %s of %d bytes: %d, %v", name, size, l, err)
			}
			if size < 2 {
				continue
			}
			if _, err := xattrRoot.GetXattr(i, []byte(name), mm.KernelBuf(got[:size-1]), true); err != syscalls.ERANGE {
				t.Errorf("get %s of %d bytes into fewer: %v", name, size, err)
			}
		}
	}
	if err := xattrRoot.RemoveXattr(i, []byte("user.8"), true); err != 0 {
		t.Errorf("remove: %v", err)
	}
	if n := xattrs.Used() - used; n != 9 {
		t.Errorf("%d attributes, want 9", n)
	}
	i.Unref()
	if xattrs.Used() != used || mm.Used() != frames {
		t.Errorf("left: %d attributes, %d frames", xattrs.Used()-used, mm.Used()-frames)
	}
}

// The names of all attributes of an inode can always be listed.
func TestXattrNames(t *testing.T) {
	mm.Init(mm.PageSize, arch.HostMemory)
	i := newInode(syscalls.S_IFDIR | 0o755).Ref()
	long := string(bytes.Repeat([]byte("n"), 240))
	n := 0
	for ; ; n++ {
		if err := setXattr(i, fmt.Sprintf("user.%s.%08d", long, n), []byte("x"), 0); err == syscalls.ENOSPC {
			break
		} else if err != 0 {
			t.Fatal(err)
		}
	}
	if want := syscalls.XATTR_LIST_MAX / 255; n != want {
		t.Errorf("%d attributes with names of 254 bytes, want %d", n, want)
	}
	if err := setXattr(i, fmt.Sprintf("user.%s.%08d", long, 3), []byte("other"), syscalls.XATTR_REPLACE); err != 0 {
		t.Errorf("replaced: %v", err)
	}
	b := make([]byte, syscalls.XATTR_LIST_MAX)
	l, err := i.ListXattr(mm.KernelBuf(b), true)
	if err != 0 || l != n*255 {
		t.Fatalf("list: %d, %v", l, err)
	}
	for k := range n {
		if want := fmt.Sprintf("user.%s.%08d\x00", long, k); string(b[k*255:][:255]) != want {
			t.Fatalf("name %d: %q", k, b[k*255:][:255])
		}
	}
	used := xattrs.Used()
	i.Unref()
	if xattrs.Used() != used-n {
		t.Errorf("%d of %d attributes were freed", used-xattrs.Used(), n)
	}
}

// A value that there is no memory for changes nothing.
func TestXattrNoMemory(t *testing.T) {
	mm.Init(mm.PageSize, arch.HostMemory)
	i := newInode(syscalls.S_IFREG | 0o644).Ref()
	if err := setXattr(i, "user.a", []byte("value"), 0); err != 0 {
		t.Fatal(err)
	}
	// All frames but eight.
	var all []uint64
	for pa := mm.Alloc(); pa != 0; pa = mm.Alloc() {
		all = append(all, pa)
	}
	for _, pa := range all[:8] {
		mm.Free(pa)
	}
	frames, used := mm.Used(), xattrs.Used()
	if err := setXattr(i, "user.a", make([]byte, 9*mm.PageSize), 0); err != syscalls.ENOSPC {
		t.Errorf("set: %v", err)
	}
	if mm.Used() != frames || xattrs.Used() != used {
		t.Errorf("left: %d frames, %d attributes", mm.Used()-frames, xattrs.Used()-used)
	}
	got := make([]byte, 10)
	if n, err := xattrRoot.GetXattr(i, []byte("user.a"), mm.KernelBuf(got), true); err != 0 || string(got[:n]) != "value" {
		t.Errorf("get: %q, %v", got[:n], err)
	}
	for _, pa := range all[8:] {
		mm.Free(pa)
	}
	i.Unref()
}

// The time of the inode's change is that of the last attribute that was set or
// removed; what fails or reads leaves it alone, and nothing else moves.
func TestXattrTime(t *testing.T) {
	mm.Init(mm.PageSize, arch.HostMemory)
	i := newInode(syscalls.S_IFREG | 0o644).Ref()
	defer i.Unref()
	defer func(old uint64) { Epoch = old }(Epoch)
	a, m, c := i.Atime, i.Mtime, i.Ctime
	get := func() syscalls.Errno {
		_, err := xattrRoot.GetXattr(i, []byte("user.a"), mm.KernelBuf(nil), true)
		return err
	}
	for _, step := range []struct {
		do      func() syscalls.Errno
		err     syscalls.Errno
		changes bool
	}{
		{get, syscalls.ENODATA, false},
		{func() syscalls.Errno { return setXattr(i, "user.a", []byte("v"), syscalls.XATTR_REPLACE) }, syscalls.ENODATA, false},
		{func() syscalls.Errno { return setXattr(i, "user.a", []byte("v"), 0) }, 0, true},
		{get, 0, false},
		{func() syscalls.Errno { return setXattr(i, "user.a", []byte("w"), syscalls.XATTR_CREATE) }, syscalls.EEXIST, false},
		{func() syscalls.Errno { return setXattr(i, "user.a", []byte("w"), 0) }, 0, true},
		{func() syscalls.Errno { return xattrRoot.RemoveXattr(i, []byte("user.b"), true) }, syscalls.ENODATA, false},
		{func() syscalls.Errno { return xattrRoot.RemoveXattr(i, []byte("user.a"), true) }, 0, true},
	} {
		Epoch++
		if err := step.do(); err != step.err {
			t.Errorf("error %v, want %v", err, step.err)
		}
		if changed := i.Ctime != c; changed != step.changes {
			t.Errorf("changed: %t, want %t", changed, step.changes)
		}
		c = i.Ctime
	}
	if i.Atime != a || i.Mtime != m {
		t.Error("other times have changed")
	}
}
