package teach

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"sysindvm/syscalls/script"
)

// Demo is a script with narration.
//
// The narration of a line is the comment lines right above it, without their
// "#", as Markdown; a heading on the first line is the demo's title. Comments
// that begin with "#:" are for this package:
//
//	#: show EXPR       from here on the expression is shown at each step
//	#: ask Q => A      a question to ask before the next line, and its answer
//	#: arch i386       the i386 kernel
//	#: bug NAME        the kernel with a bug: norestore, order, early, onerror
//	#: fast            contexts go the fast way, as they do when no one watches
type Demo struct {
	Name   string
	Title  string
	About  string // the narration before the first line, without the title
	I386   bool
	Bug    string
	Fast   bool
	Script *script.Script

	file  string
	lines []string
	notes map[int]note   // by line of the script, from 1
	shows map[string]int // the line that has an expression shown
}

// note is what stands above a line.
type note struct {
	say  string
	show []string // added from here on
	asks []Ask
}

// Ask is a question, and the answer that is right.
type Ask struct {
	Question, Answer string
}

//go:embed demos/*.sys
var demos embed.FS

// Names are the names of the demos that come with this package, in the order
// in which they are best seen.
func Names() []string { return slices.Clone(order) }

var order = []string{"rfc", "order", "error", "sigmask", "umask", "openat", "compat", "price"}

// Open is a demo of this package's, by its name.
func Open(name string) (*Demo, error) {
	b, err := demos.ReadFile("demos/" + name + ".sys")
	if err != nil {
		return nil, fmt.Errorf("there is no demo %q: there are %s", name, strings.Join(order, ", "))
	}
	return Parse(name+".sys", b)
}

// Parse reads a demo.
func Parse(file string, source []byte) (*Demo, error) {
	s, err := script.Parse(file, source)
	if err != nil {
		return nil, err
	}
	d := &Demo{Name: strings.TrimSuffix(path.Base(file), ".sys"), file: file, Script: s, notes: map[int]note{}, shows: map[string]int{}}
	d.lines = strings.Split(strings.TrimSuffix(string(source), "\n"), "\n")
	steps := map[int]bool{}
	for _, st := range s.Steps {
		steps[st.Line] = true
	}
	var n note
	var say []string
	for i, text := range d.lines {
		no := i + 1
		switch text = strings.TrimSpace(text); {
		case strings.HasPrefix(text, "#:"):
			say = append(say, "")
			if err := d.direct(&n, no, strings.TrimSpace(text[2:])); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, no, err)
			}
		case strings.HasPrefix(text, "#"):
			say = append(say, strings.TrimPrefix(text[1:], " "))
		case text == "":
			say = append(say, "")
		case steps[no]:
			n.say = strings.TrimSpace(strings.Join(say, "\n"))
			d.notes[no] = n
			n, say = note{}, nil
		default:
			say = append(say, "")
		}
	}
	d.headline()
	return d, nil
}

// direct is told of a line for this package, and its number.
func (d *Demo) direct(n *note, no int, text string) error {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "show":
		if rest == "" {
			return fmt.Errorf("#: show EXPRESSION")
		}
		n.show = append(n.show, rest)
		d.shows[rest] = no
	case "ask":
		q, a, ok := strings.Cut(rest, "=>")
		if !ok {
			return fmt.Errorf("#: ask QUESTION => ANSWER")
		}
		n.asks = append(n.asks, Ask{strings.TrimSpace(q), strings.TrimSpace(a)})
	case "arch":
		if rest != "i386" && rest != "x86-64" {
			return fmt.Errorf("#: arch i386 or x86-64")
		}
		d.I386 = rest == "i386"
	case "bug":
		if !slices.Contains(Bugs, rest) {
			return fmt.Errorf("#: bug %s: there are %s", rest, strings.Join(Bugs, ", "))
		}
		d.Bug = rest
	case "fast":
		d.Fast = true
	default:
		return fmt.Errorf("#: %s: there are show, ask, arch, bug and fast", word)
	}
	return nil
}

// Bugs are the kernel's wrong ways to restore: see guestkernel/indirect/bugs.go.
var Bugs = []string{"norestore", "order", "early", "onerror"}

// headline takes the title from the narration of the first line.
func (d *Demo) headline() {
	d.Title = d.Name
	if len(d.Script.Steps) == 0 {
		return
	}
	first := d.Script.Steps[0].Line
	n := d.notes[first]
	if title, ok := strings.CutPrefix(n.say, "# "); ok {
		title, rest, _ := strings.Cut(title, "\n")
		d.Title, n.say = title, strings.TrimSpace(rest)
	}
	// What stands before the last empty line is about the demo as a whole.
	if i := strings.LastIndex(n.say, "\n\n"); i >= 0 {
		d.About, n.say = strings.TrimSpace(n.say[:i]), n.say[i+2:]
	}
	d.notes[first] = n
}
