package script

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a script, and where.
type Error struct {
	File      string
	Line, Col int    // from 1; Col counts bytes
	Text      string // the line
	Msg       string
}

// Error gives the message, the line and a caret under the place.
func (e *Error) Error() string {
	where := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
	if e.Text == "" {
		return where
	}
	text := []rune(strings.ReplaceAll(e.Text, "\t", " "))
	at := utf8.RuneCountInString(e.Text[:min(e.Col-1, len(e.Text))]) + max(0, e.Col-1-len(e.Text))
	// Of a long line, what is near the place.
	if from := at - maxShown/2; len(text) > maxShown && from > 0 {
		text, at = append([]rune("..."), text[from:]...), at-from+3
	}
	if len(text) > maxShown {
		text = append(text[:maxShown:maxShown], []rune("...")...)
	}
	return fmt.Sprintf("%s\n    %s\n    %s^", where, string(text), strings.Repeat(" ", at))
}

// maxShown is how much of a line a message shows, in characters.
const maxShown = 200

// fault is an Error on its way up: the parser and the checker panic with it
// and their entries recover it.
type fault struct {
	pos int // offset in the line
	msg string
}

func fail(pos int, format string, args ...any) {
	panic(fault{pos, fmt.Sprintf(format, args...)})
}

// suggest is ": did you mean X?" for the name among the candidates that is
// nearest to name, or empty if none is near. One that differs only in what is
// a capital letter is nearest, then one that name is the end of: USR1, SIGUSR1.
func suggest(name string, candidates []string) string {
	best, bestDist := "", min(len(name)/3+2, len(name))
	upper := strings.ToUpper(name)
	for _, c := range candidates {
		if strings.EqualFold(c, name) {
			best = c
			break
		}
		if rest, ok := strings.CutSuffix(c, upper); ok && len(upper) >= 3 && (strings.HasSuffix(rest, "_") || rest == "SIG") && bestDist > 0 {
			best, bestDist = c, 0
			continue
		}
		if d := distance(name, c, bestDist); d < bestDist {
			best, bestDist = c, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// distance is the number of letters to insert, remove, replace or swap with a
// neighbour to get from a to b; limit if it is more than that.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var before, prev []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, prev, row = prev, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
