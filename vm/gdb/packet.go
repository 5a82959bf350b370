package gdb

import (
	"bufio"
	"fmt"
	"io"
)

// maxPacket is the longest packet that is read, in bytes; we say so in qSupported.
const maxPacket = 1 << 14

// interrupt stands for the byte that GDB sends at Ctrl-C, outside of packets.
const interrupt = "\x03"

// reader takes packets from a stream.
type reader struct {
	r *bufio.Reader
	// ack is told whether a packet has come whole, for an acknowledgement.
	ack func(ok bool)
}

// next is the next packet's contents, unescaped; or interrupt.
func (r *reader) next() (string, error) {
	for {
		c, err := r.r.ReadByte()
		switch {
		case err != nil:
			return "", err
		case c == interrupt[0]:
			return interrupt, nil
		case c != '$':
			continue // + and -, of which the stream's own order makes nothing
		}
		data, ok, err := r.packet()
		if err != nil {
			return "", err
		}
		if r.ack(ok); ok {
			return data, nil
		}
	}
}

// packet reads what follows $; not ok if its checksum is wrong.
func (r *reader) packet() (data string, ok bool, err error) {
	var b []byte
	sum := byte(0)
	for {
		c, err := r.r.ReadByte()
		if err != nil {
			return "", false, err
		}
		if c == '#' {
			break
		}
		sum += c
		if c == '}' {
			if c, err = r.r.ReadByte(); err != nil {
				return "", false, err
			}
			sum += c
			c ^= 0x20
		}
		if b = append(b, c); len(b) > maxPacket {
			return "", false, fmt.Errorf("a packet of more than %d bytes", maxPacket)
		}
	}
	var digits [2]byte
	if _, err := io.ReadFull(r.r, digits[:]); err != nil {
		return "", false, err
	}
	hi, ok1 := hexDigit(digits[0])
	lo, ok2 := hexDigit(digits[1])
	return string(b), ok1 && ok2 && hi<<4|lo == sum, nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|32 >= 'a' && c|32 <= 'f':
		return c | 32 - 'a' + 10, true
	}
	return 0, false
}

// frame makes a packet of data.
func frame(data string) []byte {
	b := []byte{'$'}
	sum := byte(0)
	put := func(c byte) {
		b = append(b, c)
		sum += c
	}
	for i := range len(data) {
		switch c := data[i]; c {
		case '$', '#', '}', '*':
			put('}')
			put(c ^ 0x20)
		default:
			put(c)
		}
	}
	return fmt.Appendf(b, "#%02x", sum)
}
