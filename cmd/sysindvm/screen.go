package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"sysindvm/teach"
)

// screen is a demo in a terminal.
type screen struct {
	s     *teach.Session
	w     *teach.Walk
	quiz  bool
	in    *bufio.Reader
	foot  string
	asked map[int]bool // lines whose questions have been answered
	last  map[string]teach.Step
	now   teach.Step
}

func newScreen(s *teach.Session, w *teach.Walk, quiz bool) *screen {
	return &screen{s: s, w: w, quiz: quiz, in: bufio.NewReader(os.Stdin), asked: map[int]bool{}, last: map[string]teach.Step{}, foot: keyHelp}
}

const keyHelp = "right/left: phase   down/up: call   f l i: function, line, instruction (F L I: back)   w: who changed   e: show   ?: keys   q: end"

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
	for {
		if err := s.draw(ctx); err != nil {
			return err
		}
		name, err := s.readKey()
		if err != nil {
			return err
		}
		s.foot = keyHelp
		for _, k := range keys {
			if !contains(strings.Fields(k.keys), name) {
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
	s.now = s.s.Look()
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
	width, height, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		width, height = 80, 24
	}
	view := teach.Screen{Width: width, Height: height, Walk: s.w, Step: &s.now, At: s.s.At(), Foot: s.foot}
	if before, ok := s.last[s.now.Task]; ok && before.Moment != s.now.Moment {
		view.Before = &before
	}
	fmt.Print("\x1b[H" + strings.Join(view.Render(), "\r\n"))
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
	fmt.Print("\x1b[2J\x1b[H")
	for _, k := range keys {
		fmt.Printf("  %-16s %s\r\n", k.keys, k.what)
	}
	fmt.Print("\r\n  any key: back")
	_, err := s.readKey()
	fmt.Print("\x1b[2J")
	return err
}

// prompt reads a line at the foot of the screen; "" if the reader gives up.
func (s *screen) prompt(question string) (string, error) {
	var text []byte
	for {
		s.foot = question + string(text) + "_"
		s.paint()
		name, err := s.readKey()
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
		case len(name) == 1:
			text = append(text, name...)
		}
	}
}

// escapes are the sequences that keys send (ECMA-48, and xterm's).
var escapes = map[string]string{
	"[A": "up", "[B": "down", "[C": "right", "[D": "left", "OA": "up", "OB": "down", "OC": "right", "OD": "left",
	"[H": "home", "[F": "end", "[1~": "home", "[4~": "end", "OH": "home", "OF": "end",
}

// readKey reads one key, and gives its name.
func (s *screen) readKey() (string, error) {
	c, err := s.in.ReadByte()
	if err != nil {
		return "", err
	}
	switch c {
	case 3:
		return "ctrl-c", nil
	case '\r', '\n':
		return "enter", nil
	case 8, 127:
		return "backspace", nil
	case ' ':
		return "space", nil
	case 27:
		return s.readEscape()
	}
	return string(c), nil
}

func (s *screen) readEscape() (string, error) {
	seq := ""
	for s.in.Buffered() > 0 && len(seq) < 8 {
		c, err := s.in.ReadByte()
		if err != nil {
			return "", err
		}
		seq += string(c)
		if len(seq) > 1 && (c == '~' || c|32 >= 'a' && c|32 <= 'z') {
			break
		}
	}
	if name, ok := escapes[seq]; ok {
		return name, nil
	}
	return "esc", nil
}
