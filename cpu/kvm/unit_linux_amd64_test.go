package kvm

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	gokvm "github.com/bobuhiro11/gokvm/kvm"
	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
	"sysindvm/internal/hostcpu"
)

// alignToPage cuts off what comes before the first page boundary.
func alignToPage(buf []byte) []byte {
	return buf[-uintptr(unsafe.Pointer(&buf[0]))%cpu.PageSize:]
}

func TestOpenErrors(t *testing.T) {
	for _, tt := range []struct {
		path string
		want []string
	}{
		{filepath.Join(t.TempDir(), "kvm"), []string{"no such device", "modprobe", "soft engine"}},
		{"/dev/null", []string{"/dev/null: not a KVM device"}},
		{t.TempDir(), []string{"cannot open KVM", "is a directory"}},
	} {
		e, err := Open(tt.path)
		checkLine(t, err, append(tt.want, tt.path))
		if e != nil {
			t.Errorf("Open(%q): an engine and an error", tt.path)
		}
		r := Probe(tt.path)
		checkLine(t, r.Err, tt.want)
		if lines := r.Lines(); len(lines) != 1 || lines[0].OK || lines[0].Note != err.Error() {
			t.Errorf("Probe(%q).Lines(): %+v", tt.path, lines)
		}
	}
}

// Root may open anything, so what others see is made up here.
func TestExplainOpen(t *testing.T) {
	for errno, want := range map[syscall.Errno][]string{
		syscall.EACCES: {"permission denied: join the group", "usermod -aG kvm", "soft engine"},
		syscall.EPERM:  {"permission denied: join the group"},
		syscall.ENOENT: {"no such device: this host has no KVM"},
		syscall.ENODEV: {"no driver behind it", "firmware"},
		syscall.ENXIO:  {"no driver behind it"},
		syscall.EMFILE: {"cannot open KVM", "too many open files"},
	} {
		err := explainOpen("/dev/kvm", &fs.PathError{Op: "open", Path: "/dev/kvm", Err: errno})
		checkLine(t, err, append(want, "/dev/kvm"))
		if !errors.Is(err, errno) {
			t.Errorf("%v is not %v", err, errno)
		}
	}
}

// checkLine wants an error of one line that has all the words.
func checkLine(t *testing.T, err error, words []string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than a line: %q", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q lacks %q", err, w)
		}
	}
	if n := strings.Count(err.Error(), "/dev/kvm"); n > 1 {
		t.Errorf("error %q says the path %d times", err, n)
	}
}

func TestGuestCPUID(t *testing.T) {
	host := gokvm.CPUID{Entries: []gokvm.CPUIDEntry2{
		{Function: 0, Eax: 0x1f, Ebx: 1},
		{Function: 1, Eax: 0xa20f10, Ebx: 0x07100800, Ecx: ^uint32(ecxHypervisor), Edx: ^uint32(edxAPIC)},
		{Function: 5, Eax: 64},
		{Function: 7, Ebx: 0x219c97a9},
		{Function: 0xa, Eax: 0x2},
		{Function: 0xb, Edx: 7},
		{Function: 0xd, Index: 1, Flags: 1, Eax: 0xf},
		{Function: 0x1f, Edx: 7},
		{Function: 0x40000000, Eax: 0x40000001},
		{Function: 0x40000001, Eax: 0x1007efb},
		{Function: 0x8000001e, Eax: 7, Ebx: 0x103, Ecx: 1},
	}}
	want := []gokvm.CPUIDEntry2{
		{Function: 0, Eax: 0x1f, Ebx: 1},
		{Function: 1, Eax: 0xa20f10, Ebx: 0x00010800, Ecx: 0xfedffff7, Edx: 0xefffffff},
		{Function: 7, Ebx: 0x219c97a9},
		{Function: 0xd, Index: 1, Flags: 1, Eax: 0xf},
		{Function: 0x8000001e},
		{Function: 0x40000000, Eax: 0x40000010, Ebx: 0x4b4d564b, Ecx: 0x564b4d56, Edx: 0x4d},
		{Function: 0x40000001},
		{Function: 0x40000010, Eax: 2_445_000, Ebx: 1_000_000},
	}
	got := guestCPUID(host, 2_445_000_000)
	if diff := cmp.Diff(want, got.Entries); diff != "" {
		t.Errorf("CPUID (-want +got):\n%s", diff)
	}
	if int(got.Nent) != len(got.Entries) {
		t.Errorf("Nent %d, %d entries", got.Nent, len(got.Entries))
	}
}

// spans records the addresses and lengths of MMIO accesses.
type spans struct {
	nobody
	log [][2]uint64
}

func (s *spans) WriteMMIO(gpa uint64, data []byte) {
	s.log = append(s.log, [2]uint64{gpa, uint64(len(data))})
}

func TestMMIOPieces(t *testing.T) {
	for n, want := range map[int][][2]uint64{
		1: {{0x100, 1}}, 2: {{0x100, 2}}, 4: {{0x100, 4}}, 8: {{0x100, 8}},
		3: {{0x100, 2}, {0x102, 1}},
		5: {{0x100, 4}, {0x104, 1}},
		7: {{0x100, 4}, {0x104, 2}, {0x106, 1}},
	} {
		bus := new(spans)
		v := &vcpu{cfg: cpu.Config{Bus: bus}}
		v.mmio(0x100, make([]byte, n), true)
		if diff := cmp.Diff(want, bus.log); diff != "" {
			t.Errorf("%d bytes (-want +got):\n%s", n, diff)
		}
	}
}

// The structures that we lay out ourselves, against linux/kvm.h.
func TestLayout(t *testing.T) {
	var x xsave
	for what, pair := range map[string][2]uintptr{
		"kvm_xsave":       {unsafe.Sizeof(x), 4096},
		"MXCSR":           {unsafe.Offsetof(x.MXCSR), 24},
		"ST":              {unsafe.Offsetof(x.ST), 32},
		"XMM":             {unsafe.Offsetof(x.XMM), 160},
		"XSTATE_BV":       {unsafe.Offsetof(x.inUse), 512},
		"kvm_guest_debug": {unsafe.Sizeof(guestDebug{}), 72},
		"kvm_msrs":        {unsafe.Sizeof(oneMSR{}), 24},
		"KVM_SET_MSRS":    {opSetMSRs, 0x4008ae89},
		"KVM_INTERRUPT":   {opInterrupt, 0x4004ae86},
		"KVM_GET_XSAVE":   {opGetXSave, 0x9000aea4},
		"KVM_RUN":         {opRun, 0xae80},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %#x, want %#x", what, pair[0], pair[1])
		}
	}
}

// The upper halves of the YMM registers go to the vCPU and come back.
func TestYMM(t *testing.T) {
	e, err := open("")
	if err != nil {
		t.Skip(err)
	}
	defer e.dev.Close()
	if lacks := hostcpu.Lacking("avx"); lacks != "" {
		t.Skip("this host's processor, or its kernel, lacks ", lacks)
	}
	ram, free, err := cpu.NewRAM(bare.RAMSize)
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	v, err := e.newVCPU(cpu.Config{RAM: ram, Bus: nobody{}})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	want := cpu.FPU{FCW: 0x37f, MXCSR: 0x1f80}
	for i := range want.YMM {
		want.YMM[i] = [16]byte{0: byte(i), 15: 0xf0 | byte(i)}
	}
	for range 2 { // with them, and then with zeros
		if err := v.SetFPU(want); err != nil {
			t.Fatal(err)
		}
		got, err := v.FPU()
		if err != nil || got != want {
			t.Errorf("%v:\n%v\n%v", err, got, want)
		}
		want.YMM = [16][16]byte{}
	}
}
