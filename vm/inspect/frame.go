package inspect

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"slices"
	"sort"
)

// Call frames, by the .debug_frame section that Go's linker writes (DWARF 5,
// 6.4): of each function, how far the canonical frame address is above the
// stack pointer, from which addresses on. Go uses but few of the operations.

// frameRow says that from pc on the frame address is so far above SP.
type frameRow struct {
	pc  uint64
	off int64
	end bool // of what is known
}

// Operations of call-frame instructions.
const (
	cfaAdvance1    = 0x02
	cfaAdvance2    = 0x03
	cfaAdvance4    = 0x04
	cfaDefOffset   = 0x0e
	cfaDefOffsetSF = 0x13
	cfaAdvance     = 0x40
	cfaMask        = 0xc0
)

var errFrame = errors.New("the kernel's call-frame information is none that Go's linker writes")

// readFrames reads .debug_frame.
func (k *Kernel) readFrames(f *elf.File) error {
	s := f.Section(".debug_frame")
	if s == nil {
		return errFrame
	}
	b, err := s.Data()
	if err != nil {
		return err
	}
	align := int64(0)
	for len(b) >= 8 {
		n := uint64(k.order.Uint32(b))
		if n < 4 || n > uint64(len(b)-4) {
			return errFrame
		}
		entry := b[4 : 4+n]
		b = b[4+n:]
		if id := k.order.Uint32(entry); id == 1<<32-1 {
			if align, err = cieAlign(entry[4:]); err != nil {
				return err
			}
		} else if err := k.readFDE(entry[4:], align); err != nil {
			return err
		}
	}
	slices.SortStableFunc(k.frames, func(a, b frameRow) int { return cmpUint(a.pc, b.pc) })
	return nil
}

// cieAlign is the factor of offsets that a common entry says: behind version,
// augmentation (none) and the factor of code addresses (1).
func cieAlign(b []byte) (int64, error) {
	if len(b) < 4 || b[1] != 0 || b[2] != 1 {
		return 0, errFrame
	}
	v, _ := sleb(b[3:])
	return v, nil
}

// readFDE adds the rows of one function.
func (k *Kernel) readFDE(b []byte, align int64) error {
	if len(b) < 2*k.ptr || align == 0 {
		return errFrame
	}
	pc, size := k.uint(b[:k.ptr]), k.uint(b[k.ptr:2*k.ptr])
	end := pc + size
	row := frameRow{pc: pc, off: int64(k.ptr)}
	for b = b[2*k.ptr:]; len(b) > 0; {
		op := b[0]
		b = b[1:]
		delta := uint64(0)
		switch {
		case op&cfaMask == cfaAdvance:
			delta = uint64(op &^ cfaMask)
		case op >= cfaAdvance1 && op <= cfaAdvance4:
			n := 1 << (op - cfaAdvance1)
			if len(b) < n {
				return errFrame
			}
			delta = k.uint(b[:n])
			b = b[n:]
		case op == cfaDefOffset:
			v, n := binary.Uvarint(b)
			row.off, b = int64(v), b[max(n, 0):]
		case op == cfaDefOffsetSF:
			v, n := sleb(b)
			row.off, b = v*align, b[n:]
		case op == 0: // padding
		default:
			return errFrame
		}
		if delta > 0 {
			k.frames = append(k.frames, row)
			row.pc += delta
		}
	}
	if row.pc < end {
		k.frames = append(k.frames, row)
	}
	k.frames = append(k.frames, frameRow{pc: end, end: true})
	return nil
}

// sleb reads a signed LEB128 number (DWARF 5, 7.6).
func sleb(b []byte) (v int64, n int) {
	shift := uint(0)
	for n < len(b) {
		c := b[n]
		n++
		v |= int64(c&0x7f) << (shift & 63)
		if shift += 7; c < 0x80 {
			if shift < 64 && c&0x40 != 0 {
				v |= -1 << shift
			}
			break
		}
	}
	return v, n
}

// frameAt is how far above SP the frame of an address is; false if it is not
// known.
func (k *Kernel) frameAt(pc uint64) (int64, bool) {
	i := sort.Search(len(k.frames), func(i int) bool { return k.frames[i].pc > pc }) - 1
	if i < 0 || k.frames[i].end {
		return 0, false
	}
	return k.frames[i].off, true
}
