package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A recorded call, looked at afterwards.
func TestReplay(t *testing.T) {
	dir := t.TempDir()
	for _, arch := range []string{"x86-64", "i386"} {
		t.Run(arch, func(t *testing.T) {
			file := filepath.Join(dir, arch+".rec")
			const call = `indirect(UMASK{077}) mkdir("/tmp/d", 0777)`
			stdout, stderr, status := sysindvm(t, "exec", "--arch", arch, "--record", file, call)
			if status != 0 || !strings.HasSuffix(stdout, call+" = 0\n") {
				t.Fatalf("status %d\n%s%s", status, stdout, stderr)
			}
			for _, tt := range []struct {
				args []string
				want []string
			}{
				{nil, []string{call + " = 0", "[pid 1 agent] fork() = 2", "[pid 2 agent]"}},
				{[]string{"--who", "proc.lastPid"}, []string{"guestkernel/proc.nextPid", "proc.lastPid = 1", "sysFork", "user mode"}},
				{[]string{"--show", "proc.numLive", "--show", "proc.lastPid"}, []string{"proc.numLive = 2", "proc.lastPid = 2"}},
			} {
				stdout, stderr, status := sysindvm(t, append([]string{"replay", file}, tt.args...)...)
				if status != 0 {
					t.Errorf("%v: status %d: %s", tt.args, status, stderr)
				}
				for _, want := range tt.want {
					if !strings.Contains(stdout, want) {
						t.Errorf("%v: no %q in\n%s", tt.args, want, stdout)
					}
				}
			}
		})
	}
}

func TestRecordErrors(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	if _, stderr, status := sysindvm(t, "exec", "--record", good, "getpid()"); status != 0 {
		t.Fatal(stderr)
	}
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	damage := func(f func(b []byte) []byte) {
		t.Helper()
		if err := os.WriteFile(bad, f(append([]byte(nil), b...)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		f    func(b []byte) []byte
		args []string
		want string
	}{
		{"no record", func(b []byte) []byte { return []byte("hello, world") }, []string{"replay", bad}, "bad: this is not a record"},
		{"cut off", func(b []byte) []byte { return b[:len(b)/2] }, []string{"replay", bad}, "bad: the record is cut off"},
		{"another version", func(b []byte) []byte { b[8]++; return b }, []string{"replay", bad}, "record the run again"},
		{"damaged", func(b []byte) []byte { b[len(b)/2]++; return b }, []string{"replay", bad}, "its checksum is wrong"},
		{"not there", nil, []string{"replay", filepath.Join(dir, "none")}, "no such file"},
		{"outside", nil, []string{"replay", good, "--at", "99999999999"}, "the record has 0 to"},
		{"no such thing", nil, []string{"replay", good, "--who", "current.zz"}, "current"},
		{"nothing to show", nil, []string{"replay", good, "--show", "proc.zz"}, "--show proc.zz"},
		{"kvm", nil, []string{"exec", "--engine", "kvm", "--record", bad, "getpid()"}, "engine soft"},
		{"two calls", nil, []string{"exec", "--record", bad, "getpid()", "getpid()"}, "one call"},
	} {
		if tt.f != nil {
			damage(tt.f)
		}
		_, stderr, status := sysindvm(t, tt.args...)
		if status != 2 || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q, want %q in one line", tt.name, status, stderr, tt.want)
		}
	}
}

func TestDemoCommand(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "own.sys")
	if err := os.WriteFile(own, []byte("# # My own\n# A call.\ngetpid() = A\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args   []string
		status int
		want   []string
	}{
		{[]string{"demo"}, 0, []string{"rfc ", "The RFC's example", "price "}},
		{[]string{"demo", "rfc"}, 0, []string{"in force: OPENFLAGS{O_CLOEXEC}", "onto the chain: Ctx[OPENFLAGS][0] was none", "restore", "instructions)"}},
		{[]string{"demo", "rfc", "--bug", "norestore"}, 0, []string{"This kernel has a bug: norestore.", "The script fails:"}},
		{[]string{"demo", "rfc", "--quiz"}, 0, []string{"? Which descriptor will the socket be?", "It is: 3"}},
		{[]string{"demo", "rfc", "--html", filepath.Join(dir, "page.html")}, 0, []string{"The page is in"}},
		{[]string{"demo", "rfc", "--html", filepath.Join(dir, "no", "page.html")}, 2, []string{"no such file"}},
		{[]string{"demo", "rfc", "--http", "nowhere:x"}, 2, []string{"HOST:PORT"}},
		{[]string{"demo", own}, 0, []string{"My own", "getpid()", "inside"}},
		{[]string{"demo", "nothing"}, 2, []string{"there is no demo \"nothing\": there are rfc"}},
		{[]string{"demo", "rfc", "--bug", "x"}, 2, []string{"there are norestore"}},
		{[]string{"demo", filepath.Join(dir, "none.sys")}, 2, []string{"no such file"}},
	} {
		stdout, stderr, status := sysindvm(t, tt.args...)
		if status != tt.status {
			t.Errorf("%v: status %d: %s", tt.args, status, stderr)
		}
		for _, want := range tt.want {
			if !strings.Contains(stdout+stderr, want) {
				t.Errorf("%v: no %q in\n%s%s", tt.args, want, stdout, stderr)
			}
		}
	}
}
