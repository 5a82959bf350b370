package record

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"time"

	"sysindvm/cpu"
	"sysindvm/syscalls/wire"
	"sysindvm/vm"
)

// The file: a header of headerSize bytes, then the record, compressed.
//
//	0   magic, 8 bytes
//	8   version
//	16  length of what follows the header
//	24  its CRC-64 (ECMA-182)
//	32  its length when it is not compressed
//
// The numbers have 8 bytes, the lowest first.
const (
	magic      = "sysirec\n"
	headerSize = 40
	// Version is of the file's format.
	Version = 1

	maxBody = 4 << 30
)

var crcTable = crc64.MakeTable(crc64.ECMA)

// WriteTo writes the record to a file.
func (r *Record) WriteTo(w io.Writer) (int64, error) {
	body := r.encode()
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return 0, err
	}
	z.Write(body) // to memory: it cannot fail
	z.Close()
	head := []byte(magic)
	for _, v := range []uint64{Version, uint64(packed.Len()), crc64.Checksum(packed.Bytes(), crcTable), uint64(len(body))} {
		head = binary.LittleEndian.AppendUint64(head, v)
	}
	n, err := w.Write(head)
	if err != nil {
		return int64(n), err
	}
	m, err := packed.WriteTo(w)
	return int64(n) + m, err
}

var (
	errMagic   = errors.New("this is not a record of a run")
	errDamaged = errors.New("the record is damaged")
)

// Read reads a record from a file. Its error is one line for people.
func Read(in io.Reader) (*Record, error) {
	br := bufio.NewReader(in)
	head := make([]byte, headerSize)
	n, err := io.ReadFull(br, head)
	switch {
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return nil, err
	case n < len(magic) || string(head[:len(magic)]) != magic:
		return nil, errMagic
	case n < headerSize:
		return nil, fmt.Errorf("the record is cut off: it has %d bytes of a header of %d", n, headerSize)
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(head[8*i:]) }
	version, size, sum, full := word(1), word(2), word(3), word(4)
	switch {
	case version != Version:
		return nil, fmt.Errorf("the record is of version %d, and this program reads version %d: record the run again", version, Version)
	case size > maxBody || full > maxBody:
		return nil, errDamaged
	}
	packed, err := io.ReadAll(io.LimitReader(br, int64(size)))
	switch {
	case err != nil:
		return nil, err
	case uint64(len(packed)) < size:
		return nil, fmt.Errorf("the record is cut off: it has %d bytes of %d", headerSize+len(packed), headerSize+size)
	case crc64.Checksum(packed, crcTable) != sum:
		return nil, fmt.Errorf("%w: its checksum is wrong", errDamaged)
	}
	body, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), int64(full)+1))
	if err != nil || uint64(len(body)) != full {
		return nil, errDamaged
	}
	d := decoder{b: body}
	r := d.record()
	if d.bad || len(d.b) > 0 {
		return nil, errDamaged
	}
	return r, nil
}

func appendPosition(b []byte, p vm.Position) []byte {
	b = binary.AppendUvarint(b, p.Instructions)
	b = binary.AppendUvarint(b, uint64(p.Time))
	return binary.AppendUvarint(b, p.Interrupts)
}

func appendBytes(b, s []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// encode is the record in the order in which decoder.record reads it.
func (r *Record) encode() []byte {
	u := binary.AppendUvarint
	b := u(nil, uint64(r.Memory))
	b = append(b, r.Kernel[:]...)
	b = appendBytes(b, []byte(r.Note))
	b = u(b, r.interval)
	b = appendPosition(b, r.end)
	b = u(b, uint64(len(r.events)))
	k := 0
	for _, e := range r.events {
		b = appendPosition(b, e.at)
		if e.snap {
			b = append(b, 1)
			b = appendBytes(b, r.snaps[k].state)
			k++
			continue
		}
		b = append(b, 0)
		b = u(b, uint64(e.input.Channel-vm.SerialPort))
		b = u(b, uint64(e.input.Taken))
		b = appendBytes(b, e.input.Data)
	}
	b = u(b, uint64(len(r.pages)))
	for i := range r.pages {
		p := &r.pages[i]
		b = u(b, uint64(p.number))
		b = u(b, uint64(len(p.versions)))
		for i, v := range p.versions {
			b = u(b, uint64(v.snap))
			b = u(b, uint64(i)-uint64(v.base))
			b = appendBytes(b, v.data)
		}
	}
	return b
}

// decoder reads numbers; once something is wrong, everything is zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || d.bad {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count is the number of things that follow, of a byte at least each.
func (d *decoder) count() int {
	v := d.uint()
	if v > uint64(len(d.b)) {
		d.bad = true
		return 0
	}
	return int(v)
}

func (d *decoder) bytes(n int) []byte {
	if d.bad || n > len(d.b) {
		d.bad = true
		return nil
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) position() vm.Position {
	return vm.Position{Instructions: d.uint(), Time: time.Duration(d.uint() & (1<<62 - 1)), Interrupts: d.uint()}
}

func (d *decoder) check(ok bool) { d.bad = d.bad || !ok }

// record reads what encode has written. Whatever it gives can be replayed
// without harm, if not with sense.
func (d *decoder) record() *Record {
	r := &Record{Memory: int64(d.uint()), index: map[uint32]int32{}}
	d.check(r.Memory >= vm.MinMemory && r.Memory <= vm.MaxMemory)
	copy(r.Kernel[:], d.bytes(len(r.Kernel)))
	r.Note = string(d.bytes(d.count()))
	r.interval = d.uint()
	r.end = d.position()
	// Lists grow as they are read: what a file says that there is costs nothing.
	at := vm.Position{}
	for i := range d.count() {
		r.events = append(r.events, event{})
		e := &r.events[i]
		e.at = d.position()
		d.check(e.at.Reached(at) && r.end.Reached(e.at))
		at = e.at
		if e.snap = d.uint() == 1; e.snap {
			r.snaps = append(r.snaps, snapshot{i, e.at, d.bytes(d.count())})
			continue
		}
		channel, taken := d.uint(), d.uint()
		d.check(channel <= wire.Channels && taken < maxBody)
		e.input = vm.Input{Channel: int(channel) + vm.SerialPort, Taken: int(taken), Data: d.bytes(d.count())}
		if d.bad {
			return r
		}
	}
	d.check(len(r.snaps) > 0 && r.events[0].snap)
	for i := range d.count() {
		r.pages = append(r.pages, page{})
		p := &r.pages[i]
		number := d.uint()
		d.check(number < uint64(r.Memory)/cpu.PageSize)
		p.number = uint32(number)
		_, twice := r.index[p.number]
		d.check(!twice)
		r.index[p.number] = int32(i)
		last := -1
		for j := range d.count() {
			snap, back := d.uint(), d.uint()
			v := version{data: d.bytes(d.count())}
			d.check(snap < uint64(len(r.snaps)) && int(snap) > last && back <= uint64(j))
			if d.bad {
				return r
			}
			v.snap, v.base = int32(snap), int32(j)-int32(back)
			last = int(snap)
			if back == 0 {
				d.check(len(v.data) == cpu.PageSize)
			} else {
				var buf [cpu.PageSize]byte
				base := &p.versions[v.base]
				d.check(int(base.base) == int(v.base) && patch(buf[:], v.data))
			}
			p.versions = append(p.versions, v)
		}
	}
	return r
}
