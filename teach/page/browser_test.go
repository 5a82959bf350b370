package page_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// browser is a headless Chromium, spoken to by the DevTools protocol over a pair
// of pipes: JSON, ended by a zero byte.
type browser struct {
	t       testing.TB
	out     io.Writer
	in      chan message
	session string
	id      int
	// What the page has said on the console, and what it has asked for.
	console, requests []string
}

type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct{ Message string }
}

// browserTime is what an answer of Chromium's may take.
const browserTime = 60 * time.Second

func startBrowser(t testing.TB) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("chromium is not installed")
	}
	dir, err := os.MkdirTemp("", "page")
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, in: make(chan message, 1000)}
	r, w := b.run(path, dir)
	go b.read(r)
	b.out = w
	var target struct{ TargetID string }
	b.do("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	b.do("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	b.session = session.SessionID
	for _, domain := range []string{"Runtime", "Log", "Network", "Page"} {
		b.do(domain+".enable", nil, nil)
	}
	return b
}

// run starts Chromium; it ends with the test.
func (b *browser) run(path, dir string) (io.Reader, io.Writer) {
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--user-data-dir="+dir, "--remote-debugging-pipe", "about:blank")
	theirIn, w, err := os.Pipe()
	r, theirOut, err2 := os.Pipe()
	if err != nil || err2 != nil {
		b.t.Fatal(err, err2)
	}
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4
	if err := cmd.Start(); err != nil {
		b.t.Skipf("chromium does not start: %v", err)
	}
	theirIn.Close()
	theirOut.Close()
	b.t.Cleanup(func() {
		w.Close()
		cmd.Process.Kill()
		cmd.Wait()
		r.Close()
		os.RemoveAll(dir)
	})
	return r, w
}

func (b *browser) read(r io.Reader) {
	defer close(b.in)
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(bytes.TrimSuffix(line, []byte{0}), &m) == nil {
			b.in <- m
		}
	}
}

// do gives a command, and waits for its result.
func (b *browser) do(method string, params map[string]any, result any) {
	b.t.Helper()
	b.id++
	if params == nil {
		params = map[string]any{}
	}
	m := map[string]any{"id": b.id, "method": method, "params": params}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.out.Write(append(text, 0)); err != nil {
		b.t.Fatalf("%s: chromium is gone: %v", method, err)
	}
	answer := b.wait(method, func(m message) bool { return m.ID == b.id })
	if answer.Error != nil {
		b.t.Fatalf("%s: %s", method, answer.Error.Message)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
	}
}

// wait takes what Chromium says until it says what is waited for.
func (b *browser) wait(what string, is func(message) bool) message {
	b.t.Helper()
	late := time.After(browserTime)
	for {
		select {
		case m, ok := <-b.in:
			if !ok {
				b.t.Fatalf("%s: chromium has ended", what)
			}
			b.note(m)
			if is(m) {
				return m
			}
		case <-late:
			b.t.Fatalf("%s: nothing from chromium in %v", what, browserTime)
		}
	}
}

func (b *browser) note(m message) {
	switch m.Method {
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		b.console = append(b.console, string(m.Params))
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		json.Unmarshal(m.Params, &p)
		b.requests = append(b.requests, p.Request.URL)
	}
}

// open loads a page of its own: another one even if only the part behind the #
// differs.
func (b *browser) open(url string) {
	b.t.Helper()
	for _, u := range []string{"about:blank", url} {
		b.do("Page.navigate", map[string]any{"url": u}, nil)
		b.wait("load", func(m message) bool { return m.Method == "Page.loadEventFired" })
	}
}

// eval evaluates JavaScript in the page, and gives its value as text.
func (b *browser) eval(js string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.do("Runtime.evaluate", map[string]any{"expression": js, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", js, r.ExceptionDetails.Exception.Description)
	}
	return fmt.Sprint(r.Result.Value)
}

// text is what a reader sees of an element.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return b.eval(fmt.Sprintf("document.querySelector(%q)?.innerText ?? '(nothing)'", selector))
}

// step is the step that the page shows, as its summary begins: Step 1 of 39.
func (b *browser) step() string {
	b.t.Helper()
	s, _, _ := strings.Cut(b.text("#summary"), " ·")
	return s
}

func (b *browser) key(name string) {
	b.t.Helper()
	p := map[string]any{"type": "keyDown", "key": name}
	if len(name) == 1 {
		p["text"] = name
	}
	b.do("Input.dispatchKeyEvent", p, nil)
	b.do("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name}, nil)
}

// screen sets the window's size and the reader's preference.
func (b *browser) screen(width, height int, scheme string) {
	b.t.Helper()
	b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	b.do("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// shoot keeps a picture of the page, in the folder that PAGE_SHOTS names.
func (b *browser) shoot(name string, whole bool) {
	b.t.Helper()
	dir := os.Getenv("PAGE_SHOTS")
	if dir == "" {
		return
	}
	var r struct{ Data string }
	b.do("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": whole}, &r)
	png, err := base64.StdEncoding.DecodeString(r.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o666); err != nil {
		b.t.Fatal(err)
	}
}
