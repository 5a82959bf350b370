package playground

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// renderMarkdown makes HTML of as much of Markdown as the documents use:
// headings, paragraphs, tables, code in fences or indented, and, within a line,
// code and links. Links to files of the repository become plain text: the site
// does not have them.
func renderMarkdown(text string) string {
	m := &markdown{lines: strings.Split(text, "\n")}
	for len(m.lines) > 0 {
		m.block()
	}
	return m.out.String()
}

type markdown struct {
	lines []string // that are still to be done
	out   strings.Builder
}

// take takes the lines off for which ok is true.
func (m *markdown) take(ok func(string) bool) (taken []string) {
	n := 0
	for n < len(m.lines) && ok(m.lines[n]) {
		n++
	}
	taken, m.lines = m.lines[:n], m.lines[n:]
	return taken
}

func isText(line string) bool {
	return strings.TrimSpace(line) != "" && !isTable(line) && !isFence(line) && !isHeading(line)
}
func isTable(line string) bool   { return strings.HasPrefix(line, "|") }
func isFence(line string) bool   { return strings.HasPrefix(line, "```") }
func isHeading(line string) bool { return strings.HasPrefix(line, "#") }
func isCode(line string) bool {
	return strings.HasPrefix(line, "    ") || strings.TrimSpace(line) == ""
}

// block does the block that the next line begins.
func (m *markdown) block() {
	switch line := m.lines[0]; {
	case strings.TrimSpace(line) == "":
		m.lines = m.lines[1:]
	case isHeading(line):
		m.lines = m.lines[1:]
		words := strings.TrimLeft(line, "#")
		level := len(line) - len(words)
		words = strings.TrimSpace(words)
		fmt.Fprintf(&m.out, "<h%d id=\"%s\">%s</h%[1]d>\n", level, anchor(words), inline(words))
	case isFence(line):
		m.lines = m.lines[1:]
		code := m.take(func(l string) bool { return !isFence(l) })
		m.take(isFence)
		m.code(code)
	case isTable(line):
		m.table(m.take(isTable))
	case isCode(line):
		code := m.take(isCode)
		for i, l := range code {
			code[i] = strings.TrimPrefix(l, "    ")
		}
		m.code(code)
	default:
		fmt.Fprintf(&m.out, "<p>%s</p>\n", inline(strings.Join(m.take(isText), "\n")))
	}
}

func (m *markdown) code(lines []string) {
	text := strings.TrimRight(strings.Join(lines, "\n"), "\n")
	fmt.Fprintf(&m.out, "<pre tabindex=\"0\"><code>%s</code></pre>\n", html.EscapeString(text))
}

// table does a table, whose second line only says where its head ends.
func (m *markdown) table(lines []string) {
	m.out.WriteString("<div class=\"table\" tabindex=\"0\"><table>\n")
	for i, line := range lines {
		if i == 1 {
			continue
		}
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		m.out.WriteString("<tr>")
		for _, c := range cells(line) {
			fmt.Fprintf(&m.out, "<%s>%s</%[1]s>", tag, inline(c))
		}
		m.out.WriteString("</tr>\n")
	}
	m.out.WriteString("</table></div>\n")
}

// cells are those of a line of a table: \| is a | within one.
func cells(line string) (list []string) {
	const bar = "\x00"
	line = strings.ReplaceAll(line, `\|`, bar)
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	for c := range strings.SplitSeq(line, "|") {
		list = append(list, strings.TrimSpace(strings.ReplaceAll(c, bar, "|")))
	}
	return list
}

// span is code or a link within a line.
var span = regexp.MustCompile("``(.+?)``|`([^`]+)`|\\[([^\\]`]+|`[^`]+`)\\]\\(([^)\\s]+)\\)")

func inline(text string) string {
	var b strings.Builder
	for {
		at := span.FindStringSubmatchIndex(text)
		if at == nil {
			b.WriteString(html.EscapeString(text))
			return b.String()
		}
		b.WriteString(html.EscapeString(text[:at[0]]))
		m := span.FindStringSubmatch(text)
		text = text[at[1]:]
		switch words, to := m[3], m[4]; {
		case words == "":
			fmt.Fprintf(&b, "<code>%s</code>", html.EscapeString(strings.TrimSpace(m[1]+m[2])))
		case strings.HasPrefix(to, "https://"), strings.HasPrefix(to, "#"):
			fmt.Fprintf(&b, "<a href=\"%s\">%s</a>", html.EscapeString(to), inline(words))
		default:
			b.WriteString(inline(words))
		}
	}
}

// anchor is the id of a heading, as forges make it.
func anchor(words string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c == ' ':
			return '-'
		}
		return -1
	}, words)
}
