// Package klog is the kernel's log: lines on the console's serial port, and
// the formatting of numbers, which package fmt is too big for.
package klog

// Sink is where the log goes; the UART's driver sets it.
var Sink func(b []byte)

// Quiet keeps everything but panics off the console.
var Quiet bool

// Line is a line of the log under construction: a fixed buffer, so that the
// log works when nothing else does. What does not fit is cut.
type Line struct {
	buf [256]byte
	n   int
}

// one line at a time is made: the kernel is not preempted.
var line Line

// Msg begins a line.
func Msg(s string) *Line {
	line.n = 0
	return line.S(s)
}

// S adds a string.
func (l *Line) S(s string) *Line {
	l.n += copy(l.buf[l.n:len(l.buf)-1], s)
	return l
}

// B adds bytes.
func (l *Line) B(b []byte) *Line {
	l.n += copy(l.buf[l.n:len(l.buf)-1], b)
	return l
}

// D adds a decimal number.
func (l *Line) D(v int64) *Line {
	var b [20]byte
	return l.B(b[putDec(&b, v):])
}

// X adds a hexadecimal number, without 0x.
func (l *Line) X(v uint64) *Line {
	var b [16]byte
	i := len(b)
	for {
		i--
		b[i] = "0123456789abcdef"[v&15]
		if v >>= 4; v == 0 {
			return l.B(b[i:])
		}
	}
}

// End writes the line.
func (l *Line) End() {
	if !Quiet {
		l.Always()
	}
}

// Always writes the line even if the log is quiet.
func (l *Line) Always() {
	l.buf[l.n] = '\n'
	if Sink != nil {
		Sink(l.buf[:l.n+1])
	}
}

// putDec writes v at the end of b and returns where it begins.
func putDec(b *[20]byte, v int64) int {
	u, i := uint64(v), len(b)
	if v < 0 {
		u = -u
	}
	for {
		i--
		b[i] = '0' + byte(u%10)
		if u /= 10; u == 0 {
			break
		}
	}
	if v < 0 {
		i--
		b[i] = '-'
	}
	return i
}

// AppendDec writes v in decimal into b and returns how many bytes it took.
func AppendDec(b []byte, v int64) int {
	var t [20]byte
	return copy(b, t[putDec(&t, v):])
}

// AppendHex writes v into b as 0x and hexadecimal digits, and returns how many
// bytes it took.
func AppendHex(b []byte, v uint64) int {
	n, d := 2, 1
	for t := v; t > 15; t >>= 4 {
		d++
	}
	if len(b) < n+d {
		return 0
	}
	b[0], b[1] = '0', 'x'
	for i := d - 1; i >= 0; i-- {
		b[n+i] = "0123456789abcdef"[v&15]
		v >>= 4
	}
	return n + d
}
