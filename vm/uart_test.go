package vm

import (
	"errors"
	"strings"
	"testing"
)

func newUART(t *testing.T) (u *uart, line *bool, out *strings.Builder) {
	line, out = new(bool), &strings.Builder{}
	return &uart{out: out, setLine: func(on bool) { *line = on }, log: t.Logf}, line, out
}

func TestUARTTransmit(t *testing.T) {
	u, line, out := newUART(t)
	for _, c := range []byte("hi\nyou") {
		u.write(uartData, c)
	}
	if out.String() != "hi\n" || u.read(uartLSR) != lsrTransmit {
		t.Errorf("output %q, LSR %#x", out, u.read(uartLSR))
	}
	u.flush()
	if out.String() != "hi\nyou" {
		t.Errorf("output %q", out)
	}
	if *line {
		t.Error("an interrupt that nobody enabled")
	}
	u.write(uartIER, ierTransmit)
	if !*line || u.read(uartIIR) != iirTransmit || *line || u.read(uartIIR) != iirNone {
		t.Error("the transmitter's interrupt does not come, or does not go with IIR")
	}
	edges := 0
	u.setLine = func(on bool) {
		if on && !*line {
			edges++
		}
		*line = on
	}
	u.write(uartData, 'x')
	u.write(uartData, 'y')
	if edges != 2 {
		t.Errorf("%d edges for two characters", edges)
	}
}

func TestUARTReceive(t *testing.T) {
	u, line, _ := newUART(t)
	u.queue([]byte("abc"))
	u.write(uartIIR, 0x47) // FIFO on and cleared, trigger at 4
	u.write(uartIER, ierReceive)
	if !*line || u.read(uartIIR) != iirFIFO|iirTimeout {
		t.Errorf("line %v, IIR %#x with 3 characters", *line, u.read(uartIIR))
	}
	u.queue([]byte("d"))
	if u.read(uartIIR) != iirFIFO|iirReceive {
		t.Errorf("IIR %#x with 4 characters", u.read(uartIIR))
	}
	got := ""
	for u.read(uartLSR)&lsrData != 0 {
		got += string(rune(u.read(uartData)))
	}
	if got != "abcd" || *line || u.read(uartData) != 0 {
		t.Errorf("received %q, line %v", got, *line)
	}
}

func TestUARTRegisters(t *testing.T) {
	u, _, _ := newUART(t)
	u.write(uartLCR, lcrDivisor|3)
	u.write(uartData, 0x0c)
	u.write(uartIER, 0x01)
	if u.read(uartData) != 0x0c || u.read(uartIER) != 1 {
		t.Error("the divisor")
	}
	u.write(uartLCR, 3)
	u.write(uartIER, 0xff)
	u.write(uartMCR, 0xff)
	u.write(uartSCR, 0x5a)
	for reg, want := range map[uint16]byte{uartIER: 0x0f, uartLCR: 3, uartMCR: 0x1f, uartSCR: 0x5a, uartMSR: msrConnected} {
		if v := u.read(reg); v != want {
			t.Errorf("register %d: %#x, want %#x", reg, v, want)
		}
	}
}

type brokenWriter int

func (w *brokenWriter) Write([]byte) (int, error) { *w++; return 0, errors.New("broken") }

func TestUARTBrokenOutput(t *testing.T) {
	u, _, _ := newUART(t)
	var w brokenWriter
	u.out = &w
	for _, c := range []byte("a\nb\n") {
		u.write(uartData, c)
	}
	if w != 1 {
		t.Errorf("%d writes to what is broken", w)
	}
}
