// Package record records runs of a machine on the engine soft, and replays
// them, forwards and backwards.
//
// Such a run is deterministic: a [Record] is what came from the host, with the
// positions at which it came, and snapshots at intervals, of which only what has
// changed is kept. [Start] records, [Replay] brings a machine to any moment of
// a record: it restores the last snapshot before and runs from there.
//
// A moment is a number of completed instructions: the state right after the
// last of them, before anything that comes next, be it an interrupt or input.
package record

import (
	"errors"
	"sort"

	"sysindvm/cpu"
	"sysindvm/vm"
)

// DefaultInterval is how many instructions lie between two snapshots: some 20
// to 40 ms of a run.
const DefaultInterval = 1_000_000

// Record is a run.
type Record struct {
	// Memory is the size of RAM, in bytes.
	Memory int64
	// Kernel tells kernels apart: the SHA-256 of the image; zero if it is not
	// known.
	Kernel [32]byte
	// Note is for people: what was run.
	Note string

	interval uint64
	end      vm.Position
	events   []event
	snaps    []snapshot
	pages    []page // by number; those that are ever not zero
	index    map[uint32]int32
}

// event is an input, or, with snap, the moment of a snapshot.
type event struct {
	at    vm.Position
	input vm.Input
	snap  bool
}

// snapshot is the state of the machine at an event; its pages are in pages.
type snapshot struct {
	event int // that it belongs to
	at    vm.Position
	state []byte
}

// page is a page of RAM through the run.
type page struct {
	number   uint32
	versions []version // by snapshot
}

// version is what a page is from a snapshot on. It is whole, or the
// difference to an earlier one that is.
type version struct {
	snap int32
	base int32 // index of the whole version; its own if it is whole
	data []byte
}

// Start is the first moment of the record.
func (r *Record) Start() uint64 { return r.snaps[0].at.Instructions }

// End is the last moment of the record.
func (r *Record) End() uint64 { return r.end.Instructions }

// Inputs are the moments at which the host gave the guest data.
func (r *Record) Inputs() []uint64 {
	var at []uint64
	for _, e := range r.events {
		if len(e.input.Data) > 0 {
			at = append(at, e.at.Instructions)
		}
	}
	return at
}

// content is a page as it is from a snapshot on; nil if it is zero.
func (p *page) content(snap int, buf *[cpu.PageSize]byte) []byte {
	i := sort.Search(len(p.versions), func(i int) bool { return int(p.versions[i].snap) > snap }) - 1
	if i < 0 {
		return nil
	}
	v := &p.versions[i]
	if int(v.base) == i {
		return v.data
	}
	copy(buf[:], p.versions[v.base].data)
	if !patch(buf[:], v.data) {
		return nil // Read has checked that there is none
	}
	return buf[:]
}

// version is which version of a page there is at a snapshot; -1 for none.
func (p *page) version(snap int) int {
	return sort.Search(len(p.versions), func(i int) bool { return int(p.versions[i].snap) > snap }) - 1
}

// Recorder records a run.
type Recorder struct {
	m      *vm.Machine
	v      cpu.Repeater
	r      *Record
	err    error
	closed bool
}

// Start records a machine from now on: what it is given and where it is, every
// so many instructions; 0 is DefaultInterval. Its engine must be soft. While it
// is recorded nobody may write to its memory or registers.
func Start(m *vm.Machine, interval uint64) (*Recorder, error) {
	if interval == 0 {
		interval = DefaultInterval
	}
	v, ok := m.VCPU().(cpu.Repeater)
	if !ok {
		return nil, errors.New("a run can be recorded on the engine soft, and this is " + m.Engine())
	}
	rec := &Recorder{m: m, v: v, r: &Record{Memory: int64(len(m.RAM())), interval: interval, index: map[uint32]int32{}}}
	if err := m.Observe(rec, interval); err != nil {
		return nil, err
	}
	all := v.Written()
	for i := range all {
		all[i] = ^uint64(0) // what was written before is not known
	}
	rec.Checkpoint()
	if rec.err != nil {
		m.Observe(nil, 0)
		return nil, rec.err
	}
	return rec, nil
}

// Input implements [vm.Observer].
func (rec *Recorder) Input(i vm.Input) {
	i.Data = append([]byte(nil), i.Data...)
	rec.r.events = append(rec.r.events, event{at: rec.m.Position(), input: i})
}

// Checkpoint implements [vm.Observer]: it takes a snapshot.
func (rec *Recorder) Checkpoint() {
	r := rec.r
	state, err := rec.m.AppendState(nil)
	if err != nil {
		rec.err = err
		return
	}
	n := int32(len(r.snaps))
	at := rec.m.Position()
	r.snaps = append(r.snaps, snapshot{len(r.events), at, state})
	r.events = append(r.events, event{at: at, snap: true})
	ram := rec.m.RAM()
	for i, word := range rec.v.Written() {
		for ; word != 0; word &= word - 1 {
			number := uint32(i*64 + trailing(word))
			if off := int(number) * cpu.PageSize; off < len(ram) {
				r.add(n, number, ram[off:off+cpu.PageSize])
			}
		}
	}
	rec.v.ForgetWritten()
}

// add keeps what a page is from a snapshot on, if that is new.
func (r *Record) add(snap int32, number uint32, now []byte) {
	i, ok := r.index[number]
	if !ok {
		if isZero(now) {
			return
		}
		i = int32(len(r.pages))
		r.index[number] = i
		r.pages = append(r.pages, page{number: number})
	}
	p := &r.pages[i]
	n := int32(len(p.versions))
	if n > 0 {
		base := p.versions[n-1].base
		d, same := diff(p.versions[base].data, now)
		if same && base == n-1 || n-1 != base && sameBytes(d, p.versions[n-1].data) {
			return
		}
		if d != nil {
			p.versions = append(p.versions, version{snap, base, d})
			return
		}
	}
	p.versions = append(p.versions, version{snap, n, append([]byte(nil), now...)})
}

// Stop ends the recording, and returns the record. The machine may go on.
func (rec *Recorder) Stop() (*Record, error) {
	if !rec.closed {
		rec.closed = true
		rec.r.end = rec.m.Position()
		rec.m.Observe(nil, 0)
	}
	return rec.r, rec.err
}
