package script

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokIdent
	tokNum
	tokDuration
	tokIP
	tokString
	tokRegexp
	tokPunct
)

type token struct {
	kind tokenKind
	pos  int    // offset in the line
	end  int    // offset after it
	text string // an identifier, a number as written, punctuation, a regexp
	num  uint64
	str  []byte
}

// puncts are all punctuation, longer ones before those that they begin with.
var puncts = []string{
	"...", "---", "+++", ":=", "==", "=>", ">=", "<=", "..", "&&",
	"=", "(", ")", "[", "]", "{", "}", ",", "|", "?", ":", "<", ">", "~", "@",
}

// punctsOf are the puncts by their first byte.
var punctsOf = func() (by [256][]string) {
	for _, p := range puncts {
		by[p[0]] = append(by[p[0]], p)
	}
	return by
}()

// lex splits a line into tokens, without its comment, and adds them to tokens.
// The last is tokEOF.
func lex(tokens []token, line string) []token {
	for i := 0; ; {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
			i++
		}
		if i >= len(line) || line[i] == '#' {
			return append(tokens, token{kind: tokEOF, pos: i, end: i})
		}
		if strings.HasPrefix(line[i:], "/*") {
			n := strings.Index(line[i:], "*/")
			if n < 0 {
				fail(i, "the comment /* has no end: */ must be on the same line")
			}
			i += n + 2
			continue
		}
		t := lexOne(line, i)
		tokens = append(tokens, t)
		i = t.end
	}
}

func lexOne(line string, i int) token {
	c := line[i]
	switch {
	case letter(c):
		j := i
		for j < len(line) && (letter(line[j]) || digit(line[j])) {
			j++
		}
		return token{kind: tokIdent, pos: i, end: j, text: line[i:j]}
	case digit(c), c == '-' && i+1 < len(line) && digit(line[i+1]):
		return lexNumber(line, i)
	case c == '"':
		return lexString(line, i)
	case c == '/':
		for j := i + 1; j < len(line); j++ {
			switch line[j] {
			case '\\':
				j++
			case '/':
				return token{kind: tokRegexp, pos: i, end: j + 1, text: line[i+1 : j]}
			}
		}
		fail(i, "the regular expression has no end: a / is missing")
	}
	if c == '=' && strings.HasPrefix(line[i:], "=>=") {
		return token{kind: tokPunct, pos: i, end: i + 1, text: "="} // x=>= 0
	}
	for _, p := range punctsOf[c] {
		if strings.HasPrefix(line[i:], p) {
			return token{kind: tokPunct, pos: i, end: i + len(p), text: p}
		}
	}
	r, _ := utf8.DecodeRuneInString(line[i:])
	fail(i, "unexpected character %q%s", r, hints[r])
	panic("unreachable")
}

// hints say what may have been meant by a character that no token begins with.
var hints = map[rune]string{
	'\'':     `: a string is written "x"`,
	'“':      `: a string is written "x"`,
	'”':      `: a string is written "x"`,
	';':      ": a line has one call",
	'-':      ": an error is written -1 EBADF",
	'\ufeff': ": the file begins with a byte order mark, which it must not",
}

func letter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
func digit(c byte) bool { return c >= '0' && c <= '9' }

func lexNumber(line string, i int) token {
	j := i + 1
	dots := 0
	for j < len(line) && (letter(line[j]) || digit(line[j]) ||
		line[j] == '.' && j+1 < len(line) && digit(line[j+1]) && line[j-1] != '.') {
		if line[j] == '.' {
			dots++
		}
		j++
	}
	t := token{kind: tokNum, pos: i, end: j, text: line[i:j]}
	if dots > 0 {
		t.kind = tokIP
		parts := strings.Split(t.text, ".")
		for _, p := range parts {
			n, err := strconv.ParseUint(p, 10, 8)
			if err != nil || len(parts) != 4 {
				fail(i, "%s is no IPv4 address", t.text)
			}
			t.str = append(t.str, byte(n))
		}
		return t
	}
	if v, err := strconv.ParseUint(t.text, 0, 64); err == nil {
		t.num = v
	} else if v, err := strconv.ParseInt(t.text, 0, 64); err == nil {
		t.num = uint64(v)
	} else if _, err := time.ParseDuration(t.text); err == nil {
		t.kind = tokDuration
	} else if rest := strings.TrimPrefix(t.text, "-1"); rest != t.text && errnoNamed(rest) != 0 {
		fail(i+2, "a blank is missing: an error is written -1 %s", rest)
	} else {
		fail(i, "%s is no number of 64 bits", t.text)
	}
	return t
}

var unescapes = map[byte]byte{
	'n': '\n', 't': '\t', 'r': '\r', 'v': '\v', 'f': '\f', 'a': '\a', 'b': '\b', '"': '"', '\\': '\\',
}

func lexString(line string, i int) token {
	t := token{kind: tokString, pos: i, str: []byte{}}
	for j := i + 1; j < len(line); j++ {
		c := line[j]
		switch {
		case c == '"':
			t.end = j + 1
			t.text = line[i:t.end]
			return t
		case c != '\\':
			t.str = append(t.str, c)
			continue
		}
		j++
		if j >= len(line) {
			break
		}
		if e, ok := unescapes[line[j]]; ok {
			t.str = append(t.str, e)
			continue
		}
		// \x41 or \101
		start, base, most := j, 8, 3
		if line[j] == 'x' {
			start, base, most = j+1, 16, 2
		}
		n := 0
		for n < most && start+n < len(line) {
			if _, err := strconv.ParseUint(line[start+n:start+n+1], base, 8); err != nil {
				break
			}
			n++
		}
		v, err := strconv.ParseUint(line[start:start+n], base, 8)
		if err != nil {
			fail(j-1, "\\%c is no escape of a string", line[j])
		}
		t.str = append(t.str, byte(v))
		j = start + n - 1
	}
	fail(i, "the string has no end: a \" is missing")
	panic("unreachable")
}
