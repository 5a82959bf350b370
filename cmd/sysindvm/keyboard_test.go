package main

import (
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// Bytes that come in one piece are told apart without looking at the clock; the
// bytes of a key may also come one by one.
func TestKeys(t *testing.T) {
	const typed = "n\x1b[C \r\x7fü€\x1b[1~\x1bOA\x03q"
	want := strings.Fields("n right space enter backspace ü € home up ctrl-c q")
	for _, k := range []*keyboard{
		{rest: []byte(typed)}, // nothing is ever read
		newKeyboard(iotest.OneByteReader(strings.NewReader(typed))),
	} {
		var got []string
		for k.typed == nil || len(got) < len(want) {
			if len(k.rest) == 0 && k.typed != nil {
				k.rest = <-k.typed
			}
			name, ok := k.key()
			if !ok {
				break
			}
			got = append(got, name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	// Esc by itself.
	if name, _ := (&keyboard{rest: []byte{27}}).key(); name != "esc" {
		t.Errorf("%q, want esc", name)
	}
}
