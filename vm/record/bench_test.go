package record

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"sysindvm/syscalls/agent"
	"sysindvm/vm"
	"sysindvm/vm/vmbench"
)

// long runs at least so many instructions of calls in a machine.
func long(t testing.TB, m *vm.Machine, task *agent.Task, instructions uint64) {
	for end := m.VCPU().Instructions() + instructions; m.VCPU().Instructions() < end; {
		if err := vmbench.Calls(t.Context(), task, 2000, 200); err != nil {
			t.Fatal(err)
		}
	}
}

// longRecord is a record of a run of so many instructions, and what it took.
func longRecord(t testing.TB, instructions uint64, record bool) (r *Record, took time.Duration) {
	m := boot(t, vm.Config{Append: "quiet", Memory: vm.DefaultMemory})
	task, err := m.Task(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	long(t, m, task, 2_000_000) // until all is warm
	start := time.Now()
	if record {
		rec, err := Start(m, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { r, _ = rec.Stop() }()
	}
	begin := m.VCPU().Instructions()
	long(t, m, task, instructions)
	took = time.Since(start)
	return r, took * time.Duration(instructions) / time.Duration(m.VCPU().Instructions()-begin)
}

func BenchmarkPlain(b *testing.B)    { benchmarkRun(b, false) }
func BenchmarkRecorded(b *testing.B) { benchmarkRun(b, true) }

func benchmarkRun(b *testing.B, record bool) {
	var took time.Duration
	var r *Record
	for b.Loop() {
		var d time.Duration
		r, d = longRecord(b, 100_000_000, record)
		took += d
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s/run")
	if r != nil {
		var f bytes.Buffer
		r.WriteTo(&f)
		b.ReportMetric(float64(f.Len())/1e6, "MB/file")
		b.ReportMetric(float64(len(r.snaps)), "snapshots")
	}
}

// Any moment of a run of 100 million instructions; and one back.
func BenchmarkSeek(b *testing.B) {
	r, _ := longRecord(b, 100_000_000, true)
	p, err := NewReplay(r)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	random := rand.New(rand.NewPCG(1, 2))
	var worst time.Duration
	timed := func(at uint64) {
		start := time.Now()
		if err := p.Seek(b.Context(), at); err != nil {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(start))
	}
	b.Run("any", func(b *testing.B) {
		worst = 0
		for b.Loop() {
			timed(r.Start() + random.Uint64N(r.End()-r.Start()))
		}
		b.ReportMetric(float64(worst.Milliseconds()), "ms/worst")
	})
	b.Run("back", func(b *testing.B) {
		worst = 0
		for b.Loop() {
			timed(p.Now() - 1)
		}
		b.ReportMetric(float64(worst.Milliseconds()), "ms/worst")
	})
}
