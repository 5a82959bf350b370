package soft

import (
	"bytes"
	"encoding/binary"
	"flag"
	"hash/fnv"
	"os"
	"testing"

	"sysindvm/cpu/soft/internal/native"
	"sysindvm/internal/hostcpu"
)

// What a processor did, for hosts that have no oracle: for every row of the
// table the results of a number of cases, of which only a hash is kept. The
// cases themselves come from the generator again. After a change to that, or
// to the table,
//
//	go test ./cpu/soft -run TestCorpus -soft.record
//
// on linux/amd64 makes the file anew.

const (
	corpusFile  = "testdata/processor.bin"
	corpusCases = 128
	corpusSeed  = 2007
	corpusHash  = 3 // bytes of a hash
)

var record = flag.Bool("soft.record", false, "record what the host's processor does in "+corpusFile)

// digest is the hash of a result: of the state, and of the memory. Zero is for
// no case.
func digest(s *native.State, data []byte) (d [corpusHash]byte) {
	h := fnv.New64a()
	s.FIP, s.FDP, s.FOP = 0, 0, 0
	if s.Fault != 0 && s.Fault != signalOf[vecXM] {
		s = &native.State{Fault: s.Fault}
	}
	binary.Write(h, binary.LittleEndian, s)
	h.Write(data)
	sum := h.Sum64()
	copy(d[:], binary.LittleEndian.AppendUint64(nil, sum^sum>>24|1))
	return d
}

// rowKey names a row in the file.
func rowKey(r *row) []byte {
	h := fnv.New32a()
	h.Write([]byte(r.op + " " + r.name + " " + r.args))
	return h.Sum(nil)
}

func TestCorpus(t *testing.T) {
	b := newBench(t)
	if *record {
		recordCorpus(t, b)
	}
	file, err := os.ReadFile(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	model, file, _ := bytes.Cut(file, []byte{'\n'})
	const size = 4 + corpusCases*corpusHash
	want := map[string][]byte{}
	for ; len(file) >= size; file = file[size:] {
		want[string(file[:4])] = file[4:size]
	}
	compared, bad := 0, 0
	for _, r := range rowsToTry(false) {
		hashes := want[string(rowKey(r))]
		if hashes == nil {
			t.Errorf("%s %s %s is not in %s", r.op, r.name, r.args, corpusFile)
			continue
		}
		clear(b.data)
		g := newGenerator(corpusSeed, r)
		for i := range corpusCases {
			got, ok := b.corpusCase(g)
			h := hashes[i*corpusHash:][:corpusHash]
			if ok != (h[0] != 0) {
				t.Fatalf("%s: case %d is not the one that was recorded", g, i)
			}
			if !ok {
				continue
			}
			compared++
			if d := digest(&got, b.data); !bytes.Equal(d[:], h) {
				if bad++; bad < 20 {
					t.Errorf("%s: case %d: not what the processor does:\n%v", g, i, lines(got, nil))
				}
				break // the memory is no longer the same
			}
		}
	}
	t.Logf("%d cases of %q", compared, model)
}

// corpusCase executes the next case here.
func (b *bench) corpusCase(g *generator) (got native.State, ok bool) {
	if !b.prepare(g) {
		return got, false
	}
	got = b.one(&g.in, g.before, g.turn%2 == 0)
	mask, ok := g.defined()
	got.Flags &= mask
	got.FX = visible(got.FX)
	if transcendental(g.row) {
		got.FSW &^= fswC1
	}
	return got, ok
}

// recordCorpus writes the file. What differs in the last bit from the
// processor is recorded as it is here.
func recordCorpus(t *testing.T, b *bench) {
	m, err := native.New()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	out := append([]byte(hostcpu.Model()), '\n')
	for _, r := range rowsToTry(false) {
		out = append(out, rowKey(r)...)
		g := newGenerator(corpusSeed, r)
		clear(b.data)
		for range corpusCases {
			if !b.prepare(g) {
				out = append(out, make([]byte, corpusHash)...)
				continue
			}
			memory := m.Memory()[native.Data-native.Base:][:len(b.data)]
			copy(memory, b.data)
			got := b.one(&g.in, g.before, g.turn%2 == 0)
			want := m.Run(g.code[:g.in.len], g.before)
			mine, result := got, want // judge makes the two alike
			switch g.judge(&got, &want) {
			case noCase:
				out = append(out, make([]byte, corpusHash)...)
				continue
			case caseNear:
				result = mine
			case caseDiffers:
				t.Errorf("%s: this engine differs", g)
			}
			mask, _ := g.defined()
			result.Flags &= mask
			result.FX = visible(result.FX)
			if transcendental(r) {
				result.FSW &^= fswC1
			}
			d := digest(&result, memory)
			out = append(out, d[:]...)
			copy(b.data, memory)
		}
	}
	if err := os.WriteFile(corpusFile, out, 0o666); err != nil {
		t.Fatal(err)
	}
}
