package play_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sysindvm/tests/scripts"
	"sysindvm/web/playground/play"
)

func TestRun(t *testing.T) {
	rfc, err := scripts.Files.ReadFile("rfc_example.sys")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, script, status, brief, text string
		at                                play.Place
		options                           play.Options
	}{
		{name: "RFC", script: string(rfc), status: "PASS", text: "[A] fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)"},
		{name: "RFC on i386", script: string(rfc), status: "PASS", text: "SOCK_STREAM", options: play.Options{I386: true}},
		{name: "RFC without indirect", script: string(rfc), status: "FAIL", text: "ENOSYS", brief: "line 4: ", at: play.Place{Line: 4}, options: play.Options{NoIndirect: true}},
		{name: "empty", script: "", status: "PASS", text: "1 passed"},
		{name: "failure", script: "\ngetuid() = 7", status: "FAIL", text: "- want 7", brief: "line 2: want 7, got 0", at: play.Place{Line: 2}},
		{name: "no script", script: "getuid()\nclose(1, 2)", status: "WRONG", text: "\n             ^", brief: "line 2: close takes 1 argument", at: play.Place{Line: 2, Col: 10}},
		{name: "of a host", script: "requires: host\ngetpid()", status: "SKIP", text: "host"},
		{name: "not of i386", script: "requires: x86-64\ngetpid()", status: "WRONG", text: "x86-64", at: play.Place{Line: 1, Col: 11}, options: play.Options{I386: true}},
		{name: "for ever", script: "pipe([out ?r, ?w])\nread(r, [out ...], 1)", status: "FAIL", at: play.Place{Line: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := play.Run(t.Context(), tc.script, tc.options)
			if o.Status != tc.status || !strings.Contains(o.Text, tc.text) || !strings.HasPrefix(o.Brief, tc.brief) || o.At != tc.at {
				t.Errorf("%+v", o)
			}
		})
	}
}

// TestSame runs a script twice: it takes the same instructions.
func TestSame(t *testing.T) {
	const text = "a := getpid()\ntick 50ms\nnanosleep({0, 1000000}, NULL)"
	a, b := play.Run(t.Context(), text, play.Options{}), play.Run(t.Context(), text, play.Options{})
	if a.Instructions != b.Instructions || a.Instructions == 0 {
		t.Errorf("%d and %d instructions", a.Instructions, b.Instructions)
	}
}

// TestEndless ends a script that does not end by itself: where there is one
// thread, too.
func TestEndless(t *testing.T) {
	const text = "rt_sigaction(SIGALRM, {sa_handler=handler, sa_flags=0, sa_mask=[]}, NULL, 8) = 0\n" +
		"setitimer(ITIMER_REAL, {it_interval={0, 10}, it_value={0, 10}}, NULL) = 0\ntick 1m\ntick 1m\n"
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, errors.New("that is enough"))
	defer cancel()
	o := play.Run(ctx, text, play.Options{})
	if o.Status != "ERROR" && o.Status != "FAIL" || o.Duration > 10*time.Second {
		t.Errorf("%s after %v: %s", o.Status, o.Duration, o.Text)
	}
}

func TestFormat(t *testing.T) {
	if s, o := play.Format("getpid( )\n\n\n"); s != "getpid()\n" || o != nil {
		t.Errorf("%q, %v", s, o)
	}
	if _, o := play.Format("getpid("); o == nil || o.At.Line != 1 || o.Status != "WRONG" {
		t.Errorf("%+v", o)
	}
	if o := play.Check("getpid()"); o != nil {
		t.Errorf("%+v", o)
	}
	if o := play.Check("getpidd()"); o == nil || !strings.Contains(o.Brief, "did you mean getpid?") {
		t.Errorf("%+v", o)
	}
}

// TestNode runs these tests as the page runs the machine: as WebAssembly.
func TestNode(t *testing.T) {
	if runtime.GOOS == "js" {
		t.Skip("it is being done")
	}
	if testing.Short() {
		t.Skip("it builds the tests again")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("there is no node here to run WebAssembly")
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip(err)
	}
	runner := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "go_js_wasm_exec")
	cmd := exec.Command("go", "test", "-count=1", "-exec="+runner, ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// BenchmarkCalls is how many calls a script makes, one after the other.
func BenchmarkCalls(b *testing.B) {
	const calls = 5000
	text := strings.Repeat("getpid()\n", calls)
	for b.Loop() {
		if o := play.Run(b.Context(), text, play.Options{}); o.Status != "PASS" {
			b.Fatal(o.Text)
		}
	}
	b.ReportMetric(float64(b.N)*calls/b.Elapsed().Seconds(), "calls/s")
}

// BenchmarkRun is a run of a script of one call.
func BenchmarkRun(b *testing.B) {
	for b.Loop() {
		play.Run(b.Context(), "getpid()", play.Options{})
	}
}
