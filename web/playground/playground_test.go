package playground_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sysindvm/web/playground"
	"sysindvm/web/playground/play"
)

// TestExamples runs all scripts that the page offers.
func TestExamples(t *testing.T) {
	files, err := playground.Files()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for name, data := range files {
		if !strings.HasPrefix(name, "examples/") {
			continue
		}
		count++
		if o := play.Run(t.Context(), string(data), play.Options{}); o.Status != "PASS" || o.Console != "" {
			t.Errorf("%s: %s%s", name, o.Text, o.Console)
		}
	}
	if count < 20 {
		t.Errorf("there are %d examples", count)
	}
}

// TestSize holds the site to what a reader should have to load.
func TestSize(t *testing.T) {
	files, err := playground.Files()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, data := range files {
		sum += len(data)
	}
	if sum > 3<<20 {
		t.Errorf("the site has %d bytes", sum)
	}
}

// TestLinksOfPages looks for what the pages refer to.
func TestLinksOfPages(t *testing.T) {
	files, err := playground.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"index.html", "scripts.html"} {
		text := string(files[page])
		if strings.Contains(text, "{{") {
			t.Errorf("%s: a place of the template is left", page)
		}
		for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
			to := m[1]
			switch {
			case strings.HasPrefix(to, "https://"):
			case strings.HasPrefix(to, "#"):
				if !strings.Contains(text, `id="`+to[1:]+`"`) {
					t.Errorf("%s: there is no %s", page, to)
				}
			case files[to] == nil:
				t.Errorf("%s: there is no %s", page, to)
			}
		}
	}
}

func TestHandler(t *testing.T) {
	h, err := playground.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		method, path string
		status       int
		kind         string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8"},
		{"HEAD", "/index.html", 200, "text/html; charset=utf-8"},
		{"GET", "/machine.wasm.gz", 200, "application/gzip"},
		{"GET", "/examples/epoll.sys", 200, "text/plain; charset=utf-8"},
		{"GET", "/examples", 404, ""},
		{"GET", "/../go.mod", 404, ""},
		{"POST", "/", 405, ""},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tc.method, tc.path, nil))
		if w.Code != tc.status || tc.kind != "" && w.Header().Get("Content-Type") != tc.kind {
			t.Errorf("%s %s: %d, %s", tc.method, tc.path, w.Code, w.Header().Get("Content-Type"))
		}
		if tc.status != 200 {
			continue
		}
		r := httptest.NewRequest(tc.method, tc.path, nil)
		r.Header.Set("If-None-Match", w.Header().Get("ETag"))
		w = httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusNotModified {
			t.Errorf("%s %s: %d for what has not changed", tc.method, tc.path, w.Code)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second time over the first
		if err := playground.Write(filepath.Join(dir, "new", "site")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "new", "site", "guest", "kernel.gz")); err != nil {
		t.Error(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, filepath.Join(file, "sub")} {
		if err := playground.Write(bad); err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
