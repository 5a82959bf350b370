package ksym

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine is how much of a line is kept to look at: a console may give no end
// of bytes without a newline.
const maxLine = 4096

// symboliser passes a console's output on, and adds what addresses mean.
type symboliser struct {
	w     io.Writer
	table func() *Table
	line  []byte
	exact bool // the next backtrace begins with the address of an instruction
}

// Symbolise gives a writer that passes everything on to w at once, and after
// each line of a panic's backtrace writes what its addresses mean. Such a line
// is
//
//	bt PC RETURN-ADDRESS...
//
// in hexadecimal. After a line "kernel panic: exception" the PC is that of the
// instruction which failed, else it is a return address too. The table is not
// asked for before there is such a line.
func Symbolise(w io.Writer, table func() *Table) io.Writer {
	return &symboliser{w: w, table: table}
}

func (s *symboliser) Write(b []byte) (int, error) {
	for done := 0; done < len(b); {
		end := bytes.IndexByte(b[done:], '\n')
		if end < 0 {
			s.keep(b[done:])
			n, err := s.w.Write(b[done:])
			return done + n, err
		}
		end += done + 1
		n, err := s.w.Write(b[done:end])
		if err != nil {
			return done + n, err
		}
		s.keep(b[done:end])
		done = end
		if err := s.endLine(); err != nil {
			return done, err
		}
	}
	return len(b), nil
}

func (s *symboliser) keep(b []byte) {
	s.line = append(s.line, b[:min(len(b), maxLine-len(s.line))]...)
}

// endLine looks at a whole line.
func (s *symboliser) endLine() error {
	words := strings.Fields(string(s.line))
	s.line = s.line[:0]
	switch {
	case len(words) > 2 && words[0] == "kernel" && words[1] == "panic:":
		s.exact = words[2] == "exception"
	case len(words) > 1 && words[0] == "bt":
		return s.backtrace(words[1:])
	}
	return nil
}

func (s *symboliser) backtrace(words []string) error {
	var b strings.Builder
	for i, w := range words {
		pc, err := strconv.ParseUint(w, 16, 64)
		if err != nil {
			return nil // not a backtrace after all
		}
		at := pc
		if i > 0 || !s.exact {
			at--
		}
		l, ok := s.table().Lookup(at)
		if !ok {
			fmt.Fprintf(&b, "   %x ?\n", pc)
			continue
		}
		l.Offset += pc - at
		fmt.Fprintf(&b, "   %x %v\n", pc, l)
	}
	_, err := io.WriteString(s.w, b.String())
	return err
}

// maxLog is how many bytes of a kernel's output a report has.
const maxLog = 64 << 10

func printable(log string) string {
	if n := len(log) - maxLog; n > 0 {
		log = "...\n" + log[n:]
	}
	if !strings.ContainsFunc(log, odd) {
		return log
	}
	var b strings.Builder
	for i, r := range log {
		_, size := utf8.DecodeRuneInString(log[i:])
		if odd(r) {
			quoted := strconv.Quote(log[i : i+size])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(log[i : i+size])
		}
	}
	return b.String()
}

// odd: not what text is made of.
func odd(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) || r == utf8.RuneError }

// Report is Annotate for a report. Programs of the guest may have written
// anything there: what does not print is written as a Go string has it, and of
// very much only the end.
func (t *Table) Report(log string) string { return t.Annotate(printable(log)) }

// Annotate is a kernel's whole output with its backtraces explained.
func (t *Table) Annotate(log string) string {
	var b strings.Builder
	s := &symboliser{w: &b, table: func() *Table { return t }}
	io.WriteString(s, log) // to memory: it cannot fail
	if len(s.line) > 0 {
		b.WriteByte('\n')
		s.endLine()
	}
	return b.String()
}
