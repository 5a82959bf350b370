package script

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/tools/txtar"
)

// Format writes a script in its one form, as gofmt does for Go: one space
// where there is any, none inside of brackets and round | and the = of a
// field, no indentation, no more than one empty line in a row. What parses
// is the same as before.
//
// Columns are kept: where two spaces or more stand before the := or = of a
// result, a ~, a <unfinished ...>, a norestore or a comment, it stays in its
// column. Comments are not touched, nor is what follows "-- path --".
//
// The error is an *Error of [Parse]'s: what is no script is not formatted.
func Format(file string, data []byte) ([]byte, error) {
	if _, err := Parse(file, data); err != nil {
		return nil, err
	}
	ar := txtar.Parse(data)
	text, rest := data, []byte(nil)
	if len(ar.Files) > 0 {
		text, rest = data[:len(ar.Comment)], data[len(ar.Comment):]
	}
	var b strings.Builder
	empty := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		line = formatLine(strings.TrimRight(line, "\r"))
		if line == "" {
			empty++
			continue
		}
		if empty > 0 && b.Len() > 0 {
			b.WriteByte('\n')
		}
		empty = 0
		b.WriteString(line)
		b.WriteByte('\n')
	}
	if empty > 1 && b.Len() > 0 && rest != nil {
		b.WriteByte('\n') // before the files
	}
	if b.Len()+len(rest) > MaxSize {
		return data, nil
	}
	return append([]byte(b.String()), rest...), nil
}

// piece is a part of a line that spaces can stand before: a token, a comment,
// or what strace says in words.
type piece struct {
	token
	raw     string
	col     int // in the line, tabs expanded
	gap     int // columns before it, after the piece before
	comment bool
}

// formatLine formats one line that parses.
func formatLine(line string) string {
	trimmed := strings.TrimLeft(line, " \t\r")
	switch {
	case trimmed == "":
		return ""
	case trimmed[0] == '#':
		return trimmed
	case strings.HasPrefix(strings.TrimSpace(line), "requires:"):
		return formatRequires(strings.TrimLeftFunc(line, unicode.IsSpace))
	}
	out := join1(pieces(line))
	if len(out) > MaxLine || !sameTokens(line, out) {
		return line
	}
	return out
}

// formatRequires formats a line of words, in which nothing is a token.
func formatRequires(line string) string {
	rest := strings.TrimPrefix(line, "requires:")
	var words []string
	comment := ""
	for {
		if rest = strings.TrimLeft(rest, " ,\t\r"); rest == "" {
			break
		}
		if rest[0] == '#' {
			comment = " " + rest
			break
		}
		n := strings.IndexAny(rest+" ", " ,\t")
		words = append(words, strings.TrimSpace(rest[:n]))
		rest = rest[n:]
	}
	return "requires: " + strings.Join(words, ", ") + comment
}

// pieces splits a line as lex does, and keeps what lex leaves out.
func pieces(line string) []piece {
	var list []piece
	col, end := 0, 0
	for i := 0; i < len(line); {
		if c := line[i]; c == ' ' || c == '\t' || c == '\r' {
			if c == '\t' {
				col |= 7
			}
			col++
			i++
			continue
		}
		p := piece{comment: true}
		switch {
		case line[i] == '#':
			p.pos, p.token.end = i, len(line)
		case strings.HasPrefix(line[i:], "/*"):
			p.pos, p.token.end = i, i+strings.Index(line[i:], "*/")+2
		default:
			p = piece{token: lexOne(line, i)}
		}
		p.raw = line[i:p.token.end]
		p.col, p.gap = col, col-end
		col += len(p.raw)
		i, end = p.token.end, col
		list = append(list, p)
	}
	return words(list, line)
}

// words makes one piece of what strace says in words after a result: (No such
// file or directory).
func words(list []piece, line string) []piece {
	depth := 0
	result := false
	for i := range list {
		switch {
		case list[i].comment || list[i].kind != tokPunct:
			continue
		case list[i].text == "=" && depth == 0:
			result = true
		case list[i].text == "~":
			result = false
		case list[i].text == "(" && depth == 0 && result && list[i-1].text != "=":
			n := i
			for ; n < len(list); n++ {
				if depth += nesting(&list[n]); depth == 0 {
					break
				}
			}
			if n == len(list) {
				return list
			}
			p := &list[i]
			p.raw, p.kind, p.token.end = line[p.pos:list[n].token.end], tokIdent, list[n].token.end
			return slices.Delete(list, i+1, n+1)
		}
		depth = max(0, depth+nesting(&list[i]))
	}
	return list
}

// nesting is by how much a piece changes the depth of brackets.
func nesting(p *piece) int {
	if p.comment || p.kind != tokPunct {
		return 0
	}
	switch p.text {
	case "(", "[", "{":
		return 1
	case ")", "]", "}":
		return -1
	}
	return 0
}

// join1 writes the pieces of a line.
func join1(list []piece) string {
	var b strings.Builder
	depth := 0
	for i := range list {
		p := &list[i]
		if n := nesting(p); n < 0 {
			depth = max(0, depth+n) // resumed>) closes what is on another line
		}
		switch {
		case i == 0:
		case p.gap >= 2 && aligned(p, depth):
			b.WriteString(strings.Repeat(" ", max(1, p.col-list[0].col-b.Len())))
		case spaced(list, i, depth):
			b.WriteByte(' ')
		}
		b.WriteString(p.raw)
		if n := nesting(p); n > 0 {
			depth += n
		}
	}
	return b.String()
}

// aligned says whether a piece stays in its column.
func aligned(p *piece, depth int) bool {
	if p.comment {
		return p.raw[0] == '#'
	}
	if depth != 0 {
		return false
	}
	switch p.text {
	case "=", ":=", "~", "<":
		return p.kind == tokPunct
	case "norestore":
		return p.kind == tokIdent
	}
	return false
}

// spaced says whether a space stands before piece i.
func spaced(list []piece, i, depth int) bool {
	p, prev := &list[i], &list[i-1]
	left, right := punct(prev), punct(p)
	switch {
	case p.comment && p.raw[0] == '#':
		return true
	case isOneOf(left, "( [ {"), isOneOf(right, ") ] } ,"):
		return false
	case p.comment || prev.comment, left == ",":
		return true
	case isOneOf(left, "| .. @ ?"), isOneOf(right, "| .."), left == "~" && depth > 0:
		return false // ~[INT]
	case left == "=" || right == "=":
		return depth == 0
	case isOneOf(left, ":= == => && ~ >= <="), isOneOf(right, ":= == => && ~ >= <="):
		return true
	case right == "(" || right == "{":
		return prev.kind != tokIdent || depth == 0 && inRow(list, "---", "+++")
	case right == ":":
		return false
	case left == ":":
		return i == 2 // B: call
	case right == "...":
		return prev.kind != tokString && left != "<"
	case left == "<", right == ">":
		return false
	case right == "<", left == ">":
		return true
	case right == "@":
		return false
	case isEnd(list, i):
		return false // @end-4
	case p.kind == tokPunct && !slices.Contains(puncts, p.text):
		return p.gap > 0
	}
	return true
}

// isEnd says whether piece i is the number of @end-4.
func isEnd(list []piece, i int) bool {
	return i >= 2 && list[i].kind == tokNum && list[i].raw[0] == '-' && list[i-1].raw == "end" && punct(&list[i-2]) == "@"
}

// inRow says whether the line is one of --- or +++.
func inRow(list []piece, marks ...string) bool {
	for i := range min(3, len(list)) {
		if slices.Contains(marks, punct(&list[i])) {
			return true
		}
	}
	return false
}

func punct(p *piece) string {
	if p.comment || p.kind != tokPunct {
		return ""
	}
	return p.text
}

func isOneOf(s, list string) bool {
	return s != "" && slices.Contains(strings.Fields(list), s)
}

// sameTokens says whether two lines are the same to the parser.
func sameTokens(a, b string) (same bool) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case fault:
			same = false
		default:
			panic(e)
		}
	}()
	return slices.EqualFunc(lex(nil, a), lex(nil, b), func(x, y token) bool {
		return x.kind == y.kind && x.text == y.text && x.num == y.num && string(x.str) == string(y.str)
	})
}
