// Package chromium drives a Chromium without a window, for tests of web pages:
// by the DevTools protocol, over a pair of pipes, in JSON ended by a zero byte
// (https://chromedevtools.github.io/devtools-protocol). Begin with [Start].
package chromium

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
	"testing"
	"time"
)

// patience is the longest that an answer may take: a busy machine is slow to
// start a browser.
const patience = 90 * time.Second

// Browser is one that runs. Whatever goes wrong with it ends its test.
type Browser struct {
	t    testing.TB
	out  io.Writer
	in   chan message
	id   int
	tabs map[string]*Tab // by session
}

type message struct {
	ID        int             `json:"id"`
	SessionID string          `json:"sessionId"`
	Method    string          `json:"method"`
	Params    json.RawMessage `json:"params"`
	Result    json.RawMessage `json:"result"`
	Error     *struct{ Message string }
}

// Start starts a browser that ends with the test; the test is skipped where
// there is none.
func Start(t testing.TB) *Browser {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		r, w, err := run(t, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
			"--no-first-run", "--disable-background-networking", "--remote-debugging-pipe")
		if err != nil {
			t.Skipf("%s does not start: %v", name, err)
		}
		b := &Browser{t: t, out: w, in: make(chan message, 1000), tabs: map[string]*Tab{}}
		go b.read(r)
		return b
	}
	t.Skip("chromium is not installed")
	return nil
}

// Use has what goes wrong from now on end t, a part of the test.
func (b *Browser) Use(t testing.TB) { b.t = t }

func (b *Browser) read(r io.Reader) {
	defer close(b.in)
	in := bufio.NewReader(r)
	for {
		text, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m) == nil {
			b.in <- m
		}
	}
}

// do gives a command, in a session if one is named, and waits for its result.
func (b *Browser) do(session, method string, params map[string]any, result any) {
	b.t.Helper()
	b.id++
	if params == nil {
		params = map[string]any{}
	}
	m := map[string]any{"id": b.id, "method": method, "params": params}
	if session != "" {
		m["sessionId"] = session
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

// wait takes what the browser says until it says what is waited for.
func (b *Browser) wait(what string, is func(message) bool) message {
	b.t.Helper()
	late := time.After(patience)
	for {
		select {
		case m, ok := <-b.in:
			if !ok {
				b.t.Fatalf("%s: chromium has ended", what)
			}
			if p := b.tabs[m.SessionID]; p != nil {
				p.note(m)
			}
			if is(m) {
				return m
			}
		case <-late:
			b.t.Fatalf("%s: nothing from chromium in %v", what, patience)
		}
	}
}

// Tab is a page.
type Tab struct {
	b       *Browser
	session string
	// Complaints are what the page has said on its console, its exceptions among
	// that, and what the browser has said of it; Requests the addresses that it
	// has asked for.
	Complaints, Requests []string
}

// Tab opens an empty page.
func (b *Browser) Tab() *Tab {
	b.t.Helper()
	var target struct{ TargetID string }
	b.do("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.do("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	p := &Tab{b: b, session: attached.SessionID}
	b.tabs[p.session] = p
	for _, domain := range []string{"Runtime", "Log", "Network", "Page"} {
		p.Do(domain+".enable", nil, nil)
	}
	p.Do("Page.bringToFront", nil, nil)
	return p
}

func (p *Tab) note(m message) {
	switch m.Method {
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		p.Complaints = append(p.Complaints, string(m.Params))
	case "Network.requestWillBeSent":
		var r struct{ Request struct{ URL string } }
		json.Unmarshal(m.Params, &r)
		p.Requests = append(p.Requests, r.Request.URL)
	}
}

// Do gives a command of the protocol, and waits for its result, which is put
// into what result points to, if that is not nil.
func (p *Tab) Do(method string, params map[string]any, result any) {
	p.b.t.Helper()
	p.b.do(p.session, method, params, result)
}

// Open loads a page, and waits until it is there: another one even if only the
// part behind the # differs.
func (p *Tab) Open(url string) {
	p.b.t.Helper()
	for _, u := range []string{"about:blank", url} {
		p.Do("Page.navigate", map[string]any{"url": u}, nil)
		p.b.wait("load", func(m message) bool { return m.SessionID == p.session && m.Method == "Page.loadEventFired" })
	}
}

// Eval is the value of an expression of JavaScript in the page; of a promise,
// what comes of it.
func (p *Tab) Eval(js string) any {
	p.b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	p.Do("Runtime.evaluate", map[string]any{"expression": js, "returnByValue": true, "awaitPromise": true}, &r)
	if e := r.ExceptionDetails; e != nil {
		p.b.t.Fatalf("%s: %s %s", js, e.Text, e.Exception.Description)
	}
	return r.Result.Value
}

// Text is what a reader sees of the first element that a CSS selector finds.
func (p *Tab) Text(selector string) string {
	p.b.t.Helper()
	return fmt.Sprint(p.Eval(fmt.Sprintf("document.querySelector(%q)?.innerText ?? '(nothing)'", selector)))
}

// Modifiers of keys.
const Ctrl = 2

// Key presses and releases a key: by its name, and its code on Windows where a
// page asks for that.
func (p *Tab) Key(name string, code, modifiers int) {
	p.b.t.Helper()
	down := map[string]any{"type": "rawKeyDown", "key": name, "code": name, "windowsVirtualKeyCode": code, "modifiers": modifiers}
	if len(name) == 1 {
		down["type"], down["text"] = "keyDown", name
	}
	p.Do("Input.dispatchKeyEvent", down, nil)
	down["type"] = "keyUp"
	delete(down, "text")
	p.Do("Input.dispatchKeyEvent", down, nil)
}

// Size makes the page so many pixels wide and high; one that is narrower than
// 600 is a telephone's.
func (p *Tab) Size(width, height int) {
	p.b.t.Helper()
	p.Do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
}

// Scheme says what the reader prefers: "light" or "dark".
func (p *Tab) Scheme(name string) {
	p.b.t.Helper()
	p.Do("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": name}}}, nil)
}

// Shots is the variable that names a folder for pictures of the pages, so that
// people can look at them.
const Shots = "PAGE_SHOTS"

// Shot keeps a picture of the page, the whole of it or what is in the window, if
// there is a folder for it.
func (p *Tab) Shot(name string, whole bool) {
	p.b.t.Helper()
	dir := os.Getenv(Shots)
	if dir == "" {
		return
	}
	var r struct{ Data string }
	p.Do("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": whole}, &r)
	png, err := base64.StdEncoding.DecodeString(r.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.b.t.Error(err)
	}
}
