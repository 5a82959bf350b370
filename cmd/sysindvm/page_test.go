package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sysindvm/teach"
)

func TestDemoPage(t *testing.T) {
	w := &teach.Walk{Title: "A walk"}
	name := filepath.Join(t.TempDir(), "a.html")
	var out, say bytes.Buffer
	ended, end := context.WithCancel(t.Context())
	end()
	if err := demoPage(ended, &out, &say, name, "0", w); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(name); err != nil || !strings.Contains(string(b), "<title>A walk</title>") || !strings.Contains(say.String(), name) || out.Len() > 0 {
		t.Errorf("%v, %q, %q", err, say.String(), out.String())
	}
	if err := demoPage(t.Context(), &out, io.Discard, "-", "", w); err != nil || !strings.HasPrefix(out.String(), "<!doctype html>") {
		t.Errorf("-: %v", err)
	}
	for _, bad := range [][2]string{{filepath.Join(name, "x"), ""}, {"", "nonsense"}, {"", "1:2:3"}} {
		var se *statusError
		if err := demoPage(t.Context(), io.Discard, io.Discard, bad[0], bad[1], w); !errors.As(err, &se) || se.status != statusUsage {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
