//go:build unix

package playground_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sysindvm/internal/chromium"
	"sysindvm/web/playground"
	"sysindvm/web/playground/play"
)

// browser is a Chromium, and what there is on the pages of the playground.
type browser struct {
	*chromium.Browser
	t testing.TB
	// errors says that what the browser itself complains of is no failure.
	errors bool
}

// tab is such a page.
type tab struct {
	*chromium.Tab
	t testing.TB
}

func start(t testing.TB) *browser {
	t.Helper()
	return &browser{Browser: chromium.Start(t), t: t}
}

// open opens a page in a tab of its own, of so many pixels.
func (b *browser) open(address string, width, height int) *tab {
	b.t.Helper()
	p := &tab{b.Tab(), b.t}
	p.Size(width, height)
	p.Open(address)
	b.t.Cleanup(func() {
		for _, c := range p.Complaints {
			if !b.errors {
				b.t.Errorf("the browser says: %s", c)
			}
		}
	})
	return p
}

// until waits until an expression is true.
func (p *tab) until(expression string) {
	p.t.Helper()
	if p.Eval(`new Promise((resolve) => {
		const start = performance.now();
		const look = () => { let ok = false; try { ok = Boolean(`+expression+`); } catch {}
			if (ok || performance.now() - start > 45e3) resolve(ok); else setTimeout(look, 20); };
		look();
	})`) != true {
		p.t.Fatalf("%s has not come true; the page says %q and\n%s", expression, p.said(), p.text("output"))
	}
}

func (p *tab) text(id string) string {
	p.t.Helper()
	s, _ := p.Eval(`(document.getElementById("` + id + `") || {}).textContent`).(string)
	return s
}

func (p *tab) said() string { return p.text("said") }

// ready waits until the machine is loaded.
func (p *tab) ready() {
	p.t.Helper()
	p.until(`!document.getElementById("run").disabled`)
}

// write puts a script into the editor, as a paste does.
func (p *tab) write(script string) {
	p.t.Helper()
	text, _ := json.Marshal(script)
	p.Eval(`{ const s = document.getElementById("script"); s.focus(); s.value = ` + string(text) + `; s.dispatchEvent(new Event("input")); }`)
}

// run runs the script by its key and waits for the end.
func (p *tab) run() {
	p.t.Helper()
	p.Key("Enter", 13, chromium.Ctrl)
	p.until(`document.getElementById("stop").disabled && !/^(Ready|Running)/.test(document.getElementById("said").textContent)`)
}

// serve serves the site below a path.
func serve(t testing.TB) string {
	t.Helper()
	h, err := playground.Handler()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/"
}

func wants(t testing.TB, what, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%s: %q is not in\n%s", what, w, got)
		}
	}
}

// TestPage goes through the page as a reader does.
func TestPage(t *testing.T) {
	b := start(t)
	p := b.open(serve(t), 1280, 860)
	p.ready()
	p.Shot("start", false)
	p.run()
	wants(t, "the RFC's example", p.said(), "Passed", "instructions")
	wants(t, "the RFC's example", p.text("output"), "--- PASS: playground", "[A] indirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3", "1 passed, 0 failed, 0 skipped")
	native := play.Run(t.Context(), p.Eval(`document.getElementById("script").value`).(string), play.Options{})
	wants(t, "the same machine as here", strings.ReplaceAll(p.said(), ",", ""), fmt.Sprintf(" %d instructions", native.Instructions))
	p.Shot("passed", false)
	p.Scheme("dark")
	p.Shot("dark", false)
	p.Scheme("light")

	p.write("s := socket(AF_INET, SOCK_STREAM, 0)\nfcntl(s, F_GETFD) = FD_CLOEXEC\n")
	p.run()
	wants(t, "a failure", p.said(), "Failed", "line 2")
	wants(t, "a failure", p.text("output"), "- want", "+ got")
	wants(t, "the marked line", p.Eval(`document.querySelector("#numbers .wrong").textContent`).(string), "2")
	p.Shot("failed", false)

	p.write("getpid()\nclose(3, O_RDWRR)\n")
	p.until(`!document.getElementById("wrong").hidden`) // while it is written
	p.run()
	wants(t, "no script", p.said(), "line 2")
	if said := p.said(); !regexp.MustCompile(`[^.?!][.?!]$`).MatchString(said) {
		t.Errorf("it ends with more than one mark: %q", said)
	}
	wants(t, "no script", p.text("output"), "playground.sys:2:", "\n    close(3, O_RDWRR)\n", "^")
	p.Eval(`document.getElementById("goto").click()`)
	if at := p.Eval(`document.activeElement.id + document.getElementById("script").selectionStart`); !strings.HasPrefix(at.(string), "script") || at == "script0" {
		t.Errorf("Go to line leads to %v", at)
	}
	p.Scheme("dark")
	p.Shot("wrong", false)
	p.Scheme("light")

	p.write("getpid( )\n\n\n\ngetuid()")
	p.Eval(`document.getElementById("format").click()`)
	p.until(`document.getElementById("script").value === "getpid()\n\ngetuid()\n"`)
	p.Eval(`{ const e = document.getElementById("examples"); e.value = "blocking_read"; e.dispatchEvent(new Event("change")); }`)
	p.until(`/empty pipe sleeps/.test(document.getElementById("script").value)`)
	p.run()
	wants(t, "another example", p.said(), "Passed")
}

// endless is a script that does not end, as a signal comes every few
// instructions.
var endless = "rt_sigaction(SIGALRM, {sa_handler=handler, sa_flags=0, sa_mask=[]}, NULL, 8) = 0\n" +
	"setitimer(ITIMER_REAL, {it_interval={0, 10}, it_value={0, 10}}, NULL) = 0\n" +
	strings.Repeat("tick 1m\n", 100)

// TestStop stops a script, and runs another.
func TestStop(t *testing.T) {
	b := start(t)
	p := b.open(serve(t), 1280, 860)
	p.ready()
	p.write(endless)
	p.Key("Enter", 13, chromium.Ctrl)
	p.until(`!document.getElementById("stop").disabled`)
	time.Sleep(time.Second)
	if s := p.said(); !strings.HasPrefix(s, "Running") {
		t.Fatalf("it has ended by itself: %s", s)
	}
	p.Key("Escape", 27, 0)
	p.until(`/^Stopped after/.test(document.getElementById("said").textContent)`)
	p.until(`!document.getElementById("run").disabled`)
	p.write("getpid()\n")
	p.run()
	wants(t, "after Stop", p.said(), "Passed")
}

// TestLinks restores scripts from links, and says what is wrong with others.
func TestLinks(t *testing.T) {
	b := start(t)
	site := serve(t)
	p := b.open(site, 1280, 860)
	p.ready()
	script := "# Grüße\nread(-1, [out ...], 1) = -1 EBADF\n"
	p.write(script)
	p.Eval(`document.getElementById("i386").click()`)
	p.Eval(`document.getElementById("link").click()`)
	p.until(`location.hash.startsWith("#z=")`)
	address := p.Eval(`location.href`).(string)

	p = b.open(address, 390, 844)
	p.ready()
	if got := p.Eval(`document.getElementById("script").value`); got != script {
		t.Errorf("restored: %q, want %q", got, script)
	}
	if p.Eval(`document.getElementById("i386").checked`) != true {
		t.Error("the link has lost that the calls are 32-bit ones")
	}
	p.run()
	wants(t, "restored", p.said(), "Passed")
	p.Shot("phone", true)

	p = b.open(site+"#s=getpid()%0Agetuid()", 390, 844)
	p.ready()
	if got := p.Eval(`document.getElementById("script").value`); got != "getpid()\ngetuid()" {
		t.Errorf("by hand: %q", got)
	}
	p = b.open(site+"#example=epoll", 390, 844)
	p.ready()
	p.until(`/^# epoll/.test(document.getElementById("script").value)`)
	for _, bad := range []string{"#z=%%%", "#z=AAAA", "#example=nothing"} {
		p = b.open(site+bad, 390, 844)
		p.ready()
		wants(t, bad, p.said(), "cannot be read")
	}
}

// TestStatic serves what Write has written by a plain file server, below a
// path, once as it is, once by one that says what is compressed. The page gets
// all from there.
func TestStatic(t *testing.T) {
	dir := t.TempDir()
	if err := playground.Write(filepath.Join(dir, "a b", "play")); err != nil {
		t.Fatal(err)
	}
	b := start(t)
	files := http.FileServer(http.Dir(dir))
	for name, h := range map[string]http.Handler{
		"plain": files,
		"gzip": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".gz") {
				w.Header().Set("Content-Encoding", "gzip")
			}
			files.ServeHTTP(w, r)
		}),
	} {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		p := b.open(s.URL+"/a%20b/play/", 1280, 860)
		p.ready()
		p.run()
		wants(t, name, p.said(), "Passed")
		from := p.Eval(`performance.getEntriesByType("resource").map((e) => e.name).join("\n")`).(string)
		for line := range strings.Lines(from) {
			if !strings.HasPrefix(line, s.URL+"/a%20b/play/") {
				t.Errorf("%s: the page has got %s", name, line)
			}
		}
	}
}

// TestDamaged has the page say what is wrong with the site.
func TestDamaged(t *testing.T) {
	b := start(t)
	b.errors = true
	for _, tc := range []struct{ file, data, said string }{
		{"machine.wasm.gz", "", "machine.wasm.gz cannot be loaded: 404"},
		{"machine.wasm.gz", "\x1f\x8b\x08 and no more", "machine.wasm.gz is damaged"},
		{"machine.wasm.gz", "<html>", "WebAssembly"},
		{"worker.js", "", "worker cannot be loaded"},
		{"worker.js", "onmessage = () => { throw new Error('no more memory'); }", "no more memory"},
	} {
		dir := t.TempDir()
		if err := playground.Write(dir); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, tc.file)
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if tc.data != "" {
			if err := os.WriteFile(name, []byte(tc.data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s := httptest.NewServer(http.FileServer(http.Dir(dir)))
		p := b.open(s.URL, 800, 600)
		p.until(`document.getElementById("status").classList.contains("bad")`)
		wants(t, tc.file, p.said(), tc.said)
		s.Close()
	}
}

// TestNames looks whether all that can be operated has a name for those who do
// not see it.
func TestNames(t *testing.T) {
	b := start(t)
	p := b.open(serve(t), 1280, 860)
	p.ready()
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name struct{ Value string }
		}
	}
	p.Do("Accessibility.getFullAXTree", nil, &tree)
	roles := map[string]int{}
	for _, n := range tree.Nodes {
		switch role := n.Role.Value; role {
		case "button", "textbox", "checkbox", "combobox", "link", "region", "navigation":
			roles[role]++
			if !n.Ignored && n.Name.Value == "" {
				t.Errorf("a %s has no name", role)
			}
		}
	}
	if roles["button"] < 4 || roles["textbox"] != 1 || roles["checkbox"] != 2 || roles["combobox"] != 1 {
		t.Errorf("there are %v", roles)
	}
}

// BenchmarkPage measures what a reader waits for, and how fast the machine is.
func BenchmarkPage(b *testing.B) {
	c := start(b)
	site := serve(b)
	var ready, first, again, calls float64
	for b.Loop() {
		p := c.open(site, 1280, 860)
		p.ready()
		ready += p.Eval(`performance.now()`).(float64)
		p.run()
		first += p.Eval(`performance.now()`).(float64)
		seconds := func() float64 {
			p.run()
			var s float64
			fmt.Sscanf(p.said(), "Passed: %f s", &s)
			return s
		}
		again += seconds()
		p.write(strings.Repeat("getpid()\n", 5000))
		seconds() // the browser compiles what runs often once more
		calls += 5000 / seconds()
	}
	n := float64(b.N)
	b.ReportMetric(ready/n, "ms-to-ready")
	b.ReportMetric(first/n, "ms-to-first-result")
	b.ReportMetric(1000*again/n, "ms-a-run")
	b.ReportMetric(calls/n, "calls/s")
}

// TestReference looks at the language's reference.
func TestReference(t *testing.T) {
	b := start(t)
	p := b.open(serve(t)+"scripts.html", 1000, 900)
	p.until(`document.readyState === "complete" && document.querySelector("h1")`)
	wants(t, "the reference", p.Eval(`document.body.textContent`).(string), "strace's notation", "O_RDWR|O_CREAT", "Grammar")
	p.Shot("reference", false)
}
