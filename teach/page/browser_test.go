package page_test

import (
	"fmt"
	"strings"
	"testing"

	"sysindvm/internal/chromium"
)

// browser is a page in Chromium, and what there is on pages of walks.
type browser struct {
	*chromium.Tab
	chromium *chromium.Browser
}

func startBrowser(t testing.TB) *browser {
	t.Helper()
	c := chromium.Start(t)
	return &browser{c.Tab(), c}
}

// eval is the value of an expression of JavaScript, as text.
func (b *browser) eval(js string) string { return fmt.Sprint(b.Eval(js)) }

// step is the step that the page shows, as its summary begins: Step 1 of 39.
func (b *browser) step() string {
	s, _, _ := strings.Cut(b.Text("#summary"), " ·")
	return s
}

func (b *browser) key(name string) { b.Key(name, 0, 0) }

// screen sets the window's size and the reader's preference.
func (b *browser) screen(width, height int, scheme string) {
	b.Size(width, height)
	b.Scheme(scheme)
}
