package tests

import (
	"os/exec"
	"testing"
	"time"

	"sysindvm/cpu/soft"
	"sysindvm/vm/vmbench"
)

// The whole program, from its start to the first call's result.
func BenchmarkProgram(b *testing.B) {
	name, err := program()
	if err != nil {
		b.Fatal(err)
	}
	for engine, open := range engines(b) {
		b.Run(engine, func(b *testing.B) {
			open(b)
			for b.Loop() {
				if out, err := exec.Command(name, "exec", "--engine", engine, "getpid()").CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
			}
		})
	}
}

// Calls through the agent, one by one and in batches.
func BenchmarkCalls(b *testing.B) {
	for engine, open := range engines(b) {
		for name, batch := range map[string]int{"single": 1, "batch200": 200} {
			b.Run(engine+"/"+name, func(b *testing.B) {
				m, t, err := vmbench.Start(b.Context(), open(b))
				if err != nil {
					b.Fatal(err)
				}
				defer m.Close()
				b.ResetTimer()
				if err := vmbench.Calls(b.Context(), t, b.N, batch); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
			})
		}
	}
}

// Guest instructions a second on soft, in the kernel and the agent.
func BenchmarkInstructions(b *testing.B) {
	m, t, err := vmbench.Start(b.Context(), soft.New())
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	before, start := m.VCPU().Instructions(), time.Now()
	for b.Loop() {
		if err := vmbench.Calls(b.Context(), t, 200, 200); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(m.VCPU().Instructions()-before)/time.Since(start).Seconds()/1e6, "MIPS")
}

// What sys_indirect costs, in guest instructions.
func BenchmarkIndirect(b *testing.B) {
	for _, c := range vmbench.Cases {
		b.Run(c.Name, func(b *testing.B) {
			m, t, err := vmbench.Start(b.Context(), soft.New())
			if err != nil {
				b.Fatal(err)
			}
			defer m.Close()
			var cost float64
			for b.Loop() {
				if cost, err = vmbench.Cost(b.Context(), m, t, c); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(cost, "guest-instructions")
		})
	}
}

// Programs on each engine; "sysindvm bench --programs" compares with others.
func BenchmarkPrograms(b *testing.B) {
	for engine, open := range engines(b) {
		b.Run(engine, func(b *testing.B) {
			e := open(b)
			all := vmbench.Timings{}
			for b.Loop() {
				t, err := vmbench.RunPrograms(b.Context(), e)
				if err != nil {
					b.Fatal(err)
				}
				all.Best(t)
			}
			for _, p := range vmbench.Programs {
				t := all[p.Name]
				b.ReportMetric(t.Time.Seconds()*1e3, p.Name+"-ms")
				if t.Instructions > 0 {
					b.ReportMetric(float64(t.Instructions)/t.Time.Seconds()/1e6, p.Name+"-MIPS")
				}
			}
		})
	}
}
