package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sysindvm/teach"
	"sysindvm/teach/page"
)

// rfc is the walk of the RFC's demo.
var rfc = sync.OnceValues(func() (*teach.Walk, error) {
	d, err := teach.Open("rfc")
	if err != nil {
		return nil, err
	}
	w, _, err := teach.Play(context.Background(), d, teach.Options{})
	return w, err
})

// twoTasks has a call that another task's finishes, several contexts in one
// call, a watched expression, questions, and narration of all kinds.
const twoTasks = `# # Two tasks
# A **bold** word, an *em*, a [link](https://example.org/x), and ` + "`code`" + `; <script>alert(1)</script>.
#
# - one
# - two
#
# A pipe first.
#: show current.FS.Umask
pipe([out ?r, ?w]) = 0
task B = fork
B: read(r, [out "go"], 2) <unfinished ...>
#: ask How many bytes? => 2
write(w, "go", 2) = 2
B: <... read resumed> = 2
# Three contexts at once.
#: ask What is the descriptor? => 9
f := indirect(OPENFLAGS{O_CLOEXEC}, UMASK{077}, FDSLOT{9}) openat(AT_FDCWD, "/tmp/x", O_CREAT|O_WRONLY, 0666)
umask(022) = 022
`

func play(t testing.TB, name, source string) *teach.Walk {
	t.Helper()
	d, err := teach.Parse(name, []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	w, _, err := teach.Play(t.Context(), d, teach.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func rfcWalk(t testing.TB) *teach.Walk {
	t.Helper()
	w, err := rfc()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func write(t testing.TB, walks ...*teach.Walk) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, walks...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// data is the JSON in a page.
func data(t *testing.T, text string) string {
	t.Helper()
	const open = `<script type="application/json" id="data">`
	_, rest, ok := strings.Cut(text, open)
	body, _, ok2 := strings.Cut(rest, "</script>")
	if !ok || !ok2 {
		t.Fatal("the page has no data")
	}
	return body
}

const maxPage = 500 << 10

func TestWrite(t *testing.T) {
	text := write(t, rfcWalk(t))
	t.Logf("the page of the RFC's demo has %d bytes, %d of them data", len(text), len(data(t, text)))
	if len(text) > maxPage {
		t.Errorf("%d bytes, more than %d", len(text), maxPage)
	}
	var doc struct {
		Walks []struct {
			Lines, Steps []map[string]any
		}
	}
	if err := json.Unmarshal([]byte(data(t, text)), &doc); err != nil {
		t.Fatal(err)
	}
	if w := rfcWalk(t); len(doc.Walks[0].Steps) != len(w.Steps) || len(doc.Walks[0].Lines) != len(w.Lines) {
		t.Errorf("%d steps and %d lines", len(doc.Walks[0].Steps), len(doc.Walks[0].Lines))
	}
	if strings.Contains(text, "{{") {
		t.Error("a place has not been filled")
	}
	if both := write(t, rfcWalk(t), rfcWalk(t)); len(both) > len(text)+len(data(t, text))/2 {
		t.Errorf("a second walk with the same texts adds %d bytes", len(both)-len(text))
	}
}

// Nothing of a walk ends the element that it is in, whatever it says.
func TestEscaped(t *testing.T) {
	const bad = "</script><script>alert(1)</script><!-- {{style}} \u2028"
	w := &teach.Walk{Title: bad, About: bad, Failure: bad, Name: bad, Lines: []teach.Line{{Text: bad, Say: bad, Result: bad, Task: bad}},
		Steps: []teach.Step{{Phase: bad, Func: bad, Stack: []string{bad}}}}
	text := write(t, w)
	if n := strings.Count(text, "<script"); n != 2 {
		t.Errorf("%d scripts begin, not 2", n)
	}
	if n := strings.Count(text, "</script>"); n != 2 {
		t.Errorf("%d scripts end, not 2", n)
	}
	if strings.Contains(text, "alert(1)</script>") {
		t.Error("the narration's script is in the page")
	}
	if !json.Valid([]byte(data(t, text))) {
		t.Error("the data is no JSON")
	}
}

func TestNoWalk(t *testing.T) {
	if err := page.Write(io.Discard); err == nil {
		t.Error("a page of nothing")
	}
	write(t, &teach.Walk{}) // empty, but one
}

func TestHandler(t *testing.T) {
	h, err := page.Handler(rfcWalk(t))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/": 200, "/x": 404} {
		r := httptest.NewRecorder()
		h.ServeHTTP(r, httptest.NewRequest("GET", path, nil))
		if r.Code != want {
			t.Errorf("%s: %d", path, r.Code)
		}
	}
	r := httptest.NewRecorder()
	h.ServeHTTP(r, httptest.NewRequest("POST", "/", nil))
	if r.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", r.Code)
	}
}

// lines takes what is written, and gives its first line.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said, ended := make(lines, 1), make(chan error, 1)
	go func() { ended <- page.Serve(ctx, "0", said, rfcWalk(t)) }()
	line := <-said
	i := strings.Index(line, "http://")
	if i < 0 || strings.Count(line, "\n") != 1 {
		t.Fatalf("%q", line)
	}
	url, _, _ := strings.Cut(line[i:], " ")
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != 200 || !strings.Contains(string(body), "The RFC&#39;s example") {
		t.Errorf("%s: %d bytes", res.Status, len(body))
	}
	addr := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
	if err := page.Serve(ctx, addr, io.Discard, rfcWalk(t)); err == nil || !strings.Contains(err.Error(), "is in use") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a port in use: %v", err)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end with its context")
	}
}

func TestServeAddress(t *testing.T) {
	for _, addr := range []string{"", "x", "1:2:3", "127.0.0.1:99999", "127.0.0.1:http", "192.0.2.1:0"} {
		if err := page.Serve(t.Context(), addr, io.Discard, rfcWalk(t)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", addr, err)
		}
	}
}

// file writes a page into a file, and gives its address.
func file(t testing.TB, walks ...*teach.Walk) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(name, []byte(write(t, walks...)), 0o666); err != nil {
		t.Fatal(err)
	}
	return "file://" + name
}
