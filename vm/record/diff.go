package record

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"sysindvm/cpu"
)

func trailing(word uint64) int { return bits.TrailingZeros64(word) }

var zeroPage [cpu.PageSize]byte

func isZero(b []byte) bool { return bytes.Equal(b, zeroPage[:len(b)]) }

func sameBytes(a, b []byte) bool { return a != nil && bytes.Equal(a, b) }

// maxDiff is how long a difference is at most; a page that has changed more is
// kept whole.
const maxDiff = cpu.PageSize / 4

// diff is what makes one page of another: for each piece that differs the
// number of bytes to leave, that of bytes to replace, and these. It is nil if
// that would be long.
func diff(from, to []byte) (d []byte, same bool) {
	const word = 8
	le := binary.LittleEndian
	last := 0 // the end of the piece before
	d = []byte{}
	for i := 0; i < len(to); i += word {
		if le.Uint64(from[i:]) == le.Uint64(to[i:]) {
			continue
		}
		end := i + word
		for end < len(to) && le.Uint64(from[end:]) != le.Uint64(to[end:]) {
			end += word
		}
		if len(d)+end-i > maxDiff {
			return nil, false
		}
		d = binary.AppendUvarint(d, uint64(i-last))
		d = binary.AppendUvarint(d, uint64(end-i))
		d = append(d, to[i:end]...)
		last, i = end, end
	}
	return d, len(d) == 0
}

// patch applies a difference to a page; false if it is not one.
func patch(b, d []byte) bool {
	at := uint64(0)
	for len(d) > 0 {
		skip, n := binary.Uvarint(d)
		if n <= 0 {
			return false
		}
		d = d[n:]
		size, n := binary.Uvarint(d)
		if n <= 0 {
			return false
		}
		d = d[n:]
		if skip > uint64(len(b)) || size > uint64(len(d)) || at+skip+size > uint64(len(b)) {
			return false
		}
		at += skip
		copy(b[at:], d[:size])
		at += size
		d = d[size:]
	}
	return true
}
