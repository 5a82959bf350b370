package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"sysindvm/teach"
)

// screen is a demo in a terminal.
type screen struct {
	s      *teach.Session
	w      *teach.Walk
	quiz   bool
	in     *keyboard
	size   [2]int // columns and lines of the terminal when it was last painted
	foot   string
	asked  map[int]bool // lines whose questions have been answered
	last   map[string]teach.Step
	now    teach.Step
	before *teach.Step // the step of the same task that was shown before; nil for none
}

func newScreen(s *teach.Session, w *teach.Walk, quiz bool) *screen {
	return &screen{s: s, w: w, quiz: quiz, in: newKeyboard(os.Stdin), asked: map[int]bool{}, last: map[string]teach.Step{}, foot: keyHelp}
}

const keyHelp = "?: keys   q: end   right/left: phase   down/up: call   w: who changed   f l i, F L I: function, line, instruction"

// key is what a key does; it says whether to go on.
type key struct {
	keys, what string
	do         func(*screen, context.Context) (bool, error)
}

// keys is the table of them; init breaks the cycle with help.
var keys []key

func init() {
	move := func(z teach.Size, back bool) func(*screen, context.Context) (bool, error) {
		return func(s *screen, ctx context.Context) (bool, error) { return true, s.step(ctx, z, back) }
	}
	keys = []key{
		{"right n space", "the next phase", move(teach.Phases, false)},
		{"left p", "the phase before", move(teach.Phases, true)},
		{"down c", "the next call", move(teach.SystemCalls, false)},
		{"up C", "the call before", move(teach.SystemCalls, true)},
		{"f", "on to another function of the kernel", move(teach.Functions, false)},
		{"F", "back to another function", move(teach.Functions, true)},
		{"l", "on to another line of source", move(teach.SourceLines, false)},
		{"L", "back to another line", move(teach.SourceLines, true)},
		{"i", "the next instruction", move(teach.Instructions, false)},
		{"I", "the instruction before", move(teach.Instructions, true)},
		{"w", "back to who has changed an object last: current.FS.Umask", func(s *screen, ctx context.Context) (bool, error) { return true, s.who(ctx, true) }},
		{"W", "on to who changes it next", func(s *screen, ctx context.Context) (bool, error) { return true, s.who(ctx, false) }},
		{"e", "show an object of the kernel's from here on", func(s *screen, _ context.Context) (bool, error) { return true, s.show() }},
		{"g", "go to a step, by its number", func(s *screen, ctx context.Context) (bool, error) { return true, s.goTo(ctx) }},
		{"home", "the first step", func(s *screen, ctx context.Context) (bool, error) { return true, s.seekStep(ctx, 0) }},
		{"end", "the last step", func(s *screen, ctx context.Context) (bool, error) {
			return true, s.seekStep(ctx, len(s.w.Steps)-1)
		}},
		{"a", "what the demo is about", func(s *screen, _ context.Context) (bool, error) { return true, s.about() }},
		{"!", "why the script fails", func(s *screen, _ context.Context) (bool, error) { return true, s.failure() }},
		{"?", "this list", func(s *screen, _ context.Context) (bool, error) { return true, s.help() }},
		{"q ctrl-c", "the end", func(*screen, context.Context) (bool, error) { return false, nil }},
	}
}

// run shows the demo until the reader has enough.
func (s *screen) run(ctx context.Context) error {
	state, err := term.MakeRaw(int(os.Stdin.Fd()))
	if err != nil {
		return err
	}
	fmt.Print("\x1b[?1049h\x1b[?25l")
	defer func() {
		fmt.Print("\x1b[?25h\x1b[?1049l")
		_ = term.Restore(int(os.Stdin.Fd()), state)
	}()
	if s.w.About != "" {
		if err := s.about(); err != nil {
			return err
		}
	}
	for {
		if err := s.draw(ctx); err != nil {
			return err
		}
		name, err := s.readKey(s.paint)
		if err != nil {
			return err
		}
		s.foot = keyHelp
		for _, k := range keys {
			if !slices.Contains(strings.Fields(k.keys), name) {
				continue
			}
			if goOn, err := k.do(s, ctx); err != nil || !goOn {
				return err
			}
		}
	}
}

// draw draws the present moment, and asks the questions of a line that is new.
func (s *screen) draw(ctx context.Context) error {
	s.now, s.before = s.s.Look(), nil
	if before, ok := s.last[s.now.Task]; ok && before.Moment != s.now.Moment {
		s.before = &before
	}
	l := s.now.Line
	if s.quiz && !s.asked[l] {
		s.asked[l] = true
		for _, a := range s.w.Lines[l].Asks {
			got, err := s.prompt(a.Question + " ")
			if err != nil {
				return err
			}
			s.foot = "No: " + a.Answer
			if a.Right(got) {
				s.foot = "Right."
			} else if got == "" {
				s.foot = "It is: " + a.Answer
			}
		}
	}
	s.paint()
	s.last[s.now.Task] = s.now
	return nil
}

func (s *screen) paint() {
	s.size = terminalSize()
	view := teach.Screen{Width: s.size[0], Height: s.size[1], Walk: s.w, Step: &s.now, Before: s.before, At: s.s.At(), Foot: s.foot}
	fmt.Print("\x1b[H" + strings.Join(view.Render(), "\r\n"))
}

func terminalSize() [2]int {
	width, height, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		width, height = 80, 24
	}
	return [2]int{width, height}
}

func (s *screen) step(ctx context.Context, z teach.Size, back bool) error {
	moved, err := s.s.Step(ctx, z, back)
	if err == nil && !moved {
		s.foot = "There is none."
	}
	return err
}

func (s *screen) seekStep(ctx context.Context, i int) error {
	return s.s.Seek(ctx, s.w.Steps[i].Moment)
}

func (s *screen) goTo(ctx context.Context) error {
	text, err := s.prompt("step: ")
	if err != nil || text == "" {
		return err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > len(s.w.Steps) {
		s.foot = fmt.Sprintf("There are steps 1 to %d.", len(s.w.Steps))
		return nil
	}
	return s.seekStep(ctx, n-1)
}

func (s *screen) who(ctx context.Context, back bool) error {
	expr, err := s.prompt("who changes: ")
	if err != nil || expr == "" {
		return err
	}
	switch found, err := s.s.Changed(ctx, expr, back); {
	case err != nil:
		s.foot = err.Error()
	case !found:
		s.foot = "Nobody does."
	default:
		s.foot = "The instruction marked below changes " + expr + "."
	}
	return nil
}

func (s *screen) show() error {
	expr, err := s.prompt("show: ")
	if err != nil || expr == "" {
		return err
	}
	if _, err := s.s.View().Eval(expr); err != nil {
		s.foot = err.Error()
		return nil
	}
	s.s.Show = append(s.s.Show, expr)
	return nil
}

func (s *screen) help() error {
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "  %-14s %s\n", k.keys, k.what)
	}
	return s.pageOf(b.String(), "any key: back")
}

func (s *screen) about() error {
	width := min(terminalSize()[0]-4, teach.Width)
	text := s.w.Title + "\n" + strings.Repeat("=", utf8.RuneCountInString(s.w.Title)) + "\n\n" + teach.Wrap(s.w.About, width)
	if s.w.Bug != "" {
		text += "\nThis kernel has a bug: " + s.w.Bug + ".\n"
	}
	return s.pageOf(text, "any key: on")
}

func (s *screen) failure() error {
	text := "The script does what it says.\n"
	if s.w.Failure != "" {
		text = "The script fails:\n\n" + s.w.Failure
	}
	return s.pageOf(text, "any key: back")
}

// pageOf fills the screen with a text, and waits for a key.
func (s *screen) pageOf(text, foot string) error {
	paint := func() {
		s.size = terminalSize()
		size := s.size
		var rows []string
		for l := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
			r := []rune(l)
			for len(r) > size[0] { // nothing is lost: what a script has got stands at the end of a line
				rows, r = append(rows, string(r[:size[0]])), r[size[0]:]
			}
			rows = append(rows, string(r))
		}
		rows = rows[:min(len(rows), max(size[1]-2, 1))]
		fmt.Print("\x1b[2J\x1b[H" + strings.Join(rows, "\r\n") + "\r\n\r\n  " + foot)
	}
	paint()
	_, err := s.readKey(paint)
	fmt.Print("\x1b[2J")
	return err
}

// prompt reads a line at the foot of the screen; "" if the reader gives up.
func (s *screen) prompt(question string) (string, error) {
	var text []rune
	for {
		s.foot = question + string(text) + "_"
		s.paint()
		name, err := s.readKey(s.paint)
		if err != nil {
			return "", err
		}
		switch {
		case name == "enter":
			return strings.TrimSpace(string(text)), nil
		case name == "esc" || name == "ctrl-c":
			return "", nil
		case name == "backspace" && len(text) > 0:
			text = text[:len(text)-1]
		case name == "space":
			text = append(text, ' ')
		case utf8.RuneCountInString(name) == 1:
			text = append(text, []rune(name)...)
		}
	}
}

// lookTime is how often the size of the terminal is looked at while nothing is
// typed.
const lookTime = 200 * time.Millisecond

// readKey waits for a key, and gives its name. When the terminal's size changes
// it has the screen painted.
func (s *screen) readKey(paint func()) (string, error) {
	look := time.NewTicker(lookTime)
	defer look.Stop()
	for {
		if name, ok := s.in.key(); ok {
			return name, nil
		}
		select {
		case b, ok := <-s.in.typed:
			if !ok {
				return "", io.ErrUnexpectedEOF
			}
			s.in.rest = b
		case <-look.C:
			if terminalSize() != s.size {
				fmt.Print("\x1b[2J")
				paint()
			}
		}
	}
}
