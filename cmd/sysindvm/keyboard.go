package main

import (
	"io"
	"slices"
	"time"
	"unicode/utf8"
)

// keyboard makes names of keys out of the bytes that a terminal sends: one for
// most keys, some for an arrow or a letter outside ASCII.
type keyboard struct {
	typed chan []byte // what is read, as it comes; closed at the end
	rest  []byte      // of the last piece, what no key has taken yet
}

// newKeyboard begins to read a terminal, which must be in raw mode.
func newKeyboard(terminal io.Reader) *keyboard {
	k := &keyboard{typed: make(chan []byte)}
	go func() {
		defer close(k.typed)
		for b := make([]byte, 256); ; {
			n, err := terminal.Read(b)
			if n > 0 {
				k.typed <- slices.Clone(b[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	return k
}

// keyTime is how long the bytes of one key may lie apart. It matters only where
// they do not come in one piece, and after the Esc key, which is one byte that
// other keys begin with.
const keyTime = 50 * time.Millisecond

// more is the next byte of the same key; false if none comes soon.
func (k *keyboard) more() (byte, bool) {
	if len(k.rest) == 0 {
		select {
		case k.rest = <-k.typed:
		case <-time.After(keyTime):
		}
	}
	if len(k.rest) == 0 {
		return 0, false
	}
	c := k.rest[0]
	k.rest = k.rest[1:]
	return c, true
}

// key is the name of the key that was typed next: a character, or a word such as
// "right"; false if all that was read is used up.
func (k *keyboard) key() (string, bool) {
	if len(k.rest) == 0 {
		return "", false
	}
	switch c, _ := k.more(); {
	case c == 3:
		return "ctrl-c", true
	case c == '\r', c == '\n':
		return "enter", true
	case c == 8, c == 127:
		return "backspace", true
	case c == ' ':
		return "space", true
	case c == 27:
		return k.escape(), true
	default:
		return k.character(c), true
	}
}

// character is the character that begins with byte c.
func (k *keyboard) character(c byte) string {
	b := []byte{c}
	for !utf8.FullRune(b) {
		next, ok := k.more()
		if !ok {
			break
		}
		b = append(b, next)
	}
	return string(b)
}

// escapes are the sequences that keys send after ESC (ECMA-48, and xterm's).
var escapes = map[string]string{
	"[A": "up", "[B": "down", "[C": "right", "[D": "left", "OA": "up", "OB": "down", "OC": "right", "OD": "left",
	"[H": "home", "[F": "end", "[1~": "home", "[4~": "end", "OH": "home", "OF": "end",
}

// escape is the name of a key that sends ESC and more; "esc" if there is no more,
// or none of a key that is known.
func (k *keyboard) escape() string {
	seq := ""
	for len(seq) < 8 {
		c, ok := k.more()
		if !ok {
			break
		}
		seq += string(rune(c))
		if len(seq) > 1 && (c == '~' || c|32 >= 'a' && c|32 <= 'z') {
			break
		}
	}
	if name, ok := escapes[seq]; ok {
		return name
	}
	return "esc"
}
