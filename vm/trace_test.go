package vm

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sysindvm/cpu/soft"
	"sysindvm/syscalls"
	"sysindvm/syscalls/wire"
)

// TestTrace: the host is told of each call, and can read the memory of the
// task that makes it.
func TestTrace(t *testing.T) {
	var calls []string
	m, err := Boot(t.Context(), Config{Engine: soft.New(), Append: "quiet", Trace: func(r wire.TraceRecord, mem func(uint64, int) []byte) {
		switch {
		case r.Nr != syscalls.SYS_MKDIR && r.Kind != wire.TraceEnd:
		case r.Kind == wire.TraceEnter:
			path, _, _ := strings.Cut(string(mem(r.Args[0], 100)), "\x00")
			calls = append(calls, fmt.Sprintf("%d mkdir %s %o", r.PID, path, r.Args[1]))
			if b := mem(r.Args[0], 1<<30); len(b) == 0 || len(b) > 2<<20 {
				t.Errorf("%d bytes can be read", len(b))
			}
			for _, bad := range []uint64{0, 1 << 46, 1 << 47, 1<<64 - 4096, 1<<64 - 1} {
				if b := mem(bad, 10); len(b) > 0 {
					t.Errorf("memory at %#x is %q", bad, b)
				}
			}
		default:
			calls = append(calls, fmt.Sprintf("%d kind %d %d", r.PID, r.Kind, int64(r.Result)))
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	task, err := m.Task(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Across the end of a page.
	at := task.Arena + 4093
	if err := task.Put(t.Context(), at, []byte("/tmp/traced\x00")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := task.Call(t.Context(), syscalls.SYS_MKDIR, int64(at), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	task.Call(t.Context(), syscalls.SYS_EXIT, 3)
	want := []string{"2 mkdir /tmp/traced 700", "2 kind 2 0", "2 mkdir /tmp/traced 700", "2 kind 2 -17", "2 kind 3 768"}
	if !slices.Equal(calls, want) {
		t.Errorf("%q, want %q", calls, want)
	}
}

// TestTracerDevice: records come in any pieces.
func TestTracerDevice(t *testing.T) {
	var got []uint64
	d := &tracer{m: &Machine{}, f: func(r wire.TraceRecord, mem func(uint64, int) []byte) {
		got = append(got, r.Result)
		if b := mem(0, 100); b != nil {
			t.Errorf("%q", b)
		}
	}}
	b := make([]byte, 3*wire.TraceSize)
	for i := range 3 {
		b[i*wire.TraceSize+72] = byte(i + 1)
	}
	for _, n := range []int{1, 2, 100, 137} {
		d.write(b[:n])
		b = b[n:]
	}
	if !slices.Equal(got, []uint64{1, 2, 3}) {
		t.Errorf("%d", got)
	}
}
