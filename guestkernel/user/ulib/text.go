//go:build freestanding

package ulib

import (
	"sysindvm/guestkernel/klog"
	"sysindvm/syscalls"
)

// Text is a line of output under construction, in a fixed buffer; what does
// not fit is cut. A program has static ones.
type Text struct {
	buf [512]byte
	n   int
}

// S adds a string.
func (t *Text) S(s string) *Text {
	t.n += copy(t.buf[t.n:], s)
	return t
}

// B adds bytes.
func (t *Text) B(b []byte) *Text {
	t.n += copy(t.buf[t.n:], b)
	return t
}

// D adds a decimal number.
func (t *Text) D(v int) *Text {
	t.n += klog.AppendDec(t.buf[t.n:], int64(v))
	return t
}

// X adds a number as 0x and hexadecimal digits.
func (t *Text) X(v uint64) *Text {
	t.n += klog.AppendHex(t.buf[t.n:], v)
	return t
}

// Result adds what a system call returned, as strace has it.
func (t *Text) Result(r int) *Text {
	if r >= 0 || r < -4095 {
		return t.D(r)
	}
	return t.S("-1 ").Error(r)
}

// Error adds the name and the text of a negative errno.
func (t *Text) Error(r int) *Text {
	e := syscalls.Errno(-r)
	return t.S(e.Name()).S(" (").S(e.Text()).S(")")
}

// Flush writes the text to a descriptor and begins anew.
func (t *Text) Flush(fd int) {
	Write(fd, t.buf[:t.n])
	t.n = 0
}
